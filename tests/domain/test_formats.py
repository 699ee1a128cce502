from __future__ import annotations

import copy

import orjson
from hypothesis import given

from lrs.domain.actors import ifis
from lrs.domain.formats import activity_ids, canonical, ids
from lrs.domain.languages import accept_language
from lrs.domain.parts import activities, context_actors, direct_actors, parts
from lrs.domain.statement import completed
from lrs.domain.versions import Version
from tests.domain import generated

ANN = {"objectType": "Agent", "name": "Ann", "mbox": "mailto:ann@example.org"}
ANN_ID = {"mbox": "mailto:ann@example.org"}
TEAM = {"objectType": "Group", "name": "Team", "openid": "https://t.example", "member": [ANN]}
TEAM_ID = {"objectType": "Group", "openid": "https://t.example"}
UNNAMED = {"objectType": "Group", "name": "Some", "member": [ANN]}
UNNAMED_ID = {"objectType": "Group", "member": [ANN_ID]}
VERB = {"id": "https://v.example", "display": {"en": "did", "nl": "deed"}}
COURSE = {
    "objectType": "Activity",
    "id": "https://c.example",
    "definition": {"name": {"en": "Course", "nl": "Cursus"}, "type": "https://t.example/course"},
}
COURSE_ID = {"id": "https://c.example"}
CONTEXT = {
    "registration": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
    "instructor": ANN,
    "team": TEAM,
    "contextActivities": {"parent": [COURSE], "other": [COURSE, {"id": "https://d.example"}]},
    "contextAgents": [{"objectType": "contextAgent", "agent": ANN, "relevantTypes": ["a:b"]}],
    "contextGroups": [{"objectType": "contextGroup", "group": UNNAMED}],
    "extensions": {"https://x.example": {"name": {"en": "a", "nl": "b"}}},
}
CONTEXT_IDS = {
    **CONTEXT,
    "instructor": ANN_ID,
    "team": TEAM_ID,
    "contextActivities": {"parent": [COURSE_ID], "other": [COURSE_ID, {"id": "https://d.example"}]},
    "contextAgents": [{"objectType": "contextAgent", "agent": ANN_ID, "relevantTypes": ["a:b"]}],
    "contextGroups": [{"objectType": "contextGroup", "group": UNNAMED_ID}],
}
NL = accept_language("nl")
FULL = {"actor": UNNAMED, "verb": VERB, "object": COURSE, "context": CONTEXT}


def kept(sent):
    head = completed(sent, statement_id="1", authority=ANN, version=Version.V2)
    return orjson.loads(head[:-1] + b"}")


def test_ids_leaves_only_identifiers_at_every_depth():
    statement = {**FULL, "id": "1", "result": {"success": True}, "authority": ANN}

    assert ids(statement) == {
        "actor": UNNAMED_ID,
        "verb": {"id": "https://v.example"},
        "object": COURSE_ID,
        "context": CONTEXT_IDS,
        "id": "1",
        "result": {"success": True},
        "authority": ANN_ID,
    }


def test_ids_goes_into_a_sub_statement():
    sub = {"objectType": "SubStatement", **FULL, "actor": TEAM}

    shown = ids({"actor": ANN, "verb": VERB, "object": sub})["object"]

    assert shown == {
        "objectType": "SubStatement",
        "actor": TEAM_ID,
        "verb": {"id": "https://v.example"},
        "object": COURSE_ID,
        "context": CONTEXT_IDS,
    }


def test_ids_keeps_what_an_object_is():
    """Without objectType an Agent as object would be read as an Activity (Data 2.4.4.2)."""
    reference = {"objectType": "StatementRef", "id": "2"}

    assert ids({**FULL, "object": ANN})["object"] == {"objectType": "Agent", **ANN_ID}
    assert ids({**FULL, "object": TEAM})["object"] == TEAM_ID
    assert ids({**FULL, "object": reference})["object"] == reference


