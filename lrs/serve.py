"""The web server: granian's processes around the application of `lrs.app`."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from lrs.config import Settings, export, share_metrics


def serve(settings: Settings) -> None:
    """
    Serve until SIGTERM or Ctrl-C; then finish what was accepted, for at most LRS_DRAIN_SECONDS.

    Each process opens the store for itself, and gets the settings through the environment.

    Raises:
        StoreFormatError, StoreUnavailable: The store cannot be used.
    """
    export(settings)
    with tempfile.TemporaryDirectory(prefix="lrs-metrics-", dir=_memory()) as metrics:
        share_metrics(Path(metrics))
        _upgrade(settings)
        _serve(settings)


def _memory() -> Path | None:
    """
    Where files are in memory; None where that is not known.

    The processes of one server share their counters in mapped files, and to write one of those
    on a full disk kills the process.
    """
    folder = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return folder if os.access(folder, os.W_OK) else None


def _upgrade(settings: Settings) -> None:
    """Open the store once before the processes do, so that it is upgraded or refused once."""
    from lrs.app import open_store

    open_store(settings).close()


def _stop_children_that_start() -> None:
    """
    Let SIGTERM end a process between its fork and the handlers that granian gives it.

    There it would run the parent's handler, which does nothing in a child, and the process would
    have to be killed after LRS_DRAIN_SECONDS.
    """
    stops = {signal.SIGTERM, signal.SIGINT}

    def as_child() -> None:
        for stop in stops:
            signal.signal(stop, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, stops),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, stops),
        after_in_child=as_child,
    )


def _serve(settings: Settings) -> None:
    _stop_children_that_start()
    Granian(
        "lrs.serve:worker",
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


def worker() -> Flask:
    """
    The application of one web process.

    A batch is parsed into tens of thousands of lists and dicts that hold no circles. With
    Python's defaults the collector walks them all several times a request: half of its time.
    """
    # Not before `share_metrics`: prometheus-client decides at import how it counts.
    from lrs.app import create_app

    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    return app
