"""
Discourse forum: webhooks to SocialEvents (research/integrations.md 1).

A topic and its first post are one Activity, `t/<topic>`; other posts are `t/<topic>/<number>`,
because a reply names the post it answers by its number only. Never read: e-mail, IP addresses.

Options: `questions`, ids of categories in which a topic is a question and a reply to it an answer;
`restricted`, ids of categories that not everybody may read (the payload does not tell).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
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
from integrations.source import Source, canonical
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest

Json = Mapping[str, Any]

_REGULAR_POST = 1
_ACTOR_NOT_TOLD = frozenset(
    [
        "post_destroyed",
        "post_recovered",
        "topic_recovered",
        "topic_closed_status_updated",
        "topic_archived_status_updated",
        "topic_edited",
        "unaccepted_solution",
    ]
)


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    """Dispatch on the fine event name: granted and revoked badges share the coarse one."""
    _from_this_forum(delivery, source)
    event = delivery.headers.get("x-discourse-event", "")
    if not event:
        raise Unreadable("the header X-Discourse-Event is missing")
    if event == "ping":
        yield Skip(Why.PING)
    elif event in _ACTS:
        yield from _ACTS[event](delivery.json, source)
    elif event in _ACTOR_NOT_TOLD:
        yield Skip(Why.ACTOR_UNKNOWN, event)
    else:
        yield Skip(Why.UNKNOWN_EVENT, event)


def _from_this_forum(delivery: Delivery, source: Source) -> None:
    """The header is not signed, so it never decides whose forum it is; it may only agree."""
    claimed = delivery.headers.get("x-discourse-instance")
    try:
        if claimed and canonical(claimed) != source.instance:
            raise Unreadable(f"it says it comes from {claimed}")
    except BadRequest:
        raise Unreadable("X-Discourse-Instance is no address") from None


def _post_created(body: Json, source: Source) -> Iterator[Translated]:
    """The event's name is not signed: an edit that is sent again as a creation is none."""
    post = body["post"]
    hidden = _hidden(post, source)
    if hidden:
        yield hidden
    elif post["version"] > 1:
        yield Skip(Why.UNCHANGED, "post_created of a later version")
    else:
        yield _event(_act(post, source), post, source, at="created_at")


def _post_edited(body: Json, source: Source) -> Iterator[Translated]:
    """Who edited is not told: the author, unless everybody may edit the post."""
    post = body["post"]
    hidden = _hidden(post, source)
    if hidden:
        yield hidden
    elif post.get("wiki"):
        yield Skip(Why.ACTOR_UNKNOWN, "post_edited of a wiki post")
    elif post["version"] < 2:  # noqa: PLR2004 - the first version was created, not edited
        yield Skip(Why.UNCHANGED, "post_edited of a first version")
    else:
        yield _event(Act.EDIT, post, source, at="updated_at", attributed="author of the post")


def _liked(body: Json, source: Source) -> Iterator[Translated]:
    """When it was liked is not told, and there is no event of a like taken back."""
    post, user = body["like"]["post"], body["like"]["user"]
    hidden = _hidden(post, source) or _nobody(user["id"], user["username"])
    if hidden:
        yield hidden
        return
    yield SocialEvent(
        act=Act.LIKE,
        source_id=f"post/{post['id']}/like",
        actor=Party(str(user["id"]), user.get("name") or user["username"]),
        object=_post_thing(post),
        answered=Party(str(post["user_id"]), post.get("name") or post["username"]),
        thread=_topic_of(post),
        containers=_category(post),
    )


def _solved(body: Json, source: Source) -> Iterator[Translated]:
    """Who accepted it, and when, is not told: its author earned the acceptance."""
    post = body["solved"]
    hidden = _hidden(post, source)
    if hidden:
        yield hidden
        return
    yield SocialEvent(
        act=Act.ACCEPT,
        source_id=f"post/{post['id']}/accepted",
        actor=_author(post),
        object=Thing(_post_path(post), v.SOLUTION, url=f"p/{post['id']}"),
        parent=_topic_of(post, v.QUESTION),
        containers=_category(post),
        extensions={v.ATTRIBUTED: "author of the answer"},
    )


