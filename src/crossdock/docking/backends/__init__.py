"""Methods that turn two structures into poses, found by name through the entry points `crossdock.backends`.

A backend is a function `dock(receptor, ligand, options) -> Docking`; any installed package can register one. Functions
`estimate_seconds(receptor, ligand, options) -> float` and `estimate_memory`, beside it, if they are
there, foretell CPU time and memory from the sizes of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.errors import InputError
from crossdock.structures.shape import Size
from crossdock.structures.structure import Structure


@dataclass(frozen=True)
class Options:
    """What a backend is asked for.

    Attributes
    ----------
    sampling : {"fast", "default", "thorough"}
        Named setting of the search.
    rotations : int, optional
        Number of orientations in place of the named setting's.
    seed : int
        Seed of the random start orientations.
    threads : int
    device : {"cpu", "cuda"}
        What the search runs on: this machine's processors, or its graphics card.
    job : str, optional
        Record of what a server has given for the pair.
    coefficients : str
        Which of a server's sets of clusters is taken.
    receptor_closed, ligand_closed : ndarray, dtype=bool, shape=(n,), optional
        Atoms of the partners that may not be met.
    receptor_attract, ligand_attract : ndarray, dtype=bool, shape=(n,), optional
        Atoms that pull the other partner towards them.
    scan : optional
        The search itself where it was done before, in parts (`crossdock scan`).
    progress : callable, optional
        Called with (done, total) of the work, now and then.
    """

    sampling: str = "default"
    rotations: int | None = None
    seed: int = 1
    threads: int = 1
    device: str = "cpu"
    job: str | None = None
    coefficients: str = "balanced"
    receptor_closed: NDArray[np.bool_] | None = field(default=None, compare=False)
    ligand_closed: NDArray[np.bool_] | None = field(default=None, compare=False)
    receptor_attract: NDArray[np.bool_] | None = field(default=None, compare=False)
    ligand_attract: NDArray[np.bool_] | None = field(default=None, compare=False)
    scan: Any = field(default=None, compare=False)
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Docking:
    """What a backend gives back.

    Attributes
    ----------
    poses : DataFrame
        As `crossdock.docking.poses.COLUMNS`.
    record : dict
        The backend's part of docking.json: parameters, start, counts.
    """

    poses: pd.DataFrame
    record: dict[str, Any]


Backend = Callable[[Structure, Structure, Options], Docking]


@cache
def load_backend(name: str) -> Backend:
    """Give the backend of that name; it is looked for among all installed packages once.

    Raises
    ------
    InputError
        If none is registered under it.
    """
    points = {point.name: point for point in entry_points(group="crossdock.backends")}
    if name not in points:
        raise InputError(f"there is no backend {name!r}", hint=f"registered: {', '.join(sorted(points)) or 'none'}")
    backend: Backend = points[name].load()
    return backend


def estimate_memory(name: str, receptor: Size, ligand: Size, options: Options) -> float | None:
    """Estimate the memory in MB that a backend takes for a pair; None where it does not say."""
    estimate = getattr(import_module(load_backend(name).__module__), "estimate_memory", None)
    return estimate(receptor, ligand, options) if estimate else None


def estimate_seconds(name: str, receptor: Size, ligand: Size, options: Options) -> float | None:
    """Estimate the CPU seconds that a backend takes for a pair; None where it does not say."""
    estimate = getattr(import_module(load_backend(name).__module__), "estimate_seconds", None)
    return estimate(receptor, ligand, options) if estimate else None
