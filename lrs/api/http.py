"""What every xAPI Resource shares: version, credential, parameters, bodies and headers."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import parse_qs

from flask import Response, current_app, g, request
from flask_restx import Resource

from lrs.config import Settings
from lrs.domain.errors import BadRequest, TooLarge
from lrs.domain.versions import Version, requested
from lrs.services.access import Credential
from lrs.services.lrs import Lrs

_GZIP_FROM_BYTES = 1400


def lrs() -> Lrs:
    """The use cases of this application."""
    return current_app.extensions["lrs"]  # type: ignore[no-any-return]


def settings() -> Settings:
    return current_app.extensions["lrs_settings"]  # type: ignore[no-any-return]


class XapiResource(Resource):  # type: ignore[misc]
    """A Resource of the standard: speaks a version and knows who asks, before anything else."""

    def dispatch_request(self, *args: Any, **kwargs: Any) -> Any:
        environ = request.environ
        g.version = requested(environ.get("HTTP_X_EXPERIENCE_API_VERSION"))
        g.credential = lrs().access.authenticate(environ.get("HTTP_AUTHORIZATION"))
        return super().dispatch_request(*args, **kwargs)


def needs(*scopes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuse a request whose credential has none of the scopes."""

    def wrap(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def checked(*args: Any, **kwargs: Any) -> Any:
            lrs().access.authenticate(request.headers.get("Authorization")).must(*scopes)
            return handler(*args, **kwargs)

        return checked

    return wrap


def version() -> Version:
    """The version this request speaks."""
    return g.version  # type: ignore[no-any-return]


def credential() -> Credential:
    """Who sent this request."""
    return g.credential  # type: ignore[no-any-return]


def parameters() -> Mapping[str, Sequence[str]]:
    """
    The query parameters as they came, names and values decoded.

    Raises:
        BadRequest: They are not UTF-8.
    """
    query = request.environ.get("QUERY_STRING", "")
    try:
        return parse_qs(query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest("the query is not UTF-8", spec="Communication 1.4") from None


def content_type() -> str:
    """The media type of the body in lower case, without its parameters."""
    return request.mimetype


def body() -> bytes:
    """
    The bytes of the body, decoded where they came compressed.

    Raises:
        TooLarge: More than LRS_MAX_BODY_BYTES, also once decoded.
        BadRequest: A Content-Encoding other than gzip, or damaged gzip.
    """
    data = request.get_data(cache=False)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return data
    if encoding != "gzip":
        raise BadRequest("only gzip is understood", at="Content-Encoding")
    limit = settings().max_body_bytes
    decoder = zlib.decompressobj(wbits=31)
    try:
        plain = decoder.decompress(data, limit)
    except zlib.error:
        raise BadRequest("this is not gzip", at="Content-Encoding") from None
    if decoder.unconsumed_tail:
        raise TooLarge(f"the body is larger than {limit} bytes")
    if not decoder.eof:
        raise BadRequest("the gzip data ends too early", at="Content-Encoding")
    return plain


def json_answer(data: bytes, status: int = 200) -> Response:
    return Response(data, status, content_type="application/json")


def no_content() -> Response:
    return Response(status=204)


def last_modified(response: Response, instant: int | None) -> Response:
    """Set Last-Modified from µs; nothing where there is no time to tell."""
    if instant is not None:
        response.headers["Last-Modified"] = _http_date(instant // 1_000_000)
    return response


@lru_cache(maxsize=256)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def external_path(path: str) -> str:
    """A path of this application as a client in front of any proxy has to ask for it."""
    return request.script_root + path


def compress(response: Response) -> Response:
    """Gzip for those who ask for it, where it saves a packet."""
    if "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", "") or response.is_streamed:
        return response
    data = response.get_data()
    if len(data) >= _GZIP_FROM_BYTES and "Content-Encoding" not in response.headers:
        response.set_data(gzip.compress(data, 1))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response
