"""
MediaWiki: items of `list=recentchanges` or `allrevisions`, and of EventStreams
(research/integrations.md 2a). Harvested only; MediaWiki's core has no webhooks.

A page is `?curid=<page id>`, which survives renames; EventStreams tells only its title, and only
the changeable name of its editor. On a talk page it is change tags that tell a reply.
Options: `bots`, ids or names of accounts that are no people.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from integrations.base import (
    Act,
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
from integrations.source import Source, canonical
from integrations.sse import frames, is_stream
from integrations.times import epoch, iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_LOGS = {
    ("delete", "delete"): Act.DELETE,
    ("delete", "restore"): Act.RESTORE,
    ("move", "move"): Act.MOVE,
    ("move", "move_redir"): Act.MOVE,
}
_TALK = {"discussiontools-reply": Act.REPLY, "discussiontools-newtopic": Act.POST}
_TALK_TYPES = {Act.REPLY: v.FORUM_REPLY, Act.POST: v.DISCUSSION, Act.COMMENT: v.COMMENT}


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    """An item, a page of the API's answer, or a frame of the stream."""
    if is_stream(delivery.body):
        for _, data in frames(delivery.text):
            yield _translated(_parsed(data), source)
        return
    body = delivery.json
    if "error" in body:
        yield Skip(Why.VENDOR_ERROR, str(body["error"].get("code")))
        return
    for item in _items(body):
        yield _translated(item, source)


def _items(body: Json) -> Iterable[Json]:
    query = body.get("query")
    if query is None:
        yield body
        return
    yield from query.get("recentchanges", ())
    for page in query.get("allrevisions", ()):
        yield from ({**revision, "page": page} for revision in page.get("revisions", ()))


def _parsed(data: str) -> Json:
    try:
        return dict(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the data of the frame is no JSON: {error}") from None


def _translated(item: Json, source: Source) -> Translated:
    skip = _elsewhere(item, source) or _nobody(item, source)
    if skip:
        return skip
    kind = item.get("type", "edit" if "revid" in item else "")
    if kind in ("edit", "new"):
        return _change(item, source)
    if kind == "log":
        return _log(item, source)
    return Skip(Why.NOT_SOCIAL if kind in ("categorize", "external") else Why.UNKNOWN_EVENT, kind)


def _elsewhere(item: Json, source: Source) -> Skip | None:
    """The stream tells of all wikis of a farm, and of canaries that are no edits."""
    server = item.get("server_url")
    if server and not source.instance.startswith(canonical(server)):
        return Skip(Why.ELSEWHERE, server)
    canary = item.get("meta", {}).get("domain") == "canary"
    return Skip(Why.NOT_SOCIAL, "canary") if canary else None


def _nobody(item: Json, source: Source) -> Skip | None:
    """Bots are flagged by presence in format 1 of the API and by a boolean in format 2."""
    if "user" not in item or "userhidden" in item or "suppressed" in item:
        return Skip(Why.ANONYMOUS, "the user is hidden")
    if item.get("bot", False) is not False or _is_listed(item, source):
        return Skip(Why.BOT, item["user"])
    flagged = any(item.get(flag, False) is not False for flag in ("anon", "temp"))
    return Skip(Why.ANONYMOUS) if flagged or _is_unnamed(item["user"]) else None


def _is_listed(item: Json, source: Source) -> bool:
    return bool({str(item.get("userid")), item["user"]} & source.option_ids("bots"))


def _is_unnamed(user: str) -> bool:
    """An IP address or a temporary account (~2026-12345-67): personal data, and no account."""
    if user.startswith("~"):
        return True
    try:
        ipaddress.ip_address(user)
    except ValueError:
        return False
    return True


def _change(item: Json, source: Source) -> SocialEvent:
    namespace = _namespace(item)
    revision = item["revision"]["new"] if "revision" in item else item["revid"]
    created = item.get("type") == "new" or item.get("parentid") == 0
    page = _page(item)
    act = _talk_act(item) if namespace % 2 else Act.WIKI_CREATE if created else Act.WIKI_EDIT
    said = act in _TALK_TYPES
    return SocialEvent(
        act=act,
        source_id=f"rev/{revision}",
        at=_time(item),
        actor=_user(item, source),
        object=Thing(f"?oldid={revision}", _TALK_TYPES[act]) if said else page,
        parent=page if said else None,
        containers=(Thing(f"ns/{namespace}", v.CATEGORY),),
        result=Result(extensions=_extensions(item, revision)),
    )


def _talk_act(item: Json) -> Act:
    told = (_TALK[tag] for tag in item.get("tags", ()) if tag in _TALK)
    return next(told, Act.COMMENT)


def _extensions(item: Json, revision: int) -> dict[str, int]:
    length = item.get("length") or {"old": item.get("oldlen"), "new": item.get("newlen")}
    extensions = {v.REVISION: revision}
    if length.get("new") is not None:
        extensions[v.SIZE_CHANGE] = length["new"] - (length.get("old") or 0)
    return extensions


def _log(item: Json, source: Source) -> Translated:
    kind = (
        item.get("logtype") or item.get("log_type"),
        item.get("logaction") or item.get("log_action"),
    )
    act = _LOGS.get((str(kind[0]), str(kind[1])))
    if act is None:
        return Skip(Why.NOT_SOCIAL, f"log {kind[0]}/{kind[1]}")
    return SocialEvent(
        act=act,
        source_id=f"log/{item.get('logid') or item['log_id']}",
        at=_time(item),
        actor=_user(item, source),
        object=_page(item),
        containers=(Thing(f"ns/{_namespace(item)}", v.CATEGORY),),
    )


def _namespace(item: Json) -> int:
    place = item.get("page", item)
    return int(place["ns"] if "ns" in place else place["namespace"])


def _page(item: Json) -> Thing:
    """By its id; by its title where the page is gone or only the title is told."""
    place = item.get("page", item)
    title = place["title"]
    path = f"wiki/{quote(title.replace(' ', '_'), safe='/:,()')}"
    return Thing(
        f"?curid={place['pageid']}" if place.get("pageid") else path, v.PAGE, title, url=path
    )


def _user(item: Json, source: Source) -> Party:
    user_id = int(item.get("userid") or 0)
    if user_id:
        return Party(str(user_id), item["user"])
    return Party(item["user"], item["user"], home=f"{source.instance}/wiki/User")


def _time(item: Json) -> Any:
    told = item["timestamp"]
    return epoch(told) if isinstance(told, int) else iso(told)


def recognise(body: bytes, _stem: str) -> Shown:
    """A frame, or an item that may tell its wiki."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Shown("stream", harvested=True)
    return Shown(str(held.get("type", "revision")), harvested=True, instance=held.get("server_url"))


INTEGRATION = Integration(
    name="mediawiki", title="MediaWiki", translate=translate, recognise=recognise
)
