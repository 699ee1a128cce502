"""
How many signed deliveries of a forum become Statements on disk in a second; prints JSON.

Two figures: as many as go through at once, beside a bare Flask route on the same server that only
checks the signature; and the slowest of a hundred at a steady 200 a second, from the moment each
was to be sent.

    python -m benchmarks.hooks [--seconds 10] [--rate 200] [--json FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import itertools
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import requests
from flask import Flask, Response, request

from benchmarks.bare_server import bare_server
from benchmarks.generator import Result, Target, drive
from benchmarks.servers import lrs
from lrs.stores.sqlite import SqliteStore

FORUM = "https://forum.example"
SECRET = "a secret of the benchmark"
PATH = "/hooks/forum"
CONNECTIONS = 32
WANTED_PER_S, WANTED_P99_MS = 1000.0, 100.0
_THREADS = 32


def delivery(number: int) -> bytes:
    """A new reply in the forum, as a whole HTTP request."""
    head, body = _parts(number)
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    start = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    return f"{start}{lines}\r\n".encode() + body


def _parts(number: int) -> tuple[dict[str, str], bytes]:
    body = orjson.dumps({"post": _post(number)})
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = {
        "Content-Type": "application/json",
        "X-Discourse-Instance": FORUM,
        "X-Discourse-Event-Id": str(number),
        "X-Discourse-Event-Type": "post",
        "X-Discourse-Event": "post_created",
        "X-Discourse-Event-Signature": f"sha256={signature}",
    }
    return head, body


def _post(number: int) -> dict[str, Any]:
    """By one of 500 people, in one of 2000 topics, with a mention."""
    person = number % 500 + 1
    mention = f'<a class="mention" href="/u/person{number % 37}">@person{number % 37}</a>'
    return {
        "id": number,
        "user_id": person,
        "username": f"person{person}",
        "name": f"Person {person}",
        "created_at": "2026-11-20T09:12:00.000Z",
        "updated_at": "2026-11-20T09:12:00.000Z",
        "cooked": f"<p>{mention} Bleed the valve first; then the pump starts at once.</p>",
        "post_number": number % 90 + 2,
        "post_type": 1,
        "reply_to_post_number": None,
        "topic_id": number % 2000,
        "topic_slug": "a-pump-that-does-not-start",
        "topic_title": "A pump that does not start",
        "topic_archetype": "regular",
        "category_id": number % 12,
        "version": 1,
        "reads": number % 7,
        "user_deleted": False,
    }


def bare() -> Flask:
    """The limit: a Flask route that checks the signature and keeps nothing."""
    app = Flask("bare")

    @app.post(PATH)
    def take() -> Response:
        right = hmac.new(SECRET.encode(), request.get_data(), hashlib.sha256).hexdigest()
        given = request.headers["X-Discourse-Event-Signature"]
        ok = hmac.compare_digest(given, f"sha256={right}")
        return Response(status=202 if ok else 401)

    return app


def steady(port: int, numbers: Sequence[int], rate: float) -> Result:
    """Send at fixed moments whether or not answers are there; latency counts from the moment."""
    result, turn, lock = Result(), itertools.count(), threading.Lock()
    began = time.perf_counter() + 0.5

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (mine := next(turn)) < len(numbers):
            head, body = _parts(numbers[mine])
            due = began + mine / rate
            time.sleep(max(0.0, due - time.perf_counter()))  # the steady rate
            connection.request("POST", PATH, body, head)
            answer = connection.getresponse()
            answer.read()
            with lock:
                if answer.status == http.HTTPStatus.ACCEPTED:
                    result.latencies.append(time.perf_counter() - due)
                else:
                    result.errors[str(answer.status)] += 1
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    return result


def measure(folder: Path, seconds: float, rate: float) -> dict[str, Any]:
    """All figures, on a fresh embedded store in the folder."""
    numbers = itertools.count(1_000)
    store = folder / "lrs.sqlite"

    def some(count: float) -> list[bytes]:
        return [delivery(n) for n in itertools.islice(numbers, int(count))]

    with lrs(f"sqlite:///{store}", folder) as server:
        port = int(server.url.rpartition(":")[2])
        settings = {"name": "forum", "integration": "discourse", "instance": FORUM}
        added = requests.post(
            f"{server.url}/api/sources",
            json={**settings, "secrets": [SECRET]},
            auth=(server.key, server.secret),
            timeout=30,
        )
        added.raise_for_status()
        ours = Target(port, "", "")
        drive(ours, some(500), CONNECTIONS, 30)  # warm
        most = drive(ours, some(4_000 * seconds), CONNECTIONS, seconds)
        calm = steady(port, list(itertools.islice(numbers, int(rate * seconds))), rate)
    with bare_server("benchmarks.hooks:bare") as port:
        limit = drive(Target(port, "", ""), some(8_000 * seconds), CONNECTIONS, seconds)
    return {
        "most": most.summary(),
        "steady": calm.summary(),
        "limit": limit.summary(),
        "kept": _kept(store, folder),
        "sent": 500 + len(most.latencies) + len(calm.latencies),
    }


def _kept(store: Path, folder: Path) -> int:
    opened = SqliteStore.open(store, folder / "attachments")
    try:
        return opened.counts()["statements"]
    finally:
        opened.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lrs-bench-") as name:
        found = measure(Path(name), asked.seconds, asked.rate)
    most, calm, limit = found["most"], found["steady"], found["limit"]
    errors = Counter(most["errors"]) + Counter(calm["errors"])
    out = {
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "deliveries_per_s": most["requests_per_s"],
        "p99_ms_at_rate": calm["p99_ms"],
        "rate": asked.rate,
        "bare_per_s": limit["requests_per_s"],
        "ratio": round(most["requests_per_s"] / max(limit["requests_per_s"], 1), 2),
        "wanted": {"deliveries_per_s": WANTED_PER_S, "p99_ms_at_rate": WANTED_P99_MS},
        "met": most["requests_per_s"] >= WANTED_PER_S
        and calm["p99_ms"] < WANTED_P99_MS
        and not errors
        and found["kept"] >= found["sent"],
        **found,
    }
    text = orjson.dumps(out, option=orjson.OPT_INDENT_2).decode()
    if asked.json:
        asked.json.write_text(text + "\n")
    print(text)
    return 0 if out["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
