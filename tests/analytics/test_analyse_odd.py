"""What odd tables and extreme options do to `lrs analyse`: an answer or one line, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from analytics.analyse.cli import analyse
from analytics.analyse.tables import read_table
from tests.analytics.command import whys

SURVIVAL = ("--duration", "t", "--event", "e")
EVENTS = ("--person", "p", "--time", "at")


def answer(folder: Path, kind: str, text: str | None, *options: str) -> dict[str, Any]:
    """The JSON of a kind on a CSV file; None: it takes no file."""
    done = run(folder, kind, text, *options)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(folder: Path, kind: str, text: str | None, *options: str) -> str:
    """The one line of a refusal."""
    done = run(folder, kind, text, *options)
    assert done.exit_code == 2, done.output
    (one,) = done.stderr.splitlines()
    return str(one)


def run(folder: Path, kind: str, text: str | None, *options: str) -> Any:
    files = [] if text is None else [str(folder / "table.csv")]
    for file in files:
        Path(file).write_text(text or "", encoding="utf-8")
    return CliRunner().invoke(analyse, [kind, *files, *options, "--json"])


@pytest.mark.parametrize("text", ["t,e,g\n", "t,e,g\n1,1,\n,0,a\n"])
def test_groups_without_one_usable_row_are_not_compared(tmp_path: Path, text: str) -> None:
    found = answer(tmp_path, "survival", text, *SURVIVAL, "--group", "g")

    assert found["rows_used"] == 0
    assert found["logrank"] is None
    assert "logrank" in whys(found)


def test_where_nobody_left_before_the_horizon_the_restricted_mean_has_no_interval(
    tmp_path: Path,
) -> None:
    """Nothing was seen to vary: that is no certainty."""
    text = "t,e\n" + "9,0\n" * 12

    everyone = answer(tmp_path, "survival", text, *SURVIVAL, "--horizon", "5")["groups"]["all"]

    assert (everyone["rmst"], everyone["rmst_ci"]) == (5, None)


def test_durations_that_are_alike_in_six_digits_are_asked_for_apart(tmp_path: Path) -> None:
    text = "t,e\n" + "1234567,1\n" * 10 + "1234568,1\n" * 10

    found = answer(tmp_path, "survival", text, *SURVIVAL, "--at", "1234567,1234568,1000000")

    at = {name: row["s"] for name, row in found["groups"]["all"]["at"].items()}
    assert at == {"1234567": 0.5, "1234568": 0, "1000000": 1}


def test_levels_that_are_alike_in_six_digits_are_levels_apart(tmp_path: Path) -> None:
    text = "y,a\n" + "".join(f"{n % 7},{1234567 + n % 3}\n" for n in range(60))

    found = answer(
        tmp_path, "units", text, "--outcome", "y", "--exposure", "a", "--reference", "1234568",
        "--design", "randomised",
    )  # fmt: skip

    rows = [row["term"] for row in found["estimates"] if row["method"] == "crude"]
    assert rows == ["Intercept", "a[T.1234567]", "a[T.1234569]"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-02:00"])
def test_a_time_that_utc_has_no_year_for_is_refused(tmp_path: Path, moment: str) -> None:
    in_file = line(tmp_path, "events", f"p,at\n1,2026-01-01\n2,{moment}\n", *EVENTS)
    as_option = line(tmp_path, "events", "p,at\n1,2026-01-01\n", *EVENTS, "--cutoff", moment)

    assert "column 'at', row 2" in in_file
    assert "--cutoff" in as_option


def test_the_last_day_there_is_may_be_the_cutoff(tmp_path: Path) -> None:
    text = "p,at\n1,9999-11-30\n2,9999-12-31\n"

    assert answer(tmp_path, "events", text, *EVENTS)["incomplete_month"] is None


@pytest.mark.parametrize("gap", ["1e300", "1e12"])
def test_a_gap_longer_than_the_calendar_is_refused(tmp_path: Path, gap: str) -> None:
    assert "--gap" in line(tmp_path, "events", "p,at\n1,2026-01-01\n", *EVENTS, "--gap", gap)


@pytest.mark.parametrize("estimate", ["1e9", "1e100", "1e300"])
def test_no_confounder_takes_away_an_enormous_t(tmp_path: Path, estimate: str) -> None:
    """RV → 1: the published form of the formula cancels to 0 from a t of 1e8 on."""
    found = answer(
        tmp_path, "sensitivity", None, "--estimate", estimate, "--se", "1e-30", "--df", "50"
    )

    values = [found[name] for name in ("rv", "rv_05", "partial_r2")]
    assert values == pytest.approx([1, 1, 1])


def test_degrees_of_freedom_beyond_all_numbers_are_refused(tmp_path: Path) -> None:
    words = ("--estimate", "1", "--se", "1", "--df", "1" + "0" * 400)

    assert "--df" in line(tmp_path, "sensitivity", None, *words)


def test_whole_numbers_beyond_2_to_the_53rd_stay_apart_as_levels(tmp_path: Path) -> None:
    """As floats, 9007199254740993 is 9007199254740992: two departments would be one."""
    text = "y,id\n" + "".join(f"{n % 7},{9007199254740992 + n % 2}\n" for n in range(60))
    options = ("--outcome", "y", "--design", "randomised", "--no-minimum")

    covariate = answer(tmp_path, "units", text, "--covariates", "C(id)", *options)
    exposure = answer(
        tmp_path, "units", text, "--exposure", "id", "--reference", "9007199254740993", *options
    )

    assert {row["term"] for row in covariate["estimates"]} == {
        "Intercept", "C(id)[T.9007199254740993]",
    }  # fmt: skip
    rows = [row["term"] for row in exposure["estimates"] if row["method"] == "crude"]
    assert rows == ["Intercept", "id[T.9007199254740992]"]


def test_days_and_long_numbers_of_parquet_are_the_texts_that_csv_has(tmp_path: Path) -> None:
    """Also where the file's name holds what a pattern is written with."""
    path = tmp_path / "rows [2026]*.parquet"
    one = "DATE '2026-03-01' AS day, 12345678901234567890::DECIMAL(38,0) AS id, 1 AS \"*\""
    duckdb.sql(f"SELECT {one} UNION ALL SELECT NULL, NULL, 1 ORDER BY 1").write_parquet(str(path))

    table = read_table(path)
    used = table.complete(["day", "id"])

    assert list(table.cells.columns) == ["day", "id", "*"]

    assert used.counts == {"rows_read": 2, "rows_used": 1, "dropped": {"day": 1, "id": 1}}
    assert [used.texts(name).tolist() for name in ("day", "id")] == [
        ["2026-03-01"], ["12345678901234567890"],
    ]  # fmt: skip


