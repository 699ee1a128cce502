"""
Microsoft Teams by Graph: change notifications and messages of channels (integrations.md 9).

There is no signature: every item must carry the agreed `clientState`, which is the source's
secret. A notification without content has to be fetched; what is fetched goes through `translate`
too. Chats are private. People are Entra object ids; the instance is
`https://login.microsoftonline.com/<tenant>`. Options: `private_key` and `certificate`, PEM, for
rich notifications; `subscribe`, as `integrations.graph_subscriptions` says.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from integrations.base import (
    Act,
    Answer,
    Delivery,
    Integration,
    Party,
    Result,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.checks import ClientState
from integrations.graph import decrypted
from integrations.source import Source
from integrations.text import plain, tidy
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_WEB = "https://teams.microsoft.com/l"


def handshake(delivery: Delivery, _source: Source) -> Answer | None:
    """Answer with the token, escaped, so that it can never be a script in somebody's browser."""
    token = delivery.query.get("validationToken")
    return Answer(html.escape(token).encode()) if token is not None else None


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "error" in body:
        yield Skip(Why.VENDOR_ERROR, str(body["error"].get("code")))
        return
    for item in body.get("value", [body]):
        if "subscriptionId" in item or "changeType" in item:
            yield from _notified(item, source)
        else:
            yield from _message(item)


def _notified(item: Json, source: Source) -> Iterator[Translated]:
    """One call may hold items of several tenants; the check has seen to each one's state."""
    if "lifecycleEvent" in item:
        yield Skip(Why.NOT_SOCIAL, item["lifecycleEvent"])
    elif item["resource"].lstrip("/").startswith("chats"):
        yield Skip(Why.PRIVATE, "a chat")
    elif "encryptedContent" not in item:
        yield Skip(Why.TOLD_ELSEWHERE, "to be fetched")
    else:
        key = source.options.get("private_key")
        if not isinstance(key, str):
            raise Unreadable("encrypted content, and no private_key is set")
        yield from _message(decrypted(item["encryptedContent"], key))


def _message(message: Json) -> Iterator[Translated]:
    if not message.get("channelIdentity"):
        yield Skip(Why.PRIVATE, "a chat")
    elif message.get("messageType") != "message":
        yield Skip(Why.NOT_SOCIAL, str(message.get("messageType")))
    else:
        yield from _versions(message)
        yield from _reactions(message)


def _versions(message: Json) -> Iterator[Translated]:
    """Of a message that was edited, what was written first is not told any more."""
    author = _author(message)
    if isinstance(author, Skip):
        yield author
        return
    root, text = message.get("replyToId"), _text(message["body"])
    edited = message.get("lastEditedDateTime")
    yield _written(
        message,
        author,
        Act.REPLY if root else Act.POST,
        at=message["createdDateTime"],
        text=None if edited else text,
        mentions=tuple(_mentions(message)),
    )
    if edited:
        yield _written(message, author, Act.EDIT, at=edited, text=text)


def _author(message: Json) -> Party | Skip:
    """Who deleted a message, its author or an owner, is not told."""
    if message.get("deletedDateTime"):
        return Skip(Why.ACTOR_UNKNOWN, "deleted")
    sender = message.get("from") or {}
    if sender.get("application"):
        return Skip(Why.BOT)
    return _person(sender) or Skip(Why.ANONYMOUS)


def _written(message: Json, author: Party, act: Act, *, at: str, **more: Any) -> SocialEvent:
    root = message.get("replyToId")
    above = _thing(message, root) if root else None
    return SocialEvent(
        act=act,
        source_id=f"message/{message['id']}/{at if act is Act.EDIT else 'first'}",
        at=iso(at),
        actor=author,
        object=_thing(message, message["id"], message.get("subject")),
        language=message.get("locale"),
        parent=above,
        thread=above,
        containers=_containers(message),
        **more,
    )


def _reactions(message: Json) -> Iterator[Translated]:
    """A message tells who has reacted so far, each with its own time."""
    if message.get("deletedDateTime"):
        return
    for reaction in message.get("reactions", ()):
        person = _person(reaction.get("user"))
        yield _reacted(message, reaction, person) if person else Skip(Why.ANONYMOUS, "reaction")


def _reacted(message: Json, reaction: Json, person: Party) -> SocialEvent:
    kind = reaction["reactionType"]
    return SocialEvent(
        act=Act.LIKE,
        source_id=f"message/{message['id']}/{kind}/{reaction['createdDateTime']}",
        at=iso(reaction["createdDateTime"]),
        actor=person,
        object=_thing(message, message["id"]),
        answered=_person(message.get("from")),
        containers=_containers(message),
        result=Result(extensions={} if kind == "like" else {v.REACTION: kind}),
    )


def _text(body: Json) -> str | None:
    return plain(body["content"]) if body["contentType"] == "html" else tidy(body["content"])


def _mentions(message: Json) -> Iterator[Party]:
    for mention in message.get("mentions", ()):
        person = _person(mention["mentioned"])
        if person:
            yield person


def _person(held: Json | None) -> Party | None:
    """A guest without an account is nobody."""
    user = (held or {}).get("user")
    if not user or user.get("userIdentityType") == "anonymousGuest":
        return None
    return Party(user["id"], user.get("displayName"))


def _thing(message: Json, message_id: str, subject: str | None = None) -> Thing:
    channel = quote(message["channelIdentity"]["channelId"], safe="")
    return Thing(f"{_WEB}/message/{channel}/{message_id}", v.CHAT_MESSAGE, subject)


def _containers(message: Json) -> tuple[Thing, ...]:
    place = message["channelIdentity"]
    channel = Thing(f"{_WEB}/channel/{quote(place['channelId'], safe='')}", v.CHAT_CHANNEL)
    team = place.get("teamId")
    return (channel, Thing(f"{_WEB}/team/{team}", v.COMMUNITY)) if team else (channel,)


def recognise(body: bytes, _stem: str) -> Shown:
    items = orjson.loads(body).get("value") or [{}]
    pushed = "subscriptionId" in items[0]
    return Shown("notification" if pushed else "message", harvested=not pushed)


INTEGRATION = Integration(
    name="teams",
    title="Microsoft Teams",
    checks={"client-state": ClientState()},
    handshake=handshake,
    translate=translate,
    parts=("value",),
    recorded_as="msgraph",
    recognise=recognise,
)
