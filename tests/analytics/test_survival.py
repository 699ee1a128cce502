"""Curves, their comparison and Cox's regression, against worked tables and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.survival.compare import logrank, pairwise
from analytics.survival.cox import NoFit, cox
from analytics.survival.curve import kaplan_meier

# Freireich's 42 leukaemia patients: weeks in remission; negative where still in remission.
DRUG = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

times = st.integers(min_value=0, max_value=30)
lives = st.lists(st.tuples(times, st.booleans()), min_size=1, max_size=60)


def arrays(weeks):
    return np.abs(np.array(weeks, dtype=float)), np.array(weeks) > 0


def drawn(lives):
    return np.array([t for t, _ in lives], dtype=float), np.array([e for _, e in lives], dtype=bool)


def test_the_curve_of_the_leukaemia_trial_is_the_published_one():
    """D12."""
    curve = kaplan_meier(*arrays(DRUG))

    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert {t: curve.share(t) for t in published} == pytest.approx(published, abs=1e-4)
    assert curve.median() == 23
    assert kaplan_meier(*arrays(PLACEBO)).median() == 8


def test_the_log_rank_of_the_leukaemia_trial_is_the_published_one():
    """D12."""
    durations, happened = arrays(DRUG + PLACEBO)

    test = logrank(durations, happened, np.array(["drug"] * 21 + ["placebo"] * 21, dtype=object))

    assert test.chi2 == pytest.approx(16.793, abs=1e-3)
    assert test.df == 1


def test_pairs_of_groups_are_adjusted_together_as_statsmodels_does():
    from statsmodels.duration.survfunc import survdiff
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(3)
    groups = np.repeat(np.array(["a", "b", "c"], dtype=object), 40)
    durations, happened = rng.exponential(np.repeat([20, 30, 60], 40)), rng.random(120) < 0.8
    members = {name: groups == name for name in "abc"}
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]

    rows = pairwise(durations, happened, members, pairs)

    assert [tuple(row["groups"]) for row in rows] == pairs
    both = [members[one] | members[two] for one, two in pairs]
    p = [survdiff(durations[two], happened[two].astype(int), groups[two])[1] for two in both]
    assert [row["p"] for row in rows] == pytest.approx(p)
    adjusted = multipletests(p, method="fdr_bh")[1]
    assert [row["p_adjusted"] for row in rows] == pytest.approx(list(adjusted))


def test_a_pair_of_which_nothing_can_be_told_is_not_counted_as_tested():
    durations, happened = arrays([*DRUG, *PLACEBO, -0.5, -0.5])
    groups = np.array(["drug"] * 21 + ["placebo"] * 21 + ["gone"] * 2, dtype=object)
    members = {name: groups == name for name in ("drug", "placebo", "gone")}
    pairs = [("drug", "placebo"), ("drug", "gone"), ("placebo", "gone")]

    [row] = pairwise(durations, happened, members, pairs)

    assert row["groups"] == ["drug", "placebo"]
    assert row["p_adjusted"] == row["p"]


@pytest.mark.parametrize("weeks", [DRUG, PLACEBO, DRUG + PLACEBO])
def test_intervals_are_those_of_statsmodels(weeks):
    from statsmodels.duration.survfunc import SurvfuncRight

    durations, happened = arrays(weeks)
    oracle = SurvfuncRight(durations, happened.astype(int))

    curve = kaplan_meier(durations, happened)

    with np.errstate(all="ignore"):  # statsmodels at S = 0
        low, high = oracle.quantile_ci(0.5, method="cloglog")
    assert curve.median_interval()[0] == low
    assert curve.median_interval()[1] == (high if np.isfinite(high) else None)
    z = 1.959963984540054
    for t, share, error in zip(
        oracle.surv_times, oracle.surv_prob, oracle.surv_prob_se, strict=True
    ):
        if 0 < share < 1:
            spread = z * error / (share * abs(np.log(share)))
            expected = (share ** np.exp(spread), share ** np.exp(-spread))
            assert curve.share_interval(t) == pytest.approx(expected, rel=1e-9)


def test_the_restricted_mean_is_the_area_under_the_steps():
    curve = kaplan_meier(np.array([1.0, 2, 4]), np.array([True, True, False]))

    assert curve.restricted_mean(3) == pytest.approx(1 + 2 / 3 + 1 / 3)


def test_the_restricted_mean_of_complete_lives_has_the_interval_of_a_mean():
    """Without censoring Greenwood's sum is the variance of the mean, n in the denominator."""
    lives = np.random.default_rng(5).exponential(50, 400)

    curve = kaplan_meier(lives, np.ones(400, dtype=bool))
    low, high = curve.restricted_mean_interval(60)

    capped = np.minimum(lives, 60)
    assert curve.restricted_mean(60) == pytest.approx(capped.mean())
    assert (high - low) / 2 == pytest.approx(1.959964 * capped.std() / 20, rel=1e-6)


