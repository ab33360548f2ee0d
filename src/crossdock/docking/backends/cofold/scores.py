"""Scores of the interface of two chains, each from a prediction's errors (PAE), confidence (pLDDT) and CB atoms.

The PAE of a direction A -> B is the block with the residues of A as rows, on whose frames the prediction is aligned,
and those of B as columns, whose positions are judged. All scores but `mean_pae` are better if higher.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.quantities import CUTOFF_A

#: PAE below which a pair counts for LIS, in angstrom.
LIS_CUTOFF_A = 12.0
#: Largest distance of two CB atoms in contact, in angstrom.
CONTACT_A = 8.0
#: The distance that pDockQ2 scales PAE by, in angstrom.
PDOCKQ2_D0_A = 10.0

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def d0(length: float | NDArray[np.integer]) -> Floats:
    """Give the distance that scales the TM-score of a protein of so many residues.

    Parameters
    ----------
    length : float or ndarray

    Returns
    -------
    ndarray, dtype=float64
        In angstrom.

    Notes
    -----
    1.24 (L - 15)^(1/3) - 1.8, Zhang & Skolnick 2004, Proteins 57:702; L is 27 at least and d0 1 angstrom at least, as
    in ipsae.py (Dunbrack 2025, 10.1101/2025.02.10.637595).
    """
    least = np.maximum(np.asarray(length, dtype=float), 27.0)
    return np.asarray(np.maximum(1.0, 1.24 * np.cbrt(least - 15.0) - 1.8))


def closeness(pae: NDArray[np.floating], scale: float | Floats) -> Floats:
    """Give 1 / (1 + (PAE / d0)^2), the TM-score's term of a pair of residues; `scale` is d0 in angstrom."""
    return np.asarray(1.0 / (1.0 + (np.asarray(pae, dtype=float) / scale) ** 2))


def ipsae(pae: NDArray[np.floating], cutoff: float = CUTOFF_A) -> float:
    """Give ipSAE (d0res) of a direction.

    Parameters
    ----------
    pae : ndarray, shape=(n, m)
        Rows aligned, columns scored, in angstrom.
    cutoff : float
        Only pairs of a smaller PAE count.

    Returns
    -------
    float
        The largest over rows i of the mean over j with PAE_ij < cutoff of 1 / (1 + (PAE_ij / d0(n_i))^2), n_i the
        number of these j; 0 where there is none.

    Notes
    -----
    Dunbrack 2025, 10.1101/2025.02.10.637595; ipsae.py of DunbrackLab/IPSAE.
    """
    near = pae < cutoff
    return _best_row(pae, near, d0(near.sum(axis=1))[:, None])


def ipsae_d0chn(pae: NDArray[np.floating], cutoff: float = CUTOFF_A) -> float:
    """Give ipSAE with the d0 of the lengths of both chains (`ipsae` otherwise)."""
    return _best_row(pae, pae < cutoff, float(d0(sum(pae.shape))))


def ipsae_d0dom(pae: NDArray[np.floating], cutoff: float = CUTOFF_A) -> float:
    """Give ipSAE with the d0 of all residues of both chains that have any PAE below the cutoff (`ipsae` otherwise)."""
    near = pae < cutoff
    return _best_row(pae, near, float(d0(int(near.any(axis=1).sum() + near.any(axis=0).sum()))))


def iptm_pae(pae: NDArray[np.floating]) -> float:
    """Give the ipTM that follows from the PAE of a direction, with the d0 of both chains.

    Notes
    -----
    The largest over rows of the mean over all columns of 1 / (1 + (PAE / d0)^2): ipTM_d0chn of ipsae.py (Dunbrack
    2025). The programs' own ipTM is computed from the distribution of the error and not from its mean, so it is another
    number.
    """
    return _best_row(pae, np.ones(pae.shape, dtype=bool), float(d0(sum(pae.shape))))


def _best_row(pae: NDArray[np.floating], near: Mask, scale: float | Floats) -> float:
    """Give the largest over rows of the mean closeness of the columns that count."""
    if not near.any():
        return 0.0
    counts = near.sum(axis=1)
    sums = np.where(near, closeness(pae, scale), 0.0).sum(axis=1)
    return float((sums / np.maximum(counts, 1)).max())


