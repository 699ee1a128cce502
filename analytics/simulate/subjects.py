"""What people of a simulated organisation talk and learn about, in English and Dutch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """A topic: its id, what it is called by language, and whether there is a course on it."""

    id: str
    name: dict[str, str]
    term: dict[str, str]
    course: bool = False


SUBJECTS = (
    Subject(
        "lockout", {"en": "Lockout procedure", "nl": "Vergrendelprocedure"},
        {"en": "lockout", "nl": "vergrendeling"}, course=True,
    ),
    Subject(
        "feedback", {"en": "Giving feedback", "nl": "Feedback geven"},
        {"en": "performance review", "nl": "functioneringsgesprek"}, course=True,
    ),
    Subject(
        "handover", {"en": "Shift handover", "nl": "Dienstoverdracht"},
        {"en": "shift handover", "nl": "dienstoverdracht"}, course=True,
    ),
    Subject(
        "customers", {"en": "Customer records", "nl": "Klantenbestand"},
        {"en": "customer records", "nl": "klantenbestand"},
    ),
    Subject(
        "metering", {"en": "Meter readings", "nl": "Meterstanden"},
        {"en": "meter reading", "nl": "meterstand"},
    ),
    Subject(
        "invoices", {"en": "Invoices", "nl": "Facturen"},
        {"en": "invoice approval", "nl": "factuurgoedkeuring"},
    ),
    Subject(
        "onboarding", {"en": "Onboarding", "nl": "Inwerken"},
        {"en": "onboarding checklist", "nl": "inwerklijst"},
    ),
    Subject(
        "returns", {"en": "Return shipments", "nl": "Retourzendingen"},
        {"en": "return shipment", "nl": "retourzending"},
    ),
    Subject(
        "dashboard", {"en": "Sales dashboard", "nl": "Verkoopdashboard"},
        {"en": "sales dashboard", "nl": "verkoopdashboard"},
    ),
)  # fmt: skip
COURSES = tuple(subject.id for subject in SUBJECTS if subject.course)
LANGUAGES = ("en", "nl")

_SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "telling": {
        "en": (
            "Here are my notes about {} from this morning, with two examples.",
            "We tried two things with {} last week and wrote down what worked.",
        ),
        "nl": (
            "Mijn aantekeningen over {} van vanmorgen, met twee voorbeelden.",
            "We hebben vorige week twee dingen geprobeerd met {} en opgeschreven wat werkte.",
        ),
    },
    "asking": {
        "en": (
            "Does anyone know how we should start with {} in our team?",
            "How do you deal with {} when a colleague is away?",
        ),
        "nl": (
            "Weet iemand hoe we moeten beginnen met {} in ons team?",
            "Hoe gaan jullie om met {} als een collega er niet is?",
        ),
    },
    "replying": {
        "en": (
            "That works for {} when you plan it one day ahead.",
            "With us it helped for {} to write the steps on the board first.",
        ),
        "nl": (
            "Dat werkt voor {} als je het een dag eerder plant.",
            "Bij ons hielp het voor {} om de stappen eerst op het bord te schrijven.",
        ),
    },
    "searching": {"en": ("{}",), "nl": ("{}",)},
}
_OF = {
    "post": "telling", "note": "telling", "ask": "asking", "wonder": "asking",
    "reply": "replying", "answer": "replying", "comment": "replying", "search": "searching",
}  # fmt: skip
_BY_ID = {subject.id: subject for subject in SUBJECTS}


def said(kind: str, subject: str, language: str, variant: float) -> str:
    """What is written in an act of a kind (0 ≤ variant < 1 chooses); "" where nothing is."""
    if kind not in _OF:
        return ""
    texts = _SAID[_OF[kind]][language]
    return texts[int(variant * len(texts))].format(_BY_ID[subject].term[language])


def title(subject: str, language: str) -> str:
    """Of a course, a thread or a page."""
    return _BY_ID[subject].name[language]


def vocabulary() -> dict[str, Any]:
    """As PUT /api/topics takes it."""
    return {
        subject.id: {
            "name": subject.name,
            **{language: [subject.term[language]] for language in LANGUAGES},
        }
        for subject in SUBJECTS
    }
