"""The scan through library transforms of whole arrays: on a graphics card, and on a CPU that cannot run the kernel.

On a card, through CuPy, many orientations are scored at once, and all of it runs there: spreading the ligand's atoms,
transforms, products, and the choice of the best points, so that only these come back. The code asks for no more than
numpy has too; the CPU runs it through numpy and scipy.fft, one orientation at a time.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from crossdock import compiled
from crossdock.docking.engine import correlation
from crossdock.docking.engine.correlation import Correlator, Scan
from crossdock.docking.engine.sizes import SIZES, SMALLEST_BOX
from crossdock.errors import DockingError, InputError
from crossdock.geometry.rotations import matrix

_log = logging.getLogger(__name__)
#: Share of the free memory that a batch of orientations may take.
MEMORY_SHARE = 0.5
#: What a grid point takes, in bytes: arrays of single precision, the transforms' own work space, and the atoms.
BYTES_PER_POINT = 64
#: Grid points in a batch, reckoned to keep a card busy; with more, one pair would only take memory from the next.
BATCH_POINTS = 2**26
#: Atoms are spread in whole numbers of this part of their channel's largest value: a card adds in no fixed order.
STEPS_OF_LARGEST = 2**24


@dataclass(frozen=True)
class Arrays:
    """A namespace of arrays and what goes with it.

    Attributes
    ----------
    xp : module
        `cupy`, or `numpy`.
    fft : module
        Transforms that keep single precision: `cupyx.scipy.fft`, or `scipy.fft`.
    to_host : callable
        Turns an array of xp into one of numpy.
    free : callable
        Gives the free memory in bytes.
    batch_points : int
        Most grid points in a batch of several orientations.
    """

    xp: Any
    fft: Any
    to_host: Callable[[Any], NDArray[Any]]
    free: Callable[[], int]
    batch_points: int = BATCH_POINTS


def card() -> Arrays:
    """Give the arrays of the current graphics card.

    Raises
    ------
    InputError
        If CuPy is not installed, or there is no card that it can use.
    """
    where, otherwise = "device cuda", "or use the device `cpu`"
    try:
        import cupy
        from cupyx.scipy import fft

        fft.rfftn(cupy.ones((2, 2, 2), dtype=cupy.float32))  # finds out what is loaded only when it is used
    except ModuleNotFoundError as error:
        what = "CuPy, which crossdock needs for a graphics card, is not installed"
        raise InputError(what, where=where, hint=f"`pip install 'crossdock[gpu]'`, {otherwise}") from error
    except Exception as error:
        what = f"there is no graphics card that CuPy can use ({type(error).__name__}: {error})"
        hint = f"expected an NVIDIA card, its driver, and the libraries of CUDA 12 (docs/engine.md); {otherwise}"
        raise InputError(what, where=where, hint=hint) from error
    pool = cupy.get_default_memory_pool()
    return Arrays(cupy, fft, cupy.asnumpy, lambda: cupy.cuda.runtime.memGetInfo()[0] + pool.free_bytes())


def host() -> Arrays:
    """Give the arrays of the CPU; what its memory does not hold is the system's to say."""
    return Arrays(np, scipy.fft, np.asarray, lambda: sys.maxsize, batch_points=1)


def on_cpu(threads: int) -> Callable[..., Scan]:
    """Give the scan on the CPU: the kernel's, or this one where that cannot be compiled, which is said once.

    Parameters
    ----------
    threads : int
        At work side by side; the result does not depend on it.

    Returns
    -------
    callable
        As `correlation.scan` without `threads`; scores of both ways differ by rounding.
    """
    reason = _kernel_fault()
    if reason is None:
        return partial(correlation.scan, threads=threads)
    if not compiled.fault():  # which has been said where the first function was to be compiled
        _say_slower(reason)

    def library_scan(*given: Any, **options: Any) -> Scan:
        with scipy.fft.set_workers(threads):
            return scan(*given, arrays=host(), **options)

    return library_scan


@cache
def _kernel_fault() -> str | None:
    """Say what keeps the kernel from running on this machine; None where a small grid goes through it."""
    if reason := compiled.fault():
        return reason
    # The kernel writes vector instructions of its own, at which a compiler may fail that does the rest.
    try:
        from crossdock.docking.engine.kernel import Kernel

        size = next(n for n in SIZES if n >= SMALLEST_BOX)
        kernel = Kernel(np.ones((1, size, size, size), dtype=np.float32), SMALLEST_BOX)
        kernel.scores(np.zeros((1, 3)), np.ones((1, 1)), kernel.workspace())
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


@cache
def _say_slower(reason: str) -> None:
    """Say once in a process that the search takes longer."""
    _log.warning(
        f"the kernel of the search cannot be compiled here ({reason}): the search uses scipy.fft. "
        "Poses are the same up to rounding, but the search is about 6 times slower"
    )


