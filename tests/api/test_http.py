"""What holds for every request: encodings, limits, methods, paths, request ids, browsers."""

from __future__ import annotations

import base64
import gzip
import json
import re
import socket
import zlib
from collections.abc import Iterator

import pytest

from tests.api.samples import a_statement, an_activity, an_id, kept, state_of
from tests.server import Client, refusal

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 2 * 2**20


def test_a_gzipped_request_is_read(either: Client) -> None:
    statement = a_statement(id=an_id())
    packed = gzip.compress(json.dumps(statement).encode())

    answer = either.post("statements", data=packed, headers={**JSON, "Content-Encoding": "gzip"})

    assert answer.json() == [statement["id"]]
    assert kept(either, statement["id"])["actor"] == statement["actor"]


def test_an_answer_is_gzipped_for_those_who_ask(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(20)))
    asked = {"params": {"activity": activity["id"]}}

    packed = lrs.get("statements", headers={"Accept-Encoding": "gzip"}, **asked)
    plain = lrs.get("statements", headers={"Accept-Encoding": "identity"}, **asked)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_gzip_refused_by_its_quality_is_not_sent(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(20)))

    answer = lrs.get(
        "statements",
        params={"activity": activity["id"]},
        headers={"Accept-Encoding": "gzip;q=0, identity"},
    )

    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("bomb", [bytes(BODY_LIMIT * 100), b" " * (BODY_LIMIT + 1)])
def test_a_bomb_is_too_large(lrs: Client, bomb: bytes) -> None:
    answer = lrs.post(
        "statements", data=gzip.compress(bomb), headers={**JSON, "Content-Encoding": "gzip"}
    )

    refusal(answer, 413)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"{}")[:-4]),
        ("gzip", gzip.compress(b"{}") + b"more"),
        ("gzip", gzip.compress(b"{}") + gzip.compress(b" ")),
        ("gzip", b""),
        ("br", b"{}"),
        ("deflate", zlib.compress(b"{}")),
        ("gzip, gzip", b"{}"),
    ],
    ids=["not gzip", "cut", "more after it", "two members", "empty", "br", "deflate", "twice"],
)
def test_what_cannot_be_decoded_is_refused(lrs: Client, encoding: str, body: bytes) -> None:
    answer = lrs.post("statements", data=body, headers={**JSON, "Content-Encoding": encoding})

    assert refusal(answer, 400)["at"] == "Content-Encoding"


def in_chunks(data: bytes, size: int = 50) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def test_a_chunked_body_is_read(either: Client) -> None:
    statement = a_statement(id=an_id())

    answer = either.post("statements", data=in_chunks(json.dumps(statement).encode()), headers=JSON)

    assert answer.json() == [statement["id"]]


def test_a_chunked_body_may_be_gzipped(lrs: Client) -> None:
    statement = a_statement(id=an_id())
    packed = gzip.compress(json.dumps(statement).encode())

    answer = lrs.post(
        "statements", data=in_chunks(packed), headers={**JSON, "Content-Encoding": "gzip"}
    )

    assert answer.json() == [statement["id"]]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["statements", "activities/state", "/api/validate", "/api/keys"])
def test_a_body_beyond_the_limit_is_too_large(lrs: Client, path: str, chunked: bool) -> None:
    data = b" " * (BODY_LIMIT + 1)
    parameters = state_of() if path == "activities/state" else {}

    answer = lrs.post(
        path, params=parameters, data=in_chunks(data, 2**16) if chunked else data, headers=JSON
    )

    refusal(answer, 413)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_document_at_the_limit_is_kept_whole_and_one_beyond_it_is_not_kept(
    lrs: Client, chunked: bool
) -> None:
    """Cut at the limit it would be answered as kept, and be another document."""
    document = state_of()

    def put(size: int) -> int:
        data = bytes(size)
        body = in_chunks(data, 2**16) if chunked else data
        kind = {"Content-Type": "application/octet-stream"}
        return lrs.post("activities/state", params=document, data=body, headers=kind).status_code

    assert put(BODY_LIMIT + 1) == 413
    assert lrs.get("activities/state", params=document).status_code == 404
    assert put(BODY_LIMIT) == 204
    assert len(lrs.get("activities/state", params=document).content) == BODY_LIMIT


def test_a_batch_beyond_the_limit_is_too_large(lrs: Client) -> None:
    refusal(lrs.post("statements", json=[a_statement() for _ in range(201)]), 413)


