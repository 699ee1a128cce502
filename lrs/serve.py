"""The web server: granian's processes around the application of `lrs.app`."""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import signal
import socket
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext

import click
import structlog
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from lrs import counters, logs, starting
from lrs.config import Settings, export, share_metrics

# Of Linux's <sys/prctl.h>.
_PR_SET_PDEATHSIG = 1
_STOPS = (signal.SIGTERM, signal.SIGINT)
_DEFAULTS = (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler)
# The processes of a server that was killed still end what they had accepted.
_PORT_SECONDS = 5.0


def serve(settings: Settings) -> None:
    """
    Serve until SIGTERM or Ctrl-C; then finish what was accepted, for at most LRS_DRAIN_SECONDS.

    Each process opens the store for itself, and gets the settings through the environment.

    Raises:
        ClickException: Another process listens at the address, and goes on to.
        BadRequest: LRS_DATA or LRS_SMTP_URL cannot be used.
        StoreFormatError, StoreUnavailable: The store cannot be used.
    """
    export(settings)
    logs.configure(settings.log_level)
    wait_for_port(settings)
    with counters.shared() as folder:
        share_metrics(folder)
        starting.check(settings)
        _upgrade(settings)
        structlog.get_logger().info(
            "starting",
            address=f"http://{settings.host}:{settings.port}",
            processes=settings.workers,
        )
        _serve(settings)


def wait_for_port(settings: Settings) -> None:
    """
    Wait until nobody listens at the address.

    The web processes share their port, and Linux would let those of another store share it too:
    each store would get a part of what is sent.

    Raises:
        ClickException: Somebody still does after a few seconds, or it cannot be listened on.
    """
    until = time.monotonic() + _PORT_SECONDS
    while (problem := _problem(settings.host, settings.port)) is not None:
        if problem.errno != errno.EADDRINUSE or time.monotonic() > until:
            where = f"{settings.host}:{settings.port}"
            raise click.ClickException(f"cannot listen on {where}: {problem.strerror}")
        time.sleep(0.1)  # a server before this one may be about to end


def _problem(host: str, port: int) -> OSError | None:
    """Why an address cannot be listened on by one process alone; None when it can."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # Else connections of an earlier server that fade away would stand in the way.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error
    return None


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

    def as_child() -> None:
        for stop in _STOPS:
            signal.signal(stop, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    os.register_at_fork(after_in_child=as_child)


def _stop_once(*heard: signal.Signals) -> None:
    """
    Have the first of these signals alone stop this process, in a thread of its own.

    Ctrl-C and service managers signal all processes, and then the parent signals its children
    again. Granian's handlers set an Event that the main thread waits for; a second signal that
    interrupts this thread while it wakes would have it wait for itself, for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    threading.Thread(target=_await_stop, args=(heard,), name="stop", daemon=True).start()


def _await_stop(heard: tuple[signal.Signals, ...]) -> None:
    number = signal.sigwait(heard)
    while (handler := signal.getsignal(number)) in _DEFAULTS or not callable(handler):
        time.sleep(0.01)  # granian is still starting
    handler(number, None)


def _serve(settings: Settings) -> None:
    _stop_children_that_start()
    _stop_once(*_STOPS)
    server = Granian(
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
    )
    # Its thread and process begin now, and so with the signals blocked that end this process.
    with _committing(settings):
        server.serve()


def _committing(settings: Settings) -> AbstractContextManager[None]:
    """The process that an embedded store has beside those of the web."""
    from lrs.app import sqlite_file
    from lrs.stores import sqlite_committing

    file = sqlite_file(settings)
    return sqlite_committing.committing(file) if file else nullcontext()


def worker() -> Flask:
    """
    The application of one web process.

    A batch is parsed into tens of thousands of lists and dicts that hold no circles. With
    Python's defaults the collector walks them all several times a request: half of its time.
    """
    # Not SIGINT: whoever sends it to this process sends it to the parent too, which then says so.
    _stop_once(signal.SIGTERM)
    _end_with_parent()
    # Not before `share_metrics`: prometheus-client decides at import how it counts.
    from lrs.app import create_app

    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    return app


def _end_with_parent() -> None:
    """
    Have Linux send SIGTERM to this process when its parent dies, however it dies.

    Else it would go on beside the processes of the next server, on the same port.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
