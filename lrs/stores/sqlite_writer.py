"""
The one writer of the embedded store: group commit, order of `stored`, and what readers may promise.

Threads of a process queue their work; whichever gets the lock runs all that is queued in one
transaction and one sync. Processes take turns through an exclusive file lock, which the kernel
passes on at once and gives back when a process dies: nobody polls, so no client ever sees
"database is locked".
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from lrs.stores.port import StoreUnavailable

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]
_PROMISE = struct.Struct("=q")


class Turn:
    """
    The file lock between processes, and beside it the latest time promised to any reader.

    A reader who finds the lock free knows that no write is under way, so everything up to now
    can be read, and leaves that time as a promise. A writer never gives a `stored` at or before a
    promise, even when the machine's clock is set back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("ab") as file:
            if file.tell() < _PROMISE.size:
                # Written, not only made longer: to fill a hole on a full disk kills a process.
                file.write(bytes(_PROMISE.size))
        self._file = path.open("r+b")
        self._shared = mmap.mmap(self._file.fileno(), _PROMISE.size)
        self._local = threading.local()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the exclusive lock; waits for it."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def idle_at(self) -> int | None:
        """A time at which no write was under way, promised from now on; None when one is."""
        fd = self._reader()
        now = time.time_ns() // 1000
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        try:
            promise = max(now, self.promised())
            _PROMISE.pack_into(self._shared, 0, promise)
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)
        return promise

    def promised(self) -> int:
        promise: int = _PROMISE.unpack_from(self._shared, 0)[0]
        return promise

    def _reader(self) -> int:
        """A descriptor of this thread's own: flock belongs to the open file, not to the process."""
        fd: int | None = getattr(self._local, "fd", None)
        if fd is None:
            fd = self._local.fd = os.open(self._path, os.O_RDONLY)
        return fd

    def close(self) -> None:
        self._shared.close()
        self._file.close()


class Writer:
    """Runs work in the store's write transaction, several pieces to a commit."""

    def __init__(self, connection: apsw.Connection, turn: Turn) -> None:
        self._connection = connection
        self._turn = turn
        self._lock = threading.Lock()
        self._queue: deque[tuple[Work[Any], Future[Any]]] = deque()

    def run(self, work: Work[T]) -> T:
        """
        Do the work inside the write lock; when this returns it is on disk.

        Args:
            work: Reads first and raises before its first change, or changes and does not raise.

        Raises:
            StoreUnavailable: The commit failed; nothing of it was kept.
        """
        future: Future[T] = Future()
        self._queue.append((work, future))
        with self._lock:
            if not future.done():
                self._commit()
        return future.result()

    def _commit(self) -> None:
        jobs: list[tuple[Work[Any], Future[Any]]] = []
        try:
            with self._turn.writing():
                # Not before: what came while another process wrote goes with this commit.
                jobs = self._queued()
                outcomes = self._transaction(jobs)
        except Exception as error:  # noqa: BLE001 - handed to all that wait, or they wait for ever
            for _, future in jobs or self._queued():
                future.set_exception(unavailable(error) if isinstance(error, apsw.Error) else error)
            return
        for (_, future), (result, refusal) in zip(jobs, outcomes, strict=True):
            if refusal is None:
                future.set_result(result)
            else:
                future.set_exception(refusal)

    def _queued(self) -> list[tuple[Work[Any], Future[Any]]]:
        """Take all that waits to be written."""
        jobs = []
        while self._queue:
            jobs.append(self._queue.popleft())
        return jobs

    def _transaction(
        self, jobs: list[tuple[Work[Any], Future[Any]]]
    ) -> list[tuple[Any, Exception | None]]:
        outcomes: list[tuple[Any, Exception | None]] = []
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for work, _ in jobs:
                outcomes.append(self._attempt(work))
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return outcomes

    def _attempt(self, work: Work[Any]) -> tuple[Any, Exception | None]:
        """One piece of a shared transaction; its refusal is its own, the others go on."""
        before = self._connection.total_changes()
        try:
            return work(self._connection), None
        except apsw.Error:
            raise
        except Exception as refusal:
            if self._connection.total_changes() != before:
                raise  # half of it is there: only to roll back all of the transaction undoes it
            return None, refusal

    def next_stored(self) -> int:
        """The first `stored` a write may give now: later than all that were given or promised."""
        last = self._connection.execute("SELECT max(stored) FROM statement").get or 0
        return max(time.time_ns() // 1000, int(last) + 1, self._turn.promised() + 1)


def unavailable(error: apsw.Error) -> StoreUnavailable:
    """What a client may know of a database error."""
    reason = {
        apsw.FullError: "the disk is full",
        apsw.ReadOnlyError: "the store is read-only",
        apsw.IOError: "the disk failed",
        apsw.CantOpenError: "the store cannot be opened",
    }.get(type(error), "the store does not answer")
    problem = StoreUnavailable(reason)
    problem.__cause__ = error
    return problem
