"""
Streams: connections over which a vendor tells what happens while it happens.

A source with the option `stream` is listened to for as long as its worker runs. Every line of a
stream (a hashtag, a query) has a connection of its own, opened again with growing pauses when it
breaks off, from where it had got to. What the lines bring is gathered for half a second, stored,
and only then is the cursor saved: whatever is killed in between is told or asked for again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Full, Queue
from random import random

import structlog

from integrations.harvest import Cursor, Page
from integrations.http import PATIENCE_SECONDS, Busy, Later
from integrations.receive import MALFORMED

GATHER_SECONDS = 0.5
_MOST = 200  # deliveries in a page
_WAITING = 1_000  # pages that may wait to be stored before a line is read on
_STEADY_SECONDS = 60.0  # a connection that lasted so long was no failure
_log = structlog.get_logger()

Connect = Callable[[Cursor], Iterator[Page]]
"""
Opens a connection from where a cursor says and yields what it brings, until it breaks off.

The cursor of such a page holds only what it changes. A page without deliveries is a sign of life.
Busy, Later and Refused are raised as by `Http.ask`.
"""


def listen(cursor: Cursor, lines: Iterable[Connect]) -> Iterator[Page]:
    """
    What all lines bring, at least every second a page; it ends only by being closed.

    Raises:
        Later: A vendor wants to be left alone for longer than a minute.
        Refused: It does not let us in.
    """
    told: Queue[Page | Exception] = Queue(_WAITING)
    over = threading.Event()
    for connect in lines:
        line = _Line(connect, dict(cursor), told, over)
        threading.Thread(target=line.read, daemon=True).start()
    try:
        while True:
            page = _gathered(told)
            cursor = {**cursor, **page.cursor}
            yield Page(page.deliveries, cursor)
    finally:
        over.set()


def place(read: Callable[[], int]) -> int:
    """
    Where in its line a message stands; 0 where it does not tell, for it becomes a dead letter.

    Were it an error, the same message would end every run that comes to it.
    """
    try:
        return read()
    except MALFORMED:
        return 0


def _gathered(told: Queue[Page | Exception]) -> Page:
    """What comes within a moment of the first page, as one; an empty one where nothing does."""
    made = Page([], {})
    until = time.monotonic() + 2 * GATHER_SECONDS
    while len(made.deliveries) < _MOST and (left := until - time.monotonic()) > 0:
        try:
            one = told.get(timeout=left)
        except Empty:
            break
        if isinstance(one, Exception):
            raise one
        if one.deliveries and not made.deliveries:
            until = time.monotonic() + GATHER_SECONDS
        made = Page([*made.deliveries, *one.deliveries], {**made.cursor, **one.cursor})
    return made


class _Line:
    """One connection at a time, in a thread of its own."""

    def __init__(
        self,
        connect: Connect,
        cursor: dict[str, object],
        told: Queue[Page | Exception],
        over: threading.Event,
    ) -> None:
        self._connect = connect
        self._cursor = cursor
        self._told = told
        self._over = over

    def read(self) -> None:
        """Read until all is over; what cannot be mended by waiting is told and ends it."""
        failures = 0
        while not self._over.is_set():
            began, wait, brought = time.monotonic(), None, False
            try:
                for page in self._connect(self._cursor):
                    brought = brought or bool(page.deliveries)
                    self._cursor |= page.cursor
                    self._tell(page)
                    if self._over.is_set():
                        return
            except Busy as busy:
                wait = busy.after
            except Exception as error:  # noqa: BLE001 - whoever listens raises it
                self._tell(error)
                return
            steady = brought or time.monotonic() - began > _STEADY_SECONDS
            failures = 0 if steady else failures + 1
            self._pause(wait, failures)

    def _tell(self, one: Page | Exception) -> None:
        while not self._over.is_set():
            try:
                self._told.put(one, timeout=1)
            except Full:
                continue
            return

    def _pause(self, told: float | None, failures: int) -> None:
        """As long as the vendor says; else longer with each failure, and not all at once."""
        if told is not None and told > PATIENCE_SECONDS:
            self._tell(Later(told))
            return
        grown = min(PATIENCE_SECONDS, 2.0**failures) if told is None else told
        _log.info("stream broke off", again_in=round(grown, 1))
        self._over.wait(grown * (1 + 0.2 * random()))  # noqa: S311 - no secret
