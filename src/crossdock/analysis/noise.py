"""How sure a score and a rank are: the spread of replicate dockings, and a bootstrap over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range

from crossdock.analysis.additive import Additive, Pattern, additive
from crossdock.analysis.specificity import specificity

#: Degrees of freedom that the pooled variance counts for, beside a pair's own few.
POOLED_WEIGHT = 8.0


@dataclass(frozen=True)
class Noise:
    """The search's own noise, from replicates; in the unit of the scores, arrays of shape (ligands, receptors).

    Attributes
    ----------
    sd : float
        Standard deviation of a single docking's best score, or a single model's number, pooled over all pairs.
    freedom : int
        Degrees of freedom behind it: the sum of (replicates - 1) over all pairs.
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


def noise(
    replicates: NDArray[np.float64], *, symmetric: bool = False, conformers: NDArray[np.float64] | None = None
) -> Noise | None:
    """Estimate the noise of the search.

    Parameters
    ----------
    replicates : ndarray, dtype=float64, shape=(ligands, receptors, n)
        Best score of each docking, or another number of each model; lower is better. Not numbers where a pair has none,
        or fewer than n.
    symmetric : bool
        Whether both sides are the same proteins, each pair on both sides of the diagonal.
    conformers : ndarray, dtype=float64, shape=(ligands, receptors), optional
        The variance that the choice of conformers adds to each pair (`crossdock.analysis.conformers`).

    Returns
    -------
    Noise or None
        None where no pair was docked more than once, or all values of every pair are equal: three models with the same
        number show that they are alike, not that the number has no error.

    Notes
    -----
    Two or three dockings of a pair tell little of its own variance: it is drawn towards the pooled one, which counts
    for `POOLED_WEIGHT` degrees of freedom. The variance of conformers is added to that of the mean over replicates.
    What a conformer does to all partners of its protein alike is taken out with the averages, so the error of the
    specificity is rather too large. Specificity is a weighted sum of all cells, with weights
    (d_ik - 1/I) (d_jl - 1/J) of a complete matrix and those of the least-squares fit otherwise
    (`crossdock.analysis.additive.Additive.variance`); so is the difference of two cells of one column, in which the
    column's average cancels. The best of k is told from the others at the studentised range's 95 % point over root 2
    (Hsu 1984, Ann Stat 12:1136, is a little less strict).
    """
    mean, n = _means(replicates)
    pattern = Pattern.of(mean, symmetric=symmetric)
    free = np.where(pattern.once, n - 1, 0)
    freedom = int(free.sum())
    if not freedom:
        return None
    squares = np.nansum((replicates - mean[:, :, None]) ** 2, axis=2)
    pooled = float(squares[pattern.once].sum() / freedom)
    if pooled <= _rounding(mean):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(pattern.there, (squares + POOLED_WEIGHT * pooled) / (n - 1 + POOLED_WEIGHT) / n, np.nan)
    if conformers is not None:
        variance = variance + conformers
    best = _best(_scores(replicates, symmetric))
    if pattern.plain:
        left, between = _complete(variance, best)
    else:
        left, between = _fitted(additive(pattern), variance, best)
    compared = np.maximum(2, pattern.there.sum(axis=0))
    limit = np.array([_critical(int(k), freedom) for k in compared])
    return Noise(float(np.sqrt(pooled)), freedom, np.sqrt(variance), np.sqrt(left), limit * np.sqrt(between))


