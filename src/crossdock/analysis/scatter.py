"""Which pairs lie beyond noise without any control: each protein has a scatter of its own, and noise a long tail."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.specificity import MAD_TO_SD, median_polish

#: Proteins on each side below which there is no saying how much a protein's scores scatter.
LEAST = 4
#: Cells that the scatter of all counts for, beside a protein's own few.
POOLED_WEIGHT = 8.0
#: Standard deviation of the logarithm of a protein's scatter, in the noise that pairs must lie beyond.
UNEQUAL = 0.5
#: How often noise alone has any pair beyond the limit.
RATE = 0.05


def scaled_z(scores: NDArray[np.float64], *, rounds: int = 5) -> NDArray[np.float64]:
    """Express residuals in units of what their receptor's and their ligand's scores scatter.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(..., ligands, receptors)
        One matrix or a stack of them; lower is better.
    rounds : int
        Of fitting the receptors' scatter and the ligands' in turn.

    Returns
    -------
    ndarray, dtype=float64, shape=(..., ligands, receptors)
        Residual of the median polish over 1.4826 (median absolute residual of its ligand x that of its receptor), each
        drawn towards that of all, since few cells say little of a scatter. Not a number where most residuals are zero.
    """
    residual = median_polish(scores).residual
    away = np.abs(residual)
    largest = np.abs(scores).max(axis=(-1, -2), keepdims=True, initial=0.0)
    flat = np.median(away, axis=(-1, -2), keepdims=True) <= 1e-9 * largest  # nothing but rounding
    own = {-1: np.ones_like(away[..., :1]), -2: np.ones_like(away[..., :1, :])}
    for _ in range(rounds):
        for axis, other in ((-1, -2), (-2, -1)):
            left = away / own[other]
            n, pooled = left.shape[axis], np.median(left, axis=(-1, -2), keepdims=True)
            mine = np.median(left, axis=axis, keepdims=True)
            own[axis] = np.sqrt((n * mine**2 + POOLED_WEIGHT * pooled**2) / (n + POOLED_WEIGHT))
            own[axis] = np.where(flat, np.nan, own[axis])
    return residual / (MAD_TO_SD * own[-1] * own[-2])


@cache
def noise_limit(ligands: int, receptors: int) -> float | None:
    """Simulate what the lowest `scaled_z` of a panel without partners goes below at the rate `RATE`.

    Parameters
    ----------
    ligands, receptors : int

    Returns
    -------
    float or None
        None where a side has fewer than `LEAST` proteins.

    Notes
    -----
    A docking score is the lowest of many, so its noise is drawn from Gumbel's distribution of minima, whose lower tail
    is longer than the normal one's (Gumbel 1958, Statistics of Extremes). Each protein's noise is multiplied by a
    number of its own, log-normal with the standard deviation `UNEQUAL`.
    """
    if min(ligands, receptors) < LEAST:
        return None
    rng, cells = np.random.default_rng(0), ligands * receptors
    rounds = int(np.clip(5_000_000 // cells, 100, 2000))
    found = [
        np.nanmin(scaled_z(simulated(rng, (some, ligands, receptors))), axis=(1, 2))
        for some in (len(part) for part in np.array_split(np.arange(rounds), 1 + rounds * cells // 1_000_000))
        if some
    ]
    return float(np.quantile(np.concatenate(found), RATE))


def simulated(rng: np.random.Generator, shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Draw panels without partners, as `noise_limit` says; shape=(panels, ligands, receptors)."""
    panels, ligands, receptors = shape
    scatter = np.exp(rng.normal(0, UNEQUAL, (panels, ligands, 1)) + rng.normal(0, UNEQUAL, (panels, 1, receptors)))
    drawn: NDArray[np.float64] = -rng.gumbel(size=shape) * scatter
    return drawn


def beyond_noise(scores: pd.DataFrame) -> tuple[float | None, tuple[tuple[str, str, float], ...]]:
    """Find the pairs that lie beyond noise.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors; lower is better.

    Returns
    -------
    limit : float or None
        What `noise_limit` gives.
    pairs : tuple of (str, str, float)
        Receptor, ligand and scaled z, the lowest first.
    """
    limit, z = noise_limit(*scores.shape), scaled_z(scores.to_numpy(dtype=float))
    if limit is None:
        return None, ()
    pairs = sorted((round(float(z[i, j]), 2), i, j) for i, j in np.argwhere(z < limit).tolist())
    return limit, tuple((str(scores.columns[j]), str(scores.index[i]), value) for value, i, j in pairs)
