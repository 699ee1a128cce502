"""Who may do what (Communication 4): keys, scopes, and what `mine` means."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
import requests

from tests.api.samples import a_statement, about, an_activity, an_agent, an_id, state_of, voiding
from tests.server import Client, refusal

ACTIVITY = "https://example.org/activities/scopes"
AGENT = json.dumps(an_agent())
PROFILE = {"agent": AGENT, "profileId": "p"}
ABOUT_ACTIVITY = {"activityId": ACTIVITY, "profileId": "p"}
FRESH = {"If-None-Match": "*"}

Act = Callable[[Client], requests.Response]
ACTS: dict[str, Act] = {
    "write statements": lambda c: c.post("statements", json=a_statement()),
    "put a statement": lambda c: c.put(
        "statements", params={"statementId": an_id()}, json=a_statement()
    ),
    "list statements": lambda c: c.get("statements", params={"limit": "1"}),
    "read an Agent": lambda c: c.get("agents", params={"agent": AGENT}),
    "read an Activity": lambda c: c.get("activities", params={"activityId": ACTIVITY}),
    "write state": lambda c: c.put("activities/state", params=state_of(), data=b"1"),
    "merge state": lambda c: c.post("activities/state", params=state_of(), json={}),
    "read state": lambda c: c.get("activities/state", params=without_id(state_of())),
    "delete state": lambda c: c.delete("activities/state", params=state_of()),
    "write an Agent's profile": lambda c: c.post("agents/profile", params=PROFILE, json={}),
    "read Agent's profiles": lambda c: c.get("agents/profile", params={"agent": AGENT}),
    "delete an Agent's profile": lambda c: c.delete("agents/profile", params=PROFILE),
    "write an Activity's profile": lambda c: c.post(
        "activities/profile", params=ABOUT_ACTIVITY, json={}
    ),
    "read an Activity's profiles": lambda c: c.get(
        "activities/profile", params={"activityId": ACTIVITY}
    ),
    "list keys": lambda c: c.get("/api/keys"),
    "create a key": lambda c: c.post("/api/keys", json={"name": "x", "scopes": ["state"]}),
    "see the page": lambda c: c.get("/"),
    "validate": lambda c: c.post("/api/validate", json=a_statement()),
}
READING_THINGS = {"read an Agent", "read an Activity"}
STATE = {"write state", "merge state", "read state", "delete state"}
PROFILES = {name for name in ACTS if "profile" in name}
READING = {name for name in ACTS if name.startswith(("read", "list statements"))}
ALLOWED = {
    "statements/write": {"write statements", "put a statement", "validate"},
    "statements/read/mine": {"list statements", "validate", *READING_THINGS},
    "statements/read": {"list statements", "validate", "see the page", *READING_THINGS},
    "state": STATE,
    "define": set(),
    "profile": {*PROFILES, *READING_THINGS},
    "all/read": {*READING, "validate", "see the page"},
    "all": set(ACTS),
}


def without_id(document: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in document.items() if name != "stateId"}


@pytest.mark.parametrize("scope", ALLOWED)
def test_a_scope_allows_its_own_acts_and_no_others(lrs: Client, scope: str) -> None:
    client = lrs.new_key(scope)

    answers = {name: act(client) for name, act in ACTS.items()}

    assert {n for n, answer in answers.items() if answer.status_code < 300} == ALLOWED[scope]
    for name in ACTS.keys() - ALLOWED[scope]:
        refusal(answers[name], 403)


def test_two_scopes_allow_what_either_does(lrs: Client) -> None:
    client = lrs.new_key("statements/write", "state")

    assert ACTS["write statements"](client).status_code == 200
    assert ACTS["write state"](client).status_code == 204
    refusal(ACTS["list statements"](client), 403)


@pytest.mark.parametrize("name", ACTS)
def test_nobody_may_do_anything(lrs: Client, name: str) -> None:
    answer = ACTS[name](lrs.anonymous())

    refusal(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_wrong_key_and_a_wrong_secret_are_answered_alike(lrs: Client) -> None:
    client = lrs.new_key("all")

    wrong_key = client.with_key(an_id(), client.auth.password).get("statements")
    wrong_secret = client.with_key(client.auth.username, "wrong").get("statements")

    assert refusal(wrong_key, 401) == refusal(wrong_secret, 401)
    assert set(wrong_key.headers) == set(wrong_secret.headers)
    assert client.get("statements", params={"limit": "1"}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"a\x00b:c").decode(),
        "Basic " + base64.b64encode(b"a:" + b"x" * 5000).decode(),
        "Bearer abc",
        "Digest username=x",
        "é",
    ],
)
def test_what_is_no_credential_is_401(lrs: Client, header: str) -> None:
    answer = lrs.anonymous().get("statements", headers={"Authorization": header.encode()})

    refusal(answer, 401)


def test_mine_is_what_this_key_stored(lrs: Client) -> None:
    activity = an_activity()
    me = lrs.new_key("statements/write", "statements/read/mine")
    (mine,) = me.keep(a_statement(object=activity))
    (theirs,) = lrs.keep(a_statement(object=activity))

    assert me.ids(activity=activity["id"]) == [mine]
    assert me.get("statements", params={"statementId": mine}).status_code == 200
    refusal(me.get("statements", params={"statementId": theirs}), 404)


def test_mine_pages_only_through_mine(lrs: Client) -> None:
    activity = an_activity()
    me = lrs.new_key("statements/write", "statements/read/mine")
    mine = []
    for _ in range(4):
        mine += me.keep(a_statement(object=activity))
        lrs.keep(a_statement(object=activity))

    first = me.get("statements", params={"activity": activity["id"], "limit": 3}).json()
    rest = me.get(first["more"]).json()

    assert [s["id"] for s in first["statements"] + rest["statements"]] == mine[::-1]
    assert rest["more"] == ""


def test_others_comments_on_mine_are_not_mine(lrs: Client) -> None:
    """A referrer inherits what its target is found by, but not who asserted it."""
    activity = an_activity()
    me = lrs.new_key("statements/write", "statements/read/mine")
    (mine,) = me.keep(a_statement(object=activity))
    (comment,) = lrs.keep(about(mine))

    assert me.ids(activity=activity["id"]) == [mine]
    assert comment in lrs.ids(activity=activity["id"])
    refusal(me.get("statements", params={"statementId": comment}), 404)


def test_my_comment_on_theirs_shows_nothing_of_theirs(lrs: Client) -> None:
    activity = an_activity()
    me = lrs.new_key("statements/write", "statements/read/mine")
    (theirs,) = lrs.keep(a_statement(object=activity))
    (comment,) = me.keep(about(theirs))

    assert me.ids(activity=activity["id"]) == [comment]


def test_a_voided_statement_of_others_is_not_mine(lrs: Client) -> None:
    me = lrs.new_key("statements/write", "statements/read/mine")
    (theirs,) = lrs.keep(a_statement())
    lrs.keep(voiding(theirs))

    refusal(me.get("statements", params={"voidedStatementId": theirs}), 404)


def test_a_refusal_for_want_of_scope_changes_nothing(lrs: Client) -> None:
    statement = a_statement(id=an_id())

    refusal(lrs.new_key("statements/read").post("statements", json=statement), 403)

    refusal(lrs.get("statements", params={"statementId": statement["id"]}), 404)
