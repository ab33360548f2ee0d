"""The scan: scores of every translation of every orientation, by correlation in Fourier space."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from queue import SimpleQueue

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import Grid, channels, plan_grid, receptor_fields, spread
from crossdock.geometry.rotations import matrix


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
        self.middle = ((receptor.coord.max(axis=0) + receptor.coord.min(axis=0)) / 2 - self.grid.origin) / (
            self.grid.spacing
        )
        self.ligand = ligand.coord
        self.carried = channels(ligand, energy)
        fields = receptor_fields(receptor, energy, self.grid)
        if not self.carried[-1].any():
            self.carried, fields = self.carried[:-1], fields[:-1]
        self.fields = fields

    def points(self, rotation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the ligand's atoms, turned, in units of the spacing from the corner of the box, shape=(n, 3)."""
        return self.ligand @ rotation.T / self.grid.spacing + (self.grid.box - 1) / 2

    def scores(self, rotation: NDArray[np.float64]) -> NDArray[np.float32]:
        """Score every translation of one orientation by whole library transforms: what the fast path is held to.

        Parameters
        ----------
        rotation : ndarray, dtype=float64, shape=(3, 3)

        Returns
        -------
        ndarray, dtype=float32, shape=grid.shape
            Point t holds the score with the corner of the ligand's box on grid point t; `centre` turns t into a
            position.
        """
        boxes = spread(self.points(rotation), self.carried, self.grid.box)
        total = np.zeros((*self.grid.shape[:2], self.grid.shape[2] // 2 + 1), dtype=np.complex64)
        for box, field in zip(boxes, self.fields, strict=True):
            total += scipy.fft.rfftn(field) * scipy.fft.rfftn(box, s=self.grid.shape).conj()
        return scipy.fft.irfftn(total, s=self.grid.shape)

    def centre(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """Turn grid points of `scores` into positions of the ligand's centre, shape=(n, 3), in angstrom."""
        grid = self.grid
        shape = np.array(grid.shape)
        centre = np.asarray(points, dtype=float) + (grid.box - 1) / 2
        # The grid wraps around: of all images of a point, the one nearest to the receptor's middle.
        centre -= shape * np.round((centre - self.middle) / shape)
        return grid.origin + centre * grid.spacing


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
        Batches of `TOGETHER` orientations scored at the same time; the result does not depend on it.
    progress : callable, optional
        Called with the number of orientations done, now and then.

    Returns
    -------
    Scan
        In order of orientation, best translation first.
    """
    # Where numba cannot compile, these cannot be loaded; `device.on_cpu` then takes another way.
    from crossdock.docking.engine.kernel import TOGETHER, Kernel
    from crossdock.docking.engine.lowest import best_points

    grid = correlator.grid
    half = max(1, round(apart / grid.spacing))
    kernel = Kernel(correlator.fields, grid.box)
    workspaces: SimpleQueue[tuple[NDArray[np.float32], ...]] = SimpleQueue()
    for _ in range(threads):
        workspaces.put(kernel.workspace())

    def some(quaternions: NDArray[np.float64]) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        workspace = workspaces.get()
        try:
            orientations = [correlator.points(one) for one in matrix(quaternions)]
            scores, lowest = kernel.correlate(orientations, correlator.carried, workspace)
            return [best_points(scores, lowest, lane, per_rotation, half) for lane in range(len(orientations))]
        finally:
            workspaces.put(workspace)

    together = (rotations[at : at + TOGETHER] for at in range(0, len(rotations), TOGETHER))
    found = []
    with ThreadPoolExecutor(threads) as pool:
        for done, result in enumerate(chain.from_iterable(pool.map(some, together)), start=1):
            found.append(result)
            if progress and (done % 50 == 0 or done == len(rotations)):
                progress(done)
    rotation = np.repeat(np.arange(len(rotations)), [len(points) for points, _ in found])
    points = np.concatenate([points for points, _ in found]).reshape(-1, 3)
    return Scan(rotation, correlator.centre(points), np.concatenate([values for _, values in found]))
