"""What tests of `lrs analyse` share: files, refusals, reasons, and people with made-up lives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from click.testing import CliRunner

from analytics.analyse.cli import analyse


def saved(table, folder, name="table.csv"):
    path = folder / name
    table.to_csv(path, index=False)
    return str(path)


def refusal(kind, table, folder, *options):
    """The one line on stderr of a run that must end with exit code 2."""
    done = CliRunner().invoke(analyse, [kind, saved(table, folder), *options, "--json"])
    assert done.exit_code == 2, done.output
    (line,) = done.stderr.splitlines()
    return line


def whys(result):
    return {item["what"]: item["why"] for item in result["withheld"]}


def lives(n, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "t": np.ceil(rng.exponential(100, n)),
            "e": rng.integers(0, 2, n),
            "age": rng.normal(40, 9, n),
        }
    )
