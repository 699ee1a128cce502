"""
M6: which knowledge people look for, and whether they find it.

The time to a first answer is that of all questions, the unanswered among them counted as long as
they have waited: the median of those answered would be far too short.

Spec: research/analytics.md 2.7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.facts.questions import FIRST_ANSWERS, SESSIONS
from analytics.metrics import shared
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key
from analytics.survival.curve import kaplan_meier

_HOUR = 3_600_000_000
_DAY, _WEEK = 24.0, 168.0  # hours
_SPELLS = {"24_hours": _DAY, "7_days": _WEEK}
_QUESTIONS = """
SELECT id, person, {part} AS part, epoch_us(ts) AS asked, epoch_us(answered) AS answered,
       epoch_us(deleted) AS deleted, resolved, first
FROM first_answers WHERE ts >= $since ORDER BY ts, id, part"""
_SEARCHED = """
SELECT count(*) AS sessions, count(DISTINCT person) AS people,
       count(*) FILTER (opened) AS opened, count(*) FILTER (queries > 1) AS reformulated,
       CAST(coalesce(sum(counted), 0) AS BIGINT) AS counted,
       CAST(coalesce(sum(empty), 0) AS BIGINT) AS empty,
       count(DISTINCT person) FILTER (opened) AS openers,
       count(DISTINCT person) FILTER (NOT opened) AS leavers,
       count(DISTINCT person) FILTER (queries > 1) AS rephrasers,
       count(DISTINCT person) FILTER (queries <= 1) AS others,
       count(DISTINCT person) FILTER (empty > 0) AS without_result,
       count(DISTINCT person) FILTER (empty < counted) AS with_result
FROM sessions"""
_UNMET = """
WITH unmet AS (
    SELECT unnest(topics) AS topic, person, 1 AS questions, 0 AS searches FROM first_answers
    WHERE ts >= $since AND ts < make_timestamp(CAST($late AS BIGINT))
      AND coalesce(answered > ts + INTERVAL 7 DAY, true)
    UNION ALL
    SELECT unnest(topics), person, 0, 1 FROM acts
    WHERE vclass = 'search' AND hits = 0 AND ts >= $since
)
SELECT topic, count(DISTINCT person) AS people, CAST(sum(questions) AS BIGINT) AS questions,
       CAST(sum(searches) AS BIGINT) AS searches, count(DISTINCT person) FILTER (questions = 1),
       count(DISTINCT person) FILTER (searches = 1)
