"""
Mastodon: time lines of hashtags, walked forward by id, or listened to (integrations.md 5).

Options: `tags`, hashtags; `public`, true for the instance's own public time line too; `user`,
true for what the account of the token is told: who favours, boosts and mentions; `stream`, true
or the address of the streaming server, to listen. Access: `token`, where the instance shows
nothing without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from integrations import streams
from integrations.harvest import OVERLAP, Cursor, Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, option_list
from integrations.source import Source
from integrations.sse import events

_MOST = 40


class _Line(NamedTuple):
    """A list of the API, the stream of what is added to it, and what both are asked with."""

    path: str
    stream: str
    asked: Mapping[str, str] = {}


def _lines(source: Source) -> Iterator[_Line]:
    for tag in option_list(source, "tags"):
        bare = tag.lstrip("#")
        yield _Line(f"timelines/tag/{quote(bare)}", "hashtag", {"tag": bare})
    if source.options.get("public"):
        yield _Line("timelines/public", "public/local", {"local": "true"})
    if source.options.get("user"):
        yield _Line("notifications", "user")


def harvest(h: Harvesting) -> Iterator[Page]:
    cursor = dict(h.cursor)
    for line in _lines(h.source):
        for page in _line(h, line, cursor):
            cursor |= page.cursor
            yield Page(page.deliveries, cursor)


def _line(h: Harvesting, line: _Line, cursor: Cursor) -> Iterator[Page]:
    # An id of a status begins with its time in ms; two minutes and more are read again.
    told = int(cursor.get(line.path, 0))
    at = _back(told) if told else int(h.since.timestamp() * 1000) << 16
    if line.path == "notifications":  # they are counted, and all are known by their id
        at = told
    while True:
        asked = {**line.asked, "min_id": str(at), "limit": _MOST}
        listed = h.http.get(h.url(f"api/v1/{line.path}"), asked).json
        items = sorted(h.items(listed, _id, goes_on=len(listed) >= _MOST), key=_id)
        if not items:
            return
        at = _id(items[-1])
        yield Page([h.item(item, "statuses") for item in items], {line.path: str(max(at, told))})


def _id(item: dict[str, Any]) -> int:
    return int(item["id"])


def _back(status: int) -> int:
    return max(0, status - (int(OVERLAP.total_seconds() * 1000) << 16))


def listen(h: Harvesting) -> Iterator[Page]:
    return streams.listen(h.cursor, [partial(_streamed, h, line) for line in _lines(h.source)])


def _streamed(h: Harvesting, line: _Line, cursor: Cursor) -> Iterator[Page]:
    """
    What comes over one connection, after what came while there was none.

    A stream tells nothing twice: only when it is open is the list read up to now.
    """
    told = h.source.options["stream"]
    base = told if isinstance(told, str) else h.source.instance
    url = f"{base.rstrip('/')}/api/v1/streaming/{line.stream}"
    at, caught_up = int(cursor.get(line.path, 0)), False
    for frame in events(h.http.lines(url, line.asked, {"Accept": "text/event-stream"})):
        if not caught_up:
            caught_up = True
            for page in _line(h, line, cursor):
                at = max(at, int(page.cursor[line.path]))
                yield page
        if frame is None:
            yield Page([], {})
            continue
        _, event, data = frame
        at = max(at, _place(line, event, data))
        body = f"event: {event}\ndata: {data}\n\n".encode()
        yield Page([h.item(body, "stream")], {line.path: str(at)} if at else {})


def _place(line: _Line, event: str, data: str) -> int:
    """The id of what was added to the line's own list; an edit adds nothing."""
    added = "notification" if line.path == "notifications" else "update"
    return streams.place(lambda: _id(orjson.loads(data))) if event == added else 0


HARVESTER = Harvester(name="mastodon", harvest=harvest, listen=listen, headers=bearer)
