"""Several processes on one file: nobody waits in vain, and nobody sees less than was promised."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tests.reliability.checking import assert_documents, assert_filters_find, assert_kept
from tests.reliability.load import Load, under_load
from tests.reliability.running import Server, say, wait_until


def test_no_client_sees_a_locked_database(server: Server, tmp_path: Path) -> None:
    """Two web processes write and a third makes keys and a backup; each request succeeds."""
    server.start()
    load = Load(server, "two", sizes=(1, 1, 1, 1, 20, 100), documents=2)

    with under_load(load) as log:
        commands = [server.command("backup", str(tmp_path / "copy"))]
        commands.append(server.command("keys", "create", "--name", "third", "--scope", "all"))
        commands.append(server.command("keys", "list"))
        sent = len(log.sent)
        wait_until(lambda: len(log.sent) > sent + 50)

    assert [command.returncode for command in commands] == [0] * len(commands), commands
    assert set(log.statuses) == {200, 204}
    assert len({process.pid for process in server.web_processes()}) == 2
    with server.client() as client:
        listed = assert_kept(client, [log])
        filters = assert_filters_find(client, log, listed)
        assert_documents(client, log)
    assert "locked" not in server.log()
    say(f"{sum(log.statuses.values())} requests, {len(listed)} listed, {filters} filters")


class Follower(threading.Thread):
    """Reads what is new up to each Consistent-Through it is told, and never looks back."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._until_told = threading.Event()
        self.seen: list[dict[str, Any]] = []
        self.polls = 0
        self.problem = ""

    def run(self) -> None:
        cursor = "2020-01-01T00:00:00Z"
        with self._server.client() as client:
            last = False
            while not last:
                last = self._until_told.is_set()
                answer = client.ask("GET", "/xapi/statements", query={"limit": "1"})
                through = answer.headers["x-experience-api-consistent-through"]
                query = {"since": cursor, "until": through, "ascending": "true"}
                new = client.every_statement(query)
                if through < cursor or [s for s in new if not cursor < s["stored"] <= through]:
                    self.problem = f"{through} after {cursor}: {new[:1]}"
                self.seen += new
                self.polls += 1
                cursor = through

    def stop(self) -> None:
        """Look once more, for what was kept until now, and end."""
        self._until_told.set()
        self.join(timeout=60)
        assert not self.is_alive()


def test_who_follows_consistent_through_misses_nothing(server: Server) -> None:
    """Four readers beside writers in two processes; nothing appears at or before a promise."""
    server.start()
    followers = [Follower(server) for _ in range(4)]

    with under_load(Load(server, "through", sizes=(1, 1, 20, 100))) as log:
        for follower in followers:
            follower.start()
        wait_until(lambda: len(log.sent) > 400 and min(f.polls for f in followers) > 40)
    for follower in followers:
        follower.stop()

    with server.client() as client:
        everything = [s["id"] for s in client.every_statement({"ascending": "true"})]
    for follower in followers:
        assert not follower.problem
        assert [s["id"] for s in follower.seen] == everything
    say(f"{len(everything)} Statements, {sum(f.polls for f in followers)} polls")
