"""What must hold of a store after whatever happened to it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import apsw

from tests.reliability.load import ADDED_BY_A_STORE, VOIDED, Json, Log, Sent, at, document
from tests.reliability.running import Client


def assert_kept(client: Client, logs: Sequence[Log]) -> int:
    """
    What was answered is kept, unaltered, and found by every filter; no batch is there in part.

    Args:
        logs: All that was ever sent to this store.

    Returns:
        How many Statements were compared.
    """
    sent = [request for log in logs for request in log.sent]
    known = {s["id"]: s for request in sent for s in request.statements}
    listed = {s["id"]: s for s in client.every_statement()}
    assert set(listed) <= set(known)
    voided = _voided(client, sent, listed)
    for request in sent:
        there = {s["id"] in listed or s["id"] in voided for s in request.statements}
        assert len(there) == 1, "a batch is there in part"
        assert not request.answered or there == {True}, "what was answered is lost"
    for statement_id, kept in (listed | voided).items():
        assert_equal(known[statement_id], kept)
    return len(listed) + len(voided)


def _voided(client: Client, sent: Sequence[Sent], listed: Collection[str]) -> dict[str, Json]:
    """The voided Statements; those whose voiding Statement is there, and no others, are voided."""
    found = {}
    for request in sent:
        if request.statements[-1]["verb"]["id"] == VOIDED:
            target = request.statements[0]["id"]
            answer = client.ask("GET", "/xapi/statements", query={"voidedStatementId": target})
            assert (answer.status == 200) is (request.statements[-1]["id"] in listed)
            if answer.status == 200:
                assert target not in listed
                found[target] = answer.json
    return found


def assert_equal(sent: Json, kept: Json) -> None:
    """The same JSON, but for what a store adds."""
    assert {name: kept.get(name) for name in sent} == sent
    assert set(kept) - set(sent) <= ADDED_BY_A_STORE


def assert_filters_find(client: Client, log: Log) -> int:
    """Every filter that the Statements of a load can be found by finds exactly those there."""
    expected: dict[tuple[str, str], set[str]] = defaultdict(set)
    listed = {s["id"] for s in client.every_statement()}
    for request in log.sent:
        # The list of a voided target's filters holds the Statement that voids it.
        target = request.statements[0]
        for statement in request.statements:
            if statement["id"] not in listed:
                continue
            filters = set(_filters(statement))
            if statement["verb"]["id"] == VOIDED:
                filters |= set(_filters(target))
            for each in filters:
                expected[each].add(statement["id"])
    for (name, value), ids in expected.items():
        found = [s["id"] for s in client.every_statement({name: value})]
        assert len(found) == len(set(found))
        ours = set(found) & listed if name == "verb" and value == VOIDED else set(found)
        assert ours >= ids
        if value != VOIDED:
            assert ours == ids
    return len(expected)


def _filters(statement: Json) -> list[tuple[str, str]]:
    found = [
        ("agent", json.dumps({"mbox": statement["actor"]["mbox"]})),
        ("verb", statement["verb"]["id"]),
        ("registration", statement["context"]["registration"]),
    ]
    if "id" in statement["object"] and "objectType" not in statement["object"]:
        found.append(("activity", statement["object"]["id"]))
    return found


def assert_documents(client: Client, log: Log) -> None:
    """A document is the one last answered or the one under way then, and whole."""
    for name, (answered, tried) in log.documents.items():
        answer = client.ask("GET", "/xapi/activities/state", query=at(name))
        possible = {document(number) for number in range(max(answered, 1), tried + 1)}
        if answered:
            assert answer.status == 200, "a document that was answered is lost"
        assert answer.status == 404 or answer.body in possible


def assert_sound(path: Path) -> None:
    """The file is whole, and the index holds exactly what its Statements carry."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        [[lost]] = connection.execute(
            "SELECT count(*) FROM posting p LEFT JOIN statement s USING (stored) WHERE s.id IS NULL"
        ).fetchall()
        [[bare]] = connection.execute(
            "SELECT count(*) FROM statement s WHERE NOT EXISTS "
            "(SELECT 1 FROM posting p WHERE p.stored = s.stored) AND s.flags < 2"
        ).fetchall()
        assert (lost, bare) == (0, 0)
    finally:
        connection.close()


def newest_first(statements: Sequence[Json]) -> bool:
    times: list[Any] = [s["stored"] for s in statements]
    return times == sorted(times, reverse=True)
