"""A result of `lrs analyse` is the same byte for byte, whatever the number of threads (5.6.9)."""

from __future__ import annotations

import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pandas as pd

from tests.analytics.command import lives, saved


def bytes_with(threads, arguments):
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {
        **os.environ,
        **dict.fromkeys(counts, str(threads)),
        "PYTHONHASHSEED": str(threads),
    }
    done = subprocess.run(
        [sys.executable, "-m", "analytics.analyse", *arguments, "--json"],
        env=environment, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_the_same_file_gives_the_same_bytes_whatever_the_threads(tmp_path):
    oracle = nx.barabasi_albert_graph(800, 4, seed=2)
    edges = saved(pd.DataFrame(list(oracle.edges), columns=["who", "whom"]), tmp_path, "edges.csv")
    halves = pd.DataFrame({"node": range(800), "group": ["a", "b"] * 400})
    groups = saved(halves, tmp_path, "groups.csv")
    people = saved(lives(3000).assign(g=["a", "b", "c"] * 1000), tmp_path, "lives.csv")
    days = pd.date_range("2026-01-01", periods=400).strftime("%Y-%m-%d")
    acts = pd.DataFrame({"p": np.arange(1200) % 97, "at": list(days) * 3})
    log = saved(acts, tmp_path, "log.csv")
    runs = [
        ["edges", edges, "--from", "who", "--to", "whom", "--groups", groups],
        [
            "survival",
            people,
            "--duration",
            "t",
            "--event",
            "e",
            "--group",
            "g",
            "--covariates",
            "age",
        ],
        ["events", log, "--person", "p", "--time", "at"],
    ]

    for arguments in runs:
        assert bytes_with(1, arguments) == bytes_with(2, arguments)
