"""/api/quarantine and `lrs quarantine`: refusals stay refusals, and what was refused can be mended."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from benchmarks.servers import Server
from lrs.domain import timestamps
from tests.api.samples import a_statement, an_id, kept
from tests.server import Client, refusal, run_lrs

RULES = ["h5p-missing-scheme"]


def an_lms(lrs: Client, rules: list[str] | None = None) -> Client:
    return lrs.new_key("statements/write", quarantine=RULES if rules is None else rules)


def broken(**more: Any) -> dict[str, Any]:
    return a_statement(actor={"mbox": f"ann-{an_id()}@example.org"}, **more)


def listed(lrs: Client, lms: Client) -> list[dict[str, Any]]:
    answer = lrs.get("/api/quarantine", params={"key": lms.auth.username})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["quarantine"]
    return found


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_refusal_is_the_same_whether_the_body_is_kept_or_not(lrs: Client, method: str) -> None:
    lms, other, body = an_lms(lrs), lrs.new_key("statements/write"), broken()
    params = {"params": {"statementId": an_id()}} if method == "PUT" else {}

    said = [
        refusal(who.send(method, "statements", json=body, **params), 400) for who in (lms, other)
    ]

    assert said[0] == said[1]
    assert len(listed(lrs, lms)) == 1
    assert listed(lrs, other) == []


def test_what_is_no_json_or_lacks_a_scope_is_not_kept(lrs: Client) -> None:
    lms = an_lms(lrs)
    reader = lrs.new_key("statements/read", quarantine=RULES)

    refusal(lms.post("statements", data=b"{"), 400)
    refusal(reader.post("statements", json=broken()), 403)

    assert listed(lrs, lms) == listed(lrs, reader) == []


def test_one_is_read_repaired_and_gone(lrs: Client) -> None:
    lms, body = an_lms(lrs), [a_statement(), broken()]
    refusal(lms.post("statements", json=body), 400)
    (one,) = listed(lrs, lms)
    path = f"/api/quarantine/{one['id']}"
    assert lrs.get(path).json()["body"] == body

    dry = lrs.post(f"{path}/repair", json={"dry_run": True}).json()
    done = lrs.post(f"{path}/repair").json()

    assert dry == done
    assert done["counts"] == {"as sent": 1, "repaired": 1, "left": 0}
    new = kept(lrs, done["statements"][1]["statement"])
    assert new["actor"]["mbox"] == "mailto:" + body[1]["actor"]["mbox"]
    assert new["authority"]["account"]["name"] == lms.auth.username
    refusal(lrs.get(path), 404)


def test_rules_can_be_named_and_unknown_ones_are_refused(lrs: Client) -> None:
    lms = an_lms(lrs, [])
    refusal(lms.post("statements", json=broken()), 400)
    path = f"/api/quarantine/{listed(lrs, lms)[0]['id']}/repair"

    assert lrs.post(path).json()["counts"]["left"] == 1
    assert refusal(lrs.post(path, json={"rules": ["make-it-so"]}), 400)["at"] == "rules"
    assert lrs.post(path, json={"rules": RULES}).json()["counts"]["repaired"] == 1


def test_a_list_is_paged(lrs: Client) -> None:
    lms = an_lms(lrs)
    for _ in range(3):
        refusal(lms.post("statements", json=broken()), 400)
    params = {"key": lms.auth.username, "limit": "2"}

    first = lrs.get("/api/quarantine", params=params).json()
    rest = lrs.get("/api/quarantine", params={**params, "cursor": first["next"]}).json()

    ids = [one["id"] for one in first["quarantine"] + rest["quarantine"]]
    assert ids == sorted(set(ids))
    assert len(ids) == 3
    assert rest["next"] is None


def test_only_the_scope_all_may_look(lrs: Client) -> None:
    reader = lrs.new_key("all/read")

    for method, path in (
        ("GET", ""),
        ("GET", "/rules"),
        ("GET", "/x"),
        ("DELETE", "/x"),
        ("POST", "/x/repair"),
    ):
        refusal(reader.send(method, f"/api/quarantine{path}"), 403)


def test_the_rules_are_listed_with_what_they_do(lrs: Client) -> None:
    assert "mailto" in lrs.get("/api/quarantine/rules").json()["h5p-missing-scheme"]


def test_a_reading_of_a_body_is_logged(lrs: Client) -> None:
    lms = an_lms(lrs)
    refusal(lms.post("statements", json=broken()), 400)
    name = listed(lrs, lms)[0]["id"]

    since = timestamps.text(time.time_ns() // 1000)
    lrs.get(f"/api/quarantine/{name}")

    assert name in lrs.get("/api/access-log", params={"since": since}).text


def test_a_key_shows_its_rules_and_an_unknown_rule_makes_no_key(lrs: Client) -> None:
    wanted = {"key": an_id(), "name": "LMS", "scopes": ["statements/write"]}

    for wrong in (["make-it-so"], "h5p-missing-scheme", [1]):
        answer = lrs.post("/api/keys", json={**wanted, "quarantine": wrong})
        assert refusal(answer, 400)["at"] == "quarantine"
    assert lrs.post("/api/keys", json={**wanted, "quarantine": RULES}).json()["quarantine"] == RULES


def test_all_of_it_by_command(server: Server, lrs: Client) -> None:
    made = run_lrs(
        server, "keys", "create", "--name", "LMS", "--scope", "statements/write",
        "--quarantine", "--repair", RULES[0], "--json",
    )  # fmt: skip
    key = json.loads(made.stdout)
    lms = lrs.with_key(key["key"], key["secret"])
    for _ in range(2):
        refusal(lms.post("statements", json=broken()), 400)

    rows = run_lrs(server, "quarantine", "list", "--key", key["key"], "--json").stdout.splitlines()
    first, second = (json.loads(row)["id"] for row in rows)
    shown = json.loads(run_lrs(server, "quarantine", "show", first).stdout)
    dry = run_lrs(server, "quarantine", "repair", first, "--dry-run")
    dropped = run_lrs(server, "quarantine", "drop", second)
    done = run_lrs(server, "quarantine", "repair", "--key", key["key"], "--json")

    assert shown["problems"][0]["at"] == "actor.mbox"
    assert "repaired (h5p-missing-scheme)" in dry.stdout
    assert dropped.returncode == 0
    assert json.loads(done.stdout)["counts"] == {"as sent": 0, "repaired": 1, "left": 0}
    assert listed(lrs, lms) == []


def test_a_key_is_marked_and_unmarked_by_command(server: Server, lrs: Client) -> None:
    lms = lrs.new_key("statements/write")
    name = lms.auth.username

    assert run_lrs(server, "keys", "quarantine", name, "--repair", RULES[0]).returncode == 0
    marked = {one["key"]: one for one in lrs.get("/api/keys").json()}[name]
    assert run_lrs(server, "keys", "quarantine", name, "--off").returncode == 0
    unmarked = {one["key"]: one for one in lrs.get("/api/keys").json()}[name]

    assert marked["quarantine"] == RULES
    assert "quarantine" not in unmarked


@pytest.mark.parametrize(
    "words",
    [
        ["quarantine", "show", "nothing"],
        ["quarantine", "drop", "nothing"],
        ["quarantine", "repair", "nothing"],
        ["keys", "quarantine", "nobody"],
        ["keys", "create", "--name", "x", "--scope", "all", "--repair", "make-it-so"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_is_one_line_and_exit_2(server: Server, words: list[str]) -> None:
    done = run_lrs(server, *words)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Error: " in done.stderr


def test_the_rules_are_listed_by_command(server: Server) -> None:
    assert "h5p-missing-scheme" in run_lrs(server, "quarantine", "rules").stdout
