"""Points laid over others: by all of them, or by those that fit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossdock.geometry.rotations import matrix

#: Residues that lie farther apart than this after a superposition take no part in the next one, in angstrom; the
#: nearest half always does.
OUTLIER_A = 3.0
LEAST_KEPT = 0.5


def superpose(
    target: NDArray[np.float64], source: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Find what lays points over others with the least RMSD (Kabsch 1976, Acta Cryst A 32:922).

    Parameters
    ----------
    target, source : ndarray, dtype=float64, shape=(n, 3)
        In angstrom; three points or more.

    Returns
    -------
    quaternion : ndarray, dtype=float64, shape=(4,)
        (w, x, y, z), w not below zero.
    translation : ndarray, dtype=float64, shape=(3,)
    rmsd : float
        In angstrom.
    """
    middle, centre = source.mean(axis=0), target.mean(axis=0)
    rotation, _ = Rotation.align_vectors(target - centre, source - middle)
    shift = centre - rotation.apply(middle)
    rmsd = float(np.sqrt(((rotation.apply(source) + shift - target) ** 2).sum(axis=1).mean()))
    quaternion = np.roll(rotation.as_quat(), 1)
    return (quaternion if quaternion[0] >= 0 else -quaternion), shift, rmsd


def overlay(
    target: NDArray[np.float64], source: NDArray[np.float64], *, outlier: float = OUTLIER_A
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, NDArray[np.bool_]]:
    """Lay points over others by those that fit, leaving out what has moved.

    Parameters
    ----------
    target, source : ndarray, dtype=float64, shape=(n, 3)
        In angstrom; three points or more.
    outlier : float
        In angstrom.

    Returns
    -------
    quaternion : ndarray, dtype=float64, shape=(4,)
    translation : ndarray, dtype=float64, shape=(3,)
        `x' = R(q) x + t` moves the source.
    rmsd : float
        Of the points that were kept, in angstrom.
    kept : ndarray, dtype=bool, shape=(n,)

    Notes
    -----
    Superpose, leave out the points that lie farther apart than `outlier`, and again, until the same are left. Where
    fewer than half of them would be left, the nearest half is.
    """
    kept = np.ones(len(target), dtype=bool)
    least = min(len(target), max(3, math.ceil(LEAST_KEPT * len(target))))
    for _ in range(30):
        quaternion, shift, rmsd = superpose(target[kept], source[kept])
        apart = np.linalg.norm(source @ matrix(quaternion).T + shift - target, axis=1)
        fits = apart <= max(outlier, float(np.sort(apart)[least - 1]))
        if (fits == kept).all():
            break
        kept = fits
    return quaternion, shift, rmsd, kept
