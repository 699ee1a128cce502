"""The runner of ADL's suite: it must never call a run passed that was not whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks import adl, conformance
from benchmarks.servers import Server

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="not run: node is absent")
NOWHERE = Server("http://127.0.0.1:9", "key", "secret", 0, Path("/dev/null"))

# Speaks as the suite's console runner does: counts every so often, a log on SIGINT or at the end.
RUNNER = """
const fs = require('fs');
const finish = (state, passed) => {
  const tests = [{title: 'a rule (XAPI-00001)', status: 'passed', tests: []}];
  const log = {title: 'all', status: state === 'finished' ? 'passed' : 'cancelled', tests};
  fs.writeFileSync('run.log', JSON.stringify({state, summary: {total: 2, passed, failed: 0}, log}));
  console.log('Full run log written to ' + process.cwd() + '/run.log');
  process.exit(0);
};
console.log(JSON.stringify({total: 2, passed: 1, failed: 0}));
process.on('SIGINT', () => finish('cancelled', 1));
ENDING
"""


def test_a_whole_suite_that_passed_is_ok() -> None:
    outcome = adl.outcome(a_log(passed=1365), "1.0.3", 1.0)

    assert outcome.ok


@pytest.mark.parametrize(
    "changed",
    [
        {"failed": 1, "passed": 1364},
        {"passed": 1364},
        {"state": "cancelled", "passed": 1365},
        {"total": 1300, "passed": 1300},
        {"total": None, "passed": None, "failed": None},
    ],
    ids=["one failed", "one did not run", "cancelled", "fewer tests than the suite has", "nothing"],
)
def test_less_than_all_is_not_ok(changed: dict[str, object]) -> None:
    outcome = adl.outcome(a_log(**changed), "1.0.3", 1.0)

    assert not outcome.ok


def test_a_part_of_the_suite_is_ok_when_that_part_passed() -> None:
    outcome = adl.outcome(a_log(total=3, passed=3), "2.0.0", 1.0, complete=False)

    assert outcome.ok


def test_every_test_that_did_not_pass_is_named_with_what_it_stands_under() -> None:
    """A failing hook is told of its suite, whose tests then are not in the log at all."""
    tree = {
        "title": "",
        "status": "failed",
        "tests": [
            {"title": "good", "status": "passed", "tests": []},
            {
                "title": "Statements",
                "status": "failed",
                "tests": [
                    {"title": "bad", "status": "failed", "error": "E: no\nat 1", "tests": []}
                ],
            },
            {"title": "hook", "status": "failed", "error": "Error: before", "tests": []},
            {"title": "hung", "status": "cancelled", "tests": []},
            {"title": "pending", "status": "", "tests": []},
        ],
    }

    failures = adl.outcome(a_log(log=tree, failed=2), "1.0.3", 1.0).failures

    assert failures == (
        adl.Failure("bad", "Statements", "E: no"),
        adl.Failure("hook", "", "Error: before"),
        adl.Failure("hung", "", "cancelled"),
        adl.Failure("pending", "", "did not end"),
    )


@needs_node
def test_a_run_is_read_from_the_log_it_names(tmp_path: Path) -> None:
    suite = a_suite(tmp_path, ending="finish('finished', 2);")
    seen: list[tuple[int, int]] = []

    outcome = adl.run(
        suite, NOWHERE, "1.0.3", grep="two", on_progress=lambda *counts: seen.append(counts)
    )

    assert (outcome.state, outcome.passed, outcome.ok) == ("finished", 2, True)
    assert seen == [(1, 2)]


@needs_node
def test_a_run_that_stands_still_is_cancelled_and_not_ok(tmp_path: Path) -> None:
    suite = a_suite(tmp_path, ending="setInterval(() => {}, 1000);")

    outcome = adl.run(suite, NOWHERE, "1.0.3", stall=0.5, grep="two")

    assert (outcome.state, outcome.ok) == ("cancelled", False)


@needs_node
def test_a_suite_that_leaves_no_log_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    suite = a_suite(tmp_path, ending="console.log('no such option'); process.exit(0);")

    with pytest.raises(adl.SuiteError, match="no such option"):
        adl.run(suite, NOWHERE, "1.0.3")


def test_all_eight_combinations_are_run_by_default() -> None:
    every = conformance.combinations(None, None, None)

    assert len(set(every)) == 8


def test_a_folder_that_is_not_the_suite_is_refused(tmp_path: Path) -> None:
    assert conformance.main(["--suite", str(tmp_path)]) == 2


def a_log(**changed: object) -> dict[str, object]:
    log = changed.pop("log", {"title": "", "status": "passed", "tests": []})
    state = changed.pop("state", "finished")
    summary = {"total": 1365, "passed": 0, "failed": 0} | changed
    return json.loads(json.dumps({"state": state, "summary": summary, "log": log}))


def a_suite(folder: Path, ending: str) -> Path:
    (folder / "bin").mkdir()
    (folder / "node_modules").mkdir()
    (folder / "bin" / "console_runner.js").write_text(RUNNER.replace("ENDING", ending))
    return folder
