"""A local HTTP server around a vendor, with the faults that networks and vendors have."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: names of headers in lower case, the last value of each parameter."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        return {k: v[-1] for k, v in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Told:
    """An answer; anything but bytes goes out as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Live:
    """An answer that goes on: its pieces as they come, in chunks; at their end the line drops."""

    pieces: Iterable[bytes]


HALF = "half"  # the answer's head and half of its body, then nothing
CUT = "cut"  # the connection is closed without an answer


@dataclass
class Vendor:
    """
    A vendor that is up.

    Args:
        faults: For the next requests, one each: a Told instead of the answer, HALF, CUT or None.
        before: Called with each request before it is answered; may change the vendor's data.
    """

    answer: Callable[[Asked], Told | Live]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: deque[Told | str | None] = field(default_factory=deque)
    before: Callable[[Asked], None] = lambda _asked: None
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_once: int = 0
    most_at_once: int = 0


def _go_on(handler: BaseHTTPRequestHandler, live: Live) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.close_connection = True
    with suppress(OSError):
        for piece in live.pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving_vendor(answer: Callable[[Asked], Told | Live]) -> Iterator[Vendor]:
    """The vendor on a free port of the loopback address until the block ends."""
    vendor = Vendor(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms between its head and its body

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, query, headers, self.rfile.read(length))
            with vendor.lock:
                vendor.asked.append(asked)
                vendor.at_once += 1
                vendor.most_at_once = max(vendor.most_at_once, vendor.at_once)
            vendor.before(asked)
            with vendor.lock:
                vendor.at_once -= 1
                fault = vendor.faults.popleft() if vendor.faults else None
                told = fault if isinstance(fault, Told) else vendor.answer(asked)
            if fault == CUT:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if isinstance(told, Live):
                _go_on(self, told)
                return
            data = told.data
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if fault == HALF:
                self.wfile.write(data[: len(data) // 2])
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_WR)
                return
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
