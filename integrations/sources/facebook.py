"""
Facebook Pages: the `feed` field of Graph webhooks (research/integrations.md 6).

People have another id on every Page, so that the Page is where their account lives. The Page
itself is no learner. Who removed or hid something is not told: `from` is its author.
Options: `verify_token`, for the subscription's handshake; `bots`, page-scoped ids.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

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
    Why,
)
from integrations.checks import Hmac
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_POSTS = frozenset({"status", "post", "photo", "video", "share"})
_REACTIONS = frozenset({"reaction", "like"})


def handshake(delivery: Delivery, source: Source) -> Answer | None:
    """Echo the challenge if the token is the agreed one, else 403."""
    if delivery.method != "GET" or delivery.query.get("hub.mode") != "subscribe":
        return None
    agreed = str(source.options.get("verify_token", ""))
    told = delivery.query.get("hub.verify_token", "")
    if not agreed or not hmac.compare_digest(told.encode(), agreed.encode()):
        return Answer(b"", status=403)
    return Answer(delivery.query.get("hub.challenge", "").encode())


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "error" in body:
        yield Skip(Why.VENDOR_ERROR, str(body["error"].get("message")))
        return
    if body["object"] != "page":
        yield Skip(Why.UNKNOWN_EVENT, body["object"])
        return
    for entry in body["entry"]:
        if "messaging" in entry:
            yield Skip(Why.PRIVATE, "messaging")
        for change in entry.get("changes", ()):
            if change["field"] == "feed":
                yield _change(change["value"], str(entry["id"]), source)
            else:
                yield Skip(Why.UNKNOWN_EVENT, change["field"])


def _change(value: Json, page: str, source: Source) -> Translated:
    item, verb = value["item"], value["verb"]
    skip = _not_an_act(value) or _nobody(value, page, source)
    if skip:
        return skip
    if item in _REACTIONS:
        return _reaction(value, page)
    if item == "comment":
        return _comment(value, page)
    if item not in _POSTS:
        return Skip(Why.UNKNOWN_EVENT, f"{item} {verb}")
    act = Act.EDIT if verb != "add" else Act.SHARE if item == "share" else Act.POST
    return _event(act, value, page, _post(value))


def _not_an_act(value: Json) -> Skip | None:
    """Moderation, drafts, and posts moved to the trash, which come as edits without a message."""
    item, verb = value["item"], value["verb"]
    if verb in ("hide", "unhide", "block", "unblock"):
        return Skip(Why.NOT_SOCIAL, f"{item} {verb}")
    if verb in ("remove", "delete") and item not in _REACTIONS:
        return Skip(Why.ACTOR_UNKNOWN, f"{item} {verb}")
    if value.get("published") == 0 or value.get("post", {}).get("is_published") is False:
        return Skip(Why.NOT_PUBLISHED)
    edited = verb in ("edit", "edited")
    return (
        Skip(Why.UNCHANGED, "moved to the trash") if edited and not value.get("message") else None
    )


def _nobody(value: Json, page: str, source: Source) -> Skip | None:
    who = _id_of(value)
    if who is None:
        return Skip(Why.ACTOR_UNKNOWN, "from is missing")
    if who == page:
        return Skip(Why.NO_PERSON, "the page itself")
    return Skip(Why.BOT, who) if who in source.option_ids("bots") else None


def _id_of(value: Json) -> str | None:
    """Older versions tell `sender_id`, a number; newer ones leave `from` out without consent."""
    who = value.get("from", {}).get("id", value.get("sender_id"))
    return None if who is None else str(who)


def _reaction(value: Json, page: str) -> SocialEvent:
    kind = value.get("reaction_type", "like")
    extensions = {} if kind == "like" else {v.REACTION: kind}
    act = Act.UNLIKE if value["verb"] == "remove" else Act.LIKE
    to = Thing(value["comment_id"], v.COMMENT) if value.get("comment_id") else _post(value)
    return _event(act, value, page, to, result=Result(extensions=extensions))


def _comment(value: Json, page: str) -> SocialEvent:
    """`parent_id` is the post for a comment of the first level, else the comment answered."""
    edited = value["verb"] != "add"
    parent, post = value.get("parent_id"), value["post_id"]
    replies = parent is not None and parent != post
    above = Thing(parent, v.COMMENT) if parent and replies else _post(value)
    act = Act.EDIT if edited else Act.REPLY if replies else Act.COMMENT
    made = Thing(value["comment_id"], v.COMMENT)
    return _event(act, value, page, made, parent=above, thread=_post(value))


def _event(act: Act, value: Json, page: str, to: Thing, **more: Any) -> SocialEvent:
    name = value.get("from", {}).get("name") or value.get("sender_name")
    home = f"https://www.facebook.com/{page}"
    return SocialEvent(
        act=act,
        source_id=f"{value['item']}/{value['verb']}/{to.id}/{value['created_time']}",
        at=epoch(value["created_time"]),
        actor=Party(str(_id_of(value)), name, home),
        object=to,
        text=tidy(value["message"]) if value.get("message") else None,
        containers=(Thing(page, v.COMMUNITY),),
        **more,
    )


def _post(value: Json) -> Thing:
    return Thing(value["post_id"], v.NOTE, url=value.get("post", {}).get("permalink_url"))


def recognise(body: bytes, _stem: str) -> Shown:
    """A delivery, or a part of one that is put back into its envelope, or a handshake."""
    held = orjson.loads(body)
    if held.get("method") == "GET":
        query = held["query"]
        options = {"verify_token": query.get("hub.verify_token", "")}
        return Shown("handshake", method="GET", query=query, options=options, body=b"")
    if "item" in held:
        change = {"field": "feed", "value": held}
        held = {"id": str(held["post_id"]).partition("_")[0], "changes": [change]}
    if "changes" in held:
        return Shown("feed", body=orjson.dumps({"object": "page", "entry": [held]}))
    return Shown("error" if "error" in held else "feed", harvested="error" in held)


INTEGRATION = Integration(
    name="facebook",
    title="Facebook",
    instance="https://www.facebook.com",
    checks={"signature": Hmac("X-Hub-Signature-256", prefix="sha256=")},
    handshake=handshake,
    translate=translate,
    parts=("entry", "changes"),
    recognise=recognise,
)
