"""Persons as dated entries add up to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.domain.errors import BadRequest, Conflict, NotFound
from lrs.domain.identifiers import of_one
from lrs.domain.person_entries import (
    BEGIN,
    END,
    Change,
    Dismiss,
    Entry,
    Hold,
    Merge,
    Release,
    Tell,
    Undo,
    as_json,
    from_json,
)
from lrs.domain.persons import Interval, Post, Register

JAN = "mbox:mailto:jan@example.org"
NR = "account:https://hr.example.org|7"


def register(*changes: Change) -> Register:
    """Each change as an entry of its own, recorded at 100, 200, ..."""
    return Register.of(entries(*changes))


def entries(*changes: Change) -> list[Entry]:
    return [Entry(n, 100 * n, "key", f"evidence {n}", (c,)) for n, c in enumerate(changes, 1)]


def test_an_identifier_is_its_holders_from_the_first_moment_to_before_the_last() -> None:
    known = register(Hold("a", JAN, 10, 20))

    assert [known.person(JAN, at) for at in (9, 10, 19, 20)] == [None, "a", "a", None]


def test_an_identifier_that_changes_hands_is_each_ones_in_their_time() -> None:
    known = register(Hold("a", JAN, BEGIN, 20), Hold("b", JAN, 20))

    assert (known.person(JAN, 19), known.person(JAN, 20)) == ("a", "b")
    assert known.intervals("a") == [Interval(JAN, BEGIN, 20)]
    assert known.intervals("b") == [Interval(JAN, 20, END)]


def test_nobody_else_can_hold_what_is_held() -> None:
    with pytest.raises(Conflict):
        register(Hold("a", JAN, 10, 20), Hold("b", JAN, 19, 30))


def test_holding_for_no_time_is_refused() -> None:
    with pytest.raises(BadRequest):
        register(Hold("a", JAN, 20, 20))


def test_what_nobody_known_holds_is_a_person_of_one_in_the_gaps() -> None:
    known = register(Hold("a", JAN, 10, 20), Hold("b", JAN, 30, 40))
    nobody = of_one(JAN)

    assert known.holder(JAN, 25) == nobody
    assert known.intervals(nobody) == [
        Interval(JAN, BEGIN, 10),
        Interval(JAN, 20, 30),
        Interval(JAN, 40, END),
    ]


HOLDINGS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.integers(0, 30)), max_size=12
)


@given(HOLDINGS)
def test_at_every_time_an_identifier_is_exactly_one_persons(
    tried: list[tuple[str, int, int]],
) -> None:
    known = Register()
    for number, (person, since, until) in enumerate(tried, 1):
        try:
            known.apply(Hold(person, JAN, since, until), number)
        except (Conflict, BadRequest):
            continue

    everyone = [*known.known(), of_one(JAN)]
    for at in range(-1, 32):
        mine = [
            person
            for person in everyone
            for part in known.intervals(person)
            if part.since <= at < part.until
        ]
        assert mine == [known.holder(JAN, at)]


def test_a_holding_that_ends_is_kept_until_then() -> None:
    known = register(Hold("a", JAN), Release("a", JAN, 20))

    assert (known.person(JAN, 19), known.person(JAN, 20)) == ("a", None)


def test_what_never_was_theirs_is_free_again() -> None:
    known = register(Hold("a", JAN), Release("a", JAN), Hold("b", JAN))

    assert known.intervals("a") == []
    assert known.person(JAN, 0) == "b"


@pytest.mark.parametrize("change", [Release("b", JAN), Release("a", NR), Release("a", JAN, 20)])
def test_only_what_is_held_can_be_released(change: Change) -> None:
    with pytest.raises(NotFound):
        register(Hold("a", JAN, 10, 20), change)


def test_merged_persons_are_one_under_the_id_that_stays() -> None:
    known = register(Hold("a", JAN), Hold("b", NR), Tell("a", "name", "Jan"), Merge("a", "b"))

    assert known.person(JAN, 0) == known.person(NR, 0) == known.resolve("a") == "b"
    assert {part.identifier for part in known.intervals("b")} == {JAN, NR}
    assert known.value("b", "name", 0) == "Jan"
    assert known.known() == ["b"]


def test_one_person_is_not_merged_with_itself() -> None:
    with pytest.raises(Conflict):
        register(Hold("a", JAN), Hold("b", NR), Merge("a", "b"), Merge("b", "a"))


def test_what_is_undone_does_not_count_and_undoing_that_brings_it_back() -> None:
    made = (Hold("a", JAN), Hold("b", NR), Merge("a", "b"))

    assert register(*made, Undo(3)).person(JAN, 0) == "a"
    assert register(*made, Undo(3), Undo(4)).person(JAN, 0) == "b"


def test_what_something_later_rests_on_cannot_be_undone() -> None:
    with pytest.raises(Conflict):
        register(Hold("a", JAN), Release("a", JAN, 20), Hold("b", JAN, 20), Undo(2))


def test_what_was_known_on_a_day_is_what_was_recorded_until_then() -> None:
    all_entries = entries(Hold("a", JAN), Release("a", JAN), Hold("b", JAN))

    known = {at: Register.of([e for e in all_entries if e.at <= at]) for at in (50, 100, 250, 300)}

    assert [one.person(JAN, 0) for one in known.values()] == [None, "a", None, "b"]


def test_a_register_that_was_handed_out_does_not_change() -> None:
    before = register(Hold("a", JAN), Tell("a", "department", "Sales"))
    after = before.copy()

    after.apply(Release("a", JAN, 20), 3)
    after.apply(Tell("a", "department", "Care", 10), 3)
    after.apply(Merge("a", "b"), 3)
    after.apply(Dismiss("s"), 3)

    assert before.person(JAN, 20) == "a"
    assert before.department("a", 20) == "Sales"
    assert before.dismissed == frozenset()


def test_of_attributes_the_one_that_began_last_counts() -> None:
    known = register(
        Tell("a", "department", "Sales"),
        Tell("a", "department", "Care", 20, 30),
        Tell("a", "department", "Help", 20, 25),
    )

    assert [known.department("a", at) for at in (19, 20, 25)] == ["Sales", "Help", None]
    assert known.value("a", "role", 20) is None
    assert known.department("nobody", 20) is None


def test_the_roster_has_a_post_for_each_department_and_role_while_employed() -> None:
    known = register(
        Tell("a", "employed", "yes", 10, 40),
        Tell("a", "department", "Sales"),
        Tell("a", "department", "Care", 30),
        Tell("a", "role", "nurse", 20),
        Tell("b", "department", "Care", 5),
        Hold("c", JAN),
    )

    assert list(known.roster()) == [
        Post("a", "Sales", 10, 20),
        Post("a", "Sales", 20, 30, "nurse"),
        Post("a", "Care", 30, 40, "nurse"),
        Post("b", "Care", 5, None),
    ]


def test_the_version_changes_with_every_entry() -> None:
    made = (Hold("a", JAN), Undo(1))

    assert register(*made[:1]).version != register(*made).version


@pytest.mark.parametrize(
    "change",
    [
        Hold("a", JAN, 1, 2, 0.5),
        Release("a", JAN, 3),
        Tell("a", "name", "Jan", 1, 2),
        Merge("a", "b"),
        Dismiss("s"),
        Undo(3),
    ],
)
def test_a_change_comes_back_as_it_was_kept(change: Change) -> None:
    assert from_json(as_json(change)) == change
