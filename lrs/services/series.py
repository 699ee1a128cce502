"""Series of records that are only ever added to: versions, draws. Nothing in them is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrs.stores.port import Draft, Record, RecordStore

_DIGITS = 6


class _Taken(Exception):
    """Another process has added one under this number."""


@dataclass(frozen=True, slots=True)
class Series:
    """
    The series of one kind; each has a name, and its records are numbered from 1.

    Args:
        kind: Of the records.
    """

    records: RecordStore
    kind: str

    def read(self, name: str) -> list[Record]:
        """A series in its order; empty where there is none of the name."""
        return self.records.records(self.kind, tag=_tag(name))

    def append(self, name: str, make: Callable[[list[Record]], Draft | None]) -> Record:
        """
        Add what `make` makes of the series as it is; durable when this returns.

        Args:
            make: None for nothing to add, where there are some already. It is called again when
                another process came between; what it raises leaves everything as it was.

        Returns:
            The last of the series, new or not.
        """
        while True:
            kept = self.read(name)
            draft = make(kept)
            if draft is None:
                return kept[-1]
            try:
                return self._add(name, len(kept) + 1, draft)
            except _Taken:
                continue

    def _add(self, name: str, number: int, draft: Draft) -> Record:
        def decide(kept: Record | None) -> Draft:
            if kept is not None:
                raise _Taken
            return Draft(draft.value, draft.meta, draft.tags | {_tag(name)})

        record = self.records.change(self.kind, f"{name}/{number:0{_DIGITS}}", decide)
        assert record is not None
        return record


def number_of(record: Record) -> int:
    """The number of a record in its series."""
    return int(record.key.rpartition("/")[2])


def _tag(name: str) -> str:
    return f"series:{name}"