def _topic_created(body: Json, source: Source) -> Iterator[Translated]:
    """The topic itself is told by its first post; only its tags are told here."""
    topic = body["topic"]
    hidden = _hidden({**topic, "topic_archetype": topic["archetype"]}, source)
    creator = topic.get("created_by") or {}
    if hidden:
        yield hidden
    elif not topic.get("tags") or "id" not in creator:
        yield Skip(Why.TOLD_ELSEWHERE, "topic_created")
    else:
        yield _on_topic(Act.TAG, topic, creator, at=topic["created_at"])


def _topic_destroyed(body: Json, source: Source) -> Iterator[Translated]:
    topic = body["topic"]
    hidden = _hidden({**topic, "topic_archetype": topic["archetype"]}, source)
    deleter = topic.get("deleted_by") or {}
    if hidden:
        yield hidden
    elif "id" not in deleter or not topic.get("deleted_at"):
        yield Skip(Why.ACTOR_UNKNOWN, "topic_destroyed")
    else:
        nobody = _nobody(deleter["id"], deleter["username"])
        yield nobody or _on_topic(Act.DELETE, topic, deleter, at=topic["deleted_at"])


def _on_topic(act: Act, topic: Json, user: Json, at: str) -> SocialEvent:
    return SocialEvent(
        act=act,
        source_id=f"topic/{topic['id']}/{at}",
        at=iso(at),
        actor=Party(str(user["id"]), user.get("name") or user["username"]),
        object=Thing(f"t/{topic['id']}", v.FORUM_TOPIC, topic["title"]),
        containers=_category(topic),
        tags=tuple(_tag_name(tag) for tag in topic.get("tags", ())),
    )


_ACTS: Mapping[str, Callable[[Json, Source], Iterator[Translated]]] = {
    "post_created": _post_created,
    "post_edited": _post_edited,
    "post_liked": _liked,
    "accepted_solution": _solved,
    "topic_created": _topic_created,
    "topic_destroyed": _topic_destroyed,
}


def _event(
    act: Act, post: Json, source: Source, *, at: str, attributed: str | None = None
) -> SocialEvent:
    first = post["post_number"] == 1
    return SocialEvent(
        act=act,
        source_id=f"post/{post['id']}/v{post['version']}",
        at=iso(post[at]),
        actor=_author(post),
        object=_post_thing(post, act),
        text=plain(post.get("cooked")),
        parent=None if first else _parent(post, source),
        answered=None if first or act is Act.EDIT else _answered(post, source),
        thread=None if first else _topic_of(post),
        containers=_category(post),
        mentions=() if act is Act.EDIT else _mentions(post.get("cooked"), source),
        extensions={v.ATTRIBUTED: attributed} if attributed else {},
    )


def _hidden(post: Json, source: Source) -> Skip | None:
    """Why a post must not be recorded, if so."""
    category = post.get("category_id")
    if post.get("topic_archetype") != "regular" or category is None or post.get("hidden"):
        return Skip(Why.PRIVATE, str(post.get("topic_archetype")))
    if str(category) in source.option_ids("restricted"):
        return Skip(Why.PRIVATE, f"category {category}")
    if post.get("post_type", _REGULAR_POST) != _REGULAR_POST or post.get("action_code"):
        return Skip(Why.NOT_SOCIAL, f"post_type {post.get('post_type')}")
    return _nobody(post.get("user_id"), post.get("username", ""))


def _nobody(user_id: int | None, username: str) -> Skip | None:
    """Accounts that are no person: the system and its bots are below 0; the anonymised anonNNN."""
    if user_id is None or (username.startswith("anon") and username[4:].isdigit()):
        return Skip(Why.ANONYMOUS)
    return Skip(Why.BOT, username) if user_id <= 0 else None


