"""Signed Statements, and what /api/signatures says of them (Data 2.6)."""

from __future__ import annotations

import pytest

from tests.api.samples import a_statement, an_attachment, an_id, multipart
from tests.domain.test_signatures import SIGNATURE, a_jws, x5c
from tests.server import Client, refusal


def signed(statement: dict, jws: bytes, kind: str = "application/octet-stream") -> dict:
    """The request that sends a Statement with its signature."""
    attachment = an_attachment(jws, usageType=SIGNATURE, contentType=kind)
    whole = {**statement, "attachments": [attachment]}
    return multipart(whole, [(jws, {"Content-Type": kind})])


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signed_statement_is_kept_and_its_signature_told(either: Client, algorithm: str) -> None:
    statement = a_statement(id=an_id())
    jws = a_jws({"alg": algorithm, "x5c": x5c("signer", "authority")}, statement)

    answer = either.post("statements", **signed(statement, jws))

    assert answer.status_code == 200, answer.text
    found = either.get(f"/api/signatures/{statement['id'].upper()}")
    assert found.status_code == 200
    said = found.json()
    assert said["algorithm"] == algorithm
    assert said["verified"] is True
    assert said["chain_trusted"] is False
    assert "Signer" in said["certificate_subject"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda s: a_jws({"alg": "RS256"}, {**s, "verb": {"id": "https://example.org/other"}}),
        lambda s: a_jws({"alg": "HS256"}, s),
        lambda s: a_jws({"alg": "RS256", "x5c": x5c("another")}, s),
        lambda s: a_jws({"alg": "RS256"}, s).partition(b".")[0],
        lambda _: b"no signature",
    ],
    ids=["another Statement", "HS256", "another key", "one segment", "no JWS"],
)
def test_a_wrong_signature_is_refused(either: Client, break_it) -> None:
    statement = a_statement(id=an_id())

    answer = either.post("statements", **signed(statement, break_it(statement)))

    assert refusal(answer, 400)["at"] == "attachments[0]"
    refusal(either.get("statements", params={"statementId": statement["id"]}), 404)


def test_the_content_type_of_a_signature_is_octet_stream(either: Client) -> None:
    statement = a_statement(id=an_id())

    answer = either.post(
        "statements", **signed(statement, a_jws({"alg": "RS256"}, statement), "text/plain")
    )

    refusal(answer, 400)


def test_an_unsigned_statement_has_no_signature(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    refusal(lrs.get(f"/api/signatures/{statement_id}"), 404)
    refusal(lrs.get("/api/signatures/nonsense"), 400)


def test_a_resend_changes_nothing_about_the_signature(either: Client) -> None:
    """Else anybody who may write makes himself the signer of what another has sent."""
    statement = a_statement(id=an_id())
    first = a_jws({"alg": "RS256", "x5c": x5c("signer", "authority")}, statement)
    again = a_jws({"alg": "RS256"}, statement)
    assert either.post("statements", **signed(statement, first)).status_code == 200
    before = either.get(f"/api/signatures/{statement['id']}").json()

    answer = either.post("statements", **signed(statement, again))

    assert answer.status_code == 200
    assert before["verified"] is True
    assert either.get(f"/api/signatures/{statement['id']}").json() == before


def test_a_statement_kept_unsigned_is_not_signed_by_a_resend(either: Client) -> None:
    statement = a_statement(id=an_id())
    either.keep(statement)

    answer = either.post("statements", **signed(statement, a_jws({"alg": "RS256"}, statement)))

    assert answer.status_code == 200
    refusal(either.get(f"/api/signatures/{statement['id']}"), 404)


def test_signatures_are_for_those_who_may_read_statements(lrs: Client) -> None:
    refusal(lrs.new_key("statements/read/mine").get(f"/api/signatures/{an_id()}"), 403)
    refusal(lrs.anonymous().get(f"/api/signatures/{an_id()}"), 401)
