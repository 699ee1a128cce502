"""A server under strace: what it wrote, synced and answered, in the order it happened."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.running import wait_until

STRACE = shutil.which("strace")
_CALLS = "write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2"
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>[a-z0-9]+)\((?P<arguments>.*)$")
_RESUMED = re.compile(r"^<\.\.\. (?P<name>[a-z0-9]+) resumed>(?P<rest>.*)$")
_RESULT = re.compile(r"\) += (?P<result>-?\d+)[^=]*$")


@dataclass(frozen=True)
class Call:
    """
    One system call.

    Args:
        began, ended: The lines of the trace at which it began and returned.
        text: Its arguments, file descriptors with the path behind them.
    """

    name: str
    text: str
    began: int
    ended: int


def prefix(trace: Path) -> Sequence[str]:
    """What goes before the command to have its trace written; the command stays our child (-D)."""
    assert STRACE is not None
    return (STRACE, "-D", "-f", "-y", "-s", "8192", "-e", f"trace={_CALLS}", "-o", str(trace))


def may_trace() -> bool:
    """Whether strace is there and has the right to trace."""
    if STRACE is None:
        return False
    tried = subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def calls(trace: Path, process: int) -> list[Call]:
    """
    All calls that returned without error, in the order in which they began.

    Args:
        process: The first process that was traced; its end is the last line.
    """
    ended = re.compile(rf"^{process} +\+\+\+ exited", re.MULTILINE)
    wait_until(lambda: ended.search(trace.read_text(errors="replace")) is not None)
    open_calls: dict[str, tuple[str, str, int]] = {}
    done: list[Call] = []
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        found = _LINE.match(line)
        if found is None:
            continue
        thread, rest = found["thread"], found["rest"]
        resumed, call = _RESUMED.match(rest), _CALL.match(rest)
        if resumed and thread in open_calls:
            name, text, began = open_calls.pop(thread)
            _finish(done, Call(name, text + resumed["rest"], began, number))
        elif call and rest.endswith("<unfinished ...>"):
            open_calls[thread] = (call["name"], call["arguments"], number)
        elif call:
            _finish(done, Call(call["name"], call["arguments"], number, number))
    return sorted(done, key=lambda call: call.began)


def _finish(done: list[Call], call: Call) -> None:
    result = _RESULT.search(call.text)
    if result is not None and int(result["result"]) >= 0:
        done.append(call)


def is_sync_of(call: Call, path: str) -> bool:
    """Whether it is a sync of the file or folder at this path."""
    return call.name in ("fsync", "fdatasync") and f"<{path}>" in call.text
