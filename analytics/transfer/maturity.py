"""
Whose outcome window is over, and in which steps they come into the results.

Results are made again and again. A learner who is in today's and was not in yesterday's would be
told of by the difference, so learners come in batches: whole months of completions, together until
either arm has k learners with evidence and none or k without, or three times k with. What is not
yet a batch waits.

Spec: research/analytics.md 3.2 (maturity), 3.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.metrics.shared import month_at, start_of
from analytics.transfer.setting import Setting

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NOT_MATURE, WAITING = -2, -1
_LARGE = 3


@dataclass(frozen=True)
class Steps:
    """
    When each learner of one programme came in.

    Args:
        batch: Of each: 0, 1, …, or NOT_MATURE or WAITING.
        as_of: What a run at this moment (µs) would have told is what is told.
    """

    batch: np.ndarray
    as_of: int

    @property
    def analysed(self) -> np.ndarray:
        """Who is in the result."""
        return self.batch >= 0

    @property
    def count(self) -> int:
        return int(self.batch.max(initial=-1)) + 1

    def excluded(self, k: int) -> dict[str, int]:
        """Learners by reason; rounded down to whole k where small groups are kept."""
        reasons = {"not_mature": NOT_MATURE, "waiting_for_batch": WAITING}
        sizes = {name: int((self.batch == number).sum()) for name, number in reasons.items()}
        return {name: size // k * k for name, size in sizes.items()}


def steps_of(units: pd.DataFrame, setting: Setting, until: int, k: int) -> Steps:
    """
    The steps of one programme's units.

    Args:
        until: The end of observation, µs.
        k: 1: everyone who is mature then is in, at once.
    """
    import numpy as np

    matured = units["matured"].to_numpy()
    if k == 1:
        return Steps(np.where(matured <= until, 0, NOT_MATURE), until)
    as_of = start_of(month_at(until, "UTC"), "UTC")
    batch = np.where(matured <= as_of, WAITING, NOT_MATURE)
    months = units["month"].to_numpy()
    told = units["transfer"].notna().to_numpy()
    exposed = (units["acts"] > 0).to_numpy()
    number, waiting = 0, np.zeros(len(units), dtype=bool)
    for month in np.unique(months).tolist():
        if start_of(month + 1, "UTC") + setting.matures > as_of:
            break
        waiting |= months == month
        arms = [waiting & (exposed == arm) for arm in (False, True)]
        fewest = min(int((own & told).sum()) for own in arms)
        missing = [int((own & ~told).sum()) for own in arms]
        if fewest >= (k if all(n == 0 or n >= k for n in missing) else _LARGE * k):
            batch[waiting] = number
            number, waiting = number + 1, np.zeros(len(units), dtype=bool)
    return Steps(batch, as_of)
