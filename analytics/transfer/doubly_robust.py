"""Standardisation and augmented weighting, plain and cross-fitted (§3.5, item 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analytics.transfer.basis import Basis, basis_of
from analytics.transfer.estimates import Estimate, NotApplicable, influence_se
from analytics.transfer.logistic import arm_probabilities
from analytics.transfer.regression import Array, SeKind, independent
from analytics.transfer.units import with_intercept
from analytics.transfer.weighting import Population

FOLDS = 5
REPEATS = 5
CLIP = 0.01
_RIDGE = 1.0

Nuisances = tuple[Array, Array]
Learner = Callable[[Array, Array, Array, Array, int], Nuisances]
Model = Literal["ridges", "trees", "observed"]


@dataclass(frozen=True)
class Folds:
    """Seed and number of repeats of the cross-fitting."""

    seed: int = 0
    repeats: int = REPEATS


def standardised(of: Population, se: SeKind | None) -> list[Estimate]:
    """Outcome by least squares in each arm, predicted for the whole population, then averaged."""
    y, arms, x = of.units.outcome, of.arms, _design(of)
    betas, scores = _arm_fits(y, arms, x, len(of.exposure.levels))
    rows = []
    for level, term in enumerate(of.exposure.columns.terms, 1):
        target = np.ones(len(y)) if of.estimand == "ate" else (arms == level) * 1.0
        share = target.mean()
        centre = (x * target[:, None]).mean(axis=0) / share
        gap = betas[level] - betas[0]
        estimate = float(centre @ gap)
        influence = target * (x @ gap - estimate) / share + (scores[level] - scores[0]) @ centre
        rows.append(_row("standardised", of, term, estimate, influence, se))
    return rows


def aipw(of: Population, se: SeKind | None) -> list[Estimate]:
    """Least squares in each arm, corrected by weighted residuals; influence-function SE."""
    x = _design(of)
    betas, _ = _arm_fits(of.units.outcome, of.arms, x, len(of.exposure.levels))
    return _contrasts("aipw", of, (x @ betas.T, of.propensity), se)


def aipw_crossfit(
    of: Population, se: SeKind | None, folds: Folds, model: Model = "ridges"
) -> list[Estimate]:
    """
    AIPW whose outcome and propensity models never saw the unit they speak about.

    Folds by learner (else cluster, else unit); ridge and ridge-logit on splines and products, or on
    the plain columns where an arm has fewer than ten units a column; propensities clipped at
    .01; the median over five seeded repeats, with variance median(se² + (θ_r − θ̃)²).

    Args:
        of: Whom the estimate is about.
        se: As for all methods.
        folds: How often, and from which seed.
        model: `trees`: gradient-boosted ones in place of the ridges, the second opinion.
            `observed`: units may have no outcome (NaN), and those who have one stand for those of
            their arm and covariates who have none (§3.6).
    """
    basis = basis_of(of.units.adjustment, int(np.bincount(of.arms).min()))
    name, learner = _MODELS[model]
    groups = np.arange(len(of.units)) if of.units.groups is None else of.units.groups
    if int(groups.max()) + 1 < FOLDS:
        raise NotApplicable(f"needs at least {FOLDS} learners or clusters to make folds of")
    runs = []
    for repeat in range(folds.repeats):
        split = _folds(groups, np.random.default_rng([folds.seed, repeat]))
        nuisances = _crossed(of, basis, split, learner, folds.seed)
        runs.append(_contrasts(name, of, nuisances, se))
    columns = {
        "basis": "trees" if model == "trees" else basis.name,
        "repeats": folds.repeats,
        "folds": FOLDS,
    }
    return [_median([run[place] for run in runs], columns) for place in range(len(runs[0]))]


def _median(runs: list[Estimate], extra: dict[str, object]) -> Estimate:
    middle = float(np.median([run.estimate for run in runs]))
    variance = float(np.median([run.se**2 + (run.estimate - middle) ** 2 for run in runs]))
    return replace(runs[0], estimate=middle, se=float(np.sqrt(variance)), extra=extra)


def _design(of: Population) -> Array:
    x = with_intercept([of.units.adjustment]).values
    return x[:, independent(x)]


def _arm_fits(y: Array, arms: Array, x: Array, count: int) -> tuple[Array, list[Array]]:
    """Least squares by arm: coefficients (arms × p) and their influence values (n × p) by arm."""
    betas, scores = [], []
    for arm in range(count):
        own = arms == arm
        if own.sum() <= x.shape[1]:
            raise NotApplicable(f"an arm has {own.sum()} units for {x.shape[1]} columns")
        inverse = np.linalg.pinv(x[own].T @ x[own], hermitian=True)
        beta = np.linalg.lstsq(x[own], y[own], rcond=None)[0]
        betas.append(beta)
        scores.append(len(y) * (x * (own * (y - x @ beta))[:, None]) @ inverse)
    return np.array(betas), scores


def _contrasts(
    method: str, of: Population, nuisances: Nuisances, se: SeKind | None
) -> list[Estimate]:
    predicted, e = nuisances
    one = _ate if of.estimand == "ate" else _att
    rows = []
    for level, term in enumerate(of.exposure.columns.terms, 1):
        estimate, influence = one(of.units.outcome, of.arms, predicted, e, level)
        rows.append(_row(method, of, term, estimate, influence, se))
    return rows


def _ate(y: Array, arms: Array, predicted: Array, e: Array, level: int) -> tuple[float, Array]:
    def mean_in(arm: int) -> Array:
        told = (arms == arm) & np.isfinite(y)
        own: Array = np.where(told, y - predicted[:, arm], 0.0) / e[:, arm]
        return np.asarray(predicted[:, arm] + own)

    values = mean_in(level) - mean_in(0)
    estimate = float(values.mean())
    return estimate, values - estimate


def _att(y: Array, arms: Array, predicted: Array, e: Array, level: int) -> tuple[float, Array]:
    exposed, rest = arms == level, y - predicted[:, 0]
    values = exposed * rest - (arms == 0) * rest * e[:, level] / e[:, 0]
    share = exposed.mean()
    estimate = float(values.mean() / share)
    return estimate, (values - exposed * estimate) / share


def _row(
    method: str, of: Population, term: str, estimate: float, influence: Array, se: SeKind | None
) -> Estimate:
    error, clusters, df = influence_se(influence, of.units.errors(se))
    return Estimate(method, of.name, term, estimate, error, len(influence), clusters, df)


def _folds(groups: Array, rng: np.random.Generator) -> Array:
    count = int(groups.max()) + 1
    of_group: Array = np.empty(count, dtype=int)
    of_group[rng.permutation(count)] = np.arange(count) % FOLDS
    return np.asarray(of_group[groups])


def _crossed(of: Population, basis: Basis, folds: Array, learner: Learner, seed: int) -> Nuisances:
    y, arms, count = of.units.outcome, of.arms, len(of.exposure.levels)
    predicted, e = np.empty((len(y), count)), np.empty((len(y), count))
    for fold in range(FOLDS):
        out = folds == fold
        if len(np.unique(arms[~out])) < count:
            raise NotApplicable("a fold leaves an arm empty")
        x = basis.values
        predicted[out], e[out] = learner(x[~out], y[~out], arms[~out], x[out], seed)
    e = np.clip(e, CLIP, 1.0 - CLIP)
    return predicted, e


def _ridges(x: Array, y: Array, arms: Array, at: Array, _seed: int) -> Nuisances:
    """Ridge by arm and ridge-logit on columns that `basis_of` has put on one scale, ones first."""
    count = int(arms.max()) + 1
    penalty = np.full(x.shape[1], _RIDGE)
    penalty[0] = 0.0
    predicted = np.empty((len(at), count))
    for arm in range(count):
        own = arms == arm
        gram = x[own].T @ x[own] + np.diag(penalty)
        predicted[:, arm] = at @ np.linalg.solve(gram, x[own].T @ y[own])
    return predicted, arm_probabilities(x, arms, count, at, _RIDGE)


def _observed(x: Array, y: Array, arms: Array, at: Array, seed: int) -> Nuisances:
    """Ridges of the units with an outcome; P(arm) times P(outcome | arm), each a ridge-logit."""
    count, there = int(arms.max()) + 1, np.isfinite(y)
    if len(np.unique(arms[there])) < count:
        raise NotApplicable("a fold leaves an arm without evidence")
    predicted, _ = _ridges(x[there], y[there], arms[there], at, seed)
    e = arm_probabilities(x, arms, count, at, _RIDGE)
    for arm in range(count):
        own = arms == arm
        if not there[own].all():
            e[:, arm] *= arm_probabilities(x[own], there[own].astype(int), 2, at, _RIDGE)[:, 1]
    return predicted, e


def _trees(x: Array, y: Array, arms: Array, at: Array, seed: int) -> Nuisances:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    settings = {"max_iter": 100, "max_leaf_nodes": 15, "learning_rate": 0.1, "random_state": seed}
    count = int(arms.max()) + 1
    predicted = np.empty((len(at), count))
    for arm in range(count):
        own = arms == arm
        predicted[:, arm] = (
            HistGradientBoostingRegressor(**settings).fit(x[own], y[own]).predict(at)
        )
    chances = HistGradientBoostingClassifier(**settings).fit(x, arms).predict_proba(at)
    return predicted, chances


_MODELS: dict[Model, tuple[str, Learner]] = {
    "ridges": ("aipw_crossfit", _ridges),
    "trees": ("aipw_crossfit_boosted", _trees),
    "observed": ("aipw_crossfit_observed", _observed),
}
