"""Pairs lined up as matrices, with what each protein scores on average taken out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.additive import Pattern
from crossdock.analysis.background import Against
from crossdock.analysis.conformers import best_scores, conformer_variance
from crossdock.analysis.leading import choose, filled_up, sign
from crossdock.analysis.metrics import Lined, Metric, metrics_of
from crossdock.analysis.noise import Noise, Ranks, noise, ranks
from crossdock.analysis.records import (
    BackgroundRecord,
    ChanceRecord,
    NoiseRecord,
    PairRecord,
    SizeRecord,
    StatisticsRecord,
)
from crossdock.analysis.scatter import beyond_noise
from crossdock.analysis.specificity import (
    lowest_by_chance,
    variance_shares,
)
from crossdock.analysis.table import read_matrix
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_table
from crossdock.quantity import SCORE, Quantity
from crossdock.rounding import rounded

#: Columns of scores.csv, in order.
COLUMNS = ("receptor", "ligand", "backend", "metric", "value", "unit", "uncertainty")


@dataclass(frozen=True)
class Panelwide:
    """What the pairs of a panel say together.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Metric -> rows ligands, columns receptors; not a number where a pair has no such value, or is none of the panel.
        Of a symmetric panel each pair stands on both sides of the diagonal.
    errors : dict of str to DataFrame
        Metric -> standard error of its values, where one is known.
    metrics : dict of str to Metric
        By name, in the order of scores.csv.
    ranks : DataFrame
        A row a pair, of a symmetric panel one for each of its two proteins, as `results/ranks.csv` holds it.
    record : StatisticsRecord
        As statistics.json holds it.
    backends : dict of (str, str) to str
        (receptor, ligand) -> the backend that docked the pair.
    synthetic : bool
        Whether any score was made up, for a test.
    """

    tables: dict[str, pd.DataFrame]
    errors: dict[str, pd.DataFrame]
    metrics: dict[str, Metric]
    ranks: pd.DataFrame
    record: StatisticsRecord
    backends: dict[tuple[str, str], str]
    synthetic: bool = False


def panelwide(
    pairs: Iterable[PairRecord],
    receptors: list[str],
    ligands: list[str],
    *,
    controls: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    numbers: Sequence[Quantity] = (),
    score_unit: str = SCORE.unit,
    symmetric: bool = False,
    statistics: str | None = None,
    leading: Sequence[str] = (SCORE.name,),
    absent: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    background: tuple[Against, BackgroundRecord] | None = None,
) -> Panelwide:
    """Line pairs up and take from the whole what no pair has by itself.

    Parameters
    ----------
    pairs : iterable of PairRecord
        Every pair of the panel once, those with controls too; of each only its numbers are kept. A pair of names that
        none of them is of is a hole.
    receptors, ligands, controls : sequence of str
        Names in config order.
    sizes : mapping, optional
        Protein -> residues, for how far size explains the scores.
    numbers : sequence of Quantity
        What the backend says of each model beside its score.
    score_unit : str
        Of the backend's scores.
    symmetric : bool
        Whether proteins have no roles: `receptors` and `ligands` are then the same names.
    statistics : str, optional
        The number that statistics are of, as the config says.
    leading : sequence of str
        Without it, the first of these that every pair has.
    absent : mapping
        Number -> why no pair may have it, and what to do (`Backend.absent`).
    background : tuple of (Against, BackgroundRecord), optional
        The pairs against a background set, and what stands behind that.

    Returns
    -------
    Panelwide

    Raises
    ------
    InputError
        If a metric fails, or the statistics cannot be of what was asked for.
    """
    metrics = metrics_of(numbers, score_unit=score_unit)
    # Thousands of pairs are lined up at once, and their records are not held.
    by_name = {(pair.ligand, pair.receptor): _numbers(pair, metrics) for pair in pairs}

    def pair_of(name: str, receptor: str) -> Mapping[str, Any]:
        return by_name.get((name, receptor)) or (by_name.get((receptor, name)) if symmetric else None) or {}

    def fill(value: str, names: Sequence[str] = ligands) -> NDArray[np.float64]:
        rows = [[pair_of(name, receptor).get(value, np.nan) for receptor in receptors] for name in names]
        return np.array(rows, dtype=float).reshape(len(names), len(receptors))

    def like(values: NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(values, index=ligands, columns=receptors)

    own = {name: fill(name) for name, metric in metrics.items() if metric.of_pair}
    partners = fill("is_known") == 1
    # Pairs with controls are compared with the others, so they need the number too.
    there = {one: np.concatenate([own[one], fill(one, controls)]) for one in own}
    of = choose(statistics, leading, metrics, there, absent)
    metrics = metrics_of(numbers, score_unit=score_unit, leading=of)
    scores = sign(of) * own[of.name], sign(of) * fill(of.name, controls)
    lined = Lined(receptors, ligands, *scores, own, sizes, symmetric, partners, background[0] if background else None)
    values, empty = lined.score, np.full(lined.score.shape, np.nan)
    made = {}
    for name, metric in metrics.items():
        found = own[name] if name in own else _computed(name, metric.of_panel, lined)
        made[name] = like(empty if found is None else _of_shape(found, values.shape, name))
    single = [
        [pair_of(ligand, receptor).get("replicates", {}).get(of.name, ()) for receptor in receptors]
        for ligand in ligands
    ]
    repeated = sign(of) * filled_up(single, own[of.name])
    shapes = [
        [pair_of(ligand, receptor).get("conformers", _ONE_CONFORMER) for receptor in receptors] for ligand in ligands
    ]
    spread, spread_sd = conformer_variance(shapes) if of.name == SCORE.name else (None, None)
    noisy = noise(repeated, symmetric=symmetric, conformers=spread)
    errors = {of.name: like(noisy.score_error), "specificity": like(noisy.specificity_error)} if noisy else {}
    errors |= {name: like(np.full(values.shape, one.error)) for name, one in metrics.items() if one.error is not None}
    varies = lined.averaged and np.ptp(values[lined.once]) > 0
    backends = {(receptor, ligand): by_name[ligand, receptor]["backend"] for ligand, receptor in by_name}
    return Panelwide(
        made,
        errors,
        metrics,
        _ranked(
            made["specificity"] if lined.averaged else like(values),
            ranks(repeated, symmetric=symmetric, conformers=spread),
            noisy,
            own[SCORE.name],
        ),
        StatisticsRecord(
            variance=variance_shares(values, symmetric=symmetric) if varies else None,
            size={name: SizeRecord(fit.share, fit.slope) for name, fit in lined.by_size.items()},
            chance=_by_chance(like(values), backends, symmetric) if varies else None,
            noise=NoiseRecord(noisy.sd, noisy.freedom, spread_sd) if noisy else None,
            controls=lined.tested[1],
            of=Quantity(of.name, of.unit, of.better, of.label, of.help, of.mean_of),
            background=background[1] if background else None,
        ),
        backends,
        any(numbers["synthetic"] for numbers in by_name.values()),
    )


#: What a pair has whose partners have one conformer each.
_ONE_CONFORMER = best_scores([])


def _numbers(pair: PairRecord, metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Give what the panel's tables need of a pair."""
    own = {name: _computed(name, metric.of_pair, pair) for name, metric in metrics.items() if metric.of_pair}
    return own | {
        "backend": pair.backend,
        "replicates": pair.replicates | {SCORE.name: pair.replicate_scores},
        "conformers": best_scores([(one.receptor, one.ligand, one.scores) for one in pair.conformers]),
        "synthetic": pair.synthetic,
        "is_known": pair.known is not None,
    }


