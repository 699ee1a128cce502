"""Every refusal in one shape: {"error": {"status", "detail", "at", "spec"}}."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from lrs.domain.errors import Busy, LrsError
from lrs.stores.port import StoreUnavailable

_log = structlog.get_logger()
_REALM = 'Basic realm="Learning Record Store", charset="UTF-8"'


def answer(status: int, detail: str, at: str = "", spec: str = "") -> Response:
    """One refusal as a response."""
    error: dict[str, Any] = {"status": status, "detail": detail, "at": at, "spec": spec}
    response = Response(orjson.dumps({"error": error}), status, content_type="application/json")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _REALM
    return response


def refusal(error: LrsError) -> Response:
    response = answer(error.status, error.detail, error.at, error.spec)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = "5"
    return response


def unavailable(error: StoreUnavailable) -> Response:
    """503 with Retry-After: nothing was kept, the client may send again."""
    _log.error(
        "store unavailable",
        request_id=request.environ["lrs.request_id"],
        reason=str(error),
        cause=repr(error.__cause__),
    )
    response = answer(HTTPStatus.SERVICE_UNAVAILABLE, f"nothing was kept: {error}")
    response.headers["Retry-After"] = "5"
    return response


def http(error: HTTPException) -> Response:
    """Flask's own refusals (unknown path, method not allowed, body too large)."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    response = answer(status, HTTPStatus(status).phrase.lower())
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers["Allow"] = value
    return response


def logged_path(path: str) -> str:
    """A path as it may stand in a log: the token of a source's hook or of a pulse is secret."""
    if path.startswith("/pulse/"):
        return "/pulse"
    return "/".join(path.split("/")[:3]) if path.startswith("/hooks/") else path


def unknown(error: Exception) -> Response:
    """Our own fault: the log knows it, the client learns nothing."""
    _log.exception(
        "unexpected error",
        request_id=request.environ["lrs.request_id"],
        path=logged_path(request.path),
        exc_info=error,
    )
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "an error on our side; it is in the log")


def install(app: Flask, api: Any) -> None:
    """Answer errors alike, whether Flask or Flask-RESTX meets them first."""
    for kind, handler in (
        (LrsError, refusal),
        (StoreUnavailable, unavailable),
        (HTTPException, http),
        (Exception, unknown),
    ):
        app.register_error_handler(kind, handler)
    # Flask-RESTX would wrap errors in a shape of its own; this hands them to Flask.
    api.handle_error = _reraise


def _reraise(error: Exception) -> Response:
    raise error
