"""Over the real server: behind a proxy below a path, and subscribed at a hub by a real worker."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey

from benchmarks.servers import clean_environment
from tests.integrations.test_confluence import SITE, a_body, a_page
from tests.integrations.test_feed import atom, entry
from tests.integrations.vendors.server import Asked, Told, Vendor, serving_vendor
from tests.server import Client, serving
from tests.worker import wait_for, worker

SECRET = "a-shared-secret-of-32-characters"
PREFIX = "/learning/lrs"


@pytest.fixture(scope="module")
def behind() -> Iterator[Vendor]:
    """A server, and a proxy in front of it that puts it below a path, as nginx does."""
    with serving(LRS_TRUSTED_PROXIES="1") as server:

        def forward(asked: Asked) -> Told:
            answer = requests.request(
                asked.method,
                server.url + asked.path.removeprefix(PREFIX),
                params=asked.query,
                data=asked.body,
                headers={
                    "Authorization": asked.headers.get("authorization", ""),
                    "Content-Type": "application/json",
                    "X-Forwarded-For": "203.0.113.9",
                    "X-Forwarded-Proto": "https",
                    "X-Forwarded-Host": "lrs.example",
                    "X-Forwarded-Prefix": PREFIX,
                },
                timeout=20,
            )
            return Told(answer.content, answer.status_code)

        with serving_vendor(forward) as proxy:
            client = Client.of(server)
            settings = {"integration": "confluence", "instance": SITE, "verify": "jwt"}
            made = client.post(
                "/api/sources", json={"name": "wiki", "secrets": [SECRET], **settings}
            )
            assert made.status_code == 201, made.text
            yield proxy


def atlassian_token(path: str, query: dict[str, str]) -> str:
    """As Atlassian's description of the query string hash has it, by hand."""
    pairs = sorted(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in query.items())
    qsh = hashlib.sha256(f"POST&{path}&{'&'.join(pairs)}".encode()).hexdigest()
    now = int(time.time())
    claims = {"iss": "client", "iat": now, "exp": now + 180, "qsh": qsh}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


@pytest.mark.parametrize(
    ("signed", "status"),
    [
        ("/hooks/wiki/page_updated", 202),  # the app's base address is the store's
        (f"{PREFIX}/hooks/wiki/page_updated", 202),  # it is the host's
        ("/hooks/wiki/page_removed", 401),
        ("/elsewhere/hooks/wiki/page_updated", 401),
    ],
)
def test_a_token_is_for_this_request_whichever_base_the_app_has(
    behind: Vendor, signed: str, status: int
) -> None:
    proxy = behind
    query = {"user_id": "ada lovelace", "user_key": "ff80~1"}
    version = 100 + int(time.time_ns() % 10**9)
    sent = a_body(page=a_page(version=version))

    answer = requests.post(
        f"{proxy.url}{PREFIX}/hooks/wiki/page_updated",
        params=query,
        json=sent,
        headers={"Authorization": f"JWT {atlassian_token(signed, query)}"},
        timeout=20,
    )

    assert answer.status_code == status, answer.text


class Hub:
    """Asks back before it believes a subscription, as WebSub 5.3 wants, and then delivers."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, str]] = []
        self.verified = threading.Event()

    def __call__(self, asked: Asked) -> Told:
        form = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        self.asked.append(form)
        threading.Thread(target=self.verify, args=(form,), daemon=True).start()
        return Told(b"", 202)

    def verify(self, form: dict[str, str]) -> None:
        asked = {
            "hub.mode": "subscribe",
            "hub.topic": form["hub.topic"],
            "hub.challenge": "c-81",
            "hub.lease_seconds": "3600",
        }
        answer = requests.get(f"{form['hub.callback']}?{urlencode(asked)}", timeout=20)
        if answer.status_code == 200 and answer.text == "c-81":
            self.verified.set()

    def deliver(self, body: bytes, secret: str) -> int:
        digest = hmac.digest(secret.encode(), body, "sha512").hex()
        signed = {"X-Hub-Signature": f"sha512={digest}", "Content-Type": "application/atom+xml"}
        callback = self.asked[-1]["hub.callback"]
        return requests.post(callback, data=body, headers=signed, timeout=20).status_code


def test_a_worker_subscribes_at_the_hub_which_asks_back_and_delivers(tmp_path: Path) -> None:
    hub = Hub()
    with serving() as server, serving_vendor(hub) as vendor:
        client, folder = Client.of(server), server.log.parent
        topic = "https://blog.example/feed"
        options = {"topic": topic, "hub": vendor.url, "authors": {"Ada de Vries": "e1034"}}
        feed = {"name": "blog", "integration": "feed", "instance": "https://blog.example"}
        client.post("/api/sources", json={**feed, "options": options, "secrets": [SECRET]})
        environment = clean_environment(
            LRS_STORE_URL=f"sqlite:///{folder / 'lrs.sqlite'}",
            LRS_DATA=str(tmp_path),
            LRS_PUBLIC_URL=server.url,
        )

        with worker(environment, tmp_path):
            wait_for(hub.verified.is_set, tmp_path)
        body = atom(entry()).body
        right, wrong = hub.deliver(body, hub.asked[0]["hub.secret"]), hub.deliver(body, "another")

        assert (right, wrong) == (202, 202)  # what is signed wrongly is dropped without a word
        counts: dict[str, Any] = {}

        def counted() -> bool:
            counts.update(client.get("/api/sources/blog").json()["health"]["counts"])
            return "refused" in counts and "stored" in counts

        wait_for(counted, tmp_path)
        assert counts["stored"] == 1
        assert sum(counts["refused"].values()) == 1
        assert len(hub.asked) == 1
