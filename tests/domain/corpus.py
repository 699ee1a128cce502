"""Valid Statements, written for these tests: together they use every property of the standard."""

from __future__ import annotations

import json
from typing import Any

Json = Any

ANNA = {"objectType": "Agent", "name": "Anna", "mbox": "mailto:anna@example.org"}
BEN = {"account": {"homePage": "https://lms.example.org", "name": "ben-17"}}
CARA = {"mbox_sha1sum": "0123456789abcdef0123456789ABCDEF01234567"}
DAN = {"openid": "https://id.example.org/dan"}
TEAM = {"objectType": "Group", "name": "Team", "account": BEN["account"], "member": [ANNA, CARA]}
CROWD = {"objectType": "Group", "member": [ANNA, BEN, DAN]}
VERB = {
    "id": "https://example.org/verbs/discussed",
    "display": {"en": "discussed", "nl-BE": "besprak"},
}
COURSE = {"objectType": "Activity", "id": "https://lms.example.org/courses/7"}
SHA2 = "a" * 64
STATEMENT_ID = "6D1F5C2E-8A0B-4B59-9A55-0f6f3f7f0a01"
REFERENCE = {"objectType": "StatementRef", "id": "0b7f0f9e-3b70-4d52-8f0e-1fd0a6a8c002"}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def question(kind: str, **lists: list[str]) -> Json:
    """An interaction Activity with lists of components by their ids."""
    components = {
        name: [{"id": each, "description": {"en": each}} for each in ids]
        for name, ids in lists.items()
    }
    definition = {"interactionType": kind, "correctResponsesPattern": ["a"], **components}
    return {"id": f"https://example.org/questions/{kind}", "definition": definition}


MINIMAL: Json = {"actor": BEN, "verb": {"id": "urn:did"}, "object": {"id": "urn:thing"}}
FULL: Json = {
    "id": STATEMENT_ID,
    "actor": ANNA,
    "verb": VERB,
    "object": {
        **COURSE,
        "definition": {
            "name": {"en-GB": "First aid", "zh-Hant-TW": "急救"},
            "description": {"i-klingon": "…"},
            "type": "http://adlnet.gov/expapi/activities/course",
            "moreInfo": "https://lms.example.org/about/7?x=1#top",
            "extensions": {"https://example.org/ext/a.b$c": None},
        },
    },
    "result": {
        "score": {"scaled": -0.5, "raw": 5, "min": 0, "max": 10.5},
        "success": True,
        "completion": False,
        "response": "",
        "duration": "PT1H30M0.25S",
        "extensions": {"urn:x:y": [{"deep": [None, 1.5, {"": "\u0000"}]}]},
    },
    "context": {
        "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
        "instructor": TEAM,
        "team": CROWD,
        "contextActivities": {
            "parent": COURSE,
            "grouping": [COURSE, {"id": "urn:b"}],
            "category": [],
            "other": [{"id": "urn:c"}],
        },
        "revision": "3",
        "platform": "LMS",
        "language": "en-GB",
        "statement": REFERENCE,
        "extensions": {},
    },
    "timestamp": "2026-11-24T08:01:02.5+01:00",
    "stored": "2026-11-24T08:01:02Z",
    "authority": {"objectType": "Group", "member": [BEN, ANNA]},
    "version": "1.0.3",
    "attachments": [
        {
            "usageType": "https://example.org/certificate",
            "display": {"en": "Certificate"},
            "description": {"en": "of attendance"},
            "contentType": "text/plain; charset=utf-8",
            "length": 0,
            "sha2": SHA2,
            "fileUrl": "https://example.org/c.txt",
        }
    ],
}
VOIDING: Json = {"actor": DAN, "verb": {"id": VOIDED}, "object": REFERENCE}
ABOUT_AGENT: Json = {"actor": CROWD, "verb": VERB, "object": ANNA, "authority": DAN}
ABOUT_GROUP: Json = {"actor": TEAM, "verb": VERB, "object": CROWD}
PLAN: Json = {
    "actor": CARA,
    "verb": VERB,
    "object": {
        "objectType": "SubStatement",
        "actor": ANNA,
        "verb": VERB,
        "object": question("matching", source=["1", "2"], target=["1", "2"]),
        "result": {"score": {"raw": 1}},
        "context": {"platform": "LMS"},
        "timestamp": "2031-01-01T00:00:00Z",
        "attachments": [],
    },
}
QUESTIONS: list[Json] = [
    {**MINIMAL, "object": question("choice", choices=["a", "b"])},
    {**MINIMAL, "object": question("sequencing", choices=["a", "b"])},
    {**MINIMAL, "object": question("likert", scale=["1", "2", "3"])},
    {**MINIMAL, "object": question("performance", steps=["lift", "turn"])},
    {**MINIMAL, "object": question("long-fill-in")},
]
BOTH: list[Json] = [MINIMAL, FULL, VOIDING, ABOUT_AGENT, ABOUT_GROUP, PLAN, *QUESTIONS]

WITH_CONTEXT_AGENTS: Json = {
    **MINIMAL,
    "version": "2.0.0",
    "context": {
        "contextAgents": [
            {"objectType": "contextAgent", "agent": ANNA, "relevantTypes": ["urn:role:helper"]},
            {"objectType": "contextAgent", "agent": ANNA},
        ],
        "contextGroups": [
            {"objectType": "contextGroup", "group": TEAM},
            {"objectType": "contextGroup", "group": CROWD, "relevantTypes": ["urn:a", "urn:b"]},
        ],
    },
}
PLAN_WITH_CONTEXT_AGENTS: Json = {
    **PLAN,
    "object": {**PLAN["object"], "context": WITH_CONTEXT_AGENTS["context"]},
}
ONLY_2_0: list[Json] = [WITH_CONTEXT_AGENTS, PLAN_WITH_CONTEXT_AGENTS]


def changed(statement: Json, path: str, value: Json) -> Json:
    """
    A copy of a Statement with something else at a place.

    Args:
        path: Names and indexes with "/" between them; the last may be new.
        value: What to put there; `ABSENT` takes it away.
    """
    copied = json.loads(json.dumps(statement))  # shares nothing, unlike a deepcopy
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    node = copied
    for step in way:
        node = node[step]
    if value is ABSENT:
        del node[last]
    else:
        node[last] = value
    return copied


ABSENT = object()
