"""Logistic regression by Newton's method, plain or with a ridge; arms by pairs of levels."""

from __future__ import annotations

import numpy as np

from analytics.transfer.estimates import NotApplicable
from analytics.transfer.regression import Array, independent

_STEPS = 50
_SATURATED = 25.0  # log-odds beyond which a fitted probability is 0 or 1 for every purpose


def logit_coefficients(x: Array, a: Array, ridge: float = 0.0) -> Array:
    """
    Coefficients of P(a = 1 | x), x with the intercept first.

    Args:
        x: n × p of full rank, or any when `ridge` > 0.
        a: n zeros and ones.
        ridge: Penalty ½·ridge·Σβ² on everything but the intercept; columns on one scale.

    Raises:
        NotApplicable: The columns predict `a` perfectly, so that no maximum exists.
    """
    beta = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    for _ in range(_STEPS):
        p = expit(x @ beta)
        gradient = x.T @ (a - p) - penalty * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError as error:
            raise NotApplicable("the covariates predict the exposure perfectly") from error
        largest = float(np.abs(step).max(initial=0.0))
        beta += step / max(1.0, largest / 5.0)
        if not np.isfinite(beta).all():
            break
        if float(gradient @ step) < 1e-14 * len(a):
            return _checked(x, a, beta, ridge)
    raise NotApplicable("the covariates predict the exposure perfectly, or nearly so")


def _checked(x: Array, a: Array, beta: Array, ridge: float) -> Array:
    """Refuse the slow escape to infinity that separation looks like."""
    eta = x @ beta
    right = np.where(a == 1, eta, -eta)
    if ridge == 0.0 and float(np.quantile(right, 0.01)) > _SATURATED:
        raise NotApplicable("the covariates predict the exposure perfectly")
    return beta


def expit(eta: Array) -> Array:
    probabilities: Array = 1.0 / (1.0 + np.exp(-np.clip(eta, -500, 500)))
    return probabilities


def arm_probabilities(x: Array, arms: Array, count: int, at: Array, ridge: float = 0.0) -> Array:
    """
    P(arm | x) for every row of `at` (rows × arms), fitted on the rows of `x` (intercept first).

    More than two arms: each against the reference (Begg & Gray 1984), then normed to one.
    """
    if ridge == 0.0:
        kept = independent(x)
        x, at = x[:, kept], at[:, kept]
    odds = np.ones((len(at), count))
    for level in range(1, count):
        pair = (arms == 0) | (arms == level)
        beta = logit_coefficients(x[pair], (arms[pair] == level).astype(float), ridge)
        odds[:, level] = np.exp(np.clip(at @ beta, -500, 500))
    shares: Array = odds / odds.sum(axis=1, keepdims=True)
    return shares
