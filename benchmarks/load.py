"""
How fast the LRS is on this machine, against what the machine can do; prints JSON.

Every figure stands beside the limit measured in the same run: single POSTs beside a bare
application that only parses and echoes, batches beside a plain loop of parse and insert, lists
beside a bare application that reads the same rows. A line is met by its figure or by its ratio.

    python -m benchmarks.load [--seconds 5] [--preload 10000] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import samples
from benchmarks.bare import plain_loop
from benchmarks.bare_server import bare_server
from benchmarks.generator import Target, drive
from benchmarks.servers import lrs
from lrs.stores.sqlite import SqliteStore

AGENTS = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what is done, the figure and the ratio that are wanted."""

    name: str
    figure: float
    ratio: float
    unit: str = "requests_per_s"


LINES = (
    Line("post_1_c8", 2000, 0.5),
    Line("post_1_c32", 2000, 0.5),
    Line("post_50_c1", 6000, 0.5, "statements_per_s"),
    Line("post_50_c4", 6000, 0.5, "statements_per_s"),
    Line("post_500_c1", 8000, 0.5, "statements_per_s"),
    Line("post_500_c4", 8000, 0.5, "statements_per_s"),
    Line("get_id", 5000, 0.6),
    Line("get_agent", 2000, 0.6),
    Line("get_verb", 2000, 0.6),
    Line("get_related_activity", 2000, 0.6),
    Line("get_since", 2000, 0.6),
)


class Bench:
    """Our server and the bare one, beside each other on one store."""

    def __init__(self, ours: Target, bare: Target, store: Path, seconds: float) -> None:
        self._ours, self._bare, self._seconds = ours, bare, seconds
        self.term = SqliteStore.open(store, store.parent / "attachments").terms.to_keep
        self._fresh = 10_000_000

    def preload(self, count: int) -> list[str]:
        """Put in the Statements that the reads find; their ids."""
        statements = [samples.statement(number, 1, AGENTS) for number in range(count)]
        batches = [statements[start : start + 500] for start in range(0, count, 500)]
        requests = [self._ours.post("/xapi/statements", batch) for batch in batches]
        result = drive(self._ours, requests, 1, 3600)
        if result.errors:
            raise SystemExit(f"the preload had errors: {result.errors}")
        return [statement["id"] for statement in statements]

    def posts(self, size: int, connections: int) -> dict[str, Any]:
        """POST of new Statements, `size` at a time."""
        count = int(12_000 * self._seconds / (size if size > 1 else 3))
        bodies = [self._batch(size) for _ in range(max(16, count))]
        ours = [self._ours.post("/xapi/statements", body) for body in bodies]
        found = {"ours": drive(self._ours, ours, connections, self._seconds).summary(size)}
        if size == 1:
            bare = [self._bare.post("/statements", body) for body in bodies]
            found["limit"] = drive(self._bare, bare, connections, self._seconds).summary()
        return found

    def _batch(self, size: int) -> Any:
        start, self._fresh = self._fresh, self._fresh + size
        batch = [samples.statement(number, 2, AGENTS) for number in range(start, start + size)]
        return batch if size > 1 else batch[0]

    def gets(self, queries: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
        """The same rows from both servers, in two turns each, the better one counted."""
        many = int(4000 * self._seconds)
        ours = [self._ours.get("/xapi/statements", ask) for ask, _ in queries]
        bare = [self._bare.get("/statements", ask) for _, ask in queries]
        found: dict[str, list[dict[str, Any]]] = {"ours": [], "limit": []}
        for _ in range(2):
            for name, target, requests in (
                ("limit", self._bare, bare),
                ("ours", self._ours, ours),
            ):
                again = (requests * (many // len(requests) + 1))[:many]
                found[name].append(drive(target, again, 8, self._seconds / 2).summary())
        return {
            name: max(runs, key=lambda run: float(run["requests_per_s"]))
            for name, runs in found.items()
        }


def reads(bench: Bench, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Every kind of GET of the table."""
    chance = random.Random(3)
    agents = [samples.agent(chance.randrange(AGENTS)) for _ in range(500)]
    units = [samples.activity_id(chance.randrange(samples.ACTIVITIES)) for _ in range(500)]
    limit = {"limit": 100}
    queries = {
        "get_id": [
            ({"statementId": i}, {"id": i}) for i in chance.sample(ids, min(2000, len(ids)))
        ],
        "get_agent": [
            ({"agent": orjson.dumps(a).decode(), **limit}, {"term": bench.term(_agent_term(a))})
            for a in agents
        ],
        "get_verb": [
            (
                {"verb": samples.verb_id(n), **limit},
                {"term": bench.term(f"verb:{samples.verb_id(n)}")},
            )
            for n in range(len(samples.VERBS))
        ],
        "get_related_activity": [
            (
                {"activity": unit, "related_activities": "true", **limit},
                {"term": bench.term(f"related-activity:{unit}")},
            )
            for unit in units
        ],
        "get_since": [
            ({"since": f"2025-01-01T00:00:{n:02d}Z", **limit}, {"since": n}) for n in range(60)
        ],
    }
    return {name: bench.gets(asked) for name, asked in queries.items()}


def _agent_term(agent: dict[str, Any]) -> str:
    from lrs.domain.actors import ifi

    return f"agent:{ifi(agent)}"


def judged(line: Line, found: dict[str, Any], plain: float) -> dict[str, Any]:
    """A line with its limit and whether it is met, by figure or by ratio."""
    figure = float(found["ours"][line.unit])
    limit = float(found["limit"][line.unit]) if "limit" in found else plain
    ratio = round(figure / limit, 2) if limit else 0.0
    met = (figure >= line.figure or ratio >= line.ratio) and not found["ours"]["errors"]
    wanted = {"figure": line.figure, "ratio": line.ratio}
    return {**found, "limit_per_s": limit, "ratio": ratio, "wanted": wanted, "met": met}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--preload", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lrs-bench-") as name:
        folder = Path(name)
        store = folder / "lrs.sqlite"
        plain = plain_loop(folder, asked.seconds)
        with (
            lrs(f"sqlite:///{store}", folder) as server,
            bare_server("benchmarks.bare:create", BARE_STORE=str(store)) as port,
        ):
            ours = Target(int(server.url.rsplit(":", 1)[1]), server.key, server.secret)
            bench = Bench(ours, Target(port, "", ""), store, asked.seconds)
            ids = bench.preload(asked.preload)
            found = reads(bench, ids)
            for size, connections in ((1, 8), (1, 32), (50, 1), (50, 4), (500, 1), (500, 4)):
                found[f"post_{size}_c{connections}"] = bench.posts(size, connections)
    lines = {line.name: judged(line, found[line.name], plain) for line in LINES}
    out = {
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "plain_loop_statements_per_s": round(plain, 1),
        "lines": lines,
        "met": all(line["met"] for line in lines.values()),
    }
    text = orjson.dumps(out, option=orjson.OPT_INDENT_2).decode()
    if asked.json:
        asked.json.write_text(text + "\n")
    print(text)
    return 0 if out["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
