"""Orientations: uniform sets of any size, random ones from a seed, and the one convention for quaternions."""

from __future__ import annotations

from typing import Any

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
    columns = np.moveaxis(np.asarray(q, dtype=float), -1, 0)
    return np.stack([np.stack(row, axis=-1) for row in rows(*columns)], axis=-2)


def multiply(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the quaternion of doing `q` first and `p` after it; both shape=(..., 4), broadcast."""
    columns = (np.moveaxis(np.asarray(one, dtype=float), -1, 0) for one in (p, q))
    return np.stack(product(*columns), axis=-1)


def conjugate(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the inverse rotation of unit quaternions, shape=(..., 4)."""
    inverse: NDArray[np.float64] = np.asarray(q, dtype=float) * np.array([1.0, -1.0, -1.0, -1.0])
    return inverse


# The two formulas take numbers or arrays. Loops over poses compile the same functions.


def rows(w: Any, x: Any, y: Any, z: Any) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Give the rows of the rotation matrix of a unit quaternion."""
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )


def product(p: Any, q: Any) -> tuple[Any, Any, Any, Any]:
    """Give the parts of the product of two quaternions, each a sequence of four."""
    return (
        p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3],
        p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
        p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1],
        p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0],
    )
