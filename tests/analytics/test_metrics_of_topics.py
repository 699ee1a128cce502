"""Topics, questions and searches as metrics tell them, on Statements with a planted truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lrs.domain import vocabulary as v
from tests.analytics.planted import (
    Kept,
    act,
    activity,
    ask,
    kept_in,
    like,
    post,
    reply,
    view,
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def test_topics_are_counted_by_people_and_month(kept: Kept) -> None:
    tagged = {"contextActivities": {"other": [activity("tag/safety", v.TAG)]}}
    kept.keep(
        post("ann", "p/1", "2026-01-10", context=tagged),
        post("ann", "p/2", "2026-01-11", context=tagged),
        ask("bob", "p/3", "2026-02-11", context=tagged),
        post("cem", "p/4", "2026-02-12"),
    )
    kept.refresh()

    found = kept.result("topics", "2026-01-01", "2026-03-01")

    [topic] = found["topics"]
    assert (topic["topic"], topic["people"], topic["acts"]) == ("tag:safety", 2, 3)
    assert topic["questions"] == 1
    assert [(row["month"], row["people"], row["questions"]) for row in topic["months"]] == [
        ("2026-01", 1, 0),
        ("2026-02", 1, 1),
    ]
    assert found["coverage"] == pytest.approx(3 / 4)


def test_questions_of_a_topics_months_are_told_where_no_askers_are_few(kept: Kept) -> None:
    tagged = {"contextActivities": {"other": [activity("tag/safety", v.TAG)]}}
    for month in ("2026-01", "2026-02"):
        kept.keep(*(ask(who, f"{who}/{month}", f"{month}-10", context=tagged) for who in "abc"))
        kept.keep(*(post(who, f"{who}/{month}", f"{month}-11", context=tagged) for who in "def"))
    kept.refresh()
    window = ("2026-01-01", "2026-03-01")

    [told] = kept.result("topics", *window, min_group=3)["topics"]
    kept.keep(ask("d", "d/one", "2026-02-12", context=tagged))
    kept.refresh()
    [hidden] = kept.result("topics", *window, min_group=3)["topics"]

    assert [row["questions"] for row in told["months"]] == [3, 3]
    assert [row["people"] for row in hidden["months"]] == [6, 6]
    assert [row["questions"] for row in hidden["months"]] == [None, None]


def test_a_topic_that_is_talked_about_much_more_is_rising(kept: Kept) -> None:
    tagged = {"contextActivities": {"other": [activity("tag/crm", v.TAG)]}}
    kept.keep(
        *[post(f"p{n}", f"a/{n}", "2026-01-15", context=tagged) for n in range(3)],
        *[post(f"p{n}", f"b/{n}", "2026-03-25", context=tagged) for n in range(12)],
    )
    kept.refresh()

    [rising] = kept.result("topics", "2026-01-01", "2026-04-01", min_group=3)["rising"]
    withheld = kept.result("topics", "2026-01-01", "2026-04-01", min_group=10)

    assert rising["topic"] == "tag:crm"
    assert rising["rate_ratio"] == pytest.approx((12 / 28) / (3 / 84))
    assert (withheld["rising"], withheld["came_up"]) == ([], ["tag:crm"])


def test_the_time_to_an_answer_counts_those_who_still_wait(kept: Kept) -> None:
    kept.keep(
        ask("ann", "q/1", "2026-01-01T10:00:00Z"),
        reply("ann", "r/0", "q/1", "2026-01-01T11:00:00Z"),
        reply("bob", "r/1", "q/1", "2026-01-01T12:00:00Z"),
        ask("bob", "q/2", "2026-01-02T10:00:00Z"),
        reply("ann", "r/2", "q/2", "2026-01-05T10:00:00Z"),
        ask("cem", "q/3", "2026-01-03T10:00:00Z"),
    )
    kept.refresh()

    found = kept.result("demand", "2026-01-01", "2026-02-01")["questions"]

    assert (found["askers"], found["questions"], found["answered"]) == (3, 3, 2)
    assert found["answered_within_24_hours"] == pytest.approx(1 / 3)
    assert found["answered_within_7_days"] == pytest.approx(2 / 3)
    assert found["median_hours"] == pytest.approx(72)
    assert found["newcomers_answered_within_7_days"] == pytest.approx(2 / 3)


def test_a_question_is_resolved_by_its_asker_or_by_acceptance(kept: Kept) -> None:
    kept.keep(
        ask("ann", "q/1", "2026-01-01"),
        reply("bob", "r/1", "q/1", "2026-01-02"),
        like("ann", "r/1", "2026-01-03"),
        ask("ann", "q/2", "2026-01-04"),
        reply("bob", "r/2", "q/2", "2026-01-05"),
        act("cem", f"{v.AS}accept", "r/2", "2026-01-06"),
        ask("ann", "q/3", "2026-01-07"),
        reply("bob", "r/3", "q/3", "2026-01-08"),
        like("cem", "r/3", "2026-01-09"),
    )
    kept.refresh()

    assert kept.result("demand", "2026-01-01", "2026-02-01")["questions"]["resolved"] == 2


def test_searches_are_sessions_with_an_end(kept: Kept) -> None:
    def search(who: str, when: str, text: str, hits: int) -> dict[str, Any]:
        result = {"response": text, "extensions": {v.HITS: hits}}
        return act(who, f"{v.ACROSSX}searched", "search", when, kind=v.SEARCH_ENGINE, result=result)

    kept.keep(
        search("ann", "2026-01-01T10:00:00Z", "torque sensor", 0),
        search("ann", "2026-01-01T10:20:00Z", "sensor", 3),
        view("ann", "w/1", "2026-01-01T10:25:00Z"),
        search("ann", "2026-01-01T11:00:00Z", "budget", 0),
        search("bob", "2026-01-01T10:00:00Z", "crm", 2),
        view("bob", "w/1", "2026-01-01T10:40:00Z"),
    )
    kept.refresh()

    found = kept.result("demand", "2026-01-01", "2026-02-01")["searches"]

    assert (found["people"], found["sessions"]) == (2, 3)
    assert found["opened_something"] == pytest.approx(1 / 3)
    assert found["abandoned"] == pytest.approx(2 / 3)
    assert found["reformulated"] == pytest.approx(1 / 3)
    assert found["without_result"] == pytest.approx(2 / 4)
