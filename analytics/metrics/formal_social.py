"""
M7: formal next to social learning, by the days on which people did either.

A click and a course cannot be counted against each other; a day on which somebody learned can. By
quarter or month: who did only one, the other, or both, how much of their days was social, and how
many completed and passed what is formal (`formal_outcomes`).

Spec: research/analytics.md 2.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from analytics import formal_outcomes
from analytics.metrics import shared
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key
from lrs.domain.errors import BadRequest

TYPES = ("none", "formal_only", "social_only", "both")
_SIZES = {"quarter": 3, "month": 1}
_LONGEST_DAY = 8 * 3_600_000  # ms; what is longer was left open

# none: seen in the period, in neither (views, searches, posts that a course asked for).
_DAYS_OF_PEOPLE = f"""
SELECT month, person, day, bool_or(channel = 'formal') AS formal,
       bool_or(channel = 'social') AS social,
       bool_or(channel = 'search' OR (mode = 'informal' AND vclass IN ('view', 'react')))
           AS informal,
       arg_max(department, place) AS department,
       count(*) FILTER (channel = 'formal') AS formal_acts,
       count(*) FILTER (channel = 'social') AS social_acts,
       count(milliseconds) FILTER (channel = 'formal') AS formal_timed,
       count(milliseconds) FILTER (channel = 'social') AS social_timed,
       sum(milliseconds) FILTER (channel = 'formal') AS formal_spent,
       sum(milliseconds) FILTER (channel = 'social') AS social_spent,
       {formal_outcomes.PER_DAY}
FROM acts WHERE ts >= $since GROUP BY month, person, day
"""
_PEOPLE = """
WITH people AS (
    SELECT month // {size} AS period, person,
           count(*) FILTER (formal) AS formal, count(*) FILTER (social) AS social,
           count(*) FILTER (formal AND social) AS on_both, count(*) FILTER (informal) AS informal,
           arg_max(department, day) AS department
    FROM person_days GROUP BY ALL
)
SELECT period, coalesce({by}, '') AS part,
       CASE WHEN formal > 0 AND social > 0 THEN 'both' WHEN formal > 0 THEN 'formal_only'
            WHEN social > 0 THEN 'social_only' ELSE 'none' END AS type,
       count(*) AS n, CAST(sum(formal) AS BIGINT) AS formal, CAST(sum(social) AS BIGINT) AS social,
       CAST(sum(on_both) AS BIGINT) AS on_both, CAST(sum(informal) AS BIGINT) AS informal,
       count(*) FILTER (informal > 0) AS informal_people
FROM people GROUP BY ALL ORDER BY ALL
"""
_TIMES = """
WITH days AS (
    SELECT month // {size} AS period, 'formal' AS channel, person,
           least(formal_spent, {longest}) AS spent, formal_acts AS acts, formal_timed AS timed
    FROM person_days WHERE formal
    UNION ALL
    SELECT month // {size}, 'social', person, least(social_spent, {longest}), social_acts,
           social_timed
    FROM person_days WHERE social
)
SELECT period, channel, count(DISTINCT person) FILTER (timed > 0) AS people,
       CAST(coalesce(sum(spent), 0) AS BIGINT), CAST(sum(acts) AS BIGINT),
       CAST(sum(timed) AS BIGINT)
