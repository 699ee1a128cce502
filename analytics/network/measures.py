"""
Measures of a whole network and of its nodes, on distinct edges without weights.

Spec: research/analytics.md 2.5, 4.4, 6.4.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from analytics.network import paths
from analytics.network.graph import Floats, Graph, Ints

EXACT_UP_TO = 20_000  # nodes; above, betweenness is estimated
_PIVOTS = 500
_SEED = 20_260_101
_THREADS = 2
_ROWS = 1024


def density(graph: Graph) -> float:
    """Edges over the edges there could be: n(n-1), half of that when undirected."""
    possible = graph.n * (graph.n - 1)
    return graph.edges / (possible if graph.directed else possible / 2)


def reciprocity(graph: Graph) -> float | None:
    """The share of directed edges that are answered by one the other way; None when undirected."""
    if not graph.directed:
        return None
    there = graph.source * graph.n + graph.target
    back = graph.target * graph.n + graph.source
    return float(np.isin(there, back).sum()) / graph.edges


def centralisation(graph: Graph) -> float | None:
    """
    Freeman's degree centralisation: 0 when all have as many partners, 1 for a star.

    None for fewer than three nodes, where there is nothing to be central to.
    """
    if graph.n < 3:  # noqa: PLR2004
        return None
    degrees = graph.degrees()
    return float((degrees.max() - degrees).sum()) / ((graph.n - 1) * (graph.n - 2))


def component_sizes(graph: Graph) -> list[int]:
    """The sizes of the parts that are not connected with each other, the largest first."""
    import rustworkx

    return sorted(map(len, rustworkx.connected_components(_undirected(graph))), reverse=True)


def transitivity(graph: Graph) -> float:
    """Of the pairs with a partner in common, the share that are partners; 0 if there are none."""
    degrees = graph.degrees()
    pairs = int((degrees * (degrees - 1) // 2).sum())
    return 3 * _triangles(graph, degrees) / pairs if pairs else 0.0


def _triangles(graph: Graph, degrees: Ints) -> int:
    """
    How many threes are all partners.

    Every tie points to the one with more partners, so that nobody points to many: a triangle is
    two steps that one step makes as well. Some rows at a time, for two steps lead far.
    """
    from scipy.sparse import csr_array

    low, high = graph.dyads()
    rank = np.empty(graph.n, dtype=np.int64)
    rank[np.lexsort((np.arange(graph.n), degrees))] = np.arange(graph.n)
    ends = np.sort(np.column_stack((rank[low], rank[high])), axis=1)
    ones = np.ones(len(ends), dtype=np.int64)
    up = csr_array((ones, (ends[:, 0], ends[:, 1])), shape=(graph.n, graph.n))
    return sum(
        int(((up[rows : rows + _ROWS] @ up) * up[rows : rows + _ROWS]).sum())
        for rows in range(0, graph.n, _ROWS)
    )


def core_numbers(graph: Graph) -> Ints:
    """The largest k for which a node is in a group where everyone has k partners in the group."""
    import rustworkx

    cores: Any = rustworkx.core_number(_undirected(graph))
    return np.array([cores[node] for node in range(graph.n)], dtype=np.int64)


def betweenness(graph: Graph, exact_up_to: int = EXACT_UP_TO, threads: int = _THREADS) -> Floats:
    """
    The share of the shortest paths between others that lead through each node, undirected.

    The same graph gives the same digits, whatever the number of threads.

    Args:
        graph: Direction and weight do not matter.
        exact_up_to: With more nodes an estimate from 500 pivots with a fixed seed.

    Returns:
        Shape (n,), divided by (n-1)(n-2)/2; 0 where that is 0.
    """
    pairs = (graph.n - 1) * (graph.n - 2) / 2
    if pairs <= 0:
        return np.zeros(graph.n)
    if graph.n > exact_up_to:
        return _estimated(graph) / (2 * pairs)
    passed = paths.betweenness(graph, threads)
    return (_one_by_one(graph) if passed is None else passed) / pairs


def _one_by_one(graph: Graph) -> Floats:
    """For graphs with long chains; one thread, which adds in one order."""
    import rustworkx

    scores: Any = rustworkx.betweenness_centrality(
        _undirected(graph), normalized=False, parallel_threshold=graph.n + 1
    )
    return np.array([scores[node] for node in range(graph.n)])


def _estimated(graph: Graph) -> Floats:
    """NetworKit's estimate; it counts every path of an undirected graph twice."""
    import networkit

    with one_thread():
        networkit.setSeed(_SEED, useThreadId=False)
        estimate = networkit.centrality.EstimateBetweenness(
            networkit_graph(graph), min(_PIVOTS, graph.n), normalized=False, parallel=False
        )
        return np.asarray(estimate.run().scores())


def networkit_graph(graph: Graph) -> Any:
    """The undirected graph without weights, as NetworKit has it."""
    import networkit

    result = networkit.Graph(graph.n)
    low, high = graph.dyads()
    result.addEdges((low.astype(np.uint64), high.astype(np.uint64)))
    return result


class one_thread:  # noqa: N801
    """NetworKit on one thread, so that the same seed gives the same answer; put back afterwards."""

    def __enter__(self) -> None:
        import networkit

        self._before = networkit.getMaxNumberOfThreads()
        networkit.setNumberOfThreads(1)

    def __exit__(self, *_: object) -> None:
        import networkit

        networkit.setNumberOfThreads(self._before)


@lru_cache(maxsize=1)
def _undirected(graph: Graph) -> Any:
    """The graph as rustworkx has it; several measures of one graph are asked in a row."""
    import rustworkx

    low, high = graph.dyads()
    result = rustworkx.PyGraph(multigraph=False)
    result.add_nodes_from(range(graph.n))
    result.add_edges_from_no_data(list(zip(low.tolist(), high.tolist(), strict=True)))
    return result
