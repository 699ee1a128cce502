"""What is added to a Statement before it is kept."""

from __future__ import annotations

import copy

import orjson
import pytest
from hypothesis import given

from lrs.domain import timestamps
from lrs.domain.statement import completed, in_utc
from lrs.domain.versions import Version
from lrs.stores.port import NewStatement
from tests.domain import generated

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
KEY = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.org", "name": "key"}}
STORED = "2026-11-24T08:01:02.000003Z"
SENT = {
    "verb": {"id": "https://example.org/did"},
    "actor": {"mbox": "mailto:ann@example.org"},
    "object": {"id": "https://example.org/a"},
}


def head(sent, version=Version.V1):
    return completed(sent, statement_id=ID, authority=KEY, version=version)


def kept(sent, version=Version.V1):
    new = NewStatement(ID, head(sent, version), frozenset(), stamped="timestamp" not in sent)
    return orjson.loads(new.complete(STORED))


def test_a_bare_statement_becomes_whole():
    whole = kept(SENT)

    assert whole == {
        **SENT,
        "id": ID,
        "version": "1.0.0",
        "authority": KEY,
        "timestamp": STORED,
        "stored": STORED,
    }


def test_properties_keep_their_order_and_the_id_comes_first():
    assert list(kept(SENT)) == [
        "id", "verb", "actor", "object", "version", "authority", "timestamp", "stored",
    ]  # fmt: skip


def test_an_id_that_was_sent_stays_where_and_as_it_was():
    whole = kept({**SENT, "id": ID.upper()})

    assert list(whole)[3] == "id"
    assert whole["id"] == ID.upper()


def test_the_version_of_the_request_stands_in_for_a_missing_one():
    assert kept(SENT, Version.V2)["version"] == "2.0.0"
    assert kept({**SENT, "version": "1.0.2"}, Version.V2)["version"] == "1.0.2"


def test_authority_and_stored_are_never_the_senders():
    sent = {
        **SENT,
        "stored": "1999-01-01T00:00:00Z",
        "authority": {"mbox": "mailto:eve@example.org"},
    }

    whole = kept(sent)

    assert (whole["stored"], whole["authority"]) == (STORED, KEY)
    assert b"stored" not in head(sent)
    assert head(sent).count(b'"authority"') == 1


def test_numbers_are_written_as_they_were_spelled():
    odd = {"https://e.org/x": [orjson.Fragment(b"1.50"), orjson.Fragment(b"1E400")]}

    assert b'"https://e.org/x":[1.50,1E400]' in head({**SENT, "context": {"extensions": odd}})


def test_a_single_context_activity_becomes_an_array_in_a_sub_statement_too():
    context = {"contextActivities": {"parent": {"id": "https://p.example"}, "category": []}}
    arrays = {"contextActivities": {"parent": [{"id": "https://p.example"}], "category": []}}
    sub = {"objectType": "SubStatement", **SENT, "context": context}

    whole = kept({**SENT, "object": sub, "context": context})

    assert whole["context"] == arrays
    assert whole["object"]["context"] == arrays


def test_times_become_utc_in_a_sub_statement_too():
    sub = {"objectType": "SubStatement", **SENT, "timestamp": "2026-11-24T00:30:00+01:00"}

    whole = kept({**SENT, "object": sub, "timestamp": "2026-11-24T09:01:02.50+01:00"})

    assert whole["timestamp"] == "2026-11-24T08:01:02.50Z"
    assert whole["object"]["timestamp"] == "2026-11-23T23:30:00Z"


def test_a_sub_statement_without_timestamp_gets_none():
    sub = {"objectType": "SubStatement", **SENT}

    assert kept({**SENT, "object": sub})["object"] == sub


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2026-11-24T08:01:02Z", "2026-11-24T08:01:02Z"),
        ("2026-11-24T08:01:02.123456789Z", "2026-11-24T08:01:02.123456789Z"),
        ("2026-11-24T08:01:02", "2026-11-24T08:01:02Z"),
        ("2026-11-24T08:01:02.120", "2026-11-24T08:01:02.120Z"),
        ("2026-11-24T08:01:02,5Z", "2026-11-24T08:01:02.5Z"),
        ("2026-11-24t08:01:02.120z", "2026-11-24T08:01:02.120Z"),
        ("2026-11-24t08:01:02Z", "2026-11-24T08:01:02Z"),
        ("2026-11-24T08:01:02z", "2026-11-24T08:01:02Z"),
        ("2026-12-31T23:30:00.123456789-0130", "2027-01-01T01:00:00.123456789Z"),
        ("0999-01-01T00:00:00+00", "0999-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59.9999999+00:00", "1969-12-31T23:59:59.9999999Z"),
    ],
)
def test_utc_keeps_every_digit_of_the_fraction(sent, utc):
    assert in_utc(sent) == utc


@given(generated.timestamps)
def test_utc_is_the_same_instant(sent):
    assert timestamps.parse(in_utc(sent)) == timestamps.parse(sent)


@given(generated.statements)
def test_what_is_sent_is_left_as_it_is(sent):
    before = copy.deepcopy(sent)

    head(sent)

    assert sent == before


@given(generated.statements)
def test_nothing_but_what_the_standard_names_changes(sent):
    whole = kept(sent)

    for name in ("actor", "verb", "result", "attachments"):
        assert whole.get(name) == sent.get(name)
    assert whole.get("context", {}).get("extensions") == sent.get("context", {}).get("extensions")
