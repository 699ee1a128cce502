"""Statements, Agents and Activities that no other test has."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tests.server import Client

VERB = "https://example.org/verbs/answered"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
NEVER = "1970-01-01T00:00:00Z"


def an_id() -> str:
    return str(uuid.uuid4())


def an_agent(**properties: Any) -> dict[str, Any]:
    return {"objectType": "Agent", "mbox": f"mailto:{an_id()}@example.org", **properties}


def an_activity(**properties: Any) -> dict[str, Any]:
    return {"id": f"https://example.org/activities/{an_id()}", **properties}


def a_statement(**properties: Any) -> dict[str, Any]:
    """A valid Statement with a new actor and a new Activity, and with these properties."""
    return {
        "actor": an_agent(),
        "verb": {"id": VERB},
        "object": an_activity(),
        **properties,
    }


def about(statement_id: str, **properties: Any) -> dict[str, Any]:
    """A Statement about another one."""
    reference = {"objectType": "StatementRef", "id": statement_id}
    return a_statement(object=reference, **properties)


def voiding(statement_id: str) -> dict[str, Any]:
    return about(statement_id, verb={"id": VOIDED})


def an_attachment(data: bytes, **properties: Any) -> dict[str, Any]:
    return {
        "usageType": "https://example.org/usage/proof",
        "display": {"en": "proof"},
        "contentType": "text/plain",
        "length": len(data),
        "sha2": hashlib.sha256(data).hexdigest(),
        **properties,
    }


def multipart(
    statements: object, parts: Sequence[tuple[bytes, Mapping[str, str]]] = (), boundary: str = "b0"
) -> dict[str, Any]:
    """
    The headers and body of a request with attachment data.

    Args:
        parts: Data and the headers that it needs beside or other than the usual; an empty one
            is left out.
    """
    body = (
        f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{json.dumps(statements)}".encode()
    )
    for data, changed in parts:
        headers = {
            "Content-Type": "text/plain",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": hashlib.sha256(data).hexdigest(),
            **changed,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        body += f"\r\n--{boundary}\r\n{lines}\r\n".encode() + data
    body += f"\r\n--{boundary}--\r\n".encode()
    return {"data": body, "headers": {"Content-Type": f"multipart/mixed; boundary={boundary}"}}


def state_of(**properties: Any) -> dict[str, str]:
    """The parameters of a State document that no other test has."""
    return {
        "activityId": an_activity()["id"],
        "agent": json.dumps(an_agent()),
        "stateId": "bookmark",
        **properties,
    }


def kept(client: Client, statement_id: str) -> dict[str, Any]:
    """The Statement as it is read back."""
    answer = client.get("statements", params={"statementId": statement_id})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
