"""
How long facts and metrics take; prints JSON.

`python -m benchmarks.analytics --statements 1000000` fills an embedded store (not measured), makes
the facts, adds one per cent (97% of it in the last two months, 3% in three older ones), refreshes,
and runs every metric, each alone and all together. With `--recorded`, or for more than two million,
Statements are read from one file instead of a store (`benchmarks/recorded.py`): the JSON says so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psutil

from analytics.facts import Engine, Knowledge, Options, refresh
from analytics.measure import Question, run, run_all
from analytics.network.ei import PERMUTATIONS
from analytics.registry import metrics
from benchmarks.organisation import DAY, Organisation, Roster, fill
from benchmarks.recorded import Recorded
from lrs.domain import timestamps
from lrs.stores.sqlite import SqliteStore

_MONTHS, _MONTH = 24, 30 * DAY
_FAR = 2**60
_RECORDED_ABOVE = 2_000_000  # the embedded store would take an hour to fill


# The network job: who acts towards whom, and the groups that makes; 6.3 times it apart.
_GRAPHS = ("communities", "network")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="Keeps the store there, and uses one kept.")
    parser.add_argument("--recorded", action="store_true", help="Reads from a file, no store.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(_all(given, given.folder or Path(temporary)), indent=1))


def _all(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    recorded = given.recorded or given.statements > _RECORDED_ABOVE
    kept = _Recorded(folder) if recorded else _Embedded(folder)
    store: Any = kept.store
    organisation = Organisation(given.people)
    seed = kept.count() + 2  # a folder that is used again gets other news
    end = timestamps.parse("2026-11-01T00:00:00Z")
    if not kept.count():
        kept.add(_history(organisation, given.statements, end))
    engine = Engine(given.threads, given.memory)
    knowledge = Knowledge(people=Roster(given.people))
    options = Options(knowledge=knowledge, engine=engine, rebuild=True)
    with _Peak() as peak:
        seconds = {"imports": _timed(_imports)}
        used = _cpu()
        seconds["rebuild"] = _timed(
            lambda: refresh(store, folder / "facts", now=_FAR, options=options)
        )
        used = _cpu() - used
        kept.add(_news(Organisation(given.people, seed), given.statements // 100, end))
        again = Options(knowledge=knowledge, engine=engine)
        seconds["incremental"] = _timed(
            lambda: refresh(store, folder / "facts", now=_FAR, options=again)
        )
        together = _together(folder / "facts", end, engine)
        tables = {name: _metric(name, folder / "facts", end, engine) for name in sorted(metrics())}
        permuted = _metric("network", folder / "facts", end, engine, PERMUTATIONS)
    store.close()
    graphs = sum(together[name] for name in _GRAPHS)
    facts = sum(path.stat().st_size for path in (folder / "facts").glob("*.parquet"))
    return {
        "statements": given.statements,
        "read_from": kept.name,
        "seconds": {
            **seconds,
            "metrics": together[None],
            "metrics_without_graphs": round(together[None] - graphs, 2),
            "metrics_one_by_one": round(sum(tables.values()), 2),
        },
        "rebuild_cpu_seconds": round(used, 1),
        "metrics": {name: together[name] for name in tables},
        "metrics_one_by_one": tables,
        "network_with_permutations": permuted,
        "facts_mb": round(facts / 1e6, 1),
        "peak_rss_mib": round(peak.mib),
        "targets_1m": {"rebuild": 40, "incremental": 5, "metrics": 5, "peak_rss_mib": 3072},
        "targets_10m": {"rebuild": 360, "incremental": 30, "metrics_without_graphs": 20},
    }


class _Embedded:
    """The store that a single machine has."""

    name = "the embedded store"

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "store.sqlite", folder / "attachments")

    def count(self) -> int:
        return self.store.counts()["statements"]

    def add(self, statements: Iterator[dict[str, Any]]) -> None:
        fill(self.store, statements)


class _Recorded:
    """A file of Statements."""

    name = "one file of Statements, not a store"

    def __init__(self, folder: Path) -> None:
        self.store = Recorded(folder / "statements")

    def count(self) -> int:
        return self.store.count

    def add(self, statements: Iterator[dict[str, Any]]) -> None:
        self.store.add(statements, timestamps.parse("2026-11-01T00:00:00Z"))


def _history(organisation: Organisation, n: int, end: int) -> Iterator[dict[str, Any]]:
    start = end - _MONTHS * _MONTH
    for place in range(n):
        yield organisation.statement(start + (end - start) * place // n)


def _news(organisation: Organisation, n: int, end: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(3)
    for _ in range(n):
        months_ago = draw.choice((5, 9, 14)) if draw.random() < 0.03 else 0
        within = draw.random() * (_MONTH if months_ago else 2 * _MONTH)
        yield organisation.statement(int(end - months_ago * _MONTH - within))


def _metric(name: str, folder: Path, end: int, engine: Engine, permutations: int = 0) -> float:
    """Every month of every metric; the permutations of E-I are a job of their own."""
    since = end - _MONTHS * _MONTH
    options = _options(name, permutations)
    return _timed(lambda: run(name, folder, since=since, until=end, options=options, engine=engine))


def _options(name: str, permutations: int = 0) -> dict[str, Any]:
    return {"permutations": permutations} if name == "network" else {}


def _together(folder: Path, end: int, engine: Engine) -> dict[str | None, float]:
    """All metrics in one opening: None → all seconds; name → those it took after those before."""
    names = [*sorted(set(metrics()) - set(_GRAPHS)), *_GRAPHS]
    since = end - _MONTHS * _MONTH
    seconds: dict[str | None, float] = {}
    begun = at = time.perf_counter()

    def told(question: Question) -> None:
        nonlocal at
        now = time.perf_counter()
        seconds[question.name], at = round(now - at, 2), now

    questions = [Question(name, options=_options(name)) for name in names]
    run_all(questions, folder, since=since, until=end, engine=engine, progress=told)
    seconds[None] = round(time.perf_counter() - begun, 2)
    return seconds


def _imports() -> None:
    """What a worker has loaded before its first task."""
    for name in ("duckdb", "networkit", "pandas", "rustworkx", "scipy.stats", "sklearn.metrics"):
        importlib.import_module(name)


def _cpu() -> float:
    """Seconds of all cores that this process and its finished children have used."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 2)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


class _Peak:
    """The largest resident set of this process and its children while it is open."""

    def __enter__(self) -> Self:
        self.mib, self._over = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def _look(self) -> None:
        process = psutil.Process()
        while not self._over.wait(0.05):
            everyone = [process, *process.children(recursive=True)]
            rss = sum(_rss(one) for one in everyone)
            self.mib = max(self.mib, rss / 2**20)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()


if __name__ == "__main__":
    main()
