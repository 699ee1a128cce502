"""POST /api/validate and `lrs validate FILE`: all that is wrong, and nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.servers import Server
from tests.api.samples import a_statement, an_id
from tests.server import Client, refusal, run_lrs

TWO_FAULTS = a_statement(actor={"mbox": "anna"}, result={"score": {"scaled": 7}})
OF_2_0 = a_statement(context={"contextAgents": []})


def test_a_valid_statement_has_no_errors_and_is_not_stored(lrs: Client) -> None:
    statement = a_statement(id=an_id())

    answer = lrs.post("/api/validate", json=statement)

    assert answer.json() == {"valid": True, "errors": []}
    assert lrs.get("statements", params={"statementId": statement["id"]}).status_code == 404


def test_all_faults_of_all_statements_are_named(lrs: Client) -> None:
    answer = lrs.post("/api/validate", json=[a_statement(), TWO_FAULTS])

    said = answer.json()
    assert said["valid"] is False
    assert {error["at"] for error in said["errors"]} == {
        "[1].actor.mbox",
        "[1].result.score.scaled",
    }
    assert all(set(error) == {"at", "detail", "spec"} for error in said["errors"])
    assert all(error["detail"] and error["spec"] for error in said["errors"])


def test_the_version_is_a_parameter(lrs: Client) -> None:
    new = lrs.post("/api/validate", json=OF_2_0, params={"xapi": "2.0.0"})
    old = lrs.post("/api/validate", json=OF_2_0, params={"xapi": "1.0.3"})

    assert new.json()["valid"] is True
    assert old.json()["errors"][0]["at"] == "context.contextAgents"
    refusal(lrs.post("/api/validate", json=OF_2_0, params={"xapi": "3"}), 400)


def test_more_statements_than_a_request_may_hold_are_too_large(lrs: Client) -> None:
    refusal(lrs.post("/api/validate", json=[1] * 201), 413)


@pytest.mark.parametrize(
    ("xapi", "spec"), [("1.0.3", "Data 2.2"), ("2.0.0", "IEEE 9274.1.1, 4.2.1")]
)
def test_a_property_given_twice_is_told_beside_all_else(lrs: Client, xapi: str, spec: str) -> None:
    text = json.dumps(TWO_FAULTS).replace('"verb": {', '"verb": {"id": "https://example.org/v", ')

    answer = lrs.post("/api/validate", data=text, params={"xapi": xapi})

    assert answer.status_code == 200
    first, *others = answer.json()["errors"]
    assert answer.json()["valid"] is False
    assert (first["at"], first["spec"]) == ("verb", spec)
    assert [error["at"] for error in others] == ["actor.mbox", "result.score.scaled"]


def test_what_is_no_json_is_a_refusal(lrs: Client) -> None:
    refusal(lrs.post("/api/validate", data=b"{"), 400)


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (json.dumps(a_statement()), [], 0),
        (json.dumps([a_statement(), a_statement()]), [], 0),
        ("[]", [], 0),
        (json.dumps(TWO_FAULTS), [], 1),
        (json.dumps(OF_2_0), [], 0),
        (json.dumps(OF_2_0), ["--xapi", "1.0.3"], 1),
        ('{"a":1,"a":1}', [], 1),
        ("{", [], 2),
        ("\ufeff{}", [], 2),
        (json.dumps(a_statement()), ["--xapi", "9"], 2),
    ],
)
def test_the_exit_code_says_whether_a_file_is_valid(
    server: Server, tmp_path: Path, text: str, words: list[str], code: int
) -> None:
    file = tmp_path / "statements.json"
    file.write_text(text)

    done = run_lrs(server, "validate", str(file), *words)

    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_unreadable(server: Server) -> None:
    assert run_lrs(server, "validate", "/nowhere.json").returncode == 2


def test_machines_get_json(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps(TWO_FAULTS))

    done = run_lrs(server, "validate", str(file), "--json")

    said = json.loads(done.stdout)
    assert [error["at"] for error in said["errors"]] == ["actor.mbox", "result.score.scaled"]
