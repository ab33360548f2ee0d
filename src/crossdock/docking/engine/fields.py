"""The receptor as fields on a grid: what a ligand atom would feel at each point, one field a channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import COULOMB_CUTOFF, Energy, coulomb, ramp
from crossdock.docking.engine.sizes import SIZES, SMALLEST_BOX

#: A partner whose surface is farther off than this, in angstrom, is not worth a pose.
BOUND_WITHIN = 4.0
#: Points of the largest grid; the scan needs about 300 bytes for each, and 230 for each further thread.
MOST_POINTS = 200**3


@dataclass(frozen=True)
class Grid:
    """A box of points that wraps around at its faces.

    Attributes
    ----------
    origin : ndarray, dtype=float64, shape=(3,)
        Position of point (0, 0, 0), in angstrom.
    spacing : float
        Distance between points, in angstrom.
    shape : tuple of int
        Points along x, y and z.
    box : int
        Edge, in points, of the box that holds the ligand in any orientation.
    """

    origin: NDArray[np.float64]
    spacing: float
    shape: tuple[int, int, int]
    box: int


def channels(atoms: DockingAtoms, energy: Energy) -> NDArray[np.float64]:
    """Give what each ligand atom carries into each channel.

    Parameters
    ----------
    atoms : DockingAtoms
    energy : Energy

    Returns
    -------
    ndarray, dtype=float64, shape=(3 + rank, n)
        Hardness, charge, the components of the atom's type in the kept eigenvectors (0 for atoms of no type), and
        the energy of coming near it that it has of itself: closed to docking, or pulling.
    """
    _, vectors = energy.eigenpairs()
    typed = np.where(atoms.kind >= 0, vectors[:, atoms.kind], 0.0)
    return np.vstack(
        [atoms.hardness, atoms.charge, typed, energy.closing * atoms.closed - energy.pulling * atoms.attract]
    )


def plan_grid(receptor: DockingAtoms, ligand_radius: float, energy: Energy, spacing: float) -> Grid:
    """Choose a grid on which the ligand can go all around the receptor without meeting it from two sides.

    Parameters
    ----------
    receptor : DockingAtoms
        In the orientation of the scan.
    ligand_radius : float
        Largest distance of a ligand atom from the ligand's centre, in angstrom.
    energy : Energy
    spacing : float
        The finest, in angstrom.

    Returns
    -------
    Grid
        Coarser where the largest grid would not hold the pair: memory stays bounded.
    """
    spacing, shape, box = grid_shape(np.ptp(receptor.coord, axis=0), ligand_radius, energy, spacing)
    return Grid(receptor.coord.min(axis=0) - energy.cutoff - spacing, spacing, shape, box)


def grid_shape(
    extent: NDArray[np.float64], ligand_radius: float, energy: Energy, spacing: float
) -> tuple[float, tuple[int, int, int], int]:
    """Tell how many points a grid has for a receptor of such an extent, shape=(3,) in angstrom.

    Returns
    -------
    spacing : float
    shape : tuple of int
    box : int
        Points along an edge of the ligand's own part.
    """
    while True:
        box = max(SMALLEST_BOX, 2 * int(np.ceil(ligand_radius / spacing)) + 2)
        # The field must fit, and a ligand on one side, as far off as it can still be bound, must not feel the next
        # image of the other side.
        field = np.ceil((extent + 2 * (energy.cutoff + spacing)) / spacing).astype(int) + 1
        around = np.ceil((extent + energy.cutoff + BOUND_WITHIN) / spacing).astype(int) + box
        least = np.maximum(field, around)
        if least.max() <= SIZES[-1]:
            nx, ny, nz = (min(size for size in SIZES if size >= n) for n in least)
            if nx * ny * nz <= MOST_POINTS:
                return spacing, (nx, ny, nz), box
        spacing *= 1.05


def receptor_fields(atoms: DockingAtoms, energy: Energy, grid: Grid) -> NDArray[np.float32]:
    """Compute the receptor's field of every channel.

    Parameters
    ----------
    atoms : DockingAtoms
        In the orientation of the scan.
    energy : Energy
    grid : Grid

    Returns
    -------
    ndarray, dtype=float32, shape=(3 + rank, *grid.shape)
        Weighted, so that the score of a pose is the sum over channels and ligand atoms of channel times field.
    """
    values, _ = energy.eigenpairs()
    carried = channels(atoms, energy)
    carried[0] *= energy.repulsion
    carried[1] *= energy.electrostatics
    carried[2:-1] *= values[:, None]
    own = carried[-1].copy()
    carried[-1] = atoms.hardness
    fields = np.zeros((len(carried), *grid.shape), dtype=np.float32)
    points = (atoms.coord - grid.origin) / grid.spacing
    _add_atoms(fields, points, carried, own, grid.spacing, energy.distances, energy.cutoff)
    return fields


@compiled(nogil=True)
def _add_atoms(
    fields: NDArray[np.float32],
    points: NDArray[np.float64],
    carried: NDArray[np.float64],
    own: NDArray[np.float64],
    spacing: float,
    distances: NDArray[np.float64],
    cutoff: float,
) -> None:
    clash_full, clash_none, reach_full, reach_none = distances
    n_channels = carried.shape[0]
    reach = cutoff / spacing
    for i in range(points.shape[0]):
        px, py, pz = points[i]
        for x in range(int(np.ceil(px - reach)), int(np.floor(px + reach)) + 1):
            for y in range(int(np.ceil(py - reach)), int(np.floor(py + reach)) + 1):
                for z in range(int(np.ceil(pz - reach)), int(np.floor(pz + reach)) + 1):
                    d = spacing * np.sqrt((x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2)
                    if d >= cutoff:
                        continue
                    if d < clash_none:
                        fields[0, x, y, z] += carried[0, i] * ramp(d, clash_full, clash_none)[0]
                    if d < COULOMB_CUTOFF and carried[1, i] != 0.0:
                        fields[1, x, y, z] += carried[1, i] * coulomb(d)[0]
                    if d < reach_none:
                        c = ramp(d, reach_full, reach_none)[0]
                        fields[0, x, y, z] += own[i] * c
                        for k in range(2, n_channels):
                            fields[k, x, y, z] += carried[k, i] * c


@compiled(nogil=True)
def spread(points: NDArray[np.float64], carried: NDArray[np.float64], box: int) -> NDArray[np.float32]:
    """Spread ligand atoms on a box with trilinear weights.

    Parameters
    ----------
    points : ndarray, dtype=float64, shape=(n, 3)
        Positions in units of the spacing, from the corner of the box.
    carried : ndarray, dtype=float64, shape=(channels, n)
    box : int
        Edge of the box in points.

    Returns
    -------
    ndarray, dtype=float32, shape=(channels, box, box, box)
    """
    out = np.zeros((carried.shape[0], box, box, box), dtype=np.float32)
    for i in range(points.shape[0]):
        x, y, z = int(points[i, 0]), int(points[i, 1]), int(points[i, 2])
        fx, fy, fz = points[i, 0] - x, points[i, 1] - y, points[i, 2] - z
        for dx in range(2):
            wx = fx if dx else 1.0 - fx
            for dy in range(2):
                wy = wx * (fy if dy else 1.0 - fy)
                for dz in range(2):
                    w = wy * (fz if dz else 1.0 - fz)
                    for k in range(carried.shape[0]):
                        out[k, x + dx, y + dy, z + dz] += w * carried[k, i]
    return out
