"""Many organisations in two processes; what is done is kept, so that a run can be taken up."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.simulate.studies import Record, record

CHUNK = 20
_CODE = (
    "analytics.transfer.",
    "analytics.simulate.units",
    "analytics.simulate.missing",
    "analytics.simulate.rollout",
    "analytics.simulate.studies",
)


@dataclass(frozen=True)
class Chunk:
    """Organisations `start` to `start + CHUNK` of a study."""

    study: str
    start: int


def records(
    studies: Sequence[str],
    organisations: int,
    folder: Path,
    *,
    processes: int = 2,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> dict[str, list[Record]]:
    """
    The records of the first `organisations` of every study.

    Args:
        studies: Their names.
        organisations: Of each.
        folder: What was done before is found here, as long as the code is the same.
        processes: That work side by side; no record depends on their number.
        progress: Told after every chunk how many are there, and how many there will be.
    """
    kept = folder / code_digest()
    kept.mkdir(parents=True, exist_ok=True)
    chunks = [Chunk(study, start) for study in studies for start in range(0, organisations, CHUNK)]
    missing = [chunk for chunk in chunks if not _path(kept, chunk).exists()]
    done = len(chunks) - len(missing)
    for chunk, made in _made(missing, processes):
        path = _path(kept, chunk)
        path.with_suffix(".part").write_text(json.dumps(made))
        path.with_suffix(".part").replace(path)
        done += 1
        progress(done, len(chunks))
    found: dict[str, list[Record]] = {study: [] for study in studies}
    for chunk in chunks:
        found[chunk.study] += json.loads(_path(kept, chunk).read_text())
    return {study: rows[:organisations] for study, rows in found.items()}


def _made(chunks: Sequence[Chunk], processes: int) -> Iterator[tuple[Chunk, list[Record]]]:
    if processes == 1 or len(chunks) < 2:  # noqa: PLR2004
        yield from map(_work, chunks)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_work, chunks)


def _work(chunk: Chunk) -> tuple[Chunk, list[Record]]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        numbers = range(chunk.start, chunk.start + CHUNK)
        return chunk, [record(chunk.study, number) for number in numbers]


def _path(folder: Path, chunk: Chunk) -> Path:
    return folder / f"{chunk.study}-{chunk.start:05}.json"


def code_digest() -> str:
    """Changes with any line of the generators or of the estimators that they are for."""
    names = sorted(name for name in sys.modules if name.startswith(_CODE))
    digest = hashlib.sha256()
    for name in names:
        digest.update(Path(str(sys.modules[name].__file__)).read_bytes())
    return digest.hexdigest()[:16]
