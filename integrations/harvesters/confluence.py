"""
Confluence: pages, blog posts and comments by when they were changed, with their labels
(research/integrations.md 2b).

Webhooks are not sent again, and those of Data Center tell little: a sweep finds what they missed.
Each becomes the webhook that would have told it, with what only a search tells beside. Of what
was edited several times between two sweeps the last version is told.
A page with restrictions of its own is private; those of pages above it are not told, so let the
harvest in as somebody who may read only what everybody may.
Options: `spaces`, keys, else all that may be read. Access: `user` and `password` (Cloud: the
address and an API token), or `token` (Data Center: a personal access token).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import basic, bearer, option_list
from integrations.shapes import onward
from integrations.source import Source
from integrations.times import iso

_MOST = 50
_EXPAND = (
    "version,history,space,ancestors,container,metadata.labels,body.storage,"
    "restrictions.read.restrictions.user,restrictions.read.restrictions.group"
)
# CQL compares minutes in the time zone of who asks: a day more is read than was read before.
_BACK = timedelta(days=1)
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    told = h.cursor.get("time")
    since = (iso(told) if told else h.since) - _BACK
    spaces = ", ".join(f'"{key}"' for key in option_list(h.source, "spaces"))
    within = f" and space in ({spaces})" if spaces else ""
    cql = f'type in (page, blogpost, comment) and lastmodified >= "{since:%Y-%m-%d %H:%M}"{within}'
    asked: Json | None = {
        "cql": f"{cql} order by lastmodified asc",
        "expand": _EXPAND,
        "limit": _MOST,
    }
    link, newest = h.url("rest/api/content/search"), told or h.since.isoformat()
    while link:
        held = h.http.get(link, asked).json
        results = h.items(held["results"], lambda item: iso(item["version"]["when"]))
        items = [one for item in results for one in _told(h, item)]
        changed = [item["version"]["when"] for item in results]
        newest = iso(max([newest, *changed], key=iso)).isoformat()
        yield Page(items, {"time": newest}, total=held.get("totalSize"))
        further = onward(held.get("_links", {}).get("next"))
        link = _below(h, held["_links"], further) if further else ""
        asked = None


def _below(h: Harvesting, links: Json, further: str) -> str:
    """The next page's address: below the base that the answer names, which is the instance."""
    base = str(links.get("base") or h.url(""))
    return urljoin(base, further) if "://" in further else base.rstrip("/") + further


def _told(h: Harvesting, item: Json) -> Iterator[Delivery]:
    """Its making and, if it is another version, its last change."""
    version, history = item["version"], item["history"]
    made = {"by": history["createdBy"], "when": history["createdDate"], "number": 1}
    if version["number"] == 1:
        yield _as(h, item, "created", {**version, **made})
        return
    yield _as(h, {**item, "body": {}, "metadata": {}}, "created", made)
    yield _as(h, item, "updated", version)


def _as(h: Harvesting, item: Json, what: str, version: Json) -> Delivery:
    kind = "blog" if item["type"] == "blogpost" else item["type"]
    held = {**_content(item), "version": version["number"]}
    held["creationDate" if what == "created" else "modificationDate"] = _ms(version["when"])
    body = {"timestamp": _ms(version["when"]), **_who(version.get("by") or {}), kind: held}
    if kind == "comment":
        above = [one for one in item.get("ancestors", ()) if one.get("type") == "comment"]
        held["parent"] = _content(item.get("container") or {"id": ""})
        held |= {"inReplyTo": _content(above[-1])} if above else {}
    return h.item(body, f"{kind}_{what}")


def _content(item: Json) -> Json:
    labels = item.get("metadata", {}).get("labels", {}).get("results", ())
    told = {
        "id": item["id"],
        "title": item.get("title"),
        "contentType": item.get("type"),
        "status": item.get("status", "current"),
        "spaceKey": (item.get("space") or {}).get("key"),
        "labels": [label["name"] for label in labels],
        "body": item.get("body", {}),
        "restricted": _is_restricted(item.get("restrictions", {})),
    }
    return {key: value for key, value in told.items() if value is not None}


def _is_restricted(held: Json) -> bool:
    """Whether only some people or groups may read it."""
    readers = held.get("read", {}).get("restrictions", {})
    return any(one.get("size") or one.get("results") for one in readers.values())


def _who(user: Json) -> Json:
    """Cloud tells an account id, Data Center a user key."""
    told = {
        "userAccountId": user.get("accountId"),
        "userKey": user.get("userKey"),
        "accountType": "app" if user.get("accountType") == "app" else None,
    }
    return {key: value for key, value in told.items() if value}


def _ms(when: str) -> int:
    return round(iso(when).timestamp() * 1000)


def _headers(source: Source) -> dict[str, str]:
    return basic(source) or bearer(source)


HARVESTER = Harvester(name="confluence", harvest=harvest, headers=_headers)
