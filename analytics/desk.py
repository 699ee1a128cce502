"""Figures with their provenance, for the API, the pages, the command line and /metrics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from analytics import flat, report_runs
from analytics.asking import Question, question
from analytics.facts import manifest as manifests
from analytics.jobs import REFRESH, REPORT, Work
from analytics.registry import metrics
from lrs.domain import timestamps
from lrs.domain.errors import NotFound
from lrs.services.analytics import Asked
from lrs.services.jobs import Job

Json = dict[str, Any]
Measure = Callable[[Question], Json]
_KINDS = ("refresh", "transfer", "report")


@dataclass(frozen=True, slots=True)
class Desk:
    """
    Answers what lrs.services.analytics.AnalyticsDesk asks.

    Args:
        work: The runs of the store, and where its facts are.
        measure: How a question is answered: here (`analytics.asking.measured`) or beside
            (`analytics.measuring_process.MeasuringProcess.ask`).
        parquet: How a result becomes Parquet, likewise.
    """

    work: Work
    measure: Measure
    parquet: Callable[[Json], bytes] = flat.as_parquet

    def metrics(self) -> list[Json]:
        return [
            {
                "name": name,
                "question": one.question,
                "version": one.version,
                "by": list(one.by),
                "options": dict(one.options),
            }
            for name, one in sorted(metrics().items())
        ]

    def metric(self, name: str, asked: Asked) -> Json:
        return self.measure(question(name, asked, self.work.min_group))

    def transfer(self, programme: str, version: int | None = None) -> Json:
        return self.work.transfer(programme, version)

    def report(self, name: str, language: str, form: str) -> bytes:
        self.work.known(REPORT + name)
        found = self.work.results.newest(report_runs.key(name, language, form))
        if found is None:
            raise NotFound("there is no report yet; ask for a run")
        return found

    def table(self, result: Json, form: Literal["csv", "parquet"]) -> bytes:
        return flat.as_csv(result) if form == "csv" else self.parquet(result)

    def figures(self, result: Json) -> int:
        return sum(1 for _ in flat.rows(result))

    def jobs(self) -> list[Json]:
        return [self.job(name) for name in self.work.names()]

    def ask(self, job: str) -> Json:
        return _told(job, self.work.ask(job))

    def job(self, job: str) -> Json:
        return _told(job, self.work.row(job))

    def cancel(self, job: str) -> None:
        self.work.cancel(job)


def _told(name: str, job: Job) -> Json:
    return {
        "job": name,
        "running": job.is_running(time.time_ns() // 1000),
        "asked": job.wish is not None,
        "cancelling": job.cancel,
        "started": _text(job.started),
        "finished": _text(job.finished),
        "progress": dict(job.progress),
        "error": job.error or None,
    }


def _text(instant: int) -> str | None:
    return timestamps.text(instant) if instant else None


class Health(Collector):
    """How fresh the facts are and what went wrong, as Prometheus reads it: out of the store."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def collect(self) -> Iterator[GaugeMetricFamily]:
        lag = GaugeMetricFamily("lrs_facts_lag_seconds", "Up to how long ago the facts go")
        manifest = manifests.load(self._work.facts)
        if manifest is not None:
            lag.add_metric([], max(0.0, time.time() - manifest.cursor / 1e6))
        took = GaugeMetricFamily("lrs_facts_refresh_seconds", "How long the last refresh took")
        row = self._work.row(REFRESH)
        if row.finished > row.started:
            took.add_metric([], (row.finished - row.started) / 1e6)
        failed = GaugeMetricFamily(
            "lrs_analytics_failed_jobs", "Runs that last ended badly, by kind", labels=["kind"]
        )
        count = Counter(
            name.partition("/")[0] for name in self._work.names() if self._work.row(name).error
        )
        for kind in _KINDS:
            failed.add_metric([kind], count[kind])
        yield from (lag, took, failed)
