"""A result as JSON that is the same byte for byte, and as tables for people."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

_DIGITS = 10  # beyond that, sums depend on the number of threads


def plain(value: Any) -> Any:
    """Plain JSON values: ten significant digits, NaN and infinities null, NumPy unwrapped."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return [plain(part) for part in value]


def as_json(result: Mapping[str, Any]) -> str:
    return json.dumps(plain(result), ensure_ascii=False, indent=1, allow_nan=False)


def as_text(result: Mapping[str, Any]) -> str:
    """Single values first, then a table for every list or dictionary of rows."""
    result = plain(result)
    single = {key: value for key, value in result.items() if not _is_rows(value)}
    parts = [_columns([[key, _cell(value)] for key, value in single.items()])]
    for key, value in result.items():
        if _is_rows(value):
            parts.append(f"{key}\n{_table(value)}")
    return "\n\n".join(part for part in parts if part)


def _is_rows(value: Any) -> bool:
    rows = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not value:
        return False
    return any(isinstance(row, dict) for row in rows)


def _table(value: Any) -> str:
    if isinstance(value, dict):
        value = [{"": key, **_as_row(row)} for key, row in value.items()]
    rows = [_as_row(row) for row in value]
    heads = list(dict.fromkeys(key for row in rows for key in row))
    return _columns([heads, *[[_cell(row.get(head)) for head in heads] for row in rows]])


def _as_row(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else {"value": row}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(part)}" for key, part in value.items()) or "-"
    if isinstance(value, list):
        return " to ".join(_cell(part) for part in value) if _is_pair(value) else _listed(value)
    return str(value)


def _is_pair(value: Sequence[Any]) -> bool:
    return len(value) == 2 and all(isinstance(part, float | int) for part in value)  # noqa: PLR2004


def _listed(value: Sequence[Any]) -> str:
    return "; ".join(_cell(part) for part in value) or "-"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
