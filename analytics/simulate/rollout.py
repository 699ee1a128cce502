"""Departments that get a community in different months, with a growing effect (§5.5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.simulate.units import Seed
from analytics.transfer.did import Panel

MONTHS = 24
FIRST, SECOND = 10, 16


@dataclass(frozen=True)
class Rollout:
    """
    What is planted: a third opens in month 10, a third in 16 (counted from 0), a third never.

    Args:
        departments: How many.
        effect: By how much the outcome rises in each month after the opening, the first included.
        drift: By how much more the outcome of those who will open rises a month, all the time.
    """

    departments: int = 60
    effect: float = 0.1
    drift: float = 0.0

    @property
    def truth(self) -> float:
        """The mean effect over treated department-months."""
        early, late = self.departments // 3, self.departments // 3
        total = early * _triangle(MONTHS - FIRST) + late * _triangle(MONTHS - SECOND)
        return self.effect * total / (early * (MONTHS - FIRST) + late * (MONTHS - SECOND))


def panel(planted: Rollout, seed: Seed) -> Panel:
    """Outcomes of departments over 24 months."""
    rng = np.random.default_rng(seed)
    third = planted.departments // 3
    start = np.repeat([FIRST, SECOND, MONTHS], [third, third, planted.departments - 2 * third])
    months = np.arange(MONTHS)
    since = np.maximum(months[None, :] - start[:, None] + 1, 0)
    level = rng.normal(size=(len(start), 1))
    y = level + 0.02 * months + planted.effect * since
    y += planted.drift * (start[:, None] < MONTHS) * months
    y += rng.normal(0, 0.3, (len(start), MONTHS))
    return Panel(y, start)


def _triangle(n: int) -> int:
    return n * (n + 1) // 2
