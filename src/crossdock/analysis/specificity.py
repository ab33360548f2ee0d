"""What is a pair's own in a matrix of scores, and what its receptor's and its ligand's averages explain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.errors import InputError

#: Multiple of the median absolute deviation that estimates a normal standard deviation: 1 / Phi^-1(3/4).
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Shares:
    """Shares of a matrix's variance; they add up to 1.

    Attributes
    ----------
    receptor, ligand : float
        Of the averages of each.
    left : float
        What no average explains.
    chance_receptor, chance_ligand : float
        What the averages of a matrix of independent numbers explain: their degrees of freedom.
    """

    receptor: float
    ligand: float
    left: float
    chance_receptor: float
    chance_ligand: float


@dataclass(frozen=True)
class Polish:
    """An additive model by medians: score = overall + ligand + receptor + residual.

    Attributes
    ----------
    overall : ndarray, dtype=float64, shape=(...,)
    ligand : ndarray, dtype=float64, shape=(..., ligands)
    receptor : ndarray, dtype=float64, shape=(..., receptors)
    residual : ndarray, dtype=float64, shape=(..., ligands, receptors)
    """

    overall: NDArray[np.float64]
    ligand: NDArray[np.float64]
    receptor: NDArray[np.float64]
    residual: NDArray[np.float64]


def specificity(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take receptor and ligand averages out of a matrix of scores.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        In arbitrary units, lower is better.

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        `r_ij = S_ij - S_i. - S_.j + S_..`, the residual of the two-way additive model. Negative where the pair scores
        better than both partners' averages say.

    Notes
    -----
    A matrix of one row or one column has no residual: it gives zeros.
    """
    left: NDArray[np.float64] = (
        scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True) + scores.mean()
    )
    return left


def variance_shares(scores: NDArray[np.float64]) -> Shares:
    """Split the variance of a matrix among receptors, ligands, and what is left.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)

    Returns
    -------
    Shares

    Raises
    ------
    InputError
        If all scores are equal: there is no variance to split.

    Notes
    -----
    Sums of squares of the two-way layout without replication (Fisher 1925): of the averages' deviations, each times
    the cells behind it, over the total. Of independent cells, R receptors would explain (R - 1) / (R L - 1).
    """
    ligands, receptors = scores.shape
    total = ((scores - scores.mean()) ** 2).sum()
    if not total > 0:
        raise InputError("all scores are equal: there is no variance to explain")
    receptor = ligands * ((scores.mean(axis=0) - scores.mean()) ** 2).sum() / total
    ligand = receptors * ((scores.mean(axis=1) - scores.mean()) ** 2).sum() / total
    freedom = scores.size - 1
    return Shares(
        float(receptor),
        float(ligand),
        float((specificity(scores) ** 2).sum() / total),
        (receptors - 1) / freedom,
        (ligands - 1) / freedom,
    )


def median_polish(scores: NDArray[np.float64], *, rounds: int = 50, settled: float = 1e-6) -> Polish:
    """Fit the additive model by medians, which a few true partners do not pull along.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(..., ligands, receptors)
        One matrix or a stack of them.
    rounds : int
        Most sweeps over rows and columns.
    settled : float
        Stop when the sum of absolute residuals falls by less than this part, in every matrix of the stack.

    Returns
    -------
    Polish

    References
    ----------
    Tukey 1977, Exploratory Data Analysis, chapter 11. The outcome depends a little on what is swept first: here, rows.
    """
    residual = scores.astype(float).copy()
    overall, ligand, receptor = residual[..., 0, 0] * 0.0, residual[..., 0] * 0.0, residual[..., 0, :] * 0.0
    before = np.full(overall.shape, np.inf)
    for _ in range(rounds):
        rows = np.median(residual, axis=-1)
        residual -= rows[..., None]
        ligand += rows
        shift = np.median(receptor, axis=-1)
        receptor, overall = receptor - shift[..., None], overall + shift
        columns = np.median(residual, axis=-2)
        residual -= columns[..., None, :]
        receptor += columns
        shift = np.median(ligand, axis=-1)
        ligand, overall = ligand - shift[..., None], overall + shift
        now = np.abs(residual).sum(axis=(-2, -1))
        if (before - now <= settled * now).all():
            break
        before = now
    return Polish(overall, ligand, receptor, residual)


