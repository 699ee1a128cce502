"""/api/persons and /xapi/agents: who is who, when."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest

from tests.api.samples import a_statement, an_agent
from tests.server import Client, refusal

HOME = "https://lms.example.org"


def new_mbox() -> str:
    return f"mbox:mailto:{uuid.uuid4()}@example.org"


def new_account(home: str = HOME) -> str:
    return f"account:{home}|{uuid.uuid4()}"


def put(lrs: Client, *claims: Any, status: int = 201, **more: Any) -> dict[str, Any]:
    """Make or extend a person; a claim is an identifier or an object."""
    held = [{"identifier": claim} if isinstance(claim, str) else claim for claim in claims]
    answer = lrs.post("/api/persons", json={"identifiers": held, "evidence": "a test", **more})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def who(lrs: Client, identifier: str, **parameters: str) -> dict[str, Any]:
    answer = lrs.get("/api/persons", params={"identifier": identifier, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_person_has_identifiers_with_dates_confidence_and_evidence(lrs: Client) -> None:
    mbox, account = new_mbox(), new_account()

    made = put(
        lrs,
        {"identifier": mbox, "from": "2025-01-01", "to": "2026-03-01", "confidence": 0.8},
        account,
    )

    found = {held["identifier"]: held for held in who(lrs, account)["identifiers"]}
    assert who(lrs, account)["id"] == made["id"]
    assert found[mbox]["from"] == "2025-01-01T00:00:00.000000Z"
    assert found[mbox]["to"] == "2026-03-01T00:00:00.000000Z"
    assert found[mbox]["confidence"] == 0.8
    assert found[mbox]["evidence"] == "a test"
    assert found[mbox]["by"] == lrs.auth.username
    assert (found[account]["from"], found[account]["to"]) == (None, None)


def test_an_identifier_of_nobody_known_is_a_person_of_one_with_a_stable_id(lrs: Client) -> None:
    mbox = new_mbox()

    first, again = who(lrs, mbox), who(lrs, mbox.removeprefix("mbox:"))

    assert first["id"] == again["id"]
    assert first["known"] is False
    assert [held["identifier"] for held in first["identifiers"]] == [mbox]
    assert lrs.get(f"/api/persons/{first['id']}").json()["id"] == first["id"]


def test_who_held_an_identifier_on_a_day(lrs: Client) -> None:
    mbox = new_mbox()
    first = put(lrs, mbox, new_account())

    taking = {"identifier": mbox, "from": "2026-03-01"}
    refused = lrs.post("/api/persons", json={"identifiers": [taking]})
    second = put(lrs, {**taking, "takes_over": True})

    assert refusal(refused, 409)["at"] == "identifier"
    assert who(lrs, mbox, on="2026-02-28")["id"] == first["id"]
    assert who(lrs, mbox, on="2026-03-01")["id"] == second["id"]
    assert who(lrs, mbox, on="2026-03-01T00:59:00+01:00")["id"] == first["id"]


def test_what_was_known_on_a_day_stays_known(lrs: Client) -> None:
    """Nothing is overwritten: a correction does not change what an auditor saw before it."""
    mbox, account = new_mbox(), new_account()
    person = put(lrs, mbox, account, attributes=[{"name": "department", "value": "Sales"}])
    before = person["identifiers"][0]["recorded"]

    lrs.post(f"/api/persons/{person['id']}/release", json={"identifier": mbox})
    put(lrs, person=person["id"], attributes=[{"name": "department", "value": "Care"}])

    now, then = who(lrs, account), who(lrs, account, known=before)
    assert [held["identifier"] for held in now["identifiers"]] == [account]
    assert now["now"]["department"] == "Care"
    assert {held["identifier"] for held in then["identifiers"]} == {mbox, account}
    assert then["now"]["department"] == "Sales"
    assert who(lrs, account, known="2020-01-01")["known"] is False


def test_attributes_are_dated(lrs: Client) -> None:
    mbox = new_mbox()
    facts = [
        {"name": "department", "value": "Sales"},
        {"name": "department", "value": "Care", "from": "2026-01-01"},
        {"name": "manager", "value": "mailto:boss@example.org"},
    ]

    put(lrs, mbox, attributes=facts)

    assert who(lrs, mbox, on="2025-12-31")["now"]["department"] == "Sales"
    assert who(lrs, mbox, on="2026-01-01")["now"]["department"] == "Care"
    assert who(lrs, mbox)["now"]["manager"] == "mailto:boss@example.org"


def test_merging_can_be_undone_and_the_undoing_too(lrs: Client) -> None:
    one, other = new_mbox(), new_account()
    first, second = put(lrs, one), put(lrs, other)

    merged = lrs.post(f"/api/persons/{first['id']}/merge", json={"person": second["id"]}).json()
    changes = lrs.get(f"/api/persons/{first['id']}/changes").json()["changes"]
    number = changes[-1]["change"]

    assert merged["id"] == who(lrs, one)["id"] == who(lrs, other)["id"]
    assert lrs.get(f"/api/persons/{second['id']}").json()["id"] == merged["id"]
    assert lrs.post(f"/api/persons/changes/{number}/undo").status_code == 204
    assert who(lrs, one)["id"] != who(lrs, other)["id"]
    refusal(lrs.post(f"/api/persons/changes/{number}/undo"), 409)
    undone = lrs.get(f"/api/persons/{first['id']}/changes").json()["changes"]
    assert [(one["change"] == number, one["counts"]) for one in undone[-2:]] == [
        (True, False),
        (False, True),
    ]


def test_splitting_gives_identifiers_to_another_as_they_were_held(lrs: Client) -> None:
    one, other = new_mbox(), new_account()
    person = put(lrs, one, {"identifier": other, "from": "2025-01-01"})

    new = lrs.post(f"/api/persons/{person['id']}/split", json={"identifiers": [other]})

    assert new.status_code == 201
    assert new.json()["id"] == who(lrs, other)["id"] != person["id"]
    assert new.json()["identifiers"][0]["from"] == "2025-01-01T00:00:00.000000Z"
    assert [held["identifier"] for held in who(lrs, one)["identifiers"]] == [one]


def test_what_is_added_to_a_person_of_one_makes_them_known(lrs: Client) -> None:
    mbox, account = new_mbox(), new_account()

    made = put(lrs, account, person=who(lrs, mbox)["id"])

    assert made["known"] is True
    assert who(lrs, mbox)["id"] == who(lrs, account)["id"] == made["id"]


def suggested(lrs: Client, *persons: str) -> list[dict[str, Any]]:
    """All suggestions about these persons, through all pages."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = lrs.get("/api/persons/suggestions", params={"limit": 5, **cursor}).json()
        found += [one for one in page["suggestions"] if {one["person"], one["other"]} & {*persons}]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def hash_of(mbox: str) -> str:
    return hashlib.sha1(mbox.removeprefix("mbox:").encode(), usedforsecurity=False).hexdigest()


