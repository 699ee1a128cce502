"""
Runs of analytics: refreshing the facts, transfer of a programme, a report.

A row of the store is the lock, the progress and the cancel flag of a run. A run that is killed
leaves facts and results as they were, and the next begins anew: each is written in one step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from analytics import facts, report_runs
from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine
from analytics.facts.projection import Knowledge, code
from analytics.reports import Report
from analytics.results import Results
from analytics.transfer.success_cases import still
from lrs.domain import timestamps
from lrs.domain.errors import Conflict, LrsError, NotFound
from lrs.domain.programmes import Declared
from lrs.services.consent import TO_BE_ASKED
from lrs.services.jobs import Cancelled, Job, Jobs, LeaseLost, Run
from lrs.services.lrs import Lrs
from lrs.stores.port import StoreUnavailable

if TYPE_CHECKING:
    import pandas as pd

REFRESH = "refresh"
TRANSFER = "transfer/"
REPORT = "report/"
_MINUTE = 60_000_000
_EVERY = {REFRESH: 15 * _MINUTE}
_DAILY = 24 * 60 * _MINUTE
_SAVE_SECONDS = 0.5
_log = structlog.get_logger()

Tell = Callable[[dict[str, Any]], None]


class Interrupted(Exception):
    """The worker is told to end; its run is begun anew by the next one."""


class RunFailed(Exception):
    """Our own fault; the log of the worker knows it, the job's row does not."""


class Watch:
    """Hears how a run is getting on, keeps it in its row, and ends it where somebody asked to."""

    def __init__(self, run: Run, report: Tell) -> None:
        self._run, self._report = run, report
        self._next = 0.0

    def __call__(self, **progress: Any) -> None:
        """
        Tell.

        Raises:
            Cancelled, LeaseLost: The run is to end.
        """
        self._report(progress)
        if time.monotonic() >= self._next:
            self._run.save({}, progress)
            self._next = time.monotonic() + _SAVE_SECONDS


