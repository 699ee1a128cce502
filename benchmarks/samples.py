"""Statements of about 1 kB, the same ones for the same seed: an LMS's, of courses and learners."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

HOME = "https://learn.example.org"
VERBS = (
    "initialized", "completed", "passed", "failed", "answered", "experienced",
    "attempted", "interacted", "progressed", "launched", "terminated", "suspended",
)  # fmt: skip
VERB = "http://adlnet.gov/expapi/verbs/"
ACTIVITIES = 1000
_YEAR_SECONDS = 365 * 86400
_START = datetime(2025, 1, 1, tzinfo=UTC)
_SUBJECTS = ("fire safety", "spreadsheets", "coaching", "welding", "privacy", "negotiation")


def activity_id(number: int) -> str:
    return f"{HOME}/units/{number:04d}"


def agent(number: int) -> dict[str, Any]:
    """A learner: every third by e-mail, the others by account."""
    if number % 3 == 0:
        return {"mbox": f"mailto:learner{number:05d}@example.org"}
    return {"account": {"homePage": HOME, "name": f"learner-{number:05d}"}}


def verb_id(number: int) -> str:
    return VERB + VERBS[number % len(VERBS)]


def statement(number: int, seed: int, agents: int) -> dict[str, Any]:
    """
    One Statement.

    Args:
        number: Which; its id follows from it and the seed.
        agents: How many learners there are to choose from.
    """
    chance = random.Random(f"{seed} {number}")
    unit = chance.randrange(ACTIVITIES)
    subject = _SUBJECTS[unit % len(_SUBJECTS)]
    raw = chance.randrange(101)
    at = _START + timedelta(milliseconds=chance.randrange(_YEAR_SECONDS * 1000))
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "actor": {"objectType": "Agent", "name": "A Learner", **agent(chance.randrange(agents))},
        "verb": {
            "id": verb_id(min(int(chance.expovariate(0.35)), len(VERBS) - 1)),
            "display": {"en": "did"},
        },
        "object": {
            "objectType": "Activity",
            "id": activity_id(unit),
            "definition": {
                "name": {"en": f"Unit {unit} on {subject}"},
                "description": {"en": f"What every colleague should know about {subject}."},
                "type": "http://adlnet.gov/expapi/activities/module",
            },
        },
        "result": {
            "score": {"scaled": raw / 100, "raw": raw, "min": 0, "max": 100},
            "success": raw > 55,
            "completion": True,
            "duration": f"PT{chance.randrange(1, 60)}M{chance.randrange(60)}S",
        },
        "context": {
            "registration": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "platform": "A Learning Platform",
            "language": "en",
            "contextActivities": {
                "parent": [{"id": activity_id(unit % 50)}],
                "grouping": [{"id": f"{HOME}/programmes/{unit % 10}"}],
                "category": [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}],
            },
            "extensions": {f"{HOME}/session": f"{chance.getrandbits(48):012x}"},
        },
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
