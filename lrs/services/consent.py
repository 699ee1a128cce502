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
from lrs.domain.consents import Rule, Said, allows, concerns, latest
from lrs.domain.persons import Register
from lrs.services.persons import Persons
from lrs.stores.port import Draft, Record, RecordStore

KIND = "consent"
TO_BE_ASKED = "to be asked"
"""In place of a source, none of which has such a name: may be asked how it went afterwards."""
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
        return allows(rule, latest((s for _, s in said if concerns(rule, s)), source, now))

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
        told = Said(True, source_name, _at(at), _now(), by, evidence)
        return self._say(agent, told)

    def withdraw(
        self,
        source_name: str | None,
        agent: Who,
        at: int | None = None,
        evidence: str = "",
        by: str = "",
    ) -> Said:
        """Somebody does not agree any more; every process heeds it within a second. As `give`."""
        told = Said(False, source_name, _at(at), _now(), by, evidence)
        return self._say(agent, told)

    def object_to(
        self,
        source_name: str | None,
        agent: Who,
        at: int | None = None,
        evidence: str = "",
        by: str = "",
    ) -> Said:
        """Somebody objects: no source may record them, also where nobody is asked. As `give`."""
        told = Said(False, source_name, _at(at), _now(), by, evidence, objects=True)
        return self._say(agent, told)

    def _say(self, who: Who, said: Said) -> Said:
        identifier = _identifier(who)

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

    def agreed(self, to: str) -> set[str]:
        """
        Who agreed to something other than being recorded, such as `TO_BE_ASKED`.

        Only who named it did; a withdrawal or an objection of everything takes it back.

        Args:
            to: Said in place of a source.

        Returns:
            Ids of persons; the identifier of who is nobody known.
        """
        register, now = self._persons.register(), time.time_ns() // 1000
        found = set()
        for record in self._records.records(KIND):
            counting = self._counting(register, record.key, now, self._read)
            last = latest((one for _, one in counting if one.source or not one.given), to, now)
            if last is not None and last.given:
                found.add(register.person(record.key, now) or record.key)
        return found

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


def _now() -> int:
    return time.time_ns() // 1000


def _at(told: int | None) -> int:
    return _now() if told is None else told


def _identifier(who: Who) -> str:
    return identifiers.read(who if isinstance(who, str) else orjson.dumps(dict(who)).decode())


def _all(record: Record) -> list[Said]:
    return [Said(*one) for one in orjson.loads(record.value)]
