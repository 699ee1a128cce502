"""What a worker does for analytics, and when: Celery tasks and their schedule."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_ready

from analytics.jobs import Interrupted, RunFailed, Work
from lrs.domain.errors import LrsError
from lrs.services.jobs import Cancelled, LeaseLost
from lrs.stores.port import StoreUnavailable

EVERY_SECONDS = 5.0
_log = structlog.get_logger()


def install(app: Celery, open_work: Callable[[], Work], stops: Callable[[], bool]) -> None:
    """
    Give a Celery app the tasks of analytics.

    A message may be lost, late or repeated: what is due stands in the store, and only one run of
    a name goes on at a time.

    Args:
        open_work: The runs of this process, opened at the first task.
        stops: Whether this worker is told to end.
    """

    @app.task(name="analytics.due")
    def due() -> None:
        """Send what is due to a worker."""
        for name in open_work().due(time.time_ns() // 1000):
            run.apply_async((name,), expires=EVERY_SECONDS)

    @app.task(name="analytics.run")
    def run(name: str) -> dict[str, Any] | None:
        """Do one run."""
        return run_once(open_work(), name, stops)

    def begin(**_: Any) -> None:
        """Beat waits for a first interval."""
        due.apply_async(expires=60.0)

    worker_ready.connect(begin, weak=False)
    app.conf.beat_schedule = {
        **(app.conf.beat_schedule or {}),
        "analytics.due": {
            "task": "analytics.due",
            "schedule": EVERY_SECONDS,
            "options": {"expires": EVERY_SECONDS},
        },
    }


def run_once(work: Work, name: str, stops: Callable[[], bool]) -> dict[str, Any] | None:
    """Do a run as a worker does: what goes wrong stands in its row and in the log."""

    def report(_progress: dict[str, Any]) -> None:
        if stops():
            raise Interrupted("its worker ended")

    try:
        return work.run(name, report)
    except Interrupted:
        work.ask(name)
    except (LrsError, Cancelled, LeaseLost, RunFailed, StoreUnavailable) as error:
        reason = str(error) or type(error).__name__
        _log.warning("an analytics run ended", job=name, reason=reason)
    return None
