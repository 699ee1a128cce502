"""`lrs analyse edges`: contract, anchors, refusals."""

from __future__ import annotations

import networkx as nx
import pandas as pd
import pytest

from tests.analytics.command import refusal, saved, whys
from tests.analytics.published import lrs_analyse

SIX = pd.DataFrame(
    [*map(tuple, ["ab", "ba", "ac", "cd", "de", "ec", "fa"])], columns=["who", "whom"]
)
DEPARTMENTS = pd.DataFrame({"node": list("abcdef"), "group": list("XXYYYZ")})
EDGES = ("--from", "who", "--to", "whom")


def karate():
    club = nx.karate_club_graph()
    split = pd.DataFrame({"node": list(club), "group": [club.nodes[n]["club"] for n in club]})
    return pd.DataFrame(list(club.edges), columns=["who", "whom"]), split


def test_the_karate_club(tmp_path):
    edges, split = karate()
    groups = saved(split, tmp_path, "groups.csv")

    result = lrs_analyse("edges", edges, tmp_path, *EDGES, "--undirected", "--groups", groups)

    assert [result[key] for key in ("n", "edges", "dyads", "communities")] == [34, 78, 78, 4]
    assert result["density"] == pytest.approx(0.139037, abs=1e-6)
    assert result["transitivity"] == pytest.approx(0.255682, abs=1e-6)
    assert result["modularity"] == pytest.approx(0.419790, abs=1e-6)
    assert result["nodes"]["0"]["betweenness"] == pytest.approx(0.437635, abs=1e-6)
    assert result["ei"]["value"] == pytest.approx(-0.717949, abs=1e-6)
    assert result["ei"]["p"] == pytest.approx(0.0002, abs=1e-5)
    assert result["reciprocity"] is None
    assert "reciprocity" in whys(result)


def test_the_worked_six_person_network(tmp_path):
    groups = saved(DEPARTMENTS, tmp_path, "groups.csv")

    result = lrs_analyse("edges", SIX, tmp_path, *EDGES, "--groups", groups, "--no-minimum")

    assert [result[key] for key in ("n", "edges", "dyads", "components")] == [6, 7, 6, 1]
    assert result["reciprocity"] == pytest.approx(2 / 7)
    assert result["density"] == pytest.approx(7 / 30)
    assert result["ei"]["value"] == pytest.approx(-1 / 3)
    a = result["nodes"]["a"]
    assert (a["in"], a["out"], a["betweenness"]) == (2, 2, pytest.approx(0.7))
    assert {role for role, n in a["roles"].items() if n} == {
        "representative",
        "gatekeeper",
        "liaison",
    }
    assert result["minimum_sizes"] == "not applied"


def test_a_network_of_fewer_than_ten_has_counts_only(tmp_path):
    groups = saved(DEPARTMENTS, tmp_path, "groups.csv")

    result = lrs_analyse("edges", SIX, tmp_path, *EDGES, "--groups", groups)

    assert [result[key] for key in ("n", "edges", "dyads")] == [6, 7, 6]
    assert [result[key] for key in ("density", "nodes", "ei", "communities")] == [None] * 4
    assert set(whys(result)) == {"network", "ei"}


def test_the_ei_index_of_a_small_group_is_withheld(tmp_path):
    edges, _ = karate()
    split = pd.DataFrame({"node": range(34), "group": ["small"] * 9 + ["large"] * 25})
    groups = saved(split, tmp_path, "groups.csv")

    result = lrs_analyse("edges", edges, tmp_path, *EDGES, "--undirected", "--groups", groups)

    assert set(result["ei"]["by_group"]) == {"large"}
    assert "ei.by_group.small" in whys(result)


def test_without_groups_there_are_no_roles_and_no_ei_index(tmp_path):
    result = lrs_analyse("edges", karate()[0], tmp_path, *EDGES)

    assert result["ei"] is None
    assert result["nodes"]["0"]["roles"] is None
    assert "ei" in whys(result)


