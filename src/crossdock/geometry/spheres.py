"""Points spread evenly over a sphere, on Fibonacci's spiral."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sphere(n: int) -> NDArray[np.float64]:
    """Spread points over the unit sphere.

    Parameters
    ----------
    n : int
        Number of points, at least 1.

    Returns
    -------
    ndarray, dtype=float64, shape=(n, 3)
        Unit vectors, from one pole to the other.

    References
    ----------
    Swinbank & Purser 2006, Q J R Meteorol Soc 132:1769.
    """
    k = np.arange(n) + 0.5
    return _spiral(1 - 2 * k / n, np.pi * (1 + np.sqrt(5)) * k)


def hemisphere(n: int) -> NDArray[np.float64]:
    """Spread points over the half of the unit sphere where z is above 0.

    Parameters
    ----------
    n : int
        Number of points, at least 1.

    Returns
    -------
    ndarray, dtype=float64, shape=(n, 3)
        Unit vectors, from the pole to the equator.

    Notes
    -----
    They are not the first half of ``sphere(2 * n)``: the spiral turns the other way and begins at another angle. The
    membranes that were found by these directions stay as they are.
    """
    i = np.arange(n)
    return _spiral(1 - (i + 0.5) / n, np.pi * (3 - np.sqrt(5)) * i)


def _spiral(z: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the points of the unit sphere at heights z and angles around its axis, shape=(n, 3)."""
    ring = np.sqrt(1 - z * z)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])
