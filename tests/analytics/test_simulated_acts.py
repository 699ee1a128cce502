"""What the act-by-act generator plants, and its truth file against a case counted by hand."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from analytics.simulate.acts import Act, openings
from analytics.simulate.files import write
from analytics.simulate.organisation import Organisation, simulate
from analytics.simulate.people import Member
from analytics.simulate.plan import DAY, HOUR, Plan
from analytics.simulate.truth import survival, truth
from lrs.cli import main
from lrs.domain import timestamps

UNTIL = timestamps.parse("2026-01-01T00:00:00Z")
PLAN = Plan(until=UNTIL, people=120, departments=6)


@cache
def large() -> Organisation:
    return simulate(PLAN, seed=2)


def shares(of: Organisation) -> dict[str, float]:
    people = [one for one in of.members if not one.bot]
    acts = [act for act in of.acts if not of.members[act.who].bot]
    questions = [act for act in acts if act.kind in ("ask", "wonder") and act.at < UNTIL - 60 * DAY]
    answered = {act.on for act in acts if act.kind == "answer"}
    towards = [act for act in acts if act.kind in ("reply", "comment", "like", "share")]
    by_number = {act.number: act for act in acts}
    own = [
        of.members[act.who].department(act.at)
        == of.members[by_number[act.on].who].department(by_number[act.on].at)
        for act in towards
        if act.on is not None
    ]
    units = len(of.units)
    return {
        "second": sum(one.second for one in people) / len(people),
        "own department": sum(own) / len(own),
        "answered": len(answered & {act.number for act in questions}) / len(questions),
        "duplicates": len(of.duplicated) / len(acts),
        "late": len(of.late) / len(acts),
        "voided": len(of.voided) / len(acts),
        "grade A": sum(act.grade == "A" and act.at < UNTIL for act in acts) / units,
    }


def test_the_planned_shares_are_planted() -> None:
    found = shares(large())

    assert found["second"] == pytest.approx(PLAN.two_identifiers, abs=0.07)
    assert found["own department"] == pytest.approx(PLAN.own_department, abs=0.05)
    assert found["answered"] == pytest.approx(PLAN.answered, abs=0.08)
    assert found["duplicates"] == pytest.approx(PLAN.duplicates, abs=0.002)
    assert found["late"] == pytest.approx(PLAN.late, abs=0.002)
    assert found["voided"] == pytest.approx(PLAN.voided, abs=0.002)
    assert found["grade A"] <= PLAN.evidence


def test_late_acts_arrive_more_than_thirty_days_after_they_happened() -> None:
    of = large()
    happened = {act.number: act.at for act in of.acts}

    arrived = {
        number: max(one.at for one in of.told if one.way == "forum" and one.body["post"]["id"] == 10_000 + number)
        for number in of.late
        if any(one.way == "forum" and one.body["post"]["id"] == 10_000 + number for one in of.told)
    }  # fmt: skip

    assert arrived
    assert all(at - happened[number] > 30 * DAY for number, at in arrived.items())


def test_the_same_seed_makes_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    plan = Plan(until=UNTIL, people=12, days=90)
    seeds = {"one": 7, "again": 7, "other": 8}

    contents = {
        name: [path.read_bytes() for path in write(simulate(plan, seed), tmp_path / name)]
        for name, seed in seeds.items()
    }

    assert contents["one"] == contents["again"]
    assert contents["one"][0] != contents["other"][0]


def test_two_thirds_of_the_departments_get_a_community_and_no_other_has_notes() -> None:
    of = large()
    opened = openings(PLAN)

    notes = [act for act in of.acts if act.kind == "note" and not of.members[act.who].bot]

    assert len(opened) == 4
    assert Counter(opened.values()) == {
        PLAN.since + 90 * DAY: 2,
        PLAN.since + 150 * DAY: 2,
    }
    assert all(opened[str(of.members[act.who].department(act.at))] <= act.at for act in notes)


def test_the_truth_of_a_few_acts_is_what_a_hand_counts() -> None:
    """Two people of X and one of Y; c's only act is taken back, so that nobody answers b."""
    start = UNTIL - 200 * DAY
    plan = Plan(until=UNTIL, days=200, people=3, departments=2)
    members = [
        Member(n, ((0, name),), start, UNTIL, second=False, bot=False, drive=0.0)
        for n, name in enumerate("XXY")
    ]
    acts = [
        Act(0, start, 0, "post", "lockout", thread=0),
        Act(1, start + DAY, 1, "reply", "lockout", on=0, thread=0, place=2),
        Act(2, start + 2 * DAY, 0, "reply", "lockout", on=1, thread=0, place=3),
        Act(3, start + 3 * DAY, 1, "ask", "feedback", thread=3),
        Act(4, start + 3 * DAY + 5 * HOUR, 2, "answer", "feedback", on=3, thread=3, place=2),
        Act(5, start + 4 * DAY, 2, "comment", "lockout", on=0),
    ]
    of = Organisation(plan, members, acts, frozenset({5}), frozenset(), frozenset(), [], [], 0)

    found = truth(of)

    assert found["network"] == {
        "n": 3, "edges": [[0, 1, 1], [1, 0, 1], [2, 1, 1]], "interactions": 3, "unresolved": 0,
        "dyads": 2, "reciprocity": pytest.approx(2 / 3), "ei": 0.0, "contributors": 3,
        "isolates": 0,
    }  # fmt: skip
    assert found["tenure"]["lives"] == [[0.0, True], [2.0, True], [2.0, True]]
    assert found["tenure"]["median"] == 2.0
    assert found["demand"]["answered_within_24_hours"] == 1.0
    assert found["demand"]["median_hours"] == 5.0
    assert found["topics"]["lockout"] == {"acts": 3, "people": 2, "questions": 0}
    assert found["acts"] == {"used": 5, "bot": 0, "voided": 1, "voiding": 1}


def test_survival_is_that_of_freireich() -> None:
    """Treated leukaemia patients: .857 at 6 weeks, .628 at 16 (research §4.2, D12)."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    lives = [(float(t), True) for t in ended] + [(float(t), False) for t in censored]

    assert survival(lives, 6) == pytest.approx(0.8571, abs=1e-4)
    assert survival(lives, 16) == pytest.approx(0.6275, abs=1e-4)
    assert survival(lives, 23) == pytest.approx(0.4482, abs=1e-4)


def test_the_command_writes_files_that_a_reader_can_open(tmp_path: Path) -> None:
    out = tmp_path / "made"

    done = CliRunner().invoke(
        main, ["simulate", "--out", str(out), "--people", "8", "--days", "90", "--seed", "3"]
    )

    assert done.exit_code == 0, done.output
    statements = [
        orjson.loads(line) for line in (out / "statements.jsonl").read_bytes().splitlines()
    ]
    told = orjson.loads((out / "truth.json").read_bytes())
    sent = sum(
        len((out / f"{way}.jsonl").read_bytes().splitlines()) for way in ("forum", "intranet")
    )
    assert len(statements) + sent == told["planted"]["sent"]
    assert {"growth", "network", "tenure", "demand", "transfer"} <= set(told)


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", "--out", str(tmp_path / "x"), "--until", "soon"])

    assert done.exit_code == 2
    assert "--until" in done.output
