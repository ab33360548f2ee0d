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
POINTS = 500
#: Van der Waals radii in angstrom (Chothia 1976, J Mol Biol 105:1, as NACCESS and PRODIGY use them).
RADII_A = {"C": 1.87, "N": 1.65, "O": 1.40, "S": 1.85, "Se": 1.80, "P": 1.90}
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
    """A body's atoms as spheres, and which test points on each are accessible while the body is alone.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    radii : ndarray, dtype=float64, shape=(n,)
        Van der Waals radii, in angstrom.
    exposed : ndarray, dtype=bool, shape=(n, POINTS)
    turn : ndarray, dtype=float64, shape=(3, 3)
        Orientation of the test points; they turn with the body, so that it has the same area wherever it lies.
    """

    coord: NDArray[np.float64]
    radii: NDArray[np.float64]
    exposed: NDArray[np.bool_]
    turn: NDArray[np.float64]

    @property
    def area(self) -> NDArray[np.float64]:
        """Accessible area of each atom while the body is alone, in square angstrom, shape=(n,)."""
        return self._full * self.exposed.mean(axis=1)

    @property
    def _full(self) -> NDArray[np.float64]:
        return 4.0 * np.pi * (self.radii + PROBE_A) ** 2

    def moved(self, rotation: NDArray[np.float64], translation: NDArray[np.float64]) -> Surface:
        """Give the body elsewhere: `x' = R x + t`."""
        return Surface(self.coord @ rotation.T + translation, self.radii, self.exposed, rotation @ self.turn)


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
    turn = np.eye(3)
    exposed = np.ones((len(coord), POINTS), dtype=bool)
    _hide(exposed, coord, radii, np.arange(len(coord)), coord, radii, _sphere(POINTS), own=True)
    return Surface(coord, radii, exposed, turn)


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
    Test points that a body hides from itself stay hidden: only those that are exposed, on atoms near the other body,
    are looked at again.
    """
    areas = []
    for here, there in ((one, other), (other, one)):
        reach = here.radii.max(initial=0.0) + there.radii.max(initial=0.0) + 2 * PROBE_A
        distance = cKDTree(there.coord).query(here.coord, distance_upper_bound=reach)[0]
        near = np.flatnonzero((np.asarray(distance) < reach) & here.exposed.any(axis=1))
        left = here.exposed[near]
        _hide(left, here.coord, here.radii, near, there.coord, there.radii, _sphere(POINTS) @ here.turn.T, own=False)
        area = here.area
        area[near] = here._full[near] * left.mean(axis=1)
        areas.append(area)
    return areas[0], areas[1]


def _hide(
    exposed: NDArray[np.bool_],
    coord: NDArray[np.float64],
    radii: NDArray[np.float64],
    which: NDArray[np.int64],
    others: NDArray[np.float64],
    other_radii: NDArray[np.float64],
    points: NDArray[np.float64],
    *,
    own: bool,
) -> None:
    """Mark the test points of some atoms that lie inside other atoms; `own` if those are the same body's."""
    if not len(which) or not len(others):
        return
    swollen, other_swollen = radii[which] + PROBE_A, other_radii + PROBE_A
    found = cKDTree(coord[which]).sparse_distance_matrix(
        cKDTree(others), swollen.max() + other_swollen.max(), output_type="coo_matrix"
    )
    touching = found.data < swollen[found.row] + other_swollen[found.col]
    if own:
        touching &= which[found.row] != found.col
    rows, columns, distance = found.row[touching], found.col[touching], found.data[touching]
    # The nearest neighbours hide most points; asked first, they save the others.
    order = np.lexsort((distance, rows))
    start = np.searchsorted(rows[order], np.arange(len(which) + 1))
    _test(exposed, coord[which], swollen, others, other_swollen, columns[order].astype(np.int64), start, points)


def _sphere(n: int) -> NDArray[np.float64]:
    """Spread points evenly over the unit sphere, on a spiral of golden angles, shape=(n, 3)."""
    k = np.arange(n) + 0.5
    z, angle = 1 - 2 * k / n, np.pi * (1 + np.sqrt(5)) * k
    ring = np.sqrt(1 - z * z)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])


@numba.njit(cache=True, nogil=True)
def _test(exposed, coord, swollen, others, other_swollen, neighbours, start, points):
    """Take the test points of each atom that lie in a neighbour out of those that are exposed."""
    for m in range(coord.shape[0]):
        last = start[m]
        for p in range(points.shape[0]):
            if not exposed[m, p]:
                continue
            x = coord[m, 0] + swollen[m] * points[p, 0]
            y = coord[m, 1] + swollen[m] * points[p, 1]
            z = coord[m, 2] + swollen[m] * points[p, 2]
            # What hid the point before is likely to hide this one.
            if last < start[m + 1] and _inside(x, y, z, others, other_swollen, neighbours[last]):
                exposed[m, p] = False
                continue
            for k in range(start[m], start[m + 1]):
                if _inside(x, y, z, others, other_swollen, neighbours[k]):
                    exposed[m, p] = False
                    last = k
                    break


@numba.njit(cache=True, nogil=True, inline="always")
def _inside(x, y, z, centres, radii, i):
    return (x - centres[i, 0]) ** 2 + (y - centres[i, 1]) ** 2 + (z - centres[i, 2]) ** 2 < radii[i] * radii[i]
