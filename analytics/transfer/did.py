"""
Group-time difference in differences for a staggered roll-out (§3.5, item 8).

ATT(g, t) after Callaway & Sant'Anna (2021) without covariates; never two-way fixed effects, which
is biased when effects grow (§5.5).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from analytics.transfer.estimates import two_sided_p
from analytics.transfer.regression import Array

MIN_TREATED = 8
MIN_COMPARISON = 8
MIN_DEPARTMENTS = 16
PRETREND_P = 0.05
_ROUNDING = 1e-12
_UNITS_PER_CELL = 4
_UNITS_PER_RANK = 3


@dataclass(frozen=True)
class Panel:
    """
    Outcomes of units (m) over periods (T).

    Args:
        outcome: m × T; NaN where a unit has no value.
        start: Index of the first treated period of each unit; T or more for never.
    """

    outcome: Array
    start: Array

    @property
    def periods(self) -> int:
        return int(self.outcome.shape[1])

    @property
    def rounding(self) -> float:
        """What differences of outcomes miss zero by."""
        return _ROUNDING * float(np.nanmax(np.abs(self.outcome), initial=0.0))

    @property
    def never(self) -> Array:
        return self.start >= self.periods

    def usable(self) -> Panel:
        """Without the units that were treated in the first period: nobody saw them before."""
        kept = self.start > 0
        return Panel(self.outcome[kept], self.start[kept])


@dataclass(frozen=True)
class Cell:
    """ATT(g, t) with its value when one unit after another is left out (m, NaN if undefined)."""

    group: int
    period: int
    value: float
    without: Array
    treated: int
    comparison: int

    @property
    def event_time(self) -> int:
        """Periods of the panel since the start, however far apart they are; negative: before."""
        return self.period - self.group


@dataclass(frozen=True)
class Effect:
    """
    A combination of cells: value and jackknife standard error.

    NaN where it is undefined, 0 where no unit makes a difference: either way it is not known.
    """

    value: float
    se: float


def cells_of(panel: Panel) -> list[Cell]:
    """
    ATT(g, t) for every group and period after the first.

    Base period g − 1 from g on and t − 1 before (the varying base). Comparison: the never treated
    where there are at least 8, else all who are not yet treated in t and in the base period.
    """
    cells = []
    never_suffice = int(panel.never.sum()) >= MIN_COMPARISON
    for group in sorted(set(panel.start[~panel.never].tolist())):
        for period in range(1, panel.periods):
            base = group - 1 if period >= group else period - 1
            waiting = panel.start > max(period, base)
            comparison = panel.never if never_suffice else waiting & (panel.start != group)
            cell = _cell(panel, group, (base, period), comparison)
            if cell is not None:
                cells.append(cell)
    return cells


def _cell(panel: Panel, group: int, span: tuple[int, int], comparison: Array) -> Cell | None:
    base, period = span
    change = panel.outcome[:, period] - panel.outcome[:, base]
    there = np.isfinite(change)
    treated, others = there & (panel.start == group), there & comparison
    if not treated.any() or not others.any():
        return None
    mean_treated, without_treated = _leave_one_out(change, treated)
    mean_others, without_others = _leave_one_out(change, others)
    return Cell(
        group,
        period,
        mean_treated - mean_others,
        without_treated - without_others,
        int(treated.sum()),
        int(others.sum()),
    )


def _leave_one_out(values: Array, member: Array) -> tuple[float, Array]:
    """The mean of the members, and the same without each unit in turn."""
    n = int(member.sum())
    total = float(values[member].sum())
    own = np.where(member, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = (total - own) / (n - member)
    without[~np.isfinite(without)] = np.nan
    return total / n, without


def combine(panel: Panel, cells: list[Cell]) -> Effect:
    """The mean of cells weighted by group size, with the cluster jackknife's standard error."""
    sizes = _group_sizes(panel, cells)
    value = float(sizes @ [cell.value for cell in cells]) / float(sizes.sum())
    without = np.array([cell.without for cell in cells]).T
    # a cell that a unit left out takes with it is not in the mean of the others
    left = np.where(np.isfinite(without), _sizes_left(panel, cells), 0.0)
    with np.errstate(invalid="ignore"):
        means = (left * np.nan_to_num(without)).sum(axis=1) / left.sum(axis=1)
    return Effect(value, jackknife_se(means, panel))


def _group_sizes(panel: Panel, cells: list[Cell]) -> Array:
    """Units of each cell's group."""
    return np.array([float((panel.start == cell.group).sum()) for cell in cells])


