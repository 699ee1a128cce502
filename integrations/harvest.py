"""
Harvesting: what vendors do not send is fetched, page by page, from where the last run got to.

A harvester is a function that yields pages of raw items with the cursor after them. The cursor is
saved when the Statements of its page are stored, never before: whatever is killed in between is
read again, and gives the same Statements.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import orjson
import structlog

from integrations import harvesters
from integrations.base import Delivery
from integrations.http import PATIENCE_SECONDS, Busy, Http, Later, Refused
from integrations.intake import Intake
from integrations.receive import MALFORMED, Outcome
from integrations.shapes import listed
from integrations.source import Source
from integrations.times import iso
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest, Conflict
from lrs.domain.offers import offers
from lrs.services.jobs import CANCELLED, Jobs, Run

FIRST = timedelta(days=30)
"""How far back the first run of a source reads, unless it is told from when on."""
OVERLAP = timedelta(minutes=5)
"""How much of what was read is read again: vendors' clocks and replicas are not exact."""
_ADDRESSES = ("api", "feed", "topic", "hub", "stream")
_FLUSH_SECONDS = 1.0
_log = structlog.get_logger()

Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """
    What one request brought.

    Args:
        deliveries: Oldest first where the vendor lets us choose.
        cursor: From where the next run goes on once these are stored.
        total: How many items there are in all, where the vendor tells.
    """

    deliveries: list[Delivery]
    cursor: Cursor
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Harvesting:
    """
    What a harvester is given.

    Args:
        source: As configured; `access` holds what lets it in.
        http: The client, which waits, repeats and limits.
        cursor: Of the last page that was stored; empty at first.
        since: From when on, where the cursor does not tell.
        now: The time of this run.
        odd: What stood in lists of items and is none; the frame keeps it as dead letters.
    """

    source: Source
    http: Http
    cursor: Cursor
    since: datetime
    now: datetime
    odd: list[Any] = field(default_factory=list)

    def item(
        self,
        body: Any,
        event: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Delivery:
        """One raw item (bytes as they are, else JSON) as a delivery."""
        return Delivery(
            source=self.source.name,
            body=body if isinstance(body, bytes) else orjson.dumps(body),
            method="HARVEST",
            event=event,
            path=event,
            headers=headers or {},
            query=query or {},
        )

    def items(self, told: Any, key: Callable[[Any], object], *, goes_on: bool = False) -> list[Any]:
        """
        The items of a list; those that are none keep no other out and become dead letters.

        Args:
            told: The list, as the vendor told it.
            key: What the harvester goes on by, such as an id: what is without it is no item.
            goes_on: There is more, which only an item of these leads to.

        Raises:
            Refused: It is no list, or none of it leads to what comes next.
        """
        found = []
        for one in listed(told):
            try:
                key(one)
            except MALFORMED:
                self.odd.append(one)
            else:
                found.append(one)
        if goes_on and told and not found:
            raise Refused("an answer has no item that can be read, and there is more behind it")
        return found

    def start(self, key: str = "time") -> datetime:
        """The time under a key of the cursor less the overlap; `since` where there is none."""
        told = self.cursor.get(key)
        return iso(told) - OVERLAP if told else self.since

    def url(self, path: str, default: str = "") -> str:
        """An address below the option `api`, or `default`, or the instance."""
        base = str(self.source.options.get("api") or default or self.source.instance)
        return f"{base.rstrip('/')}/{path.lstrip('/')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvester:
    """
    How one kind of system is harvested.

    Args:
        name: Of its integration.
        harvest: From where the cursor says to the end, in pages.
        listen: The same, and then whatever happens, without an end (`integrations.streams`); for
            sources with the option `stream`.
        headers: What lets it in, by the source.
        hosts: Addresses of the vendor, beside the source's own, that may be asked with it.
    """

    name: str
    harvest: Callable[[Harvesting], Iterator[Page]]
    listen: Callable[[Harvesting], Iterator[Page]] | None = None
    headers: Callable[[Source], Mapping[str, str]] = lambda _source: {}
    hosts: tuple[str, ...] = ()

    def streams(self, source: Source) -> bool:
        """Whether a source is listened to, rather than asked from time to time."""
        return self.listen is not None and bool(source.options.get("stream"))

    def pages(self, h: Harvesting) -> Iterator[Page]:
        """What a run brings."""
        if self.listen is not None and self.streams(h.source):
            return self.listen(h)
        return self.harvest(h)

    def client(self, source: Source, agent: str) -> Http:
        """A client that may reach what the configuration names, and the public internet."""
        named = (str(source.options[key]) for key in _ADDRESSES if source.options.get(key))
        trusted = (source.instance, *named, *self.hosts)
        return Http(trusted, self.headers(source), agent=agent)


@cache
def all_harvesters() -> Mapping[str, Harvester]:
    """Every file of integrations/harvesters with a HARVESTER, by the integration's name."""
    return offers(harvesters, "HARVESTER")


def job_name(source: str) -> str:
    return f"harvest {source}"


@dataclass(slots=True)
class Progress:
    """How far a run is: pages, items, and what became of them."""

    pages: int = 0
    items: int = 0
    total: int | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "items": self.items,
            "total": self.total,
            "counts": dict(self.counts),
        }


