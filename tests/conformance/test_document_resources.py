"""State, Agent Profile and Activity Profile (Communication 2.2, 2.3, 2.6, 2.7, 3.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.api.samples import an_activity, an_agent, an_id, state_of
from tests.conformance.rules import Check, Rules, rule
from tests.server import Client, refusal

RULES = Rules()
NEW = {"If-None-Match": "*"}


@dataclass(frozen=True)
class Place:
    """A Resource, and how to name a new document of it."""

    path: str
    id_name: str
    new: Callable[[], dict[str, str]]

    def context(self, document: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in document.items() if name != self.id_name}


STATE = Place("activities/state", "stateId", state_of)
AGENT = Place(
    "agents/profile", "profileId", lambda: {"agent": json.dumps(an_agent()), "profileId": "p"}
)
ACTIVITY = Place(
    "activities/profile", "profileId", lambda: {"activityId": an_activity()["id"], "profileId": "p"}
)


def put_and_got(lrs: Client, place: Place) -> None:
    document = place.new()

    put = lrs.put(place.path, params=document, data=b"content", headers=NEW)
    got = lrs.get(place.path, params=document)

    assert put.status_code == 204
    assert got.status_code == 200
    assert got.content == b"content"


def listed(lrs: Client, place: Place) -> None:
    document = place.new()
    lrs.put(place.path, params=document, data=b"1", headers=NEW)
    context = place.context(document)
    first = lrs.get(place.path, params=context).json()
    later = {**context, "since": "2100-01-01T00:00:00Z"}

    assert first == [document[place.id_name]]
    assert lrs.get(place.path, params=later).json() == []


def deleted(lrs: Client, place: Place) -> None:
    document = place.new()
    lrs.put(place.path, params=document, data=b"1", headers=NEW)

    assert lrs.delete(place.path, params=document).status_code == 204
    refusal(lrs.get(place.path, params=document), 404)


def posted_anew(lrs: Client, place: Place) -> None:
    document = place.new()

    assert lrs.post(place.path, params=document, json={"a": 1}).status_code == 204
    assert lrs.get(place.path, params=document).json() == {"a": 1}


def merged(lrs: Client, place: Place) -> None:
    document = place.new()
    lrs.post(place.path, params=document, json={"a": {"x": 1}, "b": 2})

    lrs.post(place.path, params=document, json={"a": {"y": 1}, "c": 3})

    assert lrs.get(place.path, params=document).json() == {"a": {"y": 1}, "b": 2, "c": 3}


def not_merged_with_text(lrs: Client, place: Place) -> None:
    document, kind = place.new(), {"Content-Type": "text/plain"}
    lrs.put(place.path, params=document, data=b"text", headers={**NEW, **kind})

    refusal(lrs.post(place.path, params=document, json={}), 400)
    assert lrs.get(place.path, params=document).content == b"text"


def not_merged_with_a_list(lrs: Client, place: Place) -> None:
    document = place.new()
    lrs.post(place.path, params=document, json={"a": 1})

    refusal(lrs.post(place.path, params=document, json=[1]), 400)
    assert lrs.get(place.path, params=document).json() == {"a": 1}


def broken_json_refused(lrs: Client, place: Place) -> None:
    kind = {"Content-Type": "application/json"}

    refusal(lrs.post(place.path, params=place.new(), data=b'{"a":', headers=kind), 400)


def guarded_by_tags(lrs: Client, place: Place) -> None:
    document = place.new()
    lrs.put(place.path, params=document, data=b"1", headers=NEW)
    tag = lrs.get(place.path, params=document).headers["ETag"]

    refusal(lrs.put(place.path, params=document, data=b"2", headers=NEW), 412)
    refusal(lrs.put(place.path, params=document, data=b"2", headers={"If-Match": '"x"'}), 412)
    right = lrs.put(place.path, params=document, data=b"2", headers={"If-Match": tag})

    assert right.status_code == 204


EVERY = [
    rule("188 190 192 217 230", "a State is put and got", put_and_got, STATE),
    rule("259 269 273 274 282", "an Agent's profile is put and got", put_and_got, AGENT),
    rule("287 288 290 293 311", "an Activity's profile is put and got", put_and_got, ACTIVITY),
    rule("193 195 221 222", "States are listed", listed, STATE),
    rule("268 270 275", "an Agent's profiles are listed", listed, AGENT),
    rule("289 294 303", "an Activity's profiles are listed", listed, ACTIVITY),
    rule("187 191 216", "a State is deleted", deleted, STATE),
    rule("271", "an Agent's profile is deleted", deleted, AGENT),
    rule("285 291", "an Activity's profile is deleted", deleted, ACTIVITY),
    rule("189 231 233", "a State is posted", posted_anew, STATE),
    rule("272 280 283", "an Agent's profile is posted", posted_anew, AGENT),
    rule("286 292 310 312", "an Activity's profile is posted", posted_anew, ACTIVITY),
    rule("183 184 234", "a State is merged at its top", merged, STATE),
    rule("279", "an Agent's profile is merged", merged, AGENT),
    rule("308", "an Activity's profile is merged", merged, ACTIVITY),
    rule("232", "a State of text is not merged", not_merged_with_text, STATE),
    rule("278", "an Agent's profile of text is not merged", not_merged_with_text, AGENT),
    rule("309", "an Activity's profile of text is not merged", not_merged_with_text, ACTIVITY),
    rule("229", "a State is merged with objects only", not_merged_with_a_list, STATE),
    rule("281", "an Agent's profile likewise", not_merged_with_a_list, AGENT),
    rule("313", "an Activity's profile likewise", not_merged_with_a_list, ACTIVITY),
    rule("235", "a State that says it is JSON is", broken_json_refused, STATE),
    rule("284", "an Agent's profile likewise", broken_json_refused, AGENT),
    rule("314", "an Activity's profile likewise", broken_json_refused, ACTIVITY),
    rule("322", "an Agent's profile is guarded by its ETag", guarded_by_tags, AGENT),
    rule("322", "an Activity's profile likewise", guarded_by_tags, ACTIVITY),
    rule("322", "a State likewise", guarded_by_tags, STATE),
]


@pytest.mark.parametrize(("check", "place"), EVERY)
def test_of_documents(either: Client, check: Callable[[Client, Place], None], place: Place) -> None:
    check(either, place)


@RULES.shown_by("194")
def all_states_of_a_context_go_together(lrs: Client) -> None:
    one = state_of()
    other = {**one, "stateId": "other"}
    for document in (one, other):
        lrs.put(STATE.path, params=document, data=b"1", headers=NEW)

    assert lrs.delete(STATE.path, params=STATE.context(one)).status_code == 204
    assert lrs.get(STATE.path, params=STATE.context(one)).json() == []


@RULES.shown_by("218 219 220 227")
def a_registration_is_a_context_of_its_own(lrs: Client) -> None:
    within = state_of(registration=an_id())
    without = {name: value for name, value in within.items() if name != "registration"}
    lrs.put(
        STATE.path, params=within, data=b"{}", headers={**NEW, "Content-Type": "application/json"}
    )

    assert lrs.post(STATE.path, params=within, json={"a": 1}).status_code == 204
    refusal(lrs.get(STATE.path, params=without), 404)
    assert lrs.get(STATE.path, params=within).json() == {"a": 1}
    assert lrs.delete(STATE.path, params=within).status_code == 204


@pytest.mark.parametrize("check", RULES.cases)
def test_of_states(either: Client, check: Check) -> None:
    check(either)


TABLES = [EVERY, RULES.cases]
