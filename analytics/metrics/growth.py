"""
M3: whether the group that learns from each other grows, and how many of each month's new stay.

Of a month that was not seen to its end nobody can say who stays away: they may come yet. Its
name is `incomplete_month`; it has no churn, and the last of each cohort's figures is so far.

Spec: research/analytics.md 2.3 (cohorts), 2.4.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from analytics.growth import GrowthMonth, cohorts, growth
from analytics.metrics import shared
from analytics.registry import Ask, Metric, Rows
from analytics.small_groups import Count, Key

_FLOWS = ("new", "retained", "resurrected", "churned")
_ACTIVE = "SELECT DISTINCT person, month FROM acts WHERE channel = 'social' ORDER BY person, month"
_DEPARTMENTS = f"""
SELECT month, count(*) AS departments, count(*) FILTER (people >= CAST($k AS BIGINT)) AS enough
FROM (SELECT month, department, count(DISTINCT person) FILTER (vclass IN {shared.CONTRIBUTIONS})
             AS people
      FROM acts WHERE channel = 'social' AND department IS NOT NULL AND ts >= $since
      GROUP BY month, department)
GROUP BY month ORDER BY month"""


def measure(ask: Ask) -> dict[str, Any]:
    """The window's months, and the cohorts that began in them."""
    months = _begun(ask)
    found = ask.facts.columns(_ACTIVE)
    if not months or not len(found["person"]):
        return {"months": [], "cohorts": {}, "incomplete_month": None}
    rows = growth(found["person"], found["month"], months[-1])
    kept = cohorts(found["person"], found["month"], months[-1])
    shown = [row for row in rows if row.month in months]
    _identities(ask, rows, kept)
    active = ask.counts.publish(
        {("active", str(row.month)): Count(row.active, _present(row.month)) for row in shown}
    )
    unseen = _incomplete(ask, months[-1])
    flows = _publish_flows(ask, shown, rows[0].month, unseen)
    spread = {month: numbers for month, *numbers in ask.facts.rows(_DEPARTMENTS, {"k": ask.k})}
    return {
        "months": [
            _row(
                ask,
                row,
                _why_not(row, rows[0].month, unseen),
                active,
                flows,
                spread.get(row.month, [0, 0]),
            )
            for row in shown
        ],
        "cohorts": _publish_cohorts(ask, kept, months),
        "incomplete_month": None if unseen is None else shared.name(unseen),
    }


def _begun(ask: Ask) -> list[int]:
    """Those of the window's months that had begun by the cutoff: of others nothing is known."""
    window = ask.facts.window
    known = shared.month_at(window.cutoff, window.timezone)
    return [month for month in shared.months_of(ask) if month <= known]


def _incomplete(ask: Ask, last: int) -> int | None:
    """The last month where the window or what was known ends within it."""
    window = ask.facts.window
    seen = min(window.until, window.cutoff + 1)
    return last if seen < shared.start_of(last + 1, window.timezone) else None


def _present(month: int) -> list[tuple[str, int]]:
    return [(flow, month) for flow in ("new", "retained", "resurrected")]


def _identities(ask: Ask, rows: list[GrowthMonth], kept: dict[int, list[int]]) -> None:
    """What ties months and cohorts together, whether all of it is told or not."""
    for before, row in pairwise(rows):
        leaving = {("retained", row.month): -1, ("churned", row.month): -1}
        ask.counts.identity(dict.fromkeys(_present(before.month), 1) | leaving)
    for row in rows:
        own = [(first, row.month) for first in kept if first < row.month]
        back = {("retained", row.month): 1, ("resurrected", row.month): 1}
        ask.counts.identity(back | dict.fromkeys([("cohort", *one) for one in own], -1))
        if row.month in kept:
            ask.counts.identity({("new", row.month): 1, ("cohort", row.month, row.month): -1})
    for first, sizes in kept.items():
        for later, n in enumerate(sizes[1:], 1):
            cell, gone = ("cohort", first, first + later), ("gone", first, first + later)
            ask.counts.identity({("cohort", first, first): 1, cell: -1, gone: -1})
            ask.counts.secret(("gone", str(first), str(later)), Count(sizes[0] - n, [gone]))
            ask.counts.secret(("stayed", str(first), str(later)), Count(n, [cell]))


