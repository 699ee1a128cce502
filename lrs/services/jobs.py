"""
Jobs that run outside requests: a row in the store is the lock, the progress and the cancel flag.

Whoever holds a job's lease renews it while it works; when a worker dies, the lease runs out and
another goes on from the state that was saved. No message broker is relied on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import orjson

from lrs.stores.port import Draft, Record, RecordStore, StoreUnavailable

KIND = "job"
CANCELLED = "cancelled"
_SECOND = 1_000_000


class Cancelled(Exception):
    """Somebody asked the job to end."""


class LeaseLost(Exception):
    """Another worker has the job now; what this one would save is not saved."""


@dataclass(frozen=True, slots=True)
class Job:
    """
    A job as its row tells it.

    Args:
        owner: Who has the lease; "" for nobody.
        until: When the lease runs out unless it is renewed, µs.
        cancel: Whether it is asked to end.
        started: When it last began, µs; 0 for never.
        finished: When it last ended, well or not, µs.
        not_before: When it may begin again at the earliest, µs.
        error: Why it last ended badly; "" where it did not.
        state: From where it goes on (a cursor).
        progress: For people to look at.
        wish: Set where a run is asked for: `from`, the state it shall begin from, or None.
    """

    owner: str = ""
    until: int = 0
    cancel: bool = False
    started: int = 0
    finished: int = 0
    not_before: int = 0
    error: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)
    wish: Mapping[str, Any] | None = None

    def is_running(self, now: int) -> bool:
        """Whether somebody has the lease, at a time in µs."""
        return bool(self.owner) and now < self.until

    def is_abandoned(self, now: int) -> bool:
        """Whether who had the lease has given no sign of life for longer than it lasts."""
        return bool(self.owner) and now >= self.until

    def packed(self) -> Draft:
        return Draft(orjson.dumps(self))

    @classmethod
    def unpacked(cls, record: Record | None) -> Job:
        return cls(**orjson.loads(record.value)) if record else cls()


class Jobs:
    """
    The jobs of a store.

    Args:
        lease_seconds: After so long without a sign of life somebody else may go on.
    """

    def __init__(self, records: RecordStore, lease_seconds: float) -> None:
        self._records = records
        self._lease = lease_seconds

    def job(self, name: str) -> Job:
        """A job as it is now; one that never ran too."""
        return Job.unpacked(self._records.record(KIND, name))

    def cancel(self, name: str) -> None:
        """Ask whoever runs it to end; nothing happens where nobody does."""
        self.change(name, lambda job: replace(job, cancel=job.is_running(_now())))

    def ask(self, name: str, start: Mapping[str, Any] | None = None) -> None:
        """
        Ask for a run as soon as may be.

        Args:
            start: The state to begin from; None to go on from the one that was saved.
        """
        wish = {"from": None if start is None else dict(start)}
        self.change(name, lambda job: replace(job, wish=wish))

    def forget(self, name: str) -> None:
        """Remove the row: the next run begins anew."""
        self._records.change(KIND, name, lambda _: None)

    @contextmanager
    def running(self, name: str, start: Mapping[str, Any] | None = None) -> Iterator[Run | None]:
        """
        Have the job while the block runs; None where somebody else has it.

        What the block raises becomes the job's `error` and goes on.

        Args:
            start: The state to begin from; None for the one that was asked for or saved.
        """
        run = Run(self, name, uuid4().hex)
        if not run.claim(start):
            yield None
            return
        beat = threading.Thread(target=run.keep_alive, args=(self._lease / 3,), daemon=True)
        beat.start()
        error = ""
        try:
            yield run
        except Cancelled:
            error = CANCELLED
            raise
        except Exception as problem:
            error = str(problem) or type(problem).__name__
            raise
        finally:
            run.end(error)
            beat.join()

    def change(self, name: str, step: Callable[[Job], Job]) -> Job:
        """Change the row in one atomic step; what `step` raises leaves it as it is."""
        record = self._records.change(KIND, name, lambda kept: step(Job.unpacked(kept)).packed())
        return Job.unpacked(record)

    def lease_end(self) -> int:
        """When a lease that is taken or renewed now runs out, µs."""
        return _now() + int(self._lease * _SECOND)


class Run:
    """A job that is held: saves its state, hears that it is cancelled, and renews its lease."""

    def __init__(self, jobs: Jobs, name: str, owner: str) -> None:
        self._jobs = jobs
        self._name = name
        self._owner = owner
        self._over = threading.Event()
        self.job = Job()

    def claim(self, start: Mapping[str, Any] | None) -> bool:
        """Take the lease where nobody has it, and with it what was asked of this run."""

        def step(job: Job) -> Job:
            now = _now()
            if job.is_running(now):
                return job
            asked = start if start is not None else (job.wish or {}).get("from")
            return replace(
                job,
                owner=self._owner,
                until=self._jobs.lease_end(),
                cancel=False,
                started=now,
                wish=None,
                state=job.state if asked is None else dict(asked),
            )

        self.job = self._jobs.change(self._name, step)
        return self.job.owner == self._owner

    def save(self, state: Mapping[str, Any], progress: Mapping[str, Any]) -> None:
        """
        Keep from where the job goes on, durable when this returns.

        Raises:
            LeaseLost: Somebody else has the job; nothing was saved.
            Cancelled: It was saved, and the job is asked to end.
        """
        self._step(lambda job: replace(job, state=dict(state), progress=dict(progress)))
        if self.job.cancel:
            raise Cancelled

    def look(self) -> None:
        """
        Hear what is asked of the job, where there is nothing to save.

        Raises:
            LeaseLost: Somebody else has the job.
            Cancelled: It is asked to end.
        """
        job = self._jobs.job(self._name)
        if job.owner != self._owner:
            raise LeaseLost
        if job.cancel:
            raise Cancelled

    def postpone(self, until: int) -> None:
        """Let the job not begin again before a time, µs."""
        self._step(lambda job: replace(job, not_before=until))

    def keep_alive(self, every: float) -> None:
        """Renew the lease until the run is over or the lease is lost."""
        while not self._over.wait(every):
            try:
                self._step(lambda job: job)
            except LeaseLost:
                return
            except StoreUnavailable:
                continue

    def end(self, error: str) -> None:
        """Give the lease back."""
        self._over.set()

        def step(job: Job) -> Job:
            if job.owner != self._owner:
                return job
            return replace(job, owner="", until=0, cancel=False, finished=_now(), error=error)

        self._jobs.change(self._name, step)

    def _step(self, step: Callable[[Job], Job]) -> None:
        def fenced(job: Job) -> Job:
            if job.owner != self._owner:
                raise LeaseLost
            return replace(step(job), until=self._jobs.lease_end())

        self.job = self._jobs.change(self._name, fenced)


def _now() -> int:
    return time.time_ns() // 1000
