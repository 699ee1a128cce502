"""Tables as people export them: CSV and TSV of any delimiter and encoding, and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lrs.domain.errors import BadRequest

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
        BadRequest: No table.
    """
    lines = _workbook(body) if body.startswith(b"PK\x03\x04") else _delimited(body)
    table = [(number, line) for number, line in enumerate(lines, 1) if any(line)]
    if not table:
        raise BadRequest("the table is empty")
    header = [name.strip().strip("\ufeff") for name in table[0][1]]
    while header and not header[-1]:
        header.pop()
    if len(header) < 2:  # noqa: PLR2004 - somebody and something
        raise BadRequest("the table has one column: its delimiter is none of tab ; , |")
    for number, line in table[1:]:
        cells = [cell.strip() for cell in line]
        surplus = len(cells) < len(header) or any(cells[len(header) :])
        yield Row(number, dict(zip(header, cells, strict=False)), surplus)


def _delimited(body: bytes) -> list[list[str]]:
    text = _decoded(body)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _decoded(body: bytes) -> str:
    """UTF-8 (with or without its mark), UTF-16 with its mark, else Windows' western code page."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadRequest(f"the table is in no known encoding: {error.reason}") from None


def _workbook(body: bytes) -> list[list[str]]:
    """The first sheet; dates as ISO, whole numbers without a fraction."""
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError) as error:
        raise BadRequest(f"this is no XLSX: {error}") from None
    return [
        [_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
