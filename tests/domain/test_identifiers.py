"""Identifiers as text, and the persons of whom only one is known."""

from __future__ import annotations

import pytest

from lrs.domain import identifiers
from lrs.domain.actors import ifi
from lrs.domain.errors import BadRequest, NotFound

SHA1 = "a" * 40
KNOWN = [
    "mbox:mailto:Ann@example.org",
    f"mbox_sha1sum:{SHA1}",
    "openid:https://id.example.org/ann",
    "account:https://lms.example.org|ann|b",
]


@pytest.mark.parametrize("identifier", KNOWN)
def test_an_identifier_is_read_back_as_the_agent_it_came_from(identifier: str) -> None:
    agent = identifiers.agent_of(identifier)

    assert ifi(agent) == identifier
    assert identifiers.read(identifier) == identifier


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("mailto:Ann@EXAMPLE.org", KNOWN[0]),
        (" mbox:mailto:Ann@EXAMPLE.org ", KNOWN[0]),
        ('{"mbox": "mailto:Ann@example.org", "name": "Ann"}', KNOWN[0]),
        (f"mbox_sha1sum:{SHA1.upper()}", KNOWN[1]),
        ('{"account": {"homePage": "https://lms.example.org", "name": "ann|b"}}', KNOWN[3]),
    ],
)
def test_spellings_of_one_identifier_are_one(text: str, identifier: str) -> None:
    assert identifiers.read(text) == identifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@example.org",
        "mbox:ann@example.org",
        "mbox_sha1sum:abc",
        "openid:no iri",
        "account:https://lms.example.org",
        "account:|ann",
        "{",
        "{}",
        '{"name": "Ann"}',
        '{"objectType": "Group", "mbox": "mailto:a@example.org"}',
        "\ud800",
    ],
)
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        identifiers.read(text, "identifier")

    assert refused.value.at.startswith("identifier")


@pytest.mark.parametrize("identifier", KNOWN)
def test_the_id_of_a_person_of_one_follows_from_the_identifier(identifier: str) -> None:
    person = identifiers.of_one(identifier)

    assert identifiers.is_of_one(person)
    assert identifiers.identifier_of(person) == identifier


@pytest.mark.parametrize("person", ["~", "~x", "~!!!", "~w6k", "~YW5u", "~bWFpbHRvOmFAYi5j"])
def test_an_id_that_was_not_made_so_is_nobodys(person: str) -> None:
    with pytest.raises(NotFound):
        identifiers.identifier_of(person)
