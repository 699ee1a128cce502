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
# Only what many looked for in the same words has words (`partitions.write_queries`).
_MOST_QUERIES = 50
_SOUGHT = f"""
SELECT words, count(DISTINCT person) AS people, count(*) AS searches,
       count(hits) AS counted, count(*) FILTER (hits = 0) AS empty,
       count(DISTINCT person) FILTER (hits = 0) AS without,
       count(DISTINCT person) FILTER (hits > 0) AS found
FROM acts JOIN queries USING (query) WHERE vclass = 'search' AND ts >= $since
GROUP BY words HAVING people >= CAST($k AS BIGINT)
ORDER BY people DESC, words LIMIT {_MOST_QUERIES}"""
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
    ask.facts.table("first_answers", FIRST_ANSWERS)
    ask.facts.table("sessions", SESSIONS)
    window = ask.facts.window
    end = min(window.until, window.cutoff + 1)
    questions = _Questions(ask.facts.columns(_QUESTIONS.format(part="''")), end)
    result: dict[str, Any] = {
        "questions": _told(ask, {"": questions}, additive=False)[""],
        "searches": _searches(ask),
        "sought": _sought(ask),
        "unmet": _unmet(ask, end - int(_WEEK * _HOUR)),
    }
    if ask.by:
        result["groups"] = _groups(ask, end, questions)
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

    def kinds(self) -> dict[str, Any]:
        """Which questions are of which kind; a figure is told where no one's kinds are few."""
        soon = {name: self.answered & (self.hours <= most) for name, most in _SPELLS.items()}
        return {
            "newcomers_helped": self.newcomers() & soon["7_days"],
            "newcomers_not": self.newcomers() & ~soon["7_days"],
            "askers": np.ones(len(self.hours), bool),
            "answered": self.answered,
            "unanswered": ~self.answered,
            "resolved": self.resolved,
            "unresolved": ~self.resolved,
            **soon,
            **{f"not_{name}": ~in_time for name, in_time in soon.items()},
        }

    def people(self, chosen: Any) -> int:
        return len(np.unique(self.person[chosen]))


def _told(
    ask: Ask, parts: dict[str, _Questions], whole: _Questions | None = None, *, additive: bool
) -> dict[str, dict[str, Any]]:
    """
    The figures of each part whose askers may be told of.

    Args:
        whole: All questions, when these are parts of them.
        additive: Whether every question is in one part.

    A share of questions is told where neither those who had an answer in time nor those who had
    none are few.
    """
    counts: dict[Key, Count] = {}
    for part, own in parts.items():
        for kind, chosen in own.kinds().items():
            n = own.people(chosen)
            counts[kind, part] = Count(n, [(kind, part)], rank=int(kind == "askers"))
    if whole is not None:
        _tie(ask, whole, parts, counts, additive=additive)
    said = ask.counts.publish(counts)
    return {part: _figures(own, said, part) for part, own in parts.items()}


def _tie(
    ask: Ask,
    whole: _Questions,
    parts: dict[str, _Questions],
    counts: dict[Key, Count],
    *,
    additive: bool,
) -> None:
    """Parts and the whole; who is in several parts, having moved, is counted in each of them."""
    for kind, chosen in whole.kinds().items():
        n = whole.people(chosen)
        for part in parts:
            rest = ("not in", kind, part)
            ask.counts.identity({(kind, ""): 1, (kind, part): -1, rest: -1})
            ask.counts.secret(rest, Count(n - counts[kind, part].value, [rest]))
        twice = sum(counts[kind, part].value for part in parts) - n
        if additive and parts:
            again = {("again", kind): 1} if twice else {}
            ask.counts.identity({(kind, ""): 1} | {(kind, part): -1 for part in parts} | again)


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
        "resolved": int(own.resolved.sum()) if may("resolved", "unresolved") else None,
        **{
            f"answered_within_{name}": _within(curve.share(hours))
            if may(name, f"not_{name}")
            else None
            for name, hours in _SPELLS.items()
        },
        "median_hours": curve.median() if may("answered", "unanswered") else None,
        "median_hours_ci": curve.median_interval() if may("answered", "unanswered") else None,
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


def _groups(ask: Ask, end: int, whole: _Questions) -> list[dict[str, Any]]:
    """By department, as of the question; by topic a question counts for each of its topics."""
    part = "coalesce(department, '')" if ask.by == "department" else "unnest(topics)"
    every = _Questions(ask.facts.columns(_QUESTIONS.format(part=part)), end)
    names = sorted({str(name) for name in every.part})
    parts = {f"{ask.by} {name}": every.of(name) for name in names}
    told = _told(ask, parts, whole, additive=ask.by == "department")
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


def _sought(ask: Ask) -> list[dict[str, Any]]:
    """What most people looked for, in words that enough of them typed alike (2.7)."""
    rows = ask.facts.rows(_SOUGHT, {"k": ask.k})
    [[everyone]] = ask.facts.rows("SELECT count(DISTINCT person) FROM sessions")
    counts: dict[Key, Count] = {}
    for words, people, _, _, _, without, found in rows:
        rest = ("did not type", words)
        ask.counts.identity({("search", "people"): 1, ("typed", words): -1, rest: -1})
        ask.counts.secret(rest, Count(everyone - people, [rest]))
        counts["typed", words] = Count(people, [("typed", words)], rank=1)
        for kind, n in (("typed in vain", without), ("typed and found", found)):
            counts[kind, words] = Count(n, [(kind, words)])
    said = ask.counts.publish(counts)

    def share(words: str, empty: int, counted: int) -> float | None:
        both = (said["typed in vain", words], said["typed and found", words])
        return shared.ratio(empty, counted) if None not in both else None

    return [
        {
            "query": words,
            "people": people,
            "searches": searches,
            "without_result": share(words, empty, counted),
        }
        for words, people, searches, counted, empty, *_ in rows
        if said["typed", words] is not None
    ]


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
    version="2",
    measure=measure,
    by=("department", "topic"),
)
