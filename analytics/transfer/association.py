"""
The transfer analysis of one table of units: every method, every check, one sentence.

The job and `lrs analyse units` both call `analyse`, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from analytics.transfer import checks, overlap
from analytics.transfer.description import dose_response, mean_row
from analytics.transfer.doubly_robust import (
    REPEATS,
    Folds,
    Model,
    aipw,
    aipw_crossfit,
    standardised,
)
from analytics.transfer.estimates import Estimate, NotApplicable
from analytics.transfer.linear import adjusted, crude, explained, switchers, within
from analytics.transfer.random_intercept import random_intercept
from analytics.transfer.regression import SeKind
from analytics.transfer.rules import (
    MIN_PEOPLE,
    MIN_SWITCHERS,
    Withheld,
    evidence_gap,
    too_few_clusters,
    too_few_people,
    too_small_for_a_model,
)
from analytics.transfer.units import Units
from analytics.transfer.weighting import Estimand, Population, ipw
from analytics.transfer.worded import worded

METHODS = (
    "crude", "ols", "ipw", "standardised", "aipw", "aipw_crossfit", "within", "random_intercept",
)  # fmt: skip
_OBSERVED = "aipw_crossfit_observed"
Method = Callable[[], list[Estimate]]


@dataclass(frozen=True)
class Plan:
    """
    What is asked for, declared before the data are looked at.

    Args:
        design: Whether the exposure was given at random.
        estimand: Of the weighting methods.
        se: None: clustered where there are clusters or learners, else HC2.
        reml: Restricted likelihood for the random intercept.
        seed: Of the folds.
        repeats: Of the cross-fitting, each with other folds.
        no_minimum: Report what is below the minimum sizes too, marked.
        boosted: Cross-fit with boosted trees as well.
        coverage: Share of units with evidence, by arm; empty where nothing is known.
        everyone: Units with evidence and without (NaN), for the missingness model; None: off.
    """

    design: Literal["observational", "randomised"] = "observational"
    estimand: Estimand = "ate"
    se: SeKind | None = None
    reml: bool = False
    seed: int = 0
    repeats: int = REPEATS
    no_minimum: bool = False
    boosted: bool = False
    coverage: dict[str, float] = field(default_factory=dict)
    everyone: Units | None = None


@dataclass
class Findings:
    """What the methods gave and what was kept back."""

    estimates: list[Estimate] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)

    def of(self, method: str, term: str) -> Estimate | None:
        """The row of this method and term, or None."""
        found = (row for row in self.estimates if (row.method, row.term) == (method, term))
        return next(found, None)


def analyse(units: Units, plan: Plan) -> dict[str, Any]:
    """
    The result of docs/analyse.md, `units`, without the row counts.

    `units.errors(plan.se)` must not raise.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums in a fixed order: the same bytes on any machine
        return _analyse(units, plan)


def _analyse(units: Units, plan: Plan) -> dict[str, Any]:
    if not len(units):
        return _nothing(units, plan, "no complete rows")
    if np.ptp(units.outcome) == 0:
        return _nothing(units, plan, "the outcome does not vary")
    found = Findings()
    units = _told_of(units, found)
    full, used = _populations(units, plan, found)
    for name, of, method in _methods(units, used, plan):
        _collect(found, plan, name, of, method)
    if plan.everyone is not None:
        everyone = plan.everyone
        told = everyone.where(np.isfinite(everyone.outcome))
        _collect(found, plan, _OBSERVED, told, lambda: _observed(everyone, plan))
    primary = _primary(units, plan, found)
    reported = _reported(units, primary, found)
    evidence = {
        "overlap": overlap.diagnostics(full, used) if full else None,
        "placebo": _placebo(units, plan, found),
        "sensitivity": _sensitivity(units, reported, found),
        "benchmarks": checks.benchmarks(units) if reported else [],
    }
    return {
        "design": plan.design,
        "estimates": [row.row() for row in found.estimates],
        "primary": primary,
        **({"minimum_sizes": "not applied"} if plan.no_minimum else {}),
        "description": _description(units, plan),
        **evidence,
        "mde80": checks.mde80(reported[0].se) if reported else None,
        "withheld": [{"what": item.what, "why": item.why} for item in found.withheld],
        "wording": worded(units, plan.design, reported, found.of, evidence),
    }


