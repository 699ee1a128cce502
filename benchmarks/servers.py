"""An `lrs serve` of its own, on a fresh store, for suites and loads that come from outside."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 45  # more than LRS_DRAIN_SECONDS, which is 30
LRS_COMMAND = Path(sys.executable).with_name("lrs")
_ROOT = Path(__file__).resolve().parents[1]
_PORTS = range(15_000, 32_768)
_MONGODB_URL = re.compile(r"mongodb://\S+")


class ServerError(Exception):
    """A server did not start, or did not stop when it was asked to."""


@dataclass(frozen=True)
class Server:
    """A server that is ready: where it is, a key with every scope, its process and its log."""

    url: str
    key: str
    secret: str
    pid: int
    log: Path


def clean_environment(**settings: str) -> dict[str, str]:
    """This environment without anybody's LRS_ settings and proxies, and with those given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LRS_") and not name.lower().endswith("_proxy")
    }
    return kept | settings


@contextmanager
def lrs(store_url: str, folder: Path, **settings: str) -> Iterator[Server]:
    """
    Run `lrs serve` on a free port until the block ends, then stop it by SIGTERM.

    Args:
        store_url: As LRS_STORE_URL.
        folder: Its LRS_DATA; its log is `serve.log` there.
        settings: Further settings by their name in the environment.

    Raises:
        ServerError: It was not ready in time, or did not end well when it was asked to.
    """
    port = free_port()
    environment = clean_environment(
        LRS_STORE_URL=store_url,
        LRS_DATA=str(folder),
        LRS_HOST="127.0.0.1",
        LRS_PORT=str(port),
        **settings,
    )
    key, secret = secrets.token_hex(8), secrets.token_hex(16)
    _create_key(environment, key, secret)
    log = folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [LRS_COMMAND, "serve"],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, log)
        yield Server(f"http://127.0.0.1:{port}", key, secret, process.pid, log)
    except BaseException:
        _kill(process)
        raise
    _stop(process, log)


@contextmanager
def sqlite_store(folder: Path) -> Iterator[str]:
    """The URL of an embedded store that is not there yet."""
    yield f"sqlite:///{folder / 'lrs.sqlite'}"


@contextmanager
def mongodb_store(folder: Path) -> Iterator[str]:
    """
    The URL of an empty database.

    On the server that LRS_TEST_MONGODB names, else on a wire-protocol server of the tests that is
    started for it and stopped after it.
    """
    database = f"conformance_{secrets.token_hex(6)}"
    named = os.environ.get("LRS_TEST_MONGODB")
    if named:
        yield _with_database(named, database)
        return
    log = folder / "mongodb.log"
    with log.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.mongo.server", "--data", folder / "mongodb"],
            cwd=_ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            yield _with_database(_announced_url(process, log), database)
        finally:
            _kill(process, signal.SIGTERM)


STORES = {"sqlite": sqlite_store, "mongodb": mongodb_store}


@contextmanager
def fresh_server(store: str, settings: Mapping[str, str]) -> Iterator[Server]:
    """`lrs serve` on a fresh store of this kind ("sqlite" or "mongodb"), in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lrs-") as name:
        folder = Path(name)
        with STORES[store](folder) as url, lrs(url, folder, **settings) as server:
            yield server


def free_port() -> int:
    """
    A port of the loopback address that nobody listens on now.

    It is none of those that the system gives to outgoing connections, or one of these could have
    it before the server that is being started.
    """
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _with_database(url: str, database: str) -> str:
    """A server's URL with this database, whatever database and options it named."""
    base, _, options = url.partition("?")
    server = "/".join(base.split("/")[:3])
    return f"{server}/{database}" + (f"?{options}" if options else "")


def _create_key(environment: Mapping[str, str], key: str, secret: str) -> None:
    words = ["keys", "create", "--name", "conformance", "--scope", "all"]
    words += ["--key", key, "--secret", secret, "--json"]
    done = subprocess.run(
        [LRS_COMMAND, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ServerError(f"lrs keys create ended with {done.returncode}: {done.stderr[-2000:]}")
    if json.loads(done.stdout)["key"] != key:
        raise ServerError(f"lrs keys create made another key: {done.stdout[:200]}")


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"lrs serve ended with {process.returncode}: {tail(log)}")
        if _is_ready(port):
            return
        time.sleep(0.1)  # it is still starting
    raise ServerError(f"lrs serve was not ready after {START_SECONDS} s: {tail(log)}")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announced_url(process: subprocess.Popen[str], log: Path) -> str:
    """The URL that the MongoDB server prints when it takes connections."""
    assert process.stdout is not None
    for line in process.stdout:
        found = _MONGODB_URL.search(line)
        if found:
            return found.group()
    raise ServerError(f"the MongoDB server did not start: {tail(log)}")


def _stop(process: subprocess.Popen[bytes], log: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise ServerError(f"lrs serve went on for {STOP_SECONDS} s after SIGTERM") from None
    if status != 0:
        raise ServerError(f"lrs serve ended with {status} after SIGTERM: {tail(log)}")


def _kill(
    process: subprocess.Popen[bytes] | subprocess.Popen[str], first: int = signal.SIGKILL
) -> None:
    """End a process and its children, which are a session of their own."""
    for number in (first, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(10)
        except ProcessLookupError:
            process.wait()
        except subprocess.TimeoutExpired:
            continue
        return


def tail(log: Path) -> str:
    """The end of what a server logged."""
    return log.read_text(errors="replace")[-2000:]
