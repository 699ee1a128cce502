"""
HTTP towards the systems that are harvested: patient, polite and bounded.

What passes (a broken connection, 5xx, 429) is tried again with growing pauses; what a vendor asks
for (Retry-After, rate headers) is obeyed, in this process where it is short and by ending the run
where it is long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

import orjson
import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from integrations.guard import Forbidden, host_of, mounts
from integrations.walk import Walk
from lrs import __version__

MOST_BYTES = 16 * 2**20
ATTEMPTS = 5
TIMEOUT = (10.0, 30.0)  # seconds: to connect, and between two pieces of an answer
WHOLE_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 420, 425, 429, 500, 502, 503, 504})
_THROTTLED = frozenset({420, 429})
THROTTLED_SECONDS = 60.0  # where a stream is throttled and does not say for how long
_growing = wait_exponential_jitter(max=PATIENCE_SECONDS, multiplier=0.2)
_EPOCH_FROM = 10**9  # smaller numbers of a reset are seconds from now
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    ChunkedEncodingError,
    ContentDecodingError,
)


class Later(Exception):
    """The vendor wants to be left alone for so many seconds, longer than a run should wait."""

    def __init__(self, seconds: float, why: str = "the vendor asks for it") -> None:
        super().__init__(f"to be asked again in {seconds:.0f} s: {why}")
        self.seconds = seconds


class Refused(Exception):
    """An answer that trying again would not change."""

    def __init__(self, detail: str, status: int = 0) -> None:
        super().__init__(detail)
        self.status = status


class Busy(Exception):
    """An answer that says: try again, after so many seconds where it tells."""

    def __init__(self, detail: str, after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


@dataclass(frozen=True)
class Reply:
    """An answer, whole; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @cached_property
    def json(self) -> Any:
        """
        Its body as JSON.

        Raises:
            Busy: It is none: a connection that broke off, or a page of a proxy.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Busy(f"the answer is no JSON: {error}") from None

    def link(self, rel: str) -> str | None:
        """The address of a relation in the Link header."""
        links = requests.utils.parse_header_links(self.headers.get("link", ""))
        found = next((one["url"] for one in links if rel in one.get("rel", "").split()), None)
        return urljoin(self.url, found) if found else None


def _is_secure(url: str) -> bool:
    return url.lower().startswith(("https:", "wss:"))


def _is_json(reply: Reply) -> None:
    """See whether what is read was sent whole; of a failure only the status counts."""
    if reply.status < HTTPStatus.BAD_REQUEST:
        _ = reply.json


class Http:
    """
    A client for one source.

    Args:
        trusted: Addresses whose hosts stand in the source's configuration; only to these are
            `headers` sent.
        headers: With every request to a trusted host: what lets the harvester in.
        patience: The longest pause in seconds that is waited for here; what is longer is Later.
        agent: For vendors that want to know whom to write to.
    """

    def __init__(
        self,
        trusted: tuple[str, ...],
        headers: Mapping[str, str] | None = None,
        *,
        agent: str = "",
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._trusted = {host_of(url) for url in trusted}
        self._in_the_open = {host_of(url) for url in trusted if not _is_secure(url)}
        self._headers = dict(headers or {})
        self._patience = patience
        self._pause_until = 0.0
        self.walk = Walk()
        self._streams: list[requests.Response] = []
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"social-lrs/{__version__} {agent}".strip()
        for prefix, adapter in mounts(self._trusted).items():
            self._session.mount(prefix, adapter)

    def let_in(self, headers: Mapping[str, str]) -> None:
        """Send these to trusted hosts from now on: a token that was fetched for this run."""
        self._headers |= headers

    def is_trusted(self, url: str) -> bool:
        """Whether the host of an address stands in the source's configuration."""
        return host_of(url) in self._trusted

    def headers_for(self, url: str) -> Mapping[str, str]:
        """
        What lets the harvester in at an address; nothing where it is another host's, nor where it
        would go unencrypted to one that is configured with https.
        """
        safe = _is_secure(url) or host_of(url) in self._in_the_open
        return self._headers if safe and self.is_trusted(url) else {}

    def close(self) -> None:
        """End what is under way, streams that other threads read too."""
        for answer in self._streams:
            with suppress(ValueError, RuntimeError, OSError):
                answer.raw.shutdown()
        self._session.close()

    def get(self, url: str, params: Mapping[str, Any] | None = None, **more: Any) -> Reply:
        """As `ask` with GET."""
        return self.ask("GET", url, params=params, **more)

    def post(self, url: str, **more: Any) -> Reply:
        """As `ask` with POST."""
        return self.ask("POST", url, **more)

    def ask(
        self,
        method: str,
        url: str,
        *,
        look: Callable[[Reply], object] | None = _is_json,
        accept: frozenset[int] = frozenset(),
        **more: Any,
    ) -> Reply:
        """
        Ask until there is an answer.

        Args:
            look: Reads the answer and may raise Busy, to ask again, or Refused; None where it
                need not be JSON.
            accept: Statuses that are answers here although they are no success.
            more: As `requests` takes them: params, json, data, headers.

        Raises:
            Later: The vendor asks for a long pause.
            Refused: It will not answer this, or its answers lead back to where they began.
        """
        if self.walk.is_circle(repr((method, url, more))):
            raise Refused("the answers lead in a circle")
        tries = Retrying(
            retry=retry_if_exception_type((Busy, *_BROKEN)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause,
            reraise=True,
        )

        def once() -> Reply:
            self._wait_for_turn()
            reply = self._followed(method, url, more)
            self._obey(reply)
            if reply.status not in accept:
                _check(reply)
            if look is not None:
                look(reply)
            return reply

        try:
            return tries(once)
        except (Busy, *_BROKEN) as error:
            raise Later(_after(error) or self._patience, str(error)) from error

    def lines(
        self, url: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """
        The lines of an answer that goes on, until it breaks off; the first is empty and says that
        it has begun.

        Raises:
            Busy: There is no such answer now; throttled streams are left alone for a minute.
            Refused: There is none.
        """
        self.walk.begin_anew()
        try:
            with self._session.get(
                url,
                params=params,
                headers={**self.headers_for(url), **(headers or {})},
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
            ) as answer:
                self._begun(answer)
                yield ""
                for line in answer.iter_lines():
                    yield line.decode("utf-8", "replace")
        except Forbidden as error:
            raise Refused(str(error)) from error
        except _BROKEN:
            return

    def _begun(self, answer: requests.Response) -> None:
        """See whether it is a stream, which `close` ends from another thread."""
        if answer.status_code == HTTPStatus.OK:
            self._streams.append(answer)
            return
        names = {name.lower(): value for name, value in answer.headers.items()}
        reply = Reply(answer.status_code, names, b"", answer.url)
        if reply.status in _THROTTLED:
            raise Busy(f"status {reply.status}", _retry_after(reply) or THROTTLED_SECONDS)
        _check(reply)
        raise Refused(f"status {reply.status} is no stream", reply.status)

    def pause(self, seconds: float) -> None:
        """Let the next request wait, as the vendor asked in its answer's body."""
        self._pause_until = max(self._pause_until, time.monotonic() + seconds)

    def _pause(self, state: RetryCallState) -> float:
        """How long before the next try: as the vendor says, else longer each time, with jitter."""
        error = state.outcome.exception() if state.outcome else None
        told = _after(error)
        if told is not None and told > self._patience:
            raise Later(told, str(error))
        return _growing(state) if told is None else told

    def _wait_for_turn(self) -> None:
        left = self._pause_until - time.monotonic()
        if left > self._patience:
            raise Later(left)
        if left > 0:
            time.sleep(left)  # as long as the vendor asked for

    def _obey(self, reply: Reply) -> None:
        """Where the vendor says that nothing is left of the allowance, wait until it is renewed."""
        left = _header(reply, "x-ratelimit-remaining", "x-rate-limit-remaining")
        reset = _header(reply, "x-ratelimit-reset", "x-rate-limit-reset")
        if left in ("0", "0.0") and reset:
            self.pause(_seconds_until(reset))

    def _followed(self, method: str, url: str, more: Mapping[str, Any]) -> Reply:
        """The answer after redirects; secrets do not go along to another host."""
        for _ in range(_MOST_REDIRECTS):
            reply = self._once(method, url, more)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not target:
                return reply
            url = urljoin(url, target)
            if method != "GET":
                raise Refused(f"{method} is redirected", reply.status)
            more = {key: value for key, value in more.items() if key != "params"}
        raise Refused("too many redirects")

    def _once(self, method: str, url: str, more: Mapping[str, Any]) -> Reply:
        given = dict(more.get("headers") or {})
        rest = {key: value for key, value in more.items() if key != "headers"}
        began = time.monotonic()
        try:
            answer = self._session.request(
                method,
                url,
                headers={**self.headers_for(url), **given},
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
                **rest,
            )
        except Forbidden as error:
            raise Refused(str(error)) from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise Refused(f"no address that can be asked: {error}") from error
        with answer:
            body = _whole(answer, began)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status_code, headers, body, answer.url)


def _whole(answer: requests.Response, began: float) -> bytes:
    """The body, within the limits of size and time."""
    body = bytearray()
    for piece in answer.iter_content(2**16):
        body += piece
        if len(body) > MOST_BYTES:
            raise Refused(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() - began > WHOLE_SECONDS:
            raise Busy("the answer takes too long")
    return bytes(body)


def _check(reply: Reply) -> None:
    """
    See whether it is an answer.

    Raises:
        Busy: For now it is not.
        Refused: It is not, and will not be.
    """
    throttled = (
        reply.status == HTTPStatus.FORBIDDEN
        and (  # as GitHub and Canvas do it
            "retry-after" in reply.headers or b"rate limit" in reply.body[:2000].lower()
        )
    )
    if reply.status in PASSING or throttled:
        raise Busy(f"status {reply.status}", _retry_after(reply))
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise Refused(f"status {reply.status} for {reply.url.partition('?')[0]}", reply.status)


def _retry_after(reply: Reply) -> float | None:
    told = reply.headers.get("retry-after", "")
    try:
        if told.strip().isdigit():
            return float(told)
        if told:
            return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
    reset = _header(reply, "x-ratelimit-reset", "x-rate-limit-reset")
    return _seconds_until(reset) if reset else None


def _after(error: BaseException | None) -> float | None:
    return error.after if isinstance(error, Busy) else None


def _header(reply: Reply, *names: str) -> str | None:
    return next((reply.headers[name] for name in names if name in reply.headers), None)


def _seconds_until(reset: str) -> float:
    """A reset is told as an epoch, as seconds from now, or as an ISO time."""
    try:
        number = float(reset)
    except ValueError:
        try:
            moment = datetime.fromisoformat(reset)
        except ValueError:
            return 0.0
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return max(0.0, number - time.time()) if number > _EPOCH_FROM else number
