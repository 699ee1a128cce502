"""The process that commits for all: what it keeps is kept, and without it all goes on."""

from __future__ import annotations

import itertools
import marshal
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest

from lrs.stores import sqlite_adding
from lrs.stores.port import Batch, DuplicateId, Query
from lrs.stores.sqlite import SqliteStore
from lrs.stores.sqlite_committer import FEW, Committer, Outcome, address_of
from lrs.stores.sqlite_committing import committing
from tests.contract.builders import a_batch, a_statement, an_id
from tests.reliability import running

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="not run: the process that commits, which is there on Linux"
)
wait_until = partial(running.wait_until, seconds=30)
ACTIVITY = "https://lms.example/units/1"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A store that has its process."""
    path = tmp_path / "lrs.sqlite"
    SqliteStore.open(path, tmp_path / "attachments").close()
    with committing(path):
        wait_until(lambda: _process() is not None and _answers(path))
        yield path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, path.parent / "attachments")) as store:
        yield store


def _process() -> psutil.Process | None:
    for child in psutil.Process().children(recursive=True):
        try:
            if "lrs.stores.sqlite_committing" in child.cmdline():
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe, address_of(path) as address:
        return probe.connect_ex(address) == 0


@pytest.fixture
def committer(path: Path) -> Iterator[Committer]:
    with closing(Committer(path)) as committer:
        yield committer


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def _asked(store: SqliteStore, committer: Committer, batch: Batch) -> Outcome:
    ready = sqlite_adding.rows(batch, store.terms.to_keep)
    return committer.add(ready, sqlite_adding.learned(batch))


def test_it_keeps_a_new_statement_as_the_store_itself_would(
    store: SqliteStore, committer: Committer
) -> None:
    batch = a_batch(a_statement("s1", terms=["verb:v"], own=["authority:a"], stamped=True))

    assert _asked(store, committer, batch) is Outcome.KEPT

    kept = store.get(an_id("s1"))
    assert kept is not None
    assert kept.data.startswith(batch.statements[0].head)
    assert b'"timestamp":' in kept.data
    for term in ("verb:v", "authority:a"):
        assert [found.data for found in store.find(Query(frozenset([term])))] == [kept.data]


def test_what_it_has_to_ask_about_it_leaves(store: SqliteStore, committer: Committer) -> None:
    store.add(a_batch(a_statement("known")))
    store.add(a_batch(a_statement("early", refers="late")))
    store.add(a_batch(a_statement("told"), definitions={ACTIVITY: b'{"name":"B"}'}))
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
        assert _asked(store, committer, batch) is Outcome.LEFT
        if batch.statements[0].id != an_id("known"):
            assert store.get(batch.statements[0].id) is None
    assert _asked(store, committer, a_batch(a_statement("plain"))) is Outcome.KEPT


def test_what_is_told_of_a_new_activity_is_kept_with_the_statement(
    store: SqliteStore, committer: Committer
) -> None:
    """Each post of a forum is an Activity of its own."""
    post, other = ACTIVITY, f"{ACTIVITY}/2"
    told = {post: b'{"name":"A"}', other: b'{"name":"B"}'}

    assert _asked(store, committer, a_batch(a_statement("s1"), definitions=told)) is Outcome.KEPT
    again = a_batch(a_statement("s2"), definitions=told)
    assert _asked(store, committer, again) is Outcome.KEPT
    changed = a_batch(a_statement("s3"), definitions={**told, post: b'{"name":"C"}'})
    assert _asked(store, committer, changed) is Outcome.LEFT

    assert store.definitions([post, other]) == told
    store.add(changed)
    assert store.definition(post) == b'{"name":"C"}'


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

    again = a_batch(a_statement("s2"), definitions=first)
    assert _asked(store, committer, again) is Outcome.KEPT
    with closing(SqliteStore.open(path, path.parent / "attachments")) as other:
        other.add(a_batch(a_statement("s3"), definitions=second))
    again = a_batch(a_statement("s4"), definitions=first)
    assert _asked(store, committer, again) is Outcome.LEFT
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
        for number in itertools.count():
            if over.is_set():
                return
            answered.extend(store.add(a_batch(a_statement(f"k{number}"))))

    thread = threading.Thread(target=send)
    thread.start()
    wait_until(lambda: len(answered) > 50)
    process.send_signal(signal.SIGKILL)
    before = len(answered)
    wait_until(lambda: len(answered) > before + 50)
    wait_until(lambda: (now := _process()) is not None and now.pid != process.pid)
    over.set()
    thread.join()

    assert all(store.get(one) is not None for one in answered)
    assert store.counts()["statements"] == len(answered)


def test_what_waits_is_taken_together(store: SqliteStore, path: Path) -> None:
    """While it is stopped six ask; all of them are answered when it goes on."""
    process = _process()
    assert process is not None
    outcomes: list[Outcome] = []

    def ask(number: int) -> None:
        with closing(Committer(path, answer_seconds=30)) as committer:
            outcomes.append(_asked(store, committer, a_batch(a_statement(f"w{number}"))))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    process.suspend()
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert not outcomes
    process.resume()
    for thread in threads:
        thread.join()

    assert outcomes == [Outcome.KEPT] * 6
    assert store.counts()["statements"] == 6


def test_a_store_asks_it_and_goes_on_without_one_that_does_not_answer(
    store: SqliteStore, path: Path
) -> None:
    process = _process()
    assert process is not None
    process.suspend()
    began = time.monotonic()

    assert store.add(a_batch(a_statement("s1"))) == [an_id("s1")]
    waited = time.monotonic() - began
    assert store.add(a_batch(a_statement("s2"))) == [an_id("s2")]
    process.resume()

    assert waited >= 1, "it was not asked"
    assert store.get(an_id("s1")) is not None
    with closing(Committer(path)) as committer:
        assert _asked(store, committer, a_batch(a_statement("s3"))) is Outcome.KEPT
    assert store.counts()["statements"] == 3


def test_one_that_is_stopped_holds_up_nobody_who_ends(tmp_path: Path) -> None:
    path = tmp_path / "lrs.sqlite"
    SqliteStore.open(path, tmp_path / "attachments").close()

    with committing(path):
        wait_until(lambda: _answers(path))
        process = _process()
        assert process is not None
        process.suspend()

    assert not process.is_running()


def test_of_two_for_one_store_the_first_goes_on(store: SqliteStore, path: Path) -> None:
    first = _process()
    assert first is not None

    with committing(path):
        time.sleep(1)
    with closing(Committer(path)) as committer:
        assert _asked(store, committer, a_batch(a_statement("s1"))) is Outcome.KEPT
    assert first.is_running()


@pytest.mark.parametrize("foreign", [marshal.dumps((99, [], {})), b"no such thing"])
def test_a_message_of_another_version_costs_its_sender_the_connection(
    store: SqliteStore, committer: Committer, path: Path, foreign: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        with address_of(path) as address:
            other.connect(address)
        other.send(foreign)
        assert _is_closed(other)

    assert _asked(store, committer, a_batch(a_statement("s1"))) is Outcome.KEPT


def test_only_its_user_can_reach_it_and_it_ends_with_who_started_it(tmp_path: Path) -> None:
    path = tmp_path / "lrs.sqlite"
    SqliteStore.open(path, tmp_path / "attachments").close()

    with committing(path):
        wait_until(lambda: _answers(path))
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
        wait_until(lambda: _answers(path))
