"""What is looked at beside the estimates: strata, doses, placebo outcome, interference, power."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.transfer.checks import ALARM_T, planned_mde80
from analytics.transfer.description import (
    DOSE_BINS,
    mean_row,
    partial_spearman,
    stratified_correlation,
)
from analytics.transfer.disclosure import Told
from analytics.transfer.estimates import NotApplicable, critical
from analytics.transfer.linear import adjusted
from analytics.transfer.marginal_effect import marginal
from analytics.transfer.regression import Array, Errors, ols
from analytics.transfer.rules import too_few_people, too_small_for_a_model
from analytics.transfer.table import bins
from analytics.transfer.units import Columns, Units, side_by_side

if TYPE_CHECKING:
    import pandas as pd

_SPLINE_UNITS, _SPLINE_EXPOSED = 200, 50
_DOSES = (0, 1, 2, 3, 5, 8, 13, 21, 34)


def by_dose(rows: pd.DataFrame, told: Told) -> list[dict[str, Any]]:
    """Means with evidence by dose bin; those that may not be told of are `n` None."""
    y, place = rows["transfer"].to_numpy(), bins(rows["acts"].to_numpy())
    found = []
    for number, (_, _, name) in enumerate(DOSE_BINS):
        own = y[place == number]
        shown = told.bins[name] if len(own) else 0
        if shown:
            found.append(mean_row(name, own))
        else:
            found.append({"level": name, "n": shown, "mean": None, "ci": None})
    return found


def stratified(rows: pd.DataFrame, units: Units) -> dict[str, Any]:
    """Pooled correlation within training × department, and the rank correlation of the dose."""
    strata = (rows["training"] + "\x1f" + rows["department"]).to_numpy(dtype=str)
    arms = rows["active"].to_numpy().astype(float)
    pooled = stratified_correlation(arms, units.outcome, strata)
    acts = rows["acts"].to_numpy()
    return {
        **pooled,
        "partial_spearman": partial_spearman(acts, units.outcome, units.adjustment.values),
    }


def spline(rows: pd.DataFrame) -> list[dict[str, Any]] | None:
    """
    Mean outcome by dose, smooth: a restricted cubic spline of log(1 + acts), adjusted for nothing.

    Only from 200 units with 50 exposed on, and for doses that one in twenty of the exposed reach.
    """
    dose, y = np.log1p(rows["acts"].to_numpy()), rows["transfer"].to_numpy()
    exposed = dose[dose > 0]
    if len(y) < _SPLINE_UNITS or len(exposed) < _SPLINE_EXPOSED:
        return None
    knots = np.unique(np.concatenate(([0.0], np.quantile(exposed, (0.1, 0.5, 0.9)))))
    most = float(np.quantile(exposed, 0.95))
    at = np.log1p([one for one in _DOSES if np.log1p(one) <= most])
    fit = ols(y, _curve(dose, knots), Errors("hc2"))
    there = _curve(at, knots)[:, fit.kept]
    means = there @ fit.beta
    # HC2's covariance is a sum of squares: below zero is rounding only
    half = critical(fit.df) * np.sqrt(np.maximum((there @ fit.cov * there).sum(axis=1), 0.0))
    return [
        {"acts": round(float(np.expm1(x))), "mean": float(m), "ci": [float(m - h), float(m + h)]}
        for x, m, h in zip(at, means, half, strict=True)
    ]


def _curve(x: Array, knots: Array) -> Array:
    """1, x and the non-linear columns of the spline (knots − 2)."""
    columns = [np.ones(len(x)), x]
    last, before = knots[-1], knots[-2]
    for knot in knots[:-2]:
        parts = [np.maximum(x - one, 0.0) ** 3 for one in (knot, before, last)]
        a = (last - knot) / (last - before)
        b = (before - knot) / (last - before)
        columns.append((parts[0] - a * parts[1] + b * parts[2]) / (last - knots[0]) ** 2)
    return np.column_stack(columns)


def placebo_outcome(rows: pd.DataFrame, units: Units, fewest: int) -> dict[str, Any]:
    """
    Evidence from before the completion as if it were the outcome: nothing later can be behind it.

    Adjusted as `ols` is, but for that evidence itself.
    """
    there = rows["evidence_before_known"].to_numpy() == 1
    if 0 < int((~there).sum()) < fewest:
        return {"why": f"of fewer than {fewest} learners nothing is known before"}
    own = replace(
        units.where(there),
        outcome=rows["evidence_before"].to_numpy()[there],
        covariates=without(units.covariates, "evidence_before").where(there),
    )
    row = _row_of(own, fewest)
    if "why" in row:
        return row
    # How many had evidence before is not among the numbers that are kept track of.
    n = row["n"] if fewest <= 1 else None
    return {**row, "n": n, "alarm": abs(row["t"]) >= ALARM_T}


def interference(rows: pd.DataFrame, units: Units, fewest: int) -> dict[str, Any]:
    """The least-squares estimate beside the share of near colleagues who were active as well."""
    near = Columns(("neighbours",), rows["neighbours"].to_numpy().astype(float)[:, None])
    if np.ptp(near.values) == 0:
        return {"why": "no colleague whom learners dealt with before was active"}
    return _row_of(replace(units, covariates=side_by_side([units.covariates, near])), fewest)


def _row_of(units: Units, fewest: int) -> dict[str, Any]:
    """The exposure's row of least squares, or why there is none."""
    assert units.exposure is not None
    assert units.exposure.arms is not None
    sizes = np.bincount(units.exposure.arms, minlength=2)
    few = min(sizes) < max(fewest, 1)
    problem = "too few learners in an arm" if few else too_few_people(units)
    if problem or np.ptp(units.outcome) == 0:
        return {"why": problem or "the outcome does not vary"}
    try:
        row = adjusted(units, None)
    except NotApplicable as reason:
        return {"why": str(reason)}
    columns = sum(one.term in units.covariates.terms for one in row)
    small = too_small_for_a_model(units, columns, row[0].clusters)
    found = next((one for one in row if one.estimand == "adjusted_difference"), None)
    if small or found is None:
        return {"why": "too few learners for a model" if small else "the exposure does not vary"}
    if not found.se > 0:
        return {"why": f"the variance of {found.term} is not positive"}
    return {
        "estimate": found.estimate, "se": found.se, "ci": found.ci, "t": found.t, "p": found.p,
        "n": found.n,
    }  # fmt: skip


