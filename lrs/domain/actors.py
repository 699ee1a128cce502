"""Agents and Groups: by what they are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PERSON = ("name", "mbox", "mbox_sha1sum", "openid", "account")


def ifi(actor: Mapping[str, Any]) -> str | None:
    """
    The Inverse Functional Identifier of an Agent or Group, as one string.

    What is no difference is folded, so that equal strings mean the same Actor: the domain of an
    e-mail address and the digits of a hash have no case (Data 2.4.2.3). All else is compared
    as it is (2.0 4.2.7).

    Args:
        actor: An Agent or Group with at most one identifier.

    Returns:
        "mbox:mailto:Ann@example.org", "mbox_sha1sum:<40 hex digits>", "openid:<URI>" or
        "account:<homePage>|<name>"; None for an anonymous Group.
    """
    if "account" in actor:
        account = actor["account"]
        # An IRI holds no "|"; should one be let through, it must not pass for the separator.
        home = account["homePage"].replace("|", "%7C")
        return f"account:{home}|{account['name']}"
    if "mbox" in actor:
        return "mbox:" + folded_mbox(actor["mbox"])
    if "mbox_sha1sum" in actor:
        return f"mbox_sha1sum:{actor['mbox_sha1sum'].lower()}"
    if "openid" in actor:
        return f"openid:{actor['openid']}"
    return None


def folded_mbox(mbox: str) -> str:
    """An e-mail address with its domain in lower case; the part before the @ has case."""
    local, at, domain = mbox.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def ifis(actor: Mapping[str, Any]) -> list[str]:
    """The identifiers an Actor can be found by: its own and those of a Group's members."""
    everyone = (actor, *actor["member"]) if "member" in actor else (actor,)
    return [name for one in everyone if (name := ifi(one)) is not None]


def person(agent: Mapping[str, Any]) -> dict[str, Any]:
    """
    The Person object that the Agents Resource answers for an Agent; every property is an array.

    Spec: Communication 2.4; 2.0 4.1.6.3.
    """
    known = {name: [agent[name]] for name in _PERSON if name in agent}
    return {"objectType": "Person", **known}
