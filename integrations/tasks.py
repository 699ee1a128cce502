"""What a worker does for the sources, and when: Celery tasks and their schedule."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_process_shutdown, worker_ready

from integrations import graph_subscriptions, websub
from integrations.harvest import Harvests, Progress
from integrations.http import Later, Refused
from integrations.intake import Intake
from lrs.domain.errors import LrsError
from lrs.services.jobs import Cancelled, LeaseLost

EVERY_SECONDS = 5.0
_END_SECONDS = 5.0
_log = structlog.get_logger()


class Stopped(Exception):
    """The worker is told to end; its run goes on with the next one."""


def install(app: Celery, open_harvests: Callable[[], Harvests], stops: Callable[[], bool]) -> None:
    """
    Give a Celery app the tasks of the sources.

    A message may be lost, late or repeated: what is due stands in the store, and only one run of
    a source goes on at a time.

    Args:
        open_harvests: The use cases of this process, opened at the first task.
        stops: Whether this worker is told to end.
    """

    @app.task(name="sources.due")
    def due() -> None:
        """Send every source that is due to a worker."""
        send_due(open_harvests(), harvest)

    listeners = Listeners(stops)

    @app.task(name="sources.harvest")
    def harvest(name: str) -> dict[str, Any] | None:
        """Harvest one source; listen to it beside all other tasks, if it is a stream."""
        harvests = open_harvests()
        if not harvests.listens(name):
            return run(harvests, name, stops)
        listeners.start(harvests, name)
        return None

    @app.task(name="sources.prune")
    def prune() -> None:
        """Forget raw deliveries and dead letters whose time is over."""
        prune_all(open_harvests().intake)

    @app.task(name="sources.subscribe")
    def subscribe() -> None:
        """Renew the subscriptions (WebSub, Graph) that end soon."""
        intake = open_harvests().intake
        websub.renew(intake, _now())
        graph_subscriptions.renew(intake, _now())

    def begin(**_: Any) -> None:
        """Beat waits for a first interval, and a worker may end before a long one is over."""
        for task in (due, prune, subscribe):
            task.apply_async(expires=60.0)

    worker_ready.connect(begin, weak=False)
    worker_process_shutdown.connect(lambda **_: listeners.join(), weak=False)
    app.conf.beat_schedule = {
        **(app.conf.beat_schedule or {}),
        "sources.due": {
            "task": "sources.due",
            "schedule": EVERY_SECONDS,
            "options": {"expires": EVERY_SECONDS},
        },
        "sources.prune": {"task": "sources.prune", "schedule": 6 * 3600.0},
        "sources.subscribe": {"task": "sources.subscribe", "schedule": 300.0},
    }


class Listeners:
    """
    The streams that this process listens to, a thread each: none of them keeps a task waiting.

    Args:
        stops: Whether they are to end.
    """

    def __init__(self, stops: Callable[[], bool]) -> None:
        self._stops = stops
        self._threads: dict[str, threading.Thread] = {}

    def start(self, harvests: Harvests, name: str) -> None:
        """Listen to a source, unless that is done here already."""
        known = self._threads.get(name)
        if known is None or not known.is_alive():
            thread = threading.Thread(target=run, args=(harvests, name, self._stops), daemon=True)
            self._threads[name] = thread
            thread.start()

    def join(self) -> None:
        """Wait until all have given their jobs back, or as long as one page should take."""
        until = time.monotonic() + _END_SECONDS
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))


def send_due(harvests: Harvests, harvest: Any) -> None:
    """Send what is due; a message that waits for longer than the next one is not needed."""
    for name in harvests.due(_now()):
        harvest.apply_async((name,), expires=EVERY_SECONDS)


def prune_all(intake: Intake) -> None:
    """Prune every source."""
    for source in intake.sources.all():
        intake.prune(source, _now())


def run(harvests: Harvests, name: str, stops: Callable[[], bool]) -> dict[str, Any] | None:
    """Harvest one source as a worker does: what goes wrong stands in its row and in the log."""

    def report(_progress: Progress) -> None:
        if stops():
            raise Stopped("its worker ended")

    try:
        return harvests.run(name, report=report).shown()
    except Stopped:
        harvests.ask(name)
    except (LrsError, Cancelled, LeaseLost, Later, Refused) as error:
        _log.warning("harvest ended", source=name, reason=str(error) or type(error).__name__)
    return None


def _now() -> int:
    return time.time_ns() // 1000
