"""How large a body is: its principal axes, the ball around it, and what of both tells the size of a docking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Mean extent and radius of a globular protein, in angstrom, by the cube root of its heavy atoms: near the medians of
#: the 340 partners of the docking benchmark, 3.9 and 2.6, and so that the median grid of its pairs comes out right
#: (`python benchmarks/job_needs.py`).
EXTENT_PER_ROOT, RADIUS_PER_ROOT = 3.8, 2.5


@dataclass(frozen=True)
class Size:
    """How large a protein is.

    Attributes
    ----------
    atoms : int
        Heavy ones.
    extent : tuple of float
        Along its three principal axes, in angstrom.
    radius : float
        Of a ball around it, in angstrom.
    """

    atoms: int
    extent: tuple[float, float, float]
    radius: float

    @classmethod
    def of(cls, coord: NDArray[np.float64]) -> Size:
        """Measure a body by its atoms' positions, shape=(n, 3) in angstrom."""
        x, y, z = extent(coord).tolist()
        return cls(len(coord), (x, y, z), round(enclosing_ball(coord)[1], 3))

    @classmethod
    def globular(cls, atoms: int) -> Size:
        """Guess the size of a protein of which only the number of atoms is known."""
        root = float(np.cbrt(atoms))
        return cls(atoms, (EXTENT_PER_ROOT * root,) * 3, RADIUS_PER_ROOT * root)

    @classmethod
    def recorded(cls, record: Mapping[str, Any]) -> Size:
        """Read it from protein.json."""
        x, y, z = record["extent_A"]
        return cls(record["n_atoms"], (x, y, z), record["radius_A"])


def extent(coord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure a body along its three principal axes.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.

    Returns
    -------
    ndarray, dtype=float64, shape=(3,)
        In angstrom, with three decimals.
    """
    lengths: NDArray[np.float64] = np.ptp(coord @ principal_axes(coord).T, axis=0).round(3)
    return lengths


def principal_axes(coord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rotation that lays a body along its principal axes, the longest along z.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.

    Returns
    -------
    ndarray, dtype=float64, shape=(3, 3)
        A rotation matrix. Of the four ways, the one that turns the more far-reaching ends up.
    """
    body = coord - coord.mean(axis=0)
    axes = np.linalg.eigh(body.T @ body)[1].T
    axes *= np.where(((body @ axes.T) ** 3).sum(axis=0) < 0, -1.0, 1.0)[:, None]
    axes[0] *= np.linalg.det(axes)
    return axes


def enclosing_ball(coord: NDArray[np.float64], *, steps: int = 500) -> tuple[NDArray[np.float64], float]:
    """Find a small ball around points, its centre drawn towards the farthest point by ever smaller steps.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    steps : int
        The radius exceeds the least one by no more than its part in the root of this number.

    Returns
    -------
    centre : ndarray, dtype=float64, shape=(3,)
    radius : float

    References
    ----------
    Badoiu & Clarkson 2003, Smaller core-sets for balls, SODA.
    """
    centre = coord.mean(axis=0)
    x, y, z = np.ascontiguousarray(coord.T)
    for step in range(steps):
        farthest = coord[((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2).argmax()]
        centre = centre + (farthest - centre) / (step + 2)
    return centre, float(np.linalg.norm(coord - centre, axis=1).max())
