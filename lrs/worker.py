"""
The Celery app: `celery -A lrs.worker`, or `lrs work` for worker and beat in one.

Correctness rests on rows in the store, never on the broker: a message that is lost is sent again
by the schedule, and one that comes twice finds the job taken.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from lrs import logs, pulse_tasks, starting
from lrs.app import open_harvests, open_pulses, open_sending, open_store, open_work, use_cases
from lrs.config import Settings
from lrs.ending import Ending

if TYPE_CHECKING:
    from analytics.jobs import Work
    from integrations.harvest import Harvests
    from lrs.services.lrs import Lrs

_CONCURRENCY = 2


def create_worker(settings: Settings) -> Celery:
    """
    A Celery app with every task; the store is opened by each process at its first task.

    Raises:
        BadRequest: LRS_DATA, LRS_SMTP_URL or LRS_BROKER_URL cannot be used.
    """
    import analytics.tasks
    from integrations import tasks

    starting.check(settings)
    made = Celery("lrs")
    made.conf.update(
        **_broker(settings),
        broker_connection_retry_on_startup=True,
        task_default_queue="lrs",
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        # KiB: after a run that took more, its process makes room for a fresh one.
        worker_max_memory_per_child=1_000_000,
        # In memory: several workers may share a folder, and what is due stands in the store.
        beat_scheduler="celery.beat.Scheduler",
    )
    ending = Ending()
    worker_shutting_down.connect(lambda **_: ending.tell(), weak=False)
    setup_logging.connect(lambda **_: logs.configure(settings.log_level), weak=False)
    tasks.install(made, lambda: _harvests(settings, os.getpid()), ending.is_told)
    pulse_tasks.install(made, settings, lambda: _pulses(settings, os.getpid()), ending.is_told)
    analytics.tasks.install(made, lambda: _work(settings, os.getpid()), ending.is_told)
    return made


@cache
def _lrs(settings: Settings, _process: int) -> Lrs:
    """Of this process: connections do not survive a fork."""
    return use_cases(settings, open_store(settings))


@cache
def _harvests(settings: Settings, process: int) -> Harvests:
    return open_harvests(settings, _lrs(settings, process))


@cache
def _pulses(settings: Settings, process: int) -> pulse_tasks.Parts:
    lrs = _lrs(settings, process)
    return open_pulses(settings, lrs), open_sending(settings, lrs)


@cache
def _work(settings: Settings, process: int) -> Work:
    return open_work(settings, _lrs(settings, process))


def _broker(settings: Settings) -> dict[str, Any]:
    """The broker that is set; else files, which one machine can share."""
    if settings.broker_url:
        starting.check_broker(settings.broker_url)
        return {"broker_url": settings.broker_url}
    folder = settings.data.absolute() / "broker"
    for name in ("queue", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
        },
        "worker_enable_remote_control": False,
    }


def work() -> None:
    """Run a worker with beat until SIGTERM or Ctrl-C."""
    app.worker_main(
        [
            "worker",
            "--beat",
            f"--concurrency={_CONCURRENCY}",
            f"--loglevel={Settings().log_level}",
            "--without-gossip",
            "--without-mingle",
        ]
    )


app = create_worker(Settings())
