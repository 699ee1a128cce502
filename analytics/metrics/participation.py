"""
M1: how many take part, month by month.

Four nested groups of people: *reached* (viewed, searched or did anything social), *participants*
(any social act, a like is enough), *contributors* (wrote, answered, commented or edited) and
*social learners* (contributed on two days or more and dealt with somebody else).

Spec: research/analytics.md 2.2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from analytics.facts.reading import Facts
from analytics.metrics import shared
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key

LEVELS = ("reached", "participants", "contributors", "social_learners")
_ROLLING_DAYS = 28
_DAY = 86_400_000_000
_ROLLING = -1  # stands for the month
_LEARNER_DAYS = 2

# Everyone's highest level in each period, by the department of the last act in it, so that the
# parts of a month add up to the whole.
_PEOPLE = f"""
WITH seen AS (
    SELECT {{period}} AS period, person, place, day, department, channel = 'social' AS social,
           channel = 'social' AND vclass IN {shared.CONTRIBUTIONS} AS wrote,
           {shared.REACHED} AS reached
    FROM acts WHERE ts >= $from
), dealt AS (
    SELECT DISTINCT {{period}} AS period, unnest([source, target]) AS person
    FROM interactions WHERE fate = 'kept' AND ts >= $from
), people AS (
    SELECT period, person, arg_max(department, place) AS department, bool_or(social) AS social,
           count(DISTINCT CASE WHEN wrote THEN day END) AS days
    FROM seen WHERE reached GROUP BY period, person
)
SELECT period, coalesce(department, '') AS department,
       CASE WHEN days >= {_LEARNER_DAYS} AND d.person IS NOT NULL THEN 4
            WHEN days > 0 THEN 3 WHEN social THEN 2 ELSE 1 END AS level,
       count(*) AS n