def _told_of(units: Units, found: Findings) -> Units:
    """The units, whose sentences name no covariate that the models could not take account of."""
    gone = explained(units)
    terms = units.names.terms
    nothing = {name for name, own in terms.items() if set(own) <= set(gone)}
    constant = [name for name in units.names.covariates if name in nothing and not terms[name]]
    found.withheld += [
        Withheld(f"covariate {name}", "it does not vary, or other columns explain it")
        for name in (*gone, *constant)
    ]
    named = tuple(name for name in units.names.covariates if name not in nothing)
    return replace(units, names=replace(units.names, covariates=named))


def _nothing(units: Units, plan: Plan, why: str) -> dict[str, Any]:
    """The same keys where no method has anything to work on."""
    empty: dict[str, Any] = dict.fromkeys(("overlap", "placebo", "sensitivity", "mde80"))
    return {
        "design": plan.design,
        "estimates": [],
        "primary": None,
        "description": {"means": [], "coverage": plan.coverage or None},
        **empty,
        "benchmarks": [],
        "withheld": [{"what": name, "why": why} for name in METHODS],
        "wording": worded(units, plan.design, [], lambda _method, _term: None, empty),
    }


def _populations(
    units: Units, plan: Plan, found: Findings
) -> tuple[Population | None, Population | None]:
    """All units with their propensities, and those whom the weighted estimates are about."""
    full = used = None
    try:
        full = overlap.everyone(units, plan.estimand)
        used = overlap.comparable(full)
    except NotApplicable as reason:
        found.withheld += [Withheld(name, str(reason)) for name in METHODS[2:6]]
    if full and used and used.name != full.name:
        share = overlap.share_inside(full.propensity)
        why = f"overlap: {share:.0%} of the units have a propensity in [.05, .95], fewer than 80%"
        found.withheld += [
            Withheld(f"{name} {full.name}", why) for name in ("ipw", "standardised", "aipw")
        ]
    return full, used


def _methods(
    units: Units, used: Population | None, plan: Plan
) -> Iterator[tuple[str, Units, Method]]:
    se = plan.se
    yield "crude", units, lambda: crude(units, se)
    yield "ols", units, lambda: adjusted(units, se)
    if used is not None:
        of = used.units
        yield "ipw", of, lambda: _weighted(used, plan, ipw(used, se))
        yield "standardised", of, lambda: _weighted(used, plan, standardised(used, se))
        yield "aipw", of, lambda: _weighted(used, plan, aipw(used, se))
        yield "aipw_crossfit", of, lambda: _crossfit(used, plan, "ridges")
        if plan.boosted:
            yield "aipw_crossfit_boosted", of, lambda: _crossfit(used, plan, "trees")
    yield "within", units, lambda: within(units, se)
    yield "random_intercept", units, lambda: random_intercept(units, reml=plan.reml)


def _weighted(used: Population, plan: Plan, rows: list[Estimate]) -> list[Estimate]:
    """No adjusted estimate where the weights leave too little of an arm."""
    try:
        overlap.require_effective(used)
    except NotApplicable as reason:
        if not plan.no_minimum:
            raise
        return [_marked(row, str(reason)) for row in rows]
    return rows


def _observed(everyone: Units, plan: Plan) -> list[Estimate]:
    """The missingness model, of all units that every arm could have had (§3.6)."""
    if plan.estimand != "ate":
        raise NotApplicable("the missingness model is of the ATE")
    return _crossfit(overlap.comparable(overlap.everyone(everyone, "ate")), plan, "observed")


def _crossfit(used: Population, plan: Plan, model: Model) -> list[Estimate]:
    if not plan.no_minimum:
        overlap.require_effective(used)
    folds = Folds(plan.seed, plan.repeats)
    return _weighted(used, plan, aipw_crossfit(used, plan.se, folds, model))


