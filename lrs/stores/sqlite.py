"""The embedded store: one SQLite file in WAL mode with synchronous=FULL, through APSW."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import apsw

from lrs.stores import sqlite_adding, sqlite_schema
from lrs.stores.files import AttachmentFiles
from lrs.stores.port import (
    Batch,
    Found,
    Kept,
    Query,
    StoreUnavailable,
)
from lrs.stores.sqlite_adding import VOIDED, Learned, Row, key, statement_id
from lrs.stores.sqlite_committer import Committer, Outcome
from lrs.stores.sqlite_records import SqliteRecords
from lrs.stores.sqlite_terms import Terms
from lrs.stores.sqlite_writer import NEWEST, Turn, Writer, unavailable

# Pages of the write-ahead log (4 KiB each) after which `checkpoint` copies it into the file, and
# after which a commit does so itself: where no process calls that, or it cannot keep up.
CHECKPOINT_PAGES, MOST_PAGES = 16_000, 32_000
_JUST_NOW = 20_000  # µs
_KEPT = "SELECT id, stored, data, flags FROM statement"
_SCAN = f"{_KEPT} WHERE stored > ? AND stored <= ? ORDER BY stored LIMIT ?"
_SCAN_TERM = (
    "SELECT s.id, s.stored, s.data, s.flags "
    "FROM posting p CROSS JOIN statement s ON s.stored = p.stored "
    "WHERE p.term = ? AND p.stored > ? AND p.stored <= ? ORDER BY p.stored LIMIT ?"
)


class SqliteStore(SqliteRecords):
    """A store in one file; every web process opens its own."""

    def __init__(self, path: Path, attachments: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One name for all: what lies beside the file must be the same for every process.
        path = self._path = path.resolve()
        self._local = threading.local()
        self._readers: list[apsw.Connection] = []
        sqlite_schema.check(path)
        self._turn = Turn(path.with_name(path.name + "-turn"))
        with self._turn.writing():
            self._connection = self._connect(cache_kib=16384)
            sqlite_schema.upgrade(self._connection)
            self._turn.begin_after(self._connection.execute(NEWEST).get or 0)
        self._writer = Writer(self._connection, self._turn)
        self._adding = sqlite_adding.Adding(self._turn)
        self._committer = Committer(path)
        self.terms = Terms(self._connection, self._writer)
        self.attachments = AttachmentFiles(attachments)

    @classmethod
    def open(cls, path: Path, attachments: Path) -> SqliteStore:
        """
        Open or create the store.

        Args:
            path: The database file.
            attachments: The folder of attachment data.

        Raises:
            StoreFormatError: The file is newer than this software or is no store.
            StoreUnavailable: It cannot be opened.
        """
        try:
            return cls(path, attachments)
        except apsw.Error as error:
            raise unavailable(error) from error
        except OSError as error:
            raise StoreUnavailable("the store cannot be opened") from error

    def _connect(self, cache_kib: int) -> apsw.Connection:
        connection = apsw.Connection(str(self._path))
        connection.set_busy_timeout(10_000)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("foreign_keys", "on")
        connection.pragma("mmap_size", 0)
        connection.pragma("cache_size", -cache_kib)
        connection.pragma("wal_autocheckpoint", MOST_PAGES)
        return connection

    def _read(self, sql: str, bindings: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query on this thread's own connection, as one snapshot."""
        try:
            return self._own().execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise unavailable(error) from error

    def _own(self) -> apsw.Connection:
        """The connection of this thread alone, which reads."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(cache_kib=4096)
            self._readers.append(connection)
        return connection

    def add(self, batch: Batch) -> list[str]:
        ready = sqlite_adding.rows(batch, self.terms.to_keep)
        told = sqlite_adding.learned(batch)
        outcome = self._committer.add(ready, told)
        if outcome is Outcome.KEPT:
            return [row.statement.id for row in ready]
        new = self._writer.run(lambda connection: self._adding.add(connection, ready, told, batch))
        # Who was asked and died may have kept them: then they are known now, and were new.
        return [row.statement.id for row in ready] if outcome is Outcome.LOST else new

    def add_plain(self, batches: Sequence[tuple[Sequence[Row], Learned]]) -> list[bool]:
        """Keep several batches in one commit; which of them were plain enough to be kept."""
        try:
            return self._writer.run(
                lambda connection: [
                    self._adding.add_plain(connection, ready, told) for ready, told in batches
                ]
            )
        except StoreUnavailable:
            return [False] * len(batches)

    def get(self, statement_id: str) -> Kept | None:
        rows = self._read(f"{_KEPT} WHERE id = ?", (key(statement_id),))
        return _kept(rows[0]) if rows else None

    def find(self, query: Query) -> list[Found]:
        terms = [self.terms.to_find(term, self._read) for term in query.terms]
        known = [term for term in terms if term is not None]
        if len(known) < len(terms):
            return []
        sql, bindings = _select(self._by_rareness(known), query)
        return [Found(*row) for row in self._read(sql, bindings)]

    def _by_rareness(self, terms: list[int]) -> list[int]:
        """The rarest term first: the list is walked along it and the others are looked up."""
        if len(terms) < 2:  # noqa: PLR2004 - one term needs no order
            return terms
        count = "SELECT count(*) FROM (SELECT 1 FROM posting WHERE term = ? LIMIT 2000)"
        return sorted(terms, key=lambda term: self._read(count, (term,))[0][0])

    def scan(self, since: int, until: int, limit: int, term: str | None = None) -> list[Kept]:
        if term is None:
            return [_kept(row) for row in self._read(_SCAN, (since, until, limit))]
        number = self.terms.to_find(term, self._read)
        if number is None:
            return []
        return [_kept(row) for row in self._read(_SCAN_TERM, (number, since, until, limit))]

    def definition(self, activity_id: str) -> bytes | None:
        return self.definitions([activity_id]).get(activity_id)

    def definitions(self, activity_ids: Collection[str]) -> dict[str, bytes]:
        found = {}
        for activity in activity_ids:
            rows = self._read("SELECT canonical FROM definition WHERE activity = ?", (activity,))
            if rows:
                found[activity] = rows[0][0]
        return found

    def consistent_through(self) -> int:
        """
        Now, when no process is writing; else the newest Statement or the latest promise.

        Where something was kept just now, that is told without a look: whoever looks holds up
        who writes.
        """
        readable = self._turn.readable_at()
        if time.time_ns() // 1000 - readable < _JUST_NOW:
            return readable
        idle = self._turn.idle_at()
        return self._turn.readable_at() if idle is None else idle

    def ping(self) -> None:
        self._read("SELECT 1 FROM meta")

    def counts(self) -> dict[str, int]:
        """Exact numbers; the voided have an index of their own."""
        [[statements]] = self._read("SELECT count(*) FROM statement")
        [[voided]] = self._read("SELECT count(*) FROM statement WHERE flags >= 2")
        return {"statements": statements, "voided": voided}

    def backup(self, folder: str) -> None:
        """Write a consistent copy of the file and of all attachment data, while others write."""
        target = Path(folder)
        self._read("VACUUM INTO ?", (str(target / "lrs.sqlite"),))
        self.attachments.copy_to(target / "attachments")

    def checkpoint(self) -> None:
        """
        Copy a long write-ahead log into the file while others write.

        Raises:
            StoreUnavailable: Not all of it could be; nothing is lost.
        """
        try:
            log = self._own()
            pages, _ = log.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
            if pages < CHECKPOINT_PAGES:
                return
            log.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            # What came meanwhile is little; only when all is copied does the log begin anew.
            with self._writer.held():
                log.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            raise unavailable(error) from error

    def close(self) -> None:
        for connection in [*self._readers, self._connection]:
            connection.close()
        self._committer.close()
        self._turn.close()


def _kept(row: tuple[bytes, int, bytes, int]) -> Kept:
    return Kept(statement_id(row[0]), row[1], row[2], row[3] >= VOIDED)


def _select(terms: Sequence[int], query: Query) -> tuple[str, list[int]]:
    """The list of a query as one walk along an index."""
    source = (
        ["posting p0 CROSS JOIN statement s ON s.stored = p0.stored"] if terms else ["statement s"]
    )
    key = "p0.stored" if terms else "s.stored"
    where = ["p0.term = ?"] if terms else []
    bindings = list(terms)
    other = f"EXISTS (SELECT 1 FROM posting WHERE term = ? AND stored = {key})"  # noqa: S608
    where += [other] * (len(terms) - 1)
    if query.since is not None:
        where.append(f"{key} > ?")
        bindings.append(query.since)
    if query.until is not None:
        where.append(f"{key} <= ?")
        bindings.append(query.until)
    where.append("s.flags < 2")
    order = "ASC" if query.ascending else "DESC"
    sql = (
        f"SELECT s.stored, s.data FROM {source[0]} WHERE {' AND '.join(where)} "  # noqa: S608
        f"ORDER BY {key} {order} LIMIT ?"
    )
    return sql, [*bindings, query.limit]
