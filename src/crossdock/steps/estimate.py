"""How long a panel takes on this machine, by the sizes of its proteins and a short measurement of what docks them."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Any

from crossdock.errors import CrossdockError
from crossdock.files import read_json, write_json
from crossdock.structures.summary import short_time

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from crossdock.structures.structure import Structure

#: CPU seconds of a pair beside its docking (analysis of its models), of a job (starts of the program), and of a run
#: (structures, tables, the report). From two runs of the demo, with one pair a job and with eight (`time make demo`,
#: less the `cpu_seconds` of its docking.json), on the processor of `PROBE_THERE`.
BESIDE_PAIR, BESIDE_JOB, ONCE = 0.9, 5.7, 25.0
#: Orientations that the measurement searches in one go, for how many seconds it does so, and the seconds of one go
#: where the constants of the local engine's estimate were measured: two processes on the two threads of one core. Those
#: seconds were 0.33 with the scan of 0.1.0, which takes 0.55 to 0.59 of that now (docs/engine.md).
PROBE_ROTATIONS, PROBE_SECONDS, PROBE_THERE = 100, 3.0, 0.19
#: Entry of the demo, receptor's chain and ligand's, that is searched by a processor, and that is docked with a card:
#: what a card leaves to the processor takes a smaller part of larger pairs, so this one is of middling size.
PROBE, CARD_PROBE = ("1emv", "B", "A"), ("1jtg", "B", "A")
#: Orientations of that docking: those of the default sampling.
CARD_ROTATIONS = 3000
#: Longest that a measurement may take, in seconds.
PATIENCE = 120.0
#: How long a measured speed is taken for the machine's, and the seconds of docking for which none is measured.
KEPT, TOO_LITTLE = timedelta(days=1), 60.0


@dataclass(frozen=True)
class Estimate:
    """What docking a panel takes.

    Attributes
    ----------
    cpu_seconds : float
        Of docking all pairs, on the processor that the constants were measured on.
    wall_seconds : float
        Of the whole run, here.
    """

    cpu_seconds: float
    wall_seconds: float


def estimate_run(
    seconds: Mapping[tuple[str, str], float], cores: int, *, speed: float = 1.0, device: str = "cpu", batch: int = 1
) -> Estimate:
    """Estimate how long a run takes.

    Parameters
    ----------
    seconds : mapping
        (receptor, ligand) -> CPU seconds of docking the pair, as `crossdock.steps.check.estimate` gives them.
    cores : int
        That dock; a graphics card docks one pair after the other.
    speed : float
        As `measured_speed` gives it.
    device : {"cpu", "cuda"}
    batch : int
        Pairs that one job docks.

    Returns
    -------
    Estimate

    Notes
    -----
    Jobs run side by side, so that no run is shorter than its longest pair; the last ones leave cores idle, for half a
    job's time on average. What a card has docked is analysed while it docks the next.
    """
    total = sum(seconds.values())
    if device == "cuda":
        return Estimate(total, total / speed + BESIDE_PAIR + BESIDE_JOB + ONCE)
    each = [docking + BESIDE_PAIR + BESIDE_JOB / batch for docking in seconds.values()] or [0.0]
    idle = min(batch, len(each)) * sum(each) / len(each) / 2 if cores > 1 else 0.0
    wall = (max(sum(each) / cores + idle, max(each)) + ONCE) / speed
    return Estimate(total, wall)


def usable_cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def time_needed(
    n_pairs: int,
    seconds: Mapping[tuple[str, str], float],
    cores: int | None,
    speed: float = 1.0,
    device: str = "cpu",
    batch: int = 1,
) -> str:
    """Say how long docking takes.

    Parameters
    ----------
    n_pairs : int
        Pairs to dock, of some of which the time may not be known yet.
    seconds, cores, speed, device, batch
        As `estimate_run` takes them; `cores` None where other machines dock, of which only the processors' time can be
        told.

    Returns
    -------
    str
    """
    found = estimate_run(seconds, cores or 1, speed=speed, device=device, batch=batch)
    which = "1 pair" if n_pairs == 1 else f"{n_pairs} pairs"
    if len(seconds) < n_pairs:
        which = f"{len(seconds)} of {which} (the others have no structure yet)"
    if device == "cuda":
        return f"{which}, about {short_time(found.wall_seconds)} on the graphics card"
    work = f"{short_time(found.cpu_seconds / speed)} of CPU time"
    if cores is None:
        return f"{which}, about {work}"
    return f"{which}, about {short_time(found.wall_seconds)} on {cores} core{'s' if cores > 1 else ''} ({work})"


def keep_speed(kept: str | Path, cores: int, device: str = "cpu") -> float:
    """Measure the speed of this machine, and remember it beside those of others.

    Parameters
    ----------
    kept : str or Path
        The file that remembers it; where it cannot be written, nothing does.
    cores, device
        As `measured_speed` takes them.

    Returns
    -------
    float
    """
    speed = measured_speed(cores, device)
    record = {"speed": round(speed, 3), "when": _now().isoformat()}
    with suppress(CrossdockError, OSError):
        write_json(kept, {"speeds": _speeds(kept) | {_machine(cores, device): record}})
    return speed


def kept_speed(kept: str | Path, cores: int, device: str = "cpu") -> float | None:
    """Give what `keep_speed` remembers of this machine with so many cores, unless it is a day old."""
    try:
        record = _speeds(kept)[_machine(cores, device)]
        age = _now() - datetime.fromisoformat(record["when"])
        return float(record["speed"]) if timedelta() <= age < KEPT and record["speed"] > 0 else None
    except (ValueError, KeyError, TypeError):
        return None


def _speeds(kept: str | Path) -> dict[str, Any]:
    """Read what was measured; a file that cannot be read remembers nothing."""
    try:
        return dict(read_json(kept)["speeds"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _machine(cores: int, device: str) -> str:
    return f"{platform.node()} {device}" + (f" {cores}" if device == "cpu" else "")


def _now() -> datetime:
    return datetime.now(UTC)


def measured_speed(cores: int, device: str = "cpu") -> float:
    """Measure how fast docking is here, in a process of its own that leaves nothing behind.

    Parameters
    ----------
    cores : int
        That dock at the same time.
    device : {"cpu", "cuda"}

    Returns
    -------
    float
        Speed of one core, or of the graphics card, 1 being that of the processor that the estimate's constants were
        measured on.

    Raises
    ------
    CrossdockError
        If it cannot be measured, such as without a graphics card.

    Notes
    -----
    A demo pair is searched for some seconds in as many processes as there are cores: processors that share a core, or
    that other programs use too, are found slow. With a card it is a whole docking; how far the estimates that follow
    lie off has not been measured.
    """
    asked = [sys.executable, "-m", "crossdock.steps.estimate", device, str(min(cores, usable_cores()))]
    with subprocess.Popen(asked, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True) as child:
        try:
            output, complaint = child.communicate(timeout=PATIENCE)
        except BaseException as error:
            os.killpg(child.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise CrossdockError(
                    f"measuring the speed took longer than {PATIENCE:g} s",
                    where=f"device {device}",
                    hint="try again when the machine is less busy; a run needs no estimate",
                ) from None
            raise
    if child.returncode:
        raise CrossdockError((complaint.strip().splitlines() or ["it ended without a message"])[-1])
    return float(output) * (min(cores, usable_cores()) / cores if device == "cpu" else 1.0)


def _cores_speed(cores: int) -> float:
    """Give the mean speed of cores that are all at work."""
    context = get_context("spawn")
    ready = context.Barrier(cores)
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_meet_at, initargs=(ready,)) as pool:
        return sum(pool.map(_core_speed, range(cores))) / cores


def _card_speed() -> float:
    """Give the speed of dockings on the graphics card, one after the other."""
    from crossdock.docking.backends.local import search as local
    from crossdock.structures.shape import Size

    options = local.Options(device="cuda", rotations=CARD_ROTATIONS)
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
    from crossdock.docking.backends.local.search import Options, scan_part

    try:
        receptor, ligand = _demo_pair(*PROBE)
        search = partial(scan_part, receptor, ligand, Options(rotations=PROBE_ROTATIONS), 1, 1)
        search()  # loads the compiled code
    except BaseException:
        if _ready:
            _ready.abort()  # the others need not wait
        raise
    if _ready:
        with suppress(BrokenBarrierError):
            _ready.wait(PATIENCE)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < PROBE_SECONDS:
        search()
        done += 1
    return done * PROBE_THERE / (time.perf_counter() - began)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{_card_speed() if sys.argv[1] == 'cuda' else _cores_speed(int(sys.argv[2]))}\n")
    except CrossdockError as error:
        sys.exit(str(error).splitlines()[0])
