"""A metric without a section of its own: its question, and its figures as the result has them."""

from __future__ import annotations

from typing import Any

from analytics.reports.document import Block, Section, Table
from analytics.reports.language import Text, Tongue
from analytics.reports.sections.parts import Json

_FIGURE = Text("Figure", "Cijfer")
_VALUE = Text("Value", "Waarde")
Row = dict[str, Any]


def section(tongue: Tongue, result: Json) -> Section:
    """Single figures in one table, and a table for every list or dictionary of rows."""
    single: Row = {}
    tables: list[Block] = []
    for name, value in result["result"].items():
        rows = _rows(name, value)
        if rows is not None:
            tables += [_table(tongue, rows)] if rows else []
        else:
            single[name] = value
    if single:
        head = tongue.say(_FIGURE), tongue.say(_VALUE)
        pairs = tuple((_words(name), _cell(tongue, value)) for name, value in single.items())
        tables.insert(0, Table(head, pairs))
    return Section(result["question"], tuple(tables))


def _rows(name: str, value: Any) -> list[Row] | None:
    """What makes a table: its rows, each with its name where they have names; None for others."""
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    if isinstance(value, dict) and value and all(isinstance(row, dict) for row in value.values()):
        return [{name: _words(key), **row} for key, row in value.items()]
    if isinstance(value, dict):
        return [{name: "", **value}]
    return None


def _table(tongue: Tongue, rows: list[Row]) -> Table:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    cells = tuple(tuple(_cell(tongue, row.get(head)) for head in heads) for row in rows)
    return Table(tuple(_words(head) for head in heads), cells)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(tongue: Tongue, value: Any) -> str:
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return tongue.count(value)
    if value is None or isinstance(value, float):
        return tongue.number(value)
    if isinstance(value, dict):
        return ", ".join(f"{_words(name)} {_cell(tongue, part)}" for name, part in value.items())
    between = "; " if any(isinstance(part, dict) for part in value) else ", "
    return between.join(_cell(tongue, part) for part in value)
