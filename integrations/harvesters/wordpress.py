"""
WordPress: posts and pages by when they were changed, comments by when they were written
(research/integrations.md 3a).

Page numbers shift while things are changed; so each request asks for what is later than the last
one read. Who edited a post is told by its revisions, to somebody who may edit.
Options: `kinds` (["posts", "pages", "comments"]); `plain` for sites without permalinks.
Access: `user` and `password`, an Application Password.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.harvest import OVERLAP, Harvester, Harvesting, Page
from integrations.harvesters.shared import basic, option_list
from integrations.http import Refused, Reply
from integrations.shapes import an_object, further
from integrations.times import iso

_MOST = 100
_PAST_THE_END = frozenset({400})
_NOT_SHOWN = frozenset({401, 403, 404})
# A comment is dated by when it was written and shows when it is approved: days later.
_MODERATION = timedelta(days=7)


def harvest(h: Harvesting) -> Iterator[Page]:
    zone = _zone(an_object(h.http.get(_address(h, "/")).json))
    cursor = dict(h.cursor)
    for kind in option_list(h.source, "kinds") if "kinds" in h.source.options else _KINDS:
        for items, newest in _collection(h, kind, zone, cursor.get(kind)):
            cursor = {**cursor, kind: newest}
            yield Page(items, cursor)


_KINDS = ["posts", "pages", "comments"]


def _address(h: Harvesting, path: str) -> str:
    if h.source.options.get("plain"):
        return h.url(f"?rest_route={path}")
    return h.url(f"wp-json{path}")


def _zone(site: dict[str, Any]) -> tzinfo:
    """The site's own time, which its filters compare with: guessed, it would skip hours."""
    if not site.keys() & {"timezone_string", "gmt_offset"}:
        raise Refused("the site does not tell its time zone")
    try:
        return ZoneInfo(site.get("timezone_string") or "missing")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone(timedelta(hours=float(site.get("gmt_offset") or 0)))


def _collection(
    h: Harvesting, kind: str, zone: tzinfo, cursor: str | None
) -> Iterator[tuple[list[Any], str]]:
    """
    All items later than the cursor, oldest first, each page with the time of its last item.

    Only where a whole page is of one second is there a second page of the same question.
    """
    by = "date" if kind == "comments" else "modified"
    back = _MODERATION if kind == "comments" else OVERLAP
    start = iso(cursor) - back if cursor else h.since
    newest, page, before = cursor or start.isoformat(), 1, None
    while True:
        asked = {
            "orderby": "date_gmt" if kind == "comments" else by,
            "order": "asc",
            "after" if kind == "comments" else "modified_after": _local(start, zone),
            "per_page": _MOST,
            "page": page,
            "_embed": "author,wp:term",
        }
        reply = h.http.get(_address(h, f"/wp/v2/{kind}"), asked, accept=_PAST_THE_END)
        told = _told(reply)
        further(before if page > 1 else None, told)
        goes_on = len(told) >= _MOST
        before, items = told, h.items(told, lambda item: _key(item, by), goes_on=goes_on)
        if items:
            last = items[-1][f"{by}_gmt"]
            newest = max(newest, iso(last).isoformat(), key=iso)
            later = iso(last) - timedelta(seconds=1)
            start, page = (later, 1) if later > start else (start, page + 1)
        deliveries = [h.item(item, kind) for item in items]
        yield [*deliveries, *_revisions(h, kind, items)], newest
        if not goes_on:
            return


def _key(item: dict[str, Any], by: str) -> tuple[int, datetime]:
    return int(item["id"]), iso(item[f"{by}_gmt"])


def _told(reply: Reply) -> list[Any]:
    """A page past the end is an error to WordPress."""
    held = reply.json
    if isinstance(held, list):
        return held
    code = str(an_object(held).get("code", "no code"))
    if code.endswith("invalid_page_number"):
        return []
    raise Refused(f"WordPress answers {code}", reply.status)


def _revisions(h: Harvesting, kind: str, items: list[dict[str, Any]]) -> Iterator[Any]:
    """Of those that were edited, where there is access; what is older was a draft or the post."""
    if kind == "comments" or not h.source.access:
        return
    for item in items:
        if item["modified_gmt"] == item["date_gmt"]:
            continue
        path = _address(h, f"/wp/v2/{kind}/{item['id']}/revisions")
        reply = h.http.get(path, {"per_page": _MOST}, accept=_NOT_SHOWN)
        if reply.status not in _NOT_SHOWN:
            found = h.items(reply.json, lambda one: _key(one, "modified"))
            later = [one for one in found if one["modified_gmt"] > item["date_gmt"]]
            for revision in sorted(later, key=lambda one: int(one["id"])):
                yield h.item(revision, "revisions")


def _local(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None).isoformat()


HARVESTER = Harvester(name="wordpress", harvest=harvest, headers=basic)
