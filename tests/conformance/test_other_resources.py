"""Agents, Activities, About, HEAD, versions and credentials (Communication 1.1, 2.4, 2.5, 2.8, 3, 4)."""

from __future__ import annotations

import json

import pytest

from tests.api.samples import a_statement, an_activity, an_agent, an_id
from tests.conformance.rules import Check, Rules
from tests.server import Client, refusal

RULES = Rules()


@RULES.shown_by("236 237 238 239 240 241 242 244 245 246 247 248")
def a_person_has_arrays(lrs: Client) -> None:
    identifiers = {
        "mbox": "mailto:anna@example.org",
        "mbox_sha1sum": "a" * 40,
        "openid": "https://example.org/anna",
        "account": {"homePage": "https://example.org", "name": "anna"},
    }
    for name, value in identifiers.items():
        answer = lrs.get("agents", params={"agent": json.dumps({name: value, "name": "Anna"})})

        assert answer.status_code == 200
        assert answer.json() == {"objectType": "Person", "name": ["Anna"], name: [value]}


@RULES.shown_by("251 252 253 254")
def an_activity_has_all_that_was_told_of_it(lrs: Client) -> None:
    activity = an_activity()
    for language in ("en", "nl"):
        definition = {"name": {language: "x"}}
        lrs.keep(a_statement(object={**activity, "definition": definition}))

    answer = lrs.get("activities", params={"activityId": activity["id"]})

    assert answer.status_code == 200
    assert answer.json()["definition"] == {"name": {"en": "x", "nl": "x"}}


@RULES.shown_by("315 316 317 318 319")
def about_tells_the_versions(lrs: Client) -> None:
    answer = lrs.get("about")

    assert answer.status_code == 200
    assert answer.json()["version"] == ["1.0.3", "2.0.0"]


@RULES.shown_by("125 126")
def head_is_get_without_body(lrs: Client) -> None:
    paths = {
        "about": {},
        "statements": {"activity": an_activity()["id"]},
        "agents": {"agent": json.dumps(an_agent())},
        "activities": {"activityId": an_activity()["id"]},
        "agents/profile": {"agent": json.dumps(an_agent())},
        "activities/profile": {"activityId": an_activity()["id"]},
        "activities/state": {"activityId": an_activity()["id"], "agent": json.dumps(an_agent())},
    }
    for path, parameters in paths.items():
        got, head = lrs.get(path, params=parameters), lrs.head(path, params=parameters)

        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert set(head.headers) == set(got.headers)
        assert head.headers["Content-Length"] == got.headers["Content-Length"]


@RULES.shown_by("321 331")
def a_request_names_its_version(lrs: Client) -> None:
    silent = lrs.speaking(None)
    for path in ("statements", "agents", "activities", "activities/state", "agents/profile"):
        assert refusal(silent.get(path), 400)["at"] == "X-Experience-API-Version"

    assert silent.get("about").status_code == 200


@RULES.shown_by("333")
def an_answer_names_the_latest_patch_of_its_version(lrs: Client) -> None:
    assert lrs.version is not None
    early = lrs.speaking(lrs.version[:-1] + "0")

    for answer in (early.get("about"), early.get("statements"), early.get("agents")):
        assert answer.headers["X-Experience-API-Version"] == lrs.version


@RULES.shown_by("334 335")
def basic_credentials_are_asked_for(lrs: Client) -> None:
    refusal(lrs.anonymous().post("statements", json=a_statement()), 401)
    refusal(lrs.with_key(an_id(), "x").post("statements", json=a_statement()), 401)

    assert lrs.post("statements", json=a_statement()).status_code == 200


@RULES.shown_by("327")
def a_right_key_without_the_scope_is_403(lrs: Client) -> None:
    refusal(lrs.new_key("statements/read").post("statements", json=a_statement()), 403)


TABLES = [RULES.cases]


@pytest.mark.parametrize("check", RULES.cases)
def test_of_other_resources(either: Client, check: Check) -> None:
    check(either)
