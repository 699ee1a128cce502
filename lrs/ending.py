"""Whether a worker is to end, as all the processes that it forks hear it."""

from __future__ import annotations

import ctypes
import multiprocessing


class Ending:
    """
    Told once and asked often, by any process that was forked after this was made.

    Without a lock, as multiprocessing's Event has one: a signal may end a process while it holds
    that, and all others would wait for ever.
    """

    def __init__(self) -> None:
        self._told = multiprocessing.get_context("fork").RawValue(ctypes.c_bool, False)

    def tell(self) -> None:
        self._told.value = True

    def is_told(self) -> bool:
        return bool(self._told.value)
