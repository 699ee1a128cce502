"""
Whether groups keep going equally long: the log-rank test of two or more groups, and of each pair.

Spec: research/analytics.md 2.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.adjusting import adjusted_p
from analytics.survival.curve import Floats


@dataclass(frozen=True, slots=True)
class LogRank:
    """
    Chi-squared statistic, its degrees of freedom (groups compared - 1) and the p-value.

    `left_out` names the groups of which nobody was at risk any more when the first event happened:
    they can tell nothing, as in R's `survdiff`.
    """

    chi2: float
    df: int
    p: float
    left_out: tuple[str, ...] = ()


def logrank(
    durations: Floats, happened: NDArray[np.bool_], groups: NDArray[np.object_]
) -> LogRank | None:
    """
    The log-rank test, with the hypergeometric variance at ties.

    Args:
        durations: Shape (n,), not negative.
        happened: Shape (n,).
        groups: Shape (n,), the name of each one's group.

    Returns:
        None with fewer than two groups, or when nothing happened that could tell them apart.
    """
    from scipy.stats import chi2

    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004
        return None
    times = np.unique(durations[happened])
    deaths = np.zeros((len(times), len(names)))
    np.add.at(deaths, (np.searchsorted(times, durations[happened]), codes[happened]), 1)
    at_risk = np.column_stack(
        [_at_risk(durations[codes == code], times) for code in range(len(names))]
    )
    present = at_risk.any(axis=0)
    deaths, at_risk = deaths[:, present], at_risk[:, present]
    total, died = at_risk.sum(axis=1), deaths.sum(axis=1)
    share = at_risk / total[:, None]
    excess = (deaths - died[:, None] * share).sum(axis=0)
    weight = died * (total - died) / np.maximum(total - 1, 1)
    variance = np.diag((weight[:, None] * share).sum(axis=0))
    variance = variance - np.einsum("t,tj,tk->jk", weight, share, share)
    df = int(present.sum()) - 1
    if df < 1 or np.linalg.matrix_rank(variance, hermitian=True) < df:
        return None
    statistic = float(excess[:-1] @ np.linalg.solve(variance[:-1, :-1], excess[:-1]))
    left_out = tuple(str(name) for name in names[~present])
    return LogRank(statistic, df, float(chi2.sf(statistic, df)), left_out)


def pairwise(
    durations: Floats,
    happened: NDArray[np.bool_],
    members: Mapping[str, NDArray[np.bool_]],
    pairs: Iterable[tuple[str, str]],
) -> list[dict[str, Any]]:
    """
    The log-rank test of two groups at a time.

    Args:
        durations: Shape (n,), not negative.
        happened: Shape (n,).
        members: Of each group by name, which rows are its; shape (n,).
        pairs: The groups to compare.

    Returns:
        For each pair of which anything can be told, `groups`, `chi2`, `p`, and `p_adjusted` after
        Benjamini and Hochberg over all of these.
    """
    rows: list[dict[str, Any]] = []
    for one, two in pairs:
        both = members[one] | members[two]
        test = logrank(durations[both], happened[both], members[one][both].astype(object))
        if test is not None:
            rows.append({"groups": [one, two], "chi2": test.chi2, "p": test.p})
    adjusted = adjusted_p([row["p"] for row in rows])
    return [{**row, "p_adjusted": p} for row, p in zip(rows, adjusted, strict=True)]


def _at_risk(durations: Floats, times: Floats) -> NDArray[np.int64]:
    return len(durations) - np.searchsorted(np.sort(durations), times, side="left")
