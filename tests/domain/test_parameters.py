"""Query parameters of every Resource: as strict as the values of Statements."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.parameters import (
    StatementParameters,
    activities_query,
    activity_profile_query,
    agent_profile_query,
    agents_query,
    no_query,
    put_statement_query,
    state_query,
    statement_query,
)
from lrs.domain.versions import Version
from tests.domain.corpus import ANNA, CROWD, STATEMENT_ID, TEAM

AGENT = json.dumps(ANNA)
GROUP = json.dumps(TEAM)


def given_once(**values: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def test_without_parameters_the_defaults_of_the_standard_hold() -> None:
    asked = statement_query({}, Version.V1)

    assert asked == StatementParameters()
    assert (asked.format, asked.limit, asked.ascending, asked.attachments) == (
        "exact", None, False, False,
    )  # fmt: skip


def test_every_parameter_of_a_list_is_read_as_its_type() -> None:
    asked = statement_query(
        given_once(
            agent=GROUP,
            verb="urn:did",
            activity="urn:thing",
            registration=STATEMENT_ID,
            related_activities="true",
            related_agents="true",
            since="2026-01-01T00:00:00Z",
            until="2026-01-01T01:00:00+01:00",
            limit="25",
            format="canonical",
            attachments="true",
            ascending="true",
        ),
        Version.V2,
    )

    instant = timestamps.parse("2026-01-01T00:00:00Z")
    assert asked == StatementParameters(
        agent=TEAM,
        verb="urn:did",
        activity="urn:thing",
        registration=STATEMENT_ID.lower(),
        related_activities=True,
        related_agents=True,
        since=instant,
        until=instant,
        limit=25,
        format="canonical",
        attachments=True,
        ascending=True,
    )


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
def test_with_an_id_only_format_and_attachments_may_come(name: str) -> None:
    args = given_once(**{name: STATEMENT_ID}, format="ids", attachments="false")

    asked = statement_query(args, Version.V1)

    assert STATEMENT_ID.lower() in (asked.statement_id, asked.voided_statement_id)
    for other, value in [("ascending", "false"), ("limit", "0"), ("verb", "urn:a")]:
        with pytest.raises(BadRequest) as refusal:
            statement_query({**args, other: [value]}, Version.V1)
        assert refusal.value.at == other


def test_both_ids_together_are_refused() -> None:
    args = given_once(statementId=STATEMENT_ID, voidedStatementId=STATEMENT_ID)

    with pytest.raises(BadRequest):
        statement_query(args, Version.V1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statementId", "wrong"),
        ("statementId", ""),
        ("voidedStatementId", "wrong"),
        ("agent", "wrong"),
        ("agent", "{}"),
        ("agent", "[]"),
        ("agent", json.dumps(CROWD)),
        ("agent", '{"mbox":"mailto:a@b","mbox":"mailto:a@b"}'),
        ("agent", '{"mbox":"mailto:a@b","extra":1}'),
        ("agent", "[" * 100_000),
        ("agent", "\ud800"),
        ("verb", "not.a.valid.iri.com/verb"),
        ("verb", ""),
        ("activity", "not.a.valid.iri.com/activity"),
        ("registration", "wrong"),
        ("related_activities", "1"),
        ("related_activities", "True"),
        ("related_agents", ""),
        ("ascending", "TRUE"),
        ("attachments", "yes"),
        ("since", "true"),
        ("since", "2026-02-30T00:00:00Z"),
        ("since", "2026-01-01T00:00:00 01:00"),
        ("until", "99999-01-01T00:00:00Z"),
        ("limit", "-1"),
        ("limit", "1.0"),
        ("limit", " 1"),
        ("limit", "1_0"),
        ("limit", "\u0663"),
        ("limit", ""),
        ("format", "Exact"),
        ("format", ""),
        ("foo", "bar"),
        ("Agent", AGENT),
        ("StatementId", STATEMENT_ID),
        ("LIMIT", "1"),
        ("method", "GET"),
    ],
)
@pytest.mark.parametrize("version", Version)
def test_a_wrong_or_unknown_parameter_is_refused_by_name(
    name: str, value: str, version: Version
) -> None:
    with pytest.raises(BadRequest) as refusal:
        statement_query({name: [value]}, version)

    assert refusal.value.at.startswith(name)
    assert refusal.value.spec


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(BadRequest) as refusal:
        statement_query({"limit": ["1", "1"]}, Version.V1)

    assert refusal.value.at == "limit"


@pytest.mark.parametrize(("text", "limit"), [("0", None), ("000", None), ("007", 7)])
def test_a_limit_of_zero_leaves_it_to_the_server(text: str, limit: int | None) -> None:
    """Communication 2.1.3: 0 is the maximum the server allows."""
    assert statement_query(given_once(limit=text), Version.V1).limit == limit


def test_a_limit_may_be_huge() -> None:
    limit = statement_query(given_once(limit="9" * 10_000), Version.V1).limit

    assert limit is not None
    assert 10**17 < limit < 2**63


def test_put_needs_the_statement_id_and_nothing_else() -> None:
    assert put_statement_query(given_once(statementId=STATEMENT_ID), Version.V1) == (
        STATEMENT_ID.lower()
    )
    for args in ({}, given_once(statementId="x"), given_once(statementId=STATEMENT_ID, limit="1")):
        with pytest.raises(BadRequest):
            put_statement_query(args, Version.V1)


def test_post_takes_no_parameters() -> None:
    no_query({}, Version.V1)

    with pytest.raises(BadRequest) as refusal:
        no_query(given_once(statementId=STATEMENT_ID), Version.V1)
    assert refusal.value.at == "statementId"


def test_agents_takes_an_agent_and_no_group() -> None:
    assert agents_query(given_once(agent=AGENT), Version.V1) == ANNA
    for args in ({}, given_once(agent=GROUP), given_once(agent=AGENT, x="1")):
        with pytest.raises(BadRequest):
            agents_query(args, Version.V1)


def test_activities_takes_an_iri() -> None:
    assert activities_query(given_once(activityId="urn:a"), Version.V1) == "urn:a"
    for args in ({}, given_once(activityId="true"), given_once(activityId="urn:a", x="1")):
        with pytest.raises(BadRequest):
            activities_query(args, Version.V1)


STATE = given_once(activityId="urn:a", agent=AGENT, registration=STATEMENT_ID)
AGENT_PROFILE = given_once(agent=AGENT)
ACTIVITY_PROFILE = given_once(activityId="urn:a")
DOCUMENTS: list[tuple[Callable[..., Any], Mapping[str, list[str]], str]] = [
    (state_query, STATE, "stateId"),
    (agent_profile_query, AGENT_PROFILE, "profileId"),
    (activity_profile_query, ACTIVITY_PROFILE, "profileId"),
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(("read", "args", "name"), DOCUMENTS)
def test_one_document_is_meant_by_its_id(
    read: Callable[..., Any], args: Mapping[str, list[str]], name: str, method: str
) -> None:
    asked = read({**args, name: ["../a b/é"]}, Version.V1, method)

    assert asked.document_id == "../a b/é"
    assert asked.since is None
    assert asked.activity == ("urn:a" if "activityId" in args else None)
    assert asked.agent == (ANNA if "agent" in args else None)
    assert asked.registration == (STATEMENT_ID.lower() if "registration" in args else None)


@pytest.mark.parametrize(("read", "args", "name"), DOCUMENTS)
def test_several_documents_are_meant_without_an_id(
    read: Callable[..., Any], args: Mapping[str, list[str]], name: str
) -> None:
    asked = read({**args, "since": ["1970-01-01T00:00:01Z"]}, Version.V1, "GET")

    assert (asked.document_id, asked.since) == (None, 1_000_000)


@pytest.mark.parametrize(("read", "args", "name"), DOCUMENTS)
def test_what_a_document_request_refuses(
    read: Callable[..., Any], args: Mapping[str, list[str]], name: str
) -> None:
    time = ["2026-01-01T00:00:00Z"]
    wrong: list[tuple[str, Mapping[str, list[str]]]] = [
        ("GET", {**args, name: ["x"], "since": time}),
        ("GET", {**args, name: [""]}),
        ("GET", {**args, name.lower(): ["x"]}),
        ("GET", {**args, "since": ["true"]}),
        ("DELETE", {**args, "since": time}),
        ("PUT", args),
        ("POST", args),
        ("PUT", {**args, name: ["x"], "since": time}),
        *(
            ("GET", {k: v for k, v in args.items() if k != gone})
            for gone in args
            if gone != "registration"
        ),
        *(("GET", {**args, broken: ["x"]}) for broken in args),
    ]

    for method, these in wrong:
        with pytest.raises(BadRequest):
            read(these, Version.V2, method)


def test_only_state_can_be_deleted_without_an_id() -> None:
    assert state_query(STATE, Version.V1, "DELETE").document_id is None
    for read, args, _ in DOCUMENTS[1:]:
        with pytest.raises(BadRequest):
            read(args, Version.V1, "DELETE")


_NAMES = st.sampled_from(
    ["statementId", "agent", "verb", "since", "limit", "format", "activityId", "stateId"]
) | st.text(max_size=5)


@given(st.dictionaries(_NAMES, st.lists(st.text(), max_size=2), max_size=3))
def test_any_parameters_are_read_or_refused_as_a_bad_request(args: dict[str, list[str]]) -> None:
    def state(args: dict[str, list[str]], version: Version) -> object:
        return state_query(args, version, "GET")

    for read in (statement_query, state, agents_query):
        with contextlib.suppress(BadRequest):
            read(args, Version.V1)
