"""
Plain tables from outside: CSV or Parquet with named columns.

CSV cells stay text until a kind says what a column is, so that an identifier such as "007" is not
a number by accident. Rows are numbered from 1, the header line not counted.
"""

from __future__ import annotations

import csv
import glob
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_PARQUET = b"PAR1"
_QUOTED = re.compile(r'"[^"]*("|$)')  # a comma within separates nothing
_DELIMITERS = (",", ";", "\t")
# what pandas would make a time of day, or a float that stands for several whole numbers
_TEXT_TYPES = re.compile(r"DATE|DECIMAL\(\d+,0\)")
_MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null"})
_EXACT = 2.0**53
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_WHOLE_FLOAT = re.compile(r"-?\d+\.0")


class UsageProblem(Exception):
    """A table or an option that cannot be used: one line for stderr, exit 2."""


@dataclass(frozen=True)
class Used:
    """
    The rows that are complete in the columns used.

    Args:
        cells: Those columns as read, indexed by row number.
        rows_read: Rows of the file.
        dropped: Column to rows that miss it. A row that misses two counts under both.
    """

    cells: pd.DataFrame
    rows_read: int
    dropped: dict[str, int]

    @property
    def counts(self) -> dict[str, Any]:
        """`rows_read`, `rows_used` and `dropped`, as every result holds them."""
        return {
            "rows_read": self.rows_read,
            "rows_used": len(self.cells),
            "dropped": self.dropped,
        }

    def numbers(self, column: str) -> np.ndarray:
        """The column as finite floats. Raises `UsageProblem` naming the first cell that is none."""
        import numpy as np

        values = np.empty(len(self.cells))
        for place, (row, cell) in enumerate(self.cells[column].items()):
            value = number_of(cell)
            if value is None:
                raise UsageProblem(f"column '{column}', row {row}: {cell!r} is not a number")
            values[place] = value
        return values

    def is_numeric(self, column: str) -> bool:
        """Whether every cell is a finite number."""
        return all(number_of(cell) is not None for cell in self.cells[column])

    def has_numbers_as_levels(self, column: str) -> bool:
        """
        Whether levels are told apart as numbers, so that 1.0 is 1; identifiers are too long for it.

        From 2⁵³ on one float stands for several whole numbers: such levels are texts.
        """
        return self.is_numeric(column) and all(
            abs(float(cell)) < _EXACT for cell in self.cells[column]
        )

    def is_measured(self, column: str) -> bool:
        """
        Whether the column holds numbers, and not words that are levels.

        Raises:
            UsageProblem: Most cells are numbers, and another is not: one "unknown" or a decimal
                comma would turn a measure into a level for every value, and say nothing about it.
        """
        if self.is_numeric(column):
            return True
        numerals = sum(_is_numeral(cell) for cell in self.cells[column])
        if 2 * numerals > len(self.cells):
            self.numbers(column)
        return False

    def texts(self, column: str) -> np.ndarray:
        """The column as texts (dtype object): identifiers, levels."""
        return texts_alike(self.cells[column])[0]

    def times(self, column: str) -> list[datetime]:
        """The column as UTC times (ISO 8601; without an offset UTC is meant; a date is 00:00)."""
        return [_time(cell, column, row) for row, cell in self.cells[column].items()]


def texts_alike(*columns: Iterable[Any]) -> list[np.ndarray]:
    """
    The texts of columns that name the same things, so that "1.0" in one and "1" in another agree.

    pandas writes whole numbers as floats where the column has a gap: one in which every cell
    ends in ".0" loses that. Where a column holds such cells beside others, ".0" means something,
    and all columns stay as they are. 3.0 of a Parquet file is "3".
    """
    import numpy as np

    texts = [[_text(cell) for cell in column] for column in columns]
    floats = [sum(map(_is_whole_float, cells)) for cells in texts]
    by_column = all(n in (0, len(cells)) for n, cells in zip(floats, texts, strict=True))
    return [
        np.array([text.removesuffix(".0") for text in cells] if n and by_column else cells, object)
        for n, cells in zip(floats, texts, strict=True)
    ]


