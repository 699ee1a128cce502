"""Options that several kinds share, read and checked."""

from __future__ import annotations

import math

import click

from analytics.analyse.tables import UsageProblem, number_of, spelled


def column(flag: str, text: str, *, required: bool = False) -> click.Option:
    """An option that names a column."""
    return click.Option([flag], metavar="COLUMN", required=required, help=text)


def numbers(text: str, flag: str) -> dict[str, float]:
    """
    A list such as "0,90,180": each number by its shortest spelling, in the order given.

    Raises:
        UsageProblem: Something in it is no finite number, or negative.
    """
    found: dict[str, float] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        value = number_of(part)
        if value is None or value < 0:
            raise UsageProblem(f"{flag}: {part!r} is not a number of 0 or more")
        found[spelled(value)] = value
    return found


def positive(value: float, flag: str) -> float:
    """Raises `UsageProblem` unless a number is above 0 and finite."""
    if not (math.isfinite(value) and value > 0):
        raise UsageProblem(f"{flag}: {value:g} is not above 0")
    return value
