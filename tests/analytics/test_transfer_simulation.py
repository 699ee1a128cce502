"""
The estimators on organisations with known truth: the short version of research §5.6.

30 organisations a scenario, cross-fitted once; bands are as wide as that number asks for.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from analytics.transfer.association import Plan, analyse
from tests.analytics.organisation import Scenario, organisation, units_of

ORGANISATIONS = 30
SCENARIOS = {
    "A": Scenario(),
    "C": Scenario(nonlinear=True),
    "D": Scenario(latent=1.0),
    "F": Scenario(overlap=2.2),
    "H": Scenario(latent=1.0, tau=0.0),
}


@cache
def results(name: str) -> list[dict[str, Any]]:
    return [
        analyse(units_of(organisation(SCENARIOS[name], seed)), Plan(seed=seed, repeats=1))
        for seed in range(ORGANISATIONS)
    ]


def estimates(name: str, method: str) -> list[dict[str, Any]]:
    rows = [row for result in results(name) for row in result["estimates"]]
    return [row for row in rows if (row["method"], row["term"]) == (method, "active")]


def bias(name: str, method: str) -> float:
    return (
        float(np.mean([row["estimate"] for row in estimates(name, method)])) - SCENARIOS[name].tau
    )


def coverage(name: str, method: str) -> float:
    tau = SCENARIOS[name].tau
    return float(np.mean([r["ci"][0] <= tau <= r["ci"][1] for r in estimates(name, method)]))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_reported_estimate_is_within_learners_and_right(name: str) -> None:
    assert {result["primary"] for result in results(name)} == {"within"}
    assert abs(bias(name, "within")) <= 0.03
    assert 0.85 <= coverage(name, "within") <= 1.0


def test_the_crude_difference_is_shown_and_wrong() -> None:
    assert bias("A", "crude") >= 0.2


def test_hidden_motivation_fools_what_only_adjusts_and_sets_off_the_placebo() -> None:
    assert bias("D", "ols") >= 0.05
    assert bias("D", "aipw_crossfit") >= 0.05
    for name in "DH":
        assert np.mean([result["placebo"]["alarm"] for result in results(name)]) >= 0.5
    assert np.mean([result["placebo"]["alarm"] for result in results("A")]) <= 0.2


def test_splines_mend_what_straight_lines_leave() -> None:
    assert abs(bias("C", "aipw_crossfit")) < abs(bias("C", "ols"))


def test_poor_overlap_is_warned_of() -> None:
    assert np.mean([not result["overlap"]["ok"] for result in results("F")]) >= 0.9


def test_a_small_organisation_gets_the_linear_basis_or_nothing() -> None:
    """Few units a column: 23 departments are left out here, so that AIPW is reported at all."""
    units = units_of(organisation(Scenario(learners=150), 1))
    few = type(units)(
        **{**units.__dict__, "covariates": type(units.covariates)(
            units.covariates.terms[:4], units.covariates.values[:, :4]
        )}
    )  # fmt: skip

    wide, narrow = analyse(units, Plan()), analyse(few, Plan())

    assert "aipw_crossfit" in {item["what"] for item in wide["withheld"]}
    assert narrow["primary"] == "within"
    (found,) = [r for r in narrow["estimates"] if r["method"] == "aipw_crossfit"]
    assert found["basis"] == "linear"
