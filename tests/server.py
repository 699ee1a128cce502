"""The real thing for tests: `lrs serve` as a process of its own, and a client that speaks to it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from benchmarks.servers import LRS_COMMAND, Server, clean_environment, fresh_server

TIMEOUT_SECONDS = 60
# Small limits, so that a test can go beyond them without sending megabytes.
LIMITS = {
    "LRS_WORKERS": "2",
    "LRS_MAX_BODY_BYTES": str(2 * 2**20),
    "LRS_MAX_BATCH": "200",
    "LRS_MAX_ATTACHMENT_BYTES": str(2**20),
    "LRS_MAX_JSON_DEPTH": "40",
    "LRS_MAX_PAGE": "100",
    "LRS_DRAIN_SECONDS": "5",
}


@contextmanager
def serving(**settings: str) -> Iterator[Server]:
    """
    `lrs serve` with two processes on a fresh embedded store, until the block ends.

    Args:
        settings: By their name in the environment; they go before those of LIMITS.

    Raises:
        ServerError: It was not ready in time, or did not exit with 0 after SIGTERM.
    """
    with fresh_server("sqlite", {**LIMITS, **settings}) as server:
        yield server


def run_lrs(server: Server, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command `lrs` on the store of a server that is up, with further settings."""
    folder = server.log.parent
    environment = clean_environment(
        LRS_STORE_URL=f"sqlite:///{folder / 'lrs.sqlite'}", LRS_DATA=str(folder), **settings
    )
    return subprocess.run(
        [LRS_COMMAND, *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=32))
    return session


@dataclass(frozen=True)
class Client:
    """
    Speaks to a server with a key, in a version of xAPI.

    Args:
        url: Scheme, host and port.
        version: X-Experience-API-Version; None sends none.
        auth: None sends no Authorization.
        headers: Sent with every request; a request's own go before them, None takes one away.
    """

    url: str
    auth: HTTPBasicAuth | None = None
    version: str | None = "2.0.0"
    headers: Mapping[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=_session, repr=False)

    @classmethod
    def of(cls, server: Server) -> Client:
        return cls(server.url, HTTPBasicAuth(server.key, server.secret))

    def speaking(self, version: str | None) -> Client:
        return replace(self, version=version)

    def saying(self, **headers: str) -> Client:
        """The same with further headers; underscores stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def with_key(self, key: str, secret: str) -> Client:
        return replace(self, auth=HTTPBasicAuth(key, secret))

    def anonymous(self) -> Client:
        return replace(self, auth=None)

    def send(
        self, method: str, path: str, *, headers: Mapping[str, Any] | None = None, **rest: Any
    ) -> requests.Response:
        """
        Send a request.

        Args:
            path: "statements" is /xapi/statements; one that begins with a slash is taken as it is.
            rest: As `requests` has it: params, json, data, stream, ...
        """
        target = path if path.startswith("/") else f"/xapi/{path}"
        version = {"X-Experience-API-Version": self.version} if self.version else {}
        return self.session.request(
            method,
            self.url + target,
            headers={**version, **self.headers, **(headers or {})},
            auth=self.auth,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            **rest,
        )

    def get(self, path: str, **rest: Any) -> requests.Response:
        return self.send("GET", path, **rest)

    def head(self, path: str, **rest: Any) -> requests.Response:
        return self.send("HEAD", path, **rest)

    def put(self, path: str, **rest: Any) -> requests.Response:
        return self.send("PUT", path, **rest)

    def post(self, path: str, **rest: Any) -> requests.Response:
        return self.send("POST", path, **rest)

    def delete(self, path: str, **rest: Any) -> requests.Response:
        return self.send("DELETE", path, **rest)

    def keep(self, *statements: Mapping[str, Any]) -> list[str]:
        """Store Statements in one request; their ids."""
        answer = self.post("statements", json=list(statements))
        assert answer.status_code == 200, answer.text
        ids: list[str] = answer.json()
        return ids

    def ids(self, **parameters: Any) -> list[str]:
        """The ids of the Statements that the parameters ask for, of one page."""
        answer = self.get("statements", params=parameters)
        assert answer.status_code == 200, answer.text
        return [statement["id"] for statement in answer.json()["statements"]]

    def new_key(self, *scopes: str, **more: Any) -> Client:
        """A client with a new key of these scopes; the one asked needs the scope `all`."""
        wanted = {"name": "test", "scopes": list(scopes), **more}
        made = self.post("/api/keys", json=wanted)
        assert made.status_code == 201, made.text
        return self.with_key(made.json()["key"], made.json()["secret"])


def refusal(answer: requests.Response, status: int) -> dict[str, Any]:
    """What a refusal says, once it is seen to have the status and the one shape of all refusals."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}
    said: dict[str, Any] = answer.json()["error"]
    assert set(said) == {"status", "detail", "at", "spec"}
    assert said["status"] == status
    assert said["detail"]
    return said
