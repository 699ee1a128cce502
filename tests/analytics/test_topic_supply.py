"""Formal supply and social activity by topic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lrs.domain import vocabulary as v
from tests.analytics.attacker import Attacker, K, ones
from tests.analytics.planted import Kept, activity, complete, kept_in, post

ORDERS = ("social_first", "formal_first", "only_social", "only_formal")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def about(topic: str) -> dict[str, Any]:
    return {"contextActivities": {"other": [activity(f"tag/{topic}", v.TAG)]}}


def talk(name: str, topic: str, day: str) -> dict[str, Any]:
    return post(name, f"p/{name}/{topic}/{day}", day, context=about(topic))


def course(name: str, topic: str, day: str) -> dict[str, Any]:
    return complete(name, day, context=about(topic), name=f"{name} {topic} {day}")


def measured(kept: Kept, k: int = 1) -> dict[str, dict[str, Any]]:
    found = kept.result("topic_supply", "2026-01-01", "2026-07-01", min_group=k)
    return {row["topic"]: row for row in found["topics"]}


def test_people_are_told_apart_by_what_they_met_first(kept: Kept) -> None:
    kept.keep(
        talk("ann", "crm", "2026-01-01"), course("ann", "crm", "2026-01-11"),
        course("bob", "crm", "2026-01-01"), talk("bob", "crm", "2026-01-31"),
        talk("cem", "crm", "2026-02-01"), course("dee", "crm", "2026-02-01"),
        talk("eva", "crm", "2025-12-01"), course("eva", "crm", "2026-02-01"),
    )  # fmt: skip
    kept.refresh()

    row = measured(kept)["tag:crm"]

    assert [row[name] for name in ORDERS] == [1, 1, 1, 1], "eva met it before the window"
    assert (row["people"], row["social"], row["formal"], row["courses"]) == (4, 3, 3, 1)


def test_the_lag_counts_those_who_never_came_to_a_course(kept: Kept) -> None:
    people = [f"p{n}" for n in range(4)]
    kept.keep(
        *[talk(one, "crm", "2026-01-01") for one in people],
        *[course(one, "crm", "2026-01-21") for one in people[:2]],
    )
    kept.refresh()

    lag = measured(kept)["tag:crm"]["from_social_to_formal"]

    assert lag["within_90_days"] == pytest.approx(0.5)
    assert lag["median_days"] == pytest.approx(20)


def test_what_is_much_asked_and_has_no_course_is_told_apart(kept: Kept) -> None:
    kept.keep(
        *[talk(f"p{n}", "crm", "2026-01-01") for n in range(4)],
        *[talk(f"p{n}", "safety", "2026-01-01") for n in range(4)],
        course("p1", "safety", "2026-01-02"),
        talk("p1", "torque", "2026-01-01"),
        talk("p1", "budget", "2026-01-01"),
        course("p2", "budget", "2026-01-01"),
    )
    kept.refresh()

    found = {topic: row["quadrant"] for topic, row in measured(kept).items()}

    assert found == {
        "tag:crm": "much_talk_no_course",
        "tag:safety": "much_talk_with_course",
        "tag:torque": "little_talk_no_course",
        "tag:budget": "little_talk_with_course",
    }


@pytest.mark.parametrize("sizes", [(1, 9, 9, 9), (3, 0, 12, 2), (4, 4, 4, 4), (0, 1, 20, 0)])
def test_nobody_few_can_be_worked_out(kept: Kept, sizes: tuple[int, ...]) -> None:
    days = dict(zip(ORDERS, sizes, strict=True))
    for order, n in days.items():
        for one in (f"{order}{place}" for place in range(n)):
            if order != "only_formal":
                kept.keep(talk(one, "crm", "2026-03-01"))
            if order != "only_social":
                day = "2026-02-01" if order == "formal_first" else "2026-04-01"
                kept.keep(course(one, "crm", day))
    kept.refresh()
    attacker = Attacker()

    row = measured(kept, K).get("tag:crm", {})

    attacker.knows(ones(ORDERS), row.get("people"))
    attacker.knows(ones(ORDERS[:3]), row.get("social"))
    attacker.knows(ones((*ORDERS[:2], ORDERS[3])), row.get("formal"))
    for order, n in days.items():
        attacker.knows({order: 1}, row.get(order))
        attacker.assert_kept({order: 1}, n, order)
    hidden = row.get("formal") is None
    assert not hidden or row.get("quadrant") is None
