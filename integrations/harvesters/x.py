"""
X: recent search of API v2, which goes back seven days, or its filtered stream
(research/integrations.md 4).

Options: `query`, what is searched for; `stream`, true to listen to what matches it. The query is
made a rule of the app's stream, under the source's name. Access: `token`, the app's bearer token.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson

from integrations import streams
from integrations.harvest import Cursor, Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, downward
from integrations.http import Refused, Reply
from integrations.shapes import an_object

API = "https://api.x.com"
_RECENT = timedelta(days=7) - timedelta(minutes=5)
_EPOCH_MS = 1_288_834_974_657
_OVERLAP_MS = 120_000
_ASKED = {
    "max_results": 100,
    "sort_order": "recency",
    "tweet.fields": "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,lang,"
    "referenced_tweets,entities,note_tweet,edit_history_tweet_ids,display_text_range",
    "expansions": "author_id,referenced_tweets.id,in_reply_to_user_id,entities.mentions.username",
    "user.fields": "id,name,username,protected",
}
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    query = h.source.options.get("query")
    if not query:
        raise Refused("the option query says what is searched for")
    earliest = h.now - _RECENT

    def fetch(after: str | None, before: str | None) -> list[tuple[str, Json]]:
        asked: Json = {**_ASKED, "query": query}
        if before:
            asked["until_id"] = before
        if after and _ms(after) > earliest.timestamp() * 1000:
            asked["since_id"] = after
        else:
            asked["start_time"] = max(h.since, earliest).strftime("%Y-%m-%dT%H:%M:%SZ")
        held = an_object(h.http.get(h.url("2/tweets/search/recent", API), asked).json)
        if not held.keys() & {"data", "meta"}:
            raise Refused("X answers no search")
        includes = held.get("includes", {})
        goes_on = "next_token" in held.get("meta", {})
        found = h.items(held.get("data", []), _id, goes_on=goes_on)
        posts = sorted(found, key=_id, reverse=True)
        return [(str(_id(post)), {"data": [post], "includes": includes}) for post in posts]

    for items, cursor in downward(h.cursor, fetch, _back):
        yield Page([h.item(item, "posts") for item in items], cursor)


def _id(post: Json) -> int:
    return int(post["id"])


def listen(h: Harvesting) -> Iterator[Page]:
    return streams.listen(h.cursor, [partial(_filtered, h)])


def _filtered(h: Harvesting, cursor: Cursor) -> Iterator[Page]:
    """Once the stream is open, what came while it was not is searched for."""
    _set_rule(h)
    newest, caught_up = int(cursor.get("after") or 0), False
    asked = {key: _ASKED[key] for key in ("tweet.fields", "expansions", "user.fields")}
    for line in h.http.lines(h.url("2/tweets/search/stream", API), asked):
        if not caught_up:
            caught_up = True
            for page in harvest(replace(h, cursor=cursor)):
                newest = max(newest, int(page.cursor.get("after") or 0))
                yield Page(page.deliveries, {"top": None, "before": None, **page.cursor})
        held = orjson.loads(line) if line.strip() else {}
        if "data" in held:
            newest = max(newest, streams.place(lambda: _id(held["data"])))  # noqa: B023 - at once
            yield Page([h.item(held, "posts")], {"after": str(newest)})
        elif held:  # X says why it ends the connection
            return
        else:
            yield Page([], {})


def _set_rule(h: Harvesting) -> None:
    """The rule of this source is its query, and no other."""
    tag, query = f"social-lrs {h.source.name}", h.source.options.get("query")
    url = h.url("2/tweets/search/stream/rules", API)
    mine = [rule for rule in h.http.get(url).json.get("data", ()) if rule.get("tag") == tag]
    others = [rule["id"] for rule in mine if rule["value"] != query]
    if others:
        h.http.post(url, json={"delete": {"ids": others}})
    if len(others) == len(mine):
        h.http.post(url, json={"add": [{"value": query, "tag": tag}]}, look=_made)


def _made(reply: Reply) -> None:
    """A rule that cannot be is told with status 200 or 201."""
    errors = reply.json.get("errors")
    if errors:
        raise Refused(f"X does not take the query: {errors[0].get('title')}")


def _ms(post: str) -> int:
    """When a Post was made, in ms since 1970: it stands in its id."""
    return (int(post) >> 22) + _EPOCH_MS


def _back(post: str) -> str:
    return str(max(0, int(post) - (_OVERLAP_MS << 22)))


HARVESTER = Harvester(name="x", harvest=harvest, listen=listen, headers=bearer, hosts=(API,))
