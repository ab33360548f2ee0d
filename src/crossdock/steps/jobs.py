"""What the rules of the workflow ask of the steps of a pair, and how pairs are put together into jobs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from crossdock.docking.backends import load_backend, needs
from crossdock.docking.backends.contract import Needs
from crossdock.panel.panel import Panel
from crossdock.panel.schema import option_arguments, option_of
from crossdock.structures.shape import Size

#: Jobs that Snakemake plans within seconds; a panel with more pairs has several of them in a job.
MOST_JOBS = 1000
#: A protein of middling size, by which jobs are filled before any structure is at hand: half the median pair of the
#: docking benchmark.
TYPICAL = Size.globular(1900)
#: How much more than the estimate a job asks for, so that none of the benchmark's pairs asks for too little at first:
#: some clusters have slower processors, and analysis comes on top. `python benchmarks/job_needs.py` measures it.
MEMORY_MARGIN, TIME_MARGIN = 1.3, 3.0
#: What a job asks for at least, in MB and minutes, and the time of a pair of a backend that cannot tell, in seconds.
LEAST_MB, LEAST_MIN, UNKNOWN_SECONDS = 600, 5, 600.0
#: What refining a model asks a cluster for, in minutes and MB: one of 427 residues took a minute of a busy core, and
#: time grows with the square of what is near the interface.
REFINING_MIN, REFINING_MB = 5, 2000


def docking_arguments(panel: Panel, replicate: int = 1) -> list[str]:
    """Write the options of `crossdock dock` for a pair's docking, of which the first is number 1."""
    rules = load_backend(panel.backend).options
    # Nothing, where that is not what an option is without being given, has to be said.
    nothing = {key: value for key, value in panel.docking.items() if value in (None, "", [], ())}
    given = {key: value for key, value in nothing.items() if key in rules and value != rules[key].get("default")}
    written = option_arguments({"backend": panel.backend, "seed": panel.seed + replicate - 1, **panel.docking})
    return written + [f"{option_of(key)}={'null' if value is None else value}" for key, value in given.items()]


def analysis_arguments(panel: Panel, receptor: str, ligand: str) -> list[str]:
    """Write the options of `crossdock analyse` for a pair."""
    known = panel.is_known(receptor, ligand)
    about = {"known": known.complex, "note": known.note} if known else {}
    clustering = {f"clustering.{key}": value for key, value in panel.clustering.items()}
    return option_arguments({**about, **clustering, **panel.affinity})


def batch_size(panel: Panel) -> int:
    """Tell how many pairs of a receptor one job docks.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    int
        It follows from the config alone, not from structures that may not be at hand yet, so that every process that
        reads the config puts the same pairs into the same job.
    """
    if load_backend(panel.backend).elsewhere:
        return 1
    if isinstance(panel.batch, int):
        return panel.batch
    if minutes := re.fullmatch(r"(\d+) ?min", panel.batch):
        seconds = needed(panel, TYPICAL, TYPICAL).cpu_seconds
        return max(1, round(60 * int(minutes[1]) / (seconds * panel.replicates))) if seconds else 1
    return max(1, math.ceil(len(panel.docked) / MOST_JOBS))


def parts(panel: Panel, receptor: Size, ligand: Size) -> int:
    """Tell into how many jobs the search of a pair is split.

    Parameters
    ----------
    panel : Panel
    receptor, ligand : Size
        Of the prepared structures.
    """
    if not panel.split or not load_backend(panel.backend).can.split:
        return 1
    seconds = needed(panel, receptor, ligand).cpu_seconds
    return max(1, math.ceil(seconds / (60 * panel.split))) if seconds else 1


def memory_mb(panel: Panel, sizes: Iterable[tuple[Size, Size]], attempt: int = 1) -> int:
    """Tell what memory a job asks a cluster for.

    Parameters
    ----------
    panel : Panel
    sizes : iterable of (Size, Size)
        Of receptor and ligand of each of its pairs.
    attempt : int
        Which try of the job it is; each asks for as much again.

    Returns
    -------
    int
        In MB.
    """
    most = max(needed(panel, *pair).memory_mb or LEAST_MB for pair in sizes)
    return attempt * math.ceil(max(LEAST_MB, MEMORY_MARGIN * most))


def runtime_min(panel: Panel, sizes: Iterable[tuple[Size, Size]], attempt: int = 1, share: float = 1.0) -> int:
    """Tell what time a job asks a cluster for, in minutes; `share` is the part of the search that it does.

    The other parameters are those of `memory_mb`.
    """
    seconds = sum((needed(panel, *pair).cpu_seconds or UNKNOWN_SECONDS) * panel.replicates for pair in sizes)
    return attempt * math.ceil(LEAST_MIN + TIME_MARGIN * share * seconds / 60)


def refining_min(panel: Panel, pairs: int = 1, attempt: int = 1) -> int:
    """Tell what time refining the models of some pairs asks a cluster for, in minutes; 0 where none are refined."""
    models: int = panel.refine.get("models", 0)
    return attempt * REFINING_MIN * models * pairs


def needed(panel: Panel, receptor: Size, ligand: Size) -> Needs:
    """Estimate what docking a pair of a panel takes, from the sizes of both."""
    return needs(panel.backend, receptor, ligand, panel.docking)


def combinations(panel: Panel, receptor: int, ligand: int) -> int:
    """Tell how many dockings one docking of a pair consists of, by how many conformers both have."""
    return receptor * ligand if load_backend(panel.backend).can.conformers else 1


def gpus(panel: Panel) -> int:
    """Tell how many graphics cards a docking of a panel takes."""
    return load_backend(panel.backend).gpus(panel.docking)


def batches(panel: Panel) -> dict[str, dict[str, tuple[str, ...]]]:
    """Put pairs together into jobs.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    dict
        Receptor -> number of the batch -> its ligands, in config order; empty where every pair is a job of its own.
    """
    size = batch_size(panel)
    if size == 1:
        return {}
    ligands: dict[str, list[str]] = {}
    for receptor, ligand in panel.docked:
        ligands.setdefault(receptor.name, []).append(ligand.name)
    return {
        receptor: {f"{place // size + 1:04d}": tuple(own[place : place + size]) for place in range(0, len(own), size)}
        for receptor, own in ligands.items()
    }
