"""/api/histories and /api/access-log: one person's acts in one line of time, and who looked."""

from __future__ import annotations

import csv
import io
import json
import threading
import uuid
from typing import Any

import pytest

from tests.api.samples import a_statement, about, an_activity, an_id, voiding
from tests.server import Client, refusal

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
POSTED = "http://activitystrea.ms/create"
SEARCHED = "https://w3id.org/xapi/acrossx/verbs/searched"
HANDOVER = "2026-03-01T00:00:00Z"


def an_account(home: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": home, "name": an_id()}}


def name_of(agent: dict[str, Any]) -> str:
    if "mbox" in agent:
        return f"mbox:{agent['mbox']}"
    return f"account:{agent['account']['homePage']}|{agent['account']['name']}"


def person_of(lrs: Client, *claims: Any) -> str:
    held = [{"identifier": name_of(one)} if "objectType" in one else one for one in claims]
    made = lrs.post("/api/persons", json={"identifiers": held})
    assert made.status_code == 201, made.text
    person: str = made.json()["id"]
    return person


def person_of_one(lrs: Client, agent: dict[str, Any]) -> str:
    person: str = lrs.get("/api/persons", params={"identifier": name_of(agent)}).json()["id"]
    return person


def act(agent: dict[str, Any], at: str, **properties: Any) -> dict[str, Any]:
    return a_statement(id=an_id(), actor=agent, timestamp=at, **properties)


def page(lrs: Client, person: str, **parameters: Any) -> dict[str, Any]:
    answer = lrs.get(f"/api/histories/{person}", params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(lrs: Client, person: str, **parameters: Any) -> list[str]:
    return [entry["statement_id"] for entry in page(lrs, person, **parameters)["entries"]]


def everything(lrs: Client, person: str, **parameters: Any) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        got = page(lrs, person, **parameters, **cursor)
        found += [entry["statement_id"] for entry in got["entries"]]
        if got["next"] is None:
            return found
        cursor = {"cursor": got["next"]}


def test_four_identifiers_over_four_sources_are_one_line_with_one_changing_hands(
    lrs: Client,
) -> None:
    """Exactly the person's acts: none of who held the address before, none towards the person."""
    sources = [
        lrs.new_key("statements/write", name=name) for name in ("LMS", "forum", "wiki", "blog")
    ]
    shared = {"objectType": "Agent", "mbox": f"mailto:{an_id()}@example.org"}
    agents = [shared, *(an_account(f"https://{name}.example.org") for name in ("f", "w", "b"))]
    former = person_of(lrs, {"identifier": name_of(shared), "to": HANDOVER})
    ann = person_of(lrs, *agents[1:], {"identifier": name_of(shared), "from": HANDOVER})
    theirs = act(shared, "2026-02-28T23:59:59.999999Z")
    hers = [
        act(shared, HANDOVER),
        act(agents[1], "2026-03-02T00:00:00+01:00"),
        act(agents[2], "2025-01-01T00:00:00Z"),
        act(agents[3], "2026-03-01T12:00:00Z"),
    ]
    towards = a_statement(id=an_id(), object=agents[1], timestamp="2026-03-03T00:00:00Z")
    lrs.keep(theirs, towards)
    for source, statement in zip(sources, hers, strict=True):
        source.keep(statement)
    reply = a_statement(id=an_id(), object={"objectType": "StatementRef", "id": hers[1]["id"]})
    lrs.keep(reply)

    entries = page(lrs, ann)["entries"]

    assert [entry["statement_id"] for entry in entries] == [
        hers[1]["id"],
        hers[3]["id"],
        hers[0]["id"],
        hers[2]["id"],
    ]
    assert [entry["source"] for entry in entries] == ["forum", "blog", "LMS", "wiki"]
    assert ids(lrs, former) == [theirs["id"]]
    assert ids(lrs, ann, order="oldest") == [e["statement_id"] for e in reversed(entries)]


def test_an_entry_says_what_who_asserts_it_and_when(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    result = {"success": True, "score": {"scaled": 0.5}}
    statement = act(agent, "2026-03-01T12:00:00+01:00", verb={"id": COMPLETED}, result=result)
    lrs.keep(statement)

    [entry] = page(lrs, person_of_one(lrs, agent))["entries"]

    kept = lrs.get("statements", params={"statementId": statement["id"]}).json()
    assert entry == {
        "statement_id": statement["id"],
        "source": kept["authority"]["name"],
        "authority": kept["authority"],
        "timestamp": kept["timestamp"],
        "stored": kept["stored"],
        "action": "complete",
        "mode": "formal",
        "result": result,
        "voided": False,
    }


def test_a_group_member_acts_once_though_the_group_holds_two_of_their_identifiers(
    lrs: Client,
) -> None:
    one, other = an_account("https://a.example.org"), an_account("https://b.example.org")
    group = {"objectType": "Group", "member": [one, other]}
    statement = act(group, "2026-03-01T00:00:00Z")
    lrs.keep(statement)

    assert ids(lrs, person_of(lrs, one, other)) == [statement["id"]]


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    """A formal, a social and an informal act of one Agent, by what they are."""
    agent = an_account("https://mixed.example.org")
    course = an_activity()
    return {
        "agent": agent,
        "course": course["id"],
        "formal": act(agent, "2026-01-01T10:00:00Z", verb={"id": COMPLETED}, object=course),
        "social": act(
            agent,
            "2026-01-02T10:00:00Z",
            verb={"id": POSTED},
            object=an_activity(definition={"type": "http://activitystrea.ms/note"}),
            context={"contextActivities": {"grouping": [course]}},
        ),
        "informal": act(agent, "2026-01-03T10:00:00Z", verb={"id": SEARCHED}),
    }


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["informal", "social", "formal"]),
        ({"mode": "formal"}, ["formal"]),
        ({"mode": "social"}, ["social"]),
        ({"mode": "informal"}, ["informal"]),
        ({"action": "search"}, ["informal"]),
        ({"course": "COURSE"}, ["social", "formal"]),
        ({"course": "https://example.org/other"}, []),
        ({"source": "nobody"}, []),
        ({"since": "2026-01-02T10:00:00Z"}, ["informal", "social"]),
        ({"since": "2026-01-02T10:00:00.000001Z"}, ["informal"]),
        ({"until": "2026-01-02T10:00:00Z"}, ["social", "formal"]),
        ({"since": "2026-01-02", "until": "2026-01-02"}, ["social"]),
        ({"limit": 1}, ["informal"]),
        ({"limit": 1, "order": "oldest", "mode": "social"}, ["social"]),
    ],
)
def test_what_is_asked_for(
    lrs: Client, mixed: dict[str, Any], parameters: dict[str, Any], names: list[str]
) -> None:
    lrs.keep(mixed["formal"], mixed["social"], mixed["informal"])
    asked = {k: mixed["course"] if v == "COURSE" else v for k, v in parameters.items()}

    found = ids(lrs, person_of_one(lrs, mixed["agent"]), **asked)

    assert found == [mixed[name]["id"] for name in names]


