"""
A simulated organisation through the real server: what was planted comes back (research §5.6.8).

Sent through the Statement Resource and signed hooks, read through the API, with LRS_MIN_GROUP=1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from analytics.facts.engine import Engine
from analytics.facts.reading import Window, open_facts
from analytics.simulate.organisation import simulate
from analytics.simulate.plan import Plan
from analytics.simulate.subjects import COURSES
from lrs.domain import timestamps
from tests.analytics.simulated import Simulated, simulated

PLAN = Plan(until=timestamps.parse("2026-01-01T00:00:00Z"), people=60, departments=6)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(simulate(PLAN, seed=11), tmp_path_factory.mktemp("simulated")) as found:
        yield found


def test_all_that_makes_trouble_is_planted(made: Simulated) -> None:
    """Otherwise figures could be exact for nothing."""
    planted = made.truth["planted"]

    trouble = ("bots", "two_identifiers", "movers", "duplicates", "late", "voided", "refused")
    assert [name for name in trouble if not planted[name]] == []
    assert made.truth["network"]["unresolved"]
    assert {act.language for act in made.planted.acts} == {"en", "nl"}


def test_every_statement_is_there_once_and_in_its_place(made: Simulated) -> None:
    report = made.report("participation")

    counts = made.truth["acts"]
    assert report["rows_used"] == counts["used"]
    assert report["excluded"] == {
        name: counts[name] for name in ("bot", "voided", "voiding") if counts[name]
    }
    assert report["rows_read"] == sum(counts.values())


def test_participation_by_month_is_what_was_planted(made: Simulated) -> None:
    found = made.result("participation")["months"]

    levels = ("reached", "participants", "contributors", "social_learners")
    assert {row["month"]: {name: row[name] for name in levels} for row in found} == (
        made.truth["participation"]
    )


def test_growth_and_its_identities_are_exact(made: Simulated) -> None:
    found = made.result("growth")["months"]

    names = ("month", "active", "new", "retained", "resurrected", "churned")
    assert [{name: row[name] for name in names} for row in found] == made.truth["growth"]
    for before, row in pairwise(found):
        assert row["active"] == before["active"] + row["new"] + row["resurrected"] - row["churned"]
        assert row["active"] == row["new"] + row["retained"] + row["resurrected"]


def test_edges_reciprocity_and_ties_beyond_departments_are_exact(made: Simulated) -> None:
    found = made.result("network", permutations=100)

    planted = made.truth["network"]
    same = ("n", "interactions", "dyads", "contributors", "isolates")
    assert {name: found[name] for name in same} == {name: planted[name] for name in same}
    assert found["edges"] == len(planted["edges"])
    assert found["dropped"] == {"self": 0, "unresolved": planted["unresolved"]}
    assert found["reciprocity"] == pytest.approx(planted["reciprocity"], rel=1e-9)
    assert found["ei"]["value"] == pytest.approx(planted["ei"], rel=1e-9)


def test_every_edge_is_between_the_people_it_was_planted_between(made: Simulated) -> None:
    members = made.person_codes()
    window = Window(timestamps.parse(made.since), timestamps.parse(made.until), 2**60)

    with open_facts(made.facts, window, Engine()) as facts:
        facts.interactions()
        found = facts.rows(
            "SELECT source, target, count(*) FROM interactions "
            "WHERE layer = 'reply' AND fate = 'kept' GROUP BY ALL ORDER BY ALL"
        )

    edges = sorted([members[source], members[target], n] for source, target, n in found)
    assert edges == made.truth["network"]["edges"]


def test_who_completed_who_was_active_and_what_is_known_of_them_is_exact(made: Simulated) -> None:
    course = COURSES[0]
    units = [unit for unit in made.truth["transfer"]["units"] if unit["course"] == course]
    told = [unit for unit in units if "A" in unit["evidence"]]

    made.analyse("transfer", course)

    answer = made.client.get(f"/api/analytics/programmes/{course}/transfer")
    population = answer.json()["population"]
    assert population["completers"] == len(units)
    assert population["units"] == _by_arm(units)
    assert population["with_evidence"] == _by_arm(told)


def _by_arm(units: list[dict[str, Any]]) -> dict[str, int]:
    active = sum(unit["active"] for unit in units)
    return {"0": len(units) - active, "1": active, "all": len(units)}


def test_tenure_is_that_of_the_acts_to_a_day(made: Simulated) -> None:
    found = made.result("tenure", complete_start="true")

    planted, people = made.truth["tenure"], found["people"]
    assert people["n"] == planted["n"]
    assert people["events"] == planted["events"]
    assert found["not_yet_observable"] == planted["not_yet_observable"]
    assert people["median"] == pytest.approx(planted["median"], abs=1)


def test_questions_are_answered_as_they_were(made: Simulated) -> None:
    found, planted = made.result("demand")["questions"], made.truth["demand"]

    same = ("questions", "askers", "answered")
    assert {name: found[name] for name in same} == {name: planted[name] for name in same}
    for name in ("answered_within_24_hours", "answered_within_7_days"):
        assert found[name] == pytest.approx(planted[name], abs=0.005)
    assert found["median_hours"] == pytest.approx(planted["median_hours"], abs=0.01)


def test_topics_in_two_languages_are_counted(made: Simulated) -> None:
    rows = made.result("topics")["topics"]

    found = {
        row["topic"].removeprefix("topic:"): {
            name: row[name] for name in ("acts", "people", "questions")
        }
        for row in rows
        if row["topic"].startswith("topic:")
    }
    assert found == made.truth["topics"]


def test_formal_beside_social_is_counted_by_day(made: Simulated) -> None:
    found = made.result("formal_social", period="month")["periods"]

    planted = made.truth["formal_social"]
    names = list(next(iter(planted.values())))
    assert {row["period"]: {name: row[name] for name in names} for row in found} == planted
