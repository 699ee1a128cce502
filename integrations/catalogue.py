"""The sources that are configured in the store, by name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from integrations.registry import configured
from integrations.source import Source
from lrs.domain.errors import NotFound
from lrs.stores.port import Draft, Record, RecordStore

KIND = "source"
# How long a process trusts what it last read: a new secret, or a stop, is felt within it.
TRUST_SECONDS = 1.0
_STOPPED = "stopped"
_SECRET_WORDS = ("key", "secret", "token", "password")
_NONE = "there is no such source"


class _Known(NamedTuple):
    until: float
    source: Source | None
    stopped: bool


class Sources:
    """Adds, lists, reads, stops and removes configured sources; their secrets never leave."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._fresh: dict[str, _Known] = {}

    def put(self, settings: Mapping[str, Any]) -> Source:
        """
        Add a source or replace the one of its name, which starts it again if it was stopped.

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
        """
        Forget a source; its Statements stay.

        Raises:
            NotFound: There is no such source.
        """

        def decide(kept: Record | None) -> None:
            if kept is None:
                raise NotFound(_NONE, at="name")

        self._records.change(KIND, name, decide)
        self._fresh.pop(name, None)

    def stop(self, name: str) -> None:
        """Take nothing from a source any more, until somebody puts it again."""

        def decide(kept: Record | None) -> Draft | None:
            return Draft(kept.value, {_STOPPED: "yes"}) if kept else None

        self._records.change(KIND, name, decide)
        self._fresh.pop(name, None)

    def put_at(self, name: str) -> int:
        """When a source was last put or stopped, µs; 0 where there is none."""
        record = self._records.record(KIND, name)
        return record.updated if record else 0

    def all(self) -> list[Source]:
        """Every source, by name."""
        return [configured(orjson.loads(record.value)) for record in self._records.records(KIND)]

    def find(self, name: str) -> Source | None:
        """One source, as it was at most TRUST_SECONDS ago."""
        return self._known(name).source

    def named(self, name: str) -> Source:
        """
        One source that must be there.

        Raises:
            NotFound: There is no such source.
        """
        source = self.find(name)
        if source is None:
            raise NotFound(_NONE, at="name")
        return source

    def is_stopped(self, name: str) -> bool:
        """Whether everybody's leave was withdrawn, as it was at most TRUST_SECONDS ago."""
        return self._known(name).stopped

    def _known(self, name: str) -> _Known:
        now = time.monotonic()
        known = self._fresh.get(name)
        if known is None or now >= known.until:
            record = self._records.record(KIND, name)
            if record is None:
                self._fresh.pop(name, None)
                return _Known(0.0, None, stopped=False)
            source = configured(orjson.loads(record.value))
            known = _Known(now + TRUST_SECONDS, source, stopped=_STOPPED in record.meta)
            self._fresh[name] = known
        return known


def shown(source: Source) -> dict[str, Any]:
    """A source for people and machines to look at: what is secret is only counted or named."""
    return {
        "name": source.name,
        "integration": source.integration,
        "instance": source.instance,
        "hook": f"/hooks/{source.name}",
        "secrets": len(source.secrets),
        "verify": source.verify,
        "texts": source.texts.value,
        "consent": source.consent.value,
        "language": source.language,
        "platform": source.platform,
        "keep_days": source.keep_days,
        "every_minutes": source.every_minutes,
        "access": sorted(source.access),
        "templates": source.templates.value,
        "options": {name: _disclosed(name, value) for name, value in source.options.items()},
    }


def _disclosed(name: str, value: Any) -> Any:
    return "(secret)" if any(word in name.lower() for word in _SECRET_WORDS) else value
