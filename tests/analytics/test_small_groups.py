"""
Nobody can read or work out how many there are of fewer than k people.

The attacker (`tests/analytics/attacker.py`) has the published figures, knows how they hang
together, and asks of each secret whether anything but the truth was possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.small_groups import Count, Counts
from tests.analytics.attacker import (
    Attacker,
    K,
    assert_types_kept,
    both,
    learning_types,
    ones,
    organisation,
)
from tests.analytics.planted import Kept, kept_in, knowing

LEVELS = ("reached", "participants", "contributors", "social_learners")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cells=st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=5))
def test_no_cell_of_a_table_with_margins_can_be_computed(cells: list[list[int]]) -> None:
    counts, rows, columns = Counts(K), range(len(cells)), range(3)
    everything = [(r, c) for r in rows for c in columns]
    whole = counts.publish({("all",): Count(sum(map(sum, cells)), everything, rank=2)})
    margins = {("row", str(r)): Count(sum(cells[r]), [(r, c) for c in columns], 1) for r in rows}
    margins |= {
        ("column", str(c)): Count(sum(row[c] for row in cells), [(r, c) for r in rows], 1)
        for c in columns
    }
    said = whole | counts.publish(margins)
    said |= counts.publish(
        {("cell", str(r), str(c)): Count(cells[r][c], [(r, c)]) for r, c in everything}
    )

    attacker = Attacker()
    attacker.knows(ones(everything), said[("all",)])
    for r in rows:
        attacker.knows(ones((r, c) for c in columns), said["row", str(r)])
    for c in columns:
        attacker.knows(ones((r, c) for r in rows), said["column", str(c)])
    for r, c in everything:
        attacker.knows({(r, c): 1}, said["cell", str(r), str(c)])
    for r, c in everything:
        attacker.assert_kept({(r, c): 1}, cells[r][c], f"cell {r}, {c}")
    for r in rows:
        attacker.assert_kept(ones((r, c) for c in columns), sum(cells[r]), f"row {r}")


def test_with_k_of_1_everything_is_said() -> None:
    counts = Counts(1)

    said = counts.publish({("a",): Count(1, ["a"]), ("all",): Count(2, ["a", "b"])})

    assert said == {("a",): 1, ("all",): 2}


def test_a_small_cell_hides_the_smallest_of_its_neighbours() -> None:
    counts = Counts(10)
    sizes = {"a": 3, "b": 20, "c": 15}
    counts.publish({("all",): Count(38, list(sizes), rank=1)})

    said = counts.publish({(name,): Count(n, [name]) for name, n in sizes.items()})

    assert said == {("a",): None, ("b",): 20, ("c",): None}


def test_what_is_hidden_is_not_squeezed_out_by_a_small_sum() -> None:
    """With 38 in all and 35 told, that the other two are 3 together would tell of each."""
    counts = Counts(10)
    sizes = {"a": 1, "b": 2, "c": 35}
    counts.publish({("all",): Count(38, list(sizes), rank=1)})

    said = counts.publish({(name,): Count(n, [name]) for name, n in sizes.items()})

    assert said == {("a",): None, ("b",): None, ("c",): None}


def test_what_has_been_said_stays_said() -> None:
    counts = Counts(10)
    counts.secret(("rest",), Count(1, ["b"]))
    first = counts.publish({("whole",): Count(12, ["a", "b"])})

    second = counts.publish({("part",): Count(11, ["a"], rank=9)})

    assert first == {("whole",): 12}
    assert second == {("part",): None}


@pytest.fixture(scope="module", params=range(8))
def asked(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    of, sent = organisation(request.param)
    with kept_in(tmp_path_factory.mktemp("random"), sent) as kept:
        kept.refresh(knowledge=knowing(of))
        yield kept


def level_terms(month: str, least: int, departments: list[str]) -> dict[Any, int]:
    return ones((month, of, level) for of in departments for level in range(least, 4))


def test_participation_keeps_its_secrets(asked: Kept) -> None:
    shown, truth = both(asked, "participation", by="department")
    departments = sorted({row["department"] for row in truth["groups"]})
    attacker = Attacker()
    for month, group in zip(shown["months"], truth["months"], strict=True):
        name = month["month"]
        for least, level in enumerate(LEVELS):
            attacker.knows(level_terms(name, least, departments), month[level])
        assert group["month"] == name
    for row in shown["groups"]:
        for least, level in enumerate(LEVELS):
            attacker.knows(level_terms(row["month"], least, [row["department"]]), row[level])
    population(attacker, shown, departments)

    for row in truth["months"]:
        assert_levels_kept(attacker, row, departments)
    for row in truth["groups"]:
        assert_levels_kept(attacker, row, [row["department"]])
    seen = [row["population"] for row in truth["months"]]
    for row, earlier, now in zip(truth["months"][1:], seen, seen[1:], strict=False):
        attacker.assert_kept({("new", row["month"]): 1}, now - earlier, f"new in {row['month']}")


def assert_levels_kept(attacker: Attacker, row: dict[str, Any], own: list[str]) -> None:
    """Neither how many are at a level or above, nor how many are at it and no higher."""
    values = [row[level] for level in LEVELS] + [0]
    for least, level in enumerate(LEVELS):
        what = f"{level} of {row['month']} in {own}"
        attacker.assert_kept(level_terms(row["month"], least, own), values[least], what)
        exactly = ones((row["month"], one, least) for one in own)
        attacker.assert_kept(exactly, values[least] - values[least + 1], f"no more than {what}")


def population(attacker: Attacker, shown: dict[str, Any], departments: list[str]) -> None:
    """Those seen so far are those of a month before and the newly seen, and include the reached."""
    months = [row["month"] for row in shown["months"]]
    for place, row in enumerate(shown["months"]):
        so_far = ones(("new", one) for one in months[: place + 1])
        attacker.knows(so_far, row["population"])
        present = level_terms(row["month"], 0, departments) | {("silent", row["month"]): 1}
        attacker.knows(so_far | dict.fromkeys(present, -1), 0)


def test_growth_keeps_its_secrets(asked: Kept) -> None:
    shown, truth = both(asked, "growth")
    attacker = Attacker()
    flows = ("new", "retained", "resurrected")
    for place, row in enumerate(shown["months"]):
        month = row["month"]
        attacker.knows(ones((month, flow) for flow in flows), row["active"])
        for flow in (*flows, "churned"):
            attacker.knows({(month, flow): 1}, row[flow])
        if place:
            before = shown["months"][place - 1]["month"]
            staying = {(month, "retained"): -1, (month, "churned"): -1}
            attacker.knows(ones((before, flow) for flow in flows) | staying, 0)
        net_growth(attacker, row)
    cohorts(attacker, shown)

    for row in truth["months"]:
        month = row["month"]
        active = ones((month, flow) for flow in flows)
        attacker.assert_kept(active, row["active"], f"active in {month}")
        for flow in (*flows, "churned"):
            attacker.assert_kept({(month, flow): 1}, row[flow], f"{flow} in {month}")
    for first, sizes in truth["cohorts"].items():
        for later, n in enumerate(sizes):
            cell = {("cohort", first, later): 1}
            attacker.assert_kept(cell, n, f"cohort {first} after {later}")
            attacker.assert_kept({("gone", first, later): 1}, sizes[0] - n, f"gone of {first}")


def net_growth(attacker: Attacker, row: dict[str, Any]) -> None:
    """Active - before = rate x before, and before is those who stayed and those who left."""
    if row["net_growth_rate"] is not None:
        month, rate = row["month"], row["net_growth_rate"]
        terms = {(month, flow): 1.0 for flow in ("new", "resurrected")}
        terms |= {(month, "retained"): -rate, (month, "churned"): -1 - rate}
        attacker.knows(terms, 0)


def cohorts(attacker: Attacker, shown: dict[str, Any]) -> None:
    """A month's people are those of its cohorts; a cohort's are there or gone."""
    months = [row["month"] for row in shown["months"]]
    for first, sizes in shown["cohorts"].items():
        for later, n in enumerate(sizes):
            cell = ("cohort", first, later)
            attacker.knows({cell: 1}, n)
            if later:
                whole = {("cohort", first, 0): 1, cell: -1, ("gone", first, later): -1}
                attacker.knows(whole, 0)
            else:
                attacker.knows({cell: 1, (first, "new"): -1, ("gone", first, later): 0}, 0)
    for place, month in enumerate(months):
        back = {(month, "retained"): -1, (month, "resurrected"): -1}
        own = ones(
            ("cohort", first, place - months.index(first))
            for first in shown["cohorts"]
            if months.index(first) < place
        )
        attacker.knows(own | back, 0)


def test_formal_and_social_keep_their_secrets(asked: Kept) -> None:
    shown, truth = both(asked, "formal_social", by="department", options={"period": "month"})
    departments = sorted({row["department"] for row in truth["groups"]})
    attacker = Attacker()
    learning_types(attacker, shown, departments)

    assert_types_kept(attacker, truth, departments)


def test_days_are_told_of_nobody_few(asked: Kept) -> None:
    shown, truth = both(asked, "formal_social", by="department", options={"period": "month"})

    for told, row in zip(shown["groups"], truth["groups"], strict=True):
        for days, kinds in (
            ("formal_days", ("formal_only", "both")),
            ("social_days", ("social_only", "both")),
            ("both_days", ("both",)),
        ):
            people = sum(row[kind] for kind in kinds)
            assert told[days] is None or people == 0 or people >= K


@pytest.mark.parametrize("name", ["tenure", "demand", "topics", "network"])
def test_no_figure_about_few_people_is_in_any_result(asked: Kept, name: str) -> None:
    """Whatever counts people is 0, k or more, or not told."""
    shown, _ = both(asked, name)

    for place, value in counted(shown):
        assert value is None or value == 0 or value >= K, place


_PEOPLE = {
    "n", "people", "askers", "contributors", "isolates", "left_truncated", "not_yet_observable",
    "events",
}  # fmt: skip


def counted(found: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(found, dict):
        for key, value in found.items():
            if key in _PEOPLE and not isinstance(value, dict | list):
                yield f"{place}.{key}", value
            else:
                yield from counted(value, f"{place}.{key}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from counted(value, f"{place}[{number}]")


def test_parts_of_months_are_not_told(asked: Kept) -> None:
    """A figure of half a month could be taken from that of the next day's half."""
    rows = asked.result("participation", "2026-01-10", "2026-03-20", min_group=K)["months"]

    assert [row["month"] for row in rows] == ["2026-02"]
