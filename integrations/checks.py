"""
How vendors prove that a delivery is theirs (research/integrations.md 0.1).

Every check works on the raw bytes, compares in constant time, and believes any of the secrets
that are valid at the time: two while one takes over from the other. A reason of refusal never
holds a secret or the signature that would have been right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from integrations.base import Delivery

MISSING = "the signature is missing"
WRONG = "the signature is wrong"


def with_headers(delivery: Delivery, headers: Mapping[str, str]) -> Delivery:
    """The delivery with more headers; names in lower case."""
    lower = {name.lower(): value for name, value in headers.items()}
    return replace(delivery, headers={**delivery.headers, **lower})


def _same(given: str, expected: Iterable[str]) -> bool:
    """Whether it is one of those expected; all are compared, each in constant time."""
    seen = given.encode("utf-8", "surrogateescape")
    compared = [hmac.compare_digest(seen, one.encode()) for one in expected]
    return any(compared)


@dataclass(frozen=True, slots=True)
class Hmac:
    """
    An HMAC of the raw body in a header.

    Args:
        header: Its name.
        prefix: Before the digest, such as "sha256=".
        encoding: "hex" or "base64".
    """

    header: str
    prefix: str = ""
    encoding: str = "hex"

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        given = delivery.headers.get(self.header.lower())
        if not given:
            return MISSING
        return None if _same(given, (self._sign(delivery.body, s) for s in secrets)) else WRONG

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        return with_headers(delivery, {self.header: self._sign(delivery.body, secret)})

    def _sign(self, body: bytes, secret: str) -> str:
        digest = hmac.digest(secret.encode(), body, "sha256")
        text = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        return self.prefix + text


@dataclass(frozen=True, slots=True)
class WebSub:
    """`X-Hub-Signature: method=hex`, the method chosen by the hub (W3C WebSub 7.1, 8)."""

    methods: tuple[str, ...] = ("sha1", "sha256", "sha384", "sha512")

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        given = delivery.headers.get("x-hub-signature")
        if not given:
            return MISSING
        method, equals, digest = given.partition("=")
        if not equals or method not in self.methods:
            return "the signature names no method of WebSub"
        right = (hmac.digest(s.encode(), delivery.body, method).hex() for s in secrets)
        return None if _same(digest.lower(), right) else WRONG

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        digest = hmac.digest(secret.encode(), delivery.body, "sha256").hex()
        return with_headers(delivery, {"X-Hub-Signature": f"sha256={digest}"})


@dataclass(frozen=True, slots=True)
class SlackV0:
    """
    Slack's `v0=` signature over version, time and body.

    Args:
        skew: Seconds by which the signed time may differ from ours; what is older is a replay.
    """

    skew: float = 300

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], now: float) -> str | None:
        given = delivery.headers.get("x-slack-signature")
        sent = delivery.headers.get("x-slack-request-timestamp", "")
        if not given or not sent:
            return MISSING
        if not (sent.isascii() and sent.isdigit()) or abs(now - int(sent)) > self.skew:
            return "the signature's time is too far from now"
        return (
            None if _same(given, (self._sign(delivery.body, sent, s) for s in secrets)) else WRONG
        )

    def sign(self, delivery: Delivery, secret: str, now: float) -> Delivery:
        sent = str(int(now))
        headers = {
            "X-Slack-Request-Timestamp": sent,
            "X-Slack-Signature": self._sign(delivery.body, sent, secret),
        }
        return with_headers(delivery, headers)

    @staticmethod
    def _sign(body: bytes, sent: str, secret: str) -> str:
        signed = b"v0:" + sent.encode() + b":" + body
        return "v0=" + hmac.digest(secret.encode(), signed, "sha256").hex()


@dataclass(frozen=True, slots=True)
class AtlassianJwt:
    """
    Confluence Cloud (Connect): `Authorization: JWT ...`, HS256, with a hash of the query (`qsh`).

    The body is not covered; the claims `exp` and `iat` bound a replay. What is hashed is the path
    below the app's base address: this store's own, or, where a proxy puts the store below a path,
    perhaps the host's.

    Args:
        leeway: Seconds of clock difference.
    """

    leeway: float = 60

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], now: float) -> str | None:
        scheme, _, token = delivery.headers.get("authorization", "").partition(" ")
        if scheme != "JWT" or not token:
            return MISSING
        for secret in secrets:
            claims = _claims(token, secret)
            if claims is not None:
                return self._stale(claims, now) or self._elsewhere(claims, delivery)
        return WRONG

    def _stale(self, claims: Mapping[str, object], now: float) -> str | None:
        until, since = claims.get("exp"), claims.get("iat")
        if not isinstance(until, int) or now > until + self.leeway:
            return "the token has expired"
        if isinstance(since, int) and since > now + self.leeway:
            return "the token is of a time to come"
        return None

    def _elsewhere(self, claims: Mapping[str, object], delivery: Delivery) -> str | None:
        qsh = claims.get("qsh")
        paths = [self._path(delivery), *([delivery.url] if delivery.url else [])]
        right = (query_hash(delivery.method, path, delivery.query) for path in paths)
        same = isinstance(qsh, str) and _same(qsh, right)
        return None if same else "the token is for another request"

    @staticmethod
    def _path(delivery: Delivery) -> str:
        return "/" + "/".join(filter(None, ["hooks", delivery.source, delivery.path]))

    def sign(self, delivery: Delivery, secret: str, now: float) -> Delivery:
        qsh = query_hash(delivery.method, self._path(delivery), delivery.query)
        claims = {"iss": "confluence", "iat": int(now), "exp": int(now) + 180, "qsh": qsh}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))
        return with_headers(delivery, {"Authorization": f"JWT {token}"})


def _claims(token: str, secret: str) -> Mapping[str, object] | None:
    try:
        return jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        return None


def query_hash(method: str, path: str, query: Mapping[str, str]) -> str:
    """Atlassian's query string hash: SHA-256 of METHOD&path&sorted query, the token left out."""
    pairs = sorted((_quoted(k), _quoted(value)) for k, value in query.items() if k != "jwt")
    line = "&".join(f"{k}={value}" for k, value in pairs)
    canonical = f"{method.upper()}&{path.rstrip('/') or '/'}&{line}"
    return hashlib.sha256(canonical.encode()).hexdigest()


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