def _computed(name: str, function: Callable[[Any], Any] | None, given: Any) -> Any:
    """Compute a metric; one that fails is named, since it may be of another package."""
    try:
        return function(given) if function else None
    except CrossdockError:
        raise
    except Exception as error:
        about = f"{given.ligand} on {given.receptor}" if isinstance(given, PairRecord) else None
        what = f"the metric {name!r} failed: {type(error).__name__}: {error}"
        raise InputError(what, where=about, hint="report this to its author, or uninstall its package") from error


def _of_shape(values: NDArray[np.float64], shape: tuple[int, ...], name: str) -> NDArray[np.float64]:
    """Stop at a metric of another package that gives something else than a number a pair."""
    if np.shape(values) != shape:
        raise InputError(
            f"the metric {name!r} gave an array of shape {np.shape(values)}, not {shape} (ligands x receptors)"
        )
    return np.asarray(values, dtype=float)


def _by_chance(scores: pd.DataFrame, docked: Collection[tuple[str, str]] = (), symmetric: bool = False) -> ChanceRecord:
    """Give what the lowest of a matrix of noise alone is, and which pairs of this one lie beyond noise."""
    pattern = Pattern.of(scores.to_numpy(), symmetric=symmetric)
    by_chance = lowest_by_chance(*scores.shape, pattern=None if pattern.plain else pattern)
    lowest, rare = (value if np.isfinite(value) else None for value in by_chance)
    limit, beyond = beyond_noise(scores, symmetric=symmetric)
    # A pair without roles is named as it was docked.
    named = tuple(
        (other, one, z) if symmetric and (other, one) in docked else (one, other, z) for one, other, z in beyond
    )
    return ChanceRecord(lowest, rare, None if limit is None else round(limit, 2), named)


