"""All pairs of a run lined up: the steps `crossdock matrix` and `crossdock network`."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pandas as pd

from crossdock.analysis import network as networks
from crossdock.analysis.leading import sign
from crossdock.analysis.matrix import Panelwide, header, panelwide, published, read_scores, tidy
from crossdock.analysis.metrics import Metric, metrics_of
from crossdock.analysis.network_style import write_style
from crossdock.analysis.records import PairRecord, StatisticsRecord
from crossdock.analysis.table import read_matrix
from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import LAID, Backend
from crossdock.files import read_made, write_table
from crossdock.panel.panel import Panel
from crossdock.progress import track
from crossdock.quantity import Quantity
from crossdock.records import read_record, write_record
from crossdock.steps.background_set import compared
from crossdock.steps.templates import table_of
from crossdock.structures.record import read_protein


def metrics(panel: Panel, leading: Quantity | None = None) -> dict[str, Metric]:
    """Give the metrics of a panel's pairs, its backend's own among them, by name; statistics are of `leading`."""
    backend = load_backend(panel.backend)
    return metrics_of(_numbers(panel, backend), score_unit=backend.score_unit, leading=leading)


def _numbers(panel: Panel, backend: Backend) -> tuple[Quantity, ...]:
    """Give a backend's numbers; how alike a known complex is only where it is given such complexes."""
    without = backend.can.templates and table_of(panel) is None
    return tuple(one for one in backend.quantities if not (without and one in LAID))


def matrix(panel: Panel, results: str | Path = "results") -> Panelwide:
    """Line all pairs of a run up, and write matrix/, scores.csv, ranks.csv and statistics.json.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run.

    Returns
    -------
    Panelwide

    Raises
    ------
    InputError
        If a file of a pair or of a protein is missing, or is not what it should be.
    """
    results, backend = Path(results), load_backend(panel.backend)
    names = [one.name for one in panel.receptors], [one.name for one in panel.ligands]
    own = [(receptor.name, ligand.name) for receptor, ligand in panel.pairs]
    # Read one after the other: the records of thousands of pairs are not held.
    pairs = (
        read_record(results / "pairs" / receptor.name / ligand.name / "pair.json", PairRecord, "crossdock analyse")
        for receptor, ligand in track(panel.docked, "pairs read")
    )
    proteins = panel.proteins_in(results)
    sizes = {
        name: read_protein(proteins / name / "protein.json").n_residues
        for name in dict.fromkeys((*names[0], *names[1]))
    }
    found = panelwide(
        pairs,
        *names,
        controls=[one.name for one in panel.controls],
        sizes=sizes,
        numbers=_numbers(panel, backend),
        score_unit=backend.score_unit,
        symmetric=panel.symmetric,
        statistics=panel.statistics.get("metric") or None,
        leading=backend.leading,
        absent=backend.absent,
        background=compared(panel, results),
    )
    for metric, table in found.tables.items():
        first = header(found.metrics[metric], synthetic=found.synthetic)
        write_table(results / "matrix" / f"{metric}.csv", table.rename_axis(first).reset_index())
    scores = tidy(found)
    if panel.published:
        scores = pd.concat([scores, published(panel.published, own, symmetric=panel.symmetric)], ignore_index=True)
    write_table(results / "scores.csv", scores)
    write_table(results / "ranks.csv", found.ranks)
    write_record(results / "statistics.json", found.record)
    return found


def read_leading(results: str | Path) -> tuple[Quantity, pd.DataFrame]:
    """Read the number that the statistics of a run are of.

    Parameters
    ----------
    results : str or Path
        The folder of the run, with matrix/ and statistics.json.

    Returns
    -------
    number : Quantity
    values : DataFrame
        Rows ligands, columns receptors, with the sign turned where higher is better.
    """
    number = read_record(Path(results, "statistics.json"), StatisticsRecord, "crossdock matrix").of
    values = read_made(Path(results, "matrix", f"{number.name}.csv"), read_matrix, "crossdock matrix")
    return number, sign(number) * values


def network(panel: Panel, results: str | Path = "results") -> nx.Graph[str]:
    """Make the ligand-receptor network of a run, and write network/.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run, with scores.csv and statistics.json.

    Returns
    -------
    networkx.Graph
    """
    results = Path(results)
    proteins = [
        {
            "name": one.name,
            "label": one.label or one.name,
            "role": role,
            "n_residues": read_protein(panel.proteins_in(results) / one.name / "protein.json").n_residues,
        }
        for role, members in (("receptor", panel.receptors), ("ligand", panel.ligands))
        for one in members
    ]
    of = read_record(results / "statistics.json", StatisticsRecord, "crossdock matrix").of
    known = metrics(panel, of)
    graph = networks.build(
        read_scores(results), proteins, **panel.network, metrics=known, symmetric=panel.symmetric, leading=of.name
    )
    networks.write(graph, results / "network", known)
    write_style(results / "network" / "style.xml", graph, better=known[graph.graph["metric"]].better)
    return graph