def test_nothing_is_said_beyond_the_longest_follow_up():
    curve = kaplan_meier(np.array([1.0, 5]), np.array([True, False]))

    assert curve.share(5) == 0.5
    assert curve.share(6) is None
    assert curve.restricted_mean(6) is None


def test_a_curve_that_reached_zero_is_known_for_ever():
    curve = kaplan_meier(np.array([1.0, 5]), np.array([True, True]))

    assert curve.share(100) == 0
    assert curve.restricted_mean(100) == 3


def test_a_median_that_is_not_reached_is_a_legal_value():
    curve = kaplan_meier(np.array([1.0, 5, 5, 5]), np.array([True, False, False, False]))

    assert curve.median() is None
    assert curve.median_interval()[1] is None


@given(lives)
def test_without_censoring_before_it_the_share_is_a_count(lives):
    durations, _ = drawn(lives)

    curve = kaplan_meier(durations, np.ones(len(durations), dtype=bool))

    for t in (0, 7, 30):
        assert curve.share(t) == pytest.approx((durations > t).mean(), abs=1e-12)


@given(lives)
def test_a_curve_never_rises(lives):
    curve = kaplan_meier(*drawn(lives))

    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.survival >= 0) & (curve.survival <= 1)).all()


def test_the_log_rank_of_three_groups_is_that_of_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    rng = np.random.default_rng(11)
    groups = rng.choice(["a", "b", "c"], 300).astype(object)
    durations = np.ceil(rng.exponential(np.where(groups == "a", 12, 20)))
    happened = rng.random(300) < 0.7

    test = logrank(durations, happened, groups)

    statistic, p = survdiff(durations, happened.astype(int), groups.astype(str))
    assert (test.chi2, test.p) == pytest.approx((statistic, p), rel=1e-8)
    assert test.df == 2


def test_a_group_that_left_before_the_first_event_takes_no_part():
    """It has no expected events; its degree of freedom would make every difference look smaller."""
    durations, happened = arrays(DRUG + PLACEBO + [-0.5] * 5)
    groups = np.array(["drug"] * 21 + ["placebo"] * 21 + ["gone"] * 5, dtype=object)

    test = logrank(durations, happened, groups)

    both = logrank(durations[:42], happened[:42], groups[:42])
    assert (test.chi2, test.df, test.p) == (both.chi2, 1, both.p)
    assert (test.left_out, both.left_out) == (("gone",), ())


def test_groups_to_which_nothing_happened_have_no_log_rank():
    assert logrank(np.array([1.0, 2]), np.array([False, False]), np.array(["a", "b"])) is None


def test_one_group_has_no_log_rank():
    assert logrank(np.array([1.0, 2]), np.array([True, True]), np.array(["a", "a"])) is None


def test_cox_with_many_ties_is_that_of_statsmodels():
    from statsmodels.api import PHReg

    rng = np.random.default_rng(3)
    columns = np.column_stack((rng.normal(40, 9, 400), rng.random(400) < 0.4))
    durations = np.ceil(rng.exponential(np.exp(-0.03 * (columns[:, 0] - 40) + 1.5)))
    happened = rng.random(400) < 0.6

    fit = cox(durations, happened, columns)

    oracle = PHReg(durations, columns, happened.astype(int), ties="efron").fit()
    assert fit.coefficients == pytest.approx(oracle.params, abs=1e-7)
    assert fit.errors == pytest.approx(oracle.bse, abs=1e-7)
    assert fit.loglik == pytest.approx(oracle.llf, abs=1e-7)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ([[1.0], [1], [1], [1]], "does not vary"),
        ([[1.0, 2], [2, 4], [3, 6], [5, 10]], "follows from the others"),
        ([[4.0], [3], [2], [1]], "separates"),
    ],
)
def test_a_model_without_a_finite_solution_says_why(columns, reason):
    with pytest.raises(NoFit, match=reason):
        cox(np.array([1.0, 2, 3, 4]), np.ones(4, dtype=bool), np.array(columns))


def test_a_model_needs_an_event():
    with pytest.raises(NoFit, match="no event"):
        cox(np.array([1.0, 2]), np.zeros(2, dtype=bool), np.array([[1.0], [2]]))
