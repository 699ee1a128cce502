"""Measuring beside a web process: bounded, once for all who ask, and started again when it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from analytics.asking import Answers, Question, measured, question
from analytics.facts.engine import Engine
from analytics.measuring_process import MeasuringFailed, MeasuringProcess, share
from lrs.domain.errors import BadRequest, Busy, NotFound
from lrs.services.analytics import Asked
from tests.analytics.planted import Kept, at, kept_in
from tests.analytics.planted_organisation import Organisation

ENGINE = Engine(1, "256MB")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with kept_in(tmp_path_factory.mktemp("beside"), Organisation(seed=7).statements()) as made:
        made.refresh()
        yield made


@pytest.fixture
def answers(kept: Kept, tmp_path: Path) -> Answers:
    return Answers(tmp_path, kept.facts)


@pytest.fixture
def beside(kept: Kept, answers: Answers) -> Iterator[MeasuringProcess]:
    made = MeasuringProcess(kept.facts, answers, ENGINE)
    yield made
    made.close()


def asking(name: str = "participation", until: str = "2026-05-01", **more: str) -> Question:
    return question(name, Asked(at("2026-01-01"), at(until), options=dict(more)), 1)


def measurers() -> list[psutil.Process]:
    own = psutil.Process().children()
    return [one for one in own if "analytics.measuring" in " ".join(one.cmdline())]


def test_what_is_measured_beside_is_what_is_measured_here(
    kept: Kept, beside: MeasuringProcess
) -> None:
    assert beside.ask(asking()) == measured(asking(), kept.facts, ENGINE)


def test_refusals_of_the_metric_come_through(beside: MeasuringProcess) -> None:
    with pytest.raises(BadRequest) as refused:
        beside.ask(asking("network", layers="smoke"))

    assert refused.value.at == "layers"


def test_without_facts_nothing_is_begun(tmp_path: Path) -> None:
    nothing = MeasuringProcess(tmp_path / "facts", Answers(tmp_path, tmp_path / "facts"), ENGINE)

    with pytest.raises(NotFound):
        nothing.ask(asking())

    assert not measurers()


def test_who_asks_the_same_at_once_gets_the_one_answer(
    beside: MeasuringProcess, answers: Answers
) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(beside.ask, [asking("growth")] * 2))

    assert found[0] == found[1]
    assert len(list(answers.path(asking()).parent.glob("*.json"))) == 1
    assert len(measurers()) == 1


def test_what_takes_long_is_busy_and_there_when_it_is_asked_again(
    kept: Kept, answers: Answers
) -> None:
    hurried = MeasuringProcess(kept.facts, answers, ENGINE, patience=0.0)

    with pytest.raises(Busy):
        hurried.ask(asking())
    deadline = time.monotonic() + 30
    while not answers.path(asking()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert hurried.ask(asking())["metric"] == "participation"
    hurried.close()


def test_no_more_requests_wait_than_may(kept: Kept, answers: Answers) -> None:
    one = MeasuringProcess(kept.facts, answers, ENGINE, requests=1)

    def ask(until: str) -> str:
        try:
            return str(one.ask(asking(until=until))["metric"])
        except Busy:
            return "busy"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, [f"2026-0{month}-01" for month in range(2, 6)]))

    assert sorted(set(found)) == ["busy", "participation"]
    one.close()


def test_one_that_is_killed_fails_its_question_and_the_next_is_answered(
    beside: MeasuringProcess,
) -> None:
    beside.ask(asking())
    [process] = measurers()
    os.kill(process.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(beside.ask, asking("tenure"))
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGKILL)

        with pytest.raises(MeasuringFailed):
            waiting.result(30)

    assert beside.ask(asking("tenure"))["metric"] == "tenure"


def test_a_question_that_never_ends_is_given_up(kept: Kept, answers: Answers) -> None:
    strict = MeasuringProcess(kept.facts, answers, ENGINE, limit=0.01)

    with pytest.raises(MeasuringFailed):
        strict.ask(asking())

    strict.close()


def test_answers_are_a_bounded_number_and_the_newest_stay(answers: Answers, tmp_path: Path) -> None:
    for n in range(300):
        answers.keep(tmp_path / f"{n:04}.json", b"{}")
        os.utime(tmp_path / f"{n:04}.json", (n, n))
    answers.keep(tmp_path / "last.json", b"{}")

    names = sorted(path.name for path in tmp_path.iterdir())

    assert len(names) == 256
    assert names[-1] == "last.json"
    assert names[0] > "0040"


def test_processes_share_what_one_may_take() -> None:
    assert share(Engine(2, "2GB"), 1).threads == 2
    assert share(Engine(2, "2GB"), 4) == Engine(1, "500MB")
    assert share(Engine(2, "2GB"), 64) == Engine(1, "256MB")


def listening(idle_seconds: float) -> subprocess.Popen[bytes]:
    """One that nobody orders anything of, whose input stays open."""
    program = f"from analytics.measuring import main; main({idle_seconds})"
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ignores_interrupts(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn:"))
    return bool(int(ignored.split()[1], 16) & 1 << (signal.SIGINT - 1))


def test_one_that_is_asked_nothing_any_more_ends_in_silence() -> None:
    with listening(idle_seconds=0.1) as process:
        code = process.wait(60)
        assert process.stderr is not None
        said = process.stderr.read()

    assert (code, said) == (0, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="not run: /proc is Linux's")
def test_an_interrupt_is_left_to_who_started_it() -> None:
    with listening(idle_seconds=60) as process:
        until = time.monotonic() + 60
        while not ignores_interrupts(process.pid):
            assert time.monotonic() < until, "it never got ready"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.stdin is not None
        process.stdin.close()
        code = process.wait(60)
        assert process.stderr is not None
        said = process.stderr.read()

    assert (code, said) == (0, b"")
