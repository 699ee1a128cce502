"""A bare application on the server that the LRS runs on, with the LRS's default numbers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from benchmarks.servers import START_SECONDS, ServerError, clean_environment, free_port
from lrs.config import Settings


@contextmanager
def bare_server(factory: str, **settings: str) -> Iterator[int]:
    """
    Serve until the block ends.

    Args:
        factory: Such as "benchmarks.bare:create".
        settings: What the application reads from its environment.

    Returns:
        The port, once it takes connections.
    """
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_server", factory, str(port)],
        env=clean_environment(**settings),
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)  # it is still starting
    raise ServerError("the bare server did not start")


def _serve(factory: str, port: int) -> None:
    settings = Settings()
    Granian(
        factory,
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
