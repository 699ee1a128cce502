"""
Terms as 64-bit integers: half the index of text, and a third faster to write.

A term is `facet:value`. Sixty bits are a digest of the value, keyed with the store's own secret
so that nobody can make two values meet on purpose; by chance any two of ten million do with a
probability of 4 in a hundred thousand. The last four bits number the facet. So `agent:x` and
`related-agent:x` are neighbours in the index, and a Statement with both touches one page for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from typing import Any

import apsw

from lrs.stores.sqlite_writer import Writer

# Numbers 1 to 15; the terms of further facets are digested whole and are nobody's neighbours.
_FACETS = 15
_CACHED = 8_192
_FACET_NUMBERS = "SELECT name, number FROM facet"


class KnownTerms:
    """The integers of one store's terms, for one who only looks for them."""

    def __init__(self, connection: apsw.Connection) -> None:
        """
        Args:
            connection: Only read from now.
        """
        salt = connection.execute("SELECT value FROM meta WHERE name = 'salt'").get
        self._salt = bytes(salt)
        kept: list[Any] = connection.execute(_FACET_NUMBERS).fetchall()
        self._facets: dict[str, int] = dict(kept)
        self._known: dict[str, int] = {}

    def to_find(self, term: str, read: Callable[[str], list[Any]]) -> int | None:
        """
        The integer of a term that is asked for; None when no Statement can have it.

        Never waits for a writer.

        Args:
            read: Runs a query, for facets that another process has numbered since.
        """
        facet = term.partition(":")[0]
        if facet not in self._facets:
            self._facets.update(read(_FACET_NUMBERS))
        return self._digest(term) if facet in self._facets else None

    def numbers(self, facets: Collection[str]) -> frozenset[int]:
        """The numbers of those facets that have one."""
        return frozenset(self._facets[facet] for facet in facets if facet in self._facets)

    @staticmethod
    def facet(term: int) -> int:
        """The number of the facet of a term that is kept."""
        return term & _FACETS

    def _digest(self, term: str) -> int:
        facet, _, value = term.partition(":")
        number = self._facets[facet]
        text = (value if number else term).encode()
        digest = hashlib.blake2b(text, digest_size=8, key=self._salt).digest()
        if len(self._known) >= _CACHED:
            self._known.clear()
        found = self._known[term] = int.from_bytes(digest, "big", signed=True) & ~_FACETS | number
        return found


class Terms(KnownTerms):
    """The same for one who keeps them too."""

    def __init__(self, connection: apsw.Connection, writer: Writer) -> None:
        """
        Args:
            connection: Only read from now.
            writer: Numbers a facet that is new.
        """
        super().__init__(connection)
        self._writer = writer

    def to_keep(self, term: str) -> int:
        """The integer of a term; its facet gets a number if it has none."""
        known = self._known.get(term)
        if known is not None:
            return known
        facet = term.partition(":")[0]
        if facet not in self._facets:
            self._facets[facet] = self._writer.run(lambda db: _number(db, facet))
        return self._digest(term)


def _number(connection: apsw.Connection, facet: str) -> int:
    """The facet's number; 0 when the numbers are used up."""
    connection.execute(
        "INSERT OR IGNORE INTO facet SELECT ?, CASE WHEN count(*) < ? THEN count(*) + 1 ELSE 0 END "
        "FROM facet",
        (facet, _FACETS),
    )
    return int(connection.execute("SELECT number FROM facet WHERE name = ?", (facet,)).get)
