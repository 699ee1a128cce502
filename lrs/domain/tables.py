"""Tables as people export them: CSV and TSV of any delimiter and encoding, and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lrs.domain.errors import BadRequest

# What reading a file that only begins like a workbook ends in.
_DAMAGED = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    SyntaxError,  # XML's
    EOFError,
)
_DELIMITERS = "\t;,|"


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its header; `line` as a person counts them, the header being 1."""

    line: int
    cells: dict[str, str]
    surplus: bool = False


def rows(body: bytes) -> Iterator[Row]:
    """
    The rows of a table, empty ones left out.

    Raises:
        BadRequest: No table, or one without rows.
    """
    is_workbook = body.startswith(b"PK\x03\x04")
    lines = _workbook(body) if is_workbook else _delimited(body)
    table = [(number, line) for number, line in enumerate(lines, 1) if any(line)]
    if not table:
        raise BadRequest("the table is empty")
    header = [name.strip().strip("\ufeff") for name in table[0][1]]
    while header and not header[-1]:
        header.pop()
    if len(header) < 2:  # noqa: PLR2004 - somebody and something
        raise BadRequest("the table has one column: its delimiter is none of tab ; , |")
    if len(table) == 1:
        raise BadRequest("the table has a header and no rows")
    for number, line in table[1:]:
        cells = [cell.strip() for cell in line]
        if is_workbook:  # which writes no empty cells at the end of a row
            cells += [""] * (len(header) - len(cells))
        surplus = len(cells) < len(header) or any(cells[len(header) :])
        yield Row(number, dict(zip(header, cells, strict=False)), surplus)


def cells(line: str) -> list[str]:
    """The cells of one line with commas between them."""
    return next(csv.reader([line], skipinitialspace=True), [])


def _delimited(body: bytes) -> list[list[str]]:
    text = _decoded(body)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadRequest(f"this is no table: {error}") from None


def _decoded(body: bytes) -> str:
    """UTF-8 (with or without its mark), UTF-16 with its mark, else Windows' western code page."""
    marked = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError as error:
            reason = error.reason
    raise BadRequest(f"the table is in no known encoding: {reason}")


def _workbook(body: bytes) -> list[list[str]]:
    """
    The first sheet; dates as ISO, whole numbers without a fraction.

    Its size is what its rows show: writers that stream tell one cell, or nothing.
    """
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    except _DAMAGED as error:
        raise BadRequest(f"this is no XLSX: {error}") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
