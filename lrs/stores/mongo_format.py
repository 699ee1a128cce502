"""The format version of a MongoDB store: newer software upgrades it, older software refuses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from lrs.stores.mongo_journal import Journal
from lrs.stores.mongo_models import STRUCTURES, Format, Raw
from lrs.stores.mongo_wire import Wire
from lrs.stores.port import StoreFormatError, StoreUnavailable

_STORE = {"_id": "store"}
_LOCK = "upgrading"
# Building indexes over many millions of Statements takes hours; a lock left behind waits as long.
_LOCK_FOR = timedelta(hours=6)
_PATIENCE_SECONDS = 30.0


def _create_structures(database: Database[Raw]) -> None:
    for structure in STRUCTURES:
        structure.create_indexes(database)


# The step at index n brings a store from version n to n + 1; a step can be repeated.
_STEPS: tuple[Callable[[Database[Raw]], None], ...] = (_create_structures,)
VERSION = len(_STEPS)


def bring_up_to_date(wire: Wire, journal: Journal) -> None:
    """
    Upgrade the store to this software's version, one process at a time.

    Raises:
        StoreFormatError: It was written by newer software.
        StoreUnavailable: Another process is at it for long.
    """
    versions = Format.within(wire.durable)
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while (found := format_of(wire)) < VERSION:
        _, now = journal.tick()
        try:
            versions.insert_one({"_id": _LOCK, "until": now + _LOCK_FOR})
        except DuplicateKeyError:
            if time.monotonic() > give_up_at:
                raise StoreUnavailable("the store is being upgraded by another process") from None
            versions.delete_one({"_id": _LOCK, "until": {"$lt": now}})
            time.sleep(0.05)  # another process upgrades, and MongoDB wakes nobody
            continue
        try:
            for version in range(format_of(wire), VERSION):
                _STEPS[version](wire.durable)
                versions.update_one(_STORE, {"$set": {"version": version + 1}}, upsert=True)
        finally:
            versions.delete_one({"_id": _LOCK})
    if found > VERSION:
        raise StoreFormatError(f"the store has format {found}; this software knows up to {VERSION}")


def format_of(wire: Wire) -> int:
    """The version of a store; 0 where there is none."""
    found = Format.within(wire.durable).find_one(_STORE)
    return 0 if found is None else int(found["version"])
