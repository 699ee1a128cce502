"""
Consent: who may be recorded, asked at every door, and what people said about it, dated.

A record holds all that was said by an identifier, and only grows. What a person said by any of
their identifiers counts for all of them. What was said while somebody else held the identifier
does not count; where nobody is known to have held it, a withdrawal counts and a consent does not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from lrs.domain import identifiers
from lrs.domain.actors import ifi
from lrs.domain.consents import Rule, Said, allows, latest
from lrs.domain.persons import Register
from lrs.services.persons import Persons
from lrs.stores.port import Draft, Record, RecordStore

KIND = "consent"
# How long a process trusts what it last read; half of the second within which a withdrawal holds.
TRUST_SECONDS = 0.5
_MOST_REMEMBERED = 20_000

Who = Mapping[str, Any] | str
"""An Agent, or an identifier as `lrs.domain.identifiers.read` takes it."""


class Consent:
    """Who may be recorded by which source."""

    def __init__(self, records: RecordStore, persons: Persons) -> None:
        self._records = records
        self._persons = persons
        self._lock = threading.Lock()
        self._fresh: dict[str, tuple[float, tuple[Said, ...]]] = {}

    def may_record(self, source_name: str, mode: str, agent: Mapping[str, Any]) -> bool:
        """
        Whether a source may record what an Agent or a Group does.

        A Group may be recorded when each of its members may.

        Args:
            mode: A `Rule`, as the source is set.
        """
        rule, now = Rule(mode), time.time_ns() // 1000
        members = agent.get("member") or (agent,)
        return all(self._may(source_name, rule, ifi(one), now) for one in members)

    def _may(self, source: str, rule: Rule, identifier: str | None, now: int) -> bool:
        if identifier is None:
            return rule is not Rule.OPT_IN
        register = self._persons.register(TRUST_SECONDS)
        said = self._counting(register, identifier, now, self._remembered)
        return allows(rule, latest((one for _, one in said), source, now))

    def give(
        self,
        source_name: str | None,
        agent: Who,
        at: int | None = None,
        evidence: str = "",
        by: str = "",
    ) -> Said:
        """
        Somebody agrees to be recorded.

        Args:
            source_name: A source; None for all.
            at: From when, µs; None for now.

        Raises:
            BadRequest: `agent` is no identifier.
        """
        return self._say(agent, True, source_name, at, (evidence, by))

    def withdraw(
        self,
        source_name: str | None,
        agent: Who,
        at: int | None = None,
        evidence: str = "",
        by: str = "",
    ) -> Said:
        """Somebody does not agree any more; every process heeds it within a second. As `give`."""
        return self._say(agent, False, source_name, at, (evidence, by))

    def _say(
        self, who: Who, given: bool, source: str | None, at: int | None, why: tuple[str, str]
    ) -> Said:
        identifier = _identifier(who)
        recorded = time.time_ns() // 1000
        said = Said(given, source, recorded if at is None else at, recorded, why[1], why[0])

        def decide(kept: Record | None) -> Draft:
            before = orjson.loads(kept.value) if kept else []
            return Draft(orjson.dumps([*before, list(said)]))

        self._records.change(KIND, identifier, decide)
        with self._lock:
            self._fresh.pop(identifier, None)
        return said

    def said(self, who: Who) -> list[tuple[str, Said]]:
        """All that counts for the person who holds an identifier now, with by which; by date."""
        identifier, now = _identifier(who), time.time_ns() // 1000
        found = self._counting(self._persons.register(), identifier, now, self._read)
        return sorted(found, key=lambda one: (one[1].at, one[1].recorded))

    def every(self, after: str | None, limit: int) -> list[tuple[str, list[Said]]]:
        """All that anybody said, by identifier in their order."""
        records = self._records.records(KIND, after=after, limit=limit)
        return [(record.key, _all(record)) for record in records]

    def _counting(
        self, register: Register, identifier: str, now: int, read: Any
    ) -> Iterator[tuple[str, Said]]:
        person = register.holder(identifier, now)
        mine = {identifier}
        if not identifiers.is_of_one(person):
            mine.update(part.identifier for part in register.intervals(person))
        for name in mine:
            for one in read(name):
                holder = register.holder(name, one.at)
                unknown = identifiers.is_of_one(holder)
                if holder == person or (unknown and not one.given):
                    yield name, one

    def _read(self, identifier: str) -> Iterable[Said]:
        record = self._records.record(KIND, identifier)
        return tuple(_all(record)) if record else ()

    def _remembered(self, identifier: str) -> Iterable[Said]:
        now = time.monotonic()
        until, said = self._fresh.get(identifier, (0.0, ()))
        if now < until:
            return said
        found = tuple(self._read(identifier))
        with self._lock:
            if len(self._fresh) >= _MOST_REMEMBERED:
                self._fresh.clear()
            self._fresh[identifier] = (now + TRUST_SECONDS, found)
        return found


def _identifier(who: Who) -> str:
    return identifiers.read(who if isinstance(who, str) else orjson.dumps(dict(who)).decode())


def _all(record: Record) -> list[Said]:
    return [Said(*one) for one in orjson.loads(record.value)]
