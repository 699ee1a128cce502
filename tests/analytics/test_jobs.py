"""Runs of analytics in real workers: by schedule, cancelled, killed, and two at once."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analytics.desk import Desk
from analytics.facts import manifest as manifests
from analytics.jobs import Work
from analytics.tasks import run_once
from benchmarks.organisation import Organisation, fill
from benchmarks.servers import clean_environment, free_port
from lrs.app import open_work, use_cases
from lrs.config import Settings
from lrs.domain import timestamps
from lrs.domain.errors import Conflict, NotFound
from lrs.services.jobs import Cancelled, LeaseLost
from lrs.stores.sqlite import SqliteStore
from tests import worker as patient
from tests.worker import redis, worker

MANY = 60_000
FEW = 500
wait_for = partial(patient.wait_for, seconds=90)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose first refresh takes seconds; copied, for each test has one of its own."""
    return _filled(tmp_path_factory.mktemp("many"), MANY)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _filled(tmp_path_factory.mktemp("few"), FEW)


def _filled(folder: Path, count: int) -> Path:
    store = SqliteStore.open(folder / "lrs.sqlite", folder / "attachments")
    begin = timestamps.parse("2026-01-01T00:00:00Z")
    end = timestamps.parse("2026-04-01T00:00:00Z")
    organisation = Organisation(200)
    step = (end - begin) // count
    fill(store, (organisation.statement(begin + n * step) for n in range(count)))
    store.close()
    return folder


