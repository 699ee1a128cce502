"""Programmes, topics and lots over both stores: kept as declared, whoever declares at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from itsdangerous import BadData

from lrs.domain.errors import BadRequest, Conflict, NotFound
from lrs.domain.forms import BadForm
from lrs.services.lots import by_lot
from lrs.services.persons import Claim, Persons
from lrs.services.programmes import Programmes
from lrs.services.signing import signer
from lrs.services.topics import Topics
from lrs.stores.port import Store
from tests.programmes import VOCABULARY, full, plain

ANN = [f"mbox:mailto:{number}@example.org" for number in range(20)]


def declare(store: Store, mapping: dict[str, Any], now: int = 1, by: str = "ann") -> Any:
    return Programmes(store).declare(mapping, by=by, now=now)


def draw(store: Store, declared: Any, units: list[str], **more: Any) -> Any:
    return Programmes(store).draw(declared, units, **{"by": "ann", "now": 5, **more})


def test_a_declaration_is_kept_with_when_and_by_whom(store: Store) -> None:
    Topics(store).put(VOCABULARY, by="ann", now=1)

    declared = declare(store, full(), now=2)

    assert (declared.version, declared.at, declared.by) == (1, 2, "ann")
    assert Programmes(store).get("feedback") == declared


def test_declaring_otherwise_adds_a_version_and_changes_none(store: Store) -> None:
    first = declare(store, made := plain(), now=1)

    second = declare(store, {**made, "binary": 0.8}, now=2, by="ben")

    everything = Programmes(store)
    assert (second.version, second.by) == (2, "ben")
    assert everything.versions(first.programme.id) == [first, second]
    assert everything.get(first.programme.id, 1) == first
    assert everything.get(first.programme.id) == second
    assert everything.all() == [second]


def test_declaring_the_same_again_adds_nothing(store: Store) -> None:
    first = declare(store, made := plain(), now=1, by="ann")

    again = declare(store, {**made, "windows": {"baseline": 90}}, now=9, by="ben")

    assert again == first


def test_going_back_to_an_earlier_version_is_a_version_too(store: Store) -> None:
    made = plain()
    for change in ({}, {"seed": 2}, {}):
        declared = declare(store, {**made, **change})

    assert declared.version == 3


def test_what_is_refused_leaves_nothing(store: Store) -> None:
    with pytest.raises(BadForm):
        declare(store, plain(windows={"outcome": 0}))

    assert Programmes(store).all() == []


def test_a_topic_must_be_in_the_vocabulary(store: Store) -> None:
    """One that is misspelt would quietly mean that nobody ever talked about the training."""
    Topics(store).put(VOCABULARY, by="ann", now=1)

    with pytest.raises(BadForm) as refused:
        declare(store, plain(topics=["feedback", "feedbak"]))

    assert refused.value.at == "topics[1]"


@pytest.mark.parametrize("version", [0, 2, 10**9])
def test_what_is_not_there_is_not_found(store: Store, version: int) -> None:
    made = declare(store, plain())

    with pytest.raises(NotFound):
        Programmes(store).get(made.programme.id, version)
    with pytest.raises(NotFound):
        Programmes(store).get("none")
    with pytest.raises(NotFound):
        Programmes(store).looked_at("none", 1)


def test_programmes_are_listed_by_id_and_one_is_not_taken_for_another(store: Store) -> None:
    names = ["a", "a-b", "a1", "b"]
    for name in reversed(names):
        declare(store, plain(id=name))
        declare(store, plain(id=name))

    assert [one.programme.id for one in Programmes(store).all()] == names
    assert len(Programmes(store).versions("a")) == 2


def test_those_who_declare_at_once_get_a_version_each(open_store: Callable[[], Store]) -> None:
    made, stores = plain(), [open_store() for _ in range(4)]

    def one(number: int) -> int:
        declared = declare(stores[number % 4], {**made, "seed": number}, by=str(number))
        return int(declared.version)

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(one, range(16)))

    kept = Programmes(open_store()).versions(made["id"])
    assert sorted(numbers) == [version.version for version in kept] == list(range(1, 17))
    assert [str(version.programme.seed) for version in kept] == [version.by for version in kept]


def test_those_who_declare_the_same_at_once_get_the_same_version(
    open_store: Callable[[], Store],
) -> None:
    made, stores = plain(), [open_store() for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: declare(stores[n % 4], made, by=str(n)), range(16)))

    assert len(set(map(repr, found))) == 1
    assert Programmes(open_store()).versions(made["id"]) == [found[0]]


def test_a_version_declared_after_results_says_so_and_those_before_do_not(store: Store) -> None:
    made, everything = plain(), Programmes(store)
    declare(store, made, now=1)
    everything.looked_at(made["id"], 5)
    everything.looked_at(made["id"], 9)

    declare(store, {**made, "binary": 0.5}, now=7)

    assert [one.after_results for one in everything.versions(made["id"])] == [False, True]
    assert everything.all()[0].after_results
    assert everything.results_seen(made["id"]) == 5


def test_another_id_for_the_same_training_does_not_undo_that_results_were_seen(
    store: Store,
) -> None:
    made, everything = plain(), Programmes(store)
    declare(store, made, now=1)
    everything.looked_at(made["id"], 5)

    same = declare(store, {**plain(), "activities": made["activities"]}, now=6)

    assert same.after_results
    assert not declare(store, plain(), now=6).after_results


def test_the_vocabulary_is_kept_by_version(store: Store) -> None:
    topics = Topics(store)
    assert (topics.get().version, topics.get().topics) == (0, {})

    first = topics.put(VOCABULARY, by="ann", now=1)
    same = topics.put(VOCABULARY, by="ben", now=2)
    second = topics.put({"review": VOCABULARY["review"]}, by="ben", now=3)

    assert first == same
    assert (first.version, second.version, second.by) == (1, 2, "ben")
    assert topics.get() == second
    assert list(topics.get().terms()) == ["review"]


def test_a_vocabulary_that_is_refused_changes_nothing(store: Store) -> None:
    Topics(store).put(VOCABULARY, by="ann", now=1)

    with pytest.raises(BadForm, match="one two three four"):
        Topics(store).put({"a": {"en": ["one two three four"]}}, by="ann", now=2)

    assert Topics(store).get().version == 1


def test_a_lot_does_not_depend_on_the_order_of_the_units(store: Store) -> None:
    declared = declare(store, plain(invitations={}))

    drawn = draw(store, declared, ANN[::-1])

    assert drawn.invited == tuple(sorted(by_lot(declared, ANN, 1)))
    assert len(drawn.invited) == 10
    assert Programmes(store).draws(declared.programme.id) == [drawn]


def test_who_is_invited_is_so_from_the_draw_on_or_as_declared_if_later(store: Store) -> None:
    early, late = plain(invitations={}), plain(invitations={"at": "2026-03-01", "share": 0.2})
    begins = 1_772_323_200_000_000

    for made, expected in ((early, 5), (late, begins)):
        declared = declare(store, made)
        drawn = draw(store, declared, ANN)

        found = Programmes(store).invitations(declared.programme.id)
        assert found == {unit: expected if unit in drawn.invited else None for unit in ANN}


def test_a_lot_is_never_drawn_again(store: Store) -> None:
    declared = declare(store, plain(invitations={}))
    drawn = draw(store, declared, ANN)

    with pytest.raises(Conflict):
        draw(store, declared, ANN)
    with pytest.raises(Conflict):
        draw(store, declared, [*ANN, "another"])
    with pytest.raises(Conflict):
        draw(store, declared, ANN, joiners=True)

    assert Programmes(store).draws(declared.programme.id) == [drawn]


def test_of_those_who_draw_at_once_one_does(open_store: Callable[[], Store]) -> None:
    declared = declare(open_store(), plain(invitations={}))
    stores = [open_store() for _ in range(4)]

    def one(number: int) -> bool:
        try:
            return bool(draw(stores[number % 4], declared, ANN, now=number))
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        drew = list(pool.map(one, range(12)))

    assert drew.count(True) == 1
    [kept] = Programmes(open_store()).draws(declared.programme.id)
    assert kept.at == drew.index(True)


def test_who_joins_later_is_drawn_on_and_who_was_drawn_keeps_the_lot(store: Store) -> None:
    declared = declare(store, plain(invitations={}))
    first = draw(store, declared, ANN[:10])

    second = draw(store, declared, ANN, joiners=True, now=9)

    assert {*second.invited, *second.others} == set(ANN[10:])
    assert second.number == 2
    found = Programmes(store).invitations(declared.programme.id)
    assert {unit for unit, at in found.items() if at == 5} == set(first.invited)
    assert {unit for unit, at in found.items() if at == 9} == set(second.invited)


def test_who_joins_is_drawn_by_the_scheme_of_the_first_draw_only(store: Store) -> None:
    made = plain(invitations={"share": 0.5})
    draw(store, declare(store, made), ANN[:10])

    for change in ({"seed": 9}, {"invitations": {"share": 0.9}}, {"invitations": None}):
        other = declare(store, {**made, **change})
        with pytest.raises((Conflict, BadRequest)):
            draw(store, other, ANN, joiners=True)
    same = declare(store, {**made, "binary": 0.5})

    assert draw(store, same, ANN, joiners=True).version == same.version


def test_persons_are_invited_under_the_id_that_they_are_known_by_later(store: Store) -> None:
    """Facts name a person as known when they are made; the lot stays what it was."""
    declared = declare(store, plain(invitations={"share": 1.0}))
    persons = Persons(store)
    known, other = (persons.put(None, [Claim(one)], [], by="hr", evidence="") for one in ANN[:2])
    drawn = draw(store, declared, [known, other, *ANN[2:5]])

    persons.merge(other, known, by="hr", evidence="")
    hired = persons.put(None, [Claim(ANN[2])], [], by="hr", evidence="")
    left = persons.put(None, [Claim(ANN[3], since=6)], [], by="hr", evidence="")

    found = Programmes(store).invitations(declared.programme.id, persons.register())
    assert set(found) == {persons.register().resolve(known), hired, *ANN[3:5]}
    assert left not in found
    as_drawn = Programmes(store).invitations(declared.programme.id)
    assert set(as_drawn) == {*drawn.invited} == {known, other, *ANN[2:5]}


def test_two_who_were_one_are_invited_where_either_was(store: Store) -> None:
    declared = declare(store, plain(invitations={}))
    persons = Persons(store)
    two = [persons.put(None, [Claim(one)], [], by="hr", evidence="") for one in ANN[:2]]
    drawn = draw(store, declared, two)
    assert len(drawn.invited) == 1

    persons.merge(two[0], two[1], by="hr", evidence="")

    found = Programmes(store).invitations(declared.programme.id, persons.register())
    assert list(found.values()) == [5]


def test_nobody_joins_before_the_first_draw(store: Store) -> None:
    with pytest.raises(Conflict):
        draw(store, declare(store, plain(invitations={})), ANN, joiners=True)


BAD_UNITS = [
    ([], "units"),
    (["a", "a"], "units[1]"),
    (["a", ""], "units[1]"),
    ([" a"], "units[0]"),
    (["x" * 251], "units[0]"),
    ([str(number) for number in range(50_001)], "units"),
]


@pytest.mark.parametrize(("units", "at"), BAD_UNITS, ids=range(len(BAD_UNITS)))
def test_units_that_cannot_be_drawn_are_refused(store: Store, units: list[str], at: str) -> None:
    declared = declare(store, plain(invitations={}))

    with pytest.raises(BadRequest) as refused:
        draw(store, declared, units)

    assert refused.value.at == at
    assert Programmes(store).draws(declared.programme.id) == []


def test_a_programme_without_invitations_draws_none(store: Store) -> None:
    with pytest.raises(BadRequest) as refused:
        draw(store, declare(store, plain()), ANN)

    assert refused.value.at == "invitations"


def test_the_largest_draw_is_kept(store: Store) -> None:
    declared = declare(store, plain(invitations={}))
    units = [f"{number:0>250}" for number in range(50_000)]

    assert len(draw(store, declared, units).invited) == 25_000


def test_what_one_process_signs_another_believes_and_for_that_purpose_only(
    open_store: Callable[[], Store],
) -> None:
    one, other = open_store(), open_store()

    signed = signer(one, "a form").dumps(["ann", 1])

    assert signer(other, "a form").loads(signed, max_age=60) == ["ann", 1]
    with pytest.raises(BadData):
        signer(other, "a link").loads(signed)
    with pytest.raises(BadData):
        signer(other, "a form").loads(signed + "x")


def test_processes_that_make_the_signing_key_at_once_make_one(
    open_store: Callable[[], Store],
) -> None:
    stores = [open_store() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(lambda store: signer(store, "a").dumps("x"), stores))

    assert [signer(stores[0], "a").loads(text) for text in signed] == ["x"] * 4
