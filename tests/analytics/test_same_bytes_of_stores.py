"""
The same Statements in two kinds of store give the same bytes (research §5.6.9).

`stored` is given by the store, so the MongoDB one is filled with what the embedded one gave out.
There are more Statements than one process projects, so that a second one has work.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bson import Int64, ObjectId
from pymongo import MongoClient

from analytics.analyse.output import as_json
from analytics.facts import Engine, Knowledge, Options, refresh
from analytics.measure import run
from analytics.registry import metrics
from analytics.simulate.organisation import simulate
from analytics.simulate.plan import DAY, Plan
from analytics.text.topics import vocabulary as terms_of
from analytics.transfer.programme import Terms, run_all
from benchmarks.organisation import Organisation, fill
from lrs.domain import timestamps
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.mongo import MongoStore
from lrs.stores.mongo_models import KeptStatement
from lrs.stores.port import Kept, Store
from lrs.stores.sqlite import SqliteStore
from tests.analytics.simulated import simulated
from tests.mongo.server import NotHere, for_tests

pytestmark = pytest.mark.mongodb
PLAN = Plan(until=timestamps.parse("2026-01-01T00:00:00Z"), people=30, days=240)
MORE = 25_500  # with what the organisation says more than a batch of 25,000
FAR = 2**60


@dataclass(frozen=True)
class Both:
    """Two stores with the same Statements and `stored`, and what is known beside them."""

    sqlite: Store
    mongo: Store
    lrs: Lrs

    @property
    def knowledge(self) -> Knowledge:
        topics = terms_of(self.lrs.topics.get().terms())
        return Knowledge(people=self.lrs.persons.snapshot(), topics=topics)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("stores")
    try:
        with (
            for_tests(folder / "mongodb") as url,
            simulated(simulate(PLAN, seed=5), folder) as made,
        ):
            data = made.server.log.parent
            sqlite = SqliteStore.open(data / "lrs.sqlite", data / "attachments")
            crowd = Organisation(people=200, seed=2)
            step = PLAN.days * DAY // MORE
            fill(sqlite, (crowd.statement(PLAN.since + n * step) for n in range(MORE)))
            name = f"same-bytes-{secrets.token_hex(6)}"
            mongo = MongoStore.open(f"{url.rstrip('/')}/{name}")
            with MongoClient(url) as client:
                copy(sqlite, client[name])
            lrs = Lrs.over(sqlite, Limits(200, 64, 200), made.server.url)
            yield Both(sqlite, mongo, lrs)
            mongo.close()
            sqlite.close()
            with MongoClient(url) as client:
                client.drop_database(name)
    except NotHere as reason:
        pytest.skip(f"not run: the MongoDB half, since {reason}")


def copy(source: Store, database: Any) -> None:
    """Every Statement under the `stored` that it has; decided long ago, so without an entry."""
    since, entry = 0, ObjectId()
    while page := source.scan(since, FAR, 2000):
        KeptStatement.within(database).insert_many([raw(one, entry) for one in page])
        since = page[-1].stored


def raw(kept: Kept, entry: ObjectId) -> dict[str, Any]:
    return {
        "_id": kept.id, "stored": Int64(kept.stored), "data": kept.data, "terms": [], "own": [],
        "voids": False, "voided": kept.voided, "batch": entry,
    }  # fmt: skip


def results(both: Both, store: Store, folder: Path, engine: Engine, processes: int) -> str:
    """Every metric with each of its splits, and every programme's transfer, as JSON."""
    options = Options(knowledge=both.knowledge, engine=engine, processes=processes)
    done = refresh(store, folder, now=FAR, options=options)
    assert done.statements > MORE
    [cutoff] = [one.stored for one in both.sqlite.scan(0, FAR, 1_000_000)][-1:]
    found: dict[str, Any] = {}
    for name, metric in metrics().items():
        for by in (None, *metric.by):
            found[f"{name} {by}"] = run(
                name,
                folder,
                since=PLAN.since,
                until=PLAN.until,
                by=by,
                min_group=3,
                cutoff=cutoff,
                options={"permutations": 50} if name == "network" else None,
                engine=engine,
            )
    terms = Terms(cutoff=cutoff, min_group=3, seed=1, engine=engine)
    found["transfer"] = run_all(both.lrs.programmes.all(), folder, terms)
    return as_json(found)


def test_store_threads_and_processes_change_no_byte(both: Both, tmp_path: Path) -> None:
    one = results(both, both.sqlite, tmp_path / "one", Engine(threads=1), processes=1)
    two = results(both, both.mongo, tmp_path / "two", Engine(threads=2), processes=2)

    assert len(one) > 10_000
    assert one == two
