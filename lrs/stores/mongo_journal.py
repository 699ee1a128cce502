"""
The journal of batches under way: one clock, all or nothing, and how far reading is safe.

A writer
    1. reads the clock: `floor` is its value, `now` the server's time;
    2. enters the batch as OPEN with its ids and that floor;
    3. takes its `stored` values from the clock, all above the floor;
    4. inserts the Statements, each with the entry's id as `batch`;
    5. turns the entry from OPEN to DECIDED: from here the batch is in, whatever happens;
    6. links (StatementRefs, voidings) and removes the entry.
With transactions 4 and 5 are one; nothing else differs.

A writer that meets another Statement under one of its ids, or fails, turns its entry from OPEN to
UNDONE, removes what it inserted and then the entry. When a writer dies, anyone does the rest once
the entry's time is over: from OPEN the way back, from DECIDED step 6 again (it can be repeated).
Such an entry that went back stays a day as SWEPT: a writer that was only suspended and inserts
after all finds that it cannot decide any more, and meanwhile readers leave out the Statements of
batches that are SWEPT.

Why that is right, whatever the clocks of the machines say:
- An entry goes OPEN → DECIDED or OPEN → UNDONE by one conditional update, so one of them happens.
  Time only says when others *may* try; a wrong clock costs a batch (503), never half of one.
- The clock only rises: it is set to the server's time where that is ahead, else counted up, each
  by one atomic update. The hosts' own clocks are never asked. So `stored` is unique and rises.
- A reader reads the clock, then the entries (one read in the order of `_id`: the clock is a
  string, which sorts before the entries' ObjectIds). A batch with a `stored` at or below the clock
  value it got was entered before that, so its entry is among those read, and the reader stays at or
  below its floor, or it is finished. So everything up to that horizon is final; a horizon
  once reached stays true, and each process keeps the highest it has seen.
- When nobody writes, asking how far reading is safe moves the clock up to the server's time first;
  what is stored later is stored above that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import Int64, ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from lrs.stores.mongo_models import Clock, Entry, KeptStatement, Raw
from lrs.stores.mongo_wire import Wire
from lrs.stores.port import StoreUnavailable

OPEN = "open"
DECIDED = "decided"
UNDONE = "undone"
SWEPT = "swept"

_CLOCK = {"_id": "clock"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  BSON dates are UTC and come without a zone
_STATEMENTS_A_SECOND = 500
_SWEPT_FOR = timedelta(days=1)
# How long an entry is left alone before the server's time is asked for its sake.
_UNSUSPICIOUS_SECONDS = 0.5
# At most so often one process moves the clock of an idle store.
_IDLE_TICK_SECONDS = 0.01


class Fenced(StoreUnavailable):
    """The batch took longer than its time and was given up by another process; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """
    How far reading is safe.

    Args:
        through: Every Statement with `stored` up to here is final, but for those of `swept`.
        swept: Batches of which nothing may be read.
    """

    through: int = 0
    swept: frozenset[ObjectId] = frozenset()

    def settles(self, statement: Mapping[str, Any]) -> bool:
        """Whether a kept Statement is there for good, as far as this goes."""
        return statement["stored"] <= self.through and statement["batch"] not in self.swept


