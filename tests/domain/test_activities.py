from __future__ import annotations

import copy

from hypothesis import given

from lrs.domain.activities import activity, definitions_in, merged
from tests.domain import generated

ID = "https://a.example"
CHOICE = {
    "interactionType": "choice",
    "correctResponsesPattern": ["a"],
    "choices": [{"id": "a", "description": {"en": "A"}}, {"id": "b", "description": {"en": "B"}}],
}


def defined(name, activity_id=ID):
    return {"id": activity_id, "definition": {"name": {"en": name}}}


def statement(target, **others):
    return {
        "actor": {"mbox": "mailto:ann@example.org"},
        "verb": {"id": "a:b"},
        "object": target,
        **others,
    }


def test_definitions_are_learned_wherever_activities_stand():
    context = {"contextActivities": {"parent": [defined("P", "a:p")], "other": defined("O", "a:o")}}
    sub = {"objectType": "SubStatement", **statement(defined("S", "a:s"), context=context)}

    learned = definitions_in(
        statement(sub, context={"contextActivities": {"grouping": [defined("G", "a:g")]}})
    )

    assert {key: value["name"]["en"] for key, value in learned.items()} == {
        "a:p": "P", "a:o": "O", "a:s": "S", "a:g": "G",
    }  # fmt: skip


def test_nothing_is_learned_from_an_activity_without_definition():
    assert definitions_in(statement({"id": ID})) == {}
    assert definitions_in(statement({"id": ID, "definition": {}})) == {}


def test_an_activity_that_stands_twice_is_learned_once():
    dutch = {"id": ID, "definition": {"name": {"nl": "Cursus"}}}
    twice = statement(defined("Course"), context={"contextActivities": {"parent": [dutch]}})

    assert definitions_in(twice) == {ID: {"name": {"en": "Course", "nl": "Cursus"}}}


def test_what_is_new_wins_language_by_language():
    kept = {"name": {"en": "Old", "nl": "Oud"}, "type": "a:old", "moreInfo": "a:more"}
    learned = {"name": {"en": "New"}, "description": {"en": "Text"}, "type": "a:new"}

    assert merged(kept, learned) == {
        "name": {"en": "New", "nl": "Oud"},
        "type": "a:new",
        "moreInfo": "a:more",
        "description": {"en": "Text"},
    }


def test_a_bare_definition_wipes_nothing():
    kept = {"name": {"en": "Old"}, "extensions": {"a:x": 1}, **CHOICE}

    assert merged(kept, {}) == kept
    assert merged(kept, {"name": {}, "extensions": {}}) == kept


def test_extensions_are_merged_key_by_key():
    kept = {"extensions": {"a:x": {"deep": 1}, "a:y": 2}}

    assert merged(kept, {"extensions": {"a:x": {"other": 3}}}) == {
        "extensions": {"a:x": {"other": 3}, "a:y": 2}
    }


def test_choices_learn_languages_and_follow_the_newest_list():
    learned = {"choices": [{"id": "b", "description": {"nl": "Bé"}}, {"id": "c"}]}

    assert merged(CHOICE, learned)["choices"] == [
        {"id": "b", "description": {"en": "B", "nl": "Bé"}},
        {"id": "c"},
    ]


def test_another_interaction_replaces_all_about_the_old_one():
    """A fill-in that kept its choices would be no valid definition (Data 2.4.4.1)."""
    kept = {"name": {"en": "Question"}, **CHOICE}
    learned = {"interactionType": "fill-in", "correctResponsesPattern": ["word"]}

    assert merged(kept, learned) == {"name": {"en": "Question"}, **learned}


def test_an_unknown_activity_is_answered_by_its_id():
    assert activity(ID, None) == {"objectType": "Activity", "id": ID}


def test_a_known_activity_is_answered_with_its_definition():
    definition = {"name": {"en": "Course"}}

    assert activity(ID, definition) == {
        "objectType": "Activity",
        "id": ID,
        "definition": definition,
    }


@given(generated.definitions, generated.definitions)
def test_merging_loses_no_language_and_leaves_both_as_they_were(kept, learned):
    before = copy.deepcopy((kept, learned))

    new = merged(kept, learned)

    assert (kept, learned) == before
    for name in ("name", "description", "extensions"):
        tags = kept.get(name, {}).keys() | learned.get(name, {}).keys()
        assert new.get(name, {}).keys() == tags
    assert merged(new, learned) == new
