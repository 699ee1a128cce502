"""One number of a report with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.transfer.regression import Array, Errors, beyond_rounding, clustered

_LEVEL = 0.975


class NotApplicable(Exception):
    """Why a method does not apply to these units, or may not be reported: one sentence."""


@dataclass(frozen=True)
class Estimate:
    """
    One row of `estimates`.

    Args:
        method: Such as "within".
        estimand: Whose difference it is: difference, adjusted_difference, within_learner, ate,
            att, ate_overlap (the ATE of those who could have been in either arm), covariate.
        term: The model's column.
        estimate: In units of the outcome.
        se: Standard error.
        n: Units used.
        clusters: How many, where the standard error is clustered.
        df: Of the t distribution of the interval; None: normal.
        extra: Further figures of this method.
    """

    method: str
    estimand: str
    term: str
    estimate: float
    se: float
    n: int
    clusters: int | None = None
    df: int | None = None
    extra: dict[str, Any] | None = None

    @property
    def ci(self) -> list[float]:
        """95% interval."""
        half = critical(self.df) * self.se
        return [self.estimate - half, self.estimate + half]

    @property
    def t(self) -> float:
        return self.estimate / self.se if self.se > 0 else math.nan

    @property
    def p(self) -> float:
        return two_sided_p(self.t, self.df)

    def row(self) -> dict[str, Any]:
        """As the JSON has it."""
        return {
            "method": self.method,
            "estimand": self.estimand,
            "term": self.term,
            "estimate": self.estimate,
            "se": self.se,
            "ci": self.ci,
            "n": self.n,
            "clusters": self.clusters,
            "df": self.df,
            **(self.extra or {}),
        }


def critical(df: int | None, level: float = _LEVEL) -> float:
    """The quantile of the t distribution, or of the normal one without df; NaN for df < 1."""
    from scipy import stats

    if df is None:
        return float(stats.norm.ppf(level))
    return float(stats.t.ppf(level, df)) if df >= 1 else math.nan


def two_sided_p(t: float, df: int | None) -> float:
    from scipy import stats

    if df is None:
        return float(2 * stats.norm.sf(abs(t)))
    return float(2 * stats.t.sf(abs(t), df)) if df >= 1 else math.nan


def influence_se(influence: Array, errors: Errors) -> tuple[float, int | None, int | None]:
    """
    Standard error of a mean of influence values (n), with clusters and df.

    √(Σ of squared cluster sums)/n, times √(m/(m−1)); without clusters each unit is its own,
    and the interval is normal. NaN where the clusters leave no variance.
    """
    scores = influence[:, None] / len(influence)
    alone = (scores**2).sum()
    if errors.kind != "cluster":
        return float(np.sqrt(alone)), None, None
    variance = beyond_rounding(clustered(scores, errors.clusters)[0, 0], alone)
    count = errors.count or 0
    return float(np.sqrt(variance)), count, count - 1
