"""
Every query is served by an index, in the order equality, sort, range.

The wire server of the tests ignores indexes, so the commands that the driver sends are recorded
and held against the indexes that the store has made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product, starmap
from typing import Any, NamedTuple

import pytest
from mongoengine import ListField
from pymongo import MongoClient, monitoring

from lrs.stores.mongo import MongoStore
from lrs.stores.mongo_models import STRUCTURES
from lrs.stores.port import Draft, DuplicateId, Query
from tests.contract.builders import a_batch, a_statement, an_id
from tests.contract.children import linked_batch, linked_before
from tests.contract.places import Place

RANGES = {"$gt", "$gte", "$lt", "$lte"}
# Read whole on purpose: all names of attachments, and what GridFS asks to see if it is empty.
WHOLE = {"attachments.files"}


class Shape(NamedTuple):
    collection: str
    wanted: Mapping[str, Any]
    sort: Sequence[tuple[str, int]]


class Recorder(monitoring.CommandListener):
    """The shapes of all commands that look for something, while it is listening."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.listening = True

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.listening:
            self.shapes += shapes_of(event.command_name, event.command)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def shapes_of(name: str, command: Mapping[str, Any]) -> Iterator[Shape]:
    match name:
        case "find":
            yield Shape(command["find"], command["filter"], list(command.get("sort", {}).items()))
        case "findAndModify":
            yield Shape(command["findAndModify"], command["query"], [])
        case "update":
            yield from (Shape(command["update"], each["q"], []) for each in command["updates"])
        case "delete":
            yield from (Shape(command["delete"], each["q"], []) for each in command["deletes"])
        case "aggregate":
            yield Shape(command["aggregate"], command["pipeline"][0]["$match"], [])


def is_range(condition: Any) -> bool:
    return isinstance(condition, dict) and bool(condition.keys() & RANGES)


def is_equality(condition: Any) -> bool:
    return not isinstance(condition, dict) or bool(condition.keys() & {"$eq", "$in", "$all"})


def is_served(shape: Shape, index: Sequence[tuple[str, int]]) -> bool:
    """Whether the index finds what is wanted in its order and looks at nothing else."""
    equal = {name for name, condition in shape.wanted.items() if is_equality(condition)}
    ranged = {name for name, condition in shape.wanted.items() if is_range(condition)}
    if [name for name, _ in index] == ["_id"]:
        # At most one document an id: what else is wanted costs nothing more.
        return "_id" in equal or (not shape.wanted and [name for name, _ in shape.sort] == ["_id"])
    keys = list(index)
    while keys and keys[0][0] in equal:
        equal.discard(keys.pop(0)[0])
    for name, _ in shape.sort:
        if not keys or keys[0][0] != name:
            return False
        ranged.discard(keys.pop(0)[0])
    ranged -= {name for name, _ in keys}
    return not equal and not ranged


def exercise(store: MongoStore) -> None:
    """Everything that the port has, so that every query is asked."""
    add_all_ways(store)
    find_all_ways(store)
    keep_records_all_ways(store)
    store.scan(0, 2**60, 10)
    store.scan(0, 2**60, 10, "a")
    store.get(an_id("x-late"))
    store.definitions(["http://example.org/x"])
    store.consistent_through()
    store.counts()
    for _ in range(2):
        store.attachments.put("a" * 64, b"x" * 600_000)
    with store.attachments.open("a" * 64) as file:
        file.read()
    list(store.attachments.hashes())


def add_all_ways(store: MongoStore) -> None:
    store.add(linked_before("x"))
    store.add(linked_batch("x"))
    store.add(linked_batch("x"))
    with pytest.raises(DuplicateId):
        store.add(a_batch(a_statement("x-late", text="other"), a_statement("new")))
    # A batch that was given up, so that queries leave out what is swept.
    entry, _ = store._statements.journal.begin([an_id("s1")])
    store._statements.journal.give_up(entry, [an_id("s1")], quiet=False)


def find_all_ways(store: MongoStore) -> None:
    terms = (frozenset(), frozenset({"a"}), frozenset({"a", "b"}))
    for query in starmap(Query, product(terms, (None, 1), (None, 2), (True, False))):
        store.find(query)


def keep_records_all_ways(store: MongoStore) -> None:
    for _ in range(2):
        store.change("k", "1", lambda _: Draft(b"v", {}, frozenset({"t"})))
    for tag, since, after in product((None, "t"), (None, 1), (None, "0")):
        store.records("k", tag, since=since, after=after, limit=5)
    store.drop("k", "t")
    store.change("k", "2", lambda _: Draft(b"v"))
    store.change("k", "2", lambda _: None)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    listener = Recorder()
    monitoring.register(listener)
    yield listener
    listener.listening = False


@pytest.mark.mongodb
def test_every_query_is_served_by_an_index(mongo_place: Place, recorder: Recorder) -> None:
    with mongo_place.opened() as store:
        exercise(store)
    recorder.listening = False
    with MongoClient(mongo_place.url) as client:
        database = client.get_default_database()
        indexes = {
            name: [list(index["key"].items()) for index in database[name].list_indexes()]
            for name in database.list_collection_names()
        }

    unserved = [
        shape
        for shape in recorder.shapes
        if not any(is_served(shape, index) for index in indexes[shape.collection])
        and not (shape.collection in WHOLE and not shape.wanted)
    ]

    assert unserved == []
    asked = {shape.collection for shape in recorder.shapes}
    assert asked >= {"statements", "definitions", "records", "journal", "attachments.files"}


@pytest.mark.parametrize(
    ("wanted", "sort", "index", "served"),
    [
        ({"a": 1, "c": {"$gt": 1}}, [("b", 1)], ["a", "b", "c"], True),
        ({"a": 1, "c": {"$gt": 1}}, [("b", 1)], ["a", "c", "b"], False),
        ({"a": 1, "d": 1}, [], ["a", "b"], False),
        ({"b": 1}, [], ["a", "b"], False),
        ({}, [("a", 1)], ["b"], False),
        ({"a": {"$all": [1]}}, [("b", -1)], ["a", "b"], True),
        ({"_id": {"$in": [1]}, "x": 1}, [], ["_id"], True),
        ({}, [], ["_id"], False),
    ],
)
def test_this_test_knows_what_an_index_serves(
    wanted: dict[str, Any], sort: list[tuple[str, int]], index: list[str], served: bool
) -> None:
    assert is_served(Shape("c", wanted, sort), [(name, 1) for name in index]) is served


def test_no_index_has_two_arrays() -> None:
    """MongoDB refuses a document that has two of them filled."""
    for structure in STRUCTURES:
        arrays = {n for n, field in structure._fields.items() if isinstance(field, ListField)}
        for index in structure._meta["index_specs"]:
            assert len(arrays & {name for name, _ in index["fields"]}) <= 1
