"""Told to stop: what was accepted is answered. Without one process: the others take over."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from http.client import HTTPConnection
from pathlib import Path

from tests.reliability.checking import assert_kept
from tests.reliability.load import Load, a_batch, a_statement, under_load
from tests.reliability.running import HEADERS, Server, say, wait_until

# A request sent so long before the signal had surely reached the server.
SURELY_ACCEPTED_SECONDS = 0.1


def test_a_server_told_to_stop_answers_what_it_accepted(server: Server) -> None:
    """Under load, with far more requests waiting than it has threads."""
    server.start()
    load = Load(server, "stop", sizes=(*[1] * 12, *[100] * 6))

    with under_load(load) as log:
        wait_until(lambda: log.statuses[200] >= 60)
        told = time.monotonic()
        code = server.stop()
        took = time.monotonic() - told

    assert code == 0
    assert took < server.drain_seconds
    assert set(log.statuses) <= {0, 200}
    cut_off = [s for s in log.sent if s.status is None and s.began < told - SURELY_ACCEPTED_SECONDS]
    assert not cut_off
    late = sum(sent.answered and sent.ended > told for sent in log.sent)
    assert late, "no request was under way, so nothing is shown"
    server.start()
    with server.client() as client:
        assert_kept(client, [log])
    say(f"{log.statuses[200]} answered, {late} of them after the signal, in {took:.2f} s")


def test_a_request_that_is_half_sent_is_answered_too(server: Server) -> None:
    server.start()
    statements = a_batch("half", 1, 50)
    body = json.dumps(statements).encode()

    connection, middle = _begin(server, body), len(body) // 2
    connection.send(body[:middle])
    time.sleep(SURELY_ACCEPTED_SECONDS)
    server.process.terminate()
    time.sleep(0.5)
    connection.send(body[middle:])
    response = connection.getresponse()
    ids = json.loads(response.read())
    connection.close()

    assert response.status == 200
    assert ids == [s["id"] for s in statements]
    assert server.process.wait(timeout=server.drain_seconds) == 0


def test_a_server_told_to_stop_while_it_starts_stops_at_once(server: Server) -> None:
    """At several moments; none may have to wait for LRS_DRAIN_SECONDS."""
    for delay in (0.05, 0.1, 0.2, 0.4):
        server.begin()
        wait_until(lambda: len(_pids(server)) == server.workers)
        time.sleep(delay)

        told = time.monotonic()

        assert server.stop() == 0
        assert time.monotonic() - told < server.drain_seconds / 2


def test_a_stop_that_every_process_hears_and_hears_again_is_one_stop(server: Server) -> None:
    """As Ctrl-C in a terminal under `lrs up`: SIGINT to all, then SIGTERM to the server."""
    for _ in range(6):
        server.start()
        time.sleep(0.5)
        told = time.monotonic()

        os.killpg(server.process.pid, signal.SIGINT)

        assert server.stop() == 0
        assert time.monotonic() - told < server.drain_seconds / 2


def test_a_second_server_does_not_share_the_port(server: Server, tmp_path: Path) -> None:
    """Linux would give each of two stores a part of what is sent."""
    server.start()
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"

    done = server.command("serve", "--store-url", other)

    assert done.returncode == 1
    assert f"127.0.0.1:{server.port}" in done.stderr
    assert server.stop() == 0


def test_a_client_that_never_ends_its_request_does_not_hold_the_server_up(server: Server) -> None:
    server.drain_seconds = 2
    server.start()

    connection = _begin(server, b"x" * 1000)
    connection.send(b"x")
    time.sleep(SURELY_ACCEPTED_SECONDS)
    told = time.monotonic()
    code = server.stop()
    took = time.monotonic() - told
    connection.close()

    assert code == 0
    assert took < server.drain_seconds + 5


def _begin(server: Server, body: bytes) -> HTTPConnection:
    """Send the head of a POST and nothing of its body."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/xapi/statements")
    for name, value in HEADERS.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    assert isinstance(connection.sock, socket.socket)
    return connection


def test_a_process_that_dies_is_replaced_and_nothing_answered_is_lost(server: Server) -> None:
    server.start()
    before = {process.pid for process in server.web_processes()}

    with under_load(Load(server, "dies", sizes=(1, 1, 1, 1, 20, 20), documents=1)) as log:
        wait_until(lambda: log.statuses[200] >= 50)
        server.web_processes()[0].kill()
        wait_until(lambda: len(set(_pids(server)) - before) == 1)
        so_far = log.statuses[200]
        wait_until(lambda: log.statuses[200] >= so_far + 50)

    assert set(log.statuses) <= {0, 200, 204}
    assert len(_pids(server)) == 2
    with server.client() as client:
        assert_kept(client, [log])
        assert client.ask("POST", "/xapi/statements", a_statement("after", 1)).status == 200
    assert server.stop() == 0
    say(f"{log.statuses[200]} answered, {log.statuses[0]} cut off by the death")


def test_web_processes_end_with_a_parent_that_is_killed(server: Server) -> None:
    """Else they would answer beside those of the next server, on the same port."""
    server.start()
    orphans = server.web_processes()

    server.process.kill()
    server.process.wait(timeout=30)

    wait_until(lambda: not any(process.is_running() for process in orphans))


def _pids(server: Server) -> list[int]:
    return [process.pid for process in server.web_processes()]
