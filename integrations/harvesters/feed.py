"""
RSS and Atom: conditional requests, and older pages on the first run (integrations.md 3b).

The address is the option `feed` (else `topic`, else the instance itself). What the feed says of
how long it stays as it is (`Cache-Control`, `ttl`, `sy:updatePeriod`) is obeyed. A feed that is
gone (410) is never asked again.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import basic
from integrations.http import Busy, Refused, Reply
from integrations.source import Source
from integrations.syndication import parsed
from integrations.times import epoch, iso

_NOT_MODIFIED, _GONE = 304, 410
_MOST_OLDER = 50
_LONGEST = timedelta(hours=24)
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_MAX_AGE = re.compile(r"max-age=(\d+)")
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800}


def address(source: Source) -> str:
    """Where a feed is fetched."""
    return str(source.options.get("feed") or source.options.get("topic") or source.instance)


def harvest(h: Harvesting) -> Iterator[Page]:
    fresh = h.cursor.get("fresh_until")
    if h.cursor.get("gone"):
        raise Refused("the feed is gone (410)", _GONE)
    if fresh and h.now < iso(fresh):
        return
    reply = _fetch(h, address(h.source), _conditions(h.cursor))
    if reply.status == _GONE:
        yield Page([], {"gone": True})
        raise Refused("the feed is gone (410)", _GONE)
    if reply.status == _NOT_MODIFIED:
        yield Page([], {**h.cursor, "fresh_until": _fresh_until(h, reply, {})})
        return
    if not h.cursor:
        yield from _older(h, reply)
    feed = parsed(reply.body)
    cursor = {
        "etag": reply.headers.get("etag"),
        "modified": reply.headers.get("last-modified"),
        "fresh_until": _fresh_until(h, reply, feed.feed),
    }
    yield Page([h.item(reply.body, "feed")], cursor)


def _fetch(h: Harvesting, url: str, headers: Mapping[str, str]) -> Reply:
    accept = frozenset({_NOT_MODIFIED, _GONE})
    return h.http.get(url, headers=headers, accept=accept, look=_look)


def _look(reply: Reply) -> None:
    """
    A proxy's page is none; were it taken for one, older pages would never be asked for.

    The parser makes the best of what is malformed, also of what broke off.
    """
    if reply.status == HTTPStatus.OK:
        feed = parsed(reply.body)
        if not feed.version and not feed.entries:
            raise Busy("the answer is no feed")
        # Of any encoding; text after it, such as a cache's remark, does no harm.
        if feed.bozo and not _END.search(reply.body.replace(b"\0", b"")):
            raise Busy("the feed broke off")


def _conditions(cursor: Mapping[str, Any]) -> dict[str, str]:
    asked = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    return {name: value for name, value in asked.items() if value}


def _older(h: Harvesting, reply: Reply) -> Iterator[Page]:
    """Archived pages (RFC 5005) until one ends before `since`; the cursor waits for the newest."""
    for _ in range(_MOST_OLDER):
        feed = parsed(reply.body)
        link = _link(feed, "next") or _link(feed, "prev-archive")
        if link is None or _is_before(feed, h):
            return
        reply = _fetch(h, urljoin(reply.url, link), {})
        yield Page([h.item(reply.body, "feed")], {})


def _link(feed: Any, rel: str) -> str | None:
    return next(
        (str(one.href) for one in feed.feed.get("links", ()) if one.get("rel") == rel), None
    )


def _is_before(feed: Any, h: Harvesting) -> bool:
    times = [one.get("updated_parsed") or one.get("published_parsed") for one in feed.entries]
    told = [one for one in times if one]
    if not told:
        return False
    return epoch(calendar.timegm(min(told))) < h.since


def _fresh_until(h: Harvesting, reply: Reply, feed: Mapping[str, Any]) -> str:
    """The latest of what the answer and the feed say, at most a day."""
    age = _MAX_AGE.search(reply.headers.get("cache-control", ""))
    frequency = max(1, _number(feed.get("sy_updatefrequency")) or 1)
    seconds = max(
        int(age[1]) if age else 0,
        60 * _number(feed.get("ttl")),
        _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip(), 0) // frequency,
    )
    return (h.now + min(timedelta(seconds=seconds), _LONGEST)).isoformat()


def _number(told: Any) -> int:
    text = str(told or "").strip()
    return int(text) if text.isdigit() else 0


HARVESTER = Harvester(name="feed", harvest=harvest, headers=basic)