@dataclass(slots=True)
class Journal:
    """
    The journal of one store, as one process sees it.

    Args:
        wire: The connection.
        lease_seconds: How long a batch of a few Statements may take before others clean up.
        finish: Links the Statements of a decided batch, given their ids and the batch.
    """

    wire: Wire
    lease_seconds: float
    finish: Callable[[Sequence[str], ObjectId], None]
    _horizon: Horizon = field(default=Horizon(), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _seen: dict[ObjectId, float] = field(default_factory=dict, init=False)
    _ticked: float = field(default=0.0, init=False)

    @property
    def known(self) -> Horizon:
        """The furthest that this process has seen."""
        return self._horizon

    def begin(self, ids: Sequence[str]) -> tuple[ObjectId, int]:
        """Enter a batch and take its times: the entry's id and the first of as many `stored`."""
        floor, now = self.tick()
        batch = ObjectId()
        lease = timedelta(seconds=self.lease_seconds + len(ids) / _STATEMENTS_A_SECOND)
        entry = {
            "_id": batch,
            "state": OPEN,
            "floor": Int64(floor),
            "until": now + lease,
            "ids": ids,
        }
        Entry.within(self.wire.quick).insert_one(entry)
        return batch, self._take(len(ids), floor, micros(now))

    def stamp(self) -> int:
        """One time above all that were given out."""
        floor, now = self.tick()
        return self._take(1, floor, micros(now))

    def decide(self, batch: ObjectId, session: ClientSession | None = None) -> None:
        """
        Make the batch count.

        Raises:
            Fenced: It was given up by another process.
        """
        changed = Entry.within(self.wire.quick).update_one(
            {"_id": batch, "state": OPEN}, {"$set": {"state": DECIDED}}, session=session
        )
        if changed.matched_count == 0:
            raise Fenced("the batch took too long and was given up")

    def close(self, batch: ObjectId) -> None:
        """The decided batch is linked: let it be seen. Durable, and all before it, on return."""
        Entry.within(self.wire.durable).delete_one({"_id": batch})
        self._ticked = 0.0

    def give_up(self, batch: ObjectId, ids: Sequence[str], *, quiet: bool) -> None:
        """
        Take back what an undecided batch of this process has inserted; a decided one is left.

        Args:
            batch: Its entry.
            ids: Of its Statements.
            quiet: Whether the server has answered all that was sent; otherwise an insert may
                still be on its way and the entry stays as SWEPT.
        """
        undone = self._undo(batch)
        # Another process may have given it up before; what was inserted since goes as well.
        if not undone and self.states([batch]).get(batch) not in (UNDONE, SWEPT):
            return
        self._remove(batch, ids)
        if not undone:
            return
        if quiet:
            Entry.within(self.wire.quick).delete_one({"_id": batch})
        else:
            self._sweep(batch, self.tick()[1])

    def horizon(self) -> Horizon:
        """How far reading is safe now; cleans up after writers that died."""
        clock, entries = self._read()
        overdue = self._overdue(entries)
        if overdue:
            self.recover()
            clock, entries = self._read()
        floors = [e["floor"] for e in entries if e["state"] != SWEPT]
        swept = {e["_id"] for e in entries if e["state"] == SWEPT}
        return self._reached(min([clock, *floors]), swept)

    def consistent_through(self) -> int:
        """The horizon's time, moved on to the server's time when nothing is under way."""
        if time.monotonic() - self._ticked > _IDLE_TICK_SECONDS:
            floor, now = self.tick()
            # What the server's time promises must outlive the server, so this is durable.
            if micros(now) > floor:
                Clock.within(self.wire.durable).update_one(
                    _CLOCK, {"$max": {"at": Int64(micros(now))}}
                )
            self._ticked = time.monotonic()
        return self.horizon().through

    def states(self, batches: Collection[ObjectId]) -> dict[ObjectId, str]:
        """The states of those batches that have an entry; one without is finished or taken back."""
        found = Entry.within(self.wire.quick).find({"_id": {"$in": list(batches)}}, {"state": 1})
        return {entry["_id"]: entry["state"] for entry in found}

    def tick(self) -> tuple[int, datetime]:
        """What the clock stands at, and the server's time."""
        clock = self._change_clock({"$currentDate": {"now": True}, "$max": {"at": Int64(0)}})
        return clock["at"], clock["now"]

    def recover(self) -> None:
        """Finish or take back the batches whose time is over, in whatever process they began."""
        _, now = self.tick()
        _, *entries = Entry.within(self.wire.quick).find({}).sort("_id", 1)
        for entry in entries:
            if entry["until"] < now:
                self._clean_up(entry, now)

    def _clean_up(self, entry: Raw, now: datetime) -> None:
        batch = entry["_id"]
        if entry["state"] == DECIDED:
            self.finish(entry["ids"], batch)
            self.close(batch)
            return
        if entry["state"] == OPEN and not self._undo(batch):
            return  # its writer or another process was quicker
        self._remove(batch, entry["ids"])
        if entry["state"] == SWEPT:
            Entry.within(self.wire.durable).delete_one({"_id": batch})
        else:
            self._sweep(batch, now)

    def _sweep(self, batch: ObjectId, now: datetime) -> None:
        Entry.within(self.wire.durable).update_one(
            {"_id": batch, "state": UNDONE}, {"$set": {"state": SWEPT, "until": now + _SWEPT_FOR}}
        )

    def _undo(self, batch: ObjectId) -> bool:
        return (
            Entry.within(self.wire.quick)
            .update_one({"_id": batch, "state": OPEN}, {"$set": {"state": UNDONE}})
            .matched_count
            == 1
        )

    def _remove(self, batch: ObjectId, ids: Sequence[str]) -> None:
        KeptStatement.within(self.wire.quick).delete_many(
            {"_id": {"$in": list(ids)}, "batch": batch}
        )

    def _take(self, count: int, floor: int, now: int) -> int:
        """The first of `count` times in a row above all that were given out."""
        clock = Clock.within(self.wire.quick)
        if floor < now:
            taken = clock.find_one_and_update(
                {**_CLOCK, "at": {"$lt": Int64(now)}}, {"$set": {"at": Int64(now + count - 1)}}
            )
            if taken is not None:
                return now
        # As it was before: the wire server of the tests tells "after" with a later change in it.
        before = clock.find_one_and_update(_CLOCK, {"$inc": {"at": Int64(count)}})
        assert before is not None  # `tick` made it
        return int(before["at"]) + 1

    def _change_clock(self, change: Raw) -> Raw:
        """The clock after an atomic change; made where it is not there yet."""
        changed: Raw | None = Clock.within(self.wire.quick).find_one_and_update(
            _CLOCK, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert changed is not None  # an upsert always has a result
        return changed

    def _read(self) -> tuple[int, list[Raw]]:
        clock, *entries = Entry.within(self.wire.quick).find({}, {"ids": 0}).sort("_id", 1)
        return clock["at"], entries

    def _overdue(self, entries: Sequence[Raw]) -> bool:
        """Whether one of these has been here for suspiciously long, by this process's own watch."""
        now = time.monotonic()
        with self._lock:
            waiting = {e["_id"] for e in entries if e["state"] != SWEPT}
            self._seen = {batch: self._seen.get(batch, now) for batch in waiting}
            overdue = [b for b, since in self._seen.items() if now - since > _UNSUSPICIOUS_SECONDS]
            for batch in overdue:
                self._seen[batch] = now
        return bool(overdue)

    def _reached(self, through: int, swept: set[ObjectId]) -> Horizon:
        with self._lock:
            before = self._horizon
            self._horizon = Horizon(max(before.through, through), before.swept | swept)
            return self._horizon


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of a date as BSON has it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
