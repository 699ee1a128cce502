"""Who looked at what of whom: one record for each query, only ever added."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lrs.domain import timestamps
from lrs.services.access import Credential
from lrs.stores.port import Draft, RecordStore

KIND = "access"
_DIGITS = 17


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which of the log.

    Args:
        since: µs, inclusive.
        until: µs, inclusive.
        person: Only queries about this person's id.
        after: The place after which to go on, as an answer gave it.
    """

    since: int | None = None
    until: int | None = None
    person: str | None = None
    after: str | None = None
    limit: int = 100


class AccessLog:
    """Written before an answer is given, and never changed."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def note(
        self, by: Credential, what: str, asked: Mapping[str, Any], count: int, person: str = ""
    ) -> None:
        """
        Keep that somebody asked, durable when this returns.

        Args:
            what: The kind of query, such as "history".
            asked: Its parameters.
            count: How many things the answer holds.
            person: The id of whom it is about; "" for nobody in particular.
        """
        at = time.time_ns() // 1000
        value = {
            "at": timestamps.text(at),
            "key": by.key,
            "name": by.name,
            "what": what,
            "person": person or None,
            "asked": dict(asked),
            "count": count,
        }
        draft = Draft(orjson.dumps(value), tags=frozenset({person} - {""}))
        self._records.change(KIND, f"{at:0{_DIGITS}}-{secrets.token_hex(6)}", lambda _: draft)

    def some(self, wanted: Wanted) -> tuple[list[dict[str, Any]], str | None]:
        """A part of the log, oldest first, and the place after which it goes on."""
        after = wanted.after
        if wanted.since is not None:
            after = max(after or "", f"{max(wanted.since, 0):0{_DIGITS}}")
        found = self._records.records(KIND, tag=wanted.person, after=after, limit=wanted.limit + 1)
        more = len(found) > wanted.limit
        found = found[: wanted.limit]
        place = found[-1].key if more else None
        if wanted.until is not None:
            inside = [one for one in found if int(one.key[:_DIGITS]) <= wanted.until]
            place, found = (place if len(inside) == len(found) else None), inside
        return [orjson.loads(record.value) for record in found], place
