"""Estimators against independent software, the rules that withhold, and what `units` promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from analytics.simulate.units import Scenario, organisation
from analytics.transfer import checks, description
from analytics.transfer.estimates import NotApplicable
from analytics.transfer.logistic import logit_coefficients
from analytics.transfer.regression import Errors, independent, ols
from tests.analytics.published import lrs_analyse, row

COVARIATES = ("--covariates", "prior + tenure + acts + score")
BASE = ("--outcome", "transfer", "--exposure", "active", "--design", "observational")
FULL = (*BASE, *COVARIATES, "--learner", "learner", "--training", "training", "--offtopic", "other")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return organisation(Scenario(learners=300), seed=1)


def fitted(table: pd.DataFrame, formula: str):
    return smf.ols(formula, table)


@pytest.mark.parametrize("kind", ["hc1", "hc2"])
def test_robust_errors_are_those_of_statsmodels(table: pd.DataFrame, kind: str) -> None:
    model = fitted(table, "transfer ~ active + prior + acts")

    found = ols(model.endog, model.exog, Errors(kind))

    expected = model.fit(cov_type=kind.upper())
    assert found.beta == pytest.approx(expected.params.to_numpy())
    assert found.se == pytest.approx(expected.bse.to_numpy())


def test_clustered_errors_are_those_of_statsmodels(table: pd.DataFrame) -> None:
    model = fitted(table, "transfer ~ active + prior + acts")

    found = ols(model.endog, model.exog, Errors("cluster", (table.dept.to_numpy(),)))

    expected = model.fit(cov_type="cluster", cov_kwds={"groups": table.dept})
    assert found.se == pytest.approx(expected.bse.to_numpy())
    assert found.df == 23


def test_columns_that_others_explain_are_left_out_in_favour_of_the_earlier() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50))

    assert independent(np.column_stack([a, b, a + 2 * b, np.zeros(50), b**2])).tolist() == [0, 1, 4]


def test_the_random_intercept_agrees_with_mixedlm(table: pd.DataFrame, tmp_path: Path) -> None:
    """Where MixedLM works, it is the oracle (§4.3)."""
    mean = table.groupby("learner").active.transform("mean")
    oracle = smf.mixedlm(
        "transfer ~ active + mean + prior + acts", table.assign(mean=mean), groups="learner"
    ).fit(reml=True, method="powell")

    result = lrs_analyse(
        "units", table, tmp_path, *BASE, "--covariates", "prior + acts", "--learner", "learner",
        "--reml",
    )  # fmt: skip

    found = row(result, "random_intercept", "active")
    assert found["estimate"] == pytest.approx(oracle.params["active"], abs=1e-4)
    assert found["se"] == pytest.approx(oracle.bse["active"], rel=1e-3)
    assert found["sigma2_e"] == pytest.approx(oracle.scale, rel=1e-3)
    assert found["sigma2_u"] == pytest.approx(float(oracle.cov_re.iloc[0, 0]), rel=5e-3)
    assert row(result, "random_intercept", "mean(active)")["estimand"] == "covariate"


def test_without_group_variance_the_random_intercept_is_least_squares(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=400)
    noise = rng.normal(size=400)
    groups = np.repeat(np.arange(40), 10)
    noise -= pd.Series(noise).groupby(groups).transform("mean").to_numpy()
    data = pd.DataFrame({"y": 2 * x + noise, "x": x, "g": groups})

    result = lrs_analyse(
        "units", data, tmp_path, "--outcome", "y", "--covariates", "x", "--cluster", "g",
        "--design", "observational",
    )  # fmt: skip

    found = row(result, "random_intercept", "x")
    assert found["sigma2_u"] == 0.0
    assert found["estimate"] == pytest.approx(row(result, "ols", "x")["estimate"])


def test_within_is_least_squares_with_a_dummy_a_learner(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    some = table[table.learner < 120]
    oracle = fitted(some, "transfer ~ active + score + C(learner) + C(training)").fit(
        cov_type="cluster", cov_kwds={"groups": some.learner}
    )

    result = lrs_analyse(
        "units", some, tmp_path, *BASE, "--covariates", "score + prior", "--learner", "learner",
        "--training", "training", "--no-minimum",
    )  # fmt: skip

    found = row(result, "within", "active")
    assert found["estimate"] == pytest.approx(oracle.params["active"], rel=1e-8)
    # the learners' means are nested in the clusters, so they cost no degree of freedom here
    assert found["se"] == pytest.approx(oracle.bse["active"], rel=0.35)
    assert found["se"] < oracle.bse["active"]
    terms = {r["term"] for r in result["estimates"] if r["method"] == "within"}
    assert "prior" not in terms


@pytest.mark.parametrize(
    ("kind", "of_statsmodels"), [("classical", "nonrobust"), ("hc1", "HC1"), ("hc2", "HC2")]
)
def test_within_counts_the_learners_means_as_parameters(
    table: pd.DataFrame, tmp_path: Path, kind: str, of_statsmodels: str
) -> None:
    """With two rows a learner half of all leverage is the means': errors were √2 too small."""
    pairs = table.groupby("learner").head(2)
    pairs = pairs[pairs.groupby("learner").learner.transform("size") == 2]
    oracle = fitted(pairs, "transfer ~ active + score + C(learner)").fit(cov_type=of_statsmodels)

    result = lrs_analyse(
        "units", pairs, tmp_path, *BASE, "--covariates", "score", "--learner", "learner",
        "--se", kind,
    )  # fmt: skip

    found = row(result, "within", "active")
    assert found["se"] == pytest.approx(oracle.bse["active"])
    assert found["df"] == oracle.df_resid


