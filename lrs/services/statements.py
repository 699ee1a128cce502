"""Statements: keep what is sent, find what is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import orjson

from lrs.domain import activities, attachments, formats, signatures, strict_json, terms, validation
from lrs.domain.actors import ifi
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, Conflict, InvalidStatement, NotFound, TooLarge
from lrs.domain.languages import Range
from lrs.domain.parameters import StatementParameters
from lrs.domain.statement import completed, same_statement
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.stores.port import (
    Batch,
    DuplicateId,
    Found,
    NewStatement,
    Query,
    Store,
)


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

    def keep(
        self,
        body: Parsed,
        received: Mapping[str, Received],
        credential: Credential,
        version: Version,
        *,
        statement_id: str | None = None,
    ) -> list[str]:
        """
        Keep one Statement or a batch: all of it or nothing, durable when this returns.

        Args:
            body: The JSON as it was sent; a list is a batch.
            received: Attachment data by hash.
            credential: Its Authority is asserted; without the scope `define` no definition is learned.
            statement_id: The id a PUT names.

        Returns:
            The ids, in the order given.

        Raises:
            InvalidStatement: With the place, such as "[3].verb.id".
            Conflict: A different Statement is kept under one of the ids.
            StoreUnavailable: The store cannot keep anything now.
        """
        sent = self._batch(body, version, statement_id)
        attachments.match([plain for plain, _ in sent], received)
        for plain, _ in sent:
            signatures.check(plain, received, version, lambda a, b: same_statement(a, b, version))
        ids = [str(plain.get("id") or statement_id or uuid.uuid4()).lower() for plain, _ in sent]
        new = [
            self._new(plain, exact, key, credential, version)
            for (plain, exact), key in zip(sent, ids, strict=True)
        ]
        self._add(new, [plain for plain, _ in sent], received, credential, version)
        return ids

    def _batch(
        self, body: Parsed, version: Version, statement_id: str | None
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The Statements of a body, each as plain and as exact JSON, once they are valid."""
        if not isinstance(body.plain, list):
            validation.check(body.plain, version)
            self._check_put(body.plain, statement_id)
            return [(body.plain, body.exact)]
        if statement_id is not None:
            raise BadRequest("PUT takes one Statement, not a list", spec="Communication 2.1.1")
        if len(body.plain) > self.limits.max_batch:
            raise TooLarge(f"a batch holds at most {self.limits.max_batch} Statements")
        for index, plain in enumerate(body.plain):
            validation.check(plain, version, f"[{index}]")
        for problem in validation.repeated_ids(body.plain, version):
            raise InvalidStatement(problem.detail, problem.at, problem.spec)
        return list(zip(body.plain, body.exact, strict=True))

    @staticmethod
    def _check_put(plain: Mapping[str, Any], statement_id: str | None) -> None:
        sent = plain.get("id")
        if statement_id is not None and sent is not None and sent.lower() != statement_id:
            raise BadRequest(
                "the id differs from the parameter statementId", "id", "Communication 2.1.1"
            )

    @staticmethod
    def _new(
        plain: Mapping[str, Any],
        exact: Mapping[str, Any],
        statement_id: str,
        credential: Credential,
        version: Version,
    ) -> NewStatement:
        return NewStatement(
            id=statement_id,
            head=completed(
                exact, statement_id=statement_id, authority=credential.authority, version=version
            ),
            terms=terms.terms_of(plain, credential.authority),
            own=frozenset((_authority_term(credential),)),
            refers=terms.refers_to(plain),
            voids=terms.is_voiding(plain),
            stamped="timestamp" not in plain,
        )

    def _add(
        self,
        new: Sequence[NewStatement],
        plains: Sequence[Mapping[str, Any]],
        received: Mapping[str, Received],
        credential: Credential,
        version: Version,
    ) -> None:
        sent = {statement.id: plain for statement, plain in zip(new, plains, strict=True)}
        batch = Batch(
            statements=new,
            definitions=_learned(plains) if credential.may("define") else {},
            same=lambda statement, kept: same_statement(
                sent[statement.id], orjson.loads(kept), version
            ),
            merge=_merge,
        )
        try:
            for sha2, attachment in received.items():
                self._store.attachments.put(sha2, attachment.content)
            self._store.add(batch)
        except DuplicateId as error:
            raise Conflict(
                f"a different Statement is kept under the id {error.statement_id}",
                at="id",
                spec="Communication 2.1.1",
            ) from error

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
            replace(query, terms=query.terms | {_authority_term(credential)})
        )

    def _formatted(
        self, rows: list[bytes], parameters: StatementParameters, languages: tuple[Range, ...]
    ) -> list[bytes]:
        if parameters.format == "exact" or not rows:
            return rows
        parsed = [strict_json.loads(row, self.limits.max_json_depth + 8) for row in rows]
        if parameters.format == "ids":
            return [orjson.dumps(formats.ids(statement.exact)) for statement in parsed]
        wanted: set[str] = set()
        for statement in parsed:
            wanted |= formats.activity_ids(statement.plain)
        known = {
            key: orjson.loads(value) for key, value in self._store.definitions(wanted).items()
        }
        return [
            orjson.dumps(formats.canonical(statement.exact, known, languages))
            for statement in parsed
        ]

    def attached(self, rows: Sequence[bytes]) -> list[tuple[dict[str, Any], BinaryIO]]:
        """The attachment objects of these Statements that have data, each hash once, with the data."""
        found: dict[str, tuple[dict[str, Any], BinaryIO]] = {}
        for row in rows:
            for attachment in attachments.referenced(orjson.loads(row)):
                sha2 = attachment["sha2"].lower()
                if sha2 not in found and (data := self._store.attachments.open(sha2)):
                    found[sha2] = (attachment, data)
        return list(found.values())

    def consistent_through(self) -> int:
        """µs; every Statement stored up to then can be read now (Communication 2.1.3)."""
        return self._store.consistent_through()

    def activity(self, activity_id: str) -> dict[str, Any]:
        """The Activity with its canonical definition, if one was learned (Communication 2.5)."""
        definition = self._store.definition(activity_id)
        return activities.activity(activity_id, orjson.loads(definition) if definition else None)

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """The newest Statements, for people to look at."""
        found = self._store.find(Query(frozenset(), limit=limit))
        return [orjson.loads(row.data) for row in found]


def _authority_term(credential: Credential) -> str:
    return f"authority:{ifi(credential.authority)}"


def _is_of(credential: Credential, data: bytes) -> bool:
    return ifi(orjson.loads(data)["authority"]) == ifi(credential.authority)


def _from(query: Query, after: int) -> Query:
    """The rest of a list that has been read up to `after`."""
    if query.ascending:
        return replace(query, since=max(after, query.since or after))
    until = after - 1
    return replace(query, until=until if query.until is None else min(until, query.until))


def _learned(plains: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Definitions in these Statements; of two for one Activity both are merged, in order."""
    found: dict[str, dict[str, Any]] = {}
    for plain in plains:
        for activity, definition in activities.definitions_in(plain).items():
            before = found.get(activity)
            if before is None or before == definition:
                found[activity] = definition
            else:
                found[activity] = activities.merged(before, definition)
    return {activity: orjson.dumps(definition) for activity, definition in found.items()}


def _merge(kept: bytes | None, learned: bytes) -> bytes:
    before = orjson.loads(kept) if kept else None
    return orjson.dumps(activities.merged(before, orjson.loads(learned)))