@contextmanager
def opened(source: Path, folder: Path) -> Iterator[Work]:
    """The runs of a copy of a store, as another process sees them."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    store = SqliteStore.open(folder / "lrs.sqlite", folder / "attachments")
    settings = Settings(job_lease_seconds=2, data=folder, min_group=1)
    try:
        yield open_work(settings, use_cases(settings, store))
    finally:
        store.close()


@pytest.fixture
def many(filled: Path, tmp_path: Path) -> Iterator[Work]:
    with opened(filled, tmp_path) as work:
        yield work


@pytest.fixture
def few(small: Path, tmp_path: Path) -> Iterator[Work]:
    with opened(small, tmp_path) as work:
        yield work


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return clean_environment(
        LRS_STORE_URL=f"sqlite:///{tmp_path / 'lrs.sqlite'}",
        LRS_DATA=str(tmp_path),
        LRS_JOB_LEASE_SECONDS="2",
    )


def is_done(work: Work) -> bool:
    row = work.row("refresh")
    return bool(row.finished) and not row.owner and row.wish is None and not row.error


def is_in_the_middle(work: Work) -> bool:
    return 0 < work.row("refresh").progress.get("statements", 0) < MANY


def statements_in(work: Work) -> int:
    """How many Statements the facts have."""
    from analytics.facts.engine import Engine
    from analytics.facts.reading import open_facts

    with open_facts(work.facts, None, Engine()) as facts:
        [[n]] = facts.rows("SELECT count(DISTINCT id) FROM known")
    return int(n)


def test_a_worker_makes_the_facts_by_its_schedule(
    few: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    with worker(environment, tmp_path):
        wait_for(lambda: is_done(few), tmp_path)

    assert statements_in(few) == FEW


def test_a_run_that_was_asked_for_is_made_though_none_is_due(
    few: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    few.run("refresh")
    before = few.row("refresh").finished
    few.ask("refresh")

    with worker(environment, tmp_path):
        wait_for(lambda: few.row("refresh").finished > before, tmp_path)

    assert is_done(few)


def test_a_worker_that_is_killed_in_a_refresh_leaves_no_facts_and_the_next_makes_them(
    many: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    with worker(environment, tmp_path) as first:
        wait_for(lambda: is_in_the_middle(many), tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert manifests.load(many.facts) is None

    with worker(environment, tmp_path):
        wait_for(lambda: is_done(many), tmp_path)

    assert statements_in(many) == MANY


def test_two_workers_make_the_facts_once(
    many: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    with worker(environment, tmp_path), worker(environment, tmp_path):
        wait_for(lambda: is_done(many), tmp_path)
        time.sleep(6)  # more than an interval of the schedule

    manifest = manifests.load(many.facts)
    assert manifest is not None
    assert manifest.generation == 1
    assert statements_in(many) == MANY


def test_a_refresh_that_is_cancelled_ends_and_leaves_the_facts_as_they_were(
    many: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    with worker(environment, tmp_path):
        wait_for(lambda: is_in_the_middle(many), tmp_path)
        many.cancel("refresh")
        wait_for(lambda: not many.row("refresh").owner, tmp_path)

    assert many.row("refresh").error == "cancelled"
    assert manifests.load(many.facts) is None


@pytest.mark.skipif(not shutil.which("redis-server"), reason="not run: redis-server is absent")
def test_it_is_the_same_with_redis_and_when_redis_forgets_everything(
    many: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    environment["LRS_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
    with redis(port, tmp_path), worker(environment, tmp_path) as first:
        wait_for(lambda: is_in_the_middle(many), tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    with redis(port, tmp_path), worker(environment, tmp_path), worker(environment, tmp_path):
        wait_for(lambda: is_done(many), tmp_path)

    assert statements_in(many) == MANY


PROGRAMME = {
    "id": "safety",
    "name": {"en": "Safety"},
    "activities": ["https://lms.example/course/1", "https://lms.example/course/2"],
    "evidence": [{"activity": "https://lms.example/course/9", "grade": "A"}],
}


def test_a_worker_runs_transfer_of_every_programme_and_then_the_reports(
    few: Work, environment: dict[str, str], tmp_path: Path
) -> None:
    few.lrs.programmes.declare(PROGRAMME, by="tests", now=timestamps_now())
    names = list(few.names())

    with worker(environment, tmp_path):
        wait_for(lambda: all(few.row(name).finished for name in names), tmp_path)

    assert names[:2] == ["refresh", "transfer/safety"]
    assert {name: few.row(name).error for name in names} == dict.fromkeys(names, "")
    assert few.transfer("safety")["programme"]["id"] == "safety"
    for language in ("en", "nl"):
        assert Desk(few, _never).report("overview", language, "html").startswith(b"<!")
        assert Desk(few, _never).report("overview", language, "pdf").startswith(b"%PDF")


def _never(_: Any) -> Any:
    raise AssertionError


def test_transfer_is_noted_as_looked_at_before_there_is_a_result(few: Work) -> None:
    """Whoever declares again after seeing figures can choose the windows that suit them."""
    few.lrs.programmes.declare(PROGRAMME, by="tests", now=timestamps_now())
    few.run("refresh")

    few.run("transfer/safety")
    wider = {**PROGRAMME, "windows": {"exposure": 60}}
    again = few.lrs.programmes.declare(wider, by="tests", now=timestamps_now())

    assert again.after_results


def test_results_wait_for_facts_that_are_newer_than_they_are(few: Work) -> None:
    few.lrs.programmes.declare(PROGRAMME, by="tests", now=timestamps_now())
    assert few.due(timestamps_now()) == ["refresh"]
    few.run("refresh")
    few.run("transfer/safety")
    few.run("report/overview")
    day = 24 * 3600 * 1_000_000

    tomorrow = few.due(timestamps_now() + 2 * day)

    assert tomorrow == ["refresh"]
    few.run("refresh")
    assert few.due(timestamps_now() + 2 * day - 60_000_000) == ["refresh"]


def test_the_same_transfer_twice_is_the_same_bytes(few: Work) -> None:
    few.lrs.programmes.declare(PROGRAMME, by="tests", now=timestamps_now())
    few.run("refresh")

    few.run("transfer/safety")
    first = few.results.newest("transfer/safety")
    few.run("transfer/safety")

    assert few.results.newest("transfer/safety") == first


def test_only_the_newest_results_are_kept(few: Work) -> None:
    for cutoff in range(25):
        few.results.keep("transfer/x", 1, cutoff, b"%d" % cutoff)
    few.results.keep("transfer/x", 2, 3, b"of version 2")
    few.results.keep("transfer/x", 1, 25, b"late")

    kept = few.lrs.store.records("analytics-result")

    assert len(kept) == 11
    assert few.results.newest("transfer/x") == b"of version 2"
    assert few.results.newest("transfer/x", 1) == b"late"


def test_a_run_that_was_asked_for_and_has_not_begun_can_be_called_off(few: Work) -> None:
    few.run("refresh")
    few.ask("refresh")

    few.cancel("refresh")

    assert few.row("refresh").wish is None
    assert "refresh" not in few.due(timestamps_now())


def test_a_run_under_way_is_not_begun_again(few: Work) -> None:
    def meanwhile(_progress: dict[str, Any]) -> None:
        with pytest.raises(Conflict):
            few.run("refresh")
        assert "refresh" not in few.due(timestamps_now())

    few.run("refresh", meanwhile)


def test_a_run_whose_lease_is_lost_writes_nothing(few: Work) -> None:
    """Its worker slept for too long; another has begun, and both would write."""

    def lose(_progress: dict[str, Any]) -> None:
        few.jobs.change("analytics refresh", lambda job: replace(job, owner="another"))

    with pytest.raises(LeaseLost):
        few.run("refresh", lose)

    assert manifests.load(few.facts) is None


def test_a_worker_that_is_told_to_end_leaves_its_run_to_the_next(few: Work) -> None:
    assert run_once(few, "refresh", lambda: True) is None

    assert few.due(timestamps_now()) == ["refresh"]
    assert run_once(few, "refresh", lambda: False) is not None


def test_a_cancelled_run_is_not_begun_again_at_once(few: Work) -> None:
    def cancel(_progress: dict[str, Any]) -> None:
        few.cancel("refresh")

    with pytest.raises(Cancelled):
        few.run("refresh", cancel)

    assert "refresh" not in few.due(timestamps_now())


def test_a_refresh_is_due_again_after_a_quarter_of_an_hour(few: Work) -> None:
    few.run("refresh")

    later = few.row("refresh").finished + 15 * 60_000_000

    assert "refresh" not in few.due(later - 1)
    assert few.due(later) == ["refresh"]


def test_nothing_is_reported_of_an_empty_store(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    with opened(tmp_path / "source", tmp_path / "store") as work:
        work.run("refresh")

        assert work.due(timestamps_now()) == []


def test_a_run_that_nobody_knows_is_not_found(few: Work) -> None:
    for name in ("nope", "transfer/nope", "transfer/", "refresh/x", ""):
        with pytest.raises(NotFound):
            few.ask(name)


def timestamps_now() -> int:
    return time.time_ns() // 1000