FROM unmet GROUP BY topic ORDER BY people DESC, topic"""


def measure(ask: Ask) -> dict[str, Any]:
    """Questions, searches, and the topics whose demand is not met."""
    ask.facts.run(FIRST_ANSWERS)
    ask.facts.run(SESSIONS)
    window = ask.facts.window
    end = min(window.until, window.cutoff + 1)
    questions = _Questions(ask.facts.columns(_QUESTIONS.format(part="''")), end)
    result: dict[str, Any] = {
        "questions": _told(ask, {"": questions}, additive=False)[""],
        "searches": _searches(ask),
        "unmet": _unmet(ask, end - int(_WEEK * _HOUR)),
    }
    if ask.by:
        result["groups"] = _groups(ask, end)
    return result


class _Questions:
    """Questions with how long each waited for its first answer."""

    def __init__(self, columns: dict[str, Any], end: int) -> None:
        self.person, self.part = columns["person"], columns["part"]
        asked = columns["asked"].astype(np.int64)
        answered = np.ma.filled(columns["answered"], end).astype(np.int64)
        deleted = np.ma.filled(columns["deleted"], end).astype(np.int64)
        until = np.minimum(np.minimum(deleted, answered), end)
        self.answered = (answered <= deleted) & (answered < end)
        self.hours = np.maximum(until - asked, 0) / _HOUR
        self.resolved = columns["resolved"].astype(bool)
        self.observed = (end - asked) / _HOUR
        self.first = columns["first"].astype(bool)

    def of(self, part: str) -> _Questions:
        """Those of one part."""
        chosen, own = self.part == part, object.__new__(_Questions)
        for name, values in vars(self).items():
            setattr(own, name, values[chosen])
        return own

    def newcomers(self) -> Any:
        """First questions of their askers that had a week to be answered."""
        return self.first & (self.observed >= _WEEK)

    def people(self, chosen: Any) -> int:
        return len(np.unique(self.person[chosen]))


def _told(ask: Ask, parts: dict[str, _Questions], *, additive: bool) -> dict[str, dict[str, Any]]:
    """
    The figures of each part whose askers may be told of.

    A share of questions is told where neither those who had an answer in time nor those who had
    none are few.
    """
    counts: dict[Key, Count] = {}
    for part, own in parts.items():
        soon = {name: own.answered & (own.hours <= most) for name, most in _SPELLS.items()}
        kinds = {
            "newcomers_helped": own.newcomers() & soon["7_days"],
            "newcomers_not": own.newcomers() & ~soon["7_days"],
            "askers": np.ones(len(own.hours), bool),
            "answered": own.answered,
            "unanswered": ~own.answered,
            "resolved": own.resolved,
            **soon,
            **{f"not_{name}": ~in_time for name, in_time in soon.items()},
        }
        for kind, chosen in kinds.items():
            n = own.people(chosen)
            counts[kind, part] = Count(n, [(kind, part)], rank=int(kind == "askers"))
    if additive:
        for kind in {kind for kind, _ in counts}:
            ask.counts.identity({(kind, ""): 1} | {(kind, part): -1 for part in parts})
    said = ask.counts.publish(counts)
    return {part: _figures(own, said, part) for part, own in parts.items()}


def _figures(own: _Questions, said: dict[Key, int | None], part: str) -> dict[str, Any]:
    def may(*kinds: str) -> bool:
        return all(said[kind, part] is not None for kind in kinds)

    if not said["askers", part]:
        return {"askers": said["askers", part], **_NO_FIGURES}
    curve = kaplan_meier(own.hours, own.answered)
    n = len(own.hours)
    newcomers = own.newcomers()
    helped = newcomers & own.answered & (own.hours <= _WEEK)
    return {
        "askers": said["askers", part],
        "questions": n,
        "answered": int(own.answered.sum()) if may("answered", "unanswered") else None,
        "resolved": int(own.resolved.sum()) if may("resolved", "answered", "unanswered") else None,
        **{
            f"answered_within_{name}": _within(curve.share(hours))
            if may(name, f"not_{name}")
            else None
            for name, hours in _SPELLS.items()
        },
        "median_hours": curve.median(),
        "median_hours_ci": curve.median_interval(),
        "newcomers_answered_within_7_days": shared.ratio(int(helped.sum()), int(newcomers.sum()))
        if may("newcomers_helped", "newcomers_not")
        else None,
    }


_NO_FIGURES = dict.fromkeys(
    (
        "questions",
        "answered",
        "resolved",
        "answered_within_24_hours",
        "answered_within_7_days",
        "median_hours",
        "median_hours_ci",
        "newcomers_answered_within_7_days",
    )
)


def _within(share: float | None) -> float | None:
    return None if share is None else 1 - share


def _groups(ask: Ask, end: int) -> list[dict[str, Any]]:
    """By department, as of the question; by topic a question counts for each of its topics."""
    part = "coalesce(department, '')" if ask.by == "department" else "unnest(topics)"
    every = _Questions(ask.facts.columns(_QUESTIONS.format(part=part)), end)
    names = sorted({str(name) for name in every.part})
    parts = {f"{ask.by} {name}": every.of(name) for name in names}
    told = _told(ask, parts, additive=ask.by == "department")
    return [
        {str(ask.by): key.removeprefix(f"{ask.by} ") or None, **row} for key, row in told.items()
    ]


def _searches(ask: Ask) -> dict[str, Any]:
    [row] = ask.facts.rows(_SEARCHED)
    sessions, people, opened, reformulated, counted, empty, *few = row
    kinds = ("openers", "leavers", "rephrasers", "others", "without_result", "with_result")
    counts: dict[Key, Count] = {
        ("search", kind): Count(n, [("search", kind)]) for kind, n in zip(kinds, few, strict=True)
    }
    counts["search", "people"] = Count(people, [("search", "people")], rank=1)
    said = ask.counts.publish(counts)

    def share(part: int, whole: int, *both: str) -> float | None:
        may = all(said["search", kind] is not None for kind in ("people", *both))
        return shared.ratio(part, whole) if may else None

    return {
        "people": said["search", "people"],
        "sessions": sessions if said["search", "people"] is not None else None,
        "opened_something": share(opened, sessions, "openers", "leavers"),
        "abandoned": share(sessions - opened, sessions, "openers", "leavers"),
        "reformulated": share(reformulated, sessions, "rephrasers", "others"),
        "without_result": share(empty, counted, "without_result", "with_result"),
    }


def _unmet(ask: Ask, late: int) -> list[dict[str, Any]]:
    """Topics that k or more people asked or searched for in vain, most of them first."""
    rows = [row for row in ask.facts.rows(_UNMET, {"late": late}) if row[1] >= ask.k]
    return [
        {
            "topic": topic,
            "people": people,
            "unanswered_questions": questions if askers == 0 or askers >= ask.k else None,
            "searches_without_result": searches if finders == 0 or finders >= ask.k else None,
        }
        for topic, people, questions, searches, askers, finders in rows
    ]


METRIC = Metric(
    name="demand",
    question="Which knowledge do people look for, and do they find it?",
    version="1",
    measure=measure,
    by=("department", "topic"),
)
