"""/api/programmes and /api/topics: what was declared, by whom, and who is invited."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest

from tests.programmes import VOCABULARY, full, plain
from tests.server import Client, refusal

PATH = "/api/programmes"


def declare(lrs: Client, made: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = lrs.post(PATH, json=made)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def draw(lrs: Client, made: dict[str, Any], units: list[str], **more: Any) -> Any:
    return lrs.post(f"{PATH}/{made['id']}/invitations", json={"units": units, **more})


def people(count: int) -> list[str]:
    return [f"mbox:mailto:{uuid.uuid4()}@example.org" for _ in range(count)]


def test_what_is_declared_is_answered_with_when_by_whom_and_all_that_was_left_out(
    lrs: Client,
) -> None:
    made = plain()

    declared = declare(lrs, made)

    assert (declared["id"], declared["version"]) == (made["id"], 1)
    assert declared["by"] == lrs.auth.username
    assert declared["declared_after_results"] is False
    assert declared["programme"]["windows"] == {"baseline": 90, "exposure": 30, "outcome": 90}
    assert lrs.get(f"{PATH}/{made['id']}").json() == declared


def test_what_is_shown_can_be_declared_again_and_changes_nothing(lrs: Client) -> None:
    lrs.put("/api/topics", json=VOCABULARY)
    first = declare(lrs, full())

    assert declare(lrs, first["programme"]) == first


def test_versions_are_kept(lrs: Client) -> None:
    made = plain()
    first, second = declare(lrs, made), declare(lrs, {**made, "seed": 2})
    path = f"{PATH}/{made['id']}"

    assert lrs.get(f"{path}/versions").json() == {"versions": [first, second]}
    assert lrs.get(path, params={"version": "1"}).json() == first
    assert second in lrs.get(PATH).json()["programmes"]
    assert first not in lrs.get(PATH).json()["programmes"]


def test_a_refusal_names_the_place_and_tells_all_that_is_wrong(lrs: Client) -> None:
    evidence = [{"activity": "https://hr.example/audit", "grade": "D"}]

    said = refusal(lrs.post(PATH, json=plain(evidence=evidence, seed=-1)), 400)

    assert said["at"] == "evidence[0].grade"
    assert "seed: this must be a whole number" in said["detail"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id":1,"id":2}', b'"\xff"', b"{" * 50])
@pytest.mark.parametrize("path", [PATH, "/api/topics"])
def test_what_is_no_such_json_is_refused(lrs: Client, path: str, body: bytes) -> None:
    method = "POST" if path == PATH else "PUT"

    refusal(lrs.send(method, path, data=body, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize("version", ["0", "two", "-1", "1.0", "9" * 5000, ""])
def test_a_version_that_cannot_be_is_refused(lrs: Client, version: str) -> None:
    made = declare(lrs, plain())

    answer = lrs.get(f"{PATH}/{made['id']}", params={"version": version})

    assert answer.status_code in {400, 404}
    assert refusal(answer, answer.status_code)["at"] == "version"


@pytest.mark.parametrize("path", ["none", "none/versions", "none/invitations"])
def test_a_programme_that_is_not_there_is_not_found(lrs: Client, path: str) -> None:
    assert refusal(lrs.get(f"{PATH}/{path}"), 404)["at"] == "id"


def test_reading_needs_statements_read_and_declaring_all(lrs: Client) -> None:
    made = plain(invitations={"unit": "department"})
    declare(lrs, made)
    reader, writer = lrs.new_key("statements/read"), lrs.new_key("statements/write")

    for path in (PATH, f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/invitations", "/api/topics"):
        assert reader.get(path).status_code == 200
        refusal(writer.get(path), 403)
    refusal(reader.post(PATH, json=plain()), 403)
    refusal(draw(reader, made, ["Sales"]), 403)
    refusal(reader.put("/api/topics", json={}), 403)
    refusal(lrs.anonymous().get(PATH), 401)


def test_departments_are_drawn_and_the_lot_is_told_as_json_and_csv(lrs: Client) -> None:
    made = plain(invitations={"unit": "department", "at": "2099-01-01"})
    declare(lrs, made)

    drawn = draw(lrs, made, ["Sales", "Care", "=1+1", "Legal"]).json()

    path = f"{PATH}/{made['id']}/invitations"
    assert (drawn["units"], drawn["invited"], drawn["draw"]) == (4, 2, 1)
    assert lrs.get(path).json() == {"draws": [drawn]}
    answer = lrs.get(path, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Type"].startswith("text/csv")
    told = {row["unit"].removeprefix("'"): row["invited_at"] or None for row in rows}
    assert told == drawn["lots"]
    assert "'=1+1" in answer.text
    assert {row["invited"] for row in rows if row["invited_at"]} == {"yes"}
    assert set(told.values()) == {None, "2099-01-01T00:00:00.000000Z"}


def test_persons_are_drawn_under_the_id_they_are_known_by(lrs: Client) -> None:
    known, other, stranger = people(3)
    held = [{"identifier": known}, {"identifier": other}]
    person = lrs.post("/api/persons", json={"identifiers": held}).json()["id"]
    made = plain(invitations={"share": 1})
    declare(lrs, made)

    both = refusal(draw(lrs, made, [known, other]), 400)
    drawn = draw(lrs, made, [known.removeprefix("mbox:"), stranger]).json()

    assert both["at"] == "units[1]"
    assert set(drawn["lots"]) == {person, stranger}


def test_a_lot_is_drawn_once_and_joiners_are_drawn_on(lrs: Client) -> None:
    made, units = plain(invitations={}), people(12)
    declare(lrs, made)
    first = draw(lrs, made, units[:10]).json()

    refusal(draw(lrs, made, units), 409)
    second = draw(lrs, made, units, joiners=True).json()

    assert set(second["lots"]) == set(units[10:])
    draws = lrs.get(f"{PATH}/{made['id']}/invitations").json()["draws"]
    assert draws == [first, second]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"units": []}, "units"),
        ({"units": ["ann"]}, "person"),
        ({"units": ["mailto:nobody"]}, "units[0]"),
        ({"units": "ann"}, "units"),
        ({"unit": []}, ""),
        ({"units": people(1), "joiners": "yes"}, "joiners"),
    ],
)
def test_a_draw_that_cannot_be_is_refused(lrs: Client, body: dict[str, Any], at: str) -> None:
    made = plain(invitations={})
    declare(lrs, made)

    answer = lrs.post(f"{PATH}/{made['id']}/invitations", json=body)

    assert answer.status_code in {400, 404}
    assert refusal(answer, answer.status_code)["at"].startswith(at)


def test_who_looks_at_invitations_is_logged(lrs: Client) -> None:
    made, units = plain(invitations={}), people(4)
    declared = declare(lrs, made)["declared"]
    draw(lrs, made, units)

    lrs.get(f"{PATH}/{made['id']}/invitations")

    entries = lrs.get("/api/access-log", params={"since": declared}).json()["entries"]
    mine = [entry for entry in entries if entry["asked"].get("programme") == made["id"]]
    assert [(entry["what"], entry["count"]) for entry in mine] == [("invitations", 4)]


def test_the_vocabulary_is_replaced_as_a_whole(lrs: Client) -> None:
    first = lrs.put("/api/topics", json=VOCABULARY).json()
    name = f"t-{uuid.uuid4().hex[:8]}"
    second = lrs.put("/api/topics", json={name: {"nl": ["vergrendelen"]}}).json()

    assert second["version"] == first["version"] + 1
    assert list(second["topics"]) == [name]
    assert lrs.get("/api/topics").json() == second
    said = refusal(lrs.put("/api/topics", json={name: {"nl": ["een twee drie vier"]}}), 400)
    assert said["at"] == f"{name}.nl[0]"
    assert lrs.get("/api/topics").json() == second


def test_the_description_has_every_field_of_a_programme(lrs: Client) -> None:
    described = lrs.get("/swagger.json").json()["definitions"]["Programme"]["properties"]

    assert set(described) == set(full())
