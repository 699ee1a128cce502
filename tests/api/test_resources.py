"""Agents, Activities, About; HEAD on every Resource (Communication 1.1, 2.4, 2.5, 2.8)."""

from __future__ import annotations

import json

import pytest
import requests

from tests.api.samples import a_statement, an_activity, an_agent, an_id, state_of
from tests.server import Client, refusal


@pytest.mark.parametrize(
    "agent",
    [
        {"mbox": "mailto:anna@example.org"},
        {"mbox_sha1sum": "a" * 40, "name": "Anna"},
        {"openid": "https://example.org/anna"},
        {"account": {"homePage": "https://example.org", "name": "anna"}},
    ],
    ids=lambda agent: next(iter(agent)),
)
def test_a_person_has_arrays_only(either: Client, agent: dict) -> None:
    answer = either.get("agents", params={"agent": json.dumps(agent)})

    assert answer.json() == {
        "objectType": "Person",
        **{name: [value] for name, value in agent.items()},
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"agent": "Anna"},
        {"agent": "{}"},
        {"agent": '{"objectType":"Group","mbox":"mailto:a@example.org"}'},
        {"agent": json.dumps(an_agent()), "name": "x"},
    ],
    ids=str,
)
def test_what_is_no_agent_has_no_person(either: Client, parameters: dict[str, str]) -> None:
    refusal(either.get("agents", params=parameters), 400)


def test_an_unknown_activity_is_answered_with_its_id(either: Client) -> None:
    activity = an_activity()

    answer = either.get("activities", params={"activityId": activity["id"]})

    assert answer.status_code == 200
    assert answer.json() == {"objectType": "Activity", **activity}


@pytest.mark.parametrize("parameters", [{}, {"activityId": "no iri"}, {"activityId": ""}], ids=str)
def test_what_is_no_iri_is_no_activity(either: Client, parameters: dict[str, str]) -> None:
    assert refusal(either.get("activities", params=parameters), 400)["at"] == "activityId"


def test_a_definition_grows_only_so_far(lrs: Client) -> None:
    """Else it outgrows what a store can hold, and nobody can speak of the Activity any more."""
    activity = an_activity(id="http://ex.org/grown")
    names = [f"http://ex.org/part/{number}" for number in range(4)]

    for name in names:
        large = {**activity, "definition": {"extensions": {name: "x" * 400_000}}}
        lrs.keep(a_statement(object=large))

    answer = lrs.get("activities", params={"activityId": activity["id"]})
    assert list(answer.json()["definition"]["extensions"]) == names[:2]


def test_without_the_scope_define_no_definition_is_learned(lrs: Client) -> None:
    activity = an_activity()
    lrs.new_key("statements/write").keep(
        a_statement(object={**activity, "definition": {"name": {"en": "x"}}})
    )

    answer = lrs.get("activities", params={"activityId": activity["id"]})

    assert "definition" not in answer.json()


def test_about_hears_no_parameters(lrs: Client) -> None:
    assert refusal(lrs.get("about", params={"version": "1"}), 400)["at"] == "version"


def test_about_needs_neither_key_nor_version(lrs: Client) -> None:
    answer = lrs.anonymous().speaking(None).get("about")

    assert answer.status_code == 200
    assert answer.json()["version"] == ["1.0.3", "2.0.0"]


@pytest.mark.parametrize(
    "resource",
    ["statement", "list", "state", "states", "agents", "activities", "about", "profile", "missing"],
)
def test_head_is_get_without_a_body(either: Client, resource: str) -> None:
    activity = an_activity(definition={"description": {"en": "long " * 1000}})
    (statement_id,) = either.keep(a_statement(object=activity))
    state = state_of()
    either.put("activities/state", params=state, data=b"bookmark")
    path, parameters = {
        "statement": ("statements", {"statementId": statement_id}),
        "list": ("statements", {"activity": activity["id"]}),
        "state": ("activities/state", state),
        "states": ("activities/state", {k: state[k] for k in ("agent", "activityId")}),
        "agents": ("agents", {"agent": json.dumps(an_agent())}),
        "activities": ("activities", {"activityId": activity["id"]}),
        "about": ("about", {}),
        "profile": ("activities/profile", {"activityId": an_activity()["id"]}),
        "missing": ("statements", {"statementId": an_id()}),
    }[resource]
    got, head = (either.send(method, path, params=parameters) for method in ("GET", "HEAD"))

    assert got.content
    assert head.content == b""
    assert head.status_code == got.status_code
    assert lasting(head) == lasting(got)
    assert set(head.headers) == set(got.headers)


def lasting(answer: requests.Response) -> dict[str, str]:
    """The headers that are the same each time a thing is asked for."""
    changing = {"date", "x-request-id", "x-experience-api-consistent-through"}
    return {name: value for name, value in answer.headers.items() if name.lower() not in changing}
