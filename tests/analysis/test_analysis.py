"""Matrices and the network against definitions written out."""

import json
from xml.etree import ElementTree

import networkx as nx
import pandas as pd
import pytest

from crossdock.analysis import network
from crossdock.analysis.matrix import panelwide, published, tidy
from crossdock.analysis.metrics import metrics_of
from crossdock.analysis.network_style import write_style
from crossdock.docking.record import DecoysRecord
from pair_records import made_up_model, made_up_pair


def pair(receptor, ligand, score):
    contacts = {"salt bridge": 1, "non-bonded": 2}
    model = made_up_model(members=-score, center_score=score + 1, contacts=contacts, dg_kcal_mol=score / 3)
    decoys = DecoysRecord(9000, score, score + 12.0, 4.0)
    return made_up_pair(receptor, ligand, [float(score)], model, decoys, n_poses=1000)


@pytest.fixture
def pairs():
    scores = {
        ("R1", "a"): -10,
        ("R1", "b"): -20,
        ("R1", "c"): -30,
        ("R2", "a"): -35,
        ("R2", "b"): -11,
        ("R2", "c"): -12,
    }
    return [pair(*names, score) for names, score in scores.items()]


@pytest.fixture
def found(pairs):
    return panelwide(pairs, ["R1", "R2"], ["a", "b", "c"])


@pytest.fixture
def tables(found):
    return found.tables


@pytest.fixture
def scores(found):
    return tidy(found)


def test_matrices_keep_the_configs_order(tables, scores):
    assert set(tables) == set(metrics_of())
    assert tables["score"].loc["c", "R1"] == -30
    assert tables["score"].columns.tolist() == ["R1", "R2"]
    assert tables["score"].index.tolist() == ["a", "b", "c"]
    assert tables["interface_contacts"].loc["a", "R2"] == 3
    assert len(scores) == 6 * len(metrics_of())
    assert set(scores["backend"]) == {"local"}
    assert set(scores["unit"]) == {metric.unit for metric in metrics_of().values()}


def test_a_published_table_is_taken_as_far_as_it_goes(request):
    path = request.config.rootpath / "config/published/zhankina2024_table2.csv"
    rows = published(path, [("AR", "CD81"), ("AR", "mine"), ("none", "CD81")])
    assert rows[["receptor", "ligand", "metric", "value"]].values.tolist() == [["AR", "CD81", "published", -1071.7]]


def nodes():
    return [
        {"name": name, "label": name, "role": role, "n_residues": 5}
        for role, names in (("receptor", ["R1", "R2"]), ("ligand", "abc"))
        for name in names
    ]


def test_edges_are_kept_by_the_stated_rule(scores):
    graph = network.build(scores, nodes(), metric="score", top=1)
    edges = {tuple(sorted(edge)) for edge in graph.edges}
    # Best of R1 is c, of R2 a; the ligands' own best are R2, R1, R1.
    assert edges == {("R2", "a"), ("R1", "b"), ("R1", "c")}
    assert "best 1 of its receptor or of its ligand" in graph.graph["rule"]
    assert graph.edges["R1", "b"]["rank_in_receptor"] == 2
    everything = network.build(scores, nodes(), metric="cluster_size", top=3)
    assert everything.number_of_edges() == 6
    assert everything.edges["R2", "a"]["rank_in_receptor"] == 1, "more members are better"


def test_no_edge_is_worse_than_its_proteins_are_on_average(scores):
    graph = network.build(scores, nodes(), metric="specificity", top=3)
    assert "below zero" in graph.graph["rule"]
    kept = {frozenset(edge) for edge in graph.edges}
    own = scores[scores["metric"] == "specificity"]
    for receptor, ligand, value in own[["receptor", "ligand", "value"]].itertuples(index=False):
        assert (frozenset((receptor, ligand)) in kept) == (value < 0)


