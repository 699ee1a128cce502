"""What every Resource shares: who asks in which version, parameters, bodies and answers."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import IO, Any
from urllib.parse import parse_qs

from flask import Request, Response, current_app, request
from flask_restx import Resource
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property

from lrs.api.browsers import refuse_forms_of_others
from lrs.config import Settings
from lrs.domain.errors import BadRequest, TooLarge
from lrs.domain.versions import Version, requested
from lrs.services.access import Credential
from lrs.services.lrs import Lrs


@dataclass(frozen=True, slots=True)
class Call:
    """
    One request as a handler sees it.

    Held by the Resource, not looked up again through Flask's proxies: those looks add up.
    """

    environ: Mapping[str, Any]
    lrs: Lrs
    settings: Settings
    credential: Credential
    version: Version

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    def header(self, name: str) -> str | None:
        """A header by its name in WSGI's spelling, such as "IF_MATCH"."""
        return self.environ.get(f"HTTP_{name}")

    @property
    def content_type(self) -> str:
        """The Content-Type as it was sent; empty when it is missing."""
        return str(self.environ.get("CONTENT_TYPE", ""))

    def parameters(self) -> dict[str, list[str]]:
        """
        The query parameters as they came, names and values decoded.

        Raises:
            BadRequest: They are not UTF-8.
        """
        query = self.environ.get("QUERY_STRING", "")
        try:
            # WSGI hands bytes on as Latin-1, also those that a client did not encode.
            query = query.encode("latin-1").decode()
            return parse_qs(query, keep_blank_values=True, errors="strict")
        except ValueError:
            raise BadRequest("the query is not UTF-8", spec="Communication 1.4") from None

    def body(self) -> bytes:
        """
        The bytes of the body, decoded where they came compressed.

        Raises:
            TooLarge: More than LRS_MAX_BODY_BYTES, also once decoded.
            BadRequest: A Content-Encoding other than gzip, or damaged gzip.
        """
        data = request.get_data(cache=False)
        encoding = (self.header("CONTENT_ENCODING") or "identity").lower()
        if encoding == "identity":
            return data
        if encoding != "gzip":
            raise BadRequest("only gzip is understood", at="Content-Encoding")
        return _unzipped(data, self.settings.max_body_bytes)

    def path(self, path: str) -> str:
        """A path of this application as a client in front of any proxy has to ask for it."""
        return str(self.environ.get("SCRIPT_NAME", "")) + path


class WholeRequest(Request):
    """A request whose body is all of it or refused: Flask's cuts one without a length instead."""

    @cached_property
    def stream(self) -> IO[bytes]:
        limit = self.max_content_length
        if limit is None or "wsgi.input_terminated" not in self.environ:
            return super().stream
        data = self.environ["wsgi.input"].read(limit + 1)
        if len(data) > limit:
            raise RequestEntityTooLarge
        return io.BytesIO(data)


class ApiResource(Resource):  # type: ignore[misc]
    """A Resource that needs a credential; each request has an object of its own."""

    call: Call

    def dispatch_request(self, *args: Any, **kwargs: Any) -> Any:
        self.call = self._call(request.environ)
        return super().dispatch_request(*args, **kwargs)

    def _call(self, environ: Mapping[str, Any]) -> Call:
        extensions = current_app.extensions
        lrs: Lrs = extensions["lrs"]
        version = self._version(environ)
        credential = lrs.access.authenticate(environ.get("HTTP_AUTHORIZATION"))
        return Call(environ, lrs, extensions["lrs_settings"], credential, version)

    def _version(self, environ: Mapping[str, Any]) -> Version:
        """The newest; and since no header must say so, a stranger's page could send this."""
        refuse_forms_of_others(environ)
        return Version.V2


class XapiResource(ApiResource):
    """A Resource of the standard: the request has to say which version it speaks."""

    def _version(self, environ: Mapping[str, Any]) -> Version:
        return requested(environ.get("HTTP_X_EXPERIENCE_API_VERSION"))


def lrs() -> Lrs:
    """The use cases, for what needs no credential."""
    return current_app.extensions["lrs"]  # type: ignore[no-any-return]


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


def _unzipped(data: bytes, limit: int) -> bytes:
    """Gzip data, never unpacked further than the limit; what follows it must not get lost."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        plain = decoder.decompress(data, limit + 1)
    except zlib.error:
        raise BadRequest("this is not gzip", at="Content-Encoding") from None
    if len(plain) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    if not decoder.eof:
        raise BadRequest("the gzip data ends too early", at="Content-Encoding")
    if decoder.unused_data:
        raise BadRequest("one gzip member is read, and more follows it", at="Content-Encoding")
    return plain


Parameters = Mapping[str, Sequence[str]]
