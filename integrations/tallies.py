"""
What became of deliveries, counted by source, day and reason.

Counts are gathered in memory and written every second and at exit, so that counting costs no
commit of its own: what a process that is killed loses is the counts of its last second, never a
Statement. Each source has a record per day (UTC) and one of all its days.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from lrs.domain import timestamps
from lrs.stores.port import Draft, Record, RecordStore, StoreUnavailable

KIND = "source-tally"
TOTAL = "total"  # sorts after every day
_MOST_RANGES = 64


@dataclass(slots=True)
class Tally:
    """
    Counts of a source over some time.

    Args:
        counts: By outcome, and where there is one its reason: "stored", "skipped: bot".
        last: When the last delivery that was believed came, µs.
        happened: When the latest act that was told happened, µs.
        lag: From an act to its being told, in seconds; of the last delivery that told a time.
        ranges: Runs of the numbers that the vendor gives its deliveries, lowest first.
    """

    counts: Counter[str] = field(default_factory=Counter)
    last: int = 0
    happened: int = 0
    lag: float | None = None
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.counts += other.counts
        if other.last >= self.last:
            self.last, self.lag = other.last, self.lag if other.lag is None else other.lag
        self.happened = max(self.happened, other.happened)
        self.ranges = joined([*self.ranges, *other.ranges])

    @property
    def missing(self) -> int:
        """How many of the vendor's numbers between the first and the last never came."""
        return sum(b[0] - a[1] - 1 for a, b in zip(self.ranges, self.ranges[1:], strict=False))

    def packed(self) -> bytes:
        return orjson.dumps(
            {
                "counts": self.counts,
                "last": self.last,
                "happened": self.happened,
                "lag": self.lag,
                "ranges": self.ranges,
            }
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> Tally:
        held = orjson.loads(packed)
        ranges = [(low, high) for low, high in held["ranges"]]
        return cls(Counter(held["counts"]), held["last"], held["happened"], held["lag"], ranges)


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of numbers, those that touch made one; of very many only the newest are remembered."""
    made: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if made and low <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], high))
        else:
            made.append((low, high))
    return made[-_MOST_RANGES:]


class Tallies:
    """Counts in memory, adds them to the store's, and reads them."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, str], Tally] = {}

    def count(
        self,
        source: str,
        counts: Mapping[str, int],
        now: int,
        happened: int | None = None,
        number: int | None = None,
    ) -> None:
        """
        Count what became of one delivery; nothing is written yet.

        Args:
            now: µs.
            happened: When the latest act in it happened, µs.
            number: The vendor's own number of it.
        """
        lag = None if happened is None else max(0.0, (now - happened) / 1e6)
        ranges = [] if number is None else [(number, number)]
        self._add(source, now, Tally(Counter(counts), now, happened or 0, lag, ranges))

    def refuse(self, source: str, why: str, now: int) -> None:
        """Count a delivery that was not believed: it is no sign that the source is alive."""
        self._add(source, now, Tally(Counter({why: 1})))

    def _add(self, source: str, now: int, one: Tally) -> None:
        with self._lock:
            self._pending.setdefault((source, _day(now)), Tally()).add(one)

    def flush(self) -> None:
        """Write what was counted; what the store does not take now is tried again."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for (source, day), tally in pending.items():
            try:
                self._write(source, day, tally)
            except StoreUnavailable:
                with self._lock:
                    self._pending.setdefault((source, day), Tally()).add(tally)

    def _write(self, source: str, day: str, tally: Tally) -> None:
        def decide(kept: Record | None) -> Draft:
            summed = Tally.unpacked(kept.value) if kept else Tally()
            summed.add(tally)
            return Draft(summed.packed(), tags=frozenset({source}))

        for period in (day, TOTAL):
            self._records.change(KIND, f"{source} {period}", decide)

    def total(self, source: str) -> Tally:
        """Of all days; what other processes counted in the last second may be missing."""
        record = self._records.record(KIND, f"{source} {TOTAL}")
        return Tally.unpacked(record.value) if record else Tally()

    def days(self, source: str, since: str) -> dict[str, Tally]:
        """Of each day after `since` (such as "2026-11-24") on which anything came."""
        found = self._records.records(KIND, source, after=f"{source} {since}")
        named = {record.key.partition(" ")[2]: record for record in found}
        return {day: Tally.unpacked(r.value) for day, r in named.items() if day != TOTAL}


def _day(now: int) -> str:
    return timestamps.text(now)[:10]


def by_outcome(counts: Mapping[str, int]) -> dict[str, Any]:
    """Counts as people and machines read them: a number, or one by reason."""
    made: dict[str, Any] = {}
    for name, count in sorted(counts.items()):
        outcome, _, reason = name.partition(": ")
        if reason:
            made.setdefault(outcome, {})[reason] = count
        else:
            made[outcome] = count
    return made
