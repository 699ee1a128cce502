"""A KPI as transfer evidence: the change of a learner's own figure, over the spread before."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.facts import Knowledge, Post
from analytics.transfer.programme import Terms, units_table
from lrs.domain.programmes import Evidence
from tests.analytics.planted import Kept, Told, complete, kept_in
from tests.analytics.programmes import END, KPI, days_after, declared, figure

C = "2026-02-01T12:00:00Z"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def rows(kept: Kept, asked: Any) -> list[dict[str, Any]]:
    """The exported table, with everyone in it."""
    kept.refresh()
    terms = Terms(until=END, min_group=1)
    return list(units_table(asked, kept.facts, terms=terms)["programme"].to_dict("records"))


def test_a_kpi_is_the_change_over_the_spread_before(kept: Kept) -> None:
    """Levels before are 10, 20 and 30: their standard deviation is 10."""
    for who, before in (("ann", 10), ("bob", 20), ("cas", 30)):
        kept.keep(
            complete(who, C),
            figure(who, before - 1, days_after(C, -20)),
            figure(who, before + 1, days_after(C, -10)),
        )
    kept.keep(figure("ann", 15, days_after(C, 60)), figure("bob", 18, days_after(C, 60)))
    asked = declared(evidence=(Evidence(KPI, "A", kpi=True),))

    found = [row["transfer"] for row in rows(kept, asked)]

    assert sorted(value for value in found if not math.isnan(value)) == [-0.2, 0.5]
    assert len(found) == 3


@pytest.mark.parametrize("unit", [1e-4, 1e25])
def test_a_kpi_may_be_of_any_size(kept: Kept, unit: float) -> None:
    """An error rate is no less a figure than a turnover."""
    for who, before in (("ann", 1), ("bob", 2), ("cas", 3)):
        kept.keep(
            complete(who, C),
            figure(who, before * unit, days_after(C, -10)),
            figure(who, (before + 0.5) * unit, days_after(C, 60)),
        )
    asked = declared(evidence=(Evidence(KPI, "A", kpi=True),))

    assert [row["transfer"] for row in rows(kept, asked)] == pytest.approx([0.5] * 3)


class InRoles(Told):
    """Everyone in one department; twenty people, every other one a nurse."""

    def roster(self) -> list[Any]:
        return [
            Post(f"p{n}", "Care", 0, None, "nurse" if n % 2 else "porter", f"boss{n % 3}")
            for n in range(20)
        ]


def test_a_kpi_is_judged_among_people_of_one_role(kept: Kept) -> None:
    """Porters' levels before are ten times as far apart as nurses'."""
    for n in range(20):
        level = 100 + n // 2 * (1 if n % 2 else 10)
        kept.keep(
            complete(f"p{n}", C), figure(f"p{n}", level, days_after(C, -9)),
            figure(f"p{n}", level + 3, days_after(C, 60)),
        )  # fmt: skip
    people = InRoles(persons=[(f"p{n}", "2000-01-01", f"p{n}") for n in range(20)])
    kept.refresh(knowledge=Knowledge(people=people))
    asked = declared(evidence=(Evidence(KPI, "A", kpi=True),))

    frame = units_table(asked, kept.facts, terms=Terms(until=END, min_group=1))["programme"]

    spread = statistics.stdev(range(10))
    assert frame["transfer"].nunique() == 2
    assert min(frame["transfer"]) == pytest.approx(3 / (10 * spread))
    assert max(frame["transfer"]) == pytest.approx(3 / spread)
    assert set(frame["manager"]) == {"(other)"}
