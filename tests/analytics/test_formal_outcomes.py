"""Completion and pass rate by social type, and what may be said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.reports.language import Tongue
from analytics.reports.sections import formal_social
from lrs.domain import vocabulary as v
from tests.analytics.planted import COURSE, Kept, act, complete, kept_in, post


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def ended(who: str, verb: str, day: str = "2026-01-10", **more: Any) -> dict[str, Any]:
    return act(who, f"{v.ADL}{verb}", COURSE, day, kind=v.COURSE, **more)


def outcomes(kept: Kept, min_group: int = 1) -> dict[str, Any]:
    kept.refresh()
    result = kept.result("formal_social", "2026-01-01", "2026-04-01", min_group=min_group)
    [row] = result["outcomes"]
    return dict(row)


def completing(formal_only: int, both: int, others: int) -> Iterable[dict[str, Any]]:
    """So many complete of either type, and `others` of both begin only."""
    for n in range(formal_only):
        yield complete(f"f{n}", "2026-01-10")
    for n in range(both):
        yield complete(f"b{n}", "2026-01-10")
        yield post(f"b{n}", f"b/{n}", "2026-02-01")
    for n in range(others):
        yield ended(f"o{n}", "registered")
        yield post(f"o{n}", f"o/{n}", "2026-02-01")


def test_who_completes_and_who_passes_is_counted_by_social_type(kept: Kept) -> None:
    """2.8: a pass is a completion too, a failure only a judgement; everyone counts once."""
    kept.keep(
        ended("ann", "registered"),
        ended("ann", "failed"),
        ended("ann", "passed", "2026-01-20"),
        post("ann", "p/1", "2026-03-01"),
        ended("bob", "completed", result={"success": False}),
        post("bob", "p/2", "2026-03-01"),
        ended("cyd", "completed"),
        ended("dee", "registered"),
        ended("eve", "failed"),
        post("fay", "p/3", "2026-03-01"),
        ended("gus", "completed", result={"success": True}),
    )

    row = outcomes(kept)

    assert row["period"] == "2026-Q1"
    assert row["both"] == {
        "people": 2, "completed": 2, "judged": 2, "passed": 1,
        "completion_rate": 1.0, "pass_rate": 0.5,
    }  # fmt: skip
    assert row["formal_only"] == {
        "people": 4, "completed": 2, "judged": 2, "passed": 1,
        "completion_rate": 0.5, "pass_rate": 0.5,
    }  # fmt: skip


def test_a_completion_in_another_period_is_none_of_this_one(kept: Kept) -> None:
    kept.keep(ended("ann", "registered"), complete("ann", "2026-04-02"))

    assert outcomes(kept)["formal_only"]["completed"] == 0


def test_rates_are_compared_as_a_description_of_different_people(kept: Kept) -> None:
    """3.8, level 1: nothing is adjusted for, so nothing more may be said."""
    kept.keep(*completing(formal_only=2, both=3, others=1))

    said = outcomes(kept)["wording"]["completion_rate"]

    assert said == {
        "level": "1",
        "en": "Among 6 learners, those with social days had an average completion percentage of "
        "75, others 100. This compares different people.",
        "nl": "Van 6 lerenden hadden degenen met sociale dagen gemiddeld een afrondingspercentage "
        "van 75, de anderen 100. Dit vergelijkt verschillende mensen.",
    }


def test_where_nobody_was_judged_there_is_not_enough_to_compare(kept: Kept) -> None:
    kept.keep(*completing(formal_only=2, both=3, others=1))

    said = outcomes(kept)["wording"]["pass_rate"]

    assert said["level"] == "0"
    assert "(n 0)" in said["en"]


def test_that_few_did_not_complete_is_not_told(kept: Kept) -> None:
    """Neither by what is left of the people, nor by a rate or a sentence."""
    kept.keep(*completing(formal_only=10, both=10, others=3))

    row = outcomes(kept, min_group=10)

    assert row["formal_only"]["completion_rate"] == 1.0
    assert row["both"]["people"] == 13
    assert row["both"]["completed"] is row["both"]["completion_rate"] is None
    assert row["wording"]["completion_rate"]["level"] == "0"


def test_how_few_there_are_is_hidden_in_the_sentence_too(kept: Kept) -> None:
    kept.keep(*completing(formal_only=10, both=3, others=0))

    said = outcomes(kept, min_group=10)["wording"]["completion_rate"]

    assert "(n hidden)" in said["en"]
    assert "(n verborgen)" in said["nl"]


def test_the_report_says_no_more_than_the_ladder_does(kept: Kept) -> None:
    kept.keep(*completing(formal_only=2, both=3, others=1))
    kept.refresh()
    report = kept.measure("formal_social", "2026-01-01", "2026-04-01")
    [row] = report["result"]["outcomes"]

    for language, period in (("en", "Q1 2026"), ("nl", "kw 1 2026")):
        blocks = formal_social.section(Tongue(language, 1), report).blocks

        texts = {getattr(block, "text", "") for block in blocks}
        assert {f"{period}: {said[language]}" for said in row["wording"].values()} <= texts
        rates = [one for block in blocks for one in getattr(block, "rows", ()) if one[-2] == "75%"]
        assert [one[2:6] for one in rates] == [("4", "3", "0", "0")]
