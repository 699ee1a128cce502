"""Which rung of the wording ladder a result of units has earned (§3.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.adjusting import adjusted_p
from analytics.transfer import checks
from analytics.transfer.estimates import Estimate
from analytics.transfer.sentences import Level
from analytics.transfer.units import Units
from analytics.transfer.wording import Finding, wording

Lookup = Callable[[str, str], Estimate | None]
_Q = 0.10
_OBSERVED = "aipw_crossfit_observed"


def worded(
    units: Units, design: str, reported: list[Estimate], of: Lookup, evidence: dict[str, Any]
) -> dict[str, Any]:
    """`{level, en, nl}`; an exposure with several levels gets a sentence for each."""
    if units.exposure is None:
        return {
            "level": "0",
            "en": f"No exposure was named, so nothing is compared (n {len(units)}).",
            "nl": f"Er is geen activiteit genoemd, dus er is niets vergeleken (n {len(units)}).",
        }
    if not reported:
        names = units.names
        return wording("0", Finding(names.outcome, names.exposure, len(units)))
    level = _level(design, reported, of, evidence)
    texts = [wording(level, _finding(units, row, evidence)) for row in reported]
    return {
        "level": level,
        **{
            language: " ".join(dict.fromkeys(text[language] for text in texts))
            for language in ("en", "nl")
        },
    }


def _level(design: str, reported: list[Estimate], of: Lookup, evidence: dict[str, Any]) -> Level:
    """Level 1 compares means; beyond it a sentence has an interval, and that must be known."""
    method = reported[0].method
    randomised = design == "randomised"
    if not randomised and method not in {"within", "aipw_crossfit", _OBSERVED}:
        return "1"
    if not all(np.isfinite(row.se) and row.se > 0 for row in reported):
        return "0"
    if randomised:
        return "4"
    return "2r" if _robust(reported, of, evidence) else "2"


def _robust(reported: list[Estimate], of: Lookup, evidence: dict[str, Any]) -> bool:
    """Every check of level 2r; one that could not be made counts as failed."""
    placebo, overlap, sensitivity = (
        evidence[name] for name in ("placebo", "overlap", "sensitivity")
    )
    if not (placebo and overlap and sensitivity) or placebo["alarm"] or not overlap["ok"]:
        return False
    if sensitivity["rv_05"] <= checks.largest_benchmark(evidence["benchmarks"]):
        return False
    if max(adjusted_p([row.p for row in reported])) >= _Q:
        return False
    return all(_agree(of, row.term) for row in reported)


def _agree(of: Lookup, term: str) -> bool:
    pair = [of(method, term) for method in ("within", "aipw_crossfit")]
    found = [row.estimate for row in pair if row is not None]
    return len(found) == len(pair) and found[0] * found[1] > 0


def _finding(units: Units, row: Estimate, evidence: dict[str, Any]) -> Finding:
    exposure, names = units.exposure, units.names
    assert exposure is not None
    label, means = names.exposure, None
    if exposure.arms is not None:
        level = exposure.columns.terms.index(row.term) + 1
        if exposure.kind == "categorical":
            label = f"{names.exposure} {exposure.levels[level]}"
        means = (
            float(units.outcome[exposure.arms == level].mean()),
            float(units.outcome[exposure.arms == 0].mean()),
        )
    return Finding(
        outcome=names.outcome,
        exposure=label,
        n=row.n,
        people=None if units.learner is None else int(units.learner.max()) + 1,
        estimate=row.estimate,
        ci=(row.ci[0], row.ci[1]),
        means=means,
        covariates=names.covariates,
        mde=checks.mde80(row.se),
        within=row.method == "within",
        missing_modelled=row.method == _OBSERVED,
        placebo_alarm=bool(evidence["placebo"] and evidence["placebo"]["alarm"]),
    )
