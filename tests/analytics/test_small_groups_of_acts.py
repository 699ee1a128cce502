"""Tenure, the network, topics and demand keep their secrets, from sums of acts as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from lrs.domain import timestamps
from lrs.domain import vocabulary as v
from tests.analytics.attacker import Attacker, K, both, lively, ones
from tests.analytics.planted import Kept, kept_in, knowing

DAY = 86_400_000_000
TIMES = (0, 30, 90, 180, 365)
GAP = {"gap_days": 10, "complete_start": True}


class Asked:
    """A lively organisation: what it did, who is where, and its store."""

    def __init__(self, kept: Kept, of: dict[str, str], sent: list[dict[str, Any]]) -> None:
        self.kept, self.of, self.sent = kept, of, sent

    def departments(self) -> list[str]:
        return sorted(set(self.of.values()))


@pytest.fixture(scope="module", params=range(8))
def asked(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    of, sent = lively(request.param)
    with kept_in(tmp_path_factory.mktemp("lively"), sent) as kept:
        kept.refresh(knowledge=knowing(of))
        yield Asked(kept, of, sent)


def who(statement: dict[str, Any]) -> str:
    return str(statement["actor"]["account"]["name"])


def test_tenure_keeps_its_secrets(asked: Asked) -> None:
    shown, _ = both(asked.kept, "tenure", by="department", options=GAP)
    truth = gone(asked)
    attacker = Attacker()
    for row in [shown["people"], *shown["groups"]]:
        own = [row["department"]] if "department" in row else asked.departments()
        attacker.knows(ones((of, step) for of in own for step in range(7)), row["n"])
        attacker.knows(ones((of, step) for of in own for step in range(6)), row["events"])
        for place, at in enumerate(TIMES):
            if row["at"][str(at)]["s"] is not None:
                by_then = [(of, step) for of in own for step in range(place + 1)]
                attacker.knows(ones(by_then), sum(truth.get(cell, 0) for cell in by_then))

    for own in [asked.departments(), *([of] for of in asked.departments())]:
        for step in range(7):
            cells = [(of, step) for of in own]
            n = sum(truth.get(cell, 0) for cell in cells)
            attacker.assert_kept(ones(cells), n, f"gone in step {step} of {own}")


def gone(asked: Asked) -> dict[tuple[str, int], int]:
    """Department and step in which they left (6: still there) → people; counted the simple way."""
    acts: dict[str, list[int]] = defaultdict(list)
    for one in asked.sent:
        if one["verb"]["id"] != f"{v.ACROSSX}searched":
            acts[who(one)].append(timestamps.parse(one["timestamp"]))
    end, found = timestamps.parse("2026-04-01T00:00:00Z"), defaultdict(int)
    for name, own in acts.items():
        times = sorted(own)
        leaves = [t for t, u in zip(times, [*times[1:], end], strict=True) if u - t > 10 * DAY]
        if times[0] >= end - 10 * DAY:
            continue
        step = 6
        if leaves:
            days = (leaves[0] - times[0]) / DAY
            step = next(place for place, at in enumerate((*TIMES, 10**9)) if days <= at)
        found[asked.of[name], step] += 1
    return found


def test_a_mean_stay_is_not_told_of_few_who_left(asked: Asked) -> None:
    shown, truth = both(asked.kept, "tenure", by="department", options=GAP)

    for told, row in zip(shown["groups"], truth["groups"], strict=True):
        if 0 < row["events"] < K:
            assert told["rmst"] is told["median"] is None


def test_departments_are_compared_where_their_people_and_exits_are_told(asked: Asked) -> None:
    """A p-value of few, or of few who left, would be a figure about them."""
    shown, truth = both(asked.kept, "tenure", by="department", options=GAP)

    told = {
        row["department"]
        for row in shown["groups"]
        if row["n"] is not None and row["events"] is not None
    }
    few = {
        row["department"]
        for row in truth["groups"]
        if 0 < row["n"] < K or 0 < row["events"] < K or 0 < row["n"] - row["events"] < K
    }
    compared = {name for row in shown["pairwise"] for name in row["groups"]}
    assert compared <= told
    assert not compared & few
    assert (shown["logrank"] or {"df": 0})["df"] <= max(len(told) - 1, 0)


def test_the_network_keeps_its_secrets(asked: Asked) -> None:
    shown, truth = both(asked.kept, "network", options={"permutations": 20})
    attacker = Attacker()
    network_figures(attacker, shown, asked.departments())

    sizes = {row["department"]: row["n"] for row in truth["departments"]}
    for of, n in sizes.items():
        attacker.assert_kept({("of", of): 1}, n, f"nodes of {of}")
    attacker.assert_kept({"isolated": 1}, truth["isolates"], "isolates")
    connected = truth["contributors"] - truth["isolates"]
    attacker.assert_kept({"connected": 1}, connected, "connected")
    attacker.assert_kept({"answered only": 1}, truth["n"] - connected, "answered only")
    giant = round(truth["giant_share"] * truth["n"])
    attacker.assert_kept({"outside": 1}, truth["n"] - giant, "outside the giant component")


def network_figures(attacker: Attacker, shown: dict[str, Any], departments: list[str]) -> None:
    nodes = {"giant": 1, "outside": 1}
    attacker.knows(nodes, shown["n"])
    attacker.knows({"connected": 1, "isolated": 1}, shown["contributors"])
    attacker.knows({"isolated": 1}, shown["isolates"])
    attacker.knows(nodes | {"connected": -1, "answered only": -1}, 0)
    attacker.knows(nodes | {("of", of): -1 for of in departments}, 0)
    for row in shown["departments"] or []:
        attacker.knows({("of", row["department"]): 1}, row["n"])
    if shown["giant_share"] is not None:
        attacker.knows({"giant": 1}, round(shown["giant_share"] * shown["n"]))


def test_the_baseline_of_ei_tells_no_size_that_is_not_told(asked: Asked) -> None:
    """Shuffled labels give a mean that holds the sum of the squares of the sizes."""
    shown, _ = both(asked.kept, "network", options={"permutations": 20})

    told = [row["n"] for row in shown["departments"] or [] if row["n"]]
    assert shown["ei"] is None or shown["ei"]["n"] == sum(told)


def test_acts_towards_nobody_are_told_of_nobody_few(asked: Asked) -> None:
    shown, _ = both(asked.kept, "network", options={"permutations": 20})

    unknown = {
        who(one)
        for one in asked.sent
        if any(a["id"].endswith(("q/0", "x/0")) for a in parents(one))
    }
    told = shown["dropped"]["unresolved"]
    assert told is None or len(unknown) >= K or told == 0


def parents(statement: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        statement.get("context", {}).get("contextActivities", {}).get("parent", [])
    )
    return found


def test_topics_keep_their_secrets(asked: Asked) -> None:
    shown, truth = both(asked.kept, "topics")

    people = {row["topic"]: row for row in truth["topics"]}
    for row in shown["topics"]:
        real = people[row["topic"]]
        months = {one["month"]: one for one in real["months"]}
        for told in row["months"]:
            if told["people"] is not None:
                rest = row["people"] - told["people"]
                assert rest == 0 or rest >= K, "those who were not there that month"
        hidden = [months[one["month"]] for one in row["months"] if one["acts"] is None]
        few = [one for one in hidden if 0 < one["people"] < K]
        # What is left of the sum is that of one month of few.
        assert not (few and len(hidden) == 1)


def test_questions_of_a_month_are_told_of_nobody_few(asked: Asked) -> None:
    """Neither of those who asked, nor of those who did not, nor of who asked in other months."""
    shown, truth = both(asked.kept, "topics")

    askers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in asked.sent:
        if one["verb"]["id"] == f"{v.ADL}asked":
            for tag in one.get("context", {}).get("contextActivities", {}).get("other", []):
                topic = f"tag:{tag['id'].rpartition('/')[2]}"
                askers[topic, one["timestamp"][:7]].add(who(one))
    real = {row["topic"]: {one["month"]: one for one in row["months"]} for row in truth["topics"]}
    for row in shown["topics"]:
        months = real[row["topic"]]
        everyone = set().union(*(askers[row["topic"], month] for month in months))
        for told in row["months"]:
            own = askers[row["topic"], told["month"]]
            silent = months[told["month"]]["people"] - len(own)
            few = [0 < n < K for n in (len(own), silent, len(everyone - own))]
            assert told["questions"] is None or not any(few)
        # What is left of the sum is that of the months that are not told.
        assert len({told["questions"] is None for told in row["months"]}) == 1


def test_by_how_much_a_topic_rises_is_not_told_where_few_were_there_before(asked: Asked) -> None:
    """The last 28 days before March are February: what is left of the ratio is January's."""
    window = ("2026-01-01", "2026-03-01")
    shown = asked.kept.result("topics", *window, min_group=K)
    truth = asked.kept.result("topics", *window)

    january = {
        row["topic"]: sum(one["people"] for one in row["months"] if one["month"] == "2026-01")
        for row in truth["topics"]
    }
    assert all(january[row["topic"]] >= K for row in shown["rising"])


