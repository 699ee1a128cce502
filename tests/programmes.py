"""Programmes for tests, as plain as the rules allow and as full as they can be."""

from __future__ import annotations

import copy
import uuid
from typing import Any

_FULL: dict[str, Any] = {
    "id": "feedback",
    "name": {"en": "Giving feedback", "nl": "Feedback geven"},
    "activities": ["https://lms.example/course/42", "https://lms.example/course/42b"],
    "topics": ["feedback", "review"],
    "evidence": [
        {"activity": "https://hr.example/audit", "grade": "A", "kpi": True},
        {"activity": "https://hr.example/talk", "grade": "B", "verb": "https://verbs.example/saw"},
    ],
    "primary": "A",
    "binary": 0.7,
    "skill": "closed",
    "windows": {"baseline": 60, "exposure": 20, "outcome": 40},
    "pulses": {
        "days": [60, 120],
        "ask": ["learner", "supervisor"],
        "share": 0.5,
        "remind": [5],
        "expire": 20,
    },
    "openings": [
        {"department": "Sales", "at": "2026-03-01"},
        {"department": "Care", "at": "2026-04-01T08:00:00+02:00"},
    ],
    "invitations": {"unit": "department", "share": 0.4, "at": "2026-02-01"},
    "seed": 7,
}
VOCABULARY: dict[str, Any] = {
    "feedback": {"name": {"en": "Feedback"}, "en": ["feedback"], "nl": ["feedback geven"]},
    "review": {"en": ["performance review"]},
}


def full() -> dict[str, Any]:
    """A programme with every field, each other than it is by itself."""
    return copy.deepcopy(_FULL)


def plain(**more: Any) -> dict[str, Any]:
    """A programme of its own with what is needed, and more."""
    name = f"p-{uuid.uuid4().hex[:12]}"
    activity = f"https://lms.example/{name}"
    return {"id": name, "name": {"en": name}, "activities": [activity], **more}
