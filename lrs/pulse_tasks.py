"""What a worker does for pulses: every quarter of an hour it plans, sends, reminds and expires."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from celery.signals import worker_ready

from lrs.config import Settings
from lrs.domain.errors import LrsError
from lrs.pulse_letters import by_mail
from lrs.services.jobs import Cancelled, LeaseLost
from lrs.services.pulse_sending import Sending
from lrs.services.pulses import Pulses

EVERY_SECONDS = 900.0
_log = structlog.get_logger()
Parts = tuple[Pulses, Sending]


def install(
    app: Celery, settings: Settings, open_parts: Callable[[], Parts], stops: Callable[[], bool]
) -> None:
    """
    Give a Celery app the task of pulses.

    A message may be lost, late or repeated: what is due stands in the store, and only one worker
    at a time plans or sends.

    Args:
        open_parts: Of this process, opened at the first task.
        stops: Whether this worker is told to end.
    """

    @app.task(name="pulses.due")
    def due() -> None:
        """Plan and send what is due."""
        run(settings, open_parts(), stops)

    def begin(**_: Any) -> None:
        """Beat waits for a first interval, and a worker may end before it is over."""
        due.apply_async(expires=60.0)

    worker_ready.connect(begin, weak=False)
    app.conf.beat_schedule = {
        **(app.conf.beat_schedule or {}),
        "pulses.due": {
            "task": "pulses.due",
            "schedule": EVERY_SECONDS,
            "options": {"expires": EVERY_SECONDS},
        },
    }


def run(settings: Settings, parts: Parts, stops: Callable[[], bool]) -> None:
    """Plan and send once; what goes wrong stands in the rows of the jobs and in the log."""
    pulses, sending = parts
    try:
        planned = pulses.plan(_now(), stops)
        _log.info("pulses planned", counts=planned)
        _log.info("pulses sent", counts=send(settings, sending, stops))
    except (LrsError, Cancelled, LeaseLost) as error:
        _log.warning("pulses ended", reason=str(error) or type(error).__name__)


def send(
    settings: Settings, sending: Sending, stops: Callable[[], bool] = lambda: False
) -> dict[str, int] | None:
    """
    Send what is due where there is a mail server; without one, only end what is over.

    Returns:
        What became of the open pulses, or None where another worker is at it.

    Raises:
        BadRequest: LRS_SMTP_URL or LRS_MAIL_FROM is wrong.
    """
    if not settings.smtp_url:
        return sending.run(None, _now, stops)
    with by_mail(settings.smtp_url, settings.mail_from) as post:
        return sending.run(post, _now, stops)


def _now() -> int:
    return time.time_ns() // 1000
