"""`lrs analyse events`: contract, the published purchase log, refusals."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.analytics.command import refusal, whys
from tests.analytics.published import file_of, lrs_analyse

EVENTS = ("--person", "p", "--time", "at")


def daily(people, days, start="2026-01-01"):
    """Everyone acts on each of the days after the start."""
    at = pd.Timestamp(start) + pd.to_timedelta(list(days), unit="D")
    return pd.DataFrame(
        [(p, moment.date().isoformat()) for p in range(people) for moment in at],
        columns=["p", "at"],
    )


def test_cdnow_the_published_purchase_log(tmp_path):
    """4.5, exact."""
    log = file_of("lifetimes", "datasets", "CDNOW_sample.txt")
    table = pd.read_csv(log, sep=r"\s+", header=None, usecols=[1, 2], dtype=str, names=["p", "at"])

    result = lrs_analyse("events", table, tmp_path, *EVENTS, "--complete-start")

    assert (result["rows_used"], result["people"]) == (6919, 2357)
    keys = ("active", "new", "retained", "resurrected", "churned")
    months = {row["month"]: [row[key] for key in keys] for row in result["growth"]}
    assert {
        name: months[name] for name in ("1997-01", "1997-02", "1997-03", "1997-04", "1997-05")
    } == {
        "1997-01": [781, 781, 0, 0, 0],
        "1997-02": [981, 857, 124, 0, 657],
        "1997-03": [948, 719, 168, 61, 813],
        "1997-04": [267, 0, 171, 96, 777],
        "1997-05": [224, 0, 90, 134, 177],
    }
    assert months["1997-12"] == [183, 0, 65, 118, 140]
    assert months["1998-06"] == [138, 0, 41, 97, 93]
    assert result["cohorts"]["1997-01"][:7] == [781, 124, 95, 70, 65, 77, 65]
    tenure = result["tenure"]
    assert (tenure["n"], tenure["events"], tenure["left_truncated"]) == (2357, 2328, 0)
    shares = [tenure["at"][t]["s"] for t in ("0", "90", "180")]
    assert shares == pytest.approx([0.2915, 0.0802, 0.0339], abs=5e-5)
    assert tenure["cutoff"] == "1998-06-30T00:00:00Z"
    assert result["incomplete_month"] is None


def test_the_first_month_is_the_baseline_and_no_churn_is_said(tmp_path):
    result = lrs_analyse("events", daily(12, [0, 40]), tmp_path, *EVENTS)

    assert [(row["quick_ratio"], row["reason"]) for row in result["growth"]] == [
        (None, "baseline"),
        (None, "no_churn"),
    ]


def test_acts_after_the_cutoff_are_counted_and_left_out(tmp_path):
    result = lrs_analyse(
        "events", daily(12, [0, 40, 80]), tmp_path, *EVENTS, "--cutoff", "2026-02-15"
    )

    assert (result["rows_used"], result["after_cutoff"]) == (36, 12)
    assert [row["month"] for row in result["growth"]] == ["2026-01", "2026-02"]
    assert result["incomplete_month"] == "2026-02"


def test_a_cutoff_after_the_last_act_adds_its_months(tmp_path):
    result = lrs_analyse("events", daily(12, [0]), tmp_path, *EVENTS, "--cutoff", "2026-03-31")

    assert [(row["month"], row["churned"]) for row in result["growth"]] == [
        ("2026-01", 0),
        ("2026-02", 12),
        ("2026-03", 0),
    ]
    assert result["cohorts"] == {"2026-01": [12, 0, 0]}


def test_an_offset_moves_an_act_into_its_month_in_utc(tmp_path):
    table = pd.DataFrame({"p": [1], "at": ["2026-02-01T00:30:00+01:00"]})

    result = lrs_analyse("events", table, tmp_path, *EVENTS)

    assert [row["month"] for row in result["growth"]] == ["2026-01"]


def test_old_hands_and_newcomers_are_counted_apart(tmp_path):
    early, late = daily(12, [0, 30]), daily(12, [290]).assign(p=lambda t: t["p"] + 100)
    settled = daily(15, [120, 140]).assign(p=lambda t: t["p"] + 200)

    result = lrs_analyse("events", pd.concat([early, late, settled]), tmp_path, *EVENTS)

    tenure = result["tenure"]
    assert (tenure["n"], tenure["left_truncated"], tenure["not_yet_observable"]) == (15, 12, 12)
    assert (tenure["median"], tenure["one_visit_share"]) == (20, 0)


def test_a_tenure_curve_of_fewer_than_ten_is_withheld(tmp_path):
    table = daily(9, [0, 10, 200])

    withheld = lrs_analyse("events", table, tmp_path, *EVENTS, "--complete-start")
    shown = lrs_analyse("events", table, tmp_path, *EVENTS, "--complete-start", "--no-minimum")

    assert (withheld["tenure"]["n"], withheld["tenure"]["median"]) == (9, None)
    assert whys(withheld)["tenure"] == "9 people, fewer than 10"
    assert shown["tenure"]["median"] == 10
    assert shown["minimum_sizes"] == "not applied"


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    table = pd.concat([daily(15, [0, 10, 200]), daily(4, [33])])
    shuffled = table.sample(frac=1, random_state=3)

    one = lrs_analyse("events", table, tmp_path, *EVENTS)

    assert lrs_analyse("events", shuffled, tmp_path, *EVENTS) == one


@pytest.mark.parametrize(
    "table", [daily(0, []), pd.DataFrame({"p": [None, "a"], "at": ["2026-01-01", None]})]
)
@pytest.mark.parametrize("cutoff", [None, "2026-02-01"])
def test_a_log_without_one_usable_row_has_nothing_to_tell(table, cutoff, tmp_path):
    """An empty table is no fault, here as in the other kinds."""
    options = () if cutoff is None else ("--cutoff", cutoff)

    result = lrs_analyse("events", table, tmp_path, *EVENTS, *options)

    full = lrs_analyse("events", daily(20, [0, 10, 200]), tmp_path, *EVENTS)
    assert (result["people"], result["growth"], result["cohorts"]) == (0, [], {})
    assert result["tenure"]["cutoff"] == (None if cutoff is None else "2026-02-01T00:00:00Z")
    assert set(whys(result)) == {"growth", "cohorts", "tenure"}
    assert (set(result), set(result["tenure"])) == (set(full), set(full["tenure"]))


@pytest.mark.parametrize(
    ("table", "options", "named"),
    [
        (
            pd.DataFrame({"p": ["a", "b"], "at": ["2026-01-01", "yesterday"]}),
            (),
            "column 'at', row 2",
        ),
        (pd.DataFrame({"p": ["a"], "when": ["2026-01-01"]}), (), "column 'at'"),
        (daily(1, [0]), ("--cutoff", "soon"), "--cutoff: 'soon'"),
        (daily(1, [0]), ("--cutoff", "2025-01-01"), "column 'at'"),
        (daily(1, [0]), ("--gap", "-1"), "--gap"),
        (daily(1, [0]), ("--at", "x"), "--at: 'x'"),
    ],
)
def test_a_log_that_cannot_be_used(table, options, named, tmp_path):
    assert named in refusal("events", table, tmp_path, *EVENTS, *options)
