"""
The estimators on organisations with known truth: a short version of `make simulate` (§5.6, 1–7).

12 organisations a scenario; the bands of `targets` are as wide as that number asks for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analytics.simulate import chunks
from analytics.simulate.studies import STUDIES, Record, record
from analytics.simulate.targets import bias, errors_of, targets
from analytics.simulate.units import SCENARIOS, Scenario, organisation, units_of
from analytics.transfer.association import Plan, analyse

ORGANISATIONS = 12


@cache
def records(study: str) -> list[Record]:
    return [record(study, number) for number in range(ORGANISATIONS)]


@pytest.mark.parametrize("number", range(1, 8))
def test_every_target_is_met_on_a_few_organisations(number: int) -> None:
    found = targets({name: records(name) for name in STUDIES})

    own = [one for one in found if one.number == number]

    assert own
    assert [one for one in own if not one.met] == []


def test_the_reported_estimate_is_within_learners() -> None:
    assert {row["primary"] for name in SCENARIOS for row in records(name)} == {"within"}


def test_a_target_is_missed_where_the_report_is_wrong() -> None:
    """The table can fail: with the truth moved, and with the crude difference called primary."""
    moved = [{**row, "truth": row["truth"] + 0.3} for row in records("A")]
    crude = [{**row, "primary": "crude"} for row in records("A")]

    for wrong in (moved, crude):
        assert not all(one.met for one in targets({"A": wrong}) if one.number == 1)


def test_no_evidence_taken_for_no_transfer_would_say_twice_as_much() -> None:
    assert bias(errors_of(records("zero_filled"))) > 0.3
    assert abs(bias(errors_of(records("missing_score")))) < 0.1
    assert bias(errors_of(records("self_report"))) == pytest.approx(0.2, abs=0.05)


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


def test_a_run_is_taken_up_where_it_stopped_and_the_processes_change_nothing(
    tmp_path: Path,
) -> None:
    done = []
    part = chunks.records(["rollout_20"], 20, tmp_path, processes=1)

    whole = chunks.records(
        ["rollout_20"], 50, tmp_path, processes=2, progress=lambda *told: done.append(told)
    )

    alone = chunks.records(["rollout_20"], 50, tmp_path / "other", processes=1)
    assert [every for _, every in done] == [3, 3]  # the first 20 were there
    assert whole["rollout_20"][:20] == part["rollout_20"]
    assert whole == alone
    assert len(whole["rollout_20"]) == 50
