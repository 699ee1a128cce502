"""What a table may look like, what is counted, and how `lrs analyse` refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from analytics.analyse.cli import analyse
from analytics.analyse.tables import UsageProblem, read_table, texts_alike


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(analyse, [str(argument) for argument in arguments])


def units(path: Path, *options: str) -> Result:
    return ran("units", path, "--outcome", "y", "--design", "observational", *options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_line_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, "\ufeffy;a\n1;2\n".replace(";", delimiter))

    table = read_table(path)

    assert list(table.cells.columns) == ["y", "a"]
    assert table.cells.to_numpy().tolist() == [["1", "2"]]


def test_rows_with_a_missing_value_in_a_used_column_are_dropped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "y,a,b\n1,0,\n,1,2\nNA,,3\n4,1,5\n")

    used = read_table(path).complete(["y", "a"])

    assert used.counts == {"rows_read": 4, "rows_used": 2, "dropped": {"y": 2, "a": 1}}
    assert used.cells.index.tolist() == [1, 4]


def test_a_blank_line_is_a_missing_cell_only_where_one_column_is_all_there_is(
    tmp_path: Path,
) -> None:
    one = written(tmp_path, "text\nhow?\n\nso\n\n", "one.csv")
    two = written(tmp_path, "a,b\n1,2\n\n3,4\n", "two.csv")

    assert read_table(one).cells["text"].tolist() == ["how?", None, "so"]
    assert len(read_table(two).cells) == 2


def test_identifiers_of_a_csv_stay_texts_and_whole_floats_of_parquet_lose_their_point(
    tmp_path: Path,
) -> None:
    csv = written(tmp_path, "id\n007\n")
    parquet = tmp_path / "table.parquet"
    duckdb.sql(f"COPY (SELECT 7.0::DOUBLE AS id) TO '{parquet}' (FORMAT parquet)")

    assert read_table(csv).complete(["id"]).texts("id").tolist() == ["007"]
    assert read_table(parquet).complete(["id"]).texts("id").tolist() == ["7"]


@pytest.mark.parametrize(
    ("columns", "read"),
    [
        ([["1.0", "12.0"]], [["1", "12"]]),
        ([["1.0", "2.0"], ["1", "2"]], [["1", "2"], ["1", "2"]]),
        ([["007", "7"]], [["007", "7"]]),
        ([["1.0", "1.5"]], [["1.0", "1.5"]]),
        ([["1.0", "2.0"], ["1.0", "ann"]], [["1.0", "2.0"], ["1.0", "ann"]]),
        ([["1.0"], []], [["1"], []]),
    ],
)
def test_whole_numbers_written_as_floats_are_read_alike(
    columns: list[list[str]], read: list[list[str]]
) -> None:
    """In columns that name the same people, "1.0" beside "1.0" must go on to be one person."""
    assert [texts.tolist() for texts in texts_alike(*columns)] == read


def test_parquet_and_csv_give_the_same_result(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7 + (i % 2)},{i % 2},{i % 5}" for i in range(200))
    csv = written(tmp_path, f"y,a,x\n{rows}\n7,,1\n")
    parquet = tmp_path / "table.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{csv}')) TO '{parquet}' (FORMAT parquet)")
    options = ("--exposure", "a", "--covariates", "x", "--json")

    first, second = units(csv, *options), units(parquet, *options)

    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["dropped"] == {"a": 1}


@pytest.mark.parametrize(
    ("text", "options", "named"),
    [
        ("y,a\n1,0\n", ("--exposure", "b"), "column 'b'"),
        ("y,a\n1,0\nlots,1\n", ("--exposure", "a"), "column 'y', row 2"),
        ("y,a\n1,0\ninf,1\n", ("--exposure", "a"), "column 'y', row 2"),
        ("y,a\n1,0\n1_000,1\n", ("--exposure", "a"), "column 'y', row 2"),
        ("y,a\n1,0\n2,1,3\n", ("--exposure", "a"), "row 2"),
        ("y,a\n1\n", ("--exposure", "a"), "row 1"),
        ("y,a,a\n1,0,0\n", ("--exposure", "a"), "column 'a'"),
        ('y,a\n"1,0\n', ("--exposure", "a"), "line"),
        ("", ("--exposure", "a"), "header"),
        (b"y,a\n\xff\xfe,1\n", ("--exposure", "a"), "UTF-8"),
        (b"PAR1 and no more", ("--exposure", "a"), "table.csv"),
        ("y,a\n1,u\n2,v\n", ("--exposure", "a", "--reference", "w"), "no level 'w'"),
        ("y,a\n1,0\n2,1\n", ("--reference", "0"), "--reference"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--cluster", "a,y,a"), "--cluster"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--se", "cluster"), "--se cluster"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--covariates", "z"), "column 'z'"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--covariates", "y +"), "--covariates"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--covariates", "open('x')"), "open('x')"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--covariates", "y.__class__"), "Attribute"),
        ("y,a\n1,0\n2,1\n", ("--exposure", "a", "--covariates", "np.log(a)"), "not finite"),
        ("y,a\n1,0\n", ("--exposure", "a", "--estimand", "late"), "--estimand"),
        ("y,a\n1,0\n", ("--exposure", "a", "--seed", "-1"), "--seed"),
        ("y,a\n1,0\n", ("--frobnicate",), "--frobnicate"),
    ],
)
def test_what_cannot_be_used_is_refused_with_one_line(
    tmp_path: Path, text: str | bytes, options: tuple[str, ...], named: str
) -> None:
    done = units(written(tmp_path, text), *options, "--json")

    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert named in done.stderr


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["20", "onbekend", "21", "22"], ("--covariates", "x")),
        (["20", "onbekend", "21", "22"], ("--covariates", "np.log(x)")),
        (["1", "0,5", "0,1", "0,2"], ("--covariates", "x")),
        (["1", "?", "2", "3"], ("--exposure", "x")),
    ],
)
def test_a_cell_that_is_no_number_among_numbers_is_refused(
    tmp_path: Path, cells: list[str], options: tuple[str, ...]
) -> None:
    """As levels, 2,000 ages and one "unknown" were dozens of dummies, and nothing said so."""
    rows = "\n".join(f"{i};{cell}" for i, cell in enumerate(cells))

    done = units(written(tmp_path, f"y;x\n{rows}\n"), *options, "--json")

    assert done.exit_code == 2, done.output
    assert f"column 'x', row 2: {cells[1]!r} is not a number" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options", [("--covariates", "C(x)"), ("--exposure", "x", "--reference", "1")]
)
def test_levels_that_are_declared_may_be_numbers_and_words(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    rows = "\n".join(f"{i % 7},{['1', '2', '3', '3+'][i % 4]}" for i in range(200))

    done = units(written(tmp_path, f"y,x\n{rows}\n"), *options, "--json")

    terms = {row["term"] for row in json.loads(done.stdout)["estimates"]}
    assert any(term.endswith("[T.3+]") for term in terms)


def test_a_formula_without_a_value_on_a_row_names_column_and_row(tmp_path: Path) -> None:
    """patsy said "factor contains missing values" of a negative logarithm, and named no row."""
    path = written(tmp_path, "y,x\n1,2\n2,-3\n3,4\n")

    log = units(path, "--covariates", "np.log(x)", "--json")
    centred = units(path, "--covariates", "center(np.log(x))", "--json")

    assert log.exit_code == centred.exit_code == 2
    assert log.stderr.endswith("row 2: np.log(x) is not finite\n")
    assert "row" not in centred.stderr
    assert centred.stderr.endswith("center(np.log(x)) is not finite\n")


@pytest.mark.parametrize(
    ("formula", "term"),
    [
        ("C(z, Sum)", "C(z, Sum)[S.1]"),
        ("C(z, contrast=Sum)", "C(z, contrast=Sum)[S.1]"),
        ("C(z, Treatment(2))", "C(z, Treatment(2))[T.1]"),
        ('C(Q("odd name"))', 'C(Q("odd name"))[T.3+]'),
    ],
)
def test_levels_may_be_coded_as_the_manual_says(tmp_path: Path, formula: str, term: str) -> None:
    rows = "\n".join(f"{i % 7},{i % 3},{['1', '2', '3+'][i % 3]}" for i in range(200))

    done = units(written(tmp_path, f"y,z,odd name\n{rows}\n"), "--covariates", formula, "--json")

    assert done.exit_code == 0, done.output
    assert term in {row["term"] for row in json.loads(done.stdout)["estimates"]}


def test_words_with_a_number_among_them_are_levels(tmp_path: Path) -> None:
    used = read_table(written(tmp_path, "team\nsales\nsupport\n7\n")).complete(["team"])

    assert not used.is_measured("team")


def test_a_missing_file_and_an_unknown_kind_are_refused_with_one_line(tmp_path: Path) -> None:
    for done in (units(tmp_path / "none.csv"), ran("divination", "x.csv"), ran("units")):
        assert done.exit_code == 2
        assert done.stderr.count("\n") == 1


def test_an_empty_table_is_no_fault_but_says_nothing(tmp_path: Path) -> None:
    done = units(written(tmp_path, "y,a\n"), "--exposure", "a", "--json")

    result = json.loads(done.stdout)
    assert done.exit_code == 0
    assert result["estimates"] == []
    assert result["wording"]["level"] == "0"
    assert {item["what"] for item in result["withheld"]} >= {"crude", "ols"}


def test_without_json_people_get_tables(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 2}" for i in range(120))

    done = units(written(tmp_path, f"y,a\n{rows}\n"), "--exposure", "a")

    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["rows_used", "120"] in lines
    assert lines[lines.index(["estimates"]) + 1][:3] == ["method", "estimand", "term"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "--rr"),
        (("--rr", "0"), "--rr"),
        (("--rr", "2", "--limit", "-1"), "--limit"),
        (("--d", "0.3"), "--se"),
        (("--estimate", "1", "--se", "1"), "--df"),
        (("--estimate", "1", "--se", "0", "--df", "9"), "--se"),
        (("--rr", "2", "--d", "1", "--se", "1"), "--d"),
        (("--rr", "many"), "--rr"),
        (("--rr", "2", "--limit", "3"), "--limit"),
        (("--rr", "0.5", "--limit", "0.3"), "--limit"),
        (("--d", "0.5", "--se", "0.1", "--limit", "0.8"), "--limit"),
        (("--d", "-0.5", "--se", "0.1", "--limit", "-0.8"), "--limit"),
        (("--rr", "inf"), "--rr"),
        (("--d", "nan", "--se", "1"), "--d"),
        (("--d", "1", "--se", "inf"), "--se"),
        (("--rr", "2", "--limit", "nan"), "--limit"),
        (("--estimate", "nan", "--se", "1", "--df", "9"), "--estimate"),
        (("--rr", "2", "--se", "0.1"), "--se"),
        (("--rr", "2", "--df", "5"), "--df"),
        (("--d", "1", "--se", "1", "--df", "5"), "--df"),
        (("--estimate", "1", "--se", "1", "--df", "9", "--limit", "0.5"), "--limit"),
    ],
)
def test_sensitivity_refuses_half_a_question(options: tuple[str, ...], named: str) -> None:
    done = ran("sensitivity", *options)

    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert named in done.stderr


def test_sensitivity_of_a_difference_and_of_a_coefficient() -> None:
    difference = json.loads(ran("sensitivity", "--d", "0.5", "--se", "0.1", "--json").stdout)
    coefficient = json.loads(
        ran("sensitivity", "--estimate", "2", "--se", "1", "--df", "100", "--json").stdout
    )

    assert difference["evalue"] == pytest.approx(2.529, abs=0.001)
    assert difference["evalue_ci"] == pytest.approx(1.968, abs=0.001)
    assert difference["rv"] is None
    assert coefficient["partial_r2"] == pytest.approx(4 / 104)
    assert coefficient["rv_05"] < coefficient["rv"]
    assert coefficient["evalue"] is None


@pytest.mark.parametrize(
    "options", [("--rr", "2", "--limit", "1.5"), ("--rr", "0.5", "--limit", "0.6")]
)
def test_the_evalue_of_the_nearer_limit_is_the_smaller(options: tuple[str, ...]) -> None:
    result = json.loads(ran("sensitivity", *options, "--json").stdout)

    assert 1 < result["evalue_ci"] < result["evalue"]


def test_the_evalue_of_an_interval_that_holds_one_is_one() -> None:
    for ratio, limit in (("1.5", "0.9"), ("0.5", "1.2"), ("1", "1.2"), ("1", "0.8")):
        result = json.loads(ran("sensitivity", "--rr", ratio, "--limit", limit, "--json").stdout)

        assert result["evalue_ci"] == 1.0


def test_times_are_read_as_utc(tmp_path: Path) -> None:
    used = read_table(written(tmp_path, "t\n2026-01-01T01:00+01:00\n2026-01-01\n")).complete(["t"])

    assert [time.isoformat() for time in used.times("t")] == ["2026-01-01T00:00:00+00:00"] * 2
    with pytest.raises(UsageProblem, match="row 1"):
        read_table(written(tmp_path, "t\nsoon\n")).complete(["t"]).times("t")


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = "import sys, analytics.analyse.cli; print(sorted({'numpy', 'pandas', 'scipy'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
