"""
Batches of Statements become staged rows, in this process or in some beside it.

Projection is plain Python and takes one core; a rebuild of millions is therefore spread over
processes, each of which writes its own files. A few thousand new Statements are not worth that.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from analytics.facts import partitions
from analytics.facts.engine import Engine
from analytics.facts.projection import Fact, Knowledge, facts_of
from lrs.domain import strict_json
from lrs.domain.terms import is_voiding, refers_to

Kept = tuple[int, bytes]
"""When a Statement was stored, µs, and its JSON."""
Voids = dict[str, int]
"""The id of what is voided → when that was stored, µs."""


def stage_batch(batch: Sequence[Kept], path: Path, knowledge: Knowledge) -> Voids:
    """
    Write the rows of a batch to a file.

    Returns:
        What its Statements void.
    """
    voids: Voids = {}
    rows: list[Fact] = []
    for stored, data in batch:
        statement = _read(data)
        own: Iterator[Fact] = facts_of(statement, stored, knowledge)
        if is_voiding(statement):
            target = refers_to(statement) or ""
            voids[target] = min(stored, voids.get(target, stored))
            own = (row._replace(quarantine="voiding") for row in own)
        rows.extend(own)
    with Engine(threads=1, memory="512MB").open(path.parent) as connection:
        partitions.stage(connection, rows, path)
    return voids


def _read(data: bytes) -> Any:
    """A Statement as plain values; the numbers that facts use need not be exact to the digit."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return strict_json.kept(data)  # numbers beyond 64 bits


class Stager:
    """
    Stages batches into files of a folder; the first batch alone is done here, in this process.

    Args:
        processes: How many work beside this one when there is more than one batch.
    """

    def __init__(self, folder: Path, knowledge: Knowledge, processes: int) -> None:
        self._folder, self._knowledge = folder, knowledge
        # A process that is itself a helper of another (a Celery worker) may not have helpers.
        alone = processes <= 1 or multiprocessing.current_process().daemon
        self._processes = 0 if alone else processes
        self._files = 0
        self._waiting: Sequence[Kept] | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._running: list[Future[Voids]] = []
        self.voids: Voids = {}

    def __enter__(self) -> Self:
        return self

    def add(self, batch: Sequence[Kept]) -> None:
        """Stage a batch, now or soon; no more than a few are ever waiting."""
        if not self._processes:
            self._merge(stage_batch(batch, self._path(), self._knowledge))
        elif self._pool is None and self._waiting is None:
            self._waiting = batch
        else:
            self._hand_over(batch)

    def _hand_over(self, batch: Sequence[Kept]) -> None:
        if self._pool is None:
            # Not forked: a fork would copy threads' locks, as DuckDB's and the store's.
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, spawn, _learn, (self._knowledge,))
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._hand_over(waiting)
        while len(self._running) > self._processes:
            self._merge(self._running.pop(0).result())
        self._running.append(self._pool.submit(_stage_beside, batch, self._path()))

    def _path(self) -> Path:
        self._files += 1
        return self._folder / f"{self._files:06}.parquet"

    def _merge(self, voids: Voids) -> None:
        for one, at in voids.items():
            self.voids[one] = min(at, self.voids.get(one, at))

    def finish(self) -> None:
        """Wait until all is staged."""
        if self._waiting is not None:
            self._merge(stage_batch(self._waiting, self._path(), self._knowledge))
            self._waiting = None
        while self._running:
            self._merge(self._running.pop(0).result())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


_KNOWLEDGE: list[Knowledge] = []


def _learn(knowledge: Knowledge) -> None:
    """In a process beside: keep what is known, so that it need not come with every batch."""
    _KNOWLEDGE[:] = [knowledge]
    # Statements hold no cycles: looking for some among millions of parts takes a tenth of the time.
    gc.set_threshold(500_000)


def _stage_beside(batch: Sequence[Kept], path: Path) -> Voids:
    return stage_batch(batch, path, _KNOWLEDGE[0])
