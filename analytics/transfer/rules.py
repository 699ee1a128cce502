"""The rules that withhold a result (§3.6, §3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.transfer.regression import Array
from analytics.transfer.units import Units

MIN_PEOPLE = 10
MIN_UNITS = 100
MIN_PER_ARM = 50
MIN_CLUSTERS = 20
MIN_CLUSTERS_PER_ARM = 8
MIN_EXPOSED_PER_COVARIATE = 10
MIN_SWITCHERS = 50
MIN_COVERAGE = 0.40
MAX_COVERAGE_GAP = 0.15


@dataclass(frozen=True)
class Withheld:
    """What is not reported, and the rule in one sentence."""

    what: str
    why: str


def too_few_people(units: Units) -> str | None:
    """K = 10 people for any mean, in every arm."""
    arms = _arms(units)
    for name, own in arms.items():
        people = int(own.sum()) if units.learner is None else len(np.unique(units.learner[own]))
        if people < MIN_PEOPLE:
            return f"fewer than {MIN_PEOPLE} people in {name}"
    return None


def too_small_for_a_model(units: Units, columns: int, clusters: int | None) -> str | None:
    """
    100 units, 50 an arm, 20 clusters, 10 exposed units a covariate.

    Args:
        units: Those of the model.
        columns: Its covariate columns; exposure, intercept and learner means do not count.
        clusters: Clusters of its standard errors or groups of its intercepts, if any.
    """
    if len(units) < MIN_UNITS:
        return f"{len(units)} units, fewer than {MIN_UNITS}"
    sizes = {name: int(own.sum()) for name, own in _arms(units).items()}
    smallest = min(sizes, key=lambda name: sizes[name])
    if len(sizes) > 1 and sizes[smallest] < MIN_PER_ARM:
        return f"{sizes[smallest]} units in {smallest}, fewer than {MIN_PER_ARM}"
    if clusters is not None and clusters < MIN_CLUSTERS:
        return f"{clusters} clusters, fewer than {MIN_CLUSTERS}"
    exposed = min(list(sizes.values())[1:] or [len(units)])
    if columns * MIN_EXPOSED_PER_COVARIATE > exposed:
        return (
            f"{exposed} exposed units for {columns} covariate columns, "
            f"fewer than {MIN_EXPOSED_PER_COVARIATE} each"
        )
    return None


def too_few_clusters(units: Units, ways: Sequence[Array]) -> str | None:
    """
    20 clusters, 8 of them in every arm: what was drawn by lot is the clusters, not the units.

    The errors of an arm with a cluster or two are those of the other arm alone.

    Args:
        units: Those of the estimate.
        ways: The clusters of its standard errors; none where each unit is its own.
    """
    for codes in ways:
        count = len(np.unique(codes))
        if count < MIN_CLUSTERS:
            return f"{count} clusters, fewer than {MIN_CLUSTERS}"
        for name, own in _arms(units).items():
            if len(np.unique(codes[own])) < MIN_CLUSTERS_PER_ARM:
                return f"fewer than {MIN_CLUSTERS_PER_ARM} clusters in {name}"
    return None


def evidence_gap(coverage: dict[str, float]) -> str | None:
    """Adjusted analysis stops where evidence covers under 40%, or the arms differ by over 15 pp."""
    if not coverage:
        return None
    low, high = min(coverage.values()), max(coverage.values())
    if low < MIN_COVERAGE:
        return f"evidence covers {low:.0%} of an arm, less than {MIN_COVERAGE:.0%}"
    if high - low > MAX_COVERAGE_GAP:
        points = 100 * (high - low)
        return f"evidence coverage differs by {points:.0f} points between arms, more than 15"
    return None


def _arms(units: Units) -> dict[str, Array]:
    """A mask by arm, the reference first; all units under one name without arms."""
    if units.exposure is None or units.exposure.arms is None:
        return {"all": np.ones(len(units), dtype=bool)}
    arms = units.exposure.arms
    return {f"arm {name}": arms == arm for arm, name in enumerate(units.exposure.levels)}
