"""
Slack: the Events API (research/integrations.md 9).

A message is `archives/<channel>/p<ts without its dot>`: `ts` is unique per channel. Only public
channels are recorded. Reactions do not tell the kind of channel, nor does its id (those of private
ones may begin with C, too): they are recorded only in channels that `channels` names.
Options: `channels`, the only ones to record; `private`, ids of channels never to be recorded;
`bots`, ids of users that are none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
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
    Withdrawal,
)
from integrations.checks import SlackV0
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_WRITTEN = frozenset({None, "thread_broadcast", "file_share", "me_message"})
_AGAINST = frozenset({"-1", "thumbsdown"})
_PLAIN_LIKES = frozenset({"+1", "thumbsup", "heart"})
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<(?:[#@!]|(?=\w+:))([^>|]*)(?:\|([^>]*))?>")


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    if delivery.body.startswith((b"token=", b"payload=")):
        yield Skip(Why.UNKNOWN_EVENT, "a command or an interaction")
        return
    body = delivery.json
    if body.get("ok") is False:
        yield Skip(Why.VENDOR_ERROR, str(body.get("error")))
        return
    kind = body["type"]
    if kind == "url_verification":
        yield Answer(body["challenge"].encode())
    elif kind != "event_callback":
        yield Skip(Why.UNKNOWN_EVENT, kind)
    else:
        event = body["event"]
        translator = _EVENTS.get(event["type"])
        if translator is None:
            yield Skip(Why.UNKNOWN_EVENT, event["type"])
        else:
            yield from translator(body, event, source)


def _message(body: Json, event: Json, source: Source) -> Iterator[Translated]:
    subtype = event.get("subtype")
    hidden = _hidden(event["channel"], event.get("channel_type"), source)
    if hidden:
        yield hidden
    elif subtype == "message_changed":
        yield _changed(body, event, source)
    elif subtype == "message_deleted":
        yield Skip(Why.ACTOR_UNKNOWN, subtype)
    elif subtype == "bot_message" or event.get("bot_id") or "bot_profile" in event:
        yield Skip(Why.BOT)
    elif subtype not in _WRITTEN:
        yield Skip(Why.NOT_SOCIAL, str(subtype))
    else:
        yield _nobody(event, "user", body, source) or _written(body, event, source)


def _written(body: Json, event: Json, source: Source) -> SocialEvent:
    channel, ts = event["channel"], event["ts"]
    root = event.get("thread_ts") or ts
    replies = root != ts
    parent = _message_thing(channel, root) if replies else None
    whom = event.get("parent_user_id") or event.get("root", {}).get("user")
    return SocialEvent(
        act=Act.REPLY if replies else Act.POST,
        source_id=f"message/{channel}/{ts}",
        at=epoch(ts),
        actor=_user(event["user"], body, event.get("user_team") or event.get("team")),
        object=_message_thing(channel, ts),
        text=_readable(event.get("text", "")),
        parent=parent,
        thread=parent,
        answered=_user(whom, body) if replies and whom else None,
        containers=_channel(channel),
        mentions=_mentions(event.get("text", ""), body, source),
    )


def _changed(body: Json, event: Json, source: Source) -> Translated:
    """Also sent for link previews and counters of threads: only an edited text is an edit."""
    now, before = event["message"], event.get("previous_message", {})
    edited = now.get("edited")
    if now.get("bot_id") or now.get("subtype") == "bot_message":
        return Skip(Why.BOT)
    if not edited or (now.get("text") == before.get("text") and edited == before.get("edited")):
        return Skip(Why.UNCHANGED, "message_changed")
    nobody = _nobody(edited, "user", body, source)
    if nobody:
        return nobody
    ts = now.get("ts") or before["ts"]
    return SocialEvent(
        act=Act.EDIT,
        source_id=f"message/{event['channel']}/{ts}/edited/{edited['ts']}",
        at=epoch(edited["ts"]),
        # Only who wrote a message edits it, and the message says of which workspace that is.
        actor=_user(edited["user"], body, now.get("user_team") or now.get("team")),
        object=_message_thing(event["channel"], ts),
        text=_readable(now.get("text", "")),
        containers=_channel(event["channel"]),
    )


def _reaction(body: Json, event: Json, source: Source) -> Iterator[Translated]:
    item = event["item"]
    if item["type"] != "message":
        yield Skip(Why.NOT_SOCIAL, f"a reaction to a {item['type']}")
        return
    skip = _hidden(item["channel"], None, source) or _nobody(event, "user", body, source)
    if skip:
        yield skip
        return
    name = event["reaction"].partition("::")[0]
    whom = event.get("item_user")
    yield SocialEvent(
        act=_reaction_act(event["type"], name),
        source_id=f"message/{item['channel']}/{item['ts']}/{event['reaction']}/{event['event_ts']}",
        at=epoch(event["event_ts"]),
        actor=_user(event["user"], body),
        object=_message_thing(item["channel"], item["ts"]),
        answered=_user(whom, body) if whom else None,
        containers=_channel(item["channel"]),
        result=None if name in _PLAIN_LIKES else Result(extensions={v.REACTION: name}),
    )


def _reaction_act(kind: str, name: str) -> Act:
    if kind == "reaction_removed":
        return Act.UNLIKE
    return Act.DISLIKE if name in _AGAINST else Act.LIKE


def _membership(body: Json, event: Json, source: Source) -> Iterator[Translated]:
    skip = _hidden(event["channel"], event.get("channel_type"), source)
    joined = event["type"] == "member_joined_channel"
    yield (
        skip
        or _nobody(event, "user", body, source)
        or SocialEvent(
            act=Act.JOIN if joined else Act.LEAVE,
            source_id=f"channel/{event['channel']}/{event.get('event_ts') or body['event_time']}",
            at=epoch(event.get("event_ts") or body["event_time"]),
            actor=_user(event["user"], body, event.get("team")),
            object=_channel(event["channel"])[0],
        )
    )


def _mentioned(_body: Json, _event: Json, _source: Source) -> Iterator[Translated]:
    """The same message as its own event, which tells the kind of channel; this one does not."""
    yield Skip(Why.TOLD_ELSEWHERE, "app_mention")


def _revoked(body: Json, event: Json, _source: Source) -> Iterator[Translated]:
    for user in event["tokens"].get("oauth", ()):
        yield Withdrawal(_user(user, body), epoch(body["event_time"]))
    if not event["tokens"].get("oauth"):
        yield Skip(Why.NOT_SOCIAL, "tokens_revoked of the app")


def _uninstalled(body: Json, _event: Json, _source: Source) -> Iterator[Translated]:
    yield Withdrawal(None, epoch(body["event_time"]))


_EVENTS: Mapping[str, Callable[[Json, Json, Source], Iterator[Translated]]] = {
    "message": _message,
    "app_mention": _mentioned,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _membership,
    "member_left_channel": _membership,
    "tokens_revoked": _revoked,
    "app_uninstalled": _uninstalled,
}


def _hidden(channel: str, kind: str | None, source: Source) -> Skip | None:
    only = source.option_ids("channels")
    public = kind in ("channel", "C") if kind else channel in only
    if not public or channel in source.option_ids("private") or (only and channel not in only):
        return Skip(Why.PRIVATE, kind or "the kind of channel is not told")
    return None


def _nobody(holder: Json, key: str, body: Json, source: Source) -> Skip | None:
    user = holder.get(key)
    if not user:
        return Skip(Why.ANONYMOUS)
    return Skip(Why.BOT, user) if user in _bots(body, source) else None


def _bots(body: Json, source: Source) -> frozenset[str]:
    told = {a["user_id"] for a in body.get("authorizations", ()) if a.get("is_bot")}
    return source.option_ids("bots") | told | {"USLACKBOT"}


def _user(user: str, body: Json, team: str | None = None) -> Party:
    """In a shared channel people of another workspace write; their ids are of that workspace."""
    foreign = team is not None and team != body["team_id"]
    return Party(user, home=f"https://slack.com/{team}" if foreign else None)


def _message_thing(channel: str, ts: str) -> Thing:
    return Thing(f"archives/{channel}/p{ts.replace('.', '')}", v.CHAT_MESSAGE)


def _channel(channel: str) -> tuple[Thing, ...]:
    return (Thing(f"archives/{channel}", v.CHAT_CHANNEL),)


def _mentions(text: str, body: Json, source: Source) -> tuple[Party, ...]:
    named = [user for user in _MENTION.findall(text) if user not in _bots(body, source)]
    return tuple(_user(user, body) for user in dict.fromkeys(named))


def _readable(text: str) -> str:
    """Slack's marks for links, channels and people as a reader sees them; entities undone."""

    def shown(match: re.Match[str]) -> str:
        address, label = match.groups()
        sign = match[0][1] if match[0][1] in "#@" else ""
        return sign + (label or address)

    return tidy(html.unescape(_LINK.sub(shown, text)))


def recognise(body: bytes, _stem: str) -> Shown:
    """The body tells its type itself."""
    held = orjson.loads(body)
    return Shown(str(held.get("event", held).get("type", "")))


INTEGRATION = Integration(
    name="slack",
    title="Slack",
    checks={"signature": SlackV0()},
    translate=translate,
    recognise=recognise,
)
