"""Columns for the cross-fitted learners: splines and products where the data carry them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.transfer.regression import Array
from analytics.transfer.scaling import standardised_columns, with_ones
from analytics.transfer.units import Columns

_KNOTS = (0.05, 0.35, 0.65, 0.95)  # Harrell's quantiles for four knots
_UNITS_PER_COLUMN = 10
_FEW_VALUES = 5


@dataclass(frozen=True)
class Basis:
    """`values`: n × p on one scale with ones first; `name`: spline or linear."""

    values: Array
    name: str


def basis_of(columns: Columns, smallest_arm: int) -> Basis:
    """
    Restricted cubic splines of the continuous columns and their products, beside all columns.

    Where the smaller arm has fewer than ten units for each of those, the columns as they are.
    """
    continuous = [
        columns.values[:, place]
        for place, term in enumerate(columns.terms)
        if term.isidentifier() and len(np.unique(columns.values[:, place])) > _FEW_VALUES
    ]
    wide = [columns.values]
    wide += [_spline(x) for x in continuous]
    wide += [(_scaled(a) * _scaled(b))[:, None] for a, b in combinations(continuous, 2)]
    values = np.hstack(wide)
    if values.shape[1] * _UNITS_PER_COLUMN <= smallest_arm and continuous:
        return Basis(with_ones(standardised_columns(values)), "spline")
    return Basis(with_ones(standardised_columns(columns.values)), "linear")


def _scaled(x: Array) -> Array:
    return standardised_columns(x[:, None])[:, 0]


def _spline(x: Array) -> Array:
    """The non-linear columns of a restricted cubic spline (knots − 2, or none without spread)."""
    knots = np.unique(np.quantile(x, _KNOTS))
    if len(knots) < 3:  # noqa: PLR2004
        return np.empty((len(x), 0))
    last, before = knots[-1], knots[-2]

    def cubed(at: float) -> Array:
        return np.maximum(x - at, 0.0) ** 3

    parts = [
        cubed(knot)
        - cubed(before) * (last - knot) / (last - before)
        + cubed(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    columns: Array = np.column_stack(parts) / (last - knots[0]) ** 2
    return columns
