"""
Pulses: what is asked some days after a completion, by whom the lot fell, and what is answered.

Spec: research/analytics.md 3.3 (grades), 3.6 (scheduled sampling, never whoever volunteers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import orjson

from lrs.domain import identifiers, pulse_texts, timestamps
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest
from lrs.domain.programmes import PULSE_GRADES, Asked, pulse_activity

DAY = 86_400_000_000
SOURCE = "pulses"
"""What consent calls them."""
_NAMESPACE = UUID("5d4f9f0e-27a5-5c0b-9d0f-6f7f5f3a1c42")
_LEVELS = tuple(range(0, 101, 10))
_LOT_BYTES = 8


class State(StrEnum):
    """How far a pulse has come; the first three are open."""

    DUE = "due"
    SENT = "sent"
    REMINDED = "reminded"
    ANSWERED = "answered"
    EXPIRED = "expired"
    UNDELIVERABLE = "undeliverable"


OPEN = frozenset({State.DUE, State.SENT, State.REMINDED})
ASKED = frozenset({State.SENT, State.REMINDED})


@dataclass(frozen=True, slots=True)
class Completion:
    """
    Who completed a programme first, when, and by which Statement; µs.

    Args:
        identifier: Of the actor, as `lrs.domain.actors.ifi` has it.
        registration: Of the Statement; "" where it has none.
        activity: Which of the programme's formal Activities.
    """

    identifier: str
    at: int
    statement: str
    activity: str
    registration: str = ""


@dataclass(frozen=True, slots=True)
class Pulse:
    """
    One question to one person; times in µs, 0 for never.

    Args:
        programme: Its id, and the `version` that was declared when the lot was drawn.
        day: After the completion.
        due: When it is to be asked.
        reason: Why it cannot be delivered.
        recipient: Who is asked, by an identifier of theirs; "" until it is sent.
        sent: When it was first asked.
        reminders: How often it was asked again.
        unsure: Letters of this turn of which nobody knows whether they went out.
        failures: Turns in which the letter was put off.
        not_before: Before then nobody tries (again): another does, or the server asked to wait.
        expires: From when the link no longer works.
        answered: When the answer came.
        answer: What was answered, until its Statement is kept.
    """

    programme: str
    version: int
    day: int
    asked: Asked
    completion: Completion
    due: int
    state: State = State.DUE
    reason: str = ""
    recipient: str = ""
    sent: int = 0
    reminders: int = 0
    unsure: int = 0
    failures: int = 0
    not_before: int = 0
    expires: int = 0
    answered: int = 0
    answer: Mapping[str, Any] | None = None

    def packed(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(asdict(self))

    @classmethod
    def unpacked(cls, value: bytes) -> Pulse:
        """As it was kept."""
        kept = orjson.loads(value)
        kept["completion"] = Completion(**kept["completion"])
        return cls(**{**kept, "state": State(kept["state"])})


def is_drawn(seed: int, programme: str, person: str, share: float) -> bool:
    """
    Whether the lot falls on somebody: the same however often, and by whomever, it is drawn.

    Args:
        seed: Of the programme.
        person: Their id in the register of persons on the day of drawing.
        share: Of all who complete.
    """
    text = f"pulses|{seed}|{programme}|{person}".encode("utf-8", "surrogatepass")
    lot = int.from_bytes(hashlib.blake2b(text, digest_size=_LOT_BYTES).digest(), "big")
    return lot < share * float(1 << 8 * _LOT_BYTES)


def read_answer(asked: Asked, form: Mapping[str, list[str]]) -> dict[str, Any]:
    """
    What a form says.

    Args:
        form: Field → values, as they were sent.

    Returns:
        `score`, 0 to 100, or None where there was no occasion (or who is asked cannot tell);
        `obstacles` and `helped_by`, words of `pulse_texts`, of a learner.

    Raises:
        BadRequest: No answer to the one question that has to be answered, or one that is none.
    """
    said = (form.get("score") or [""])[0]
    if said not in (pulse_texts.NONE, *map(str, _LEVELS)):
        raise BadRequest("one of the answers has to be chosen", at="score")
    answer: dict[str, Any] = {"score": None if said == pulse_texts.NONE else int(said)}
    if asked == "learner":
        answer["obstacles"] = _chosen(form, "obstacles", pulse_texts.OBSTACLES)
        answer["helped_by"] = _chosen(form, "helped_by", pulse_texts.HELPED_BY)
    return answer


def _chosen(form: Mapping[str, list[str]], field: str, words: Mapping[str, Any]) -> list[str]:
    said = form.get(field, [])
    if not set(said) <= set(words):
        raise BadRequest("this is none of the answers", at=field)
    return [word for word in words if word in said]


def statement_of(
    key: str, pulse: Pulse, name: Mapping[str, str], learner: str, supervisor: str | None
) -> dict[str, Any]:
    """
    The Statement of an answer: the learner applied, to this degree, what the programme teaches.

    The learner is the actor also where the supervisor answers, for it is about them; who told it
    is the instructor, and the grade says how far it can be relied on.

    Args:
        key: Of the pulse: the id follows from it, so that an answer is one Statement however
            often it is sent.
        name: Of the programme, by language.
        learner: One of their identifiers at the time of the answer.
        supervisor: The same of who answered; None where that is the learner.
    """
    assert pulse.answer is not None
    completion = pulse.completion
    context: dict[str, Any] = {
        "registration": completion.registration or str(uuid5(_NAMESPACE, completion.statement)),
        "contextActivities": {
            "parent": [{"objectType": "Activity", "id": completion.activity}],
            "grouping": [_programme(pulse.programme, name)],
        },
        "statement": {"objectType": "StatementRef", "id": completion.statement},
        "extensions": {
            v.GRADE: PULSE_GRADES[pulse.asked],
            v.PROGRAMME: pulse.programme,
            v.PULSE_DAY: pulse.day,
        },
    }
    if supervisor is not None:
        context["instructor"] = identifiers.agent_of(supervisor)
    return {
        "id": str(uuid5(_NAMESPACE, key)),
        "actor": identifiers.agent_of(learner),
        "verb": {"id": v.APPLIED, "display": {"en": "applied", "nl": "paste toe"}},
        "object": {
            "objectType": "Activity",
            "id": pulse_activity(pulse.programme, pulse.asked),
            "definition": {
                "type": v.QUESTION,
                "name": {
                    tag: pulse_texts.question(pulse.asked, tag, pulse_texts.said(name, tag))
                    for tag in pulse_texts.LANGUAGES
                },
            },
        },
        "result": _result(pulse.answer),
        "context": context,
        "timestamp": timestamps.text(pulse.answered),
        "version": "2.0.0",
    }


def _programme(programme: str, name: Mapping[str, str]) -> dict[str, Any]:
    definition = {"definition": {"name": dict(name)}} if name else {}
    return {"objectType": "Activity", "id": f"{v.PROFILE}/programmes/{programme}", **definition}


def _result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """No score where there was no occasion: that is no evidence either way."""
    score, result = answer["score"], {}
    if score is not None:
        result["score"] = {"scaled": score / 100, "raw": score, "min": 0, "max": 100}
    said = {v.OBSTACLES: answer.get("obstacles"), v.HELPED_BY: answer.get("helped_by")}
    extensions = {key: words for key, words in said.items() if words}
    return {**result, "extensions": extensions} if extensions else result