@pytest.mark.parametrize("depth", [41, 10_000, 100_000])
def test_json_nested_too_deeply_is_refused(lrs: Client, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth

    refusal(lrs.post("statements", data=nested, headers=JSON), 400)
    refusal(lrs.put("activities/state", params=state_of(), data=nested, headers=JSON), 400)
    refusal(lrs.post("/api/validate", data=nested, headers=JSON), 400)


@pytest.mark.parametrize(
    "path", ["/nothing", "/xapi", "/xapi/nothing", "/api/nothing", "/xapi/statements/x"]
)
def test_an_unknown_path_is_a_404_in_json(lrs: Client, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        refusal(lrs.send(method, path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "statements", {"GET", "HEAD", "POST", "PUT", "OPTIONS"}),
        ("PATCH", "statements", {"GET", "HEAD", "POST", "PUT", "OPTIONS"}),
        ("POST", "statements/more", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "agents", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "activities", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "about", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "activities/state", {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}),
        ("GET", "/api/validate", {"POST", "OPTIONS"}),
        ("PUT", "/api/keys", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/health/ready", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_a_405_that_names_those_allowed(
    lrs: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = lrs.send(method, path)

    refusal(answer, 405)
    assert set(re.split(", *", answer.headers["Allow"])) == allowed


def test_a_request_id_is_given_back_or_made(lrs: Client) -> None:
    given = lrs.get("about", headers={"X-Request-Id": "abc-1"})
    made = [lrs.get("about").headers["X-Request-Id"] for _ in range(2)]

    assert given.headers["X-Request-Id"] == "abc-1"
    assert len(set(made)) == 2


def test_a_request_id_is_cut_at_128_characters(lrs: Client) -> None:
    answer = lrs.get("about", headers={"X-Request-Id": "x" * 4000})

    assert answer.headers["X-Request-Id"] == "x" * 128


def test_refusals_have_a_request_id_too(lrs: Client) -> None:
    for path in ("/nothing", "statements?x=1"):
        assert lrs.get(path).headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["statements", "activities/state", "agents/profile", "about"])
def test_a_preflight_needs_no_key(lrs: Client, path: str) -> None:
    asked = {
        "Origin": "https://content.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,x-experience-api-version,if-match",
    }

    answer = lrs.anonymous().speaking(None).send("OPTIONS", path, headers=asked)

    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://content.example")
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in asked["Access-Control-Request-Headers"].split(","))


def test_browsers_may_read_what_they_need_of_any_answer(lrs: Client) -> None:
    browser = lrs.saying(Origin="https://content.example")

    for answer in (browser.get("statements", params={"limit": "1"}), browser.get("statements?x=1")):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://content.example"
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert {"ETag", "X-Experience-API-Consistent-Through"} <= set(exposed.split(", "))
        assert "Origin" in answer.headers["Vary"]


def test_who_is_no_browser_gets_no_cors(lrs: Client) -> None:
    assert "Access-Control-Allow-Origin" not in lrs.get("about").headers


@pytest.mark.parametrize("sent", ["\xc3\xa9", "%C3%A9"])
def test_a_query_is_utf_8_also_where_it_is_not_encoded(lrs: Client, sent: str) -> None:
    answer = asked_raw(lrs, f"/xapi/activities?activityId=http://ex.org/{sent}")

    assert answer == (200, "http://ex.org/é")


def test_a_query_that_is_no_utf_8_is_refused(lrs: Client) -> None:
    status, _ = asked_raw(lrs, "/xapi/activities?activityId=http://ex.org/\xe9")

    assert status == 400


def asked_raw(lrs: Client, target: str) -> tuple[int, str]:
    """The status and the id that is answered, for a target of which each character is a byte."""
    assert lrs.auth is not None
    user, secret = lrs.auth.username, lrs.auth.password
    key = base64.b64encode(f"{user}:{secret}".encode()).decode()
    head = f"GET {target} HTTP/1.0\r\nAuthorization: Basic {key}\r\n"
    head += "X-Experience-API-Version: 2.0.0\r\n\r\n"
    host, port = lrs.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 60) as connection:
        connection.sendall(head.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    headers, _, body = answer.partition(b"\r\n\r\n")
    status = int(headers.split()[1])
    return status, json.loads(body)["id"] if status == 200 else ""
