"""Which pairs lie beyond noise without any control: each protein has a scatter of its own, and noise a long tail."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.additive import Pattern, median
from crossdock.analysis.specificity import MAD_TO_SD, median_polish

#: Partners of a protein below which there is no saying how much its scores scatter.
LEAST = 4
#: Cells that the scatter of all counts for, beside a protein's own few.
POOLED_WEIGHT = 8.0
#: Standard deviation of the logarithm of a protein's scatter, in the noise that pairs must lie beyond.
UNEQUAL = 0.5
#: How often noise alone has any pair beyond the limit.
RATE = 0.05


def scaled_z(scores: NDArray[np.float64], *, rounds: int = 5, symmetric: bool = False) -> NDArray[np.float64]:
    """Express residuals in units of what their receptor's and their ligand's scores scatter.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(..., ligands, receptors)
        One matrix or a stack of them, with the same holes; lower is better.
    rounds : int
        Of fitting the receptors' scatter and the ligands' in turn; of a symmetric matrix twice as many, all at once.
    symmetric : bool
        Whether both sides are the same proteins (`crossdock.analysis.specificity.specificity`).

    Returns
    -------
    ndarray, dtype=float64, shape=(..., ligands, receptors)
        Residual of the median polish over 1.4826 (median absolute residual of its ligand x that of its receptor), each
        drawn towards that of all, since few cells say little of a scatter. Not a number where most residuals are zero,
        and of an incomplete or a symmetric matrix outside of the part in which each protein has `LEAST` partners.
    """
    pattern = Pattern.of(scores, symmetric=symmetric)
    if not pattern.plain:
        scores = np.where(pattern.core(LEAST).there, scores, np.nan)
    residual = median_polish(scores, symmetric=symmetric).residual
    away = np.abs(residual)
    largest = np.nan_to_num(np.abs(scores)).max(axis=(-1, -2), keepdims=True, initial=0.0)
    flat = median(away, (-1, -2)) <= 1e-9 * largest  # nothing but rounding
    fit = _scatter_symmetric if symmetric else _scatter
    with np.errstate(invalid="ignore", divide="ignore"):
        return residual / (MAD_TO_SD * np.where(flat, np.nan, fit(away, rounds)))


def _scatter(away: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Give the product of the scatter of both proteins of each pair."""
    own = {-1: np.ones_like(away[..., :1]), -2: np.ones_like(away[..., :1, :])}
    for _ in range(rounds):
        for axis, other in ((-1, -2), (-2, -1)):
            own[axis] = _drawn_together(away / own[other], axis)
    return own[-1] * own[-2]


def _scatter_symmetric(away: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Give the same where a protein has one scatter; the geometric mean with the last keeps it from swinging."""
    own = np.sqrt(median(away, (-1, -2))) * np.ones_like(away[..., :1, :])
    for _ in range(2 * rounds):
        own = np.sqrt(own * _drawn_together(away / np.swapaxes(own, -1, -2), -2))
    return own * np.swapaxes(own, -1, -2)


def _drawn_together(left: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Give the median of each line, drawn towards that of all."""
    n, pooled = np.isfinite(left).sum(axis=axis, keepdims=True), median(left, (-1, -2))
    mine = median(left, axis)
    drawn: NDArray[np.float64] = np.sqrt((n * mine**2 + POOLED_WEIGHT * pooled**2) / (n + POOLED_WEIGHT))
    return drawn


@cache
def noise_limit(ligands: int, receptors: int, *, pattern: Pattern | None = None) -> float | None:
    """Simulate what the lowest `scaled_z` of a panel without partners goes below at the rate `RATE`.

    Parameters
    ----------
    ligands, receptors : int
    pattern : Pattern, optional
        Which of its pairs have a score; all of them without it.

    Returns
    -------
    float or None
        None where a side has fewer than `LEAST` proteins; with a pattern, where it has no part in which each protein
        has `LEAST` partners.

    Notes
    -----
    A docking score is the lowest of many, so its noise is drawn from Gumbel's distribution of minima, whose lower tail
    is longer than the normal one's (Gumbel 1958, Statistics of Extremes). Each protein's noise is multiplied by a
    number of its own, log-normal with the standard deviation `UNEQUAL`.
    """
    pattern = pattern or Pattern((ligands, receptors), bytes([1]) * (ligands * receptors))
    if not any(pattern.core(LEAST).cells):
        return None
    rng, cells, symmetric = np.random.default_rng(0), ligands * receptors, pattern.symmetric
    rounds = int(np.clip(5_000_000 // cells, 100, 2000))
    found = []
    for part in np.array_split(np.arange(rounds), 1 + rounds * cells // 1_000_000):
        if len(part):
            drawn = pattern.drawn(simulated(rng, (len(part), ligands, receptors), symmetric=symmetric))
            found.append(np.fmin.reduce(scaled_z(drawn, symmetric=symmetric), axis=(1, 2)))
    return float(np.quantile(np.concatenate(found), RATE))


def simulated(rng: np.random.Generator, shape: tuple[int, int, int], *, symmetric: bool = False) -> NDArray[np.float64]:
    """Draw panels without partners, as `noise_limit` says; shape=(panels, ligands, receptors)."""
    panels, ligands, receptors = shape
    of_ligands = rng.normal(0, UNEQUAL, (panels, ligands, 1))
    of_receptors = np.swapaxes(of_ligands, 1, 2) if symmetric else rng.normal(0, UNEQUAL, (panels, 1, receptors))
    scatter = np.exp(of_ligands + of_receptors)
    drawn: NDArray[np.float64] = -rng.gumbel(size=shape) * scatter
    return drawn


def beyond_noise(
    scores: pd.DataFrame, *, symmetric: bool = False
) -> tuple[float | None, tuple[tuple[str, str, float], ...]]:
    """Find the pairs that lie beyond noise.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors; lower is better; not a number where a pair has none.
    symmetric : bool
        Whether both sides are the same proteins; a pair is then found once, its column first.

    Returns
    -------
    limit : float or None
        What `noise_limit` gives.
    pairs : tuple of (str, str, float)
        Receptor, ligand and scaled z, the lowest first.
    """
    values = scores.to_numpy(dtype=float)
    pattern = Pattern.of(values, symmetric=symmetric)
    limit = noise_limit(*scores.shape, pattern=None if pattern.plain else pattern)
    if limit is None:
        return None, ()
    z = np.where(pattern.once, scaled_z(values, symmetric=symmetric), np.nan)
    pairs = sorted((round(float(z[i, j]), 2), i, j) for i, j in np.argwhere(z < limit).tolist())
    return limit, tuple((str(scores.columns[j]), str(scores.index[i]), value) for value, i, j in pairs)
