"""Which points lie near a place: a list for each small cube of space, made once and read for every pose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled


class Cubes(NamedTuple):
    """Small cubes that fill a box.

    Attributes
    ----------
    origin : tuple of float
        Corner of the first cube, in angstrom.
    edge : float
        In angstrom.
    shape : tuple of int
        Numbers of cubes along x, y and z.
    """

    origin: tuple[float, float, float]
    edge: float
    shape: tuple[int, int, int]


class Neighbours(NamedTuple):
    """For each cube of space the points within a cutoff of any place in it.

    Attributes
    ----------
    cubes : Cubes
        Places outside them have no point within the cutoff.
    start : ndarray, dtype=int64, shape=(n + 1,)
        Where the list of each of n cubes begins in `points`; z changes fastest.
    points : ndarray, dtype=uint32, shape=(k,)
        Indices of points; ascending in each list.
    """

    cubes: Cubes
    start: NDArray[np.int64]
    points: NDArray[np.uint32]


def neighbours(coord: NDArray[np.float64], cutoff: float, *, edge: float = 2.0) -> Neighbours:
    """List the points near each cube of space.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    cutoff : float
        In angstrom.
    edge : float
        Edge of a cube, in angstrom. Smaller cubes have shorter lists and need more memory.

    Returns
    -------
    Neighbours
    """
    if not len(coord):
        return Neighbours(Cubes((0.0, 0.0, 0.0), edge, (0, 0, 0)), np.zeros(1, np.int64), np.zeros(0, np.uint32))
    x, y, z = (float(low) for low in coord.min(axis=0) - cutoff)
    nx, ny, nz = (int(length) + 1 for length in (np.ptp(coord, axis=0) + 2 * cutoff) / edge)
    # The distance to a cube may be rounded up: a list may hold a point too many, but none too few.
    start, points = _listed(coord - np.array([x, y, z]), cutoff + 1e-6, edge, (nx, ny, nz))
    return Neighbours(Cubes((x, y, z), edge, (nx, ny, nz)), start, points)


@compiled(inline="always")
def cube_at(cubes: Cubes, x: float, y: float, z: float) -> int:
    """Give the number of the cube that holds a place, in angstrom; -1 outside all of them."""
    (ox, oy, oz), edge, (nx, ny, nz) = cubes
    u, v, w = (x - ox) / edge, (y - oy) / edge, (z - oz) / edge
    if not (0.0 <= u < nx and 0.0 <= v < ny and 0.0 <= w < nz):
        return -1
    return (int(u) * ny + int(v)) * nz + int(w)


@compiled(nogil=True, error_model="numpy")
def _listed(
    coord: NDArray[np.float64], cutoff: float, edge: float, shape: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Count the points of each cube, then write their lists."""
    nx, ny, nz = shape
    start, points = np.zeros(nx * ny * nz + 2, dtype=np.int64), np.empty(0, dtype=np.uint32)
    for write in (False, True):
        for i in range(len(coord)):
            x, y, z = coord[i]
            for ix in range(max(int((x - cutoff) / edge), 0), min(int((x + cutoff) / edge) + 1, nx)):
                for iy in range(max(int((y - cutoff) / edge), 0), min(int((y + cutoff) / edge) + 1, ny)):
                    dx, dy = _beyond(x, ix * edge, edge), _beyond(y, iy * edge, edge)
                    left = cutoff * cutoff - dx * dx - dy * dy
                    if left <= 0.0:
                        continue
                    reach, row = np.sqrt(left), (ix * ny + iy) * nz
                    for iz in range(max(int((z - reach) / edge), 0), min(int((z + reach) / edge) + 1, nz)):
                        # Two places further on while it is counted, one while it is written: then it is in place.
                        if write:
                            points[start[row + iz + 1]] = i
                            start[row + iz + 1] += 1
                        else:
                            start[row + iz + 2] += 1
        if not write:
            start = np.cumsum(start)
            points = np.empty(start[-1], dtype=np.uint32)
    return start[:-1], points


@compiled(inline="always")
def _beyond(x: float, low: float, edge: float) -> float:
    """Give how far a coordinate lies outside an interval that starts at `low`."""
    return max(low - x, x - low - edge, 0.0)
