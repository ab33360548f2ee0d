"""The best points of the kernel's grid of scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.butterflies import keep_lower
from crossdock.docking.engine.sizes import LANES


@compiled(nogil=True)
def best_points(
    scores: NDArray[np.float32], ny: int, count: int, apart: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the lowest points of a grid that lie apart from one another.

    Parameters
    ----------
    scores : ndarray, dtype=float32, shape=(nx, blocks, nz, lanes)
        Of point (x, y, z) at [x, y // lanes, z, y % lanes]. Overwritten around the points that were taken.
    ny : int
        Points along y.
    count : int
        Number of points wanted; fewer are given when no negative score is left.
    apart : int
        Half-edge, in points, of the cube around a taken point in which no other is taken.

    Returns
    -------
    points : ndarray, dtype=int64, shape=(k, 3)
    values : ndarray, dtype=float64, shape=(k,)
    """
    nx, blocks, nz, lanes = scores.shape
    planes = scores.reshape(nx, blocks * nz * lanes)
    # The lowest score of each plane, so that taking a point costs a look at a few planes, not at the whole grid.
    lowest = np.empty(nx, dtype=np.float32)
    for x in range(nx):
        lowest[x] = _lowest(planes[x])
    points = np.empty((count, 3), dtype=np.int64)
    values = np.empty(count, dtype=np.float64)
    for k in range(count):
        x = int(np.argmin(lowest))
        if lowest[x] >= 0.0:
            return points[:k], values[:k]
        at = 0
        while planes[x, at] != lowest[x]:
            at += 1
        y, z = at // (nz * lanes) * lanes + at % lanes, at // lanes % nz
        points[k] = (x, y, z)
        values[k] = lowest[x]
        for dx in range(-apart, apart + 1):
            u = (x + dx) % nx
            for dy in range(-apart, apart + 1):
                v = (y + dy) % ny
                for dz in range(-apart, apart + 1):
                    scores[u, v // lanes, (z + dz) % nz, v % lanes] = 0.0
            lowest[u] = _lowest(planes[u])
    return points, values


@compiled(nogil=True)
def _lowest(values: NDArray[np.float32]) -> np.float32:
    lanes = np.full(LANES, np.float32(np.inf), dtype=np.float32)
    full = values.size // LANES * LANES
    for at in range(0, full, LANES):
        keep_lower(values, at, lanes)
    low: np.float32 = lanes.min()
    for value in values[full:]:
        low = min(low, value)
    return low