FROM days GROUP BY ALL ORDER BY ALL
"""
_DAYS = ("formal_days", "social_days", "both_days", "informal_days")
_INFORMAL = "informal"


class Amounts(NamedTuple):
    """People of one type, and the days they had of each kind."""

    people: int
    formal_days: int
    social_days: int
    both_days: int
    informal_days: int
    informal_people: int


Cells = dict[tuple[int, str], dict[str, Amounts]]
"""(Period, part) → type → amounts."""


def measure(ask: Ask) -> dict[str, Any]:
    """Periods with their people by type and active days, formal outcomes, and time where told."""
    ask.facts.table("person_days", _DAYS_OF_PEOPLE)
    periods = _periods(ask)
    cells = _cells(ask, "CAST(NULL AS VARCHAR)")
    rows = {period: _row(ask, period, cells) for period in periods}
    result: dict[str, Any] = {
        "periods": list(rows.values()),
        # Before the departments: an answer with them tells all that the one without them does.
        "outcomes": formal_outcomes.outcomes(ask, _size(ask), rows),
        "time": _time(ask, periods),
    }
    if ask.by:
        split = _cells(ask, ask.by)
        result["groups"] = _groups(ask, periods, split)
    return result


def _size(ask: Ask) -> int:
    """Months in a period."""
    size = _SIZES.get(ask.options["period"])
    if size is None:
        raise BadRequest("a period is a month or a quarter", at="period")
    return size


def _periods(ask: Ask) -> list[int]:
    """Those with all their months in the window; those with any when nothing is withheld."""
    months, size = shared.months_of(ask), _size(ask)
    found = sorted({month // size for month in months})
    whole = [one for one in found if set(range(size * one, size * one + size)) <= set(months)]
    return found if ask.k == 1 else whole


def _name(ask: Ask, period: int) -> str:
    if _size(ask) == 1:
        return shared.name(period)
    return f"{period // 4:04d}-Q{period % 4 + 1}"


def _cells(ask: Ask, by: str) -> Cells:
    cells: Cells = defaultdict(dict)
    for period, part, kind, *amounts in ask.facts.rows(_PEOPLE.format(by=by, size=_size(ask))):
        cells[period, part][kind] = Amounts(*amounts)
    return cells


def _row(ask: Ask, period: int, cells: Cells) -> dict[str, Any]:
    own = cells.get((period, ""), {})
    said = ask.counts.publish(_counts(period, own, ()))
    return {"period": _name(ask, period), **_shown(own, said)}


def _groups(ask: Ask, periods: list[int], cells: Cells) -> list[dict[str, Any]]:
    rows = []
    for period in periods:
        parts = sorted(part for of, part in cells if of == period)
        for kind in (*TYPES, _INFORMAL) if parts else ():
            of_parts: dict[Any, int] = {(period, kind, part): -1 for part in parts}
            ask.counts.identity({(period, kind): 1} | of_parts)
        counts: dict[Key, Count] = {}
        for part in parts:
            counts |= _counts(period, cells[period, part], (part,))
        said = ask.counts.publish(counts)
        for part in parts:
            own = {key: value for key, value in said.items() if key[2:] == (part,)}
            rows.append(
                {
                    "period": _name(ask, period),
                    str(ask.by): part or None,
                    **_shown(cells[period, part], own),
                }
            )
    return rows


def _counts(period: int, own: Mapping[str, Amounts], part: Key) -> dict[Key, Count]:
    """The people of each type, all of them, and those who learned informally, whatever else."""
    counts = {
        (str(period), kind, *part): Count(
            own[kind].people if kind in own else 0, [(period, kind, *part)]
        )
        for kind in TYPES
    }
    everyone = [(period, kind, *part) for kind in TYPES]
    people = sum(amounts.people for amounts in own.values())
    informal = sum(amounts.informal_people for amounts in own.values())
    return {
        **counts,
        (str(period), "people", *part): Count(people, everyone, rank=1),
        (str(period), _INFORMAL, *part): Count(informal, [(period, _INFORMAL, *part)]),
    }


def _shown(own: Mapping[str, Amounts], said: Mapping[Key, int | None]) -> dict[str, Any]:
    """
    A row, with the days of those types that are told.

    Days are told where all types are: a sum over few people could be taken out of them otherwise.
    """
    told = {key[1]: value for key, value in said.items()}
    all_told = all(told[kind] is not None for kind in (*TYPES, "people"))
    formal, social, both, informal = (
        sum(getattr(amounts, days) for amounts in own.values()) for days in _DAYS
    )
    shown = told[_INFORMAL] is not None
    return {
        "people": told["people"],
        **{kind: told[kind] for kind in TYPES},
        "informal": told[_INFORMAL],
        "formal_days": formal if all_told else None,
        "social_days": social if all_told else None,
        "both_days": both if all_told else None,
        "informal_days": informal if shown else None,
        "social_share": shared.ratio(social, formal + social) if all_told else None,
    }


def _time(ask: Ask, periods: list[int]) -> list[dict[str, Any]]:
    """Hours where acts carry a duration, with the share of acts that do; nothing is made up."""
    return [
        {
            "period": _name(ask, period),
            "channel": channel,
            "hours": spent / 3_600_000,
            "coverage": shared.ratio(timed, acts),
        }
        for period, channel, people, spent, acts, timed in ask.facts.rows(
            _TIMES.format(size=_size(ask), longest=_LONGEST_DAY)
        )
        if period in periods and people >= ask.k
    ]


METRIC = Metric(
    name="formal_social",
    question="How much of the learning is formal, how much social, and who does both?",
    version="2",
    measure=measure,
    by=("department",),
    options=(("period", "quarter"),),
)
