"""
Mastodon: admin webhooks, pages of its REST API and frames of its streams (integrations.md 5).

Accounts and statuses are known by the ids of the instance we read: a reply, a mention and a
deletion tell only those, and not the global address, which stands in `moreInfo`.
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
    Unreadable,
    Why,
)
from integrations.checks import Hmac
from integrations.source import Source
from integrations.sse import frames, is_stream
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_PUBLIC = frozenset({"public", "unlisted"})
_NEW = frozenset({"status.created", "update"})
_CHANGED = frozenset({"status.updated", "status.update"})


def translate(delivery: Delivery, _source: Source) -> Iterator[Translated]:
    if is_stream(delivery.body):
        for event, data in frames(delivery.text):
            yield from _streamed(event, data)
        return
    body = delivery.json
    if isinstance(body, list):
        for item in body:
            yield from _item(item)
    elif "event" in body and "object" in body:
        yield from _told(body["event"], body["object"])
    elif "error" in body:
        yield Skip(Why.VENDOR_ERROR, str(body["error"]))
    else:
        yield from _item(body)


def _streamed(event: str, data: str) -> Iterator[Translated]:
    """The data of a deletion is a bare id, that of filters_changed no JSON at all."""
    if event == "delete":
        yield Skip(Why.ACTOR_UNKNOWN, "delete")
    elif event == "conversation":
        yield Skip(Why.PRIVATE, event)
    elif event in _NEW | _CHANGED | {"notification"}:
        try:
            held = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Unreadable(f"the data of the frame is no JSON: {error}") from None
        yield from _notified(held) if event == "notification" else _told(event, held)
    else:
        yield Skip(Why.UNKNOWN_EVENT, event)


def _told(event: str, held: Json) -> Iterator[Translated]:
    if event in _NEW:
        yield _status(held)
    elif event in _CHANGED:
        yield _hidden(held) or _written(held, Act.EDIT)
    else:
        yield Skip(Why.UNKNOWN_EVENT, event)


def _item(item: Json) -> Iterator[Translated]:
    """A notification or a status as the API answers it."""
    if "type" in item and "visibility" not in item:
        yield from _notified(item)
        return
    if "content" not in item:  # only the answer to DELETE, which its author calls, has the source
        yield _hidden(item) or _deleted(item)
        return
    yield _status(item)
    if item.get("edited_at") and not _hidden(item):
        yield _written(item, Act.EDIT)


def _notified(item: Json) -> Iterator[Translated]:
    kind, status = item["type"], item.get("status")
    if kind == "mention" and status:
        yield _status(status)
    elif kind in ("favourite", "reblog") and status:
        hidden = _hidden(status) or _nobody(item["account"])
        act = Act.LIKE if kind == "favourite" else Act.SHARE
        yield hidden or _reacted(act, status, item["account"], item["created_at"])
    else:
        yield Skip(Why.NOT_SOCIAL, f"notification {kind}")


def _status(status: Json) -> Translated:
    hidden = _hidden(status)
    if hidden:
        return hidden
    shared = status.get("reblog")
    if shared:
        return _hidden(shared, whose=False) or _reacted(
            Act.SHARE, shared, status["account"], status["created_at"]
        )
    return _written(status, Act.REPLY if status.get("in_reply_to_id") else Act.POST)


def _written(status: Json, act: Act) -> SocialEvent:
    """Of a status that was edited since, what was written first is not told any more."""
    above, whom = _above(status)
    edited = status.get("edited_at")
    version = edited if act is Act.EDIT else "first"
    mentions = [Party(one["id"], one["acct"]) for one in status.get("mentions", ())]
    return SocialEvent(
        act=act,
        source_id=f"status/{status['id']}/{version}",
        at=iso(edited if act is Act.EDIT and edited else status["created_at"]),
        actor=_party(status["account"]),
        object=_thing(status),
        text=None if edited and act is not Act.EDIT else plain(status["content"]),
        language=status.get("language"),
        parent=above,
        answered=whom,
        tags=tuple(tag["name"] for tag in status.get("tags", ())),
        mentions=tuple(one for one in mentions if whom is None or one.account != whom.account),
    )


def _above(status: Json) -> tuple[Thing | None, Party | None]:
    """What is answered or quoted, and whose it is."""
    if status.get("in_reply_to_id"):
        whom = status.get("in_reply_to_account_id")
        return _by_id(status["in_reply_to_id"]), Party(whom) if whom else None
    quoted = (status.get("quote") or {}).get("quoted_status")
    if quoted and quoted.get("visibility") in _PUBLIC:
        return _thing(quoted), _party(quoted["account"])
    return None, None


def _reacted(act: Act, status: Json, account: Json, at: str) -> SocialEvent:
    return SocialEvent(
        act=act,
        source_id=f"status/{status['id']}/{act}",
        at=iso(at),
        actor=_party(account),
        object=_thing(status),
        answered=_party(status["account"]),
    )


def _deleted(status: Json) -> SocialEvent:
    return SocialEvent(
        act=Act.DELETE,
        source_id=f"status/{status['id']}/deleted",
        actor=_party(status["account"]),
        object=_thing(status),
    )


def _hidden(status: Json, *, whose: bool = True) -> Skip | None:
    if status["visibility"] not in _PUBLIC:
        return Skip(Why.PRIVATE, status["visibility"])
    return _nobody(status["account"]) if whose else None


def _nobody(account: Json) -> Skip | None:
    """Bots say so; a group is an actor that boosts what is sent to it."""
    robot = account.get("bot") or account.get("group")
    return Skip(Why.BOT, account.get("acct", "")) if robot else None


def _party(account: Json) -> Party:
    return Party(account["id"], account.get("display_name") or account["acct"])


def _thing(status: Json) -> Thing:
    return Thing(f"statuses/{status['id']}", v.NOTE, url=status.get("uri"))


def _by_id(status_id: str) -> Thing:
    return Thing(f"statuses/{status_id}", v.NOTE)


def recognise(body: bytes, _stem: str) -> Shown:
    """Only admin webhooks are sent to us; the rest was asked for."""
    if is_stream(body):
        return Shown("stream", harvested=True)
    held = orjson.loads(body)
    if isinstance(held, dict) and "event" in held and "object" in held:
        return Shown(held["event"])
    return Shown("statuses", harvested=True)


INTEGRATION = Integration(
    name="mastodon",
    title="Mastodon",
    checks={"signature": Hmac("X-Hub-Signature", prefix="sha256=")},
    translate=translate,
    recognise=recognise,
)