@dataclass(frozen=True, slots=True)
class Harvests:
    """
    Runs harvesters, one run per source at a time.

    Args:
        intake: Where what they bring is taken.
        jobs: The rows that are lock, cursor and progress.
    """

    intake: Intake
    jobs: Jobs

    def run(
        self,
        name: str,
        since: datetime | None = None,
        report: Callable[[Progress], None] = lambda _progress: None,
    ) -> Progress:
        """
        Harvest a source from where the last run got to until nothing is left.

        A source with the option `stream` is listened to until something ends it.

        Args:
            since: Begin anew from this time.
            report: Told after every page.

        Raises:
            NotFound: There is no such source.
            BadRequest: Its kind is not harvested, or it is stopped.
            Conflict: A run is under way.
            Later: The vendor wants a pause; the source is not asked before it is over.
            Refused: The vendor will not answer.
            Cancelled: Somebody asked the run to end.
        """
        source = self.intake.sources.named(name)
        harvester = self._harvester(source)
        start = None if since is None else {"since": since.isoformat()}
        with self.jobs.running(job_name(name), start) as run:
            if run is None:
                raise Conflict("a run of this source is under way", at="name")
            try:
                return self._run(source, harvester, run, report)
            except Later as later:
                run.postpone(_micros(later.seconds))
                raise
            except Refused:
                run.postpone(_micros(max(source.every_minutes, 15) * 60))
                raise
            finally:
                self.intake.flush()

    def ask(self, name: str, since: datetime | None = None) -> None:
        """
        Ask a worker for a run.

        Raises:
            NotFound: There is no such source.
            BadRequest: Its kind is not harvested, or it is stopped.
        """
        self._harvester(self.intake.sources.named(name))
        start = None if since is None else {"since": since.isoformat()}
        self.jobs.ask(job_name(name), start)

    def due(self, now: int) -> list[str]:
        """The sources that are to be harvested at a time (µs)."""
        return [
            source.name
            for source in self.intake.sources.all()
            if source.integration in all_harvesters()
            and not self.intake.sources.is_stopped(source.name)
            and self._is_due(source, now)
        ]

    def listens(self, name: str) -> bool:
        """
        Whether a run of a source does not end by itself.

        Raises:
            NotFound: There is no such source.
        """
        source = self.intake.sources.named(name)
        harvester = all_harvesters().get(source.integration)
        return harvester is not None and harvester.streams(source)

    def _is_due(self, source: Source, now: int) -> bool:
        job = self.jobs.job(job_name(source.name))
        if job.is_running(now) or now < job.not_before:
            return False
        if all_harvesters()[source.integration].streams(source):
            # Somebody who ended it wants it to stay so, until somebody asks for it.
            return job.error != CANCELLED or job.wish is not None
        every = source.every_minutes * 60_000_000
        scheduled = bool(every) and now >= job.finished + every
        return scheduled or job.is_abandoned(now) or job.wish is not None

    def _harvester(self, source: Source) -> Harvester:
        harvester = all_harvesters().get(source.integration)
        if harvester is None:
            raise BadRequest(f"{source.integration} is not harvested", at="name")
        if self.intake.sources.is_stopped(source.name):
            raise BadRequest("everybody's leave was withdrawn: this source is stopped", at="name")
        return harvester

    def _run(
        self,
        source: Source,
        harvester: Harvester,
        run: Run,
        report: Callable[[Progress], None],
    ) -> Progress:
        progress = Progress()
        cursor = dict(run.job.state)
        now = timestamps.moment(time.time_ns() // 1000)
        told = cursor.pop("since", None)
        since = iso(told) if told else now - FIRST
        http = harvester.client(source, self.intake.lrs.public_url)
        h = Harvesting(source, http, cursor, since, now)
        pages = _readable(harvester.pages(h))
        flushed = time.monotonic()
        with closing(http), closing(pages):
            for page in pages:
                if page.deliveries or h.odd or page.cursor != cursor:
                    self._page(h, page, progress)
                    # Only now, that what it tells is stored.
                    cursor = dict(page.cursor)
                    run.save({**cursor, "since": since.isoformat()}, progress.shown())
                else:
                    run.look()
                report(progress)
                if time.monotonic() - flushed > _FLUSH_SECONDS:
                    self.intake.flush()
                    flushed = time.monotonic()
                    if harvester.streams(source) and self._has_changed(source):
                        break
        if h.odd:  # an answer of nothing else gave no page
            self._page(h, Page([], cursor), progress)
        return progress

    def _has_changed(self, source: Source) -> bool:
        """Whether it has other settings now, or none: the next run, if any, is by those."""
        known = self.intake.sources
        return known.find(source.name) != source or known.is_stopped(source.name)

    def _page(self, h: Harvesting, page: Page, progress: Progress) -> None:
        told = [(one, self.intake.accepted(h.source, one)) for one in page.deliveries]
        odd = self.intake.letters.unknown(h.source.name, [h.item(one) for one in h.odd])
        h.odd.clear()
        told += [(one, Outcome(dead_letter="no item that can be read")) for one in odd]
        progress.counts += self.intake.take(h.source, told, time.time_ns() // 1000)
        progress.pages += 1
        progress.items += len(told)
        progress.total = page.total if page.total is not None else progress.total


def _readable(pages: Iterator[Page]) -> Generator[Page]:
    """
    The pages of a run; a vendor's odd answer ends it as one that says no does.

    Raises:
        Later: An answer could not be read now.
        Refused: An answer was of another shape; trying again at once would not change it.
    """
    try:
        yield from pages
    except Busy as busy:
        raise Later(busy.after or PATIENCE_SECONDS, str(busy)) from busy
    except (*MALFORMED, RecursionError) as error:
        # It may be a fault of ours as well: then somebody has to see where.
        _log.warning("an answer is not in a known shape", exc_info=error)
        raise Refused(f"an answer is not in a known shape: {type(error).__name__}") from error


def _micros(seconds: float) -> int:
    return time.time_ns() // 1000 + int(seconds * 1_000_000)
