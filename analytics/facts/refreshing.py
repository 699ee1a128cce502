"""
Statements → facts, as far as the store is consistent, and only what is new since last time.

A month of which something is new, late or voided is written anew from its file and the new rows;
the other months are not touched. Statements are projected once, unless what the facts depend on
beside them (code, persons, topics) has changed: then all are made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analytics.facts import manifest as manifests
from analytics.facts import partitions
from analytics.facts.engine import Engine
from analytics.facts.manifest import Manifest
from analytics.facts.projection import VERSION, Knowledge, code
from analytics.facts.staging import Stager
from lrs.stores.port import Kept, StatementStore

_PAGE = 5_000
_BATCH = 25_000


@dataclass(frozen=True, slots=True)
class Refreshed:
    """
    What a refresh did.

    Args:
        cursor: µs; the facts now hold every Statement stored up to then.
        statements: How many were read this time.
        months: Which months were written anew.
        rebuilt: Whether everything was made anew.
    """

    cursor: int
    statements: int
    months: tuple[str, ...]
    rebuilt: bool


@dataclass(frozen=True)
class Options:
    """
    Of a refresh.

    Args:
        knowledge: Persons and topics.
        bots: Identifiers (`lrs.domain.actors.ifi`) that are no people, beside those whose
            behaviour tells.
        engine: What DuckDB may take.
        processes: How many project Statements when there are many; knowledge is then pickled.
        query_people: How many must have looked for the same words before those are kept.
        rebuild: Make everything anew.
        progress: Told how many Statements have been read, now and then; what it raises ends the
            refresh, and the facts stay as they were.
    """

    knowledge: Knowledge = field(default_factory=Knowledge)
    bots: Collection[str] = ()
    engine: Engine = field(default_factory=Engine)
    processes: int = 2
    query_people: int = 10
    rebuild: bool = False
    progress: Callable[[int], None] = lambda _count: None


def refresh(
    store: StatementStore, folder: Path, *, now: int, options: Options | None = None
) -> Refreshed:
    """
    Bring the facts of a folder up to date.

    Two at once wait for each other; one that is killed leaves the facts as they were.

    Args:
        now: µs; nothing stored later is read, even if it is there.
    """
    options = options or Options()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        until = min(now, store.consistent_through())
        before = manifests.load(folder)
        made = _made(options.knowledge)
        rebuilt = options.rebuild or before is None or before.made != made
        generation = before.generation + 1 if before else 1
        start = Manifest(made=made) if rebuilt or before is None else before
        work = _Work(folder, replace(start, generation=generation), options)
        if until <= start.cursor:
            return Refreshed(start.cursor, 0, (), rebuilt=False)
        done = work.run(store, until)
        manifests.save(folder, done, before)
        return Refreshed(done.cursor, work.read, tuple(sorted(work.written)), rebuilt)


def _made(knowledge: Knowledge) -> dict[str, str]:
    terms = knowledge.topics.terms if knowledge.topics else {}
    told = repr([(language, sorted(of.items())) for language, of in sorted(terms.items())])
    topics = hashlib.sha256(told.encode()).hexdigest()[:16]
    return {"projection": VERSION, "people": knowledge.people.version, "topics": topics}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One refresh at a time, in this process or another; the system frees the lock of the dead."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Work:
    """One refresh, from staged rows to the files of the next generation."""

    def __init__(self, folder: Path, start: Manifest, options: Options) -> None:
        self._folder = folder
        self._start = start
        self._options = options
        self._staged = folder / ".staged"
        self._voids = dict(start.pending)
        self._busy = dict(start.busy)
        self.read = 0
        self.written: dict[str, str] = {}

    def run(self, store: StatementStore, until: int) -> Manifest:
        shutil.rmtree(self._staged, ignore_errors=True)
        self._staged.mkdir()
        try:
            self._stage(store, until)
            with self._options.engine.open(self._folder) as connection:
                pending = self._write(connection)
                roster = self._roster(connection)
                queries = self._queries(connection)
        finally:
            shutil.rmtree(self._staged, ignore_errors=True)
        return replace(
            self._start,
            cursor=until,
            months=dict(sorted({**self._start.months, **self.written}.items())),
            roster=roster,
            queries=queries,
            pending=pending,
            bots=sorted(code(name) for name in self._options.bots),
            busy={month: people for month, people in sorted(self._busy.items()) if people},
        )

    def _stage(self, store: StatementStore, until: int) -> None:
        options = self._options
        with Stager(self._staged, options.knowledge, options.processes) as stager:
            batch: list[tuple[int, bytes]] = []
            for kept in self._scan(store, until):
                batch.append((kept.stored, kept.data))
                if len(batch) >= _BATCH:
                    stager.add(batch)
                    batch = []
            if batch:
                stager.add(batch)
            stager.finish()
        for one, at in stager.voids.items():
            self._voids[one] = min(at, self._voids.get(one, at))

    def _scan(self, store: StatementStore, until: int) -> Iterator[Kept]:
        since = self._start.cursor
        while page := store.scan(since, until, _PAGE):
            yield from page
            since = page[-1].stored
            self.read += len(page)
            self._options.progress(self.read)

    def _write(self, connection: Any) -> list[tuple[str, int]]:
        """Write the dirty months; what is voided and nowhere to be found stays pending."""
        old = {month: self._folder / name for month, name in self._start.months.items()}
        partitions.fill(
            connection, "voids", {"id": "UUID", "moment": "BIGINT"}, self._voids.items()
        )
        dirty, there = partitions.months_of(connection, old, self._voids)
        staged = partitions.staged_months(connection, self._staged)
        for month in sorted(dirty | staged.keys()):
            name = f"facts-{month}-{self._start.generation:08}.parquet"
            before = old.get(month)
            files = staged.get(month, [])
            partitions.write_month(connection, month, before, files, self._folder / name)
            self.written[month] = name
            self._busy[month] = partitions.busy(connection, self._folder / name)
        new = {month: self._folder / name for month, name in self.written.items()}
        there |= partitions.months_of(connection, new, self._voids)[1]
        return sorted((one, at) for one, at in self._voids.items() if one not in there)

    def _queries(self, connection: Any) -> str | None:
        name = f"queries-{self._start.generation:08}.parquet"
        months = {**self._start.months, **self.written}.values()
        old = self._folder / self._start.queries if self._start.queries else None
        written = partitions.write_queries(
            connection,
            [self._folder / one for one in months],
            self._staged,
            (old, self._folder / name),
            self._options.query_people,
        )
        return name if written else None

    def _roster(self, connection: Any) -> str | None:
        name = f"roster-{self._start.generation:08}.parquet"
        posts = self._options.knowledge.people.roster()
        written = partitions.write_roster(connection, posts, self._folder / name)
        return name if written else None
