"""The format of a store's file: older is brought up, newer and foreign are refused untouched."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw
import pytest

from lrs.stores import sqlite_schema
from lrs.stores.sqlite import SqliteStore
from tests.contract.builders import a_batch, an_id
from tests.contract.builders import a_statement as a_new_statement
from tests.reliability.checking import assert_sound
from tests.reliability.load import a_statement
from tests.reliability.running import Server

NAMES = [f"old-{number}" for number in range(50)]


@pytest.fixture
def empty(tmp_path: Path) -> Server:
    """A server whose store is not there yet."""
    (tmp_path / "data").mkdir()
    return Server(tmp_path / "data", tmp_path)


def _make_format_1(path: Path) -> None:
    """A store as the first version of this software left it, with Statements."""
    today = path.with_name("today.sqlite")
    with contextlib.closing(SqliteStore.open(today, path.parent)) as store:
        store.add(a_batch(*(a_new_statement(name, terms={"verb:old"}) for name in NAMES)))
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    sqlite_schema.upgrade(connection, to=1)
    connection.execute("ATTACH ? AS today", (str(today),))
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for [table] in tables:
        connection.execute(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM today.{table}")
    connection.close()


def _version(path: Path) -> int:
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        version: int = connection.pragma("user_version")
        return version


def test_an_old_store_is_brought_up_at_start_and_keeps_its_statements(empty: Server) -> None:
    _make_format_1(empty.path)
    assert _version(empty.path) == 1

    empty.create_key()
    empty.start()
    try:
        with empty.client() as client:
            for name in NAMES:
                query = {"statementId": an_id(name)}
                assert client.ask("GET", "/xapi/statements", query=query).status == 200
            assert client.ask("POST", "/xapi/statements", a_statement("new", 1)).status == 200
        assert empty.stop() == 0
    finally:
        empty.discard()

    assert _version(empty.path) == sqlite_schema.FORMAT
    assert_sound(empty.path)


@pytest.mark.parametrize("old", [True, False], ids=["format 1", "no file yet"])
def test_processes_that_open_a_store_at_once_bring_it_up_once(empty: Server, old: bool) -> None:
    """Each step would fail if it were done again; nobody is told that the file is locked."""
    if old:
        _make_format_1(empty.path)

    commands = [empty.begin_command("keys", "list") for _ in range(6)]
    outcomes = [(*command.communicate(timeout=60), command.returncode) for command in commands]

    assert outcomes == [("", "", 0)] * 6
    assert _version(empty.path) == sqlite_schema.FORMAT


def test_a_newer_store_is_refused_and_left_as_it_is(empty: Server) -> None:
    empty.create_key()
    connection = apsw.Connection(str(empty.path))
    connection.pragma("user_version", sqlite_schema.FORMAT + 1)
    connection.close()

    assert_refused(empty, f"the store has format {sqlite_schema.FORMAT + 1}")


def test_a_database_that_is_no_store_is_refused_and_left_as_it_is(empty: Server) -> None:
    with contextlib.closing(apsw.Connection(str(empty.path))) as connection:
        connection.execute("CREATE TABLE statement (precious TEXT)")

    assert_refused(empty, "not a Learning Record Store")


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(empty: Server) -> None:
    empty.path.write_text("precious\n" * 1000)

    assert_refused(empty, "no SQLite database")


def assert_refused(server: Server, reason: str) -> None:
    """Both a command and the server end at once, say why in one line, and touch nothing."""
    before = server.path.read_bytes()

    command = server.command("keys", "list")
    process = server.begin()
    code = process.wait(timeout=30)

    assert command.returncode == code == 1
    for said in (command.stderr, server.log()):
        assert reason in said
        assert len(said.splitlines()) == 1
    assert server.path.read_bytes() == before
