"""What a matrix of scores holds beyond its averages: what `crossdock.specificity` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis.specificity import (
    Shares,
    SizeDependence,
    median_polish,
    robust_z,
    size_dependence,
    stability,
    variance_shares,
)
from crossdock.analysis.specificity import specificity as residuals
from crossdock.analysis.table import read_matrix, size_of_pairs, summary, usable


@dataclass(frozen=True)
class Specificity:
    """A matrix of scores with what each protein scores on average taken out.

    Attributes
    ----------
    scores : DataFrame
        Rows ligands, columns receptors, lower is better: signs are turned where higher was. Not a number where a pair
        has none; of a symmetric table each pair is on both sides of the diagonal.
    residual : DataFrame
        Score less its receptor's average, less its ligand's, plus the average of all, in the unit of the scores; with
        holes, or a symmetric table, what the additive model leaves by least squares. Not a number where the other pairs
        do not predict the pair.
    robust_z : DataFrame
        What a median polish (Tukey 1977) leaves, in units of 1.4826 median absolute deviations.
    variance : Shares
        How much of the variance receptors, ligands and the pairs themselves explain.
    best : DataFrame
        A row a receptor: its best ligand by score and by specificity, and how often that stays the best when one other
        protein is left out.
    size : SizeDependence or None
        How far sizes explain the scores, where they were given.
    turned : bool
        Whether signs were turned.
    symmetric : bool
        Whether rows and columns are the same proteins, with one score a pair.
    """

    scores: pd.DataFrame
    residual: pd.DataFrame
    robust_z: pd.DataFrame
    variance: Shares
    best: pd.DataFrame
    size: SizeDependence | None = None
    turned: bool = False
    symmetric: bool = False
    _sizes: pd.Series | None = None

    def __str__(self) -> str:
        return summary(self.scores, where="scores", sizes=self._sizes, turned=self.turned, symmetric=self.symmetric)


def specificity(
    table: pd.DataFrame | str | Path, *, higher: bool = False, sizes: Mapping[str, float] | None = None
) -> Specificity:
    """Tell how much of a matrix of scores is explained by averages of receptors and ligands, and which pairs stand out.

    Parameters
    ----------
    table : DataFrame, str or Path
        Rows ligands, columns receptors; or a CSV with a first column of ligands. Cells may be empty. If rows and
        columns are the same proteins, and no pair has two scores, the table is symmetric.
    higher : bool
        Whether higher scores are better, as affinities or probabilities are.
    sizes : mapping, optional
        Protein -> its size, such as residues.

    Returns
    -------
    Specificity

    Raises
    ------
    InputError
        If a cell is no number, there are fewer than 2 ligands or receptors, no pair has a specificity, or a protein has
        no size.
    """
    where = "the table" if isinstance(table, pd.DataFrame) else str(table)
    scores, symmetric = usable(table if isinstance(table, pd.DataFrame) else read_matrix(table), where)
    scores = -scores if higher else scores
    values = scores.to_numpy(dtype=float)
    given = pd.Series(dict(sizes)) if sizes is not None else None

    def like(cells: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(cells, index=scores.index, columns=scores.columns)

    return Specificity(
        scores,
        like(residuals(values, symmetric=symmetric)),
        like(robust_z(median_polish(values, symmetric=symmetric).residual, symmetric=symmetric)),
        variance_shares(values, symmetric=symmetric),
        stability(scores, symmetric=symmetric),
        size_dependence(values, size_of_pairs(scores, given), symmetric=symmetric) if given is not None else None,
        higher,
        symmetric,
        given,
    )
