"""Records of the embedded store: small named things that change by one atomic step."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import apsw
import orjson

from lrs.stores.port import Draft, Record
from lrs.stores.sqlite_writer import Writer

_RECORD = "SELECT r.kind, r.key, r.value, r.meta, r.tags, r.updated FROM record r"


class SqliteRecords(ABC):
    """The half of the store that keeps records."""

    _writer: Writer

    @abstractmethod
    def _read(self, sql: str, bindings: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query, as one snapshot."""

    def record(self, kind: str, key: str) -> Record | None:
        rows = self._read(f"{_RECORD} WHERE r.kind = ? AND r.key = ?", (kind, key))
        return _record(rows[0]) if rows else None

    def records(
        self,
        kind: str,
        tag: str | None = None,
        *,
        since: int | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        sql = f"{_RECORD} WHERE r.kind = ?"
        bindings: list[Any] = [kind]
        key = "r.key"
        if tag is not None:
            sql = (
                f"{_RECORD.replace('record r', 'record_tag t CROSS JOIN record r')} "
                "ON r.kind = t.kind AND r.key = t.key WHERE t.kind = ? AND t.tag = ?"
            )
            bindings.append(tag)
            key = "t.key"
        if since is not None:
            sql += " AND r.updated > ?"
            bindings.append(since)
        if after is not None:
            sql += f" AND {key} > ?"
            bindings.append(after)
        rows = self._read(
            f"{sql} ORDER BY {key} LIMIT ?", (*bindings, -1 if limit is None else limit)
        )
        return [_record(row) for row in rows]

    def change(
        self, kind: str, key: str, decide: Callable[[Record | None], Draft | None]
    ) -> Record | None:
        return self._writer.run(lambda connection: _change(connection, kind, key, decide))

    def drop(self, kind: str, tag: str) -> int:
        def work(connection: apsw.Connection) -> int:
            found: list[Any] = connection.execute(
                f"{_RECORD} JOIN record_tag t ON t.kind = r.kind AND t.key = r.key "
                "WHERE t.kind = ? AND t.tag = ?",
                (kind, tag),
            ).fetchall()
            for record in map(_record, found):
                _remove(connection, record)
            return len(found)

        return self._writer.run(work)


def _change(
    connection: apsw.Connection,
    kind: str,
    key: str,
    decide: Callable[[Record | None], Draft | None],
) -> Record | None:
    row = connection.execute(f"{_RECORD} WHERE r.kind = ? AND r.key = ?", (kind, key)).fetchone()
    kept = _record(row) if row else None
    draft = decide(kept)
    if kept is not None:
        _remove(connection, kept)
    if draft is None:
        return None
    # A change is later than the one before, also when the clock was set back.
    updated = max(time.time_ns() // 1000, kept.updated + 1 if kept else 0)
    connection.execute(
        "INSERT INTO record (kind, key, updated, meta, tags, value) VALUES (?, ?, ?, ?, ?, ?)",
        (
            kind,
            key,
            updated,
            orjson.dumps(dict(draft.meta)).decode(),
            orjson.dumps(sorted(draft.tags)).decode(),
            draft.value,
        ),
    )
    connection.executemany(
        "INSERT INTO record_tag VALUES (?, ?, ?)", [(kind, tag, key) for tag in draft.tags]
    )
    return Record(kind, key, draft.value, dict(draft.meta), draft.tags, updated)


def _remove(connection: apsw.Connection, kept: Record) -> None:
    """Its tags one by one: their key begins with kind and tag, and a kind may have very many."""
    connection.executemany(
        "DELETE FROM record_tag WHERE kind = ? AND tag = ? AND key = ?",
        [(kept.kind, tag, kept.key) for tag in kept.tags],
    )
    connection.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kept.kind, kept.key))


def _record(row: tuple[str, str, bytes, str, str, int]) -> Record:
    kind, key, value, meta, tags, updated = row
    return Record(kind, key, value, orjson.loads(meta), frozenset(orjson.loads(tags)), updated)
