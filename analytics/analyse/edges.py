"""`lrs analyse edges`: the network of who interacts with whom (2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from analytics.analyse._minimum import Minimum
from analytics.analyse._options import column
from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table, UsageProblem, Used, read_table, texts_alike

if TYPE_CHECKING:
    import numpy as np

    from analytics.network.ei import EI
    from analytics.network.graph import Graph

_UNKNOWN = -1


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `edges`."""
    from analytics.network.communities import communities
    from analytics.network.graph import build
    from analytics.transfer.rules import MIN_PEOPLE

    start, end, weight = options["from_"], options["to"], options["weight"]
    used = table.complete([start, end, *([weight] if weight else [])])
    path = options["groups"]
    groups = read_table(path).complete(["node", "group"]) if path else None
    there = () if groups is None else (groups.cells["node"],)
    from_, to, *nodes = texts_alike(used.cells[start], used.cells[end], *there)
    graph = build(
        from_,
        to,
        _weights(used, weight) if weight else None,
        directed=not options["undirected"],
    )
    labels, names, file_counts = _groups(graph, groups, *nodes)
    minimum = Minimum(options)
    counts = {**used.counts, "self_loops": graph.self_loops, **_sizes(graph), **file_counts}
    if not graph.edges:
        minimum.withhold("network", "no edge between two different nodes")
        return {**counts, **_EMPTY, **minimum.report()}
    found = communities(graph)
    large_enough = minimum.allows("network", graph.n, MIN_PEOPLE, "nodes")
    return {
        **counts,
        **(_measures(graph, found, minimum) if large_enough else _NO_MEASURES),
        "nodes": _nodes(graph, found, labels, names) if large_enough else None,
        "ei": _ei(graph, labels, names, minimum),
        "communities_vs_groups": _agreement(found, labels) if large_enough and names else None,
        **minimum.report(),
    }


_NO_MEASURES = dict.fromkeys(
    (
        "density",
        "reciprocity",
        "components",
        "giant_share",
        "centralisation",
        "transitivity",
        "communities",
        "modularity",
    )
)
_EMPTY = {**_NO_MEASURES, "nodes": None, "ei": None, "communities_vs_groups": None}


def _sizes(graph: Graph) -> dict[str, int]:
    return {"n": graph.n, "edges": graph.edges, "dyads": len(graph.dyads()[0])}


def _weights(used: Used, name: str) -> np.ndarray:
    weights = used.numbers(name)
    for row, value in zip(used.cells.index, weights, strict=True):
        if value < 0:
            raise UsageProblem(f"column '{name}', row {row}: a weight of {value:g} is negative")
    return weights


def _groups(
    graph: Graph, used: Used | None, nodes: np.ndarray | None = None
) -> tuple[np.ndarray, list[str], dict[str, Any]]:
    """Each node's group as a number (-1: not in the file), their names, and what the file held."""
    import numpy as np

    if used is None or nodes is None:
        return np.full(graph.n, _UNKNOWN), [], {}
    of_node: dict[str, str] = {}
    rows = zip(used.cells.index, nodes, used.texts("group"), strict=True)
    for row, node, group in rows:
        if of_node.setdefault(node, group) != group:
            raise UsageProblem(
                f"--groups, row {row}: node '{node}' is in '{of_node[node]}' already"
            )
    known = [of_node.get(name) for name in graph.names]
    names = sorted({group for group in known if group is not None})
    place = {name: number for number, name in enumerate(names)}
    labels = np.array([_UNKNOWN if group is None else place[group] for group in known], dtype=int)
    counts = {
        **used.counts,
        "nodes_without_group": int((labels == _UNKNOWN).sum()),
        "without_an_edge": len(of_node.keys() - set(graph.names)),
    }
    return labels, names, {"groups_file": counts}


def _measures(graph: Graph, found: np.ndarray, minimum: Minimum) -> dict[str, Any]:
    from analytics.network import measures
    from analytics.network.communities import modularity

    sizes = measures.component_sizes(graph)
    reciprocity = measures.reciprocity(graph)
    if reciprocity is None:
        minimum.withhold("reciprocity", "edges have no direction")
    return {
        "density": measures.density(graph),
        "reciprocity": reciprocity,
        "components": len(sizes),
        "giant_share": sizes[0] / graph.n,
        "centralisation": measures.centralisation(graph),
        "transitivity": measures.transitivity(graph),
        "communities": int(found.max()),
        "modularity": modularity(graph, found),
    }


def _nodes(
    graph: Graph, found: np.ndarray, labels: np.ndarray, names: list[str]
) -> dict[str, dict[str, Any]]:
    from analytics.network import measures
    from analytics.network.brokerage import roles

    received, given = graph.partners()
    strength_in, strength_out = graph.strengths()
    between, cores = measures.betweenness(graph), measures.core_numbers(graph)
    broker = roles(graph, labels) if names else {}
    return {
        str(name): {
            "in": int(received[node]),
            "out": int(given[node]),
            "strength_in": float(strength_in[node]),
            "strength_out": float(strength_out[node]),
            "betweenness": float(between[node]),
            "core": int(cores[node]),
            "community": int(found[node]),
            "group": names[labels[node]] if labels[node] != _UNKNOWN else None,
            "roles": {role: int(counts[node]) for role, counts in broker.items()} or None,
        }
        for node, name in enumerate(graph.names)
    }


def _ei(
    graph: Graph, labels: np.ndarray, names: list[str], minimum: Minimum
) -> dict[str, Any] | None:
    from analytics.network.ei import PERMUTATIONS, ei_index
    from analytics.transfer.rules import MIN_PEOPLE

    if not names:
        minimum.withhold("ei", "needs --groups, with a group of at least one node")
        return None
    if not minimum.allows("ei", int((labels != _UNKNOWN).sum()), MIN_PEOPLE):
        return None
    whole, each = ei_index(graph, labels)
    by_group = {
        name: _ei_row(own)
        for name, own in zip(names, each, strict=True)
        if minimum.allows(f"ei.by_group.{name}", own.n, MIN_PEOPLE)
    }
    bounds = {"minimum": whole.minimum, "maximum": whole.maximum}
    return {**_ei_row(whole), **bounds, "permutations": PERMUTATIONS, "by_group": by_group}


def _ei_row(found: EI) -> dict[str, Any]:
    return {
        "value": found.value,
        "mean": found.mean,
        "sd": found.sd,
        "p": found.p,
        "n": found.n,
        "ties": found.ties,
    }


def _agreement(found: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """How far communities and groups are the same division, 1 for wholly."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    known = labels != _UNKNOWN
    return {
        "nmi": float(normalized_mutual_info_score(labels[known], found[known])),
        "ari": float(adjusted_rand_score(labels[known], found[known])),
    }


KIND = Kind(
    name="edges",
    summary="A network's measures, its nodes, communities, brokerage roles and E-I index.",
    options=(
        click.Option(["--from", "from_"], metavar="COLUMN", required=True, help="Who acted."),
        column("--to", "Towards whom.", required=True),
        column("--weight", "How much, for the strengths of nodes; 1 a row if not given."),
        click.Option(["--undirected"], is_flag=True, help="Who of two acted does not matter."),
        click.Option(["--groups"], metavar="FILE", help="A table with columns node and group."),
    ),
    run=run,
)
