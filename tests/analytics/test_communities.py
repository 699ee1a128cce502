"""Communities month by month."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.analytics.attacker import Attacker, K, ones, organisation
from tests.analytics.planted import Kept, kept_in, post, reply


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def clique(names: list[str], month: str) -> Iterator[dict[str, Any]]:
    """Everyone posts, and everyone replies to everyone."""
    for one in names:
        yield post(one, f"p/{one}/{month}", f"{month}-01")
    for one, other in itertools.permutations(names, 2):
        what = f"r/{one}/{other}/{month}"
        yield reply(one, what, f"p/{other}/{month}", f"{month}-02")


def people(name: str, n: int, first: int = 0) -> list[str]:
    return [f"{name}{place}" for place in range(first, first + n)]


def test_a_community_goes_on_that_shares_three_tenths_of_its_people(kept: Kept) -> None:
    kept.keep(
        *clique(people("a", 6), "2026-01"),
        *clique(people("b", 4), "2026-01"),
        *clique(people("a", 5, first=3), "2026-02"),
        *clique(people("c", 4), "2026-02"),
    )
    kept.refresh()

    january, february = kept.result("communities", "2026-01-01", "2026-03-01")["months"]

    assert january == {
        "month": "2026-01", "people": 10, "giant_share": 0.6, "communities": 2,
        "largest": [
            {"community": 1, "people": 6, "goes_on": False},
            {"community": 2, "people": 4, "goes_on": False},
        ],
    }  # fmt: skip
    assert february["largest"] == [
        {"community": 1, "people": 5, "goes_on": True},
        {"community": 3, "people": 4, "goes_on": False},
    ], "3 of 8 are the same"


def test_communities_of_few_are_neither_told_nor_counted(kept: Kept) -> None:
    kept.keep(
        *clique(people("a", 9), "2026-01"),
        *clique(people("b", 6), "2026-01"),
        *clique(people("c", 3), "2026-01"),
    )
    kept.refresh()

    [month] = kept.result("communities", "2026-01-01", "2026-02-01", min_group=K)["months"]

    assert month["communities"] is None
    assert [row["people"] for row in month["largest"]] == [9], "6 and 3 keep each other"
    assert month["giant_share"] == pytest.approx(9 / 18)


@pytest.mark.parametrize("seed", range(6))
def test_no_community_of_few_can_be_worked_out(tmp_path: Path, seed: int) -> None:
    _, sent = organisation(seed)
    with kept_in(tmp_path, sent) as made:
        made.refresh()
        window = ("2026-01-01", "2026-04-01")
        shown = made.result("communities", *window, min_group=K)["months"]
        truth = made.result("communities", *window)["months"]

    for told, real in zip(shown, truth, strict=True):
        places = range(len(real["largest"]))
        sizes = [row["people"] for row in real["largest"]]
        attacker = Attacker()
        attacker.knows(ones(places), told["people"])
        attacker.knows(ones(places) | {"giant": -1, "outside": -1}, 0)
        if told["giant_share"] is not None:
            attacker.knows({"giant": 1}, round(told["giant_share"] * told["people"]))
        for n in (row["people"] for row in told["largest"]):
            place = sizes.index(n)
            sizes[place] = -1
            attacker.knows({place: 1}, n)
        for place, row in enumerate(real["largest"]):
            attacker.assert_kept({place: 1}, row["people"], f"community {place}")
        outside = real["people"] - round((real["giant_share"] or 0) * real["people"])
        attacker.assert_kept({"outside": 1}, outside, "outside")
