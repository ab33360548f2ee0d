"""Off the grid: the energy of a pose as a direct sum over atom pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import TERMS, Energy, contact_potential, coulomb, ramp


@dataclass(frozen=True)
class CellList:
    """Receptor atoms sorted into cubes, so that a ligand atom meets only those near it."""

    origin: NDArray[np.float64]
    edge: float
    shape: NDArray[np.int64]
    start: NDArray[np.int64]
    order: NDArray[np.int64]


def cell_list(coord: NDArray[np.float64], edge: float) -> CellList:
    """Sort atoms into cubes.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    edge : float
        Edge of a cube, in angstrom.

    Returns
    -------
    CellList
    """
    origin = coord.min(axis=0)
    index = ((coord - origin) / edge).astype(np.int64)
    shape = index.max(axis=0) + 1
    flat = np.ravel_multi_index(tuple(index.T), tuple(shape))
    order = np.argsort(flat, kind="stable")
    start = np.searchsorted(flat[order], np.arange(np.prod(shape) + 1))
    return CellList(origin, edge, shape, start, order)


def pose_terms(
    receptor: DockingAtoms,
    ligand: DockingAtoms,
    energy: Energy,
    rotations: NDArray[np.float64],
    translations: NDArray[np.float64],
    *,
    potential: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Compute the weighted energy terms of poses by summing over atom pairs.

    Parameters
    ----------
    receptor, ligand : DockingAtoms
    energy : Energy
    rotations : ndarray, dtype=float64, shape=(m, 3, 3)
    translations : ndarray, dtype=float64, shape=(m, 3)
        A pose is `x' = R x + t`, in angstrom.
    potential : ndarray, dtype=float64, shape=(18, 18), optional
        Contact energies in place of `contact_potential()`.

    Returns
    -------
    ndarray, dtype=float64, shape=(m, 4)
        The terms of `TERMS`, weighted, in arbitrary units; their sum is the score.
    """
    cells = cell_list(receptor.coord, energy.cutoff)
    order = cells.order
    raw = _pair_sums(
        receptor.coord[order], receptor.kind[order], receptor.charge[order], receptor.hardness[order],
        cells.origin, cells.edge, cells.shape, cells.start,
        ligand.coord, ligand.kind, ligand.charge, ligand.hardness,
        np.ascontiguousarray(rotations), np.ascontiguousarray(translations),
        contact_potential() if potential is None else potential, energy.distances, energy.cutoff,
    )  # fmt: skip
    signs = np.array([-1.0 if term == "attraction" else 1.0 for term in TERMS])
    return raw * energy.weights * signs


@numba.njit(cache=True, nogil=True)
def _pair_sums(coord, kind, charge, hardness, origin, edge, shape, start,
               l_coord, l_kind, l_charge, l_hardness, rotations, translations, potential, distances, cutoff):  # fmt: skip
    clash_full, clash_none, reach_full, reach_none, coulomb_cutoff = distances
    sums = np.zeros((rotations.shape[0], 4))
    for m in range(rotations.shape[0]):
        R, t = rotations[m], translations[m]
        for j in range(l_coord.shape[0]):
            a, b, c = l_coord[j]
            x = R[0, 0] * a + R[0, 1] * b + R[0, 2] * c + t[0]
            y = R[1, 0] * a + R[1, 1] * b + R[1, 2] * c + t[1]
            z = R[2, 0] * a + R[2, 1] * b + R[2, 2] * c + t[2]
            cx = int(np.floor((x - origin[0]) / edge))
            cy = int(np.floor((y - origin[1]) / edge))
            cz = int(np.floor((z - origin[2]) / edge))
            for ix in range(max(cx - 1, 0), min(cx + 2, shape[0])):
                for iy in range(max(cy - 1, 0), min(cy + 2, shape[1])):
                    # Cubes along z lie one after another in the sorted atoms.
                    low = (ix * shape[1] + iy) * shape[2] + max(cz - 1, 0)
                    high = (ix * shape[1] + iy) * shape[2] + min(cz + 2, shape[2])
                    if high <= low:
                        continue
                    for i in range(start[low], start[high]):
                        dx, dy, dz = coord[i, 0] - x, coord[i, 1] - y, coord[i, 2] - z
                        d2 = dx * dx + dy * dy + dz * dz
                        if d2 >= cutoff * cutoff:
                            continue
                        d = np.sqrt(d2)
                        if d < clash_none:
                            sums[m, 0] += hardness[i] * l_hardness[j] * ramp(d, clash_full, clash_none)
                        if d < coulomb_cutoff:
                            sums[m, 2] += charge[i] * l_charge[j] * coulomb(d)
                        if d < reach_none and kind[i] >= 0 and l_kind[j] >= 0:
                            touch = ramp(d, reach_full, reach_none)
                            sums[m, 1] += touch
                            sums[m, 3] += potential[kind[i], l_kind[j]] * touch
    return sums