def test_canonical_shows_what_the_lrs_knows_of_an_activity():
    known = {"https://c.example": {"name": {"nl": "Nieuw"}, "moreInfo": "https://m.example"}}

    shown = canonical({**FULL, "object": COURSE_ID}, known, NL)

    assert shown["object"] == {"id": "https://c.example", "definition": known["https://c.example"]}
    parent = shown["context"]["contextActivities"]["parent"][0]
    assert parent == {**COURSE, "definition": known["https://c.example"]}


def test_canonical_shows_an_activitys_own_definition_where_the_lrs_has_none():
    """As when its sender was not allowed to define Activities."""
    shown = canonical(FULL, {}, NL)

    assert shown["object"]["definition"] == {**COURSE["definition"], "name": {"nl": "Cursus"}}


def test_canonical_has_one_language_in_each_map():
    interaction = {
        "name": {"en": "Question"},
        "description": {"nl": "Kies", "en": "Choose"},
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"en": "A", "nl": "Aa"}}, {"id": "b"}],
        "extensions": {"https://x.example": {"en": "a", "nl": "b"}},
    }
    sub = {
        "objectType": "SubStatement",
        "actor": ANN,
        "verb": VERB,
        "object": {"id": "https://q.example"},
    }

    shown = canonical({**FULL, "object": sub}, {"https://q.example": interaction}, NL)

    assert shown["verb"]["display"] == shown["object"]["verb"]["display"] == {"nl": "deed"}
    assert shown["object"]["object"]["definition"] == {
        **interaction,
        "description": {"nl": "Kies"},
        "choices": [{"id": "a", "description": {"nl": "Aa"}}, {"id": "b"}],
    }


def test_canonical_leaves_actors_and_extensions_as_they_were_sent():
    shown = canonical({**FULL, "authority": TEAM}, {}, NL)

    assert shown["actor"] == UNNAMED
    assert shown["authority"] == TEAM
    assert shown["context"]["instructor"] == ANN
    assert shown["context"]["extensions"] == CONTEXT["extensions"]


def test_canonical_adds_nothing_that_is_unknown():
    bare = {"actor": ANN, "verb": {"id": "https://v.example"}, "object": COURSE_ID}

    assert canonical(bare, {}, NL) == bare


def test_all_activities_of_a_statement_are_asked_for():
    sub = {"objectType": "SubStatement", **FULL, "object": {"id": "https://s.example"}}
    context = {"contextActivities": {"category": [{"id": "https://e.example"}]}}

    assert activity_ids({**FULL, "object": sub, "context": context}) == {
        "https://s.example", "https://c.example", "https://d.example", "https://e.example",
    }  # fmt: skip


@given(generated.statements)
def test_formats_leave_what_is_kept_as_it_is(sent):
    statement = kept(sent)
    before = copy.deepcopy(statement)

    ids(statement)
    canonical(statement, {"https://example.org/1": COURSE["definition"]}, NL)

    assert statement == before


@given(generated.statements)
def test_ids_loses_no_identifier(sent):
    statement = kept(sent)

    shown = ids(statement)

    for exact, short in zip(parts(statement), parts(shown), strict=True):
        assert [a["id"] for a in activities(exact)] == [a["id"] for a in activities(short)]
        for walk in (direct_actors, context_actors):
            for long, brief in zip(walk(exact), walk(short), strict=True):
                assert ifis(brief) == (ifis(long)[:1] if _identified(long) else ifis(long))


def _identified(actor):
    return not {"mbox", "mbox_sha1sum", "openid", "account"}.isdisjoint(actor)


@given(generated.statements)
def test_canonical_differs_in_verbs_and_activities_alone(sent):
    statement = kept(sent)

    shown = canonical(statement, {}, NL)

    assert shown["actor"] == statement["actor"]
    assert shown.get("result") == statement.get("result")
    assert shown.keys() == statement.keys()
