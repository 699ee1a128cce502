"""Statements that real systems publish: the valid come back equal, the invalid are refused."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lrs.domain import timestamps
from tests.api.samples import kept, multipart
from tests.server import Client, refusal
from tests.shared import SHARED, needs_shared

FIXTURES = SHARED / "fixtures" / "xapi"
VALID = sorted(FIXTURES.glob("*/*.json"))
INVALID = sorted(path for path in FIXTURES.glob("*/invalid/*.json") if path.name != "REASONS.json")
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
OWN = ("id", "stored", "authority", "version", "timestamp")

pytestmark = [pytest.mark.shared, needs_shared]


@pytest.fixture
def old(lrs: Client) -> Client:
    return lrs.speaking("1.0.3")


def statements_of(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text())
    return content if isinstance(content, list) else [content]


def named(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


def each(paths: list[Path], missing: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths or [FIXTURES / missing], ids=named)


@cache
def published_signature() -> bytes:
    """The JWS that the standard prints beside its signed Statement."""
    text = (SHARED / "spec" / "xAPI-1.0.3-Data.md").read_text()
    (jws,) = re.findall(r"^```\n(ew0K\S+\.\S+\.\S+)\n```$", text, re.MULTILINE)
    return str(jws).encode()


def is_signed(statement: dict[str, Any]) -> bool:
    return any(one["usageType"] == SIGNATURE for one in statement.get("attachments", ()))


def send(client: Client, statement: dict[str, Any]) -> None:
    """Store it, with its signature where it has one."""
    body: dict[str, Any] = {"json": statement}
    if is_signed(statement):
        part = (published_signature(), {"Content-Type": "application/octet-stream"})
        body = multipart(statement, [part])
    answer = client.post("statements", **body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == [statement["id"]]


def assert_equal(back: dict[str, Any], sent: dict[str, Any]) -> None:
    """The same JSON but for what an LRS sets; timestamps are equal as instants."""
    assert back["id"] == sent["id"]
    if "version" in sent:
        assert back["version"] == sent["version"]
    if "timestamp" in sent:
        assert timestamps.parse(back["timestamp"]) == timestamps.parse(sent["timestamp"])
    left, right = (
        {name: value for name, value in one.items() if name not in OWN} for one in (back, sent)
    )
    assert left == with_arrays(right)


def with_arrays(statement: dict[str, Any]) -> dict[str, Any]:
    """A single Activity in contextActivities is answered as an array (Data 2.4.6.2)."""
    context = statement.get("context", {})
    if "contextActivities" not in context:
        return statement
    arrays = {
        name: value if isinstance(value, list) else [value]
        for name, value in context["contextActivities"].items()
    }
    return {**statement, "context": {**context, "contextActivities": arrays}}


@each(VALID, "any.json")
def test_a_published_statement_is_accepted_and_comes_back_equal(old: Client, path: Path) -> None:
    for statement in statements_of(path):
        sent = {**statement, "id": str(uuid.uuid4())}

        send(old, sent)

        assert_equal(kept(old, sent["id"]), sent)


@each(INVALID, "invalid/any.json")
def test_an_invalid_file_is_refused_with_place_and_reason(old: Client, path: Path) -> None:
    content = json.loads(path.read_text())

    said = refusal(old.post("statements", json=content), 400)

    assert said["at"]
    assert said["spec"]


def test_all_that_was_published_is_looked_at(record_property: Any) -> None:
    """323 Statements, two of them signed; a smaller number would be a run of less than all."""
    statements = [one for path in VALID for one in statements_of(path)]
    record_property("valid statements", len(statements))
    record_property("invalid files", len(INVALID))
    print(f"{len(statements)} valid Statements of {len(VALID)} files, {len(INVALID)} invalid files")  # noqa: T201 - shown by -rA

    assert len(statements) >= 323
    assert sum(map(is_signed, statements)) == 2
    assert len(INVALID) >= 35


def test_the_signature_of_the_standard_is_verified_and_its_chain_not_trusted(old: Client) -> None:
    (path,) = FIXTURES.glob("xapi-spec/xapi-data-9.json")
    (statement,) = statements_of(path)
    sent = {**statement, "id": str(uuid.uuid4())}

    send(old, sent)

    said = old.get(f"/api/signatures/{sent['id']}").json()
    assert said["verified"] is True
    assert said["chain_trusted"] is False
    assert statement["attachments"][0]["length"] != len(published_signature())
    assert statement["attachments"][0]["sha2"] == hashlib.sha256(published_signature()).hexdigest()
