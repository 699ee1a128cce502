"""Courses of a simulated organisation: who takes them, and whether it is applied at work."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analytics.simulate.acts import Act
from analytics.simulate.people import Member
from analytics.simulate.plan import DAY, HOUR, SECOND, Plan
from analytics.simulate.subjects import COURSES

_TAKEN, _FINISHED = 0.65, 0.85
_EXPOSURE = 30 * DAY
_WROTE = {"post", "note", "ask", "wonder", "reply", "answer", "comment"}
_ANSWERS = {"reply", "answer", "comment"}
_GRADES = "ABC"
_SPREAD = {"A": 0.10, "B": 0.12, "C": 0.15}


@dataclass(frozen=True)
class Unit:
    """A learner's first completion of a course: whether they were active on its topic since."""

    who: int
    course: str
    at: int
    active: bool


def attended(plan: Plan, members: Sequence[Member], rng: random.Random) -> list[Act]:
    """Registrations, starts and completions of courses, not in order."""
    acts: list[Act] = []
    for one in members:
        for course in () if one.bot else COURSES:
            if rng.random() < _TAKEN:
                acts += _taken(plan, one, course, rng)
    return [act for act in acts if act.at < plan.until]


def _taken(plan: Plan, one: Member, course: str, rng: random.Random) -> list[Act]:
    # most courses are taken soon after somebody came
    day = one.begins + int(rng.random() ** 2 * max(1.0, (plan.until - one.begins) / DAY - 1)) * DAY
    start = day + 8 * HOUR + int(rng.random() * 8 * HOUR / SECOND) * SECOND
    steps = [("register", start), ("initialize", start + DAY)]
    if rng.random() < _FINISHED:
        steps.append(("pass", start + (3 + int(rng.random() * 12)) * DAY))
    score = min(1.0, max(0.0, round(rng.gauss(0.75 + 0.05 * one.drive, 0.1), 2)))
    return [
        Act(0, at, one.number, kind, course, course=course, score=score if kind == "pass" else None)
        for kind, at in steps
    ]


def completions(acts: Sequence[Act]) -> dict[tuple[int, str], int]:
    """(Member's number, course) → when they passed it, µs."""
    return {(act.who, act.course or ""): act.at for act in acts if act.kind == "pass"}


def units(acts: Sequence[Act], completed: dict[tuple[int, str], int]) -> list[Unit]:
    """
    Every completion, with activity on the topic in the 30 days after it.

    That is a contribution, or a reply received on one.

    Args:
        acts: Those that count: what was taken back is not among them.
    """
    by_number = {act.number: act for act in acts}
    days: dict[tuple[int, str], list[int]] = {}
    for act in acts:
        if act.kind in _WROTE:
            days.setdefault((act.who, act.subject), []).append(act.at)
        to = by_number.get(-1 if act.on is None else act.on)
        if act.kind in _ANSWERS and to is not None:
            days.setdefault((to.who, to.subject), []).append(act.at)
    return [
        Unit(
            who, course, at,
            any(at < day <= at + _EXPOSURE for day in days.get((who, course), ())),
        )
        for (who, course), at in sorted(completed.items())
    ]  # fmt: skip


def evidence(
    plan: Plan, members: Sequence[Member], found: Sequence[Unit], rng: random.Random
) -> list[Act]:
    """Graded evidence of transfer, 40 to 110 days after the completion, for a share of units."""
    acts = []
    for unit in found:
        level = 0.5 + 0.08 * members[unit.who].drive + plan.gain * unit.active
        for grade in _GRADES:
            at = unit.at + int(rng.uniform(40, 110)) * DAY + HOUR
            score = round(min(1.0, max(0.0, rng.gauss(level, _SPREAD[grade]))), 3)
            if rng.random() < plan.evidence and at < plan.until:
                acts.append(
                    Act(0, at, unit.who, "evidence", unit.course, course=unit.course, score=score,
                        grade=grade)
                )  # fmt: skip
    return acts


def numbered(acts: Sequence[Act], first: int) -> list[Act]:
    """The same with numbers of their own."""
    return [replace(act, number=number) for number, act in enumerate(acts, first)]
