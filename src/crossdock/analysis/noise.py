"""How sure a score and a rank are: the spread of replicate dockings, and a bootstrap over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range

from crossdock.analysis.specificity import specificity

#: Degrees of freedom that the pooled variance counts for, beside a pair's own few.
POOLED_WEIGHT = 8.0


@dataclass(frozen=True)
class Noise:
    """The search's own noise, from replicates; in the unit of the scores, arrays of shape (ligands, receptors).

    Attributes
    ----------
    sd : float
        Standard deviation of a single docking's best score, pooled over all pairs.
    freedom : int
        Degrees of freedom behind it: pairs x (replicates - 1).
    score_error : ndarray, dtype=float64
        Standard errors of the mean scores.
    specificity_error : ndarray, dtype=float64
        Standard errors of the specificities.
    from_best : ndarray, dtype=float64
        Least difference, in specificity, by which a ligand must lie behind the best of its receptor to be told from it,
        at 95 % for all ligands of the receptor together.
    """

    sd: float
    freedom: int
    score_error: NDArray[np.float64]
    specificity_error: NDArray[np.float64]
    from_best: NDArray[np.float64]


def noise(replicates: NDArray[np.float64]) -> Noise | None:
    """Estimate the noise of the search.

    Parameters
    ----------
    replicates : ndarray, dtype=float64, shape=(ligands, receptors, n)
        Best score of each docking.

    Returns
    -------
    Noise or None
        None for a single docking.

    Notes
    -----
    Two or three dockings of a pair tell little of its own variance: it is drawn towards the pooled one, which counts
    for `POOLED_WEIGHT` degrees of freedom. Specificity is a weighted sum of all cells, with weights
    (d_ik - 1/I) (d_jl - 1/J); so is the difference of two cells of one column, in which the column's average cancels.
    The best of k is told from the others at the studentised range's 95 % point over root 2 (Hsu 1984, Ann Stat 12:1136,
    is a little less strict).
    """
    ligands, receptors, n = replicates.shape
    if n < 2:
        return None
    own = replicates.var(axis=2, ddof=1)
    pooled, freedom = float(own.mean()), ligands * receptors * (n - 1)
    variance = ((n - 1) * own + POOLED_WEIGHT * pooled) / (n - 1 + POOLED_WEIGHT) / n
    rows, columns = ((np.eye(size) - 1 / size) ** 2 for size in replicates.shape[:2])
    left = variance if min(ligands, receptors) < 2 else rows @ variance @ columns
    # Of a cell without its row's average; of a single receptor nothing is taken out.
    within = variance @ columns if receptors > 1 else variance
    between = within + within[_scores(replicates).argmin(axis=0), np.arange(receptors)]
    limit = _critical(max(2, ligands), freedom)
    return Noise(float(np.sqrt(pooled)), freedom, np.sqrt(variance), np.sqrt(left), limit * np.sqrt(between))


@cache
def _critical(compared: int, freedom: int) -> float:
    """Give the least difference, in standard errors, that tells the best of so many from another."""
    return float(studentized_range.ppf(0.95, compared, freedom)) / math.sqrt(2)


@dataclass(frozen=True)
class Ranks:
    """Ranks of the ligands of each receptor by specificity, 1 the best, each shape=(ligands, receptors).

    Attributes
    ----------
    rank : ndarray, dtype=int64
    low, high : ndarray, dtype=int64
        95 % interval over the bootstrap.
    first : ndarray, dtype=float64
        In what part of it the ligand is the receptor's best.
    """

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    first: NDArray[np.float64]


def ranks(replicates: NDArray[np.float64], *, rounds: int = 1000, seed: int = 0) -> Ranks:
    """Rank ligands by specificity, with intervals; by score where there is one ligand or one receptor.

    Parameters
    ----------
    replicates : ndarray, dtype=float64, shape=(ligands, receptors, n)
        Best score of each docking.
    rounds : int
        Of the bootstrap.
    seed : int

    Returns
    -------
    Ranks
        Of a single docking the intervals are empty: `low` is 1 and `high` the number of ligands.

    Notes
    -----
    Each round adds to every cell the mean of n deviations drawn from those of all replicates of the panel from their
    own pair's mean, times root n / (n - 1), since a mean of few lies nearer to them than the truth does. Drawing a
    pair's own two or three again would be too narrow, and so would be drawing poses: the best of a resampled docking
    can only be worse.
    """
    ligands, receptors, n = replicates.shape
    rank = _rank(_scores(replicates))
    if n < 2:
        return Ranks(rank, np.ones_like(rank), np.full_like(rank, ligands), np.full(rank.shape, np.nan))
    mean = replicates.mean(axis=2)
    deviations = (replicates - mean[:, :, None]).ravel() * np.sqrt(n / (n - 1))
    rng = np.random.default_rng(seed)
    drawn = np.empty((rounds, ligands, receptors), dtype=np.int64)
    for number in range(rounds):
        drawn[number] = _rank(_scores(mean[:, :, None] + rng.choice(deviations, size=replicates.shape)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0, method="nearest").astype(np.int64)
    return Ranks(rank, np.minimum(low, rank), np.maximum(high, rank), (drawn == 1).mean(axis=0))


def _scores(replicates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give what ligands are ranked by."""
    mean = replicates.mean(axis=2)
    return specificity(mean) if min(mean.shape) > 1 else mean


def _rank(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1