@dataclass(frozen=True)
class Table:
    """A file's rows; `cells` is indexed by row number from 1, missing cells are None."""

    cells: pd.DataFrame = field(repr=False)
    name: str = "the table"

    def require(self, columns: Iterable[str]) -> None:
        """Raises `UsageProblem` naming the first column that is not there."""
        for column in columns:
            if column not in self.cells.columns:
                there = ", ".join(map(str, self.cells.columns))
                raise UsageProblem(f"column '{column}' is not in {self.name}; it has: {there}")

    def complete(self, columns: Sequence[str], may_miss: Sequence[str] = ()) -> Used:
        """
        The rows with a value in all of `columns`; those of `may_miss` come along as they are.

        Raises:
            UsageProblem: A column that is not there.
        """
        used = list(dict.fromkeys(columns))
        self.require([*used, *may_miss])
        missing = self.cells[used].isna()
        dropped = {column: int(missing[column].sum()) for column in used if missing[column].any()}
        kept = self.cells.loc[~missing.any(axis=1), list(dict.fromkeys([*used, *may_miss]))]
        return Used(kept, len(self.cells), dropped)


def read_table(path: str | Path) -> Table:
    """
    Read a CSV (UTF-8; comma, semicolon or tab, whichever the header line holds) or Parquet file.

    Raises:
        UsageProblem: Not there, not readable, no header line, a column named twice, or a row
            with more or fewer cells than the header line.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == _PARQUET
        frame = _parquet(path) if parquet else _csv(path)
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path}: not UTF-8 text at byte {error.start}") from error
    return Table(frame, path.name)


def empty_table() -> Table:
    """For kinds that take no file."""
    import pandas as pd

    return Table(pd.DataFrame())


def _csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        if not first.strip():
            raise UsageProblem(f"{path.name}: has no header line")
        file.seek(0)
        unquoted = _QUOTED.sub("", first)
        reader = csv.reader(file, delimiter=max(_DELIMITERS, key=unquoted.count), strict=True)
        try:
            header = [name.strip() for name in next(reader)]
            _check_header(header, path.name)
            rows = _without_trailing_blanks(list(reader))
        except csv.Error as error:
            raise UsageProblem(f"{path.name}: line {reader.line_num}: {error}") from error
    body = enumerate(_body(rows, len(header)), 1)
    cells = [_row(row, f"{path.name}: row {number}", header) for number, row in body]
    return pd.DataFrame(cells, columns=header, index=range(1, len(cells) + 1), dtype=object)


def _check_header(header: Sequence[str], name: str) -> None:
    for column in header:
        if header.count(column) > 1:
            raise UsageProblem(f"{name}: column '{column}' is there twice")


def _without_trailing_blanks(rows: list[list[str]]) -> list[list[str]]:
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _body(rows: list[list[str]], width: int) -> list[list[str]]:
    """Blank lines mean nothing, unless one column is all there is: then a missing cell."""
    return [row or [""] for row in rows] if width == 1 else [row for row in rows if row]


def _row(cells: list[str], where: str, header: Sequence[str]) -> list[str | None]:
    if len(cells) != len(header):
        raise UsageProblem(
            f"{where} has {len(cells)} cells, the header line names {len(header)} columns"
        )
    return [None if cell.strip() in _MISSING else cell for cell in cells]


def _parquet(path: Path) -> pd.DataFrame:
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            rows = connection.read_parquet(glob.escape(str(path)))
            as_text = ", ".join(
                '"{0}"::VARCHAR AS "{0}"'.format(name.replace('"', '""'))
                for name, kind in zip(rows.columns, rows.types, strict=True)
                if _TEXT_TYPES.fullmatch(str(kind))
            )
            frame = (rows.project(f"* REPLACE ({as_text})") if as_text else rows).df()
    except duckdb.Error as error:
        raise UsageProblem(f"{path.name}: {str(error).splitlines()[0]}") from error
    frame = frame.astype(object).where(frame.notna(), None)
    frame.index = range(1, len(frame) + 1)
    return frame


def number_of(cell: Any) -> float | None:
    """A cell as a finite float; None where it is none. 1_000 is one to Python only."""
    if isinstance(cell, str) and "_" in cell:
        return None
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def spelled(number: float) -> str:
    """A number by the shortest text that is that number and no other: 10, 1234567, 0.1."""
    return repr(float(number)).removesuffix(".0")


def _is_numeral(cell: Any) -> bool:
    """Whether somebody meant a number: a decimal comma is one as well."""
    return number_of(cell) is not None or number_of(str(cell).replace(",", "")) is not None


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _is_whole_float(text: str) -> bool:
    return _WHOLE_FLOAT.fullmatch(text) is not None


def _time(cell: Any, column: str, row: Any) -> datetime:
    return instant(str(cell), f"column '{column}', row {row}")


def instant(text: str, where: str) -> datetime:
    """
    A time in ISO 8601, UTC where it has no offset; a date is its first instant.

    Raises:
        UsageProblem: It is none, or in UTC before the year 1 or after 9999; `where` is named.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise UsageProblem(f"{where}: {text!r} is not an ISO 8601 time") from error
