"""exact, ids and canonical (Communication 2.1.3)."""

from __future__ import annotations

import json

from tests.api.samples import a_statement, an_activity, an_agent, kept
from tests.server import Client

NAMES = {"en-GB": "First aid", "nl": "Eerste hulp"}


def shown(client: Client, statement_id: str, form: str, **headers: str) -> dict:
    """A Statement in a format, both by its id and from a list."""
    client = client.saying(**headers)
    alone = client.get("statements", params={"statementId": statement_id, "format": form}).json()
    agent = json.dumps(kept(client, statement_id)["actor"])
    listed = client.get("statements", params={"agent": agent, "format": form}).json()
    assert listed["statements"] == [alone]
    return alone


def test_exact_is_what_was_sent(either: Client) -> None:
    statement = a_statement(object=an_activity(definition={"name": NAMES}))
    (statement_id,) = either.keep(statement)

    assert shown(either, statement_id, "exact")["object"] == statement["object"]


def test_ids_leaves_only_what_identifies(either: Client) -> None:
    actor = an_agent(name="Anna")
    activity = an_activity(definition={"name": NAMES}, objectType="Activity")
    (statement_id,) = either.keep(a_statement(actor=actor, object=activity))

    found = shown(either, statement_id, "ids")

    assert found["actor"] == {"mbox": actor["mbox"]}
    assert found["object"] == {"id": activity["id"]}
    assert found["id"] == statement_id


def test_canonical_has_the_merged_definition_in_the_language_asked_for(either: Client) -> None:
    activity = an_activity()
    for language, name in NAMES.items():
        (statement_id,) = either.keep(
            a_statement(object={**activity, "definition": {"name": {language: name}}})
        )

    dutch = shown(either, statement_id, "canonical", Accept_Language="nl, en;q=0.5")
    english = shown(either, statement_id, "canonical", Accept_Language="en")

    assert dutch["object"]["definition"]["name"] == {"nl": "Eerste hulp"}
    assert english["object"]["definition"]["name"] == {"en-GB": "First aid"}


def test_the_activities_resource_has_all_that_was_learned(either: Client) -> None:
    activity = an_activity()
    for language, name in NAMES.items():
        either.keep(a_statement(object={**activity, "definition": {"name": {language: name}}}))

    answer = either.get("activities", params={"activityId": activity["id"]})

    assert answer.json() == {
        "objectType": "Activity",
        **activity,
        "definition": {"name": NAMES},
    }
