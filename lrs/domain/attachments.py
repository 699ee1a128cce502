"""
Attachments: the data that travels with Statements in a multipart/mixed body.

Data and Attachment belong together when the SHA-2 of the data is the `sha2` of the Attachment, and
in no other way. Hashes are compared, and handed on, in lower case.

Spec: xAPI 1.0.3 Data 2.4.11, Communication 1.5.2; 2.0 4.1.3, 4.2.2.6.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO

from lrs.domain import multipart
from lrs.domain.errors import BadRequest, TooLarge

_SPEC = "Communication 1.5.2"
_DATA_SPEC = "Data 2.4.11"
_HEX = re.compile(r"(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})")
_SHA2_BY_DIGITS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_AS_IS = frozenset({"binary", "8bit", "7bit"})  # encodings that leave octets as they are
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Received:
    """
    The data of one Attachment.

    Args:
        sha2: The hash it came under and has, lower-case hex.
        content_type: As the header of the part had it; empty when there was none, or when the
            same data came more than once under different types.
        content: A view of the request's body.
    """

    sha2: str
    content_type: str
    content: memoryview


def split(
    content_type: str, body: bytes, *, max_attachment_bytes: int
) -> tuple[bytes | memoryview, dict[str, Received]]:
    """
    The JSON of the Statements and the data that came with it, by hash; views of the body.

    Args:
        content_type: The request's header.
        body: The request's body.
        max_attachment_bytes: The most that one Attachment may have.

    Raises:
        BadRequest: The body or the headers of a part are not as they must be, or data does not
            have the hash it came under.
        TooLarge: An Attachment is over the limit.
    """
    first, *others = multipart.parts(content_type, body)
    if _essence(first.headers.get("content-type", "")) != "application/json":
        raise BadRequest(
            "the first part must be the Statements, as application/json",
            at="parts[0].Content-Type",
            spec=_SPEC,
        )
    if first.headers.get("content-transfer-encoding", "binary").lower() not in _AS_IS:
        raise BadRequest(
            "the Statements must be sent as they are, not encoded",
            at="parts[0].Content-Transfer-Encoding",
            spec=_SPEC,
        )
    received: dict[str, Received] = {}
    for number, part in enumerate(others, start=1):
        new = _received(part, f"parts[{number}]", max_attachment_bytes)
        known = received.setdefault(new.sha2, new)
        if known.content_type != new.content_type:
            received[new.sha2] = Received(new.sha2, "", new.content)
    return first.content, received


def match(statements: Sequence[Mapping[str, Any]], received: Mapping[str, Received]) -> None:
    """
    Check that Attachments and data belong together.

    Every Attachment without `fileUrl` has its data, all data is some Attachment's, and types do
    not contradict (parameters such as charset aside): the type of a part is that of one of the
    Attachments with its hash. A `length` that contradicts data of the
    right hash is no refusal: the standard's own signed example has one.

    Args:
        statements: Valid ones. For a request of application/json `received` is empty.
        received: From `split`.

    Raises:
        BadRequest: They do not.
    """
    unclaimed = set(received)
    types: dict[str, set[str]] = {}
    for statement in statements if received else ():
        for attachment in referenced(statement):
            types.setdefault(attachment["sha2"].lower(), set()).add(
                _essence(attachment["contentType"])
            )
    for number, statement in enumerate(statements):
        prefix = f"[{number}]." if len(statements) > 1 else ""
        for place, attachment in _placed(statement):
            data = received.get(attachment["sha2"].lower())
            if data is not None:
                unclaimed.discard(data.sha2)
                _check_type(types[data.sha2], data, prefix + place)
            elif "fileUrl" not in attachment:
                raise BadRequest(
                    "this Attachment has neither a fileUrl nor a part with its data",
                    at=prefix + place,
                    spec=_SPEC,
                )
    if unclaimed:
        raise BadRequest(
            f"no Attachment has the sha2 of the part {min(unclaimed)}",
            at="X-Experience-API-Hash",
            spec=_SPEC,
        )


def is_named_by(sha2: str, stream: BinaryIO) -> bool:
    """
    Whether data has this hash.

    Args:
        sha2: Lower-case hex; of any length that SHA-2 has, else nothing has it.
        stream: The data, read to its end piece by piece.
    """
    if not _HEX.fullmatch(sha2):
        return False
    found = hashlib.new(_SHA2_BY_DIGITS[len(sha2)])
    while piece := stream.read(_CHUNK):
        found.update(piece)
    return found.hexdigest() == sha2


def referenced(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All Attachments of a valid Statement, then those of its SubStatement."""
    for _, attachment in _placed(statement):
        yield attachment


