"""Who is asked, when, and who is not: each completes once, and the lot stays as it fell."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lrs.domain.programmes import Evidence, Programme, evidence_of, pulse_activity
from lrs.domain.programmes import Pulses as Asks
from lrs.domain.pulses import DAY, is_drawn
from lrs.services.persons import Claim, Fact
from lrs.stores.port import Store
from tests.pulses.parts import COURSE, LMS, NAME, SAID, START, Place, Table, day

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
TOLD = [("due", "")]


def test_who_completes_is_asked_on_the_day_and_not_before(here: Place) -> None:
    here.declare()
    here.complete("ann@example.org")
    post = Table()

    before, then = here.run(post, day(60) - 1), here.run(post, day(60))

    assert (before, then) == ({"waits": 1}, {"sent": 1})
    assert [(one.reached.address, one.day) for one in post.sent] == [("ann@example.org", 60)]


def test_each_day_and_each_who_is_a_question_of_its_own(here: Place) -> None:
    here.declare(days=[30, 60], ask=["learner", "supervisor"])
    here.person("boss@example.org")
    here.person("ann@example.org", manager="boss@example.org", name="Ann")
    here.complete("ann@example.org")
    post = Table()

    here.run(post, day(30))
    here.run(post, day(60))

    assert sorted((one.day, one.asked, one.reached.address) for one in post.sent) == [
        (30, "learner", "ann@example.org"),
        (30, "supervisor", "boss@example.org"),
        (60, "learner", "ann@example.org"),
        (60, "supervisor", "boss@example.org"),
    ]
    assert {one.reached.learner_name for one in post.sent} == {"Ann"}


def test_planning_twice_and_a_second_completion_plan_nothing_more(here: Place) -> None:
    here.declare()
    here.complete("ann@example.org")
    first = here.pulses.plan(day(1))

    again = here.pulses.plan(day(1))
    here.complete("ann@example.org", day(20))
    later = here.pulses.plan(day(21))

    assert (first, again, later) == ({"drawn": 1}, {}, {"known": 1})
    assert [pulse.due for _, pulse in here.pulses.rows.of("feedback")] == [day(60)]


def test_an_earlier_completion_that_comes_late_moves_the_question(here: Place) -> None:
    here.declare()
    here.complete("ann@example.org", day(20))
    here.pulses.plan(day(21))

    here.complete("ann@example.org")
    here.pulses.plan(day(22))

    assert [pulse.due for _, pulse in here.pulses.rows.of("feedback")] == [day(60)]


def test_two_identifiers_of_one_person_are_asked_once(here: Place) -> None:
    here.declare()
    person = here.person("ann@example.org")
    here.lrs.persons.put(person, [Claim("mbox:mailto:ann@old.example")], [], **SAID)
    here.complete("ann@old.example")
    here.complete("ann@example.org", day(1))
    post = Table()

    here.run(post, day(61))

    assert len(post.sent) == 1


def test_two_who_turn_out_to_be_one_are_asked_once(here: Place) -> None:
    """The merge comes after both were planned."""
    here.declare()
    one, other = here.person("ann@example.org"), here.person("ann@old.example")
    here.complete("ann@example.org")
    here.complete("ann@old.example")
    here.pulses.plan(day(1))
    here.lrs.persons.merge(one, other, **SAID)
    post = Table()

    here.run(post, day(60))

    assert len(post.sent) == 1
    assert here.states() == [("sent", ""), ("undeliverable", "asked already")]


def test_a_voided_completion_asks_nothing_and_the_right_one_does(here: Place) -> None:
    here.declare()
    wrong = here.complete("ann@example.org")
    here.pulses.plan(day(1))
    here.keep(
        {
            "actor": LMS.authority,
            "verb": {"id": VOIDED},
            "object": {"objectType": "StatementRef", "id": wrong},
        }
    )
    post = Table()

    here.complete("bob@example.org")
    here.complete("ann@example.org", day(3))
    early, then = here.run(post, day(62)), here.run(post, day(63))

    assert early == {"waits": 1, "sent": 1}
    assert then == {"waits": 1, "sent": 1}


def test_a_completion_of_long_ago_is_not_asked_about(here: Place) -> None:
    here.declare()
    here.complete("ann@example.org")

    here.run(Table(), day(60 + 30))

    assert here.states() == [("undeliverable", "too late")]


def test_of_a_group_each_member_is_asked(here: Place) -> None:
    here.declare()
    members = [{"mbox": f"mailto:{name}@example.org"} for name in ("ann", "bob")]
    here.complete("", actor={"objectType": "Group", "member": members})
    post = Table()

    here.run(post, day(60))

    assert sorted(one.reached.address for one in post.sent) == [
        "ann@example.org",
        "bob@example.org",
    ]


def test_a_share_is_drawn_once_and_for_all(here: Place) -> None:
    here.declare(share=0.5)
    for number in range(60):
        here.complete(f"p{number}@example.org")

    counts = here.pulses.plan(day(1))
    expected = sum(
        is_drawn(
            1,
            "feedback",
            here.lrs.persons.register().holder(f"mbox:mailto:p{n}@example.org", START),
            0.5,
        )
        for n in range(60)
    )

    assert counts is not None
    assert (counts["drawn"], counts["not drawn"]) == (expected, 60 - expected)
    assert 15 < expected < 45
    assert len(here.states()) == expected


def test_a_lot_falls_on_the_share_that_was_declared() -> None:
    drawn = sum(is_drawn(7, "a", f"person {number}", 0.2) for number in range(10_000))

    assert 1_880 < drawn < 2_120  # 3 standard deviations
    assert all(is_drawn(7, "a", f"person {number}", 1.0) for number in range(1_000))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "no manager known"),
        ({"manager": "nobody-knows"}, "manager not found"),
        ({"manager": "77"}, "their own manager"),
    ],
)
def test_who_has_no_supervisor_is_counted_by_the_reason(
    here: Place, facts: dict[str, str], reason: str
) -> None:
    here.declare(ask=["supervisor"])
    here.person("ann@example.org", employee="77", **facts)
    here.complete("ann@example.org")
    post = Table()

    here.run(post, day(60))

    assert post.sent == []
    assert here.pulses.status("feedback", 1)["undeliverable"] == {reason: 1}


def test_the_supervisor_is_the_one_of_that_day(here: Place) -> None:
    here.declare(ask=["supervisor"])
    for number in ("1", "2"):
        here.person(f"boss{number}@example.org", employee=number)
    ann = here.person("ann@example.org")
    facts = [Fact("manager", "1"), Fact("manager", "2", since=day(60) + DAY)]
    here.lrs.persons.put(ann, [], facts, **SAID)
    here.complete("ann@example.org")
    post = Table()

    here.run(post, day(65))

    assert [one.reached.address for one in post.sent] == ["boss1@example.org"]


def test_who_has_no_address_is_not_asked_by_mail(here: Place) -> None:
    here.declare()
    account = {"account": {"homePage": "https://lms.example", "name": "42"}}
    here.complete("", actor=account)
    post = Table()

    here.run(post, day(60))

    assert post.sent == []
    assert here.states() == [("undeliverable", "no e-mail address")]


def test_who_left_is_not_asked(here: Place) -> None:
    here.declare()
    ann = here.person("ann@example.org")
    here.lrs.persons.put(ann, [], [Fact("employed", "yes", until=day(50))], **SAID)
    here.complete("ann@example.org")

    here.run(Table(), day(60))

    assert here.states() == [("undeliverable", "no longer there")]


@pytest.mark.parametrize("source", ["pulses", None])
def test_who_withdrew_consent_is_not_asked(here: Place, source: str | None) -> None:
    here.declare()
    here.complete("ann@example.org")
    here.complete("bob@example.org")
    here.pulses.plan(day(1))
    post = Table()

    here.lrs.consent.withdraw(source, "mailto:ann@example.org")
    here.run(post, day(60))

    assert [one.reached.address for one in post.sent] == ["bob@example.org"]
    assert here.states() == [("sent", ""), ("undeliverable", "no consent")]


def test_nobody_is_asked_about_who_withdrew_consent(here: Place) -> None:
    here.declare(ask=["supervisor"])
    here.person("boss@example.org", employee="1")
    here.person("ann@example.org", manager="1")
    here.complete("ann@example.org")
    post = Table()

    here.lrs.consent.withdraw("pulses", "mailto:ann@example.org")
    here.run(post, day(60))

    assert (post.sent, here.states()) == ([], [("undeliverable", "no consent")])


def test_what_is_declared_no_more_is_not_asked(here: Place) -> None:
    here.declare()
    here.complete("ann@example.org")
    here.pulses.plan(day(1))
    post = Table()

    here.declare(days=[])
    here.run(post, day(60))

    assert (post.sent, here.states()) == ([], [("undeliverable", "not asked any more")])


def test_workers_at_the_same_time_plan_as_one(open_store: Callable[[], Store]) -> None:
    places = [Place.over(open_store()) for _ in range(3)]
    places[0].declare()
    for number in range(30):
        places[0].complete(f"p{number}@example.org")

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(lambda place: place.pulses.plan(day(1)), places))

    planned: Any = sum((count or {}).get("drawn", 0) for count in counts)
    assert planned == 30
    assert len(places[0].states()) == 30


def test_counts_are_rounded_down_so_that_none_below_the_group_can_be_read(here: Place) -> None:
    here.declare()
    for number in range(23):
        here.complete(f"p{number}@example.org")
    here.complete("", actor={"account": {"homePage": "https://lms.example", "name": "1"}})
    here.run(Table(), day(60))

    status = here.pulses.status("feedback", 10)

    assert status["learners"] == {"drawn": 20}
    assert status["pulses"] == [{"day": 60, "asked": "learner", "sent": 20}]
    assert status["undeliverable"] == {}


def test_evidence_of_a_programme_counts_the_pulses_it_asks_for() -> None:
    own = Evidence("https://kpi.example/tickets", "A", kpi=True)
    programme = Programme(
        "feedback", NAME, (COURSE,), evidence=(own,), pulses=Asks((60,), ("learner", "supervisor"))
    )

    assert evidence_of(programme) == (
        own,
        Evidence(pulse_activity("feedback", "learner"), "C"),
        Evidence(pulse_activity("feedback", "supervisor"), "B"),
    )
    assert evidence_of(Programme("x", NAME, (COURSE,), evidence=(own,))) == (own,)
