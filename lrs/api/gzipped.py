"""gzip for clients that ask for it, where it saves a packet (WSGI)."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]

FROM_BYTES = 1400
_FAST = 1
_REFUSED = re.compile(r"gzip\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def compressed(app: WsgiApp, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """
    Call an application and compress what it answers, unless it streams attachments.

    HEAD is answered by the headers of GET, which depend on how small its body becomes.
    """
    if _REFUSED.search(environ["HTTP_ACCEPT_ENCODING"]):
        return app(environ, start_response)
    if environ["REQUEST_METHOD"] == "HEAD":
        _close(compressed(app, {**environ, "REQUEST_METHOD": "GET"}, start_response))
        return []
    head: list[Any] = []

    def begin(status: str, headers: Headers, exc_info: Any = None) -> None:
        head[:] = [status, headers, exc_info]

    answer = app(environ, begin)
    status, headers, exc_info = head
    if not _worth_it(headers):
        start_response(status, headers, exc_info)
        return answer
    body = gzip.compress(b"".join(answer), _FAST)
    _close(answer)
    kept = [
        (name, _weak(value) if name.lower() == "etag" else value)
        for name, value in headers
        if name.lower() != "content-length"
    ]
    kept += [
        ("Content-Length", str(len(body))),
        ("Content-Encoding", "gzip"),
        ("Vary", "Accept-Encoding"),
    ]
    start_response(status, kept, exc_info)
    return [body]


def _weak(tag: str) -> str:
    """
    The entity tag of the same in other bytes (RFC 9110 8.8.1; Communication 3.1).

    `documents.names_tag` takes it for the strong one, so that it can be written back.
    """
    return tag if tag.startswith("W/") else f"W/{tag}"


def _close(answer: Iterable[bytes]) -> None:
    if hasattr(answer, "close"):
        answer.close()


def _worth_it(headers: Headers) -> bool:
    named = {name.lower(): value for name, value in headers}
    if "content-encoding" in named or named.get("content-type", "").startswith("multipart/"):
        return False
    return int(named.get("content-length", "0")) >= FROM_BYTES
