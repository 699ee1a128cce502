"""
Whether people deal with others outside their own group more or less than by chance.

Krackhardt and Stern's E-I over distinct pairs: (external - internal) / (external + internal). Its
value alone says nothing: with groups of unequal sizes random mixing gives anything between -1 and
1. It is therefore always told beside what the same network gives with the group labels shuffled.

Spec: research/analytics.md 2.5, 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.network.graph import Floats, Graph, Ints

PERMUTATIONS = 5_000
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class EI:
    """
    An E-I index beside its baseline; figures are None where nobody has a tie.

    Args:
        value: -1 (all ties inside) to 1 (all outside).
        mean, sd: Over the permutations.
        p: One-sided: how often shuffled labels give at most this value, the network itself
            counted too. Small means more inside than chance.
        minimum, maximum: What the sizes of the groups allow with as many ties.
        n, ties: People and pairs with both groups known.
    """

    value: float | None
    mean: float | None
    sd: float | None
    p: float | None
    minimum: float | None
    maximum: float | None
    n: int
    ties: int


def ei_index(
    graph: Graph, groups: Ints, permutations: int = PERMUTATIONS, seed: int = _SEED
) -> tuple[EI, list[EI]]:
    """
    The index of the whole network and of each group's own ties.

    Args:
        graph: Direction and weight do not matter.
        groups: Shape (n,), the group of each node from 0; -1 for none known: such a node and its
            ties are left out.
        permutations: How often the labels are shuffled.
        seed: Of the shuffling.

    Returns:
        The whole, and the groups in the order of their numbers. `minimum` and `maximum` are told
        of the whole only.
    """
    low, high = graph.dyads()
    known = np.flatnonzero(groups >= 0)
    place = np.full(graph.n, -1)
    place[known] = np.arange(len(known))
    tied = (groups[low] >= 0) & (groups[high] >= 0)
    ends = place[low[tied]], place[high[tied]]
    labels = groups[known]
    count = int(labels.max(initial=-1)) + 1
    internal, external = _counts(labels, ends, count)
    draws = np.random.default_rng(seed)
    shuffled = [_counts(draws.permutation(labels), ends, count) for _ in range(permutations)]
    inside = np.array([draw[0] for draw in shuffled]).reshape(permutations, count)
    outside = np.array([draw[1] for draw in shuffled]).reshape(permutations, count)
    sizes = np.bincount(labels, minlength=count)
    least, most = _range(sizes, len(ends[0]))
    whole = _against(
        (int(internal.sum()), int(external.sum()) // 2),
        (inside.sum(axis=1), outside.sum(axis=1) // 2),
        int(sizes.sum()),
        (least, most),
    )
    each = [
        _against((int(internal[g]), int(external[g])), (inside[:, g], outside[:, g]), int(sizes[g]))
        for g in range(count)
    ]
    return whole, each


def _counts(labels: Ints, ends: tuple[Ints, Ints], count: int) -> tuple[Ints, Ints]:
    """Each group's ties inside, and those that leave it (each of which counts for two groups)."""
    one, two = labels[ends[0]], labels[ends[1]]
    inside = one == two
    leaving = np.bincount(one[~inside], minlength=count) + np.bincount(
        two[~inside], minlength=count
    )
    return np.bincount(one[inside], minlength=count), leaving


def _against(
    seen: tuple[int, int],
    drawn: tuple[Ints, Ints],
    n: int,
    bounds: tuple[float | None, float | None] = (None, None),
) -> EI:
    internal, external = seen
    ties = internal + external
    if not ties:
        return EI(None, None, None, None, None, None, n, 0)
    value = (external - internal) / ties
    totals = drawn[0] + drawn[1]
    # A shuffle can leave a small group without any tie: it has no index then.
    shuffled = _ratio(drawn[1][totals > 0] - drawn[0][totals > 0], totals[totals > 0])
    if not len(shuffled):
        return EI(value, None, None, None, *bounds, n, ties)
    reached = int((shuffled <= value).sum()) + 1
    sd = float(shuffled.std(ddof=1)) if len(shuffled) > 1 else None
    return EI(value, float(shuffled.mean()), sd, reached / (len(shuffled) + 1), *bounds, n, ties)


def _ratio(part: Ints, whole: Ints) -> Floats:
    return part / whole


def _range(sizes: Ints, ties: int) -> tuple[float | None, float | None]:
    """The least and the greatest index that so many ties can have between groups of these sizes."""
    if not ties:
        return None, None
    inside = int((sizes * (sizes - 1) // 2).sum())
    people = int(sizes.sum())
    outside = people * (people - 1) // 2 - inside
    fewest, most = max(ties - inside, 0), min(ties, outside)
    return (2 * fewest - ties) / ties, (2 * most - ties) / ties
