"""Statements go out of either store byte for byte, and into an empty one again."""

from __future__ import annotations

import re
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from integrations.imports import Report
from integrations.json_items import items_of
from integrations.statement_files import import_statements, importer
from lrs.domain import attachments, strict_json, terms
from lrs.domain.parameters import statement_query
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services import exports
from lrs.services.exports import Exported, Wanted
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.files import AttachmentFiles
from lrs.stores.port import AttachmentStore, Store
from lrs.stores.sqlite import SqliteStore
from tests.api.samples import (
    a_statement,
    about,
    an_activity,
    an_agent,
    an_attachment,
    an_id,
    voiding,
)


@pytest.fixture
def lrs(store: Store) -> Lrs:
    return over(store)


def over(store: Store) -> Lrs:
    return Lrs.over(store, Limits(5000, 64, 500), "https://lrs.example")


def keep(lrs: Lrs, *statements: dict[str, Any], data: bytes = b"") -> list[str]:
    """Kept as one request of another Authority than that of files; "=1.10" is the number 1.10."""
    received = {}
    if data:
        sha2 = an_attachment(data)["sha2"]
        received = {sha2: attachments.Received(sha2, "", memoryview(data))}
    who, _ = lrs.access.create("LMS", ["statements/write", "define"])
    text = re.sub(r'"=([^"]+)"', r"\1", orjson.dumps(statements).decode())
    body = strict_json.loads(text.encode(), 64)
    now = time.time_ns() // 1000
    return lrs.statements.keep(Request(body, received, who, Version.V2, now))


def exported(
    store: Store, wanted: Wanted | None = None, into: AttachmentStore | None = None
) -> tuple[bytes, Exported]:
    pieces: list[bytes] = []
    pages = list(exports.export(store, wanted or Wanted(), pieces.append, into))
    return b"".join(pieces), pages[-1] if pages else Exported()


def ids(lines: bytes) -> list[str]:
    return [strict_json.kept(line)["id"] for line in lines.splitlines()]


def asking(voided: bool = False, **filters: Any) -> Wanted:
    told = {name: [value] for name, value in filters.items()}
    return Wanted(terms.required(statement_query(told, Version.V2)), voided=voided)


def imported(store: Store, lines: bytes, data: AttachmentStore | None = None) -> Report:
    lrs = over(store)
    items = items_of(BytesIO(lines), 64, data)
    return import_statements(lrs, importer("https://lrs.example"), items)


def test_statements_go_out_as_they_are_kept_oldest_first(lrs: Lrs) -> None:
    kept = keep(lrs, a_statement(result={"score": {"raw": 1}}), *[a_statement() for _ in range(3)])
    odd = keep(lrs, a_statement(result={"extensions": {"https://e.example/x": "=1.10E+400"}}))

    lines, done = exported(lrs.store)

    assert ids(lines) == kept + odd
    assert lines.splitlines() == [
        found.data for found in (lrs.store.get(each) for each in kept + odd) if found
    ]
    assert done.statements == 5


def test_an_export_of_more_than_a_page_holds_each_statement_once(lrs: Lrs) -> None:
    kept = [each for _ in range(3) for each in keep(lrs, *[a_statement() for _ in range(400)])]

    lines, done = exported(lrs.store)

    assert ids(lines) == kept
    assert done.last == max(row.stored for row in lrs.store.scan(-1, 2**62, 2000))


def test_large_statements_come_in_short_pages(lrs: Lrs) -> None:
    """Memory is bounded by bytes, not by how many Statements there are."""
    large = {"extensions": {"https://e.example/x": "x" * 500_000}}
    for _ in range(6):
        keep(lrs, *[a_statement(result=large) for _ in range(10)])
    pages: list[bytes] = []

    for _ in exports.export(lrs.store, Wanted(), pages.append):
        pass

    assert sum(page.count(b"\n") for page in pages) == 60
    assert max(len(page) for page in pages) < 10 * 2**20


def test_who_goes_on_after_the_last_gets_what_is_new(lrs: Lrs) -> None:
    keep(lrs, a_statement())
    _, done = exported(lrs.store)
    assert done.last is not None
    new = keep(lrs, a_statement())

    lines, _ = exported(lrs.store, Wanted(since=done.last))

    assert ids(lines) == new
    assert exported(lrs.store, Wanted(until=done.last))[1].statements == 1


def test_voided_statements_come_only_when_they_are_asked_for(lrs: Lrs) -> None:
    [gone] = keep(lrs, a_statement())
    [voids] = keep(lrs, voiding(gone))

    assert ids(exported(lrs.store)[0]) == [voids]
    assert ids(exported(lrs.store, Wanted(voided=True))[0]) == [gone, voids]


