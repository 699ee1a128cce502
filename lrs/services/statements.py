"""Statements: keep what is sent, find what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

import orjson

from lrs.domain import activities, attachments, formats, signatures, strict_json, terms
from lrs.domain.actors import ifi
from lrs.domain.errors import Conflict, NotFound
from lrs.domain.languages import Range
from lrs.domain.parameters import PUT_STATEMENT, StatementParameters
from lrs.domain.problems import place, section
from lrs.domain.signatures import Signature
from lrs.services.access import Credential
from lrs.services.incoming import Incoming, Request, authority_term, incoming
from lrs.stores.port import Draft, DuplicateId, Found, Query, Store

# Records of what was found out about signatures, by the Statement's id and `signatures.named`.
SIGNATURE = "signature"
# Records of whose Authority sent data for an Attachment with a fileUrl, by hash and `ifi`.
SENDER = "attachment-sender"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold, from the settings."""

    max_batch: int
    max_json_depth: int
    max_page: int


@dataclass(frozen=True, slots=True)
class Page:
    """
    One answer of a list.

    Args:
        statements: The JSON of each, in the form that was asked for.
        newest: The latest `stored` among them, µs; None when there is none.
        after: The `stored` (µs) after which the list goes on, in its direction; None at its end.
    """

    statements: list[bytes]
    newest: int | None
    after: int | None


