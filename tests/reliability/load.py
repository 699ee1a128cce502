"""Writers that go on until they are told to stop, and remember what was answered."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from typing import Any

from tests.reliability.running import Client, Server

Json = dict[str, Any]
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ADDED_BY_A_STORE = {"stored", "authority", "version", "timestamp"}


@dataclass
class Sent:
    """
    One request that adds Statements.

    Args:
        began, ended: Seconds of the monotonic clock; `ended` also when no answer came.
        status: Of the answer; None when there was none.
    """

    statements: list[Json]
    began: float
    ended: float = 0.0
    status: int | None = None

    @property
    def request_id(self) -> str:
        return str(self.statements[0]["id"])

    @property
    def answered(self) -> bool:
        return self.status in (200, 204)


@dataclass
class Log:
    """What all writers of a load did."""

    sent: list[Sent] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    documents: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def answered(self) -> list[Json]:
        return [statement for sent in self.sent if sent.answered for statement in sent.statements]


def a_statement(name: str, number: int, registration: str = "") -> Json:
    """A Statement of about 700 bytes that few others of this name share each filter with."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": f"mailto:{name}-{number % 7}@example.org", "name": "Ann Ærø"},
        "verb": {"id": f"http://example.org/{name}/verb/{number % 3}", "display": {"en": "did"}},
        "object": {
            "id": f"http://example.org/{name}/activity/{number % 5}",
            "definition": {"name": {"en": f"Activity {number % 5}"}},
        },
        "result": {"extensions": {"http://example.org/a.b/$c": [number, "é" * 40, 1e-7]}},
        "context": {"registration": registration or str(uuid.uuid4())},
        "timestamp": "2024-05-01T10:00:00.000Z",
    }


def a_batch(name: str, number: int, size: int) -> list[Json]:
    """A batch of one registration; its last Statement voids its first."""
    registration = str(uuid.uuid4())
    batch = [a_statement(name, number * size + n, registration) for n in range(size)]
    if size > 1:
        batch[-1]["verb"] = {"id": VOIDED}
        batch[-1]["object"] = {"objectType": "StatementRef", "id": batch[0]["id"]}
    return batch


def send(client: Client, statements: list[Json]) -> Sent:
    """POST them; what became of it."""
    sent = Sent(statements, time.monotonic())
    try:
        body = statements if len(statements) > 1 else statements[0]
        headers = {"X-Request-Id": sent.request_id}
        answer = client.ask("POST", "/xapi/statements", body, headers=headers)
        sent.status = answer.status
    except (OSError, HTTPException):
        time.sleep(0.02)
    sent.ended = time.monotonic()
    return sent


class Load:
    """
    Several connections that send at once.

    Args:
        name: Goes into every verb, Activity and Actor.
        sizes: The Statements per request of each connection that sends Statements.
        documents: How many connections put documents, each its own, over and over.
    """

    def __init__(
        self, server: Server, name: str, sizes: Sequence[int] = (1, 1, 20), documents: int = 0
    ) -> None:
        self._server, self._name = server, name
        self._stop = threading.Event()
        self.log = Log()
        work = [partial(self._send, writer, size) for writer, size in enumerate(sizes)]
        work += [partial(self._put, f"{name}-{writer}") for writer in range(documents)]
        self._threads = [threading.Thread(target=each, daemon=True) for each in work]

    def _send(self, writer: int, size: int) -> None:
        with self._server.client() as client:
            number = writer
            while not self._stop.is_set():
                sent = send(client, a_batch(self._name, number, size))
                number += len(self._threads)
                self.log.sent.append(sent)
                self.log.statuses[sent.status or 0] += 1

    def _put(self, name: str) -> None:
        """Each version of a document is one number, over and over."""
        answered = 0
        with self._server.client() as client:
            for number in range(1, 100_000):
                if self._stop.is_set():
                    return
                self.log.documents[name] = (answered, number)
                with contextlib.suppress(OSError, HTTPException):
                    answer = client.ask("PUT", "/xapi/activities/state", document(number), at(name))
                    self.log.statuses[answer.status] += 1
                    answered = number if answer.status == 204 else answered
                    self.log.documents[name] = (answered, number)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Log:
        """Let every request under way end; what was done."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=90)
            assert not thread.is_alive(), "a request gets no answer and no end"
        return self.log


@contextlib.contextmanager
def under_load(load: Load) -> Iterator[Log]:
    """Send for as long as the block lasts."""
    load.start()
    try:
        yield load.log
    finally:
        load.stop()


def document(number: int) -> bytes:
    """Version `number` of a document; a part of one is no version."""
    return b"[%b]" % b",".join([b"%d" % number] * 500)


def at(name: str) -> dict[str, str]:
    """Where the document of this name is."""
    agent = '{"mbox":"mailto:d@example.org"}'
    return {"activityId": "http://example.org/d", "agent": agent, "stateId": name}
