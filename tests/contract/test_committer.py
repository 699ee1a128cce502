"""The process that commits for all: what it keeps is kept, and without it all goes on."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from lrs.stores import sqlite_adding
from lrs.stores.port import Batch, DuplicateId, Query
from lrs.stores.sqlite import SqliteStore
from lrs.stores.sqlite_committer import FEW, Committer, address_of, committing
from tests.contract.builders import a_batch, a_statement, an_id

pytestmark = pytest.mark.skipif(os.name != "posix", reason="not run: it is there on Linux only")
ACTIVITY = "https://lms.example/units/1"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A store that has its process."""
    path = tmp_path / "lrs.sqlite"
    SqliteStore.open(path, tmp_path / "attachments").close()
    with committing(path):
        _wait_for(lambda: _process() is not None and _answers(path))
        yield path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, path.parent / "attachments")) as store:
        yield store


def _process() -> psutil.Process | None:
    for child in psutil.Process().children(recursive=True):
        try:
            if "lrs.stores.sqlite_committer" in child.cmdline():
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe, address_of(path) as address:
        return probe.connect_ex(address) == 0


def _wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it does not come about"
        time.sleep(0.02)


@pytest.fixture
def committer(path: Path) -> Iterator[Committer]:
    with closing(Committer(path)) as committer:
        yield committer


def _asked(store: SqliteStore, committer: Committer, batch: Batch) -> bool:
    ready = sqlite_adding.rows(batch, store.terms.to_keep)
    return committer.add(ready, sqlite_adding.digests(batch))


def test_it_keeps_a_new_statement_as_the_store_itself_would(
    store: SqliteStore, committer: Committer
) -> None:
    batch = a_batch(a_statement("s1", terms=["verb:v"], own=["authority:a"], stamped=True))

    assert _asked(store, committer, batch)

    kept = store.get(an_id("s1"))
    assert kept is not None
    assert kept.data.startswith(batch.statements[0].head)
    assert b'"timestamp":' in kept.data
    for term in ("verb:v", "authority:a"):
        assert [found.data for found in store.find(Query(frozenset([term])))] == [kept.data]


def test_what_it_has_to_ask_about_it_leaves(store: SqliteStore, committer: Committer) -> None:
    store.add(a_batch(a_statement("known")))
    store.add(a_batch(a_statement("early", refers="late")))
    many = [a_statement(f"m{n}") for n in range(FEW + 1)]
    large = a_statement("large", text="x" * 100_000)

    for batch in (
        a_batch(a_statement("known")),
        a_batch(a_statement("late")),
        a_batch(a_statement("refers", refers="known")),
        a_batch(a_statement("tells"), definitions={ACTIVITY: b'{"name":"A"}'}),
        a_batch(*many),
        a_batch(large),
    ):
        assert not _asked(store, committer, batch)
        if batch.statements[0].id != an_id("known"):
            assert store.get(batch.statements[0].id) is None


def test_a_known_id_is_refused_or_is_no_news_as_always(store: SqliteStore) -> None:
    assert store.add(a_batch(a_statement("s1"))) == [an_id("s1")]

    assert store.add(a_batch(a_statement("s1"))) == []
    with pytest.raises(DuplicateId):
        store.add(a_batch(a_statement("s1", text="other")))


def test_the_same_definition_is_no_news_and_another_is_merged(
    store: SqliteStore, committer: Committer, path: Path
) -> None:
    first, second = {ACTIVITY: b'{"a":1}'}, {ACTIVITY: b'{"a":2,"b":2}'}
    store.add(a_batch(a_statement("s1"), definitions=first))

    assert _asked(store, committer, a_batch(a_statement("s2"), definitions=first))
    with closing(SqliteStore.open(path, path.parent / "attachments")) as other:
        other.add(a_batch(a_statement("s3"), definitions=second))
    assert not _asked(store, committer, a_batch(a_statement("s4"), definitions=first))
    store.add(a_batch(a_statement("s4"), definitions=first))

    assert store.definition(ACTIVITY) == b'{"a":1,"b":2}'


def test_threads_of_several_processes_share_commits_and_lose_nothing(
    store: SqliteStore, path: Path
) -> None:
    stores = [store, SqliteStore.open(path, path.parent / "attachments")]
    committed: list[int] = []

    def send(number: int) -> None:
        for n in range(50):
            added = stores[number % 2].add(a_batch(a_statement(f"{number}-{n}", terms=["verb:v"])))
            committed.append(len(added))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert committed == [1] * 400
    found = store.find(Query(frozenset(["verb:v"]), ascending=True, limit=1000))
    assert len({one.stored for one in found}) == 400
    stores[1].close()


def test_when_it_is_killed_nothing_answered_is_lost_and_it_comes_back(
    store: SqliteStore, path: Path
) -> None:
    process = _process()
    assert process is not None
    answered: list[str] = []
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            answered.extend(store.add(a_batch(a_statement(f"k{len(answered)}"))))

    thread = threading.Thread(target=send)
    thread.start()
    _wait_for(lambda: len(answered) > 50)
    process.send_signal(signal.SIGKILL)
    before = len(answered)
    _wait_for(lambda: len(answered) > before + 50)
    _wait_for(lambda: (now := _process()) is not None and now.pid != process.pid)
    over.set()
    thread.join()

    assert all(store.get(one) is not None for one in answered)
    assert store.counts()["statements"] == len(answered)


def test_who_gets_no_answer_in_time_goes_on_without(tmp_path: Path) -> None:
    path = tmp_path / "lrs.sqlite"
    with (
        closing(SqliteStore.open(path, tmp_path / "attachments")) as store,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent,
    ):
        with address_of(path) as address:
            silent.bind(address)
        silent.listen()

        assert not _asked(store, Committer(path, answer_seconds=1), a_batch(a_statement("s1")))


def test_only_its_user_can_reach_it_and_it_ends_with_who_started_it(tmp_path: Path) -> None:
    path = tmp_path / "lrs.sqlite"
    SqliteStore.open(path, tmp_path / "attachments").close()

    with committing(path):
        _wait_for(lambda: _answers(path))
        with address_of(path) as address:
            assert stat.S_IMODE(Path(address).stat().st_mode) & 0o077 == 0
        process = _process()
        assert process is not None

    assert not process.is_running()
    with closing(SqliteStore.open(path, tmp_path / "attachments")) as store:
        assert store.add(a_batch(a_statement("s1"))) == [an_id("s1")]


def test_it_can_be_reached_below_a_folder_with_a_long_path(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    path = folder / "lrs.sqlite"
    SqliteStore.open(path, folder / "attachments").close()

    with committing(path):
        _wait_for(lambda: _answers(path))
