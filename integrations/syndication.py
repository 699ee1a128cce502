"""
RSS and Atom, from bytes that were fetched or pushed (research/integrations.md 3b, 3c).

An author is a display name and no identity: only a name that the source's option `authors` maps
to an account becomes an actor. A title such as "Comment on X by Y" is never parsed.

An entry is known by guid and date, and where that is not enough (guids repeat, dates lack) by
what it says too: neither of two is lost, and an undated one that was rewritten is posted again.
"""

from __future__ import annotations

import calendar
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import feedparser

from integrations.base import (
    Act,
    Delivery,
    Party,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.source import Source
from integrations.text import plain
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    """Every entry of a feed."""
    feed = parsed(delivery.body, sanitize_html=False, resolve_relative_uris=False)
    if not feed.version and not feed.entries:
        raise Unreadable("this is no feed")
    if not feed.entries:
        yield Skip(Why.NOT_SOCIAL, "a feed without entries")
    times = Counter(_version(entry) for entry in feed.entries)
    for entry in feed.entries:
        yield from _entry(entry, feed.feed, source, is_repeated=times[_version(entry)] > 1)


def parsed(body: bytes, **how: bool) -> Any:
    """
    A feed, as feedparser reads it.

    As a stream: bytes it takes for the name of a file first, text for an address.
    """
    return feedparser.parse(BytesIO(body), **how)


def _entry(
    entry: dict[str, Any], feed: Json, source: Source, *, is_repeated: bool
) -> Iterator[Translated]:
    key, published, updated = _version(entry)
    account = _account(entry, source)
    if not key:
        yield Skip(Why.OBJECT_UNKNOWN, "an entry without id and link")
        return
    if account is None:
        yield Skip(Why.ACTOR_UNKNOWN, f"author {entry.get('author', '')!r}")
        return
    above = entry.get("thr_in-reply-to") or {}
    act = Act.COMMENT if above else Act.POST
    first = published or updated
    said = "" if first and not is_repeated else f"/{_digest(entry)}"
    yield _event(act, f"entry/{key}/{first}{said}", first, entry, feed, account)
    if published and updated and updated > published:
        yield _event(Act.EDIT, f"entry/{key}/{updated}{said}", updated, entry, feed, account)


def _version(entry: dict[str, Any]) -> tuple[str | None, datetime | None, datetime | None]:
    """The guid, or the link, of an entry, and when it was published and updated."""
    key = entry.get("id") or entry.get("link")
    return key, _time(entry, "published"), _time(entry, "updated")


def _digest(entry: Json) -> str:
    said = ascii([entry.get("title"), entry.get("link"), _content(entry)])
    return hashlib.sha256(said.encode()).hexdigest()


def _account(entry: Json, source: Source) -> Party | None:
    authors = source.options.get("authors")
    name = entry.get("author")
    if not isinstance(authors, dict) or not name or name not in authors:
        return None
    return Party(str(authors[name]), name)


def _event(
    act: Act, source_id: str, at: datetime | None, entry: Json, feed: Json, account: Party
) -> SocialEvent:
    """A feed shows an entry as it is now: what was first written is told by the first reading."""
    above = entry.get("thr_in-reply-to") or {}
    parent = above.get("href") or above.get("ref")
    commented = bool(above)
    blog = feed.get("link")
    return SocialEvent(
        act=act,
        source_id=source_id,
        at=at,
        actor=account,
        object=Thing(
            _address(entry, blog), v.COMMENT if commented else v.ARTICLE, plain(entry.get("title"))
        ),
        text=plain(_content(entry)),
        language=entry.get("language") or feed.get("language"),
        parent=Thing(parent, v.ARTICLE) if parent else None,
        containers=(Thing(blog, v.BLOG, plain(feed.get("title"))),) if blog else (),
        tags=tuple(tag["term"] for tag in entry.get("tags", ()) if tag.get("term")),
    )


def _address(entry: Json, blog: str | None) -> str:
    """The guid where it is an address or an IRI (`tag:`); else the link, else below the blog."""
    key = entry.get("id") or ""
    if ":" in key.partition("/")[0]:
        return str(key)
    return str(entry.get("link") or f"{blog or ''}#{key}")


def _content(entry: Json) -> str | None:
    content = entry.get("content") or []
    return content[0]["value"] if content else entry.get("summary")


def _time(entry: dict[str, Any], key: str) -> datetime | None:
    """What the entry itself tells: the parser's own `get` lends one time to the other."""
    told = dict.get(entry, f"{key}_parsed")
    return epoch(calendar.timegm(told)) if told else None
