"""
Whether a group grows: who is new, stays, comes back or is gone, month by month.

Months are whole numbers (year * 12 + month - 1), so that the one before is one less.

Spec: research/analytics.md 2.3 (cohorts) and 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GrowthMonth:
    """
    One month's people; active = new + retained + resurrected.

    active = active of the month before + new + resurrected - churned, in every month but the first,
    which is the baseline: everyone is new there, and that is no growth.
    """

    month: int
    active: int
    new: int
    retained: int
    resurrected: int
    churned: int

    @property
    def quick_ratio(self) -> float | None:
        """(new + resurrected) / churned; None when nobody churned."""
        return (self.new + self.resurrected) / self.churned if self.churned else None


def month_number(year: int, month: int) -> int:
    return year * 12 + month - 1


def month_name(number: int) -> str:
    """Such as "1997-01"."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def growth(persons: Ints, months: Ints, last: int | None = None) -> list[GrowthMonth]:
    """
    Growth accounting from the first month to the last, months without anyone included.

    Args:
        persons: Shape (n,), a code for each act's person.
        months: Shape (n,), each act's month; n >= 1.
        last: The last month to tell of; the last with an act when None.
    """
    person, month = _active(persons, months)
    start, stop = int(month.min()), max(int(month.max()), last or 0)
    before = np.append(False, (person[1:] == person[:-1]))
    stayed = np.append(False, month[1:] - month[:-1] == 1) & before

    def per_month(chosen: NDArray[np.bool_]) -> Ints:
        return np.bincount(month[chosen] - start, minlength=stop - start + 1)

    active, new, retained = (
        per_month(np.ones(len(month), bool)),
        per_month(~before),
        per_month(stayed),
    )
    churned = np.append(0, active[:-1]) - retained
    return [
        GrowthMonth(
            month=start + k,
            active=int(active[k]),
            new=int(new[k]),
            retained=int(retained[k]),
            resurrected=int(active[k] - new[k] - retained[k]),
            churned=int(churned[k]),
        )
        for k in range(stop - start + 1)
    ]


def cohorts(persons: Ints, months: Ints, last: int | None = None) -> dict[int, list[int]]:
    """
    How many of those first active in a month were active k = 0, 1, ... months later.

    Args:
        persons: Shape (n,), a code for each act's person.
        months: Shape (n,), each act's month; n >= 1.
        last: The last month to tell of; the last with an act when None.

    Returns:
        Month of first act → people by k, up to the last month. Months in which nobody was new
        have no row.
    """
    person, month = _active(persons, months)
    stop = max(int(month.max()), last or 0)
    _, begins, sizes = np.unique(person, return_index=True, return_counts=True)
    first = np.repeat(month[begins], sizes)
    return {
        int(cohort): np.bincount(
            (month - first)[first == cohort], minlength=stop - int(cohort) + 1
        ).tolist()
        for cohort in np.unique(first)
    }


def _active(persons: Ints, months: Ints) -> tuple[Ints, Ints]:
    """The distinct pairs of person and month, ordered by both."""
    pairs = np.unique(np.column_stack((persons, months)), axis=0)
    return pairs[:, 0], pairs[:, 1]
