"""What the choice of conformers adds to the error of a score: replicates of one structure do not see it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

#: Degrees of freedom that the variance of all pairs counts for, beside a pair's own few, as for replicates.
POOLED_WEIGHT = 8.0


def best_scores(scores: Sequence[tuple[int, int, Sequence[float]]]) -> NDArray[np.float64]:
    """Put the best scores of every two conformers of a pair into an array.

    Parameters
    ----------
    scores : sequence of (int, int, sequence of float)
        Conformer of the receptor and of the ligand, from 1, and the best score of each docking.

    Returns
    -------
    ndarray, dtype=float64, shape=(i, j, n)
        Not a number where a docking has none; of shape (0, 0, 0) where there are no conformers.
    """
    receptors, ligands = max((one[0] for one in scores), default=0), max((one[1] for one in scores), default=0)
    made = np.full((receptors, ligands, max((len(one[2]) for one in scores), default=0)), np.nan)
    for receptor, ligand, values in scores:
        made[receptor - 1, ligand - 1, : len(values)] = values
    return made


def conformer_variance(
    cells: Sequence[Sequence[NDArray[np.float64]]],
) -> tuple[NDArray[np.float64], float | None]:
    """Estimate the variance that the choice of conformers adds to the score of each pair.

    Parameters
    ----------
    cells : sequence of sequence of ndarray
        By ligand and receptor, what `best_scores` gives.

    Returns
    -------
    variance : ndarray, dtype=float64, shape=(l, r)
        In the square of the score's unit; 0 of a pair with one conformer of each partner, or docked only once, since
        the noise of the search cannot be taken out then.
    sd : float or None
        Standard deviation of the best score over conformers, pooled over all pairs, the noise of the search taken out;
        None where no pair has several conformers and replicates.

    Notes
    -----
    With s_cr the best score of the combination c of conformers in docking r of n, and d_r = s_cr - s_c'r the difference
    of two combinations that share no conformer (where one partner has one conformer, that does not count as shared)::

        between = mean over such c, c' of ((mean_r d_r)^2 - var_r(d_r) / n) / 2
        added   = v_k * between

    The square of a mean difference is too large by its variance, which is taken away. Half of what is left is the
    variance of a combination's score: that over conformers of the receptor, plus that over those of the ligand, plus
    what depends on both (for one partner with several conformers, the one-way analysis of variance; Searle, Casella &
    McCulloch 1992, Variance Components, has both layouts). Combinations that share a conformer differ by less, so the
    variance over all of them would be too small. `between` is drawn towards the mean of all pairs, which counts for
    `POOLED_WEIGHT` degrees of freedom, and not below 0. A pair has a degree of freedom for each conformer of a partner
    after its first.

    The score of a pair is the lowest over its conformers, so the variance of the minimum of k independent
    normal numbers counts, v_k times that of one: 0.68 of two, 0.49 of four. k is the number of conformers, of the
    partner with fewer where both have several, so that the error is rather too large than too small. It is the error of
    the score had other conformers been taken, if they scatter as these do. A bound structure that none of them is like
    is not foreseen.
    """
    shape = (len(cells), len(cells[0]) if cells else 0)
    between, freedom = np.zeros(shape), np.zeros(shape)
    for i, row in enumerate(cells):
        for j, scores in enumerate(row):
            between[i, j], freedom[i, j] = _between(scores)
    if not freedom.any():
        return np.zeros(shape), None
    pooled = float((between * freedom).sum() / freedom.sum())
    drawn = (between * freedom + POOLED_WEIGHT * pooled) / (freedom + POOLED_WEIGHT)
    shares = np.array([[_share(scores) for scores in row] for row in cells])
    variance = np.where(freedom > 0, shares * np.maximum(drawn, 0.0), 0.0)
    return variance, math.sqrt(max(pooled, 0.0))


def _between(scores: NDArray[np.float64]) -> tuple[float, int]:
    """Estimate the variance of a pair's best score over conformers, and its degrees of freedom; 0 and 0 if unknown."""
    at = np.argwhere(np.isfinite(scores).all(axis=2)) if scores.size else np.zeros((0, 2), dtype=int)
    n = scores.shape[2]
    if len(at) < 2 or n < 2:
        return 0.0, 0
    several = np.array(scores.shape[:2]) > 1
    apart = ((at[:, None] != at[None]) | ~several).all(axis=2)
    np.fill_diagonal(apart, False)
    if not apart.any():
        return 0.0, 0
    whole = scores[at[:, 0], at[:, 1]]
    difference = (whole[:, None] - whole[None])[apart]
    squares = difference.mean(axis=1) ** 2 - difference.var(axis=1, ddof=1) / n
    return float(squares.mean()) / 2, sum(len(np.unique(side)) - 1 for side in at.T)


def _share(scores: NDArray[np.float64]) -> float:
    several = [size for size in scores.shape[:2] if size > 1]
    return variance_of_lowest(min(several)) if several else 0.0


@cache
def variance_of_lowest(n: int) -> float:
    """Give the variance of the lowest of n independent standard normal numbers, by integration of its density."""

    def moment(power: int) -> float:
        return float(quad(lambda x: x**power * n * norm.pdf(x) * norm.sf(x) ** (n - 1), -12, 12, limit=200)[0])

    return moment(2) - moment(1) ** 2
