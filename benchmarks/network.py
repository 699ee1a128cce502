"""
How long the network job takes on a large organisation; prints JSON.

`python -m benchmarks.network` plants 20,000 people in departments who mostly talk within theirs,
and has `lrs analyse edges` find everything of it: exact betweenness, communities, brokerage and
E-I with its permutations (research/analytics.md 6.3).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.servers import LRS_COMMAND

_DEPARTMENT, _WITHIN = 100, 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--dyads", type=int, default=180_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _plant(folder, given.people, given.dyads)
        words: list[str | Path] = [
            LRS_COMMAND,
            "analyse",
            "edges",
            folder / "edges.csv",
            "--from",
            "from",
        ]
        words += ["--to", "to", "--groups", folder / "groups.csv", "--json"]
        began = time.perf_counter()
        done = subprocess.run(words, capture_output=True, check=True, text=True)
        seconds = time.perf_counter() - began
    found = json.loads(done.stdout)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told = ("n", "edges", "dyads", "reciprocity", "transitivity", "modularity")
    print(
        json.dumps(
            {
                "seconds": round(seconds, 1),
                "peak_rss_mib": round(peak),
                **{name: found[name] for name in told},
                "ei": {name: found["ei"][name] for name in ("value", "mean", "sd", "p")},
                "targets": {"seconds": 180, "peak_rss_mib": 3072},
            },
            indent=1,
        )
    )


def _plant(folder: Path, people: int, dyads: int) -> None:
    """Edges from a few very active people and many others, `_WITHIN` of them in a department."""
    chance = np.random.default_rng(1)
    often = chance.lognormal(0, 1, people)
    source = chance.choice(people, dyads * 5 // 4, p=often / often.sum())
    within = chance.random(len(source)) < _WITHIN
    colleague = source // _DEPARTMENT * _DEPARTMENT + chance.integers(0, _DEPARTMENT, len(source))
    target = np.where(within, colleague % people, chance.choice(people, len(source)))
    pairs = np.unique(np.column_stack([source, target])[source != target], axis=0)
    chance.shuffle(pairs)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    first = np.unique(low * people + high, return_index=True)[1]
    lines = [f"p{a},p{b}" for a, b in pairs[np.sort(first)[:dyads]]]
    (folder / "edges.csv").write_text("from,to\n" + "\n".join(lines) + "\n")
    members = [f"p{one},d{one // _DEPARTMENT}" for one in range(people)]
    (folder / "groups.csv").write_text("node,group\n" + "\n".join(members) + "\n")


if __name__ == "__main__":
    main()
