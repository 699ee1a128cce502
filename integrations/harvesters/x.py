"""
X: recent search of API v2, which goes back seven days (research/integrations.md 4).

Options: `query`, what is searched for. Access: `token`, the app's bearer token.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, downward
from integrations.http import Refused

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
        held = h.http.get(h.url("2/tweets/search/recent", API), asked).json
        includes = held.get("includes", {})
        posts = sorted(held.get("data", ()), key=lambda post: int(post["id"]), reverse=True)
        return [(post["id"], {"data": [post], "includes": includes}) for post in posts]

    for items, cursor in downward(h.cursor, fetch, _back):
        yield Page([h.item(item, "posts") for item in items], cursor)


def _ms(post: str) -> int:
    """When a Post was made, in ms since 1970: it stands in its id."""
    return (int(post) >> 22) + _EPOCH_MS


def _back(post: str) -> str:
    return str(max(0, int(post) - (_OVERLAP_MS << 22)))


HARVESTER = Harvester(name="x", harvest=harvest, headers=bearer, hosts=(API,))