def test_the_voided_are_told_when_asked_for_and_marked(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    first, second = act(agent, "2026-01-01T00:00:00Z"), act(agent, "2026-01-02T00:00:00Z")
    early = voiding(second["id"])
    person = person_of_one(lrs, agent)
    lrs.keep(first, early)
    assert ids(lrs, person) == [first["id"]]

    lrs.keep(voiding(first["id"]))
    lrs.keep(second)

    for _ in range(4):  # whichever process answers, and whatever it knew before
        assert ids(lrs, person) == []
        told = page(lrs, person, voided="true")["entries"]
        assert [(one["statement_id"], one["voided"]) for one in told] == [
            (second["id"], True),
            (first["id"], True),
        ]


def test_what_only_refers_to_an_act_is_not_the_persons(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    statement = act(agent, "2026-01-01T00:00:00Z")

    lrs.keep(statement, about(statement["id"]))

    assert ids(lrs, person_of_one(lrs, agent)) == [statement["id"]]


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_all_pages_hold_every_act_once_while_new_ones_arrive(lrs: Client, order: str) -> None:
    agents = [an_account(f"https://{n}.example.org") for n in range(3)]
    # Many at the same moment: the place on the line is more than the time.
    acts = [act(agents[n % 3], f"2026-01-{1 + n % 7:02}T00:00:00Z") for n in range(300)]
    lrs.keep(*acts[:150])
    lrs.keep(*acts[150:])
    person, stop = person_of(lrs, *agents), threading.Event()

    def arrive() -> None:
        number = 0
        while not stop.is_set():
            lrs.keep(act(agents[number % 3], f"2026-01-{1 + number % 9:02}T00:00:00Z"))
            number += 1

    arriving = threading.Thread(target=arrive)
    arriving.start()
    try:
        found = everything(lrs, person, order=order, limit=7)
    finally:
        stop.set()
        arriving.join()

    assert len(found) == len(set(found))
    assert {one["id"] for one in acts} <= set(found)


def test_numbers_of_a_result_are_told_as_they_were_sent(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    statement = act(agent, "2026-01-01T00:00:00Z", result={"score": {"raw": 1.0}})
    body = json.dumps([statement]).replace('"raw": 1.0', '"raw": 1.50')
    sent = lrs.post("statements", data=body, headers={"Content-Type": "application/json"})
    assert sent.status_code == 200, sent.text

    told = lrs.get(f"/api/histories/{person_of_one(lrs, agent)}").text

    assert '"raw":1.50' in told


@pytest.mark.parametrize(
    "asking", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}]
)
def test_the_same_as_csv(lrs: Client, asking: dict[str, Any]) -> None:
    agent = an_account("https://lms.example.org")
    key = lrs.new_key("statements/write", name="=HYPERLINK(1)")
    key.keep(
        act(agent, "2026-01-01T00:00:00Z", result={"success": True}),
        act(agent, "2026-01-02T00:00:00Z", verb={"id": COMPLETED}),
    )
    person = person_of_one(lrs, agent)

    answer = lrs.get(f"/api/histories/{person}", **asking)

    told = page(lrs, person)["entries"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert list(rows[0]) == list(told[0])
    assert [row["statement_id"] for row in rows] == [entry["statement_id"] for entry in told]
    assert [row["result"] for row in rows] == ["", '{"success":true}']
    assert [row["action"] for row in rows] == ["complete", ""]
    assert rows[0]["authority"] == name_of(told[0]["authority"])
    assert rows[0]["source"] == "'=HYPERLINK(1)"  # no spreadsheet shall run it
    assert [row["voided"] for row in rows] == ["false", "false"]


def test_the_way_to_the_next_page_is_a_header_too(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    acts = [act(agent, f"2026-01-0{n}T00:00:00Z") for n in range(1, 4)]
    lrs.keep(*acts)
    person = person_of_one(lrs, agent)

    first = lrs.get(f"/api/histories/{person}", params={"limit": 2, "format": "csv"})
    following = lrs.get(first.links["next"]["url"])

    rows = [*csv.DictReader(io.StringIO(first.text)), *csv.DictReader(io.StringIO(following.text))]
    assert [row["statement_id"] for row in rows] == [one["id"] for one in reversed(acts)]
    assert "next" not in following.links


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sine", "2026-01-01"),
        ("since", "soon"),
        ("until", "2026-13-01"),
        ("action", "liked"),
        ("mode", "casual"),
        ("voided", "yes"),
        ("order", "up"),
        ("limit", "0"),
        ("limit", "-1"),
        ("cursor", "1"),
        ("cursor", "9999999999999999999_1"),
        ("format", "xml"),
        ("source", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(lrs: Client, name: str, value: str) -> None:
    person = person_of_one(lrs, an_account("https://lms.example.org"))

    assert refusal(lrs.get(f"/api/histories/{person}", params={name: value}), 400)["at"] == name


def test_a_history_needs_the_scope_to_read_statements(lrs: Client) -> None:
    person = person_of_one(lrs, an_account("https://lms.example.org"))

    for scope in ("statements/read", "all/read", "all"):
        assert lrs.new_key(scope).get(f"/api/histories/{person}").status_code == 200
    for scope in ("statements/read/mine", "statements/write", "profile"):
        refusal(lrs.new_key(scope).get(f"/api/histories/{person}"), 403)
    refusal(lrs.anonymous().get(f"/api/histories/{person}"), 401)


def test_the_history_of_nobody_is_404(lrs: Client) -> None:
    refusal(lrs.get(f"/api/histories/{uuid.uuid4()}"), 404)


def test_every_question_is_logged_with_who_when_what_and_how_many(lrs: Client) -> None:
    agent = an_account("https://lms.example.org")
    lrs.keep(act(agent, "2026-01-01T00:00:00Z"), act(agent, "2026-01-02T00:00:00Z"))
    auditor = lrs.new_key("statements/read", name="auditor")
    person = person_of_one(lrs, agent)

    page(auditor, person, mode="informal", limit=1)
    refusal(auditor.get(f"/api/histories/{person}", params={"mode": "x"}), 400)
    page(auditor, person)

    log = lrs.get("/api/access-log", params={"person": person}).json()["entries"]
    by_auditor = [one for one in log if one["key"] == auditor.auth.username]
    assert [(one["name"], one["what"], one["count"]) for one in by_auditor] == [
        ("auditor", "history", 1),
        ("auditor", "history", 2),
    ]
    assert by_auditor[0]["asked"]["mode"] == "informal"
    assert log[0]["what"] == "person"  # who asked whose identifier it is


def test_the_log_is_read_in_pages_between_two_times_with_the_scope_all(lrs: Client) -> None:
    person = person_of_one(lrs, an_account("https://lms.example.org"))
    for _ in range(3):
        page(lrs, person)
    log = lrs.get("/api/access-log", params={"person": person}).json()["entries"]

    first = lrs.get("/api/access-log", params={"person": person, "limit": 3}).json()
    rest = lrs.get("/api/access-log", params={"person": person, "cursor": first["next"]}).json()
    between = {"person": person, "since": log[1]["at"], "until": log[2]["at"]}

    assert first["entries"] + rest["entries"] == log
    assert rest["next"] is None
    assert lrs.get("/api/access-log", params=between).json()["entries"] == log[1:3]
    refusal(lrs.new_key("all/read").get("/api/access-log"), 403)
    refusal(lrs.get("/api/access-log", params={"cursor": "x"}), 400)
