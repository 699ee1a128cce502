"""
Slack: the history of public channels and their threads (research/integrations.md 9).

A message becomes the event that the Events API would have told. Of one that was edited, what was
written first is not told any more. A reply to a thread that is older than the last run is only
told by the Events API. Options: `channels`, ids. Access: `token`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, downward, option_list
from integrations.http import Busy, Refused, Reply
from integrations.shapes import an_object, onward

API = "https://slack.com/api"
_MOST = 200
_OVERLAP_SECONDS = 300
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    team = _call(h, "auth.test", {})["team_id"]
    cursor = dict(h.cursor)
    for channel in option_list(h.source, "channels"):
        held = _call(h, "conversations.info", {"channel": channel})["channel"]
        place = {
            "team_id": team,
            "channel": channel,
            "channel_type": "group" if held.get("is_private") else "channel",
        }
        for messages, state in _history(h, channel, cursor.get(channel, {})):
            cursor = {**cursor, channel: state}
            yield Page([one for m in messages for one in _told(h, m, place)], cursor)


def _history(h: Harvesting, channel: str, state: Json) -> Iterator[tuple[list[Json], Json]]:
    """Messages oldest first, each followed by the replies to it."""

    def fetch(after: str | None, before: str | None) -> list[tuple[str, Json]]:
        asked = {
            "channel": channel,
            "limit": _MOST,
            "oldest": after or f"{h.since.timestamp():.6f}",
        }
        if before:
            asked["latest"] = before
        held = _call(h, "conversations.history", asked)
        found = h.items(held["messages"], _ts, goes_on=bool(held.get("has_more")))
        return [(message["ts"], message) for message in found]

    for messages, further in downward(state, fetch, _back):
        yield [one for message in messages for one in _thread(h, channel, message)], further


def _thread(h: Harvesting, channel: str, message: Json) -> Iterator[Json]:
    yield message
    after = ""
    while message.get("reply_count"):
        asked = {"channel": channel, "ts": message["ts"], "limit": _MOST, "cursor": after}
        held = _call(h, "conversations.replies", asked)
        replies = h.items(held["messages"], _ts)
        yield from (reply for reply in replies if reply["ts"] != message["ts"])
        after = onward((held.get("response_metadata") or {}).get("next_cursor"))
        if not after:
            return


def _call(h: Harvesting, method: str, asked: Json) -> Json:
    held: Json = h.http.get(h.url(method, API), asked, look=_look).json
    return held


def _look(reply: Reply) -> None:
    """Errors come with status 200."""
    held = an_object(reply.json)
    if held.get("ok"):
        return
    error = str(held.get("error"))
    if error in ("ratelimited", "service_unavailable", "internal_error", "fatal_error"):
        raise Busy(f"Slack answers {error}")
    raise Refused(f"Slack answers {error}")


def _told(h: Harvesting, message: Json, place: Json) -> Iterator[Delivery]:
    written = {**message, "text": ""} if message.get("edited") else message
    yield _event(h, place, {**written, "type": "message"})
    if message.get("edited"):
        changed = {"type": "message", "subtype": "message_changed", "message": message}
        yield _event(h, place, {**changed, "ts": message["edited"]["ts"]})


def _event(h: Harvesting, place: Json, event: Json) -> Delivery:
    where = {"channel": place["channel"], "channel_type": place["channel_type"]}
    body = {"type": "event_callback", "team_id": place["team_id"], "event": {**event, **where}}
    return h.item(body, "message")


def _ts(message: Json) -> tuple[int, ...]:
    """When it was written, which is its id too."""
    return tuple(int(part) for part in message["ts"].split("."))


def _back(ts: str) -> str:
    seconds, dot, digits = ts.partition(".")
    return f"{int(seconds) - _OVERLAP_SECONDS}{dot}{digits}"


HARVESTER = Harvester(name="slack", harvest=harvest, headers=bearer, hosts=(API,))
