"""Solvent-accessible surface of bodies and of what they bury in each other."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.structures.structure import Structure

#: Radius of a water molecule, in angstrom (Lee & Richards 1971, J Mol Biol 55:379).
PROBE_A = 1.4
#: Test points on the sphere of an atom (Shrake & Rupley 1973, J Mol Biol 79:351, with 92).
POINTS = 200
#: Van der Waals radii in angstrom (Chothia 1976, J Mol Biol 105:1, as NACCESS and PRODIGY use them).
RADII_A = {"C": 1.87, "N": 1.65, "O": 1.40, "S": 1.85, "SE": 1.80, "P": 1.90}
TRIGONAL_CARBON_A, LYSINE_NITROGEN_A, OTHER_A = 1.76, 1.50, 1.80
_TRIGONAL = {
    "ARG": {"CZ"},
    "ASN": {"CG"},
    "ASP": {"CG"},
    "GLN": {"CD"},
    "GLU": {"CD"},
    "HIS": {"CG", "CD2", "CE1"},
    "PHE": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
    "TRP": {"CG", "CD1", "CD2", "CE2", "CE3", "CZ2", "CZ3", "CH2"},
    "TYR": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
}


@dataclass(frozen=True)
class Surface:
    """A body's atoms as spheres, and how much of each is accessible.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    radii : ndarray, dtype=float64, shape=(n,)
        Van der Waals radii, in angstrom.
    area : ndarray, dtype=float64, shape=(n,)
        Accessible area of each atom while the body is alone, in square angstrom.
    """

    coord: NDArray[np.float64]
    radii: NDArray[np.float64]
    area: NDArray[np.float64]


def atom_radii(structure: Structure) -> NDArray[np.float64]:
    """Give the van der Waals radius of each heavy atom, in angstrom, shape=(n,)."""
    columns = (structure.residue_name.tolist(), structure.atom_name.tolist(), structure.element.tolist())
    return np.array([_radius(*atom) for atom in zip(*columns, strict=True)], dtype=float)


def _radius(residue: str, atom: str, element: str) -> float:
    if element == "C" and (atom == "C" or atom in _TRIGONAL.get(residue, ())):
        return TRIGONAL_CARBON_A
    if (residue, atom) == ("LYS", "NZ"):
        return LYSINE_NITROGEN_A
    return RADII_A.get(element, OTHER_A)


def surface(structure: Structure, *, radii: NDArray[np.float64] | None = None) -> Surface:
    """Compute the accessible surface of a body that is alone.

    Parameters
    ----------
    structure : Structure
    radii : ndarray, dtype=float64, shape=(n,), optional
        In place of `atom_radii`.

    Returns
    -------
    Surface
    """
    coord = structure.coord.astype(float)
    radii = atom_radii(structure) if radii is None else radii
    return Surface(coord, radii, _areas(coord, radii, np.arange(len(coord))))


def areas_together(one: Surface, other: Surface) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the accessible areas of the atoms of two bodies that lie beside one another.

    Parameters
    ----------
    one, other : Surface
        In one frame.

    Returns
    -------
    area, other_area : ndarray, dtype=float64
        In square angstrom; what is missing from those of the bodies alone is buried between them.

    Notes
    -----
    Only atoms near the other body are computed anew, from the same test points as before, so that atoms elsewhere keep
    their areas exactly.
    """
    coord, radii = np.vstack([one.coord, other.coord]), np.concatenate([one.radii, other.radii])
    area = np.concatenate([one.area, other.area])
    reach = 2 * (radii.max(initial=0.0) + PROBE_A)
    near = [
        np.asarray(cKDTree(b.coord).query(a.coord, distance_upper_bound=reach)[0]) < reach
        for a, b in ((one, other), (other, one))
    ]
    changed = np.flatnonzero(np.concatenate(near))
    area[changed] = _areas(coord, radii, changed)
    return area[: len(one.coord)], area[len(one.coord) :]


def _areas(coord: NDArray[np.float64], radii: NDArray[np.float64], which: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the accessible areas of some of the atoms."""
    if not len(which):
        return np.zeros(0)
    swollen = radii + PROBE_A
    found = cKDTree(coord[which]).sparse_distance_matrix(cKDTree(coord), 2 * swollen.max(), output_type="coo_matrix")
    touching = found.data < swollen[which][found.row] + swollen[found.col]
    touching &= which[found.row] != found.col
    rows, columns, distance = found.row[touching], found.col[touching], found.data[touching]
    # The nearest neighbours hide most points; asked first, they save the others.
    order = np.lexsort((distance, rows))
    start = np.searchsorted(rows[order], np.arange(len(which) + 1))
    return _exposed(coord, swollen, which, columns[order].astype(np.int64), start, _sphere(POINTS))


def _sphere(n: int) -> NDArray[np.float64]:
    """Spread points evenly over the unit sphere, on a spiral of golden angles, shape=(n, 3)."""
    k = np.arange(n) + 0.5
    z, angle = 1 - 2 * k / n, np.pi * (1 + np.sqrt(5)) * k
    ring = np.sqrt(1 - z * z)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])


@numba.njit(cache=True, nogil=True)
def _exposed(coord, swollen, which, neighbours, start, points):
    """Count the test points of each atom that lie in no neighbour, as areas."""
    out = np.empty(len(which))
    for m in range(len(which)):
        i = which[m]
        radius = swollen[i]
        free = 0
        last = start[m]
        for p in range(points.shape[0]):
            x = coord[i, 0] + radius * points[p, 0]
            y = coord[i, 1] + radius * points[p, 1]
            z = coord[i, 2] + radius * points[p, 2]
            hidden = False
            # What hid the point before is likely to hide this one.
            for turn in range(-1, start[m + 1] - start[m]):
                k = last if turn < 0 else start[m] + turn
                if k >= start[m + 1]:
                    break
                j = neighbours[k]
                d2 = (x - coord[j, 0]) ** 2 + (y - coord[j, 1]) ** 2 + (z - coord[j, 2]) ** 2
                if d2 < swollen[j] * swollen[j]:
                    hidden = True
                    last = k
                    break
            if not hidden:
                free += 1
        out[m] = 4.0 * np.pi * radius * radius * free / points.shape[0]
    return out