def test_the_same_e_mail_as_a_hash_is_suggested_and_confirmed_by_a_person(lrs: Client) -> None:
    mbox = new_mbox()
    person = put(lrs, mbox)
    hashed = {"objectType": "Agent", "mbox_sha1sum": hash_of(mbox)}
    assert suggested(lrs, person["id"]) == []  # nobody has sent anything of that hash

    lrs.keep(a_statement(actor=hashed))
    [suggestion] = suggested(lrs, person["id"])

    assert suggestion["other"] == who(lrs, json.dumps(hashed))["id"]  # not merged by itself
    confirmed = lrs.post(f"/api/persons/suggestions/{suggestion['id']}/confirm")
    assert confirmed.json()["id"] == person["id"] == who(lrs, json.dumps(hashed))["id"]
    assert suggested(lrs, person["id"]) == []


def test_a_dismissed_suggestion_is_not_made_again_until_that_is_undone(lrs: Client) -> None:
    sso = str(uuid.uuid4())
    fact = [{"name": "external_id", "value": sso}]
    one, other = put(lrs, new_mbox(), attributes=fact), put(lrs, new_mbox(), attributes=fact)

    [suggestion] = suggested(lrs, one["id"], other["id"])
    assert lrs.post(f"/api/persons/suggestions/{suggestion['id']}/dismiss").status_code == 204

    assert suggested(lrs, one["id"], other["id"]) == []
    number = max(held["change"] for held in other["attributes"]) + 1
    assert lrs.post(f"/api/persons/changes/{number}/undo").status_code == 204
    assert suggested(lrs, one["id"], other["id"]) == [suggestion]


def test_an_account_named_by_the_single_sign_on_is_suggested(lrs: Client) -> None:
    sso, home = str(uuid.uuid4()), f"https://{uuid.uuid4()}.example.org"
    put(lrs, new_account(home))
    person = put(lrs, new_mbox(), attributes=[{"name": "external_id", "value": sso}])
    tool = put(lrs, f"account:{home}|{sso}")

    [suggestion] = suggested(lrs, person["id"])

    assert {suggestion["person"], suggestion["other"]} == {person["id"], tool["id"]}


