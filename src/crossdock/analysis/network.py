"""The ligand-receptor network: which pairs become edges, and the files Cytoscape opens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from crossdock.analysis.metrics import Metric, metrics_of
from crossdock.errors import InputError, quoted
from crossdock.files import whole_file, write_table, write_text
from crossdock.panel.schema import did_you_mean
from crossdock.quantity import SCORE

#: Metrics of which every edge up to a limit is kept, and what they are against.
Q_VALUES = {"q_value": "controls", "background_q": "the background"}


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
    symmetric: bool = False,
    leading: str = SCORE.name,
) -> nx.Graph[str]:
    """Connect ligands and receptors.

    Parameters
    ----------
    scores : DataFrame
        The table of scores.csv.
    proteins : list of dict
        Each with `name`, `label`, `role` ("receptor" or "ligand") and `n_residues`; one in both roles twice.
    metric : str
        Ranks the pairs. A single receptor or ligand has no specificities; there `leading` does.
    top : int
        An edge is kept if it is among the best `top` of its receptor or of its ligand; ties at the limit are kept. With
        a diverging metric it must be below zero too: better than what its proteins have on average. Pairs that share
        the worst value of the panel, as ipSAE is 0 wherever no error is low, are no edges unless all pairs do.
    max_q : float
        With a metric of `Q_VALUES`, an edge is kept if its q-value is no more than this, whatever its rank.
    metrics : mapping of str to Metric, optional
        Those of the run; of this package and of others without it.
    symmetric : bool
        Whether proteins have no roles: an edge is then ranked among all edges of each of its two proteins.
    leading : str
        The metric that the statistics of the panel are of.

    Returns
    -------
    networkx.Graph
        Nodes are named as the proteins are; `role` is ``receptor``, ``ligand``, or ``both`` of a protein in both roles.
        Edges carry `receptor`, `ligand`, every metric, `rank_in_receptor` and `rank_in_ligand`. Of a pair that was
        docked in both orders, the better one is the edge.

    Raises
    ------
    InputError
        If there is no such metric.
    """
    metrics = metrics_of() if metrics is None else metrics
    own = scores[scores["metric"].isin(list(metrics))]
    wide = own.pivot(index=["receptor", "ligand"], columns="metric", values="value").reset_index()
    if metric == "specificity" and wide[metric].isna().all():
        metric = leading
    if metric not in metrics:  # of an earlier version, or of a package that is not installed
        raise InputError(
            f"there is no metric {quoted(metric)}", where="network.metric", hint=did_you_mean(metric, metrics)
        )
    used = metrics[metric]
    lower = used.better != "high"
    if metric in Q_VALUES:
        rule = f"an edge is kept if its q-value against {Q_VALUES[metric]} is {max_q:g} or less"
    else:
        kind = ", ".join(filter(None, (used.unit, f"{'lower' if lower else 'higher'} is better")))
        name = used.in_text
        ends = "of one of its two proteins" if symmetric else "of its receptor or of its ligand"
        rule = f"an edge is kept if its {name} ({kind}) is among the best {top} {ends}"
        if used.diverging:
            rule += f", and {'below' if lower else 'above'} zero"
    graph: nx.Graph[str] = nx.Graph(rule=rule, metric=metric, top=top)
    for protein in proteins:
        node = protein["name"]
        before = graph.nodes[node]["role"] if node in graph else protein["role"]
        role = protein["role"] if before == protein["role"] else "both"
        graph.add_node(node, name=node, label=protein["label"], role=role, n_residues=int(protein["n_residues"]))
    backend = own.drop_duplicates(["receptor", "ligand"]).set_index(["receptor", "ligand"])["backend"]
    wide = wide[wide[metric].notna()]  # a pair without a value has no rank
    for side in ("receptor", "ligand"):
        wide[f"rank_in_{side}"] = _ranks(wide, side, metric, lower, symmetric)
    if metric in Q_VALUES:
        kept = wide[wide[metric] <= max_q]
    else:
        kept = wide[(wide["rank_in_receptor"] <= top) | (wide["rank_in_ligand"] <= top)]
        if used.diverging:
            kept = kept[kept[metric] < 0] if lower else kept[kept[metric] > 0]
        worst = wide[metric].max() if lower else wide[metric].min()
        last = wide[wide[metric] == worst]
        # A pair that was docked in both orders shares no value with another.
        n = len({frozenset(pair) for pair in zip(last["receptor"], last["ligand"], strict=True)})
        if n > 1 and len(last) < len(wide) and (kept[metric] == worst).any():
            kept = kept[kept[metric] != worst]
            graph.graph["rule"] += f"; the {n} pairs that share the worst value ({worst:g}) have none"
    for row in kept.to_dict("records"):
        before = graph.edges.get((row["receptor"], row["ligand"]))
        if before and (before[metric] <= row[metric] if lower else before[metric] >= row[metric]):
            continue  # the other order of the pair is the better one
        numbers = {name: float(row[name]) for name in carried(metrics) if name in row and pd.notna(row[name])}
        graph.add_edge(
            row["receptor"],
            row["ligand"],
            receptor=row["receptor"],
            ligand=row["ligand"],
            backend=str(backend[row["receptor"], row["ligand"]]),
            **numbers,
            rank_in_receptor=int(row["rank_in_receptor"]),
            rank_in_ligand=int(row["rank_in_ligand"]),
        )
    return graph


def _ranks(wide: pd.DataFrame, side: str, metric: str, lower: bool, symmetric: bool) -> pd.Series:
    """Rank each pair among those of its protein on one side; of a symmetric panel, among all pairs of that protein."""
    lines = wide[[side, metric]].set_axis(["protein", metric], axis=1)
    if symmetric:
        others = wide[wide["receptor"] != wide["ligand"]]
        far = others[["ligand" if side == "receptor" else "receptor", metric]].set_axis(["protein", metric], axis=1)
        lines = pd.concat([lines, far.set_axis([("far", place) for place in far.index], axis=0)])
    ranks: pd.Series = lines.groupby("protein")[metric].rank(method="min", ascending=lower)
    return ranks.iloc[: len(wide)].astype(int)


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
    edges = [data for _, _, data in graph.edges(data=True)]
    columns = ["receptor", "ligand", "backend", *carried(metrics), "rank_in_receptor", "rank_in_ligand"]
    write_table(folder / "edges.csv", pd.DataFrame(edges, columns=columns))


def _cytoscape(graph: nx.Graph[str]) -> dict[str, Any]:
    """Give the graph in Cytoscape's JSON: numbers of an edge under `data`, ids unique over nodes and edges."""
    nodes = [{"data": {"id": node, "value": node, **data}} for node, data in graph.nodes(data=True)]
    edges = []
    for _, _, data in graph.edges(data=True):
        a, b = data["receptor"], data["ligand"]
        edges.append({"data": {"id": f"{a} - {b}", "source": a, "target": b, **data}})
    return {
        "format_version": "1.0",
        "data": {"name": "crossdock", **graph.graph},
        "elements": {"nodes": nodes, "edges": edges},
    }
