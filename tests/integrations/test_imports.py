"""Files that people import: each row is told, the same file again is harmless, bad files are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.servers import Server
from integrations.base import Act, Party, Result, SocialEvent, Thing
from integrations.event_files import import_events
from integrations.imports import (
    import_records,
    import_rows,
    mapping,
    reading,
    with_options,
)
from integrations.intake import Intake
from integrations.json_items import is_json, items_of
from integrations.registry import configured
from integrations.source import Source
from integrations.statement_files import import_statements, importer
from lrs.domain import strict_json
from lrs.domain.errors import BadRequest
from lrs.domain.vocabulary import ASSESSMENT, action_of
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.port import Query, Store
from tests.api.samples import a_statement, an_id
from tests.integrations.test_learning_systems import a_row
from tests.server import run_lrs, serving

HR = "https://hr.example"
HEADER = "Personeelsnummer;Naam;Cursuscode;Afgerond op;Status\n"
TABLE = HEADER + (
    "e1;Ann;PUMP-4;2026-03-02;Geslaagd\n"
    "e2;Bo;PUMP-4;2026-13-02;Geslaagd\n"
    "e3;Co;PUMP-4;2026-03-02;geannuleerd\n"
    "e1;Ann;PUMP-4;2026-03-02;Geslaagd\n"
)


@pytest.fixture(scope="module")
def up() -> Iterator[Server]:
    with serving(LRS_WORKERS="1") as server:
        yield server


def records(**settings: Any) -> Source:
    return configured({"name": "hr", "integration": "csv_records", "instance": HR, **settings})


def kept(intake: Intake) -> list[dict[str, Any]]:
    return [strict_json.kept(row.data) for row in intake.lrs.store.find(Query(frozenset()))]


def sent(intake: Intake, body: object, **how: Any) -> list[tuple[str, str]]:
    data = BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
    report = import_statements(
        intake.lrs, importer("https://lrs.example"), items_of(data, 64), **how
    )
    return [(row.outcome, row.reason) for row in report.rows]


def test_every_row_is_told_what_became_of_it(intake: Intake) -> None:
    report = import_records(intake, records(), TABLE.encode(), "records")

    assert [(row.line, row.outcome) for row in report.rows] == [
        (2, "stored"),
        (3, "refused"),
        (4, "skipped"),
        (5, "unchanged"),
    ]
    assert [action_of(statement) for statement in kept(intake)] == ["pass"]
    assert report.rows[0].statement == kept(intake)[0]["id"]


def test_a_dry_run_tells_the_same_and_stores_nothing(intake: Intake) -> None:
    dry = import_records(intake, records(), TABLE.encode(), "records", dry_run=True)

    assert kept(intake) == []
    assert dry.rows == import_records(intake, records(), TABLE.encode(), "records").rows


def test_the_same_file_again_changes_nothing(intake: Intake) -> None:
    import_records(intake, records(), TABLE.encode(), "records")
    before = kept(intake)

    again = import_records(intake, records(), TABLE.encode("cp1252"), "another-name")

    assert again.counts == {"stored": 0, "unchanged": 2, "skipped": 1, "refused": 1}
    assert kept(intake) == before


def test_a_row_told_in_other_words_leaves_the_first_and_says_so(intake: Intake) -> None:
    import_records(intake, records(), TABLE.encode(), "records")

    again = import_records(intake, records(), TABLE.replace("Ann", "Anna").encode(), "records")

    assert again.rows[0].outcome == "unchanged"
    assert "in other words" in again.rows[0].reason


def test_progress_ends_at_the_number_of_rows(intake: Intake) -> None:
    text = HEADER + "".join(f"e{n};;C{n};2026-03-02;Geslaagd\n" for n in range(1200))
    told: list[tuple[int, int]] = []

    import_records(
        intake, records(), text.encode(), "r", progress=lambda done, of: told.append((done, of))
    )

    assert told == [(500, 1200), (1000, 1200), (1200, 1200)]
    assert intake.lrs.store.counts()["statements"] == 1200


def test_who_has_not_agreed_is_not_recorded(intake: Intake) -> None:
    source = replace(records(consent="opt-in"))

    report = import_records(intake, source, TABLE.encode(), "records")

    assert report.rows[0][1:3] == ("skipped", "no consent")
    assert kept(intake) == []


def test_a_mapping_goes_before_the_headers(intake: Intake) -> None:
    text = "Wer;Was;Person\nE1;C1;nobody\n"
    source = with_options(records(), {"map": mapping("learner=Wer, course=was")})

    import_records(intake, source, text.encode(), "records")

    assert kept(intake)[0]["actor"]["account"]["name"] == "E1"


def test_a_header_with_a_comma_is_quoted() -> None:
    assert mapping('"person=Name, first",course=C') == {"Name, first": "person", "C": "object"}


@pytest.mark.parametrize("text", ["learner", "learner=", "colour=Rot", "=x"])
def test_a_mapping_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        mapping(text)

    assert refused.value.at == "map"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"one column\n1\n",
        b"a,b\n1,2\n",
        b"PK\x03\x04 no workbook",
        HEADER.encode(),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_table_of_records_is_refused(intake: Intake, body: bytes) -> None:
    with pytest.raises(BadRequest):
        import_records(intake, records(), body, "records")


def test_a_table_of_which_no_row_can_be_read_is_refused_with_the_first_reason(
    intake: Intake,
) -> None:
    text = HEADER + "e1;Ann;PUMP-4;02-03-2026;Geslaagd\n"

    with pytest.raises(BadRequest, match="line 2: the order of '02-03-2026' is not set"):
        import_records(intake, records(), text.encode(), "records")


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


def test_a_statement_told_twice_is_known_however_far_apart(intake: Intake) -> None:
    """What was kept is asked of the store; only a dry run has to remember all."""
    one, changed = a_statement(id=an_id()), {"result": {"success": True}}
    others = [a_statement(id=an_id()) for _ in range(1200)]
    lines = [one, *others, one, {**one, **changed}]
    body = b"\n".join(orjson.dumps(line) for line in lines)

    for dry_run in (True, False):
        outcomes = [outcome for outcome, _ in sent(intake, body, dry_run=dry_run)]
        assert outcomes == ["stored"] * 1201 + ["unchanged", "refused"]


def run(up: Server, file: Path, *words: str) -> Any:
    return run_lrs(up, "import", str(file), *words)


def test_the_command_tells_each_row_of_a_dry_run_and_the_totals(up: Server, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text(TABLE)

    dry = run(up, file, "--instance", HR, "--dry-run")
    done = run(up, file, "--instance", HR, "--json")

    assert dry.returncode == done.returncode == 0, dry.stderr + done.stderr
    assert dry.stdout.splitlines()[0] == "line 2: stored"
    assert dry.stdout.splitlines()[-1].startswith("stored 1, unchanged 1, skipped 1, refused 1")
    assert dry.stderr == done.stderr == ""
    said = json.loads(done.stdout)
    assert said["stored"] == 1
    assert [row["outcome"] for row in said["rows"]][1:] == ["refused", "skipped", "unchanged"]


def test_a_configured_source_gives_its_settings_and_its_health(up: Server, tmp_path: Path) -> None:
    added = run_lrs(
        up, "sources", "add", "lms", "--integration", "csv_records", "--instance", "https://lms.example",
        "--set", "options.dates=d-m-y",
    )  # fmt: skip
    file = tmp_path / "records.csv"
    file.write_text(HEADER + "e1;Ann;PUMP-4;02-03-2026;Geslaagd\n")

    done = run(up, file, "--source", "lms", "--json")

    assert added.returncode == done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stored"] == 1
    health = json.loads(run_lrs(up, "sources", "health", "lms", "--json").stdout)
    assert health["counts"] == {"stored": 1}


def test_statements_are_imported_by_command(up: Server, tmp_path: Path) -> None:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps([a_statement(), a_statement(actor={})]))

    done = run(up, file)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "stored 1, unchanged 0, skipped 0, refused 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TABLE, []),
        (TABLE, ["--instance", "nowhere"]),
        (TABLE, ["--source", "nobody"]),
        (TABLE, ["--instance", HR, "--map", "learner=Nothing"]),
        (TABLE, ["--instance", HR, "--act", "dance"]),
        (TABLE, ["--instance", HR, "--timezone", "Mars/Olympus"]),
        ("nothing", ["--instance", HR]),
        ("[", []),
        ("[]", ["--xapi", "9"]),
    ],
)
def test_a_bad_file_or_setting_is_one_line_and_exit_2(
    up: Server, tmp_path: Path, text: str, words: list[str]
) -> None:
    file = tmp_path / "records.csv"
    file.write_text(text)

    done = run(up, file, *words)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_log_rows_of_a_system_are_read_by_the_source_they_are_of(
    up: Server, tmp_path: Path
) -> None:
    options = '{"courses": [4]}'
    add = ["--integration", "moodle", "--instance", "https://lms.example"]
    assert (
        run_lrs(up, "sources", "add", "moodle-log", *add, "--set", f"options={options}").returncode
        == 0
    )
    rows = [a_row(), a_row(id=9002, anonymous=1), {"eventname": "\\core\\event\\x"}]
    file = tmp_path / "log.json"
    file.write_text("\n".join(json.dumps(row) for row in rows))

    dry = run_lrs(up, "import", str(file), "--source", "moodle-log", "--dry-run")
    first = run_lrs(up, "import", str(file), "--source", "moodle-log", "--json")
    again = run_lrs(up, "import", str(file), "--source", "moodle-log", "--json")

    assert "line 1: stored" in dry.stdout
    told = json.loads(first.stdout)
    assert [row["outcome"] for row in told["rows"]] == ["stored", "skipped", "skipped"]
    assert json.loads(again.stdout)["rows"][0]["outcome"] == "unchanged"
    health = json.loads(run_lrs(up, "sources", "health", "moodle-log", "--json").stdout)
    assert health["counts"]["stored"] == 1


def test_an_event_that_cannot_be_read_is_told_by_its_line(intake: Intake) -> None:
    settings = {"name": "lms", "integration": "moodle", "instance": "https://lms.example"}
    broken = a_row(timecreated="yesterday")
    items = items_of(BytesIO(orjson.dumps([broken, a_row()])), 40)

    report = import_events(intake, configured(settings), items)

    assert [(row.line, row.outcome) for row in report.rows] == [(1, "refused"), (2, "stored")]


def test_an_event_of_which_no_statement_can_be_built_is_told_by_its_line(intake: Intake) -> None:
    """A score of a wrong type is seen only where its Statement is made."""
    settings = {"name": "edx", "integration": "openedx", "instance": "https://edx.example"}
    source = configured(settings)
    right = SocialEvent(
        act=Act.SCORE,
        source_id="1",
        actor=Party("7"),
        object=Thing("block", ASSESSMENT),
        result=Result(raw=1.0, high=2.0),
    )
    broken = replace(right, source_id="2", result=Result(raw=1.0, high=""))  # type: ignore[arg-type]

    report = import_rows(
        intake,
        source,
        [(1, broken), (2, right)],
        reading(intake, source, dry_run=False),
    )

    assert [(row.line, row.outcome) for row in report.rows] == [(1, "refused"), (2, "stored")]


def test_a_file_may_hold_more_statements_than_a_request(store: Store) -> None:
    lrs = Lrs.over(store, Limits(max_batch=2, max_json_depth=64, max_page=500), HR)
    file = orjson.dumps([a_statement(id=an_id()) for _ in range(5)])

    report = import_statements(lrs, importer(HR), items_of(BytesIO(file), 64))

    assert report.counts["stored"] == 5
    assert len(store.find(Query(frozenset()))) == 5
