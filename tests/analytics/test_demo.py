"""`lrs demo`, as somebody who tries the project runs it: sent, measured, served, stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from benchmarks.servers import LRS_COMMAND, clean_environment, free_port

PATIENCE_SECONDS = 240  # a busy machine; a quiet one is ready in a tenth of it


@dataclass(frozen=True)
class Demo:
    """One that is ready: what it printed so far, where it is, and what it was told."""

    process: subprocess.Popen[str]
    lines: list[str]
    url: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder: Path = tmp_path_factory.mktemp("demo")
    environment = clean_environment(LRS_DATA=str(folder), LRS_PORT=str(free_port()))
    process = subprocess.Popen(
        [LRS_COMMAND, "demo"], env=environment, cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with process:
        try:
            lines = _until(process, "ready ")
            yield Demo(process, lines, lines[-1].split()[1], environment)
        finally:
            process.kill()


def _until(process: subprocess.Popen[str], beginning: str) -> list[str]:
    assert process.stdout is not None
    until, lines = time.monotonic() + PATIENCE_SECONDS, []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith(beginning):
            return lines
        assert time.monotonic() < until, lines
    raise AssertionError("\n".join(lines))


def test_it_tells_what_was_sent_and_what_was_measured(demo: Demo) -> None:
    told = "\n".join(demo.lines)

    assert "people on the roster, 3 programmes declared" in told
    assert "forum posts" in told
    assert "month     people in social  social learners  people in formal" in told
    assert "questions are answered in a day" in told
    assert "transfer of lockout: " in told
    assert "Not enough data" not in told


def test_pages_statements_and_figures_are_there(demo: Demo) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ("demo", "demo")
        version = {"X-Experience-API-Version": "2.0.0"}
        asked = session.get(f"{demo.url}/xapi/statements?limit=1", headers=version, timeout=60)
        network = session.get(f"{demo.url}/api/analytics/metrics/network", timeout=60)
        transfer = session.get(f"{demo.url}/api/analytics/programmes/lockout/transfer", timeout=60)

    assert len(asked.json()["statements"]) == 1
    assert network.json()["result"]["reciprocity"] > 0
    assert transfer.json()["wording"]["level"] in ("1", "2", "2r")


def test_reports_are_made_once_it_is_ready(demo: Demo) -> None:
    _until(demo.process, "reports ")

    with requests.Session() as session:
        session.trust_env = False
        page = session.get(f"{demo.url}/reports", auth=("demo", "demo"), timeout=60)

    assert "/api/analytics/reports/overview" in page.text
    assert "/api/analytics/reports/transfer/lockout" in page.text


def test_a_second_one_leaves_the_first_alone(demo: Demo) -> None:
    """It begins afresh, but not with what another has in use."""
    store = Path(demo.environment["LRS_DATA"]) / "demo" / "lrs.sqlite"
    command = [str(LRS_COMMAND), "demo"]

    done = subprocess.run(command, env=demo.environment, capture_output=True, check=False)

    assert done.returncode == 1
    assert b"cannot listen on" in done.stderr
    assert store.exists()


def test_ctrl_c_ends_it(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(60) == 0
