"""The report of a staggered roll-out: estimates, checks, what is withheld, one sentence."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from analytics.analyse.tables import MONTH
from analytics.growth import month_number
from analytics.transfer import did
from analytics.transfer.checks import mde80
from analytics.transfer.did import Cell, Effect, Panel, Pretrend
from analytics.transfer.estimates import critical
from analytics.transfer.wording import Finding, wording

_COMMUNITY = "community"
_DECIMALS = 9  # beyond that, differences of equal steps differ
NOTHING: dict[str, Any] = {"estimate": None, "se": None, "ci": None}


def analyse(
    panel: Panel, periods: list[Any], *, outcome: str, no_minimum: bool = False
) -> dict[str, Any]:
    """
    The result of docs/analyse.md, `did`, without the row counts.

    Args:
        panel: All units.
        periods: Their names, in order.
        outcome: Its name in sentences.
        no_minimum: Report below the minimum sizes too, marked.
    """
    usable = panel.usable()
    every = did.cells_of(usable)
    cells = every if no_minimum else [c for c in every if c.comparison >= did.MIN_COMPARISON]
    pretrend = did.pretrend_of(usable, cells)
    withheld = _withheld(usable, every, pretrend)
    hard = [item for item in withheld if not (no_minimum and item["rule"] == "size")]
    shown = [] if hard else cells
    after = [cell for cell in shown if cell.event_time >= 0]
    simple = did.combine(usable, after) if after else None
    return {
        "units": len(panel.start),
        "treated": int((~usable.never).sum()),
        "never_treated": int(usable.never.sum()),
        "always_treated": len(panel.start) - len(usable.start),
        "comparison": _comparison(usable),
        "att": _row(usable, simple) if simple else NOTHING,
        "by_event_time": _by_event_time(usable, shown, _moments(periods)),
        "group_time": [_cell(cell, usable, periods) for cell in shown],
        "pretrend": {
            "p": pretrend.p,
            "passed": pretrend.passed,
            "joint_p": pretrend.joint,
            "drift_p": pretrend.drift,
        },
        **({"minimum_sizes": "not applied"} if no_minimum else {}),
        "withheld": [
            {"what": item["what"], "why": item["why"]} for item in [*hard, *_unmeasured(simple)]
        ],
        "below_minimum": [item["why"] for item in withheld if item not in hard],
        "wording": worded(usable, simple, outcome),
    }


def _comparison(panel: Panel) -> str:
    enough = int(panel.never.sum()) >= did.MIN_COMPARISON
    return "never treated" if enough else "not yet treated"


def _withheld(panel: Panel, every: list[Cell], pretrend: Pretrend) -> list[dict[str, str]]:
    """Sizes first: they say most; then what the checks found."""
    found: list[dict[str, str]] = []

    def keep(rule: str, why: str) -> None:
        found.append({"rule": rule, "what": "att", "why": why})

    after = [cell for cell in every if cell.event_time >= 0]
    if not after:
        keep("check", "no treated unit has a period before and a comparison after its start")
        return found
    enough = [cell for cell in after if cell.comparison >= did.MIN_COMPARISON]
    most = max(cell.comparison for cell in after)
    if not enough:
        keep("size", f"{most} comparison units, fewer than {did.MIN_COMPARISON}")
    groups = {cell.group for cell in enough or after}
    treated = int(np.isin(panel.start, list(groups)).sum())
    if treated < did.MIN_TREATED:
        keep("size", f"{treated} treated units, fewer than {did.MIN_TREATED}")
    if pretrend.passed is False:
        keep("check", f"groups moved apart before the start (p {pretrend.p:.2g})")
    if pretrend.passed is None:
        keep("size", "no check of earlier trends: too few periods before the start, or units")
    return found


def _unmeasured(effect: Effect | None) -> list[dict[str, str]]:
    """Why an estimate has no standard error, where it has none."""
    if effect is None or effect.se > 0:
        return []
    undefined = "the jackknife needs a treated and a comparison unit whichever is left out"
    why = undefined if np.isnan(effect.se) else "the variance of att is not positive"
    return [{"what": "att se", "why": why}]


def _row(panel: Panel, effect: Effect) -> dict[str, Any]:
    half = critical(len(panel.start) - 1) * effect.se
    known = effect.se > 0
    return {
        "estimate": effect.value,
        "se": effect.se if known else None,
        "ci": [effect.value - half, effect.value + half] if known else None,
    }


def _by_event_time(panel: Panel, cells: list[Cell], moments: list[float]) -> list[dict[str, Any]]:
    def time(cell: Cell) -> float:
        return round(moments[cell.period] - moments[cell.group], _DECIMALS)

    return [
        {
            "event_time": int(since) if float(since).is_integer() else since,
            **_row(panel, did.combine(panel, list(own))),
        }
        for since, own in groupby(sorted(cells, key=time), time)
    ]


def _moments(periods: list[Any]) -> list[float]:
    """When each period is: numbers as they are, months counted, other texts by their order."""
    if all(isinstance(period, int | float) for period in periods):
        return periods
    months = [MONTH.fullmatch(period) for period in periods]
    if all(months):
        return [month_number(*map(int, month.groups())) for month in months if month]
    return list(range(len(periods)))


def _cell(cell: Cell, panel: Panel, periods: list[Any]) -> dict[str, Any]:
    se = did.jackknife_se(cell.without, panel)
    return {
        "group": periods[cell.group],
        "period": periods[cell.period],
        "estimate": cell.value,
        "se": se if se > 0 else None,
        "treated": cell.treated,
        "comparison": cell.comparison,
    }


def worded(panel: Panel, effect: Effect | None, outcome: str) -> dict[str, Any]:
    """The sentence: level 3 needs 16 departments and an interval, else too little is known."""
    n = len(panel.start)
    if effect is None or n < did.MIN_DEPARTMENTS or not effect.se > 0:
        return wording("0", Finding(outcome, _COMMUNITY, n))
    low, high = _row(panel, effect)["ci"]
    finding = Finding(
        outcome, _COMMUNITY, n, estimate=effect.value, ci=(low, high), mde=mde80(effect.se)
    )
    return wording("3", finding)
