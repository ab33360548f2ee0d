"""Numbers that the field gives a pair beside its score: each with its source, its sign, and what it needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import InputError


def decoy_index(best: float, mean: float, sd: float) -> float:
    """Tell how far a pair's best score stands out of all that its own scan scores: MEGADOCK's E.

    Parameters
    ----------
    best, mean, sd : float
        Of the scores of the pair's own decoys, lower is better; the standard deviation is the population's.

    Returns
    -------
    float
        (mean - best) / sd: **higher is better**.

    Raises
    ------
    InputError
        If the standard deviation is not above zero.

    Notes
    -----
    Ohue et al. 2014, Protein Pept Lett 21:766: decoys are the best three translations of each of 3,600 orientations.
    docking.json has these three numbers under `decoys`, for three translations of each orientation of the scan. Poses
    that a server hands out are the best of all, a tail, and give no such number.
    """
    if not sd > 0:
        raise InputError(f"expected decoys that differ in score, got a standard deviation of {sd}")
    return (mean - best) / sd


def cluster_fraction(members: int, poses: int) -> float:
    """Give the share of a pair's clustered poses that the first cluster holds; higher is better.

    Notes
    -----
    ClusPro clusters the best 1,000 poses; its first cluster's members out of 1,000 are this fraction (Kozakov et al.
    2017, Nat Protoc 12:255).
    """
    if not 0 < members <= poses:
        raise InputError(f"expected members between 1 and the {poses} poses, got {members}")
    return members / poses


def agreement(apart: NDArray[np.float64], *, radius: float = 5.0) -> float:
    """Tell how well the first models of several rankings of one pair agree.

    Parameters
    ----------
    apart : ndarray, dtype=float64, shape=(k, k)
        Interface RMSD between the first models of k rankings (ClusPro's four coefficient sets), in angstrom.
    radius : float
        Within which two are the same interface, in angstrom.

    Returns
    -------
    float
        The largest share of the k that lie within the radius of one of them: 1 / k (none agrees) to 1 (all do).
    """
    return float((apart <= radius).mean(axis=1).max())
