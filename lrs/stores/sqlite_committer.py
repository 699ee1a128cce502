"""
The process that keeps single Statements for all web processes, as one of those sees it.

A message is the rows of one batch as `marshal` writes them, the answer one byte; both ends are the
same user's (the socket's permissions) and the same Python's. `sqlite_committing` is the process.
"""

from __future__ import annotations

import marshal
import os
import socket
import struct
import time
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any

from lrs.stores.port import NewStatement
from lrs.stores.sqlite_adding import Learned, Row

Message = tuple[Sequence[Row], Learned]
FEW = 4
"""Statements; a batch of more gains nothing from sharing a commit."""

LAYOUT = 2
MOST_BYTES = 65_536
KEPT, LEFT = b"1", b"0"
_AGAIN_SECONDS, _MOST_PAUSE_SECONDS = 1.0, 60.0


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

    def add(self, ready: Sequence[Row], told: Learned) -> Outcome:
        """Ask for a batch to be kept; what is not KEPT has to be added as always."""
        if len(ready) > FEW or any(row.refers for row in ready):
            return Outcome.LEFT
        if time.monotonic() < self._absent_until:
            return Outcome.LEFT
        message = marshal.dumps((LAYOUT, [_packed(row) for row in ready], dict(told)))
        if len(message) > MOST_BYTES:
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
        return Outcome.KEPT if answer == KEPT else Outcome.LEFT

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


def unpacked(packed: tuple[Any, ...]) -> Row:
    key, head, stamped, terms, postings = packed
    statement = NewStatement(id="", head=head, terms=frozenset(), stamped=stamped)
    return Row(statement, key, None, terms, array("q", postings).tolist())


@contextmanager
def address_of(store: Path) -> Iterator[str]:
    """
    Where the process is reached.

    Beside the store, through its folder: the path of a socket holds 107 bytes, and that of a
    folder may be longer. Of the file itself, not of a link to it, as all else beside it.
    """
    store = store.resolve()
    folder = os.open(store.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{store.name}-commits"
    finally:
        os.close(folder)
