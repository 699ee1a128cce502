"""Results of runs as records of the store: whole or not there, and a bounded number of them."""

from __future__ import annotations

from lrs.stores.port import Draft, Record, RecordStore

KIND = "analytics-result"
_NEWEST = "analytics-newest"
_KEPT = 10


class Results:
    """
    By what they are about, version of its declaration, and cutoff.

    Keys sort by version, then by cutoff; which one is the newest is told by a record of its own,
    written last.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def keep(self, about: str, version: int, cutoff: int, result: bytes) -> None:
        """Keep a result, durable when this returns, in place of an equally old one."""
        key = f"{about} {version:06} {cutoff:017}"
        of_version = f"{about} {version:06}"
        draft = Draft(result, tags=frozenset({of_version}))
        self._records.change(KIND, key, lambda _: draft)
        self._records.change(_NEWEST, of_version, lambda kept: _later(kept, key))
        self._records.change(_NEWEST, about, lambda kept: _later(kept, key))
        for old in self._records.records(KIND, of_version)[:-_KEPT]:
            self._records.change(KIND, old.key, lambda _: None)

    def newest(self, about: str, version: int | None = None) -> bytes | None:
        """The newest result, of one version or of the newest that has any; None where none is."""
        name = about if version is None else f"{about} {version:06}"
        pointer = self._records.record(_NEWEST, name)
        record = pointer and self._records.record(KIND, pointer.value.decode())
        return record.value if record else None


def _later(kept: Record | None, key: str) -> Draft:
    """The later of two keys: a run that was overtaken must not point back."""
    return Draft(max(key.encode(), kept.value if kept else b""))
