"""One suite over both stores: `store` is a parameter of every test that asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pymongo import MongoClient

from lrs.stores.port import Store
from tests.contract.places import Place
from tests.mongo.server import NotHere, for_tests

STORES = ["sqlite", pytest.param("mongodb", marks=pytest.mark.mongodb)]


@pytest.fixture(scope="session")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the MongoDB server that the tests speak to."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(for_tests(tmp_path_factory.mktemp("mongodb")))
        except NotHere as reason:
            pytest.skip(f"not run: the MongoDB half, since {reason}")
        yield url


@pytest.fixture
def mongo_place(mongodb: str) -> Iterator[Place]:
    """A database of its own, in which the dead are cleaned up soon."""
    name = f"lrs-test-{uuid.uuid4().hex[:12]}"
    yield Place(url=f"{mongodb.rstrip('/')}/{name}", lease_seconds=0.5)
    with MongoClient(mongodb) as client:
        client.drop_database(name)


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The data of a fresh store, for each kind of store."""
    if request.param == "sqlite":
        return Place(path=tmp_path / "lrs.sqlite")
    return request.getfixturevalue("mongo_place")


@pytest.fixture
def open_store(place: Place) -> Iterator[Callable[[], Store]]:
    """Opens one more handle to the same data, as another process would."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(place.opened())


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
