"""What waits in memory is written every second and at exit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.util import Finalize

import structlog

SECONDS = 1.0
_PRIORITY = 10
_log = structlog.get_logger()


class Flusher:
    """
    Calls something every second from a thread of its own, and once more when the process ends.

    Args:
        flush: Writes what waits; may be called from several threads.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flush", daemon=True)

    def start(self) -> None:
        """Begin; once per process."""
        self._thread.start()
        # The server's processes end as children of multiprocessing do: without atexit.
        Finalize(None, self.stop, exitpriority=_PRIORITY)

    def stop(self) -> None:
        """Write what waits, and end."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        self._once()

    def _run(self) -> None:
        while not self._end.wait(SECONDS):
            self._once()

    def _once(self) -> None:
        try:
            self._flush()
        except Exception as error:  # noqa: BLE001 - the next second tries again
            _log.error("counts were not written", reason=repr(error))