def lis(pae: NDArray[np.floating], cutoff: float = LIS_CUTOFF_A) -> float:
    """Give the local interaction score of a direction: the mean of (12 - PAE) / 12 over pairs with a PAE below 12.

    Notes
    -----
    Kim 2024, 10.1101/2024.02.19.580970; flyark/AFM-LIS.
    """
    return clis(pae, np.ones(pae.shape, dtype=bool), cutoff)


def clis(pae: NDArray[np.floating], contact: Mask, cutoff: float = LIS_CUTOFF_A) -> float:
    """Give LIS over pairs in contact alone (cLIS, AFM-LIS); `contact` as `contacts` gives it."""
    near = contact & (pae < cutoff)
    return float(((cutoff - np.asarray(pae, dtype=float)[near]) / cutoff).mean()) if near.any() else 0.0


def ilis(pae: NDArray[np.floating], contact: Mask, cutoff: float = LIS_CUTOFF_A) -> float:
    """Give iLIS, the square root of LIS times cLIS (AFM-LIS)."""
    return float(np.sqrt(lis(pae, cutoff) * clis(pae, contact, cutoff)))


def lia(pae: NDArray[np.floating], cutoff: float = LIS_CUTOFF_A) -> int:
    """Count the pairs with a PAE below 12 (local interaction area, AFM-LIS)."""
    return int((pae < cutoff).sum())


def contacts(one: Floats, other: Floats, distance: float = CONTACT_A) -> Mask:
    """Tell which residues of two chains are in contact.

    Parameters
    ----------
    one, other : ndarray, shape=(n, 3) and (m, 3)
        CB atoms (CA of glycine), in angstrom.
    distance : float

    Returns
    -------
    ndarray, dtype=bool, shape=(n, m)
    """
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(one, other) <= distance)


def interface_plddt(contact: Mask, one: Floats, other: Floats) -> float | None:
    """Give the mean pLDDT (0 to 100) of residues in contact, each once; None where there are none or it is unknown."""
    both = np.concatenate([one[contact.any(axis=1)], other[contact.any(axis=0)]])
    return float(both.mean()) if len(both) and np.isfinite(both).all() else None


def mean_pae(pae: NDArray[np.floating], contact: Mask) -> float | None:
    """Give the mean PAE of a direction over pairs in contact, in angstrom; None where there are none."""
    return float(np.asarray(pae, dtype=float)[contact].mean()) if contact.any() else None


def pdockq(contact: Mask, one: Floats, other: Floats) -> float:
    """Give pDockQ: from the number of contacts and the pLDDT of the residues in contact; 0 without a contact.

    Parameters
    ----------
    contact : ndarray, dtype=bool, shape=(n, m)
        As `contacts` gives it.
    one, other : ndarray, shape=(n,) and (m,)
        pLDDT, from 0 to 100.

    Notes
    -----
    0.724 / (1 + exp(-0.052 (x - 152.611))) + 0.018, x the mean pLDDT of the interface times log10 of the number of
    contacts. Bryant 2022, Nat Commun 13:1265.
    """
    plddt = interface_plddt(contact, one, other)
    if plddt is None:
        return 0.0
    x = plddt * np.log10(contact.sum())
    return float(0.724 / (1.0 + np.exp(-0.052 * (x - 152.611))) + 0.018)


def pdockq2(pae: NDArray[np.floating], contact: Mask, one: Floats, other: Floats) -> float:
    """Give pDockQ2 of a direction: from PAE and pLDDT of the residues in contact; 0 without a contact.

    Notes
    -----
    1.31 / (1 + exp(-0.075 (x - 84.733))) + 0.005, x the mean pLDDT of the interface times the mean over contacts of
    1 / (1 + (PAE / 10)^2). Zhu 2023, Bioinformatics 39:btad424.
    """
    plddt = interface_plddt(contact, one, other)
    if plddt is None:
        return 0.0
    x = plddt * closeness(np.asarray(pae)[contact], PDOCKQ2_D0_A).mean()
    return float(1.31 / (1.0 + np.exp(-0.075 * (x - 84.733))) + 0.005)
