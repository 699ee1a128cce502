"""Streams of vendors, from small servers of their protocols: they drop, repeat and throttle."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.harvest import Harvests, Progress, job_name
from integrations.http import Later, Refused
from lrs.domain.vocabulary import REVISION
from lrs.services.jobs import Cancelled
from tests.integrations.test_mastodon import ADA, BO, a_status
from tests.integrations.vendors.reading import Serve, actions, put, statements
from tests.integrations.vendors.server import Asked, Live, Told, Vendor

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(hours=3)


class Enough(Exception):
    """Ends a run that would go on for ever."""


def until(stored: int, seconds: float = 20) -> Callable[[Progress], None]:
    """Ends a run once so many Statements are new; it must come so far in time."""
    began = time.monotonic()

    def report(progress: Progress) -> None:
        if progress.counts["stored"] >= stored:
            raise Enough
        assert time.monotonic() - began < seconds, progress.shown()

    return report


def listen(harvests: Harvests, source: str, stored: int, since: datetime | None = None) -> None:
    with pytest.raises(Enough):
        harvests.run(source, since, until(stored))


# MediaWiki's EventStreams


def change(vendor: Vendor, number: int) -> bytes:
    told = {
        "type": "edit",
        "namespace": 0,
        "title": "Pump 4",
        "user": "Ada",
        "bot": False,
        "server_url": vendor.url,
        "timestamp": 1_764_000_000 + number,
        "revision": {"old": 1, "new": 100 + number},
        "length": {"old": 1, "new": 2},
        "meta": {"domain": "wiki.example"},
    }
    return f'event: message\nid: [{{"offset":{number}}}]\ndata: {json.dumps(told)}\n\n'.encode()


def event_stream(vendors: list[Vendor], at_once: int) -> Callable[[Asked], Live]:
    """So many events from the one after `Last-Event-ID` on; then it drops amid one."""

    def answer(asked: Asked) -> Live:
        last = asked.headers.get("last-event-id")
        begin = json.loads(last)[0]["offset"] + 1 if last else 0
        frames = [change(vendors[0], number) for number in range(begin, begin + at_once)]
        return Live([b":ok\n\n", *frames, change(vendors[0], 999)[:60]])

    return answer


def dropping(harvests: Harvests, serve: Serve, at_once: int) -> tuple[Vendor, str]:
    """A wiki whose stream drops after so many events each time, and the name of its source."""
    vendors: list[Vendor] = []
    vendors.append(serve(event_stream(vendors, at_once)))
    options = {"stream": f"{vendors[0].url}/stream"}
    return vendors[0], put(harvests, "mediawiki", vendors[0], options=options)


def test_a_stream_that_drops_is_opened_again_after_the_last_event_that_came(
    harvests: Harvests, serve: Serve
) -> None:
    vendor, source = dropping(harvests, serve, at_once=3)

    listen(harvests, source, 7, SINCE)

    asked = [one.headers.get("last-event-id") for one in vendor.asked]
    assert asked[:3] == [None, '[{"offset":2}]', '[{"offset":5}]']
    assert vendor.asked[0].query["since"] == SINCE.isoformat()
    revisions = {s["result"]["extensions"][REVISION] for s in statements(harvests)}
    assert revisions == set(range(100, 100 + len(statements(harvests))))


def test_the_next_run_goes_on_where_the_last_one_had_stored(
    harvests: Harvests, serve: Serve
) -> None:
    vendor, source = dropping(harvests, serve, at_once=3)
    listen(harvests, source, 3, SINCE)
    kept = len(statements(harvests))
    vendor.asked.clear()

    listen(harvests, source, 2)

    assert vendor.asked[0].headers["last-event-id"] == f'[{{"offset":{kept - 1}}}]'


@pytest.mark.parametrize("status", [420, 429, 503])
def test_a_stream_that_is_throttled_is_left_alone_for_as_long_as_it_says(
    harvests: Harvests, serve: Serve, status: int
) -> None:
    vendor, source = dropping(harvests, serve, at_once=2)
    vendor.faults.append(Told(b"", status, {"Retry-After": "2"}))
    began = time.monotonic()

    listen(harvests, source, 2, SINCE)

    assert time.monotonic() - began >= 2


def test_a_stream_that_wants_a_long_pause_ends_until_then(harvests: Harvests, serve: Serve) -> None:
    vendor = serve(lambda _asked: Told(b"", 429, {"Retry-After": "900"}))
    source = put(harvests, "mediawiki", vendor, options={"stream": f"{vendor.url}/stream"})

    with pytest.raises(Later):
        harvests.run(source, SINCE, until(1))

    job, now = harvests.jobs.job(job_name(source)), time.time_ns() // 1000
    assert job.not_before > now + 800_000_000
    assert harvests.due(now) == []
    assert harvests.due(job.not_before) == [source]


def test_a_stream_that_does_not_let_us_in_ends(harvests: Harvests, serve: Serve) -> None:
    vendor = serve(lambda _asked: Told(b"", 401))
    source = put(harvests, "mediawiki", vendor, options={"stream": f"{vendor.url}/stream"})

    with pytest.raises(Refused, match="401"):
        harvests.run(source, SINCE, until(1))


def quiet(over: threading.Event) -> Callable[[Asked], Live]:
    """A stream on which nothing happens."""

    def pieces() -> Iterator[bytes]:
        while not over.wait(0.2):
            yield b":\n"

    return lambda _asked: Live(pieces())


def test_a_quiet_stream_can_be_cancelled_and_stays_so_until_somebody_asks_for_it(
    harvests: Harvests, serve: Serve
) -> None:
    over = threading.Event()
    vendor = serve(quiet(over))
    source = put(harvests, "mediawiki", vendor, options={"stream": f"{vendor.url}/stream"})
    job = job_name(source)
    began = time.monotonic()

    with pytest.raises(Cancelled):
        harvests.run(source, SINCE, lambda _: harvests.jobs.cancel(job))

    assert time.monotonic() - began < 30  # nothing else would ever end it
    over.set()
    now = time.time_ns() // 1000
    assert harvests.due(now) == []
    harvests.ask(source)
    assert harvests.due(now) == [source]


def test_a_stream_whose_source_is_changed_begins_again_and_one_that_is_removed_ends(
    harvests: Harvests, serve: Serve
) -> None:
    over = threading.Event()
    vendor = serve(quiet(over))
    options = {"stream": f"{vendor.url}/stream"}
    source = put(harvests, "mediawiki", vendor, options=options)
    changes: list[Callable[[], object]] = [
        lambda: put(harvests, "mediawiki", vendor, options=options, texts="none"),
        lambda: harvests.intake.sources.remove(source),
    ]

    def change_once(_progress: Progress) -> None:
        if changes and len(vendor.asked) == 3 - len(changes):
            changes.pop(0)()

    harvests.run(source, SINCE, change_once)
    assert harvests.due(time.time_ns() // 1000) == [source]
    harvests.run(source, SINCE, change_once)
    over.set()

    assert harvests.due(time.time_ns() // 1000) == []


def test_a_stream_that_ended_for_another_reason_is_due_at_once(
    harvests: Harvests, serve: Serve
) -> None:
    _, source = dropping(harvests, serve, at_once=1)
    listen(harvests, source, 1, SINCE)

    assert harvests.due(time.time_ns() // 1000) == [source]


# Mastodon: a stream repeats nothing, so what came meanwhile is read from the list


class Instance:
    """An instance with statuses of one tag, whose streams drop after each event they tell."""

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []
        self.live: list[bytes] = []
        self.favourites: list[dict[str, Any]] = []

    def status(self, number: int, **more: Any) -> dict[str, Any]:
        id_ = str((int(NOW.timestamp() * 1000) + number << 16) + number)
        return a_status(id=id_, created_at=NOW.isoformat(), **more)

    def tell(self, event: str, data: Any) -> None:
        told = data if isinstance(data, str) else json.dumps(data)
        self.live.append(f"event: {event}\ndata: {told}\n\n".encode())

    def _pieces(self) -> Iterator[bytes]:
        yield b":)\n"
        if self.live:
            yield self.live.pop(0)

    def __call__(self, asked: Asked) -> Told | Live:
        if asked.path == "/api/v1/streaming/user":
            return Live([b":)\n", b":thump\n"])
        if asked.path.startswith("/api/v1/streaming/hashtag"):
            assert asked.query["tag"] == "pumps"
            assert asked.headers["authorization"] == "Bearer t"
            return Live(self._pieces())
        held = self.favourites if asked.path == "/api/v1/notifications" else self.statuses
        after = int(asked.query["min_id"])
        return Told([one for one in held if int(one["id"]) > after])


def test_what_is_told_while_a_stream_is_down_is_read_once_it_is_up(
    harvests: Harvests, serve: Serve
) -> None:
    instance = Instance()
    first, missed, third = (instance.status(number) for number in (1, 2, 3))
    edited = {**first, "edited_at": (NOW + timedelta(minutes=1)).isoformat()}
    favourite = {"id": "5", "type": "favourite", "account": BO, "status": first}
    instance.favourites.append({**favourite, "created_at": NOW.isoformat()})
    instance.tell("update", first)
    instance.tell("delete", "123")
    instance.tell("status.update", edited)
    instance.tell("update", third)
    instance.statuses = [first, missed]  # `missed` was told to nobody
    options = {"tags": ["#pumps"], "user": True, "stream": True}
    vendor = serve(instance)
    source = put(harvests, "mastodon", vendor, options=options, access={"token": "t"})

    listen(harvests, source, 5, SINCE)

    assert actions(harvests) == ["edit", "like", "post", "post", "post"]
    [like] = [s for s in statements(harvests) if s["verb"]["id"].endswith("like")]
    assert like["actor"]["account"]["name"] == BO["id"]
    assert {s["actor"]["account"]["name"] for s in statements(harvests)} == {ADA["id"], BO["id"]}


# X's filtered stream


class Filtered:
    """Rules, a stream of lines with signs of life, and a search of what it told nobody."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = [{"id": "1", "value": "old", "tag": "social-lrs told"}]
        self.lines: list[list[dict[str, Any]]] = []
        self.found: list[dict[str, Any]] = []

    @staticmethod
    def post(number: int) -> dict[str, Any]:
        ms = int(NOW.timestamp() * 1000) - 1_288_834_974_657 + number
        made = {"id": str(ms << 22), "author_id": "7", "created_at": NOW.isoformat()}
        return {**made, "text": f"Pump {number}"}

    def __call__(self, asked: Asked) -> Told | Live:
        if asked.path == "/2/tweets/search/recent":
            least = int(asked.query.get("since_id", 0))
            most = int(asked.query.get("until_id", 2**63))
            return Told({"data": [p for p in self.found if least < int(p["id"]) < most]})
        if asked.path == "/2/tweets/search/stream":
            told = self.lines.pop(0) if self.lines else []
            lines = [json.dumps(line).encode() + b"\r\n" for line in told]
            return Live([b"\r\n", *lines, b"\r\n"])
        if asked.method == "POST":
            sent = json.loads(asked.body)
            gone = sent.get("delete", {}).get("ids", ())
            self.rules = [rule for rule in self.rules if rule["id"] not in gone]
            self.rules += [{"id": "2", **rule} for rule in sent.get("add", ())]
            return Told({"meta": {}}, 201)
        return Told({"data": self.rules})


def test_a_filtered_stream_follows_its_query_and_searches_for_what_it_missed(
    harvests: Harvests, serve: Serve
) -> None:
    filtered = Filtered()
    posts = [filtered.post(number) for number in range(4)]
    disconnected = {"errors": [{"title": "operational-disconnect"}]}
    filtered.lines = [[{"data": posts[1]}, disconnected], [{"data": posts[3]}, {"data": posts[3]}]]
    filtered.found = posts[:3]
    vendor = serve(filtered)
    options = {"query": "#pumps", "api": vendor.url, "stream": True}
    source = put(harvests, "x", vendor, options=options, access={"token": "t"})

    listen(harvests, source, 4, SINCE)

    assert actions(harvests) == ["post"] * 4
    assert filtered.rules == [{"id": "2", "value": "#pumps", "tag": "social-lrs told"}]
    assert harvests.jobs.job(job_name(source)).state["after"] == posts[3]["id"]
