"""Processes that are killed while they ask whether to end keep nobody from being told."""

from __future__ import annotations

import multiprocessing
import time

import pytest

from lrs.ending import Ending

_FORK = multiprocessing.get_context("fork")


# Python 3.12 warns of threads that other tests left; what is forked here takes no lock.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_who_is_killed_while_asking_holds_nobody_up() -> None:
    """With a lock, every second round of this would hang."""
    for _ in range(10):
        ending = Ending()
        asking = [_FORK.Process(target=_ask, args=(ending,)) for _ in range(2)]
        for process in asking:
            process.start()
        time.sleep(0.02)
        for process in asking:
            process.kill()
            process.join()

        assert not ending.is_told()
        telling = _FORK.Process(target=ending.tell)
        telling.start()
        telling.join(20)
        assert telling.exitcode == 0
        assert ending.is_told()


def _ask(ending: Ending) -> None:
    while not ending.is_told():
        pass
