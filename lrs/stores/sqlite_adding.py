"""How a batch gets into the embedded store: made ready first, then added inside the lock."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from lrs.domain import timestamps
from lrs.stores import linking
from lrs.stores.port import Batch, DuplicateId, NewStatement
from lrs.stores.sqlite_writer import Turn

VOIDS, VOIDED = 1, 2
_MOST_KNOWN = 8_192
_WIDE = 64  # terms; most Statements have about ten
_KNOWN = "SELECT id, data FROM statement WHERE id"
_REFERRERS = "SELECT refers, id, flags FROM statement WHERE refers"
_DEFINITIONS = "SELECT activity, learned, canonical FROM definition WHERE activity"
_POST = (
    "INSERT OR IGNORE INTO posting SELECT value, ? + (rowid - 1) / ? FROM carray(?) "
    "WHERE value <> 0"
)


def key(statement_id: str) -> bytes:
    """A UUID in lower case as the 16 bytes that are kept."""
    return bytes.fromhex(statement_id.replace("-", ""))


def statement_id(key: bytes) -> str:
    """The UUID that 16 bytes are kept for."""
    text = key.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Row(NamedTuple):
    """A Statement, ready but for its `stored`; `terms` are those that who refers to it inherits."""

    statement: NewStatement
    key: bytes
    refers: bytes | None
    terms: bytes
    postings: list[int]


Learned = Mapping[str, tuple[bytes, bytes]]
"""Activity → a digest, short enough to be compared for each Statement, and its definition."""


def rows(batch: Batch, hashed: Callable[[str], int]) -> list[Row]:
    """Make a batch ready; needs no lock."""
    return [_row(statement, hashed) for statement in batch.statements]


def _row(statement: NewStatement, hashed: Callable[[str], int]) -> Row:
    terms = [hashed(term) for term in statement.terms]
    packed = array("q", terms).tobytes()
    terms += [hashed(term) for term in statement.own]
    refers = key(statement.refers) if statement.refers else None
    return Row(statement, key(statement.id), refers, packed, terms)


def learned(batch: Batch) -> Learned:
    """What a batch tells of Activities."""
    return {
        activity: (hashlib.blake2b(definition, digest_size=16).digest(), definition)
        for activity, definition in batch.definitions.items()
    }


class Adding:
    """Batches into the embedded store, inside its write transaction."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        # The digests learned last, as of `_learned` changes of definitions by any process.
        self._known: dict[str, bytes] = {}
        self._learned = -1

    def add(
        self, connection: apsw.Connection, ready: Sequence[Row], told: Learned, batch: Batch
    ) -> list[str]:
        """
        Insert a batch, which was made ready by `rows` and `learned`.

        Raises:
            DuplicateId: Before anything is changed.
        """
        fresh = _unknown(connection, ready, batch)
        if not fresh:
            return []
        self._insert(connection, fresh)
        linking.link(Links(connection), [row.statement for row in fresh])
        canonical = {
            activity: batch.merge(kept, told[activity][1])
            for activity, kept in self._unlearned(connection, told).items()
        }
        self._define(connection, told, canonical)
        return [row.statement.id for row in fresh]

    def add_plain(self, connection: apsw.Connection, ready: Sequence[Row], told: Learned) -> bool:
        """
        Insert Statements of which nothing has to be asked: new ones that refer to none.

        Returns:
            False, and nothing is changed, where one is known or referred to already, or where
            definitions have to be merged: `add` knows what to do.
        """
        keys = [row.key for row in ready]
        if _among(connection, _KNOWN, keys) or _among(connection, _REFERRERS, keys):
            return False
        new = self._unlearned(connection, told)
        if any(kept is not None for kept in new.values()):
            return False
        self._insert(connection, ready)
        self._define(connection, told, {activity: told[activity][1] for activity in new})
        return True

    def _insert(self, connection: apsw.Connection, fresh: Sequence[Row]) -> None:
        stored = self._turn.give(len(fresh))
        connection.executemany(
            "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?)",
            [_kept(row, at) for at, row in enumerate(fresh, stored)],
        )
        _post(connection, fresh, stored)

    def _define(
        self, connection: apsw.Connection, told: Learned, canonical: Mapping[str, bytes]
    ) -> None:
        """Keep canonical definitions, each with what was learned last for its Activity."""
        if not canonical:
            return
        self._learned = self._turn.learn()
        connection.executemany(
            "INSERT OR REPLACE INTO definition VALUES (?, ?, ?)",
            [(activity, told[activity][0], value) for activity, value in canonical.items()],
        )
        self._known.update((activity, told[activity][0]) for activity in canonical)

    def _unlearned(self, connection: apsw.Connection, told: Learned) -> dict[str, bytes | None]:
        """Activities for which another definition was learned last, or none, and what is kept."""
        if self._learned != self._turn.learned or len(self._known) > _MOST_KNOWN:
            self._known.clear()
            self._learned = self._turn.learned
        unsure = [name for name, (digest, _) in told.items() if self._known.get(name) != digest]
        if not unsure:
            return {}
        names = [activity.encode() for activity in unsure]
        kept = {row[0]: row[1:] for row in _among(connection, _DEFINITIONS, names, "TEXT")}
        new: dict[str, bytes | None] = {}
        for activity in unsure:
            last, canonical = kept.get(activity, (None, None))
            if last == told[activity][0]:
                self._known[activity] = last
            else:
                new[activity] = canonical
        return new


