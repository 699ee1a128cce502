"""A disk that is full or cannot be written: a clear 503, nothing is lost, and it works again."""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.reliability.attaching import attached, post_attached
from tests.reliability.checking import assert_documents, assert_kept, assert_sound
from tests.reliability.load import Json, Load, Log, a_batch, a_statement, at, under_load
from tests.reliability.running import Answer, Client, Server, say, wait_until

GROWN_BYTES = 300_000
Trouble = Callable[[Server], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No room is left on the file system of the store."""
    filler = server.data / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (2**20, 2**12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def no_larger_files(server: Server) -> Iterator[None]:
    """No file may grow far, the log neither: what a quota does, and needs no right to mount."""
    processes = [process.pid for process in server.all_processes()]
    unlimited = resource.RLIM_INFINITY
    for pid in processes:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (GROWN_BYTES, unlimited))
    try:
        yield
    finally:
        for pid in processes:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))


@contextlib.contextmanager
def read_only_files(server: Server) -> Iterator[None]:
    """Nobody may write the store's files, root neither."""
    files = [str(path) for path in (server.path, server.write_ahead) if path.exists()]
    _run("chattr", "+i", *files)
    try:
        yield
    finally:
        _run("chattr", "-i", *files)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _may(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@pytest.fixture(params=[full_disk, no_larger_files, read_only_files])
def trouble(request: pytest.FixtureRequest) -> Trouble:
    """What comes over the store while it is in use."""
    wanted: Trouble = request.param
    return wanted


@pytest.fixture
def disk(trouble: Trouble, tmp_path: Path) -> Iterator[Path]:
    """The folder of the store, on a file system that knows this trouble."""
    data = tmp_path / "data"
    data.mkdir()
    if trouble is full_disk:
        mount = ("mount", "-t", "tmpfs", "-o", "size=24m", "none", str(data))
        if not _may(lambda: _run(*mount)):
            pytest.skip("not run: full_disk, since this user may not mount a tmpfs")
        yield data
        _run("umount", "--lazy", str(data))
        return
    if trouble is read_only_files and not _can_be_immutable(tmp_path / "probe"):
        pytest.skip("not run: read_only_files, since chattr +i does not stop writers here")
    yield data
    _may(lambda: _run("chattr", "-R", "-i", str(data)))


def _can_be_immutable(probe: Path) -> bool:
    with probe.open("wb", buffering=0) as file:
        if not _may(lambda: _run("chattr", "+i", str(probe))):
            return False
        stopped = not _may(partial(file.write, b"x"))
        _run("chattr", "-i", str(probe))
    return stopped


@pytest.fixture
def running(disk: Path, tmp_path: Path) -> Iterator[Server]:
    server = Server(disk, tmp_path)
    server.create_key()
    server.start()
    yield server
    server.discard()


def assert_clear_refusal(answer: Answer) -> None:
    """503, when to come back, and one sentence that tells nothing of the inside."""
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    error = answer.json["error"]
    assert set(error) == {"status", "detail", "at", "spec"}
    assert error["detail"].startswith("nothing was kept: ")
    for inside in ("/", "sqlite", "SQL", "Error", "line"):
        assert inside not in error["detail"]


def test_what_cannot_be_kept_is_refused_and_the_store_works_again(
    running: Server, trouble: Trouble
) -> None:
    """Three times over, without a restart; whatever was answered before stays readable."""
    logs = []
    processes = {p.pid for p in running.web_processes()}

    with running.client() as client:
        for number in range(3):
            logs.append(_some(running, f"before{number}"))
            with trouble(running):
                refused = Load(running, f"during{number}", sizes=(1, 1, 20), documents=1)
                with under_load(refused) as log:
                    wait_until(partial(_all_refused, log))
                logs.append(log)
                assert set(log.statuses) <= {200, 204, 503}
                assert_kept(client, logs)
                assert_clear_refusal(_post(client, a_batch("no", 1, 20)))
                assert_clear_refusal(_put(client, "no" * 2000))
            logs.append(_some(running, f"after{number}"))
            assert_kept(client, logs)
            assert_documents(client, logs[-1])

    assert {p.pid for p in running.web_processes()} == processes, "no process had to die"
    assert running.stop() == 0
    assert_sound(running.path)
    say(f"{trouble.__name__}: {sum(log.statuses[503] for log in logs)} refusals")


@pytest.mark.parametrize("trouble", [full_disk, no_larger_files], indirect=True)
def test_attachment_data_that_cannot_be_kept_is_refused(running: Server, trouble: Trouble) -> None:
    statement = a_statement("attached", 1)
    content = b"content" * 200_000

    with running.client() as client:
        with trouble(running):
            assert post_attached(client, statement, content) == 503
            missing = client.ask("GET", "/xapi/statements", query={"statementId": statement["id"]})
            assert missing.status == 404
        assert not list(running.data.glob("attachments/*/*")), "no part of it is left"
        assert post_attached(client, statement, content) == 200
        assert content in attached(client, statement["id"])


def _some(server: Server, name: str) -> Log:
    """A moment of load in which nothing may be refused."""
    with under_load(Load(server, name, sizes=(1, 20), documents=1)) as log:
        wait_until(lambda: sum(log.statuses.values()) >= 15)
    assert set(log.statuses) <= {200, 204}
    return log


def _all_refused(log: Log) -> bool:
    """Whether even the smallest requests have been refused for a while."""
    return [sent.status for sent in log.sent if len(sent.statements) == 1][-10:] == [503] * 10


def _post(client: Client, statements: list[Json]) -> Answer:
    return client.ask("POST", "/xapi/statements", statements)


def _put(client: Client, content: str) -> Answer:
    body = json.dumps(content).encode()
    return client.ask("PUT", "/xapi/activities/state", body, at("no"))
