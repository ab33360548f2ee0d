"""Numbers that the field gives a pair beside its score: each with its source, its sign, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence

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


def interface_propensity(
    residues: Sequence[NDArray[np.bool_]], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Tell how often each residue of a protein is met, over poses with any partner, against what chance would give.

    Parameters
    ----------
    residues : sequence of ndarray, dtype=bool, shape=(poses, n)
        Which of the protein's n residues are in the interface of each pose, an array a partner.
    weights : ndarray, dtype=float64, shape=(partners,), optional
        Of the partners; equal without it.

    Returns
    -------
    ndarray, dtype=float64, shape=(n,)
        Between 1 (met by every pose) and below 0 (less than the average residue); 0 is as chance.

    Notes
    -----
    Normalised interface propensity, NIP = (PIP - mean) / (max - mean) with PIP the share of poses (Sacquin-Mora,
    Carbone & Lavery 2008, J Mol Biol 382:1276).
    """
    shares = np.array([poses.mean(axis=0) for poses in residues])
    share = np.average(shares, axis=0, weights=weights)
    top, mean = share.max(), share.mean()
    return (share - mean) / (top - mean) if top > mean else np.zeros_like(share)


def interaction_index(
    energy: NDArray[np.float64],
    receptor: NDArray[np.bool_],
    ligand: NDArray[np.bool_],
    expected: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> float:
    """Give the best product of energy and expected interface over a pair's poses.

    Parameters
    ----------
    energy : ndarray, dtype=float64, shape=(poses,)
        Lower is better.
    receptor, ligand : ndarray, dtype=bool, shape=(poses, n)
        Which residues of each partner are in the interface of each pose.
    expected : tuple of ndarray, dtype=bool, shape=(n,) or (sites, n)
        Residues where each partner is known or predicted to bind; a row a site where it has equivalent ones, the first
        of them with all its residues.

    Returns
    -------
    float
        II = min over poses of E x FIR, FIR the product of the shares of both partners' expected residues that the
        interface holds, of the equivalent site that it holds most of; zero or below, lower is better.

    References
    ----------
    Sacquin-Mora, Carbone & Lavery 2008, J Mol Biol 382:1276; Lopes et al. 2013, PLoS Comput Biol 9:e1003369.
    """
    fraction = []
    for met, residues in zip((receptor, ligand), expected, strict=True):
        sites = np.atleast_2d(residues).astype(float)
        fraction.append((met @ sites.T).max(axis=1) / max(1.0, sites[0].sum()))
    return float(min(0.0, (energy * fraction[0] * fraction[1]).min()))


def normalised_interaction_index(index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Express interaction indices by the best that either partner has.

    Parameters
    ----------
    index : ndarray, dtype=float64, shape=(ligands, receptors)
        Zero or below; not a number where a pair has none.

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        NII = II^2 / (best of the ligand x best of the receptor): 1 where a pair is the best of both, 0 at the other
        end; **higher is better**. Zero for a partner that has no pose in its expected interface.

    References
    ----------
    Lopes et al. 2013, PLoS Comput Biol 9:e1003369, for panels whose receptors and ligands are different proteins; the
    equation is as others quote it, the paper itself was not at hand.
    """
    best = np.fmin.reduce(index, axis=1, keepdims=True) * np.fmin.reduce(index, axis=0, keepdims=True)
    normalized: NDArray[np.float64] = np.divide(index**2, best, out=np.zeros_like(index), where=best > 0)
    return np.where(np.isfinite(index), normalized, np.nan)
