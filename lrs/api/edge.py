"""
The edge of the application, as WSGI: what every answer carries, and what operators see of it.

Done here and not in Flask's hooks because it holds for every answer, whoever gave it, and because
appending to the list of headers costs a tenth of what the same costs inside.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import structlog
from prometheus_client import Histogram

from lrs.api import errors
from lrs.api.gzipped import Environ, Headers, WsgiApp, compressed
from lrs.config import Settings
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.versions import requested
from lrs.stores.port import StoreUnavailable

_log = structlog.get_logger()
_SECONDS = Histogram(
    "lrs_request_seconds",
    "Seconds from the request to the head of its answer",
    ("resource", "method", "status"),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
_METHODS = {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}
_CORS_HEADERS = (
    "Authorization, Content-Type, Content-Length, If-Match, If-None-Match, "
    "X-Experience-API-Version, Accept-Language"
)
_CORS_EXPOSED = (
    "ETag, Last-Modified, Content-Length, X-Experience-API-Version, "
    "X-Experience-API-Consistent-Through, X-Experience-API-Hash"
)
_REQUEST_ID_MOST = 128
_AREAS = frozenset(
    (
        *("", "api", "declare", "health", "hooks", "metrics"),
        *("profiles", "programmes", "pulse", "reports", "static", "xapi"),
    )
)
_XAPI = frozenset(
    f"/xapi/{name}"
    for name in (
        "about",
        "activities",
        "activities/profile",
        "activities/state",
        "agents",
        "agents/profile",
        "statements",
        "statements/more",
    )
)


class Edge:
    """WSGI middleware around the whole application."""

    def __init__(
        self, app: WsgiApp, settings: Settings, consistent_through: Callable[[], int]
    ) -> None:
        self._app = app
        self._default_version = settings.xapi_default_version
        self._origins = {item.strip() for item in settings.cors_origins.split(",")}
        self._consistent_through = consistent_through

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        started = time.perf_counter()
        if "HTTP_TRANSFER_ENCODING" in environ:
            # The server ends a chunked body itself, so it is read without a Content-Length.
            environ["wsgi.input_terminated"] = True
        request_id = environ.get("HTTP_X_REQUEST_ID", "")[:_REQUEST_ID_MOST]
        request_id = environ["lrs.request_id"] = request_id or secrets.token_hex(8)
        path: str = environ["PATH_INFO"]
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        # A reader must not be promised what was stored after its list was made.
        through = self._through(path) if reads else None

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Any:
            headers.append(("X-Request-Id", request_id))
            if path.startswith("/xapi/"):
                self._stamp(environ, headers, through or self._through(path))
            if "HTTP_ORIGIN" in environ:
                self._for_browsers(environ, headers)
            _count(environ, status, time.perf_counter() - started)
            return start_response(status, headers, exc_info)

        refusal = environ.get("lrs.refusal")
        if refusal is not None:
            return errors.refusal(refusal)(environ, begin)
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return compressed(self._app, environ, begin)
        return self._app(environ, begin)

    def _through(self, path: str) -> str | None:
        """Consistent-Through, on all answers of the Statement Resource (Communication 2.1.3)."""
        if not path.startswith("/xapi/statements"):
            return None
        try:
            return timestamps.text(self._consistent_through())
        except StoreUnavailable:
            return None

    def _stamp(self, environ: Environ, headers: Headers, through: str | None) -> None:
        """The version that was spoken, on every answer, refusals too (Communication 3.3)."""
        try:
            version = str(requested(environ.get("HTTP_X_EXPERIENCE_API_VERSION")))
        except BadRequest:
            version = self._default_version
        headers.append(("X-Experience-API-Version", version))
        if through is not None:
            headers.append(("X-Experience-API-Consistent-Through", through))

    def _for_browsers(self, environ: Environ, headers: Headers) -> None:
        """CORS, so that content in a browser may send from the origins of the settings."""
        origin = environ["HTTP_ORIGIN"]
        headers.append(("Vary", "Origin"))
        if "*" not in self._origins and origin not in self._origins:
            return
        headers.append(("Access-Control-Allow-Origin", origin))
        headers.append(("Access-Control-Expose-Headers", _CORS_EXPOSED))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers.append(("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE"))
            headers.append(("Access-Control-Allow-Headers", _CORS_HEADERS))
            headers.append(("Access-Control-Max-Age", "86400"))


def _count(environ: Environ, status: str, seconds: float) -> None:
    method = environ["REQUEST_METHOD"]
    resource, known_method = _resource(environ["PATH_INFO"]), method if method in _METHODS else "?"
    # What cannot be counted, for the counters are files, is answered all the same.
    with contextlib.suppress(OSError):
        _meter(resource, known_method, status[:3]).observe(seconds)
    if status[0] in "45":
        _log.info(
            "refused",
            request_id=environ["lrs.request_id"],
            method=method,
            path=errors.logged_path(environ["PATH_INFO"]),
            status=int(status[:3]),
            ms=round(1000 * seconds, 2),
        )


@lru_cache(maxsize=1024)
def _meter(resource: str, method: str, status: str) -> Histogram:
    return _SECONDS.labels(resource, method, status)


@lru_cache(maxsize=1024)
def _resource(path: str) -> str:
    """A path as a label: few values, whatever clients ask for."""
    if path in _XAPI:
        return path
    first = path.strip("/").split("/")[0]
    return f"/{first}" if first in _AREAS else "other"
