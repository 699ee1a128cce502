"""Rules of repair: each mends its own mistake, nothing else, and never what somebody left out."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lrs.domain.errors import BadRequest
from lrs.domain.repairs import RULES, check, digest, mended
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.domain.vocabulary import REPAIRED
from tests.shared import SHARED, needs_shared

FILES = sorted(
    path
    for path in (SHARED / "fixtures" / "xapi").glob("*/invalid/*.json")
    if path.name != "REASONS.json"
)
EVERY_RULE = [name for name in RULES if name != "clrecipe-keep-mbox"]
BEYOND_REPAIR = {
    "factory-full.json",  # a hash of an Attachment that is none
    "problem_check_browser.required.only.data.json",  # what the problem was is not told
    "004-bad-name.json",  # a property that the standard does not know
    "007-bad-attachment-sha2.json",
    "012-bad-missing-actor.json",
    "013-bad-missing-verb.json",
}


def base(**more: Any) -> dict[str, Any]:
    return {
        "id": "7d3f1f8e-54c5-4f6a-9f0e-2f4f8a0b1c2d",
        "actor": {"account": {"homePage": "https://lms.example", "name": "7"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": "https://lms.example/q/1"},
        **more,
    }


def about(**definition: Any) -> dict[str, Any]:
    return base(object={"id": "https://lms.example/q/1", "definition": definition})


def within(*activities: dict[str, Any]) -> dict[str, Any]:
    return base(context={"contextActivities": {"parent": list(activities)}})


MISTAKES: dict[str, tuple[dict[str, Any], tuple[str, ...], Any]] = {
    "h5p-missing-scheme": (
        base(actor={"mbox": "ann@example.org"}),
        ("actor", "mbox"),
        "mailto:ann@example.org",
    ),
    "h5p-compound": (
        about(interactionType="compound", correctResponsesPattern=["x"], name={"en": "Q"}),
        ("object", "definition"),
        {"name": {"en": "Q"}},
    ),
    "jisc-interaction-case": (
        about(interactionType="Choice", choices=[{"id": "a"}]),
        ("object", "definition", "interactionType"),
        "choice",
    ),
    "jisc-plain-text": (
        about(name="Pump 4"),
        ("object", "definition", "name"),
        {"und": "Pump 4"},
    ),
    "jisc-object-extensions": (
        base(object={"id": "https://l.example/b", "extensions": {"https://l.example/isbn": "1"}}),
        ("object", "definition", "extensions"),
        {"https://l.example/isbn": "1"},
    ),
    "clrecipe-keep-account": (
        base(
            actor={
                "mbox": "mailto:a@example.org",
                "account": {"homePage": "https://x.example", "name": "a"},
            }
        ),
        ("actor",),
        {"account": {"homePage": "https://x.example", "name": "a"}},
    ),
    "clrecipe-keep-mbox": (
        base(
            actor={
                "mbox": "mailto:a@example.org",
                "account": {"homePage": "https://x.example", "name": "a"},
            }
        ),
        ("actor",),
        {"mbox": "mailto:a@example.org"},
    ),
    "clrecipe-course-code": (
        within({"id": "ABC 101"}),
        ("context", "contextActivities", "parent"),
        [{"id": "https://lms.example#ABC%20101"}],
    ),
    "clrecipe-parent-without-id": (
        within({"objectType": "Activity"}, {"id": "https://lms.example/c/1"}),
        ("context", "contextActivities", "parent"),
        [{"id": "https://lms.example/c/1"}],
    ),
    "learninglocker-platform": (
        base(
            object={"objectType": "Agent", "mbox": "mailto:b@example.org"},
            context={"platform": "CRM", "language": "en"},
        ),
        ("context", "language"),
        "en",
    ),
    "learninglocker-score-bounds": (
        base(result={"score": {"raw": 1, "min": 2, "max": 3}}),
        ("result", "score"),
        {"raw": 1, "max": 3},
    ),
    "learninglocker-extension-words": (
        base(result={"extensions": {"hello": "world"}}),
        ("result", "extensions"),
        {"https://w3id.org/xapi/social-lrs/extensions/unnamed#hello": "world"},
    ),
    "learninglocker-statement-ref": (
        base(context={"statement": {"id": "609d5570-8463-41e4-b4a9-0800200c9a66"}}),
        ("context", "statement", "objectType"),
        "StatementRef",
    ),
    "openedx-zero-weight": (
        base(result={"score": {"raw": 0, "min": 0, "max": 0}}),
        ("result", "score"),
        {"raw": 0},
    ),
    "openedx-attempt-id-iri": (
        within({"id": "438AD672-DE2C-4F0B-8876-35444E7DD746"}),
        ("context", "contextActivities", "parent"),
        [{"id": "urn:uuid:438ad672-de2c-4f0b-8876-35444e7dd746"}],
    ),
    "openedx-group-activity": (
        within({"id": "https://lms.example/g", "objectType": "GroupActivity"}),
        ("context", "contextActivities", "parent"),
        [{"id": "https://lms.example/g", "objectType": "Activity"}],
    ),
    "any-iri-spaces": (
        base(object={"id": "https://lms.example/my course"}),
        ("object", "id"),
        "https://lms.example/my%20course",
    ),
    "any-language-tag": (
        about(name={"in english": "Pump 4"}),
        ("object", "definition", "name"),
        {"und": "Pump 4"},
    ),
    "any-id": (base(id="none"), ("verb", "id"), "http://adlnet.gov/expapi/verbs/answered"),
    "any-authority": (
        base(authority={"objectType": "Group", "member": []}),
        ("verb", "id"),
        "http://adlnet.gov/expapi/verbs/answered",
    ),
}


def at(statement: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        statement = statement[key]
    return statement


def test_every_rule_has_a_mistake_that_shows_it() -> None:
    assert set(MISTAKES) == set(RULES)
    assert all(rule.says.endswith(".") for rule in RULES.values())


@pytest.mark.parametrize("name", RULES)
def test_a_rule_turns_its_mistake_into_a_valid_statement(name: str) -> None:
    broken, path, expected = MISTAKES[name]
    assert problems(broken, Version.V2)

    new = mended(broken, [name], Version.V2)

    assert new is not None
    assert new.problems == ()
    assert at(new.statement, path) == expected


@pytest.mark.parametrize("name", RULES)
def test_a_rule_leaves_the_mistakes_of_others(name: str) -> None:
    twins = {"clrecipe-keep-account", "clrecipe-keep-mbox"}
    others = [other for other in RULES if other != name and not {other, name} <= twins]

    assert {other: mended(MISTAKES[other][0], [name], Version.V2) for other in others} == (
        dict.fromkeys(others)
    )


@pytest.mark.parametrize("name", RULES)
def test_the_statement_that_was_sent_stays_as_it_is(name: str) -> None:
    broken = copy.deepcopy(MISTAKES[name][0])

    mended(broken, [name], Version.V2)

    assert broken == MISTAKES[name][0]


def test_the_new_statement_says_which_rules_made_it_and_of_what() -> None:
    broken = base(actor={"mbox": "ann@example.org"}, id="none")

    new = mended(broken, EVERY_RULE, Version.V2)

    assert new is not None
    assert new.statement["context"]["extensions"][REPAIRED] == {
        "rules": ["h5p-missing-scheme", "any-id"],
        "sha256": digest(broken),
    }


def test_its_id_follows_from_the_old_statement_and_the_rules() -> None:
    broken = MISTAKES["h5p-missing-scheme"][0]
    other = {**broken, "timestamp": "2026-03-02T09:00:00Z"}

    first, again, another = (
        mended(one, ["h5p-missing-scheme"], Version.V2) for one in (broken, dict(broken), other)
    )

    assert first is not None
    assert first == again
    assert another is not None
    assert len({broken["id"], first.statement["id"], another.statement["id"]}) == 3


def test_what_is_still_wrong_is_told() -> None:
    new = mended(
        base(actor={"mbox": "ann@example.org"}, verb={"id": "no IRI"}), EVERY_RULE, Version.V2
    )

    assert new is not None
    assert [problem.at for problem in new.problems] == ["verb.id"]


@pytest.mark.parametrize(
    "statement",
    [
        7,
        None,
        [],
        {},
        {"actor": 7, "verb": [], "object": "x", "context": 1, "result": [], "attachments": {}},
        {"actor": {"member": 3}, "object": {"definition": 4}, "context": {"contextActivities": 5}},
        {"object": {"definition": {"choices": 1, "name": [], "extensions": 2}}, "id": []},
        {"object": None, "context": {"contextActivities": {"parent": [1, [2], None]}}},
        {"context": {"statement": "x", "contextAgents": [1], "extensions": 3, "team": []}},
        {"result": {"score": {"min": "a", "max": True, "raw": None}, "extensions": []}},
    ],
)
def test_no_rule_stumbles_over_what_is_not_where_it_should_be(statement: Any) -> None:
    for name in RULES:
        new = mended(statement, [name], Version.V2)
        assert new is None or new.problems


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(BadRequest) as refused:
        check(["any-id", "make-it-so"], "rules")

    assert refused.value.at == "rules"


def repaired(path: Path) -> Counter[str] | None:
    """How many Statements of a file each rule mended; None where some are left."""
    held = json.loads(path.read_bytes())
    counted: Counter[str] = Counter()
    for statement in held if isinstance(held, list) else [held]:
        if not problems(statement, Version.V1):
            continue
        new = mended(statement, EVERY_RULE, Version.V1)
        if new is None or new.problems:
            return None
        counted.update(new.rules)
    return counted


@pytest.mark.shared
@needs_shared
def test_of_the_invalid_files_that_systems_really_sent_29_of_35_can_be_repaired() -> None:
    done = {path.name: repaired(path) for path in FILES}

    assert {name for name, rules in done.items() if rules is None} == BEYOND_REPAIR
    files_by_rule = Counter(rule for rules in done.values() for rule in rules or ())
    assert files_by_rule == {
        "openedx-attempt-id-iri": 4,
        "openedx-zero-weight": 3,
        "openedx-group-activity": 3,
        "clrecipe-keep-account": 3,
        "clrecipe-parent-without-id": 2,
        "clrecipe-course-code": 1,
        "h5p-compound": 2,
        "h5p-missing-scheme": 1,
        "jisc-interaction-case": 1,
        "jisc-plain-text": 1,
        "jisc-object-extensions": 1,
        "learninglocker-platform": 2,
        "any-authority": 3,
        "any-id": 1,
        "any-iri-spaces": 1,
        "any-language-tag": 1,
    }
    assert len(FILES) == 35
