"""How long a panel takes on this machine, by the sizes of its proteins and a short measurement of what docks them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

from crossdock.files import read_json, write_json
from crossdock.structures.structure import Structure
from crossdock.structures.summary import short_time

#: CPU seconds of a pair beside its docking (analysis of its models, two starts of the program), and seconds of a run
#: that do not depend on the pairs: structures, tables, the report. From a run of the demo (`time make demo`, less the
#: `cpu_seconds` of its docking.json), on the processor of `PROBE_THERE`.
BESIDE_PAIR, ONCE = 6.6, 25.0
#: Orientations that the measurement searches in one go, for how many seconds it does so, and the seconds of one go
#: where the constants of `backends.local.estimate_seconds` were measured: two processes on the two threads of one core.
PROBE_ROTATIONS, PROBE_SECONDS, PROBE_THERE = 100, 3.0, 0.33
#: Entry of the demo, receptor's chain and ligand's, that is searched by a processor, and that is docked with a card:
#: what a card leaves to the processor takes a smaller part of larger pairs, so this one is of middling size.
PROBE, CARD_PROBE = ("1emv", "B", "A"), ("1jtg", "B", "A")
#: Orientations of that docking: those of the default sampling.
CARD_ROTATIONS = 3000
#: Longest that processes wait for each other to be ready, in seconds.
PATIENCE = 120.0
UNITS = {"cpu": "core", "cuda": "graphics card"}
#: How long a measured speed is taken for the machine's, and the work in seconds for which none is measured.
KEPT, TOO_LITTLE = timedelta(days=1), 60.0


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
    wall = (max(sum(each) / cores + idle, max(each)) + ONCE) / speed
    return Estimate(total, cores, speed, wall)


def usable_cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def time_needed(
    n_pairs: int, seconds: Mapping[tuple[str, str], float], workers: int | None, speed: float = 1.0, device: str = "cpu"
) -> str:
    """Say how long docking takes.

    Parameters
    ----------
    n_pairs : int
        Pairs to dock, of which some may not be foretold yet.
    seconds : mapping
        As `estimate_run` takes it.
    workers : int or None
        Cores, or graphics cards; None where other machines dock, of which only the processors' time can be told.
    speed : float
        Of one of them.
    device : {"cpu", "cuda"}

    Returns
    -------
    str
    """
    found = estimate_run(seconds, workers or 1, speed=speed)
    which = "1 pair" if n_pairs == 1 else f"{n_pairs} pairs"
    if len(seconds) < n_pairs:
        which = f"the {len(seconds)} of {which} that can be foretold"
    work = f"{short_time(found.cpu_seconds / speed)} of CPU time"
    if workers is None:
        return f"{which}, about {work}"
    where = f"{workers} {UNITS[device]}{'s' if workers > 1 else ''}"
    return f"{which}, about {short_time(found.wall_seconds)} on {where}" + (f" ({work})" if device == "cpu" else "")


def keep_speed(kept: str | Path, workers: int, device: str = "cpu") -> float:
    """Measure this machine as `measured_speed` or `card_speed` does, and remember it.

    Parameters
    ----------
    kept : str or Path
        The file that remembers it.
    workers : int
        Cores, or graphics cards.
    device : {"cpu", "cuda"}

    Returns
    -------
    float

    Raises
    ------
    InputError
        If there is no graphics card that can be used.
    """
    speed = measured_speed(workers) if device == "cpu" else card_speed()
    write_json(kept, _measured_on(workers, device) | {"speed": round(speed, 3), "when": _now().isoformat()})
    return speed


def kept_speed(kept: str | Path, workers: int, device: str = "cpu") -> float | None:
    """Give what `keep_speed` remembers, unless it was on another machine, with another number of cores, or long ago."""
    try:
        record = read_json(kept)
        age = _now() - datetime.fromisoformat(record["when"])
        same = all(record[key] == value for key, value in _measured_on(workers, device).items())
        return float(record["speed"]) if same and timedelta() <= age < KEPT and record["speed"] > 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measured_on(workers: int, device: str) -> dict[str, Any]:
    return {"host": platform.node(), "device": device, "workers": workers}


def _now() -> datetime:
    return datetime.now(UTC)


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
    context = get_context("spawn")
    ready = context.Barrier(cores)
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_meet_at, initargs=(ready,)) as pool:
        return sum(pool.map(_core_speed, range(cores))) / cores


def card_speed() -> float:
    """Measure how fast docking is with this machine's graphics card.

    Returns
    -------
    float
        As `measured_speed`, of whole dockings one after the other.

    Raises
    ------
    InputError
        If there is no card that can be used.

    Notes
    -----
    How far the estimates that follow lie off has not been measured.
    """
    from crossdock.docking.backends import Options, local
    from crossdock.structures.shape import Size

    options = Options(device="cuda", rotations=CARD_ROTATIONS)
    local.dock(*_demo_pair(*PROBE), replace(options, rotations=PROBE_ROTATIONS))  # loads the compiled code
    receptor, ligand = _demo_pair(*CARD_PROBE)
    began = time.perf_counter()
    local.dock(receptor, ligand, options)
    took = time.perf_counter() - began
    on_core = replace(options, device="cpu")
    there = local.estimate_seconds(Size.of(receptor.coord), Size.of(ligand.coord), on_core)
    return (there or 0.0) / took


def _demo_pair(entry: str, receptor: str, ligand: str) -> tuple[Structure, Structure]:
    """Prepare a receptor and a ligand of the demo."""
    import gzip
    import tempfile
    from importlib import resources

    from crossdock.structures.prepare import prepare

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{entry}.pdb"
        file.write_bytes(gzip.decompress((resources.files("crossdock") / "demo" / f"{entry}.pdb.gz").read_bytes()))
        first, second = (prepare(file, name=chain, chains=[chain])[0] for chain in (receptor, ligand))
    return first, second


#: Where the processes of a measurement meet.
_ready: Barrier | None = None


def _meet_at(ready: Barrier) -> None:
    global _ready
    _ready = ready


def _core_speed(_: int) -> float:
    """Search for some seconds; give the speed beside that of the processor of the constants."""
    from crossdock.docking.backends import Options
    from crossdock.docking.backends.local import scan_part

    receptor, ligand = _demo_pair(*PROBE)
    search = partial(scan_part, receptor, ligand, Options(rotations=PROBE_ROTATIONS), 1, 1)
    search()  # loads the compiled code
    if _ready:
        with suppress(BrokenBarrierError):
            _ready.wait(PATIENCE)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < PROBE_SECONDS:
        search()
        done += 1
    return done * PROBE_THERE / (time.perf_counter() - began)
