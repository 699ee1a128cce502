"""
multipart/mixed bodies, read without copying the data and written as a stream.

Only whole delimiter lines separate parts: CRLF, two hyphens, the boundary, blanks, CRLF. A line of
the data that merely begins like one stays data, and the CRLF before a delimiter belongs to it, so
that data may be empty and may end in CRLF.

Spec: RFC 2046 5.1; xAPI 1.0.3 Communication 1.5.2; 2.0 4.1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lrs.domain.errors import BadRequest, TooLarge

_SPEC = "Communication 1.5.2"
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a token of RFC 7230, not a secret)
_ESSENCE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
# A value without quotes may hold what RFC 2045 wants quoted: senders forget them at boundaries.
_PARAMETER = re.compile(rf';\s*(?:({_TOKEN})=(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*)))?\s*')
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_REST_OF_DELIMITER = re.compile(rb"(--)[ \t]*(?:\r\n|\Z)|[ \t]*\r\n")
_FOLD = re.compile(r"\r\n[ \t]+")
_NAME = re.compile(_TOKEN)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MOST_HEADER_BYTES = 16_384
# A part of nine bytes costs some hundred to describe: a body of nothing else must not fill memory.
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part of a body.

    Args:
        headers: By lower-case name.
        content: A view of the body, which stays in memory as long as the view does.
    """

    headers: Mapping[str, str]
    content: memoryview


def media_type(value: str) -> tuple[str, dict[str, str]] | None:
    """
    The type/subtype in lower case and the parameters by lower-case name; None if it is not one.

    The first of a repeated parameter counts.
    """
    match = _ESSENCE.match(value)
    parameters: dict[str, str] = {}
    if match is None:
        return None
    essence, end = match[1].lower(), match.end()
    while end < len(value):
        match = _PARAMETER.match(value, end)
        if match is None:
            return None
        name, quoted, plain = match.groups()
        if name is not None:
            text = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(name.lower(), text)
        end = match.end()
    return essence, parameters


def boundary(content_type: str) -> str:
    """
    The boundary that a Content-Type of multipart/mixed names.

    Raises:
        BadRequest: Another type, or no boundary as RFC 2046 allows it (1 to 70 characters).
    """
    parsed = media_type(content_type)
    if parsed is None or parsed[0] != "multipart/mixed":
        raise BadRequest("the type is not multipart/mixed", at="Content-Type", spec=_SPEC)
    named = parsed[1].get("boundary", "")
    if not _BOUNDARY.fullmatch(named):
        raise BadRequest("no usable boundary is named", at="Content-Type", spec=_SPEC)
    return named


def parts(content_type: str, body: bytes) -> list[Part]:
    """
    The parts of a body, in their order; time grows with its length, memory with their number.

    What stands before the first and after the last delimiter is ignored.

    Args:
        content_type: The value of the header, with the boundary.
        body: All of it; the parts are views of it.

    Raises:
        BadRequest: Not such a body: no part, no end, or headers that cannot be read.
        TooLarge: More than 10,000 parts.
    """
    mark = b"--" + boundary(content_type).encode("ascii")
    view = memoryview(body)
    found: list[Part] = []
    begins: int | None = None  # where the part begins whose end is looked for
    for line, after, closing in _delimiters(body, mark):
        if begins is not None:
            headers, content = _headers(body, begins, line, f"parts[{len(found)}]")
            found.append(Part(headers, view[content:line]))
        if closing:
            break
        if len(found) == _MOST_PARTS:
            raise TooLarge(f"more than {_MOST_PARTS} parts", spec=_SPEC)
        begins = after
    else:
        raise BadRequest(
            "the body does not end with its closing delimiter"
            if begins is not None
            else "the boundary that Content-Type names does not occur in the body",
            spec=_SPEC,
        )
    if not found:
        raise BadRequest("the body has no part", spec=_SPEC)
    return found


def write(
    parts: Iterable[tuple[Mapping[str, str], Iterable[bytes] | bytes]], boundary: str
) -> Iterator[bytes]:
    """
    A body from parts, each asked for only when its turn comes.

    Args:
        parts: At least one: headers, and the content in one piece or several.
        boundary: Must not occur in any content; 128 random bits will not.

    Raises:
        ValueError: A header holds a control character, so would end its line.
    """
    mark = f"--{boundary}"
    before = ""
    for headers, content in parts:
        lines = "".join(_line(name, value) for name, value in headers.items())
        yield f"{before}{mark}\r\n{lines}\r\n".encode()
        if isinstance(content, bytes):
            yield content
        else:
            yield from content
        before = "\r\n"
    yield f"{before}{mark}--\r\n".encode()


def _delimiters(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Of each delimiter: where it begins, where the next byte after it is, whether it closes."""
    needle = b"\r\n" + mark
    if body.startswith(mark):
        start, end = 0, len(mark)
    else:
        start = body.find(needle)
        end = start + len(needle)
    while start != -1:
        rest = _REST_OF_DELIMITER.match(body, end)
        if rest is not None:
            yield start, rest.end(), rest[1] is not None
            end = rest.end()
        start = body.find(needle, end)
        end = start + len(needle)


def _headers(body: bytes, start: int, end: int, at: str) -> tuple[dict[str, str], int]:
    """
    The headers of the part in body[start:end] and where its content begins.

    A part without content may leave out the empty line; the CRLF of the delimiter then ends the
    headers, which is why it is looked at too.
    """
    if body.startswith(b"\r\n", start):
        return {}, start + 2
    cut = body.find(b"\r\n\r\n", start, min(end + 2, start + _MOST_HEADER_BYTES))
    if cut == -1:
        raise BadRequest(
            "the headers of this part do not end with an empty line, or are very long",
            at=at,
            spec=_SPEC,
        )
    headers: dict[str, str] = {}
    for line in _FOLD.sub(" ", body[start:cut].decode("utf-8", "replace")).split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise BadRequest("this part has a line that is not a header", at=at, spec=_SPEC)
        if name.lower() in headers:
            raise BadRequest(f"this part has the header {name} twice", at=at, spec=_SPEC)
        headers[name.lower()] = value.strip(" \t")
    return headers, min(cut + 4, end)


def _line(name: str, value: str) -> str:
    if _CONTROL.search(name + value):
        raise ValueError(f"a control character in the header {name!r}")
    return f"{name}: {value}\r\n"
