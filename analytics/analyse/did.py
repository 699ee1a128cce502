"""`lrs analyse did`: departments that got something at different times (research §3.5, item 8)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import click

from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import MONTH, Table, UsageProblem, Used, number_of

if TYPE_CHECKING:
    import numpy as np

    from analytics.transfer.did import Panel

_UNSORTED = re.compile(r"\d{4}-\d")


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `did`."""
    from analytics.transfer.rollout import analyse

    used, panel, periods = panel_of(table, options)
    result = analyse(panel, periods, outcome=options["outcome"], no_minimum=options["no_minimum"])
    return {**used.counts, **result}


def panel_of(table: Table, options: Options) -> tuple[Used, Panel, list[Any]]:
    """The complete rows of a table, the same as a panel, and its periods in order."""
    import numpy as np

    from analytics.transfer.did import Panel

    columns = [options["unit"], options["period"], options["outcome"]]
    used = table.complete(columns, may_miss=[options["first_treated"]])
    units, of_row = np.unique(used.texts(options["unit"]), return_inverse=True)
    keys = _periods(used, options["period"])
    periods, at = np.unique(keys, return_inverse=True)
    _refuse_twice(used, options, of_row, at)
    outcome = np.full((len(units), len(periods)), math.nan)
    outcome[of_row, at] = used.numbers(options["outcome"])
    start = _starts(used, options, periods, (units, of_row))
    return used, Panel(outcome, start), periods.tolist()


def _periods(used: Used, column: str) -> np.ndarray:
    """Numbers in their order, else texts that sort, such as 2025-03; 2025-3 comes after 2025-10."""
    if used.is_measured(column):
        return used.numbers(column)
    texts = used.texts(column)
    for row, text in zip(used.cells.index, texts, strict=True):
        if _UNSORTED.fullmatch(text):
            raise UsageProblem(
                f"column '{column}', row {row}: {text!r} does not sort; write YYYY-MM"
            )
    return texts


def _refuse_twice(used: Used, options: Options, of_row: np.ndarray, at: np.ndarray) -> None:
    seen: set[tuple[int, int]] = set()
    for row, pair in zip(
        used.cells.index, zip(of_row.tolist(), at.tolist(), strict=True), strict=True
    ):
        if pair in seen:
            unit = used.cells[options["unit"]][row]
            raise UsageProblem(f"row {row}: unit {unit!r} has this period twice")
        seen.add(pair)


def _starts(
    used: Used, options: Options, periods: np.ndarray, rows: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Index of the first period treated by unit; `len(periods)` for never."""
    import numpy as np

    column = options["first_treated"]
    units, of_row = rows
    numeric = periods.dtype != object
    # a day such as 2025-03-01 sorts after its month: everything would start a month late
    monthly = not numeric and all(MONTH.fullmatch(period) for period in periods)
    start = np.full(len(units), -1)
    for row, unit, cell in zip(used.cells.index, of_row.tolist(), used.cells[column], strict=True):
        key = _start_key(cell, row, column, numeric=numeric)
        if monthly and key is not None and not MONTH.fullmatch(key):
            raise UsageProblem(
                f"column '{column}', row {row}: {cell!r} is not YYYY-MM, as periods are"
            )
        own = len(periods) if key is None else int(np.searchsorted(periods, key))
        if start[unit] not in (-1, own):
            raise UsageProblem(
                f"column '{column}', row {row}: unit {units[unit]!r} has another start elsewhere"
            )
        start[unit] = own
    return start


def _start_key(cell: Any, row: Any, column: str, *, numeric: bool) -> Any:
    """The period of the start; None for never: empty or 0."""
    if cell is None or str(cell).strip() in {"0", "0.0", ""}:
        return None
    if not numeric:
        return str(cell).strip()
    value = number_of(cell)
    if value is None:
        raise UsageProblem(
            f"column '{column}', row {row}: {cell!r} is not a number, as periods are"
        )
    return None if value == 0 else value


KIND = Kind(
    name="did",
    summary="Group-time difference in differences for a staggered roll-out.",
    options=(
        click.Option(["--unit"], metavar="COLUMN", required=True, help="Department."),
        click.Option(["--period"], metavar="COLUMN", required=True, help="Number or 2025-03."),
        click.Option(["--outcome"], metavar="COLUMN", required=True, help="A number."),
        click.Option(
            ["--first-treated"],
            metavar="COLUMN",
            required=True,
            help="The first treated period of the unit; empty or 0: never.",
        ),
    ),
    run=run,
)
