"""
Programmes: trainings as they are declared before anybody looks at data.

A declaration is never changed: whoever wants it otherwise declares a next version, and every
result says which version it is about and when that was declared. Times are µs.

Spec: research/analytics.md 3.2 (windows), 3.3 (evidence and grades), 3.4 (topics), 3.6 (pulses),
3.1 and 3.5.8 (openings and invitations).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrs.domain.vocabulary import PROFILE

Grade = Literal["A", "B", "C"]
"""A: objective (a KPI, a work product seen); B: told by another person; C: told of oneself."""
Asked = Literal["learner", "supervisor"]
"""Who is asked by a pulse."""
PULSE_GRADES: dict[Asked, Grade] = {"learner": "C", "supervisor": "B"}
"""How far the answers to pulses can be relied on."""


@dataclass(frozen=True, slots=True)
class Windows:
    """
    Days around the first completion c of a learner.

    Args:
        baseline: [c - baseline, c).
        exposure: (c, c + exposure].
        outcome: (c + exposure, c + exposure + outcome].
    """

    baseline: int = 90
    exposure: int = 30
    outcome: int = 90


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Which Statements tell whether what was learned is applied.

    Args:
        activity: Their object, an Activity id.
        grade: How far it can be relied on.
        verb: Only those with this verb id; None for any verb.
        kpi: A figure with a level of its own: judged by (mean after - mean before) / role sd.
    """

    activity: str
    grade: Grade
    verb: str | None = None
    kpi: bool = False


@dataclass(frozen=True, slots=True)
class Pulses:
    """
    Questions by mail after completion; off without days.

    Args:
        days: After the completion.
        ask: Who is asked: `learner` (grade C), `supervisor` (grade B).
        share: Of those who complete, drawn at random with the programme's seed; 1 for all.
        remind: Days after a question without an answer, when it is asked again.
        expire: Days after which a link no longer works.
    """

    days: tuple[int, ...] = ()
    ask: tuple[Literal["learner", "supervisor"], ...] = ("learner",)
    share: float = 1.0
    remind: tuple[int, ...] = (7,)
    expire: int = 30


@dataclass(frozen=True, slots=True)
class Opening:
    """When a department's community opens."""

    department: str
    at: int


@dataclass(frozen=True, slots=True)
class Invitations:
    """
    Who is invited to take part, by lot: what licenses a causal sentence (3.1, E3; 3.8, level 4).

    Args:
        unit: By whom lots are drawn.
        share: Of units that are invited first.
        at: From when invitations count.
    """

    unit: Literal["person", "department"] = "person"
    share: float = 0.5
    at: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """
    A training, and how its transfer to work shall be judged.

    Args:
        id: Short name; lower-case letters, digits and hyphens.
        name: For people, by language (`en`, `nl`).
        activities: Ids of its formal Activities; passing or completing one of them completes it.
        topics: Ids of the vocabulary's topics that it is about.
        evidence: Empty: nothing can be said of transfer yet.
        primary: The grade of the one outcome that counts; A, then B, then C where not declared.
        binary: From this score on it counts as applied.
        skill: How closely the work prescribes what is done (Blume 2010: open transfers more).
        seed: Of every lot that is drawn for it.
    """

    id: str
    name: dict[str, str]
    activities: tuple[str, ...]
    topics: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    primary: Grade | None = None
    binary: float = 0.6
    skill: Literal["open", "closed"] = "open"
    windows: Windows = Windows()
    pulses: Pulses = Pulses()
    openings: tuple[Opening, ...] = ()
    invitations: Invitations | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Declared:
    """
    A version of a programme: 1, 2, …; who declared it and when.

    Args:
        after_results: Whether results about the same training had been looked at before.
    """

    programme: Programme
    version: int
    at: int
    by: str
    after_results: bool = False


def pulse_activity(programme_id: str, asked: Asked) -> str:
    """
    The Activity id of what a pulse asks: the same in every store, whatever is declared beside it.

    Args:
        programme_id: Of the programme whose transfer is asked about.
        asked: Who is asked; each is a question of its own, for their answers differ in grade.
    """
    return f"{PROFILE}/pulses/{programme_id}/{asked}"


def evidence_of(programme: Programme) -> tuple[Evidence, ...]:
    """All that counts as evidence: what is declared, and the answers to the pulses it asks for."""
    declared = {one.activity for one in programme.evidence}
    asked = [
        Evidence(pulse_activity(programme.id, who), PULSE_GRADES[who])
        for who in (programme.pulses.ask if programme.pulses.days else ())
    ]
    return (*programme.evidence, *(one for one in asked if one.activity not in declared))
