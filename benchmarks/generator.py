"""A load generator: keep-alive connections in own processes, one request each at a time."""

from __future__ import annotations

import base64
import multiprocessing
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

PROCESSES = 2
_GIVE_UP_SECONDS = 60
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    """A server on the loopback address, with a key."""

    port: int
    key: str
    secret: str

    def _head(self, method: str, path: str) -> str:
        token = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Basic {token}\r\nX-Experience-API-Version: 1.0.3\r\n"
        )

    def get(self, path: str, query: dict[str, Any]) -> bytes:
        return (self._head("GET", f"{path}?{urlencode(query)}") + "\r\n").encode()

    def post(self, path: str, body: Any) -> bytes:
        data = orjson.dumps(body)
        head = self._head("POST", path) + "Content-Type: application/json\r\n"
        return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


@dataclass(slots=True)
class Result:
    """What a run saw; latencies in seconds."""

    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def summary(self, per_request: int = 1) -> dict[str, Any]:
        """Rates per second and latencies in ms; `per_request` Statements go with each request."""
        ordered = sorted(self.latencies) or [0.0]
        rate = len(self.latencies) / self.seconds if self.seconds else 0.0
        return {
            "requests": len(self.latencies),
            "errors": dict(self.errors),
            "requests_per_s": round(rate, 1),
            "statements_per_s": round(rate * per_request, 1),
            "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
            "p99_ms": round(1000 * ordered[int(len(ordered) * 0.99)], 2),
        }


def drive(target: Target, requests: Sequence[bytes], connections: int, seconds: float) -> Result:
    """
    Send requests for a time, or until they are used up.

    Args:
        requests: Each is sent once, in order.
        connections: Requests under way at a time.
    """
    processes = min(PROCESSES, connections)
    queue: Any = multiprocessing.Queue()
    begin = time.time() + 0.2
    workers = [
        multiprocessing.Process(
            target=_work,
            args=(
                target.port,
                requests[number::processes],
                connections // processes + (number < connections % processes),
                (begin, seconds),
                queue,
            ),
        )
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    parts: list[Result] = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    return Result(
        [latency for part in parts for latency in part.latencies],
        sum((part.errors for part in parts), Counter()),
        max(part.seconds for part in parts),
    )


def _work(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    when: tuple[float, float],
    queue: Any,
) -> None:
    begin, seconds = when
    result = Result()
    time.sleep(max(0.0, begin - time.time()))  # all generators begin at once
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        feed = _until(iter(requests), started + seconds)
        for _ in range(connections):
            _Connection(port, selector, feed, result).next()
        while selector.get_map():
            ready = selector.select(_GIVE_UP_SECONDS)
            if not ready:
                result.errors["no answer"] += len(selector.get_map())
                break
            for key, _ in ready:
                key.data.read()
    result.seconds = time.perf_counter() - started
    queue.put(result)


def _until(requests: Iterator[bytes], end: float) -> Iterator[bytes]:
    for request in requests:
        if time.perf_counter() > end:
            return
        yield request


class _Connection:
    """One connection; `next` sends, `read` takes what came, and counts the answer when whole."""

    def __init__(
        self, port: int, selector: selectors.BaseSelector, feed: Iterator[bytes], result: Result
    ) -> None:
        self._selector, self._feed, self._result = selector, feed, result
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(self._socket, selectors.EVENT_READ, self)

    def next(self) -> None:
        request = next(self._feed, None)
        if request is None:
            self._close()
            return
        self._buffer = bytearray()
        self._needed: int | None = None
        self._sent = time.perf_counter()
        self._socket.sendall(request)

    def read(self) -> None:
        data = self._socket.recv(1 << 18)
        self._buffer += data
        if self._needed is None:
            self._needed = _length(self._buffer)
        if not data:
            self._result.errors["closed"] += 1
            self._close()
        elif self._needed is not None and len(self._buffer) >= self._needed:
            self._count()
            self.next()

    def _count(self) -> None:
        status = bytes(self._buffer[9:12]).decode()
        if status in ("200", "202"):
            self._result.latencies.append(time.perf_counter() - self._sent)
        else:
            self._result.errors[status] += 1

    def _close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()


def _length(buffer: bytearray) -> int | None:
    """How many bytes the whole answer has, once its head is there."""
    end = buffer.find(_HEAD_END)
    if end < 0:
        return None
    for line in bytes(buffer[:end]).lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return end + len(_HEAD_END) + int(line.partition(b":")[2])
    raise ValueError("an answer without Content-Length")
