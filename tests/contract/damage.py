"""Damage that is planted in a store behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw
from pymongo import MongoClient

from lrs.stores.checking import Checks
from lrs.stores.mongo_statements import digest
from lrs.stores.sqlite_adding import key
from tests.contract.places import Place


class Damage:
    """Changes a store behind its back, in the way of either."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def run(self, sql: str, bindings: tuple[Any, ...] = ()) -> None:
        assert self.place.path is not None
        connection = apsw.Connection(str(self.place.path))
        try:
            connection.execute(sql, bindings)
        finally:
            connection.close()

    @contextmanager
    def mongo(self) -> Iterator[Any]:
        with MongoClient[Any](self.place.url) as client:
            yield client.get_default_database()

    def update(self, statement_id: str, **values: Any) -> None:
        """Set columns of a Statement's row, or fields of its document."""
        if self.place.path is not None:
            for name, value in values.items():
                sql = f"UPDATE statement SET {name} = ? WHERE id = ?"
                self.run(sql, (value, key(statement_id)))
            return
        with self.mongo() as database:
            done = database.statements.update_one({"_id": statement_id}, {"$set": values})
            assert done.matched_count == 1

    def void(self, statement_id: str, *, voided: bool) -> None:
        if self.place.path is not None:
            self.update(statement_id, flags=2 if voided else 0)
        else:
            self.update(statement_id, voided=voided)

    def forget(self, statement_id: str, stored: int, term: str, of: Checks) -> None:
        """Take a term out of the index."""
        if self.place.path is not None:
            sql = "DELETE FROM posting WHERE term = ? AND stored = ?"
            self.run(sql, (of.digest(term), stored))
            return
        with self.mongo() as database:
            pull = {"$pull": {"terms": digest(term)}}
            assert database.statements.update_one({"_id": statement_id}, pull).modified_count == 1

    def invent(self, statement_id: str, stored: int, term: str, of: Checks) -> None:
        """Put a term into the index that the Statement has not."""
        if self.place.path is not None:
            self.run("INSERT INTO posting VALUES (?, ?)", (of.digest(term), stored))
            return
        with self.mongo() as database:
            push = {"$push": {"terms": digest(term)}}
            assert database.statements.update_one({"_id": statement_id}, push).modified_count == 1

    def attachment(self, sha2: str, content: bytes | None) -> None:
        """Replace its data, or take it away."""
        if self.place.path is not None:
            file = self.place.path.with_name("attachments") / sha2[:2] / sha2
            assert file.exists()
            file.unlink() if content is None else file.write_bytes(content)
            return
        with self.mongo() as database:
            entry = database["attachments.files"].find_one({"filename": sha2})
            if content is None:
                database["attachments.files"].delete_one({"_id": entry["_id"]})
                database["attachments.chunks"].delete_many({"files_id": entry["_id"]})
            else:
                where = {"files_id": entry["_id"]}
                database["attachments.chunks"].update_one(where, {"$set": {"data": content}})
