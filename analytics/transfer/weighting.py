"""Inverse probability weighting (Hájek) and the weights that the diagnostics look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.transfer.estimates import Estimate, NotApplicable, influence_se
from analytics.transfer.logistic import arm_probabilities
from analytics.transfer.regression import Array, SeKind
from analytics.transfer.scaling import standardised_columns, with_ones
from analytics.transfer.units import Exposure, Units

Estimand = Literal["ate", "att"]


@dataclass(frozen=True)
class Population:
    """
    Units with the probability of every arm.

    Args:
        units: Those that the estimand is about.
        propensity: n × arms, rows sum to one.
        estimand: What is asked for.
        name: Its name in the result: ate, att, or ate_overlap after trimming.
    """

    units: Units
    propensity: Array
    estimand: Estimand
    name: str

    @property
    def exposure(self) -> Exposure:
        assert self.units.exposure is not None
        return self.units.exposure

    @property
    def arms(self) -> Array:
        assert self.exposure.arms is not None
        return self.exposure.arms

    def weights(self, level: int) -> Array:
        """
        Weights that make the reference arm and arm `level` comparable; zero in all other arms.

        ATE: 1/P(own arm). ATT: 1 for arm `level`, odds of `level` for the reference.
        """
        arms, e = self.arms, self.propensity
        if self.estimand == "ate":
            own = e[np.arange(len(e)), arms]
            return np.where((arms == 0) | (arms == level), 1.0 / own, 0.0)
        odds = e[:, level] / e[:, 0]
        return np.where(arms == level, 1.0, np.where(arms == 0, odds, 0.0))


def propensity(units: Units) -> Array:
    """
    P(arm | covariates, training) by plain logistic regression (n × arms).

    Raises:
        NotApplicable: No covariates, a dose, or arms that the covariates predict perfectly.
    """
    arms = arms_of(units)
    columns = units.adjustment.values
    if not columns.shape[1]:
        raise NotApplicable("needs covariates")
    assert units.exposure is not None
    x = with_ones(standardised_columns(columns))
    return arm_probabilities(x, arms, len(units.exposure.levels), x)


def arms_of(units: Units) -> Array:
    """The arm of each unit. Raises `NotApplicable` without one, for a dose or an empty arm."""
    if units.exposure is None:
        raise NotApplicable("needs an exposure")
    if units.exposure.arms is None:
        raise NotApplicable("needs an exposure with levels; this one is a dose")
    if len(np.unique(units.exposure.arms)) < max(len(units.exposure.levels), 2):
        raise NotApplicable("the exposure does not vary")
    return units.exposure.arms


def ipw(population: Population, se: SeKind | None) -> list[Estimate]:
    """
    Difference of weighted means.

    The standard error is the robust one of the weighted regression, weights taken as known:
    on the safe side for the ATE.
    """
    units, arms = population.units, population.arms
    rows = []
    for level, term in enumerate(population.exposure.columns.terms, 1):
        weights = population.weights(level)
        means, influence = [], np.zeros(len(units))
        for arm, sign in ((level, 1.0), (0, -1.0)):
            own = np.where(arms == arm, weights, 0.0)
            mean = float(own @ units.outcome) / float(own.sum())
            means.append(mean)
            influence += sign * own * (units.outcome - mean) * len(units) / own.sum()
        error, clusters, df = influence_se(influence, units.errors(se))
        estimate = means[0] - means[1]
        rows.append(
            Estimate("ipw", population.name, term, estimate, error, len(units), clusters, df)
        )
    return rows
