"""
Measuring beside a web process, in one of its own: DuckDB and SciPy would make every web process
several times larger, and a metric in Python would hold up the requests of all its threads.

One question is measured at a time, a few may wait, and no request waits for long: what takes
longer is told as 503, goes on, and is there when the same is asked again.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from analytics.asking import Answers, Question
from analytics.facts.engine import Engine
from lrs.domain import errors

_WAITING = 8
_MEGABYTES = 2_000
_SLOW = "this takes a while; ask again for the same"


class MeasuringFailed(Exception):
    """It broke off; the message is for the log."""


@dataclass(slots=True)
class _Asked:
    """A question under way."""

    done: threading.Event = field(default_factory=threading.Event)
    problem: Exception | None = None


class MeasuringProcess:
    """
    The process beside this one, and who waits for it.

    Args:
        facts: Their folder.
        answers: Where answers are kept.
        engine: What DuckDB may take.
        requests: How many requests may wait at a time; others are told to come again.
        patience: Seconds that one waits.
        limit: Seconds after which a question is given up.
    """

    def __init__(
        self,
        facts: Path,
        answers: Answers,
        engine: Engine,
        *,
        requests: int = 2,
        patience: float = 25.0,
        limit: float = 600.0,
    ) -> None:
        self._facts, self._answers, self._engine = facts, answers, engine
        self._patience, self._limit = patience, limit
        self._requests = threading.BoundedSemaphore(requests)
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._open: dict[Path, _Asked] = {}
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def ask(self, asking: Question) -> dict[str, Any]:
        """
        An answer, kept or new.

        Raises:
            NotFound, BadRequest: As the metric says.
            Busy: Too many ask, or it takes long.
        """
        found: dict[str, Any] = orjson.loads(
            self._file(self._answers.path(asking), {"question": asking.packed()})
        )
        return found

    def parquet(self, result: dict[str, Any]) -> bytes:
        """
        A result as Parquet (analytics/flat.py), which takes DuckDB too.

        Raises:
            Busy: Too many ask, or it takes long.
        """
        return self._file(self._answers.table_path(result), {"result": result})

    def _file(self, path: Path, order: dict[str, Any]) -> bytes:
        """A file that is there, or is made as the order says."""
        kept = self._answers.kept(path)
        if kept is not None:
            return kept
        if not self._requests.acquire(blocking=False):
            raise errors.Busy("too much is asked at once; ask again soon")
        try:
            asked = self._under_way(order, path)
            if not asked.done.wait(self._patience):
                raise errors.Busy(_SLOW)
        finally:
            self._requests.release()
        if asked.problem is not None:
            raise asked.problem
        kept = self._answers.kept(path)
        if kept is None:  # forgotten already, for so much was asked meanwhile
            raise errors.Busy(_SLOW)
        return kept

    def close(self) -> None:
        """End the process; another is started when something is asked."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            _gone(process)

    def _under_way(self, order: dict[str, Any], path: Path) -> _Asked:
        """The order as it is being carried out, once, whoever else gives it."""
        with self._lock:
            asked = self._open.get(path)
            if asked is None:
                if len(self._open) >= _WAITING:
                    raise errors.Busy("too much is asked at once; ask again soon")
                asked = self._open[path] = _Asked()
                thread = threading.Thread(target=self._answer, args=(order, path), daemon=True)
                thread.start()
            return asked

    def _answer(self, order: dict[str, Any], path: Path) -> None:
        asked = self._open[path]
        try:
            with self._turn:
                self._measure(order, path)
        except Exception as problem:  # noqa: BLE001 - it is raised where it was asked for
            asked.problem = problem
        finally:
            with self._lock:
                del self._open[path]
            asked.done.set()

    def _measure(self, order: dict[str, Any], path: Path) -> None:
        line = orjson.dumps(
            {
                **order,
                "path": str(path),
                "facts": str(self._facts),
                "threads": self._engine.threads,
                "memory": self._engine.memory,
            }
        )
        told = self._tell(line)
        if not told and self._process is not None and self._process.wait() == 0:
            told = self._tell(line)  # it had just ended, for nobody had asked for a while
        if not told:
            raise MeasuringFailed("the process that measures ended")
        answer = orjson.loads(told)
        if "failed" in answer:
            raise MeasuringFailed(answer["failed"])
        if "refused" in answer:
            refused = answer["refused"]
            raise getattr(errors, refused["kind"])(refused["detail"], at=refused["at"])

    def _tell(self, line: bytes) -> bytes:
        """The line that is answered; empty where the process ended instead."""
        process = self._process
        if process is not None and process.poll() is not None:
            _gone(process)
            process = None
        if process is None:
            process = self._process = _started()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(self._limit, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:
            return b""
        finally:
            timer.cancel()


def share(engine: Engine, processes: int) -> Engine:
    """What each of several processes may take, so that together they take no more than one."""
    memory = max(256, _MEGABYTES // processes)
    return replace(engine, memory=f"{memory}MB", threads=engine.threads if processes == 1 else 1)


def _gone(process: subprocess.Popen[bytes]) -> None:
    """Let go of a process that has ended, and of its pipes."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written has no reader
                pipe.close()


def _started() -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "analytics.measuring"]
    return subprocess.Popen(  # noqa: S603 - our own
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
