"""
Whether a query costs the same in a large store, and how much memory a web process takes.

Fills one store with 10,000 Statements and another with 1,000,000 through the Resource, asks both
in turn for keys that return the same rows at both sizes, and watches the resident memory of the
web processes all the while; then sends one attachment of 10 MB and one batch of 1,000. Prints JSON.

    python -m benchmarks.scale [--large 1000000] [--seconds 3]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil
import requests

from benchmarks import samples
from benchmarks.generator import Target, drive
from benchmarks.servers import Server, lrs

SMALL = 10_000
EVERY = 100  # one of so many of the first 10,000 carries the marked keys
AGENTS = 5000
WORST_GROWTH = 2.0
MOST_MIB = 200
_MARK = f"{samples.HOME}/marked"
_AGENT = {"account": {"homePage": samples.HOME, "name": "marked"}}
_REGISTRATION = str(uuid.uuid5(uuid.NAMESPACE_URL, _MARK))
_BATCH = 500


def statement(number: int) -> dict[str, Any]:
    """The n-th Statement; the marked ones are the same in both stores."""
    made = samples.statement(number, 11, AGENTS)
    if number < SMALL and number % EVERY == 0:
        made["actor"] = _AGENT
        made["verb"] = {"id": f"{_MARK}/verb"}
        made["object"] = {"id": f"{_MARK}/activity"}
        made["context"]["registration"] = _REGISTRATION
        made["context"]["contextActivities"]["parent"] = [{"id": f"{_MARK}/parent"}]
    return made


QUERIES: dict[str, dict[str, Any]] = {
    "id": {"statementId": statement(0)["id"]},
    "agent": {"agent": orjson.dumps(_AGENT).decode()},
    "verb": {"verb": f"{_MARK}/verb"},
    "activity": {"activity": f"{_MARK}/activity"},
    "related_activities": {"activity": f"{_MARK}/parent", "related_activities": "true"},
    "registration": {"registration": _REGISTRATION},
    "since": {"since": "2020-01-01T00:00:00Z", "limit": 100},
}


class Memory:
    """The most resident memory that any web process of a server has had."""

    def __init__(self, server: Server) -> None:
        self._processes = [
            child
            for child in psutil.Process(server.pid).children(recursive=True)
            if "resource_tracker" not in " ".join(child.cmdline())
        ]

    def peak_mib(self) -> float:
        """The kernel's high-water mark since the last `forget`."""
        return max(self._status(process, "VmHWM") for process in self._processes)

    def now_mib(self) -> float:
        return max(self._status(process, "VmRSS") for process in self._processes)

    def forget(self) -> None:
        """Begin a new high-water mark."""
        for process in self._processes:
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")

    @staticmethod
    def _status(process: psutil.Process, field: str) -> float:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
        raise ValueError(field)


def target(server: Server) -> Target:
    return Target(int(server.url.rsplit(":", 1)[1]), server.key, server.secret)


def fill(server: Server, numbers: range) -> None:
    """Send Statements in batches; ten thousand prepared at a time."""
    for start in range(numbers.start, numbers.stop, 10_000):
        stop = min(start + 10_000, numbers.stop)
        requests_ = list(_batches(target(server), range(start, stop)))
        result = drive(target(server), requests_, 2, 3600)
        if result.errors:
            raise SystemExit(f"filling the store had errors: {result.errors}")


def _batches(to: Target, numbers: range) -> Iterator[bytes]:
    for start in range(numbers.start, numbers.stop, _BATCH):
        batch = [statement(n) for n in range(start, min(start + _BATCH, numbers.stop))]
        yield to.post("/xapi/statements", batch)


