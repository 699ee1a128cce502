"""What was looked for is told in words only where many typed the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lrs.domain import vocabulary as v
from tests.analytics.attacker import K
from tests.analytics.planted import Kept, act, kept_in, void


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def search(who: str, text: str, hits: int = 1, day: str = "2026-01-10") -> dict[str, Any]:
    result = {"response": text, "extensions": {v.HITS: hits}}
    name = f"{who} {text} {day}"
    return act(
        who, f"{v.ACROSSX}searched", "search", day, kind=v.SEARCH_ENGINE, name=name, result=result
    )


def sought(kept: Kept, k: int = K) -> list[dict[str, Any]]:
    found = kept.result("demand", "2026-01-01", "2026-03-01", min_group=k)
    rows: list[dict[str, Any]] = found["sought"]
    return rows


def people(n: int) -> list[str]:
    return [f"p{place}" for place in range(n)]


def test_the_words_of_many_are_told_however_they_are_spelt(kept: Kept) -> None:
    kept.keep(
        *[search(one, "Torque  Sensor", hits=0) for one in people(5)],
        *[search(one, "torque sensor", hits=2) for one in people(10)[5:]],
        *[search(one, "my salary") for one in people(4)],
    )
    kept.refresh(query_people=K)

    assert sought(kept) == [
        {"query": "torque sensor", "people": 10, "searches": 10, "without_result": 0.5}
    ]


def test_words_of_few_are_on_no_disk(kept: Kept) -> None:
    kept.keep(*[search(one, "zyzzyva") for one in people(4)])
    kept.refresh(query_people=K)

    assert sought(kept, k=1) == []
    files = [path.read_bytes() for path in kept.facts.rglob("*") if path.is_file()]
    assert files
    assert not any(b"zyzzyva" in held for held in files)


def test_words_are_kept_from_when_enough_have_typed_them(kept: Kept) -> None:
    kept.keep(*[search(one, "crm") for one in people(4)])
    kept.refresh(query_people=K)
    before = sought(kept)
    kept.keep(search("late", "CRM", day="2026-02-10"))
    kept.refresh(query_people=K)

    assert before == []
    assert [(row["query"], row["people"]) for row in sought(kept)] == [("crm", 5)]


def test_words_are_gone_with_the_searches_that_are_voided(kept: Kept) -> None:
    kept.keep(*[search(one, "crm") for one in people(5)])
    kept.refresh(query_people=K)
    kept.keep(void("p0 crm 2026-01-10"))
    kept.refresh(query_people=K)

    assert sought(kept, k=1) == []


def test_few_who_typed_something_else_keep_the_words_back(kept: Kept) -> None:
    """8 of 10 typed it; that 2 did not would be known."""
    kept.keep(
        *[search(one, "crm") for one in people(8)],
        *[search(one, f"own words of {one}") for one in people(10)[8:]],
    )
    kept.refresh(query_people=K)

    assert sought(kept) == []
