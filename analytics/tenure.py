"""
How long people keep taking part, from the times of their acts alone.

Nobody says goodbye. A person's *exit* is the last act before the first gap longer than G, and
whether a gap is longer than G can be seen only G after the act: observation therefore ends at
cutoff - G. To end it at the last act or at the cutoff itself gives lives that are too long, to use
finished lives only gives lives that are far too short.

Spec: research/analytics.md 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True, eq=False)
class Tenures:
    """
    The people whose tenure can be told, and how many cannot.

    Args:
        persons: Their codes, ascending.
        days: From first act to exit, or to the end of observation.
        ended: Whether that was an exit.
        left_truncated: First seen so soon after the log starts that they may have been there
            before it.
        not_yet_observable: First seen no earlier than the end of observation.
    """

    persons: Ints
    days: Floats
    ended: NDArray[np.bool_]
    left_truncated: int
    not_yet_observable: int


def tenures(
    persons: Ints, times: Ints, gap: int, cutoff: int, log_start: int | None = None
) -> Tenures:
    """
    The tenure of every person whose beginning was seen.

    Args:
        persons: Shape (n,), a code for each act's person.
        times: Shape (n,), microseconds; none later than the cutoff.
        gap: G in microseconds; silence longer than this is an exit.
        cutoff: Until when acts would have been seen.
        log_start: When the log begins; None when it is declared to hold everyone's true start,
            so that nobody is left out as left-truncated.
    """
    order = np.lexsort((times, persons))
    persons, times = persons[order], times[order]
    codes, begins = np.unique(persons, return_index=True)
    first = times[begins]
    last = np.append(times[1:], cutoff)
    is_last = np.append(persons[1:] != persons[:-1], True)
    silence = np.where(is_last, cutoff, last) - times
    leaves = np.flatnonzero(silence > gap)
    exit_at = np.searchsorted(leaves, begins)
    has_exit = exit_at < len(leaves)
    ends_before = np.append(begins[1:], len(times))
    has_exit[has_exit] = leaves[exit_at[has_exit]] < ends_before[has_exit]
    end = np.full(len(codes), cutoff - gap)
    end[has_exit] = times[leaves[exit_at[has_exit]]]
    too_late = first >= cutoff - gap
    truncated = np.zeros(len(codes), bool) if log_start is None else first < log_start + gap
    kept = ~too_late & ~truncated
    return Tenures(
        persons=codes[kept],
        days=(end - first)[kept] / DAY,
        ended=has_exit[kept],
        left_truncated=int((truncated & ~too_late).sum()),
        not_yet_observable=int(too_late.sum()),
    )
