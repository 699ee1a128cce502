from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from lrs.domain.errors import BadRequest
from lrs.domain.terms import VOIDED, is_voiding, refers_to, required, terms_of
from tests.domain import generated

ANN, BOB, CAS = ({"mbox": f"mailto:{name}@example.org"} for name in ("ann", "bob", "cas"))
KEY = {"account": {"homePage": "https://lrs.example.org", "name": "key"}}
VERB = {"id": "https://example.org/verbs/did"}
TARGET = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


@dataclass(frozen=True)
class Asked:
    agent: dict[str, Any] | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_agents: bool = False
    related_activities: bool = False


def statement(**others):
    return {"actor": ANN, "verb": VERB, "object": {"id": "https://example.org/a"}, **others}


def group(*members):
    return {"objectType": "Group", "member": list(members)}


def answers(asked, kept):
    return required(asked) <= terms_of(kept, KEY)


def test_a_statement_without_context_has_these_terms():
    assert terms_of(statement(), KEY) == {
        "verb:https://example.org/verbs/did",
        "activity:https://example.org/a",
        "related-activity:https://example.org/a",
        "agent:mbox:mailto:ann@example.org",
        "related-agent:mbox:mailto:ann@example.org",
        "related-agent:account:https://lrs.example.org|key",
    }


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(statement(actor=BOB), id="actor"),
        pytest.param(statement(object={"objectType": "Agent", **BOB}), id="object"),
        pytest.param(statement(actor=group(ANN, BOB)), id="member of the actor"),
        pytest.param(statement(object=group(BOB)), id="member of the object"),
        pytest.param(
            statement(actor={"objectType": "Group", **BOB, "member": [ANN]}), id="identified group"
        ),
    ],
)
def test_agent_finds_actor_and_object_and_members_of_both(kept):
    assert answers(Asked(agent=BOB), kept)
    assert answers(Asked(agent=BOB, related_agents=True), kept)
    assert not answers(Asked(agent=CAS, related_agents=True), kept)


def sub_statement(**others):
    return {"objectType": "SubStatement", **statement(**others)}


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(statement(context={"instructor": BOB}), id="instructor"),
        pytest.param(statement(context={"instructor": group(BOB)}), id="instructor group"),
        pytest.param(statement(context={"team": group(ANN, BOB)}), id="team"),
        pytest.param(
            statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": BOB}]}),
            id="contextAgents",
        ),
        pytest.param(
            statement(
                context={"contextGroups": [{"objectType": "contextGroup", "group": group(BOB)}]}
            ),
            id="contextGroups",
        ),
        pytest.param(statement(object=sub_statement(actor=BOB)), id="sub actor"),
        pytest.param(
            statement(object=sub_statement(object={"objectType": "Agent", **BOB})), id="sub object"
        ),
        pytest.param(
            statement(object=sub_statement(context={"instructor": BOB})), id="sub instructor"
        ),
        pytest.param(statement(object=sub_statement(context={"team": group(BOB)})), id="sub team"),
        pytest.param(
            statement(
                object=sub_statement(
                    context={"contextAgents": [{"objectType": "contextAgent", "agent": BOB}]}
                )
            ),
            id="sub contextAgents",
        ),
    ],
)
def test_only_related_agents_looks_into_context_and_sub_statement(kept):
    assert answers(Asked(agent=BOB, related_agents=True), kept)
    assert not answers(Asked(agent=BOB), kept)


def test_related_agents_looks_at_the_credentials_authority_and_not_at_the_one_sent():
    kept = statement(authority=BOB)

    assert answers(Asked(agent=KEY, related_agents=True), kept)
    assert not answers(Asked(agent=BOB, related_agents=True), kept)


B = {"id": "https://example.org/b"}


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(statement(context={"contextActivities": {"parent": [B]}}), id="in an array"),
        pytest.param(statement(context={"contextActivities": {"other": B}}), id="alone"),
        pytest.param(statement(object=sub_statement(object=B)), id="sub object"),
        pytest.param(
            statement(object=sub_statement(context={"contextActivities": {"category": [B]}})),
            id="sub context",
        ),
    ],
)
def test_only_related_activities_looks_into_context_and_sub_statement(kept):
    assert answers(Asked(activity=B["id"], related_activities=True), kept)
    assert not answers(Asked(activity=B["id"]), kept)


def test_relevant_types_are_not_activities():
    agent = {"objectType": "contextAgent", "agent": BOB, "relevantTypes": [B["id"]]}
    kept = statement(context={"contextAgents": [agent]})

    assert not answers(Asked(activity=B["id"], related_activities=True), kept)


def test_registration_is_found_whatever_its_case():
    kept = statement(context={"registration": TARGET.upper()})

    assert answers(Asked(registration=TARGET), kept)
    assert "registration:" + TARGET in required(Asked(registration=TARGET.upper()))


def test_a_sub_statement_gives_no_registration_and_no_verb():
    kept = statement(
        object=sub_statement(verb={"id": "https://v.example"}, context={"registration": TARGET})
    )

    assert not answers(Asked(registration=TARGET), kept)
    assert not answers(Asked(verb="https://v.example"), kept)


def test_iris_are_compared_as_they_are():
    assert not answers(Asked(activity="https://example.org/A"), statement())
    assert not answers(Asked(verb="https://EXAMPLE.org/verbs/did"), statement())


def test_nothing_asked_requires_nothing():
    assert required(Asked(related_agents=True, related_activities=True)) == frozenset()


def test_an_anonymous_group_cannot_be_asked_for():
    with pytest.raises(BadRequest) as refusal:
        required(Asked(agent=group(ANN)))

    assert refusal.value.at == "agent"


def test_a_statement_refers_to_its_object_alone():
    reference = {"objectType": "StatementRef", "id": TARGET.upper()}

    assert refers_to(statement(object=reference)) == TARGET
    assert refers_to(statement(context={"statement": reference})) is None
    assert refers_to(statement(object=sub_statement(object=reference))) is None


def test_only_a_statement_itself_voids():
    voiding = {"verb": {"id": VOIDED}, "object": {"objectType": "StatementRef", "id": TARGET}}

    assert is_voiding(statement(**voiding))
    assert not is_voiding(statement(object=sub_statement(**voiding)))
    assert not is_voiding(statement(object=voiding["object"]))


@given(generated.statements)
def test_every_statement_is_found_by_its_own_actor_and_verb(kept):
    terms = terms_of(kept, KEY)

    assert "verb:" + kept["verb"]["id"] in terms
    assert {t for t in terms if t.startswith("agent:")} <= {
        t.removeprefix("related-") for t in terms if t.startswith("related-agent:")
    }
