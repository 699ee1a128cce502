"""A whole simulated organisation: its people, what they do, and what systems tell of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analytics.simulate import acts as social
from analytics.simulate import courses
from analytics.simulate.acts import Act, Social
from analytics.simulate.courses import Unit
from analytics.simulate.people import Member, members
from analytics.simulate.plan import DAY, HOUR, SECOND, Plan
from analytics.simulate.subjects import COURSES, SUBJECTS
from analytics.simulate.telling import (
    Teller,
    Told,
    course_activity,
    evidence_activity,
    way_of,
)
from lrs.domain import timestamps

_LATE_DAYS = (31, 60)
_VOIDED_WITHIN_DAYS = 10


@dataclass(frozen=True)
class Organisation:
    """
    Everything that is planted.

    Args:
        members: People, then bots, by number.
        acts: Of people and bots, taken back or not, by time.
        voided: Numbers of the acts that are taken back.
        late, duplicated: Numbers of those that arrive late, and of those that are sent twice.
        units: Completions of courses by people.
        told: What is sent, by the time it arrives.
        refused: How many deliveries tell of what the forum itself calls bots.
    """

    plan: Plan
    members: list[Member]
    acts: list[Act]
    voided: frozenset[int]
    late: frozenset[int]
    duplicated: frozenset[int]
    units: list[Unit]
    told: list[Told]
    refused: int


def simulate(plan: Plan, seed: int) -> Organisation:
    """An organisation; the same plan and seed make the same to the byte."""
    rng = random.Random(seed)  # noqa: S311 - a simulation
    everyone = members(plan, rng)
    taken = courses.attended(plan, everyone, rng)
    done = Social(plan, everyone, courses.completions(taken), rng).run()
    done += courses.numbered(taken, len(done))
    voided = _chosen(done, plan.voided, rng, lambda act: way_of(act) == "statements")
    counted = [act for act in done if act.number not in voided]
    units = courses.units(counted, courses.completions(counted))
    done += courses.numbered(courses.evidence(plan, everyone, units, rng), len(done))
    in_time = plan.until - (_LATE_DAYS[0] + 1) * DAY
    late = _chosen(done, plan.late, rng, lambda act: act.at < in_time)
    duplicated = _chosen(done, plan.duplicates, rng, lambda _act: True)
    done += social.bot_acts(plan, everyone, rng, len(done))
    draft = _Draft(plan, seed, everyone, done, voided, late, duplicated)
    told, refused = _told(draft, rng)
    acts = sorted(done, key=lambda act: (act.at, act.number))
    return Organisation(plan, everyone, acts, voided, late, duplicated, units, told, refused)


@dataclass(frozen=True)
class _Draft:
    plan: Plan
    seed: int
    members: list[Member]
    acts: list[Act]
    voided: frozenset[int]
    late: frozenset[int]
    duplicated: frozenset[int]


def _chosen(
    acts: list[Act], share: float, rng: random.Random, may: Callable[[Act], bool]
) -> frozenset[int]:
    """Some of those that may be, as many as the share of all."""
    possible = [act.number for act in acts if may(act)]
    return frozenset(rng.sample(possible, min(len(possible), round(share * len(acts)))))


def _told(draft: _Draft, rng: random.Random) -> tuple[list[Told], int]:
    plan = draft.plan
    teller = Teller(draft.seed, draft.members, {act.number: act for act in draft.acts})
    told = []
    for act in draft.acts:
        wait = int(rng.uniform(*_LATE_DAYS) * DAY) if act.number in draft.late else 0
        at = min(act.at + wait + int(rng.random() * 60 * SECOND), plan.until - 1)
        told.append(Told(at, way_of(act), teller.told(act)))
        if act.number in draft.duplicated:
            again = min(at + int(rng.uniform(1, 48)) * HOUR, plan.until - 1)
            told.append(Told(again, way_of(act), told[-1].body))
        if act.number in draft.voided:
            taken = min(at + int(rng.random() * _VOIDED_WITHIN_DAYS * DAY), plan.until - 1)
            told.append(Told(taken, "statements", teller.void(act, taken)))
    bots = sum(one.bot for one in draft.members)
    for n in range(bots):
        at = plan.since + rng.randrange(plan.days) * DAY + n
        told.append(Told(at, "forum", teller.spam(at, len(draft.acts) + n)))
    # what takes an act back comes after it even when both arrive in the last moment
    return sorted(told, key=lambda one: one.at), bots


def programmes(plan: Plan) -> list[dict[str, Any]]:
    """A programme for each course, as POST /api/programmes takes it."""
    opened = social.openings(plan)
    names = {subject.id: subject.name for subject in SUBJECTS}
    return [
        {
            "id": course,
            "name": names[course],
            "activities": [course_activity(course)],
            "topics": [course],
            "evidence": [
                {"activity": evidence_activity(course, grade), "grade": grade} for grade in "ABC"
            ],
            "primary": "A",
            "openings": [
                {"department": name, "at": timestamps.text(at)} for name, at in opened.items()
            ],
        }
        for course in COURSES
    ]