@pytest.mark.parametrize("voided", [False, True])
def test_filters_are_those_of_the_standard(lrs: Lrs, voided: bool) -> None:
    ann, pump = an_agent(), an_activity()
    [both] = keep(lrs, a_statement(actor=ann, object=pump))
    keep(lrs, a_statement(actor=ann), a_statement(object=pump))
    [beside] = keep(
        lrs,
        a_statement(context={"instructor": ann, "contextActivities": {"parent": [pump]}}),
    )
    [reply] = keep(lrs, about(both))
    agent, activity = orjson.dumps(ann).decode(), pump["id"]
    widely = {"related_agents": "true", "related_activities": "true"}

    narrow, _ = exported(lrs.store, asking(voided, agent=agent, activity=activity))
    wide, _ = exported(lrs.store, asking(voided, agent=agent, activity=activity, **widely))

    assert ids(narrow) == [both, reply]
    assert ids(wide) == [both, beside, reply]


def test_of_several_filters_the_voided_too_have_to_meet_all(lrs: Lrs) -> None:
    ann = an_agent()
    kept = keep(lrs, *[a_statement(actor=ann) for _ in range(3)], a_statement())
    keep(lrs, voiding(kept[1]))
    filters = {"agent": orjson.dumps(ann).decode(), "verb": a_statement()["verb"]["id"]}

    all_of_them, _ = exported(lrs.store, asking(True, **filters))

    assert [each for each in ids(all_of_them) if each in kept] == kept[:3]
    assert kept[1] not in ids(exported(lrs.store, asking(False, **filters))[0])


def test_attachments_go_out_by_hash_and_a_missing_one_is_named(lrs: Lrs, tmp_path: Path) -> None:
    data, folder = b"proof" * 1000, AttachmentFiles(tmp_path / "data")
    kept = keep(lrs, a_statement(attachments=[an_attachment(data)]), data=data)
    elsewhere = an_attachment(b"x", fileUrl="https://e.example/x")
    keep(lrs, a_statement(attachments=[elsewhere]))

    _, done = exported(lrs.store, into=folder)
    _, again = exported(lrs.store, into=folder)

    assert list(folder.hashes()) == [an_attachment(data)["sha2"]]
    with folder.open(an_attachment(data)["sha2"]) or pytest.fail("not there") as copy:
        assert copy.read() == data
    assert (done.attachments, done.missing) == (1, {})
    assert (again.attachments, again.missing) == (0, {})
    assert kept


def test_what_went_out_comes_into_an_empty_store_equal_but_for_stored_and_authority(
    lrs: Lrs, tmp_path: Path
) -> None:
    data = b"proof" * 1000
    target = an_id()
    [first] = keep(
        lrs,
        a_statement(
            attachments=[an_attachment(data)],
            result={
                "extensions": {
                    "https://e.example/x": ["=1.10", "=123456789012345678901234567890", "\u2028\n"]
                }
            },
        ),
        data=data,
    )
    keep(lrs, about(target), a_statement(id=target))
    keep(lrs, voiding(first))
    keep(lrs, *[a_statement(timestamp="2026-03-01T10:00:00+02:00") for _ in range(3)])
    folder = AttachmentFiles(tmp_path / "data")
    lines, _ = exported(lrs.store, Wanted(voided=True), folder)
    other = SqliteStore.open(tmp_path / "other.sqlite", tmp_path / "other")

    try:
        report = imported(other, lines, folder)
        again, done = exported(other, Wanted(voided=True), AttachmentFiles(tmp_path / "data2"))

        assert report.counts["stored"] == 7, report.rows
        assert [bare(line) for line in again.splitlines()] == [
            bare(line) for line in lines.splitlines()
        ]
        assert authority_of(again) != authority_of(lines)
        assert done.attachments == 1
        gone = other.get(first)
        assert gone is not None
        assert gone.voided
        assert other.counts()["voided"] == 1
    finally:
        other.close()


def bare(line: bytes) -> bytes:
    """The exact JSON without what a store says anew."""
    parsed: Parsed = strict_json.loads(line, 64)
    told = {k: v for k, v in parsed.exact.items() if k not in ("stored", "authority")}
    return orjson.dumps(told)


def authority_of(lines: bytes) -> Any:
    return orjson.loads(lines.splitlines()[0])["authority"]


def test_data_beside_a_file_that_has_another_hash_is_refused(lrs: Lrs, tmp_path: Path) -> None:
    data, folder = b"proof", AttachmentFiles(tmp_path)
    statement = a_statement(id=an_id(), attachments=[an_attachment(data)])
    folder.put(an_attachment(data)["sha2"], b"other")

    report = imported(lrs.store, orjson.dumps(statement), folder)
    without = imported(lrs.store, orjson.dumps(statement))

    assert [row.outcome for row in report.rows] == ["refused"]
    assert "another hash" in report.rows[0].reason
    assert [row.outcome for row in without.rows] == ["refused"]
