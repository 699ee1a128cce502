"""A server on fresh files for every test here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.running import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Two web processes over a store with one key; not started."""
    data = tmp_path / "data"
    data.mkdir()
    server = Server(data, tmp_path)
    server.create_key()
    yield server
    server.discard()
