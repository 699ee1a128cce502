"""
Cox's proportional hazards by Newton's method, ties by Efron's approximation.

No run of this on observational data shows an effect: a coefficient says which people went on for
longer, not why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.survival.curve import Floats, Ints

_STEPS = 50
_HALVINGS = 30
_TOLERANCE = 1e-10
_STEEP = 20.0  # a log hazard ratio per standard deviation that only a separating column reaches


class NoFit(Exception):
    """The model has no finite solution on these data; the message says what to look at."""


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """Log hazard ratios and their standard errors, in the order of the columns; log-likelihood."""

    coefficients: Floats
    errors: Floats
    loglik: float


@dataclass(frozen=True, slots=True, eq=False)
class _Deaths:
    """
    One entry per death, sorted by time.

    Args:
        row: Which person, in the order of descending duration.
        end: The number of people at risk: the first `end` of that order.
        start: The place where the deaths of the same time begin, and `stop` where they end.
        tied: The share of the tied deaths' own weight that Efron takes away: 0, 1/d, 2/d ...
    """

    row: Ints
    end: Ints
    start: Ints
    stop: Ints
    tied: Floats


def cox(durations: Floats, happened: NDArray[np.bool_], columns: Floats) -> CoxFit:
    """
    Fit the hazard exp(columns @ coefficients).

    Args:
        durations: Shape (n,), not negative.
        happened: Shape (n,).
        columns: Shape (n, p), without a constant.

    Raises:
        NoFit: A column that is constant or follows from the others, one that separates those it
            happened to from the rest, or no event at all.
    """
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    if not happened.any():
        raise NoFit("no event happened")
    if (scale == 0).any():
        raise NoFit("a covariate does not vary")
    order = np.lexsort((~happened, -durations))
    x = (columns[order] - centre) / scale
    deaths = _deaths(durations[order], happened[order])
    beta = np.zeros(x.shape[1])
    loglik, gradient, information = _likelihood(beta, x, deaths)
    for _ in range(_STEPS):
        step = _newton_step(gradient, information)
        beta, previous = _uphill(beta, step, loglik, x, deaths), loglik
        loglik, gradient, information = _likelihood(beta, x, deaths)
        if np.abs(beta).max() > _STEEP:
            raise NoFit("a covariate separates those it happened to from the rest")
        if abs(loglik - previous) <= _TOLERANCE * (abs(loglik) + 1) and np.abs(step).max() < 1e-8:  # noqa: PLR2004
            break
    else:
        raise NoFit("no convergence")
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return CoxFit(beta / scale, errors / scale, loglik)


def _newton_step(gradient: Floats, information: Floats) -> Floats:
    if np.linalg.matrix_rank(information, tol=1e-9 * np.abs(information).max()) < len(gradient):
        raise NoFit("a covariate follows from the others")
    return np.asarray(np.linalg.solve(information, gradient), dtype=float)


def _uphill(beta: Floats, step: Floats, loglik: float, x: Floats, deaths: _Deaths) -> Floats:
    """The end of a step that was halved until the likelihood does not fall."""
    for _ in range(_HALVINGS):
        reached = beta + step
        if _likelihood(reached, x, deaths)[0] >= loglik - _TOLERANCE * (abs(loglik) + 1):
            return reached
        step = step / 2
    raise NoFit("no convergence")


def _deaths(durations: Floats, happened: NDArray[np.bool_]) -> _Deaths:
    """The deaths of people in descending order of duration, deaths first among equals."""
    row = np.flatnonzero(happened)
    end = np.searchsorted(-durations, -durations[row], side="right")
    _, first, sizes = np.unique(-durations[row], return_index=True, return_counts=True)
    start = np.repeat(first, sizes)
    return _Deaths(
        row=row,
        end=end,
        start=start,
        stop=start + np.repeat(sizes, sizes),
        tied=(np.arange(len(row)) - start) / np.repeat(sizes, sizes),
    )


def _likelihood(beta: Floats, x: Floats, deaths: _Deaths) -> tuple[float, Floats, Floats]:
    """The partial log-likelihood, its gradient and the information; sums without threads."""
    predictor = np.einsum("ij,j->i", x, beta)
    shift = predictor.max()
    hazard = np.exp(predictor - shift)
    moments = _moments(hazard, x)
    own = _moments(hazard[deaths.row], x[deaths.row])
    at_risk = [
        _until(whole, deaths.end)
        - _share(deaths.tied, _until(part, deaths.stop) - _until(part, deaths.start))
        for whole, part in zip(moments, own, strict=True)
    ]
    weight, mean = at_risk[0], at_risk[1] / at_risk[0][:, None]
    second = at_risk[2] / weight[:, None, None]
    loglik = float((predictor[deaths.row] - shift - np.log(weight)).sum())
    gradient = (x[deaths.row] - mean).sum(axis=0)
    information = second.sum(axis=0) - np.einsum("ij,ik->jk", mean, mean)
    return loglik, gradient, information


def _moments(hazard: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Running sums of the weights, of weighted columns and of weighted products of columns."""
    first = hazard[:, None] * x
    return (
        np.cumsum(hazard),
        np.cumsum(first, axis=0),
        np.cumsum(first[:, :, None] * x[:, None, :], axis=0),
    )


def _until(sums: Floats, stop: Ints) -> Floats:
    """Running sums before each place: 0 before the first."""
    return np.concatenate((np.zeros((1, *sums.shape[1:])), sums))[stop]


def _share(share: Floats, sums: Floats) -> Floats:
    return share.reshape(-1, *[1] * (sums.ndim - 1)) * sums