def _act(post: Json, source: Source) -> Act:
    asked = str(post["category_id"]) in source.option_ids("questions")
    if post["post_number"] == 1:
        return Act.ASK if asked else Act.POST
    return Act.ANSWER if asked and _to_topic(post) else Act.REPLY


def _to_topic(post: Json) -> bool:
    return post.get("reply_to_post_number") in (None, 1)


_TYPES = {Act.ASK: v.QUESTION, Act.ANSWER: v.SOLUTION}


def _post_thing(post: Json, act: Act = Act.POST) -> Thing:
    kind = v.FORUM_TOPIC if post["post_number"] == 1 else v.FORUM_REPLY
    title = post["topic_title"] if post["post_number"] == 1 else None
    return Thing(_post_path(post), _TYPES.get(act, kind), title, url=f"p/{post['id']}")


def _post_path(post: Json, number: int | None = None) -> str:
    number = number or post["post_number"]
    return f"t/{post['topic_id']}" if number == 1 else f"t/{post['topic_id']}/{number}"


def _topic_of(post: Json, kind: str = v.FORUM_TOPIC) -> Thing:
    return Thing(f"t/{post['topic_id']}", kind, post["topic_title"])


def _parent(post: Json, source: Source) -> Thing:
    if not _to_topic(post):
        return Thing(_post_path(post, post["reply_to_post_number"]), v.FORUM_REPLY)
    asked = str(post["category_id"]) in source.option_ids("questions")
    return _topic_of(post, v.QUESTION if asked else v.FORUM_TOPIC)


def _author(post: Json) -> Party:
    return Party(str(post["user_id"]), post.get("name") or post["username"])


def _answered(post: Json, source: Source) -> Party | None:
    """Told by a changeable name only, and only where a post, not the topic, is answered."""
    user = post.get("reply_to_user")
    return _named(user["username"], source, user.get("name")) if user else None


def _named(username: str, source: Source, name: str | None = None) -> Party:
    return Party(username.lower(), name or username, home=f"{source.instance}/u")


class _Mentioned(HTMLParser):
    """Collects whom `<a class="mention" href="/u/name">` names; groups have another class."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        href = told.get("href")
        if tag == "a" and href and "mention" in (told.get("class") or "").split():
            self.names.append(href.rstrip("/").rpartition("/u/")[2])


def _mentions(cooked: str | None, source: Source) -> tuple[Party, ...]:
    if not cooked or "mention" not in cooked:
        return ()
    found = _Mentioned()
    found.feed(cooked)
    return tuple(_named(name, source) for name in dict.fromkeys(found.names) if name)


def _category(post: Json) -> tuple[Thing, ...]:
    return (Thing(f"c/{post['category_id']}", v.CATEGORY, post.get("category_slug")),)


def _tag_name(tag: str | Json) -> str:
    """Tags are strings, and objects with a name in newer versions."""
    return tag if isinstance(tag, str) else str(tag["name"])


def recognise(body: bytes, stem: str) -> Shown:
    """By the body's only key, and where that leaves it open, by the file's name."""
    held = orjson.loads(body)
    kind = next(iter(held), "")
    words = stem.replace("-", "_")
    fixed = {
        "ping": "ping",
        "like": "post_liked",
        "solved": "accepted_solution",
        "user_badge": "user_badge_revoked" if "revoked" in words else "user_badge_granted",
    }
    if kind in fixed:
        return Shown(fixed[kind])
    what = next((w for w in ("destroyed", "recovered", "edited") if w in words), "created")
    if kind == "post" and what == "created" and held["post"].get("version", 1) > 1:
        what = "edited"
    if kind == "topic" and (held["topic"].get("closed") or "closed" in words):
        what = "closed_status_updated"
    return Shown(f"{kind}_{what}")


INTEGRATION = Integration(
    name="discourse",
    title="Discourse",
    checks={"signature": Hmac("X-Discourse-Event-Signature", prefix="sha256=")},
    translate=translate,
    event_header="x-discourse-event",
    recognise=recognise,
)
