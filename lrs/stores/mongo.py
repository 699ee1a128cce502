"""
The server store: MongoDB, any number of web processes and hosts.

`MongoStore` puts the parts together: mongo_models.py (collections and indexes), mongo_journal.py
(clock, all or nothing, how far reading is safe), mongo_statements.py, mongo_records.py,
mongo_attachments.py and mongo_format.py. What fails on the wire becomes StoreUnavailable; when the
connection breaks in the last moment of a change, the change may have been kept all the same, which
an equal Statement sent again finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from lrs.domain.errors import BadRequest
from lrs.stores.mongo_attachments import MongoAttachments
from lrs.stores.mongo_format import bring_up_to_date
from lrs.stores.mongo_records import MongoRecords
from lrs.stores.mongo_statements import MongoStatements
from lrs.stores.mongo_wire import Wire, answering, connect
from lrs.stores.port import AttachmentStore, Batch, Draft, Found, Kept, Query, Record

LEASE_SECONDS = 10.0


class MongoStore:
    """The port's Store on MongoDB."""

    def __init__(self, wire: Wire, lease_seconds: float) -> None:
        self._wire = wire
        self._statements = MongoStatements(wire, lease_seconds)
        self._records = MongoRecords(wire, self._statements.journal)
        self.attachments: AttachmentStore = MongoAttachments(wire)

    @classmethod
    def open(cls, url: str, *, lease_seconds: float = LEASE_SECONDS) -> MongoStore:
        """
        Open the store that a `mongodb://` URL names, after any fork; upgrade and clean it up.

        Args:
            url: With the database as its path; `lrs` where it has none.
            lease_seconds: How long a small batch may be under way before another process takes
                it for dead. Until then lists end before it.

        Raises:
            StoreUnavailable: The server does not answer.
            StoreFormatError: The store was written by newer software.
        """
        wire = connect(url)
        try:
            store = cls(wire, lease_seconds)
            with answering():
                bring_up_to_date(wire, store._statements.journal)
                store._statements.journal.recover()
        except BaseException:
            wire.client.close()
            raise
        return store

    def add(self, batch: Batch) -> list[str]:
        with answering():
            return self._statements.add(batch)

    def get(self, statement_id: str) -> Kept | None:
        with answering():
            return self._statements.get(statement_id)

    def find(self, query: Query) -> list[Found]:
        with answering():
            return self._statements.find(query)

    def scan(self, since: int, until: int, limit: int, term: str | None = None) -> list[Kept]:
        with answering():
            return self._statements.scan(since, until, limit, term)

    def definition(self, activity_id: str) -> bytes | None:
        return self.definitions([activity_id]).get(activity_id)

    def definitions(self, activity_ids: Collection[str]) -> dict[str, bytes]:
        with answering():
            return self._statements.definitions(activity_ids)

    def consistent_through(self) -> int:
        with answering():
            return self._statements.journal.consistent_through()

    def record(self, kind: str, key: str) -> Record | None:
        with answering():
            return self._records.record(kind, key)

    def records(
        self,
        kind: str,
        tag: str | None = None,
        *,
        since: int | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        with answering():
            return self._records.records(kind, tag, since=since, after=after, limit=limit)

    def change(
        self, kind: str, key: str, decide: Callable[[Record | None], Draft | None]
    ) -> Record | None:
        with answering():
            return self._records.change(kind, key, decide)

    def drop(self, kind: str, tag: str) -> int:
        with answering():
            return self._records.drop(kind, tag)

    def ping(self) -> None:
        with answering():
            self._wire.client.admin.command("ping")

    def counts(self) -> dict[str, int]:
        with answering():
            return self._statements.counts()

    def backup(self, folder: str) -> None:  # noqa: ARG002  the port's signature
        """Refused: the server has its own tools, which copy it as of one moment."""
        raise BadRequest("a MongoDB store is copied with mongodump, not with lrs backup")

    def close(self) -> None:
        self._wire.client.close()
