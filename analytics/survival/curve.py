"""
The Kaplan-Meier curve and what is read from it.

Durations have whatever unit the caller counts in; every answer has the same. Intervals are for
one point at a time: log(-log S) with Greenwood's variance, so that they stay within 0 and 1.

Spec: research/analytics.md 2.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Interval = tuple[float | None, float | None]

_HALF = 0.5
_ROUNDING = 1e-12  # a product of fractions that should be one half may miss it by this much


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """
    A curve that steps down at each of `times`.

    Args:
        times: The distinct durations at which something happened, ascending.
        survival: The share still going just after each of them.
        greenwood: The running sum of d/(r(r-d)), infinite from where nobody is left.
        n: People.
        events: To how many of them it happened.
        last: The longest duration, seen to its end or not; the curve says nothing beyond it
            unless it has reached 0.
        level: The confidence of all intervals.
    """

    times: Floats
    survival: Floats
    greenwood: Floats
    n: int
    events: int
    last: float
    level: float = 0.95

    def reaches(self, time: float) -> bool:
        """Whether the curve is known at a time."""
        return time <= self.last or (self.survival.size > 0 and self.survival[-1] == 0)

    def share(self, time: float) -> float | None:
        """S(time), the share that goes on for longer than `time`; None beyond the follow-up."""
        if not self.reaches(time):
            return None
        step = self._step(time)
        return 1.0 if step < 0 else float(self.survival[step])

    def share_interval(self, time: float) -> Interval | None:
        """The interval of S(time); None beyond the follow-up and where S is 0 or 1."""
        share = self.share(time)
        if share is None or share in (0.0, 1.0):
            return None
        low, high = self._limits()
        step = self._step(time)
        return float(low[step]), float(high[step])

    def median(self) -> float | None:
        """The first time at which at most half go on; None when the curve stays above."""
        return _first(self.times, self.survival)

    def median_interval(self) -> Interval:
        """The times at which the interval of S covers one half; None for an end not reached."""
        low, high = self._limits()
        return _first(self.times, low), _first(self.times, high)

    def restricted_mean(self, horizon: float) -> float | None:
        """The mean duration when none counts for more than `horizon`; None beyond the follow-up."""
        if not self.reaches(horizon):
            return None
        return float(self._areas(horizon).sum())

    def restricted_mean_interval(self, horizon: float) -> Interval | None:
        """
        The normal interval of the restricted mean, by Greenwood's sum over the area to come.

        None where nothing happened that could have gone otherwise: that is not certainty.
        """
        mean = self.restricted_mean(horizon)
        if mean is None:
            return None
        areas = self._areas(horizon)
        passed = int(np.searchsorted(self.times, horizon, side="right"))
        to_come = np.cumsum(areas[::-1])[::-1][1 : passed + 1]
        jumps = np.diff(self.greenwood[:passed], prepend=0.0)
        finite = np.isfinite(jumps)  # where nobody is left there is no area to come either
        margin = self._z() * math.sqrt(float((to_come[finite] ** 2 * jumps[finite]).sum()))
        return (mean - margin, mean + margin) if margin > 0 else None

    def _step(self, time: float) -> int:
        return int(np.searchsorted(self.times, time, side="right")) - 1

    def _areas(self, horizon: float) -> Floats:
        """The areas under the steps up to the horizon: the one before the first time, then each."""
        edges = np.minimum(np.concatenate(([0.0], self.times, [np.inf])), horizon)
        return np.concatenate(([1.0], self.survival)) * np.diff(edges)

    def _limits(self) -> tuple[Floats, Floats]:
        """The limits of S at each step; NaN where S is 0 or 1."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = self._z() * np.sqrt(self.greenwood) / np.abs(np.log(self.survival))
            low = self.survival ** np.exp(spread)
            high = self.survival ** np.exp(-spread)
        inner = (self.survival > 0) & (self.survival < 1)
        return np.where(inner, low, np.nan), np.where(inner, high, np.nan)

    def _z(self) -> float:
        return NormalDist().inv_cdf(_HALF + self.level / 2)


def kaplan_meier(durations: Floats, happened: NDArray[np.bool_]) -> Curve:
    """
    The curve of people of whom some are still going.

    Args:
        durations: Shape (n,), not negative, n >= 1.
        happened: Shape (n,); false for those last seen still going after their duration.
    """
    ordered = np.sort(durations)
    times, deaths = np.unique(durations[happened], return_counts=True)
    at_risk = len(ordered) - np.searchsorted(ordered, times, side="left")
    left = at_risk - deaths
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * left.astype(float)))
    return Curve(
        times=times.astype(float),
        survival=np.cumprod(left / at_risk).astype(float),
        greenwood=greenwood,
        n=len(ordered),
        events=int(deaths.sum()),
        last=float(ordered[-1]),
    )


def _first(times: Floats, shares: Floats) -> float | None:
    """The first time whose share is at most one half; NaN is not."""
    below = np.flatnonzero(shares <= _HALF + _ROUNDING)
    return float(times[below[0]]) if below.size else None
