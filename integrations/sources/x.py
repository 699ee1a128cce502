"""
X: X Activity and (older) Account Activity webhooks, and pages of API v2 (integrations.md 4).

Posts of API v1.1 are brought into the shape of v2 first. A Post is `i/web/status/<id of its first
version>`, its people are numbers; the same Post is told once per subscribed user, so that its id
and its author, not the delivery, make the Statement's id. Direct messages are never read.
Options: `bots`, ids of accounts that are no people.
"""

from __future__ import annotations

import base64
import hmac
import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from integrations.base import (
    Act,
    Answer,
    Delivery,
    Integration,
    Party,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Why,
    Withdrawal,
)
from integrations.checks import Hmac
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch, iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_OLD_DATE = "%a %b %d %H:%M:%S %z %Y"
_FOLLOWS = {"follow.follow": Act.FOLLOW, "follow.unfollow": Act.UNFOLLOW}
_POSTS = frozenset({"post.create", "post.mention.create", "post.quote.create", "post.reply.create"})


def handshake(delivery: Delivery, source: Source) -> Answer | None:
    """The challenge (CRC) that X sends when it likes; answered with the newest secret."""
    token = delivery.query.get("crc_token")
    if delivery.method != "GET" or not token:
        return None
    digest = hmac.digest(source.secrets[0].encode(), token.encode(), "sha256")
    answer = {"response_token": f"sha256={base64.b64encode(digest).decode()}"}
    return Answer(orjson.dumps(answer), "application/json")


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "for_user_id" in body or "user_event" in body:
        yield from _account_activity(body, source)
    elif "replay_job_status" in body:
        yield Skip(Why.NOT_SOCIAL, "replay_job_status")
    elif "id_str" in body and "user" in body:
        yield _post(_modern(body), source)
    elif isinstance(body.get("data"), dict) and "event_type" in body["data"]:
        yield from _activity(body["data"], body.get("includes", {}), source)
    else:
        yield from _api_page(body, source)


def _api_page(body: Json, source: Source) -> Iterator[Translated]:
    """A page of v2, or a line of its stream; errors stand beside data with status 200."""
    data = body.get("data", ())
    for post in [data] if isinstance(data, dict) else data:
        yield _post(_with_includes(post, body.get("includes", {})), source)
    for error in body.get("errors", ()):
        yield Skip(Why.VENDOR_ERROR, str(error.get("title") or error.get("message")))
    if "data" not in body and "errors" not in body:
        yield Skip(Why.UNKNOWN_EVENT, ", ".join(sorted(body)))


def _activity(data: Json, beside: Json, source: Source) -> Iterator[Translated]:
    kind, payload = data["event_type"], data["payload"]
    includes = data.get("includes") or beside
    if kind in _POSTS:
        yield _post(_with_includes(payload, includes), source)
    elif kind == "like.create":
        yield _liked(data, payload, includes, source)
    elif kind in _FOLLOWS:
        yield _followed(data, payload, source)
    elif kind == "post.delete":
        protected = _users(includes).get(payload["author_id"], {}).get("protected", False)
        yield _deleted(payload["id"], payload["author_id"], None, source, protected=protected)
    elif kind == "oauth.revoke":
        at = payload.get("date_time")
        yield Withdrawal(Party(payload["user_id"]), iso(at) if at else None)
    elif kind.startswith(("dm.", "chat.")):
        yield Skip(Why.PRIVATE, kind)
    else:
        yield Skip(Why.UNKNOWN_EVENT, kind)


def _liked(data: Json, payload: Json, includes: Json, source: Source) -> Translated:
    """Who liked is told only for likes *by* the subscribed user; there is no event of an unlike."""
    liker = data["filter"].get("user_id")
    if data["filter"].get("direction") != "outbound" or not liker:
        return Skip(Why.ACTOR_UNKNOWN, "like.create of another")
    if liker in source.option_ids("bots"):
        return Skip(Why.BOT, liker)
    posts: dict[str, Json] = {one["id"]: one for one in includes.get("tweets", ())}
    liked = posts.get(payload["liked_tweet_id"], {})
    author = payload.get("liked_tweet_author_id")
    if author and _users(includes).get(author, {}).get("protected"):
        return Skip(Why.PRIVATE, "a protected Post")
    return SocialEvent(
        act=Act.LIKE,
        source_id=f"like/{payload['liked_tweet_id']}",
        at=iso(payload["created_at"]),
        actor=_person(liker, includes),
        object=_status(_first_version(liked) if liked else payload["liked_tweet_id"]),
        answered=_person(author, includes) if author else None,
    )


