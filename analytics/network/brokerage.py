"""
Who passes things on between whom: the five roles of Gould and Fernandez.

b is a broker for a and c where a acts towards b, b towards c and a not towards c. The role says
which of the three share a group. Counted with sparse matrices, for the paths run into millions.

Spec: research/analytics.md 2.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.network.graph import Graph, Ints

_ROWS = 512
ROLES = ("coordinator", "consultant", "gatekeeper", "representative", "liaison")


def roles(graph: Graph, groups: Ints) -> dict[str, Ints]:
    """
    How often each node is in each role.

    coordinator: all three in one group · consultant: the outer two in one, b in another ·
    gatekeeper: b and c in one · representative: a and b in one · liaison: three groups.

    Args:
        graph: Undirected edges count as one each way.
        groups: Shape (n,), the group of each node from 0; -1 for none known, and then no path
            with that node in it is counted.

    Returns:
        Role → shape (n,).
    """
    from scipy.sparse import csr_array

    source, target = graph.arcs()
    known = (groups[source] >= 0) & (groups[target] >= 0)
    source, target = source[known], target[known]
    alike = groups[source] == groups[target]

    def matrix(chosen: NDArray[np.bool_]) -> Any:
        ones = np.ones(int(chosen.sum()), dtype=np.int64)
        return csr_array((ones, (source[chosen], target[chosen])), shape=(graph.n, graph.n))

    same, other = matrix(alike), matrix(~alike)
    return {
        "coordinator": _paths(same, same) - _returns(same) - _closed(same, same, same),
        "consultant": _out_and_back(other, groups) - _returns(other) - _closed(other, other, same),
        "gatekeeper": _paths(other, same) - _closed(other, same, other),
        "representative": _paths(same, other) - _closed(same, other, other),
        "liaison": _paths(other, other)
        - _out_and_back(other, groups)
        - _closed(other, other, other),
    }


def _paths(to: Any, onwards: Any) -> Ints:
    """All a → b → c by b, a = c included."""
    return _ints(to.sum(axis=0) * onwards.sum(axis=1))


def _returns(ties: Any) -> Ints:
    """Those of them with a = c."""
    return _ints((ties * ties.T).sum(axis=0))


def _closed(to: Any, onwards: Any, shortcut: Any) -> Ints:
    """Those of them with an edge a → c; some rows at a time, for the product has few zeros."""
    back, n = to.T.tocsr(), to.shape[0]
    parts = [
        ((back[rows : rows + _ROWS] @ shortcut) * onwards[rows : rows + _ROWS]).sum(axis=1)
        for rows in range(0, n, _ROWS)
    ]
    return _ints(np.concatenate(parts) if parts else np.zeros(0))


def _out_and_back(other: Any, groups: Ints) -> Ints:
    """Paths from one group through a node of another group back into the first, a = c included."""
    from scipy.sparse import csr_array

    known = np.flatnonzero(groups >= 0)
    member = csr_array(
        (np.ones(len(known), dtype=np.int64), (known, groups[known])),
        shape=(len(groups), int(groups.max(initial=0)) + 1),
    )
    return _ints(((other.T @ member) * (other @ member)).sum(axis=1))


def _ints(sums: Any) -> Ints:
    return np.asarray(sums, dtype=np.int64)
