"""Adding: all or nothing, known ids, the order of `stored`."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from lrs.domain import timestamps
from lrs.stores.port import DuplicateId, Query, Store
from tests.contract.builders import a_batch, a_statement, an_id

EVER = 2**60


def test_a_statement_comes_back_as_the_bytes_it_came_with_and_its_stored(store: Store) -> None:
    statement = a_statement("s1", text='𝄞 "quotes" \\ 1.50 \u0000')

    assert store.add(a_batch(statement)) == [statement.id]

    kept = store.get(statement.id)
    assert kept is not None
    assert kept.id == statement.id
    assert kept.data == statement.complete(timestamps.text(kept.stored))
    assert not kept.voided


def test_a_statement_without_timestamp_gets_the_time_it_is_stored(store: Store) -> None:
    store.add(a_batch(a_statement("s1", stamped=True)))

    kept = orjson.loads(store.get(an_id("s1")).data)

    assert kept["timestamp"] == kept["stored"]


def test_stored_is_the_time_of_now(store: Store) -> None:
    before = store.consistent_through()

    store.add(a_batch(a_statement("s1")))

    assert before < store.get(an_id("s1")).stored <= store.consistent_through()


def test_another_handle_sees_what_was_added(store: Store, open_store: Callable[[], Store]) -> None:
    store.add(a_batch(a_statement("s1", terms={"a"})))

    other = open_store()

    assert other.get(an_id("s1")) == store.get(an_id("s1"))
    assert len(other.find(Query(frozenset({"a"})))) == 1


def test_an_unknown_id_is_none(store: Store) -> None:
    assert store.get(an_id("s1")) is None


def test_an_empty_batch_adds_nothing(store: Store) -> None:
    assert store.add(a_batch()) == []


def test_a_batch_is_stored_in_its_order(store: Store) -> None:
    names = [f"s{i}" for i in range(50)]

    added = store.add(a_batch(*(a_statement(name) for name in names)))

    kept = store.scan(0, EVER, 100)
    assert added == [k.id for k in kept] == [an_id(name) for name in names]
    times = [k.stored for k in kept]
    assert times == sorted(set(times))


def test_stored_rises_over_batches_and_handles(
    store: Store, open_store: Callable[[], Store]
) -> None:
    other = open_store()

    for i in range(5):
        store.add(a_batch(a_statement(f"a{i}")))
        other.add(a_batch(a_statement(f"b{i}")))

    wanted = [an_id(f"{who}{i}") for i in range(5) for who in "ab"]
    assert [k.id for k in store.scan(0, EVER, 100)] == wanted


def test_the_same_statement_again_is_left_as_it_is(store: Store) -> None:
    store.add(a_batch(a_statement("s1")))
    before = store.get(an_id("s1"))

    added = store.add(a_batch(a_statement("s1"), a_statement("s2")))

    assert added == [an_id("s2")]
    assert store.get(an_id("s1")) == before


def test_a_whole_batch_again_adds_nothing(store: Store) -> None:
    batch = a_batch(*(a_statement(f"s{i}") for i in range(20)))
    store.add(batch)

    assert store.add(batch) == []
    assert len(store.find(Query(frozenset()))) == 20


def test_a_batch_with_a_known_id_adds_nothing(store: Store) -> None:
    """All or nothing: a 409 that leaves half a batch cannot be retried."""
    store.add(a_batch(a_statement("s1", terms={"a"})))
    before = store.get(an_id("s1"))
    batch = a_batch(
        a_statement("s2", terms={"a"}),
        a_statement("s1", text="another"),
        a_statement("s3", terms={"a"}),
        definitions={"http://example.org/a": b'{"a":1}'},
    )

    with pytest.raises(DuplicateId) as refused:
        store.add(batch)

    assert refused.value.statement_id == an_id("s1")
    assert [store.get(an_id(name)) for name in ("s2", "s3")] == [None, None]
    assert store.get(an_id("s1")) == before
    assert len(store.find(Query(frozenset({"a"})))) == 1
    assert store.definition("http://example.org/a") is None


def test_a_refused_batch_can_be_mended_and_sent_again(store: Store) -> None:
    store.add(a_batch(a_statement("s1")))
    with pytest.raises(DuplicateId):
        store.add(a_batch(a_statement("s2"), a_statement("s1", text="another")))

    assert store.add(a_batch(a_statement("s2"), a_statement("s1"))) == [an_id("s2")]


def test_a_batch_that_voids_and_is_refused_voids_nothing(store: Store) -> None:
    store.add(a_batch(a_statement("target", terms={"a"}), a_statement("known")))

    with pytest.raises(DuplicateId):
        store.add(a_batch(a_statement("v", voids="target"), a_statement("known", text="other")))

    assert not store.get(an_id("target")).voided
    assert len(store.find(Query(frozenset({"a"})))) == 1


def test_counts_say_how_many_there_are_and_how_many_voided(store: Store) -> None:
    store.add(a_batch(a_statement("s1"), a_statement("s2"), a_statement("v", voids="s1")))

    assert store.counts() == {"statements": 3, "voided": 1}


def test_a_large_batch_is_kept_whole(store: Store) -> None:
    """Larger than one message of MongoDB (48 MB) would be together."""
    batch = a_batch(*(a_statement(f"s{i}", text="x" * 1_000_000) for i in range(60)))

    assert len(store.add(batch)) == 60
    assert all(store.get(statement.id) for statement in batch.statements)


def test_a_closed_store_opened_again_has_everything(
    store: Store, open_store: Callable[[], Store]
) -> None:
    store.add(a_batch(a_statement("s1", terms={"a"})))
    kept = store.get(an_id("s1"))
    store.close()

    again = open_store()

    again.ping()
    assert again.get(an_id("s1")) == kept
    again.add(a_batch(a_statement("s2")))
    assert again.get(an_id("s2")).stored > kept.stored