def compare(small: Server, large: Server, seconds: float) -> dict[str, Any]:
    """p50 of every query at both sizes, asked in turn; the better of three turns each."""
    found = {}
    for name, query in QUERIES.items():
        runs: dict[str, list[float]] = {"small": [], "large": []}
        rows = {}
        for _ in range(3):
            for size, server in (("small", small), ("large", large)):
                to = target(server)
                ask = [to.get("/xapi/statements", query)] * 20_000
                runs[size].append(drive(to, ask, 1, seconds).summary()["p50_ms"])
                rows[size] = _rows(server, query)
        small_ms, large_ms = min(runs["small"]), min(runs["large"])
        found[name] = {
            "rows": rows,
            "small_p50_ms": small_ms,
            "large_p50_ms": large_ms,
            "growth": round(large_ms / small_ms, 2),
            "met": large_ms <= WORST_GROWTH * small_ms and rows["small"] == rows["large"],
        }
    return found


def _rows(server: Server, query: dict[str, Any]) -> int:
    answer = requests.get(
        f"{server.url}/xapi/statements",
        params=query,
        auth=(server.key, server.secret),
        headers={"X-Experience-API-Version": "1.0.3"},
        timeout=60,
    ).json()
    return len(answer["statements"]) if "statements" in answer else 1


def large_requests(server: Server, memory: Memory) -> dict[str, Any]:
    """How far an attachment of 10 MB and a batch of 1,000 raise the memory of a process."""
    before = memory.now_mib()
    memory.forget()
    _attach(server, 10 * 10**6)
    attachment = memory.peak_mib()
    memory.forget()
    to = target(server)
    batch = [samples.statement(n, 12, AGENTS) for n in range(1000)]
    drive(to, [to.post("/xapi/statements", batch)], 1, 60)
    peaks = {"attachment_10_mb": attachment, "batch_1000": memory.peak_mib()}
    return {
        "before_mib": round(before, 1),
        **{f"{name}_peak_mib": round(peak, 1) for name, peak in peaks.items()},
        "met": all(peak < 2 * before for peak in peaks.values()),
    }


def _attach(server: Server, size: int) -> None:
    data = b"x" * size
    sha2 = hashlib.sha256(data).hexdigest()
    made = samples.statement(0, 13, AGENTS)
    made["attachments"] = [
        {
            "usageType": f"{samples.HOME}/usage",
            "display": {"en": "a recording"},
            "contentType": "application/octet-stream",
            "length": size,
            "sha2": sha2,
        }
    ]
    head = b"--b\r\nContent-Type: application/json\r\n\r\n" + orjson.dumps(made)
    part = (
        "\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}\r\n\r\n"
    )
    answer = requests.post(
        f"{server.url}/xapi/statements",
        data=head + part.encode() + data + b"\r\n--b--\r\n",
        headers={
            "Content-Type": "multipart/mixed; boundary=b",
            "X-Experience-API-Version": "1.0.3",
        },
        auth=(server.key, server.secret),
        timeout=60,
    )
    answer.raise_for_status()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lrs-scale-") as name:
        one, other = Path(name, "small"), Path(name, "large")
        one.mkdir()
        other.mkdir()
        with (
            lrs(f"sqlite:///{one / 'lrs.sqlite'}", one) as small,
            lrs(f"sqlite:///{other / 'lrs.sqlite'}", other) as large,
        ):
            memory = Memory(large)
            fill(small, range(SMALL))
            fill(large, range(asked.large))
            queries = compare(small, large, asked.seconds)
            peak = memory.peak_mib()
            requests_ = large_requests(large, memory)
    out: dict[str, Any] = {
        "statements": {"small": SMALL, "large": asked.large},
        "queries": queries,
        "memory": {
            "peak_mib": round(peak, 1),
            "most_mib": MOST_MIB,
            "met": peak <= MOST_MIB,
            "large_requests": requests_,
        },
    }
    met = [*(query["met"] for query in queries.values()), peak <= MOST_MIB, requests_["met"]]
    out["met"] = all(met)
    print(orjson.dumps(out, option=orjson.OPT_INDENT_2).decode())
    return 0 if out["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
