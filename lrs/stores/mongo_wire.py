"""What the parts of the MongoDB store share: the connection, its guarantees, its failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern

from lrs.domain.errors import TooLarge
from lrs.stores.mongo_models import Raw
from lrs.stores.port import StoreUnavailable

NO_SUCH_COMMAND = 59
DUPLICATE_KEY = 11000
# A document may have 16 MiB; the rest is left for terms, names and what is inherited later.
MAX_CONTENT_BYTES = 15 * 2**20
_SELECT_MS = 5_000
_SOCKET_MS = 60_000


@contextmanager
def answering() -> Iterator[None]:
    """
    Turn what the driver raises into the port's StoreUnavailable.

    Its own words stay the cause, for the log: they name hosts, which clients must not learn.
    """
    try:
        yield
    except PyMongoError as failure:
        raise StoreUnavailable("the store does not answer") from failure


def check_size(content_bytes: int) -> None:
    """Refuse what does not fit into one document of MongoDB."""
    if content_bytes > MAX_CONTENT_BYTES:
        raise TooLarge(
            f"this store keeps at most {MAX_CONTENT_BYTES} bytes as one Statement or document; "
            "attachments may be larger"
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """
    A connection to one database.

    Args:
        durable: The database with every write acknowledged by the majority and on disk.
        quick: The same with writes acknowledged by the one server. A server's log is sequential:
            a later durable write to the same collection, or on a standalone server to any,
            makes the earlier ones durable too, and a crash loses a suffix of them.
        transactions: Whether a batch can be one transaction (a replica set or sharded cluster).
    """

    client: MongoClient[Raw]
    durable: Database[Raw]
    quick: Database[Raw]
    transactions: bool


def connect(url: str) -> Wire:
    """
    Connect to the server and the database of a `mongodb://` URL; without a name it is `lrs`.

    To be called in the process that uses it, after any fork.

    Raises:
        StoreUnavailable: It does not answer.
    """
    with answering():
        try:
            client: MongoClient[Raw] = MongoClient(url, appname="social-lrs", **_timeouts(url))
        except (ConfigurationError, InvalidURI, ValueError) as wrong:
            raise StoreUnavailable(f"the store's URL cannot be used: {wrong}") from wrong
        try:
            transactions = has_transactions(_hello(client))
        except PyMongoError:
            client.close()
            raise
        name = client.get_default_database("lrs").name
        durable = client.get_database(
            name,
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority" if transactions else "local"),
        )
        quick = durable.with_options(write_concern=WriteConcern(w=1))
        return Wire(client, durable, quick, transactions)


def has_transactions(hello: Mapping[str, Any]) -> bool:
    """Whether the server that says this of itself is a replica set's member or a mongos."""
    return "setName" in hello or hello.get("msg") == "isdbgrid"


def _hello(client: MongoClient[Raw]) -> Mapping[str, Any]:
    """What the server says of itself; nothing where it does not know the question."""
    try:
        return client.admin.command("hello")
    except OperationFailure as failure:
        if failure.code != NO_SUCH_COMMAND:
            raise
        client.admin.command("ping")
        return {}


def _timeouts(url: str) -> dict[str, Any]:
    """Ours, where the URL sets none; the driver's own are far longer than a client waits."""
    ours = {"serverSelectionTimeoutMS": _SELECT_MS, "socketTimeoutMS": _SOCKET_MS}
    return {name: value for name, value in ours.items() if name.lower() not in url.lower()}