def _followed(data: Json, payload: Json, source: Source) -> Translated:
    """
    Told to whom follows and to whom is followed, with no time: only the first is taken, once.

    The event's own number tells a second following from a redelivery.
    """
    who, whom = payload["source"]["data"], payload["target"]["data"]
    if data["filter"].get("user_id") != who["id"]:
        return Skip(Why.TOLD_ELSEWHERE, "to whom follows")
    if who["id"] in source.option_ids("bots"):
        return Skip(Why.BOT, who["id"])
    if who.get("protected"):
        return Skip(Why.PRIVATE, "protected")
    return SocialEvent(
        act=_FOLLOWS[data["event_type"]],
        source_id=f"follow/{whom['id']}/{data['event_uuid']}",
        actor=Party(who["id"], who.get("name")),
        object=Party(whom["id"], whom.get("name")),
    )


def _account_activity(body: Json, source: Source) -> Iterator[Translated]:
    read = False
    for key, translator in _LEGACY.items():
        for item in body.get(key, ()):
            read = True
            yield translator(item, source)
    if "revoke" in body.get("user_event", {}):
        revoke = body["user_event"]["revoke"]
        at = revoke.get("date_time")
        yield Withdrawal(Party(str(revoke["source"]["user_id"])), iso(at) if at else None)
    elif any(key.startswith("direct_message") for key in body):
        yield Skip(Why.PRIVATE, "direct message")
    elif not read:
        yield Skip(Why.UNKNOWN_EVENT, ", ".join(sorted(set(body) - {"for_user_id"})))


def _legacy_favourite(item: Json, source: Source) -> Translated:
    liked, user = item["favorited_status"], item["user"]
    if user["id_str"] in source.option_ids("bots"):
        return Skip(Why.BOT, user["id_str"])
    if user.get("protected") or liked["user"].get("protected"):
        return Skip(Why.PRIVATE, "protected")
    return SocialEvent(
        act=Act.LIKE,
        source_id=f"like/{liked['id_str']}",
        at=_old_time(item["created_at"]),
        actor=Party(user["id_str"], user.get("name")),
        object=_status(liked["id_str"]),
        answered=Party(liked["user"]["id_str"], liked["user"].get("name")),
    )


def _legacy_follow(item: Json, source: Source) -> Translated:
    who, whom = item["source"], item["target"]
    if str(who["id"]) in source.option_ids("bots"):
        return Skip(Why.BOT, str(who["id"]))
    if who.get("protected"):
        return Skip(Why.PRIVATE, "protected")
    return SocialEvent(
        act=Act.FOLLOW if item["type"] == "follow" else Act.UNFOLLOW,
        source_id=f"follow/{whom['id']}/{item['created_timestamp']}",
        at=epoch(item["created_timestamp"], 1_000),
        actor=Party(str(who["id"]), who.get("name")),
        object=Party(str(whom["id"]), whom.get("name")),
    )


def _legacy_deleted(item: Json, source: Source) -> Translated:
    status = item["status"]
    return _deleted(status["id"], status["user_id"], epoch(item["timestamp_ms"], 1_000), source)


_LEGACY: Mapping[str, Callable[[Json, Source], Translated]] = {
    "tweet_create_events": lambda item, source: _post(_modern(item), source),
    "favorite_events": _legacy_favourite,
    "follow_events": _legacy_follow,
    "tweet_delete_events": _legacy_deleted,
}


def _deleted(
    post_id: str, author: str, at: datetime | None, source: Source, *, protected: bool = False
) -> Translated:
    """Only its author can delete a Post."""
    if author in source.option_ids("bots"):
        return Skip(Why.BOT, author)
    if protected:
        return Skip(Why.PRIVATE, "protected")
    return SocialEvent(
        act=Act.DELETE,
        source_id=f"post/{post_id}/deleted",
        at=at,
        actor=Party(author),
        object=_status(post_id),
    )


def _post(post: Json, source: Source) -> Translated:
    """From the shape of v2, with `users` and `posts` by id beside it."""
    author = post.get("author_id")
    if not author:
        return Skip(Why.ACTOR_UNKNOWN, "a Post without author_id")
    if author in source.option_ids("bots"):
        return Skip(Why.BOT, author)
    if post["users"].get(author, {}).get("protected"):
        return Skip(Why.PRIVATE, "protected")
    referred = {one["type"]: one["id"] for one in post.get("referenced_tweets", ())}
    if "retweeted" in referred:
        return _repost(post, referred["retweeted"])
    return _written(post, referred, source)


def _repost(post: Json, original: str) -> SocialEvent:
    shared = post["posts"].get(original, {})
    whom = shared.get("author_id")
    return SocialEvent(
        act=Act.SHARE,
        source_id=f"post/{post['id']}",
        at=_created(post),
        actor=_named(post["author_id"], post),
        object=_status(_first_version(shared) if shared else original),
        answered=_named(whom, post) if whom else None,
    )


