"""Pairs lined up as matrices, with what each protein scores on average taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.specificity import specificity
from crossdock.analysis.table import read_matrix

#: Metric -> (unit, whether lower is stronger).
METRICS = {
    "score": ("arbitrary units", True),
    "center_score": ("arbitrary units", True),
    "specificity": ("arbitrary units", True),
    "cluster_size": ("poses", False),
    "interface_contacts": ("residue pairs", False),
    "predicted_dg": ("kcal/mol", True),
}
#: Error of a metric's values, in its unit, where one is known.
ERRORS = {"predicted_dg": PUBLISHED_ERROR_KCAL_MOL}
#: Columns of scores.csv, in order.
COLUMNS = ("receptor", "ligand", "backend", "metric", "value", "unit", "uncertainty")


def matrices(pairs: list[dict[str, Any]], receptors: list[str], ligands: list[str]) -> dict[str, pd.DataFrame]:
    """Make a matrix of each metric.

    Parameters
    ----------
    pairs : list of dict
        Records of pair.json, every pair of the panel once.
    receptors, ligands : list of str
        Names in config order.

    Returns
    -------
    dict
        Metric -> DataFrame with rows ligands and columns receptors.
    """
    by_name = {(pair["ligand"], pair["receptor"]): pair for pair in pairs}

    def fill(value) -> pd.DataFrame:
        return pd.DataFrame(
            [[value(by_name[ligand, receptor]) for receptor in receptors] for ligand in ligands],
            index=ligands,
            columns=receptors,
            dtype=float,
        )

    made = {
        "score": fill(lambda pair: pair["score"]),
        "center_score": fill(lambda pair: pair["models"][0]["center_score"]),
        "cluster_size": fill(lambda pair: pair["cluster_size"]),
        "interface_contacts": fill(lambda pair: sum(pair["models"][0]["contacts"].values())),
        "predicted_dg": fill(lambda pair: pair["models"][0]["dg_kcal_mol"]),
    }
    made["specificity"] = pd.DataFrame(specificity(made["score"].to_numpy()).round(4), index=ligands, columns=receptors)
    return {metric: made[metric] for metric in METRICS}


def tidy(tables: dict[str, pd.DataFrame], pairs: list[dict[str, Any]]) -> pd.DataFrame:
    """Make scores.csv: one row a pair and metric, with the backend that each pair's record names."""
    backend = {(pair["receptor"], pair["ligand"]): pair["backend"] for pair in pairs}
    filled = {metric: table.notna() for metric, table in tables.items()}
    rows = [
        (
            receptor,
            ligand,
            backend[receptor, ligand],
            metric,
            table.at[ligand, receptor],
            METRICS[metric][0],
            ERRORS.get(metric, "") if filled[metric].at[ligand, receptor] else "",
        )
        for metric, table in tables.items()
        for receptor in table.columns
        for ligand in table.index
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def published(path: str | Path, receptors: list[str], ligands: list[str]) -> pd.DataFrame:
    """Give a published table in the form of scores.csv, as far as it names pairs of the panel.

    Parameters
    ----------
    path : str or Path
        CSV with a first column `ligand` and a column a receptor.
    receptors, ligands : list of str
        Names in config order.

    Returns
    -------
    DataFrame
        Metric and backend are both ``published``; the numbers are whatever the publication says they are.
    """
    table = read_matrix(path)
    rows = [
        (receptor, ligand, "published", "published", table.at[ligand, receptor], "as published", "")
        for receptor in receptors
        if receptor in table.columns
        for ligand in ligands
        if ligand in table.index and not table.isna().at[ligand, receptor]
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
