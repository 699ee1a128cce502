"""
What a key marked for quarantine sent and was refused, kept until somebody looks at it.

The refusal is as strict as any: 400, and nothing is stored. But an LMS that sends a batch with one
broken Statement often never sends it again, so its body is kept beside, with what is wrong. It can
be repaired: what follows the standard is stored as it was sent, the rest becomes new Statements by
the named rules of `lrs.domain.repairs`, or stays.

Each is two records, so that a list reads no bodies. A body sent again is the same record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson

from lrs.domain import repairs, strict_json, timestamps
from lrs.domain.errors import BadRequest, Conflict, LrsError, NotFound
from lrs.domain.strict_json import Parsed
from lrs.domain.validation import problems, problems_in_body
from lrs.domain.versions import Version
from lrs.services.access import Access, Credential
from lrs.services.incoming import Request
from lrs.services.statements import Statements
from lrs.stores.port import Draft, Record, RecordStore

KIND, BODY = "quarantine", "quarantine-body"
MOST = 500
"""How many bodies of one key are kept; the oldest go first."""
DAYS = 90
LARGEST = 2**20
"""Bytes; of a larger body only what is wrong is kept."""
_DAY = 86_400_000_000
_MOST_PROBLEMS = 50
_NAMESPACE = UUID("0c4d3b1a-93e6-5b8a-9c0e-5a7f8d2b6e10")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repaired:
    """
    What became of one Statement of a body.

    Args:
        index: Its place in the body.
        outcome: "as sent" (it was right and stands now), "repaired" or "left".
        statement: The id it stands under; "" where it was left.
        rules: Those that mended it.
        why: What is still wrong with it.
    """

    index: int
    outcome: str
    statement: str = ""
    rules: tuple[str, ...] = ()
    why: str = ""


class Quarantine:
    """Keeps, lists, repairs and drops refused bodies."""

    def __init__(
        self,
        records: RecordStore,
        access: Access,
        statements: Statements,
        most: int = MOST,
        largest: int = LARGEST,
    ) -> None:
        self._records = records
        self._access = access
        self._statements = statements
        self._most = most
        self._largest = largest

    def take(self, request: Request) -> None:
        """
        Keep what was refused, if its key is marked.

        Raises:
            StoreUnavailable: It is not kept.
        """
        credential = request.credential
        if credential.quarantine is None:
            return
        body = orjson.dumps(_whole(request))
        digest = hashlib.sha256(body).hexdigest()
        again = self._records.records(KIND, f"{credential.key} {digest}", limit=1)
        if again:
            self._records.change(KIND, again[0].key, lambda kept: _once_more(kept, request.now))
            return
        name = f"{request.now:016d}-{digest[:12]}"
        small = len(body) <= self._largest
        tags = frozenset({credential.key})
        if small:
            self._records.change(BODY, name, lambda _: Draft(body, tags=tags))
        facts = Draft(
            orjson.dumps(_facts(request, len(body), kept=small)),
            tags=tags | {f"{credential.key} {digest}"},
        )
        self._records.change(KIND, name, lambda _: facts)
        self._prune(credential.key, request.now)

    def page(
        self, key: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[Json]:
        """What is kept, oldest first, without bodies: of one key or of all."""
        return [_told(r) for r in self._records.records(KIND, key, after=after, limit=limit)]

    def count(self, key: str) -> int:
        """How many bodies of one key are kept."""
        return len(self._records.records(KIND, key, limit=self._most))

    def one(self, name: str) -> Json:
        """
        One with its body.

        Raises:
            NotFound: There is none of this id.
        """
        record = self._records.record(KIND, name)
        if record is None:
            raise NotFound("there is nothing of this id in quarantine", at="id")
        body = self._records.record(BODY, name)
        return {**_told(record), "body": orjson.Fragment(body.value) if body else None}

    def drop(self, name: str) -> None:
        """
        Forget one.

        Raises:
            NotFound: There is none of this id.
        """
        self.one(name)
        self._forget(name)

    def repair(
        self, name: str, rules: Sequence[str] | None = None, *, now: int, dry_run: bool = False
    ) -> list[Repaired]:
        """
        Store what can be stored of a body; it leaves the quarantine once nothing of it is left.

        Args:
            rules: Those of its key when None.
            now: µs.
            dry_run: Only tell.

        Raises:
            NotFound: There is none of this id.
            BadRequest: There is no rule of a name, or the body was too large to be kept.
        """
        record, body = self._records.record(KIND, name), self._records.record(BODY, name)
        if record is None:
            raise NotFound("there is nothing of this id in quarantine", at="id")
        if body is None:
            raise BadRequest("this body was too large to be kept", at="id")
        facts = orjson.loads(record.value)
        chosen = self._access.repairs(facts["key"]) if rules is None else tuple(rules)
        chosen = repairs.check(chosen, "rules")
        done = list(self._repaired(strict_json.loads(body.value, 254), facts, chosen, now, dry_run))
        if not dry_run and all(one.outcome != "left" for one in done):
            self._forget(name)
        return done

    def _repaired(
        self, body: Parsed, facts: Json, rules: Sequence[str], now: int, dry_run: bool
    ) -> Iterator[Repaired]:
        version = Version(facts["version"])
        credential = _sender(facts)
        plains, exacts = (
            one if isinstance(one, list) else [one] for one in (body.plain, body.exact)
        )
        for index, (plain, exact) in enumerate(zip(plains, exacts, strict=True)):
            told, statement = _what_becomes(index, plain, exact, rules, version)
            if statement is not None and not dry_run:
                request = Request(statement, {}, credential, version, now)
                told = self._stored(told, request)
            yield told

    def _stored(self, told: Repaired, request: Request) -> Repaired:
        try:
            self._statements.keep(request)
        except (BadRequest, Conflict) as error:
            return Repaired(told.index, "left", rules=told.rules, why=_said(error))
        return told

    def _prune(self, key: str, now: int) -> None:
        kept = self._records.records(KIND, key, limit=self._most + 1)
        too_many = len(kept) - self._most
        for number, record in enumerate(kept):
            if number >= too_many and int(record.key.partition("-")[0]) > now - DAYS * _DAY:
                break
            self._forget(record.key)

    def _forget(self, name: str) -> None:
        for kind in (KIND, BODY):
            self._records.change(kind, name, lambda _: None)


def _whole(request: Request) -> Any:
    """The body, with the id that only a PUT's parameter tells."""
    exact = request.body.exact
    if request.statement_id is not None and isinstance(exact, dict) and "id" not in exact:
        return {"id": request.statement_id, **exact}
    return exact


