"""The counters of several processes: one sum, and nothing left behind by the killed."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from lrs import counters
from tests.reliability.load import a_statement
from tests.reliability.running import Server

LONG_AGO = time.time() - 3600


def test_metrics_are_the_sum_of_all_processes(server: Server) -> None:
    """Each request on a connection of its own, so that both processes get some."""
    server.start()

    for number in range(30):
        with server.client() as client:
            assert client.ask("POST", "/xapi/statements", a_statement("m", number)).status == 200
    with server.client() as client:
        shown = client.ask("GET", "/metrics").body.decode()

    posts = re.findall(r"^lrs_request_seconds_count{(.*)} ([\d.]+)$", shown, re.MULTILINE)
    assert sum(float(n) for labels, n in posts if 'method="POST"' in labels) == 30


def test_the_folder_of_a_server_that_is_gone_is_cleared_away(tmp_path: Path) -> None:
    gone, another = tmp_path / "lrs-counters-gone", tmp_path / "another"
    for folder in (gone, another):
        folder.mkdir()
        (folder / "counter.db").write_text("")
        os.utime(folder, (LONG_AGO, LONG_AGO))

    with counters.shared(tmp_path) as ours:
        assert set(tmp_path.iterdir()) == {ours, another}

    assert set(tmp_path.iterdir()) == {another}


def test_the_folder_of_a_server_that_runs_is_left(tmp_path: Path) -> None:
    with counters.shared(tmp_path) as first:
        os.utime(first, (LONG_AGO, LONG_AGO))
        with counters.shared(tmp_path) as second:
            assert set(tmp_path.iterdir()) == {first, second}
