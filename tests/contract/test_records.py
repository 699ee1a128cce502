"""Records: found by kind and key, listed by tag, changed by one atomic step."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from lrs.stores.port import Draft, Record, Store
from tests.contract.children import count_up
from tests.contract.places import PROCESSES, Place

STRANGE = ["a.b", "$set", "a\x00b", "é", "e\u0301", "😀", "x" * 2000, " ", "%", "A", "a"]


def put(store: Store, kind: str, key: str, value: bytes = b"v", **more: object) -> Record:
    return store.change(kind, key, lambda _: Draft(value, **more))


def keys(records: list[Record]) -> list[str]:
    return [record.key for record in records]


def test_a_record_comes_back_as_it_was_put(store: Store) -> None:
    meta = {"contentType": "text/plain", "a.b$c\x00": "é😀", "empty": ""}

    made = put(store, "state", "k", b"\x00\xff", meta=meta, tags=frozenset({"t1", "t2"}))

    assert store.record("state", "k") == made
    assert (made.kind, made.key, made.value) == ("state", "k", b"\x00\xff")
    assert made.meta == meta
    assert made.tags == {"t1", "t2"}
    assert store.record("state", "other") is None
    assert store.record("other", "k") is None


def test_a_record_may_be_empty(store: Store) -> None:
    """Then that it is there is all it says."""
    made = put(store, "k", "1", b"")

    assert store.record("k", "1") == made
    assert made.value == b""


def test_decide_sees_what_is_kept_and_what_it_says_is_kept(store: Store) -> None:
    seen: list[Record | None] = []

    def decide(kept: Record | None) -> Draft:
        seen.append(kept)
        return Draft(b"2" if kept else b"1")

    first = store.change("k", "1", decide)
    second = store.change("k", "1", decide)

    assert seen == [None, first]
    assert second.value == b"2"
    assert second.updated > first.updated


def test_nothing_decided_removes_the_record(store: Store) -> None:
    put(store, "k", "1", tags=frozenset({"t"}))

    assert store.change("k", "1", lambda _: None) is None

    assert store.record("k", "1") is None
    assert store.records("k", "t") == []
    assert store.change("k", "1", lambda _: None) is None


def test_what_decide_raises_leaves_everything_as_it_was(store: Store) -> None:
    before = put(store, "k", "1")

    def refuse(_: Record | None) -> Draft:
        raise LookupError

    with pytest.raises(LookupError):
        store.change("k", "1", refuse)

    assert store.record("k", "1") == before


def test_records_are_listed_by_kind_in_the_order_of_their_keys(store: Store) -> None:
    for key in ["b", "a", "C", "10", "9"]:
        put(store, "k", key)
    put(store, "other", "x")

    assert keys(store.records("k")) == ["10", "9", "C", "a", "b"]


def test_records_are_listed_by_tag(store: Store) -> None:
    put(store, "k", "1", tags=frozenset({"red", "big"}))
    put(store, "k", "2", tags=frozenset({"big"}))
    put(store, "k", "3")
    put(store, "other", "4", tags=frozenset({"red"}))

    assert keys(store.records("k", "red")) == ["1"]
    assert keys(store.records("k", "big")) == ["1", "2"]
    assert keys(store.records("k", "RED")) == []


def test_a_change_of_tags_changes_the_lists(store: Store) -> None:
    put(store, "k", "1", tags=frozenset({"red"}))
    put(store, "k", "1", tags=frozenset({"blue"}))

    assert keys(store.records("k", "red")) == []
    assert keys(store.records("k", "blue")) == ["1"]


@pytest.mark.parametrize("tag", [None, "t"])
def test_since_leaves_out_what_has_not_changed_later(store: Store, tag: str | None) -> None:
    made = [put(store, "k", key, tags=frozenset({"t"})) for key in "abc"]
    again = put(store, "k", "a", b"new", tags=frozenset({"t"}))

    assert keys(store.records("k", tag, since=made[1].updated)) == ["a", "c"]
    assert store.records("k", tag, since=again.updated) == []


@pytest.mark.parametrize("tag", [None, "t"])
def test_pages_by_after_and_limit_give_each_record_once(store: Store, tag: str | None) -> None:
    wanted = sorted(f"key{i}" for i in range(23))
    for key in wanted:
        put(store, "k", key, tags=frozenset({"t"}))

    seen: list[str] = []
    while page := store.records("k", tag, after=seen[-1] if seen else None, limit=5):
        assert len(page) <= 5
        seen += keys(page)

    assert seen == wanted


def test_kinds_keys_and_tags_are_any_strings_told_apart_exactly(store: Store) -> None:
    for n, text in enumerate(STRANGE):
        put(store, text, text, b"%d" % n, tags=frozenset({text}))

    for n, text in enumerate(STRANGE):
        assert store.record(text, text).value == b"%d" % n
        assert keys(store.records(text, text)) == [text]


def test_keys_sort_by_code_point(store: Store) -> None:
    for text in STRANGE:
        put(store, "k", text)

    assert keys(store.records("k")) == sorted(STRANGE)


def test_drop_removes_what_carries_the_tag_and_says_how_many(store: Store) -> None:
    for key in "abc":
        put(store, "k", key, tags=frozenset({"t", key}))
    put(store, "k", "d")
    put(store, "other", "a", tags=frozenset({"t"}))

    assert store.drop("k", "t") == 3

    assert keys(store.records("k")) == ["d"]
    assert keys(store.records("other")) == ["a"]
    assert store.records("k", "a") == []
    assert store.drop("k", "t") == 0


def test_no_change_is_lost_among_threads(store: Store) -> None:
    def add_one(_: int) -> None:
        store.change("k", "n", lambda r: Draft(b"%d" % (int(r.value) + 1 if r else 1)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(80)))

    assert store.record("k", "n").value == b"80"


def test_no_change_is_lost_among_processes(store: Store, place: Place) -> None:
    with ProcessPoolExecutor(3, mp_context=PROCESSES) as processes:
        list(processes.map(count_up, [place] * 3, [25] * 3))

    assert store.record("k", "n").value == b"75"


def test_of_writers_who_create_at_once_one_creates(store: Store) -> None:
    """The way a job's row is its lock."""

    def take(n: int) -> bool:
        mine = b"%d" % n
        kept = store.change("lock", "job", lambda r: Draft(r.value if r else mine))
        return kept.value == mine

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(16))) == 1


def test_updated_rises_with_every_change(store: Store, open_store: Callable[[], Store]) -> None:
    other = open_store()

    times = [put(each, "k", str(i)).updated for i in range(10) for each in (store, other)]

    assert times == sorted(set(times))
