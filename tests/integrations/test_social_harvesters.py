"""Microblogs and chats, each harvested twice from a small server of its protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.harvest import Harvests
from integrations.http import Refused
from tests.integrations.vendors.reading import Serve, actions, put, statements
from tests.integrations.vendors.server import Asked, Told

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=3)


def ago(**more: float) -> datetime:
    return NOW - timedelta(**more)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def twice(harvests: Harvests, source: str) -> None:
    """Two runs; the second must add nothing and be in conflict with nothing."""
    harvests.run(source, SINCE)
    again = harvests.run(source)

    assert set(again.counts) <= {"known"} | {k for k in again.counts if k.startswith("skipped")}


# X


def a_tweet(number: int) -> dict[str, Any]:
    """Post n was made n minutes ago; its id says so."""
    moment = ago(minutes=number)
    post = (int(moment.timestamp() * 1000) - 1_288_834_974_657) << 22
    text = {"text": f"Post {number}", "edit_history_tweet_ids": [str(post)]}
    return {"id": str(post), "author_id": "7", "created_at": iso(moment), **text}


def recent_search(posts: list[dict[str, Any]]) -> Callable[[Asked], Told]:
    def answer(asked: Asked) -> Told:
        assert asked.headers["authorization"] == "Bearer t"
        assert ("since_id" in asked.query) != ("start_time" in asked.query)
        low, high = int(asked.query.get("since_id", 0)), int(asked.query.get("until_id", 2**63))
        found = [p for p in posts if low < int(p["id"]) < high]
        newest = sorted(found, key=lambda p: -int(p["id"]))[:10]
        users = {"users": [{"id": "7", "name": "Ada", "username": "ada"}]}
        found_some = {"data": newest, "includes": users}
        body = found_some if newest else {"meta": {"result_count": 0}}
        return Told(body, 200, {"x-rate-limit-remaining": "10", "x-rate-limit-reset": "1"})

    return answer


def test_recent_posts_of_x_are_walked_downwards_and_new_ones_read_next_time(
    harvests: Harvests, serve: Serve
) -> None:
    posts = [a_tweet(n) for n in range(10, 45)]
    vendor = serve(recent_search(posts))
    options = {"api": vendor.url, "query": "#tools"}
    source = put(harvests, "x", vendor, options=options, access={"token": "t"})
    twice(harvests, source)
    posts.append(a_tweet(1))

    assert harvests.run(source).counts["stored"] == 1
    assert len(statements(harvests)) == 36


def test_a_walk_down_x_that_was_broken_off_goes_on(harvests: Harvests, serve: Serve) -> None:
    posts = [a_tweet(n) for n in range(10, 45)]
    vendor = serve(recent_search(posts))
    options = {"api": vendor.url, "query": "#tools"}
    source = put(harvests, "x", vendor, options=options, access={"token": "t"})
    vendor.faults.extend([None, None, Told({}, 401)])
    with pytest.raises(Refused):
        harvests.run(source, SINCE)
    posts.append(a_tweet(1))

    harvests.run(source)
    harvests.run(source)

    assert len(statements(harvests)) == 36


# Mastodon


def test_the_time_line_of_a_hashtag_is_walked_forward(harvests: Harvests, serve: Serve) -> None:
    def status(number: int) -> dict[str, Any]:
        moment = ago(hours=number)
        key = str((int(moment.timestamp() * 1000) << 16) + number)
        account = {"id": "3", "acct": "ada", "display_name": "Ada", "bot": False}
        return {
            "id": key,
            "uri": f"https://social.example/s/{key}",
            "created_at": iso(moment),
            "visibility": "public",
            "content": "<p>Hello</p>",
            "account": account,
        }

    statuses = [status(n) for n in range(1, 60)]

    def answer(asked: Asked) -> Told:
        assert asked.path == "/api/v1/timelines/tag/tools"
        above = [s for s in statuses if int(s["id"]) > int(asked.query["min_id"])]
        next_up = sorted(above, key=lambda s: int(s["id"]))[: int(asked.query["limit"])]
        return Told(next_up[::-1])

    twice(harvests, put(harvests, "mastodon", serve(answer), options={"tags": ["#tools"]}))

    assert len(statements(harvests)) == 59


# Bluesky

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def a_key(moment: datetime) -> str:
    value, made = int(moment.timestamp() * 1_000_000) << 10, ""
    for _ in range(13):
        value, place = divmod(value, 32)
        made = LETTERS[place] + made
    return made


def test_the_records_of_an_account_are_read_oldest_first(harvests: Harvests, serve: Serve) -> None:
    posts = [
        {
            "uri": f"at://did:plc:a/app.bsky.feed.post/{a_key(ago(minutes=n))}",
            "value": {"text": f"{n}", "createdAt": iso(ago(minutes=n)), "langs": ["en"]},
        }
        for n in range(1, 131)
    ]

    def answer(asked: Asked) -> Told:
        assert asked.query["reverse"] == "true"
        if asked.query["collection"] != "app.bsky.feed.post":
            return Told({"records": []})
        found = [p for p in posts if p["uri"].rpartition("/")[2] > asked.query["cursor"]]
        return Told({"records": sorted(found, key=lambda p: str(p["uri"]))[:100]})

    vendor = serve(answer)
    options = {"api": vendor.url, "accounts": ["did:plc:a"]}
    twice(harvests, put(harvests, "bluesky", vendor, options=options))

    assert actions(harvests) == ["post"] * 130


# Slack


def test_a_channel_is_read_with_its_threads_and_a_private_one_is_not(
    harvests: Harvests, serve: Serve
) -> None:
    def ts(number: int) -> str:
        return f"{int(ago(hours=number).timestamp())}.000100"

    thread = {"user": "U1", "text": "How?", "ts": ts(4), "thread_ts": ts(4), "reply_count": 1}
    reply = {"user": "U2", "text": "So.", "ts": ts(3), "thread_ts": ts(4), "parent_user_id": "U1"}
    edited = {"user": "U2", "text": "Now.", "ts": ts(2), "edited": {"user": "U2", "ts": ts(1)}}

    def answer(asked: Asked) -> Told:
        method, channel = asked.path.strip("/"), asked.query.get("channel")
        if method == "auth.test":
            return Told({"ok": True, "team_id": "T1"})
        if method == "conversations.info":
            return Told({"ok": True, "channel": {"is_private": channel == "CP"}})
        if method == "conversations.replies":
            return Told({"ok": True, "messages": [thread, reply]})
        low, high = asked.query["oldest"], asked.query.get("latest", "9")
        found = [m for m in (edited, thread) if low < str(m["ts"]) < high]
        return Told({"ok": True, "messages": found})

    vendor = serve(answer)
    vendor.faults.extend(
        [None, Told({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})]
    )
    options = {"api": vendor.url, "channels": ["C1", "CP"]}
    source = put(harvests, "slack", vendor, options=options, access={"token": "x"})

    harvests.run(source, SINCE)

    assert actions(harvests) == ["edit", "post", "post", "reply"]


# Teams


def test_a_channel_of_teams_is_read_by_its_delta(harvests: Harvests, serve: Serve) -> None:
    def message(key: str, root: str | None = None) -> dict[str, Any]:
        return {
            "id": key,
            "replyToId": root,
            "messageType": "message",
            "createdDateTime": iso(ago(hours=2)),
            "from": {"user": {"id": "u-1", "displayName": "Ada"}},
            "body": {"contentType": "html", "content": "<p>Hello</p>"},
            "channelIdentity": {"teamId": "t1", "channelId": "c1"},
        }

    def answer(asked: Asked) -> Told:
        if asked.path.endswith("/token"):
            assert asked.form["client_secret"] == "s"
            return Told({"access_token": "fresh"})
        assert asked.headers["authorization"] == "Bearer fresh"
        if asked.path.endswith("/replies"):
            root = asked.path.split("/")[-2]
            return Told({"value": [message(f"{root}-1", root)]})
        step = asked.query.get("step")
        here = f"{vendor.url}{asked.path}"
        if step is None:
            return Told({"value": [message("1")], "@odata.nextLink": f"{here}?step=2"})
        value = [message("2")] if step == "2" else []
        return Told({"value": value, "@odata.deltaLink": f"{here}?step=3"})

    vendor = serve(answer)
    options = {"api": vendor.url, "channels": ["t1/c1"]}
    access = {"client_id": "c", "client_secret": "s"}
    twice(harvests, put(harvests, "teams", vendor, options=options, access=access))

    assert actions(harvests) == ["post", "post", "reply", "reply"]
