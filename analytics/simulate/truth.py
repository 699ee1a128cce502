"""
What is true of a simulated organisation, counted the simple way from the acts themselves.

Nothing of the metrics is used here: every figure is made by loops over acts, so that it can be
held against what comes out of Statements, facts and SQL. `truth` is plain JSON.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from analytics.simulate.acts import Act
from analytics.simulate.organisation import Organisation
from analytics.simulate.plan import DAY, HOUR
from lrs.domain import timestamps

Edge = tuple[int, int]
GAP_DAYS = 90
WROTE = frozenset({"post", "note", "ask", "wonder", "reply", "answer", "comment"})
SOCIAL = WROTE | {"like", "share"}
REACHED = SOCIAL | {"search", "view"}
FORMAL = frozenset({"register", "initialize", "pass"})
_REPLIES = frozenset({"reply", "answer", "comment"})
_QUESTIONS = frozenset({"ask", "wonder"})
_WITH_TEXT = WROTE | {"search"}
_AT_DAYS = (0, 30, 90, 180, 365)


def truth(of: Organisation) -> dict[str, Any]:
    """The truth file: what was planted, and every figure that must come back."""
    known = Known(of)
    months = sorted({month(act.at) for act in known.acts})
    return {
        "planted": planted(of),
        "acts": known.counts(),
        "participation": {one: participation(known, one) for one in months},
        "growth": growth(known),
        "network": network(known),
        "tenure": tenure(known),
        "demand": demand(known),
        "topics": topics(known),
        "formal_social": {one: formal_social(known, one) for one in months},
        "transfer": transfer(known),
    }


def month(at: int) -> str:
    """2026-03, in UTC."""
    return timestamps.text(at)[:7]


class Known:
    """The acts that count: of people, and not taken back."""

    def __init__(self, of: Organisation) -> None:
        self.of = of
        self.acts = [
            act for act in of.acts if act.number not in of.voided and not of.members[act.who].bot
        ]
        self.by_number = {act.number: act for act in self.acts}
        self.social = [act for act in self.acts if act.kind in SOCIAL]

    def counts(self) -> dict[str, int]:
        """Statements by what becomes of them in facts."""
        bots = sum(self.of.members[act.who].bot for act in self.of.acts)
        voided = len(self.of.voided)
        return {"used": len(self.acts), "bot": bots, "voided": voided, "voiding": voided}

    def target(self, act: Act) -> int | None:
        """Whom an act is towards; None where what it is towards was taken back."""
        to = self.by_number.get(-1 if act.on is None else act.on)
        return None if to is None else to.who

    def department(self, act: Act) -> str | None:
        return self.of.members[act.who].department(act.at)


def planted(of: Organisation) -> dict[str, Any]:
    """Sizes, and how much of what makes trouble there is."""
    people = [one for one in of.members if not one.bot]
    return {
        "people": len(people),
        "bots": len(of.members) - len(people),
        "two_identifiers": sum(one.second for one in people),
        "movers": sum(len(one.departments) > 1 for one in people),
        "acts": len(of.acts),
        "sent": len(of.told),
        "duplicates": len(of.duplicated),
        "late": len(of.late),
        "voided": len(of.voided),
        "refused": of.refused,
        "since": timestamps.text(of.plan.since),
        "until": timestamps.text(of.plan.until),
    }


def participation(known: Known, when: str) -> dict[str, int]:
    """Of a month: the four nested groups (2.2)."""
    own = [act for act in known.acts if month(act.at) == when]
    days: dict[int, set[int]] = defaultdict(set)
    dealt: set[int] = set()
    for act in own:
        if act.kind in WROTE:
            days[act.who].add(act.at // DAY)
        to = known.target(act)
        if to is not None and to != act.who:
            dealt |= {act.who, to}
    return {
        "reached": len({act.who for act in own if act.kind in REACHED}),
        "participants": len({act.who for act in own if act.kind in SOCIAL}),
        "contributors": len(days),
        "social_learners": sum(len(on) > 1 and who in dealt for who, on in days.items()),
    }


def growth(known: Known) -> list[dict[str, Any]]:
    """Who is new, stays, comes back or is gone, by month (2.4)."""
    there: dict[str, set[int]] = defaultdict(set)
    for act in known.social:
        there[month(act.at)].add(act.who)
    before: set[int] = set()
    ever: set[int] = set()
    rows = []
    for when in _months(min(there), max(there)):
        now = there[when]
        rows.append(
            {
                "month": when,
                "active": len(now),
                "new": len(now - ever),
                "retained": len(now & before),
                "resurrected": len((now & ever) - before),
                "churned": len(before - now),
            }
        )
        before, ever = now, ever | now
    return rows


def _months(first: str, last: str) -> list[str]:
    names = []
    year, number = (int(part) for part in first.split("-"))
    while f"{year:04}-{number:02}" <= last:
        names.append(f"{year:04}-{number:02}")
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004
    return names


def network(known: Known) -> dict[str, Any]:
    """Replies: edges, reciprocity, and ties beyond the own department (2.5)."""
    edges: dict[Edge, int] = defaultdict(int)
    unresolved = 0
    for act in known.acts:
        if act.kind in _REPLIES:
            to = known.target(act)
            if to is None:
                unresolved += 1
            else:
                edges[act.who, to] += 1
    last = {act.who: known.department(act) for act in known.acts}  # acts are in order of time
    dyads = {frozenset(edge) for edge in edges}
    inside = sum(len({last[who] for who in dyad}) == 1 for dyad in dyads)
    wrote = {act.who for act in known.acts if act.kind in WROTE}
    nodes = {who for edge in edges for who in edge}
    return {
        "n": len(nodes),
        "edges": [[*edge, n] for edge, n in sorted(edges.items())],
        "interactions": sum(edges.values()),
        "unresolved": unresolved,
        "dyads": len(dyads),
        "reciprocity": sum(edge[::-1] in edges for edge in edges) / len(edges),
        "ei": (len(dyads) - 2 * inside) / len(dyads),
        "contributors": len(wrote),
        "isolates": len(wrote - nodes),
    }


def tenure(known: Known) -> dict[str, Any]:
    """
    Lives as they were lived: from the first act to the last before a gap of more than 90 days.

    Everyone's true start is in the log. Seen until the cutoff; whether somebody is gone can be
    told only 90 days later (2.3).
    """
    gap, cutoff = GAP_DAYS * DAY, known.of.plan.until
    own: dict[int, list[int]] = defaultdict(list)
    for act in known.social:
        own[act.who].append(act.at)
    lives = []
    for times in own.values():
        following = [*times[1:], cutoff]
        leaves = [at for at, then in zip(times, following, strict=True) if then - at > gap]
        end = leaves[0] if leaves else cutoff - gap
        if times[0] < cutoff - gap:
            lives.append(((end - times[0]) / DAY, bool(leaves)))
    return {
        "n": len(lives),
        "events": sum(gone for _, gone in lives),
        "not_yet_observable": len(own) - len(lives),
        "lives": sorted([days, gone] for days, gone in lives),
        "median": _median(lives),
        "at": {str(days): survival(lives, days) for days in _AT_DAYS},
    }


def demand(known: Known) -> dict[str, Any]:
    """Questions with how long they waited for an answer, until the end of the history (2.7)."""
    first: dict[int, int] = {}
    for act in known.acts:
        if act.kind == "answer" and act.on is not None:
            first.setdefault(act.on, act.at)
    asked = [act for act in known.acts if act.kind in _QUESTIONS]
    waits = [
        ((first.get(act.number, known.of.plan.until) - act.at) / HOUR, act.number in first)
        for act in asked
    ]
    return {
        "questions": len(asked),
        "askers": len({act.who for act in asked}),
        "answered": sum(done for _, done in waits),
        "answered_within_24_hours": 1 - survival(waits, 24),
        "answered_within_7_days": 1 - survival(waits, 168),
        "median_hours": _median(waits),
        "waits": sorted([hours, done] for hours, done in waits),
    }


def survival(lives: Iterable[tuple[float, bool]], at: float) -> float:
    """
    The product of (1 − d/n) over the times up to `at` at which something ended.

    Args:
        lives: How long each lasted, and whether its end was seen.
        at: In the same unit.
    """
    every = list(lives)
    share = 1.0
    for time in sorted({end for end, seen in every if seen and end <= at}):
        at_risk = sum(end >= time for end, _ in every)
        share *= 1 - sum(end == time and seen for end, seen in every) / at_risk
    return share


def _median(lives: Iterable[tuple[float, bool]]) -> float | None:
    """The first time at which half or fewer are left; None where that is not reached."""
    every = list(lives)
    for time in sorted({end for end, seen in every if seen}):
        if survival(every, time) <= 0.5 + 1e-12:
            return time
    return None


def topics(known: Known) -> dict[str, dict[str, int]]:
    """Acts with a text by its topic, and the people who did them (2.6)."""
    found: dict[str, list[Act]] = defaultdict(list)
    for act in known.acts:
        if act.kind in _WITH_TEXT:
            found[act.subject].append(act)
    return {
        subject: {
            "acts": len(own),
            "people": len({act.who for act in own}),
            "questions": sum(act.kind in _QUESTIONS for act in own),
        }
        for subject, own in sorted(found.items())
    }


def formal_social(known: Known, when: str) -> dict[str, int]:
    """Of a month: who did either, both or neither, and on how many days (2.8)."""
    days: dict[str, set[Edge]] = {"formal": set(), "social": set(), "any": set()}
    for act in known.acts:
        if month(act.at) == when:
            day = (act.who, act.at // DAY)
            days["any"].add(day)
            if act.kind in FORMAL:
                days["formal"].add(day)
            if act.kind in SOCIAL:
                days["social"].add(day)
    formal, social, everyone = ({who for who, _ in days[name]} for name in days)
    return {
        "people": len(everyone),
        "formal_only": len(formal - social),
        "social_only": len(social - formal),
        "both": len(formal & social),
        "none": len(everyone - formal - social),
        "formal_days": len(days["formal"]),
        "social_days": len(days["social"]),
        "both_days": len(days["formal"] & days["social"]),
    }


def transfer(known: Known) -> dict[str, Any]:
    """By course: completions, the active among them, and their mean evidence by grade."""
    scores: dict[tuple[int, str], dict[str, float]] = defaultdict(dict)
    for act in known.acts:
        if act.kind == "evidence" and act.score is not None and act.course and act.grade:
            scores[act.who, act.course][act.grade] = act.score
    units = known.of.units
    return {
        "gain": known.of.plan.gain,
        "units": [
            {
                "who": unit.who,
                "course": unit.course,
                "at": timestamps.text(unit.at),
                "active": unit.active,
                "evidence": dict(sorted(scores[unit.who, unit.course].items())),
            }
            for unit in units
        ],
        "active": sum(unit.active for unit in units),
        "mean_score": {
            name: _mean(
                score
                for unit in units
                if unit.active is active
                for score in scores[unit.who, unit.course].values()
            )
            for name, active in (("active", True), ("others", False))
        },
    }


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return math.fsum(found) / len(found) if found else None