class Statements:
    """The Statement Resource's use cases (Communication 2.1)."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self.limits = limits

    def keep(self, request: Request) -> list[str]:
        """
        Keep one Statement or a batch: all of it or nothing, durable when this returns.

        Returns:
            The ids, in the order given.

        Raises:
            BadRequest: What was sent breaks a rule.
            Conflict: A different Statement is kept under one of the ids.
            StoreUnavailable: The store cannot keep anything now.
        """
        taken = incoming(request, self.limits.max_batch)
        self._add(taken, request)
        return [statement.id for statement in taken.batch.statements]

    def keep_new(self, request: Request) -> list[str]:
        """Keep as `keep` does, and tell only the ids that were not known before."""
        return self._add(incoming(request, self.limits.max_batch), request)

    def _add(self, taken: Incoming, request: Request) -> list[str]:
        known: set[str] = set()
        if request.received:
            # Data goes before the Statements, so what will be refused must not come so far.
            known = self._known(taken, request)
            for sha2, attachment in request.received.items():
                self._store.attachments.put(sha2, attachment.content)
            self._remember_sender(request)
        for statement_id, found in taken.signatures.items():
            if statement_id not in known:
                self._record(statement_id, *found)
        try:
            return self._store.add(taken.batch)
        except DuplicateId as error:
            raise _differs(error.statement_id, taken, request) from error

    def _known(self, taken: Incoming, request: Request) -> set[str]:
        """The ids that are kept already, all of them with the same Statements."""
        known = set()
        for statement in taken.batch.statements:
            kept = self._store.get(statement.id)
            if kept is None:
                continue
            if not taken.batch.same(statement, kept.data):
                raise _differs(statement.id, taken, request)
            known.add(statement.id)
        return known

    def _record(self, statement_id: str, named: str, signature: Signature) -> None:
        """
        Keep what was found out, before the Statement, so that nothing is lost between.

        Under the signature too: of two senders at once only one's Statement is kept, and what
        was found out about the other's signature must not be told of it.
        """
        draft = Draft(orjson.dumps(asdict(signature)))
        self._store.change(SIGNATURE, f"{statement_id}/{named}", lambda _: draft)

    def _remember_sender(self, request: Request) -> None:
        """Keep who sent data that need not have come: its Attachment has a fileUrl too."""
        plain = request.body.plain
        for statement in plain if isinstance(plain, list) else [plain]:
            for attachment in attachments.referenced(statement):
                if (
                    attachment["sha2"].lower() in request.received
                    and "fileUrl" in attachment
                    and not self._has_sent(attachment, request.credential)
                ):
                    key = _sender(attachment, request.credential)
                    self._store.change(SENDER, key, lambda _: Draft(b""))

    def _has_sent(self, attachment: dict[str, Any], credential: Credential) -> bool:
        """
        Whether the data of an Attachment came from its own Authority: its hash anyone may name.

        Without a fileUrl it did, for else its Statement would have been refused.
        """
        if "fileUrl" not in attachment:
            return True
        return self._store.record(SENDER, _sender(attachment, credential)) is not None

    def signature(self, statement_id: str) -> dict[str, Any]:
        """
        What was found out about the signature of a Statement when it came.

        Raises:
            NotFound: It is not kept, or it is not signed.
        """
        kept = self._store.get(statement_id)
        named = signatures.named(strict_json.kept(kept.data)) if kept else None
        record = None
        if named is not None:
            record = self._store.record(SIGNATURE, f"{statement_id}/{named}")
            # Before the signature was part of the key.
            record = record or self._store.record(SIGNATURE, statement_id)
        if record is None:
            raise NotFound("there is no signed Statement of this id")
        return dict(orjson.loads(record.value))

    def one(
        self,
        parameters: StatementParameters,
        credential: Credential,
        languages: tuple[Range, ...] = (),
    ) -> tuple[bytes, int]:
        """
        The Statement that statementId or voidedStatementId names, in its format, and its `stored`.

        Raises:
            NotFound: There is none, or it is voided where it must not be, or the other way round.
        """
        wanted = parameters.statement_id or parameters.voided_statement_id
        kept = self._store.get(wanted) if wanted else None
        if kept is None or kept.voided is (parameters.voided_statement_id is None):
            raise NotFound("there is no such Statement", spec="Communication 2.1.3")
        if not credential.may("statements/read") and not _is_of(credential, kept.data):
            raise NotFound("there is no such Statement", spec="Communication 2.1.3")
        return self._formatted([kept.data], parameters, languages)[0], kept.stored

    def page(
        self,
        parameters: StatementParameters,
        credential: Credential,
        languages: tuple[Range, ...] = (),
        after: int | None = None,
    ) -> Page:
        """
        One page of the Statements that the parameters ask for.

        Args:
            after: Where the page before ended (`Page.after`).
        """
        limit = min(parameters.limit or self.limits.max_page, self.limits.max_page)
        query = self._query(parameters, limit + 1, after)
        if credential.may("statements/read"):
            rows = self._store.find(query)
        else:
            rows = self._mine(query, credential)
        more, rows = len(rows) > limit, rows[:limit]
        return Page(
            statements=self._formatted([row.data for row in rows], parameters, languages),
            newest=max((row.stored for row in rows), default=None),
            after=rows[-1].stored if more else None,
        )

    @staticmethod
    def _query(parameters: StatementParameters, limit: int, after: int | None) -> Query:
        query = Query(
            terms=terms.required(parameters),
            since=parameters.since,
            until=parameters.until,
            ascending=parameters.ascending,
            limit=limit,
        )
        return query if after is None else _from(query, after)

    def _mine(self, query: Query, credential: Credential) -> list[Found]:
        """Only what this credential's own Authority asserted (scope statements/read/mine)."""
        return self._store.find(
            replace(query, terms=query.terms | {authority_term(credential.authority)})
        )

    def _formatted(
        self, rows: list[bytes], parameters: StatementParameters, languages: tuple[Range, ...]
    ) -> list[bytes]:
        if parameters.format == "exact" or not rows:
            return rows
        parsed = [strict_json.loads(row, strict_json.DEEPEST) for row in rows]
        if parameters.format == "ids":
            return [orjson.dumps(formats.ids(statement.exact)) for statement in parsed]
        wanted: set[str] = set()
        for statement in parsed:
            wanted |= formats.activity_ids(statement.plain)
        known = {
            key: strict_json.loads(value, strict_json.DEEPEST).exact
            for key, value in self._store.definitions(wanted).items()
        }
        return [
            orjson.dumps(formats.canonical(statement.exact, known, languages))
            for statement in parsed
        ]

    def attached(
        self, rows: Sequence[bytes], credential: Credential
    ) -> Iterator[tuple[dict[str, Any], BinaryIO]]:
        """
        The attachment objects of these Statements, each hash once, with their data.

        The data is opened when its turn comes: a page may have more than a process may open.

        Args:
            credential: Who reads. With statements/read/mine alone only data that its Authority
                has sent is told, not what others sent of the same hash.
        """
        reads_all = credential.may("statements/read")
        seen: set[str] = set()
        for row in rows:
            for attachment in attachments.referenced(strict_json.kept(row)):
                sha2 = attachment["sha2"].lower()
                if sha2 in seen or not (reads_all or self._has_sent(attachment, credential)):
                    continue
                seen.add(sha2)
                if data := self._store.attachments.open(sha2):
                    yield attachment, data

    def consistent_through(self) -> int:
        """µs; every Statement stored up to then can be read now (Communication 2.1.3)."""
        return self._store.consistent_through()

    def activity(self, activity_id: str) -> dict[str, Any]:
        """The Activity with its canonical definition, if one was learned (Communication 2.5)."""
        definition = self._store.definition(activity_id)
        return activities.activity(
            activity_id,
            strict_json.loads(definition, strict_json.DEEPEST).exact if definition else None,
        )

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """The newest Statements, for people to look at."""
        found = self._store.find(Query(frozenset(), limit=limit))
        return [strict_json.kept(row.data) for row in found]


def _differs(statement_id: str, taken: Incoming, request: Request) -> Conflict:
    ids = [statement.id for statement in taken.batch.statements]
    way = [ids.index(statement_id)] if isinstance(request.body.plain, list) else []
    return Conflict(
        f"a different Statement is kept under the id {statement_id}",
        at=place("", [*way, "id"]),
        spec=section(PUT_STATEMENT, request.version),
    )


def _sender(attachment: dict[str, Any], credential: Credential) -> str:
    """The key of a SENDER record."""
    return f"{attachment['sha2'].lower()}/{ifi(credential.authority)}"


def _is_of(credential: Credential, data: bytes) -> bool:
    return ifi(strict_json.kept(data)["authority"]) == ifi(credential.authority)


def _from(query: Query, after: int) -> Query:
    """The rest of a list that has been read up to `after`."""
    if query.ascending:
        return replace(query, since=max(after, query.since or after))
    until = after - 1
    return replace(query, until=until if query.until is None else min(until, query.until))
