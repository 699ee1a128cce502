"""
M4: with whom people interact.

The graph of replies and mentions unless other layers are asked for; layers are never weighed
against each other. Who edited the same wiki pages is a layer of its own without direction, in
which a page counts for a pair the less the more people edited it. Figures of single persons are not
here: they are theirs alone.

Spec: research/analytics.md 2.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.metrics import shared
from analytics.network import measures
from analytics.network.brokerage import roles
from analytics.network.communities import communities, modularity
from analytics.network.ei import EI, PERMUTATIONS, ei_index
from analytics.network.graph import Graph, build
from analytics.registry import Ask, Metric, Rows
from analytics.small_groups import Count, Key
from lrs.domain.errors import BadRequest

_LAYERS = ("reply", "mention", "react", "share")
_COEDIT = "coedit"
_MOST_EDITORS = 100  # who edits a page with more people has nothing to do with most of them
# By how many edited a page, so that shares are added up in one order.
_COEDITS = f"""
WITH editors AS (
    SELECT DISTINCT object, person FROM acts
    WHERE action IN ('wiki_edit', 'wiki_create') AND object IS NOT NULL AND ts >= $since
), pages AS (
    SELECT object, count(*) AS editors FROM editors GROUP BY object
    HAVING count(*) BETWEEN 2 AND {_MOST_EDITORS}
)
SELECT a.person AS source, b.person AS target, editors, count(*) AS n
FROM pages JOIN editors AS a USING (object) JOIN editors AS b USING (object)
WHERE a.person < b.person GROUP BY ALL ORDER BY ALL"""
_EDGES = """
SELECT source, target, count(*) AS n FROM interactions
WHERE fate = 'kept' AND ts >= $since AND list_contains($layers, layer)
GROUP BY ALL ORDER BY source, target"""
_FATES = """
SELECT fate, count(*), count(DISTINCT source) FROM interactions
WHERE ts >= $since AND list_contains($layers, layer)
GROUP BY fate ORDER BY fate"""
_CONTRIBUTORS = f"""
SELECT DISTINCT person FROM acts
WHERE ts >= $since AND channel = 'social' AND vclass IN {shared.CONTRIBUTIONS} ORDER BY person"""
_DEPARTMENTS = """
SELECT person, coalesce(arg_max(department, place), '') AS department FROM acts
GROUP BY person ORDER BY person"""


def measure(ask: Ask) -> dict[str, Any]:
    """The network as a whole, and its departments' share in it."""
    layers = _layers(ask.options["layers"])
    ask.facts.interactions()
    graph = _graph(ask, layers)
    fates = {fate: rest for fate, *rest in ask.facts.rows(_FATES, {"layers": layers})}
    alone = _isolates(ask, graph)
    shown = ask.counts.publish({("nodes",): Count(graph.n, ["giant", "outside"], rank=1)})
    counts = {
        "n": shown[("nodes",)],
        "interactions": int(fates.get("kept", [0])[0]) if shown[("nodes",)] else None,
        "dropped": _dropped(ask, fates),
        **alone,
    }
    if not shown[("nodes",)]:
        return {"layers": layers, **counts, **_NOTHING}
    return {"layers": layers, **counts, **_whole(ask, graph)}


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
        "brokers",
    )
)


def _graph(ask: Ask, layers: list[str]) -> Graph:
    return build(*_edges(ask, layers), directed=layers != [_COEDIT])