class BatchCorrelator:
    """Scores many orientations of one ligand at every translation.

    Parameters
    ----------
    correlator : Correlator
    arrays : Arrays
    """

    def __init__(self, correlator: Correlator, arrays: Arrays) -> None:
        xp = arrays.xp
        self.arrays, self.grid = arrays, correlator.grid
        largest = abs(correlator.carried).max(axis=1)
        scale = STEPS_OF_LARGEST / np.where(largest > 0, largest, 1.0)
        self.ligand = xp.asarray(correlator.ligand)
        self.carried = xp.asarray(correlator.carried * scale[:, None])
        fields = (correlator.fields / scale[:, None, None, None]).astype(np.float32)
        self.spectra = arrays.fft.rfftn(xp.asarray(fields), axes=(1, 2, 3)).conj()

    def batch_size(self) -> int:
        """Give the number of orientations that are scored at once, by the grid and the free memory.

        Raises
        ------
        DockingError
            If the memory does not hold one.
        """
        points, free = int(np.prod(self.grid.shape)), self.arrays.free()
        if (most := int(MEMORY_SHARE * free) // (points * BYTES_PER_POINT)) < 1:
            needs = points * BYTES_PER_POINT / MEMORY_SHARE
            raise DockingError(
                f"the graphics card has {free / 1e9:.1f} GB free, this pair needs {needs / 1e9:.1f} GB",
                hint="stop other programs on it, or use the device `cpu`",
            )
        return min(most, max(1, self.arrays.batch_points // points))

    def scores(self, rotations: NDArray[np.float64]) -> Any:
        """Score every translation of some orientations.

        Parameters
        ----------
        rotations : ndarray, dtype=float64, shape=(n, 3, 3)

        Returns
        -------
        array of xp, dtype=float32, shape=(n, *grid.shape)
            As `Correlator.scores` of each.
        """
        xp, fft, grid = self.arrays.xp, self.arrays.fft, self.grid
        (_, ny, nz), shape = grid.shape, (len(rotations), *grid.shape)
        turned = (xp.asarray(rotations)[:, None] * self.ligand[:, None]).sum(axis=-1)
        points = turned / grid.spacing + (grid.box - 1) / 2
        lower = points.astype(xp.int64)
        # The eight grid points around each atom: their places in the flat batch and their trilinear weights.
        x, y, z = xp.moveaxis(lower, -1, 0)
        first = ((xp.arange(len(rotations))[:, None] * shape[1] + x) * ny + y) * nz + z
        steps = ((xp.arange(2)[:, None, None] * ny + xp.arange(2)[:, None]) * nz + xp.arange(2))[..., None, None]
        places = (first + steps).ravel()
        upper = xp.moveaxis(points - lower, -1, 0)
        x, y, z = xp.moveaxis(xp.stack([1 - upper, upper]), 1, 0)
        weights = x[:, None, None] * y[:, None] * z
        total = xp.zeros((*shape[:3], nz // 2 + 1), dtype=xp.complex64)
        for carried, spectrum in zip(self.carried, self.spectra, strict=True):
            spread = xp.zeros(int(np.prod(shape)), dtype=xp.int32)
            xp.add.at(spread, places, xp.rint(weights * carried).astype(xp.int32).ravel())
            product = fft.rfftn(spread.reshape(shape).astype(xp.float32), axes=(1, 2, 3))
            product *= spectrum
            total += product
        return fft.irfftn(xp.conj(total, out=total), s=grid.shape, axes=(1, 2, 3), overwrite_x=True)


def best_points(scores: Any, count: int, apart: int, xp: Any) -> tuple[Any, Any]:
    """Find the lowest points of each grid of a batch that lie apart from one another.

    Parameters
    ----------
    scores : array of xp, dtype=float32, shape=(n, nx, ny, nz)
        Overwritten around the points that were taken.
    count : int
        Number of points for each grid.
    apart : int
        Half-edge, in points, of the cube around a taken point in which no other is taken.
    xp : module

    Returns
    -------
    places : array of xp, dtype=int64, shape=(n, count)
        In the flat grid.
    values : array of xp, dtype=float32, shape=(n, count)
        Those from the first that is not negative on are no poses.
    """
    shape, flat = scores.shape[1:], scores.reshape(len(scores), -1)
    rows, around = xp.arange(len(scores)), xp.arange(-apart, apart + 1)
    places, values = [], []
    for _ in range(count):
        places.append(flat.argmin(axis=1))
        values.append(flat[rows, places[-1]])
        at = xp.unravel_index(places[-1], shape)
        x, y, z = ((one[:, None] + around) % n for one, n in zip(at, shape, strict=True))
        scores[rows[:, None, None, None], x[:, :, None, None], y[:, None, :, None], z[:, None, None]] = 0.0
    return xp.stack(places, axis=1), xp.stack(values, axis=1)


def scan(
    correlator: Correlator,
    rotations: NDArray[np.float64],
    *,
    per_rotation: int,
    apart: float = 4.5,
    arrays: Arrays,
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
    arrays : Arrays
    progress : callable, optional
        Called with the number of orientations done, after each batch.

    Returns
    -------
    Scan
        As of `correlation.scan`, up to rounding.

    Raises
    ------
    DockingError
        If the card's memory does not hold the pair.
    """
    grid = correlator.grid
    half = max(1, round(apart / grid.spacing))
    batches = BatchCorrelator(correlator, arrays)
    size = batches.batch_size()
    found = []
    for start in range(0, len(rotations), size):
        scores = batches.scores(matrix(rotations[start : start + size]))
        found.append([arrays.to_host(one) for one in best_points(scores, per_rotation, half, arrays.xp)])
        if progress:
            progress(min(start + size, len(rotations)))
    places, values = (np.concatenate(one) for one in zip(*found, strict=True))
    rotation, _ = np.nonzero(values < 0)
    points = np.stack(np.unravel_index(places[values < 0], grid.shape), axis=1)
    return Scan(rotation, correlator.centre(points), values[values < 0].astype(np.float64))
