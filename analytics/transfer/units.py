"""Units of analysis: learner × training, as arrays (research/analytics.md §3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from analytics.transfer.regression import Array, Errors, SeKind

ExposureKind = Literal["binary", "numeric", "categorical"]


@dataclass(frozen=True)
class Columns:
    """Model columns (n × k) with a term's name each; never the intercept."""

    terms: tuple[str, ...]
    values: Array

    def where(self, rows: Array) -> Columns:
        return replace(self, values=self.values[rows])


@dataclass(frozen=True)
class Exposure:
    """
    What the learners did or were offered.

    Args:
        name: The column's name.
        kind: binary (two levels), numeric (a dose) or categorical.
        columns: One column for a binary or numeric exposure, one a level for a categorical one.
        levels: The reference first; empty for a numeric exposure.
        arms: The level of each unit as an index into `levels`; None for a numeric exposure.
    """

    name: str
    kind: ExposureKind
    columns: Columns
    levels: tuple[str, ...] = ()
    arms: Array | None = None

    def where(self, rows: Array) -> Exposure:
        arms = None if self.arms is None else self.arms[rows]
        return replace(self, columns=self.columns.where(rows), arms=arms)


@dataclass(frozen=True)
class Names:
    """
    Column names as sentences use them.

    Args:
        outcome, exposure: Of the table.
        covariates: The same, the training included.
        terms: The model columns that a covariate is in, where a formula made them.
    """

    outcome: str = "outcome"
    exposure: str = "exposure"
    covariates: tuple[str, ...] = ()
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NAMELESS = Names()


@dataclass(frozen=True)
class Units:
    """
    n units, complete in every column.

    Args:
        outcome: n numbers.
        exposure: None for models with covariates only.
        covariates: All fixed before the exposure.
        training: Dummies of the training; empty where there is one training only.
        learner: Codes 0…m−1, or None.
        clusters: None, one or two arrays of codes.
        offtopic: The negative-control exposure, or None.
        names: How the outcome and the covariates are called in sentences.
    """

    outcome: Array
    exposure: Exposure | None
    covariates: Columns
    training: Columns
    learner: Array | None = None
    clusters: tuple[Array, ...] = ()
    offtopic: Array | None = None
    names: Names = NAMELESS

    def __len__(self) -> int:
        return len(self.outcome)

    def where(self, rows: Array) -> Units:
        """The same for some of the rows (a boolean mask)."""
        return replace(
            self,
            outcome=self.outcome[rows],
            exposure=self.exposure and self.exposure.where(rows),
            covariates=self.covariates.where(rows),
            training=self.training.where(rows),
            learner=None if self.learner is None else recode(self.learner[rows]),
            clusters=tuple(recode(codes[rows]) for codes in self.clusters),
            offtopic=None if self.offtopic is None else self.offtopic[rows],
        )

    @property
    def adjustment(self) -> Columns:
        """Covariates and training dummies side by side."""
        return side_by_side([self.covariates, self.training])

    @property
    def groups(self) -> Array | None:
        """The grouping of the models with one level per group: learner, else cluster."""
        if self.learner is not None:
            return self.learner
        return self.clusters[0] if self.clusters else None

    def errors(self, kind: SeKind | None) -> Errors:
        """
        The standard errors asked for; None: clustered where something clusters, else HC2.

        Raises:
            ValueError: Clustered ones are asked for and there is nothing to cluster by.
        """
        clusters = self.clusters or (() if self.learner is None else (self.learner,))
        if kind == "cluster" and not clusters:
            raise ValueError("--se cluster needs --cluster or --learner")
        chosen: SeKind = kind or ("cluster" if clusters else "hc2")
        return Errors(chosen, clusters if chosen == "cluster" else ())


def recode(codes: Array) -> Array:
    """Any values to codes 0…m−1 in sorted order."""
    return np.unique(codes, return_inverse=True)[1].ravel()


def no_columns(rows: int) -> Columns:
    return Columns((), np.empty((rows, 0)))


def side_by_side(parts: Sequence[Columns]) -> Columns:
    """Several sets of columns as one."""
    terms = tuple(term for part in parts for term in part.terms)
    return Columns(terms, np.column_stack([part.values for part in parts]))


def with_intercept(parts: Sequence[Columns]) -> Columns:
    """A model's columns: `Intercept` first."""
    columns = side_by_side(parts)
    ones = np.ones((len(columns.values), 1))
    return Columns(("Intercept", *columns.terms), np.hstack([ones, columns.values]))
