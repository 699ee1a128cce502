"""
Microsoft Teams: messages of channels by Graph's delta, and the replies to them (integrations.md 9).

Options: `channels`, as "team id/channel id"; `api`, another address of Graph.
Access: `client_id` and `client_secret` of an application that may read the channels' messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import option_list
from integrations.http import Http, Refused
from integrations.shapes import onward
from integrations.source import Source

API = "https://graph.microsoft.com/v1.0"
_MOST = 50
_GONE = 410
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    sign_in(h.source, h.http)
    cursor = dict(h.cursor)
    for place in option_list(h.source, "channels"):
        for messages, link in _delta(h, place, cursor.get(place)):
            cursor = {**cursor, place: link}
            told = [one for message in messages for one in _with_replies(h, place, message)]
            yield Page([h.item(one, "message") for one in told], cursor)


def sign_in(source: Source, http: Http) -> None:
    """
    Let a client in as the application.

    Raises:
        Later, Refused: It is not let in.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": source.access.get("client_id", ""),
        "client_secret": source.access.get("client_secret", ""),
        "scope": "https://graph.microsoft.com/.default",
    }
    held = http.post(f"{source.instance}/oauth2/v2.0/token", data=form).json
    http.let_in({"Authorization": f"Bearer {held['access_token']}"})


def _channel(h: Harvesting, place: str) -> str:
    team, _, channel = place.partition("/")
    return h.url(f"teams/{quote(team)}/channels/{quote(channel, safe='')}/messages", API)


def _delta(h: Harvesting, place: str, link: str | None) -> Iterator[tuple[list[Json], str]]:
    """From where the last run got to; anew where Graph has forgotten that."""
    first = f"{_channel(h, place)}/delta"
    since = {
        "$top": _MOST,
        "$filter": f"lastModifiedDateTime gt {h.since.strftime('%Y-%m-%dT%H:%M:%SZ')}",
    }
    while True:
        reply = h.http.get(link or first, None if link else since, accept=frozenset({_GONE}))
        if reply.status == _GONE:
            if link is None:
                raise Refused("Graph does not start a delta", _GONE)
            link = None
            continue
        held = reply.json
        further = onward(held.get("@odata.nextLink"))
        link = further or onward(held["@odata.deltaLink"])
        yield h.items(held["value"], _id), link
        if not further:
            return


def _id(message: Json) -> str:
    return str(message["id"])


def _with_replies(h: Harvesting, place: str, message: Json) -> Iterator[Json]:
    yield message
    link = f"{_channel(h, place)}/{quote(_id(message))}/replies"
    asked: Json | None = {"$top": _MOST}
    while link:
        held = h.http.get(link, asked).json
        yield from h.items(held["value"], _id)
        link, asked = onward(held.get("@odata.nextLink")), None


HARVESTER = Harvester(name="teams", harvest=harvest, hosts=(API,))
