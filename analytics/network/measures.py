"""
Measures of a whole network and of its nodes, on distinct edges without weights.

Spec: research/analytics.md 2.5, 4.4, 6.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.network.graph import Floats, Graph, Ints

EXACT_UP_TO = 20_000  # nodes; above, betweenness is estimated
_PIVOTS = 500
_SEED = 20_260_101
# One thread adds in one order and gives the same last digit each time. Above this work (nodes
# times dyads, about 30 s) all cores are used and the digits that then vary are cut off.
ONE_THREAD_UP_TO = 10**9
_STABLE_DIGITS = 6


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
    import rustworkx

    return float(rustworkx.transitivity(_undirected(graph)))


def core_numbers(graph: Graph) -> Ints:
    """The largest k for which a node is in a group where everyone has k partners in the group."""
    import rustworkx

    cores: Any = rustworkx.core_number(_undirected(graph))
    return np.array([cores[node] for node in range(graph.n)], dtype=np.int64)


def betweenness(
    graph: Graph, exact_up_to: int = EXACT_UP_TO, one_thread_up_to: int = ONE_THREAD_UP_TO
) -> Floats:
    """
    The share of the shortest paths between others that lead through each node, undirected.

    The same graph gives the same digits, whatever the number of cores.

    Args:
        graph: Direction and weight do not matter.
        exact_up_to: With more nodes an estimate from 500 pivots with a fixed seed.
        one_thread_up_to: With more nodes times dyads all cores, and six digits.

    Returns:
        Shape (n,), divided by (n-1)(n-2)/2; 0 where that is 0.
    """
    pairs = (graph.n - 1) * (graph.n - 2) / 2
    if pairs <= 0:
        return np.zeros(graph.n)
    if graph.n > exact_up_to:
        return _estimated(graph) / (2 * pairs)
    import rustworkx

    work = graph.n * len(graph.dyads()[0])
    alone = work <= one_thread_up_to
    threshold = graph.n + 1 if alone else 1
    scores: Any = rustworkx.betweenness_centrality(
        _undirected(graph), normalized=False, parallel_threshold=threshold
    )
    shares = np.array([scores[node] for node in range(graph.n)]) / pairs
    return shares if alone else _cut(shares)


def _cut(values: Floats) -> Floats:
    return np.array([float(f"{value:.{_STABLE_DIGITS}g}") for value in values])


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


def _undirected(graph: Graph) -> Any:
    import rustworkx

    low, high = graph.dyads()
    result = rustworkx.PyGraph(multigraph=False)
    result.add_nodes_from(range(graph.n))
    result.add_edges_from_no_data(list(zip(low.tolist(), high.tolist(), strict=True)))
    return result
