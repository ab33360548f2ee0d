"""Where a scan starts: which partner stays, along its own axes, and which one goes around it, turned at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import plan_grid
from crossdock.geometry.rotations import matrix, multiply
from crossdock.structures.shape import enclosing_ball, principal_axes


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
    aligned = [
        np.roll(Rotation.from_matrix(principal_axes(partner.coord)).as_quat(), 1) for partner in (receptor, ligand)
    ]
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
