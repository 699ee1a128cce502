"""
Sends a simulated organisation to an LRS as its systems would: over HTTP, with a key and signatures.

Statements go to the Statement Resource, forum posts to the hook of a Discourse source, searches
and page views to the hook of a generic signed source.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any

import orjson
import requests

from analytics.simulate.people import FORUM, INTRANET
from analytics.simulate.telling import QUESTIONS_CATEGORY, Told, Way

_STATEMENTS, _EVENTS = 50, 20
_FORUM_CONNECTIONS = 4
_TIMEOUT_SECONDS = 60
_TRIES = 5

Json = dict[str, Any]


@dataclass(frozen=True)
class Lrs:
    """
    Where to send to.

    Args:
        url: Scheme, host and port.
        key, secret: Of a key with the scope `all`.
        hook_secret: What forum and intranet sign with.
    """

    url: str
    key: str
    secret: str
    hook_secret: str


class NotTaken(Exception):
    """What was answered to something that should have been taken."""


def add_sources(lrs: Lrs) -> None:
    """Tell the LRS of the forum and of the intranet search; those of these names are replaced."""
    shared = {"secrets": [lrs.hook_secret], "texts": "full", "consent": "not needed"}
    forum = {
        "name": "forum",
        "integration": "discourse",
        "instance": FORUM,
        "options": {"questions": [QUESTIONS_CATEGORY]},
        **shared,
    }
    intranet = {"name": "intranet", "integration": "generic", "instance": INTRANET, **shared}
    with _session(lrs) as session:
        for source in (forum, intranet):
            _post(session, f"{lrs.url}/api/sources", orjson.dumps(source), {})


def send(lrs: Lrs, told: Sequence[Told]) -> int:
    """
    Send all of it, each system by itself and in its own order.

    Returns:
        How many requests that took.

    Raises:
        NotTaken: The LRS refused one, or could not be reached after several tries.
    """
    lanes = [_statements(lrs, _of(told, "statements")), _events(lrs, _of(told, "intranet"))]
    posts = _of(told, "forum")
    lanes += [_posts(lrs, posts[lane::_FORUM_CONNECTIONS]) for lane in range(_FORUM_CONNECTIONS)]
    with ThreadPoolExecutor(len(lanes)) as pool:
        return sum(pool.map(lambda lane: _run(lrs, lane), lanes))


@dataclass(frozen=True)
class _Request:
    path: str
    body: bytes
    headers: dict[str, str]


def _of(told: Iterable[Told], way: Way) -> list[Json]:
    return [one.body for one in told if one.way == way]


def _statements(lrs: Lrs, bodies: Sequence[Json]) -> Iterator[_Request]:
    del lrs  # the key is the session's
    for batch in _batches(bodies, _STATEMENTS):
        yield _Request(
            "/xapi/statements", orjson.dumps(batch), {"X-Experience-API-Version": "2.0.0"}
        )


def _events(lrs: Lrs, bodies: Sequence[Json]) -> Iterator[_Request]:
    for batch in _batches(bodies, _EVENTS):
        body = orjson.dumps({"events": batch})
        yield _Request("/hooks/intranet", body, {"X-Signature-256": _signature(lrs, body)})


def _posts(lrs: Lrs, bodies: Sequence[Json]) -> Iterator[_Request]:
    for post in bodies:
        body = orjson.dumps(post)
        yield _Request(
            "/hooks/forum",
            body,
            {
                "X-Discourse-Instance": FORUM,
                "X-Discourse-Event-Type": "post",
                "X-Discourse-Event": "post_created",
                "X-Discourse-Event-Signature": _signature(lrs, body),
            },
        )


def _batches(bodies: Iterable[Json], most: int) -> Iterator[list[Json]]:
    """In order; what is sent a second time comes in another batch than the first time."""
    batch: dict[str, Json] = {}
    for body in chain(bodies, [None]):
        if batch and (body is None or len(batch) == most or body["id"] in batch):
            yield list(batch.values())
            batch = {}
        if body is not None:
            batch[body["id"]] = body


def _signature(lrs: Lrs, body: bytes) -> str:
    return "sha256=" + hmac.new(lrs.hook_secret.encode(), body, hashlib.sha256).hexdigest()


def _run(lrs: Lrs, lane: Iterator[_Request]) -> int:
    sent = 0
    with _session(lrs) as session:
        for one in lane:
            _post(session, lrs.url + one.path, one.body, one.headers)
            sent += 1
    return sent


def _session(lrs: Lrs) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy that is set there leads away from this machine
    session.auth = (lrs.key, lrs.secret)
    session.headers["Content-Type"] = "application/json"
    return session


def _post(session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> None:
    """Once it is taken; what is busy is asked again, as systems do."""
    for attempt in range(_TRIES):
        answer = session.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS)
        if answer.ok:
            return
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.2 * 2**attempt)  # as a vendor that is told 503 would
    raise NotTaken(f"{answer.status_code} for {url}: {answer.text[:500]}")
