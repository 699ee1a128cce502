"""
Random intercept with a Mundlak term, by its own profile likelihood (§3.5, item 5).

Own, because statsmodels' MixedLM fails on two published data sets, once silently (§4.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.transfer.estimates import Estimate, NotApplicable
from analytics.transfer.linear import rows_of, switchers
from analytics.transfer.regression import Array, Fit, group_sums, independent
from analytics.transfer.units import Columns, Units, with_intercept

_GRID = np.linspace(-12.0, 8.0, 41)  # of ln θ, θ = σ²_u/σ²_e


@dataclass(frozen=True)
class Likelihood:
    """What the profile likelihood needs of the data: cross products and group sums."""

    n: int
    xx: Array
    xy: Array
    yy: float
    group_x: Array
    group_y: Array
    sizes: Array
    reml: bool

    @property
    def d(self) -> int:
        """N − p under REML, else N."""
        return self.n - self.xx.shape[0] if self.reml else self.n

    def solve(self, theta: float) -> tuple[Array, Array, float]:
        """A, β and the residual sum of squares at θ."""
        weights = theta / (1.0 + self.sizes * theta)
        a = self.xx - (self.group_x * weights[:, None]).T @ self.group_x
        b = self.xy - self.group_x.T @ (weights * self.group_y)
        c = self.yy - float(weights @ self.group_y**2)
        beta = np.linalg.solve(a, b)
        return a, beta, c - float(b @ beta)

    def at(self, theta: float) -> float:
        """The profile log-likelihood."""
        a, _, rss = self.solve(theta)
        if rss <= 0:
            return float("nan")
        penalty = float(np.linalg.slogdet(a)[1]) if self.reml else 0.0
        groups = float(np.log1p(self.sizes * theta).sum())
        spread = self.d * float(np.log(2 * np.pi * rss / self.d))
        return -0.5 * (spread + groups + self.d + penalty)


def random_intercept(units: Units, *, reml: bool) -> list[Estimate]:
    """
    Outcome on exposure, the group mean of the exposure, covariates; one intercept a group.

    Groups are learners, else clusters. Standard errors are model based; intervals use m − 1
    degrees of freedom. Every row carries `sigma2_u`, `sigma2_e`, `loglik`, `icc` of its model.
    """
    groups = units.groups
    if groups is None:
        raise NotApplicable("needs learners or clusters")
    model = with_intercept(_parts(units, groups))
    kept = independent(model.values)
    x = model.values[:, kept]
    count = int(groups.max()) + 1
    if len(units) - x.shape[1] < 1 or count < 2 or count == len(units):  # noqa: PLR2004
        raise NotApplicable("needs at least two groups and more units than groups and columns")
    # from the residuals of least squares on, so that a large mean cancels no digits of the RSS
    start = np.linalg.lstsq(x, units.outcome, rcond=None)[0]
    likelihood = _likelihood(units.outcome - x @ start, x, groups, reml=reml)
    theta = _maximise(likelihood)
    a, change, rss = likelihood.solve(theta)
    beta = start + change
    sigma2_e = rss / likelihood.d
    fit = Fit(beta, sigma2_e * np.linalg.inv(a), count - 1, units.outcome - x @ beta, kept)
    extra = {
        "sigma2_u": theta * sigma2_e,
        "sigma2_e": sigma2_e,
        "loglik": likelihood.at(theta),
        "icc": theta / (1.0 + theta),
    }
    estimand = "within_learner" if switchers(units) else "adjusted_difference"
    rows = rows_of("random_intercept", estimand, units, model.terms, fit, count)
    return [replace(row, extra=extra) for row in rows]


def _parts(units: Units, groups: Array) -> list[Columns]:
    exposure = [] if units.exposure is None else [units.exposure.columns]
    return [*exposure, _mundlak(units, groups), units.adjustment]


def _mundlak(units: Units, groups: Array) -> Columns:
    """The group mean of the exposure: with it, the exposure's coefficient is a within contrast."""
    if units.exposure is None:
        return Columns((), np.empty((len(units), 0)))
    columns = units.exposure.columns
    means = group_sums(columns.values, groups) / np.bincount(groups)[:, None]
    return Columns(tuple(f"mean({term})" for term in columns.terms), means[groups])


def _likelihood(y: Array, x: Array, groups: Array, *, reml: bool) -> Likelihood:
    return Likelihood(
        n=len(y),
        xx=x.T @ x,
        xy=x.T @ y,
        yy=float(y @ y),
        group_x=group_sums(x, groups),
        group_y=group_sums(y[:, None], groups)[:, 0],
        sizes=np.bincount(groups).astype(float),
        reml=reml,
    )


def _maximise(likelihood: Likelihood) -> float:
    """θ at the maximum: grid over ln θ, bounded Brent around the best, compared with θ = 0."""
    from scipy.optimize import minimize_scalar

    values = np.array([likelihood.at(float(np.exp(point))) for point in _GRID])
    if np.isnan(values).all():
        raise NotApplicable("the outcome leaves nothing to explain")
    best = int(np.nanargmax(values))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
    found = minimize_scalar(
        lambda point: -likelihood.at(float(np.exp(point))),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-10},
    )
    theta = float(np.exp(found.x))
    return theta if likelihood.at(theta) > likelihood.at(0.0) else 0.0
