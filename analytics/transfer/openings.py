"""
A community that opened for departments at different times: before and after, against who waits.

The outcome is the mean of all evidence of a department in a calendar month, scores as they are and
figures (KPI) in standard deviations.

Spec: research/analytics.md 3.5, item 8; 3.1, E3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.analyse import did as analyse_did
from analytics.analyse.tables import Table
from analytics.facts.reading import Facts
from analytics.growth import month_name
from analytics.metrics.shared import month_at
from analytics.transfer.labels import labelled
from analytics.transfer.setting import Setting
from analytics.transfer.table import OUTCOME, coded

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from analytics.transfer.did import Panel

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
_UNIT, _PERIOD, _START = "unit", "period", "first_treated"


@dataclass(frozen=True)
class Rollout:
    """
    The panel that is analysed, exported and rerun: `lrs analyse did` gives the same numbers.

    Args:
        frame: A row is a department, by a number of this table alone, in a month with evidence;
            `first_treated` is missing where nothing opens.
        people: Of each row: whose evidence its mean is of. Not for the table.
    """

    frame: pd.DataFrame
    people: np.ndarray

    @property
    def is_a_panel(self) -> bool:
        """Whether there is anything to compare."""
        return all(self.frame[one].nunique() >= _LEAST for one in (_UNIT, _PERIOD))

    def options(self) -> dict[str, Any]:
        """The options of `lrs analyse did`."""
        return {"unit": _UNIT, "period": _PERIOD, "outcome": OUTCOME, "first_treated": _START}

    def command(self) -> str:
        """What to type to get the same numbers from the exported table."""
        return (
            f"lrs analyse did ROLLOUT --unit {_UNIT} --period {_PERIOD} --outcome {OUTCOME} "
            f"--first-treated {_START} --json"
        )


def rolled_out(facts: Facts, setting: Setting, *, as_of: int) -> Rollout | None:
    """
    Departments by months; None where nothing opens.

    Args:
        as_of: µs; whole months before it.
    """
    import numpy as np
    import pandas as pd

    starts = {one.department: month_name(month_at(one.at, "UTC"))
              for one in setting.programme.openings}  # fmt: skip
    if not starts:
        return None
    asked = {"training": setting.number, "end": month_at(as_of, "UTC")}
    rows = facts.rows(_PANEL, asked)
    names, months, people, values = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns = {
        _UNIT: coded("R", names),
        _PERIOD: [month_name(one) for one in months],
        OUTCOME: values,
        _START: [starts.get(name) for name in names],
    }
    return Rollout(pd.DataFrame(columns, dtype=object), np.array(people, dtype=int))


def analysis(rollout: Rollout, k: int) -> dict[str, Any]:
    """The JSON of `lrs analyse did` on the table but for the counts of rows, and what guards it."""
    from analytics.transfer.rollout import analyse

    if not rollout.is_a_panel:
        why = "evidence of fewer than two departments or months"
        return {"att": None, "by_event_time": [], "withheld": [{"what": "att", "why": why}]}
    _, panel, periods = analyse_did.panel_of(Table(rollout.frame, "rollout"), rollout.options())
    found = _guarded(analyse(panel, periods, outcome=OUTCOME), panel, rollout, k)
    return {**found, "wording": labelled(found["wording"]), "reproduce": rollout.command()}


def _guarded(found: dict[str, Any], panel: Panel, rollout: Rollout, k: int) -> dict[str, Any]:
    """
    Without effects that are about the evidence of fewer than k people in a month.

    As the parts add up to the whole, all parts go when one does. The whole goes too where it is
    one part, or is about fewer than k people however many months it takes together.
    """
    import numpy as np

    from analytics.transfer.rollout import NOTHING, worded

    if k == 1 or not found["group_time"]:
        return found
    people = np.zeros(panel.outcome.shape, dtype=int)
    units, months = (np.unique(rollout.frame[one], return_inverse=True)[1]
                     for one in (_UNIT, _PERIOD))  # fmt: skip
    people[units, months] = rollout.people
    groups = np.unique(panel.start[(panel.start > 0) & (panel.start < panel.periods)])
    sums = [people[panel.start == group].sum(axis=0) for group in groups.tolist()]
    sums.append(people[panel.start >= panel.periods].sum(axis=0))
    small = any(((one > 0) & (one < k)).any() for one in sums)
    if not small:
        return found
    why = f"evidence of fewer than {k} people in a month of a group"
    told: dict[str, Any] = {"by_event_time": [], "group_time": []}
    after = [cell for cell in found["group_time"] if cell["period"] >= cell["group"]]
    if len(after) < _LEAST or _fewest(panel, people) < k:
        told |= {"att": NOTHING, "wording": worded(panel.usable(), None, OUTCOME)}
    parts = [part for part in told if part != "wording"]
    withheld = [*found["withheld"], *({"what": part, "why": why} for part in parts)]
    return {**found, **told, "withheld": withheld}


def _fewest(panel: Panel, people: np.ndarray) -> int:
    """The fewer of those who work where it was opened, and where it was not, in its best month."""
    import numpy as np

    begun = np.arange(panel.periods) >= panel.start[:, None]
    opened = begun & (panel.start > 0)[:, None]
    return min(int((people * sides).sum(axis=0).max()) for sides in (opened, ~begun))
