"""The sources that are configured in the store, by name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from integrations.registry import configured
from integrations.source import Source
from lrs.domain.errors import NotFound
from lrs.stores.port import Draft, RecordStore

KIND = "source"
# How long a process trusts what it last read: a new secret is felt within it.
TRUST_SECONDS = 1.0


class Sources:
    """Adds, lists, reads and removes configured sources; their secrets never leave."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._fresh: dict[str, tuple[float, Source | None]] = {}

    def put(self, settings: Mapping[str, Any]) -> Source:
        """
        Add a source or replace the one of its name.

        Args:
            settings: As `Source.of` takes them.

        Raises:
            BadRequest: A setting is wrong; `at` names it.
        """
        source = configured(settings)
        draft = Draft(orjson.dumps(dict(settings)))
        self._records.change(KIND, source.name, lambda _: draft)
        self._fresh.pop(source.name, None)
        return source

    def remove(self, name: str) -> None:
        """Forget a source; its Statements stay. Raise NotFound when there is none."""

        def decide(kept: object) -> None:
            if kept is None:
                raise NotFound("there is no such source", at="name")

        self._records.change(KIND, name, decide)
        self._fresh.pop(name, None)

    def all(self) -> list[Source]:
        """Every source, by name."""
        return [configured(orjson.loads(record.value)) for record in self._records.records(KIND)]

    def find(self, name: str) -> Source | None:
        """One source, as it was at most TRUST_SECONDS ago."""
        now = time.monotonic()
        until, source = self._fresh.get(name, (0.0, None))
        if now >= until:
            record = self._records.record(KIND, name)
            source = configured(orjson.loads(record.value)) if record else None
            if source is not None:
                self._fresh[name] = (now + TRUST_SECONDS, source)
        return source
