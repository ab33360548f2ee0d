"""The order in which the rows of a matrix lie beside those that they are like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform


def clustered(values: NDArray[np.float64]) -> list[int]:
    """Order the rows of a matrix by hierarchical clustering with average linkage.

    Parameters
    ----------
    values : ndarray, dtype=float64, shape=(n, m)
        NaN where there is none.

    Returns
    -------
    list of int
        Row numbers, each once; rows without any value come last.

    Notes
    -----
    Rows differ by the root mean square of their differences in the columns that both fill; two that share none, by the
    largest difference found. Of the orders that a tree allows, the one whose neighbours differ least is given
    (Bar-Joseph et al. 2001, Bioinformatics 17:S22).
    """
    there = np.isfinite(values)
    rows = np.flatnonzero(there.any(axis=1))
    empty = np.flatnonzero(~there.any(axis=1)).tolist()
    if len(rows) < 3:
        return [*rows.tolist(), *empty]
    filled = there[rows].astype(float)
    centred = np.where(there[rows], values[rows] - values[there].mean(), 0.0)
    squares = centred**2 @ filled.T
    shared = filled @ filled.T
    with np.errstate(invalid="ignore"):
        apart = np.sqrt(np.maximum(squares + squares.T - 2 * centred @ centred.T, 0) / shared)
    apart = np.where(shared > 0, apart, np.nanmax(apart))
    np.fill_diagonal(apart, 0.0)
    apart = squareform(apart, checks=False)
    tree = linkage(apart, method="average", optimal_ordering=True)
    return [*rows[leaves_list(tree)].tolist(), *empty]
