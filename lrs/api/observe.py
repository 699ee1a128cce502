"""What operators see: request ids, logs, metrics and health; and headers for browsers."""

from __future__ import annotations

import gzip
import secrets
import time

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from lrs.api.http import lrs, settings, stamp
from lrs.stores.port import StoreUnavailable

_log = structlog.get_logger()
_REQUESTS = Counter("lrs_requests_total", "Requests answered", ("endpoint", "method", "status"))
_SECONDS = Histogram(
    "lrs_request_seconds",
    "Time from the request to its answer",
    ("endpoint", "method"),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
_CORS_HEADERS = (
    "Authorization, Content-Type, Content-Length, If-Match, If-None-Match, "
    "X-Experience-API-Version, Accept-Language"
)
_CORS_EXPOSED = (
    "ETag, Last-Modified, Content-Length, X-Experience-API-Version, "
    "X-Experience-API-Consistent-Through, X-Experience-API-Hash"
)
_GZIP_FROM_BYTES = 1400


def install(app: Flask) -> None:
    """Add health and metrics, and what goes on around every request."""
    app.before_request(_begin)
    app.after_request(_end)
    app.add_url_rule("/health/live", "live", _live)
    app.add_url_rule("/health/ready", "ready", _ready)
    app.add_url_rule("/metrics", "metrics", _metrics)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = request.headers.get("X-Request-Id") or secrets.token_hex(8)


def _end(response: Response) -> Response:
    stamp(response)
    _for_browsers(response)
    _compress(response)
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "unknown"
    _REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    _SECONDS.labels(endpoint, request.method).observe(seconds)
    if response.status_code >= 400:  # noqa: PLR2004 - HTTP's refusals begin here
        _log.info(
            "refused",
            request_id=g.request_id,
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(1000 * seconds, 2),
        )
    return response


def _for_browsers(response: Response) -> None:
    """CORS, so that content in a browser may send from the origins of the settings."""
    origin = request.headers.get("Origin")
    allowed = [item.strip() for item in settings().cors_origins.split(",")]
    if origin is None or not ("*" in allowed or origin in allowed):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
    response.vary.add("Origin")
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, PUT, POST, DELETE"
        response.headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
        response.headers["Access-Control-Max-Age"] = "86400"


def _compress(response: Response) -> None:
    """gzip for those who ask for it, where it saves a packet."""
    if "gzip" not in request.headers.get("Accept-Encoding", "") or response.is_streamed:
        return
    data = response.get_data()
    if len(data) < _GZIP_FROM_BYTES or "Content-Encoding" in response.headers:
        return
    response.set_data(gzip.compress(data, 1))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")


def _live() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain")


def _ready() -> Response:
    """The store answers; 503 while it does not."""
    try:
        lrs().store.ping()
    except StoreUnavailable:
        return Response("the store does not answer\n", 503, content_type="text/plain")
    return Response("ok\n", content_type="text/plain")


def _metrics() -> Response:
    """Prometheus; with several web processes the sum of all."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