def _facts(request: Request, size: int, *, kept: bool) -> Json:
    plain, credential = request.body.plain, request.credential
    wrong = problems_in_body(plain, request.version)
    return {
        "key": credential.key,
        "name": credential.name,
        "authority": credential.authority,
        "define": credential.may("define"),
        "version": str(request.version),
        "statements": len(plain) if isinstance(plain, list) else 1,
        "size": size,
        "kept": kept,
        "times": 1,
        "last": request.now,
        "wrong": len(wrong),
        "problems": [asdict(problem) for problem in wrong[:_MOST_PROBLEMS]],
    }


def _once_more(kept: Record | None, now: int) -> Draft | None:
    if kept is None:
        return None
    facts = orjson.loads(kept.value)
    facts |= {"times": facts["times"] + 1, "last": now}
    return Draft(orjson.dumps(facts), kept.meta, kept.tags)


def _told(record: Record) -> Json:
    facts = orjson.loads(record.value)
    shown = ("key", "name", "version", "statements", "size", "kept", "times", "wrong", "problems")
    return {
        "id": record.key,
        "received": timestamps.text(int(record.key.partition("-")[0])),
        "last": timestamps.text(facts["last"]),
        **{name: facts[name] for name in shown},
    }


def _sender(facts: Json) -> Credential:
    """The key as it was, for it may be revoked by now."""
    scopes = {"statements/write", "define"} if facts["define"] else {"statements/write"}
    return Credential(facts["key"], facts["name"], frozenset(scopes), facts["authority"])


def _what_becomes(
    index: int, plain: Any, exact: Any, rules: Sequence[str], version: Version
) -> tuple[Repaired, Parsed | None]:
    """What becomes of a Statement, and it as it is to be stored."""
    wrong = problems(plain, version)
    if not wrong:
        own = {"id": plain.get("id") or str(uuid5(_NAMESPACE, repairs.digest(plain)))}
        return Repaired(index, "as sent", own["id"]), Parsed({**own, **plain}, {**own, **exact})
    new = repairs.mended(plain, rules, version)
    if new is not None and not new.problems:
        told = Repaired(index, "repaired", new.statement["id"], new.rules)
        return told, Parsed(new.statement, new.statement)
    left = new.problems if new is not None else wrong
    why = "; ".join(f"{problem.at}: {problem.detail}" for problem in left[:3])
    return Repaired(index, "left", rules=new.rules if new else (), why=why), None


def _said(error: LrsError) -> str:
    return f"{error.at}: {error.detail}" if error.at else error.detail
