"""
One process that keeps single Statements for all web processes, so that they share a sync.

A web process has other threads, and for before and after each step of SQLite Python lets them run:
while it holds the lock, everybody waits. This process has nothing else to do, and takes all that
came in while it wrote into its next commit, from whichever process. What is more than a few new
Statements it leaves alone, and then, or when it is gone, whoever asked writes as always.

A message is the rows of one batch as `marshal` writes them, the answer one byte; both ends are the
same user's (the socket's permissions) and the same Python's.
"""

from __future__ import annotations

import marshal
import os
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any

import structlog

from lrs.stores.port import NewStatement
from lrs.stores.sqlite_adding import Digests, Row

Message = tuple[Sequence[Row], Digests]
FEW = 4
"""Statements; a batch of more gains nothing from sharing a commit."""

_LAYOUT = 1
_MOST_BYTES = 65_536
_KEPT, _LEFT = b"1", b"0"
_AGAIN_SECONDS, _MOST_PAUSE_SECONDS = 1.0, 60.0
_END_SECONDS = 5.0
_BACKLOG = 1024
_UNUSABLE = 3  # the exit status of one that can never listen here


class Outcome(Enum):
    """What became of a batch that the process was asked to keep."""

    KEPT = "durable on disk"
    LEFT = "not kept, and to be added as always"
    LOST = "asked and not answered: it may be kept"


class Committer:
    """The process that commits, as a web process sees it."""

    def __init__(self, store: Path, answer_seconds: int = 2) -> None:
        """
        Args:
            store: The file.
            answer_seconds: After so long without an answer it is taken to be gone.
        """
        self._store = store
        self._wait = struct.pack("@ll", answer_seconds, 0)
        self._free: deque[socket.socket] = deque()
        self._pause = _AGAIN_SECONDS
        self._absent_until = 0.0

    def add(self, ready: Sequence[Row], learned: Digests) -> Outcome:
        """Ask for a batch to be kept; what is not KEPT has to be added as always."""
        if len(ready) > FEW or any(row.refers for row in ready):
            return Outcome.LEFT
        if time.monotonic() < self._absent_until:
            return Outcome.LEFT
        message = marshal.dumps((_LAYOUT, [_packed(row) for row in ready], dict(learned)))
        if len(message) > _MOST_BYTES:
            return Outcome.LEFT
        connection = self._connection()
        if connection is None:
            return self._without(Outcome.LEFT)
        try:
            connection.send(message)
            answer = connection.recv(1)
        except OSError:
            answer = b""
        if not answer:
            connection.close()
            return self._without(Outcome.LOST)
        self._pause = _AGAIN_SECONDS
        self._free.append(connection)
        return Outcome.KEPT if answer == _KEPT else Outcome.LEFT

    def _connection(self) -> socket.socket | None:
        """One that no other thread uses."""
        try:
            return self._free.pop()
        except IndexError:
            pass
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # The kernel's time-outs: Python's own cost a system call more for each of these.
            for bound in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                connection.setsockopt(socket.SOL_SOCKET, bound, self._wait)
            with address_of(self._store) as address:
                connection.connect(address)
        except OSError:
            connection.close()
            return None
        return connection

    def _without(self, outcome: Outcome) -> Outcome:
        """It is gone or does not answer: it is left alone for a while, longer each time."""
        self._absent_until = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _MOST_PAUSE_SECONDS)
        self.close()
        return outcome

    def close(self) -> None:
        with suppress(IndexError):
            while True:
                self._free.pop().close()


def _packed(row: Row) -> tuple[Any, ...]:
    statement = row.statement
    return row.key, statement.head, statement.stamped, row.terms, array("q", row.postings).tobytes()


def _unpacked(packed: tuple[Any, ...]) -> Row:
    key, head, stamped, terms, postings = packed
    statement = NewStatement(id="", head=head, terms=frozenset(), stamped=stamped)
    return Row(statement, key, None, terms, array("q", postings).tolist())


@contextmanager
def address_of(store: Path) -> Iterator[str]:
    """
    Where the process is reached.

    Beside the store, through its folder: the path of a socket holds 107 bytes, and that of a
    folder may be longer.
    """
    folder = os.open(store.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{store.name}-commits"
    finally:
        os.close(folder)


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
    command = [sys.executable, "-P", "-m", "lrs.stores.sqlite_committer", str(store)]
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
    from lrs.stores.sqlite import SqliteStore

    try:
        listener = _listening(store)
    except OSError as error:
        structlog.get_logger().warning("no process commits for all", reason=str(error))
        return _UNUSABLE
    if listener is None:
        return 0
    adder = SqliteStore.open(store, store.parent / "attachments")
    buffer = bytearray(_MOST_BYTES)
    with selectors.DefaultSelector() as ready:
        ready.register(sys.stdin, selectors.EVENT_READ)
        ready.register(listener, selectors.EVENT_READ)
        while (asked := _asked(ready, listener, buffer)) is not None:
            kept = adder.add_plain([message for _, message in asked]) if asked else []
            for (connection, _), is_kept in zip(asked, kept, strict=True):
                with suppress(OSError):
                    connection.send(_KEPT if is_kept else _LEFT)
    return 0


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


def _received(connection: socket.socket, buffer: bytearray) -> tuple[Sequence[Row], Digests] | None:
    """A message; None where the other end is gone, or is none of this version."""
    try:
        size = connection.recv_into(buffer)
        if not size:
            return None
        layout, packed, learned = marshal.loads(memoryview(buffer)[:size])  # noqa: S302 - our own
    except (OSError, ValueError, TypeError, EOFError):
        return None
    return ([_unpacked(row) for row in packed], learned) if layout == _LAYOUT else None


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
