"""Transfer over HTTP, and the commands that measure on the store: the figures are the same."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.analytics.planted_organisation import Organisation
from tests.analytics.site import PROGRAMME, Site, fill, measured, table
from tests.server import refusal, run_lrs, serving

_FLOWS = ("active", "new", "retained", "resurrected", "churned", "quick_ratio")
_MEASURES = (
    "edges", "dyads", "density", "reciprocity", "components", "giant_share", "centralisation",
    "transitivity", "communities", "modularity",
)  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(LRS_MIN_GROUP="1") as server:
        made = fill(server, Organisation(seed=7))
        for name in ("safety", "units"):
            assert made.client.post("/api/programmes", json={**PROGRAMME, "id": name}).ok
        yield made


def test_the_result_of_a_transfer_run_in_every_format(site: Site, tmp_path: Path) -> None:
    path = "/api/analytics/programmes/safety/transfer"
    refusal(site.client.get(path), 404)

    done = run_lrs(site.server, "analyse", "transfer", "safety", "--json", LRS_MIN_GROUP="1")
    answer = site.client.get(path)

    assert done.returncode == 0, done.stderr
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(done.stdout)
    assert site.client.get(path, params={"version": 1}).content == answer.content
    refusal(site.client.get(path, params={"version": 2}), 404)
    rows = table(site.client.get(path, params={"format": "csv"}).content)
    assert {(row["about"], row["version"]) for row in rows} == {("safety", "1")}
    file = tmp_path / "figures.parquet"
    file.write_bytes(site.client.get(path, params={"format": "parquet"}).content)
    [[values]] = duckdb.sql(f"SELECT list(value) FROM '{file}'").fetchall()
    assert values == [float(row["value"]) if row["value"] else None for row in rows]


def test_the_learners_of_a_transfer_run_can_be_analysed_again(site: Site, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        words = ["analyse", "transfer", "units", "--units", str(tmp_path / f"units.{form}")]
        done = run_lrs(site.server, *words, LRS_MIN_GROUP="1")
        assert done.returncode == 0, done.stderr
    refused = run_lrs(site.server, "analyse", "transfer", "units", "--units", "units.xlsx")

    as_csv, as_parquet = (
        duckdb.sql(f"SELECT * FROM '{tmp_path / f'units.{form}'}'").columns
        for form in ("csv", "parquet")
    )
    assert as_csv == as_parquet
    assert refused.returncode == 2


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["growth", "network", "tenure"])
def test_a_metric_can_be_worked_out_again_from_its_rows(
    site: Site, tmp_path: Path, name: str, form: str
) -> None:
    window = ["--since", "2026-01-01", "--until", "2026-05-01"]
    words = ["analyse", "metric", name, *window, "--rows", str(tmp_path / f"{name}.{form}")]
    done = run_lrs(site.server, *words, "--json", LRS_MIN_GROUP="1")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    again = run_lrs(site.server, *shlex.split(told["reproduce"])[1:], "--no-minimum")

    assert again.returncode == 0, again.stderr
    assert _same_figures(name, told["result"], json.loads(again.stdout))


def _same_figures(name: str, told: dict[str, Any], again: dict[str, Any]) -> bool:
    """What the metric and the kind of `lrs analyse` both tell; more than nothing."""
    if name == "tenure":
        theirs = again["tenure"]
        own = {**told["people"], "left_truncated": told["left_truncated"]}
    elif name == "growth":
        theirs = {row["month"]: row for row in again["growth"]}
        own = {row["month"]: {one: row[one] for one in _FLOWS} for row in told["months"]}
        theirs = {month: {one: theirs[month][one] for one in _FLOWS} for month in own}
        assert {month: again["cohorts"][month] for month in told["cohorts"]} == told["cohorts"]
    else:
        parts = {row["department"]: row["value"] for row in told["departments"]}
        own = {one: told[one] for one in ("n", *_MEASURES)} | {"ei": told["ei"]} | parts
        found = {name: row["value"] for name, row in again["ei"].pop("by_group").items()}
        theirs = {**again, **found}
    return bool(own) and own == {one: theirs[one] for one in own}


def test_the_command_tells_what_the_api_tells(site: Site) -> None:
    cutoff = measured(site.client, "participation").json()["cutoff"]
    words = ["--since", "2026-01-01", "--until", "2026-05-01", "--by", "department"]
    asked = ["analyse", "metric", "participation", *words, "--cutoff", cutoff]

    done = run_lrs(site.server, *asked, "--csv", "all.csv", LRS_MIN_GROUP="1")

    assert done.returncode == 0, done.stderr
    written = (site.server.log.parent / "all.csv").read_bytes()
    told = measured(
        site.client, "participation", by="department", cutoff=cutoff, format="csv"
    ).content
    assert written == told


@pytest.mark.parametrize(
    "words",
    [
        ("metric", "nope"),
        ("metric", "tenure", "--option", "gap_days=x"),
        ("metric", "tenure", "--option", "gap_days"),
        ("metric", "tenure", "--since", "soon"),
        ("metric", "tenure", "--nope"),
        ("metric", "demand", "--rows", "demand.csv"),
        ("metric", "tenure", "--rows", "tenure.xlsx"),
        ("transfer", "nope"),
        ("run", "nope"),
        ("cancel", "nope"),
    ],
)
def test_what_the_command_cannot_do_is_one_line_and_exit_2(
    site: Site, words: tuple[str, ...]
) -> None:
    done = run_lrs(site.server, "analyse", *words)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