def _written(post: Json, referred: Mapping[str, str], source: Source) -> SocialEvent:
    above = referred.get("replied_to") or referred.get("quoted")
    whom = post.get("in_reply_to_user_id") if "replied_to" in referred else None
    whom = whom or (post["posts"].get(above, {}).get("author_id") if above else None)
    first, conversation = _first_version(post), post.get("conversation_id")
    act = Act.REPLY if "replied_to" in referred else Act.POST
    quoted = referred.get("quoted")
    return SocialEvent(
        act=act if first == post["id"] else Act.EDIT,
        source_id=f"post/{post['id']}",
        at=_created(post),
        actor=_named(post["author_id"], post),
        object=_status(first),
        text=tidy(html.unescape(post.get("note_tweet", post)["text"])),
        language=post.get("lang"),
        parent=_status(above) if above else None,
        answered=_named(whom, post) if whom else None,
        thread=_status(conversation) if conversation and conversation != first else None,
        containers=(_status(quoted),) if quoted and quoted != above else (),
        tags=tuple(one["tag"] for one in _entities(post).get("hashtags", ())),
        mentions=tuple(_mentions(post, source)),
    )


def _entities(post: Json) -> Json:
    return post.get("note_tweet", post).get("entities") or post.get("entities") or {}


def _mentions(post: Json, source: Source) -> Iterable[Party]:
    """Those before the displayed text are added by X when somebody replies: nobody typed them."""
    begin = (post.get("display_text_range") or [0])[0]
    for one in _entities(post).get("mentions", ()):
        if one.get("start", begin) < begin:
            continue
        if one.get("id"):
            yield Party(one["id"], one.get("username"))
        else:
            yield Party(one["username"].lower(), one["username"], home=f"{source.instance}/name")


def _first_version(post: Json) -> str:
    return str((post.get("edit_history_tweet_ids") or [post["id"]])[0])


def _created(post: Json) -> datetime | None:
    return iso(post["created_at"]) if "created_at" in post else None


def _status(post_id: str) -> Thing:
    return Thing(f"i/web/status/{post_id}", v.NOTE)


def _named(user: str, post: Json) -> Party:
    known = post["users"].get(user, {})
    return Party(user, known.get("name") or known.get("username"))


def _person(user: str, includes: Json) -> Party:
    return _named(user, {"users": _users(includes)})


def _users(includes: Json) -> dict[str, Json]:
    """Users lie one level deeper in post.delete."""
    users = [user.get("data", user) for user in includes.get("users", ())]
    return {user["id"]: user for user in users}


def _with_includes(post: Json, includes: Json) -> Json:
    posts = {one["id"]: one for one in includes.get("tweets", ())}
    return {**post, "users": _users(includes), "posts": posts}


def _modern(old: Json) -> Json:
    """A v1.1 Post in the shape of v2: string ids, since the numbers are rounded in JSON."""
    long = old.get("extended_tweet", {})
    marks = long.get("entities") or old.get("entities", {})
    beside = [old[key] for key in ("retweeted_status", "quoted_status") if key in old]
    people = [old["user"], *(one["user"] for one in beside)]
    post = {
        "id": old["id_str"],
        "author_id": old["user"]["id_str"],
        "created_at": _old_time(old["created_at"]).isoformat(),
        "text": long.get("full_text") or old.get("full_text") or old["text"],
        "lang": old.get("lang"),
        "in_reply_to_user_id": old.get("in_reply_to_user_id_str"),
        "referenced_tweets": _old_references(old),
        "display_text_range": long.get("display_text_range") or old.get("display_text_range"),
        "entities": {
            "hashtags": [{"tag": one["text"]} for one in marks.get("hashtags", ())],
            "mentions": [_old_mention(one) for one in marks.get("user_mentions", ())],
        },
        "users": {one["id_str"]: one for one in people},
        "posts": {
            one["id_str"]: {"id": one["id_str"], "author_id": one["user"]["id_str"]}
            for one in beside
        },
    }
    return {key: value for key, value in post.items() if value is not None}


def _old_time(text: str) -> datetime:
    return datetime.strptime(text, _OLD_DATE).astimezone(UTC)


def _old_mention(one: Json) -> Json:
    return {"id": one["id_str"], "username": one["screen_name"], "start": one["indices"][0]}


def _old_references(old: Json) -> list[Json]:
    told = (
        ("retweeted", old.get("retweeted_status", {}).get("id_str")),
        ("replied_to", old.get("in_reply_to_status_id_str")),
        ("quoted", old.get("quoted_status_id_str") if "retweeted_status" not in old else None),
    )
    return [{"type": kind, "id": post_id} for kind, post_id in told if post_id]


def recognise(body: bytes, _stem: str) -> Shown:
    """Webhooks tell whom they are for, or an event type; everything else was asked for."""
    held = orjson.loads(body)
    data = held.get("data")
    if isinstance(data, dict) and "event_type" in data:
        return Shown(data["event_type"])
    if "for_user_id" in held or "replay_job_status" in held or "user_event" in held:
        return Shown(next((key for key in held if key.endswith("_events")), next(iter(held))))
    return Shown("posts", harvested=True)


INTEGRATION = Integration(
    name="x",
    title="X",
    instance="https://x.com",
    checks={"signature": Hmac("X-Twitter-Webhooks-Signature", "sha256=", "base64")},
    handshake=handshake,
    translate=translate,
    recognise=recognise,
)
