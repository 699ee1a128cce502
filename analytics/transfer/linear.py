"""Crude and adjusted least squares, and the within-learner contrast (§3.5, items 3 and 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.transfer.estimates import Estimate, NotApplicable
from analytics.transfer.regression import Array, Errors, Fit, SeKind, group_sums, independent, ols
from analytics.transfer.units import Columns, Units, side_by_side, with_intercept


def crude(units: Units, se: SeKind | None) -> list[Estimate]:
    """Difference of means, or slope of a dose, adjusted for nothing: of different people."""
    if units.exposure is None:
        raise NotApplicable("needs an exposure")
    model = with_intercept([units.exposure.columns])
    return _fitted("crude", "difference", units, model, units.errors(se))


def adjusted(units: Units, se: SeKind | None) -> list[Estimate]:
    """Least squares on exposure, covariates and training."""
    parts = [] if units.exposure is None else [units.exposure.columns]
    model = with_intercept([*parts, units.adjustment])
    return _fitted("ols", "adjusted_difference", units, model, units.errors(se))


def explained(units: Units) -> tuple[str, ...]:
    """Covariates and trainings without a column of their own beside the exposure and the others."""
    parts = [] if units.exposure is None else [units.exposure.columns]
    model = with_intercept([*parts, units.adjustment])
    kept = {model.terms[column] for column in independent(model.values)}
    return tuple(term for term in units.adjustment.terms if term not in kept)


def within(units: Units, se: SeKind | None) -> list[Estimate]:
    """
    The same learner with and without the exposure: all columns less their learner's mean.

    Learner means cost degrees of freedom and leverage but where errors are clustered: by clusters,
    else by learner, as for every method. `switchers`: learners whose exposure
    varies, the only ones who say anything about it.
    """
    if units.groups is None:
        raise NotApplicable("needs learners or clusters")
    if units.exposure is None:
        raise NotApplicable("needs an exposure")
    groups = units.groups
    model = side_by_side([units.exposure.columns, units.adjustment])
    y = demeaned(units.outcome[:, None], groups)[:, 0]
    x = demeaned(model.values, groups)
    switching = switchers(units)
    if switching == 0:
        raise NotApplicable("the exposure does not vary within any learner")
    errors = units.errors(se)
    if errors.kind != "cluster":
        errors = replace(errors, absorbed=groups)
    rows = _estimates("within", "within_learner", units, Columns(model.terms, x), y, errors)
    return [replace(row, extra={"switchers": switching}) for row in rows]


def switchers(units: Units) -> int:
    """Learners (or clusters) whose exposure is not the same in all their units."""
    if units.groups is None or units.exposure is None:
        return 0
    moved = np.abs(demeaned(units.exposure.columns.values, units.groups)).max(axis=1, initial=0.0)
    return int((group_sums(moved[:, None], units.groups)[:, 0] > 1e-9).sum())  # noqa: PLR2004


def demeaned(values: Array, groups: Array) -> Array:
    """Each column less the mean of its group; what is left of rounding counts as nothing."""
    sizes = np.bincount(groups)
    rest: Array = values - (group_sums(values, groups) / sizes[:, None])[groups]
    scale = np.abs(values).max(axis=0, initial=0.0)
    rest[np.abs(rest) <= 1e-12 * scale] = 0.0
    return rest


def _fitted(
    method: str, estimand: str, units: Units, model: Columns, errors: Errors
) -> list[Estimate]:
    return _estimates(method, estimand, units, model, units.outcome, errors)


def _estimates(
    method: str, estimand: str, units: Units, model: Columns, y: Array, errors: Errors
) -> list[Estimate]:
    try:
        fit = ols(y, model.values, errors)
    except ValueError as error:
        raise NotApplicable(str(error)) from error
    rows = rows_of(method, estimand, units, model.terms, fit, errors.count)
    if units.exposure and all(row.estimand == "covariate" for row in rows):
        raise NotApplicable("the exposure does not vary, or the covariates explain it entirely")
    return rows


def rows_of(
    method: str,
    estimand: str,
    units: Units,
    terms: tuple[str, ...],
    fit: Fit,
    clusters: int | None,
) -> list[Estimate]:
    """A row per fitted column, those of the exposure under `estimand`, the others as covariates."""
    exposed = set(units.exposure.columns.terms) if units.exposure else set()
    return [
        Estimate(
            method=method,
            estimand=estimand if terms[column] in exposed else "covariate",
            term=terms[column],
            estimate=float(fit.beta[place]),
            se=float(fit.se[place]),
            n=len(units),
            clusters=clusters,
            df=fit.df,
        )
        for place, column in enumerate(fit.kept)
    ]
