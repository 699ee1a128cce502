"""Persons as the API and the commands show them: dates as text, each fact with what it rests on."""

from __future__ import annotations

from typing import Any

from lrs.domain import identifiers, timestamps
from lrs.domain.person_entries import ATTRIBUTES, BEGIN, END, Entry, as_json
from lrs.domain.persons import Register


def shown(register: Register, person: str, at: int) -> dict[str, Any]:
    """
    A person with all that was ever known to hold, and what holds at a time.

    Args:
        person: As `Register.resolve` gives it.
        at: µs.
    """
    known = not identifiers.is_of_one(person)
    return {
        "id": person,
        "known": known,
        "now": {
            "at": timestamps.text(at),
            "identifiers": [
                part.identifier
                for part in register.intervals(person)
                if part.since <= at < part.until
            ],
            **({name: register.value(person, name, at) for name in ATTRIBUTES} if known else {}),
        },
        "identifiers": _held(register, person) if known else _free(register, person),
        "attributes": [
            {
                "name": told.name,
                "value": told.value,
                **_period(told.since, told.until),
                **_origin(register, told.number),
            }
            for told in register.told(person)
        ],
        "merged": [part for part in register.parts(person) if part != person],
    }


def _held(register: Register, person: str) -> list[dict[str, Any]]:
    return [
        {
            "identifier": identifier,
            "agent": identifiers.agent_of(identifier),
            **_period(held.since, held.until),
            "confidence": held.confidence,
            **_origin(register, held.number),
        }
        for identifier, held in register.held(person)
    ]


def _free(register: Register, person: str) -> list[dict[str, Any]]:
    """When the identifier is nobody's who is known."""
    return [
        {
            "identifier": part.identifier,
            "agent": identifiers.agent_of(part.identifier),
            **_period(part.since, part.until),
        }
        for part in register.intervals(person)
    ]


def _period(since: int, until: int) -> dict[str, str | None]:
    return {"from": _day(since), "to": _day(until)}


def _day(at: int) -> str | None:
    """None where it has no beginning or no end."""
    return None if at in (BEGIN, END) else timestamps.text(at)


def _origin(register: Register, number: int) -> dict[str, Any]:
    at, by, evidence = register.origins[number]
    return {"recorded": timestamps.text(at), "by": by, "evidence": evidence, "change": number}


def told(entry: Entry, counts: bool) -> dict[str, Any]:
    """An entry of the log of changes."""
    return {
        "change": entry.number,
        "recorded": timestamps.text(entry.at),
        "by": entry.by,
        "evidence": entry.evidence,
        "counts": counts,
        "changes": [_named(as_json(change), change._asdict()) for change in entry.changes],
    }


def _named(kept: list[Any], fields: dict[str, Any]) -> dict[str, Any]:
    """A change by the names of its fields, its times as text."""
    times = {"since": "from", "until": "to", "at": "at"}
    return {
        "what": kept[0],
        **{
            times.get(name, name): _day(value) if name in times else value
            for name, value in fields.items()
        },
    }
