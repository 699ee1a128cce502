"""Whatever is sent, the answer is never our fault: no 5xx, and refusals keep their shape."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.samples import an_agent, an_id, multipart
from tests.domain.corpus import BOTH, ONLY_2_0, changed
from tests.server import Client, refusal

pytestmark = pytest.mark.timeout(7200)  # with --long it takes its time
RESOURCES = [
    "/xapi/statements",
    "/xapi/statements/more",
    "/xapi/activities/state",
    "/xapi/activities/profile",
    "/xapi/agents/profile",
    "/xapi/agents",
    "/xapi/activities",
    "/xapi/about",
    "/api/validate",
    "/api/keys",
    "/api/keys/x",
    f"/api/signatures/{an_id()}",
    "/hooks/x",
    "/",
]
METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]
VERSIONS = ["1.0.3", "2.0.0"]
PARAMETERS = {
    "statementId": [an_id()],
    "voidedStatementId": [an_id()],
    "agent": [json.dumps(an_agent()), "{}", "[]", "null", "7"],
    "verb": ["https://example.org/v"],
    "activity": ["https://example.org/a"],
    "activityId": ["https://example.org/a"],
    "stateId": ["s"],
    "profileId": ["p"],
    "registration": [an_id()],
    "since": ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:60-23:59"],
    "until": ["2026-01-01T00:00:00Z", "0000-00-00T00:00:00Z"],
    "limit": ["0", "1", "9" * 30],
    "format": ["ids", "canonical", "exact"],
    "attachments": ["true"],
    "ascending": ["true"],
    "related_agents": ["true"],
    "related_activities": ["true"],
    "after": ["1", "9" * 18, "-1"],
    "method": ["GET", "PUT", "DELETE"],
    "xapi": ["1.0.3"],
}
KINDS = [
    "application/json",
    "multipart/mixed; boundary=b0",
    "text/plain",
    "application/x-www-form-urlencoded",
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["", "Agent", "Group", "SubStatement", "StatementRef", an_id(), "urn:x", "en"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "objectType", "mbox", "actor", "object", "member", "account"])
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def paths_in(value: Any, so_far: str = "") -> list[str]:
    """Every place in a JSON value, as `changed` takes it."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [so_far] if so_far else []
    for step, below in inner:
        if "/" not in str(step) and not (isinstance(step, str) and step.isdigit()):
            found += paths_in(below, f"{so_far}/{step}" if so_far else str(step))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A valid Statement with something else at up to three places."""
    statement = {**draw(st.sampled_from(BOTH + ONLY_2_0)), "id": an_id()}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths_in(statement)))
        statement = changed(statement, path, draw(json_values))
        if not paths_in(statement):
            break
    return statement


ascii_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
queries = st.one_of(
    st.lists(
        st.sampled_from(sorted(PARAMETERS)).flatmap(
            lambda name: st.tuples(
                st.just(name), st.sampled_from(PARAMETERS[name]) | st.text(max_size=20)
            )
        ),
        max_size=5,
    ).map(lambda pairs: urlencode(pairs, errors="surrogatepass")),
    ascii_text.map(lambda text: quote(text, safe="%&=;+,/?:@!$'()*[]|{}^`")),
    st.binary(max_size=20).map(quote),
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Content-Encoding",
            "Content-Transfer-Encoding",
            "Accept-Encoding",
            "Accept-Language",
            "Accept",
            "If-Match",
            "If-None-Match",
            "Origin",
            "X-Request-Id",
            "X-Forwarded-Prefix",
            "X-Experience-API-Version",
            "X-HTTP-Method-Override",
            "Expect",
            "Range",
            "Cookie",
        ]
    ),
    st.binary(max_size=30).map(lambda raw: bytes(b for b in raw if b >= 32 and b != 127))
    | st.sampled_from(
        [b"gzip", b"*", b'"a", W/"b"', b"1.0.3", b"application/json", *map(str.encode, KINDS)]
    ),
    max_size=4,
)

EXAMPLES, MANY = 200, 20_000
Run = Callable[[Callable[..., None], Any], None]


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Try a check with many examples: for seconds, or with --long for many minutes."""
    examples = MANY if request.config.getoption("--long") else EXAMPLES

    def tried(check: Callable[..., None], **given_: Any) -> None:
        limits = settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        limits(given(**given_)(check))()

    return tried


def assert_not_our_fault(status: int, content: bytes, kind: str | None, sent: object) -> None:
    assert status < 500, (status, content, sent)
    if status >= 400 and content and kind == "application/json":
        assert set(json.loads(content)["error"]) == {"status", "detail", "at", "spec"}


