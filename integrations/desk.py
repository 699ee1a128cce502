"""Configured sources and their health, for the API, the command line and /metrics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from integrations import graph_subscriptions
from integrations.catalogue import shown
from integrations.harvest import Harvests, all_harvesters, job_name
from integrations.source import Source
from integrations.tallies import Tally, by_outcome
from lrs.domain import timestamps

Json = dict[str, Any]
_DAYS = 7
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers what lrs.services.sources.SourceDesk asks."""

    harvests: Harvests

    def sources(self) -> list[Json]:
        return [self._told(source) for source in self.harvests.intake.sources.all()]

    def source(self, name: str) -> Json:
        return self._told(self.harvests.intake.sources.named(name))

    def add(self, settings: Mapping[str, Any]) -> Json:
        return self._told(self.harvests.intake.sources.put(settings))

    def remove(self, name: str) -> None:
        self.harvests.intake.sources.remove(name)
        self.harvests.intake.raw.forget(name)
        self.harvests.intake.letters.forget(name)
        self.harvests.jobs.forget(job_name(name))
        self.harvests.intake.lrs.store.drop(graph_subscriptions.KIND, name)

    def dead_letters(self, name: str, after: str | None, limit: int) -> list[Json]:
        self.harvests.intake.sources.named(name)
        found = self.harvests.intake.letters.list(name, after, limit)
        return [{**letter.shown(), "received": _text(letter.received)} for letter in found]

    def replay(self, name: str) -> Json:
        source = self.harvests.intake.sources.named(name)
        return by_outcome(self.harvests.intake.replay(source))

    def replay_raw(self, name: str) -> Json:
        """Read the raw deliveries that are kept once more; what became of them."""
        source = self.harvests.intake.sources.named(name)
        return by_outcome(self.harvests.intake.replay_raw(source))

    def body(self, name: str, letter: str) -> bytes:
        """The body of a dead letter, for who keeps the store up."""
        self.harvests.intake.sources.named(name)
        return self.harvests.intake.letters.delivery(name, letter).body

    def run(self, name: str, since: datetime | None) -> None:
        self.harvests.ask(name, since)

    def cancel(self, name: str) -> None:
        self.harvests.intake.sources.named(name)
        self.harvests.jobs.cancel(job_name(name))

    def _told(self, source: Source) -> Json:
        return {**shown(source), "health": self._health(source)}

    def _health(self, source: Source) -> Json:
        intake, now = self.harvests.intake, time.time_ns() // 1000
        total = intake.tallies.total(source.name)
        days = intake.tallies.days(source.name, timestamps.text(now - _DAYS * _DAY)[:10])
        return {
            "stopped": intake.sources.is_stopped(source.name),
            "last_delivery": _text(total.last),
            "last_act": _text(total.happened),
            "lag_seconds": total.lag,
            "counts": by_outcome(total.counts),
            "days": {day: by_outcome(tally.counts) for day, tally in days.items()},
            "dead_letters": intake.letters.count(source.name),
            "sequence": _sequence(total),
            "harvest": self._harvest(source, now),
        }

    def _harvest(self, source: Source, now: int) -> Json | None:
        if source.integration not in all_harvesters():
            return None
        job = self.harvests.jobs.job(job_name(source.name))
        return {
            "listens": all_harvesters()[source.integration].streams(source),
            "running": job.is_running(now),
            "started": _text(job.started),
            "finished": _text(job.finished),
            "not_before": _text(job.not_before if job.not_before > now else 0),
            "asked": job.wish is not None,
            "error": job.error or None,
            "progress": dict(job.progress),
        }


class Metrics(Collector):
    """
    Health of the sources as Prometheus reads it, out of the store: the same from every process.

    Its labels are bounded: configured sources, and outcomes and reasons that the code names.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        labels = ["source"]
        told = CounterMetricFamily(
            "lrs_source_outcomes",
            "What became of deliveries and of their parts",
            labels=["source", "outcome", "reason"],
        )
        last = GaugeMetricFamily(
            "lrs_source_last_delivery_seconds", "When the last delivery came", labels=labels
        )
        lag = GaugeMetricFamily(
            "lrs_source_lag_seconds", "From an act to its being told, last time", labels=labels
        )
        dead = GaugeMetricFamily(
            "lrs_source_dead_letters", "Deliveries that could not be read yet", labels=labels
        )
        missing = GaugeMetricFamily(
            "lrs_source_missing_numbers",
            "Of the vendor's own, between the first and the last that came",
            labels=labels,
        )
        intake = self._desk.harvests.intake
        for source in intake.sources.all():
            tally = intake.tallies.total(source.name)
            for name, count in tally.counts.items():
                outcome, _, reason = name.partition(": ")
                told.add_metric([source.name, outcome, reason], count)
            last.add_metric([source.name], tally.last / 1e6)
            if tally.lag is not None:
                lag.add_metric([source.name], tally.lag)
            dead.add_metric([source.name], intake.letters.count(source.name))
            if tally.ranges:
                missing.add_metric([source.name], tally.missing)
        yield from (told, last, lag, dead, missing, self._quarantine())

    def _quarantine(self) -> GaugeMetricFamily:
        """LMSs that send Statements themselves are known by the names of their keys."""
        kept = GaugeMetricFamily(
            "lrs_quarantine_bodies", "Refused bodies that wait for repair", labels=["name"]
        )
        lrs = self._desk.harvests.intake.lrs
        bodies: Counter[str] = Counter()
        for one in lrs.access.list():
            if one.quarantine is not None:
                bodies[one.name] += lrs.quarantine.count(one.key)
        for name, count in bodies.items():
            kept.add_metric([name], count)
        return kept


def _sequence(tally: Tally) -> Json | None:
    """The vendor's own numbers: those missing may have been for another hook of the same site."""
    if not tally.ranges:
        return None
    return {
        "first": tally.ranges[0][0],
        "last": tally.ranges[-1][1],
        "missing": tally.missing,
        "gaps": [
            [low[1] + 1, high[0] - 1]
            for low, high in zip(tally.ranges, tally.ranges[1:], strict=False)
        ],
    }


def _text(instant: int) -> str | None:
    return timestamps.text(instant) if instant else None
