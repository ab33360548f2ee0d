"""The surface of bodies that a solvent can touch, and what two bodies hide of each other's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.compiled import compiled

#: Radius of a water molecule, in angstrom (Lee & Richards 1971, J Mol Biol 55:379).
PROBE_A = 1.4


@dataclass(frozen=True)
class Surface:
    """A body's atoms as spheres, and which test points on each are accessible while the body is alone.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    radii : ndarray, dtype=float64, shape=(n,)
        Van der Waals radii, in angstrom.
    points : ndarray, dtype=float64, shape=(p, 3)
        Test points on the unit sphere; they turn with the body, so that it has the same area wherever it lies.
    exposed : ndarray, dtype=bool, shape=(n, p)
    """

    coord: NDArray[np.float64]
    radii: NDArray[np.float64]
    points: NDArray[np.float64]
    exposed: NDArray[np.bool_]

    @cached_property
    def tree(self) -> cKDTree:
        """The atoms' centres, for searches."""
        return cKDTree(self.coord)

    @property
    def swollen(self) -> NDArray[np.float64]:
        """Radii with that of the probe, in angstrom, shape=(n,)."""
        return self.radii + PROBE_A

    @property
    def area(self) -> NDArray[np.float64]:
        """Accessible area of each atom while the body is alone, in square angstrom, shape=(n,)."""
        area: NDArray[np.float64] = self._full * self.exposed.mean(axis=1)
        return area

    @property
    def _full(self) -> NDArray[np.float64]:
        return 4.0 * np.pi * self.swollen**2

    def moved(self, rotation: NDArray[np.float64], translation: NDArray[np.float64]) -> Surface:
        """Give the body elsewhere: `x' = R x + t`."""
        return Surface(self.coord @ rotation.T + translation, self.radii, self.points @ rotation.T, self.exposed)


def accessible_surface(coord: NDArray[np.float64], radii: NDArray[np.float64], points: NDArray[np.float64]) -> Surface:
    """Compute the surface of a body that is alone, as Shrake & Rupley do.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Centres of the atoms, in angstrom.
    radii : ndarray, dtype=float64, shape=(n,)
        Van der Waals radii, in angstrom.
    points : ndarray, dtype=float64, shape=(p, 3)
        Test points on the unit sphere, as `spheres.sphere` gives them; the more, the finer is the area.

    Returns
    -------
    Surface

    References
    ----------
    Shrake & Rupley 1973, J Mol Biol 79:351 (with 92 points).
    """
    body = Surface(coord, radii, points, np.ones((len(coord), len(points)), dtype=bool))
    pairs = body.tree.query_pairs(2 * body.swollen.max(initial=0.0), output_type="ndarray")
    distance = np.linalg.norm(coord[pairs[:, 0]] - coord[pairs[:, 1]], axis=1)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    near = both[:, 0], both[:, 1], np.concatenate([distance, distance])
    _hide(body.exposed, body, np.arange(len(coord)), body, near)
    return body


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
    reach = one.swollen.max(initial=0.0) + other.swollen.max(initial=0.0)
    pairs = one.tree.sparse_distance_matrix(other.tree, reach, output_type="coo_matrix")
    rows, columns, distance = pairs.row, pairs.col, pairs.data
    areas = []
    for here, there, own, others in ((one, other, rows, columns), (other, one, columns, rows)):
        near = np.unique(own[distance < here.swollen[own] + there.swollen[others]]).astype(np.int64)
        left = here.exposed[near]
        _hide(left, here, near, there, (own, others, distance))
        area = here.area
        area[near] = here._full[near] * left.mean(axis=1)
        areas.append(area)
    return areas[0], areas[1]


def _hide(
    exposed: NDArray[np.bool_],
    here: Surface,
    which: NDArray[np.int64],
    there: Surface,
    pairs: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
) -> None:
    """Mark the test points of some atoms that lie inside other atoms.

    `pairs` are the atoms of here and of there that are near one another, and how far apart they are.
    """
    rows, columns, distance = pairs
    touching = distance < here.swollen[rows] + there.swollen[columns]
    rows, columns, distance = rows[touching], columns[touching], distance[touching]
    # The nearest neighbours hide most points; asked first, they save the others.
    order = np.lexsort((distance, rows))
    rows, neighbours = rows[order], columns[order].astype(np.int64)
    start, end = np.searchsorted(rows, which), np.searchsorted(rows, which, side="right")
    swollen = here.swollen[which]
    _test(exposed, here.coord[which], swollen, there.coord, there.swollen, neighbours, start, end, here.points)


@compiled(nogil=True)
def _test(
    exposed: NDArray[np.bool_],
    coord: NDArray[np.float64],
    swollen: NDArray[np.float64],
    others: NDArray[np.float64],
    other_swollen: NDArray[np.float64],
    neighbours: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    points: NDArray[np.float64],
) -> None:
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
            if last < end[m] and _inside(x, y, z, others, other_swollen, neighbours[last]):
                exposed[m, p] = False
                continue
            for k in range(start[m], end[m]):
                if _inside(x, y, z, others, other_swollen, neighbours[k]):
                    exposed[m, p] = False
                    last = k
                    break


@compiled(nogil=True, inline="always")
def _inside(x: float, y: float, z: float, centres: NDArray[np.float64], radii: NDArray[np.float64], i: int) -> bool:
    hidden: bool = (x - centres[i, 0]) ** 2 + (y - centres[i, 1]) ** 2 + (z - centres[i, 2]) ** 2 < radii[i] * radii[i]
    return hidden
