"""Walks through a store of any size in pages that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

MOST_AT_A_TIME = 200
_FIRST_PAGE = 10
_PAGE_BYTES = 8 * 2**20


class Stored(Protocol):
    """What is read: the bytes of a Statement and when they were kept."""

    @property
    def stored(self) -> int:
        """µs."""

    @property
    def data(self) -> bytes:
        """JSON."""


One = TypeVar("One", bound=Stored)


def pages(read: Callable[[int, int], Sequence[One]], since: int) -> Iterator[Sequence[One]]:
    """
    All that is stored after a time, oldest first; none is empty.

    A page is as long as the one before would have had to be for 8 MiB, so that large Statements
    come in short pages; the first is short, for nobody knows yet.

    Args:
        read: What is stored after a time (µs), oldest first, at most so many.
    """
    limit = _FIRST_PAGE
    while page := read(since, limit):
        yield page
        since = page[-1].stored
        average = sum(len(one.data) for one in page) // len(page)
        limit = max(1, min(MOST_AT_A_TIME, _PAGE_BYTES // max(1, average)))
