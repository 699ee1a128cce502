"""Least squares with the standard errors of research/analytics.md §3.5.3, on full-rank columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

Array = np.ndarray
SeKind = Literal["classical", "hc1", "hc2", "cluster"]

_DEPENDENT = 1e-8  # sine of the angle between a column and those before it
_ROUNDING = 1e-12  # share of the variance without clusters


@dataclass(frozen=True)
class Errors:
    """
    How the uncertainty is measured.

    Args:
        kind: classical (one residual variance), hc1, hc2, or cluster (CR1, one or two ways).
        clusters: For `cluster`: one or two arrays of codes, one code a row.
        absorbed: Groups (0…m−1, one code a row) whose means were swept out beforehand: m more
            parameters, each with a leverage of 1/size. Not for `cluster`, as they are nested.
    """

    kind: SeKind = "hc2"
    clusters: tuple[Array, ...] = ()
    absorbed: Array | None = None

    @property
    def swept(self) -> int:
        """Parameters that were swept out."""
        return 0 if self.absorbed is None else int(self.absorbed.max()) + 1

    @property
    def count(self) -> int | None:
        """Clusters, the fewer of two ways; None without clusters."""
        if self.kind != "cluster":
            return None
        return min(len(np.unique(codes)) for codes in self.clusters)


@dataclass(frozen=True)
class Fit:
    """Coefficients with their covariance; `df` of the t distribution, `kept` the columns used."""

    beta: Array
    cov: Array
    df: int
    residuals: Array
    kept: Array

    @property
    def se(self) -> Array:
        """NaN where the variance is not positive: nothing is known then, it is not exact."""
        variance = np.diag(self.cov)
        return np.sqrt(np.where(variance > 0, variance, np.nan))


def independent(x: Array) -> Array:
    """Indices of the columns that no earlier column explains (Gram–Schmidt, twice over)."""
    rows, columns = x.shape
    basis = np.empty((rows, min(rows, columns)), order="F")
    kept: list[int] = []
    for place in range(columns):
        length = float(np.linalg.norm(x[:, place]))
        if length == 0.0 or len(kept) == basis.shape[1]:
            continue
        rest = x[:, place] / length
        known = basis[:, : len(kept)]
        for _ in range(2):
            rest = rest - known @ (known.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > _DEPENDENT:
            basis[:, len(kept)] = rest / size
            kept.append(place)
    return np.array(kept, dtype=int)


def ols(y: Array, x: Array, errors: Errors) -> Fit:
    """
    Least squares of y (n) on x (n × p); columns that earlier ones explain are left out.

    Raises:
        ValueError: No residual degree of freedom is left.
    """
    kept = independent(x)
    x = x[:, kept]
    n, p = x.shape
    df = n - p - errors.swept
    if df < 1:
        raise ValueError(f"{n} rows leave no degree of freedom for {p + errors.swept} parameters")
    q, r = np.linalg.qr(x)
    beta = np.linalg.solve(r, q.T @ y)
    residuals = y - x @ beta
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T
    if errors.kind == "classical":
        cov = bread * float(residuals @ residuals) / df
    else:
        meat, df = _meat(x, residuals, q, errors)
        cov = bread @ meat @ bread
    if errors.kind == "cluster":
        alone = (((x * residuals[:, None]) @ bread) ** 2).sum(axis=0)
        np.fill_diagonal(cov, beyond_rounding(np.diag(cov), alone))
    return Fit(beta, cov, df, residuals, kept)


def _meat(x: Array, residuals: Array, q: Array, errors: Errors) -> tuple[Array, int]:
    n, p = x.shape
    df = n - p - errors.swept
    if errors.kind == "cluster":
        scores = x * residuals[:, None]
        return clustered(scores, errors.clusters, (n - 1) / (n - p)), (errors.count or 0) - 1
    if errors.kind == "hc1":
        weights = residuals**2 * n / df
    else:
        free = 1.0 - np.einsum("ij,ij->i", q, q)
        if errors.absorbed is not None:
            free -= 1.0 / np.bincount(errors.absorbed)[errors.absorbed]
        # a row that alone carries a column has leverage 1 and residual 0
        weights = np.where(free > 1e-12, residuals**2 / np.maximum(free, 1e-12), 0.0)  # noqa: PLR2004
    return (x * weights[:, None]).T @ x, df


def clustered(scores: Array, ways: Sequence[Array], factor: float = 1.0) -> Array:
    """
    Sum over clusters of the outer product of their score sums, times m/(m−1) and `factor`.

    Two ways: first + second − intersection (Cameron, Gelbach & Miller 2011), each with its own m.
    """
    total = np.zeros((scores.shape[1], scores.shape[1]))
    for size in range(1, len(ways) + 1):
        for chosen in combinations(ways, size):
            codes = np.unique(np.column_stack(chosen), axis=0, return_inverse=True)[1].ravel()
            sums = group_sums(scores, codes)
            m = len(sums)
            scale = factor * m / max(m - 1, 1)
            total += (-1) ** (size + 1) * scale * (sums.T @ sums)
    return total


def beyond_rounding(variance: Array, alone: Array) -> Array:
    """
    Clustered variances, NaN where they are not positive or no more than rounding.

    One cluster, or one in an arm, has residuals that sum to zero whatever the truth is.

    Args:
        variance: By `clustered`.
        alone: The same with every row its own cluster.
    """
    return np.where(variance > _ROUNDING * alone, variance, np.nan)


def group_sums(values: Array, codes: Array) -> Array:
    """Sums of the rows of `values` (n × k) by code 0…m−1: (m × k), in a fixed order of addition."""
    sums = np.zeros((int(codes.max()) + 1 if len(codes) else 0, values.shape[1]))
    np.add.at(sums, codes, values)
    return sums
