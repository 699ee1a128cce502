"""
A community that opened for departments at different times: before and after, against who waits.

The outcome is the mean of all evidence of a department in a calendar month, scores as they are and
figures (KPI) in standard deviations.

Spec: research/analytics.md 3.5, item 8; 3.1, E3.
"""

from __future__ import annotations

from typing import Any

from analytics.facts.reading import Facts
from analytics.growth import month_name
from analytics.metrics.shared import month_at
from analytics.transfer.labels import labelled
from analytics.transfer.setting import Setting
from analytics.transfer.table import OUTCOME

# Figures of several kinds have no mean: each is in standard deviations of people's means before.
_PANEL = """
WITH judged AS (
    SELECT e.department, e.month, e.person,
           CASE WHEN e.kpi THEN (e.value - s.mean) / nullif(s.sd, 0) ELSE e.value END AS value
    FROM evidence AS e LEFT JOIN spread_of_all AS s USING (training, object)
    WHERE e.training = $training AND e.department IS NOT NULL AND e.month < $end
)
SELECT department, month, count(DISTINCT person) AS people,
       list_avg(list(value ORDER BY value)) AS value
FROM judged WHERE value IS NOT NULL GROUP BY department, month ORDER BY department, month"""
_LEAST = 2


def opened(facts: Facts, setting: Setting, *, as_of: int, k: int) -> dict[str, Any] | None:
    """
    The JSON of `lrs analyse did` on department × month; None where nothing opens.

    Args:
        as_of: µs; whole months before it.
    """
    from analytics.transfer.rollout import analyse

    openings = {one.department: month_at(one.at, "UTC") for one in setting.programme.openings}
    if not openings:
        return None
    asked = {"training": setting.number, "end": month_at(as_of, "UTC")}
    rows = facts.rows(_PANEL, asked)
    made = _panel(rows, openings)
    if made is None:
        why = "evidence of fewer than two departments or months"
        return {"att": None, "by_event_time": [], "withheld": [{"what": "att", "why": why}]}
    panel, months, people = made
    found = analyse(panel, [month_name(one) for one in months], outcome=OUTCOME)
    return {**_guarded(found, panel, people, k), "wording": labelled(found["wording"])}


def _panel(rows: list[tuple[Any, ...]], openings: dict[str, int]) -> Any:
    import numpy as np

    from analytics.transfer.did import Panel

    departments = sorted({row[0] for row in rows})
    seen = {row[1] for row in rows}
    if len(departments) < _LEAST or len(seen) < _LEAST:
        return None
    months = list(range(min(seen), max(seen) + 1))
    outcome = np.full((len(departments), len(months)), np.nan)
    people = np.zeros(outcome.shape, dtype=int)
    place = {name: number for number, name in enumerate(departments)}
    for department, month, n, value in rows:
        outcome[place[department], month - months[0]] = value
        people[place[department], month - months[0]] = n
    start = [
        min(max(openings[name] - months[0], 0), len(months)) if name in openings else len(months)
        for name in departments
    ]
    return Panel(outcome, np.array(start)), months, people


def _guarded(found: dict[str, Any], panel: Any, people: Any, k: int) -> dict[str, Any]:
    """
    Without effects that are about the evidence of fewer than k people in a month.

    As the parts add up to the whole, all parts go when one does.
    """
    import numpy as np

    if k == 1 or not found["group_time"]:
        return found
    groups = np.unique(panel.start[(panel.start > 0) & (panel.start < panel.periods)])
    sums = [people[panel.start == group].sum(axis=0) for group in groups.tolist()]
    sums.append(people[panel.start >= panel.periods].sum(axis=0))
    small = any(((one > 0) & (one < k)).any() for one in sums)
    if not small:
        return found
    why = f"evidence of fewer than {k} people in a month of a group"
    parts = ("by_event_time", "group_time")
    withheld = [*found["withheld"], *({"what": part, "why": why} for part in parts)]
    return {**found, **{part: [] for part in parts}, "withheld": withheld}
