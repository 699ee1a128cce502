"""
MediaWiki: `list=recentchanges`, and `allrevisions` for what is older than that list goes back;
or a piece of Wikimedia's EventStreams (research/integrations.md 2a).

Options: `stream`, the address of an EventStreams feed, read instead of the API; `script`, the path
of api.php ("w/api.php"); `changes_days`, how far back recentchanges goes ($wgRCMaxAge).
Access: `token` (OAuth 2) for wikis that are not public.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer
from integrations.http import Busy, Refused, Reply
from integrations.sse import pieces
from integrations.times import iso

_PROPERTIES = "title|ids|sizes|flags|user|userid|timestamp|comment|tags|loginfo"
_MARGIN = timedelta(hours=1)
_LISTEN_SECONDS = 50.0


def harvest(h: Harvesting) -> Iterator[Page]:
    if h.source.options.get("stream"):
        yield from _stream(h)
        return
    start = h.start()
    horizon = h.now - timedelta(days=int(h.source.options.get("changes_days", 30))) + _MARGIN
    if h.cursor.get("list", "allrevisions") == "allrevisions" and start < horizon:
        yield from _list(h, "allrevisions", start, until=horizon)
        start = horizon
    yield from _list(h, "recentchanges", start)


def _list(
    h: Harvesting, name: str, start: datetime, until: datetime | None = None
) -> Iterator[Page]:
    """A list from its oldest on; a run that was broken off goes on from its own continuation."""
    going_on = h.cursor.get("continue") if h.cursor.get("list") == name else None
    parameters = _parameters(name, h.cursor["start"] if going_on else start.isoformat(), until)
    newest = h.cursor.get("time", start.isoformat())
    while True:
        held = h.http.get(_script(h), {**parameters, **(going_on or {})}, look=_look).json
        items = _items(name, held)
        newest = max([newest, *(item["timestamp"] for item in items)], key=iso)
        going_on = held.get("continue")
        cursor = {"list": name, "start": parameters[f"{_SHORT[name]}start"], "time": newest}
        if going_on:
            cursor["continue"] = going_on
        elif name == "recentchanges":
            cursor = {"list": name, "time": newest}
        yield Page([h.item(item, name) for item in items], cursor)
        if not going_on:
            return


_SHORT = {"recentchanges": "rc", "allrevisions": "arv"}


def _parameters(name: str, start: str, until: datetime | None) -> dict[str, Any]:
    short = _SHORT[name]
    asked: dict[str, Any] = {
        "action": "query",
        "list": name,
        "format": "json",
        "formatversion": "2",
        "maxlag": "5",
        f"{short}dir": "newer",
        f"{short}start": start,
        f"{short}limit": "500",
        f"{short}prop": _PROPERTIES
        if short == "rc"
        else "ids|size|flags|user|userid|timestamp|comment|tags",
    }
    if until is not None:
        asked["arvend"] = until.isoformat()
    return asked


def _script(h: Harvesting) -> str:
    return h.url(str(h.source.options.get("script", "w/api.php")))


def _look(reply: Reply) -> None:
    """Errors come with status 200; `maxlag` means that the wiki is busy."""
    error = reply.json.get("error")
    if error is None:
        return
    code = error.get("code", "")
    if code in ("maxlag", "ratelimited", "readonly"):
        raise Busy(f"the wiki answers {code}", float(reply.headers.get("retry-after") or 5))
    raise Refused(f"the wiki answers {code}")


def _items(name: str, held: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = held.get("query", {}).get(name, [])
    if name == "recentchanges":
        return list(found)
    beside = ("pageid", "ns", "title")
    return [
        {**revision, "page": {key: page[key] for key in beside if key in page}}
        for page in found
        for revision in page.get("revisions", ())
    ]


def _stream(h: Harvesting) -> Iterator[Page]:
    """
    The events since the last one that was stored, for most of a minute.

    Its `id` (positions in Kafka) is sent back, so that the next run goes on exactly there.
    """
    last = h.cursor.get("id")
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    params = {} if last else {"since": h.since.isoformat()}
    end = time.monotonic() + _LISTEN_SECONDS
    lines = h.http.lines(str(h.source.options["stream"]), params, headers=headers, until=end)
    for batch in pieces(lines, most=200):
        deliveries = [h.item(data.encode(), event) for _, event, data in batch]
        last = next((id_ for id_, _, _ in reversed(batch) if id_), last)
        yield Page(deliveries, {"id": last})


HARVESTER = Harvester(name="mediawiki", harvest=harvest, headers=bearer)