def _sizes_left(panel: Panel, cells: list[Cell]) -> Array:
    """The same when one unit after another is left out (m × cells): its own group is smaller."""
    own = np.array([panel.start == cell.group for cell in cells]).T
    return np.asarray(_group_sizes(panel, cells) - own)


def jackknife_se(without: Array, panel: Panel) -> float:
    """√((m−1)/m · Σ(θ₍ᵢ₎ − mean)²) over the m units; 0 where that is no more than rounding."""
    m = len(panel.start)
    if m < 2 or not np.isfinite(without).all():  # noqa: PLR2004
        return float("nan")
    se = float(np.sqrt((m - 1) / m * ((without - without.mean()) ** 2).sum()))
    return se if se > panel.rounding else 0.0


@dataclass(frozen=True)
class Pretrend:
    """
    Whether groups moved alike before.

    Args:
        p: The smaller of both tests' p-values, doubled (Bonferroni).
        joint: Of all ATT(g, t), t < g, being zero (F, jackknife covariance), in the groups that
            have four units for each; None: too few units.
        drift: Of the groups' linear trends apart from their comparison being zero.
        passed: p ≥ .05; None where there is no period before.
    """

    p: float | None
    joint: float | None
    drift: float | None
    passed: bool | None


def pretrend_of(panel: Panel, cells: list[Cell]) -> Pretrend:
    """Both tests on the cells before the start."""
    before = [cell for cell in cells if cell.event_time < 0]
    if not before:
        return Pretrend(None, None, None, None)
    drift = drift_of(panel, before)
    found = [
        two_sided_p(drift.value / drift.se, len(panel.start) - 1) if drift.se > 0 else None,
        _joint_p(_well_known(before), panel),
    ]
    p_values = [p for p in found if p is not None]
    if not p_values:
        return Pretrend(None, found[1], found[0], None)
    p = min(1.0, len(p_values) * min(p_values))
    return Pretrend(p, found[1], found[0], p >= PRETREND_P)


def drift_of(panel: Panel, before: list[Cell]) -> Effect:
    """
    By how much a period the treated moved away from their comparison before the start.

    The least-squares slope of each group's gap over its earlier periods, weighted by precision
    (units × Σ(t − mean)²): against a steady drift it has far more power than the joint test. As
    consecutive cells are changes from one period to the next, the slope is a weighted sum of them.
    """
    slopes = np.array([_slope_weight(cell) for cell in before])
    # each group's Σ(t − mean)², once: on the first of its cells
    groups = [cell.group for cell in before]
    firsts = [groups.index(group) == place for place, group in enumerate(groups)]
    spread = np.array([cell.group * (cell.group**2 - 1) / 12 for cell in before]) * firsts
    sizes, left = _group_sizes(panel, before), _sizes_left(panel, before)
    values = np.array([cell.value for cell in before])
    # a group of one goes with its unit; any other cell that is not defined leaves no error
    without = np.where(left > 0, np.array([cell.without for cell in before]).T, 0.0)
    with np.errstate(invalid="ignore"):
        drifts = (left * without) @ slopes / (left @ spread)
    value = float((sizes * values) @ slopes) / float(sizes @ spread)
    return Effect(value, jackknife_se(drifts, panel))


def _slope_weight(cell: Cell) -> float:
    """By how much the change of this cell counts in the slope of its group."""
    times = np.arange(cell.group) - (cell.group - 1) / 2
    return float(times[cell.period :].sum())


def _well_known(before: list[Cell]) -> list[Cell]:
    """
    The cells of groups with at least four units for each of their cells, on either side.

    The covariance of a group's cells rests on that group's few units alone, however many there are
    in all: with fewer, groups that did move alike are rejected far too often.
    """
    count = Counter(cell.group for cell in before)
    return [
        cell
        for cell in before
        if min(cell.treated, cell.comparison) >= _UNITS_PER_CELL * count[cell.group]
    ]


def _joint_p(cells: list[Cell], panel: Panel) -> float | None:
    from scipy import stats

    m = len(panel.start)

    values = np.array([cell.value for cell in cells])
    without = np.array([cell.without for cell in cells]).T
    if not cells or not np.isfinite(without).all():
        return None
    centred = without - without.mean(axis=0)
    if np.abs(centred).max() <= panel.rounding:
        return None
    cov = (m - 1) / m * centred.T @ centred
    rank = int(np.linalg.matrix_rank(cov, hermitian=True))
    # beyond a third of the units the covariance is too poor to be inverted
    if rank < 1 or _UNITS_PER_RANK * rank > m:
        return None
    wald = float(values @ np.linalg.pinv(cov, hermitian=True) @ values)
    return float(stats.f.sf(wald * (m - rank) / (rank * (m - 1)), rank, m - rank))
