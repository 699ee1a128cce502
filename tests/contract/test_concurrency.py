"""Many writers at once: one winner per id, nothing lost, nothing half added."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import orjson
import pytest

from lrs.stores.port import Query, Store
from tests.contract.builders import a_batch, a_statement, an_id
from tests.contract.children import add_all, add_overlapping
from tests.contract.places import PROCESSES, Place

EVER = 2**60
WRITERS = 3


def overlapping(seed: int, batches: int = 12) -> list[list[str]]:
    """Batches of 1 to 5 names out of 30, in any order."""
    chance = random.Random(seed)
    names = [f"s{i}" for i in range(30)]
    return [chance.sample(names, chance.randint(1, 5)) for _ in range(batches)]


def check_one_winner_each(store: Store, results: list[tuple[list[str], int]]) -> None:
    winners = Counter(statement_id for won, _ in results for statement_id in won)
    kept = store.scan(0, EVER, 1000)
    assert len({k.stored for k in kept}) == len(kept)
    assert set(winners.values()) == {1}
    assert set(winners) == {k.id for k in kept}
    assert len(store.find(Query(frozenset({"a"}), limit=1000))) == len(kept)


def test_of_threads_that_add_the_same_statements_each_is_new_to_one(store: Store) -> None:
    with ThreadPoolExecutor(WRITERS) as threads:
        jobs = [threads.submit(add_all, store, overlapping(i), "same") for i in range(WRITERS)]
        results = [job.result() for job in jobs]

    check_one_winner_each(store, results)
    assert [refused for _, refused in results] == [0] * WRITERS


def test_of_processes_that_add_the_same_statements_each_is_new_to_one(
    store: Store, place: Place
) -> None:
    with ProcessPoolExecutor(WRITERS, mp_context=PROCESSES) as processes:
        batches = [overlapping(i) for i in range(WRITERS)]
        results = list(
            processes.map(add_overlapping, [place] * WRITERS, batches, ["same"] * WRITERS)
        )

    check_one_winner_each(store, results)
    assert [refused for _, refused in results] == [0] * WRITERS


@pytest.mark.parametrize("batch_of", [1, 4])
def test_of_processes_that_add_different_statements_under_one_id_one_wins(
    store: Store, place: Place, batch_of: int
) -> None:
    texts = [f"by {i}" for i in range(WRITERS)]
    names = [[f"s{b}-{n}" for n in range(batch_of)] for b in range(10)]
    with ProcessPoolExecutor(WRITERS, mp_context=PROCESSES) as processes:
        batches = [random.Random(i).sample(names, len(names)) for i in range(WRITERS)]
        results = list(processes.map(add_overlapping, [place] * WRITERS, batches, texts))

    check_one_winner_each(store, results)
    assert sum(refused for _, refused in results) == (WRITERS - 1) * len(names)
    for text, (won, _) in zip(texts, results, strict=True):
        assert {orjson.loads(store.get(i).data)["text"] for i in won} <= {text}
    for group in names:
        whose = {orjson.loads(store.get(an_id(name)).data)["text"] for name in group}
        assert len(whose) == 1, "a batch is in whole or not at all"


@pytest.mark.parametrize("round_", range(8))
def test_a_voiding_and_its_target_that_arrive_at_once_find_each_other(
    store: Store, round_: int
) -> None:
    statements = [
        a_statement("target", terms={"t"}),
        a_statement("voider", voids="target"),
        a_statement("referrer", refers="target"),
        a_statement("top", refers="referrer"),
    ]
    random.Random(round_).shuffle(statements)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda s: store.add(a_batch(s)), statements))

    assert store.get(an_id("target")).voided
    assert len(store.find(Query(frozenset({"t"})))) == 3


def test_definitions_learned_at_once_are_all_merged(store: Store) -> None:
    def learn(i: int) -> None:
        name = b'{"n%d":1}' % i
        store.add(a_batch(a_statement(f"s{i}"), definitions={"http://example.org/a": name}))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(learn, range(18)))

    assert orjson.loads(store.definition("http://example.org/a")) == {f"n{i}": 1 for i in range(18)}
