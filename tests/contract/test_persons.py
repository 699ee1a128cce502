"""Persons over both stores: what several processes do at once comes out as if one did it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.domain.errors import Conflict
from lrs.services.persons import Claim, Fact, Persons
from lrs.stores.port import Store

JAN = "mbox:mailto:jan@example.org"
SAID = {"by": "key", "evidence": "a test"}


def test_one_identifier_goes_to_one_of_those_who_claim_it_at_once(
    open_store: Callable[[], Store],
) -> None:
    everyone = [Persons(open_store()) for _ in range(4)]

    def claim(number: int) -> str | None:
        own = Claim(f"account:https://hr.example.org|{number}")
        try:
            return everyone[number % 4].put(None, [own, Claim(JAN)], [], **SAID)
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [person for person in pool.map(claim, range(16)) if person]

    registers = [persons.register() for persons in everyone]
    assert len(won) == 1
    assert {register.person(JAN, 0) for register in registers} == set(won)
    assert {register.number for register in registers} == {1}
    assert Persons(open_store()).register().known() == won


def test_each_process_reads_on_and_a_new_one_reads_all(open_store: Callable[[], Store]) -> None:
    one, other = Persons(open_store()), Persons(open_store())
    jan = one.put(None, [Claim(JAN)], [Fact("department", "Sales")], **SAID)
    assert other.register().department(jan, 0) == "Sales"

    other.put(jan, [], [Fact("department", "Care")], **SAID)
    other.undo(2, **SAID)

    answers = [each.register().department(jan, 0) for each in (one, other, Persons(open_store()))]
    assert answers == ["Sales"] * 3


def test_what_is_refused_leaves_nothing(store: Store) -> None:
    persons = Persons(store)
    persons.put(None, [Claim(JAN)], [], **SAID)
    other = Claim("mbox:mailto:other@example.org")

    with pytest.raises(Conflict):
        persons.put(None, [other, Claim(JAN)], [], **SAID)

    assert persons.register().person(other.identifier, 0) is None
    assert persons.register().number == Persons(store).register().number == 1
