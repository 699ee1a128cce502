"""
What a store must do. It knows ids, bytes and terms; it does not know xAPI.

A Statement reaches a store as exact bytes and *index terms* (`verb:<iri>`, `agent:<ifi>`, ...);
a query reaches it as the terms that a Statement must have. Times are integers: microseconds
since 1970-01-01 UTC. `stored` is assigned by the store, strictly increases in the order in which
Statements become visible, and is therefore also the order and the cursor of every list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, Protocol


class DuplicateId(Exception):
    """A different Statement is kept under the id; nothing of the batch was added."""

    def __init__(self, statement_id: str) -> None:
        super().__init__(statement_id)
        self.statement_id = statement_id


class StoreUnavailable(Exception):
    """The store cannot answer or keep anything now; nothing of the change was kept."""


class StoreFormatError(Exception):
    """The store was written by newer software, or cannot be used safely here."""


class NewStatement(NamedTuple):
    """
    A Statement on its way in.

    Args:
        id: Lower-case UUID.
        head: Its JSON without `stored` and without the closing brace; ends with a comma.
        terms: What it can be found by, and what can find those that refer to it.
        own: What it alone can be found by; a referrer does not inherit these.
        refers: The id of the Statement its object refers to, if that is what its object does.
        voids: Whether it voids the Statement it refers to.
        stamped: Whether it came without `timestamp`, so that it gets one equal to `stored`
            (Data 2.4.7; 2.0 4.2.4.2).
    """

    id: str
    head: bytes
    terms: frozenset[str]
    own: frozenset[str] = frozenset()
    refers: str | None = None
    voids: bool = False
    stamped: bool = False

    def complete(self, stored: str) -> bytes:
        """
        The whole of its JSON: what is kept and answered.

        Args:
            stored: When it was kept, as `lrs.domain.timestamps.text` writes it.
        """
        moment = stored.encode()
        timestamp = b'"timestamp":"' + moment + b'",' if self.stamped else b""
        return self.head + timestamp + b'"stored":"' + moment + b'"}'


class Kept(NamedTuple):
    """A Statement as it is kept: the exact bytes of its JSON, `stored` included."""

    id: str
    stored: int
    data: bytes
    voided: bool


class Found(NamedTuple):
    """One row of a list: what an answer needs and no more, for lists are the hot path."""

    stored: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Statements that are added together or not at all.

    Args:
        statements: Each id once.
        definitions: Activity id → definition (JSON object, as bytes) learned from these Statements.
        same: Whether a new Statement and the JSON kept under its id are the same Statement.
        merge: The canonical definition from the one kept and the one learned; where none is kept
            (None), it is the learned one.
    """

    statements: Sequence[NewStatement]
    definitions: Mapping[str, bytes]
    same: Callable[[NewStatement, bytes], bool]
    merge: Callable[[bytes | None, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Query:
    """
    Which Statements: those with all `terms`, since < stored <= until; not the voided.

    Args:
        terms: Empty for every Statement.
        since: Exclusive; None for no bound.
        until: Inclusive; None for no bound.
        ascending: Oldest first.
        limit: At most so many, 1 or more.
    """

    terms: frozenset[str]
    since: int | None = None
    until: int | None = None
    ascending: bool = False
    limit: int = 100


class StatementStore(Protocol):
    """Statements, immutable once added."""

    def add(self, batch: Batch) -> list[str]:
        """
        Keep a batch, durable on disk when this returns.

        A Statement whose id is known and that is the `same` is left as it is. Statements that
        refer to others inherit their terms (linking.py), whichever arrives first.

        Returns:
            The ids that were new, in the order of the batch.

        Raises:
            DuplicateId: One differs from what is kept under its id; nothing was added.
            StoreUnavailable: Nothing was added.
        """
        ...

    def get(self, statement_id: str) -> Kept | None:
        """The Statement of this id, voided or not."""
        ...

    def find(self, query: Query) -> list[Found]:
        """The Statements a query asks for, in its order."""
        ...

    def scan(self, since: int, until: int, limit: int, term: str | None = None) -> list[Kept]:
        """
        Every Statement with since < stored <= until, the voided too, oldest first.

        Args:
            term: Only those that have it. Who voids a Statement inherits what that is found by,
                so a scan that goes on from where it was also meets what voids those it met.
        """
        ...

    def definition(self, activity_id: str) -> bytes | None:
        """The canonical definition of an Activity (JSON object), if one was ever learned."""
        ...

    def definitions(self, activity_ids: Collection[str]) -> dict[str, bytes]:
        """The canonical definitions of those Activities that have one."""
        ...

    def consistent_through(self) -> int:
        """
        A time up to which every Statement that will ever be stored can be read now.

        Never later than the oldest write under way in any process; moves on when none is.
        """
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What a record shall become.

    Args:
        value: The content.
        meta: Small facts about it (content type, ETag, ...), readable without the content.
        tags: What it can be listed by; exact strings.
    """

    value: bytes
    meta: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is kept; `updated` is the time of its last change."""

    kind: str
    key: str
    value: bytes
    meta: Mapping[str, str]
    tags: frozenset[str]
    updated: int


class RecordStore(Protocol):
    """
    Small named things that change: documents, keys, cursors, jobs, persons, consent, deliveries.

    A record is found by (kind, key), listed by kind and tag, and changed by one atomic step.
    Kinds and keys are any non-empty strings.
    """

    def record(self, kind: str, key: str) -> Record | None:
        """One record, or None."""
        ...

    def records(
        self,
        kind: str,
        tag: str | None = None,
        *,
        since: int | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """
        The records of a kind in the order of their keys.

        Args:
            tag: Only those that carry it.
            since: Only those updated later than this.
            after: Only those whose key sorts after this (code-point order); for paging.
            limit: At most so many.
        """
        ...

    def change(
        self, kind: str, key: str, decide: Callable[[Record | None], Draft | None]
    ) -> Record | None:
        """
        Replace, create or remove one record in one atomic step, durable when this returns.

        Args:
            decide: From what is kept (None: nothing) to what shall be (None: nothing). What it
                raises leaves everything as it was. It may be called again when another writer
                came between, so it must have no effects of its own.

        Returns:
            The record as it is now, or None.
        """
        ...

    def drop(self, kind: str, tag: str) -> int:
        """Remove all records of a kind that carry a tag; how many there were."""
        ...


class AttachmentStore(Protocol):
    """Attachment data, content-addressed by SHA-2 hex and kept once."""

    def put(self, sha2: str, content: bytes | memoryview) -> None:
        """Keep the data, durable when this returns; data already there is left."""
        ...

    def open(self, sha2: str) -> BinaryIO | None:
        """The data to read, or None."""
        ...

    def hashes(self) -> Iterator[str]:
        """The hashes of all data kept."""
        ...


class Store(StatementStore, RecordStore, Protocol):
    """All of a store; one object per process, safe to use from several threads."""

    @property
    def attachments(self) -> AttachmentStore:
        """Attachment data."""
        ...

    def ping(self) -> None:
        """Return when the store can answer; raise StoreUnavailable when it cannot."""
        ...

    def counts(self) -> dict[str, int]:
        """How many Statements are kept (`statements`, `voided`); may be estimates."""
        ...

    def backup(self, folder: str) -> None:
        """Copy the store into an empty folder while it is in use (embedded store only)."""
        ...

    def close(self) -> None:
        """Finish what was accepted and let go of files and connections."""
        ...