def applied(rows: pd.DataFrame, units: Units, told: Told) -> dict[str, Any]:
    """Points more who apply it, by a logistic regression; not where those who do are few."""
    values = rows["applied"].to_numpy()
    if np.isnan(values).any():
        return {"why": "a figure with a level of its own is not applied or not applied"}
    if any(told.applied[arm] is None or told.evidence[arm] is None for arm in told.applied):
        return {"why": "few learners of an arm applied it, or few did not"}
    own = replace(units, outcome=values)
    problem = too_few_people(own) or too_small_for_a_model(own, len(own.covariates.terms), None)
    if problem:
        return {"why": problem}
    try:
        row = marginal(own)
    except (NotApplicable, np.linalg.LinAlgError) as reason:
        return {"why": str(reason)}
    shares = {
        arm: (told.applied[arm] or 0) / size if (size := told.evidence[arm]) else None
        for arm in told.applied
    }
    return {**row.row(), "shares": shares}


def power(units: Units) -> dict[str, Any]:
    """The smallest difference that could be seen 8 times in 10, as planned: without covariates."""
    exposed = 0.0 if units.exposure is None else float(np.mean(units.exposure.arms == 1))
    sd = float(units.outcome.std(ddof=1)) if len(units) > 1 else 0.0
    planned = None
    if 0 < exposed < 1 and sd > 0:
        planned = planned_mde80(sd, 0.0, exposed, len(units))
    return {"mde80": planned, "sd": sd, "exposed": exposed, "units": len(units)}


def without(columns: Columns, name: str) -> Columns:
    """Columns without one and without the one that says whether it is known."""
    kept = [place for place, term in enumerate(columns.terms) if not term.startswith(name)]
    values: Array = columns.values  # noqa: PD011 - no pandas
    return Columns(tuple(columns.terms[place] for place in kept), values[:, kept])
