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
from integrations.json_items import items_of
from integrations.registry import configured
from integrations.source import Source
from lrs.domain import strict_json
from lrs.domain.errors import BadRequest
from lrs.domain.vocabulary import ASSESSMENT, action_of
from lrs.stores.port import Query
from tests.api.samples import a_statement
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
