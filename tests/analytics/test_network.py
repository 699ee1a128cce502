"""The network's measures: published values, hand-worked ones, and brute force on random graphs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.stats import spearmanr

from analytics.network.brokerage import ROLES, roles
from analytics.network.communities import communities, modularity
from analytics.network.ei import ei_index
from analytics.network.graph import build
from analytics.network.measures import (
    betweenness,
    centralisation,
    component_sizes,
    core_numbers,
    density,
    reciprocity,
    transitivity,
)

# Six people, a departments' pair, a three and a single: worked by hand (2.5).
SIX = ["ab", "ba", "ac", "cd", "de", "ec", "fa"]
DEPARTMENTS = np.array([0, 0, 1, 1, 1, 2])


def of_pairs(pairs, directed=True, weights=None):
    ends = np.array([tuple(pair) for pair in pairs], dtype=object)
    return build(ends[:, 0], ends[:, 1], weights, directed=directed)


def karate():
    club = nx.karate_club_graph()
    graph = of_pairs([(f"{u:02}", f"{v:02}") for u, v in club.edges], directed=False)
    split = np.array([int(club.nodes[node]["club"] == "Officer") for node in club])
    return graph, split


def random_graph(seed, n=14, share=0.25, directed=True):
    rng = np.random.default_rng(seed)
    there = rng.random((n, n)) < share
    np.fill_diagonal(there, val=False)
    there[np.arange(n), (np.arange(n) + 1) % n] = True  # so that everyone has an edge
    pairs = [(f"{a:02}", f"{b:02}") for a, b in zip(*np.nonzero(there), strict=True)]
    return of_pairs(pairs, directed=directed), there, rng.integers(-1, 4, n)


def as_networkx(graph):
    result = nx.Graph()
    result.add_nodes_from(range(graph.n))
    result.add_edges_from(zip(*map(np.ndarray.tolist, graph.dyads()), strict=True))
    return result


def test_the_karate_club_has_its_published_measures():
    graph, _ = karate()

    between = betweenness(graph)

    assert (graph.n, graph.edges) == (34, 78)
    assert density(graph) == pytest.approx(0.139037, abs=1e-6)
    assert transitivity(graph) == pytest.approx(0.255682, abs=1e-6)
    assert between[[0, 33]] == pytest.approx([0.437635, 0.304075], abs=1e-6)
    assert between[[0, 33, 32]] * 33 * 32 / 2 == pytest.approx([231.0714, 160.55, 76.690], abs=2e-2)


def test_the_karate_club_has_four_communities_of_maximum_modularity():
    graph, split = karate()

    found = communities(graph)

    assert found.max() == 4
    assert modularity(graph, found) == pytest.approx(0.419790, abs=1e-6)
    assert modularity(graph, split) == pytest.approx(0.358235, abs=1e-6)


def test_the_karate_clubs_split_is_seen_in_its_ei_index():
    graph, split = karate()

    whole, _ = ei_index(graph, split)

    assert whole.value == pytest.approx(-0.717949, abs=1e-6)
    # Exactly 1 - 2 P(same side) = .0303 under shuffling; .028 and .096 are one draw of 5,000.
    assert whole.mean == pytest.approx(0.0303, abs=0.004)
    assert whole.sd == pytest.approx(0.096, abs=0.004)
    assert whole.p == pytest.approx(0.0002, abs=1e-5)


def test_the_worked_six_person_network():
    graph = of_pairs(SIX)
    held = roles(graph, DEPARTMENTS)

    assert reciprocity(graph) == pytest.approx(2 / 7)
    assert density(graph) == pytest.approx(7 / 30)
    assert ei_index(graph, DEPARTMENTS)[0].value == pytest.approx(-1 / 3)
    assert (betweenness(graph) * 10).tolist() == pytest.approx([7, 0, 6, 0, 0, 0])
    counted = {
        name: {r: int(held[r][k]) for r in ROLES if held[r][k]} for k, name in enumerate("abcdef")
    }
    assert counted == {
        "a": {"representative": 1, "gatekeeper": 1, "liaison": 1},
        "b": {},
        "c": {"gatekeeper": 1, "coordinator": 1},
        "d": {"coordinator": 1},
        "e": {"coordinator": 1},
        "f": {},
    }


def role(a, b, c):
    if a == b == c:
        return "coordinator"
    if a == c:
        return "consultant"
    if b == c:
        return "gatekeeper"
    return "representative" if a == b else "liaison"


@pytest.mark.parametrize("seed", range(8))
def test_roles_are_those_of_counting_every_path(seed):
    graph, there, groups = random_graph(seed)
    expected = {name: np.zeros(graph.n, dtype=int) for name in ROLES}
    for a, b, c in np.ndindex(there.shape + there.shape[:1]):
        path = there[a, b] and there[b, c] and a != c and not there[a, c]
        if path and min(groups[[a, b, c]]) >= 0:
            expected[role(*groups[[a, b, c]])][b] += 1

    held = roles(graph, groups)

    assert {name: counts.tolist() for name, counts in held.items()} == {
        name: counts.tolist() for name, counts in expected.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_measures_are_those_of_networkx(seed):
    graph, _, _ = random_graph(seed, n=40, share=0.05)
    oracle = as_networkx(graph)

    assert betweenness(graph) == pytest.approx(list(nx.betweenness_centrality(oracle).values()))
    assert core_numbers(graph).tolist() == [nx.core_number(oracle)[node] for node in range(graph.n)]
    assert transitivity(graph) == pytest.approx(nx.transitivity(oracle))
    assert component_sizes(graph) == sorted(map(len, nx.connected_components(oracle)), reverse=True)
    found = communities(graph)
    parts = [set(np.flatnonzero(found == c).tolist()) for c in range(1, found.max() + 1)]
    assert modularity(graph, found) == pytest.approx(nx.community.modularity(oracle, parts))


def test_a_star_is_wholly_central_and_a_ring_not_at_all():
    star = of_pairs([("hub", leaf) for leaf in "abcd"])
    ring = of_pairs(["ab", "bc", "cd", "da"])

    assert centralisation(star) == 1
    assert centralisation(ring) == 0
    assert centralisation(of_pairs(["ab"])) is None


def test_estimated_betweenness_ranks_nodes_as_the_exact_one_does():
    """Above 20,000 nodes; shown here on 1,000 of very different standing."""
    oracle = nx.barabasi_albert_graph(1000, 3, seed=4)
    graph = of_pairs([(f"{a:04}", f"{b:04}") for a, b in oracle.edges], directed=False)

    estimated, exact = betweenness(graph, exact_up_to=999), betweenness(graph)

    assert estimated.sum() == pytest.approx(exact.sum(), rel=0.1)
    assert spearmanr(estimated, exact).statistic > 0.9


def test_estimated_betweenness_is_the_same_every_time():
    graph, _, _ = random_graph(1, n=200, share=0.02)

    first = betweenness(graph, exact_up_to=10)

    assert (betweenness(graph, exact_up_to=10) == first).all()


def test_the_number_of_threads_changes_no_digit_of_betweenness():
    graph, _, _ = random_graph(2, n=300, share=0.03)

    one, more = betweenness(graph, threads=1), betweenness(graph, threads=4)

    assert (one == more).all()


def test_betweenness_along_a_chain_is_that_of_any_other_method():
    """Longer than what the products of matrices are for."""
    names = np.array([f"{n:03}" for n in range(120)], dtype=object)
    chain = build(names[:-1], names[1:], directed=False)

    expected = nx.betweenness_centrality(nx.path_graph(120))

    assert betweenness(chain) == pytest.approx(list(expected.values()))


def test_the_number_of_threads_of_networkit_is_put_back():
    import networkit

    before = networkit.getMaxNumberOfThreads()

    communities(karate()[0])

    assert networkit.getMaxNumberOfThreads() == before


def test_communities_are_numbered_by_size():
    graph = of_pairs(["ab", "bc", "ca", "xy"], directed=False)

    found = dict(zip(graph.names, communities(graph), strict=True))

    assert {found[name] for name in "abc"} == {1}
    assert {found[name] for name in "xy"} == {2}


def test_repeated_acts_are_one_edge_and_acts_towards_oneself_none():
    graph = of_pairs(["ab", "ab", "ba", "cc"], weights=np.array([1.0, 2.5, 1, 9]))

    assert (graph.n, graph.edges, len(graph.dyads()[0]), graph.self_loops) == (2, 2, 1, 1)
    assert [s.tolist() for s in graph.strengths()] == [[1, 3.5], [3.5, 1]]
    assert [s.tolist() for s in graph.partners()] == [[1, 1], [1, 1]]


def test_an_undirected_edge_is_the_same_either_way_round():
    graph = of_pairs(["ab", "ba", "bc"], directed=False)

    assert (graph.edges, density(graph), reciprocity(graph)) == (2, 2 / 3, None)
    assert [s.tolist() for s in graph.partners()] == [[1, 2, 1], [1, 2, 1]]


def test_the_mean_under_shuffling_is_that_of_random_mixing():
    """With unequal groups random mixing is far from 0, which is why the value alone says nothing."""
    graph, _, _ = random_graph(7, n=30, share=0.2)
    sizes = [12, 9, 6, 3]
    groups = np.repeat(range(4), sizes)

    whole, _ = ei_index(graph, groups)

    same = sum(k * (k - 1) for k in sizes) / (30 * 29)
    assert whole.mean == pytest.approx(1 - 2 * same, abs=0.01)


def test_nodes_without_a_group_are_left_out_of_the_ei_index():
    graph = of_pairs(["ab", "bc", "cd"])

    whole, _ = ei_index(graph, np.array([0, 0, 1, -1]))

    assert (whole.n, whole.ties, whole.value) == (3, 2, 0)


def test_the_range_of_the_ei_index_is_what_group_sizes_allow():
    """Two of one group and one of another, three ties: one of them must be inside."""
    whole, _ = ei_index(of_pairs(["ab", "bc", "ca"]), np.array([0, 0, 1]))

    assert (whole.minimum, whole.maximum) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
