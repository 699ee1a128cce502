"""Describe before modelling: dose and response, strata, ranks (§3.5, items 1 and 2)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analytics.transfer.estimates import critical
from analytics.transfer.regression import Array
from analytics.transfer.scaling import with_ones

DOSE_BINS = ((0, 0, "0"), (1, 2, "1-2"), (3, 9, "3-9"), (10, math.inf, "10+"))
_WINSOR = 0.99
_STRATUM = 4  # Fisher's z needs n − 3 > 0


def mean_row(name: str, y: Array) -> dict[str, Any]:
    """`{level, n, mean, ci}` of one arm or bin; the interval is Student's, null for one unit."""
    n = len(y)
    half = critical(n - 1) * float(y.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    mean = float(y.mean()) if n else math.nan
    return {"level": name, "n": n, "mean": mean, "ci": [mean - half, mean + half]}


def dose_response(dose: Array, y: Array) -> list[dict[str, Any]]:
    """Mean outcome by number of acts: 0, 1–2, 3–9, 10 and more; empty bins left out."""
    rows = []
    for low, high, name in DOSE_BINS:
        own = (dose >= low) & (dose <= high)
        if own.any():
            rows.append(mean_row(name, y[own]))
    return rows


def winsorised(dose: Array) -> Array:
    """Acts above the 99th percentile count as the 99th percentile."""
    return np.minimum(dose, np.quantile(dose, _WINSOR)) if len(dose) else dose


def stratified_correlation(a: Array, y: Array, strata: Array) -> dict[str, Any]:
    """
    Correlation within strata (training × department), pooled by Fisher's z with weights n − 3.

    Returns:
        `r`, `ci`, `strata` used; strata under four units or without spread say nothing.
    """
    total, weight, used = 0.0, 0.0, 0
    for stratum in np.unique(strata):
        own = strata == stratum
        n = int(own.sum())
        if n < _STRATUM or a[own].std() == 0 or y[own].std() == 0:
            continue
        r = float(np.clip(np.corrcoef(a[own], y[own])[0, 1], -0.999999, 0.999999))
        total += (n - 3) * math.atanh(r)
        weight += n - 3
        used += 1
    if not used:
        return {"r": None, "ci": None, "strata": 0}
    z, half = total / weight, critical(None) / math.sqrt(weight)
    return {"r": math.tanh(z), "ci": [math.tanh(z - half), math.tanh(z + half)], "strata": used}


def partial_spearman(a: Array, y: Array, x: Array) -> float | None:
    """Rank correlation of a and y given the columns of x (n × k); None where nothing varies."""
    from scipy.stats import rankdata

    columns = with_ones(np.column_stack([rankdata(column) for column in x.T]) if x.size else x)
    rests = []
    for values in (a, y):
        ranks = rankdata(values)
        rests.append(ranks - columns @ np.linalg.lstsq(columns, ranks, rcond=None)[0])
    size = float(np.linalg.norm(rests[0]) * np.linalg.norm(rests[1]))
    return float(rests[0] @ rests[1]) / size if size > 0 else None
