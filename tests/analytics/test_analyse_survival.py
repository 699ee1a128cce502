"""`lrs analyse survival`: contract, anchors, refusals."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.analytics.command import lives, refusal, whys
from tests.analytics.published import file_of, lrs_analyse

SURVIVAL = ("--duration", "t", "--event", "e")


def test_d11_the_waltons_flies(tmp_path):
    table = pd.read_csv(file_of("lifelines", "datasets", "waltons_dataset.csv"))

    result = lrs_analyse(
        "survival", table, tmp_path, "--duration", "T", "--event", "E", "--group", "group"
    )

    assert result["groups"]["all"]["median"] == 56
    assert result["logrank"]["chi2"] == pytest.approx(122.249, abs=1e-3)
    assert result["logrank"]["p"] == pytest.approx(2.0e-28, rel=0.05)


def test_d13_the_rossi_recidivists(tmp_path):
    """Fox's model has seven covariates; three of its coefficients are the anchor."""
    table = pd.read_csv(file_of("lifelines", "datasets", "rossi.csv"))

    result = lrs_analyse(
        "survival", table, tmp_path, "--duration", "week", "--event", "arrest", "--at", "52",
        "--covariates", "fin + age + race + wexp + mar + paro + prio",
    )  # fmt: skip

    assert result["groups"]["all"]["at"]["52"]["s"] == pytest.approx(0.73611, abs=1e-4)
    cox = {row["term"]: row["estimate"] for row in result["cox"]}
    assert [cox[term] for term in ("fin", "age", "prio")] == pytest.approx(
        [-0.3794, -0.0574, 0.0915], abs=1e-4
    )


def test_an_event_may_be_written_as_a_float(tmp_path):
    """pandas writes a column of 0, 1 and one missing value as 0.0, 1.0 and an empty cell."""
    table = lives(50)
    floats = table.assign(e=table["e"].astype(float).where(table.index > 0))

    result = lrs_analyse("survival", floats, tmp_path, *SURVIVAL)

    assert result["dropped"] == {"e": 1}
    assert result["groups"]["all"]["events"] == int(table["e"][1:].sum())


def test_a_group_of_fewer_than_ten_has_counts_only(tmp_path):
    table = lives(60).assign(g=["small"] * 9 + ["large"] * 51)

    result = lrs_analyse("survival", table, tmp_path, *SURVIVAL, "--group", "g")

    small = result["groups"]["small"]
    assert (small["n"], small["median"], small["rmst"]) == (9, None, None)
    assert small["at"] == {"90": {"s": None, "ci": None}, "180": {"s": None, "ci": None}}
    assert result["groups"]["large"]["median"] is not None
    assert result["logrank"] is None
    assert whys(result)["groups.small"] == "9 people, fewer than 10"
    assert "logrank" in whys(result)


def test_no_minimum_prints_small_groups_marked_as_such(tmp_path):
    table = lives(60).assign(g=["small"] * 9 + ["large"] * 51)

    result = lrs_analyse("survival", table, tmp_path, *SURVIVAL, "--group", "g", "--no-minimum")

    assert result["groups"]["small"]["median"] is not None
    assert result["logrank"]["df"] == 1
    assert result["minimum_sizes"] == "not applied"
    assert {item["what"] for item in result["below_minimum"]} == {"groups.small", "logrank"}


def test_a_model_needs_a_hundred_units_and_ten_events_a_covariate(tmp_path):
    few = lrs_analyse("survival", lives(99), tmp_path, *SURVIVAL, "--covariates", "age")
    rare = lives(120).assign(e=[1] * 9 + [0] * 111)
    uneventful = lrs_analyse("survival", rare, tmp_path, *SURVIVAL, "--covariates", "age")

    assert few["cox"] is None
    assert whys(few)["cox"] == "99 units, fewer than 100"
    assert whys(uneventful)["cox"] == "9 events, fewer than 10"


def test_rows_that_miss_a_value_are_dropped_and_counted(tmp_path):
    table = lives(50).astype(object)
    table.loc[0, "t"] = None
    table.loc[[1, 2], "e"] = None

    result = lrs_analyse("survival", table, tmp_path, *SURVIVAL)

    assert (result["rows_read"], result["rows_used"]) == (50, 47)
    assert result["dropped"] == {"t": 1, "e": 2}
    assert result["groups"]["all"]["n"] == 47


def test_what_lies_beyond_the_follow_up_is_withheld(tmp_path):
    table = lives(50).assign(t=range(50), e=0)

    result = lrs_analyse("survival", table, tmp_path, *SURVIVAL, "--at", "20,90")

    assert result["groups"]["all"]["at"]["20"]["s"] == 1
    assert result["groups"]["all"]["at"]["90"]["s"] is None
    assert "groups.all.at.90" in whys(result)
    assert "groups.all.rmst" in whys(result)


def test_three_groups_are_also_compared_two_by_two(tmp_path):
    table = lives(150).assign(g=["a", "b", "c"] * 50)

    result = lrs_analyse("survival", table, tmp_path, *SURVIVAL, "--group", "g")

    assert [row["groups"] for row in result["pairwise"]] == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert all(row["p_adjusted"] >= row["p"] for row in result["pairwise"])


def test_a_group_censored_before_the_first_event_is_left_out_of_the_log_rank_and_named(tmp_path):
    two = pd.DataFrame({"t": [*range(2, 42)], "e": 1, "g": ["a", "b"] * 20})
    gone = pd.DataFrame({"t": [1] * 15, "e": 0, "g": "c"})

    result = lrs_analyse("survival", pd.concat([two, gone]), tmp_path, *SURVIVAL, "--group", "g")

    alone = lrs_analyse("survival", two, tmp_path, *SURVIVAL, "--group", "g")
    assert result["logrank"] == alone["logrank"]
    assert result["logrank"]["df"] == 1
    assert [row["groups"] for row in result["pairwise"]] == [["a", "b"]]
    assert whys(result)["logrank.c"] == "nobody of it was left when the first event happened"
    assert {"pairwise.a.c", "pairwise.b.c"} <= set(whys(result))


def test_a_file_with_a_header_only_has_nothing_to_tell(tmp_path):
    result = lrs_analyse("survival", lives(0), tmp_path, *SURVIVAL, "--no-minimum")

    assert result["groups"]["all"]["n"] == 0
    assert result["groups"]["all"]["median"] is None


@pytest.mark.parametrize(
    ("change", "options", "named"),
    [
        ({"t": -1}, (), "column 't', row 3"),
        ({"t": "soon"}, (), "column 't', row 3"),
        ({"e": 2}, (), "column 'e', row 3"),
        ({"e": "maybe"}, (), "column 'e', row 3"),
        ({"age": "n.v.t."}, ("--covariates", "age"), "column 'age', row 3"),
        ({}, ("--group", "team"), "column 'team'"),
        ({}, ("--covariates", "wealth"), "column 'wealth'"),
        ({}, ("--at", "90,soon"), "--at: 'soon'"),
        ({}, ("--at", "1_000"), "--at: '1_000'"),
        ({}, ("--horizon", "0"), "--horizon"),
    ],
)
def test_a_table_or_option_of_survival_that_cannot_be_used(change, options, named, tmp_path):
    table = lives(20).astype(object)
    for column, value in change.items():
        table.loc[2, column] = value

    assert named in refusal("survival", table, tmp_path, *SURVIVAL, *options)
