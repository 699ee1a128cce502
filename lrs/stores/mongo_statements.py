"""Statements in MongoDB: adding batches, linking them and finding them again."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bson import Int64, ObjectId
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, PyMongoError

from lrs.domain import timestamps
from lrs.stores import linking
from lrs.stores.linking import Referrer
from lrs.stores.mongo_journal import DECIDED, OPEN, SWEPT, UNDONE, Journal
from lrs.stores.mongo_models import KeptDefinition, KeptStatement, Raw
from lrs.stores.mongo_wire import DUPLICATE_KEY, Wire, check_size
from lrs.stores.port import Batch, DuplicateId, Found, Kept, NewStatement, Query, StoreUnavailable

# Longer than any lease, so that a writer that died in our way is cleaned up within it.
_PATIENCE_SECONDS = 90.0
_TERM_BYTES = 16
_FOUND = {"_id": 0, "stored": 1, "data": 1}
_KEPT = {"stored": 1, "data": 1, "voided": 1, "batch": 1}


class Taken(Exception):
    """One of the ids is there already, of whatever state; what was inserted must be taken back."""


def digest(term: str) -> bytes:
    """A term as it is indexed: 16 bytes, so that the index is small and a term of any length."""
    return hashlib.blake2b(term.encode(), digest_size=_TERM_BYTES).digest()


def filter_of(query: Query, through: int, swept: Collection[ObjectId]) -> Raw:
    """What a query asks of MongoDB; nothing stored after `through`, nothing of a swept batch."""
    until = through if query.until is None else min(query.until, through)
    stored = {"$lte": Int64(until)} | ({} if query.since is None else {"$gt": Int64(query.since)})
    wanted: Raw = {"voided": False, "stored": stored}
    if query.terms:
        wanted["terms"] = {"$all": sorted(digest(t) for t in query.terms)}
    return wanted | _not_of(swept)


class MongoStatements:
    """The Statements and definitions of one store."""

    def __init__(self, wire: Wire, lease_seconds: float) -> None:
        self._wire = wire
        self.journal = Journal(wire, lease_seconds, self._finish_for_another)
        self._statements = KeptStatement.within(wire.quick)
        self._definitions = KeptDefinition.within(wire.durable)

    def add(self, batch: Batch) -> list[str]:
        """As the port says; tries without looking first, since nearly all ids are new."""
        for statement in batch.statements:
            terms = len(statement.terms) + len(statement.own)
            check_size(len(statement.head) + 2 * _TERM_BYTES * terms)
        new = list(batch.statements)
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while new:
            try:
                self._write(new, batch)
            except Taken:
                new = self._still_new(batch, give_up_at)
            else:
                break
        return [statement.id for statement in new]

    def get(self, statement_id: str) -> Kept | None:
        found = self._decided(lambda: self._statements.find({"_id": statement_id}, _KEPT))
        return _kept(found[0]) if found else None

    def find(self, query: Query) -> list[Found]:
        horizon = self.journal.horizon()
        wanted = filter_of(query, horizon.through, horizon.swept)
        found = self._statements.find(wanted, _FOUND).sort("stored", 1 if query.ascending else -1)
        return [Found(int(raw["stored"]), raw["data"]) for raw in found.limit(query.limit)]

    def scan(self, since: int, until: int, limit: int, term: str | None) -> list[Kept]:
        horizon = self.journal.horizon()
        bounds = {"$gt": Int64(since), "$lte": Int64(min(until, horizon.through))}
        wanted: Raw = {"stored": bounds} | _not_of(horizon.swept)
        if term is not None:
            # Both, since the index has `voided` between the term and the order.
            wanted |= {"terms": digest(term), "voided": {"$in": [False, True]}}
        return [
            _kept(raw)
            for raw in self._statements.find(wanted, _KEPT).sort("stored", 1).limit(limit)
        ]

    def definitions(self, activity_ids: Collection[str]) -> dict[str, bytes]:
        found = self._definitions.find({"_id": {"$in": list(activity_ids)}})
        return {raw["_id"]: raw["value"] for raw in found}

    def counts(self) -> dict[str, int]:
        return {
            "statements": self._statements.estimated_document_count(),
            "voided": self._statements.count_documents({"voided": True}),
        }

    def _write(self, new: Sequence[NewStatement], batch: Batch) -> None:
        """
        Add Statements whose ids are believed to be new.

        Raises:
            Taken: One was not; nothing is left of the others.
        """
        ids = [statement.id for statement in new]
        entry, first = self.journal.begin(ids)
        raws = [_raw(s, stored, entry) for stored, s in enumerate(new, start=first)]
        try:
            self._insert_and_decide(raws, batch, entry)
        except BaseException as failure:
            # A connection that fails now may fail again here; then others clean up in time.
            with suppress(PyMongoError):
                self.journal.give_up(entry, ids, quiet=isinstance(failure, Taken))
            raise
        linking.link(_Links(self, self._wire), new)
        self.journal.close(entry)

    def _insert_and_decide(self, raws: Sequence[Raw], batch: Batch, entry: ObjectId) -> None:
        """Steps 4 and 5 of the journal; on a replica set as one transaction."""

        def step(session: ClientSession | None) -> None:
            self._insert(raws, session)
            # Outside the transaction: many batches learn of the same Activities, and a
            # definition learned from a batch that fails after all harms nobody.
            self._learn(batch)
            self.journal.decide(entry, session)

        if self._wire.transactions:
            concern = self._wire.durable.write_concern
            with self._wire.client.start_session() as session:
                session.with_transaction(step, write_concern=concern)
        else:
            step(None)

    def _insert(self, raws: Sequence[Raw], session: ClientSession | None) -> None:
        # In the order of the ids, and stopping at the first that is taken: of writers whose
        # batches overlap, one always gets through.
        try:
            self._statements.insert_many(sorted(raws, key=_id), ordered=True, session=session)
        except BulkWriteError as refused:
            # The counts in the answer are not reliable everywhere; the errors are.
            if _only_duplicates(refused):
                raise Taken from None
            raise

    def _learn(self, batch: Batch) -> None:
        """Merge what the batch says of Activities into what is kept, against racing writers."""
        wanted = dict(batch.definitions)
        while wanted:
            kept = self.definitions(wanted)
            merged = {i: batch.merge(kept.get(i), learned) for i, learned in wanted.items()}
            changed = {i: value for i, value in merged.items() if value != kept.get(i)}
            if not changed or self._replace(kept, changed):
                return
            wanted = {i: wanted[i] for i in changed}

    def _replace(self, kept: Mapping[str, bytes], changed: Mapping[str, bytes]) -> bool:
        """Write definitions where what is kept has not changed; whether that was so for all."""
        writes: list[InsertOne[Raw] | UpdateOne] = [
            UpdateOne({"_id": i, "value": kept[i]}, {"$set": {"value": value}})
            if i in kept
            else InsertOne({"_id": i, "value": value})
            for i, value in changed.items()
        ]
        try:
            done = self._definitions.bulk_write(writes, ordered=False)
        except BulkWriteError as refused:
            if _only_duplicates(refused):
                return False
            raise
        return done.matched_count + done.inserted_count == len(writes)

    def _still_new(self, batch: Batch, give_up_at: float) -> list[NewStatement]:
        """
        Those of the batch that are not kept, once the fate of all is known.

        Raises:
            DuplicateId: One is kept and differs.
        """
        by_id = {statement.id: statement for statement in batch.statements}
        pause = 0.001
        while time.monotonic() < give_up_at:
            found = list(self._statements.find({"_id": {"$in": list(by_id)}}, _KEPT))
            states = self.journal.states({raw["batch"] for raw in found})
            if any(states.get(raw["batch"]) in (OPEN, UNDONE) for raw in found):
                self.journal.horizon()  # also cleans up after a writer that died
                # Another writer has not decided yet; waiting by chance parts those who meet.
                time.sleep(pause * random.random())  # noqa: S311  no secret
                pause = min(2 * pause, 0.2)
                continue
            self._remove_swept(found, states)
            kept = self._decided(
                lambda: self._statements.find({"_id": {"$in": list(by_id)}}, _KEPT)
            )
            for raw in kept:
                if not batch.same(by_id[raw["_id"]], raw["data"]):
                    raise DuplicateId(raw["_id"])
            known = {raw["_id"] for raw in kept}
            return [statement for statement in batch.statements if statement.id not in known]
        raise StoreUnavailable("another writer keeps Statements of this batch under way")

    def _remove_swept(self, found: Iterable[Raw], states: Mapping[ObjectId, str]) -> None:
        """Remove what a suspended writer inserted after its batch was given up."""
        for raw in found:
            if states.get(raw["batch"]) == SWEPT:
                self._statements.delete_one({"_id": raw["_id"], "batch": raw["batch"]})

    def _decided(self, read: Callable[[], Iterable[Raw]]) -> list[Raw]:
        """
        What a read finds, without what belongs to undecided batches.

        What is returned was read after its batch was seen decided or without an entry; and a batch
        that is taken back loses its Statements before its entry.
        """
        states: dict[ObjectId, str] = {}
        while True:
            found = list(read())
            horizon = self.journal.known
            unsure = {raw["batch"] for raw in found if not horizon.settles(raw)}
            if unsure <= states.keys():
                return [r for r in found if states.get(r["batch"], DECIDED) == DECIDED]
            asked = self.journal.states(unsure)
            states |= {batch: asked.get(batch, DECIDED) for batch in unsure}

    def _finish_for_another(self, ids: Sequence[str], entry: ObjectId) -> None:
        """Link the Statements of a decided batch whose writer died."""
        wanted = {"_id": {"$in": list(ids)}, "batch": entry}
        found = self._statements.find(wanted, {"refers": 1, "voids": 1})
        added = [
            NewStatement(raw["_id"], b"", frozenset(), refers=raw.get("refers"), voids=raw["voids"])
            for raw in found
        ]
        linking.link(_Links(self, self._wire), added)


@dataclass(frozen=True, slots=True)
class _Links:
    """
    linking.py's view of the store: decided batches only.

    A batch links after it is decided. So of two that are decided at once, the one that looks last
    sees the other; and nothing is voided by, or inherited from, what is taken back later.
    """

    store: MongoStatements
    wire: Wire

    def referrers(self, ids: Collection[str]) -> Mapping[str, Sequence[Referrer]]:
        by: dict[str, list[Referrer]] = {}
        for raw in self._decided({"refers": {"$in": list(ids)}}, "refers", "voids"):
            by.setdefault(raw["refers"], []).append(Referrer(raw["_id"], raw["voids"]))
        return by

    def terms(self, ids: Collection[str]) -> Mapping[str, frozenset[bytes]]:
        found = self._decided({"_id": {"$in": list(ids)}}, "terms", "own")
        return {raw["_id"]: frozenset(raw["terms"]).difference(raw["own"]) for raw in found}

    def add_terms(self, statement_id: str, terms: frozenset[bytes]) -> None:
        KeptStatement.within(self.wire.durable).update_one(
            {"_id": statement_id},
            {"$addToSet": {"terms": {"$each": sorted(terms)}}, "$pullAll": {"own": sorted(terms)}},
        )

    def void(self, ids: Collection[str]) -> None:
        KeptStatement.within(self.wire.durable).update_many(
            {"_id": {"$in": list(ids)}, "voids": False}, {"$set": {"voided": True}}
        )

    def _decided(self, wanted: Raw, *fields: str) -> list[Raw]:
        names = dict.fromkeys(("stored", "batch", *fields), 1)
        statements = KeptStatement.within(self.wire.quick)
        return self.store._decided(lambda: statements.find(wanted, names))  # noqa: SLF001  one module


def _raw(statement: NewStatement, stored: int, entry: ObjectId) -> Raw:
    raw: Raw = {
        "_id": statement.id,
        "stored": Int64(stored),
        "data": statement.complete(timestamps.text(stored)),
        "terms": sorted(digest(term) for term in statement.terms | statement.own),
        "own": sorted(digest(term) for term in statement.own - statement.terms),
        "voids": statement.voids,
        "voided": False,
        "batch": entry,
    }
    if statement.refers is not None:
        raw["refers"] = statement.refers
    return raw


def _kept(raw: Raw) -> Kept:
    return Kept(raw["_id"], int(raw["stored"]), raw["data"], raw["voided"])


def _id(raw: Mapping[str, Any]) -> Any:
    return raw["_id"]


def _not_of(swept: Collection[ObjectId]) -> Raw:
    return {"batch": {"$nin": sorted(swept)}} if swept else {}


def _only_duplicates(refused: BulkWriteError) -> bool:
    errors = (refused.details or {}).get("writeErrors", [])
    return bool(errors) and all(error["code"] == DUPLICATE_KEY for error in errors)
