"""Statements with attachment data, as multipart (Communication 1.5.2)."""

from __future__ import annotations

import hashlib
import json

from tests.reliability.load import Json
from tests.reliability.running import Client

_BOUNDARY = "reliable-boundary"


def post_attached(client: Client, statement: Json, content: bytes) -> int:
    """POST a Statement with one attachment; the status of the answer."""
    sha2 = hashlib.sha256(content).hexdigest()
    attachment = {
        "usageType": "http://example.org/usage",
        "display": {"en": "data"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": sha2,
    }
    body = json.dumps({**statement, "attachments": [attachment]}).encode()
    parts = [
        b"--%b\r\nContent-Type: application/json\r\n\r\n%b\r\n" % (_BOUNDARY.encode(), body),
        b"--%b\r\nContent-Type: application/octet-stream\r\n" % _BOUNDARY.encode(),
        b"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %b\r\n\r\n" % sha2.encode(),
        content,
        b"\r\n--%b--\r\n" % _BOUNDARY.encode(),
    ]
    headers = {"Content-Type": f"multipart/mixed; boundary={_BOUNDARY}"}
    headers["X-Request-Id"] = statement["id"]
    return client.ask("POST", "/xapi/statements", b"".join(parts), headers=headers).status


def attached(client: Client, statement_id: str) -> bytes:
    """The whole answer that holds a Statement with its attachment data."""
    query = {"statementId": statement_id, "attachments": "true"}
    answer = client.ask("GET", "/xapi/statements", query=query)
    assert answer.status == 200
    return answer.body
