"""/xapi/statements: what is stored comes back as it was sent, once."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.api.samples import a_statement, an_activity, an_id, kept, state_of
from tests.server import Client, refusal

JSON = {"Content-Type": "application/json"}
# Text, so that Python's own reading of numbers cannot stand in the way.
NUMBERS = '{"https://e.org/n":[1.0,1e400,-0,0.10,12345678901234567890123,1E5],"https://e.org/a.$b":{"$c.d":null}}'


def test_a_put_statement_is_read_by_its_id(either: Client) -> None:
    statement, statement_id = a_statement(), an_id()

    answer = either.put("statements", params={"statementId": statement_id}, json=statement)

    assert answer.status_code == 204
    assert answer.content == b""
    found = kept(either, statement_id)
    assert {name: found[name] for name in statement} == statement
    assert found["id"] == statement_id
    assert found["version"] == ("1.0.0" if either.version == "1.0.3" else "2.0.0")
    assert found["timestamp"] == found["stored"]


def test_a_post_answers_ids_in_the_order_given(either: Client) -> None:
    named = [a_statement(id=an_id()) for _ in range(3)]
    unnamed = a_statement()

    answer = either.post("statements", json=[named[0], unnamed, *named[1:]])

    assert answer.status_code == 200
    ids = answer.json()
    assert [ids[0], *ids[2:]] == [statement["id"] for statement in named]
    assert uuid.UUID(ids[1])
    assert kept(either, ids[1])["actor"] == unnamed["actor"]


def test_a_post_of_one_statement_answers_a_list(lrs: Client) -> None:
    answer = lrs.post("statements", json=a_statement())

    assert len(answer.json()) == 1


def test_an_empty_batch_stores_nothing(lrs: Client) -> None:
    answer = lrs.post("statements", json=[])

    assert answer.status_code == 200
    assert answer.json() == []


@pytest.mark.parametrize("text", [NUMBERS, '{"https://e.org/é":"\\ud83d\\ude00 \\u0000 ẞ"}'])
def test_extensions_come_back_as_sent(lrs: Client, text: str) -> None:
    statement_id = an_id()
    head = json.dumps(a_statement(id=statement_id))[:-1]
    body = f'{head},"result":{{"extensions":{text}}}}}'

    answer = lrs.post("statements", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 200, answer.text
    back = lrs.get("statements", params={"statementId": statement_id}).content.decode()
    if text is NUMBERS:
        assert text in back
    assert json.loads(back)["result"]["extensions"] == json.loads(text)


def test_properties_keep_their_order(lrs: Client) -> None:
    backwards = dict(reversed(a_statement(id=an_id(), result={"success": True}).items()))

    lrs.keep(backwards)

    found = list(kept(lrs, backwards["id"]))
    assert [name for name in found if name in backwards] == list(backwards)


def test_an_equal_statement_again_changes_nothing(either: Client) -> None:
    statement = a_statement(id=an_id(), timestamp="2026-01-02T03:04:05.678Z")
    either.keep(statement)
    before = kept(either, statement["id"])

    again = either.post("statements", json=statement)
    put = either.put("statements", params={"statementId": statement["id"]}, json=statement)

    assert again.status_code == 200
    assert again.json() == [statement["id"]]
    assert put.status_code == 204
    assert kept(either, statement["id"]) == before


def test_a_time_in_small_letters_is_kept_in_capitals_and_is_the_same(either: Client) -> None:
    """RFC 3339 5.6 allows t and z; who reads Statements need not know."""
    statement = a_statement(id=an_id(), timestamp="2026-01-02t03:04:05.678z")
    sub = {"objectType": "SubStatement", **a_statement(timestamp="2026-01-02t03:04:05z")}
    planned = a_statement(object=sub)

    either.keep(statement)
    [other] = either.keep(planned)

    assert kept(either, statement["id"])["timestamp"] == "2026-01-02T03:04:05.678Z"
    assert kept(either, other)["object"]["timestamp"] == "2026-01-02T03:04:05Z"
    capital = {**statement, "timestamp": "2026-01-02T03:04:05.678Z"}
    assert either.keep(statement) == either.keep(capital) == [statement["id"]]


def test_another_statement_under_a_known_id_is_a_conflict(either: Client) -> None:
    statement = a_statement(id=an_id())
    either.keep(statement)

    other = {**statement, "result": {"success": False}}
    posted = either.post("statements", json=other)
    put = either.put("statements", params={"statementId": statement["id"]}, json=other)

    refusal(posted, 409)
    refusal(put, 409)
    assert "result" not in kept(either, statement["id"])


@pytest.mark.parametrize(
    ("sent", "again", "status"),
    [
        ("123456789012345678901234567890", "123456789012345678901234567891", 409),
        ("123456789012345678901234567890", "1.2345678901234568e29", 409),
        ("1e400", "1e500", 409),
        ("1e-400", "1e-500", 409),
        ("1e99999999999999999999", "1e99999999999999999998", 409),
        ("0.10000000000000000001", "0.1", 409),
        ("100000000000000000000000", "1e23", 200),
        ("0.10000000000000001", "0.1", 200),
        ("1e400", "10e399", 200),
        ("-0", "0.0", 200),
        ("1", "1.0", 200),
    ],
)
def test_numbers_are_compared_by_all_digits_that_mean_something(
    either: Client, sent: str, again: str, status: int
) -> None:
    """One double has several spellings; what no double holds was meant as it is written."""
    head = json.dumps(a_statement(id=an_id()))[:-1]

    first, second = (
        either.post(
            "statements",
            data=f'{head},"context":{{"extensions":{{"http://ex.org/n":{number}}}}}}}',
            headers=JSON,
        )
        for number in (sent, again)
    )

    assert (first.status_code, second.status_code) == (200, status)


def test_a_refusal_names_the_place_and_the_section_of_its_version(either: Client) -> None:
    known = a_statement(id=an_id())
    either.keep(known)
    other = {**known, "result": {"success": False}}
    twice = json.dumps(a_statement()).replace('"verb": {', '"verb": {"id": "urn:x", ')

    batch = refusal(either.post("statements", json=[a_statement(), other]), 409)
    single = refusal(either.post("statements", json=other), 409)
    repeated = refusal(either.post("statements", data=twice, headers=JSON), 400)
    sent = either.post("activities/state", params=state_of(), data=twice, headers=JSON)
    document = refusal(sent, 400)

    v1 = either.version == "1.0.3"
    assert [batch["at"], single["at"]] == ["[1].id", "id"]
    assert batch["spec"] == single["spec"]
    assert batch["spec"] == ("Communication 2.1.1" if v1 else "IEEE 9274.1.1, 4.1.6.1")
    assert repeated["at"] == document["at"] == "verb"
    assert repeated["spec"] == ("Data 2.2" if v1 else "IEEE 9274.1.1, 4.2.1")


def test_a_batch_is_all_or_nothing(lrs: Client) -> None:
    good, bad, known = a_statement(id=an_id()), a_statement(verb={}), a_statement(id=an_id())
    lrs.keep(known)

    invalid = lrs.post("statements", json=[good, bad])
    conflict = lrs.post("statements", json=[good, {**known, "result": {"success": True}}])

    assert refusal(invalid, 400)["at"] == "[1].verb.id"
    refusal(conflict, 409)
    assert lrs.get("statements", params={"statementId": good["id"]}).status_code == 404


def test_two_statements_of_a_batch_must_not_share_an_id(lrs: Client) -> None:
    statement = a_statement(id=an_id())

    answer = lrs.post("statements", json=[statement, {**statement, "id": statement["id"].upper()}])

    assert refusal(answer, 400)["at"] == "[1].id"


def test_an_id_has_no_case(lrs: Client) -> None:
    statement = a_statement(id=an_id().upper())
    lrs.keep(statement)

    found = kept(lrs, statement["id"].lower())

    assert found["id"].lower() == statement["id"].lower()


def test_put_refuses_an_id_other_than_the_parameter(lrs: Client) -> None:
    answer = lrs.put("statements", params={"statementId": an_id()}, json=a_statement(id=an_id()))

    assert refusal(answer, 400)["at"] == "id"


def test_put_takes_one_statement_not_a_list(lrs: Client) -> None:
    answer = lrs.put("statements", params={"statementId": an_id()}, json=[a_statement()])

    refusal(answer, 400)


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        (
            a_statement(actor={"mbox": "mailto:a@example.org", "openid": "https://a.example"}),
            "actor",
        ),
        (a_statement(actor={"account": {"name": "x"}}), "actor.account.homePage"),
        (a_statement(object={}), "object.id"),
        (a_statement(result={"score": {"scaled": 2}}), "result.score.scaled"),
        (
            a_statement(context={"contextActivities": {"parent": [{"id": "no iri"}]}}),
            "context.contextActivities.parent[0].id",
        ),
        ({**a_statement(), "verbs": {}}, "verbs"),
        ("text", ""),
        (None, ""),
    ],
)
def test_a_refusal_names_the_place_and_the_section(lrs: Client, statement, at: str) -> None:
    answer = lrs.post(
        "statements", data=json.dumps(statement), headers={"Content-Type": "application/json"}
    )

    said = refusal(answer, 400)
    assert said["at"].startswith(at)
    assert said["spec"]


@pytest.mark.parametrize("body", [b"", b"{", b"[{}", b"\xff", b"{}{}", b"NaN", b'{"a":1,"a":2}'])
def test_what_is_not_json_is_refused(lrs: Client, body: bytes) -> None:
    answer = lrs.post("statements", data=body, headers={"Content-Type": "application/json"})

    refusal(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "no type"])
def test_only_json_and_multipart_are_taken(lrs: Client, kind: str) -> None:
    answer = lrs.post("statements", data=b"{}", headers={"Content-Type": kind})

    assert refusal(answer, 400)["at"] == "Content-Type"


def test_the_authority_is_the_keys_own_whatever_was_sent(lrs: Client) -> None:
    mine = {"objectType": "Agent", "name": "LMS", "mbox": "mailto:lms@example.org"}
    lms = lrs.new_key("statements/write", "statements/read", authority=mine)
    pretended = {"mbox": "mailto:someone@example.org"}

    (statement_id,) = lms.keep(a_statement(authority=pretended))

    assert kept(lms, statement_id)["authority"] == mine


def test_a_single_context_activity_is_answered_as_an_array(lrs: Client) -> None:
    parent = an_activity()

    (statement_id,) = lrs.keep(a_statement(context={"contextActivities": {"parent": parent}}))

    found = kept(lrs, statement_id)["context"]["contextActivities"]
    assert found == {"parent": [parent]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"statementId": "x"},
        {"statementId": an_id(), "voidedStatementId": an_id()},
        {"statementId": an_id(), "limit": "1"},
        {"limit": "-1"},
        {"limit": "one"},
        {"since": "yesterday"},
        {"until": "2026-13-01T00:00:00Z"},
        {"agent": "Anna"},
        {"agent": '{"objectType":"Group","member":[]}'},
        {"verb": "answered"},
        {"activity": "course"},
        {"registration": "1"},
        {"related_agents": "yes"},
        {"ascending": "1"},
        {"attachments": "True"},
        {"format": "short"},
        {"Limit": "1"},
        {"unknown": ""},
        {"limit": ["1", "2"]},
    ],
    ids=str,
)
def test_a_wrong_parameter_is_refused_by_name(either: Client, parameters) -> None:
    answer = either.get("statements", params=parameters)

    said = refusal(answer, 400)
    assert said["at"].partition(".")[0] in {*parameters, "voidedStatementId"}
    assert answer.headers["X-Experience-API-Consistent-Through"]


def test_post_and_put_refuse_parameters_they_do_not_know(lrs: Client) -> None:
    posted = lrs.post("statements", params={"statementId": an_id()}, json=a_statement())
    put = lrs.put("statements", params={"statementId": an_id(), "x": ""}, json=a_statement())
    without = lrs.put("statements", json=a_statement())

    assert refusal(posted, 400)["at"] == "statementId"
    assert refusal(put, 400)["at"] == "x"
    assert refusal(without, 400)["at"] == "statementId"


def test_what_is_not_there_is_404(lrs: Client) -> None:
    refusal(lrs.get("statements", params={"statementId": an_id()}), 404)
    refusal(lrs.get("statements", params={"voidedStatementId": an_id()}), 404)


def test_an_answer_says_when_it_was_last_modified(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    answer = lrs.get("statements", params={"statementId": statement_id})

    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert answer.headers["Content-Type"] == "application/json"
