"""Records in MongoDB: each changed by compare-and-set on the time of its last change."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from bson import Int64
from pymongo.errors import DuplicateKeyError

from lrs.stores.mongo_journal import Journal
from lrs.stores.mongo_models import KeptRecord, Raw
from lrs.stores.mongo_wire import Wire, check_size
from lrs.stores.port import Draft, Record, StoreUnavailable

_PATIENCE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 0.05


def filter_of(kind: str, tag: str | None, since: int | None, after: str | None) -> Raw:
    """What a list of records asks of MongoDB."""
    wanted: Raw = {"kind": kind}
    if tag is not None:
        wanted["tags"] = tag
    if after is not None:
        wanted["key"] = {"$gt": after}
    if since is not None:
        wanted["updated"] = {"$gt": Int64(since)}
    return wanted


class MongoRecords:
    """The records of one store."""

    def __init__(self, wire: Wire, journal: Journal) -> None:
        self._records = KeptRecord.within(wire.durable)
        self._journal = journal

    def record(self, kind: str, key: str) -> Record | None:
        raw = self._records.find_one({"kind": kind, "key": key})
        return None if raw is None else _record(raw)

    def records(
        self, kind: str, tag: str | None, *, since: int | None, after: str | None, limit: int | None
    ) -> list[Record]:
        found = self._records.find(filter_of(kind, tag, since, after)).sort("key", 1)
        return [_record(raw) for raw in found.limit(limit or 0)]

    def change(
        self, kind: str, key: str, decide: Callable[[Record | None], Draft | None]
    ) -> Record | None:
        """As the port says; asks again when another writer came between."""
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        pause = 0.001
        while time.monotonic() < give_up_at:
            raw = self._records.find_one({"kind": kind, "key": key})
            draft = decide(None if raw is None else _record(raw))
            if draft is None:
                if raw is None or self._remove(raw):
                    return None
            else:
                changed = _raw(kind, key, draft, self._journal.stamp())
                if self._create(changed) if raw is None else self._replace(raw, changed):
                    return _record(changed)
            # Another writer was first; both would meet again if they waited equally long.
            time.sleep(pause * random.random())  # noqa: S311  no secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        raise StoreUnavailable("too many writers change this record at once")

    def drop(self, kind: str, tag: str) -> int:
        return self._records.delete_many({"kind": kind, "tags": tag}).deleted_count

    def _create(self, changed: Raw) -> bool:
        try:
            self._records.insert_one(dict(changed))
        except DuplicateKeyError:
            return False
        return True

    def _replace(self, raw: Raw, changed: Raw) -> bool:
        done = self._records.replace_one(_as_it_was(raw), changed)
        return done.matched_count == 1

    def _remove(self, raw: Raw) -> bool:
        return self._records.delete_one(_as_it_was(raw)).deleted_count == 1


def _as_it_was(raw: Raw) -> Raw:
    return {"kind": raw["kind"], "key": raw["key"], "updated": raw["updated"]}


def _raw(kind: str, key: str, draft: Draft, updated: int) -> Raw:
    names = [kind, key, *draft.tags, *draft.meta, *draft.meta.values()]
    check_size(len(draft.value) + sum(len(name.encode()) for name in names))
    return {
        "kind": kind,
        "key": key,
        "value": draft.value,
        "facts": [[name, value] for name, value in draft.meta.items()],
        "tags": sorted(draft.tags),
        "updated": Int64(updated),
    }


def _record(raw: Raw) -> Record:
    return Record(
        kind=raw["kind"],
        key=raw["key"],
        value=raw["value"],
        meta=dict(raw["facts"]),
        tags=frozenset(raw["tags"]),
        updated=int(raw["updated"]),
    )
