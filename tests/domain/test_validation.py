"""Statements: what is accepted and what is refused, with the place and the section."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lrs.domain.errors import InvalidStatement
from lrs.domain.validation import (
    check,
    problems,
    problems_in_body,
)
from lrs.domain.versions import Version
from tests.domain.corpus import (
    ABOUT_AGENT,
    ABSENT,
    ANNA,
    BEN,
    BOTH,
    CROWD,
    FULL,
    MINIMAL,
    ONLY_2_0,
    PLAN,
    QUESTIONS,
    REFERENCE,
    SHA2,
    STATEMENT_ID,
    TEAM,
    VOIDED,
    VOIDING,
    WITH_CONTEXT_AGENTS,
    changed,
)


def places(statement: Any, version: Version = Version.V1) -> list[str]:
    return [problem.at for problem in problems(statement, version)]


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("statement", BOTH)
def test_a_valid_statement_has_no_problems(statement: Any, version: Version) -> None:
    assert problems(statement, version) == []
    check(statement, version)


@pytest.mark.parametrize("statement", ONLY_2_0)
def test_context_agents_and_groups_are_of_2_0_only(statement: Any) -> None:
    found = places(statement, Version.V1)

    assert problems(statement, Version.V2) == []
    assert {place.rpartition(".")[2] for place in found} >= {"contextAgents", "contextGroups"}


A_SCORE = "result/score/"
REFUSED: list[tuple[Any, str, Any, str]] = [
    # statement, where it is changed, to what, which place is named
    (FULL, "actor", ABSENT, "actor"),
    (FULL, "verb", ABSENT, "verb"),
    (FULL, "object", ABSENT, "object"),
    (FULL, "Actor", ANNA, "Actor"),
    (FULL, "extra", 1, "extra"),
    (FULL, "id", None, "id"),
    (FULL, "id", "", "id"),
    (FULL, "id", STATEMENT_ID[:-1], "id"),
    (FULL, "id", f"{{{STATEMENT_ID}}}", "id"),
    (FULL, "id", STATEMENT_ID.replace("-", ""), "id"),
    (FULL, "id", STATEMENT_ID + "\n", "id"),
    (FULL, "stored", None, "stored"),
    (FULL, "stored", "yesterday", "stored"),
    (FULL, "timestamp", "2026-02-30T10:00:00Z", "timestamp"),
    (FULL, "timestamp", "2026-11-24T10:00:00-00:00", "timestamp"),
    (FULL, "timestamp", 5, "timestamp"),
    (FULL, "version", "1.1.0", "version"),
    (FULL, "version", "0.9.5", "version"),
    (FULL, "version", 1, "version"),
    (FULL, "verb/id", "not-an-iri", "verb.id"),
    (FULL, "verb/id", None, "verb.id"),
    (FULL, "verb/display", "discussed", "verb.display"),
    (FULL, "verb/display/en", 5, "verb.display.en"),
    (FULL, "verb/display/en", None, "verb.display.en"),
    (FULL, "verb/display/not_a_tag", "x", "verb.display"),
    (FULL, "actor", "Anna", "actor"),
    (FULL, "actor", [ANNA], "actor"),
    (FULL, "actor/objectType", "agent", "actor.objectType"),
    (FULL, "actor/objectType", "Person", "actor.objectType"),
    (FULL, "actor/name", 7, "actor.name"),
    (FULL, "actor/mbox", "anna@example.org", "actor.mbox"),
    (FULL, "actor/mbox", "mailto:example.org", "actor.mbox"),
    (FULL, "actor/mbox", "mailto:a@b@example.org", "actor.mbox"),
    (FULL, "actor/mbox", "mailto:a@example.org,b@example.org", "actor.mbox"),
    (FULL, "actor/mbox", "mailto:a@example.org?subject=x", "actor.mbox"),
    (FULL, "actor/mbox", ["mailto:anna@example.org"], "actor.mbox"),
    (FULL, "actor/mbox", ABSENT, "actor"),
    (FULL, "actor/openid", "https://id.example.org/anna", "actor"),
    (FULL, "actor/member", [BEN], "actor.member"),
    (FULL, "actor", {"mbox_sha1sum": "12345"}, "actor.mbox_sha1sum"),
    (FULL, "actor", {"openid": "id.example.org"}, "actor.openid"),
    (MINIMAL, "actor/account/homePage", "lms.example.org", "actor.account.homePage"),
    (MINIMAL, "actor/account/homePage", ABSENT, "actor.account.homePage"),
    (MINIMAL, "actor/account/name", ABSENT, "actor.account.name"),
    (MINIMAL, "actor/account/name", 17, "actor.account.name"),
    (MINIMAL, "actor/account/id", "x", "actor.account.id"),
    (ABOUT_AGENT, "actor/member", ABSENT, "actor.member"),
    (ABOUT_AGENT, "actor/member", ANNA, "actor.member"),
    (ABOUT_AGENT, "actor/member/1", TEAM, "actor.member[1].objectType"),
    (ABOUT_AGENT, "actor/member/1", None, "actor.member[1]"),
    (ABOUT_AGENT, "actor/objectType", ABSENT, "actor.member"),
    (ABOUT_AGENT, "object/objectType", ABSENT, "object.id"),
    (ABOUT_AGENT, "object/objectType", "Human", "object.objectType"),
    (ABOUT_AGENT, "context", {"revision": "1"}, "context.revision"),
    (ABOUT_AGENT, "context", {"platform": "LMS"}, "context.platform"),
    (VOIDING, "context", {"platform": "LMS"}, "context.platform"),
    (FULL, "authority", CROWD, "authority.member"),
    (FULL, "authority/member", [ANNA, ANNA], "authority.member"),
    (FULL, "authority/member", [BEN], "authority.member"),
    (FULL, "authority/member", ABSENT, "authority.member"),
    (FULL, "authority/mbox", "mailto:a@example.org", "authority.mbox"),
    (FULL, "object", None, "object"),
    (FULL, "object", "urn:a", "object"),
    (FULL, "object/id", "http://example.org/BAD SPACES", "object.id"),
    (FULL, "object/id", "ab=c://example.org", "object.id"),
    (FULL, "object/id", ABSENT, "object.id"),
    (FULL, "object/extensions", {}, "object.extensions"),
    (FULL, "object/definition/name", "First aid", "object.definition.name"),
    (FULL, "object/definition/type", "course", "object.definition.type"),
    (FULL, "object/definition/moreInfo", "/about", "object.definition.moreInfo"),
    (FULL, "object/definition/title", "x", "object.definition.title"),
    (FULL, "object/definition/extensions", None, "object.definition.extensions"),
    (FULL, "object/definition/extensions", {"hello": 1}, "object.definition.extensions"),
    (FULL, "object/definition/interactionType", "Choice", "object.definition.interactionType"),
    (FULL, "object/definition/choices", [], "object.definition.interactionType"),
    (FULL, "object/definition/correctResponsesPattern", [], "object.definition.interactionType"),
    (QUESTIONS[0], "object/definition/scale", [], "object.definition.interactionType"),
    (QUESTIONS[0], "object/definition/choices", {}, "object.definition.choices"),
    (QUESTIONS[0], "object/definition/choices/1/id", "a", "object.definition.choices[1].id"),
    (QUESTIONS[0], "object/definition/choices/1/id", 2, "object.definition.choices[1].id"),
    (QUESTIONS[0], "object/definition/choices/1/id", ABSENT, "object.definition.choices[1].id"),
    (
        QUESTIONS[0],
        "object/definition/correctResponsesPattern/0",
        True,
        "object.definition.correctResponsesPattern[0]",
    ),
    (VOIDING, "object/objectType", ABSENT, "object.objectType"),
    (VOIDING, "object/id", "x", "object.id"),
    (VOIDING, "object/definition", {}, "object.definition"),
    (FULL, "verb/id", VOIDED, "object.objectType"),
    (PLAN, "object/id", STATEMENT_ID, "object.id"),
    (PLAN, "object/stored", "2026-11-24T08:01:02Z", "object.stored"),
    (PLAN, "object/version", "1.0.0", "object.version"),
    (PLAN, "object/authority", ANNA, "object.authority"),
    (PLAN, "object/actor", ABSENT, "object.actor"),
    (PLAN, "object/object", PLAN["object"], "object.object.objectType"),
    (PLAN, "object/object", REFERENCE, "object.context.platform"),
    (PLAN, "object/timestamp", "2026-02-29T00:00:00Z", "object.timestamp"),
    (PLAN, "object/result/score", {"min": 1, "max": 0}, "object.result.score"),
    (
        PLAN,
        "object/object/definition/target/1/id",
        "1",
        "object.object.definition.target[1].id",
    ),
    (FULL, "result", [], "result"),
    (FULL, "result/success", "true", "result.success"),
    (FULL, "result/completion", 1, "result.completion"),
    (FULL, "result/response", 5, "result.response"),
    (FULL, "result/duration", "1 hour", "result.duration"),
    (FULL, "result/duration", "P4W1D", "result.duration"),
    (FULL, "result/extensions", {"hello": 1}, "result.extensions"),
    (FULL, "result/grade", 1, "result.grade"),
    (FULL, A_SCORE + "scaled", 1.01, "result.score.scaled"),
    (FULL, A_SCORE + "scaled", "0.5", "result.score.scaled"),
    (FULL, A_SCORE + "raw", True, "result.score.raw"),
    (FULL, A_SCORE + "raw", -1, "result.score.raw"),
    (FULL, A_SCORE + "raw", 11, "result.score.raw"),
    (FULL, A_SCORE + "min", 10.5, "result.score"),
    (FULL, A_SCORE + "max", None, "result.score.max"),
    (FULL, A_SCORE + "mean", 1, "result.score.mean"),
    (FULL, "context/registration", "x", "context.registration"),
    (FULL, "context/instructor", {"name": "?"}, "context.instructor"),
    (FULL, "context/team", ANNA, "context.team.objectType"),
    (FULL, "context/language", "en-", "context.language"),
    (FULL, "context/revision", 3, "context.revision"),
    (FULL, "context/statement", {"id": "urn:a"}, "context.statement.objectType"),
    (FULL, "context/extensions", {"a b:c": 1}, "context.extensions"),
    (FULL, "context/contextActivities/Parent", [], "context.contextActivities.Parent"),
    (FULL, "context/contextActivities/parent", ANNA, "context.contextActivities.parent.id"),
    (FULL, "context/contextActivities/other", None, "context.contextActivities.other"),
    (
        FULL,
        "context/contextActivities/grouping/1/id",
        "ABC101",
        "context.contextActivities.grouping[1].id",
    ),
    (
        FULL,
        "context/contextActivities/grouping/0/objectType",
        "Agent",
        "context.contextActivities.grouping[0].objectType",
    ),
    (FULL, "attachments", {}, "attachments"),
    (FULL, "attachments/0", "x", "attachments[0]"),
    (FULL, "attachments/0/usageType", "certificate", "attachments[0].usageType"),
    (FULL, "attachments/0/display", ABSENT, "attachments[0].display"),
    (FULL, "attachments/0/contentType", "text", "attachments[0].contentType"),
    (FULL, "attachments/0/length", "0", "attachments[0].length"),
    (FULL, "attachments/0/length", -1, "attachments[0].length"),
    (FULL, "attachments/0/length", 1.5, "attachments[0].length"),
    (FULL, "attachments/0/sha2", SHA2[1:], "attachments[0].sha2"),
    (FULL, "attachments/0/sha2", "z" * 64, "attachments[0].sha2"),
    (FULL, "attachments/0/fileUrl", "c.txt", "attachments[0].fileUrl"),
    (
        FULL,
        "attachments/0/usageType",
        "http://adlnet.gov/expapi/attachments/signature",
        "attachments[0].contentType",
    ),
]


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(("statement", "path", "value", "at"), REFUSED)
def test_a_broken_rule_is_refused_where_it_is_broken(
    statement: Any, path: str, value: Any, at: str, version: Version
) -> None:
    broken = changed(statement, path, value)

    found = problems(broken, version)

    assert at in [problem.at for problem in found]
    assert all(problem.detail and problem.spec for problem in found)
    with pytest.raises(InvalidStatement) as refusal:
        check(broken, version)
    assert refusal.value.at == found[0].at
    assert refusal.value.spec == found[0].spec


CONTEXT_AGENT = "context/contextAgents/0"
REFUSED_2_0: list[tuple[str, Any, str]] = [
    (f"{CONTEXT_AGENT}/objectType", "contextGroup", "context.contextAgents[0].objectType"),
    (f"{CONTEXT_AGENT}/objectType", "ContextAgent", "context.contextAgents[0].objectType"),
    (f"{CONTEXT_AGENT}/objectType", ABSENT, "context.contextAgents[0].objectType"),
    (f"{CONTEXT_AGENT}/agent", ABSENT, "context.contextAgents[0].agent"),
    (f"{CONTEXT_AGENT}/agent", TEAM, "context.contextAgents[0].agent.objectType"),
    (f"{CONTEXT_AGENT}/relevantTypes", [], "context.contextAgents[0].relevantTypes"),
    (f"{CONTEXT_AGENT}/relevantTypes", ["x"], "context.contextAgents[0].relevantTypes[0]"),
    (f"{CONTEXT_AGENT}/relevantTypes", None, "context.contextAgents[0].relevantTypes"),
    (f"{CONTEXT_AGENT}/name", "x", "context.contextAgents[0].name"),
    ("context/contextGroups/0/group", ANNA, "context.contextGroups[0].group.objectType"),
    (
        "context/contextGroups/0/group",
        {"objectType": "Group"},
        "context.contextGroups[0].group.member",
    ),
    ("context/contextGroups", {}, "context.contextGroups"),
    ("version", "3.0.0", "version"),
    ("version", "2.1.0", "version"),
]


@pytest.mark.parametrize(("path", "value", "at"), REFUSED_2_0)
def test_a_broken_rule_of_2_0_is_refused_where_it_is_broken(path: str, value: Any, at: str) -> None:
    broken = changed(WITH_CONTEXT_AGENTS, path, value)

    assert at in places(broken, Version.V2)


@pytest.mark.parametrize(
    ("given", "version", "accepted"),
    [
        ("1.0", Version.V1, True),
        ("1.0.9", Version.V1, True),
        ("2.0.0", Version.V1, False),
        ("1.0.3", Version.V2, True),
        ("2.0.0", Version.V2, True),
        ("2.0", Version.V2, True),
        ("1.0.", Version.V1, False),
    ],
)
def test_the_version_of_a_statement(given: str, version: Version, accepted: bool) -> None:
    """1.0.3 Data 2.4.10, and `1.0` as the ADL suite wants; 2.0 4.2.4.3."""
    found = places({**MINIMAL, "version": given}, version)

    assert (found == []) is accepted


@pytest.mark.parametrize("value", [None, "", 0, [], {}, {"": None}, [[None]], 1e300, "\u0000"])
def test_extension_values_are_never_a_ground_for_refusal(value: Any) -> None:
    """Data 4.1: an LRS must not reject a Statement for the values of its extensions."""
    for path in ("object/definition", "result", "context"):
        statement = changed(FULL, f"{path}/extensions", {"urn:any:$key.": value})

        assert problems(statement, Version.V1) == []


def test_an_extension_may_be_nested_deeper_than_any_other_part() -> None:
    deep: Any = "core"
    for _ in range(240):
        deep = [deep]

    assert problems(changed(FULL, "context/extensions", {"urn:deep": deep}), Version.V1) == []


def test_an_empty_batch_and_a_batch_in_which_all_is_well_have_no_problems() -> None:
    assert problems_in_body([], Version.V1) == []
    assert problems_in_body([MINIMAL, FULL, MINIMAL], Version.V1) == []


def test_problems_in_a_batch_begin_with_the_index() -> None:
    broken = changed(FULL, "context/contextActivities/grouping/1/id", "x")

    found = [p.at for p in problems_in_body([MINIMAL, broken, "?", 5], Version.V1)]

    assert found == ["[1].context.contextActivities.grouping[1].id", "[2]", "[3]"]


def test_the_same_id_twice_in_a_batch_is_refused_in_any_case() -> None:
    """1.0.3 Communication 2.1.2; 2.0 4.1.6.1."""
    again = {**MINIMAL, "id": STATEMENT_ID.swapcase()}

    found = problems_in_body([FULL, MINIMAL, again], Version.V2)

    assert [(p.at, p.spec) for p in found] == [("[2].id", "IEEE 9274.1.1, 4.1.6.1")]


def test_all_problems_are_said_and_each_once() -> None:
    broken = changed(changed(FULL, "actor/mbox", None), "result/score/scaled", "x")
    broken = changed(broken, "context/contextActivities/parent", {"id": "x", "y": 1})

    found = places(broken)

    assert sorted(found) == [
        "actor.mbox",
        "context.contextActivities.parent.id",
        "context.contextActivities.parent.y",
        "result.score.scaled",
    ]


def test_a_place_ends_before_a_name_that_is_no_plain_word() -> None:
    """A name with dots or brackets would make a place that cannot be read back."""
    [problem] = problems(changed(MINIMAL, "object/a.b[0]", 1), Version.V1)

    assert problem.at == "object"
    assert "“a.b[0]”" in problem.detail


def test_long_values_are_cut_in_a_sentence() -> None:
    [problem] = problems(changed(MINIMAL, "verb/id", "x" * 100_000), Version.V1)

    assert len(problem.detail) < 200


def test_text_that_is_not_unicode_is_refused() -> None:
    statement = {**MINIMAL, "verb": {"id": "urn:\ud800"}}

    with pytest.raises(InvalidStatement):
        check(statement, Version.V1)


def test_a_statement_full_of_faults_is_refused_for_the_first_at_once() -> None:
    """To make 100,000 errors takes half a minute and 600 MB; a body of 200 kB can hold so many."""
    faulty = changed(MINIMAL, "actor", {"objectType": "Group", "member": [1] * 100_000})
    begun = time.process_time()

    with pytest.raises(InvalidStatement) as refused:
        check(faulty, Version.V1)
    told = problems(faulty, Version.V1)

    assert refused.value.at == "actor.member[0]"
    assert [problem.at for problem in told] == ["actor.member[0]"]
    assert time.process_time() - begun < 1


def test_after_a_thousand_problems_no_further_statement_is_looked_at() -> None:
    found = problems_in_body(["?"] * 5_000, Version.V1)

    assert len(found) == 1_000


def test_all_that_is_wrong_is_told_however_large_an_extension_is() -> None:
    large = {"http://example.org/readings": list(range(5_000))}
    statement = {**MINIMAL, "actor": {"mbox": "x"}, "context": {"extensions": large}, "foo": 1}

    assert {"actor.mbox", "foo"} <= set(places(statement))
