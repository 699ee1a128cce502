"""
ADL's LRS conformance suite against servers of our own, each on a fresh store.

    python -m benchmarks.conformance --suite DIR [--xapi V] [--store S] [--workers N]

What is not named is run in all its values: 1.0.3 and 2.0.0, SQLite and MongoDB, one and two web
processes. The exit status is 0 only if every run passed whole. Only this machine is spoken to.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import adl
from benchmarks.servers import STORES, ServerError, fresh_server, tail

WORKERS = (1, 2)


@dataclass(frozen=True)
class Combination:
    """What one run is about."""

    xapi: str
    store: str
    workers: int

    def __str__(self) -> str:
        processes = "process" if self.workers == 1 else "processes"
        return f"xAPI {self.xapi} on {self.store}, {self.workers} {processes}"


@dataclass(frozen=True)
class Run:
    """
    A combination and what became of it.

    Args:
        outcome: None when there was none.
        trouble: What went wrong with the server or the suite itself.
        log: The end of the server's log when not everything passed.
    """

    combination: Combination
    outcome: adl.Outcome | None
    trouble: str = ""
    log: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome is not None and self.outcome.ok and not self.trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for and say what came of it; 0 passed, 1 not, 2 nothing could be run."""
    options = _options(arguments)
    if not adl.installed(options.suite):
        print(
            f"{options.suite} is not an installed suite: clone adlnet/lrs-conformance-test-suite "
            "and run `npm install` in it",
            file=sys.stderr,
        )
        return 2
    runs = []
    for combination in combinations(options.xapi, options.store, options.workers):
        runs.append(_run(combination, options))
        _report(runs[-1])
    _table(runs)
    if options.json:
        options.json.write_text(json.dumps([_as_json(run) for run in runs], indent=1) + "\n")
    return 0 if all(run.ok for run in runs) else 1


def combinations(
    xapi: Sequence[str] | None, stores: Sequence[str] | None, workers: Sequence[int] | None
) -> list[Combination]:
    """Every combination of these values; none given stands for all there are."""
    values = itertools.product(xapi or adl.TESTS, stores or STORES, workers or WORKERS)
    return [Combination(*each) for each in values]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.conformance", description=(__doc__ or "").strip().split("\n")[0]
    )
    parser.add_argument("--suite", type=Path, required=True, help="the suite's folder, installed")
    parser.add_argument("--xapi", action="append", choices=list(adl.TESTS))
    parser.add_argument("--store", action="append", choices=list(STORES))
    parser.add_argument("--workers", action="append", type=int, help="web processes")
    parser.add_argument("--grep", default="", help="only the tests whose title matches")
    parser.add_argument(
        "--stall", type=float, default=90, help="seconds without progress to give up"
    )
    parser.add_argument("--json", type=Path, help="also write the runs there, for machines")
    options = parser.parse_args(arguments)
    options.suite = options.suite.resolve()
    return options


def _run(combination: Combination, options: argparse.Namespace) -> Run:
    """A fresh store, its server, the suite; what stands in the way is part of the result."""
    settings = {
        "LRS_WORKERS": str(combination.workers),
        "LRS_XAPI_DEFAULT_VERSION": combination.xapi,
        "LRS_LOG_LEVEL": "WARNING",
    }
    outcome, log = None, ""
    try:
        with fresh_server(combination.store, settings) as server, _progress() as progress:
            bar = progress.add_task(str(combination), total=None)
            outcome = adl.run(
                options.suite,
                server,
                combination.xapi,
                stall=options.stall,
                grep=options.grep,
                on_progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
            log = "" if outcome.ok else tail(server.log)
    except (ServerError, adl.SuiteError) as error:
        return Run(combination, outcome, str(error), log)
    return Run(combination, outcome, log=log)


def _progress() -> Progress:
    """A bar on a terminal, nothing in a log."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _report(run: Run) -> None:
    """One run: its totals and, where it did not pass, why."""
    print(f"{run.combination}: {_totals(run.outcome)}")
    for failure in run.outcome.failures if run.outcome else ():
        print(f"  FAILED {failure.title}\n    in {failure.under}\n    {failure.error}")
    if run.outcome and run.outcome.state != "finished":
        print(f"  the run was {run.outcome.state}")
    for text in filter(None, (run.trouble, run.log)):
        print(indent(text.rstrip(), "  "))
    sys.stdout.flush()


def _totals(outcome: adl.Outcome | None) -> str:
    if outcome is None:
        return "not run"
    return (
        f"{outcome.passed} of {outcome.total} passed, {outcome.failed} failed, "
        f"{outcome.seconds:.0f} s"
    )


def _table(runs: Sequence[Run]) -> None:
    print(
        f"\n{'xAPI':6} {'store':8} {'workers':>7} {'total':>6} {'passed':>6} {'failed':>6}  result"
    )
    for run in runs:
        of, out = run.combination, run.outcome
        counts = (out.total, out.passed, out.failed) if out else ("-", "-", "-")
        numbers = " ".join(f"{count:>6}" for count in counts)
        verdict = "passed" if run.ok else "NOT PASSED"
        print(f"{of.xapi:6} {of.store:8} {of.workers:>7} {numbers}  {verdict}")
    passed = sum(run.ok for run in runs)
    print(f"{passed} of {len(runs)} runs passed")


def _as_json(run: Run) -> dict[str, object]:
    outcome = asdict(run.outcome) if run.outcome else None
    return asdict(run.combination) | {"ok": run.ok, "trouble": run.trouble, "outcome": outcome}


if __name__ == "__main__":
    sys.exit(main())