def test_pairs_that_share_the_worst_value_have_no_edge(scores):
    """As ipSAE is 0 of every pair without a low error: none of these is better than another."""
    own = scores["metric"] == "cluster_size"
    scores.loc[own, "value"] = [0.0, 0.0, 7.0, 0.0, 0.0, 3.0]
    graph = network.build(scores, nodes(), metric="cluster_size", top=2)
    assert sorted(edge["cluster_size"] for *_, edge in graph.edges(data=True)) == [3.0, 7.0]
    assert graph.graph["rule"].endswith("; the 4 pairs that share the worst value (0) have none")
    scores.loc[own, "value"] = 0.0
    assert network.build(scores, nodes(), metric="cluster_size", top=2).number_of_edges() == 6, "none is worse"


def test_the_network_files_can_be_read_back(scores, tmp_path):
    graph = network.build(scores, nodes(), metric="specificity", top=1)
    network.write(graph, tmp_path)
    again = nx.read_graphml(tmp_path / "network.graphml")
    assert {frozenset(edge) for edge in again.edges} == {frozenset(edge) for edge in graph.edges}
    edge = again.edges["R1", "c"]
    assert edge["score"] == -30
    assert edge["rank_in_receptor"] == 1
    cytoscape = json.loads((tmp_path / "network.cyjs").read_text())["elements"]
    ids = [part["data"]["id"] for part in (*cytoscape["nodes"], *cytoscape["edges"])]
    assert len(ids) == len(set(ids))
    assert all(part["data"]["source"].startswith("R") for part in cytoscape["edges"])
    written = json.loads((tmp_path / "network.cyjs").read_text())
    back = nx.cytoscape_graph(written | {"data": list(written["data"].items()), "directed": False, "multigraph": False})
    assert back.number_of_edges() == graph.number_of_edges()
    table = pd.read_csv(tmp_path / "edges.csv")
    assert len(table) == graph.number_of_edges()
    assert {"receptor", "ligand", "score", "rank_in_ligand"} <= set(table.columns)


def test_the_style_fits_the_network(scores, tmp_path):
    """Roles and the metric that it maps are columns of network.cyjs; the strongest edge is the widest."""
    graph = network.build(scores, nodes(), metric="specificity", top=1)
    network.write(graph, tmp_path)
    write_style(tmp_path / "style.xml", graph)
    style = ElementTree.parse(tmp_path / "style.xml").getroot()
    elements = json.loads((tmp_path / "network.cyjs").read_text())["elements"]
    roles = {node["data"]["role"] for node in elements["nodes"]}
    for mapping in style.iter("discreteMapping"):
        assert mapping.get("attributeName") == "role"
        assert {entry.get("attributeValue") for entry in mapping} >= roles
    (mapping,) = style.iter("continuousMapping")
    values = sorted(edge["data"][mapping.get("attributeName")] for edge in elements["edges"])
    points = [(float(point.get("attrValue")), float(point.get("equalValue"))) for point in mapping]
    assert points == [(values[0], 8.0), (values[-1], 1.0)]
    assert all("label" in node["data"] for node in elements["nodes"])


def test_a_protein_may_be_both(scores):
    both = [*nodes(), {"name": "R1", "label": "R1", "role": "ligand", "n_residues": 5}]
    graph = network.build(scores, both)
    assert graph.number_of_nodes() == 5
    assert graph.nodes["R1"]["role"] == "both"
    turned = scores[scores["receptor"].eq("R1") & scores["ligand"].eq("a")].assign(receptor="a", ligand="R1")
    turned.loc[turned["metric"] == "score", "value"] -= 1.0
    edge = network.build(pd.concat([scores, turned]), both, metric="score", top=9).edges["R1", "a"]
    assert (edge["receptor"], edge["ligand"]) == ("a", "R1"), "of both orders the better one is the edge"


def test_the_worst_pair_that_was_docked_in_both_orders_keeps_its_edge(scores):
    """Numbers of a predicted complex are the same in both orders."""
    own = scores["metric"] == "cluster_size"
    scores.loc[own, "value"] = [0.0, 2.0, 7.0, 4.0, 5.0, 3.0]
    worst = scores[own & (scores["value"] == 0)]
    turned = worst.assign(receptor=worst["ligand"], ligand=worst["receptor"])
    graph = network.build(pd.concat([scores, turned]), nodes(), metric="cluster_size", top=9)
    assert graph.number_of_edges() == 6
    assert "share" not in graph.graph["rule"]
