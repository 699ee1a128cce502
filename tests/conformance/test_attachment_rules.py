"""Attachments and signatures (Data 2.4.11, 2.6; Communication 1.5)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.api.samples import a_statement, an_attachment, an_id, multipart
from tests.api.test_signatures import signed
from tests.conformance.rules import rule
from tests.domain.test_signatures import a_jws, x5c
from tests.server import Client, refusal

DATA = b"some data"
JSON = {"Content-Type": "application/json"}


def with_parts(**changed: str) -> dict[str, Any]:
    """A request with one Attachment, whose part has other headers."""
    headers = {name.replace("_", "-"): value for name, value in changed.items()}
    return multipart(a_statement(attachments=[an_attachment(DATA)]), [(DATA, headers)])


def typed(kind: str, request: dict[str, Any]) -> dict[str, Any]:
    return {**request, "headers": {"Content-Type": kind}}


def as_json(statement: dict[str, Any]) -> dict[str, Any]:
    return {"json": statement}


def signature(header: dict[str, Any], **other: Any) -> dict[str, Any]:
    statement = a_statement()
    return signed(statement, a_jws(header, {**statement, **other}))


WHOLE = with_parts()
REFUSED = [
    rule("127", "Statements come as JSON or multipart", typed("text/plain", WHOLE)),
    rule("128", "a part belongs to an Attachment", multipart(a_statement(), [(DATA, {})])),
    rule("129", "JSON alone needs fileUrls", as_json(a_statement(attachments=[an_attachment(DATA)]))),
    rule("130", "each part has its boundary", {**WHOLE, "data": WHOLE["data"].replace(b"\r\n--b0\r\n", b"\r\n")}),
    rule("131", "the header names the boundary", typed("multipart/mixed", WHOLE)),
    rule("132", "a part has its hash", with_parts(X_Experience_API_Hash="")),
    rule("132", "a part has the hash of its data", with_parts(X_Experience_API_Hash=hashlib.sha256(b"x").hexdigest())),
    rule("133", "Statements are in the first part", multipart([], [(DATA, {})])),
    rule("134", "the first part is JSON", {**WHOLE, "data": WHOLE["data"].replace(b"application/json", b"text/plain")}),
    rule("135", "data is not encoded", with_parts(Content_Transfer_Encoding="base64")),
    rule("135", "a part says how it is encoded", with_parts(Content_Transfer_Encoding="")),
    rule("115", "a signature is a JWS", signed(a_statement(), b"signed by me")),
    rule("116", "what is signed is the Statement", signature({"alg": "RS256"}, verb={"id": "urn:x"})),
    rule("117", "a signature is by RSA", signature({"alg": "HS256"})),
]  # fmt: skip
TAKEN = [
    rule("127 132 135", "data comes with its hash", WHOLE),
    rule("129", "a fileUrl needs no data", as_json(a_statement(attachments=[an_attachment(DATA, fileUrl="https://e.org/f")]))),
    rule("115 116 117", "RS256 signs", signature({"alg": "RS256", "x5c": x5c("signer")})),
    rule("117", "RS384 signs", signature({"alg": "RS384", "x5c": x5c("signer")})),
    rule("117", "RS512 signs", signature({"alg": "RS512", "x5c": x5c("signer")})),
]  # fmt: skip
TABLES = [REFUSED, TAKEN]


@pytest.mark.parametrize("request_", REFUSED)
def test_attachments_are_refused_unless(either: Client, request_: dict[str, Any]) -> None:
    refusal(either.post("statements", **request_), 400)


@pytest.mark.parametrize("request_", TAKEN)
def test_attachments_are_taken_when(either: Client, request_: dict[str, Any]) -> None:
    answer = either.post("statements", **request_)

    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == 1


def test_a_refused_part_stores_nothing(either: Client) -> None:
    statement = a_statement(id=an_id(), attachments=[an_attachment(DATA)])

    refusal(either.post("statements", **multipart(statement)), 400)

    refusal(either.get("statements", params={"statementId": statement["id"]}), 404)