def _post(connection: apsw.Connection, fresh: Sequence[Row], stored: int) -> None:
    """
    Insert the index rows of Statements whose `stored` follow one another.

    In one step of SQLite, for before and after each step Python lets other threads run and has to
    wait for them, while all other writers wait for this one. Sorted, so that the inserts walk
    along the index instead of jumping in it. What cannot fail (OR IGNORE) needs no journal. Large
    Groups come one by one, or all rows would be made as wide as they are.
    """
    width = max((len(row.postings) for row in fresh if len(row.postings) <= _WIDE), default=0)
    terms = array("q")
    for at, row in enumerate(fresh, stored):
        own = row.postings
        if len(own) > _WIDE:
            connection.execute(_POST, (at, len(own), apsw.carray(array("q", sorted(own)))))
            own = []
        terms.extend(own)
        terms.extend([0] * (width - len(own)))
    if terms:
        order = "ORDER BY 1, 2" if len(fresh) > 1 else ""
        connection.execute(f"{_POST} {order}", (stored, width, apsw.carray(terms)))


def _kept(row: Row, stored: int) -> tuple[Any, ...]:
    data = row.statement.complete(timestamps.text(stored))
    return stored, row.key, row.refers, VOIDS if row.statement.voids else 0, row.terms, data


def _unknown(connection: apsw.Connection, ready: Sequence[Row], batch: Batch) -> Sequence[Row]:
    """The rows whose ids are new; those that are kept have to be the same Statements."""
    kept = dict(_among(connection, _KNOWN, [row.key for row in ready]))
    if not kept:
        return ready
    for row in ready:
        if row.key in kept and not batch.same(row.statement, kept[row.key]):
            raise DuplicateId(row.statement.id)
    return [row for row in ready if row.key not in kept]


def _among(
    connection: apsw.Connection, select: str, keys: Sequence[bytes], kind: str = "BLOB"
) -> list[Any]:
    """The rows of `select` whose last-named column is among the keys, which are of this kind."""
    if not keys:
        return []
    if len(keys) == 1:
        return connection.execute(f"{select} = CAST(? AS {kind})", tuple(keys)).fetchall()
    among = f"{select} IN (SELECT CAST(value AS {kind}) FROM carray(?))"  # noqa: S608
    return connection.execute(among, (apsw.carray(tuple(keys)),)).fetchall()


class Links:
    """The StatementRef rule's verbs, inside the write transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def referrers(self, ids: Collection[str]) -> Mapping[str, Sequence[linking.Referrer]]:
        found: dict[str, list[linking.Referrer]] = {}
        for refers, referrer, flags in _among(self._connection, _REFERRERS, [key(i) for i in ids]):
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
        new = array("q", sorted(terms))
        self._connection.execute(
            "UPDATE statement SET terms = ? WHERE stored = ?", (packed + new.tobytes(), stored)
        )
        self._connection.execute(_POST, (stored, len(new), apsw.carray(new)))

    def void(self, ids: Collection[str]) -> None:
        self._connection.executemany(
            "UPDATE statement SET flags = flags | 2 WHERE id = ? AND flags & 1 = 0",
            [(key(statement_id),) for statement_id in ids],
        )