@dataclass(frozen=True, slots=True)
class PathToken:
    """
    For vendors that cannot sign: the last part of the path is the secret.

    It stands in the logs of whatever lies between: to be chosen knowingly.
    """

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        given = delivery.path.rpartition("/")[2]
        if not given:
            return "the token is missing from the path"
        return None if _same(given, secrets) else "the token in the path is wrong"

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        path = "/".join(filter(None, [delivery.event, secret]))
        return replace(delivery, path=path)


@dataclass(frozen=True, slots=True)
class ClientState:
    """Microsoft Graph: every item of `value` carries the state that was agreed on."""

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        try:
            items = orjson.loads(delivery.body)["value"]
            states = [item["clientState"] for item in items]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "the clientState is missing"
        believed = [isinstance(state, str) and _same(state, secrets) for state in states]
        return None if believed and all(believed) else "the clientState is wrong"

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        """Unlike a signature it stands in the body, so that the body changes."""
        try:
            body = orjson.loads(delivery.body)
            body["value"] = [{**item, "clientState": secret} for item in body["value"]]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return delivery
        return replace(delivery, body=orjson.dumps(body))


@dataclass(frozen=True, slots=True)
class Bearer:
    """A key in `Authorization: Bearer <key>`, as Caliper sensors send it; covers no body."""

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        scheme, _, given = delivery.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            return "the key is missing"
        return None if _same(given.strip(), secrets) else "the key is wrong"

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        return with_headers(delivery, {"Authorization": f"Bearer {secret}"})
