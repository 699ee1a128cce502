"""The same Statements, seed and cutoff give the same bytes, whatever did the work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analytics.analyse.output import as_json
from analytics.facts import Engine, Knowledge, Options, refresh
from analytics.facts.staging import Stager, stage_batch
from analytics.measure import run
from analytics.registry import metrics
from lrs.stores.port import Kept as KeptStatement
from tests.analytics.planted import FAR, Kept, at, kept_in, knowing, post, void
from tests.analytics.planted_organisation import Organisation


@dataclass(frozen=True)
class Copied:
    """The Statements of another store, read in pages of another size; as a StatementStore."""

    kept: list[KeptStatement]
    page: int

    def scan(self, since: int, until: int, limit: int) -> list[KeptStatement]:
        found = [one for one in self.kept if since < one.stored <= until]
        return found[: min(limit, self.page)]

    def consistent_through(self) -> int:
        return self.kept[-1].stored


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    organisation = Organisation(seed=3, people=30)
    statements = list(organisation.statements())
    with kept_in(tmp_path_factory.mktemp("same"), statements[:400]) as made:
        made.refresh(knowledge=knowing(organisation.of))
        made.keep(*statements[400:])
        made.refresh(knowledge=knowing(organisation.of))
        yield made


def every_result(folder: Path, cutoff: int, threads: int) -> str:
    found: dict[str, Any] = {}
    for name, metric in metrics().items():
        for by in (None, *metric.by):
            found[f"{name} {by}"] = run(
                name,
                folder,
                since=at("2026-01-01"),
                until=at("2026-05-01"),
                by=by,
                min_group=3,
                cutoff=cutoff,
                options={"permutations": 50} if name == "network" else None,
                engine=Engine(threads=threads),
            )
    return as_json(found)


def test_threads_pages_steps_and_the_store_change_no_byte(kept: Kept, tmp_path: Path) -> None:
    organisation = Organisation(seed=3, people=30)
    everything = kept.store.scan(0, FAR, 100_000)
    cutoff = everything[-1].stored
    other = Copied(everything, page=37)
    options = Options(knowledge=knowing(organisation.of), engine=Engine(threads=1))
    refresh(other, tmp_path / "facts", now=FAR, options=options)  # type: ignore[arg-type]

    one = every_result(kept.facts, cutoff, threads=2)
    two = every_result(tmp_path / "facts", cutoff, threads=1)

    assert one == two


def test_a_figure_can_be_told_again_as_it_was(tmp_path: Path) -> None:
    with kept_in(tmp_path, [post("ann", "p/1", "2026-01-10", name="first")]) as kept:
        cutoff = kept.refresh().cursor
        asked = {"cutoff": cutoff, "min_group": 1}
        before = kept.measure("participation", "2026-01-01", "2026-02-01", **asked)
        kept.keep(post("bob", "p/2", "2026-01-11"), void("first"))
        kept.refresh()

        again = kept.measure("participation", "2026-01-01", "2026-02-01", **asked)

    assert as_json(again) == as_json(before)


def test_processes_beside_stage_the_same_rows(kept: Kept, tmp_path: Path) -> None:
    everything = [(one.stored, one.data) for one in kept.store.scan(0, FAR, 300)]
    batches = [everything[:100], everything[100:200], everything[200:]]
    folders = [tmp_path / name for name in ("alone", "beside")]
    voids = []
    for folder, processes in zip(folders, (1, 2), strict=True):
        folder.mkdir()
        with Stager(folder, Knowledge(), processes) as stager:
            for batch in batches:
                stager.add(batch)
            stager.finish()
        voids.append(stager.voids)

    rows = [_rows(folder) for folder in folders]

    assert len(rows[0]) == 300
    assert rows[0] == rows[1]
    assert voids[0] == voids[1]


def test_a_batch_tells_what_it_voids(tmp_path: Path) -> None:
    with kept_in(tmp_path, [void("gone")]) as kept:
        [one] = kept.store.scan(0, FAR, 10)

        voids = stage_batch([(one.stored, one.data)], tmp_path / "b.parquet", Knowledge())

    assert list(voids.values()) == [one.stored]


def _rows(folder: Path) -> list[tuple[Any, ...]]:
    with Engine().open(folder) as connection:
        found: list[tuple[Any, ...]] = connection.execute(
            f"SELECT * FROM read_parquet('{folder}/*.parquet') ORDER BY ALL"
        ).fetchall()
    return found
