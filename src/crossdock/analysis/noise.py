"""How sure a rank is: the spread of replicate dockings, and a bootstrap over replicates and poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.specificity import specificity


@dataclass(frozen=True)
class Noise:
    """The search's own noise, from replicates.

    Attributes
    ----------
    sd : float
        Standard deviation of a single docking's best score, pooled over all pairs, in the unit of the scores.
    freedom : int
        Degrees of freedom behind it: pairs x (replicates - 1).
    score_error, specificity_error, difference_error : float
        Standard errors of a pair's mean score, of its specificity, and of the difference of two ligands' specificities
        for one receptor.
    """

    sd: float
    freedom: int
    score_error: float
    specificity_error: float
    difference_error: float


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
    The variance within pairs is pooled: two or three dockings of one pair tell little of its own. The mean of n has
    the error sd / sqrt(n); taking averages out of I ligands x J receptors leaves (1 - 1/I) (1 - 1/J) of its variance.
    In the difference of two cells of one column the column's average cancels: 2 (1 - 1/J).
    """
    ligands, receptors, n = replicates.shape
    if n < 2:
        return None
    sd = float(np.sqrt(replicates.var(axis=2, ddof=1).mean()))
    error = sd / np.sqrt(n)
    left = (1 - 1 / ligands) * (1 - 1 / receptors)
    errors = error, error * np.sqrt(left), error * np.sqrt(2 * (1 - 1 / receptors))
    return Noise(sd, ligands * receptors * (n - 1), *map(float, errors))


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


def ranks(
    best: Sequence[Sequence[Sequence[Sequence[float]]]], poses: int, *, rounds: int = 1000, seed: int = 0
) -> Ranks:
    """Rank ligands by specificity, with intervals.

    Parameters
    ----------
    best : nested sequence of float, [ligand][receptor][replicate][place]
        The best scores of each docking, lowest first; of twenty, one further down would be drawn once in 5e8 times.
    poses : int
        Poses of a docking.
    rounds : int
        Of the bootstrap.
    seed : int

    Returns
    -------
    Ranks

    Notes
    -----
    Each round draws as many replicates of every pair as there are, with replacement, and of each as many poses as it
    has, with replacement, whose best has place k of the sorted scores with the chance (1 - k/n)^n - (1 - (k+1)/n)^n. Of
    a single docking it tells only how much hangs on its one best pose: too little.
    """
    rng = np.random.default_rng(seed)
    most = max(len(scores) for row in best for pair in row for scores in pair)
    table = np.array([[[_padded(scores, most) for scores in pair] for pair in row] for row in best])
    ligands, receptors, n, kept = table.shape
    own = specificity(table[..., 0].mean(axis=2))
    rank = _rank(own)
    drawn = np.empty((rounds, ligands, receptors), dtype=np.int64)
    lines, columns = np.arange(ligands)[:, None, None], np.arange(receptors)[None, :, None]
    for number in range(rounds):
        which = rng.integers(n, size=(ligands, receptors, n))
        place = np.floor(poses * (1 - rng.random(which.shape) ** (1 / poses))).astype(np.int64)
        scores = table[lines, columns, which, np.minimum(place, kept - 1)]
        drawn[number] = _rank(specificity(scores.mean(axis=2)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0, method="nearest").astype(np.int64)
    return Ranks(rank, np.minimum(low, rank), np.maximum(high, rank), (drawn == 1).mean(axis=0))


def _padded(scores: Sequence[float], most: int) -> list[float]:
    """Give so many scores; where a docking has fewer poses, the last stands for those that are missing."""
    return [*scores, *[scores[-1]] * (most - len(scores))]


def _rank(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1
