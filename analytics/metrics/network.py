"""
M4: with whom people interact.

The graph of replies and mentions unless other layers are asked for; layers are never weighed
against each other. Figures of single persons are not here: they are theirs alone.

Spec: research/analytics.md 2.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.metrics import shared
from analytics.network import measures
from analytics.network.communities import communities, modularity
from analytics.network.ei import EI, PERMUTATIONS, ei_index
from analytics.network.graph import Graph, build
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key
from lrs.domain.errors import BadRequest

_LAYERS = ("reply", "mention", "react", "share")
_EDGES = """
SELECT source, target, count(*) AS n FROM interactions
WHERE fate = 'kept' AND ts >= $since AND list_contains($layers, layer)
GROUP BY ALL ORDER BY source, target"""
_FATES = """
SELECT fate, count(*) FROM interactions WHERE ts >= $since AND list_contains($layers, layer)
GROUP BY fate ORDER BY fate"""
_CONTRIBUTORS = f"""
SELECT DISTINCT person FROM acts
WHERE ts >= $since AND channel = 'social' AND vclass IN {shared.CONTRIBUTIONS} ORDER BY person"""
_DEPARTMENTS = """
SELECT person, coalesce(arg_max(department, (ts, id)), '') AS department FROM acts
GROUP BY person ORDER BY person"""


def measure(ask: Ask) -> dict[str, Any]:
    """The network as a whole, and its departments' share in it."""
    layers = _layers(ask.options["layers"])
    ask.facts.interactions()
    found = ask.facts.columns(_EDGES, {"layers": layers})
    graph = build(found["source"], found["target"], found["n"].astype(float))
    fates = dict(ask.facts.rows(_FATES, {"layers": layers}))
    alone = _isolates(ask, graph)
    shown = ask.counts.publish({("nodes",): Count(graph.n, ["giant", "outside"], rank=1)})
    counts = {
        "n": shown[("nodes",)],
        "interactions": int(fates.get("kept", 0)) if shown[("nodes",)] else None,
        "dropped": {fate: int(fates.get(fate, 0)) for fate in ("self", "unresolved")},
        **alone,
    }
    if not shown[("nodes",)]:
        return {"layers": layers, **counts, **_NOTHING}
    return {"layers": layers, **counts, **_whole(ask, graph), **_departments(ask, graph)}


_NOTHING = dict.fromkeys(
    (
        "edges",
        "dyads",
        "density",
        "reciprocity",
        "components",
        "giant_share",
        "centralisation",
        "transitivity",
        "communities",
        "modularity",
        "ei",
        "departments",
        "communities_vs_departments",
    )
)


def _layers(text: str) -> list[str]:
    layers = [layer.strip() for layer in str(text).split(",") if layer.strip()]
    if not layers or not set(layers) <= set(_LAYERS):
        raise BadRequest(f"layers are of {', '.join(_LAYERS)}", at="layers")
    return layers


def _isolates(ask: Ask, graph: Graph) -> dict[str, Any]:
    """Contributors whom nobody answers and who answer nobody."""
    contributors = ask.facts.columns(_CONTRIBUTORS)["person"]
    alone = int((~np.isin(contributors, graph.names)).sum())
    ask.counts.secret(("connected",), Count(len(contributors) - alone, ["connected"]))
    said = ask.counts.publish(
        {
            ("contributors",): Count(len(contributors), ["connected", "isolated"], rank=1),
            ("isolates",): Count(alone, ["isolated"]),
        }
    )
    return {
        "contributors": said[("contributors",)],
        "isolates": said[("isolates",)],
        "isolates_share": shared.ratio(said[("isolates",)], said[("contributors",)]),
    }


def _whole(ask: Ask, graph: Graph) -> dict[str, Any]:
    sizes = measures.component_sizes(graph)
    ask.counts.secret(("outside",), Count(graph.n - sizes[0], ["outside"]))
    giant = ask.counts.publish({("giant",): Count(sizes[0], ["giant"])})[("giant",)]
    division = communities(graph)
    return {
        "edges": graph.edges,
        "dyads": len(graph.dyads()[0]),
        "density": measures.density(graph),
        "reciprocity": measures.reciprocity(graph),
        "components": len(sizes) if giant else None,
        "giant_share": shared.ratio(giant, graph.n),
        "centralisation": measures.centralisation(graph),
        "transitivity": measures.transitivity(graph),
        "communities": int(division.max()),
        "modularity": modularity(graph, division),
        "communities_vs_departments": _agreement(ask, graph, division),
    }


def _labels(ask: Ask, graph: Graph) -> tuple[np.ndarray, list[str]]:
    """Each node's last department as a number (-1: none), and the departments' names."""
    known = dict(ask.facts.rows(_DEPARTMENTS))
    of = [known.get(int(person), "") for person in graph.names]
    names = sorted(set(of) - {""})
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(name, -1) for name in of], dtype=np.int64), names


def _agreement(ask: Ask, graph: Graph, division: np.ndarray) -> dict[str, float] | None:
    """How far communities and departments are the same division, 1 for wholly."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    labels, _ = _labels(ask, graph)
    known = labels >= 0
    if int(known.sum()) < max(ask.k, 2):
        return None
    return {
        "nmi": float(normalized_mutual_info_score(labels[known], division[known])),
        "ari": float(adjusted_rand_score(labels[known], division[known])),
    }


def _departments(ask: Ask, graph: Graph) -> dict[str, Any]:
    """E-I of the whole, and of the departments with people enough."""
    labels, names = _labels(ask, graph)
    known = int((labels >= 0).sum())
    if known < ask.k or not names:
        return {"ei": None, "departments": []}
    whole, each = ei_index(graph, labels, int(ask.options["permutations"]))
    ask.counts.identity(
        {"giant": 1, "outside": 1, ("of", ""): -1} | {("of", name): -1 for name in names}
    )
    counts: dict[Key, Count] = {
        ("of", name): Count(int((labels == number).sum()), [("of", name)])
        for number, name in enumerate(names)
    }
    ask.counts.secret(("of", ""), Count(graph.n - known, [("of", "")]))
    said = ask.counts.publish(counts)
    bounds = {"minimum": whole.minimum, "maximum": whole.maximum}
    return {
        "ei": {**_ei(whole), **bounds, "permutations": ask.options["permutations"]},
        "departments": [
            {
                "department": name,
                "n": said["of", name],
                **(_ei(own) if said["of", name] else _NO_EI),
            }
            for name, own in zip(names, each, strict=True)
        ],
    }


_NO_EI = dict.fromkeys(("ties", "value", "mean", "sd", "p"))


def _ei(found: EI) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _NO_EI}


METRIC = Metric(
    name="network",
    question="With whom do people interact, and how far beyond their own department?",
    version="1",
    measure=measure,
    options=(("layers", "reply,mention"), ("permutations", PERMUTATIONS)),
)