FROM people LEFT JOIN dealt AS d USING (period, person)
GROUP BY ALL ORDER BY ALL
"""
_SEEN = """
SELECT month, count(*) AS n FROM (SELECT person, min(month) AS month FROM acts GROUP BY person)
GROUP BY month ORDER BY month"""
_AMOUNTS = f"""
SELECT count(*) AS n FROM acts WHERE channel = 'social' AND vclass IN {shared.CONTRIBUTIONS}
AND ts >= $from GROUP BY person ORDER BY n"""

Bins = dict[int, dict[tuple[str, int], int]]
"""Period → (department, level) → people whose highest level that is."""


def measure(ask: Ask) -> dict[str, Any]:
    """Months, the last 28 days, and how unequally contributions are shared out."""
    facts = ask.facts
    facts.interactions()
    months = shared.months_of(ask)
    found = _bins(facts, "month", facts.window.since)
    since = max(facts.window.until - _ROLLING_DAYS * _DAY, 0)
    rolling = _bins(facts, str(_ROLLING), since).get(_ROLLING, {})
    told = _publish_totals(ask, found, months)
    people = _publish_population(ask, found, months)
    nested = months[-1] if months and _ends_with(ask, months[-1]) else None
    recent = _publish_rolling(ask, rolling, found, nested)
    result: dict[str, Any] = {
        "months": [
            {"month": shared.name(month), **_row(told[month], people[month])} for month in months
        ],
        "last_28_days": _row(recent, _rolling_population(ask, since, people, nested)),
        "contributions": _inequality(ask, since, recent["contributors"]),
    }
    if ask.by:
        result["groups"] = _publish_groups(ask, found, months)
    return result


def _bins(facts: Facts, period: str, since: int) -> Bins:
    sql = _PEOPLE.format(period=period).replace("$from", f"make_timestamp({since})")
    bins: Bins = defaultdict(dict)
    for month, department, level, n in facts.rows(sql):
        bins[month][department, level] = n
    return bins


def _total(bins: Mapping[tuple[str, int], int], least: int, department: str | None = None) -> int:
    return sum(
        n
        for (of, level), n in bins.items()
        if level >= least and (department is None or of == department)
    )


def _atoms(
    period: int, bins: Mapping[tuple[str, int], int], least: int, of: str | None = None
) -> list[Any]:
    """The kinds of people at a level or above; all departments there are, or one."""
    departments = sorted({department for department, _ in bins}) if of is None else [of]
    return [(period, d, level) for d in departments or [""] for level in range(least, 5)]


def _count(
    period: int, bins: Mapping[tuple[str, int], int], least: int, of: str | None = None
) -> Count:
    # Everyone knows how many wrote; what is withdrawn first is how many only looked on.
    return Count(_total(bins, least, of), _atoms(period, bins, least, of), rank=least)


def _keep_bins(ask: Ask, period: int, bins: Mapping[tuple[str, int], int], of: str | None) -> None:
    """How many are at a level and no higher is printed nowhere, and must not be computable."""
    departments = sorted({department for department, _ in bins}) if of is None else [of]
    for level in range(1, 5):
        n = _total(bins, level, of) - _total(bins, level + 1, of)
        atoms = [(period, department, level) for department in departments]
        if atoms:
            ask.counts.secret(("bin", str(period), of or "*all", str(level)), Count(n, atoms))


def _publish(ask: Ask, period: int, bins: Mapping[tuple[str, int], int]) -> dict[str, int | None]:
    """Participants first, so that growth, which also counts them, tells the same of a month."""
    _keep_bins(ask, period, bins, None)
    said: dict[str, int | None] = {}
    for name in ("participants", "contributors", "social_learners", "reached"):
        key = ("participation", str(period), name)
        count = _count(period, bins, LEVELS.index(name) + 1)
        said[name] = ask.counts.publish({key: count})[key]
    return {name: said[name] for name in LEVELS}


def _publish_totals(ask: Ask, found: Bins, months: list[int]) -> dict[int, dict[str, int | None]]:
    return {month: _publish(ask, month, found.get(month, {})) for month in months}


def _publish_population(ask: Ask, found: Bins, months: list[int]) -> dict[int, int | None]:
    """Those employed in a month; without a roster everyone seen up to its end."""
    if ask.facts.has_roster():
        return {month: shared.employed(ask, month, None) for month in months}
    new = dict(ask.facts.rows(_SEEN))
    counts: dict[Key, Count] = {}
    so_far = 0
    for month in range(min(new, default=0), max(months, default=-1) + 1):
        so_far += new.get(month, 0)
        ask.counts.secret(("newly seen", str(month)), Count(new.get(month, 0), [("new", month)]))
        if month in months:
            before = [("new", one) for one in new if one <= month]
            bins = found.get(month, {})
            silent = so_far - _total(bins, 1)
            ask.counts.secret(("silent", str(month)), Count(silent, [("silent", month)]))
            present = dict.fromkeys([*_atoms(month, bins, 1), ("silent", month)], -1)
            ask.counts.identity(dict.fromkeys(before, 1) | present)
            counts["seen", str(month)] = Count(so_far, before or [("new", month)])
    said = ask.counts.publish(counts)
    return {month: said.get(("seen", str(month)), 0) for month in months}


def _ends_with(ask: Ask, month: int) -> bool:
    """Whether the month ends with the window, so that the last 28 days are a part of it."""
    window = ask.facts.window
    return shared.start_of(month + 1, window.timezone) == window.until


def _publish_rolling(
    ask: Ask, rolling: Mapping[tuple[str, int], int], found: Bins, nested: int | None
) -> dict[str, int | None]:
    if nested is not None:
        month = found.get(nested, {})
        for level in range(1, 5):
            earlier = _total(month, level) - _total(rolling, level)
            ask.counts.secret(("earlier", str(level)), Count(earlier, [("earlier", level)]))
            ask.counts.identity(
                dict.fromkeys(_atoms(nested, month, level), 1)
                | dict.fromkeys([*_atoms(_ROLLING, rolling, level), ("earlier", level)], -1)
            )
    return _publish(ask, _ROLLING, rolling)


def _rolling_population(
    ask: Ask, since: int, people: Mapping[int, int | None], nested: int | None
) -> int | None:
    """
    Those employed in the last 28 days; without a roster everyone seen up to their end.

    The latter is a month's own population where both end together. Elsewhere it is told only
    where nothing is withheld: from one end to that of the next day it grows by those who are
    new on that day, who may be few.
    """
    if ask.facts.has_roster():
        return shared.employed_between(ask, since, ask.facts.window.until)
    return people[max(people)] if nested is not None or (ask.k == 1 and people) else None


def _publish_groups(ask: Ask, found: Bins, months: list[int]) -> list[dict[str, Any]]:
    rows = []
    for month in months:
        bins = found.get(month, {})
        counts: dict[Key, Count] = {}
        for department in sorted({of for of, _ in bins}):
            _keep_bins(ask, month, bins, department)
            for level, name in enumerate(LEVELS, 1):
                key = ("participation", str(month), department, name)
                counts[key] = _count(month, bins, level, department)
        said = ask.counts.publish(counts)
        for department in sorted({of for of, _ in bins}):
            shown = {n: said["participation", str(month), department, n] for n in LEVELS}
            employed = shared.employed(ask, month, department)
            rows.append(
                {
                    "month": shared.name(month),
                    "department": department or None,
                    **_row(shown, employed),
                }
            )
    return rows


def _row(told: Mapping[str, int | None], people: int | None) -> dict[str, Any]:
    reached, participants = told["reached"], told["participants"]
    lurkers = None if reached is None or participants is None else reached - participants
    return {
        **told,
        "population": people,
        "rate": shared.ratio(told["social_learners"], people),
        "lurker_share": shared.ratio(lurkers, reached),
    }


def _inequality(ask: Ask, since: int, contributors: int | None) -> dict[str, float | None]:
    """Gini coefficient of acts, and the share of the most active, where those are k or more."""
    sql = _AMOUNTS.replace("$from", f"make_timestamp({since})")
    amounts = [n for [n] in ask.facts.rows(sql)]
    n, total = len(amounts), sum(amounts)
    empty: dict[str, float | None] = {"gini": None, "top_1_percent": None, "top_10_percent": None}
    if contributors is None or n < ask.k or not total:
        return empty
    weighted = sum((2 * place - n - 1) * amount for place, amount in enumerate(amounts, 1))
    shares = {"gini": weighted / (n * total)}
    for percent in (1, 10):
        top = -(-n * percent // 100)
        shown = top >= ask.k and (n - top >= ask.k or ask.k == 1)
        shares[f"top_{percent}_percent"] = sum(amounts[n - top :]) / total if shown else None
    return {**empty, **shares}


METRIC = Metric(
    name="participation",
    question="How many people take part in social learning?",
    version="2",
    measure=measure,
    by=("department",),
)
