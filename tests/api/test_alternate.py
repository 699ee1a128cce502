"""Alternate request syntax: forms that stand for requests, under 1.0.x (Communication 1.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from tests.api.samples import a_statement, an_agent, an_id, kept, state_of
from tests.server import Client, refusal


@pytest.fixture
def old(lrs: Client) -> Client:
    return lrs.speaking("1.0.3")


def form(client: Client, method: str, path: str, **fields: Any) -> requests.Response:
    """Send a request as a form: all that is not in the query stands in it."""
    user, secret = client.auth.username, client.auth.password
    basic = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
    fields = {"Authorization": basic, "X-Experience-API-Version": client.version, **fields}
    nobody = client.anonymous().speaking(None)
    return nobody.post(path, params={"method": method}, data=fields)


def test_statements_are_put_posted_and_read(old: Client) -> None:
    statement = a_statement(id=an_id())
    plain = {"Content-Type": "application/json", "content": json.dumps(statement)}

    put = form(old, "PUT", "statements", statementId=statement["id"], **plain)
    posted = form(old, "POST", "statements", **plain)
    read = form(old, "GET", "statements", statementId=statement["id"])
    listed = form(old, "GET", "statements", agent=json.dumps(statement["actor"]))

    assert put.status_code == 204, put.text
    assert posted.json() == [statement["id"]]
    assert read.json() == kept(old, statement["id"])
    assert listed.json()["statements"] == [read.json()]


def test_content_may_hold_any_text(old: Client) -> None:
    statement = a_statement(id=an_id(), result={"response": "a&b=c+d %20 ü\U0001f600"})

    form(old, "POST", "statements", content=json.dumps(statement, ensure_ascii=False))

    assert kept(old, statement["id"])["result"] == statement["result"]


def test_documents_are_put_read_and_deleted_with_their_conditions(old: Client) -> None:
    document = state_of()
    text = {**document, "Content-Type": "text/plain"}

    put = form(old, "PUT", "activities/state", content="one", **text)
    stale = form(old, "PUT", "activities/state", content="two", **text, **{"If-None-Match": "*"})
    read = form(old, "GET", "activities/state", **document)
    deleted = form(old, "DELETE", "activities/state", **document)

    assert put.status_code == 204
    refusal(stale, 412)
    assert read.text == "one"
    assert read.headers["Content-Type"] == "text/plain"
    assert deleted.status_code == 204
    refusal(old.get("activities/state", params=document), 404)


def test_headers_may_be_headers_still(old: Client) -> None:
    answer = old.post("agents", params={"method": "GET"}, data={"agent": json.dumps(an_agent())})

    assert answer.status_code == 200


def test_the_method_stands_alone_in_the_query(old: Client) -> None:
    answer = old.post("statements", params={"method": "GET", "limit": "1"}, data={})

    assert refusal(answer, 400)["at"] == "method"


@pytest.mark.parametrize("method", ["PATCH", "", "OPTIONS", "TRACE", "HEAD"])
def test_other_methods_are_refused(old: Client, method: str) -> None:
    assert (
        refusal(old.post("statements", params={"method": method}, data={}), 400)["at"] == "method"
    )


def test_a_wrong_key_in_a_form_is_401(old: Client) -> None:
    refusal(form(old.with_key("nobody", "x"), "GET", "statements"), 401)


@pytest.mark.parametrize("body", [b"\xff=\xff", b"no form", b"a=%ff"])
def test_what_is_no_form_is_refused(old: Client, body: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    refusal(old.post("statements", params={"method": "PUT"}, data=body, headers=kind), 400)


def test_a_form_beyond_the_limit_is_too_large(old: Client) -> None:
    answer = form(old, "POST", "statements", content="x" * (2 * 2**20))

    refusal(answer, 413)


def test_2_0_does_not_know_it(lrs: Client) -> None:
    statement = a_statement(id=an_id())

    answer = form(
        lrs, "PUT", "statements", statementId=statement["id"], content=json.dumps(statement)
    )
    read = lrs.post("statements", params={"method": "GET"}, data={})

    refusal(read, 400)
    assert answer.status_code in (400, 401)
    refusal(lrs.get("statements", params={"statementId": statement["id"]}), 404)


@pytest.mark.parametrize("kind", ["text/plain\r\nSet-Cookie: a=b", "text/\U0001f600", "text/\0"])
def test_what_no_header_can_hold_is_refused_in_a_field_too(old: Client, kind: str) -> None:
    """Kept as the type of a document, it could never be answered."""
    document = state_of()

    answer = form(old, "PUT", "activities/state", content="x", **document, **{"Content-Type": kind})

    assert refusal(answer, 400)["at"] == "content-type"
    refusal(old.get("activities/state", params=document), 404)
