"""Facts know persons and departments from the persons store, as of the act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.facts import Knowledge
from lrs.services.persons import Claim, Fact
from tests.analytics.planted import Kept, at, ifi_of, kept_in, post, reply

SAID = {"by": "tests", "evidence": "planted"}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def refresh(kept: Kept) -> bool:
    knowledge = Knowledge(people=kept.lrs.persons.snapshot())
    return kept.refresh(knowledge=knowledge).rebuilt


def test_two_accounts_of_one_human_are_one_participant(kept: Kept) -> None:
    claims = [Claim(ifi_of("ann")), Claim(ifi_of("a.smith"))]
    kept.lrs.persons.put(None, claims, [], **SAID)
    kept.keep(post("ann", "p/1", "2026-01-10"), post("a.smith", "p/2", "2026-01-11"))
    refresh(kept)

    [month] = kept.result("participation", "2026-01-01", "2026-02-01")["months"]

    assert month["participants"] == 1


def test_who_moved_counts_where_they_were_at_the_time(kept: Kept) -> None:
    moved = [
        Fact("department", "Sales", at("2026-01-01"), at("2026-02-01")),
        Fact("department", "Support", at("2026-02-01")),
    ]
    kept.lrs.persons.put(None, [Claim(ifi_of("ann"))], moved, **SAID)
    kept.keep(post("ann", "p/1", "2026-01-10"), post("ann", "p/2", "2026-02-11"))
    refresh(kept)

    found = kept.result("participation", "2026-01-01", "2026-03-01", by="department")

    assert [(row["month"], row["department"]) for row in found["groups"]] == [
        ("2026-01", "Sales"),
        ("2026-02", "Support"),
    ]


def test_the_roster_is_the_population(kept: Kept) -> None:
    for name, since, until in (
        ("ann", "2025-01-01", "2026-02-01"),
        ("bob", "2026-02-01", "2027-01-01"),
        ("cem", "2025-01-01", "2027-01-01"),
    ):
        employed = Fact("employed", "yes", at(since), at(until))
        department = Fact("department", "Sales", at(since), at(until))
        kept.lrs.persons.put(None, [Claim(ifi_of(name))], [employed, department], **SAID)
    kept.keep(post("ann", "p/1", "2026-01-10"))
    refresh(kept)

    report = kept.measure("participation", "2026-01-01", "2026-03-01", by="department")

    assert report["denominator"] == "roster"
    assert [row["population"] for row in report["result"]["months"]] == [2, 2]
    assert [row["population"] for row in report["result"]["groups"]] == [2]


def test_the_last_28_days_are_a_share_of_who_was_employed_in_them(kept: Kept) -> None:
    """March 1 back to February 1: who left in January is not asked about, who came is."""
    for name, since, until in (
        ("ann", "2025-01-01", "2026-02-01"),
        ("bob", "2026-02-20", "2027-01-01"),
        ("cem", "2025-01-01", "2026-02-10"),
        ("dee", "2025-01-01", "2027-01-01"),
    ):
        employed = Fact("employed", "yes", at(since), at(until))
        kept.lrs.persons.put(None, [Claim(ifi_of(name))], [employed], **SAID)
    kept.keep(
        post("dee", "p/1", "2026-02-10"),
        post("dee", "p/2", "2026-02-11"),
        reply("cem", "p/3", "p/1", "2026-02-12"),
    )
    refresh(kept)

    recent = kept.result("participation", "2026-01-01", "2026-03-01")["last_28_days"]
    hidden = kept.result("participation", "2026-01-01", "2026-03-01", min_group=4)["last_28_days"]

    assert (recent["social_learners"], recent["population"]) == (1, 3)
    assert recent["rate"] == pytest.approx(1 / 3)
    assert (hidden["population"], hidden["rate"]) == (None, None)


def test_persons_who_become_known_later_are_in_the_facts_after_the_next_refresh(
    kept: Kept,
) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"), post("a.smith", "p/2", "2026-01-11"))
    refresh(kept)
    claims = [Claim(ifi_of("ann")), Claim(ifi_of("a.smith"))]
    kept.lrs.persons.put(None, claims, [], **SAID)

    rebuilt = refresh(kept)

    [month] = kept.result("participation", "2026-01-01", "2026-02-01")["months"]
    assert rebuilt
    assert month["participants"] == 1
