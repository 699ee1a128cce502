"""Whether the arms are alike enough to compare (§3.5, item 7)."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.transfer.estimates import NotApplicable
from analytics.transfer.regression import Array
from analytics.transfer.units import Units
from analytics.transfer.weighting import Estimand, Population, arms_of, propensity

LOW, HIGH = 0.05, 0.95
MIN_SHARE = 0.8
MIN_ESS = 50.0
SMD_LIMIT = 0.1
_BINS = 20


def inside(e: Array) -> Array:
    """Which units every arm could have had: all their probabilities lie in [.05, .95]."""
    return np.asarray(((e >= LOW) & (e <= HIGH)).all(axis=1))


def share_inside(e: Array) -> float:
    """Share of units that every arm could have had with a probability in [.05, .95]."""
    return float(inside(e).mean())


def everyone(units: Units, estimand: Estimand) -> Population:
    """All units. Raises `NotApplicable` where no propensity can be fitted."""
    return Population(units, propensity(units), estimand, estimand)


def comparable(full: Population) -> Population:
    """
    Whom the adjusted estimate is about.

    For the ATE, when fewer than 80% have a propensity in [.05, .95], only those who have: the
    estimand is then `ate_overlap`. The ATT asks for comparable units for the exposed only.

    Raises:
        NotApplicable: Nobody of an arm is left.
    """
    e = full.propensity
    if full.estimand == "att" or share_inside(e) >= MIN_SHARE:
        return full
    kept = full.units.where(inside(e))
    try:
        arms_of(kept)
    except NotApplicable as reason:
        raise NotApplicable("no overlap: an arm has nobody within [.05, .95]") from reason
    return Population(kept, propensity(kept), full.estimand, f"{full.name}_overlap")


def effective_sizes(of: Population) -> dict[str, float]:
    """Kish's (Σw)²/Σw² by arm; the reference arm with the least favourable weights."""
    sizes: dict[str, float] = {}
    for level in range(1, len(of.exposure.levels)):
        weights = of.weights(level)
        for arm in (0, level):
            own = weights[of.arms == arm]
            ess = float(own.sum() ** 2 / (own**2).sum()) if len(own) else 0.0
            name = of.exposure.levels[arm]
            sizes[name] = min(ess, sizes.get(name, np.inf))
    return sizes


def require_effective(of: Population) -> None:
    """Raises `NotApplicable` where an arm weighs less than 50 units."""
    for name, ess in effective_sizes(of).items():
        if ess < MIN_ESS:
            raise NotApplicable(
                f"overlap: the weights leave {ess:.1f} effective units in arm {name}, fewer than 50"
            )


def diagnostics(full: Population, used: Population | None) -> dict[str, Any]:
    """
    The block `overlap` of a result.

    `share_in_05_95`, `weights`, `share_below_01` (of the reference arm) and `histogram` are of all
    units; `ess` (the smaller arm's), `ess_by_arm` and `smd` of the population that is reported.
    """
    of = used or full
    weights, stabilised = _weights(full)
    sizes = effective_sizes(of)
    exposed = 1.0 - full.propensity[:, 0]
    share = share_inside(full.propensity)
    smd = balance(of)
    return {
        "share_in_05_95": share,
        "share_below_01": float((exposed[full.arms == 0] < 0.01).mean()),  # noqa: PLR2004
        "ess": min(sizes.values()),
        "ess_by_arm": sizes,
        "smd": smd,
        "weights": {
            "max": float(weights.max()),
            "mean": float(weights.mean()),
            "max_stabilised": float(stabilised.max()),
            "mean_stabilised": float(stabilised.mean()),
        },
        "histogram": _histogram(exposed, full.arms, full.exposure.levels),
        "population": of.name,
        "n": len(of.units),
        "ok": _ok(share, sizes, smd),
    }


def _ok(share: float, sizes: dict[str, float], smd: dict[str, Any]) -> bool:
    balanced = all(abs(term["after"]) < SMD_LIMIT for term in smd.values())
    return share >= MIN_SHARE and min(sizes.values()) >= MIN_ESS and balanced


def _weights(of: Population) -> tuple[Array, Array]:
    """Each unit's weight, plain and times the share of its arm (ATT: times the odds' inverse)."""
    arms = of.arms
    shares = np.bincount(arms, minlength=len(of.exposure.levels)) / len(arms)
    plain = of.weights(1)
    for level in range(2, len(shares)):
        plain = np.maximum(plain, of.weights(level))
    if of.estimand == "ate":
        return plain, plain * shares[arms]
    return plain, np.where(arms == 0, plain * shares[0] / (1.0 - shares[0]), 1.0)


def balance(of: Population) -> dict[str, dict[str, float]]:
    """
    Standardised mean differences by column, before and after weighting; the largest of the levels.

    Over the pooled standard deviation of the two unweighted arms (ATT: the exposed arm's).
    """
    columns = of.units.adjustment
    out: dict[str, dict[str, float]] = {}
    for place, term in enumerate(columns.terms):
        found = [_smd(of, columns.values[:, place], level) for level in _levels(of)]
        before, after = (max((pair[side] for pair in found), key=abs) for side in (0, 1))
        out[term] = {"before": before, "after": after}
    return out


def _levels(of: Population) -> range:
    return range(1, len(of.exposure.levels))


def _smd(of: Population, x: Array, level: int) -> tuple[float, float]:
    exposed, reference, weights = of.arms == level, of.arms == 0, of.weights(level)
    spread = x[exposed].var()
    if of.estimand == "ate":
        spread = (spread + x[reference].var()) / 2
    if spread <= 0:
        return 0.0, 0.0
    before = x[exposed].mean() - x[reference].mean()
    after = np.average(x[exposed], weights=weights[exposed]) - np.average(
        x[reference], weights=weights[reference]
    )
    return float(before / np.sqrt(spread)), float(after / np.sqrt(spread))


def _histogram(exposed: Array, arms: Array, levels: tuple[str, ...]) -> dict[str, Any]:
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    return {
        "edges": [round(float(edge), 2) for edge in edges],
        "counts": {
            name: np.histogram(exposed[arms == arm], edges)[0] for arm, name in enumerate(levels)
        },
    }