def test_the_first_person_of_a_source_is_suggested(lrs: Client) -> None:
    """Nobody known has an account there yet that could tell that the home page is one."""
    sso, home = str(uuid.uuid4()), f"https://{uuid.uuid4()}.example.org"
    mbox = new_mbox()
    person = put(lrs, mbox, attributes=[{"name": "external_id", "value": sso}])
    address = mbox.removeprefix("mbox:mailto:")
    for name in (sso, address):
        account = {"homePage": home, "name": name}
        lrs.keep(a_statement(actor={"objectType": "Agent", "account": account}))
    source = {"name": f"s{uuid.uuid4().hex}", "integration": "mediawiki", "instance": home}
    assert suggested(lrs, person["id"]) == []

    assert lrs.post("/api/sources", json=source).status_code == 201
    found = suggested(lrs, person["id"])
    assert lrs.delete(f"/api/sources/{source['name']}").status_code == 204

    rests_on = [f"account:{home}|{name}" for name in (address, sso)]
    assert [one["rests_on"] for one in found] == rests_on


def test_agents_answers_the_person_with_all_identifiers_that_are_valid_now(either: Client) -> None:
    mbox, account, former = new_mbox(), new_account(), new_mbox()
    put(
        either,
        mbox,
        account,
        {"identifier": former, "to": "2020-01-01"},
        attributes=[{"name": "name", "value": "Ann"}],
    )
    asked = {"mbox": mbox.removeprefix("mbox:"), "name": "A."}

    found = either.get("agents", params={"agent": json.dumps(asked)}).json()

    home, _, name = account.removeprefix("account:").partition("|")
    assert found == {
        "objectType": "Person",
        "name": ["A.", "Ann"],
        "mbox": [asked["mbox"]],
        "account": [{"homePage": home, "name": name}],
    }


def test_agents_answers_an_agent_nobody_knows_as_it_is(either: Client) -> None:
    agent = an_agent(name="Ann")

    found = either.get("agents", params={"agent": json.dumps(agent)}).json()

    assert found == {"objectType": "Person", "name": ["Ann"], "mbox": [agent["mbox"]]}


def test_persons_are_listed_each_once(lrs: Client) -> None:
    made = {put(lrs, new_mbox())["id"] for _ in range(3)}
    seen: list[str] = []
    cursor: dict[str, str] = {}

    while True:
        page = lrs.get("/api/persons", params={"limit": 2, **cursor}).json()
        seen += [person["id"] for person in page["persons"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert made <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ""),
        ([], ""),
        ({"identifiers": [{}]}, "identifiers[0].identifier"),
        ({"identifiers": [{"identifier": "ann"}]}, "identifiers[0].identifier"),
        ({"identifiers": "x"}, "identifiers"),
        ({"identifiers": [{"identifier": "mailto:a@b.c", "from": "soon"}]}, "identifiers[0].from"),
        (
            {"identifiers": [{"identifier": "mailto:a@b.c", "confidence": 2}]},
            "identifiers[0].confidence",
        ),
        ({"attributes": [{"name": "age", "value": "7"}]}, "attributes[0].name"),
        ({"attributes": [{"name": "name", "value": 7}]}, "attributes[0].value"),
        (
            {
                "attributes": [
                    {"name": "name", "value": "x", "from": "2026-01-02", "to": "2026-01-02"}
                ]
            },
            "attributes[0].to",
        ),
    ],
)
def test_what_is_wrong_with_a_person_is_said_with_its_place(
    lrs: Client, body: object, at: str
) -> None:
    assert refusal(lrs.post("/api/persons", json=body), 400)["at"] == at


@pytest.mark.parametrize("parameter", ["identifer", "person"])
def test_unknown_parameters_are_refused(lrs: Client, parameter: str) -> None:
    assert refusal(lrs.get("/api/persons", params={parameter: "x"}), 400)["at"] == parameter


def test_persons_are_read_with_statements_read_and_changed_with_all(lrs: Client) -> None:
    reader, writer = lrs.new_key("all/read"), lrs.new_key("statements/write", "profile")

    assert reader.get("/api/persons").status_code == 200
    refusal(reader.post("/api/persons", json={"identifiers": [{"identifier": new_mbox()}]}), 403)
    refusal(writer.get("/api/persons"), 403)


@pytest.mark.parametrize("person", ["nobody", "~bm9ib2R5"])
def test_a_person_that_is_not_there_is_404(lrs: Client, person: str) -> None:
    refusal(lrs.get(f"/api/persons/{person}"), 404)
    refusal(lrs.post(f"/api/persons/{person}/merge", json={"person": person}), 404)
    refusal(lrs.post("/api/persons/suggestions/x/confirm"), 404)
    refusal(lrs.post("/api/persons/changes/999999/undo"), 404)
