"""Work that fails in the middle of a commit: nothing of it stays, and nobody waits for ever."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lrs.stores.port import Batch
from lrs.stores.sqlite import SqliteStore
from tests.contract import builders
from tests.contract.builders import a_batch, a_statement, an_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with contextlib.closing(SqliteStore.open(tmp_path / "lrs.sqlite", tmp_path)) as store:
        yield store


def _failing(name: str) -> Batch:
    """A batch that fails once its Statement has been inserted."""

    def merge(kept: bytes | None, learned: bytes) -> bytes:
        raise ValueError(name)

    definitions = {f"http://example.org/{name}": b"{}"}
    return Batch([a_statement(name)], definitions, builders.same, merge)


def test_a_batch_that_fails_midway_leaves_nothing(store: SqliteStore) -> None:
    """What is answered 500 must not be found afterwards."""
    with pytest.raises(ValueError, match="bad"):
        store.add(_failing("bad"))

    assert store.get(an_id("bad")) is None
    assert store.add(a_batch(a_statement("good"))) == [an_id("good")]


def test_who_shares_a_commit_with_a_failing_batch_is_kept(store: SqliteStore) -> None:
    """The failure is its own: the others are answered as if it had not been there."""
    names = [f"{kind}-{number}" for number in range(100) for kind in ("good", "bad")]

    def answer(name: str) -> str:
        batch = _failing(name) if name.startswith("bad") else a_batch(a_statement(name))
        try:
            return store.add(batch)[0]
        except ValueError as failure:
            return str(failure)

    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(names, pool.map(answer, names, timeout=60), strict=True))

    for name, answered in answers.items():
        is_good = name.startswith("good")
        assert answered == (an_id(name) if is_good else name)
        assert (store.get(an_id(name)) is not None) is is_good