@dataclass(frozen=True, slots=True)
class Work:
    """
    All runs of a store.

    Args:
        data: LRS_DATA.
        min_group: The fewest people a figure may be about.
        engine: What DuckDB may take.
    """

    lrs: Lrs
    jobs: Jobs
    data: Path
    min_group: int
    engine: Engine = field(default_factory=Engine)

    @property
    def facts(self) -> Path:
        """The folder of the facts."""
        return self.data / "facts"

    @property
    def results(self) -> Results:
        return Results(self.lrs.store)

    def names(self) -> Iterator[str]:
        """Every run there is, in the order in which they are done."""
        yield REFRESH
        programmes = [declared.programme.id for declared in self.lrs.programmes.all()]
        yield from (TRANSFER + programme for programme in programmes)
        yield from report_runs.names(programmes)

    def due(self, now: int) -> list[str]:
        """What is to run at a time (µs): one at most, for each takes a core and much memory."""
        jobs = {name: self.jobs.job(_row(name)) for name in self.names()}
        if any(job.is_running(now) for job in jobs.values()):
            return []
        refreshed = jobs[REFRESH].finished
        return [name for name, job in jobs.items() if self._is_due(name, job, now, refreshed)][:1]

    def ask(self, name: str) -> Job:
        """
        Ask a worker for a run.

        Raises:
            NotFound: There is no such run.
        """
        self.jobs.ask(self.known(name))
        return self.row(name)

    def cancel(self, name: str) -> None:
        """
        Ask a run to end; one that was asked for and has not begun is not begun.

        Raises:
            NotFound: There is no such run.
        """
        now = time.time_ns() // 1000

        def step(job: Job) -> Job:
            running = job.is_running(now)
            return replace(job, cancel=running, wish=job.wish if running else None)

        self.jobs.change(self.known(name), step)

    def row(self, name: str) -> Job:
        """
        How a run is getting on.

        Raises:
            NotFound: There is no such run.
        """
        return self.jobs.job(self.known(name))

    def known(self, name: str) -> str:
        """
        The name of a run's row.

        Raises:
            NotFound: There is no such run.
        """
        kind, slash, about = name.partition("/")
        if kind + slash == TRANSFER:
            self.lrs.programmes.get(about)
        elif kind + slash == REPORT:
            report_runs.check(about, self.lrs.programmes)
        elif name != REFRESH:
            raise NotFound("there is no such job", at="job")
        return _row(name)

    def run(
        self, name: str, report: Tell = lambda _progress: None, *, rebuild: bool = False
    ) -> dict[str, Any]:
        """
        Run, here and now.

        Args:
            report: Told how far it is; what it raises ends the run.
            rebuild: Whether a refresh makes every month anew.

        Returns:
            What was done.

        Raises:
            NotFound: There is no such run.
            Conflict: It is under way somewhere.
            Cancelled: Somebody asked it to end.
            RunFailed: Our own fault.
        """
        with self.jobs.running(self.known(name)) as run:
            if run is None:
                raise Conflict("this run is under way already", at="job")
            try:
                done = self._step(name, Watch(run, report), rebuild=rebuild)
            except (LrsError, Cancelled, LeaseLost, StoreUnavailable, Interrupted):
                raise
            except Exception as error:
                _log.exception("a run broke off", job=name)
                raise RunFailed("an error on our side; it is in the log of the worker") from error
            with suppress(Cancelled):  # too late: it is done
                run.save({}, done)
            return done

    def transfer(self, programme: str, version: int | None = None) -> dict[str, Any]:
        """
        The newest result of a programme's transfer run.

        Cases of those who do not agree any more to be asked are left out, whenever it was made.

        Raises:
            NotFound: No such programme or version, or no run yet.
        """
        self.lrs.programmes.get(programme, version)
        found = self.results.newest(TRANSFER + programme, version)
        if found is None:
            raise NotFound("there is no result yet; ask for a run")
        result: dict[str, Any] = orjson.loads(found)
        return {**result, "cases": still(result["cases"], self._agreed())}

    def knowledge(self) -> Knowledge:
        """Persons and topics as they are known now."""
        from analytics.text.topics import vocabulary

        people, topics = self.lrs.persons.snapshot(), self.lrs.topics.get()
        if not topics.topics:
            return Knowledge(people=people)
        return Knowledge(people=people, topics=vocabulary(topics.terms()))

    def _step(self, name: str, watch: Watch, *, rebuild: bool) -> dict[str, Any]:
        if name == REFRESH:
            return self._refresh(watch, rebuild=rebuild)
        if name.startswith(TRANSFER):
            return self._transfer(name.removeprefix(TRANSFER), watch)
        return self._report(name.removeprefix(REPORT), watch)

    def _refresh(self, watch: Watch, *, rebuild: bool) -> dict[str, Any]:
        watch(statements=0)
        options = facts.Options(
            knowledge=self.knowledge(),
            engine=self.engine,
            query_people=self.min_group,
            rebuild=rebuild,
            progress=lambda count: watch(statements=count),
        )
        now = time.time_ns() // 1000
        done = facts.refresh(self.lrs.store, self.facts, now=now, options=options)
        return {
            "statements": done.statements,
            "months": list(done.months),
            "cursor": timestamps.text(done.cursor),
            "rebuilt": done.rebuilt,
        }

    def _transfer(self, programme: str, watch: Watch) -> dict[str, Any]:
        manifest = manifests.load(self.facts)
        if manifest is None:
            raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
        declared = self.lrs.programmes.get(programme)
        # Before anybody can see the figures: what is declared from now on says that it is later.
        self.lrs.programmes.looked_at(programme, time.time_ns() // 1000)
        result = orjson.dumps(self._associated(declared, manifest.cursor, watch))
        self.results.keep(TRANSFER + programme, declared.version, manifest.cursor, result)
        return {"version": declared.version, "cutoff": timestamps.text(manifest.cursor)}

    def units(self, programme: str) -> dict[str, pd.DataFrame]:
        """
        The tables that the newest result of a programme is made of: a row is one learner.

        As known at its cutoff, whatever has come in since; without a result, as known now.

        Raises:
            NotFound: No such programme, or no facts yet.
        """
        from analytics.transfer import programme as transfer

        declared = self.lrs.programmes.get(programme)
        drawn = {programme: self._invited(programme)}
        found = self.results.newest(TRANSFER + programme, declared.version)
        cutoff = timestamps.parse(orjson.loads(found)["cutoff"]) if found else None
        terms = transfer.Terms(cutoff, self.min_group, engine=self.engine, invitations=drawn)
        return transfer.units_table(
            declared, self.facts, others=self._beside(declared), terms=terms
        )

    def _invited(self, programme: str) -> dict[str, int | None]:
        """Whom lots were drawn for, named as the facts name them."""
        return self.lrs.programmes.invitations(programme, self.lrs.persons.register())

    def _agreed(self) -> set[int]:
        """The facts' codes of those who agreed to be asked about their case."""
        return {code(who) for who in self.lrs.consent.agreed(TO_BE_ASKED)}

    def _beside(self, declared: Declared) -> list[Declared]:
        """The other programmes, for contrasts within a learner."""
        own = declared.programme.id
        return [one for one in self.lrs.programmes.all() if one.programme.id != own]

    def _associated(self, declared: Declared, cutoff: int, watch: Watch) -> dict[str, Any]:
        from analytics.transfer import programme as transfer

        return transfer.run(
            declared,
            self.facts,
            others=self._beside(declared),
            cutoff=cutoff,
            min_group=self.min_group,
            engine=self.engine,
            invitations=self._invited(declared.programme.id),
            consented=self._agreed(),
            progress=lambda share: watch(share=round(share, 2)),
        )

    def _report(self, about: str, watch: Watch) -> dict[str, Any]:
        manifest = manifests.load(self.facts)
        if manifest is None:
            raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
        made: list[Report] = []
        for report in report_runs.make(about, self, manifest.cursor):
            watch(made=len(made))
            made.append(report)
        for report in made:
            for form, data in (("html", report.html), ("pdf", report.pdf)):
                key = report_runs.key(about, report.language, form)
                self.results.keep(key, 0, manifest.cursor, data)
        return {"made": len(made), "cutoff": timestamps.text(manifest.cursor)}

    def _is_due(self, name: str, job: Job, now: int, refreshed: int) -> bool:
        """Results wait for the first refresh, and for one that is later than they are."""
        if name != REFRESH and not refreshed:
            return False
        if job.wish is not None or job.is_abandoned(now):
            return True
        if name != REFRESH and (refreshed < job.started or not self._has_facts()):
            return False
        return now >= job.finished + _EVERY.get(name, _DAILY)

    def _has_facts(self) -> bool:
        manifest = manifests.load(self.facts)
        return manifest is not None and bool(manifest.months)


def _row(name: str) -> str:
    return f"analytics {name}"
