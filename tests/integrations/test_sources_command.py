"""`lrs sources …`, and what a server that is told to end, or is killed, leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.servers import LRS_COMMAND, Server, clean_environment, free_port
from integrations.websub import KIND, callback, renew
from lrs.stores.sqlite import SqliteStore
from tests.integrations.conftest import intake_over
from tests.integrations.test_discourse import a_reply
from tests.integrations.test_hooks import FORUM, SECRET, a_delivery
from tests.integrations.vendors.server import Told, serving_vendor
from tests.server import run_lrs, serving


@pytest.fixture(scope="module")
def up() -> Iterator[Server]:
    with serving(LRS_WORKERS="1") as server:
        yield server


def told(server: Server, *words: str) -> Any:
    done = run_lrs(server, "sources", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def add(server: Server, name: str, *more: str) -> Any:
    forum = ("--integration", "discourse", "--instance", f"{FORUM}/{name}", "--secret", SECRET)
    return told(server, "add", name, *forum, *more)


def deliver(server: Server, name: str, post: Any = None) -> int:
    delivery = a_delivery(name, post=post)
    answer = requests.post(
        f"{server.url}/hooks/{name}", data=delivery.body, headers=delivery.headers, timeout=30
    )
    return answer.status_code


def test_a_source_is_added_listed_and_removed(up: Server) -> None:
    made = add(up, "listed", "--set", "texts=excerpt", "--set", "options.questions=[4, 7]")

    assert (made["texts"], made["options"]) == ("excerpt", {"questions": [4, 7]})
    assert SECRET not in json.dumps(made)
    listed = run_lrs(up, "sources", "list", "--json").stdout.splitlines()
    assert "listed" in [json.loads(line)["name"] for line in listed]

    assert run_lrs(up, "sources", "remove", "listed").returncode == 0
    assert run_lrs(up, "sources", "remove", "listed").returncode == 2


def test_a_wrong_setting_is_one_line_and_exit_2(up: Server) -> None:
    done = run_lrs(up, "sources", "add", "x", "--integration", "nothing")

    assert done.returncode == 2
    assert "integration" in done.stderr
    assert "Traceback" not in done.stderr


def counted(server: Server, name: str, stored: int) -> Any:
    """The health of a source, once what is counted in memory is written; within a second or so."""
    until = time.monotonic() + 60
    while True:
        health = told(server, "health", name)
        if health["counts"].get("stored") == stored:
            return health
        assert time.monotonic() < until, health


def test_its_health_is_told(up: Server) -> None:
    add(up, "healthy")
    assert deliver(up, "healthy") == 202

    health = counted(up, "healthy", 1)

    assert health["counts"] == {"stored": 1}
    assert health["last_delivery"] > health["last_act"]


def test_dead_letters_are_listed_shown_and_replayed(up: Server) -> None:
    add(up, "dead")
    assert deliver(up, "dead", post=a_reply(created_at="never")) == 400

    letter = told(up, "dead-letters", "dead")
    shown = run_lrs(up, "sources", "dead-letters", "dead", "--show", letter["id"])

    assert '"never"' in shown.stdout
    assert told(up, "replay", "dead") == {"dead letters": {"dead-lettered": 1}}
    assert run_lrs(up, "sources", "replay", "nobody").returncode == 2


def test_a_token_in_the_path_is_in_no_dead_letter_and_no_log(up: Server) -> None:
    token = "unguessable-in-the-path"
    settings = ("--integration", "canvas", "--instance", "https://canvas.example")
    told(up, "add", "lms", *settings, "--secret", token)

    answer = requests.post(f"{up.url}/hooks/lms/{token}", data=b"not JSON", timeout=30)

    assert answer.status_code == 400
    letter = told(up, "dead-letters", "lms")
    assert token not in json.dumps(letter)
    assert '"path":"/hooks/lms"' in up.log.read_text().replace(": ", ":")
    assert token not in up.log.read_text()


def test_raw_deliveries_are_replayed_when_asked(up: Server) -> None:
    add(up, "raw")
    deliver(up, "raw")
    counted(up, "raw", 1)  # written together with the raw delivery

    assert told(up, "replay", "raw", "--raw")["raw deliveries"] == {"known": 1}


def test_a_hub_that_asks_back_is_answered_and_its_lease_noted(up: Server) -> None:
    topic = "https://blog.example/feed"
    settings = ("--integration", "feed", "--instance", "https://blog.example", "--secret", "s")
    asked = {"hub.mode": "subscribe", "hub.challenge": "c-1", "hub.lease_seconds": "1000"}
    store = SqliteStore.open(up.log.parent / "lrs.sqlite", up.log.parent / "attachments")
    with closing(store), serving_vendor(lambda _asked: Told(b"", 202)) as hub:
        options = ("--set", f"options.topic={topic}", "--set", f"options.hub={hub.url}")
        told(up, "add", "blog", *settings, *options)
        intake = intake_over(store)
        address = callback(intake.sources.named("blog"), up.url)
        early = requests.get(address, params={**asked, "hub.topic": topic}, timeout=30)
        renew(intake, time.time_ns() // 1000)

        right = requests.get(address, params={**asked, "hub.topic": topic}, timeout=30)
        wrong = requests.get(address, params={**asked, "hub.topic": "t"}, timeout=30)
        record = store.record(KIND, "blog")

    assert (right.status_code, right.text) == (200, "c-1")
    assert (early.status_code, wrong.status_code) == (404, 404)
    assert record is not None
    renew_in = json.loads(record.value)["renew_at"] / 1e6 - time.time()
    assert 700 < renew_in < 801


@contextmanager
def serve(folder: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """A server of one process whose end the test decides."""
    port = free_port()
    environment = clean_environment(
        LRS_STORE_URL=f"sqlite:///{folder / 'lrs.sqlite'}",
        LRS_DATA=str(folder),
        LRS_PORT=str(port),
        LRS_WORKERS="1",
    )
    log = folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [LRS_COMMAND, "serve"],
            env=environment,
            cwd=folder,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", "", "", process.pid, log)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(requests.ConnectionError):
                if requests.get(f"{server.url}/health/ready", timeout=5).ok:
                    break
            time.sleep(0.1)
        yield server, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_what_was_counted_is_written_when_the_server_ends(tmp_path: Path) -> None:
    with serve(tmp_path) as (server, process):
        add(server, "forum")
        for number in range(2, 12):
            assert deliver(server, "forum", post=a_reply(id=number, post_number=number)) == 202
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

        assert told(server, "health", "forum")["counts"] == {"stored": 10}


def test_a_server_that_is_killed_loses_no_statement_and_at_most_a_second_of_counts(
    tmp_path: Path,
) -> None:
    with serve(tmp_path) as (server, process):
        add(server, "forum")
        for number in range(2, 12):
            assert deliver(server, "forum", post=a_reply(id=number, post_number=number)) == 202
        counted(server, "forum", 10)
        for number in range(12, 15):
            assert deliver(server, "forum", post=a_reply(id=number, post_number=number)) == 202
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

        assert told(server, "health", "forum")["counts"]["stored"] >= 10
        store = SqliteStore.open(tmp_path / "lrs.sqlite", tmp_path / "attachments")
        assert store.counts()["statements"] == 13
        store.close()
