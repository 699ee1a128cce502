"""
How long a transfer run takes; prints JSON.

`python -m benchmarks.transfer --units 100000` makes facts of learners who each completed several
trainings (not measured), and times one run with the other trainings beside it: all estimators, five
repeats of cross-fitting for the programme and for all together.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import psutil

from analytics.facts import Engine
from analytics.facts import manifest as manifests
from analytics.facts.engine import quoted
from analytics.facts.partitions import TYPES
from analytics.facts.projection import VERSION, code
from analytics.transfer.programme import run
from lrs.domain import timestamps
from lrs.domain import vocabulary as v
from lrs.domain.programmes import Declared, Evidence, Programme

_DAY = 86_400_000_000
_START = timestamps.parse("2025-01-01T00:00:00Z")
_SPAN = 360
_FAR = timestamps.parse("2026-11-01T00:00:00Z")
_DEPARTMENTS, _ACTS_BEFORE = 60, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--trainings", type=int, default=4)
    parser.add_argument("--min-group", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(_measured(given, Path(temporary)), indent=1))


def _measured(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    made = _facts(folder, given.units // given.trainings, given.trainings)
    declareds = [_declared(number) for number in range(given.trainings)]
    with _Peak() as peak:
        begun = time.perf_counter()
        found = run(
            declareds[0], folder, others=declareds[1:], cutoff=_FAR,
            min_group=given.min_group, engine=Engine(given.threads, given.memory),
        )  # fmt: skip
        seconds = time.perf_counter() - begun
    methods = sorted({row["method"] for row in found["pooled"]["analysis"]["estimates"]})
    return {
        "units": given.units,
        "facts": made,
        "seconds": round(seconds, 1),
        "peak_rss_mib": round(peak.mib),
        "pooled_n": found["pooled"]["analysis"]["rows_used"],
        "methods": methods,
        "primary": found["primary"],
        "targets": {"seconds": 120, "peak_rss_mib": 3072},
    }


def _declared(number: int) -> Declared:
    programme = Programme(
        f"t{number}", {"en": f"Training {number}"}, (f"https://lms.example/course/{number}",),
        (f"topic{number}",), (Evidence(f"https://work.example/evidence/{number}", "B"),),
    )  # fmt: skip
    return Declared(programme, 1, _START, "benchmark")


def _facts(folder: Path, learners: int, trainings: int) -> int:
    """Facts of completions, posts and evidence, written as a refresh would have; how many rows."""
    import pandas as pd

    rng = np.random.default_rng(1)
    parts = list(_rows(rng, learners, trainings))
    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    with Engine().open(folder) as connection:
        connection.register("given", frame)
        filled = {
            "id": "uuid()", "part": "0", "stored": "make_timestamp(ts)", "kind": "'person'",
            "members": "1", "ifi": "person", "known": "true", "source": "'x'",
            "question": "false", "ts": "make_timestamp(ts)",
            "topics": "CASE WHEN topic IS NULL THEN NULL ELSE [topic] END",
        }  # fmt: skip
        columns = ", ".join(
            f"CAST({filled.get(name, name if name in frame else 'NULL')} AS {kind}) AS {name}"
            for name, kind in TYPES.items()
        )
        path = folder / "2025-01.parquet"
        connection.execute(
            f"COPY (SELECT {columns}, CAST(NULL AS TIMESTAMP) AS voided FROM given ORDER BY ts) "
            f"TO {quoted(path)} (FORMAT parquet)"
        )
    kept = manifests.Manifest(
        made={"projection": VERSION}, cursor=_FAR, months={"2025-01": path.name}
    )
    manifests.save(folder, kept, None)
    return len(frame)


def _rows(rng: np.random.Generator, learners: int, trainings: int) -> Iterator[dict[str, Any]]:
    """Learners with a department and a bent for being active, in every training once."""
    people = np.array([code(f"p{n}") for n in range(learners)])
    department = np.array([f"dep{n:02}" for n in rng.integers(0, _DEPARTMENTS, learners)])
    bent = rng.normal(size=learners)
    n = rng.poisson(_ACTS_BEFORE, learners)
    who = np.repeat(np.arange(learners), n)
    early = _START - 90 * _DAY * rng.random(len(who))
    yield _post(people[who], department[who], early, "topic:lunch", rng)
    for number in range(trainings):
        c = _START + (_SPAN * _DAY * rng.random(learners)).astype(np.int64)
        formal = rng.random(learners)
        yield _act(
            people, department, c, verb=f"{v.ADL}completed", action="complete",
            vclass="formal_end", mode="formal", channel="formal", score=formal,
            object=code(f"https://lms.example/course/{number}"),
        )  # fmt: skip
        active = rng.random(learners) < 1 / (1 + np.exp(0.4 - 0.6 * bent))
        times = np.where(active, 1 + rng.poisson(1.5, learners), 0)
        who = np.repeat(np.arange(learners), times)
        spoke = c[who] + (30 * _DAY * rng.random(len(who))).astype(np.int64)
        yield _post(people[who], department[who], spoke, f"topic:topic{number}", rng)
        told = rng.random(learners) < 0.75
        value = 0.4 + 0.1 * active + 0.1 * formal + 0.05 * bent + 0.1 * rng.normal(size=learners)
        yield _act(
            people[told], department[told], c[told] + 60 * _DAY, verb=f"{v.ADL}scored",
            action="score", vclass="formal_score", mode="formal", channel="formal",
            score=np.clip(value[told], 0, 1),
            object=code(f"https://work.example/evidence/{number}"),
        )  # fmt: skip


def _post(
    people: Any, department: Any, at: Any, topic: str, rng: np.random.Generator
) -> dict[str, Any]:
    made = rng.integers(-(2**62), 2**62, len(people))
    return _act(
        people, department, at, verb=f"{v.AS}create", action="post", vclass="create",
        mode="social", channel="social", object=made, topic=topic,
    )  # fmt: skip


def _act(people: Any, department: Any, at: Any, **more: Any) -> dict[str, Any]:
    return {
        "person": people,
        "department": department,
        "ts": np.asarray(at).astype(np.int64),
        "score": None,
        "topic": None,
        **more,
    }


class _Peak:
    """The largest resident set of this process while it is open."""

    def __enter__(self) -> Self:
        self.mib, self._over = 0.0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def _look(self) -> None:
        process = psutil.Process()
        while not self._over.wait(0.05):
            self.mib = max(self.mib, process.memory_info().rss / 2**20)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()


if __name__ == "__main__":
    main()
