"""
How fast the learning history of one person is, over the real server; prints JSON.

One person with four identifiers has 10,000 Statements in a store of 100,000; the times of all are
spread over a year. `first_ever` is the first question there is about the person, which reads all
of them; `cold` is the first question to a server that was started afterwards.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks import samples
from benchmarks.servers import Server, lrs, sqlite_store

BATCH = 500
IDENTIFIERS = 4
COLD_STARTS = 9


def mine(number: int) -> dict[str, Any]:
    """One of the person's four Agents."""
    if number % IDENTIFIERS == 0:
        return {"mbox": "mailto:ann@example.org"}
    home = f"https://tool{number % IDENTIFIERS}.example.org"
    return {"account": {"homePage": home, "name": "ann"}}


def statements(total: int, of_person: int) -> Iterator[dict[str, Any]]:
    """All Statements; every n-th is the person's."""
    every = total // of_person
    for number in range(total):
        statement = samples.statement(number, 1, 2000)
        if number % every == 0:
            statement["actor"] = {"objectType": "Agent", **mine(number // every)}
        yield statement


class Asker:
    """A client of the server."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (server.key, server.secret)
        self.session.headers["X-Experience-API-Version"] = "2.0.0"

    def post(self, path: str, body: Any) -> Any:
        answer = self.session.post(self.url + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str, **parameters: Any) -> tuple[Any, float]:
        began = time.perf_counter()
        answer = self.session.get(self.url + path, params=parameters, timeout=60)
        seconds = time.perf_counter() - began
        answer.raise_for_status()
        return answer.json(), seconds


def fill(asker: Asker, total: int, of_person: int) -> None:
    batch: list[dict[str, Any]] = []
    for statement in statements(total, of_person):
        batch.append(statement)
        if len(batch) == BATCH:
            asker.post("/xapi/statements", batch)
            batch = []
    if batch:
        asker.post("/xapi/statements", batch)


def pages(asker: Asker, person: str, limit: int) -> tuple[list[str], list[float]]:
    """The ids of a whole history, page by page, and the seconds each page took."""
    ids: list[str] = []
    times: list[float] = []
    cursor: dict[str, str] = {}
    while True:
        page, seconds = asker.get(f"/api/histories/{person}", limit=limit, **cursor)
        ids += [entry["statement_id"] for entry in page["entries"]]
        times.append(seconds)
        if page["next"] is None:
            return ids, times
        cursor = {"cursor": page["next"]}


def while_arriving(server: Server, person: str, limit: int) -> tuple[list[str], int]:
    """The same while new Statements of the person arrive; the ids, and how many arrived."""
    stop, arrived = threading.Event(), 0

    def send() -> None:
        nonlocal arrived
        sender = Asker(server)
        while not stop.is_set():
            statement = samples.statement(10**9 + arrived, 2, 10)
            statement["actor"] = {"objectType": "Agent", **mine(arrived)}
            sender.post("/xapi/statements", [statement])
            arrived += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        ids, _ = pages(Asker(server), person, limit)
    finally:
        stop.set()
        thread.join()
    return ids, arrived


def measure(total: int, of_person: int, questions: int) -> dict[str, Any]:
    """Fill a fresh embedded store, ask, and ask servers that are started again on it."""
    with tempfile.TemporaryDirectory(prefix="lrs-") as name, sqlite_store(Path(name)) as url:
        with lrs(url, Path(name), LRS_WORKERS="2") as server:
            warm, path = _warm(server, total, of_person, questions)
        cold = []
        for _ in range(COLD_STARTS):
            with lrs(url, Path(name), LRS_WORKERS="1") as server:
                asker = Asker(server)
                asker.get("/api/sources")  # the key's secret is checked once, which takes its time
                cold.append(asker.get(path)[1])
    return {
        **warm,
        "cold_p50_ms": round(1000 * statistics.median(cold), 1),
        "cold_max_ms": round(1000 * max(cold), 1),
    }


def _warm(server: Server, total: int, of_person: int, questions: int) -> tuple[dict[str, Any], str]:
    """What is measured while one server is up, and the path of the history."""
    asker = Asker(server)
    fill(asker, total, of_person)
    claims = [{"identifier": json.dumps(mine(number))} for number in range(IDENTIFIERS)]
    person = asker.post("/api/persons", {"identifiers": claims, "evidence": "roster"})["id"]
    path = f"/api/histories/{person}"
    first = asker.get(path)[1]
    asked = [asker.get(path)[1] for _ in range(questions)]
    before, times = pages(asker, person, 100)
    during, arrived = while_arriving(server, person, 100)
    return {
        "statements": total,
        "of_person": of_person,
        "first_ever_ms": round(1000 * first, 1),
        "first_page_p50_ms": round(1000 * statistics.median(asked), 2),
        "first_page_p99_ms": round(1000 * sorted(asked)[int(0.99 * len(asked))], 2),
        "page_p50_ms": round(1000 * statistics.median(times), 2),
        "paged_through_s": round(sum(times), 2),
        "each_once": len(before) == of_person == len(set(before)),
        "each_once_while_arriving": set(before) <= set(during) and len(during) == len(set(during)),
        "arrived_meanwhile": arrived,
    }, path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--of-person", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    print(json.dumps(measure(given.statements, given.of_person, given.questions), indent=2))


if __name__ == "__main__":
    main()
