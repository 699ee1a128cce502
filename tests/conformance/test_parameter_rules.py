"""Requests that an LRS must refuse for what stands in their query, version by version."""

from __future__ import annotations

import json

import pytest

from tests.api.samples import an_activity, an_agent, an_id
from tests.conformance.rules import rule
from tests.server import Client, refusal

ACTIVITY, AGENT, ID = an_activity()["id"], json.dumps(an_agent()), an_id()
STATE, AGENTS, ACTIVITIES = "activities/state", "agents/profile", "activities/profile"
A_STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "s"}
AN_AGENTS = {"agent": AGENT, "profileId": "p"}
AN_ACTIVITYS = {"activityId": ACTIVITY, "profileId": "p"}
NO_JSON = "not JSON"


def without(parameters: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if key != name}


def refused(
    numbers: dict[str, str], words: str, path: str, parameters: dict[str, str], at: str
) -> list[object]:
    """One case for each method, by the number of its requirement."""
    return [
        rule(number, f"{method}: {words}", method, path, parameters, at)
        for method, number in numbers.items()
    ]


def by_method(delete: str, get: str, post: str, put: str) -> dict[str, str]:
    return {"DELETE": delete, "GET": get, "POST": post, "PUT": put}


STATES = [
    *refused(by_method("196", "197", "198", "199"), "a State's agent is JSON", STATE, {**A_STATE, "agent": NO_JSON}, "agent"),
    *refused(by_method("200", "201", "202", "203"), "a registration is a UUID", STATE, {**A_STATE, "registration": "7"}, "registration"),
    *refused(by_method("207", "208", "209", "210"), "a State has an Activity", STATE, without(A_STATE, "activityId"), "activityId"),
    *refused(by_method("212", "213", "214", "215"), "a State has an Agent", STATE, without(A_STATE, "agent"), "agent"),
    *refused({"PUT": "206", "POST": "211"}, "a State has an id", STATE, without(A_STATE, "stateId"), "stateId"),
    rule("204", "since is a timestamp", "GET", STATE, {**without(A_STATE, "stateId"), "since": "then"}, "since"),
    rule("223", "DELETE knows no since", "DELETE", STATE, {**without(A_STATE, "stateId"), "since": "2026-01-01T00:00:00Z"}, "since"),
]  # fmt: skip
AGENT_PROFILES = [
    *refused(by_method("255", "258", "256", "257"), "a profile's agent is an Agent", AGENTS, {**AN_AGENTS, "agent": "{}"}, "agent"),
    *refused(by_method("262", "261", "263", "264"), "an Agent's profile has an Agent", AGENTS, without(AN_AGENTS, "agent"), "agent"),
    *refused({"DELETE": "265", "POST": "266", "PUT": "267"}, "an Agent's profile has an id", AGENTS, without(AN_AGENTS, "profileId"), "profileId"),
    rule("260", "since is a timestamp", "GET", AGENTS, {"agent": AGENT, "since": "then"}, "since"),
]  # fmt: skip
ACTIVITY_PROFILES = [
    *refused(by_method("297", "296", "298", "299"), "an Activity's profile has an Activity", ACTIVITIES, without(AN_ACTIVITYS, "activityId"), "activityId"),
    *refused({"DELETE": "300", "POST": "301", "PUT": "302"}, "an Activity's profile has an id", ACTIVITIES, without(AN_ACTIVITYS, "profileId"), "profileId"),
    rule("295", "since is a timestamp", "GET", ACTIVITIES, {"activityId": ACTIVITY, "since": "then"}, "since"),
    rule("304", "no profile of an Activity has an agent", "GET", ACTIVITIES, {**AN_ACTIVITYS, "agent": AGENT}, "agent"),
]  # fmt: skip
STATEMENTS = [
    rule("12", "parameters are as strict as Statements", "GET", "statements", {"verb": "did"}, "verb"),
    rule("12", "an agent is as strict as an actor", "GET", "statements", {"agent": '{"mbox":"a"}'}, "agent"),
    rule("144 145", "PUT names its id", "PUT", "statements", {}, "statementId"),
    rule("150", "voidedStatementId stands alone", "GET", "statements", {"voidedStatementId": ID, "verb": "urn:v"}, "verb"),
    rule("151", "statementId stands alone", "GET", "statements", {"statementId": ID, "limit": "1"}, "limit"),
    rule("151", "one of the two ids", "GET", "statements", {"statementId": ID, "voidedStatementId": ID}, "voidedStatementId"),
    rule("324", "unknown parameters are refused", "GET", "statements", {"colour": "red"}, "colour"),
    rule("324", "unknown parameters of a State too", "GET", STATE, {**A_STATE, "colour": "red"}, "colour"),
    rule("325", "parameters have their case", "GET", "statements", {"statementid": ID}, "statementid"),
    rule("325", "of other Resources too", "GET", "activities", {"activityid": ACTIVITY}, "activityid"),
    rule("243", "an Agent is asked for", "GET", "agents", {}, "agent"),
    rule("249", "an Agent is asked for by an Agent", "GET", "agents", {"agent": '{"name":"Anna"}'}, "agent"),
    rule("250", "an Activity is asked for", "GET", "activities", {}, "activityId"),
]  # fmt: skip
TABLES = [STATES, AGENT_PROFILES, ACTIVITY_PROFILES, STATEMENTS]


@pytest.mark.parametrize(
    ("method", "path", "parameters", "at"), [case for table in TABLES for case in table]
)
def test_a_request_is_refused_unless(
    either: Client, method: str, path: str, parameters: dict[str, str], at: str
) -> None:
    body = {} if method in ("GET", "DELETE") else {"json": {}}

    said = refusal(either.send(method, path, params=parameters, **body), 400)

    assert said["at"].partition(".")[0] == at
    assert said["spec"]
