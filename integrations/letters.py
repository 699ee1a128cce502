"""
Dead letters: deliveries that were believed and could not be read, kept until they can be.

Each is two records, so that a list of them reads no bodies: the body first, then what is known of
it. A body without the other record, left by a crash between the two, is removed with its day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.base import Delivery
from lrs.domain.errors import NotFound
from lrs.stores.port import Draft, Record, RecordStore

LETTER, BODY = "dead-letter", "dead-letter-body"
MOST_COUNTED = 1_000
_SECRET_HEADERS = frozenset(
    ["authorization", "cookie", "proxy-authorization", "x-api-access-token", "api-key"]
)
_SECRET_QUERY = frozenset(["jwt", "token", "wstoken", "access_token", "validationtoken"])


@dataclass(frozen=True, slots=True)
class Letter:
    """
    What is known of a dead letter.

    Args:
        id: In the order in which they came.
        why: Why it could not be read.
        received: µs.
        size: Bytes of the body.
    """

    id: str
    why: str
    received: int
    event: str
    size: int

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "why": self.why,
            "received": self.received,
            "event": self.event,
            "size": self.size,
        }


class DeadLetters:
    """Adds, lists, reads and removes dead letters."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def add(self, delivery: Delivery, why: str, now: int) -> None:
        """Keep a delivery, durable when this returns."""
        name = f"{now:016d}-{_digest(delivery.body)}"
        key, tags = f"{delivery.source} {name}", frozenset({delivery.source})
        known = told(delivery) | {"why": why, "received": now, "size": len(delivery.body)}
        self._records.change(BODY, key, lambda _: Draft(delivery.body, tags=tags))
        self._records.change(LETTER, key, lambda _: Draft(orjson.dumps(known), tags=tags))

    def unknown(self, source: str, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Those whose body no dead letter of the source holds: odd things are read every run."""
        if not deliveries:
            return deliveries
        held = {letter.id.rpartition("-")[2] for letter in self.all(source)}
        return [one for one in deliveries if _digest(one.body) not in held]

    def list(self, source: str, after: str | None = None, limit: int = 100) -> list[Letter]:
        """Those of a source, oldest first, from the one after `after` on."""
        key = f"{source} {after}" if after else None
        found = self._records.records(LETTER, source, after=key, limit=limit)
        return [_letter(record) for record in found]

    def all(self, source: str) -> Iterator[Letter]:
        """Every one of a source that is there now; those that come meanwhile may be among them."""
        after = None
        while page := self.list(source, after):
            yield from page
            after = page[-1].id

    def count(self, source: str) -> int:
        """How many there are, counted up to MOST_COUNTED."""
        return len(self._records.records(LETTER, source, limit=MOST_COUNTED))

    def delivery(self, source: str, letter: str) -> Delivery:
        """
        The delivery as it came, without what could let somebody in.

        Raises:
            NotFound: There is no such letter.
        """
        key = f"{source} {letter}"
        record, body = self._records.record(LETTER, key), self._records.record(BODY, key)
        if record is None or body is None:
            raise NotFound("there is no such dead letter", at="id")
        told = orjson.loads(record.value)
        return Delivery(
            source=source,
            body=body.value,
            method=told["method"],
            event=told["event"],
            path=told["event"],
            headers=told["headers"],
            query=told["query"],
        )

    def remove(self, source: str, letter: str) -> None:
        """Forget one; nothing happens where it is gone already."""
        for kind in (LETTER, BODY):
            self._records.change(kind, f"{source} {letter}", lambda _: None)

    def forget(self, source: str) -> None:
        """Forget all of a source."""
        for kind in (LETTER, BODY):
            self._records.drop(kind, source)

    def prune(self, source: str, before: int) -> int:
        """Forget those that came before a time (µs); how many bodies went."""
        removed = 0
        while True:
            oldest = self._records.records(BODY, source, limit=1)
            letter = oldest[0].key.removeprefix(f"{source} ") if oldest else ""
            if not letter or int(letter.partition("-")[0]) >= before:
                return removed
            self.remove(source, letter)
            removed += 1


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def told(delivery: Delivery) -> dict[str, Any]:
    """What is kept of a delivery beside its body; nothing that lets somebody in."""
    return {
        "method": delivery.method,
        "event": delivery.event,
        "headers": _without(delivery.headers, _SECRET_HEADERS),
        "query": _without(delivery.query, _SECRET_QUERY),
    }


def _without(held: Mapping[str, str], secret: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in held.items() if name.lower() not in secret}


def _letter(record: Record) -> Letter:
    told = orjson.loads(record.value)
    name = record.key.partition(" ")[2]
    return Letter(name, told["why"], told["received"], told["event"], told["size"])
