"""The web server: granian's processes around the application of `lrs.app`."""

from __future__ import annotations

import shutil

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from lrs.config import Settings, export, share_metrics


def serve(settings: Settings) -> None:
    """
    Serve until SIGTERM or Ctrl-C; then finish what was accepted, for at most LRS_DRAIN_SECONDS.

    Each process opens the store for itself, and gets the settings through the environment.
    """
    export(settings)
    _metrics_folder(settings)
    Granian(
        "lrs.app:create_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=settings.threads * 64,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=settings.drain_seconds,
    ).serve()


def _metrics_folder(settings: Settings) -> None:
    """Where the processes of one server share their counters; those of the last run are gone."""
    folder = settings.data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    share_metrics(folder)