def test_ipw_is_the_weighted_regression_of_statsmodels(table: pd.DataFrame, tmp_path: Path) -> None:
    x = sm.add_constant(table[["prior", "tenure", "acts", "score"]])
    e = sm.Logit(table.active, x).fit(disp=0).predict(x)
    weights = np.where(table.active == 1, 1 / e, 1 / (1 - e))
    oracle = sm.WLS(table.transfer, sm.add_constant(table.active), weights=weights).fit(
        cov_type="HC0"
    )

    result = lrs_analyse("units", table, tmp_path, *BASE, *COVARIATES)

    found = row(result, "ipw", "active")
    assert found["estimate"] == pytest.approx(oracle.params["active"], abs=1e-6)
    assert found["se"] == pytest.approx(oracle.bse["active"], rel=1e-6)
    assert found["df"] is None


def test_a_perfectly_predicted_exposure_has_no_propensity() -> None:
    x = np.column_stack([np.ones(40), np.arange(40.0)])

    with pytest.raises(NotApplicable, match="perfectly"):
        logit_coefficients(x, (np.arange(40) >= 20).astype(float))


def test_a_categorical_exposure_has_a_row_a_level_against_the_reference(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    levels = table.assign(kind=np.where(table.active == 0, "none", np.where(table.other, "b", "a")))
    options = ("--outcome", "transfer", "--exposure", "kind", "--reference", "none", *COVARIATES)

    result = lrs_analyse("units", levels, tmp_path, *options, "--design", "observational")

    oracle = fitted(
        levels, 'transfer ~ C(kind, Treatment("none")) + prior + tenure + acts + score'
    ).fit()
    for level in "ab":
        found = row(result, "ols", f"kind[T.{level}]")
        assert found["estimate"] == pytest.approx(
            oracle.params[f'C(kind, Treatment("none"))[T.{level}]']
        )
        for method in ("crude", "ipw", "standardised", "aipw", "aipw_crossfit"):
            assert row(result, method, f"kind[T.{level}]")["n"] == len(levels)
    assert result["wording"]["en"].count("“kind a”") == 1


def test_a_number_becomes_levels_when_a_reference_is_named(tmp_path: Path) -> None:
    data = pd.DataFrame({"y": [1.0, 2, 4] * 40, "dose": [1.0, 2, 10] * 40})
    data["y"] += np.tile([0.0, 0.1], 60)
    options = ("--outcome", "y", "--exposure", "dose", "--design", "observational")

    dose = lrs_analyse("units", data, tmp_path, *options)
    levels = lrs_analyse("units", data, tmp_path, *options, "--reference", "2")

    assert {r["term"] for r in dose["estimates"]} == {"Intercept", "dose"}
    assert {r["term"] for r in levels["estimates"]} == {"Intercept", "dose[T.1]", "dose[T.10]"}
    assert row(levels, "crude", "dose[T.10]")["estimate"] == pytest.approx(2.0, abs=1e-6)
    assert {w["what"]: w["why"] for w in dose["withheld"]}["ipw"].endswith("this one is a dose")


def test_formula_terms_are_named_as_formulas_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"y": rng.normal(size=300), "age": rng.integers(20, 60, 300), "g": rng.integers(8, 11, 300)}
    )
    data["sex"] = np.where(rng.random(300) < 0.5, "f", "m")
    formula = "age + I(age**2) + C(sex) + C(g) + np.log(age)"

    result = lrs_analyse(
        "units", data, tmp_path, "--outcome", "y", "--covariates", formula, "--design", "randomised"
    )

    assert {r["term"] for r in result["estimates"]} == {
        "Intercept", "age", "I(age ** 2)", "C(sex)[T.m]", "C(g)[T.9]", "C(g)[T.10]", "np.log(age)",
    }  # fmt: skip
    assert result["primary"] is None


