"""What tests of several areas share: a server that is up, and a client with every scope."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.servers import Server
from tests.server import Client, serving


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="look for bad input much longer")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests: each keeps to ids, Agents and Activities of its own."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def _everything(server: Server) -> Iterator[Client]:
    client = Client.of(server)
    with client.session:
        yield client


@pytest.fixture
def lrs(_everything: Client) -> Client:
    """A client with the scope `all`, speaking 2.0.0."""
    return _everything


@pytest.fixture(params=["1.0.3", "2.0.0"])
def either(request: pytest.FixtureRequest, _everything: Client) -> Client:
    """The same, speaking each version in turn."""
    return _everything.speaking(request.param)
