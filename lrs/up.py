"""`lrs up`: the web server and a worker in one process group; the end of one is the end of both."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import FrameType

import click

from lrs.config import Settings, export

_GRACE_SECONDS = 10
_PARTS = ("serve", "work")


def up(settings: Settings) -> None:
    """Run both until SIGTERM, Ctrl-C, or until one of them ends; the exit status tells which."""
    export(settings)
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    parts = [_started(part) for part in _PARTS]
    while not asked and all(part.poll() is None for part in parts):
        time.sleep(0.1)  # whichever ends first; there is no waiting for several
    failed = [name for name, part in zip(_PARTS, parts, strict=True) if part.poll()]
    _end(parts, settings.drain_seconds + _GRACE_SECONDS)
    if not asked:
        raise click.ClickException(f"ended because of: {', '.join(failed) or 'an early end'}")


def _started(part: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "lrs.cli", part])  # noqa: S603 - our own


def _end(parts: list[subprocess.Popen[bytes]], seconds: float) -> None:
    """SIGTERM to all; SIGKILL to who is still there after the time."""
    for part in parts:
        part.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for part in parts:
        try:
            part.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
