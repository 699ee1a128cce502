"""Statements that an LRS must refuse, whichever of the two versions is spoken."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.samples import an_id
from tests.conformance.rules import rule
from tests.domain.corpus import (
    ABOUT_AGENT,
    ABOUT_GROUP,
    ABSENT,
    ANNA,
    BEN,
    CARA,
    COURSE,
    CROWD,
    FULL,
    MINIMAL,
    PLAN,
    QUESTIONS,
    TEAM,
    VOIDING,
    changed,
)
from tests.server import Client, refusal

CONTEXT = "context/contextActivities"
FILE = "attachments/0"
DEFINITION = "object/definition"

STRUCTURE = [
    rule("1", "null stands only in extensions", FULL, "result/response", None),
    rule("1", "null stands nowhere in an actor", FULL, "actor/name", None),
    rule("3", "there is an actor", FULL, "actor", ABSENT),
    rule("4", "there is a verb", FULL, "verb", ABSENT),
    rule("5", "there is an object", FULL, "object", ABSENT),
    rule("6", "each property has its type", FULL, "result/success", "true"),
    rule("6", "a number is not text", FULL, "result/score/raw", "5"),
    rule("7", "a format holds for the empty string too", FULL, "verb/id", ""),
    rule("8 10", "names have their case", FULL, "Actor", ANNA),
    rule("8 10", "no other names", FULL, "result/grade", 1),
    rule("9", "enumerated values have their case", FULL, "object/objectType", "activity"),
    rule("11", "an IRI has a scheme", FULL, "verb/id", "example.org/verbs/did"),
    rule("11", "an IRL has a scheme", FULL, f"{DEFINITION}/moreInfo", "example.org/about"),
    rule(
        "13 121", "a language is one of RFC 5646", FULL, "verb/display", {"toolongalanguage": "x"}
    ),
    rule("17 20", "voiding has a StatementRef", VOIDING, "object", COURSE),
    rule("22 123", "a timestamp is one", FULL, "timestamp", "24 November 2026"),
    rule(
        "22 123", "a timestamp names a day that exists", FULL, "timestamp", "2026-02-30T00:00:00Z"
    ),
    rule("23", "stored is a timestamp", FULL, "stored", "yesterday"),
    rule("24", "an authority is an Agent or a Group", FULL, "authority", COURSE),
    rule("98", "an authority's Group has two members", FULL, "authority/member", [BEN]),
    rule(
        "98",
        "an authority's Group has no third member",
        FULL,
        "authority/member",
        [BEN, ANNA, CARA],
    ),
    rule("98", "an authority's Group is anonymous", FULL, "authority", TEAM),
    rule(
        "100", "an authority's Group has an OAuth consumer", FULL, "authority/member", [ANNA, CARA]
    ),
    rule("25", "attachments are an array", FULL, "attachments", {}),
    rule("27 30", "an id is a UUID", FULL, "id", "not-a-uuid"),
    rule("28 29", "a UUID is in standard form", FULL, "id", "{" + an_id() + "}"),
    rule("101", "a version begins with 1.0. or is 2.0.0", FULL, "version", "1.1.0"),
    rule("101", "a version is a text", FULL, "version", 1.0),
]
ACTORS = [
    rule("31", "an actor is an Agent or a Group", FULL, "actor/objectType", "Person"),
    rule("32", "an objectType is a text", FULL, "actor/objectType", 7),
    rule("33", "a name is a text", FULL, "actor/name", ["Anna"]),
    rule("34", "an Agent has an identifier", FULL, "actor/mbox", ABSENT),
    rule(
        "34", "an Agent has one identifier only", FULL, "actor/openid", "https://id.example.org/a"
    ),
    rule("35", "an anonymous Group has members", ABOUT_GROUP, "object/member", ABSENT),
    rule("36", "members are Agents", ABOUT_GROUP, "object/member/0", CROWD),
    rule("36", "members have identifiers", ABOUT_GROUP, "object/member/0", {"name": "Anna"}),
    rule(
        "37", "an identified Group has one identifier", ABOUT_GROUP, "actor/mbox", "mailto:a@b.org"
    ),
    rule("38", "an mbox is a mailto IRI", FULL, "actor/mbox", "anna@example.org"),
    rule("38", "an mbox has an address", FULL, "actor/mbox", "mailto:anna"),
    rule("39", "a hash has 40 hex digits", PLAN, "actor/mbox_sha1sum", "0123"),
    rule("39", "a hash is a text", PLAN, "actor/mbox_sha1sum", 7),
    rule("40", "an openid is a URI", VOIDING, "actor/openid", "dan"),
    rule("41", "an account is an object", MINIMAL, "actor/account", "ben"),
    rule("41", "an account has nothing else", MINIMAL, "actor/account/mail", "x"),
    rule("42", "an account has a homePage", MINIMAL, "actor/account/homePage", ABSENT),
    rule("42", "a homePage is an IRL", MINIMAL, "actor/account/homePage", "lms"),
    rule("43", "an account has a name", MINIMAL, "actor/account/name", ABSENT),
    rule("43", "an account's name is a text", MINIMAL, "actor/account/name", 17),
]
OBJECTS = [
    rule("44", "a verb has an id", FULL, "verb/id", ABSENT),
    rule("44", "a verb's id is an IRI", FULL, "verb/id", "did it"),
    rule("45", "a display is a language map", FULL, "verb/display", "discussed"),
    rule("45", "a language map holds texts", FULL, "verb/display", {"en": 1}),
    rule("46", "an object is one of five things", FULL, "object/objectType", "Course"),
    rule("47", "an Activity has an id", FULL, "object/id", ABSENT),
    rule("47", "an Activity's id is an IRI", FULL, "object/id", "course 7"),
    rule("48", "a definition is an object", FULL, DEFINITION, "a course"),
    rule(
        "49",
        "there are ten kinds of interaction",
        QUESTIONS[0],
        f"{DEFINITION}/interactionType",
        "compound",
    ),
    rule(
        "50",
        "a response pattern is an array",
        QUESTIONS[0],
        f"{DEFINITION}/correctResponsesPattern",
        "a",
    ),
    rule(
        "50",
        "a response pattern holds texts",
        QUESTIONS[0],
        f"{DEFINITION}/correctResponsesPattern",
        [1],
    ),
    rule("51", "choices are components", QUESTIONS[0], f"{DEFINITION}/choices", "a"),
    rule("52", "a scale is of components", QUESTIONS[2], f"{DEFINITION}/scale", [1]),
    rule("53", "a source is of components", PLAN, "object/object/definition/source", {}),
    rule("54", "a target is of components", PLAN, "object/object/definition/target", ["1"]),
    rule("55", "steps are components", QUESTIONS[3], f"{DEFINITION}/steps", "lift"),
    rule("56", "a definition's name is a language map", FULL, f"{DEFINITION}/name", ["x"]),
    rule("57", "a definition's extensions are an object", FULL, f"{DEFINITION}/extensions", []),
    rule("58 62", "components have different ids", QUESTIONS[0], f"{DEFINITION}/choices/1/id", "a"),
    rule("63", "a component has an id", QUESTIONS[0], f"{DEFINITION}/choices/0/id", ABSENT),
    rule("59", "a description is a language map", FULL, f"{DEFINITION}/description", "x"),
    rule("60", "a type is an IRI", FULL, f"{DEFINITION}/type", "course"),
    rule("61", "moreInfo is an IRL", FULL, f"{DEFINITION}/moreInfo", "see there"),
    rule(
        "64",
        "components need an interactionType",
        QUESTIONS[0],
        f"{DEFINITION}/interactionType",
        ABSENT,
    ),
    rule("65", "an Agent as object says so", ABOUT_AGENT, "object/objectType", ABSENT),
    rule("66", "a SubStatement has a verb", PLAN, "object/verb", ABSENT),
    rule("67", "a SubStatement has no authority", PLAN, "object/authority", ANNA),
    rule("68", "a SubStatement has no version", PLAN, "object/version", "1.0.0"),
    rule("69", "a SubStatement has no stored", PLAN, "object/stored", "2026-01-01T00:00:00Z"),
    rule("70", "a SubStatement has no id", PLAN, "object/id", an_id()),
    rule("71", "a SubStatement has no SubStatement", PLAN, "object/object", PLAN["object"]),
    rule("72", "a StatementRef has an id", VOIDING, "object/id", ABSENT),
    rule("72", "a StatementRef's id is a UUID", VOIDING, "object/id", "7"),
    rule("73", "a StatementRef says that it is one", VOIDING, "object/objectType", "Statementref"),
]
RESULTS = [
    rule("74", "success is a boolean", FULL, "result/success", 1),
    rule("75", "completion is a boolean", FULL, "result/completion", "false"),
    rule("76", "a response is a text", FULL, "result/response", {}),
    rule("77 124", "a duration is one of ISO 8601", FULL, "result/duration", "90 minutes"),
    rule("77 124", "a duration names something", FULL, "result/duration", "PT"),
    rule("78", "extensions are an object", FULL, "result/extensions", "x"),
    rule("79", "a score is an object", FULL, "result/score", 5),
    rule("80", "a max is a number", FULL, "result/score/max", "10"),
    rule("81", "a min is below the max", FULL, "result/score/min", 11),
    rule("82", "a raw score is not above the max", FULL, "result/score/raw", 10.6),
    rule("82", "a raw score is not below the min", FULL, "result/score/raw", -0.1),
    rule("83", "a scaled score is at most 1", FULL, "result/score/scaled", 1.001),
    rule("83", "a scaled score is at least -1", FULL, "result/score/scaled", -1.001),
]
CONTEXTS = [
    rule("84", "a revision is an Activity's", ABOUT_AGENT, "context", {"revision": "3"}),
    rule("85", "a platform is an Activity's", ABOUT_AGENT, "context", {"platform": "LMS"}),
    rule("86", "contextActivities are an object", FULL, CONTEXT, []),
    rule("87", "a registration is a UUID", FULL, "context/registration", "seven"),
    rule("87", "an instructor is an Agent or a Group", FULL, "context/instructor", COURSE),
    rule("88", "a team is a Group", FULL, "context/team", ANNA),
    rule("89", "a revision is a text", FULL, "context/revision", 3),
    rule("90", "a platform is a text", FULL, "context/platform", {}),
    rule("91", "a language is a text", FULL, "context/language", ["en"]),
    rule("91", "a language is one of RFC 5646", FULL, "context/language", "English, mostly"),
    rule("92", "a statement is a StatementRef", FULL, "context/statement", {"id": an_id()}),
    rule("93", "there are four kinds of context Activities", FULL, f"{CONTEXT}/friends", COURSE),
    rule("94", "context Activities are Activities", FULL, f"{CONTEXT}/parent", ANNA),
]
ATTACHMENTS_AND_EXTENSIONS = [
    rule("102", "a length is an integer", FULL, f"{FILE}/length", "0"),
    rule("103", "a sha2 is a text", FULL, f"{FILE}/sha2", 7),
    rule("104", "a fileUrl is an IRL", FULL, f"{FILE}/fileUrl", "file"),
    rule("105", "a contentType is a text", FULL, f"{FILE}/contentType", 7),
    rule("106", "a display is a language map", FULL, f"{FILE}/display", "Certificate"),
    rule("106", "a description is a language map", FULL, f"{FILE}/description", []),
    rule("107", "a usageType is an IRI", FULL, f"{FILE}/usageType", "certificate"),
    rule("107", "there is a usageType", FULL, f"{FILE}/usageType", ABSENT),
    rule("118", "an extension's name is an IRI", FULL, "context/extensions", {"x": 1}),
    rule("120", "extensions are an object", FULL, "context/extensions", [1]),
]
TABLES = [STRUCTURE, ACTORS, OBJECTS, RESULTS, CONTEXTS, ATTACHMENTS_AND_EXTENSIONS]


@pytest.mark.parametrize(("statement", "path", "value"), [case for t in TABLES for case in t])
def test_a_statement_is_refused_unless(
    either: Client, statement: dict[str, Any], path: str, value: Any
) -> None:
    wrong = changed(statement, path, value)
    if path != "id":
        wrong["id"] = an_id()

    said = refusal(either.post("statements", json=wrong), 400)

    assert said["at"]
    assert said["spec"]
    if path != "id":
        refusal(either.get("statements", params={"statementId": wrong["id"]}), 404)
