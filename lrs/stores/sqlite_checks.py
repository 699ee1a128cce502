"""The embedded store looked at from inside: read-only, on a connection of its own."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from lrs.stores import sqlite_schema
from lrs.stores.checking import LEFT_BEHIND_SECONDS, Damaged, Digest, Flaw, Seen
from lrs.stores.files import AttachmentFiles
from lrs.stores.port import StoreFormatError, StoreUnavailable
from lrs.stores.sqlite_adding import VOIDED, VOIDS, statement_id
from lrs.stores.sqlite_terms import KnownTerms
from lrs.stores.sqlite_writer import unavailable

_MOST_DAMAGE = 100
_AT_A_TIME = 20_000
_INTEGER_BYTES = 8
_LEAST = -(2**63)
_PARTS = (apsw.CorruptError, apsw.NotADBError, apsw.IOError, apsw.FullError)
_SEEN = """
SELECT s.id, s.stored, s.data, s.refers, s.flags, s.terms, t.stored IS NOT NULL, t.terms,
    (SELECT i.stored FROM statement i WHERE i.id = s.id) IS s.stored,
    EXISTS (SELECT 1 FROM statement v WHERE v.refers = s.id AND v.flags & 1)
FROM statement s LEFT JOIN statement t ON t.id = s.refers
WHERE s.stored > ? AND s.stored <= ? ORDER BY s.stored LIMIT ?
"""
_UNLISTED = """
SELECT c.value FROM carray(?) c
WHERE NOT EXISTS (SELECT 1 FROM posting p WHERE p.term = c.value AND p.stored = ?)
"""
_POSTINGS = """
SELECT p.term, p.stored, s.id, s.terms
FROM posting p LEFT JOIN statement s ON s.stored = p.stored
WHERE (p.term, p.stored) > (?, ?) ORDER BY p.term, p.stored LIMIT ?
"""
_UNREADABLE = """
SELECT kind, key FROM record
WHERE typeof(value) <> 'blob'
    OR NOT json_valid(meta) OR json_type(meta) <> 'object'
    OR NOT json_valid(tags) OR json_type(tags) <> 'array'
"""
# What cannot be read has no tags here; it is told once.
_UNTAGGED = """
SELECT r.kind, r.key, j.value
FROM record r, json_each(CASE WHEN json_valid(r.tags) THEN r.tags ELSE '[]' END) j
WHERE NOT EXISTS
    (SELECT 1 FROM record_tag t WHERE t.kind = r.kind AND t.tag = j.value AND t.key = r.key)
