"""Orientations: uniform sets of any size, random ones from a seed, and the one convention for quaternions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Constants of the super-Fibonacci spiral (Alexa 2022, CVPR, eq. 9): sqrt(2) and the root of psi**4 = psi + 4.
_PHI = np.sqrt(2.0)
_PSI = 1.533751168755204288118041


def uniform_rotations(n: int) -> NDArray[np.float64]:
    """Give `n` orientations spread evenly over all there are, as a super-Fibonacci spiral.

    Parameters
    ----------
    n : int
        Number of orientations, at least 1.

    Returns
    -------
    ndarray, dtype=float64, shape=(n, 4)
        Unit quaternions (w, x, y, z).

    References
    ----------
    Alexa 2022, Super-Fibonacci spirals: fast, low-discrepancy sampling of SO(3), CVPR 2022.
    """
    s = np.arange(n) + 0.5
    inner, outer = np.sqrt(s / n), np.sqrt(1.0 - s / n)
    alpha, beta = 2 * np.pi * s / _PHI, 2 * np.pi * s / _PSI
    return np.column_stack([inner * np.sin(alpha), inner * np.cos(alpha), outer * np.sin(beta), outer * np.cos(beta)])


def random_rotation(generator: np.random.Generator) -> NDArray[np.float64]:
    """Draw one orientation, uniform over all there are; unit quaternion (w, x, y, z), shape=(4,)."""
    q = generator.normal(size=4)
    return q / np.linalg.norm(q)


def matrix(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn unit quaternions (w, x, y, z) into rotation matrices.

    Parameters
    ----------
    q : ndarray, dtype=float64, shape=(..., 4)

    Returns
    -------
    ndarray, dtype=float64, shape=(..., 3, 3)
        Matrices R that rotate column vectors: `x' = R x`.
    """
    w, x, y, z = np.moveaxis(np.asarray(q, dtype=float), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def multiply(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the quaternion of doing `q` first and `p` after it; both shape=(..., 4), broadcast."""
    pw, px, py, pz = np.moveaxis(np.asarray(p, dtype=float), -1, 0)
    qw, qx, qy, qz = np.moveaxis(np.asarray(q, dtype=float), -1, 0)
    return np.stack(
        [
            pw * qw - px * qx - py * qy - pz * qz,
            pw * qx + px * qw + py * qz - pz * qy,
            pw * qy - px * qz + py * qw + pz * qx,
            pw * qz + px * qy - py * qx + pz * qw,
        ],
        axis=-1,
    )


def conjugate(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the inverse rotation of unit quaternions, shape=(..., 4)."""
    inverse: NDArray[np.float64] = np.asarray(q, dtype=float) * np.array([1.0, -1.0, -1.0, -1.0])
    return inverse
