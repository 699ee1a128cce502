"""
Discourse: posts by their number (research/integrations.md 1).

`/posts.json?before=<n>` gives the posts up to n, newest first, at most 50; asked for windows of
50 numbers upwards, nothing is skipped or read backwards. Asked without a key the forum shows
what everybody may read, which is what may be recorded; with one, what is in a category that not
everybody may read is left to the translator as private. Who edited or liked is not told here.
Access: `key` and `user`, for forums that need a login.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.http import Busy, Reply
from integrations.shapes import an_object
from integrations.source import Source
from integrations.times import iso

_WINDOW = 50
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    restricted = _restricted(h)
    top = max(map(_id, _posts(h)), default=0)
    done = h.cursor.get("post")
    # The last window is read again: posts are numbered before they can be seen.
    at = max(0, done - _WINDOW) if done is not None else _first_since(h, h.since, top)
    while at < top:
        upto = min(at + _WINDOW, top)
        window = [post for post in _posts(h, upto) if at < _id(post)]
        told = [one for post in sorted(window, key=_id) for one in _told(h, post, restricted)]
        at = upto
        yield Page(told, {"post": max(at, done or 0)}, total=top)


def _id(post: Json) -> int:
    return int(post["id"])


def _posts(h: Harvesting, before: int | None = None) -> list[Json]:
    asked = {} if before is None else {"before": before}
    held = h.http.get(h.url("posts.json"), asked, look=_look).json
    return h.items(held["latest_posts"], _id)


def _look(reply: Reply) -> None:
    """A limit that is told in the body too."""
    held = an_object(reply.json)
    if "latest_posts" not in held:
        wait = (held.get("extras") or {}).get("wait_seconds")
        raise Busy("no posts in the answer", float(wait) if wait else None)


def _restricted(h: Harvesting) -> frozenset[int]:
    """With a key more is shown than everybody may read: then this list must be there."""
    held = an_object(h.http.get(h.url("site.json")).json)
    categories = held["categories"] if h.source.access else held.get("categories", ())
    return frozenset(c["id"] for c in categories if c.get("read_restricted"))


def _first_since(h: Harvesting, since: datetime, top: int) -> int:
    """The number before the first post since a time, found by halving."""
    low, high = 0, top
    while high - low > _WINDOW:
        middle = (low + high) // 2
        below = _posts(h, middle)
        if below and iso(max(below, key=_id)["created_at"]) >= since:
            high = middle
        else:
            low = middle
    return max(0, low - _WINDOW)


def _told(h: Harvesting, post: Json, restricted: frozenset[int]) -> Iterator[Delivery]:
    """
    A post as its webhooks would have told it.

    Of one that was edited, what was written at first is not told any more.
    """
    kind = "regular" if post.get("category_id") not in restricted else "restricted category"
    post = {"topic_archetype": kind, "post_type": 1, **post}
    if kind != "regular":
        post["topic_archetype"] = kind
    first = post
    if post.get("version", 1) > 1:
        first = {**post, "version": 1, "updated_at": post["created_at"], "cooked": None}
    yield _as(h, "post_created", first)
    if first is not post:
        yield _as(h, "post_edited", post)


def _as(h: Harvesting, event: str, post: Json) -> Delivery:
    return h.item({"post": post}, event, headers={"x-discourse-event": event})


def _headers(source: Source) -> dict[str, str]:
    if "key" not in source.access:
        return {}
    return {"Api-Key": source.access["key"], "Api-Username": source.access.get("user", "system")}


HARVESTER = Harvester(name="discourse", harvest=harvest, headers=_headers)
