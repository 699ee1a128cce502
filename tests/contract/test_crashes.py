"""Writers killed with SIGKILL: every batch is wholly there or wholly absent, and the store opens."""

from __future__ import annotations

import random
import time

import pytest

from tests.contract.builders import a_batch, a_statement, an_id
from tests.contract.children import add_until_killed
from tests.contract.places import PROCESSES, Place, wait_out_the_dead

EVER = 2**60
SIZE = 10


@pytest.mark.parametrize("round_", range(3))
def test_after_a_kill_every_batch_is_wholly_there_or_wholly_absent(
    place: Place, round_: int
) -> None:
    ours, theirs = PROCESSES.Pipe()
    child = PROCESSES.Process(target=add_until_killed, args=(place, theirs, "k", SIZE))
    child.start()
    assert ours.recv() == 0

    time.sleep(random.Random(round_).uniform(0.1, 0.4))
    child.kill()
    child.join()
    answered = 0
    while ours.poll():
        answered = ours.recv()

    with place.opened() as store:
        through = wait_out_the_dead(store)
        kept = {k.id: k for k in store.scan(0, EVER, 100_000)}
        for number in range(answered + 2):
            names = [f"k-{number}-{n}" for n in range(SIZE)] + [f"v-k-{number}-0"]
            there = [an_id(name) in kept for name in names]
            assert all(there) or not any(there)
            assert all(there) or number > answered, "what was answered is kept"
            assert [store.get(an_id(n)) is not None for n in names] == there
            if all(there):
                assert kept[an_id(names[0])].voided
        assert through >= max(k.stored for k in kept.values())
        assert store.add(a_batch(a_statement("after"))) == [an_id("after")]
