"""
Bluesky: the records of the accounts that are listed, oldest first (research/integrations.md 5).

Each record becomes the event that Jetstream would have told; its key begins with its time.
Deletions and edits are only told by Jetstream itself. Options: `accounts`, DIDs; `api`, another
server than bsky.social; `stream`, true or the address of a Jetstream, to listen to it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from integrations import streams
from integrations.harvest import OVERLAP, Cursor, Harvester, Harvesting, Page
from integrations.harvesters.shared import option_list
from integrations.http import Refused
from integrations.sockets import messages
from integrations.times import epoch

API = "https://bsky.social"
JETSTREAM = "wss://jetstream2.us-east.bsky.network/subscribe"
_REMEMBERED_US = 24 * 3_600_000_000  # Jetstream keeps a day and more
_OVERLAP_US = 5_000_000
_COLLECTIONS = (
    "app.bsky.feed.post",
    "app.bsky.feed.like",
    "app.bsky.feed.repost",
    "app.bsky.graph.follow",
)
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_MOST = 100


def harvest(h: Harvesting) -> Iterator[Page]:
    cursor = dict(h.cursor)
    for account in option_list(h.source, "accounts"):
        for collection in _COLLECTIONS:
            key = f"{account} {collection}"
            begin = int(h.since.timestamp() * 1_000_000)
            if key in cursor:
                begin = _micros(cursor[key]) - int(OVERLAP.total_seconds() * 1_000_000)
            at = _key(max(0, begin))
            while True:
                records = _records(h, account, collection, at)
                if not records:
                    break
                at = _rkey(records[-1])
                cursor = {**cursor, key: max(at, cursor.get(key, ""))}
                yield Page([h.item(_event(account, collection, r)) for r in records], cursor)


def _records(h: Harvesting, account: str, collection: str, after: str) -> list[dict[str, Any]]:
    asked = {
        "repo": account,
        "collection": collection,
        "limit": _MOST,
        "reverse": "true",  # oldest first
        "cursor": after,
    }
    held = h.http.get(h.url("xrpc/com.atproto.repo.listRecords", API), asked).json
    return sorted(h.items(held["records"], _key_and_value), key=_rkey)


def _key_and_value(record: dict[str, Any]) -> tuple[str, Any]:
    return _rkey(record), record["value"]


def _rkey(record: dict[str, Any]) -> str:
    return str(record["uri"].rpartition("/")[2])


def _event(account: str, collection: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "did": account,
        "time_us": _micros(_rkey(record)),
        "kind": "commit",
        "commit": {
            "operation": "create",
            "collection": collection,
            "rkey": _rkey(record),
            "record": record["value"],
        },
    }


def _micros(rkey: str) -> int:
    """The time in a record's key (TID: 53 bits of µs and 10 of a clock); 0 in one chosen freely."""
    value = 0
    for letter in rkey if len(rkey) == 13 else "":  # noqa: PLR2004
        if letter not in _LETTERS:
            return 0
        value = value * 32 + _LETTERS.index(letter)
    micros = value >> 10
    try:
        epoch(micros, 1_000_000)
    except ValueError:
        return 0
    return micros


def _key(micros: int) -> str:
    value, made = micros << 10, ""
    for _ in range(13):
        value, place = divmod(value, 32)
        made = _LETTERS[place] + made
    return made


def listen(h: Harvesting) -> Iterator[Page]:
    return streams.listen(h.cursor, [partial(_jetstream, h)])


def _jetstream(h: Harvesting, cursor: Cursor) -> Iterator[Page]:
    """From where it was left; what Jetstream does not remember any more is fetched first."""
    accounts = option_list(h.source, "accounts")
    if not accounts:
        raise Refused("the option accounts says whom to listen to")
    now = round(time.time() * 1_000_000)
    at = int(cursor.get("time_us", 0))
    if at < now - _REMEMBERED_US:
        yield from harvest(replace(h, cursor=cursor))
        at = now
    told = h.source.options["stream"]
    asked = [("wantedCollections", collection) for collection in _COLLECTIONS]
    asked += [("wantedDids", account) for account in accounts]
    asked.append(("cursor", str(at - _OVERLAP_US)))
    address = told if isinstance(told, str) else JETSTREAM
    yield Page([], {"time_us": at})
    for message in messages(h.http, f"{address}?{urlencode(asked)}"):
        if message is None:
            yield Page([], {})
            continue
        at = max(at, streams.place(lambda: int(orjson.loads(message)["time_us"])))  # noqa: B023
        yield Page([h.item(message.encode())], {"time_us": at})


HARVESTER = Harvester(name="bluesky", harvest=harvest, listen=listen, hosts=(API,))