def test_commas_within_a_quoted_name_do_not_make_the_delimiter(tmp_path: Path) -> None:
    text = '"how long, in days, it took";t;e\n1;2;1\n'

    assert answer(tmp_path, "survival", text, *SURVIVAL)["rows_used"] == 1


def test_a_row_of_another_length_is_named_with_its_file(tmp_path: Path) -> None:
    """With two files, a row alone may be in either."""
    groups = tmp_path / "groups.csv"
    groups.write_text("node,group\n1\n")
    options = ("--from", "f", "--to", "t", "--groups", str(groups))

    assert "groups.csv: row 1 has 1 cells" in line(tmp_path, "edges", "f,t\n1,2\n", *options)


@pytest.mark.parametrize("formula", ["'age'", "1", "Q()", "I()"])
@pytest.mark.parametrize("kind", ["units", "survival"])
def test_covariates_that_name_no_column_are_refused(
    tmp_path: Path, kind: str, formula: str
) -> None:
    """Else the estimate would be taken for an adjusted one."""
    options = {"units": ("--outcome", "t", "--design", "observational"), "survival": SURVIVAL}

    refused = line(tmp_path, kind, "t,e,age\n1,1,30\n", *options[kind], "--covariates", formula)

    assert "--covariates" in refused
    assert "names no column" in refused


@pytest.mark.parametrize("flag", ["--exposure", "--covariates", "--offtopic", "--training"])
def test_an_outcome_does_not_explain_itself(tmp_path: Path, flag: str) -> None:
    options = ("--outcome", "y", "--design", "observational", flag, "y")

    assert "column 'y'" in line(tmp_path, "units", "y,a\n1,0\n", *options)


def test_what_is_about_nobody_is_withheld_whatever_the_minimum(tmp_path: Path) -> None:
    """Marked as printed below the minimum, a null would be a figure that is not defined."""
    lasting = answer(tmp_path, "survival", "t,e\n", *SURVIVAL, "--no-minimum")
    acting = answer(tmp_path, "events", "p,at\n1,2026-01-01\n", *EVENTS, "--no-minimum")

    assert whys(lasting)["groups.all"] == "0 people, fewer than 10"
    assert whys(acting) == {"tenure": "0 people, fewer than 10"}
    assert lasting["below_minimum"] == acting["below_minimum"] == []
