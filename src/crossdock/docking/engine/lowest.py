"""The best points of the kernel's grid of scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled


@compiled(nogil=True)
def best_points(
    scores: NDArray[np.float32], lowest: NDArray[np.float32], lane: int, count: int, apart: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the lowest points of one orientation's grid that lie apart from one another.

    Parameters
    ----------
    scores : ndarray, dtype=float32, shape=(nz, ny, nx, lanes)
        Of point (x, y, z) at [z, y, x, lane]. Overwritten around the points that were taken.
    lowest : ndarray, dtype=float32, shape=(nz, ny, lanes)
        The lowest score of each line along x. Overwritten, too.
    lane : int
        Which orientation.
    count : int
        Number of points wanted; fewer are given when no negative score is left.
    apart : int
        Half-edge, in points, of the cube around a taken point in which no other is taken.

    Returns
    -------
    points : ndarray, dtype=int64, shape=(k, 3)
    values : ndarray, dtype=float64, shape=(k,)
    """
    nz, ny, nx = scores.shape[:3]
    # The lowest score of each plane, too: taking a point costs a look at a few lines, not at the whole grid.
    planes = np.empty(nz, dtype=np.float32)
    for z in range(nz):
        planes[z] = lowest[z, :, lane].min()
    points = np.empty((count, 3), dtype=np.int64)
    values = np.empty(count, dtype=np.float64)
    for k in range(count):
        z = int(np.argmin(planes))
        if planes[z] >= 0.0:
            return points[:k], values[:k]
        y = int(np.argmin(lowest[z, :, lane]))
        x = int(np.argmin(scores[z, y, :, lane]))
        points[k] = (x, y, z)
        values[k] = planes[z]
        for dz in range(-apart, apart + 1):
            w = (z + dz) % nz
            for dy in range(-apart, apart + 1):
                v = (y + dy) % ny
                taken = False
                for dx in range(-apart, apart + 1):
                    u = (x + dx) % nx
                    taken = taken or scores[w, v, u, lane] == lowest[w, v, lane]
                    scores[w, v, u, lane] = 0.0
                if taken:
                    lowest[w, v, lane] = scores[w, v, :, lane].min()
            planes[w] = lowest[w, :, lane].min()
    return points, values
