"""What must hold of a store after whatever happened to it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import apsw

from tests.reliability.load import ADDED_BY_A_STORE, VOIDED, Json, Log, Sent, at, document
from tests.reliability.running import Client


def assert_kept(client: Client, logs: Sequence[Log]) -> dict[str, Json]:
    """
    What was answered is kept, unaltered, and no batch is there in part.

    Args:
        logs: All that was ever sent to this store.

    Returns:
        Every Statement that is listed, by id.
    """
    sent = [request for log in logs for request in log.sent]
    known = {s["id"]: s for request in sent for s in request.statements}
    everything = client.every_statement()
    listed = {s["id"]: s for s in everything}
    assert len(listed) == len(everything), "a Statement is listed twice"
    assert set(listed) <= set(known)
    voided = _voided(client, sent, listed)
    for request in sent:
        there = {s["id"] in listed or s["id"] in voided for s in request.statements}
        assert len(there) == 1, "a batch is there in part"
        assert not request.answered or there == {True}, "what was answered is lost"
    for statement_id, kept in (listed | voided).items():
        assert_equal(known[statement_id], kept)
    return listed


def _voided(client: Client, sent: Sequence[Sent], listed: Mapping[str, Json]) -> dict[str, Json]:
    """The voided Statements: those whose voiding Statement is there, and no others."""
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


def assert_filters_find(client: Client, log: Log, listed: Mapping[str, Json]) -> int:
    """Each filter that Statements of a load can be found by finds those and no others."""
    expected: dict[tuple[str, str], set[str]] = defaultdict(set)
    for request in log.sent:
        for statement in request.statements:
            if statement["id"] in listed:
                for each in _filters(statement, request):
                    expected[each].add(statement["id"])
    for (name, value), ids in expected.items():
        found = client.every_statement({name: value})
        assert {s["id"] for s in found} == ids
        assert len(found) == len(ids)
    return len(expected)


def _filters(statement: Json, request: Sent) -> Iterator[tuple[str, str]]:
    """Of those that the load's other requests share, and of a batch the registration too."""
    # What voids a Statement is found by whatever finds that one (Communication 2.1.3).
    found_by = [statement]
    if statement["verb"]["id"] == VOIDED:
        found_by.append(request.statements[0])
    for each in found_by:
        yield "agent", json.dumps({"mbox": each["actor"]["mbox"]})
        if each["verb"]["id"] != VOIDED:
            yield "verb", each["verb"]["id"]
            yield "activity", each["object"]["id"]
        if len(request.statements) > 1:
            yield "registration", each["context"]["registration"]


def assert_documents(client: Client, log: Log) -> None:
    """A document is the one last answered or the one under way then, and whole."""
    for name, (answered, tried) in log.documents.items():
        answer = client.ask("GET", "/xapi/activities/state", query=at(name))
        if answer.status == 404:
            assert not answered, "a document that was answered is lost"
        else:
            assert answer.body in [document(n) for n in range(max(answered, 1), tried + 1)]


def assert_sound(path: Path) -> None:
    """The file is whole, and its index points at Statements and leaves none out."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        lost = "SELECT count(*) FROM posting WHERE stored NOT IN (SELECT stored FROM statement)"
        bare = "SELECT count(*) FROM statement WHERE stored NOT IN (SELECT stored FROM posting)"
        assert connection.execute(lost).get == 0
        assert connection.execute(bare).get == 0
    finally:
        connection.close()
