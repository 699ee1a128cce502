"""
What a store lets be looked at by one who asks whether it is sound; the port answers queries.

Everything here only reads, opens nothing that is not there, and goes on while others write.
Digests are terms in the form in which the adapter keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, Protocol

from lrs.stores.port import AttachmentStore

Digest = int | bytes
LEFT_BEHIND_SECONDS = 3600.0
"""What was begun longer ago than this, and is not whole, its writer has left behind."""


class Damaged(Exception):
    """A part of the store cannot be read, though the store can."""


class Flaw(NamedTuple):
    """
    One thing that is wrong.

    Args:
        about: "file", "statement", "index", "voided", "attachment", "definition" or "record".
        name: Which one: the Statement's id, the hash, the Activity, kind and key.
        detail: What is wrong with it.
    """

    about: str
    name: str
    detail: str


class Seen(NamedTuple):
    """
    A Statement as the store has it, whatever its bytes say.

    Args:
        found_by_id: Whether the index of ids leads to it.
        has_voider: Whether a Statement that refers to it is kept as one that voids.
        may_be_voided: The same, where also those count that are still being kept.
        terms: What who refers to it inherits.
        own: What it alone is kept with; empty where the store does not tell.
        indexed: What it is found by; empty where `unlisted` has to be asked.
        target: What it inherits from the Statement it refers to; None where that is not kept.
    """

    id: str
    stored: int
    data: bytes
    refers: str | None
    voids: bool
    voided: bool
    found_by_id: bool
    has_voider: bool
    may_be_voided: bool
    terms: frozenset[Digest]
    own: frozenset[Digest]
    indexed: frozenset[Digest]
    target: frozenset[Digest] | None


class Checks(Protocol):
    """
    The inside of a store.

    Every method raises Damaged where a part cannot be read, StoreUnavailable where all of it
    cannot.
    """

    @property
    def attachments(self) -> AttachmentStore:
        """Attachment data; only read."""
        ...

    @property
    def lag_seconds(self) -> float:
        """How long what others write may be seen half done; 0 where it never is."""
        ...

    @property
    def unchecked(self) -> str:
        """What is not looked at here and who does; empty where there is no such thing."""
        ...

    def count(self) -> int:
        """How many Statements there are; may be an estimate."""
        ...

    def newest(self) -> int:
        """Up to which `stored` Statements can be judged."""
        ...

    def damage(self) -> Iterator[Flaw]:
        """What the database finds wrong with its own structure."""
        ...

    def seen(self, since: int, until: int, limit: int) -> list[Seen]:
        """The Statements with since < stored <= until, oldest first."""
        ...

    def digest(self, term: str) -> Digest | None:
        """A term as it is kept; None where no Statement can have it."""
        ...

    def unlisted(self, one: Seen, digests: Collection[Digest]) -> frozenset[Digest]:
        """Those of the digests by which the index does not find a Statement."""
        ...

    def strays(self, own: Collection[str], progress: Callable[[int], None]) -> Iterator[Flaw]:
        """
        What the index finds and should not.

        Args:
            own: Facets of terms that are not inherited.
            progress: Told how much of the index was looked at.
        """
        ...

    def definitions(self) -> Iterator[tuple[str, bytes]]:
        """The canonical definition of every Activity."""
        ...

    def records(self) -> int:
        """How many records there are."""
        ...

    def bad_records(self) -> Iterator[Flaw]:
        """Records that cannot be read, or cannot be found by what they are tagged with."""
        ...

    def leftovers(self) -> Iterator[Flaw]:
        """Attachment data that a writer who broke off has left half written."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
