"""Vendors' schemes, recomputed here by other means than the code under test uses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from integrations.base import Check, Delivery
from integrations.checks import (
    AtlassianJwt,
    Bearer,
    ClientState,
    Hmac,
    PathToken,
    SlackV0,
    WebSub,
    query_hash,
)

NOW = 1_764_000_000.0
BODY = '{"text":"caf\\u00e9 é"}'.encode()


def a_delivery(**changes) -> Delivery:
    return replace(
        Delivery(source="wiki", body=BODY, path="page_created", event="page_created"), **changes
    )


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hand_made_jwt(claims: dict, secret: str, algorithm: str = "HS256") -> str:
    head = b64url(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    payload = b64url(json.dumps(claims).encode())
    digest = hmac.new(secret.encode(), f"{head}.{payload}".encode(), hashlib.sha256).digest()
    return f"JWT {head}.{payload}.{b64url(digest)}"


def test_hex_hmac_covers_the_raw_bytes() -> None:
    expected = "sha256=" + hmac.new(b"key", BODY, hashlib.sha256).hexdigest()
    check = Hmac("X-Hub-Signature-256", "sha256=")

    assert (
        check.refusal(a_delivery(headers={"x-hub-signature-256": expected}), ("key",), NOW) is None
    )
    bare = a_delivery(headers={"x-hub-signature-256": expected.removeprefix("sha256=")})
    assert check.refusal(bare, ("key",), NOW)


def test_base64_hmac_with_and_without_a_prefix() -> None:
    digest = base64.b64encode(hmac.new(b"key", BODY, hashlib.sha256).digest()).decode()

    x = Hmac("X-Twitter-Webhooks-Signature", "sha256=", "base64")
    wordpress = Hmac("X-WP-Webhook-Signature", encoding="base64")

    told = a_delivery(headers={"x-twitter-webhooks-signature": f"sha256={digest}"})
    assert x.refusal(told, ("key",), NOW) is None
    assert (
        wordpress.refusal(a_delivery(headers={"x-wp-webhook-signature": digest}), ("key",), NOW)
        is None
    )


def test_a_signature_that_is_no_ascii_is_wrong_and_no_error() -> None:
    told = a_delivery(headers={"x-hub-signature": "sha256=é\udcff"})

    assert Hmac("X-Hub-Signature", "sha256=").refusal(told, ("key",), NOW)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_websub_takes_the_method_from_the_header(method: str) -> None:
    digest = hmac.new(b"key", BODY, method).hexdigest()
    told = a_delivery(headers={"x-hub-signature": f"{method}={digest}"})

    assert WebSub().refusal(told, ("key",), NOW) is None
    assert WebSub().refusal(told, ("another",), NOW)


def test_websub_refuses_methods_it_does_not_know() -> None:
    digest = hmac.new(b"key", BODY, "md5").hexdigest()

    assert WebSub().refusal(a_delivery(headers={"x-hub-signature": f"md5={digest}"}), ("key",), NOW)


@pytest.mark.parametrize(
    ("late", "believed"), [(0, True), (299, True), (301, False), (-301, False)]
)
def test_slack_signs_the_time_and_an_old_one_is_a_replay(late: int, believed: bool) -> None:
    sent = str(int(NOW))
    digest = hmac.new(b"key", b"v0:" + sent.encode() + b":" + BODY, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": sent, "x-slack-signature": f"v0={digest}"}

    refusal = SlackV0().refusal(a_delivery(headers=headers), ("key",), NOW + late)

    assert (refusal is None) is believed


def test_a_time_that_is_no_number_is_refused() -> None:
    headers = {"x-slack-request-timestamp": "١٢", "x-slack-signature": "v0=00"}

    assert SlackV0().refusal(a_delivery(headers=headers), ("key",), NOW)


def claims(**changes) -> dict:
    qsh = hashlib.sha256(b"POST&/hooks/wiki/page_created&a=1&b=x%20y").hexdigest()
    return {"iss": "c", "iat": int(NOW), "exp": int(NOW) + 180, "qsh": qsh, **changes}


def asked(**changes) -> Delivery:
    return a_delivery(query={"b": "x y", "a": "1", "jwt": "left out"}, **changes)


@pytest.mark.parametrize(
    ("token", "believed"),
    [
        (hand_made_jwt(claims(), "key-of-the-app-0123456789"), True),
        (hand_made_jwt(claims(), "another-key-0123456789"), False),
        (hand_made_jwt(claims(exp=int(NOW) - 3600), "key-of-the-app-0123456789"), False),
        (hand_made_jwt(claims(iat=int(NOW) + 3600), "key-of-the-app-0123456789"), False),
        (hand_made_jwt(claims(qsh="0" * 64), "key-of-the-app-0123456789"), False),
        (hand_made_jwt(claims(), "key-of-the-app-0123456789", algorithm="none"), False),
        ("JWT not.a.token", False),
        ("Bearer x", False),
    ],
)
def test_confluence_proves_the_request_by_a_token_with_a_hash_of_the_query(
    token: str, believed: bool
) -> None:
    refusal = AtlassianJwt().refusal(
        asked(headers={"authorization": token}), ("key-of-the-app-0123456789",), NOW
    )

    assert (refusal is None) is believed


def test_the_hash_of_a_query_sorts_and_escapes() -> None:
    expected = hashlib.sha256(b"GET&/&a=%2A&b=1").hexdigest()

    assert query_hash("get", "/", {"b": "1", "a": "*"}) == expected


def test_every_item_of_graph_must_carry_the_agreed_state() -> None:
    def told(*states: str) -> Delivery:
        return a_delivery(body=json.dumps({"value": [{"clientState": s} for s in states]}).encode())

    assert ClientState().refusal(told("key", "key"), ("key",), NOW) is None
    assert ClientState().refusal(told("key", "other"), ("key",), NOW)
    assert ClientState().refusal(told(), ("key",), NOW)
    assert ClientState().refusal(a_delivery(body=b"no json"), ("key",), NOW)


def test_a_token_is_the_last_part_of_the_path() -> None:
    assert PathToken().refusal(a_delivery(path="page_created/key"), ("key",), NOW) is None
    assert PathToken().refusal(a_delivery(path="key"), ("key",), NOW) is None
    assert PathToken().refusal(a_delivery(path="key/page_created"), ("key",), NOW)
    assert PathToken().refusal(a_delivery(path=""), ("key",), NOW)


def test_a_sensor_shows_its_key() -> None:
    assert (
        Bearer().refusal(a_delivery(headers={"authorization": "bearer key"}), ("key",), NOW) is None
    )
    assert Bearer().refusal(a_delivery(headers={"authorization": "Basic key"}), ("key",), NOW)


@pytest.mark.parametrize(
    "check",
    [Hmac("X-S", "sha256="), WebSub(), SlackV0(), AtlassianJwt(), PathToken(), Bearer()],
    ids=lambda c: type(c).__name__,
)
def test_no_reason_of_refusal_holds_a_secret(check: Check) -> None:
    signed = check.sign(a_delivery(), "a-wrong-one-0123456789", NOW)

    refusal = check.refusal(signed, ("the-secret-0123456789",), NOW)

    assert refusal
    assert "the-secret-0123456789" not in refusal
