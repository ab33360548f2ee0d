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
from crossdock.analysis.table import read_matrix, require_complete, size_of_pairs, summary


@dataclass(frozen=True)
class Specificity:
    """A matrix of scores with what each protein scores on average taken out.

    Attributes
    ----------
    scores : DataFrame
        Rows ligands, columns receptors, lower is better: signs are turned where higher was.
    residual : DataFrame
        Score less its receptor's average, less its ligand's, plus the average of all, in the unit of the scores.
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
    """

    scores: pd.DataFrame
    residual: pd.DataFrame
    robust_z: pd.DataFrame
    variance: Shares
    best: pd.DataFrame
    size: SizeDependence | None = None
    turned: bool = False
    _sizes: pd.Series | None = None

    def __str__(self) -> str:
        return summary(self.scores, where="scores", sizes=self._sizes, turned=self.turned)


def specificity(
    table: pd.DataFrame | str | Path, *, higher: bool = False, sizes: Mapping[str, float] | None = None
) -> Specificity:
    """Tell how much of a matrix of scores is explained by averages of receptors and ligands, and which pairs stand out.

    Parameters
    ----------
    table : DataFrame, str or Path
        Rows ligands, columns receptors, no cell empty; or a CSV with a first column of ligands.
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
        If a cell is empty or no number, there are fewer than 2 ligands or receptors, or a protein has no size.
    """
    where = "the table" if isinstance(table, pd.DataFrame) else str(table)
    scores = require_complete(table if isinstance(table, pd.DataFrame) else read_matrix(table), where)
    scores = -scores if higher else scores
    values = scores.to_numpy(dtype=float)
    given = pd.Series(dict(sizes)) if sizes is not None else None

    def like(cells: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(cells, index=scores.index, columns=scores.columns)

    return Specificity(
        scores,
        like(residuals(values)),
        like(robust_z(median_polish(values).residual)),
        variance_shares(values),
        stability(scores),
        size_dependence(values, size_of_pairs(scores, given)) if given is not None else None,
        higher,
        given,
    )
