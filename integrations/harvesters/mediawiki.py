"""
MediaWiki: `list=recentchanges`, and `allrevisions` for what is older than that list goes back;
or Wikimedia's EventStreams (research/integrations.md 2a).

Options: `stream`, the address of an EventStreams feed, listened to instead of asking the API;
`script`, the path of api.php ("w/api.php"); `changes_days`, how far back recentchanges goes
($wgRCMaxAge).
Access: `token` (OAuth 2) for wikis that are not public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from integrations import streams
from integrations.harvest import Cursor, Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer
from integrations.http import Busy, Refused, Reply
from integrations.shapes import an_object, listed, onward
from integrations.sse import events
from integrations.times import iso

_PROPERTIES = "title|ids|sizes|flags|user|userid|timestamp|comment|tags|loginfo"
_MARGIN = timedelta(hours=1)


def harvest(h: Harvesting) -> Iterator[Page]:
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
        items = h.items(_items(h, name, held), lambda item: iso(item["timestamp"]))
        newest = max([newest, *(item["timestamp"] for item in items)], key=iso)
        going_on = {key: onward(value) for key, value in held.get("continue", {}).items()}
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
    error = an_object(reply.json).get("error")
    if error is None:
        return
    code = error.get("code", "")
    if code in ("maxlag", "ratelimited", "readonly"):
        raise Busy(f"the wiki answers {code}", float(reply.headers.get("retry-after") or 5))
    raise Refused(f"the wiki answers {code}")


def _items(h: Harvesting, name: str, held: Mapping[str, Any]) -> list[Any]:
    if not held.keys() & {"query", "continue", "batchcomplete"}:
        raise Refused("the wiki answers no question")
    found = listed(held.get("query", {}).get(name, []))
    if name == "recentchanges":
        return found
    beside = ("pageid", "ns", "title")
    return [
        {**revision, "page": {key: page[key] for key in beside if key in page}}
        for page in h.items(found, lambda page: page["revisions"])
        for revision in h.items(page["revisions"], lambda one: {**one})
    ]


def listen(h: Harvesting) -> Iterator[Page]:
    return streams.listen(h.cursor, [partial(_stream, h)])


def _stream(h: Harvesting, cursor: Cursor) -> Iterator[Page]:
    """
    The events since the last one that was stored.

    Its `id` (positions in Kafka) is sent back, so that the stream goes on exactly there.
    """
    last = cursor.get("id")
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    asked = {} if last else {"since": h.since.isoformat()}
    for frame in events(h.http.lines(str(h.source.options["stream"]), asked, headers)):
        if frame is None:
            yield Page([], {})
            continue
        id_, event, data = frame
        yield Page([h.item(data.encode(), event)], {"id": id_} if id_ else {})


HARVESTER = Harvester(name="mediawiki", harvest=harvest, listen=listen, headers=bearer)
