"""A planted organisation's counts, edges and growth come back exactly."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.registry import metrics
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest, NotFound
from tests.analytics.planted import (
    FORUM,
    Kept,
    kept_in,
    knowing,
    post,
    reply,
    view,
)
from tests.analytics.planted_organisation import MONTHS, Organisation


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation(seed=7)


@pytest.fixture(scope="module")
def planted(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with kept_in(tmp_path_factory.mktemp("planted"), organisation.statements()) as kept:
        kept.refresh(knowledge=knowing(organisation.of))
        yield kept


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def test_participation_by_month_is_what_was_planted(
    organisation: Organisation, planted: Kept
) -> None:
    found = planted.result("participation", "2026-01-01", "2026-05-01")

    for row in found["months"]:
        truth = {name: len(who) for name, who in organisation.levels(row["month"]).items()}
        assert {name: row[name] for name in truth} == truth


def test_the_last_28_days_are_a_share_of_who_was_seen_by_then(planted: Kept) -> None:
    """Without a roster; in mid-month only where nothing is withheld, lest days be subtracted."""
    whole = planted.result("participation", "2026-01-01", "2026-05-01", min_group=5)
    part = planted.result("participation", "2026-01-01", "2026-04-20", min_group=5)
    open_ = planted.result("participation", "2026-01-01", "2026-04-20")

    recent = whole["last_28_days"]
    assert recent["population"] == whole["months"][-1]["population"] == 40
    assert recent["rate"] == pytest.approx(recent["social_learners"] / 40)
    assert (part["last_28_days"]["population"], part["last_28_days"]["rate"]) == (None, None)
    assert part["last_28_days"]["social_learners"] is not None
    assert open_["last_28_days"]["population"] == open_["months"][-1]["population"]
    assert open_["last_28_days"]["rate"] is not None


def test_departments_of_a_month_add_up_to_the_whole(
    organisation: Organisation, planted: Kept
) -> None:
    found = planted.result("participation", "2026-01-01", "2026-05-01", by="department")

    for row in found["groups"]:
        truth = organisation.levels(row["month"])
        for name, people in truth.items():
            own = [who for who in people if organisation.of[who] == row["department"]]
            assert row[name] == len(own)


def test_growth_is_what_was_planted_and_its_identity_holds(
    organisation: Organisation, planted: Kept
) -> None:
    rows = planted.result("growth", "2026-01-01", "2026-05-01")["months"]

    active = [organisation.levels(month)["participants"] for month in MONTHS]
    before: set[str] = set()
    for place, row in enumerate(rows):
        now, last = active[place], active[place - 1] if place else set()
        truth = {
            "active": len(now),
            "new": len(now - before),
            "retained": len(now & last),
            "resurrected": len((now & before) - last),
            "churned": len(last - now),
        }
        assert {name: row[name] for name in truth} == truth
        before |= now
    for earlier, later in itertools.pairwise(rows):
        change = later["new"] + later["resurrected"] - later["churned"]
        assert later["active"] == earlier["active"] + change


def test_the_net_growth_rate_is_the_change_of_who_is_active(planted: Kept) -> None:
    """2.4; the first month of the log is the baseline, that of a window is not."""
    first, *rows = planted.result("growth", "2026-01-01", "2026-05-01")["months"]
    later = planted.result("growth", "2026-02-01", "2026-05-01")["months"]

    assert first["net_growth_rate"] is None
    active = [row["active"] for row in (first, *rows)]
    truth = [now / before - 1 for before, now in itertools.pairwise(active)]
    assert [row["net_growth_rate"] for row in rows] == pytest.approx(truth)
    assert [row["net_growth_rate"] for row in later] == pytest.approx(truth)


def test_a_net_growth_rate_is_told_of_told_figures_only(kept: Kept) -> None:
    """Two stay, three of the five before: from the rate they could be worked out."""
    kept.keep(*(post(who, f"{who}/1", "2026-01-10") for who in "abcde"))
    kept.keep(*(post(who, f"{who}/2", "2026-02-10") for who in "ab"))
    kept.refresh()

    rows = kept.result("growth", "2026-01-01", "2026-03-01", min_group=5)["months"]
    shown = kept.result("growth", "2026-02-01", "2026-03-01")["months"]

    assert [row["active"] for row in rows] == [5, None]
    assert [row["net_growth_rate"] for row in rows] == [None, None]
    assert shown[0]["net_growth_rate"] == pytest.approx(-0.6)


def test_of_a_month_that_is_not_over_nobody_is_said_to_have_left(kept: Kept) -> None:
    """They may come yet."""
    kept.keep(*(post(who, f"{who}/1", "2026-03-10") for who in "abc"))
    kept.keep(post("a", "a/2", "2026-04-02"), post("d", "d/1", "2026-04-02"))
    kept.refresh()

    found = kept.result("growth", "2026-03-01", "2026-04-03")

    assert found["incomplete_month"] == "2026-04"
    march, april = found["months"]
    assert (march["churned"], march["reason"]) == (0, "baseline")
    assert (april["active"], april["new"], april["retained"]) == (2, 1, 1)
    assert (april["churned"], april["quick_ratio"]) == (None, None)
    assert april["net_growth_rate"] is None
    assert april["reason"] == "incomplete_month"


@pytest.mark.parametrize("min_group", [1, 2])
def test_a_window_that_goes_on_after_the_cutoff_ends_with_the_cutoffs_month(
    kept: Kept, min_group: int
) -> None:
    """Nobody can have been seen since; that is not to have left."""
    kept.keep(*(post(who, f"{who}/1", "2026-03-10") for who in "abc"))
    cursor = timestamps.text(kept.refresh().cursor)
    year, month = int(cursor[:4]), cursor[:7]

    found = kept.result("growth", "2026-03-01", f"{year + 2}-01-01", min_group=min_group)

    assert found["incomplete_month"] == found["months"][-1]["month"] == month
    assert found["months"][-1]["churned"] is None


def test_a_month_that_is_over_is_told_whole(planted: Kept) -> None:
    found = planted.result("growth", "2026-01-01", "2026-05-01")

    assert found["incomplete_month"] is None
    assert found["months"][-1]["churned"] is not None


def test_cohorts_are_the_people_of_their_month_who_are_active_later(
    organisation: Organisation, planted: Kept
) -> None:
    cohorts = planted.result("growth", "2026-01-01", "2026-05-01")["cohorts"]

    january = organisation.levels("2026-01")["participants"]
    truth = [len(january & organisation.levels(month)["participants"]) for month in MONTHS]
    assert cohorts["2026-01"] == truth


def test_the_network_has_the_planted_edges(organisation: Organisation, planted: Kept) -> None:
    found = planted.result("network", "2026-01-01", "2026-05-01", options={"permutations": 100})

    edges = organisation.edges()
    dyads = {frozenset(edge) for edge in edges}
    between = [pair for pair in dyads if len({organisation.of[who] for who in pair}) > 1]
    mutual = [edge for edge in edges if edge[::-1] in edges]
    assert found["interactions"] == sum(edges.values())
    assert (found["edges"], found["dyads"]) == (len(edges), len(dyads))
    assert found["reciprocity"] == pytest.approx(len(mutual) / len(edges))
    assert found["ei"]["value"] == pytest.approx((2 * len(between) - len(dyads)) / len(dyads))
    assert found["dropped"]["unresolved"] == 0


def test_formal_and_social_days_are_what_was_planted(
    organisation: Organisation, planted: Kept
) -> None:
    [row] = planted.result(
        "formal_social", "2026-01-01", "2026-02-01", options={"period": "month"}
    )["periods"]

    formal = {(one.who, one.day) for one in organisation.in_month("2026-01", "complete")}
    social = {
        (one.who, one.day) for one in organisation.in_month("2026-01", "post", "reply", "like")
    }
    in_formal, in_social = {who for who, _ in formal}, {who for who, _ in social}
    assert row["formal_days"] == len(formal)
    assert row["social_days"] == len(social)
    assert row["both_days"] == len(formal & social)
    assert row["both"] == len(in_formal & in_social)
    assert row["formal_only"] == len(in_formal - in_social)
    assert row["social_only"] == len(in_social - in_formal)
    assert row["social_share"] == pytest.approx(len(social) / (len(social) + len(formal)))


def test_the_worked_network_of_six_gives_its_figures(kept: Kept) -> None:
    """research/analytics.md 2.5."""
    of = dict(zip("abcdef", ("X", "X", "Y", "Y", "Y", "Z"), strict=True))
    posts = [post(who, f"post/{who}", "2026-01-01") for who in of]
    edges = [
        reply(one, f"reply/{one}{two}", f"post/{two}", "2026-01-02")
        for one, two in ("ab", "ba", "ac", "cd", "de", "ec", "fa")
    ]
    kept.keep(*posts, *edges)
    kept.refresh(knowledge=knowing(of))

    found = kept.result("network", "2026-01-01", "2026-02-01", options={"permutations": 10})

    assert found["n"] == 6
    assert found["reciprocity"] == pytest.approx(2 / 7)
    assert found["density"] == pytest.approx(7 / 30)
    assert found["ei"]["value"] == pytest.approx(-1 / 3)
    assert found["isolates"] == 0


def test_tenure_ends_before_the_first_long_silence(kept: Kept) -> None:
    kept.keep(
        view("old", "w/1", "2025-01-01"),
        *[post("stays", f"p/{n}", f"2026-{n:02}-01") for n in range(1, 10)],
        post("leaves", "p/20", "2026-01-01"),
        post("leaves", "p/21", "2026-01-31"),
        post("late", "p/30", "2026-09-01"),
    )
    kept.refresh()

    found = kept.result("tenure", "2026-01-01", "2026-10-01")

    assert (found["people"]["n"], found["people"]["events"]) == (2, 1)
    assert (found["left_truncated"], found["not_yet_observable"]) == (0, 1)
    assert found["people"]["at"]["30"]["s"] == 0.5
    assert found["people"]["at"]["0"]["s"] == 1.0


def stays(who: str, days: int) -> list[dict[str, Any]]:
    """A post every tenth day, from the first of January on, for so long."""
    first = date(2026, 1, 1)
    return [
        post(who, f"{who}/{day}", (first + timedelta(day)).isoformat())
        for day in range(0, days + 1, 10)
    ]


def long_and_short(*departments: tuple[str, int, int]) -> tuple[dict[str, str], list[Any]]:
    """Departments of so many people, who stay that many days, ten more each."""
    of: dict[str, str] = {}
    sent: list[Any] = []
    for department, people, days in departments:
        for n in range(people):
            of[f"{department}{n}"] = department
            sent += stays(f"{department}{n}", days + 10 * n)
    return of, sent


TENURE = {"by": "department", "options": {"gap_days": 20, "complete_start": True}}


def test_departments_are_compared_two_by_two(kept: Kept) -> None:
    """2.3: the log-rank test of each two, adjusted after Benjamini and Hochberg over all."""
    of, sent = long_and_short(("Brief", 6, 0), ("Long", 6, 100), ("Longer", 6, 110))
    kept.keep(*sent)
    kept.refresh(knowledge=knowing(of))

    found = kept.result("tenure", "2026-01-01", "2026-10-01", **TENURE)

    one, two, three = found["pairwise"]
    assert [row["groups"] for row in found["pairwise"]] == [
        ["Brief", "Long"], ["Brief", "Longer"], ["Long", "Longer"],
    ]  # fmt: skip
    assert one["p"] == two["p"] < 0.01 < three["p"]
    # The two smallest of three: p * 3 / 2; the largest is its own.
    assert one["p_adjusted"] == two["p_adjusted"] == pytest.approx(1.5 * one["p"])
    assert three["p_adjusted"] == three["p"]


def test_two_departments_are_one_pair_which_the_log_rank_of_all_tells(kept: Kept) -> None:
    of, sent = long_and_short(("Brief", 6, 0), ("Long", 6, 100))
    kept.keep(*sent)
    kept.refresh(knowledge=knowing(of))

    found = kept.result("tenure", "2026-01-01", "2026-10-01", **TENURE)

    assert found["logrank"]["df"] == 1
    assert found["pairwise"] == []


def test_a_department_of_few_or_of_few_exits_is_not_compared(kept: Kept) -> None:
    """Its p-values would be figures about those few, and the others are adjusted without it."""
    few, staying = [("Few", 3, 0), ("Fewer", 3, 0)], ("Staying", 6, 230)  # of those three go
    of, sent = long_and_short(*few, ("Brief", 6, 0), ("Long", 6, 100), ("Longer", 6, 110), staying)
    kept.keep(*sent)
    kept.refresh(knowledge=knowing(of))

    found = kept.result("tenure", "2026-01-01", "2026-10-01", min_group=5, **TENURE)

    told = {row["department"]: (row["n"], row["events"]) for row in found["groups"]}
    assert told["Few"] == told["Fewer"] == (None, None)
    assert told["Staying"] == (6, None)
    compared = [row["groups"] for row in found["pairwise"]]
    assert compared == [["Brief", "Long"], ["Brief", "Longer"], ["Long", "Longer"]]
    assert found["logrank"]["df"] == 2


def test_a_month_is_that_of_the_time_zone_asked_for(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-31T23:30:00Z"))
    kept.refresh()

    [january, february] = kept.result(
        "participation", "2026-01-01", "2026-02-28", timezone="Europe/Amsterdam"
    )["months"]

    assert (january["participants"], february["participants"]) == (0, 1)


def test_a_result_says_all_that_is_needed_to_judge_it(planted: Kept) -> None:
    report = planted.measure("participation", "2026-01-01", "2026-05-01", ids=5)

    assert report["window"]["since"] == "2026-01-01T00:00:00.000000Z"
    assert report["rows_read"] == report["rows_used"] == report["statements"]["count"]
    assert report["excluded"] == {}
    assert report["code"]["projection"]
    assert len(report["query"]) == 64
    assert report["denominator"] == "people seen"
    for one in report["statement_ids"]:
        found = planted.store.get(one)
        assert found is not None
        assert FORUM in found.data.decode()


def test_an_empty_store_gives_empty_figures(kept: Kept) -> None:
    kept.refresh()

    for name in metrics():
        assert kept.measure(name, "2026-01-01", "2026-04-01")["rows_used"] == 0


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("participation", {"by": "verb"}),
        ("participation", {"options": {"colour": "red"}}),
        ("network", {"options": {"layers": "gossip"}}),
        ("formal_social", {"options": {"period": "day"}}),
        ("participation", {"timezone": "Europe/Nowhere"}),
    ],
)
def test_what_cannot_be_asked_is_refused(planted: Kept, name: str, asked: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        planted.measure(name, "2026-01-01", "2026-05-01", **asked)


def test_a_metric_that_is_not_there_is_named_as_such(planted: Kept) -> None:
    with pytest.raises(NotFound):
        planted.measure("gossip", "2026-01-01", "2026-05-01")


def test_without_facts_nothing_is_measured(kept: Kept) -> None:
    with pytest.raises(NotFound):
        kept.measure("participation", "2026-01-01", "2026-05-01")


def test_the_metrics_are_those_of_the_folder() -> None:
    folder = Path(__file__).parents[2] / "analytics" / "metrics"

    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "shared"}

    assert set(metrics()) == files
