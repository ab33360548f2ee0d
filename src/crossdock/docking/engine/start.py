"""Where a scan starts: which partner stays, along its own axes, and which one goes around it, turned at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import plan_grid
from crossdock.docking.rotations import matrix, multiply


@dataclass(frozen=True)
class Start:
    """A partner in the frame of the scan, where its atoms lie at `Q (x - c)`.

    Attributes
    ----------
    atoms : DockingAtoms
        In that frame.
    rotation : ndarray, dtype=float64, shape=(4,)
        Q, a unit quaternion (w, x, y, z).
    centre : ndarray, dtype=float64, shape=(3,)
        c, in angstrom.
    """

    atoms: DockingAtoms
    rotation: NDArray[np.float64]
    centre: NDArray[np.float64]


def start(
    receptor: DockingAtoms, ligand: DockingAtoms, energy: Energy, *, spacing: float, turn: NDArray[np.float64]
) -> tuple[Start, Start, bool]:
    """Choose the partner that stays, so that the grid is small, and place both.

    Parameters
    ----------
    receptor, ligand : DockingAtoms
    energy : Energy
    spacing : float
        Of the grid, in angstrom.
    turn : ndarray, dtype=float64, shape=(4,)
        Random orientation of the partner that moves, from its principal axes.

    Returns
    -------
    stays, moves : Start
    swapped : bool
        True where the ligand stays.

    Notes
    -----
    Both start from their principal axes, so that a docking is the same however the partners lie in their files, up to
    rounding. (Bodies with two equal axes have no such frame; theirs depends on the file.)
    """
    aligned = [principal_axes(partner.coord) for partner in (receptor, ligand)]
    balls = [enclosing_ball(partner.coord) for partner in (receptor, ligand)]

    def resting(number: int) -> Start:
        partner = (receptor, ligand)[number]
        middle = partner.coord.mean(axis=0)
        return Start(partner.placed(matrix(aligned[number]), middle), aligned[number], middle)

    def moving(number: int) -> Start:
        rotation, middle = multiply(turn, aligned[number]), balls[number][0]
        return Start((receptor, ligand)[number].placed(matrix(rotation), middle), rotation, middle)

    points = [
        np.prod(plan_grid(resting(number).atoms, balls[1 - number][1], energy, spacing).shape) for number in (0, 1)
    ]
    swapped = bool(points[1] < points[0])
    return resting(int(swapped)), moving(int(not swapped)), swapped


def principal_axes(coord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rotation that lays a body along its principal axes, the longest along z.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.

    Returns
    -------
    ndarray, dtype=float64, shape=(4,)
        Unit quaternion (w, x, y, z). Of the four ways, the one that turns the more far-reaching ends up.
    """
    body = coord - coord.mean(axis=0)
    axes = np.linalg.eigh(body.T @ body)[1].T
    axes *= np.where(((body @ axes.T) ** 3).sum(axis=0) < 0, -1.0, 1.0)[:, None]
    axes[0] *= np.linalg.det(axes)
    return np.roll(Rotation.from_matrix(axes).as_quat(), 1)


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
    for step in range(steps):
        farthest = coord[((coord - centre) ** 2).sum(axis=1).argmax()]
        centre = centre + (farthest - centre) / (step + 2)
    return centre, float(np.linalg.norm(coord - centre, axis=1).max())