def _ranked(own: pd.DataFrame, found: Ranks, noise: Noise | None, scores: NDArray[np.float64]) -> pd.DataFrame:
    """Make ranks.csv: the rank of each pair among its receptor's ligands, and whether the first differs from it.

    A pair that has a score, but not what ranks go by, has a row without a rank.
    """
    rows: list[tuple[Any, ...]] = []
    for j, receptor in enumerate(own.columns):
        first = own[receptor].min()
        for i, ligand in enumerate(own.index):
            if not np.isfinite(scores[i, j]):
                continue
            if not found.rank[i, j]:
                rows.append((receptor, ligand, "", "", "", "", ""))
                continue
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
        known = metric in found.errors
        errors = rounded(found.errors[metric], like=values) if known else np.full(values.shape, np.nan)
        for j, receptor in enumerate(table.columns):
            for i, ligand in enumerate(table.index):
                if (receptor, ligand) not in found.backends:
                    continue
                error = errors[i, j] if np.isfinite(errors[i, j]) and np.isfinite(values[i, j]) else ""
                unit = found.metrics[metric].unit
                rows.append((receptor, ligand, found.backends[receptor, ligand], metric, values[i, j], unit, error))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def header(metric: Metric, *, synthetic: bool) -> str:
    """Name the first column of a metric's matrix, which says made-up scores, and an error that goes with a number."""
    text = "ligand (SYNTHETIC)" if synthetic else "ligand"
    if metric.error is not None:
        text += f" ({metric.unit}, error {metric.error:g} on solved complexes)"
    return text


def read_scores(results: Path) -> pd.DataFrame:
    """Read scores.csv of a run."""
    text = ("receptor", "ligand", "backend", "metric", "unit")
    return read_table(results / "scores.csv", "crossdock matrix", text=text)


def read_ranks(results: Path) -> pd.DataFrame:
    """Read ranks.csv of a run."""
    text = ("receptor", "ligand", "within_noise_of_first")
    return read_table(results / "ranks.csv", "crossdock matrix", text=text)


def published(path: str | Path, pairs: Iterable[tuple[str, str]], *, symmetric: bool = False) -> pd.DataFrame:
    """Give a published table in the form of scores.csv, as far as it names pairs of the panel.

    Parameters
    ----------
    path : str or Path
        CSV with a first column `ligand` and a column a receptor.
    pairs : iterable of (str, str)
        Receptor and ligand of each pair.
    symmetric : bool
        Whether proteins have no roles: a pair may then stand on either side of the table's diagonal.

    Returns
    -------
    DataFrame
        Metric and backend are both ``published``; the numbers are whatever the publication says they are.
    """
    cells = read_matrix(path).stack().to_dict()
    rows = []
    for receptor, ligand in pairs:
        for row, column in ((ligand, receptor), (receptor, ligand)) if symmetric else ((ligand, receptor),):
            value = float(cells.get((row, column), np.nan))
            if np.isfinite(value):
                rows.append((receptor, ligand, "published", "published", value, "as published", ""))
                break
    return pd.DataFrame(rows, columns=list(COLUMNS))
