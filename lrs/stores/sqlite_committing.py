"""
One process that keeps single Statements for all web processes, so that they share a sync.

A web process has other threads, and for before and after each step of SQLite Python lets them run:
while it holds the lock, everybody waits. This process has nothing else to do, and takes all that
came in while it wrote into its next commit, from whichever process. What is more than a few new
Statements it leaves alone, and then, or when it is gone, whoever asked writes as always. Beside
that it copies the write-ahead log of all writers into the file.
"""

from __future__ import annotations

import marshal
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from lrs.stores.port import StoreUnavailable
from lrs.stores.sqlite import SqliteStore
from lrs.stores.sqlite_committer import (
    KEPT,
    LAYOUT,
    LEFT,
    MOST_BYTES,
    Message,
    address_of,
    unpacked,
)

_AGAIN_SECONDS, _MOST_PAUSE_SECONDS = 1.0, 60.0
_END_SECONDS = 5.0
_CHECK_SECONDS = 0.2
_BACKLOG = 1024
_UNUSABLE = 3  # the exit status of one that can never listen here


@contextmanager
def committing(store: Path) -> Iterator[None]:
    """Have the process run, and run again should it end, as long as the block lasts; on Linux."""
    if sys.platform != "linux":
        yield
        return
    over = threading.Event()
    # Not in the thread: the web processes are forked meanwhile, and would hold its pipes open.
    first = _started(store)
    keeper = threading.Thread(target=_keep, args=(store, first, over), name="committer")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _started(store: Path) -> subprocess.Popen[bytes]:
    # -P: what lies in the folder we run in is none of our modules.
    command = [sys.executable, "-P", "-m", "lrs.stores.sqlite_committing", str(store)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - our own


def _keep(store: Path, process: subprocess.Popen[bytes], over: threading.Event) -> None:
    """Start it again whenever it ends, later each time; not where it can never listen."""
    pause, began = _AGAIN_SECONDS, time.monotonic()
    while process.returncode != _UNUSABLE:
        while process.poll() is None and not over.wait(0.1):
            pass
        if over.is_set():
            break
        _end(process)
        if time.monotonic() - began > _MOST_PAUSE_SECONDS:
            pause = _AGAIN_SECONDS
        over.wait(pause)
        pause = min(2 * pause, _MOST_PAUSE_SECONDS)
        process, began = _started(store), time.monotonic()
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """It ends when its stdin does; one that is stopped or hangs is killed."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(store: Path) -> int:
    """
    Commit until who started this process ends it, or ends, and with it its end of our stdin.

    That may be at any time: what is not answered is written by whoever asked.

    Returns:
        The exit status: 0 where another process commits for this store already.
    """
    try:
        listener = _listening(store)
    except OSError as error:
        structlog.get_logger().warning("no process commits for all", reason=str(error))
        return _UNUSABLE
    if listener is None:
        return 0
    adder = SqliteStore.open(store, store.parent / "attachments")
    buffer = bytearray(MOST_BYTES)
    with _checkpointing(adder), selectors.DefaultSelector() as ready:
        ready.register(sys.stdin, selectors.EVENT_READ)
        ready.register(listener, selectors.EVENT_READ)
        while (asked := _asked(ready, listener, buffer)) is not None:
            kept = adder.add_plain([message for _, message in asked]) if asked else []
            for (connection, _), is_kept in zip(asked, kept, strict=True):
                with suppress(OSError):
                    connection.send(KEPT if is_kept else LEFT)
    return 0


@contextmanager
def _checkpointing(store: SqliteStore) -> Iterator[None]:
    """Keep the write-ahead log short, so that no commit has to wait until it is copied."""
    over = threading.Event()

    def check() -> None:
        while not over.wait(_CHECK_SECONDS):
            # As SQLite does: what is in the log is safe there, until it can be copied.
            with suppress(StoreUnavailable):
                store.checkpoint()

    checker = threading.Thread(target=check, name="checkpoint")
    checker.start()
    try:
        yield
    finally:
        over.set()
        checker.join()


def _asked(
    ready: selectors.BaseSelector, listener: socket.socket, buffer: bytearray
) -> list[tuple[socket.socket, Message]] | None:
    """All that waits, from whichever process; None when it is time to end."""
    asked = []
    for event, _ in ready.select():
        if event.fileobj is sys.stdin:
            return None
        if event.fileobj is listener:
            ready.register(listener.accept()[0], selectors.EVENT_READ)
            continue
        assert isinstance(event.fileobj, socket.socket)
        message = _received(event.fileobj, buffer)
        if message is None:
            ready.unregister(event.fileobj)
            event.fileobj.close()
        else:
            asked.append((event.fileobj, message))
    return asked


def _received(connection: socket.socket, buffer: bytearray) -> Message | None:
    """A message; None where the other end is gone, or is none of this version."""
    try:
        size = connection.recv_into(buffer)
        if not size:
            return None
        layout, packed, told = marshal.loads(memoryview(buffer)[:size])  # noqa: S302 - our own
    except (OSError, ValueError, TypeError, EOFError):
        return None
    return ([unpacked(row) for row in packed], told) if layout == LAYOUT else None


def _listening(store: Path) -> socket.socket | None:
    """None where somebody listens there already."""
    with address_of(store) as address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            if probe.connect_ex(address) == 0:
                return None
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        Path(address).unlink(missing_ok=True)
        mask = os.umask(0o177)
        listener.bind(address)
        os.umask(mask)
    listener.listen(_BACKLOG)
    return listener


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
