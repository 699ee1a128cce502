"""Real workers for tests: `lrs work` as a process, and a broker it can lose."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.servers import LRS_COMMAND


@contextmanager
def worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`lrs work` in a process group of its own, ended with the block; its log is in the folder."""
    with (folder / f"work-{time.monotonic_ns()}.log").open("wb") as log:
        process = subprocess.Popen(
            [LRS_COMMAND, "work"],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    """A Redis that keeps nothing beyond the block."""
    command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as broker:
        yield
        broker.terminate()


def wait_for(what: Callable[[], bool], folder: Path, seconds: float = 60) -> None:
    """Look again and again until it holds; the logs of the folder when it does not in time."""
    deadline = time.monotonic() + seconds
    while not what():
        logs = "".join(path.read_text()[-3000:] for path in sorted(folder.glob("*.log")))
        assert time.monotonic() < deadline, logs
        time.sleep(0.05)
