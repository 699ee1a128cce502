"""Bluesky's Jetstream, from a WebSocket server that drops, repeats and throttles."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from integrations.harvest import Harvests, job_name
from integrations.http import Http, Refused
from integrations.sockets import messages
from tests.integrations.test_streams import NOW, SINCE, listen, until
from tests.integrations.vendors.reading import Serve, statements
from tests.integrations.vendors.server import Asked, Told


class Jetstream:
    """A WebSocket that tells every event after the cursor, and drops after a few of them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.began = time.time_ns() // 1000 - 60_000_000
        self.asked: list[str] = []
        self.refusals: list[Response] = []
        self.odd: list[str] = []

    def event(self, number: int) -> dict[str, Any]:
        record = {"text": f"Pump {number}", "createdAt": NOW.isoformat()}
        commit = {"operation": "create", "collection": "app.bsky.feed.post", "record": record}
        at = self.began + number * 1_000_000
        told = {"did": "did:plc:ada", "time_us": at, "kind": "commit"}
        return {**told, "commit": {**commit, "rkey": f"k{number}"}}

    def first(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request.path)
        return self.refusals.pop(0) if self.refusals else None

    def __call__(self, connection: ServerConnection) -> None:
        cursor = int(self.asked[-1].partition("cursor=")[2])
        events = (self.event(number) for number in range(1_000))
        told = [event for event in events if event["time_us"] > cursor]
        try:
            for message in self.odd:
                connection.send(message)
            for event in told[: self.most]:
                connection.send(json.dumps(event))
            connection.socket.shutdown(2)
        except (ConnectionClosed, OSError):
            return


@contextmanager
def up(jetstream: Jetstream) -> Iterator[str]:
    with serve(jetstream, "127.0.0.1", 0, process_request=jetstream.first) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/subscribe"
        server.shutdown()
        thread.join()


def bluesky(harvests: Harvests, serve: Serve, address: str) -> str:
    vendor = serve(lambda _asked: Told({"records": []}))
    options = {"accounts": ["did:plc:ada"], "stream": address, "api": vendor.url}
    settings = {"name": "sky", "integration": "bluesky", "options": options}
    harvests.intake.sources.put(settings)
    return "sky"


def test_jetstream_is_asked_again_from_a_little_before_the_last_event(
    harvests: Harvests, serve: Serve
) -> None:
    """Events of the same moment may be left when it drops; those that come again are known."""
    jetstream = Jetstream(most=12)
    with up(jetstream) as address:
        source = bluesky(harvests, serve, address)
        state = {"time_us": jetstream.began + 4_000_000, "since": SINCE.isoformat()}
        harvests.jobs.ask(job_name(source), state)

        listen(harvests, source, 20)

    cursors = [int(path.partition("cursor=")[2]) for path in jetstream.asked]
    assert cursors[0] == jetstream.began - 1_000_000
    assert cursors[1] == jetstream.began + 6_000_000
    assert "wantedDids=did%3Aplc%3Aada" in jetstream.asked[0]
    texts = {
        next(iter(s["object"]["definition"]["description"].values())) for s in statements(harvests)
    }
    assert {f"Pump {number}" for number in range(20)} <= texts
    assert len(statements(harvests)) == len(texts)


def test_a_message_that_cannot_be_read_is_a_dead_letter_and_the_others_are_read(
    harvests: Harvests, serve: Serve
) -> None:
    """Were it an error, it would come again with every connection and end every run."""
    jetstream = Jetstream(most=3)
    jetstream.began = time.time_ns() // 1000
    jetstream.odd = ["[]", "<p>", '{"time_us": "noon"}']
    with up(jetstream) as address:
        source = bluesky(harvests, serve, address)

        listen(harvests, source, 3, SINCE)

    assert len(statements(harvests)) >= 3
    assert harvests.intake.letters.count(source) >= 2


def test_what_jetstream_has_forgotten_is_fetched_before_it_is_listened_to(
    harvests: Harvests, serve: Serve
) -> None:
    jetstream = Jetstream(most=3)
    listed: list[str] = []

    def repository(asked: Asked) -> Told:
        listed.append(asked.query["collection"])
        return Told({"records": []})

    with up(jetstream) as address:
        source = bluesky(harvests, serve, address)
        settings = {"name": source, "integration": "bluesky"}
        options = {"accounts": ["did:plc:ada"], "stream": address, "api": serve(repository).url}
        harvests.intake.sources.put({**settings, "options": options})
        jetstream.began = time.time_ns() // 1000

        listen(harvests, source, 3, SINCE)

    assert "app.bsky.feed.post" in listed


def test_jetstream_that_throttles_is_left_alone_and_one_that_refuses_is_not_asked_again(
    harvests: Harvests, serve: Serve
) -> None:
    jetstream = Jetstream(most=3)
    jetstream.began = time.time_ns() // 1000
    jetstream.refusals.append(Response(429, "Slow", Headers({"Retry-After": "1"}), b""))
    with up(jetstream) as address:
        source = bluesky(harvests, serve, address)
        began = time.monotonic()
        listen(harvests, source, 3, SINCE)
        assert time.monotonic() - began >= 1

        jetstream.refusals = [Response(403, "No", Headers(), b"")] * 9
        with pytest.raises(Refused, match="403"):
            harvests.run(source, None, until(100))


def test_a_socket_inside_the_network_that_no_setting_names_is_refused(
    harvests: Harvests, serve: Serve
) -> None:
    jetstream = Jetstream(most=1)
    with up(jetstream) as address, pytest.raises(Refused, match="public internet"):
        next(messages(Http(("https://elsewhere.example",)), address))
    assert jetstream.asked == []
