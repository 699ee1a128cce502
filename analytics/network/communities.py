"""
Communities: groups that have more to do with each other than chance would have it.

Leiden's method, one thread and a fixed seed: the same graph gives the same communities.

Spec: research/analytics.md 2.5, 4.4, 6.4.
"""

from __future__ import annotations

import numpy as np

from analytics.network.graph import Graph, Ints
from analytics.network.measures import networkit_graph, one_thread

_SEED = 20_260_101
_ITERATIONS = 10


def communities(graph: Graph, iterations: int = _ITERATIONS) -> Ints:
    """
    The community of each node.

    Args:
        iterations: At most so many rounds; the later ones move few.

    Returns:
        Shape (n,), numbered from 1 by size, the largest first; equals by their first node.
    """
    import networkit

    with one_thread():
        networkit.setSeed(_SEED, useThreadId=False)
        method = networkit.community.ParallelLeiden(
            networkit_graph(graph), randomize=True, iterations=iterations
        )
        found = np.asarray(method.run().getPartition().getVector(), dtype=np.int64)
    labels, first, place, sizes = np.unique(
        found, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(1, len(labels) + 1)
    return rank[place]


def modularity(graph: Graph, membership: Ints) -> float:
    """
    Newman's modularity of a division of the undirected graph without weights.

    Args:
        graph: At least one edge.
        membership: Shape (n,), a number from 0 for each node.
    """
    low, high = graph.dyads()
    m = len(low)
    inside = np.bincount(
        membership[low][membership[low] == membership[high]], minlength=membership.max() + 1
    )
    degrees = np.bincount(membership, graph.degrees(), minlength=membership.max() + 1)
    return float(inside.sum()) / m - float((degrees**2).sum()) / (4 * m * m)
