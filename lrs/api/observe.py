"""Health and metrics for operators."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from lrs.api.http import lrs
from lrs.stores.port import StoreUnavailable

observe = Blueprint("observe", __name__)


@observe.get("/health/live")
def live() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain")


@observe.get("/health/ready")
def ready() -> Response:
    """The store answers; 503 while it does not."""
    try:
        lrs().store.ping()
    except StoreUnavailable:
        return Response("the store does not answer\n", 503, content_type="text/plain")
    return Response("ok\n", content_type="text/plain")


@observe.get("/metrics")
def metrics() -> Response:
    """Prometheus; with several web processes the sum of all."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    for collector in current_app.extensions.get("lrs_collectors", ()):
        registry.register(collector)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
