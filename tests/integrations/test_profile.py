"""The project's xAPI profile: a valid one, up to date with what is emitted, and there to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker

from benchmarks.servers import Server
from integrations.base import Act
from integrations.profile.build import FILE, document, written
from integrations.statements import ACCEPTED_BY_UNKNOWN, VERBS
from integrations.templates import profile, published, values
from lrs.domain import vocabulary as v
from lrs.domain.iri import is_iri
from lrs.domain.language import is_language_tag
from tests.shared import SHARED, needs_shared

CONTEXT = SHARED / "spec" / "profiles" / "context" / "profile-context.jsonld"
IRI = {"type": "string", "format": "iri"}
IRIS = {"type": "array", "minItems": 1, "items": IRI, "uniqueItems": True}
MAP = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"format": "language"},
    "additionalProperties": {"type": "string", "minLength": 1},
}
DESCRIBED = {
    "id": IRI,
    "inScheme": {"const": v.PROFILE_VERSION},
    "prefLabel": MAP,
    "definition": MAP,
    "deprecated": {"type": "boolean"},
}
NEEDED = ["id", "type", "inScheme", "prefLabel", "definition"]
RELATIONS = dict.fromkeys(
    ["broader", "broadMatch", "narrower", "narrowMatch", "related", "relatedMatch", "exactMatch"],
    IRIS,
)


def shape(kinds: list[str], required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**DESCRIBED, "type": {"enum": kinds}, **properties},
        "required": required,
        "additionalProperties": False,
    }


TERM = shape(["Verb", "ActivityType", "AttachmentUsageType"], NEEDED, **RELATIONS)
EXTENSION = shape(
    ["ContextExtension", "ResultExtension", "ActivityExtension"],
    NEEDED,
    recommendedActivityTypes=IRIS,
    recommendedVerbs=IRIS,
    context=IRI,
    schema=IRI,
    inlineSchema={"type": "string", "minLength": 2},
) | {"not": {"required": ["schema", "inlineSchema"]}}
RULE = {
    "type": "object",
    "properties": {
        "location": {"type": "string", "minLength": 1},
        "selector": {"type": "string", "minLength": 1},
        "presence": {"enum": ["included", "excluded", "recommended"]},
        **{
            name: {
                "type": "array",
                "minItems": 1,
                "items": {"type": ["string", "number", "boolean"]},
            }
            for name in ("any", "all", "none")
        },
        "scopeNote": MAP,
    },
    "required": ["location"],
    "anyOf": [{"required": [name]} for name in ("presence", "any", "all", "none")],
    "additionalProperties": False,
}
TEMPLATE = shape(
    ["StatementTemplate"],
    NEEDED,
    verb=IRI,
    objectActivityType=IRI,
    contextGroupingActivityType=IRIS,
    contextParentActivityType=IRIS,
    contextOtherActivityType=IRIS,
    contextCategoryActivityType=IRIS,
    attachmentUsageType=IRIS,
    objectStatementRefTemplate=IRIS,
    contextStatementRefTemplate=IRIS,
    rules={"type": "array", "minItems": 1, "items": RULE},
) | {"not": {"required": ["objectStatementRefTemplate", "objectActivityType"]}}
HOW = ("alternates", "optional", "oneOrMore", "sequence", "zeroOrMore")
SEVERAL = {**IRIS, "minItems": 2, "uniqueItems": False}
PATTERN = shape(
    ["Pattern"],
    ["id", "type"],
    primary={"type": "boolean"},
    alternates=SEVERAL,
    sequence=SEVERAL,
    optional=IRI,
    oneOrMore=IRI,
    zeroOrMore=IRI,
) | {
    "oneOf": [{"required": [name]} for name in HOW],
    "if": {"properties": {"primary": {"const": True}}, "required": ["primary"]},
    "then": {"required": ["prefLabel", "definition"]},
}
PROFILE = {
    "type": "object",
    "properties": {
        "@context": {"const": "https://w3id.org/xapi/profiles/context"},
        "id": IRI,
        "type": {"const": "Profile"},
        "conformsTo": {"const": "https://w3id.org/xapi/profiles#1.0"},
        "prefLabel": MAP,
        "definition": MAP,
        "seeAlso": IRI,
        "versions": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "id": IRI,
                    "wasRevisionOf": IRIS,
                    "generatedAtTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT.+Z$"},
                },
                "required": ["id", "generatedAtTime"],
                "additionalProperties": False,
            },
        },
        "author": {
            "type": "object",
            "properties": {
                "type": {"enum": ["Organization", "Person"]},
                "name": {"type": "string", "minLength": 1},
                "url": IRI,
            },
            "required": ["type", "name"],
            "additionalProperties": False,
        },
        "concepts": {"type": "array", "minItems": 1, "items": {"oneOf": [TERM, EXTENSION]}},
        "templates": {"type": "array", "minItems": 1, "items": TEMPLATE},
        "patterns": {"type": "array", "minItems": 1, "items": PATTERN},
    },
    "required": [
        "@context", "id", "type", "conformsTo", "prefLabel", "definition", "versions", "author"
    ],
    "additionalProperties": False,
}  # fmt: skip


def validator() -> Draft202012Validator:
    """The structure of profiles as xAPI Profiles, Structure 4 and 6 to 9 have it."""
    checker = FormatChecker(formats=())
    checker.checks("iri")(lambda text: not isinstance(text, str) or is_iri(text))
    checker.checks("language")(lambda text: not isinstance(text, str) or is_language_tag(text))
    Draft202012Validator.check_schema(PROFILE)
    return Draft202012Validator(PROFILE, format_checker=checker)


def by_id(kind: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in profile()[kind]}


def of_pattern(pattern: dict[str, Any]) -> list[str]:
    told = next(pattern[name] for name in HOW if name in pattern)
    return told if isinstance(told, list) else [told]


def test_the_profile_is_valid() -> None:
    assert [(error.json_path, error.message) for error in validator().iter_errors(profile())] == []


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("conformsTo",), "https://w3id.org/xapi/profiles#2.0"),
        (("prefLabel",), {}),
        (("definition",), {"not a tag": "x"}),
        (("versions",), []),
        (("author", "type"), "Team"),
        (("concepts", 0, "type"), "Word"),
        (("concepts", 0, "inScheme"), "https://example.org/another"),
        (("templates", 0, "verb"), "no IRI"),
        (("templates", 0, "rules", 0), {"location": "$.id"}),
        (("templates", 0, "rules"), []),
        (("patterns", 0, "alternates"), ["https://example.org/a", "https://example.org/b"]),
        (("patterns", 1, "alternates"), ["https://example.org/only"]),
        (("more",), "x"),
    ],
)
def test_the_check_of_the_profile_can_fail(at: tuple[Any, ...], value: Any) -> None:
    broken: Any = json.loads(published())
    place = broken
    for key in at[:-1]:
        place = place[key]
    place[at[-1]] = value

    assert list(validator().iter_errors(broken))


def test_the_file_is_what_the_vocabulary_and_the_verbs_make_of_it() -> None:
    """`make profile` writes it anew."""
    assert FILE.read_text("utf-8") == written()
    assert profile() == document()


def test_every_id_is_given_once_and_the_versions_are_known() -> None:
    ids = [one["id"] for kind in ("concepts", "templates", "patterns") for one in profile()[kind]]

    assert len(ids) == len(set(ids))
    assert profile()["id"] == v.PROFILE
    assert profile()["versions"][0]["id"] == v.PROFILE_VERSION
    assert v.PROFILE not in ids


def test_every_concept_is_our_own() -> None:
    """A profile must not define what another one does (Structure 7.0)."""
    assert all(name.startswith(f"{v.PROFILE}/") for name in by_id("concepts"))
    for concept in by_id("concepts").values():
        if "inlineSchema" in concept:
            Draft202012Validator.check_schema(json.loads(concept["inlineSchema"]))


def test_every_word_of_our_own_in_the_vocabulary_is_a_concept() -> None:
    said = {
        value
        for name, value in vars(v).items()
        if isinstance(value, str)
        and value.startswith(f"{v.PROFILE}/")
        and name != "PROFILE_VERSION"
    }

    assert said <= set(by_id("concepts"))


def test_every_verb_that_is_emitted_has_a_template() -> None:
    templates = by_id("templates").values()

    assert set(VERBS) == set(Act)
    assert {template["verb"] for template in templates} == {*VERBS.values(), ACCEPTED_BY_UNKNOWN}


def test_every_location_is_a_path_that_profiles_may_use() -> None:
    for template in profile()["templates"]:
        for rule in template["rules"]:
            assert values({}, rule["location"]) == []


def test_patterns_are_of_what_there_is_and_never_of_themselves() -> None:
    patterns, templates = by_id("patterns"), by_id("templates")

    def within(name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        assert name not in above
        for part in of_pattern(patterns[name]):
            assert part in patterns or part in templates
            yield part
            if part in patterns:
                yield from within(part, (*above, name))

    primary = [name for name, pattern in patterns.items() if pattern.get("primary")]
    assert len(primary) == 1
    assert set(templates) <= set(within(primary[0]))
    assert all(list(within(name)) for name in patterns)
    for pattern in patterns.values():
        for part in pattern.get("alternates", ()):
            assert not {"optional", "zeroOrMore"} & set(patterns.get(part, ()))


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name not in ("prefLabel", "definition"):
                yield from names_in(inner)
    elif isinstance(value, list):
        for one in value:
            yield from names_in(one)


@pytest.mark.shared
@needs_shared
def test_every_property_and_type_is_in_the_published_context() -> None:
    context = json.loads(CONTEXT.read_bytes())["@context"]
    kinds = {
        one["type"] for kind in ("concepts", "templates", "patterns") for one in profile()[kind]
    }

    assert set(names_in(profile())) - {"@context"} <= set(context)
    assert {"Profile", *kinds} <= set(context)


def test_it_is_published_without_a_key(server: Server) -> None:
    answer = requests.get(f"{server.url}/profiles/social-learning", timeout=30)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.content == published()
