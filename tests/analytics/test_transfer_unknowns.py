"""What few clusters and empty columns leave unsaid: no error, no sentence, but a reason (§3.7)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.simulate.units import Scenario, organisation
from tests.analytics.published import lrs_analyse, row
from tests.analytics.test_transfer_units import FULL


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return organisation(Scenario(learners=300), seed=1)


def drawn_by_cluster(clusters: int, invited: int) -> pd.DataFrame:
    """300 people in departments that lots were drawn for; the lot changes nothing."""
    rng = np.random.default_rng(6)
    dep = np.arange(300) % clusters
    return pd.DataFrame({"y": rng.normal(size=300), "a": (dep < invited) * 1, "dep": dep})


BY_LOT = ("--outcome", "y", "--exposure", "a", "--cluster", "dep", "--design", "randomised")


@pytest.mark.parametrize(
    ("clusters", "invited", "why"),
    [
        (2, 1, "2 clusters, fewer than 20"),
        (19, 9, "19 clusters, fewer than 20"),
        (25, 1, "fewer than 8 clusters in arm 1"),
        (25, 18, "fewer than 8 clusters in arm 0"),
    ],
)
def test_lots_for_few_clusters_give_no_causal_sentence(
    tmp_path: Path, clusters: int, invited: int, why: str
) -> None:
    """One department in 25 was taken for a cause in 29 of 40 tables in which there was none."""
    result = lrs_analyse("units", drawn_by_cluster(clusters, invited), tmp_path, *BY_LOT)

    assert result["estimates"] == []
    assert {"what": "crude", "why": why} in result["withheld"]
    assert result["wording"]["level"] == "0"


def test_lots_for_enough_clusters_on_either_side_give_one(tmp_path: Path) -> None:
    result = lrs_analyse("units", drawn_by_cluster(25, 8), tmp_path, *BY_LOT)

    assert row(result, "crude", "a")["clusters"] == 25
    assert result["wording"]["level"] == "4"


def test_a_few_clusters_may_be_described(tmp_path: Path) -> None:
    """Below the sizes of a model a difference of means is a description still (§3.7)."""
    options = (*BY_LOT[:-1], "observational")

    result = lrs_analyse("units", drawn_by_cluster(12, 3), tmp_path, *options)

    assert row(result, "crude", "a")["clusters"] == 12
    assert result["wording"]["level"] == "1"


def test_clusters_that_leave_no_variance_give_no_standard_error(tmp_path: Path) -> None:
    """Their residuals sum to zero whatever the truth is: 3e-17 is rounding, not precision."""
    two = drawn_by_cluster(2, 1)
    one = two.assign(dep=1)
    crossed = two.assign(
        y=np.tile([1.0, -1.0, -1.0, 1.0], 75),
        a=(np.arange(300) >= 148) * 1,
        other=np.arange(300) // 2 % 2,
    )

    for table, cluster in ((two, "dep"), (one, "dep"), (crossed, "dep,other")):
        result = lrs_analyse(
            "units", table, tmp_path, *BY_LOT, "--cluster", cluster, "--no-minimum"
        )

        assert row(result, "crude", "a")["se"] is None
        assert result["mde80"] is None
        told = [item["why"] for item in result["withheld"] if item["what"] == "crude se"]
        assert told == ["the variance of Intercept, a is not positive"]
        assert result["wording"]["level"] == "0"


def test_covariates_that_nothing_is_left_of_are_told_and_not_named(tmp_path: Path) -> None:
    """A sentence may not take account of what no model could."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=300)
    data = pd.DataFrame({"x": x, "x2": 2 * x, "k": 3, "same": "one", "z": rng.normal(size=300)})
    data["a"] = np.arange(300) % 2
    data["y"] = 2 * data.a + x + rng.normal(size=300)
    formula = "x + x2 + k + C(same) + x:k + np.exp(z)"

    result = lrs_analyse(
        "units", data, tmp_path, "--outcome", "y", "--exposure", "a", "--covariates", formula,
        "--design", "observational",
    )  # fmt: skip

    told = [item["what"] for item in result["withheld"] if item["what"].startswith("covariate ")]
    assert told == ["covariate x2", "covariate k", "covariate x:k", "covariate same"]
    assert {r["term"] for r in result["estimates"] if r["method"] == "ols"} == {
        "Intercept", "a", "x", "np.exp(z)",
    }  # fmt: skip
    assert result["wording"]["en"].startswith("After taking account of x and z, ")


def test_all_covariates_that_are_fitted_are_named(table: pd.DataFrame, tmp_path: Path) -> None:
    """One that is the same for a learner is taken account of by comparing learners with themselves."""
    result = lrs_analyse(
        "units", table.assign(transfer=table.transfer + table.active), tmp_path, *FULL
    )

    assert result["primary"] == "within"
    assert "account of prior, tenure, acts, score and training, " in result["wording"]["en"]
    assert [item for item in result["withheld"] if item["what"].startswith("covariate")] == []


@pytest.mark.parametrize("explained", ["nothing", "all"])
def test_a_placebo_that_cannot_speak_is_withheld(
    table: pd.DataFrame, tmp_path: Path, explained: str
) -> None:
    """Its silence is no good sign then."""
    mute = table.assign(other=1 if explained == "nothing" else 1 - table.active)

    result = lrs_analyse("units", mute, tmp_path, *FULL)

    assert result["placebo"] is None
    why = "it does not vary, or other columns explain it"
    assert {"what": "placebo", "why": why} in result["withheld"]
    assert "placebo" not in {item["what"] for item in lrs_analyse(
        "units", table, tmp_path, *FULL)["withheld"]}  # fmt: skip
