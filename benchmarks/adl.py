"""One run of ADL's conformance suite, and what its log says of every test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import Server, clean_environment

# The suite at the time of writing; fewer tests than these would be a run of less than all of it.
TESTS = {"1.0.3": 1365, "2.0.0": 1442}
_PROGRESS = '{"total":'
_LOG = re.compile(r"Full run log written to (\S+)")
_CANCEL_SECONDS = 20


class SuiteError(Exception):
    """The suite did not run, or left no log."""


@dataclass(frozen=True)
class Failure:
    """A test that did not pass: its title, the titles above it, and the suite's message."""

    title: str
    under: str
    error: str


@dataclass(frozen=True)
class Outcome:
    """
    What a run came to.

    Args:
        state: "finished", or "cancelled" when it hung, or "error".
        total: The tests that the suite set out to run.
        failures: What failed, and what was begun or waiting when the run was cancelled.
        complete: Whether the whole suite was asked for.
    """

    version: str
    state: str
    total: int
    passed: int
    failed: int
    failures: tuple[Failure, ...]
    seconds: float
    complete: bool

    @property
    def ok(self) -> bool:
        """Whether everything was run and everything passed."""
        enough = self.total >= (TESTS[self.version] if self.complete else 1)
        return self.state == "finished" and self.passed == self.total and enough


def installed(suite: Path) -> bool:
    """Whether this folder is the suite with the packages that it needs."""
    return (suite / "bin" / "console_runner.js").is_file() and (suite / "node_modules").is_dir()


def run(
    suite: Path,
    server: Server,
    version: str,
    *,
    stall: float = 90,
    grep: str = "",
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Outcome:
    """
    Run the suite against a server.

    Args:
        suite: Its folder, installed.
        version: Of xAPI, "1.0.3" or "2.0.0".
        stall: Seconds without a test ending after which the run is cancelled: some tests wait
            without a limit for an answer that a faulty server never gives.
        grep: Only the tests whose title matches.
        on_progress: Called with the tests that have ended and all of them.

    Raises:
        SuiteError: Node is missing, or the suite left no log.
    """
    words = ["node", "bin/console_runner.js", "-e", f"{server.url}/xapi", "-a"]
    words += ["-u", server.key, "-p", server.secret, "-x", version]
    words += ["-g", grep] if grep else []
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            words,
            cwd=suite,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise SuiteError("Node.js is needed for ADL's suite and is not installed") from None
    with process:
        try:
            output = _Watch(process, stall, on_progress).output()
        finally:
            _end(process)
    written = _LOG.search(output)
    if written is None:
        raise SuiteError(f"the suite left no log; it said: {output[-2000:]}")
    record = json.loads((suite / written.group(1)).read_text())
    return outcome(record, version, time.monotonic() - began, complete=not grep)


def outcome(
    record: Mapping[str, Any], version: str, seconds: float, *, complete: bool = True
) -> Outcome:
    """What a log of the suite says (its JSON, `summary`, `state` and a tree of `log`)."""
    summary = record["summary"]
    return Outcome(
        version=version,
        state=record["state"],
        total=summary["total"] or 0,
        passed=summary["passed"] or 0,
        failed=summary["failed"] or 0,
        failures=tuple(_failures(record["log"], ())) if record.get("log") else (),
        seconds=seconds,
        complete=complete,
    )


def _failures(node: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[Failure]:
    """
    The tests under a node that did not pass.

    A failing hook is told of the suite that it belongs to: that suite then has an `error`
    itself, and tests under it that never began are not in the log.
    """
    children = node.get("tests") or []
    error = str(node.get("error") or "")
    if error or (not children and node.get("status") != "passed"):
        under = " > ".join(title for title in above if title)
        reason = error.partition("\n")[0] or node.get("status") or "did not end"
        yield Failure(node.get("title") or "(what the suite does first)", under, reason)
    for child in children:
        yield from _failures(child, (*above, node.get("title", "")))


class _Watch:
    """Reads what the runner prints; cancels it when its counts stand still."""

    def __init__(
        self,
        process: subprocess.Popen[str],
        stall: float,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._process = process
        self._stall = stall
        self._on_progress = on_progress
        self._moved = time.monotonic()
        self._ended = threading.Event()

    def output(self) -> str:
        """All it printed, its counts left out, when it has ended."""
        watching = threading.Thread(target=self._cancel_when_it_stalls, daemon=True)
        watching.start()
        assert self._process.stdout is not None
        last, lines = "", []
        for line in self._process.stdout:
            if not line.startswith(_PROGRESS):
                lines.append(line)
            elif line != last:
                last, self._moved = line, time.monotonic()
                counts = json.loads(line)
                done = (counts["passed"] or 0) + (counts["failed"] or 0)
                self._on_progress(done, counts["total"] or 0)
        self._process.wait()
        self._ended.set()
        watching.join()
        return "".join(lines)

    def _cancel_when_it_stalls(self) -> None:
        """SIGINT makes the runner end with a log of what it has; SIGKILL when not even that."""
        while not self._ended.wait(1):
            if time.monotonic() - self._moved > self._stall:
                self._process.send_signal(signal.SIGINT)
                if not self._ended.wait(_CANCEL_SECONDS):
                    os.killpg(self._process.pid, signal.SIGKILL)
                return


def _end(process: subprocess.Popen[str]) -> None:
    """Nothing of it goes on, its test process included."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
