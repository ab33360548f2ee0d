"""Pairs lined up as matrices, with what each protein scores on average taken out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.controls import Tested, against_controls, least_q
from crossdock.analysis.indices import cluster_fraction, decoy_index
from crossdock.analysis.interaction import Met, normalised_index
from crossdock.analysis.noise import Noise, Ranks, noise, ranks
from crossdock.analysis.records import (
    ChanceRecord,
    ControlsRecord,
    NoiseRecord,
    PairRecord,
    SizeRecord,
    StatisticsRecord,
)
from crossdock.analysis.specificity import (
    SizeDependence,
    focused_z,
    lowest_by_chance,
    median_polish,
    robust_z,
    size_dependence,
    specificity,
    variance_shares,
)
from crossdock.analysis.table import read_matrix
from crossdock.errors import InputError
from crossdock.files import read_table

#: Metric -> (unit, whether lower is stronger).
METRICS = {
    "score": ("arbitrary units", True),
    "specificity": ("arbitrary units", True),
    "robust_z": ("SD", True),
    "receptor_z": ("SD", True),
    "ligand_z": ("SD", True),
    "size_residual": ("arbitrary units", True),
    "decoy_index": ("SD", False),
    "interaction_index": ("", False),
    "set_agreement": ("share of the sets", False),
    "center_score": ("arbitrary units", True),
    "cluster_size": ("poses", False),
    "cluster_fraction": ("share of the poses", False),
    "interface_contacts": ("residue pairs", False),
    "interface_area": ("A2", False),
    "predicted_dg": ("kcal/mol, a count of contacts", True),
    "p_value": ("", True),
    "q_value": ("", True),
}
#: Metrics whose zero is what a pair's proteins have on average.
CENTRED = ("specificity", "robust_z", "receptor_z", "ligand_z", "size_residual")
#: Metrics that a pair has by itself.
OWN = (
    "decoy_index",
    "set_agreement",
    "center_score",
    "cluster_size",
    "cluster_fraction",
    "interface_contacts",
    "interface_area",
    "predicted_dg",
)
#: Error of a metric's values, in its unit, where one is known.
ERRORS = {"predicted_dg": PUBLISHED_ERROR_KCAL_MOL}
#: Columns of scores.csv, in order.
COLUMNS = ("receptor", "ligand", "backend", "metric", "value", "unit", "uncertainty")


@dataclass(frozen=True)
class Panelwide:
    """What the pairs of a panel say together.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Metric -> rows ligands, columns receptors; not a number where a pair has no such value.
    errors : dict of str to DataFrame
        Metric -> standard error of its values, where one is known.
    ranks : DataFrame
        A row a pair, as `results/ranks.csv` holds it.
    record : StatisticsRecord
        As statistics.json holds it.
    backends : dict of (str, str) to str
        (receptor, ligand) -> the backend that docked the pair.
    """

    tables: dict[str, pd.DataFrame]
    errors: dict[str, pd.DataFrame]
    ranks: pd.DataFrame
    record: StatisticsRecord
    backends: dict[tuple[str, str], str]


def panelwide(
    pairs: Iterable[PairRecord],
    receptors: list[str],
    ligands: list[str],
    *,
    controls: Sequence[str] = (),
    met: Mapping[tuple[str, str], Met] | None = None,
    sizes: Mapping[str, int] | None = None,
    known: Mapping[str, Sequence[Collection[str]]] | None = None,
) -> Panelwide:
    """Line pairs up and take from the whole what no pair has by itself.

    Parameters
    ----------
    pairs : iterable of PairRecord
        Every pair of the panel once, those with controls too; of each only its numbers are kept.
    receptors, ligands, controls : sequence of str
        Names in config order.
    met : mapping, optional
        (receptor, ligand) -> which residues its models meet, for the interaction index.
    sizes : mapping, optional
        Protein -> residues, for how far size explains the scores.
    known : mapping, optional
        Protein -> its known interface and the equivalents of it, for the interaction index.

    Returns
    -------
    Panelwide
    """
    by_name = {(pair.ligand, pair.receptor): _numbers(pair) for pair in pairs}

    def fill(value: str, names: Sequence[str] = ligands) -> pd.DataFrame:
        rows = [[by_name[name, receptor][value] for receptor in receptors] for name in names]
        return pd.DataFrame(rows, index=list(names), columns=receptors, dtype=float)

    def like(values: NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(values, index=ligands, columns=receptors)

    score = fill("score")
    values = score.to_numpy()
    averaged = min(values.shape) > 1  # a lone receptor or ligand leaves nothing to compare averages with
    made = {
        "score": score,
        "receptor_z": like(focused_z(values, axis=0).round(4)),
        "ligand_z": like(focused_z(values, axis=1).round(4)),
        **{metric: fill(metric) for metric in OWN},
    }
    if averaged:
        made["specificity"] = like(specificity(values).round(4))
        made["robust_z"] = like(robust_z(median_polish(values).residual).round(4))
    if averaged and met is not None:
        made["interaction_index"] = like(normalised_index(met, receptors, ligands, known).round(4))
    dependence = _sizes(values, made["interface_area"], sizes)
    if "residues" in dependence:
        made["size_residual"] = like(dependence["residues"].residual.round(4))
    tested, about_controls = _tested(values, fill("score", controls).to_numpy())
    if tested:
        made |= {"p_value": like(tested.p), "q_value": like(tested.q.round(6))}
    docked = np.array(
        [[by_name[ligand, receptor]["replicate_scores"] for receptor in receptors] for ligand in ligands], dtype=float
    )
    found = noise(docked)
    errors = {"score": like(found.score_error), "specificity": like(found.specificity_error)} if found else {}
    errors |= {metric: like(np.full(values.shape, error)) for metric, error in ERRORS.items()}
    empty = like(np.full(values.shape, np.nan))
    whole = averaged and np.ptp(values) > 0
    return Panelwide(
        {metric: made.get(metric, empty) for metric in METRICS},
        errors,
        _ranked(made["specificity" if averaged else "score"], ranks(docked), found),
        StatisticsRecord(
            variance=variance_shares(values) if whole else None,
            size={name: SizeRecord(fit.share, fit.slope) for name, fit in dependence.items()},
            chance=_by_chance(values) if whole else None,
            noise=NoiseRecord(found.sd, found.freedom) if found else None,
            controls=about_controls,
        ),
        {(receptor, ligand): by_name[ligand, receptor]["backend"] for ligand, receptor in by_name},
    )


def _numbers(pair: PairRecord) -> dict[str, Any]:
    """Give what the panel's tables need of a pair: thousands are held at once, and their records are not."""
    first = pair.models[0]
    return {
        "backend": pair.backend,
        "score": pair.score,
        "replicate_scores": pair.replicate_scores,
        "decoy_index": _decoy_index(pair),
        "set_agreement": pair.set_agreement,
        "center_score": first.center_score,
        "cluster_size": pair.cluster_size,
        "cluster_fraction": round(cluster_fraction(pair.cluster_size, pair.n_poses), 4),
        "interface_contacts": sum(first.contacts.values()),
        "interface_area": round(first.area, 1),
        "predicted_dg": first.dg_kcal_mol,
    }


