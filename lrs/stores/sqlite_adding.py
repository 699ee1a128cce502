"""How a batch gets into the embedded store: made ready first, then added inside the lock."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import apsw

from lrs.domain import timestamps
from lrs.stores import linking
from lrs.stores.port import Batch, DuplicateId, NewStatement

VOIDS, VOIDED = 1, 2
# Ids in one SELECT: enough to make its cost small, few enough to keep the statement cached.
_AT_A_TIME = 100


def key(statement_id: str) -> bytes:
    """A UUID in lower case as the 16 bytes that are kept."""
    return bytes.fromhex(statement_id.replace("-", ""))


def statement_id(key: bytes) -> str:
    """The UUID that 16 bytes are kept for."""
    text = key.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Row:
    """A Statement, ready but for its `stored`."""

    statement: NewStatement
    key: bytes
    refers: bytes | None
    terms: bytes
    postings: tuple[int, ...]


def rows(batch: Batch, hashed: Callable[[str], int]) -> list[Row]:
    """Make a batch ready; needs no lock."""
    return [_row(statement, hashed) for statement in batch.statements]


def _row(statement: NewStatement, hashed: Callable[[str], int]) -> Row:
    terms = [hashed(term) for term in statement.terms]
    return Row(
        statement,
        key(statement.id),
        key(statement.refers) if statement.refers else None,
        array("q", terms).tobytes(),
        (*terms, *(hashed(term) for term in statement.own)),
    )


def add(
    connection: apsw.Connection, ready: Sequence[Row], batch: Batch, first_stored: Callable[[], int]
) -> list[str]:
    """
    Insert a batch inside the write transaction.

    Args:
        first_stored: The `stored` of the first; the others follow by one microsecond.

    Raises:
        DuplicateId: Before anything is changed.
    """
    fresh = _unknown(connection, ready, batch)
    if not fresh:
        return []
    stored = first_stored()
    connection.executemany(
        "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?)",
        [_kept(row, at) for at, row in enumerate(fresh, stored)],
    )
    # Sorted, so that the inserts walk along the index instead of jumping in it.
    postings = sorted((term, at) for at, row in enumerate(fresh, stored) for term in row.postings)
    connection.executemany("INSERT INTO posting VALUES (?, ?)", postings)
    linking.link(Links(connection), [row.statement for row in fresh])
    _learn(connection, batch)
    return [row.statement.id for row in fresh]


def _kept(row: Row, stored: int) -> tuple[Any, ...]:
    data = row.statement.complete(timestamps.text(stored))
    return stored, row.key, row.refers, VOIDS if row.statement.voids else 0, row.terms, data


def _unknown(connection: apsw.Connection, ready: Sequence[Row], batch: Batch) -> Sequence[Row]:
    """The rows whose ids are new; those that are kept have to be the same Statements."""
    kept = dict(
        _among(connection, "SELECT id, data FROM statement WHERE id", [r.key for r in ready])
    )
    if not kept:
        return ready
    for row in ready:
        if row.key in kept and not batch.same(row.statement, kept[row.key]):
            raise DuplicateId(row.statement.id)
    return [row for row in ready if row.key not in kept]


def _among(
    connection: apsw.Connection, select: str, keys: Sequence[bytes] | Sequence[str]
) -> Iterator[Any]:
    """The rows of `select` whose last-named column is among the keys."""
    remaining = iter(keys)
    while some := tuple(islice(remaining, _AT_A_TIME)):
        yield from connection.execute(f"{select} IN ({','.join('?' * len(some))})", some).fetchall()


def _learn(connection: apsw.Connection, batch: Batch) -> None:
    """Merge definitions; one that was the last learned for its Activity changes nothing."""
    select = "SELECT activity, learned, canonical FROM definition WHERE activity"
    kept = {row[0]: row[1:] for row in _among(connection, select, list(batch.definitions))}
    changed = []
    for activity, definition in batch.definitions.items():
        digest = hashlib.blake2b(definition, digest_size=16).digest()
        learned, canonical = kept.get(activity, (None, None))
        if learned != digest:
            changed.append((activity, digest, batch.merge(canonical, definition)))
    connection.executemany("INSERT OR REPLACE INTO definition VALUES (?, ?, ?)", changed)


class Links:
    """The StatementRef rule's verbs, inside the write transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def referrers(self, ids: Collection[str]) -> Mapping[str, Sequence[linking.Referrer]]:
        found: dict[str, list[linking.Referrer]] = {}
        select = "SELECT refers, id, flags FROM statement WHERE refers"
        for refers, referrer, flags in _among(self._connection, select, [key(i) for i in ids]):
            by = found.setdefault(statement_id(refers), [])
            by.append(linking.Referrer(statement_id(referrer), bool(flags & VOIDS)))
        return found

    def terms(self, ids: Collection[str]) -> Mapping[str, frozenset[int]]:
        select = "SELECT id, terms FROM statement WHERE id"
        return {
            statement_id(kept): frozenset(array("q", packed))
            for kept, packed in _among(self._connection, select, [key(i) for i in ids])
        }

    def add_terms(self, statement_id: str, terms: frozenset[int]) -> None:
        [[stored, packed]] = _among(
            self._connection, "SELECT stored, terms FROM statement WHERE id", [key(statement_id)]
        )
        more = packed + array("q", sorted(terms)).tobytes()
        self._connection.execute("UPDATE statement SET terms = ? WHERE stored = ?", (more, stored))
        self._connection.executemany(
            "INSERT OR IGNORE INTO posting VALUES (?, ?)", [(term, stored) for term in terms]
        )

    def void(self, ids: Collection[str]) -> None:
        self._connection.executemany(
            "UPDATE statement SET flags = flags | 2 WHERE id = ? AND flags & 1 = 0",
            [(key(statement_id),) for statement_id in ids],
        )
