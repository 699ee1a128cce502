"""What becomes of the truth when transfer evidence is missing, or the learner's own word (§5.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.simulate.units import Scenario, Seed, organisation
from analytics.transfer.regression import Array

# Scores lie about here, so that a missing one taken as zero is a very low one.
TYPICAL = 2.0
INFLATION = 0.2


@dataclass(frozen=True)
class Observed:
    """Units with evidence, and the share of all units that has it, by arm."""

    table: pd.DataFrame
    coverage: dict[str, float]


def by_exposure_and_score(table: pd.DataFrame) -> Array:
    """The active and those with a high formal score answer a little more often."""
    return _share(0.4 + 0.2 * table["active"] + 0.3 * table["score"])


def by_outcome(table: pd.DataFrame) -> Array:
    """Those who apply what they learned answer more often: what no model can see."""
    return _share(0.2 + 0.7 * (table["transfer"] - TYPICAL))


def apart(table: pd.DataFrame) -> Array:
    """Evidence covers the active 25 percentage points better than the others."""
    return np.where(table["active"] == 1, 0.75, 0.50)


Mechanism = Callable[[pd.DataFrame], Array]


def observed(mechanism: Mechanism, seed: Seed) -> Observed:
    """Scenario A with only some of the evidence."""
    whole, seen = _drawn(mechanism, seed)
    arms = {name: float(seen[whole["active"] == arm].mean()) for arm, name in enumerate(("0", "1"))}
    return Observed(whole[seen].reset_index(drop=True), arms)


def zero_filled(mechanism: Mechanism, seed: Seed) -> Observed:
    """The mistake: no evidence taken for no transfer."""
    whole, seen = _drawn(mechanism, seed)
    return Observed(whole.assign(transfer=whole["transfer"].where(seen, 0.0)), {"0": 1.0, "1": 1.0})


def self_reported(seed: Seed) -> Observed:
    """Scenario A where the active think somewhat better of themselves."""
    whole = organisation(Scenario(), seed)
    said = whole["transfer"] + INFLATION * whole["active"]
    return Observed(whole.assign(transfer=said), {"0": 1.0, "1": 1.0})


def _drawn(mechanism: Mechanism, seed: Seed) -> tuple[pd.DataFrame, Array]:
    whole = organisation(Scenario(), seed)
    whole["transfer"] += TYPICAL
    key = [seed] if isinstance(seed, int) else list(seed)
    draw = np.random.default_rng([*key, 1]).random(len(whole))
    return whole, np.asarray(draw < mechanism(whole))


def _share(logit: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(logit, dtype=float))))
