"""When two Statements are one and the same (Data 2.3.1; 2.0 4.2)."""

from __future__ import annotations

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.domain.statement import SIGNATURE, completed, same_json, same_statement
from lrs.domain.versions import Version
from lrs.stores.port import NewStatement
from tests.domain import generated

V1, V2 = Version.V1, Version.V2
both_versions = pytest.mark.parametrize("version", [V1, V2])
KEY = {"account": {"homePage": "https://lrs.example.org", "name": "key"}}
ANN, BOB = {"mbox": "mailto:ann@example.org"}, {"mbox": "mailto:bob@example.org"}
UUID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


def statement(**others):
    return {
        "actor": ANN,
        "verb": {"id": "https://example.org/did"},
        "object": {"id": "https://example.org/a"},
        **others,
    }


def sub_statement(**others):
    return statement(object={"objectType": "SubStatement", **statement(**others)})


def group(*members, **others):
    return {"objectType": "Group", "member": list(members), **others}


def context(**others):
    return statement(context=others)


def attachment(sha2, usage="https://example.org/u"):
    return {"usageType": usage, "contentType": "a/b", "length": 1, "display": {}, "sha2": sha2}


def duration(text):
    return statement(result={"duration": text})


def extension(value):
    return context(extensions={"https://example.org/x": value})


SAME = {
    "assigned properties": (
        statement(),
        statement(id=UUID, stored="2026-01-01T00:00:00Z", timestamp="2026-01-01T00:00:00Z",
                  version="1.0.0", authority=KEY),
    ),
    "display": (statement(), statement(verb={"id": "https://example.org/did", "display": {"en": "d"}})),
    "definition": (
        statement(),
        statement(object={"id": "https://example.org/a", "definition": {"name": {"en": "A"}}}),
    ),
    "definition in context": (
        context(contextActivities={"parent": [{"id": "https://p.example"}]}),
        context(contextActivities={"parent": [{"id": "https://p.example", "definition": {"type": "a:b"}}]}),
    ),
    "display and definition in a SubStatement": (
        sub_statement(),
        sub_statement(
            verb={"id": "https://example.org/did", "display": {"en": "d"}},
            object={"id": "https://example.org/a", "definition": {}},
        ),
    ),
    "order of members": (statement(actor=group(ANN, BOB)), statement(actor=group(BOB, ANN))),
    "case of a domain": (statement(), statement(actor={"mbox": "mailto:ann@EXAMPLE.org"})),
    "case of a hash": (
        statement(actor={"mbox_sha1sum": "ab" * 20}), statement(actor={"mbox_sha1sum": "AB" * 20}),
    ),
    "case of the id": (statement(id=UUID), statement(id=UUID.upper())),
    "case of a registration": (context(registration=UUID), context(registration=UUID.upper())),
    "case of a reference": (
        statement(object={"objectType": "StatementRef", "id": UUID}),
        statement(object={"objectType": "StatementRef", "id": UUID.upper()}),
    ),
    "case of a context's reference": (
        context(statement={"objectType": "StatementRef", "id": UUID}),
        context(statement={"objectType": "StatementRef", "id": UUID.upper()}),
    ),
    "case of a language tag": (context(language="en-us"), context(language="en-US")),
    "the default objectType": (
        statement(),
        statement(
            actor={"objectType": "Agent", **ANN},
            object={"objectType": "Activity", "id": "https://example.org/a"},
        ),
    ),
    "one contextActivity": (
        context(contextActivities={"parent": {"id": "https://p.example"}}),
        context(contextActivities={"parent": [{"id": "https://p.example"}]}),
    ),
    "small letters in a time": (
        statement(timestamp="2026-01-01T00:00:00Z"), statement(timestamp="2026-01-01t00:00:00z"),
    ),
    "zone": (statement(timestamp="2026-01-01T00:00:00Z"), statement(timestamp="2026-01-01T01:00:00.0+01:00")),
    "zone in a SubStatement": (
        sub_statement(timestamp="2026-01-01T00:00:00Z"), sub_statement(timestamp="2026-01-01T01:00:00+01:00"),
    ),
    "number in another spelling": (extension(1), extension(1.0)),
    "signature": (statement(), statement(attachments=[attachment("ab" * 32, SIGNATURE)])),
    "case of sha2": (
        statement(attachments=[attachment("ab" * 32)]), statement(attachments=[attachment("AB" * 32)]),
    ),
}  # fmt: skip

