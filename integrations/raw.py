"""
Raw deliveries, kept for a while so that they can be read again once a mapping has learned more.

They are written in groups, compressed, every second and at exit: the Statements they told are
durable before, so that a crash loses nothing but the chance to read the last second again.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson

from integrations.base import Delivery, Why
from integrations.letters import told
from integrations.receive import Outcome
from integrations.source import Source, Texts
from lrs.domain import timestamps
from lrs.stores.port import Draft, RecordStore, StoreUnavailable

KIND = "delivery"
_MOST_PENDING = 8 * 2**20
# A delivery that tells, even in part, what must not be recorded is not kept either.
_NOT_TO_KEEP = frozenset(
    {Why.PRIVATE, Why.NO_CONSENT, Why.ANONYMOUS, Why.NOT_PUBLISHED, Why.WITHDRAWAL}
)


def may_be_kept(source: Source, delivery: Delivery, outcome: Outcome) -> bool:
    """
    Whether the raw delivery holds no more than its Statements may.

    What was harvested can be harvested again. Where a source's texts are not kept in full, or
    people are asked for their consent, the raw body would say more than they agreed to.
    """
    return bool(
        outcome.statements
        and source.keep_days
        and source.texts is Texts.FULL
        and source.consent.value == "not needed"
        and delivery.method != "HARVEST"
        and not _NOT_TO_KEEP & outcome.skipped.keys()
    )


class RawDeliveries:
    """Gathers, writes, reads and prunes them."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._pending: dict[str, list[tuple[int, Delivery]]] = {}
        self._size = 0

    def add(self, delivery: Delivery, now: int) -> None:
        """Keep one, soon; where too much is waiting, who comes now writes it."""
        with self._lock:
            self._pending.setdefault(delivery.source, []).append((now, delivery))
            self._size += len(delivery.body)
            full = self._size > _MOST_PENDING
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered; what the store does not take now is given up."""
        with self._lock:
            pending, self._pending, self._size = self._pending, {}, 0
        for source, group in pending.items():
            packed = zlib.compress(orjson.dumps([_packed(*one) for one in group]), 1)
            first = group[0][0]
            draft = Draft(packed, tags=frozenset({source, f"{source} {_day(first)}"}))
            try:
                self._write(_key(source, first), draft)
            except StoreUnavailable:
                return

    def _write(self, key: str, draft: Draft) -> None:
        self._records.change(KIND, key, lambda _: draft)

    def all(self, source: str) -> Iterator[Delivery]:
        """Every one that is kept, oldest first."""
        after: str | None = None
        while group := self._records.records(KIND, source, after=after, limit=1):
            for held in orjson.loads(zlib.decompress(group[0].value)):
                yield _unpacked(source, held)
            after = group[0].key

    def prune(self, source: str, before: int) -> None:
        """Forget whole days that ended before a time (µs)."""
        while oldest := self._records.records(KIND, source, limit=1):
            day = _day(int(oldest[0].key.split(" ")[1]))
            if day >= _day(before):
                return
            self._records.drop(KIND, f"{source} {day}")

    def forget(self, source: str) -> None:
        """Forget all of a source at once, those that wait too."""
        with self._lock:
            self._pending.pop(source, None)
        self._records.drop(KIND, source)


def _key(source: str, first: int) -> str:
    return f"{source} {first:016d} {uuid4().hex[:8]}"


def _day(instant: int) -> str:
    return timestamps.text(instant)[:10]


def _packed(now: int, delivery: Delivery) -> dict[str, Any]:
    body = delivery.body.decode("latin-1")
    return told(delivery) | {"received": now, "body": body}


def _unpacked(source: str, held: dict[str, Any]) -> Delivery:
    return Delivery(
        source=source,
        body=held["body"].encode("latin-1"),
        method=held["method"],
        event=held["event"],
        path=held["event"],
        headers=held["headers"],
        query=held["query"],
    )