def _complete(
    variance: NDArray[np.float64], best: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the variances of the residuals of a complete matrix, and of their differences from the column's best."""
    ligands, receptors = variance.shape
    rows, columns = ((np.eye(size) - 1 / size) ** 2 for size in variance.shape)
    left = variance if min(ligands, receptors) < 2 else rows @ variance @ columns
    # Of a cell without its row's average; of a single receptor nothing is taken out.
    within = variance @ columns if receptors > 1 else variance
    return left, within + within[best, np.arange(receptors)]


def _fitted(
    model: Additive, variance: NDArray[np.float64], best: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the same of a matrix with holes, or a symmetric one; not a number where a pair has no residual."""
    values = model.values(variance)
    if not model.free.any():  # ligands are ranked by their scores
        return np.full(variance.shape, np.nan), variance + variance[best, np.arange(len(best))]
    place = model.matrix(np.arange(len(values), dtype=float))
    between = np.full(variance.shape, np.nan)
    for side in (0, 1) if model.pattern.symmetric else (0,):
        column = model.cells[1 - side]
        first = np.nan_to_num(place[best[column], column]).astype(np.int64)
        cells = model.cells if side == 0 else model.cells[::-1]
        between[cells] = np.maximum(model.variance(values, first), 0.0)
    defined = np.where(model.defined, 0.0, np.nan)
    return model.matrix(np.maximum(model.variance(values), 0.0)) + defined, between + defined


def _best(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the row of the lowest number of each column, the first where there is none."""
    best: NDArray[np.int64] = np.where(np.isfinite(values), values, np.inf).argmin(axis=0)
    return best


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
        0, as are the next two, where a pair has none.
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
    replicates: NDArray[np.float64],
    *,
    rounds: int = 1000,
    seed: int = 0,
    symmetric: bool = False,
    conformers: NDArray[np.float64] | None = None,
) -> Ranks:
    """Rank ligands by specificity, with intervals; by score where no pair has a specificity.

    Parameters
    ----------
    replicates : ndarray, dtype=float64, shape=(ligands, receptors, n)
        As for `noise`.
    rounds : int
        Of the bootstrap.
    seed : int
    symmetric : bool
        As for `noise`; the ligands of a receptor are then the partners of a protein.
    conformers : ndarray, optional
        As for `noise`.

    Returns
    -------
    Ranks
        Of a single docking, and where the values of every pair are equal, nothing is known: `low` is 1 and `high` the
        number of ligands that are ranked.

    Notes
    -----
    Each round adds to every cell the mean of n deviations drawn from those of all replicates of the panel from their
    own pair's mean, times root n / (n - 1), since a mean of few lies nearer to them than the truth does. Drawing a
    pair's own two or three again would be too narrow, and so would be drawing poses: the best of a resampled docking
    can only be worse. The variance of conformers is drawn from a normal distribution.
    """
    ligands, receptors, _ = replicates.shape
    rank = _rank(_scores(replicates, symmetric))
    mean, n = _means(replicates)
    pattern = Pattern.of(mean, symmetric=symmetric)
    several = pattern.once & (n > 1)
    spread = np.nan_to_num(np.nansum((replicates - mean[:, :, None]) ** 2, axis=2))[several]
    if not (spread > _rounding(mean)).any():
        last = np.where(rank > 0, (rank > 0).sum(axis=0), 0)
        return Ranks(rank, np.minimum(rank, 1), last, np.full(rank.shape, np.nan))
    widened = np.sqrt(n / np.maximum(n - 1, 1))
    deviations = ((replicates - mean[:, :, None]) * widened[:, :, None])[several].ravel()
    deviations, there = deviations[np.isfinite(deviations)], np.isfinite(replicates)
    rng = np.random.default_rng(seed)
    drawn = np.empty((rounds, ligands, receptors), dtype=np.int64)
    for number in range(rounds):
        shift = np.where(there, rng.choice(deviations, size=replicates.shape), 0.0).sum(axis=2) / np.maximum(n, 1)
        if conformers is not None and conformers.any():
            shift = shift + rng.normal(0.0, np.sqrt(conformers))
        drawn[number] = _rank(_scores((mean + pattern.drawn(shift))[:, :, None], symmetric))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0, method="nearest").astype(np.int64)
    return Ranks(rank, np.minimum(low, rank), np.maximum(high, rank), (drawn == 1).mean(axis=0))


def _scores(replicates: NDArray[np.float64], symmetric: bool = False) -> NDArray[np.float64]:
    """Give what ligands are ranked by."""
    mean, _ = _means(replicates)
    if min(mean.shape) < 2:
        return mean
    own = specificity(mean, symmetric=symmetric)
    return own if np.isfinite(own).any() else mean


def _rounding(mean: NDArray[np.float64]) -> float:
    """Give the variance below which values differ by the rounding of their sums alone."""
    return float((1e-9 * np.nanmax(np.abs(mean), initial=0.0)) ** 2)


def _means(replicates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the mean of each pair over the replicates that it has, and their number."""
    n = np.isfinite(replicates).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.nansum(replicates, axis=2) / n, n


def _rank(values: NDArray[np.float64]) -> NDArray[np.int64]:
    places: NDArray[np.int64] = values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1
    return np.where(np.isfinite(values), places, 0)
