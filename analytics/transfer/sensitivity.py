"""How strong an unmeasured confounder would have to be (§3.5, item 9 and its formulas)."""

from __future__ import annotations

import math
from typing import Any

from analytics.transfer.estimates import critical

_PER_SD = 0.91  # ln RR a standardised difference (VanderWeele & Ding 2017)
_PER_SD_LIMIT = 1.78  # the same, for 1.96 standard errors


def partial_r2(t: float, df: float) -> float:
    """Share of the residual variance that a term with this t explains: t²/(t² + df)."""
    return (t / math.hypot(t, math.sqrt(df))) ** 2 if math.isfinite(t) else 1.0


def robustness_value(t: float, df: float, q: float = 1.0) -> float:
    """RV_q: the partial R² with both sides that takes away the share q of the estimate."""
    return _rv(q * abs(t) / math.sqrt(df))


def robustness_value_at(t: float, df: int, q: float = 1.0, alpha: float = 0.05) -> float:
    """RV_{q,α}: the partial R² that takes significance at level α away; 0 where there is none."""
    if df <= 1:
        return math.nan
    limit = critical(df - 1, 1 - alpha / 2) / math.sqrt(df - 1)
    return _rv(max(q * abs(t) / math.sqrt(df) - limit, 0.0))


def _rv(f: float) -> float:
    """½(√(f⁴ + 4f²) − f²), in a form in which a large f neither overflows nor cancels out."""
    return 2 * f / (f + math.hypot(f, 2)) if math.isfinite(f) else 1.0


def evalue(ratio: float) -> float:
    """E-value of a risk ratio."""
    ratio = max(ratio, 1 / ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def evalue_of_limit(ratio: float, limit: float) -> float:
    """E-value of the confidence limit nearest 1; 1 where the interval holds 1."""
    holds_one = (ratio - 1) * (limit - 1) <= 0
    return 1.0 if holds_one else evalue(limit)


def evalues_of_difference(d: float, se: float) -> tuple[float, float]:
    """E-values of a standardised difference and of its limit nearest zero (RR ≈ exp(.91 d))."""
    nearest = _PER_SD * d - math.copysign(_PER_SD_LIMIT * se, d)
    ratio, limit = _exp(_PER_SD * d), _exp(nearest)
    return evalue(ratio), evalue_of_limit(ratio, limit)


def risk_ratio_of(d: float) -> float:
    """The risk ratio that a standardised difference stands for."""
    return _exp(_PER_SD * d)


def bias_bound(se: float, df: float, r2_yz: float, r2_dz: float) -> float:
    """The most bias that a confounder of this strength makes."""
    return se * math.sqrt(df * r2_yz * r2_dz / (1 - r2_dz))


def benchmark(r2_dx: float, r2_yx: float, times: float = 1.0) -> dict[str, float]:
    """
    A confounder `times` as strong as a covariate (Cinelli & Hazlett 2020, §4.4).

    Args:
        r2_dx: Partial R² of the covariate with the exposure, given the other covariates.
        r2_yx: Partial R² of the covariate with the outcome, given exposure and others.
        times: For both sides.

    Returns:
        `r2_dz`, `r2_yz`, each at most 1.
    """
    f2_dx, f2_yx = r2_dx / (1 - r2_dx), r2_yx / (1 - r2_yx)
    r2_dz = min(times * f2_dx, 1.0)
    shared = times * r2_dx**2 / ((1 - times * r2_dx) * (1 - r2_dx)) if times * r2_dx < 1 else 1.0
    if shared >= 1:
        return {"r2_dz": r2_dz, "r2_yz": 1.0}
    r2_yz = ((math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2 * f2_yx
    return {"r2_dz": r2_dz, "r2_yz": min(r2_yz, 1.0)}


def of_t(estimate: float, se: float, df: int) -> dict[str, Any]:
    """`rv`, `rv_05`, `partial_r2` of a regression coefficient with a classical standard error."""
    t = estimate / se
    return {
        "rv": robustness_value(t, df),
        "rv_05": robustness_value_at(t, df),
        "partial_r2": partial_r2(t, df),
    }


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))
