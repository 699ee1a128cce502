"""Attachments in both directions: Data 2.4.11, Communication 1.5.2 (XAPI-00127 to 00135)."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest

from lrs.domain import attachments, multipart
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, TooLarge

TYPE = "multipart/mixed; boundary=-------314159265358979323846"
BOUNDARY = "-------314159265358979323846"
TEXT = b"here is a simple attachment"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def an_attachment(data: bytes = TEXT, **other: Any) -> dict[str, Any]:
    return {
        "usageType": "http://example.com/attachment-usage/test",
        "display": {"en-US": "A test attachment"},
        "contentType": "text/plain; charset=ascii",
        "length": len(data),
        "sha2": sha256(data),
        **other,
    }


def a_statement(*of: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "actor": {"mbox": "mailto:a@example.com"},
        "verb": {"id": "http://example.com/verbs/answered"},
        "object": {"id": "http://example.com/activities/1"},
        "attachments": list(of),
        **other,
    }


def part_headers(data: bytes = TEXT, **other: str | None) -> dict[str, str]:
    """Headers of a part with data; a None leaves one out."""
    headers = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha256(data),
        **{name.replace("_", "-"): value for name, value in other.items()},
    }
    return {name: value for name, value in headers.items() if value is not None}


def a_body(
    *parts: tuple[dict[str, str], bytes], first: dict[str, str] | None = None, json_: bytes = b"{}"
) -> bytes:
    head = {"Content-Type": "application/json"} if first is None else first
    return b"".join(multipart.write([(head, json_), *parts], BOUNDARY))


def split(body: bytes, limit: int = 1000) -> tuple[bytes | memoryview, dict[str, Received]]:
    return attachments.split(TYPE, body, max_attachment_bytes=limit)


def received(data: bytes = TEXT, content_type: str = "text/plain") -> dict[str, Received]:
    return {sha256(data): Received(sha256(data), content_type, memoryview(data))}


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("data", [TEXT, b"", b"\r\n--" + BOUNDARY.encode() + b"0\r\n", bytes(999)])
def test_statements_and_data_are_told_apart(data: bytes, algorithm: str) -> None:
    sha2 = hashlib.new(algorithm, data).hexdigest()
    body = a_body((part_headers(X_Experience_API_Hash=sha2.upper()), data), json_=b'{"a":1}')

    statements, by_hash = split(body)

    assert bytes(statements) == b'{"a":1}'
    assert by_hash.keys() == {sha2}
    assert bytes(by_hash[sha2].content) == data
    assert by_hash[sha2].content_type == "text/plain"


def test_a_body_of_statements_alone_is_accepted() -> None:
    """2.0 4.1.3 says shall where 1.0.3 says should."""
    statements, by_hash = split(a_body(json_=b"[]"))

    assert bytes(statements) == b"[]"
    assert by_hash == {}


@pytest.mark.parametrize(
    "first",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "Application/JSON; charset=utf-8"},
        {"Content-Type": "application/json", "Content-Transfer-Encoding": "BINARY"},
    ],
)
def test_the_first_part_is_json(first: dict[str, str]) -> None:
    statements, _ = split(a_body(first=first))

    assert bytes(statements) == b"{}"


@pytest.mark.parametrize(
    ("first", "at"),
    [
        ({}, "parts[0].Content-Type"),
        ({"Content-Type": "text/plain"}, "parts[0].Content-Type"),
        ({"Content-Type": "json"}, "parts[0].Content-Type"),
        (
            {"Content-Type": "application/json", "Content-Transfer-Encoding": "base64"},
            "parts[0].Content-Transfer-Encoding",
        ),
    ],
)
def test_another_first_part_is_refused(first: dict[str, str], at: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        split(a_body(first=first))

    assert refusal.value.at == at


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        (part_headers(Content_Transfer_Encoding=None), "Content-Transfer-Encoding"),
        (part_headers(Content_Transfer_Encoding="base64"), "Content-Transfer-Encoding"),
        (part_headers(X_Experience_API_Hash=None), "X-Experience-API-Hash"),
        (part_headers(X_Experience_API_Hash="abc"), "X-Experience-API-Hash"),
        (part_headers(X_Experience_API_Hash="g" * 64), "X-Experience-API-Hash"),
        (part_headers(X_Experience_API_Hash="a" * 40), "X-Experience-API-Hash"),
        (part_headers(b"other data"), "X-Experience-API-Hash"),
        (part_headers(Content_Type="plain"), "Content-Type"),
        ({"Content-Type": "application/json"}, "Content-Transfer-Encoding"),
    ],
)
def test_data_under_wrong_headers_is_refused(headers: dict[str, str], at: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        split(a_body((headers, TEXT)))

    assert refusal.value.at == f"parts[1].{at}"


def test_data_needs_no_type() -> None:
    _, by_hash = split(a_body((part_headers(Content_Type=None), TEXT)))

    assert by_hash[sha256(TEXT)].content_type == ""


def test_a_part_over_the_limit_is_too_large() -> None:
    split(a_body((part_headers(bytes(1000)), bytes(1000))), limit=1000)

    with pytest.raises(TooLarge) as refusal:
        split(a_body((part_headers(bytes(1001)), bytes(1001))), limit=1000)

    assert refusal.value.at == "parts[1]"


def test_copies_of_data_under_different_types_claim_none() -> None:
    """Each may belong to another Attachment; neither type may be held against the other."""
    body = a_body((part_headers(), TEXT), (part_headers(Content_Type="text/html"), TEXT))

    _, by_hash = split(body)
    attachments.match(
        [a_statement(an_attachment(), an_attachment(contentType="text/html"))], by_hash
    )

    assert [data.content_type for data in by_hash.values()] == [""]


def test_nothing_but_the_hash_brings_data_and_attachment_together() -> None:
    attachments.match([a_statement(an_attachment(sha2=sha256(TEXT).upper()))], received())

    with pytest.raises(BadRequest) as refusal:
        attachments.match([a_statement(an_attachment(b"other"))], received())

    assert refusal.value.at == "attachments[0]"


def test_a_wrong_length_beside_a_right_hash_is_accepted() -> None:
    attachments.match([a_statement(an_attachment(length=1))], received())


def test_an_attachment_with_a_file_url_needs_no_data() -> None:
    attachments.match([a_statement(an_attachment(fileUrl="http://example.com/f"))], {})


def test_an_attachment_with_a_file_url_may_have_data() -> None:
    attachments.match([a_statement(an_attachment(fileUrl="http://example.com/f"))], received())


def test_an_attachment_with_neither_is_refused_with_its_place() -> None:
    with pytest.raises(BadRequest) as refusal:
        attachments.match(
            [a_statement(), a_statement(an_attachment(), an_attachment(b"other"))], received()
        )

    assert refusal.value.at == "[1].attachments[1]"


def test_data_of_no_attachment_is_refused() -> None:
    with pytest.raises(BadRequest) as refusal:
        attachments.match([a_statement(an_attachment())], received() | received(b"excess"))

    assert refusal.value.at == "X-Experience-API-Hash"


def test_one_part_may_serve_many_statements() -> None:
    attachments.match([a_statement(an_attachment()), a_statement(an_attachment())], received())


def test_attachments_of_a_substatement_count() -> None:
    sub = {"objectType": "SubStatement", **a_statement(an_attachment())}
    statement = a_statement(an_attachment(b"own"), object=sub)

    attachments.match([statement], received() | received(b"own"))
    found = [attachment["sha2"] for attachment in attachments.referenced(statement)]

    assert found == [sha256(b"own"), sha256(TEXT)]
    with pytest.raises(BadRequest) as refusal:
        attachments.match([statement], received(b"own"))
    assert refusal.value.at == "object.attachments[0]"


@pytest.mark.parametrize("part", ["text/plain", "TEXT/plain;charset=utf-8", ""])
def test_types_agree_whatever_their_parameters(part: str) -> None:
    """The standard's own example sends text/plain for an Attachment with a charset."""
    attachments.match([a_statement(an_attachment())], received(content_type=part))


