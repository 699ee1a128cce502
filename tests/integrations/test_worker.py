"""A real Celery worker: what it was killed in the middle of is neither lost nor doubled."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.servers import LRS_COMMAND, clean_environment, free_port
from integrations.harvest import Harvests, job_name
from lrs.app import open_harvests, open_store, use_cases
from lrs.config import Settings
from tests.integrations.vendors.server import Asked, Vendor, serving_vendor
from tests.integrations.vendors.wiki import START, Wiki
from tests.worker import redis, wait_for, worker

CHANGES = 300
BEFORE = START - timedelta(days=1)  # else a run reads the last thirty days only


@pytest.fixture
def slow_wiki() -> Iterator[Vendor]:
    """Thirty pages, each of which takes a while."""

    def wait(_asked: Asked) -> None:
        time.sleep(0.1)

    with serving_vendor(Wiki(CHANGES)) as vendor:
        vendor.before = wait
        yield vendor


ON_BOTH_STORES = pytest.mark.parametrize(
    "store_url", ["sqlite", pytest.param("mongodb", marks=pytest.mark.mongodb)], indirect=True
)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a fresh store; an embedded one where a test does not say otherwise."""
    if getattr(request, "param", "sqlite") == "mongodb":
        return str(request.getfixturevalue("mongo_place").url)
    return f"sqlite:///{tmp_path / 'lrs.sqlite'}"


@pytest.fixture
def environment(tmp_path: Path, store_url: str) -> dict[str, str]:
    return clean_environment(
        LRS_STORE_URL=store_url,
        LRS_DATA=str(tmp_path),
        LRS_JOB_LEASE_SECONDS="2",
        LRS_DRAIN_SECONDS="5",
    )


@pytest.fixture
def harvests(tmp_path: Path, store_url: str, slow_wiki: Vendor) -> Iterator[Harvests]:
    """The store as another process sees it, with the wiki as a source that was asked for."""
    settings = Settings(job_lease_seconds=2, store_url=store_url, data=tmp_path)
    store = open_store(settings)
    seen = open_harvests(settings, use_cases(settings, store))
    seen.intake.sources.put(
        {
            "name": "wiki",
            "integration": "mediawiki",
            "instance": slow_wiki.url,
            "options": {"changes_days": 10_000},
        }
    )
    yield seen
    store.close()


def kept(harvests: Harvests) -> int:
    return harvests.intake.lrs.store.counts()["statements"]


def is_done(harvests: Harvests) -> bool:
    job = harvests.jobs.job(job_name("wiki"))
    return bool(job.finished) and not job.owner and job.wish is None and not job.error


def without_overlaps(vendor: Vendor) -> bool:
    """Whether the vendor was never asked by two at once."""
    return vendor.most_at_once == 1


@ON_BOTH_STORES
def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path, slow_wiki: Vendor
) -> None:
    harvests.ask("wiki", BEFORE)
    with worker(environment, tmp_path) as first:
        wait_for(lambda: 50 <= kept(harvests) < CHANGES, tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    halfway = kept(harvests)
    read = len(slow_wiki.asked)

    with worker(environment, tmp_path):
        wait_for(lambda: is_done(harvests), tmp_path)

    assert halfway < CHANGES
    assert kept(harvests) == CHANGES
    assert len(slow_wiki.asked) - read <= (CHANGES - halfway) // 10 + 2  # it went on, not anew
    assert without_overlaps(slow_wiki)


def test_two_workers_never_harvest_one_source_at_once(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path, slow_wiki: Vendor
) -> None:
    harvests.ask("wiki", BEFORE)

    with worker(environment, tmp_path), worker(environment, tmp_path):
        wait_for(lambda: is_done(harvests), tmp_path)

    assert kept(harvests) == CHANGES
    assert len(slow_wiki.asked) == CHANGES // 10
    assert without_overlaps(slow_wiki)


def test_a_worker_that_is_told_to_end_stops_after_a_page_and_the_next_goes_on(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path, slow_wiki: Vendor
) -> None:
    harvests.ask("wiki", BEFORE)
    with worker(environment, tmp_path) as first:
        wait_for(lambda: kept(harvests) >= 50, tmp_path)
        first.send_signal(signal.SIGTERM)
        assert first.wait(20) == 0
    assert kept(harvests) < CHANGES

    with worker(environment, tmp_path):
        wait_for(lambda: is_done(harvests), tmp_path)

    assert kept(harvests) == CHANGES
    assert len(slow_wiki.asked) <= CHANGES // 10 + 1


@pytest.mark.skipif(not shutil.which("redis-server"), reason="not run: redis-server is absent")
def test_it_is_the_same_with_redis_and_when_redis_forgets_everything(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path, slow_wiki: Vendor
) -> None:
    port = free_port()
    environment["LRS_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
    harvests.ask("wiki", BEFORE)
    with redis(port, tmp_path), worker(environment, tmp_path) as first:
        wait_for(lambda: kept(harvests) >= 50, tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    with redis(port, tmp_path), worker(environment, tmp_path):
        wait_for(lambda: is_done(harvests), tmp_path)

    assert kept(harvests) == CHANGES
    assert without_overlaps(slow_wiki)


def test_up_runs_web_and_worker_and_sigterm_ends_both(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"LRS_PORT": str(free_port()), "LRS_WORKERS": "1"}
    harvests.ask("wiki", BEFORE)
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [LRS_COMMAND, "up"],
            env=environment,
            cwd=tmp_path,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: kept(harvests) >= 50, tmp_path)
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0, (tmp_path / "up.log").read_text()[-3000:]
        wait_for(lambda: not _is_group_alive(process.pid), tmp_path)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _is_group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_run_by_hand_says_what_it_did_and_takes_no_page_twice(
    harvests: Harvests, environment: dict[str, str], tmp_path: Path
) -> None:
    words = [sys.executable, "-m", "lrs.cli", "sources", "run", "wiki", "--since", "2026-11-01"]
    done = subprocess.run(
        [*words, "--json"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert f'"stored": {CHANGES}' in done.stdout
    again = subprocess.run(
        words[:-2], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "stored" not in again.stdout
