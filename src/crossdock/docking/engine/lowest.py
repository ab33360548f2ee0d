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
    scores : ndarray, dtype=float32, shape=(nz, blocks, nx, lanes)
        Of point (x, y, z) at [z, y // lanes, x, y % lanes]. Overwritten around the points that were taken.
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
    nz, blocks, nx, lanes = scores.shape
    planes = scores.reshape(nz, blocks * nx * lanes)
    # The lowest score of each plane, so that taking a point costs a look at a few planes, not at the whole grid.
    lowest = np.empty(nz, dtype=np.float32)
    for z in range(nz):
        lowest[z] = _lowest(planes[z])
    points = np.empty((count, 3), dtype=np.int64)
    values = np.empty(count, dtype=np.float64)
    for k in range(count):
        z = int(np.argmin(lowest))
        if lowest[z] >= 0.0:
            return points[:k], values[:k]
        at = 0
        while planes[z, at] != lowest[z]:
            at += 1
        x, y = at // lanes % nx, at // (nx * lanes) * lanes + at % lanes
        points[k] = (x, y, z)
        values[k] = lowest[z]
        for dz in range(-apart, apart + 1):
            w = (z + dz) % nz
            for dy in range(-apart, apart + 1):
                v = (y + dy) % ny
                for dx in range(-apart, apart + 1):
                    scores[w, v // lanes, (x + dx) % nx, v % lanes] = 0.0
            lowest[w] = _lowest(planes[w])
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