def robust_z(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Express residuals in robust standard deviations of all of them.

    Parameters
    ----------
    residual : ndarray, dtype=float64, shape=(..., ligands, receptors)
        Of a median polish.

    Returns
    -------
    ndarray, dtype=float64, shape=(..., ligands, receptors)
        Residual / (1.4826 MAD); not a number where more than half of the residuals are zero: there is no unit then.

    Notes
    -----
    Medians take more out of a small matrix than averages do, so these are wider than normal deviates of the same name:
    `lowest_by_chance` says what the lowest of a matrix of noise is.
    """
    cells = (-2, -1)
    median = np.median(residual, axis=cells, keepdims=True)
    spread = MAD_TO_SD * np.median(np.abs(residual - median), axis=cells, keepdims=True)
    varies = spread > 1e-9 * np.abs(residual).max(axis=cells, keepdims=True, initial=0.0)
    return residual / np.where(varies, spread, np.nan)


@cache
def lowest_by_chance(ligands: int, receptors: int, *, rounds: int = 300) -> tuple[float, float]:
    """Simulate what the lowest robust z of a matrix is that holds nothing but averages and normal noise.

    Parameters
    ----------
    ligands, receptors : int
    rounds : int

    Returns
    -------
    median, rare : float
        Of the lowest: its median, and what it falls below one time in twenty; not numbers below 3 x 3, where all cells
        say the same.
    """
    if min(ligands, receptors) < 3:
        return np.nan, np.nan
    rng = np.random.default_rng(0)
    blocks = np.array_split(np.arange(rounds), 1 + rounds * ligands * receptors // 1_000_000)  # of some MB each
    sizes = [(len(block), ligands, receptors) for block in blocks if len(block)]
    found = np.concatenate([robust_z(median_polish(rng.normal(size=size)).residual).min(axis=(1, 2)) for size in sizes])
    median, rare = np.nanpercentile(found, [50, 5]) if np.isfinite(found).any() else (np.nan, np.nan)
    return float(median), float(rare)


def focused_z(scores: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    """Tell how far each cell lies from the others of its receptor, or of its ligand.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        Lower is better.
    axis : int
        0 compares a receptor's ligands (receptor-focused), 1 a ligand's receptors (ligand-focused).

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        (S - mean) / SD over the other cells, the sample's standard deviation; not a number with fewer than two
        others or where these are equal. Negative is better than the others.

    Notes
    -----
    Receptor- and ligand-focused z as Uchikoga, Matsuzaki & Akiyama name them (IPSJ SIG, Information and Media
    Technologies 5:489); leaving the tested cell out of its own mean and deviation is ours.
    """
    n = scores.shape[axis]
    if n < 3:
        return np.full(scores.shape, np.nan)
    others = (scores.sum(axis=axis, keepdims=True) - scores) / (n - 1)
    squares = ((scores**2).sum(axis=axis, keepdims=True) - scores**2) / (n - 1)
    variance = np.maximum(squares - others**2, 0.0) * (n - 1) / (n - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 1e-12 * np.abs(squares), (scores - others) / np.sqrt(variance), np.nan)


def stability(scores: pd.DataFrame) -> pd.DataFrame:
    """Tell which ligand is the best of each receptor, and whether it stays so when another protein is left out.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors; lower is better.

    Returns
    -------
    DataFrame
        A row a receptor: `best_by_score`, `best_by_specificity`, the `specificity` and `robust_z` of the latter, and
        `stays`: in what part of the panels without one other ligand or one other receptor it is still the best by
        specificity.
    """
    values = scores.to_numpy(dtype=float)
    own = specificity(values)
    z = robust_z(median_polish(values).residual)
    best = own.argmin(axis=0)
    held, tried = np.zeros(len(best)), np.zeros(len(best))
    ligands, receptors = np.arange(values.shape[0]), np.arange(values.shape[1])
    for out in ligands if len(ligands) > 2 else ():
        left = np.delete(ligands, out)
        first = left[specificity(values[left]).argmin(axis=0)]
        counts = best != out
        held += counts & (first == best)
        tried += counts
    for out in receptors if len(receptors) > 2 else ():
        left = np.delete(receptors, out)
        held[left] += specificity(values[:, left]).argmin(axis=0) == best[left]
        tried[left] += 1
    with np.errstate(invalid="ignore"):
        stays = held / tried
    names = scores.index.to_numpy()
    return pd.DataFrame(
        {
            "receptor": scores.columns,
            "best_by_score": names[values.argmin(axis=0)],
            "best_by_specificity": names[best],
            "specificity": own[best, receptors],
            "robust_z": z[best, receptors],
            "stays": stays,
        }
    )


@dataclass(frozen=True)
class SizeDependence:
    """A straight line through scores against size.

    Attributes
    ----------
    slope, intercept : float
    share : float
        Of the variance that it explains, r^2; 0 where all scores are equal.
    residual : ndarray, dtype=float64
        What is left, in the unit of the scores.
    """

    slope: float
    intercept: float
    share: float
    residual: NDArray[np.float64]


def size_dependence(scores: NDArray[np.float64], size: NDArray[np.float64]) -> SizeDependence:
    """Fit how scores go with the size of the proteins or of the interface.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
    size : ndarray, dtype=float64, shape=(ligands, receptors)
        Positive: the product of both partners' residues, or the interface's area in square angstrom. The line is
        through its logarithm.

    Returns
    -------
    SizeDependence

    Raises
    ------
    InputError
        If a size is not positive, or all are equal.
    """
    if not (size > 0).all() or np.ptp(size) == 0:
        raise InputError("expected sizes above zero that are not all equal")
    x, y = np.log(size) - np.log(size).mean(), scores - scores.mean()
    slope = float((x * y).sum() / (x**2).sum())
    residual = y - slope * x
    intercept = float(scores.mean()) - slope * float(np.log(size).mean())
    total = float((y**2).sum())
    return SizeDependence(slope, intercept, 1 - float((residual**2).sum()) / total if total > 0 else 0.0, residual)
