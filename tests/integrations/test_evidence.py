"""Tables of KPIs and ratings: what was declared is kept with its grade, everything else is told."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import Workbook

from analytics.facts.projection import Knowledge, facts_of
from integrations.evidence import Options, evidence_mapping, evidence_source, import_evidence
from integrations.imports import Report, with_options
from integrations.intake import Intake
from integrations.json_items import items_of
from integrations.statement_files import import_statements, importer
from lrs.domain import strict_json
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest
from lrs.domain.programmes import Evidence, Programme
from lrs.domain.validation import problems_in_body
from lrs.domain.versions import Version
from lrs.services.persons import Claim, Fact
from lrs.stores.port import Query
from tests.server import Client, run_lrs, serving

TICKETS = "https://kpi.example/measures/first-time-right"
WAIT = "https://kpi.example/measures/wait"
RATED = "https://kpi.example/measures/observed"
PROGRAMME = Programme(
    "feedback",
    {"en": "Giving feedback"},
    ("https://lms.example/courses/1",),
    evidence=(
        Evidence(TICKETS, "A", kpi=True),
        Evidence(WAIT, "A", kpi=True),
        Evidence(RATED, "B"),
    ),
)
TABLE = (
    "E-mailadres;Meetdatum;KPI;Waarde;Min;Max\n"
    "ann@example.org;2026-05-01;First time right;80,5;0;100\n"
    "bob@example.org;2026-05-01;first-time-right;120;0;100\n"
    "cas@example.org;2026-05-01;speed;1;0;10\n"
    "dan@example.org;;Wait;3;0;10\n"
    f"eva@example.org;2026-05-02;{WAIT};3;0;10\n"
)


def imported(intake: Intake, body: str | bytes, grade: Any = "A", **how: Any) -> Report:
    source = evidence_source(intake, None, how.pop("instance", None))
    source = with_options(source, {"dates": how.pop("dates", None)})
    data = body.encode() if isinstance(body, str) else body
    return import_evidence(intake, source, PROGRAMME, data, Options(grade, **how))


def kept(intake: Intake) -> list[dict[str, Any]]:
    found = intake.lrs.store.find(Query(frozenset(), ascending=True))
    return [strict_json.kept(row.data) for row in found]


def told(report: Report) -> list[tuple[int, str, str]]:
    return [(row.line, row.outcome, row.reason) for row in report.rows]


def test_every_row_is_told_and_only_what_was_declared_is_kept(intake: Intake) -> None:
    report = imported(intake, TABLE)

    assert told(report) == [
        (2, "stored", ""),
        (3, "refused", "120 does not lie between 0 and 100"),
        (4, "refused", "which evidence is 'speed'? Declared are: first-time-right, wait"),
        (5, "refused", "no date"),
        (6, "stored", ""),
    ]
    first, other = kept(intake)
    assert problems_in_body([first, other], Version.V2) == []
    assert first["actor"]["mbox"] == "mailto:ann@example.org"
    assert first["object"]["id"] == TICKETS
    assert first["result"]["score"] == {"raw": 80.5, "min": 0, "max": 100, "scaled": 0.805}
    assert first["context"]["extensions"] == {v.GRADE: "A", v.PROGRAMME: "feedback"}
    assert other["object"]["id"] == WAIT


def test_the_facts_have_it_in_the_channel_of_transfer(intake: Intake) -> None:
    imported(intake, TABLE)

    [fact] = facts_of(kept(intake)[0], 2**60, Knowledge())

    assert (fact.channel, fact.score) == ("transfer", 0.805)


def test_the_same_file_again_in_another_encoding_changes_nothing(intake: Intake) -> None:
    imported(intake, TABLE)
    before = kept(intake)

    again = imported(intake, TABLE.replace(";", "\t").encode("utf-16"))

    assert again.counts == {"stored": 0, "unchanged": 2, "skipped": 0, "refused": 3}
    assert kept(intake) == before


def test_a_corrected_value_leaves_the_first_and_says_so(intake: Intake) -> None:
    imported(intake, TABLE)

    again = imported(intake, TABLE.replace("80,5", "90"))

    assert told(again)[0] == (2, "unchanged", "told before in other words; the first stays")
    assert kept(intake)[0]["result"]["score"]["raw"] == 80.5


def test_once_the_first_is_voided_the_corrected_value_is_kept(intake: Intake) -> None:
    first = imported(intake, TABLE).rows[0].statement
    voiding = {
        "actor": {"mbox": "mailto:admin@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": first},
    }
    admin = importer("https://lrs.example")
    import_statements(intake.lrs, admin, items_of(BytesIO(orjson.dumps(voiding)), 64))

    done = [imported(intake, TABLE.replace("80,5", "90")) for _ in range(2)]

    assert [report.rows[0].outcome for report in done] == ["stored", "unchanged"]
    scores = [one["result"]["score"]["raw"] for one in kept(intake) if "result" in one]
    assert sorted(scores) == [3, 90]


def test_a_dry_run_tells_the_same_and_keeps_nothing(intake: Intake) -> None:
    dry = imported(intake, TABLE, dry_run=True)

    assert kept(intake) == []
    assert dry.rows == imported(intake, TABLE).rows


def test_a_workbook_of_ratings_names_who_rated(intake: Intake) -> None:
    book = Workbook()
    for line in (
        ["Medewerker", "Datum", "Beoordeling", "Beoordelaar"],
        ["77", "03-05-2026", 4, "bo@example.org"],
    ):
        book.active.append(line)
    out = BytesIO()
    book.save(out)
    claims, facts = [Claim("mbox:mailto:ann@example.org")], [Fact("employee", "77")]
    intake.lrs.persons.put(None, claims, facts, by="test", evidence="a test")

    report = imported(intake, out.getvalue(), "B", dates="d-m-y", low=1.0, high=5.0)

    assert report.counts["stored"] == 1
    [statement] = kept(intake)
    assert statement["actor"]["mbox"] == "mailto:ann@example.org"
    assert statement["context"]["instructor"]["mbox"] == "mailto:bo@example.org"
    assert statement["result"]["score"] == {"raw": 4, "min": 1, "max": 5, "scaled": 0.75}
    assert statement["timestamp"] == "2026-05-03T00:00:00Z"


def test_columns_may_be_named_on_the_command_line(intake: Intake) -> None:
    table = "Wie,Wanneer,Hoeveel\nann@example.org,2026-05-01,0.4\n"
    mapped = evidence_mapping("person=Wie,date=Wanneer,scaled=Hoeveel")

    report = imported(intake, table, "B", mapped=mapped)

    assert report.counts["stored"] == 1
    assert kept(intake)[0]["result"]["score"] == {"scaled": 0.4}


def test_a_number_nobody_has_is_refused_unless_it_is_an_account(intake: Intake) -> None:
    table = "person,date,scaled\n42,2026-05-01,0.4\n"

    refused = imported(intake, table, "B")
    stored = imported(intake, table, "B", accounts=True, instance="https://hr.example")

    assert told(refused)[0][1:] == (
        "refused",
        "nobody is known by '42'; --instance makes it an account",
    )
    assert stored.counts["stored"] == 1
    account = {"homePage": "https://hr.example", "name": "42"}
    assert kept(intake)[0]["actor"]["account"] == account


def test_who_withdrew_consent_is_left_out(intake: Intake) -> None:
    intake.lrs.consent.withdraw(None, "mailto:ann@example.org")

    report = imported(intake, TABLE)

    assert told(report)[0] == (2, "skipped", "no consent")
    assert len(kept(intake)) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ann@example.org,2026-05-01,0.4,,", "a value needs bounds"),
        ("ann@example.org,2026-05-01,,,", "no value"),
        ("ann@example.org,2026-05-01,x,0,1", "could not convert"),
        ("ann@example.org,01/05/2026,1,0,1", "the order of"),
        ("ann@example.org,2026-05-01,1,1,0", "does not lie between"),
        (",2026-05-01,1,0,1", "no person"),
        ("ann@example.org,2026-05-01,1,0", "another number of cells"),
        ("mailto:nobody,2026-05-01,1,0,1", ""),
    ],
)
def test_a_row_that_cannot_be_read_is_told(intake: Intake, row: str, why: str) -> None:
    report = imported(intake, f"person,date,value,min,max\n{row}\n", kpi="wait")

    assert report.rows[0].outcome == "refused"
    assert why in report.rows[0].reason


@pytest.mark.parametrize(
    ("body", "grade", "why"),
    [
        ("person,date,value\n", "A", "no rows"),
        ("person,value\nann,1\n", "A", "a column for the date"),
        ("date,value\n2026-05-01,1\n", "A", "a column for the person"),
        ("person,date\nann,2026-05-01\n", "A", "a column for the value"),
        ("person,date,value\nann,2026-05-01,1\n", "C", "declares no evidence of grade C"),
    ],
)
def test_a_table_that_cannot_be_evidence_is_refused_whole(
    intake: Intake, body: str, grade: str, why: str
) -> None:
    with pytest.raises(BadRequest, match=why):
        imported(intake, body, grade)


def test_the_command_takes_a_file_and_tells_every_row(tmp_path: Path) -> None:
    table = tmp_path / "kpi.csv"
    table.write_text(TABLE)
    declaration = {
        "id": "feedback",
        "name": {"en": "Giving feedback"},
        "activities": ["https://lms.example/courses/1"],
        "evidence": [{"activity": TICKETS, "grade": "A", "kpi": True}],
    }
    words = ("evidence", "import", str(table), "--programme", "feedback", "--grade", "A")
    with serving(LRS_WORKERS="1") as server:
        client = Client.of(server)
        assert client.post("/api/programmes", json=declaration).status_code in (200, 201)

        dry = run_lrs(server, *words, "--dry-run", "--json")
        done = run_lrs(server, *words, "--json")
        unknown = run_lrs(server, *words[:4], "none", *words[5:])

        assert json.loads(dry.stdout)["rows"] == json.loads(done.stdout)["rows"]
        assert json.loads(done.stdout)["stored"] == 1
        assert unknown.returncode == 2
        assert len(client.ids(activity=TICKETS)) == 1
        client.session.close()
