"""Who a lot falls on: anybody can draw it again, and every unit has the declared chance."""

from __future__ import annotations

from typing import Any

import pytest

from lrs.domain.programme_forms import programme
from lrs.domain.programmes import Declared
from lrs.services.lots import by_lot
from tests.programmes import plain

MANY = [f"unit {number}" for number in range(90)]
UNITS = MANY[:9]


def declared(share: float, seed: int = 1, **more: Any) -> Declared:
    made = plain(invitations={"share": share}, seed=seed, **{"id": "lot", **more})
    return Declared(programme(made), 1, 0, "")


def test_the_same_seed_and_units_give_the_same_lot_and_others_give_another() -> None:
    lot = by_lot(declared(0.5), MANY, 1)

    assert by_lot(declared(0.5), MANY[::-1], 1) == lot
    assert by_lot(declared(0.5, seed=2), UNITS, 1) != by_lot(declared(0.5), UNITS, 1)
    assert by_lot(declared(0.5, id="other"), UNITS, 1) != by_lot(declared(0.5), UNITS, 1)


@pytest.mark.parametrize(
    ("share", "many"), [(1 / 3, {3}), (0.5, {4, 5}), (1.0, {9}), (0.01, {0, 1})]
)
def test_as_many_are_invited_as_the_share_says_and_one_more_by_chance(
    share: float, many: set[int]
) -> None:
    sizes = {len(by_lot(declared(share, seed), UNITS, 1)) for seed in range(300)}

    assert sizes == many


@pytest.mark.parametrize("size", [1, 2, 9])
def test_every_unit_has_exactly_the_declared_chance(size: int) -> None:
    """In 4,000 lots 30% are 1,200, give or take 29; five times that is allowed, for each unit."""
    units = UNITS[:size]
    counts = dict.fromkeys(units, 0)

    for seed in range(4000):
        for unit in by_lot(declared(0.3, seed), units, 1):
            counts[unit] += 1

    assert all(abs(count - 1200) < 145 for count in counts.values()), counts


def test_those_who_join_one_by_one_have_that_chance_too() -> None:
    drawn = sum(len(by_lot(declared(0.3), [f"joiner {n}"], n)) for n in range(2, 4002))

    assert abs(drawn - 1200) < 145