def answer(
    statements_json: bytes, attachments: Iterable[tuple[dict[str, Any], BinaryIO]], boundary: str
) -> Iterator[bytes]:
    """
    The body that answers a GET with `attachments=true`, as a stream.

    Args:
        statements_json: The Statement or the StatementResult.
        attachments: Attachment and its data, read from the start when its turn comes and closed
            after that. Of several with one hash only the first is sent.
        boundary: Random, of letters and digits, the one that Content-Type names.
    """
    return multipart.write(_answered(statements_json, attachments), boundary)


def _answered(
    statements_json: bytes, attachments: Iterable[tuple[dict[str, Any], BinaryIO]]
) -> Iterator[tuple[Mapping[str, str], Iterable[bytes] | bytes]]:
    yield {"Content-Type": "application/json"}, statements_json
    sent: set[str] = set()
    for attachment, stream in attachments:
        with closing(stream):
            sha2 = attachment["sha2"].lower()
            if sha2 in sent:
                continue
            sent.add(sha2)
            stream.seek(0, os.SEEK_END)
            headers = {
                "Content-Type": _sendable_type(attachment["contentType"]),
                "Content-Transfer-Encoding": "binary",
                "X-Experience-API-Hash": attachment["sha2"],
                # Of the data, not `length`: a reader would cut or wait by a wrong one.
                "Content-Length": str(stream.tell()),
            }
            stream.seek(0)
            yield headers, iter(lambda: stream.read(_CHUNK), b"")  # noqa: B023 (read in this turn)


def _received(part: multipart.Part, at: str, max_attachment_bytes: int) -> Received:
    """The data of a part whose headers, size and hash are right."""
    encoding = part.headers.get("content-transfer-encoding", "")
    if encoding.lower() != "binary":
        raise BadRequest(
            "a part with data must say Content-Transfer-Encoding: binary",
            at=f"{at}.Content-Transfer-Encoding",
            spec=_SPEC,
        )
    content_type = part.headers.get("content-type", "")
    if content_type and not _essence(content_type):
        raise BadRequest("this is not a media type", at=f"{at}.Content-Type", spec=_SPEC)
    sha2 = part.headers.get("x-experience-api-hash", "").lower()
    if not _HEX.fullmatch(sha2):
        raise BadRequest(
            "a part with data must give its SHA-2 (224, 256, 384 or 512 bits) in hex",
            at=f"{at}.X-Experience-API-Hash",
            spec=_SPEC,
        )
    if len(part.content) > max_attachment_bytes:
        raise TooLarge(
            f"an Attachment may have at most {max_attachment_bytes} bytes", at=at, spec=_SPEC
        )
    if hashlib.new(_SHA2_BY_DIGITS[len(sha2)], part.content).hexdigest() != sha2:
        raise BadRequest(
            "the data of this part does not have this SHA-2",
            at=f"{at}.X-Experience-API-Hash",
            spec=_SPEC,
        )
    return Received(sha2, content_type, part.content)


def _placed(statement: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each Attachment with its path in the Statement."""
    for number, attachment in enumerate(statement.get("attachments", ())):
        yield f"attachments[{number}]", attachment
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        for number, attachment in enumerate(target.get("attachments", ())):
            yield f"object.attachments[{number}]", attachment


def _check_type(types: set[str], data: Received, at: str) -> None:
    """Attachments of one hash may differ in their types; an answer has the data once, as one."""
    if data.content_type and _essence(data.content_type) not in types:
        raise BadRequest(
            "the Content-Type of the part contradicts the contentType of the Attachment",
            at=f"{at}.contentType",
            spec=_DATA_SPEC,
        )


def _essence(content_type: str) -> str:
    """The type/subtype in lower case, empty when there is none."""
    parsed = multipart.media_type(content_type)
    return parsed[0] if parsed else ""


def _sendable_type(content_type: str) -> str:
    """A contentType as it may stand in a header: Statements kept may hold any text there."""
    if content_type.isascii() and content_type.isprintable() and _essence(content_type):
        return content_type
    return "application/octet-stream"
