"""What the processes of an embedded store tell each other in the file beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lrs.stores import sqlite_adding
from lrs.stores.port import Query
from lrs.stores.sqlite import SqliteStore
from lrs.stores.sqlite_writer import Turn
from tests.contract.builders import a_batch, a_statement

LATER = 3_000_000_000_000_000  # µs; the year 2065
ACTIVITY = "https://lms.example/units/1"


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[Turn]:
    with closing(Turn(tmp_path / "lrs.sqlite-turn")) as turn:
        yield turn


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(tmp_path / "lrs.sqlite", tmp_path / "attachments")) as store:
        yield store


def test_what_is_given_is_later_than_what_was_given_and_what_the_store_holds(turn: Turn) -> None:
    turn.begin_after(LATER)

    first = turn.give(3)

    assert first == LATER + 1
    assert turn.give(1) == first + 3


def test_what_is_given_is_later_than_what_was_promised(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the clock is set back between the two."""
    monkeypatch.setattr(time, "time_ns", lambda: LATER * 1000)
    promised = turn.idle_at()
    monkeypatch.undo()

    assert promised == LATER
    assert turn.give(1) == LATER + 1


def test_only_what_is_kept_can_be_read(turn: Turn) -> None:
    given = turn.give(2)
    assert turn.readable_at() < given

    turn.kept()

    assert turn.readable_at() == given + 1


def test_what_a_failed_transaction_learned_is_learned_again(store: SqliteStore) -> None:
    told = a_batch(a_statement("s1"), definitions={ACTIVITY: b'{"name":"A"}'})
    ready = sqlite_adding.rows(told, store.terms.to_keep)

    def fails(connection: Any) -> None:
        store._adding.add(connection, ready, sqlite_adding.learned(told), told)
        raise RuntimeError("after its changes")

    with pytest.raises(RuntimeError):
        store._writer.run(fails)
    store.add(a_batch(a_statement("s2"), definitions={ACTIVITY: b'{"name":"A"}'}))

    assert store.definition(ACTIVITY) == b'{"name":"A"}'


def test_without_the_file_what_is_given_is_still_later_than_what_is_kept(tmp_path: Path) -> None:
    """It was lost, and the clock is behind what the store holds."""
    path = tmp_path / "lrs.sqlite"
    with closing(SqliteStore.open(path, tmp_path / "attachments")) as store:
        store._turn.begin_after(LATER)
        store.add(a_batch(a_statement("s1")))
    path.with_name("lrs.sqlite-turn").unlink()

    with closing(SqliteStore.open(path, tmp_path / "attachments")) as store:
        store.add(a_batch(a_statement("s2")))
        found = store.find(Query(frozenset(), ascending=True))

    assert [row.stored for row in found] == [LATER + 1, LATER + 2]


def test_through_a_link_a_store_is_the_same_store(tmp_path: Path) -> None:
    path, link = tmp_path / "lrs.sqlite", tmp_path / "elsewhere" / "link.sqlite"
    with closing(SqliteStore.open(path, tmp_path / "attachments")) as store:
        store._turn.begin_after(LATER)
        store.add(a_batch(a_statement("s1")))
        link.parent.mkdir()
        link.symlink_to(path)
        with closing(SqliteStore.open(link, tmp_path / "attachments")) as other:
            other.add(a_batch(a_statement("s2")))

        assert [row.stored for row in store.find(Query(frozenset()))] == [LATER + 2, LATER + 1]


def test_a_large_group_does_not_make_all_rows_of_its_batch_as_wide(store: SqliteStore) -> None:
    members = [f"related-agent:m{number}" for number in range(3000)]
    batch = a_batch(
        *(a_statement(f"s{number}", terms=["verb:v"]) for number in range(5)),
        a_statement("group", terms=["verb:v", *members]),
        *(a_statement(f"t{number}", terms=["verb:v"]) for number in range(5)),
    )

    store.add(batch)

    everyone = store.find(Query(frozenset(["verb:v"])))
    assert len(everyone) == 11
    found = store.find(Query(frozenset([members[2999]])))
    assert [row.stored for row in found] == [everyone[5].stored]