"""
_MISTAGGED = """
SELECT t.kind, t.key, t.tag FROM record_tag t
WHERE NOT EXISTS (
    SELECT 1 FROM record r, json_each(CASE WHEN json_valid(r.tags) THEN r.tags ELSE '[]' END) j
    WHERE r.kind = t.kind AND r.key = t.key AND j.value = t.tag
)
"""


class SqliteChecks:
    """The port of checking.py on the embedded store's file."""

    lag_seconds = 0.0
    unchecked = ""

    def __init__(self, connection: apsw.Connection, attachments: Path) -> None:
        self._connection = connection
        self._folder = attachments
        self._terms = KnownTerms(connection)
        self.attachments = AttachmentFiles(attachments)

    @classmethod
    def open(cls, path: Path, attachments: Path) -> SqliteChecks:
        """
        Open the file as it is; nothing is made or brought up to date.

        Raises:
            StoreFormatError: It is no store, or one of another format than this software's.
            StoreUnavailable: There is no such file, or it cannot be read.
        """
        if not path.is_file():
            raise StoreUnavailable(f"there is no store at {path}")
        try:
            sqlite_schema.check(path)
            connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            connection.set_busy_timeout(10_000)
            found = connection.pragma("user_version")
            if found != sqlite_schema.FORMAT:
                raise StoreFormatError(
                    f"the store has format {found}, not {sqlite_schema.FORMAT}: "
                    "this software brings it up to date when it serves it"
                )
            return cls(connection, attachments)
        except apsw.Error as error:
            raise unavailable(error) from error

    def count(self) -> int:
        return int(self._one("SELECT count(*) FROM statement"))

    def newest(self) -> int:
        return int(self._one("SELECT max(stored) FROM statement") or 0)

    def damage(self) -> Iterator[Flaw]:
        for [said] in self._rows(f"PRAGMA quick_check({_MOST_DAMAGE})"):
            if said != "ok":
                yield Flaw("file", "", " ".join(str(said).split()))

    def seen(self, since: int, until: int, limit: int) -> list[Seen]:
        return [_seen(row) for row in self._rows(_SEEN, (since, until, limit))]

    def digest(self, term: str) -> Digest | None:
        return self._terms.to_find(term, lambda sql: list(self._rows(sql)))

    def unlisted(self, one: Seen, digests: Collection[Digest]) -> frozenset[Digest]:
        if not digests:
            return frozenset()
        wanted = array("q", [each for each in digests if isinstance(each, int)])
        return frozenset(row[0] for row in self._rows(_UNLISTED, (apsw.carray(wanted), one.stored)))

    def strays(self, own: Collection[str], progress: Callable[[int], None]) -> Iterator[Flaw]:
        """In pieces, so that no read keeps the log of a busy server from being written back."""
        facets = self._terms.numbers(own)
        last, done = (_LEAST, _LEAST), 0
        while rows := list(self._rows(_POSTINGS, (*last, _AT_A_TIME))):
            for term, stored, identity, terms in rows:
                if identity is None:
                    yield Flaw("index", str(stored), "the index finds a Statement that is not kept")
                elif self._terms.facet(term) not in facets and not _holds(terms, term):
                    detail = "the index finds it by what it is not kept with"
                    yield Flaw("index", statement_id(identity), detail)
            last = rows[-1][:2]
            done += len(rows)
            progress(done)

    def definitions(self) -> Iterator[tuple[str, bytes]]:
        yield from self._rows("SELECT activity, canonical FROM definition")

    def records(self) -> int:
        return int(self._one("SELECT count(*) FROM record"))

    def bad_records(self) -> Iterator[Flaw]:
        for kind, name in self._rows(_UNREADABLE):
            yield Flaw("record", f"{kind} {name}", "it cannot be read")
        for kind, name, tag in self._rows(_UNTAGGED):
            yield Flaw("record", f"{kind} {name}", f"the index does not find it by its tag {tag}")
        for kind, name, tag in self._rows(_MISTAGGED):
            yield Flaw("record", f"{kind} {name}", f"the index finds it by {tag}, not its tag")

    def leftovers(self) -> Iterator[Flaw]:
        """Files that have no hash as their name; those that are being written are young."""
        whole = set(self.attachments.hashes())
        for path in sorted(self._folder.glob("??/*")):
            try:
                old = time.time() - path.stat().st_mtime > LEFT_BEHIND_SECONDS
            except FileNotFoundError:  # it has got its name just now
                continue
            if path.name not in whole and old:
                yield Flaw("attachment", str(path), "a half-written file was left behind")

    def close(self) -> None:
        self._connection.close()

    def _rows(self, sql: str, bindings: Sequence[Any] = ()) -> Iterator[Any]:
        try:
            yield from self._connection.execute(sql, bindings)
        except _PARTS as error:
            raise Damaged(str(error)) from error
        except apsw.Error as error:
            raise unavailable(error) from error

    def _one(self, sql: str) -> Any:
        [[value]] = self._rows(sql)
        return value


def _seen(row: Sequence[Any]) -> Seen:
    identity, stored, data, refers, flags, terms, has_target, target, by_id, voider = row
    return Seen(
        id=statement_id(identity),
        stored=stored,
        data=data,
        refers=None if refers is None else statement_id(refers),
        voids=bool(flags & VOIDS),
        voided=bool(flags & VOIDED),
        found_by_id=bool(by_id),
        has_voider=bool(voider),
        may_be_voided=bool(voider),
        terms=_unpacked(terms),
        own=frozenset(),
        indexed=frozenset(),
        target=_unpacked(target) if has_target else None,
    )


def _unpacked(packed: bytes) -> frozenset[Digest]:
    """The terms of a row; what is left over of a damaged one is none of them."""
    return frozenset(array("q", packed[: len(packed) // _INTEGER_BYTES * _INTEGER_BYTES]))


def _holds(packed: bytes, term: int) -> bool:
    return term in memoryview(packed[: len(packed) // _INTEGER_BYTES * _INTEGER_BYTES]).cast("q")
