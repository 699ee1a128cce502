"""`lrs serve` as it is run, on files of its own, and a client to it; loopback only."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psutil  # type: ignore[import-untyped]  # only the tests use it

from benchmarks.servers import LRS_COMMAND, clean_environment, free_port

KEY, SECRET = "reliable", "secret"
WAIT_SECONDS = 60
HEADERS = {
    "Authorization": "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
    "X-Experience-API-Version": "1.0.3",
    "Content-Type": "application/json",
}


def say(figures: str) -> None:
    """What a run counted; `pytest -s` shows it, and so does a failure."""
    sys.stdout.write(f"{figures}\n")


def wait_until(holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Look again and again until it holds; an AssertionError when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it does not come about"
        time.sleep(0.02)


class Answer(NamedTuple):
    """A whole answer; the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection that is kept open and opened again after an error."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send bytes as they are and all else as JSON; OSError or HTTPException without answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        target = path + ("?" + urlencode(query) if query else "")
        try:
            self._connection.request(method, target, data, {**HEADERS, **(headers or {})})
            response = self._connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, received, response.read())
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def every_statement(self, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """A whole list, by its `more` links."""
        answer = self.ask("GET", "/xapi/statements", query={"limit": "500", **(query or {})})
        found: list[dict[str, Any]] = []
        for _ in range(500):
            assert answer.status == 200, answer.body
            found += answer.json["statements"]
            if not answer.json["more"]:
                return found
            answer = self.ask("GET", answer.json["more"])
        raise AssertionError("the list does not end")

    def close(self) -> None:
        self._connection.close()


class Server:
    """
    A server and its processes, one process group.

    Args:
        data: The folder of the store and of everything else.
        outside: The folder of its log, which has room when `data` has not.
    """

    def __init__(self, data: Path, outside: Path, *, workers: int = 2) -> None:
        self.data, self.workers = data, workers
        self.path = data / "lrs.sqlite"
        self.write_ahead = data / "lrs.sqlite-wal"
        self.log_path = outside / "serve.log"
        self.drain_seconds = 20
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return clean_environment(
            LRS_STORE_URL=f"sqlite:///{self.path}",
            LRS_DATA=str(self.data),
            LRS_HOST="127.0.0.1",
            LRS_PORT=str(self.port),
            LRS_WORKERS=str(self.workers),
            LRS_DRAIN_SECONDS=str(self.drain_seconds),
        )

    def begin_command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start another command of `lrs` on the same files."""
        pipe = subprocess.PIPE
        command = [str(LRS_COMMAND), *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `lrs` on the same files to its end."""
        process = self.begin_command(*arguments)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def create_key(self) -> None:
        made = self.command(
            *("keys", "create", "--name", "t", "--scope", "all", "--key", KEY, "--secret", SECRET)
        )
        assert made.returncode == 0, made.stderr

    def begin(self, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start the processes and wait for nothing."""
        self.port = free_port()
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*prefix, LRS_COMMAND, "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def start(self, prefix: Sequence[str] = ()) -> None:
        """Start, and return when it answers."""
        process = self.begin(prefix)

        def is_ready() -> bool:
            assert process.poll() is None, f"it ended by itself: {self.log()}"
            with contextlib.suppress(OSError, HTTPException), self.client() as client:
                return client.ask("GET", "/health/ready").status == 200
            return False

        wait_until(is_ready)

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        client = Client(self.port)
        try:
            yield client
        finally:
            client.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def web_processes(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [one for one in self.all_processes() if not _is_committer(one)]

    def committer(self) -> psutil.Process | None:
        """The process that commits for them, when it is there."""
        return next((one for one in self.all_processes() if _is_committer(one)), None)

    def all_processes(self) -> list[psutil.Process]:
        """Those that answer requests, and the one that commits for them."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def kill(self) -> None:
        """Kill the whole group as a crash of the machine would, page cache excepted."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def discard(self) -> None:
        """Whatever happened before, leave no process behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)

    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""


def _is_committer(process: psutil.Process) -> bool:
    try:
        return "lrs.stores.sqlite_committing" in process.cmdline()
    except psutil.NoSuchProcess:
        return False
