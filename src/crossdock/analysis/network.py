"""The ligand-receptor network: which pairs become edges, and the files Cytoscape opens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from crossdock.analysis.metrics import Metric, metrics_of
from crossdock.files import whole_file, write_table, write_text


def carried(metrics: Mapping[str, Metric]) -> list[str]:
    """Name the metrics that edges carry: not those that must not go without their error and caveat."""
    return [name for name, metric in metrics.items() if metric.error is None]


def build(
    scores: pd.DataFrame,
    proteins: list[dict[str, Any]],
    *,
    metric: str = "specificity",
    top: int = 2,
    max_q: float = 0.1,
    metrics: Mapping[str, Metric] | None = None,
) -> nx.Graph[str]:
    """Connect ligands and receptors.

    Parameters
    ----------
    scores : DataFrame
        The table of scores.csv.
    proteins : list of dict
        Each with `name`, `label`, `role` ("receptor" or "ligand") and `n_residues`.
    metric : str
        Ranks the pairs. A single receptor or ligand has no specificities; there the score does.
    top : int
        An edge is kept if it is among the best `top` of its receptor or of its ligand; ties at the limit are kept. With
        a diverging metric it must be below zero too: better than what its proteins have on average.
    max_q : float
        With the metric "q_value", an edge is kept if its q-value is no more than this, whatever its rank.
    metrics : mapping of str to Metric, optional
        Those of the run; of this package and of others without it.

    Returns
    -------
    networkx.Graph
        Nodes are named ``receptor:NAME`` and ``ligand:NAME``, since one protein may have both roles. Edges carry
        every metric, `rank_in_receptor` and `rank_in_ligand`.
    """
    metrics = metrics_of() if metrics is None else metrics
    own = scores[scores["metric"].isin(list(metrics))]
    wide = own.pivot(index=["receptor", "ligand"], columns="metric", values="value").reset_index()
    if metric == "specificity" and wide[metric].isna().all():
        metric = "score"
    used = metrics[metric]
    lower = used.better != "high"
    if metric == "q_value":
        rule = f"an edge is kept if its q-value against controls is {max_q:g} or less"
    else:
        kind = ", ".join(filter(None, (used.unit, f"{'lower' if lower else 'higher'} is better")))
        name = metric.replace("_", " ")
        rule = f"an edge is kept if its {name} ({kind}) is among the best {top} of its receptor or of its ligand"
        if used.diverging:
            rule += f", and {'below' if lower else 'above'} zero"
    graph: nx.Graph[str] = nx.Graph(rule=rule, metric=metric, top=top)
    for protein in proteins:
        graph.add_node(
            f"{protein['role']}:{protein['name']}",
            name=protein["name"],
            label=protein["label"],
            role=protein["role"],
            n_residues=int(protein["n_residues"]),
        )
    backend = own.drop_duplicates(["receptor", "ligand"]).set_index(["receptor", "ligand"])["backend"]
    wide = wide[wide[metric].notna()]  # a pair without a value has no rank
    for side in ("receptor", "ligand"):
        wide[f"rank_in_{side}"] = wide.groupby(side)[metric].rank(method="min", ascending=lower).astype(int)
    if metric == "q_value":
        kept = wide[wide["q_value"] <= max_q]
    else:
        kept = wide[(wide["rank_in_receptor"] <= top) | (wide["rank_in_ligand"] <= top)]
        if used.diverging:
            kept = kept[kept[metric] < 0] if lower else kept[kept[metric] > 0]
    for row in kept.to_dict("records"):
        numbers = {name: float(row[name]) for name in carried(metrics) if name in row and pd.notna(row[name])}
        graph.add_edge(
            f"receptor:{row['receptor']}",
            f"ligand:{row['ligand']}",
            backend=str(backend[row["receptor"], row["ligand"]]),
            **numbers,
            rank_in_receptor=int(row["rank_in_receptor"]),
            rank_in_ligand=int(row["rank_in_ligand"]),
        )
    return graph


def write(graph: nx.Graph[str], folder: str | Path, metrics: Mapping[str, Metric] | None = None) -> None:
    """Write network.graphml, network.cyjs and edges.csv.

    Parameters
    ----------
    graph : networkx.Graph
    folder : str or Path
    metrics : mapping of str to Metric, optional
        As for `build`.
    """
    folder, metrics = Path(folder), metrics_of() if metrics is None else metrics
    with whole_file(folder / "network.graphml") as aside:
        nx.write_graphml(graph, aside, named_key_ids=True)
    write_text(folder / "network.cyjs", json.dumps(_cytoscape(graph), indent=1, ensure_ascii=False) + "\n")
    edges = [
        {"receptor": graph.nodes[a]["name"], "ligand": graph.nodes[b]["name"], **data}
        for a, b, data in (_directed(graph, edge) for edge in graph.edges)
    ]
    columns = ["receptor", "ligand", "backend", *carried(metrics), "rank_in_receptor", "rank_in_ligand"]
    write_table(folder / "edges.csv", pd.DataFrame(edges, columns=columns))


def _directed(graph: nx.Graph[str], edge: tuple[str, str]) -> tuple[str, str, dict[str, Any]]:
    a, b = edge
    return (a, b, graph.edges[edge]) if graph.nodes[a]["role"] == "receptor" else (b, a, graph.edges[edge])


def _cytoscape(graph: nx.Graph[str]) -> dict[str, Any]:
    """Give the graph in Cytoscape's JSON: numbers of an edge under `data`, ids unique over nodes and edges."""
    nodes = [{"data": {"id": node, "value": node, **data}} for node, data in graph.nodes(data=True)]
    edges = []
    for edge in graph.edges:
        a, b, data = _directed(graph, edge)
        edges.append({"data": {"id": f"{a} - {b}", "source": a, "target": b, **data}})
    return {
        "format_version": "1.0",
        "data": {"name": "crossdock", **graph.graph},
        "elements": {"nodes": nodes, "edges": edges},
    }
