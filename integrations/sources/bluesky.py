"""
Bluesky: events of Jetstream (research/integrations.md 5). Harvested only.

People are DIDs; handles change. A post is `profile/<did>/post/<rkey>`, which every `at://` address
of a post turns into. `createdAt` is chosen by the client: where it is absurd, the time at which
the network saw the record counts. Options: `bots`, DIDs that are no people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
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
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch, iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_POST, _LIKE = "app.bsky.feed.post", "app.bsky.feed.like"
_REPOST, _FOLLOW = "app.bsky.feed.repost", "app.bsky.graph.follow"
_SOCIAL = frozenset({_POST, _LIKE, _REPOST, _FOLLOW})
_EARLIEST, _LATEST = timedelta(days=-1), timedelta(minutes=5)


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "error" in body:
        yield Skip(Why.VENDOR_ERROR, str(body["error"]))
        return
    for event in body if isinstance(body, list) else [body]:
        yield _translated(event, source)


def _translated(event: Json, source: Source) -> Translated:
    if event["kind"] != "commit":
        return Skip(Why.NOT_SOCIAL, event["kind"])
    commit = event["commit"]
    if commit["collection"] not in _SOCIAL:
        return Skip(Why.NOT_SOCIAL, commit["collection"])
    if event["did"] in source.option_ids("bots"):
        return Skip(Why.BOT, event["did"])
    if commit["operation"] == "delete":
        return _deleted(event, commit)
    return _post(event, commit) if commit["collection"] == _POST else _reacted(event, commit)


def _deleted(event: Json, commit: Json) -> Translated:
    """A deletion has no record: what was liked, or who was followed, is not told."""
    if commit["collection"] != _POST:
        return Skip(Why.OBJECT_UNKNOWN, f"delete {commit['collection']}")
    return SocialEvent(
        act=Act.DELETE,
        source_id=f"post/{commit['rkey']}/deleted",
        at=epoch(event["time_us"], 1_000_000),
        actor=Party(event["did"]),
        object=Thing(f"profile/{event['did']}/post/{commit['rkey']}", v.NOTE),
    )


def _post(event: Json, commit: Json) -> SocialEvent:
    record = commit["record"]
    reply, quoted = record.get("reply"), _quoted(record.get("embed") or {})
    above = reply["parent"]["uri"] if reply else quoted
    features = [f for facet in record.get("facets", ()) for f in facet["features"]]
    edited = commit["operation"] == "update"
    act = Act.EDIT if edited else Act.REPLY if reply else Act.POST
    return SocialEvent(
        act=act,
        source_id=f"post/{commit['rkey']}/{commit['rev'] if edited else 'first'}",
        at=epoch(event["time_us"], 1_000_000) if edited else _created(event, record),
        actor=Party(event["did"]),
        object=Thing(f"profile/{event['did']}/post/{commit['rkey']}", v.NOTE),
        text=tidy(record["text"]),
        language=next(iter(record.get("langs") or ()), None),
        parent=_thing(above) if above else None,
        answered=_owner(above) if above else None,
        thread=_thing(reply["root"]["uri"]) if reply else None,
        tags=(*(f["tag"] for f in features if "tag" in f), *record.get("tags", ())),
        mentions=tuple(Party(f["did"]) for f in features if "did" in f),
    )


def _reacted(event: Json, commit: Json) -> Translated:
    record, collection = commit["record"], commit["collection"]
    subject = record["subject"]
    followed = collection == _FOLLOW
    if not followed and f"/{_POST}/" not in subject["uri"]:
        return Skip(Why.NOT_SOCIAL, "of a record that is no post")
    return SocialEvent(
        act=Act.FOLLOW if followed else Act.LIKE if collection == _LIKE else Act.SHARE,
        source_id=f"{collection}/{commit['rkey']}",
        at=_created(event, record),
        actor=Party(event["did"]),
        object=Party(subject) if followed else _thing(subject["uri"]),
        answered=None if followed else _owner(subject["uri"]),
    )


def _created(event: Json, record: Json) -> datetime:
    seen = epoch(event["time_us"], 1_000_000)
    try:
        told = iso(record["createdAt"])
    except (KeyError, ValueError):
        return seen
    return told if _EARLIEST <= told - seen <= _LATEST else seen


def _quoted(embed: Json) -> str | None:
    record = embed.get("record") or {}
    uri = record.get("uri") or (record.get("record") or {}).get("uri")
    return uri if uri and f"/{_POST}/" in uri else None


def _thing(uri: str) -> Thing:
    did, _, rkey = uri.removeprefix("at://").split("/")
    return Thing(f"profile/{did}/post/{rkey}", v.NOTE)


def _owner(uri: str) -> Party:
    return Party(uri.removeprefix("at://").partition("/")[0])


def recognise(body: bytes, _stem: str) -> Shown:
    held = orjson.loads(body)
    return Shown(held.get("commit", {}).get("collection", held.get("kind", "")), harvested=True)


INTEGRATION = Integration(
    name="bluesky",
    title="Bluesky",
    instance="https://bsky.app",
    translate=translate,
    recognise=recognise,
)
