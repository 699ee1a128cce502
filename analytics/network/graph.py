"""
One graph from a list of who acted towards whom.

Nodes are numbered in the order of their names, so that the order of the rows changes nothing.

Spec: research/analytics.md 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Graph:
    """
    Distinct edges between different nodes.

    Args:
        names: The nodes' names, ascending.
        source, target: Shape (edges,), node numbers; undirected edges once, source < target.
        weight: Shape (edges,), the sum over the acts that make up an edge.
        directed: Whether a to b differs from b to a.
        self_loops: How many acts were towards oneself and left out.
    """

    names: NDArray[np.object_]
    source: Ints
    target: Ints
    weight: Floats
    directed: bool
    self_loops: int

    @property
    def n(self) -> int:
        return len(self.names)

    @property
    def edges(self) -> int:
        return len(self.source)

    def dyads(self) -> tuple[Ints, Ints]:
        """The distinct unordered pairs, the lower number first, in order."""
        return self._dyads

    @cached_property
    def _dyads(self) -> tuple[Ints, Ints]:
        if not self.directed:
            return self.source, self.target
        low, high = np.minimum(self.source, self.target), np.maximum(self.source, self.target)
        keys = np.sort(low * self.n + high)  # np.unique hashes first, which takes far longer
        return _from_keys(keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]], self.n)

    def arcs(self) -> tuple[Ints, Ints]:
        """The directed edges; an undirected one counts both ways."""
        if self.directed:
            return self.source, self.target
        return (
            np.concatenate((self.source, self.target)),
            np.concatenate((self.target, self.source)),
        )

    def partners(self) -> tuple[Ints, Ints]:
        """How many distinct nodes act towards each node, and towards how many each acts."""
        source, target = self.arcs()
        return np.bincount(target, minlength=self.n), np.bincount(source, minlength=self.n)

    def strengths(self) -> tuple[Floats, Floats]:
        """The summed weights that each node receives and gives."""
        both = self.weight if self.directed else np.concatenate((self.weight, self.weight))
        source, target = self.arcs()
        return (
            np.bincount(target, both, minlength=self.n).astype(float),
            np.bincount(source, both, minlength=self.n).astype(float),
        )

    def degrees(self) -> Ints:
        """With how many distinct others each node has to do, in whichever direction."""
        low, high = self.dyads()
        return np.bincount(np.concatenate((low, high)), minlength=self.n)


def build(
    sources: NDArray[np.object_],
    targets: NDArray[np.object_],
    weights: Floats | None = None,
    *,
    directed: bool = True,
) -> Graph:
    """
    The graph of a list of acts; repeated acts are one edge whose weight is their sum.

    Args:
        sources: Shape (n,), the names of those who act.
        targets: Shape (n,), the names of those towards whom.
        weights: Shape (n,); 1 each when None. Used for strengths only: everything else is
            measured on who is connected to whom.
        directed: Whether it matters who of two acted.
    """
    own = sources == targets
    sources, targets = sources[~own], targets[~own]
    amounts = np.ones(len(sources)) if weights is None else weights[~own]
    names, codes = np.unique(np.concatenate((sources, targets)), return_inverse=True)
    source, target = codes[: len(sources)], codes[len(sources) :]
    if not directed:
        source, target = np.minimum(source, target), np.maximum(source, target)
    keys = source * len(names) + target
    # Summed in an order of their own, for a float sum depends on the order of the rows.
    order = np.lexsort((amounts, keys))
    distinct, place = np.unique(keys[order], return_inverse=True)
    source, target = _from_keys(distinct, len(names))
    return Graph(
        names=names,
        source=source,
        target=target,
        weight=np.bincount(place, amounts[order], minlength=len(distinct)).astype(float),
        directed=directed,
        self_loops=int(own.sum()),
    )


def _from_keys(keys: Ints, n: int) -> tuple[Ints, Ints]:
    return (keys // n, keys % n) if n else (keys, keys)