def _tested(values: NDArray[np.float64], controls: NDArray[np.float64]) -> tuple[Tested | None, ControlsRecord]:
    """Test pairs against controls, if there are any, and say what stands behind the test."""
    if not len(controls):
        return None, ControlsRecord(0)
    try:
        tested = against_controls(values, controls)
    except InputError as error:  # everything else of the run is still worth having
        return None, ControlsRecord(len(controls), problem=error.what)
    least = least_q(values.size, tested.controls)
    return tested, ControlsRecord(len(controls), tested.controls, least, tested.spread, tested.rare_spread)


def _by_chance(values: NDArray[np.float64]) -> ChanceRecord:
    """Give what the lowest robust z is of noise alone; nothing for a matrix that is too small to have one."""
    found = lowest_by_chance(*values.shape)
    return ChanceRecord(*(value if np.isfinite(value) else None for value in found))


def _sizes(
    values: NDArray[np.float64], area: pd.DataFrame, sizes: Mapping[str, int] | None
) -> dict[str, SizeDependence]:
    """Fit scores to the product of both partners' residues, and to the area of the interface, where they differ."""
    found = {"interface_area": area.to_numpy()}
    if sizes is not None:
        found["residues"] = np.outer([sizes[name] for name in area.index], [sizes[name] for name in area.columns])
    usable = {name: size for name, size in found.items() if (size > 0).all() and np.ptp(size) > 0}
    return {name: size_dependence(values, size) for name, size in usable.items()} if np.ptp(values) > 0 else {}


def _decoy_index(pair: PairRecord) -> float | None:
    decoys = pair.decoys
    if not decoys or not decoys.sd > 0:
        return None
    return round(decoy_index(decoys.best, decoys.mean, decoys.sd), 4)


def _ranked(own: pd.DataFrame, found: Ranks, noise: Noise | None) -> pd.DataFrame:
    """Make ranks.csv: the rank of each pair among its receptor's ligands, and whether the first differs from it."""
    rows = []
    for j, receptor in enumerate(own.columns):
        first = own[receptor].min()
        for i, ligand in enumerate(own.index):
            within = noise and own.at[ligand, receptor] - first <= noise.from_best[i, j]
            rows.append(
                (
                    receptor,
                    ligand,
                    found.rank[i, j],
                    found.low[i, j] if noise else "",
                    found.high[i, j] if noise else "",
                    round(float(found.first[i, j]), 3) if noise else "",
                    "" if noise is None else "yes" if within else "no",
                )
            )
    columns = ["receptor", "ligand", "rank", "rank_low", "rank_high", "share_first", "within_noise_of_first"]
    return pd.DataFrame(rows, columns=columns)


def tidy(found: Panelwide) -> pd.DataFrame:
    """Make scores.csv: one row a pair and metric."""
    rows = []
    for metric, table in found.tables.items():
        values = table.to_numpy()
        errors = found.errors[metric].to_numpy() if metric in found.errors else np.full(values.shape, np.nan)
        for j, receptor in enumerate(table.columns):
            for i, ligand in enumerate(table.index):
                error = round(errors[i, j], 4) if np.isfinite(errors[i, j]) and np.isfinite(values[i, j]) else ""
                unit = METRICS[metric][0]
                rows.append((receptor, ligand, found.backends[receptor, ligand], metric, values[i, j], unit, error))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def corner(metric: str, *, synthetic: bool) -> str:
    """Name the first column of a metric's matrix, which says made-up scores, and an error that goes with a number."""
    words = "ligand (SYNTHETIC)" if synthetic else "ligand"
    if metric in ERRORS:
        words += f" ({METRICS[metric][0]}, error {ERRORS[metric]:g} on solved complexes)"
    return words


def read_scores(results: Path) -> pd.DataFrame:
    """Read scores.csv of a run."""
    text = ("receptor", "ligand", "backend", "metric", "unit")
    return read_table(results / "scores.csv", "crossdock matrix", text=text)


def read_ranks(results: Path) -> pd.DataFrame:
    """Read ranks.csv of a run."""
    text = ("receptor", "ligand", "within_noise_of_first")
    return read_table(results / "ranks.csv", "crossdock matrix", text=text)


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
