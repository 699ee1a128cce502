"""
What a report says of one simulated organisation, beside the truth.

A study is one kind of organisation; its number is the seed, so that nobody can choose one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analytics.simulate import missing, rollout
from analytics.simulate.missing import Observed
from analytics.simulate.rollout import MONTHS, Rollout
from analytics.simulate.units import SCENARIOS, Scenario, Seed, organisation, units_of
from analytics.transfer import rollout as report_of_rollout
from analytics.transfer.association import Plan, analyse
from analytics.transfer.wording import causal_words

Record = dict[str, Any]
Study = Callable[[Seed], Record]


def transfer_record(table: pd.DataFrame, number: int, coverage: dict[str, float]) -> Record:
    """The parts of a transfer report that the targets look at."""
    result = analyse(units_of(table), Plan(seed=number, coverage=coverage))
    rows = {row["method"]: row for row in result["estimates"] if row["term"] == "active"}
    primary = result["primary"]
    wording = result["wording"]
    return {
        "truth": float(table["truth"].mean()),
        "primary": primary,
        "methods": {name: [row["estimate"], *row["ci"]] for name, row in rows.items()},
        "basis": rows.get("aipw_crossfit", {}).get("basis"),
        "alarm": bool(result["placebo"] and result["placebo"]["alarm"]),
        "overlap_ok": bool(result["overlap"] and result["overlap"]["ok"]),
        "withheld": sorted({item["what"] for item in result["withheld"]}),
        "level": wording["level"],
        "causal_words": sum(len(causal_words(wording[name], name)) for name in ("en", "nl")),
    }


def _scenario(scenario: Scenario, seed: Seed) -> Record:
    return transfer_record(organisation(scenario, seed), _number(seed), {})


def _evidence(made: Callable[[Seed], Observed], seed: Seed) -> Record:
    seen = made(seed)
    return transfer_record(seen.table, _number(seed), seen.coverage)


def _rollout(planted: Rollout, seed: Seed) -> Record:
    found = report_of_rollout.analyse(
        rollout.panel(planted, seed), list(range(MONTHS)), outcome="transfer"
    )
    att = found["att"]
    return {
        "truth": planted.truth,
        "estimate": att["estimate"],
        "ci": att["ci"],
        "withheld": sorted({item["what"] for item in found["withheld"]}),
        "level": found["wording"]["level"],
        "twfe": any("twfe" in key.lower() or "two_way" in key.lower() for key in _keys(found)),
    }


def _keys(value: Any) -> list[str]:
    """Every key and every text of a result."""
    if isinstance(value, dict):
        return [*value, *(name for one in value.values() for name in _keys(one))]
    if isinstance(value, list):
        return [name for one in value for name in _keys(one)]
    return [value] if isinstance(value, str) else []


def _number(seed: Seed) -> int:
    return int(np.ravel(seed)[-1])


STUDIES: dict[str, Study] = {
    **{name: partial(_scenario, scenario) for name, scenario in SCENARIOS.items()},
    "missing_score": partial(_evidence, partial(missing.observed, missing.by_exposure_and_score)),
    "missing_outcome": partial(_evidence, partial(missing.observed, missing.by_outcome)),
    "coverage_gap": partial(_evidence, partial(missing.observed, missing.apart)),
    "zero_filled": partial(_evidence, partial(missing.zero_filled, missing.apart)),
    "self_report": partial(_evidence, missing.self_reported),
    "rollout_60": partial(_rollout, Rollout(60)),
    "rollout_20": partial(_rollout, Rollout(20)),
    "rollout_drift": partial(_rollout, Rollout(60, drift=0.022)),
}


def record(study: str, number: int) -> Record:
    """The report of organisation `number` (from 0) of a study; each study has its own draws."""
    return STUDIES[study]([list(STUDIES).index(study), number])