DIFFERENT = {
    "id": (statement(id=UUID), statement(id="7" + UUID[1:])),
    "actor": (statement(), statement(actor=BOB)),
    "case before the @": (statement(), statement(actor={"mbox": "mailto:Ann@example.org"})),
    "name": (statement(), statement(actor={**ANN, "name": "Ann"})),
    "a member more": (statement(actor=group(ANN)), statement(actor=group(ANN, BOB))),
    "verb": (statement(), statement(verb={"id": "https://example.org/Did"})),
    "object": (statement(), statement(object={"id": "https://example.org/b"})),
    "kind of object": (
        statement(object={"objectType": "Agent", **ANN}), statement(object=group(ANN)),
    ),
    "result": (statement(), statement(result={"success": True})),
    "score": (statement(result={"score": {"raw": 1}}), statement(result={"score": {"raw": 1.5}})),
    "context": (context(platform="a"), context(platform="b")),
    "instructor": (context(instructor=ANN), context(instructor=BOB)),
    "contextActivities": (
        context(contextActivities={"parent": [{"id": "https://p.example"}]}),
        context(contextActivities={"grouping": [{"id": "https://p.example"}]}),
    ),
    "relevantTypes": (
        context(contextAgents=[{"objectType": "contextAgent", "agent": ANN}]),
        context(contextAgents=[{"objectType": "contextAgent", "agent": ANN, "relevantTypes": ["a:b"]}]),
    ),
    "duration": (duration("PT1S"), duration("PT2S")),
    "units of a duration": (duration("PT60S"), duration("PT1M")),
    "true is not 1": (extension(True), extension(1)),
    "false is not 0.0": (extension(False), extension(0.0)),
    "null is not absent": (extension({"a": None}), extension({})),
    "order in an extension": (extension([1, 2]), extension([2, 1])),
    "a number and its text": (extension(1), extension("1")),
    "timestamp of a SubStatement": (
        sub_statement(timestamp="2026-01-01T00:00:00Z"), sub_statement(timestamp="2026-01-01T00:00:01Z"),
    ),
}  # fmt: skip


@both_versions
@pytest.mark.parametrize("case", SAME)
def test_these_are_no_difference(case, version):
    a, b = SAME[case]

    assert same_statement(a, b, version)
    assert same_statement(b, a, version)


@both_versions
@pytest.mark.parametrize("case", DIFFERENT)
def test_these_are_a_difference(case, version):
    a, b = DIFFERENT[case]

    assert not same_statement(a, b, version)
    assert not same_statement(b, a, version)


ONLY_1_0_3 = {
    "another time": (
        statement(timestamp="2026-01-01T00:00:00Z"), statement(timestamp="2026-01-01T00:00:01Z"),
    ),
    "less than a hundredth": (duration("PT1.239S"), duration("PT1.23S")),
    "a hundredth's zero": (duration("PT1.50S"), duration("PT1,5S")),
    "an attachment": (
        statement(attachments=[attachment("ab" * 32)]), statement(attachments=[attachment("cd" * 32)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONLY_1_0_3)
def test_these_are_a_difference_under_1_0_3_alone(case):
    a, b = ONLY_1_0_3[case]

    assert not same_statement(a, b, V1)
    assert same_statement(a, b, V2)


def test_a_timestamp_that_the_lrs_assigned_is_no_difference():
    """A client that sent none, and now sends its own, must not get 409 for what the LRS put there."""
    kept = statement(timestamp="2026-01-01T00:00:00.000001Z", stored="2026-01-01T00:00:00.000001Z")

    assert same_statement(statement(timestamp="2025-12-31T23:59:59Z"), kept, V1)


@both_versions
@given(a=generated.statements)
def test_a_statement_is_the_same_as_itself(a, version):
    assert same_statement(a, copy.deepcopy(a), version)


@both_versions
@given(a=generated.statements, b=generated.statements)
def test_the_order_of_the_two_does_not_matter(a, b, version):
    assert same_statement(a, b, version) is same_statement(b, a, version)


@both_versions
@given(sent=generated.statements)
def test_what_is_read_back_is_what_was_sent(sent, version):
    """And sending that again changes nothing."""
    back = kept(sent, version)
    again = kept(back, version)

    assert same_statement(sent, back, version)
    assert same_statement(back, again, version)
    assert same_statement(sent, again, version)


@both_versions
@given(sent=generated.statements, data=st.data())
def test_a_different_verb_is_seen_in_any_statement(sent, version, data):
    other = {**sent, "verb": {"id": data.draw(generated.iris) + "/other"}}

    assert not same_statement(sent, other, version)


def kept(sent, version):
    head = completed(sent, statement_id=UUID, authority=KEY, version=version)
    new = NewStatement(UUID, head, frozenset(), stamped="timestamp" not in sent)
    return orjson.loads(new.complete("2026-11-24T08:01:02.000003Z"))


def test_json_of_any_depth_can_be_compared():
    a: list = []
    b: list = []
    for _ in range(10_000):
        a, b = [a], [b]

    assert same_json(a, b)


@given(generated.json_values, generated.json_values)
def test_json_is_equal_when_it_is_spelled_alike(a, b):
    if orjson.dumps(a, option=orjson.OPT_SORT_KEYS) == orjson.dumps(b, option=orjson.OPT_SORT_KEYS):
        assert same_json(a, b)
    elif not _numbers(a) and not _numbers(b):
        assert not same_json(a, b)


def _numbers(value):
    text = orjson.dumps(value)
    return any(digit in text for digit in b"0123456789")
