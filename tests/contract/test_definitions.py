"""Definitions of Activities: learned, merged, one per Activity."""

from __future__ import annotations

import orjson

from lrs.stores.port import Store
from tests.contract.builders import a_batch, a_statement

ACTIVITY = "http://example.org/activity/$a.b"


def test_a_definition_is_learned_with_its_batch(store: Store) -> None:
    store.add(a_batch(a_statement("s1"), definitions={ACTIVITY: b'{"name":"A"}'}))

    assert store.definition(ACTIVITY) == b'{"name":"A"}'


def test_what_is_learned_is_merged_with_what_is_kept(store: Store) -> None:
    store.add(a_batch(a_statement("s1"), definitions={ACTIVITY: b'{"a":1,"b":1}'}))

    store.add(a_batch(a_statement("s2"), definitions={ACTIVITY: b'{"b":2}'}))

    assert orjson.loads(store.definition(ACTIVITY)) == {"a": 1, "b": 2}


def test_only_those_asked_for_and_learned_are_given(store: Store) -> None:
    learned = {f"http://example.org/{i}": b'{"n":%d}' % i for i in range(5)}
    store.add(a_batch(a_statement("s1"), definitions=learned))

    given = store.definitions(
        ["http://example.org/1", "http://example.org/3", "http://example.org/9"]
    )

    assert given == {i: learned[i] for i in ("http://example.org/1", "http://example.org/3")}


def test_an_activity_never_heard_of_has_none(store: Store) -> None:
    assert store.definition(ACTIVITY) is None
    assert store.definitions([]) == {}


def test_activity_ids_are_any_strings(store: Store) -> None:
    strange = ["http://example.org/" + "x" * 2000, "urn:é😀", "a\x00b", "$set", "a.b.c"]
    store.add(
        a_batch(a_statement("s1"), definitions={i: b'{"n":%d}' % n for n, i in enumerate(strange)})
    )

    assert [store.definition(i) for i in strange] == [b'{"n":%d}' % n for n in range(len(strange))]