def answered(client: Client, method: str, path: str, **rest: Any) -> None:
    answer = client.send(method, path, **rest)
    kind = answer.headers.get("Content-Type")
    assert_not_our_fault(answer.status_code, answer.content, kind, (method, path, rest))


def test_mutated_statements(lrs: Client, run: Run) -> None:
    def check(statement: Any, version: str, signed: bool) -> None:
        client = lrs.speaking(version)
        body = multipart(statement, [(b"x", {})]) if signed else {"json": statement}
        answered(client, "POST", "statements", **body)
        answered(client, "POST", "/api/validate", json=statement, params={"xapi": version})
        known = statement.get("id")
        if isinstance(known, str):
            for form in ("ids", "canonical"):
                answered(client, "GET", "statements", params={"statementId": known, "format": form})

    run(check, statement=mutated(), version=st.sampled_from(VERSIONS), signed=st.booleans())


def test_lists_after_whatever_was_stored(lrs: Client) -> None:
    for form in ("exact", "ids", "canonical"):
        for attachments in ("true", "false"):
            answered(lrs, "GET", "statements", params={"format": form, "attachments": attachments})
    answered(lrs, "GET", "/")


def test_random_json(lrs: Client, run: Run) -> None:
    def check(method: str, path: str, version: str, body: Any, query: str) -> None:
        answered(lrs.speaking(version), method, f"{path}?{query}", json=body)

    run(
        check,
        method=st.sampled_from(METHODS),
        path=st.sampled_from(RESOURCES),
        version=st.sampled_from(VERSIONS),
        body=json_values,
        query=queries,
    )


def test_random_bytes(lrs: Client, run: Run) -> None:
    def check(method: str, path: str, body: bytes, kind: str, chunked: bool) -> None:
        data: Any = iter(filter(None, [body[:3], body[3:]])) if chunked else body
        # A refused body is not read to its end, and its connection ends with it.
        answered(
            lrs, method, path, data=data, headers={"Content-Type": kind, "Connection": "close"}
        )

    run(
        check,
        method=st.sampled_from(["PUT", "POST", "DELETE"]),
        path=st.sampled_from(RESOURCES),
        body=st.binary(max_size=200)
        | st.binary(max_size=60).map(lambda b: b"--b0\r\n" + b + b"\r\n--b0--"),
        kind=st.sampled_from(KINDS) | ascii_text,
        chunked=st.booleans(),
    )


def test_random_headers_and_queries(lrs: Client, run: Run) -> None:
    """Through http.client, which sends what `requests` would mend."""
    place = urlsplit(lrs.url).netloc

    def check(method: str, path: str, query: str, given_: dict[str, bytes], known: bool) -> None:
        connection = http.client.HTTPConnection(place, timeout=30)
        connection.putrequest(method, f"{path}?{query}", skip_accept_encoding=True)
        sent = {"X-Experience-API-Version": b"2.0.0", **given_}
        if known:
            sent["Authorization"] = basic(lrs)
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}")
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kind = None if answer.getheader("Content-Encoding") else answer.getheader("Content-Type")
        assert_not_our_fault(answer.status, content, kind, (method, path, query, given_))

    run(
        check,
        method=st.sampled_from(METHODS),
        path=st.sampled_from(RESOURCES),
        query=queries,
        given_=headers,
        known=st.integers(0, 9).map(bool),
    )


def test_random_credentials(lrs: Client, run: Run) -> None:
    def check(value: bytes) -> None:
        printable = bytes(b for b in value if b >= 32 and b != 127)
        headers = {"Authorization": b"Basic " + printable}
        answered(lrs.anonymous(), "GET", "statements", headers=headers)

    run(check, value=st.binary(max_size=40))


def test_random_paths(lrs: Client, run: Run) -> None:
    def check(method: str, base: str, tail: bytes) -> None:
        answered(lrs, method, base.rstrip("/") + "/" + quote(tail, safe="/"))

    run(
        check,
        method=st.sampled_from(METHODS),
        base=st.sampled_from(RESOURCES),
        tail=st.binary(max_size=20)
        | st.text(max_size=20).map(lambda t: t.encode(errors="replace")),
    )


def basic(client: Client) -> bytes:
    assert client.auth is not None
    pair = f"{client.auth.username}:{client.auth.password}".encode()
    return b"Basic " + base64.b64encode(pair)


@pytest.mark.parametrize("path", ["/api/keys//%00", "/xapi//statements", "/hooks//%0d%0a"])
def test_a_path_with_empty_parts_is_not_found(lrs: Client, path: str) -> None:
    """No redirect to the path without them: a Location header cannot hold all that a path can."""
    refusal(lrs.send("GET", path), 404)
