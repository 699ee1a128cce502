"""Agents, ids and IRIs given as parameters: what is accepted, and where a refusal points."""

from __future__ import annotations

from typing import Any

import pytest

from lrs.domain.errors import BadRequest
from lrs.domain.validation import check_agent, check_iri, check_uuid
from lrs.domain.versions import Version
from tests.domain.corpus import ANNA, BEN, CROWD, STATEMENT_ID, TEAM


@pytest.mark.parametrize("agent", [ANNA, BEN, {"objectType": "Agent", **BEN}])
def test_an_agent_is_accepted_as_parameter(agent: Any) -> None:
    check_agent(agent, "agent", Version.V1)


def test_an_identified_group_is_accepted_only_where_allowed() -> None:
    check_agent(TEAM, "agent", Version.V1, group_allowed=True)

    with pytest.raises(BadRequest) as refusal:
        check_agent(TEAM, "agent", Version.V1)
    assert refusal.value.at == "agent.objectType"


@pytest.mark.parametrize("agent", [CROWD, {}, [], None, "x", {**ANNA, "extra": 1}, {**ANNA, **BEN}])
def test_what_identifies_nobody_is_refused_as_parameter(agent: Any) -> None:
    with pytest.raises(BadRequest) as refusal:
        check_agent(agent, "agent", Version.V2, group_allowed=True)

    assert refusal.value.at.startswith("agent")


def test_a_uuid_comes_back_in_lower_case() -> None:
    assert check_uuid(STATEMENT_ID, "statementId") == STATEMENT_ID.lower()


@pytest.mark.parametrize("text", ["", "x", STATEMENT_ID + "\n", f"urn:uuid:{STATEMENT_ID}"])
def test_what_is_no_uuid_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check_uuid(text, "statementId")

    assert refusal.value.at == "statementId"


def test_what_is_no_iri_is_refused_with_its_place() -> None:
    check_iri("urn:a", "verb")

    with pytest.raises(BadRequest) as refusal:
        check_iri("example.org", "verb")
    assert refusal.value.at == "verb"