def _publish_flows(
    ask: Ask, shown: list[GrowthMonth], first: int, unseen: int | None
) -> dict[Key, int | None]:
    counts: dict[Key, Count] = {}
    for row in shown:
        for flow in _FLOWS:
            # In the first month nobody can have been there before, and everyone knows that.
            if row.month != first or flow == "new":
                count = Count(getattr(row, flow), [(flow, row.month)])
                counts["flow", str(row.month), flow] = count
    early = counts.pop(("flow", str(unseen), "churned"), None)
    if early is not None:
        ask.counts.secret(("churned so far",), early)
        return {**ask.counts.publish(counts), ("flow", str(unseen), "churned"): None}
    return ask.counts.publish(counts)


def _publish_cohorts(
    ask: Ask, kept: dict[int, list[int]], months: list[int]
) -> dict[str, list[int | None]]:
    """Month of first act → people active k = 0, 1, … months later; None for what is withheld."""
    counts: dict[Key, Count] = {}
    for first in (month for month in kept if month in months):
        for later, n in enumerate(kept[first]):
            cell = ("cohort", first, first + later)
            counts["cohort", str(first), str(later)] = Count(n, [cell])
    said = ask.counts.publish(counts)
    return {
        shared.name(first): [
            said["cohort", str(first), str(later)] for later in range(len(kept[first]))
        ]
        for first in kept
        if first in months
    }


def _why_not(row: GrowthMonth, first: int, unseen: int | None) -> str | None:
    """Why a month has nobody to compare with, or not yet."""
    if row.month == first:
        return "baseline"
    return "incomplete_month" if row.month == unseen else None


def _row(
    ask: Ask,
    row: GrowthMonth,
    without: str | None,
    active: dict[Key, int | None],
    flows: dict[Key, int | None],
    spread: list[int],
) -> dict[str, Any]:
    told = {flow: flows.get(("flow", str(row.month), flow), 0) for flow in _FLOWS}
    people = active["active", str(row.month)]
    rate = None if without else _net_rate(people, active.get(("active", str(row.month - 1))), told)
    ratio, reason = _quick_ratio(row, without, told)
    departments, enough = spread
    return {
        "month": shared.name(row.month),
        "active": people,
        **told,
        "quick_ratio": ratio,
        "reason": reason,
        "net_growth_rate": rate,
        "reach": shared.ratio(people, shared.employed(ask, row.month, None)),
        "departments": departments,
        "departments_with_enough_contributors": enough,
    }


def _net_rate(people: int | None, before: int | None, told: dict[str, int | None]) -> float | None:
    """
    (new + resurrected - churned) / active the month before.

    Of figures that are told: both months' active, or, where the month before is not of the
    window, those who stayed and those who left.
    """
    stayed, left = told["retained"], told["churned"]
    if before is None and stayed is not None and left is not None:
        before = stayed + left
    if people is None or before is None:
        return None
    return shared.ratio(people - before, before)


def _quick_ratio(
    row: GrowthMonth, without: str | None, told: dict[str, int | None]
) -> tuple[float | None, str | None]:
    """The ratio, or why there is none."""
    if without is not None:
        return None, without
    if any(told[flow] is None for flow in ("new", "resurrected", "churned")):
        return None, "too_few"
    return (row.quick_ratio, None) if row.churned else (None, "no_churn")


def _rows(ask: Ask) -> Rows:
    """Who was there in which month; a month stands as its first day."""
    import pandas as pd

    months = shared.months_of(ask)
    last = months[-1] if months else shared.month_at(ask.facts.window.since, "UTC")
    found = ask.facts.columns(_ACTIVE)
    seen = found["month"] <= last
    days = [f"{shared.name(int(month))}-01" for month in found["month"][seen]]
    table = pd.DataFrame({"person": shared.pseudonyms(found["person"][seen]), "time": days})
    return Rows(
        {"rows": table},
        "lrs analyse events {rows} --person person --time time "
        f"--cutoff {shared.name(last)}-01 --json",
    )


METRIC = Metric(
    name="growth",
    question="Does the group that learns from each other grow, and who stays?",
    version="2",
    measure=measure,
    rows=_rows,
)