@pytest.mark.parametrize("part", ["text/plain", "application/octet-stream"])
def test_one_part_serves_attachments_of_several_types(part: str) -> None:
    """An answer has the data of a hash once, and what was answered may be sent again."""
    others = an_attachment(contentType="application/octet-stream")

    attachments.match(
        [a_statement(an_attachment()), a_statement(others)], received(content_type=part)
    )


def test_a_type_that_contradicts_is_refused() -> None:
    with pytest.raises(BadRequest) as refusal:
        attachments.match([a_statement(an_attachment())], received(content_type="text/html"))

    assert refusal.value.at == "attachments[0].contentType"


def test_an_answer_holds_each_hash_once_and_can_be_read_back() -> None:
    big = bytes(range(256)) * 1000
    statements = {"statements": [a_statement(an_attachment(), an_attachment(big))], "more": ""}
    streams = [io.BytesIO(TEXT), io.BytesIO(big), io.BytesIO(TEXT)]
    streams[1].read()  # read before, by whomever
    listed = [an_attachment(), an_attachment(big, length=5), an_attachment()]

    pieces = list(
        attachments.answer(
            json.dumps(statements).encode(), zip(listed, streams, strict=True), BOUNDARY
        )
    )
    body = b"".join(pieces)
    first, by_hash = split(body, limit=len(big))

    assert json.loads(bytes(first)) == statements
    assert {sha2: bytes(data.content) for sha2, data in by_hash.items()} == {
        sha256(TEXT): TEXT,
        sha256(big): big,
    }
    assert len(multipart.parts(TYPE, body)) == 3
    assert max(map(len, pieces)) <= 65_536
    assert all(stream.closed for stream in streams)


def test_an_answer_tells_what_a_part_is() -> None:
    body = b"".join(
        attachments.answer(b"{}", [(an_attachment(length=5), io.BytesIO(TEXT))], BOUNDARY)
    )

    first, part = multipart.parts(TYPE, body)

    assert first.headers == {"content-type": "application/json"}
    assert part.headers == {
        "content-type": "text/plain; charset=ascii",
        "content-transfer-encoding": "binary",
        "x-experience-api-hash": sha256(TEXT),
        "content-length": str(len(TEXT)),
    }


@pytest.mark.parametrize("kept", ["text/plain\r\nX-Evil: 1", "not a type", "té/xt", ""])
def test_a_content_type_that_cannot_stand_in_a_header_is_not_sent(kept: str) -> None:
    body = b"".join(
        attachments.answer(b"{}", [(an_attachment(contentType=kept), io.BytesIO(TEXT))], BOUNDARY)
    )

    _, part = multipart.parts(TYPE, body)

    assert part.headers["content-type"] == "application/octet-stream"
    assert "x-evil" not in part.headers


def test_an_answer_that_is_given_up_closes_what_it_reads() -> None:
    stream = io.BytesIO(bytes(200_000))

    pieces = attachments.answer(b"{}", [(an_attachment(), stream)], BOUNDARY)
    for _ in range(4):
        next(pieces)
    pieces.close()

    assert stream.closed
