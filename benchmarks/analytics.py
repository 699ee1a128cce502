"""
How long facts and metrics take; prints JSON.

`python -m benchmarks.analytics --statements 1000000` fills an embedded store (not measured), makes
the facts, adds one per cent (97% of it in the last two months, 3% in three older ones), refreshes,
and runs every metric.
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
from analytics.measure import run
from analytics.network.ei import PERMUTATIONS
from analytics.registry import metrics
from benchmarks.organisation import DAY, Organisation, Roster, fill
from lrs.domain import timestamps
from lrs.stores.sqlite import SqliteStore

_MONTHS, _MONTH = 24, 30 * DAY
_FAR = 2**60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="Keeps the store there, and uses one kept.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(_all(given, given.folder or Path(temporary)), indent=1))


def _all(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    store = SqliteStore.open(folder / "store.sqlite", folder / "attachments")
    organisation = Organisation(given.people)
    seed = store.counts()["statements"] + 2  # a folder that is used again gets other news
    end = timestamps.parse("2026-11-01T00:00:00Z")
    if not store.counts()["statements"]:
        fill(store, _history(organisation, given.statements, end))
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
        fill(store, _news(Organisation(given.people, seed), given.statements // 100, end))
        again = Options(knowledge=knowledge, engine=engine)
        seconds["incremental"] = _timed(
            lambda: refresh(store, folder / "facts", now=_FAR, options=again)
        )
        tables = {name: _metric(name, folder / "facts", end, engine) for name in sorted(metrics())}
        permuted = _metric("network", folder / "facts", end, engine, PERMUTATIONS)
    store.close()
    facts = sum(path.stat().st_size for path in (folder / "facts").glob("*.parquet"))
    return {
        "statements": given.statements,
        "seconds": {**seconds, "metrics": round(sum(tables.values()), 2)},
        "rebuild_cpu_seconds": round(used, 1),
        "metrics": tables,
        "network_with_permutations": permuted,
        "facts_mb": round(facts / 1e6, 1),
        "peak_rss_mib": round(peak.mib),
        "targets_1m": {"rebuild": 40, "incremental": 5, "metrics": 5, "peak_rss_mib": 3072},
    }


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
    options = {"permutations": permutations} if name == "network" else {}
    return _timed(lambda: run(name, folder, since=since, until=end, options=options, engine=engine))


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