def _edges(ask: Ask, layers: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who, towards whom, and how much."""
    if layers == [_COEDIT]:
        found = ask.facts.columns(_COEDITS)
        return found["source"], found["target"], found["n"] / (found["editors"] - 1)
    found = ask.facts.columns(_EDGES, {"layers": layers})
    return found["source"], found["target"], found["n"].astype(float)


def _rows(ask: Ask) -> Rows:
    """The edges, and the departments that the E-I index is taken over."""
    import pandas as pd

    layers = _layers(ask.options["layers"])
    ask.facts.interactions()
    source, target, weight = _edges(ask, layers)
    graph = _graph(ask, layers)
    labels, names = _labels(ask, graph)
    people = {number: int((labels == number).sum()) for number in range(len(names))}
    told = np.array([people.get(int(label), 0) >= ask.k for label in labels], bool)
    start, end, nodes = shared.pseudonyms(source, target, graph.names.astype(np.int64))
    of = [names[label] for label in labels[told]]
    return Rows(
        {
            "rows": pd.DataFrame({"source": start, "target": end, "weight": weight}),
            "groups": pd.DataFrame({"node": nodes[told], "group": of}),
        },
        "lrs analyse edges {rows} --from source --to target --weight weight "
        "--groups {groups}" + (" --undirected" if layers == [_COEDIT] else "") + " --json",
    )


def _layers(text: str) -> list[str]:
    layers = [layer.strip() for layer in str(text).split(",") if layer.strip()]
    if layers != [_COEDIT] and (not layers or not set(layers) <= set(_LAYERS)):
        raise BadRequest(f"layers are of {', '.join(_LAYERS)}, or {_COEDIT} alone", at="layers")
    return layers


def _dropped(ask: Ask, fates: dict[str, list[int]]) -> dict[str, int | None]:
    """Acts towards oneself and towards nobody known, where those who did them are not few."""
    found = {fate: fates.get(fate, [0, 0]) for fate in ("self", "unresolved")}
    said = ask.counts.publish(
        {
            ("dropped", fate): Count(people, [("dropped", fate)])
            for fate, (_, people) in found.items()
        }
    )
    return {
        fate: acts if said["dropped", fate] is not None else None
        for fate, (acts, _) in found.items()
    }


def _isolates(ask: Ask, graph: Graph) -> dict[str, Any]:
    """Contributors whom nobody answers and who answer nobody."""
    contributors = ask.facts.columns(_CONTRIBUTORS)["person"]
    alone = int((~np.isin(contributors, graph.names)).sum())
    connected = len(contributors) - alone
    ask.counts.secret(("connected",), Count(connected, ["connected"]))
    # Whoever is answered now and wrote before: of the graph, and no contributor.
    ask.counts.secret(("answered only",), Count(graph.n - connected, ["answered only"]))
    ask.counts.identity({"giant": 1, "outside": 1, "connected": -1, "answered only": -1})
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
    groups = int(division.max())
    outside = len(sizes) - 1
    known = giant and (not outside or _may_be(ask, graph.n - sizes[0], outside))
    return {
        "edges": graph.edges,
        "dyads": len(graph.dyads()[0]),
        "density": measures.density(graph),
        "reciprocity": measures.reciprocity(graph),
        "components": len(sizes) if known else None,
        "giant_share": shared.ratio(giant, graph.n),
        "centralisation": measures.centralisation(graph),
        "transitivity": measures.transitivity(graph),
        "communities": groups if _may_be(ask, graph.n, groups) else None,
        "modularity": modularity(graph, division),
        **_departments(ask, graph, division),
    }


def _may_be(ask: Ask, people: int, groups: int) -> bool:
    """Whether any of so many groups, each of two or more, might be large: else all are known."""
    return ask.k == 1 or people - 2 * (groups - 1) >= ask.k


def _labels(ask: Ask, graph: Graph) -> tuple[np.ndarray, list[str]]:
    """Each node's last department as a number (-1: none), and the departments' names."""
    known = dict(ask.facts.rows(_DEPARTMENTS))
    of = [known.get(int(person), "") for person in graph.names]
    names = sorted(set(of) - {""})
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(name, -1) for name in of], dtype=np.int64), names


def _agreement(ask: Ask, labels: np.ndarray, division: np.ndarray) -> dict[str, float] | None:
    """How far communities and departments are the same division, 1 for wholly."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    known = labels >= 0
    if int(known.sum()) < max(ask.k, 2):
        return None
    return {
        "nmi": float(normalized_mutual_info_score(labels[known], division[known])),
        "ari": float(adjusted_rand_score(labels[known], division[known])),
    }


def _departments(ask: Ask, graph: Graph, division: np.ndarray) -> dict[str, Any]:
    """
    E-I of the whole and of each department, among the departments whose sizes are told.

    The baseline depends on all the sizes it is taken over, so that sizes could be taken out of it.
    """
    labels, names = _labels(ask, graph)
    said = _publish_sizes(ask, labels, names)
    told = [number for number, name in enumerate(names) if said["of", name]]
    place = np.full(len(names) + 1, -1, dtype=np.int64)  # the last is for those without one
    place[told] = np.arange(len(told))
    labels = place[labels]
    result: dict[str, Any] = {
        "ei": None,
        "departments": [{"department": n, "n": said["of", n], **_NO_EI} for n in names],
        "communities_vs_departments": _agreement(ask, labels, division),
        "brokers": _brokers(ask, graph, labels),
    }
    if told:
        whole, each = ei_index(graph, labels, int(ask.options["permutations"]))
        bounds = {"n": whole.n, "minimum": whole.minimum, "maximum": whole.maximum}
        result["ei"] = {**_ei(whole), **bounds, "permutations": ask.options["permutations"]}
        for number, own in zip(told, each, strict=True):
            result["departments"][number] |= _ei(own)
    return result


def _brokers(ask: Ask, graph: Graph, labels: np.ndarray) -> dict[str, int | None]:
    """How many people pass things on, by what the three have in common (Gould and Fernandez)."""
    counts: dict[Key, Count] = {}
    for role, times in roles(graph, labels).items():
        n, atom, rest = int((times > 0).sum()), ("broker", role), ("no broker", role)
        ask.counts.identity({"giant": 1, "outside": 1, atom: -1, rest: -1})
        ask.counts.secret(rest, Count(graph.n - n, [rest]))
        counts[atom] = Count(n, [atom])
    return {role: value for (_, role), value in ask.counts.publish(counts).items()}


def _publish_sizes(ask: Ask, labels: np.ndarray, names: list[str]) -> dict[Key, int | None]:
    ask.counts.identity(
        {"giant": 1, "outside": 1, ("of", ""): -1} | {("of", name): -1 for name in names}
    )
    unknown = int((labels < 0).sum())
    ask.counts.secret(("of", ""), Count(unknown, [("of", "")]))
    return ask.counts.publish(
        {
            ("of", name): Count(int((labels == number).sum()), [("of", name)])
            for number, name in enumerate(names)
        }
    )


_NO_EI = dict.fromkeys(("ties", "value", "mean", "sd", "p"))


def _ei(found: EI) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _NO_EI}


METRIC = Metric(
    name="network",
    question="With whom do people interact, and how far beyond their own department?",
    version="2",
    measure=measure,
    options=(("layers", "reply,mention"), ("permutations", PERMUTATIONS)),
    rows=_rows,
)
