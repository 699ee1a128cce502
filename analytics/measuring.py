"""
`python -m analytics.measuring`: measures for a web process, whose own memory stays small.

An order is a line of JSON on standard input: a question to a metric, or a result that shall become
Parquet. What is made is a file, and a line on standard output tells that it is there. It ends when
nothing is ordered for a while, and when who started it has ended.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

import orjson

from analytics.asking import Answers, Question, measured
from analytics.facts.engine import Engine
from analytics.flat import as_parquet
from lrs.domain.errors import LrsError

_IDLE_SECONDS = 120.0


def main(idle_seconds: float = _IDLE_SECONDS) -> None:
    """Answer until the input ends or nothing is asked any more."""
    from threadpoolctl import threadpool_limits

    # Ctrl-C in a terminal is heard here too; the web process answers what it has accepted first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, lines), daemon=True).start()
    with threadpool_limits(1):
        while True:
            try:
                line = lines.get(timeout=idle_seconds)
            except queue.Empty:
                os._exit(0)  # to return would abort: the thread that listens holds the input
            told.write(orjson.dumps(_answer(orjson.loads(line))) + b"\n")
            told.flush()


def _listen(source: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    for line in source:
        lines.put(line)
    os._exit(0)  # also in the middle of an order: nobody is there any more to hear of it


def _answer(told: dict[str, Any]) -> dict[str, Any]:
    """What became of an order: its file is there, or why it is not."""
    path, facts = Path(told["path"]), Path(told["facts"])
    engine = Engine(told["threads"], told["memory"])
    try:
        if "result" in told:
            made = as_parquet(told["result"])
        else:
            made = orjson.dumps(measured(Question.unpacked(told["question"]), facts, engine))
        Answers(path.parent, facts).keep(path, made)
    except LrsError as error:
        refused = {"kind": type(error).__name__, "detail": error.detail, "at": error.at}
        return {"refused": refused}
    except Exception:  # noqa: BLE001 - it is told to the process that answers for it
        return {"failed": traceback.format_exc()}
    return {}


if __name__ == "__main__":
    main()
