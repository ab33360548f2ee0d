"""How long a panel takes on this machine, by the sizes of its proteins and a short measurement of the processors."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

#: CPU seconds of a pair beside its docking (analysis of its models, two starts of the program), and seconds of a run
#: that do not depend on the pairs: structures, tables, the report. From a run of the demo (`time make demo`, less the
#: `cpu_seconds` of its docking.json), on the processor of `PROBE_THERE`.
BESIDE_PAIR, ONCE = 6.6, 25.0
#: Orientations that the measurement searches in one go, for how many seconds it does so, and the seconds of one go
#: where the constants of `backends.local.estimate_seconds` were measured: two processes on the two threads of one core.
PROBE_ROTATIONS, PROBE_SECONDS, PROBE_THERE = 100, 3.0, 0.33


@dataclass(frozen=True)
class Estimate:
    """What docking a panel takes.

    Attributes
    ----------
    cpu_seconds : float
        Of docking all pairs, on the processor that the constants were measured on.
    cores : int
    speed : float
        How fast one core is here, with all of them at work, beside that processor.
    wall_seconds : float
        Of the whole run.
    """

    cpu_seconds: float
    cores: int
    speed: float
    wall_seconds: float


def estimate_run(seconds: Mapping[tuple[str, str], float], cores: int, *, speed: float = 1.0) -> Estimate:
    """Estimate how long a run takes.

    Parameters
    ----------
    seconds : mapping
        (receptor, ligand) -> CPU seconds of docking the pair, as `crossdock.check.estimate` gives them.
    cores : int
    speed : float
        As `measured_speed` gives it.

    Returns
    -------
    Estimate

    Notes
    -----
    Pairs are docked side by side, so that no run is shorter than its longest pair; the last ones leave cores idle, for
    half a pair's time on average.
    """
    total = sum(seconds.values())
    each = [docking + BESIDE_PAIR for docking in seconds.values()] or [0.0]
    idle = sum(each) / len(each) / 2 if cores > 1 else 0.0
    wall = max(sum(each) / cores + idle, max(each)) / speed + ONCE
    return Estimate(total, cores, speed, wall)


def usable_cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measured_speed(cores: int) -> float:
    """Measure how fast docking is here with all cores at work.

    Parameters
    ----------
    cores : int

    Returns
    -------
    float
        Speed of one core, 1 being that of the processor that the estimate's constants were measured on.

    Notes
    -----
    A demo pair is searched for some seconds in as many processes as there are cores: processors that share a core, or
    that other programs use too, are found slow.
    """
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        starts = time.time() + 8.0  # all of them have started by then
        return sum(pool.map(_probe, [starts] * cores)) / cores


def _probe(starts: float) -> float:
    """Search for some seconds; give the speed beside that of the processor of the constants."""
    import gzip
    import tempfile
    from importlib import resources
    from pathlib import Path

    from crossdock.docking.backends import Options
    from crossdock.docking.backends.local import scan_part
    from crossdock.structures.prepare import prepare

    with tempfile.TemporaryDirectory() as folder:
        entry = Path(folder) / "1emv.pdb"
        entry.write_bytes(gzip.decompress((resources.files("crossdock") / "demo" / "1emv.pdb.gz").read_bytes()))
        receptor, ligand = (prepare(entry, name=chain, chains=[chain])[0] for chain in "BA")
    options = Options(rotations=PROBE_ROTATIONS)
    scan_part(receptor, ligand, options, 1, 1)  # loads the compiled code
    time.sleep(max(0.0, starts - time.time()))
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < PROBE_SECONDS:
        scan_part(receptor, ligand, options, 1, 1)
        done += 1
    return done * PROBE_THERE / (time.perf_counter() - began)
