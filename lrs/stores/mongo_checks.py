"""The MongoDB store looked at from inside: only reads, also of the journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import Int64, ObjectId

from lrs.stores.checking import LEFT_BEHIND_SECONDS, Digest, Flaw, Seen
from lrs.stores.mongo_attachments import MongoAttachments
from lrs.stores.mongo_format import VERSION, format_of
from lrs.stores.mongo_journal import SWEPT
from lrs.stores.mongo_models import (
    AttachmentFile,
    Entry,
    KeptDefinition,
    KeptRecord,
    KeptStatement,
    Raw,
)
from lrs.stores.mongo_statements import digest
from lrs.stores.mongo_wire import Wire, answering, connect
from lrs.stores.port import StoreFormatError, StoreUnavailable

_STATEMENT = dict.fromkeys(
    ("stored", "data", "refers", "voids", "voided", "terms", "own", "batch"), 1
)


class MongoChecks:
    """The port of checking.py on a MongoDB database."""

    lag_seconds = 0.5
    unchecked = "MongoDB's own files and indexes; db.collection.validate() of mongosh does that"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._statements = KeptStatement.within(wire.durable)
        self.attachments = MongoAttachments(wire)

    @classmethod
    def open(cls, url: str) -> MongoChecks:
        """
        Open the database as it is; nothing is made, cleaned up or brought up to date.

        Raises:
            StoreFormatError: It has another format than this software's.
            StoreUnavailable: The server does not answer, or has no store there.
        """
        wire = connect(url)
        try:
            with answering():
                found = format_of(wire)
            if not found:
                raise StoreUnavailable("there is no store in this database")
            if found != VERSION:
                raise StoreFormatError(f"the store has format {found}, not {VERSION}")
        except BaseException:
            wire.client.close()
            raise
        return cls(wire)

    def count(self) -> int:
        with answering():
            return self._statements.estimated_document_count()

    def newest(self) -> int:
        return self._settled()[0]

    def damage(self) -> Iterator[Flaw]:
        yield from ()

    def seen(self, since: int, until: int, limit: int) -> list[Seen]:
        """
        The journal first, then the Statements, then whom they refer to and who refers to them.

        So what is settled was linked before it is read, and only what others are still linking
        may look unfinished.
        """
        through, swept = self._settled()
        wanted: Raw = {"stored": {"$gt": Int64(since), "$lte": Int64(min(until, through))}}
        if swept:
            wanted["batch"] = {"$nin": sorted(swept)}
        with answering():
            raws = list(self._statements.find(wanted, _STATEMENT).sort("stored", 1).limit(limit))
            targets = self._targets(raws)
            settled, any_at_all = self._voiders(raws, through, swept)
        return [
            _seen(raw, targets, raw["_id"] in settled, raw["_id"] in any_at_all) for raw in raws
        ]

    def digest(self, term: str) -> Digest | None:
        return digest(term)

    def unlisted(self, one: Seen, digests: Collection[Digest]) -> frozenset[Digest]:
        return frozenset(digests) - one.indexed

    def strays(self, own: Collection[str], progress: Callable[[int], None]) -> Iterator[Flaw]:  # noqa: ARG002  the port's signature
        """A Statement and what it is found by are one document."""
        yield from ()

    def definitions(self) -> Iterator[tuple[str, bytes]]:
        with answering():
            for raw in KeptDefinition.within(self._wire.durable).find({}):
                yield raw["_id"], raw["value"]

    def records(self) -> int:
        with answering():
            return KeptRecord.within(self._wire.durable).estimated_document_count()

    def bad_records(self) -> Iterator[Flaw]:
        with answering():
            for raw in KeptRecord.within(self._wire.durable).find({}):
                if not _is_record(raw):
                    name = f"{raw.get('kind')} {raw.get('key')}"
                    yield Flaw("record", name, "it cannot be read")

    def leftovers(self) -> Iterator[Flaw]:
        """Pieces of files that are not listed; an id tells when its writer began."""
        begun = datetime.now(UTC) - timedelta(seconds=LEFT_BEHIND_SECONDS)
        files = AttachmentFile.within(self._wire.durable)
        with answering():
            for piece in self._wire.durable["attachments.chunks"].find({"n": 0}, {"files_id": 1}):
                file_id = piece["files_id"]
                if file_id.generation_time < begun and not files.find_one({"_id": file_id}):
                    yield Flaw("attachment", str(file_id), "half-written data was left behind")

    def close(self) -> None:
        self._wire.client.close()

    def _settled(self) -> tuple[int, frozenset[ObjectId]]:
        """How far everything is final, and the batches of which nothing counts."""
        with answering():
            found = list(Entry.within(self._wire.quick).find({}, {"ids": 0}).sort("_id", 1))
        if not found:
            return 0, frozenset()
        clock, *entries = found
        floors = [entry["floor"] for entry in entries if entry["state"] != SWEPT]
        swept = frozenset(entry["_id"] for entry in entries if entry["state"] == SWEPT)
        return min([clock["at"], *floors]), swept

    def _targets(self, raws: list[Raw]) -> dict[str, frozenset[Digest]]:
        wanted = {"_id": {"$in": [raw["refers"] for raw in raws if raw.get("refers")]}}
        found = self._statements.find(wanted, {"terms": 1, "own": 1})
        return {raw["_id"]: frozenset(raw["terms"]).difference(raw["own"]) for raw in found}

    def _voiders(
        self, raws: list[Raw], through: int, swept: frozenset[ObjectId]
    ) -> tuple[set[str], set[str]]:
        """Which are referred to by what voids: by what is settled, and by anything at all."""
        wanted = {"refers": {"$in": [raw["_id"] for raw in raws]}, "voids": True}
        found = list(self._statements.find(wanted, {"refers": 1, "stored": 1, "batch": 1}))
        settled = [r for r in found if r["stored"] <= through and r["batch"] not in swept]
        return {raw["refers"] for raw in settled}, {raw["refers"] for raw in found}


def _seen(
    raw: Raw, targets: dict[str, frozenset[Digest]], has_voider: bool, may_be_voided: bool
) -> Seen:
    indexed, own = frozenset(raw["terms"]), frozenset(raw["own"])
    return Seen(
        id=raw["_id"],
        stored=int(raw["stored"]),
        data=raw["data"],
        refers=raw.get("refers"),
        voids=raw["voids"],
        voided=raw["voided"],
        found_by_id=True,
        has_voider=has_voider,
        may_be_voided=may_be_voided,
        terms=indexed - own,
        own=own,
        indexed=indexed,
        target=targets.get(raw.get("refers", "")),
    )


def _is_record(raw: dict[str, Any]) -> bool:
    try:
        meta, tags = dict(raw["facts"]), raw["tags"]
    except (KeyError, TypeError, ValueError):
        return False
    texts = [raw.get("kind"), raw.get("key"), *meta, *meta.values(), *tags]
    return isinstance(raw.get("value"), bytes) and all(isinstance(text, str) for text in texts)
