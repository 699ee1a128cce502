"""How newcomers are received."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.analytics.planted import Kept, kept_in, post, reply


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def test_newcomers_are_told_apart_by_whether_anyone_replied(kept: Kept) -> None:
    kept.keep(
        post("old", "p/0", "2025-01-01"),
        post("ann", "p/1", "2026-01-01"),
        reply("old", "r/1", "p/1", "2026-01-03"),
        post("ann", "p/2", "2026-01-20"),
        post("bob", "p/3", "2026-01-02"),
        reply("old", "r/2", "p/3", "2026-01-20"),
        post("cem", "p/4", "2026-01-03"),
        reply("old", "r/3", "p/4", "2026-01-04"),
    )
    kept.refresh()

    found = kept.result("newcomers", "2026-01-01", "2026-06-01")

    assert found["answered"] == {"newcomers": 2, "posted_again": 0.5}
    assert found["unanswered"] == {"newcomers": 1, "posted_again": 0.0}


def test_newcomers_of_the_last_weeks_are_not_judged_yet(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-05-20"))
    kept.refresh()

    found = kept.result("newcomers", "2026-01-01", "2026-06-01")

    assert found["unanswered"]["newcomers"] == 0


def test_few_newcomers_are_not_told_of(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-01"))
    kept.refresh()

    found = kept.result("newcomers", "2026-01-01", "2026-06-01", min_group=10)

    assert found["unanswered"] == {"newcomers": None, "posted_again": None}
