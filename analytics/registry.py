"""Metrics: the modules of `analytics/metrics` that have a METRIC. No list to edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import analytics.metrics
from analytics.facts.reading import Facts
from analytics.small_groups import Counts
from lrs.domain.errors import NotFound
from lrs.domain.offers import offers


@dataclass(frozen=True)
class Ask:
    """
    What somebody wants to know.

    Args:
        facts: Open, with the window.
        counts: Through which every count of people goes.
        by: A column of the facts to split by, such as `department`; None for no split.
        k: The fewest people a figure may be about.
        options: What the metric itself can be asked, by name.
    """

    facts: Facts
    counts: Counts
    by: str | None
    k: int
    options: dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """
    What a metric is made of, people by pseudonym, for who wants to work it out again.

    Args:
        tables: DataFrames by name; `rows` is the main one.
        command: What gives the same figures, with a {name} for the file of each.
    """

    tables: dict[str, Any]
    command: str


@dataclass(frozen=True)
class Metric:
    """
    One question that the facts can answer.

    Args:
        name: Its module's; what the API calls it.
        question: What it answers, in one sentence.
        version: Changes when the same facts would give other figures.
        measure: From what is asked to the body of the result. It must not depend on the order of
            rows, on threads or on the clock.
        by: What it can be split by.
        options: Its own options with their defaults.
        rows: What it is made of, where `lrs analyse` can work it out from a table.
    """

    name: str
    question: str
    version: str
    measure: Callable[[Ask], dict[str, Any]]
    by: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    rows: Callable[[Ask], Rows] | None = None


@lru_cache(maxsize=1)
def metrics() -> dict[str, Metric]:
    """Every metric by name."""
    return offers(analytics.metrics, "METRIC")


def metric(name: str) -> Metric:
    """
    The metric of a name.

    Raises:
        NotFound: There is none.
    """
    found = metrics().get(name)
    if found is None:
        raise NotFound(f"there is no metric of this name; there are {', '.join(sorted(metrics()))}")
    return found
