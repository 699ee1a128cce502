"""How far reading is safe: X-Experience-API-Consistent-Through is never a guess."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from lrs.stores.port import Query, Store
from tests.contract.builders import Batch, a_batch, a_statement, an_id, merge, same
from tests.contract.children import add_and_stop_midway, add_some
from tests.contract.places import PROCESSES, Place

EVER = 2**60


def test_it_moves_on_when_nothing_is_written(store: Store) -> None:
    first = store.consistent_through()
    time.sleep(0.05)

    assert store.consistent_through() >= first + 20_000


def test_it_covers_what_was_just_added(store: Store, open_store: Callable[[], Store]) -> None:
    """Else a client that waits for its own Statement waits for nothing."""
    other = open_store()
    for i in range(5):
        store.add(a_batch(a_statement(f"s{i}")))
        stored = store.get(an_id(f"s{i}")).stored

        assert store.consistent_through() >= stored
        time.sleep(0.02)
        assert other.consistent_through() >= stored


def test_it_stays_before_a_write_under_way_in_a_thread(store: Store) -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def slow_merge(kept: bytes | None, learned: bytes) -> bytes:
        under_way.set()
        assert go_on.wait(30)
        return merge(kept, learned)

    batch = Batch(
        [a_statement("s1", terms={"a"})], {"http://example.org/a": b"{}"}, same, slow_merge
    )
    with ThreadPoolExecutor(1) as threads:
        added = threads.submit(store.add, batch)
        assert under_way.wait(30)
        time.sleep(0.05)
        through = store.consistent_through()
        listed, kept = store.find(Query(frozenset({"a"}))), store.get(an_id("s1"))
        scanned = store.scan(0, EVER, 10)
        go_on.set()
        added.result()

    assert (listed, kept, scanned) == ([], None, [])
    assert through < store.get(an_id("s1")).stored <= store.consistent_through()


def test_it_stays_before_a_write_under_way_in_another_process(store: Store, place: Place) -> None:
    ours, theirs = PROCESSES.Pipe()
    child = PROCESSES.Process(target=add_and_stop_midway, args=(place, theirs, "s1"))
    child.start()
    assert ours.recv() == "under way"

    time.sleep(0.05)
    through = store.consistent_through()
    listed, kept = store.find(Query(frozenset({"a"}))), store.get(an_id("s1"))
    ours.send("go on")
    assert ours.recv() == "done"
    child.join()

    assert (listed, kept) == ([], None)
    assert through < store.get(an_id("s1")).stored <= store.consistent_through()


def test_nothing_appears_behind_a_time_that_was_promised(store: Store, place: Place) -> None:
    """Three processes write; whatever is promised is checked against the end."""
    promised: list[tuple[int, int]] = []
    with ProcessPoolExecutor(3, mp_context=PROCESSES) as processes:
        writers = [processes.submit(add_some, place, f"w{i}", 12, 3) for i in range(3)]
        while not all(writer.done() for writer in writers):
            through = store.consistent_through()
            promised.append((through, len(store.scan(0, through, 1000))))
        for writer in writers:
            writer.result()

    times = [k.stored for k in store.scan(0, EVER, 1000)]
    assert len(times) == 3 * 12 * 3
    assert len({count for _, count in promised}) > 1, "the readers saw too little to tell"
    for through, count in promised:
        assert count == sum(stored <= through for stored in times)


def test_promises_never_go_back(store: Store, place: Place) -> None:
    promises: list[int] = []
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as processes:
        writers = [processes.submit(add_some, place, f"w{i}", 10, 2) for i in range(2)]
        while not all(writer.done() for writer in writers):
            promises.append(store.consistent_through())

    assert promises == sorted(promises)


def test_reading_on_from_the_last_stored_misses_nothing(store: Store, place: Place) -> None:
    """`stored` rises in the order in which Statements become visible, so it is a cursor."""
    seen: list[int] = []
    with ProcessPoolExecutor(3, mp_context=PROCESSES) as processes:
        writers = [processes.submit(add_some, place, f"w{i}", 10, 3) for i in range(3)]
        over = False
        while not over:
            over = all(writer.done() for writer in writers)
            query = Query(frozenset({"a"}), since=seen[-1] if seen else None, ascending=True)
            seen += [row.stored for row in store.find(query)]

    assert seen == [k.stored for k in store.scan(0, EVER, 1000)]
    assert len(seen) == 90
