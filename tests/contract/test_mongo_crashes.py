"""Writers of the MongoDB store that die or sleep between any two commands."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess

import psutil
import pytest

from lrs.stores.port import Query, Store
from tests.contract.builders import a_batch, a_statement, an_id
from tests.contract.children import (
    add_and_die_at,
    insert_late,
    linked_batch,
    linked_before,
    sleep_before_deciding,
)
from tests.contract.places import PROCESSES, Place, wait_out_the_dead

pytestmark = pytest.mark.mongodb
EVER = 2**60


def names_found(store: Store, term: str, name: str) -> set[str]:
    parts = ("voider", "referrer", "late", "target", "early")
    by_id = {an_id(f"{name}-{part}"): part for part in parts}
    ids = {k.stored: k.id for k in store.scan(0, EVER, 1000)}
    return {by_id[ids[row.stored]] for row in store.find(Query(frozenset({f"{name}-{term}"})))}


def check_whole_or_absent(store: Store, name: str) -> bool:
    """Whether the batch is there; with all that follows from it or with nothing."""
    there = {
        store.get(an_id(f"{name}-{part}")) is not None for part in ("voider", "referrer", "late")
    }
    assert len(there) == 1
    [whole] = there
    assert store.get(an_id(f"{name}-target")).voided == whole
    found = {term: names_found(store, term, name) for term in "tvrl"}
    assert found == {
        "t": {"voider", "referrer"} if whole else {"target"},
        "v": {"voider"} if whole else set(),
        "r": {"referrer"} if whole else set(),
        "l": {"late", "early"} if whole else set(),
    }
    assert not whole or store.definition(f"http://example.org/{name}") == b'{"name":1}'
    return whole


def test_a_writer_may_die_between_any_two_commands(mongo_place: Place) -> None:
    """Each one dies one command later than the one before; the last one lives."""
    outcomes: list[bool] = []
    with mongo_place.opened() as store:
        for command in range(40):
            name = f"at{command}"
            store.add(linked_before(name))
            child = PROCESSES.Process(target=add_and_die_at, args=(mongo_place, command, name))
            child.start()
            child.join()
            if child.exitcode == 0:
                break
            assert child.exitcode == -signal.SIGKILL
        wait_out_the_dead(store)

        outcomes = [check_whole_or_absent(store, f"at{n}") for n in range(command + 1)]

        assert outcomes == sorted(outcomes), "once decided, always in"
        assert outcomes[0] is False
        assert outcomes.count(True) > 2, "some died after the decision"
        assert outcomes.count(False) > 3, "some died before it"
        for n, whole in enumerate(outcomes):
            new = store.add(linked_batch(f"at{n}"))
            assert len(new) == (0 if whole else 3)
            assert check_whole_or_absent(store, f"at{n}")


@contextmanager
def asleep(act: Callable[..., None], *arguments: object) -> Iterator[BaseProcess]:
    """A process that does this and is suspended in the middle of it."""
    child = PROCESSES.Process(target=act, args=arguments)
    child.start()
    try:
        until = time.monotonic() + 30
        while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < until, "the child is not suspended"
            time.sleep(0.01)
        yield child
    finally:
        child.kill()
        child.join()


@pytest.mark.parametrize("then_die", [True, False])
def test_what_a_sleeper_inserts_late_is_never_seen_and_in_nobodys_way(
    mongo_place: Place, then_die: bool
) -> None:
    with mongo_place.opened() as store, mongo_place.opened() as other:
        with asleep(insert_late, mongo_place, "s1", then_die) as child:
            wait_out_the_dead(store)
            os.kill(child.pid, signal.SIGCONT)
            child.join()

        assert child.exitcode == (-signal.SIGKILL if then_die else 0)
        for each in (store, other):
            assert each.get(an_id("s1")) is None
            assert each.find(Query(frozenset({"a"}))) == []
            assert each.scan(0, EVER, 10) == []
        with mongo_place.opened() as later:
            assert later.get(an_id("s1")) is None
        assert other.add(a_batch(a_statement("s1", terms={"a"}, text="other"))) == [an_id("s1")]
        assert store.get(an_id("s1")) is not None
        assert len(store.find(Query(frozenset({"a"})))) == 1


def test_what_is_taken_back_has_voided_nothing_and_given_nothing(mongo_place: Place) -> None:
    """Others see what an undecided batch has inserted, but do not build on it."""
    undecided = [
        a_statement("voider", voids="target", terms={"v"}),
        a_statement("source", terms={"s"}),
    ]
    with mongo_place.opened() as store:
        with asleep(sleep_before_deciding, mongo_place, undecided):
            store.add(a_batch(a_statement("target", terms={"t"})))
            store.add(a_batch(a_statement("referrer", refers="source")))
        wait_out_the_dead(store)

        assert store.get(an_id("voider")) is None
        assert not store.get(an_id("target")).voided
        assert len(store.find(Query(frozenset({"t"})))) == 1
        assert store.find(Query(frozenset({"s"}))) == []


def test_what_is_decided_late_still_finds_what_came_meanwhile(mongo_place: Place) -> None:
    mongo_place = replace(mongo_place, lease_seconds=60)
    undecided = [
        a_statement("voider", voids="target", terms={"v"}),
        a_statement("source", terms={"s"}),
    ]
    with mongo_place.opened() as store:
        with asleep(sleep_before_deciding, mongo_place, undecided) as child:
            store.add(a_batch(a_statement("target", terms={"t"})))
            store.add(a_batch(a_statement("referrer", refers="source")))
            os.kill(child.pid, signal.SIGCONT)
            child.join(30)
        wait_out_the_dead(store)

        assert store.get(an_id("voider")) is not None
        assert store.get(an_id("target")).voided
        assert len(store.find(Query(frozenset({"t"})))) == 1
        assert len(store.find(Query(frozenset({"s"})))) == 2


def test_a_writer_waits_for_another_and_then_takes_over_from_the_dead(mongo_place: Place) -> None:
    with mongo_place.opened() as store:
        store.add(linked_before("x"))
        child = PROCESSES.Process(target=add_and_die_at, args=(mongo_place, 4, "x"))
        child.start()
        child.join()
        began = time.monotonic()

        assert len(store.add(linked_batch("x"))) == 3

        assert time.monotonic() - began < 20
        assert check_whole_or_absent(store, "x")


def test_the_dead_are_cleaned_up_at_open(mongo_place: Place) -> None:
    with mongo_place.opened() as store:
        store.add(linked_before("x"))
    child = PROCESSES.Process(target=add_and_die_at, args=(mongo_place, 4, "x"))
    child.start()
    child.join()
    time.sleep(mongo_place.lease_seconds + 0.2)

    with mongo_place.opened() as store:
        now = time.time_ns() // 1000
        assert store.consistent_through() >= now - 100_000
        assert not check_whole_or_absent(store, "x")
