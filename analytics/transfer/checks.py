"""Checks of an adjusted result: placebo, benchmarks, what could have been seen."""

from __future__ import annotations

from typing import Any

from analytics.transfer import sensitivity
from analytics.transfer.estimates import Estimate, NotApplicable, two_sided_p
from analytics.transfer.regression import Array, Errors, SeKind, ols
from analytics.transfer.units import Columns, Units, side_by_side, with_intercept

ALARM_T = 1.96
_MDE80 = 2.802  # 1.960 + .842: two-sided 5%, power 80%


def placebo(units: Units, offtopic: Array, se: SeKind | None) -> dict[str, Any]:
    """
    The negative-control exposure: activity on other topics, beside the exposure and all covariates.

    It should say nothing about this training's outcome. That it speaks is an alarm; that it is
    silent proves nothing (§5.3, row I).

    Raises:
        NotApplicable: It could not speak, so that its silence would say even less.
    """
    exposure = [] if units.exposure is None else [units.exposure.columns]
    own = Columns(("offtopic",), offtopic[:, None])
    model = with_intercept([*exposure, units.adjustment, own])
    errors = units.errors(se)
    try:
        fit = ols(units.outcome, model.values, errors)
    except ValueError as error:
        raise NotApplicable(str(error)) from error
    if int(fit.kept[-1]) != model.values.shape[1] - 1:
        raise NotApplicable("it does not vary, or other columns explain it")
    if not fit.se[-1] > 0:
        raise NotApplicable("the variance of offtopic is not positive")
    row = Estimate(
        "placebo", "negative_control", "offtopic", float(fit.beta[-1]), float(fit.se[-1]),
        len(units), errors.count, fit.df,
    )  # fmt: skip
    return {
        "estimate": row.estimate,
        "se": row.se,
        "t": row.t,
        "p": row.p,
        "alarm": abs(row.t) >= ALARM_T,
    }


def sensitivity_of(units: Units, reported: Estimate) -> dict[str, Any]:
    """
    The block `sensitivity`: robustness value of the regression, E-value of what is reported.

    The robustness value rests on the classical t of `ols` (or of `within`, when that is reported:
    learner means are then swept out of it).
    """
    term, t, df = _classical(units, reported)
    out: dict[str, Any] = {
        "term": term,
        "rv": sensitivity.robustness_value(t, df),
        "rv_05": sensitivity.robustness_value_at(t, df),
        "partial_r2": sensitivity.partial_r2(t, df),
        "evalue": None,
        "evalue_ci": None,
    }
    spread = float(units.outcome.std(ddof=1))
    if spread > 0 and units.exposure is not None and units.exposure.kind != "numeric":
        out["evalue"], out["evalue_ci"] = sensitivity.evalues_of_difference(
            reported.estimate / spread, reported.se / spread
        )
    return out


def _classical(units: Units, reported: Estimate) -> tuple[str, float, int]:
    from analytics.transfer.linear import adjusted, within

    fitted = within if reported.method == "within" else adjusted
    for row in fitted(units, "classical"):
        if row.term == reported.term:
            return row.term, row.t, row.df or 1
    raise NotApplicable(f"{reported.term} is explained by the covariates")


def benchmarks(units: Units) -> list[dict[str, Any]]:
    """How strong each covariate is with exposure and outcome, and a confounder like it."""
    if units.exposure is None or units.exposure.columns.values.shape[1] != 1:
        return []
    outcome = _partial(units.outcome, side_by_side([units.exposure.columns, units.adjustment]))
    exposure = _partial(units.exposure.columns.values[:, 0], units.adjustment)
    rows = []
    for term in units.covariates.terms:
        if term in outcome and term in exposure:
            r2_dx, r2_yx = exposure[term], outcome[term]
            like = sensitivity.benchmark(r2_dx, r2_yx) if max(r2_dx, r2_yx) < 1 else {}
            rows.append({"term": term, "r2_exposure": r2_dx, "r2_outcome": r2_yx, **like})
    return rows


def _partial(y: Array, columns: Columns) -> dict[str, float]:
    model = with_intercept([columns])
    try:
        fit = ols(y, model.values, Errors("classical"))
    except ValueError:
        return {}
    out = {}
    for place, column in enumerate(fit.kept):
        if fit.se[place] > 0:
            t = float(fit.beta[place] / fit.se[place])
            out[model.terms[column]] = sensitivity.partial_r2(t, fit.df)
    return out


def largest_benchmark(rows: list[dict[str, Any]]) -> float:
    """The largest partial R² of any covariate with either side; 0 without covariates."""
    return max((max(row["r2_exposure"], row["r2_outcome"]) for row in rows), default=0.0)


def mde80(se: float) -> float:
    """The difference that would have been seen with 80% power at a two-sided 5%."""
    return _MDE80 * se


def planned_mde80(sd: float, r2: float, exposed: float, n: int, design: float = 1.0) -> float:
    """
    The same before data: σ²(1 − R²)·design/(n·p(1 − p)).

    Args:
        sd: Of the outcome.
        r2: What the covariates explain.
        exposed: Share of units exposed, p.
        n: Units.
        design: 1 + (m − 1)ρ for m units a cluster with intraclass correlation ρ.
    """
    return mde80(sd * ((1 - r2) * design / (n * exposed * (1 - exposed))) ** 0.5)


def normal_p(t: float) -> float:
    return two_sided_p(t, None)
