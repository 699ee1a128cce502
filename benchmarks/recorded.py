"""
Statements in one file, read in the order of `stored`: a store for measuring what reads all of it.

To fill a real store with ten million takes longer than all that is to be measured. What a scan of
the embedded store costs is within a few seconds a million of what this costs.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from lrs.domain import timestamps
from lrs.stores.port import Kept

_HEAD = struct.Struct("<qI")
_STEP = 5_000  # Statements between two places that are known


class Recorded:
    """As a StatementStore, as far as a refresh of the facts asks it."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("a+b")
        self._places: list[tuple[int, int]] = [(-1, 0)]  # after this `stored`: from this byte
        self._last, self.count = 0, 0
        self._at = (-1, 0)
        self._find_places()

    def _find_places(self) -> None:
        self._file.seek(0)
        while head := self._file.read(_HEAD.size):
            stored, size = _HEAD.unpack(head)
            self._file.seek(size, 1)
            self._count(stored, self._file.tell())

    def _count(self, stored: int, end: int) -> None:
        self._last = stored
        self.count += 1
        if self.count % _STEP == 0:
            self._places.append((stored, end))

    def add(self, statements: Iterable[dict[str, Any]], stored: int) -> None:
        """Keep Statements behind those that are there, a microsecond apart from `stored` on."""
        end = self._file.seek(0, 2)
        for moment, statement in enumerate(statements, max(stored, self._last + 1)):
            data = orjson.dumps({**statement, "stored": timestamps.text(moment)})
            end += self._file.write(_HEAD.pack(moment, len(data))) + self._file.write(data)
            self._count(moment, end)
        self._file.flush()

    def scan(self, since: int, until: int, limit: int, term: str | None = None) -> list[Kept]:
        """The next Statements after `since`; `term` is not known here."""
        assert term is None
        if self._at[0] != since:
            self._at = self._places[bisect_right(self._places, (since, 2**63)) - 1]
        self._file.seek(self._at[1])
        found: list[Kept] = []
        while len(found) < limit and (head := self._file.read(_HEAD.size)):
            stored, size = _HEAD.unpack(head)
            if stored > until:
                break
            data = self._file.read(size)
            if stored > since:
                found.append(Kept("", stored, data, voided=False))
        if found:
            self._at = (found[-1].stored, self._file.tell())
        return found

    def consistent_through(self) -> int:
        return self._last

    def close(self) -> None:
        self._file.close()
