"""The scan: scores of every translation of every orientation, by correlation in Fourier space."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import Grid, channels, plan_grid, receptor_fields, spread
from crossdock.docking.rotations import matrix


@dataclass(frozen=True)
class Scan:
    """The best translations of every orientation.

    Attributes
    ----------
    rotation : ndarray, dtype=int64, shape=(n,)
        Index of the orientation.
    translation : ndarray, dtype=float64, shape=(n, 3)
        Where the ligand's centre lies, in angstrom, in the frame of the scan.
    score : ndarray, dtype=float64, shape=(n,)
        Grid score, arbitrary units.
    """

    rotation: NDArray[np.int64]
    translation: NDArray[np.float64]
    score: NDArray[np.float64]


class Correlator:
    """Scores one ligand orientation at every translation on a grid.

    Parameters
    ----------
    receptor, ligand : DockingAtoms
        The receptor in the orientation of the scan; the ligand with its centre at the origin.
    energy : Energy
    spacing : float
        Of the grid, in angstrom.
    """

    def __init__(self, receptor: DockingAtoms, ligand: DockingAtoms, energy: Energy, *, spacing: float) -> None:
        radius = float(np.linalg.norm(ligand.coord, axis=1).max())
        self.grid: Grid = plan_grid(receptor, radius, energy, spacing)
        self.ligand = ligand.coord
        self.carried = channels(ligand, energy)
        fields = receptor_fields(receptor, energy, self.grid)
        if not ligand.closed.any():
            self.carried, fields = self.carried[:-1], fields[:-1]
        self.spectra = np.stack([scipy.fft.rfftn(field, workers=1) for field in fields])

    def scores(self, rotation: NDArray[np.float64]) -> NDArray[np.float32]:
        """Score every translation of one orientation.

        Parameters
        ----------
        rotation : ndarray, dtype=float64, shape=(3, 3)

        Returns
        -------
        ndarray, dtype=float32, shape=grid.shape
            Point t holds the score with the corner of the ligand's box on grid point t; `centre` turns t into a
            position.
        """
        grid = self.grid
        points = self.ligand @ rotation.T / grid.spacing + (grid.box - 1) / 2
        boxes = spread(points, self.carried, grid.box)
        nx, ny, nz = grid.shape
        # Padding one axis at a time leaves the lines that hold nothing out of the transform.
        spectrum = scipy.fft.rfft(boxes, n=nz, axis=3)
        spectrum = scipy.fft.fft(spectrum, n=ny, axis=2, overwrite_x=True)
        total = np.zeros((nx, ny, nz // 2 + 1), dtype=np.complex64)
        for channel, receptor in zip(spectrum, self.spectra, strict=True):
            _multiply_add(total, scipy.fft.fft(channel, n=nx, axis=0), receptor)
        return scipy.fft.irfftn(total, s=grid.shape, overwrite_x=True)

    def centre(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """Turn grid points of `scores` into positions of the ligand's centre, shape=(n, 3), in angstrom."""
        grid = self.grid
        points = np.asarray(points, dtype=float)
        # A box that starts behind the last point but its own edge sticks out over the near face.
        wrapped = np.where(points > np.array(grid.shape) - grid.box, points - np.array(grid.shape), points)
        return grid.origin + (wrapped + (grid.box - 1) / 2) * grid.spacing


@numba.njit(cache=True, nogil=True)
def _multiply_add(total, ligand, receptor):
    """Add the cross-correlation of one channel to the total, in Fourier space."""
    t, f, r = total.ravel(), ligand.ravel(), receptor.ravel()
    for i in range(t.size):
        t[i] += r[i] * np.conj(f[i])


@numba.njit(cache=True, nogil=True)
def best_points(scores, count, apart):
    """Find the lowest points of a grid that lie apart from one another.

    Parameters
    ----------
    scores : ndarray, dtype=float32, shape=(nx, ny, nz)
        Overwritten around the points that were taken.
    count : int
        Number of points wanted; fewer are given when no negative score is left.
    apart : int
        Half-edge, in points, of the cube around a taken point in which no other is taken.

    Returns
    -------
    points : ndarray, dtype=int64, shape=(k, 3)
    values : ndarray, dtype=float64, shape=(k,)
    """
    nx, ny, nz = scores.shape
    # The lowest score of each plane, so that taking a point costs a look at a few planes, not at the whole grid.
    lowest = np.empty(nx, dtype=np.float32)
    for x in range(nx):
        lowest[x] = scores[x].min()
    points = np.empty((count, 3), dtype=np.int64)
    values = np.empty(count, dtype=np.float64)
    for k in range(count):
        x = int(np.argmin(lowest))
        if lowest[x] >= 0.0:
            return points[:k], values[:k]
        at = int(np.argmin(scores[x]))
        y, z = at // nz, at % nz
        points[k] = (x, y, z)
        values[k] = scores[x, y, z]
        for dx in range(-apart, apart + 1):
            u = (x + dx) % nx
            for dy in range(-apart, apart + 1):
                for dz in range(-apart, apart + 1):
                    scores[u, (y + dy) % ny, (z + dz) % nz] = 0.0
            lowest[u] = scores[u].min()
    return points, values


def scan(
    correlator: Correlator,
    rotations: NDArray[np.float64],
    *,
    per_rotation: int,
    apart: float = 4.5,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Scan:
    """Score every orientation everywhere and keep its best translations.

    Parameters
    ----------
    correlator : Correlator
    rotations : ndarray, dtype=float64, shape=(n, 4)
        Unit quaternions (w, x, y, z).
    per_rotation : int
        Translations kept for each orientation.
    apart : float
        Least distance along an axis between two kept translations of one orientation, in angstrom.
    threads : int
        Orientations scored side by side; the result does not depend on it.
    progress : callable, optional
        Called with the number of orientations done, now and then.

    Returns
    -------
    Scan
        In order of orientation, best translation first.
    """
    half = max(1, round(apart / correlator.grid.spacing))

    def one(quaternion: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return best_points(correlator.scores(matrix(quaternion)), per_rotation, half)

    found = []
    with ThreadPoolExecutor(threads) as pool:
        for done, result in enumerate(pool.map(one, rotations), start=1):
            found.append(result)
            if progress and (done % 50 == 0 or done == len(rotations)):
                progress(done)
    rotation = np.repeat(np.arange(len(rotations)), [len(points) for points, _ in found])
    points = np.concatenate([points for points, _ in found]).reshape(-1, 3)
    return Scan(rotation, correlator.centre(points), np.concatenate([values for _, values in found]))
