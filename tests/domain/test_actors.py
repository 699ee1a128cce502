from __future__ import annotations

import pytest

from lrs.domain.actors import ifi, ifis, person

HASH = "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"mbox": "mailto:ann@example.org"}, "mbox:mailto:ann@example.org"),
        ({"mbox_sha1sum": HASH}, f"mbox_sha1sum:{HASH}"),
        ({"openid": "https://Ann.example.org/"}, "openid:https://Ann.example.org/"),
        (
            {"account": {"homePage": "https://lms.example.org", "name": "ann|1"}},
            "account:https://lms.example.org|ann|1",
        ),
        ({"objectType": "Group", "member": [{"mbox": "mailto:ann@example.org"}]}, None),
    ],
)
def test_an_identifier_is_one_string(actor, expected):
    assert ifi(actor) == expected


def test_only_the_domain_of_an_address_has_no_case():
    assert ifi({"mbox": "mailto:Ann@EXAMPLE.org"}) == "mbox:mailto:Ann@example.org"


def test_the_digits_of_a_hash_have_no_case():
    assert ifi({"mbox_sha1sum": HASH.upper()}) == ifi({"mbox_sha1sum": HASH})


def test_two_accounts_never_share_an_identifier():
    """Else one learner could be found, or could write documents, as the other."""
    ours = {"account": {"homePage": "https://a.example|b", "name": "c"}}
    theirs = {"account": {"homePage": "https://a.example", "name": "b|c"}}

    assert ifi(ours) != ifi(theirs)


def test_a_group_is_found_by_itself_and_by_its_members():
    group = {
        "objectType": "Group",
        "openid": "https://g.example",
        "member": [{"mbox": "mailto:ann@example.org"}],
    }

    assert ifis(group) == ["openid:https://g.example", "mbox:mailto:ann@example.org"]


def test_every_property_of_a_person_is_an_array():
    agent = {
        "objectType": "Agent",
        "name": "Ann",
        "account": {"homePage": "https://a.b", "name": "1"},
    }

    answer = person(agent)

    assert answer == {
        "objectType": "Person",
        "name": ["Ann"],
        "account": [{"homePage": "https://a.b", "name": "1"}],
    }
