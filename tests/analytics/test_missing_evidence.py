"""The missingness model: evidence that is there of some only, against a truth among all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.transfer.doubly_robust import Folds, aipw_crossfit
from analytics.transfer.units import Columns, Exposure, Units, no_columns
from analytics.transfer.weighting import Population, propensity
from tests.analytics.published import lrs_analyse, row

BASE = ("--outcome", "transfer", "--exposure", "active", "--design", "observational")


def half_told(seed: int, *, learners: int = 3000) -> pd.DataFrame:
    """
    The difference is .2 + .9·prior, .2 on average; evidence is there of those with a high
    `prior`, and of fewer who are active.
    """
    draw = np.random.default_rng(seed)
    prior = draw.normal(size=learners)
    active = (draw.random(learners) < 1 / (1 + np.exp(-0.5 * prior))).astype(int)
    transfer = 0.5 * prior + active * (0.2 + 0.9 * prior) + draw.normal(0, 0.5, learners)
    chance = 1 / (1 + np.exp(-1.2 * prior - 2.0 * (1 - active)))
    told = draw.random(learners) < chance
    table = pd.DataFrame({"transfer": transfer, "active": active, "prior": prior})
    return table.assign(transfer=table.transfer.where(told))


def test_the_missingness_model_finds_the_difference_among_all(tmp_path: Path) -> None:
    """Among those of whom there is evidence it is larger: complete cases are not all learners."""
    options = (*BASE, "--covariates", "prior")
    table = half_told(1)

    off = lrs_analyse("units", table, tmp_path, *options)
    on = lrs_analyse("units", table, tmp_path, *options, "--missing-model")
    complete = lrs_analyse("units", table.dropna(), tmp_path, *options)

    assert (off["primary"], off["wording"]["level"]) == ("crude", "1")
    assert (on["primary"], on["wording"]["level"]) == ("aipw_crossfit_observed", "2")
    assert "learners with evidence stand for those without" in on["wording"]["en"]
    assert "lerenden met bewijs staan voor wie het niet heeft" in on["wording"]["nl"]
    found = row(on, "aipw_crossfit_observed", "active")
    assert found["n"] == 3000
    assert found["ci"][0] < 0.2 < found["ci"][1]
    assert row(complete, "aipw_crossfit", "active")["ci"][0] > 0.2
    assert [r for r in on["estimates"] if r is not found] == off["estimates"]


def test_the_missingness_models_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rows = []
    for seed in range(60):
        table = half_told(seed, learners=1000)
        used = Population(units_with_gaps(table), propensity(units_with_gaps(table)), "ate", "ate")
        rows += aipw_crossfit(used, None, Folds(seed, 1), "observed")

    assert abs(np.mean([one.estimate for one in rows]) - 0.2) < 0.03
    assert sum(one.ci[0] < 0.2 < one.ci[1] for one in rows) >= 53


def units_with_gaps(table: pd.DataFrame) -> Units:
    arms = table.active.to_numpy()
    exposure = Exposure(
        "active", "binary", Columns(("active",), arms[:, None].astype(float)), ("0", "1"), arms
    )
    covariates = Columns(("prior",), table[["prior"]].to_numpy())
    return Units(table.transfer.to_numpy(), exposure, covariates, no_columns(len(table)))