def test_the_result_holds_what_the_contract_says(table: pd.DataFrame, tmp_path: Path) -> None:
    result = lrs_analyse("units", table, tmp_path, *FULL)

    assert {r["method"] for r in result["estimates"]} == {
        "crude", "ols", "ipw", "standardised", "aipw", "aipw_crossfit", "within", "random_intercept",
    }  # fmt: skip
    for r in result["estimates"]:
        assert {"method", "estimand", "term", "estimate", "se", "ci", "n", "clusters", "df"} <= set(
            r
        )
        assert r["ci"][0] <= r["estimate"] <= r["ci"][1]
    assert {"share_in_05_95", "ess", "smd", "weights"} <= set(result["overlap"])
    assert set(result["overlap"]["weights"]) == {"max", "mean", "max_stabilised", "mean_stabilised"}
    assert {"rv", "rv_05", "partial_r2", "evalue", "evalue_ci"} <= set(result["sensitivity"])
    assert set(result["wording"]) == {"level", "en", "nl"}
    assert result["primary"] == "within"
    assert row(result, "within", "active")["switchers"] >= 50
    assert max(abs(s["after"]) for s in result["overlap"]["smd"].values()) < 0.1


@pytest.mark.parametrize("options", [FULL, (*BASE, *COVARIATES, "--estimand", "att")])
def test_the_same_seed_gives_the_same_bytes(
    table: pd.DataFrame, tmp_path: Path, options: tuple[str, ...]
) -> None:
    first, second, other = (
        json.dumps(lrs_analyse("units", table, tmp_path, *options, "--seed", seed))
        for seed in ("7", "7", "8")
    )

    assert first == second
    assert first != other


def test_columns_not_named_do_not_count_as_missing(table: pd.DataFrame, tmp_path: Path) -> None:
    holes = table.copy()
    holes.loc[holes.index[:30], "tenure"] = np.nan
    holes.loc[holes.index[20:60], "score"] = np.nan

    result = lrs_analyse("units", holes, tmp_path, *BASE, "--covariates", "score")

    assert result["rows_read"] == len(table)
    assert result["rows_used"] == len(table) - 40
    assert result["dropped"] == {"score": 40}


@pytest.mark.parametrize(
    ("keep", "why"),
    [(90, "90 units, fewer than 100"), (160, "units in arm 1, fewer than 50")],
)
def test_models_below_the_minimum_sizes_are_withheld_unless_asked_for(
    table: pd.DataFrame, tmp_path: Path, keep: int, why: str
) -> None:
    few = table.iloc[:keep].copy()
    few["active"] = 0
    few.loc[few.index[:40], "active"] = 1
    few["transfer"] = few["transfer"].round(3)

    plain = lrs_analyse("units", few, tmp_path, *BASE, "--covariates", "prior")
    asked = lrs_analyse("units", few, tmp_path, *BASE, "--covariates", "prior", "--no-minimum")

    assert {r["method"] for r in plain["estimates"]} == {"crude"}
    assert any(w["what"] == "ols" and why in w["why"] for w in plain["withheld"])
    assert plain["wording"]["level"] == "1"
    marked = row(asked, "ols", "active")
    assert why in marked["below_minimum"]
    assert asked["minimum_sizes"] == "not applied"
    assert row(asked, "aipw_crossfit", "active")["below_minimum"]


def test_an_arm_of_fewer_than_ten_people_is_not_described(tmp_path: Path) -> None:
    data = pd.DataFrame({"y": np.arange(60) % 7, "a": [1] * 9 + [0] * 51})
    options = ("--outcome", "y", "--exposure", "a", "--design", "observational")

    result = lrs_analyse("units", data, tmp_path, *options)
    asked = lrs_analyse("units", data, tmp_path, *options, "--no-minimum")

    assert result["estimates"] == []
    assert result["wording"]["level"] == "0"
    arm = result["description"]["means"][2]
    assert (arm["level"], arm["n"], arm["mean"]) == ("1", "<10", None)
    assert row(asked, "crude", "a")["below_minimum"] == "fewer than 10 people in arm 1"


