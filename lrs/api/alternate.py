"""
Alternate request syntax: a form that stands for another request (Communication 1.3).

Browsers that may only POST forms put the method into the query, headers and parameters into the
form. Of 1.0.x only: a request that speaks 2.0 is left as it is and refused for its parameter.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lrs.api.browsers import from_elsewhere
from lrs.api.gzipped import Environ, WsgiApp
from lrs.domain.errors import BadRequest, LrsError, TooLarge
from lrs.domain.versions import Version, requested

_HEADERS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "content-length": "CONTENT_LENGTH",
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    "accept": "HTTP_ACCEPT",
    "accept-language": "HTTP_ACCEPT_LANGUAGE",
}
_SPEC = "Communication 1.3"
# Not HEAD: to a POST, which is what was sent, an answer without its body is broken off.
_METHODS = {"GET", "PUT", "POST", "DELETE"}


class AlternateSyntax:
    """WSGI middleware that turns such forms into the requests they stand for."""

    def __init__(self, app: WsgiApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if (
            environ["REQUEST_METHOD"] == "POST"
            and "method=" in query
            and environ.get("PATH_INFO", "").startswith("/xapi/")
        ):
            environ = self._unfolded(environ, query)
        return self._app(environ, start_response)

    def _unfolded(self, environ: Environ, query: str) -> Environ:
        """The request the form stands for; one that is refused carries its refusal to the edge."""
        body = environ["wsgi.input"].read(self._max_body_bytes + 1)
        again = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            if len(body) > self._max_body_bytes:
                raise TooLarge(f"the body is larger than {self._max_body_bytes} bytes")
            return _request_of(again, query, _fields(body))
        except LrsError as refusal:
            return {**again, "lrs.refusal": refusal}


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), errors="strict"
        )
    except ValueError:
        raise BadRequest("this is not a form in UTF-8", spec=_SPEC) from None


def _header(name: str, value: str) -> str:
    """A value that could have come as a header: what is kept of it is answered as one."""
    if not value.isascii() or not value.isprintable():
        raise BadRequest("this cannot be the value of a header", at=name, spec=_SPEC)
    return value


def _request_of(environ: Environ, query: str, fields: list[tuple[str, str]]) -> Environ:
    named = {name.lower(): value for name, value in fields}
    spoken = named.get("x-experience-api-version", environ.get("HTTP_X_EXPERIENCE_API_VERSION"))
    if spoken is not None and requested(spoken) is Version.V2:
        return environ
    method = parse_qsl(query, keep_blank_values=True)
    if len(method) != 1 or method[0][0] != "method" or method[0][1].upper() not in _METHODS:
        raise BadRequest("method stands alone in the query", at="method", spec=_SPEC)
    content = named.get("content", "").encode()
    rest = [(n, v) for n, v in fields if n.lower() not in _HEADERS and n.lower() != "content"]
    headers = {_HEADERS[n]: _header(n, v) for n, v in named.items() if n in _HEADERS}
    if from_elsewhere(environ) and "HTTP_X_EXPERIENCE_API_VERSION" not in environ:
        # A browser adds the key its user gave it, also to the forms of strangers; not where such
        # a header came, for which it asks us first and gets no leave to add any.
        headers.setdefault("HTTP_AUTHORIZATION", "")
    if method[0][1].upper() in ("PUT", "POST") and "CONTENT_TYPE" not in headers:
        headers["CONTENT_TYPE"] = "application/json"
    return {
        **environ,
        **headers,
        "REQUEST_METHOD": method[0][1].upper(),
        "QUERY_STRING": urlencode(rest),
        "wsgi.input": io.BytesIO(content),
        "CONTENT_LENGTH": str(len(content)),
    }
