"""
A result as one flat table, a row for each figure; docs/figures.md describes its columns.

What is withheld is a row with neither `value` nor `text`: it looks like a figure that is not there.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.facts.engine import Engine, quoted
from lrs.domain.csv_text import harmless

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "about": "VARCHAR",
    "version": "VARCHAR",
    "since": "VARCHAR",
    "until": "VARCHAR",
    "timezone": "VARCHAR",
    "cutoff": "VARCHAR",
    "min_group": "INTEGER",
    "section": "VARCHAR",
    "row": "VARCHAR",
    "period": "VARCHAR",
    "part": "VARCHAR",
    "figure": "VARCHAR",
    "value": "DOUBLE",
    "text": "VARCHAR",
}
COLUMNS = tuple(_TYPES)
_PERIOD = re.compile(r"\d{4}-(\d{2}|Q[1-4])", re.ASCII)
_PERIODS = frozenset({"month", "period", "quarter"})
_PARTS = frozenset({"department", "topic", "group"})
# Of a transfer run: what its figures are made from is in the JSON.
_PROVENANCE = frozenset(
    {
        "kind",
        "programme",
        "cutoff",
        "as_of",
        "min_group",
        "code",
        "query",
        "statement_ids",
        "statements",
    }
)


class _Place(NamedTuple):
    """Where a figure stands in a result."""

    section: str = ""
    row: str = ""
    period: str | None = None
    part: str | None = None
    figure: str = ""

    def at(self, name: str) -> _Place:
        if not self.section:
            return self._replace(section=name)
        if _PERIOD.fullmatch(name):
            return self._replace(period=name)
        return self._replace(figure=f"{self.figure}.{name}" if self.figure else name)

    def item(self, number: int, labels: Mapping[str, Any]) -> _Place:
        """The same in an object of a list: the object's labels tell which."""
        row = f"{self.row}.{number}" if self.row else str(number)
        place = self._replace(row=row)
        for name, value in labels.items():
            if name in _PERIODS and value is not None:
                place = place._replace(period=str(value))
            elif name in _PARTS:
                place = place._replace(part=None if value is None else str(value))
        return place


Row = tuple[Any, ...]
"""One value for each of COLUMNS."""


def rows(result: Mapping[str, Any]) -> Iterator[Row]:
    """
    Every figure of a result.

    Args:
        result: Of a metric (figures under `result`) or of a transfer run.
    """
    window, programme = result.get("window") or {}, result.get("programme") or {}
    version = programme.get("version") if programme else result.get("code", {}).get("metric")
    head = (
        result.get("metric") or programme.get("id"),
        _text(version),
        *(window.get(name) for name in ("since", "until", "timezone")),
        result.get("cutoff"),
        result.get("min_group"),
    )
    body = result.get("result")
    if not isinstance(body, Mapping):
        body = {name: value for name, value in result.items() if name not in _PROVENANCE}
    for place, value in _figures(body, _Place()):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        yield (
            *head,
            place.section,
            place.row or None,
            place.period,
            place.part,
            place.figure or None,
            value if is_number else None,
            None if is_number else _text(value),
        )


def _figures(value: Any, place: _Place) -> Iterator[tuple[_Place, Any]]:
    if isinstance(value, Mapping):
        for name, own in value.items():
            if not (place.row and name in _PERIODS | _PARTS and not isinstance(own, list | dict)):
                yield from _figures(own, place.at(str(name)))
    elif isinstance(value, list):
        for number, own in enumerate(value):
            if isinstance(own, Mapping):
                yield from _figures(own, place.item(number, own))
            else:
                yield from _figures(own, place.at(str(number)))
    else:
        yield place, value


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def as_csv(result: Mapping[str, Any]) -> bytes:
    """CSV with a header line; a text that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in rows(result):
        table.writerow([harmless(value) if isinstance(value, str) else value for value in row])
    return out.getvalue().encode()


def as_parquet(result: Mapping[str, Any]) -> bytes:
    """Parquet; the same figures give the same bytes."""
    listed = list(rows(result))
    columns = [list(column) for column in zip(*listed, strict=True)] or [[] for _ in COLUMNS]
    given = {f"c{place}": column for place, column in enumerate(columns)}
    kinds = enumerate(_TYPES.items())
    unnested = (f'unnest(CAST($c{n} AS {kind}[])) AS "{name}"' for n, (name, kind) in kinds)
    return _parquet(f"SELECT {', '.join(unnested)}", given)


def parquet_of(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    return _parquet("SELECT * FROM given", {}, table)


def _parquet(sql: str, given: Mapping[str, Any], table: pd.DataFrame | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "table.parquet"
        with Engine(threads=1, memory="256MB").open(Path(name)) as connection:
            connection.execute("SET preserve_insertion_order = true")
            if table is not None:
                connection.register("given", table)
            connection.execute(f"CREATE TABLE made AS {sql}", given)
            connection.execute(f"COPY made TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
        return path.read_bytes()
