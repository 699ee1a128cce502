"""
Confluence, Cloud and Data Center: pages, blog posts and comments (research/integrations.md 2b).

A body of Cloud names no event: one address per event is registered, `/hooks/<source>/<event>`.
Data Center signs its body (`verify` "signature"), Cloud sends a JWT that covers the request but
not the body (`verify` "jwt"). Labels are tags; a label that is put on is an act of its own.
Options: `restricted`, keys of spaces that not everybody may read; what does not tell its space is
then left to the harvest, which does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Why,
)
from integrations.checks import AtlassianJwt, Hmac
from integrations.source import Source
from integrations.text import plain
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_CONTENT = {
    "created": (Act.WIKI_CREATE, "creationDate"),
    "updated": (Act.WIKI_EDIT, "modificationDate"),
    "trashed": (Act.DELETE, None),
    "removed": (Act.DELETE, None),
    "restored": (Act.RESTORE, None),
    "moved": (Act.MOVE, None),
}
_ARTICLE = {Act.WIKI_CREATE: Act.POST, Act.WIKI_EDIT: Act.EDIT}


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    event = body.get("event") or delivery.event
    kind, _, what = event.partition("_")
    if event == "label_added":
        yield _labelled(body, source)
        return
    held = body.get(kind) or body.get("blogpost" if kind == "blog" else kind)
    if what not in _CONTENT or kind not in ("page", "blog", "blogpost", "comment"):
        yield Skip(Why.UNKNOWN_EVENT, event)
        return
    skip = _nobody(body) or _hidden(held, source)
    if skip:
        yield skip
    elif kind == "comment":
        yield _comment(body, held, what)
    else:
        yield _page(body, held, kind, what)


def _nobody(body: Json) -> Skip | None:
    kind = body.get("accountType")
    if kind == "app":
        return Skip(Why.BOT)
    return Skip(Why.ANONYMOUS) if kind == "anonymous" or not _account(body) else None


def _hidden(held: Json, source: Source) -> Skip | None:
    space, restricted = _space_key(held), source.option_ids("restricted")
    if space in restricted:
        return Skip(Why.PRIVATE, f"space {space}")
    if restricted and space is None:
        return Skip(Why.TOLD_ELSEWHERE, "its space is not told")
    if held.get("restricted"):
        return Skip(Why.PRIVATE, "only some may read it")
    status = held.get("status", "current")
    return Skip(Why.NOT_PUBLISHED, status) if status == "draft" else None


def _labelled(body: Json, source: Source) -> Translated:
    held = body.get("labeled") or next((body[k] for k in ("page", "blog") if k in body), None)
    if held is None:
        return Skip(Why.OBJECT_UNKNOWN, "label_added")
    label = body["label"]
    if label.get("prefix", "global") != "global":
        return Skip(Why.PRIVATE, "somebody's own label")
    skip = _nobody(body) or _hidden(held, source)
    article = held.get("contentType") == "blogpost" or "blog" in body
    return skip or _event(
        Act.TAG,
        body,
        held,
        f"label/{_id(held)}/{label['name']}/{body['timestamp']}",
        None,
        object=_thing(held, v.ARTICLE if article else v.PAGE),
        tags=(label["name"],),
    )


def _page(body: Json, held: Json, kind: str, what: str) -> SocialEvent:
    act, when = _CONTENT[what]
    article = kind != "page" or held.get("contentType") == "blogpost"
    return _event(
        _ARTICLE.get(act, act) if article else act,
        body,
        held,
        f"{kind}/{_id(held)}/{what}/{_version(body, held, when)}",
        when,
        object=_thing(held, v.ARTICLE if article else v.PAGE),
        text=plain(held.get("body", {}).get("storage", {}).get("value")),
        tags=tuple(held.get("labels", ())),
    )


def _comment(body: Json, held: Json, what: str) -> SocialEvent:
    """The page is the comment's parent; an answer to a comment also says to which."""
    act, when = _CONTENT[what]
    page = _thing(held["parent"], v.PAGE) if held.get("parent") else None
    above = held.get("inReplyTo")
    said = {Act.WIKI_CREATE: Act.REPLY if above else Act.COMMENT, Act.WIKI_EDIT: Act.EDIT}
    return _event(
        said.get(act, act),
        body,
        held,
        f"comment/{_id(held)}/{what}/{_version(body, held, when)}",
        when,
        object=_thing(held, v.COMMENT),
        text=plain(held.get("body", {}).get("storage", {}).get("value")),
        parent=_thing(above, v.COMMENT) if above else page,
        answered=_creator(above or held.get("parent") or {}) if act is Act.WIKI_CREATE else None,
        thread=page if above else None,
    )


def _event(
    act: Act, body: Json, held: Json, source_id: str, when: str | None, **more: Any
) -> SocialEvent:
    told = (held.get(when) if when else None) or body["timestamp"]
    space = _space_key(held)
    return SocialEvent(
        act=act,
        source_id=source_id,
        at=epoch(told, 1_000),
        actor=Party(str(_account(body))),
        containers=(Thing(f"spaces/{space}", v.CATEGORY, space),) if space else (),
        **more,
    )


def _account(body: Json) -> str | None:
    """Cloud tells an account id, Data Center a user key; neither ever changes."""
    return body.get("userAccountId") or body.get("userKey")


def _creator(held: Json) -> Party | None:
    return Party(held["creatorAccountId"]) if held.get("creatorAccountId") else None


def _id(held: Json) -> str:
    """Ids were numbers until about 2024 and are strings since."""
    return str(held.get("idAsString") or held["id"])


def _version(body: Json, held: Json, when: str | None) -> Any:
    return held.get("version", body["timestamp"]) if when else body["timestamp"]


def _space_key(held: Json) -> str | None:
    """A comment may leave it to its page to tell."""
    told = [held, held.get("parent") or {}, held.get("container") or {}]
    keys = (one.get("spaceKey") or (one.get("space") or {}).get("key") for one in told)
    return next((str(key) for key in keys if key), None)


def _thing(held: Json, kind: str) -> Thing:
    path = f"pages/viewpage.action?pageId={_id(held)}"
    return Thing(path, kind, held.get("title"), url=held.get("self"))


def recognise(body: bytes, stem: str) -> Shown:
    """The body names no event; the file's name may."""
    held = orjson.loads(body)
    kind = next((k for k in ("comment", "page", "blog") if k in held), "unknown")
    told = next((what for what in _CONTENT if what in stem), None)
    made = held.get(kind, {})
    guessed = "created" if made.get("version") == 1 else "updated"
    return Shown(held.get("event") or f"{kind}_{told or guessed}")


INTEGRATION = Integration(
    name="confluence",
    title="Confluence",
    checks={
        "signature": Hmac("X-Hub-Signature", prefix="sha256="),
        "jwt": AtlassianJwt(),
    },
    translate=translate,
    recognise=recognise,
)
