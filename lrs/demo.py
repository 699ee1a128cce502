"""`lrs demo`: the whole thread on real input, from sending to a measure, with pages to look at."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import orjson
import requests

from lrs.app import open_store, use_cases
from lrs.config import Settings
from lrs.domain import timestamps
from lrs.serve import wait_for_port
from lrs.services.lrs import Lrs

KEY = SECRET = "demo"  # noqa: S105 - of a store that holds a demonstration
HOOK_SECRET = "a secret that the forum shares"  # noqa: S105 - of a demonstration
FORUM = "https://forum.example"
# The real Statements lie beside a checkout of the project's developers; users have the own ones.
REAL = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "xapi"
OWN = Path(__file__).with_name("demo.json")
MEASURED = ("2026-07-01T00:00:00Z", "2026-12-01T00:00:00Z")
_PATIENCE_SECONDS = 60
_MANY = 50


def run(settings: Settings) -> None:
    """
    Serve a fresh store, send Statements and a signed delivery, measure, and stay in the foreground.

    Prints `ready <url>` once all is there; SIGTERM or Ctrl-C stops all of it.
    """
    folder = settings.data / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    store = {"store_url": f"sqlite:///{folder / 'lrs.sqlite'}", "data": folder}
    settings = settings.model_copy(update=store)
    wait_for_port(settings)
    lrs = use_cases(settings, open_store(settings))
    _prepare(lrs)
    server = _serve(settings)
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy that is set there leads away from this machine
            url = _wait(session, settings, server)
            _send(session, url)
            _deliver(session, url)
        _measure(lrs, folder)
        click.echo(f"sign in with key {KEY} and secret {SECRET}")
        click.echo(f"ready {url}")
        server.wait()
    finally:
        server.terminate()
        server.wait()
        lrs.store.close()


def _prepare(lrs: Lrs) -> None:
    from integrations.catalogue import Sources

    lrs.access.create("demonstration", ["all"], key=KEY, secret=SECRET)
    Sources(lrs.store).put(
        {"name": "forum", "integration": "discourse", "instance": FORUM, "secrets": HOOK_SECRET}
    )


def _serve(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lrs.cli", "serve", "--store-url", settings.store_url]
    command += ["--data", str(settings.data), "--port", str(settings.port)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return subprocess.Popen([*command, "--host", settings.host])  # noqa: S603 - our own command


def _wait(session: requests.Session, settings: Settings, server: subprocess.Popen[bytes]) -> str:
    """The server's address, once it answers."""
    url = f"http://{settings.host}:{settings.port}"
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise click.ClickException("the server did not start; its reason is above")
        try:
            if session.get(f"{url}/health/ready", timeout=5).ok:
                return url
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise click.ClickException(f"the server does not answer at {url}")


def _send(session: requests.Session, url: str) -> None:
    """Send every Statement through the Resource, and say how many were kept."""
    sent = kept = 0
    for statements in _batches():
        sent += len(statements)
        kept += _post(session, url, statements)
    where = f" (real ones from {REAL})" if REAL.is_dir() else ""
    click.echo(f"sent {sent} Statements, kept {kept}{where}")


def _post(session: requests.Session, url: str, statements: list[dict[str, Any]]) -> int:
    """How many are kept; a batch with one that must be refused is sent one by one."""
    answer = session.post(
        f"{url}/xapi/statements",
        data=orjson.dumps(statements),
        headers={"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"},
        auth=(KEY, SECRET),
        timeout=_PATIENCE_SECONDS,
    )
    if answer.ok:
        return len(statements)
    if len(statements) > 1:
        return sum(_post(session, url, [statement]) for statement in statements)
    refusal = answer.json()["error"]
    click.echo(f"refused: {refusal['at']}: {refusal['detail']}")
    return 0


def _batches() -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for statement in _statements():
        batch.append(statement)
        if len(batch) == _MANY:
            yield batch
            batch = []
    if batch:
        yield batch


def _statements() -> Iterator[dict[str, Any]]:
    """The own Statements, then the real ones; each under an id of its own, for theirs repeat."""
    yield from orjson.loads(OWN.read_bytes())
    for path in sorted(REAL.rglob("*.json")):
        if path.parent.name == "invalid":
            continue
        read = orjson.loads(path.read_bytes())
        for number, statement in enumerate(read if isinstance(read, list) else [read]):
            name = f"{path.relative_to(REAL)} {number}"
            yield {**statement, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}


def _deliver(session: requests.Session, url: str) -> None:
    """One signed delivery, as a Discourse forum sends it."""
    body = orjson.dumps({"post": _POST})
    signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = session.post(
        f"{url}/hooks/forum",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Discourse-Instance": FORUM,
            "X-Discourse-Event-Type": "post",
            "X-Discourse-Event": "post_created",
            "X-Discourse-Event-Signature": f"sha256={signature}",
        },
        timeout=_PATIENCE_SECONDS,
    )
    click.echo(f"delivered a forum post: {answer.status_code}")


_POST = {
    "id": 71,
    "user_id": 12,
    "username": "noor",
    "name": "Noor",
    "created_at": "2026-11-20T09:12:00.000Z",
    "updated_at": "2026-11-20T09:12:00.000Z",
    "cooked": "<p>Write the question on the board first; it keeps the group on the subject.</p>",
    "post_number": 2,
    "post_type": 1,
    "reply_to_post_number": None,
    "topic_id": 9,
    "topic_slug": "a-good-start",
    "topic_title": "How do you open a workshop?",
    "topic_archetype": "regular",
    "category_id": 4,
    "version": 1,
    "user_deleted": False,
}


def _measure(lrs: Lrs, folder: Path) -> None:
    """Project the facts and print one real measure: social learners by month, beside formal."""
    from analytics import facts, measure

    facts.refresh(lrs.store, folder / "facts", now=time.time_ns() // 1000)
    ask = partial(
        measure.run,
        folder=folder / "facts",
        since=timestamps.parse(MEASURED[0]),
        until=timestamps.parse(MEASURED[1]),
        min_group=1,
    )
    social = ask("participation")
    formal = ask("formal_social", options={"period": "month"})
    beside = {period["period"]: period for period in formal["result"]["periods"]}
    click.echo("month     people in social  social learners  people in formal")
    for month in social["result"]["months"]:
        name = month["month"]
        formally = beside[name]["formal_only"] + beside[name]["both"]
        click.echo(
            f"{name}  {month['participants']:>16}  {month['social_learners']:>15}  {formally:>16}"
        )
