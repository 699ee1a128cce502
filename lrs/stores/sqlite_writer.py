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
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import apsw

from lrs.stores.port import StoreUnavailable

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]
# What all processes know, as 64-bit numbers at these places of the file beside the store.
_PROMISED, _GIVEN, _KEPT, _LEARNED = range(4)
_BYTES = 32
NEWEST = "SELECT max(stored) FROM statement"


class Turn:
    """
    The file lock between processes, and beside it what a look into the store would tell later.

    The numbers are the latest time promised to any reader, the latest `stored` given and the
    latest kept (µs), and how often definitions have changed. A reader who finds the lock free
    knows that no write is under way, so everything up to now can be read, and leaves that time as
    a promise. A writer never gives a `stored` at or before a promise, even when the machine's
    clock is set back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("ab") as file:
            if file.tell() < _BYTES:
                # Written, not only made longer: to fill a hole on a full disk kills a process.
                file.write(bytes(_BYTES - file.tell()))
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), _BYTES)
        self._shared = memoryview(self._map).cast("q")
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
            promise = self._shared[_PROMISED] = max(now, self._shared[_PROMISED])
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)
        return promise

    def readable_at(self) -> int:
        """A time up to which everything can be read, also while a write is under way."""
        return max(self._shared[_PROMISED], self._shared[_KEPT])

    def begin_after(self, stored: int) -> None:
        """The store holds Statements up to then; needs the lock."""
        self._shared[_GIVEN] = max(self._shared[_GIVEN], stored)
        self._shared[_KEPT] = max(self._shared[_KEPT], stored)

    def give(self, count: int) -> int:
        """The first of `count` values of `stored` in a row, later than all given or promised."""
        shared = self._shared
        first = max(time.time_ns() // 1000, shared[_GIVEN] + 1, shared[_PROMISED] + 1)
        shared[_GIVEN] = first + count - 1
        return first

    def kept(self) -> None:
        """What was given is on disk; needs the lock."""
        self._shared[_KEPT] = self._shared[_GIVEN]

    @property
    def learned(self) -> int:
        """Grows whenever a process may have changed a definition."""
        return self._shared[_LEARNED]

    def learn(self) -> int:
        """Say that definitions change; needs the lock."""
        self._shared[_LEARNED] += 1
        return self._shared[_LEARNED]

    def _reader(self) -> int:
        """A descriptor of this thread's own: flock belongs to the open file, not to the process."""
        fd: int | None = getattr(self._local, "fd", None)
        if fd is None:
            fd = self._local.fd = os.open(self._path, os.O_RDONLY)
        return fd

    def close(self) -> None:
        self._shared.release()
        self._map.close()
        self._file.close()


class _Job(Generic[T]):
    """Work that waits to be written, and what became of it."""

    __slots__ = ("error", "is_done", "result", "work")

    result: T

    def __init__(self, work: Work[T]) -> None:
        self.work = work
        self.is_done = False
        self.error: BaseException | None = None


class Writer:
    """Runs work in the store's write transaction, several pieces to a commit."""

    def __init__(self, connection: apsw.Connection, turn: Turn) -> None:
        self._connection = connection
        self._turn = turn
        self._lock = threading.Lock()
        self._queue: deque[_Job[Any]] = deque()

    def run(self, work: Work[T]) -> T:
        """
        Do the work inside the write lock; when this returns it is on disk.

        Args:
            work: Reads first and raises before its first change, or changes and does not raise;
                it is done again where another's, in the same commit, failed midway.

        Raises:
            StoreUnavailable: The commit failed; nothing of it was kept.
        """
        job = _Job(work)
        self._queue.append(job)
        with self._lock:
            if not job.is_done:
                self._commit()
        if job.error is not None:
            raise job.error
        return job.result

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes, in no process, as long as the block lasts."""
        with self._lock, self._turn.writing():
            yield

    def _commit(self) -> None:
        """Write all that waits; every job has its outcome after this."""
        jobs: list[_Job[Any]] = []
        try:
            with self._turn.writing():
                # Not before: what came while another process wrote goes with this commit.
                jobs = self._queued()
                self._transaction(jobs)
                self._turn.kept()
        except BaseException as error:
            for job in jobs or self._queued():
                job.error = unavailable(error) if isinstance(error, apsw.Error) else error
                job.is_done = True
            if not isinstance(error, Exception):
                raise

    def _queued(self) -> list[_Job[Any]]:
        """Take all that waits to be written."""
        jobs = []
        while self._queue:
            jobs.append(self._queue.popleft())
        return jobs

    def _transaction(self, jobs: list[_Job[Any]]) -> None:
        """Write all jobs; one that fails midway is undone with the rest, which is done again."""
        left = jobs
        while (broken := self._tried(left)) is not None:
            left = [job for job in left if job is not broken]
        for job in jobs:
            job.is_done = True

    def _tried(self, jobs: list[_Job[Any]]) -> _Job[Any] | None:
        """Commit them, or nothing and say which job failed midway."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            # Should the file beside the store have been lost, or older software have written.
            self._turn.begin_after(self._connection.execute(NEWEST).get or 0)
            broken = next((job for job in jobs if not self._is_whole(job)), None)
            if broken is None:
                self._connection.execute("COMMIT")
                return None
        except BaseException:
            self._roll_back()
            raise
        self._roll_back()
        return broken

    def _roll_back(self) -> None:
        self._turn.learn()  # what was learned will not be there
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _is_whole(self, job: _Job[Any]) -> bool:
        """Attempt it; False where it failed with half of it done. A refusal changes nothing."""
        before = self._connection.total_changes()
        job.error = None
        try:
            job.result = job.work(self._connection)
        except apsw.Error:
            raise
        except Exception as refusal:  # noqa: BLE001 - it is raised where the job came from
            job.error = refusal
            return self._connection.total_changes() == before
        return True


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