def test_few_clusters_and_many_covariates_withhold_the_model(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    halves = table.assign(half=table.learner % 12, wide=table.learner % 60)

    clusters = lrs_analyse("units", halves, tmp_path, *BASE, *COVARIATES, "--cluster", "half")
    columns = lrs_analyse("units", halves, tmp_path, *BASE, "--covariates", "C(wide)")

    assert {w["what"]: w["why"] for w in clusters["withheld"]}[
        "ols"
    ] == "12 clusters, fewer than 20"
    assert "59 covariate columns" in {w["what"]: w["why"] for w in columns["withheld"]}["ols"]


@pytest.mark.parametrize("exposed_missing", [0.40, 0.70])
def test_a_gap_in_evidence_between_the_arms_withholds_what_is_adjusted(
    table: pd.DataFrame, tmp_path: Path, exposed_missing: float
) -> None:
    """Missing evidence is missing, never zero (§3.6); `--no-minimum` does not mend it."""
    rng = np.random.default_rng(0)
    chance = np.where(table.active == 1, exposed_missing, 0.15)
    holes = table.assign(transfer=table.transfer.mask(rng.random(len(table)) < chance))

    result = lrs_analyse("units", holes, tmp_path, *FULL, "--no-minimum")

    assert {r["method"] for r in result["estimates"]} == {"crude"}
    why = {w["what"]: w["why"] for w in result["withheld"]}
    assert "evidence" in why["within"]
    assert result["wording"]["level"] == "1"
    assert result["description"]["coverage"]["0"] == pytest.approx(0.85, abs=0.05)


def test_a_randomised_design_reports_the_difference_as_an_effect(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    trial = table.assign(invited=rng.integers(0, 2, len(table)))
    trial["transfer"] += 0.4 * trial.invited

    result = lrs_analyse(
        "units", trial, tmp_path, "--outcome", "transfer", "--exposure", "invited", *COVARIATES,
        "--learner", "learner", "--design", "randomised",
    )  # fmt: skip

    assert result["primary"] == "ols"
    assert row(result, "ols", "invited")["clusters"] == table.learner.nunique()
    assert result["wording"]["level"] == "4"
    assert result["wording"]["en"].startswith("Inviting people (“invited”) raised “transfer” by 0.")


def test_an_outcome_or_an_exposure_that_does_not_vary_says_nothing(tmp_path: Path) -> None:
    data = pd.DataFrame({"y": np.arange(200) % 9, "same": 1, "a": np.arange(200) % 2})
    design = ("--design", "observational")

    outcome = lrs_analyse(
        "units", data, tmp_path, "--outcome", "same", "--exposure", "a", *design, "--no-minimum"
    )
    exposure = lrs_analyse(
        "units", data, tmp_path, "--outcome", "y", "--exposure", "same", *design, "--no-minimum"
    )

    for result in (outcome, exposure):
        assert result["estimates"] == []
        assert {"crude", "ols"} <= {item["what"] for item in result["withheld"]}
        assert result["wording"]["level"] == "0"


def test_power_is_what_the_formula_says() -> None:
    assert checks.mde80(0.0464) == pytest.approx(0.130, abs=0.001)
    assert checks.planned_mde80(1.0, 0.5, 0.5, 1000) == pytest.approx(2.802 * (0.5 / 250) ** 0.5)


def test_description_by_dose_strata_and_ranks() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 1))
    a, y = rng.poisson(2, 400).astype(float), x[:, 0] + rng.normal(size=400)

    bins = description.dose_response(np.array([0, 0, 1, 2, 9, 10, 40.0]), np.arange(7.0))
    strata = description.stratified_correlation(a, a + y, rng.integers(0, 5, 400))

    assert [(b["level"], b["n"], b["mean"]) for b in bins] == [
        ("0", 2, 0.5), ("1-2", 2, 2.5), ("3-9", 1, 4.0), ("10+", 2, 5.5),
    ]  # fmt: skip
    assert description.winsorised(np.arange(101.0)).max() == 99.0
    assert strata["strata"] == 5
    assert strata["ci"][0] < strata["r"] < strata["ci"][1]
    assert description.stratified_correlation(a[:3], y[:3], np.zeros(3))["r"] is None
    assert abs(description.partial_spearman(x[:, 0] + 0 * a, y, np.empty((400, 0)))) > 0.5
    assert abs(description.partial_spearman(a, y, x)) < 0.15
