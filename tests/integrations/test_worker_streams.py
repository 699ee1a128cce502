"""Streams under a real Celery worker: killed, told to end, and beside other work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integrations.harvest import Harvests, job_name
from tests.integrations.test_streams import change
from tests.integrations.test_worker import (
    BEFORE,
    CHANGES,
    ON_BOTH_STORES,
    environment,
    harvests,
    is_done,
    kept,
    slow_wiki,
    store_url,
)
from tests.integrations.vendors.server import Asked, Live, Vendor, serving_vendor
from tests.worker import wait_for, worker

__all__ = ["environment", "harvests", "slow_wiki", "store_url"]
EVENTS = 400
QUIET = 3


class Paced:
    """A stream of so many events, a few at a time, then signs of life."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.over = threading.Event()
        self.vendor: Vendor | None = None

    def __call__(self, asked: Asked) -> Live:
        last = asked.headers.get("last-event-id")
        begin = int(last.partition(":")[2].rstrip("}]")) + 1 if last else 0
        return Live(self._pieces(begin))

    def _pieces(self, begin: int) -> Iterator[bytes]:
        assert self.vendor is not None
        yield b":ok\n\n"
        for number in range(begin, self.events):
            yield change(self.vendor, number)
            if number % 5 == 0:
                time.sleep(0.05)
        while not self.over.wait(0.2):
            yield b":\n"


@pytest.fixture
def put_stream(harvests: Harvests) -> Iterator[Callable[[str, int], Paced]]:
    """Puts up streams, and sources that listen to them, until the test ends."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def put(name: str, events: int) -> Paced:
            paced = Paced(events)
            paced.vendor = stack.enter_context(serving_vendor(paced))
            stack.callback(paced.over.set)
            settings = {"name": name, "integration": "mediawiki", "instance": paced.vendor.url}
            options = {"stream": f"{paced.vendor.url}/stream"}
            harvests.intake.sources.put({**settings, "options": options})
            return paced

        yield put


@ON_BOTH_STORES
def test_a_worker_that_is_killed_while_it_listens_loses_and_doubles_nothing(
    harvests: Harvests,
    environment: dict[str, str],
    tmp_path: Path,
    put_stream: Callable[[str, int], Paced],
) -> None:
    paced = put_stream("live", EVENTS)
    with worker(environment, tmp_path) as first:
        wait_for(lambda: kept(harvests) >= 50, tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    halfway = kept(harvests)

    with worker(environment, tmp_path):
        wait_for(lambda: kept(harvests) >= EVENTS, tmp_path)

    assert halfway < EVENTS
    assert kept(harvests) == EVENTS
    assert paced.vendor is not None
    assert len(paced.vendor.asked) == 2
    assert "last-event-id" in paced.vendor.asked[1].headers


def test_a_worker_that_is_told_to_end_gives_its_streams_back_at_once(
    harvests: Harvests,
    environment: dict[str, str],
    tmp_path: Path,
    put_stream: Callable[[str, int], Paced],
) -> None:
    put_stream("live", 60)
    with worker(environment, tmp_path) as first:
        wait_for(lambda: kept(harvests) == 60, tmp_path)
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        assert first.wait(20) == 0

    job = harvests.jobs.job(job_name("live"))
    assert time.monotonic() - began < 15
    assert job.owner == ""
    assert harvests.due(time.time_ns() // 1000) == ["live"]


def test_streams_keep_no_other_source_waiting(
    harvests: Harvests,
    environment: dict[str, str],
    tmp_path: Path,
    put_stream: Callable[[str, int], Paced],
) -> None:
    """A worker does two tasks at a time; three streams would fill it for ever."""
    for number in range(QUIET):
        put_stream(f"live{number}", 5)
    with worker(environment, tmp_path):
        wait_for(lambda: kept(harvests) == 5 * QUIET, tmp_path)
        harvests.ask("wiki", BEFORE)
        wait_for(lambda: is_done(harvests), tmp_path)
        now = time.time_ns() // 1000
        running = [harvests.jobs.job(job_name(f"live{n}")).is_running(now) for n in range(QUIET)]

    assert kept(harvests) == CHANGES + 5 * QUIET
    assert all(running)