def test_weights_add_up_to_strengths_and_change_nothing_else(tmp_path):
    edges, _ = karate()
    plain = lrs_analyse("edges", edges, tmp_path, *EDGES)

    weighted = lrs_analyse("edges", edges.assign(w=2.5), tmp_path, *EDGES, "--weight", "w")

    assert weighted["nodes"]["0"]["strength_out"] == 2.5 * plain["nodes"]["0"]["strength_out"]
    assert weighted["modularity"] == plain["modularity"]


def test_acts_towards_oneself_and_unknown_nodes_are_counted(tmp_path):
    edges = pd.concat(
        [karate()[0].astype(str), pd.DataFrame({"who": ["5", "6"], "whom": ["5", None]})]
    )
    groups = saved(
        pd.DataFrame({"node": [*range(33), 99, 98], "group": [*["x"] * 34, None]}),
        tmp_path,
        "g.csv",
    )

    result = lrs_analyse("edges", edges, tmp_path, *EDGES, "--undirected", "--groups", groups)

    assert (result["self_loops"], result["dropped"]) == (1, {"whom": 1})
    file = result["groups_file"]
    assert (file["dropped"], file["nodes_without_group"], file["without_an_edge"]) == (
        {"group": 1},
        1,
        1,
    )


def test_people_of_a_column_with_a_gap_are_those_of_the_others(tmp_path):
    """pandas writes whole numbers as floats where one is missing: "1" and "1.0" were two people."""
    ring = pd.DataFrame({"who": [*range(11), None], "whom": [*range(1, 11), 0, 3]})
    groups = saved(pd.DataFrame({"node": range(11), "group": "x"}), tmp_path, "groups.csv")

    result = lrs_analyse("edges", ring, tmp_path, *EDGES, "--groups", groups)

    assert (result["n"], result["edges"], result["dropped"]) == (11, 11, {"who": 1})
    assert set(result["nodes"]) == {str(node) for node in range(11)}
    assert result["groups_file"]["nodes_without_group"] == 0


def test_names_that_end_in_a_point_and_nought_stay_the_same_person_in_both_columns(tmp_path):
    edges = pd.DataFrame({"who": ["1.0", "2.0"], "whom": ["ann", "1.0"]})

    result = lrs_analyse("edges", edges, tmp_path, *EDGES, "--no-minimum")

    assert set(result["nodes"]) == {"1.0", "2.0", "ann"}


def test_a_file_without_an_edge_between_two_nodes_is_no_network(tmp_path):
    result = lrs_analyse("edges", pd.DataFrame({"who": ["a"], "whom": ["a"]}), tmp_path, *EDGES)

    assert (result["n"], result["nodes"]) == (0, None)
    assert "network" in whys(result)


@pytest.mark.parametrize(
    ("edges", "groups", "named"),
    [
        (SIX.assign(w=[1, 1, -2, 1, 1, 1, 1]), DEPARTMENTS, "column 'w', row 3"),
        (SIX.assign(w=[1, 1, "x", 1, 1, 1, 1]), DEPARTMENTS, "column 'w', row 3"),
        (SIX, DEPARTMENTS, "column 'w'"),
        (SIX.assign(w=1), DEPARTMENTS.rename(columns={"group": "team"}), "column 'group'"),
        (SIX.assign(w=1), pd.DataFrame({"node": ["a", "a"], "group": ["X", "Y"]}), "row 2"),
    ],
)
def test_a_table_of_edges_that_cannot_be_used(edges, groups, named, tmp_path):
    path = saved(groups, tmp_path, "groups.csv")

    assert named in refusal("edges", edges, tmp_path, *EDGES, "--weight", "w", "--groups", path)


def test_a_groups_file_that_is_not_there(tmp_path):
    assert "absent.csv" in refusal("edges", SIX, tmp_path, *EDGES, "--groups", "absent.csv")


def test_the_order_of_edges_changes_nothing(tmp_path):
    edges, split = karate()
    groups = saved(split.sample(frac=1, random_state=1), tmp_path, "groups.csv")
    shuffled = edges.sample(frac=1, random_state=1)

    one = lrs_analyse("edges", edges, tmp_path, *EDGES, "--undirected", "--groups", groups)

    assert (
        lrs_analyse("edges", shuffled, tmp_path, *EDGES, "--undirected", "--groups", groups) == one
    )
