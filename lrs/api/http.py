"""What every xAPI Resource shares: version, credential, parameters, bodies and headers."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any

from flask import Response, current_app, g, request
from flask_restx import Resource

from lrs.config import Settings
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest, TooLarge
from lrs.domain.versions import Version, requested
from lrs.services.access import Credential
from lrs.services.lrs import Lrs

VERSION_HEADER = "X-Experience-API-Version"
CONSISTENT_HEADER = "X-Experience-API-Consistent-Through"


def lrs() -> Lrs:
    """The use cases of this application."""
    return current_app.extensions["lrs"]  # type: ignore[no-any-return]


def settings() -> Settings:
    return current_app.extensions["lrs_settings"]  # type: ignore[no-any-return]


class XapiResource(Resource):  # type: ignore[misc]
    """A Resource of the standard: speaks a version and knows who asks, before anything else."""

    def dispatch_request(self, *args: Any, **kwargs: Any) -> Any:
        g.version = requested(request.headers.get(VERSION_HEADER))
        g.credential = lrs().access.authenticate(request.headers.get("Authorization"))
        return super().dispatch_request(*args, **kwargs)


def version() -> Version:
    """The version this request speaks."""
    return g.version  # type: ignore[no-any-return]


def credential() -> Credential:
    """Who sent this request."""
    return g.credential  # type: ignore[no-any-return]


def parameters() -> Mapping[str, Sequence[str]]:
    """The query parameters as they came, names and values decoded."""
    return request.args.to_dict(flat=False)


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
        response.headers["Last-Modified"] = formatdate(instant // 1_000_000, usegmt=True)
    return response


def external_path(path: str) -> str:
    """A path of this application as a client in front of any proxy has to ask for it."""
    return request.script_root + path


def stamp(response: Response) -> Response:
    """Headers that every answer of the standard's Resources carries, refusals too."""
    if not request.path.startswith("/xapi/"):
        return response
    spoken = g.get("version") or settings().xapi_default_version
    response.headers[VERSION_HEADER] = str(spoken)
    if request.path.startswith("/xapi/statements"):
        through = g.get("consistent_through") or lrs().statements.consistent_through()
        response.headers[CONSISTENT_HEADER] = timestamps.text(through)
    return response