def _collect(found: Findings, plan: Plan, name: str, of: Units, method: Method) -> None:
    """Run one method and keep its rows, or the reason why they are not reported."""
    lifted = name in {"crude", _OBSERVED}
    problem = None if lifted else evidence_gap(plan.coverage)
    if problem:
        found.withheld.append(Withheld(name, problem))
        return
    try:
        rows = method()
    except NotApplicable as reason:
        found.withheld.append(Withheld(name, str(reason)))
        return
    problem = _too_small(name, of, rows, plan)
    if problem and not plan.no_minimum:
        found.withheld.append(Withheld(name, problem))
        return
    found.estimates += [_marked(row, problem) for row in rows] if problem else rows
    unknown = ", ".join(row.term for row in rows if np.isnan(row.se))
    if unknown:
        found.withheld.append(Withheld(f"{name} se", f"the variance of {unknown} is not positive"))


def _too_small(name: str, of: Units, rows: list[Estimate], plan: Plan) -> str | None:
    """A difference of means needs the sizes of a model only in so far as lots were drawn."""
    drawn = of.errors(plan.se).clusters if plan.design == "randomised" else ()
    problem = too_few_people(of) or too_few_clusters(of, drawn)
    if name == "crude":
        return problem
    fitted = {row.term for row in rows}
    if name in {"ols", "within", "random_intercept"}:
        columns = sum(term in fitted for term in of.covariates.terms)
    else:
        columns = len(of.covariates.terms)
    return problem or too_small_for_a_model(of, columns, rows[0].clusters)


def _marked(row: Estimate, why: str) -> Estimate:
    return replace(row, extra={**(row.extra or {}), "below_minimum": why})


def _primary(units: Units, plan: Plan, found: Findings) -> str | None:
    """
    Which method is reported.

    Randomised: least squares with covariates, else the difference of means. Observational: within
    learners when at least 50 switch, else cross-fitted AIPW, and least squares only for a dose,
    where AIPW does not apply.
    """
    if units.exposure is None:
        return None
    there = {row.method for row in found.estimates}
    if plan.design == "randomised":
        order = ["ols", "crude"] if units.adjustment.terms else ["crude"]
    else:
        order = ["within"] if switchers(units) >= MIN_SWITCHERS else []
        order += ["ols"] if units.exposure.kind == "numeric" else [_OBSERVED, "aipw_crossfit"]
        order += ["crude"]
    return next((method for method in order if method in there), None)


def _reported(units: Units, primary: str | None, found: Findings) -> list[Estimate]:
    """The primary method's rows of the exposure."""
    if units.exposure is None or primary is None:
        return []
    rows = [found.of(primary, term) for term in units.exposure.columns.terms]
    return [row for row in rows if row is not None]


def _placebo(units: Units, plan: Plan, found: Findings) -> dict[str, Any] | None:
    if units.offtopic is None or units.exposure is None:
        return None
    problem = None if plan.no_minimum else too_few_people(units)
    try:
        if problem:
            raise NotApplicable(problem)
        return checks.placebo(units, units.offtopic, plan.se)
    except NotApplicable as reason:
        found.withheld.append(Withheld("placebo", str(reason)))
        return None


def _sensitivity(units: Units, reported: list[Estimate], found: Findings) -> dict[str, Any] | None:
    """Of the first level, where there are several; nothing where its regression is withheld."""
    if not reported:
        return None
    regression = "within" if reported[0].method == "within" else "ols"
    if found.of(regression, reported[0].term) is None:
        found.withheld.append(Withheld("sensitivity", f"rests on {regression}, which is withheld"))
        return None
    try:
        return checks.sensitivity_of(units, reported[0])
    except (NotApplicable, ZeroDivisionError):
        return None


def _description(units: Units, plan: Plan) -> dict[str, Any]:
    """Means by arm or by dose; those of fewer than ten units are not given."""
    rows: list[dict[str, Any]] = [mean_row("all", units.outcome)]
    if units.exposure is not None and units.exposure.arms is not None:
        arms = units.exposure.arms
        rows += [
            mean_row(name, units.outcome[arms == arm])
            for arm, name in enumerate(units.exposure.levels)
        ]
    elif units.exposure is not None:
        rows += dose_response(units.exposure.columns.values[:, 0], units.outcome)
    shown = [row if plan.no_minimum or row["n"] >= MIN_PEOPLE else _hidden(row) for row in rows]
    return {"means": shown, "coverage": plan.coverage or None}


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    return {"level": row["level"], "n": f"<{MIN_PEOPLE}", "mean": None, "ci": None}
