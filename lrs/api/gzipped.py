"""gzip for clients that ask for it, where it saves a packet (WSGI)."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]

FROM_BYTES = 1400
_FAST = 1


def compressed(app: WsgiApp, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Call an application and compress what it answers, unless it streams attachments."""
    head: list[Any] = []

    def begin(status: str, headers: Headers, exc_info: Any = None) -> None:
        head[:] = [status, headers, exc_info]

    answer = app(environ, begin)
    status, headers, exc_info = head
    if not _worth_it(headers):
        start_response(status, headers, exc_info)
        return answer
    body = gzip.compress(b"".join(answer), _FAST)
    if hasattr(answer, "close"):
        answer.close()
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    kept += [
        ("Content-Length", str(len(body))),
        ("Content-Encoding", "gzip"),
        ("Vary", "Accept-Encoding"),
    ]
    start_response(status, kept, exc_info)
    return [body]


def _worth_it(headers: Headers) -> bool:
    named = {name.lower(): value for name, value in headers}
    if "content-encoding" in named or named.get("content-type", "").startswith("multipart/"):
        return False
    return int(named.get("content-length", "0")) >= FROM_BYTES
