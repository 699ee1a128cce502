"""Killed at any moment: what was answered is kept, and the store opens as if nothing happened."""

from __future__ import annotations

import random
import time

import psutil

from tests.reliability.checking import (
    assert_documents,
    assert_filters_find,
    assert_kept,
    assert_sound,
)
from tests.reliability.load import Load, Log, under_load
from tests.reliability.running import Server, say, wait_until

ROUNDS = 20


def test_what_was_answered_before_a_kill_is_there_whole(server: Server) -> None:
    """Twenty kills of the whole process group under load, on the same files."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    logs: list[Log] = []

    for number in range(ROUNDS):
        server.start()
        load = Load(server, f"r{number}", sizes=(1, 1, 1, 20, 60), documents=2)
        load.start()
        time.sleep(chance.uniform(0.1, 0.6))
        server.kill()
        logs.append(load.stop())
        assert_sound(server.path)

    server.start()
    with server.client() as client:
        listed = assert_kept(client, logs)
        filters = sum(assert_filters_find(client, log, listed) for log in logs)
        for log in logs:
            assert_documents(client, log)
            assert set(log.statuses) <= {0, 200, 204}
    answered = sum(len(log.answered) for log in logs)
    cut = sum(not sent.answered for log in logs for sent in log.sent)
    say(f"seed {seed}: {ROUNDS} kills, {answered} Statements answered, {len(listed)} listed,")
    say(f"{filters} filters compared, {cut} requests cut off")
    assert answered >= 5 * ROUNDS, "too little was sent to show anything"


def test_who_commits_for_all_may_be_killed_at_any_moment(server: Server) -> None:
    """The process that commits is killed again and again; the server goes on and loses nothing."""
    server.start()
    log_of = Load(server, "committer", sizes=(1, 1, 1, 2))
    with under_load(log_of) as log:
        killed = 0
        for _ in range(5):
            before = log.statuses[200]
            committer = _committer_after(server, killed)
            killed = committer.pid
            committer.kill()
            wait_until(lambda seen=before: log.statuses[200] >= seen + 100, 30)

    with server.client() as client:
        assert_kept(client, [log])
    assert set(log.statuses) == {200}
    assert server.stop() == 0
    assert_sound(server.path)


def _committer_after(server: Server, killed: int) -> psutil.Process:
    """The one that is there now; not the one that was killed, which may still be listed."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        one = server.committer()
        if one is not None and one.pid != killed:
            found.append(one)
        return bool(found)

    wait_until(is_there, 30)
    return found[0]
