"""
The identifiers of people as text: `lrs.domain.actors.ifi` and back, and who nobody knows.

An identifier that belongs to no known person is a *person of one*. Its id is made of the identifier
and can be read back, so that it stays the same everywhere and needs no register.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from lrs.domain import strict_json
from lrs.domain.actors import folded_mbox, ifi
from lrs.domain.errors import BadRequest, NotFound
from lrs.domain.validation import check_agent
from lrs.domain.versions import Version

_DEPTH = 8
_ONE = "~"
_FORMS = (
    "an identifier is mbox:mailto:<address>, mailto:<address>, mbox_sha1sum:<40 hex digits>, "
    "openid:<URI>, account:<homePage>|<name> or the JSON of an Agent"
)


def read(text: str, at: str = "identifier") -> str:
    """
    An identifier as people and programs write it, in the form of `lrs.domain.actors.ifi`.

    Args:
        text: Such as "mailto:Ann@Example.org", "account:https://lms.example|42" or the JSON of
            an Agent.
        at: The name of the parameter, for the refusal.

    Raises:
        BadRequest: It is none, or not valid.
    """
    text = text.strip()
    agent = _parsed(text, at) if text.startswith("{") else agent_of(text, at)
    check_agent(agent, at, Version.V2)
    return str(ifi(agent))


def agent_of(identifier: str, at: str = "identifier") -> dict[str, Any]:
    """
    The Agent that has an identifier and no name.

    Raises:
        BadRequest: It has none of the known forms.
    """
    kind, colon, rest = identifier.partition(":")
    if kind == "mailto" and colon:
        return {"objectType": "Agent", "mbox": folded_mbox(identifier)}
    if kind in ("mbox", "mbox_sha1sum", "openid") and rest:
        return {"objectType": "Agent", kind: rest}
    home, bar, name = rest.partition("|")
    if kind == "account" and bar:
        return {"objectType": "Agent", "account": {"homePage": home, "name": name}}
    raise BadRequest(_FORMS, at=at, spec="Data 2.4.2.3")


def account(home_page: str, name: str) -> dict[str, Any]:
    """The Agent of an account."""
    return {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}


def of_one(identifier: str) -> str:
    """The id of the person of whom only this identifier is known."""
    return _ONE + base64.urlsafe_b64encode(identifier.encode()).decode().rstrip("=")


def is_of_one(person: str) -> bool:
    """Whether an id was made of an identifier."""
    return person.startswith(_ONE)


def identifier_of(person: str) -> str:
    """
    The identifier that the id of a person of one was made of.

    Raises:
        NotFound: It was not made so.
    """
    encoded = person.removeprefix(_ONE)
    try:
        identifier = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        if read(identifier) == identifier and of_one(identifier) == person:
            return identifier
    except (ValueError, binascii.Error, BadRequest):
        pass
    raise NotFound("there is no such person", at="person")


def _parsed(text: str, at: str) -> Mapping[str, Any]:
    try:
        agent: Mapping[str, Any] = strict_json.loads(text.encode(), _DEPTH).plain
    except (BadRequest, UnicodeEncodeError):
        raise BadRequest(_FORMS, at=at, spec="Data 2.4.2.3") from None
    return agent
