"""Files of Statements that people import: whole or one on a line, each told what became of it."""

from __future__ import annotations

import os
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from integrations.intake import Intake
from integrations.json_items import is_json, items_of
from integrations.statement_files import import_statements, importer
from lrs.cli_import import unpacked
from lrs.domain.errors import BadRequest
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.port import Query, Store
from tests.api.samples import a_statement, an_id
from tests.integrations.test_imports import HR, kept


def sent(intake: Intake, body: object, **how: Any) -> list[tuple[str, str]]:
    data = BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
    report = import_statements(
        intake.lrs, importer("https://lrs.example"), items_of(data, 64), **how
    )
    return [(row.outcome, row.reason) for row in report.rows]


@pytest.mark.parametrize(
    "body",
    [
        [a_statement(id=an_id()), a_statement()],
        {"statements": [a_statement(), a_statement()], "more": ""},
        orjson.dumps(a_statement()) + b"\n\n" + orjson.dumps(a_statement()) + b"\n",
        b"\xef\xbb\xbf" + orjson.dumps([a_statement(), a_statement(id=an_id().upper())]),
    ],
    ids=["list", "answer", "lines", "mark"],
)
def test_statements_are_taken_in_once_however_they_are_written(intake: Intake, body: Any) -> None:
    first, second = sent(intake, body), sent(intake, body)

    assert first == [("stored", "")] * 2
    assert second == [("unchanged", "told before")] * 2
    assert intake.lrs.store.counts()["statements"] == 2


def test_one_statement_alone_is_a_file_too(intake: Intake) -> None:
    assert sent(intake, a_statement(id=an_id())) == [("stored", "")]


def test_a_statement_that_breaks_the_standard_keeps_no_other_out(intake: Intake) -> None:
    broken = a_statement(actor={"mbox": "anna"})
    missing = a_statement(
        attachments=[
            {
                "usageType": "https://example.org/proof",
                "display": {"en": "proof"},
                "contentType": "text/plain",
                "length": 1,
                "sha2": "a" * 64,
            }
        ]
    )

    told = sent(intake, [broken, a_statement(), missing, {"actor": 7}])

    assert [outcome for outcome, _ in told] == ["refused", "stored", "refused", "refused"]
    assert told[0][1].startswith("actor.mbox")


def test_a_line_that_is_no_json_is_refused_by_its_number(intake: Intake) -> None:
    lines = orjson.dumps(a_statement()) + b"\n{cut off\n" + orjson.dumps(a_statement())

    assert [outcome for outcome, _ in sent(intake, lines)] == ["stored", "refused", "stored"]


@pytest.mark.parametrize("body", [b"[", b"{\n{\n", b"[]", b'{"statements": []}'])
def test_what_holds_no_statement_is_refused(intake: Intake, body: bytes) -> None:
    with pytest.raises(BadRequest):
        sent(intake, body)


def test_another_statement_under_a_known_id_is_refused(intake: Intake) -> None:
    known = an_id()
    sent(intake, a_statement(id=known))

    assert sent(intake, a_statement(id=known))[0][0] == "refused"


def test_each_version_is_read_by_its_own_rules(intake: Intake) -> None:
    old = a_statement(version="1.0.3", context={"contextAgents": []})
    new = a_statement(version="2.0.0", context={"contextAgents": []})

    assert [outcome for outcome, _ in sent(intake, [old, new])] == ["refused", "stored"]


def test_a_dry_run_of_statements_stores_none(intake: Intake) -> None:
    assert sent(intake, [a_statement()], dry_run=True) == [("stored", "")]
    assert kept(intake) == []


def test_a_number_is_kept_as_it_is_spelled(intake: Intake) -> None:
    text = orjson.dumps(a_statement(result={"extensions": {"https://e.example/x": 7}}))

    sent(intake, text.replace(b":7}", b":7.10}"))

    assert b":7.10}" in intake.lrs.store.find(Query(frozenset()))[0].data


@pytest.mark.parametrize(
    ("body", "json_"), [(b" {", True), (b"\xef\xbb\xbf[", True), (b"a,b", False)]
)
def test_json_is_told_from_a_table_by_its_first_sign(body: bytes, json_: bool) -> None:
    assert is_json(BytesIO(body)) is json_


def test_statements_one_on_a_line_are_read_when_their_turn_comes(tmp_path: Path) -> None:
    """An export of a million Statements is larger than the memory of most machines."""
    file = tmp_path / "export.jsonl"
    lines = [orjson.dumps(a_statement(id=an_id())) for _ in range(3000)]
    file.write_bytes(b"\xef\xbb\xbf\n" + b"\r\n".join(lines) + b"\n\n{broken\n")

    with file.open("rb") as body:
        items = items_of(body, 64)
        first = next(iter(items))
        read_so_far = body.tell()
        whole = list(items)

    assert (first.line, first.statement.plain) == (2, orjson.loads(lines[0]))
    assert read_so_far < file.stat().st_size / 10
    assert len(items) == len(whole) == 3001
    assert whole == list({item.line: item for item in whole}.values())
    assert [item.statement.plain for item in whole[:3000]] == [orjson.loads(one) for one in lines]
    assert (whole[-1].line, type(whole[-1].statement.plain)) == (3003, str)


def test_what_comes_through_a_pipe_can_be_gone_through_twice(tmp_path: Path) -> None:
    pipe, told = tmp_path / "pipe", b"{}\n{}\n"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(told,))
    writer.start()

    with unpacked(pipe) as body:
        assert [body.read(), body.seek(0), body.read()] == [told, 0, told]
    writer.join()


def test_a_statement_told_twice_is_known_however_far_apart(intake: Intake) -> None:
    """What was kept is asked of the store; only a dry run has to remember all."""
    one, changed = a_statement(id=an_id()), {"result": {"success": True}}
    others = [a_statement(id=an_id()) for _ in range(1200)]
    lines = [one, *others, one, {**one, **changed}]
    body = b"\n".join(orjson.dumps(line) for line in lines)

    for dry_run in (True, False):
        outcomes = [outcome for outcome, _ in sent(intake, body, dry_run=dry_run)]
        assert outcomes == ["stored"] * 1201 + ["unchanged", "refused"]


def test_a_file_may_hold_more_statements_than_a_request(store: Store) -> None:
    lrs = Lrs.over(store, Limits(max_batch=2, max_json_depth=64, max_page=500), HR)
    file = orjson.dumps([a_statement(id=an_id()) for _ in range(5)])

    report = import_statements(lrs, importer(HR), items_of(BytesIO(file), 64))

    assert report.counts["stored"] == 5
    assert len(store.find(Query(frozenset()))) == 5
