"""What is sent becomes a batch for the store: checked, completed, indexed; nothing is kept here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lrs.domain import activities, attachments, signatures, strict_json, terms, validation
from lrs.domain.actors import ifi
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, InvalidStatement, TooLarge
from lrs.domain.parameters import PUT_STATEMENT
from lrs.domain.problems import section
from lrs.domain.signatures import Signature
from lrs.domain.statement import completed, same_statement
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.stores.port import Batch, NewStatement

Json = Mapping[str, Any]

# Each Statement may add an extension to the definition of its Activity, for ever; and a document
# of MongoDB holds 16 MB. What is not learned stays in the Statements.
_LARGEST_DEFINITION = 2**20


@dataclass(frozen=True, slots=True)
class Request:
    """
    What a client sent to be stored.

    Args:
        body: The JSON; a list is a batch.
        received: Attachment data by hash.
        credential: Who sends; its Authority is asserted, and without the scope `define` no
            definition is learned.
        version: The version it speaks.
        now: µs; the time certificates are judged at.
        statement_id: The id a PUT names, in lower case.
    """

    body: Parsed
    received: Mapping[str, Received]
    credential: Credential
    version: Version
    now: int
    statement_id: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    A batch that only has to be kept, and what was found out about its signatures.

    Args:
        signatures: By the Statement's id, its signature as `signatures.named` and what was found.
    """

    batch: Batch
    signatures: Mapping[str, tuple[str, Signature]]


def incoming(request: Request, max_batch: int) -> Incoming:
    """
    Check and prepare all of a request.

    Raises:
        BadRequest: With the place, such as "[3].verb.id" (InvalidStatement where it is one).
        TooLarge: More Statements than one request may hold.
    """
    sent = _checked(request, max_batch)
    plains = [plain for plain, _, _ in sent]
    attachments.match(plains, request.received)
    ids = [_id(plain, request) for plain in plains]
    found = {
        statement_id: (named, signature)
        for statement_id, (plain, _, at) in zip(ids, sent, strict=True)
        if (named := signatures.named(plain)) is not None
        and (signature := _signature(plain, request, at)) is not None
    }
    own = frozenset((authority_term(request.credential.authority),))
    new = [
        _new(plain, exact, statement_id, request, own)
        for statement_id, (plain, exact, _) in zip(ids, sent, strict=True)
    ]
    return Incoming(_batch(new, plains, [exact for _, exact, _ in sent], request), found)


def _checked(request: Request, max_batch: int) -> list[tuple[Json, Json, str]]:
    """Every Statement, valid, as plain and as exact JSON, with its place."""
    plain, exact = request.body.plain, request.body.exact
    if not isinstance(plain, list):
        validation.check(plain, request.version)
        return [(plain, exact, "")]
    if request.statement_id is not None:
        raise BadRequest(
            "PUT takes one Statement, not a list", spec=section(PUT_STATEMENT, request.version)
        )
    if len(plain) > max_batch:
        raise TooLarge(f"a request holds at most {max_batch} Statements")
    places = [f"[{index}]" for index in range(len(plain))]
    for statement, at in zip(plain, places, strict=True):
        validation.check(statement, request.version, at)
    for problem in validation.repeated_ids(plain, request.version):
        raise InvalidStatement(problem.detail, problem.at, problem.spec)
    return list(zip(plain, exact, places, strict=True))


def _id(plain: Json, request: Request) -> str:
    """The id it comes with, the one a PUT names, or a new one."""
    sent, named = plain.get("id"), request.statement_id
    if sent is not None and named is not None and sent.lower() != named:
        raise BadRequest(
            "the id differs from the parameter statementId",
            "id",
            section(PUT_STATEMENT, request.version),
        )
    return str(sent or named or uuid.uuid4()).lower()


def _signature(plain: Json, request: Request, at: str) -> Signature | None:
    """The id never counts in the comparison (2.0 4.2): it may be given after signing."""

    def same(a: Json, b: Json) -> bool:
        return same_statement(_without_id(a), _without_id(b), request.version)

    return signatures.check(
        dict(plain), request.received, request.version, same, now=request.now, at=at
    )


def _without_id(statement: Json) -> Json:
    return {name: value for name, value in statement.items() if name != "id"}


def _new(
    plain: Json, exact: Json, statement_id: str, request: Request, own: frozenset[str]
) -> NewStatement:
    authority = request.credential.authority
    head = completed(exact, statement_id=statement_id, authority=authority, version=request.version)
    return NewStatement(
        id=statement_id,
        head=head,
        terms=terms.terms_of(plain, authority),
        own=own,
        refers=terms.refers_to(plain),
        voids=terms.is_voiding(plain),
        stamped="timestamp" not in plain,
    )


def authority_term(authority: Json) -> str:
    """The index term of what one Authority asserted."""
    return f"authority:{ifi(authority)}"


def _batch(
    new: Sequence[NewStatement],
    plains: Sequence[Json],
    exacts: Sequence[Json],
    request: Request,
) -> Batch:
    sent = {
        statement.id: Parsed(plain, exact)
        for statement, plain, exact in zip(new, plains, exacts, strict=True)
    }
    return Batch(
        statements=new,
        definitions=_learned(exacts) if request.credential.may("define") else {},
        same=lambda statement, kept: same(sent[statement.id], kept, request.version),
        merge=_merge,
    )


def same(sent: Parsed, kept: bytes, version: Version) -> bool:
    """Whether the two are one Statement; digits beyond a double's are read where there are any."""
    before = strict_json.loads(kept, strict_json.DEEPEST)
    if not same_statement(sent.plain, before.plain, version):
        return False
    if sent.exact is sent.plain and before.exact is before.plain:
        return True
    a, b = (strict_json.comparable(one.exact) for one in (sent, before))
    return same_statement(a, b, version)


def _learned(exacts: Sequence[Json]) -> dict[str, bytes]:
    """Definitions in these Statements; of two for one Activity both are merged, in order."""
    found: dict[str, dict[str, Any]] = {}
    for exact in exacts:
        for activity, definition in activities.definitions_in(exact).items():
            before = found.get(activity)
            if before is None or before == definition:
                found[activity] = definition
            else:
                found[activity] = activities.merged(before, definition)
    return {activity: orjson.dumps(definition) for activity, definition in found.items()}


def _merge(kept: bytes | None, learned: bytes) -> bytes:
    """The canonical definition to keep; what is kept stays where it would grow too large."""
    before = _exact(kept) if kept else None
    merged = orjson.dumps(activities.merged(before, _exact(learned)))
    return kept if kept and len(merged) > max(len(kept), _LARGEST_DEFINITION) else merged


def _exact(definition: bytes) -> Json:
    """Read so that numbers in extensions are written again as they were spelled."""
    read: Json = strict_json.loads(definition, strict_json.DEEPEST).exact
    return read