@pytest.mark.parametrize("by", ["department", "topic"])
def test_demand_keeps_its_secrets(asked: Asked, by: str) -> None:
    shown, truth = both(asked.kept, "demand", by=by)
    parts = [row[by] for row in truth["groups"]]
    attacker = Attacker()
    attacker.knows({"whole": 1}, shown["questions"]["askers"])
    for row in shown["groups"]:
        attacker.knows({row[by]: 1}, row["askers"])
        attacker.knows({"whole": 1, row[by]: -1, ("not in", row[by]): -1}, 0)
    if by == "department":
        attacker.knows({"whole": 1} | dict.fromkeys(parts, -1), 0)

    whole = truth["questions"]["askers"]
    for row in truth["groups"]:
        attacker.assert_kept({row[by]: 1}, row["askers"], f"askers of {row[by]}")
        rest = {("not in", row[by]): 1}
        attacker.assert_kept(rest, whole - row["askers"], f"askers not of {row[by]}")


def test_what_was_resolved_is_told_of_nobody_few(asked: Asked) -> None:
    shown, truth = both(asked.kept, "demand", by="department")

    for told, row in zip(shown["groups"], truth["groups"], strict=True):
        for kind in ("answered", "resolved"):
            few = [0 < n < K for n in (row[kind], row["questions"] - row[kind])]
            # Fewer questions than people may be few: so many have no more askers than that.
            assert told[kind] is None or not any(few)
