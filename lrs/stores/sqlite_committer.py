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
from pathlib import Path
from typing import Any

from lrs.stores.port import NewStatement
from lrs.stores.sqlite_adding import Digests, Row

FEW = 4
"""Statements; a batch of more gains nothing from sharing a commit."""

_MOST_BYTES = 65_536
_KEPT, _LEFT = b"1", b"0"
_AGAIN_SECONDS = 1.0
_MOST_PAUSE_SECONDS = 60.0


class Committer:
    """The process that commits, as a web process sees it."""

    def __init__(self, store: Path, answer_seconds: int = 30) -> None:
        """
        Args:
            store: The file.
            answer_seconds: After so long without an answer it is taken to be gone.
        """
        self._store = store
        self._wait = struct.pack("@ll", answer_seconds, 0)
        self._free: deque[socket.socket] = deque()
        self._absent_until = 0.0

    def add(self, ready: Sequence[Row], learned: Digests) -> bool:
        """
        Have a batch kept, durable on disk when this returns True.

        False: not kept as far as is known, so it has to be added as always; should it have been
        kept all the same, it is found to be the same.
        """
        if len(ready) > FEW or any(row.refers for row in ready):
            return False
        if time.monotonic() < self._absent_until:
            return False
        message = marshal.dumps(([_packed(row) for row in ready], dict(learned)))
        if len(message) > _MOST_BYTES:
            return False
        try:
            connection = self._free.pop() if self._free else self._connected()
        except (OSError, IndexError):
            return self._gone()
        try:
            connection.send(message)
            answer = connection.recv(1)
        except OSError:
            answer = b""
        if not answer:
            connection.close()
            return self._gone()
        self._free.append(connection)
        return answer == _KEPT

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # The kernel's time-out: Python's own costs a system call more for each of these.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, self._wait)
            with address_of(self._store) as address:
                connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def _gone(self) -> bool:
        """It is not there, or does not answer; it may be again soon."""
        self._absent_until = time.monotonic() + _AGAIN_SECONDS
        self.close()
        return False

    def close(self) -> None:
        while self._free:
            with suppress(IndexError):
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
    keeper = threading.Thread(target=_keep, args=(store, over), name="committer", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(store: Path, over: threading.Event) -> None:
    command = [sys.executable, "-m", "lrs.stores.sqlite_committer", str(store)]
    pause = _AGAIN_SECONDS
    while not over.is_set():
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own
            while process.poll() is None and not over.wait(0.1):
                pass
        over.wait(pause)
        pause = min(2 * pause, _MOST_PAUSE_SECONDS)


def serve(store: Path) -> None:
    """
    Commit until who started this process ends it, or ends, and with it its end of our stdin.

    That may be at any time: what is not answered is written by whoever asked.
    """
    from lrs.stores.sqlite import SqliteStore

    listener = _listening(store)
    adder = SqliteStore.open(store, store.parent / "attachments")
    buffer = bytearray(_MOST_BYTES)
    with selectors.DefaultSelector() as ready:
        ready.register(sys.stdin, selectors.EVENT_READ)
        ready.register(listener, selectors.EVENT_READ)
        while True:
            asked = []
            for event, _ in ready.select():
                if event.fileobj is sys.stdin:
                    return
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
            if asked:
                kept = adder.add_plain([message for _, message in asked])
                for (connection, _), is_kept in zip(asked, kept, strict=True):
                    with suppress(OSError):
                        connection.send(_KEPT if is_kept else _LEFT)


def _received(connection: socket.socket, buffer: bytearray) -> tuple[Sequence[Row], Digests] | None:
    """A message; None where the other end is gone."""
    try:
        size = connection.recv_into(buffer)
    except OSError:
        return None
    if not size:
        return None
    packed, learned = marshal.loads(memoryview(buffer)[:size])  # noqa: S302 - our own
    return [_unpacked(row) for row in packed], learned


def _listening(store: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with address_of(store) as address:
        Path(address).unlink(missing_ok=True)
        mask = os.umask(0o177)
        listener.bind(address)
        os.umask(mask)
    listener.listen()
    return listener


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
