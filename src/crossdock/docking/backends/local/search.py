"""The local engine's search: scan all orientations, rescore and refine the best poses off the grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.contract import FREE, Result, Site
from crossdock.docking.backends.template.poses import NO_FIT, Over, over_templates, with_templates
from crossdock.docking.clustering import distinct_poses
from crossdock.docking.engine import device
from crossdock.docking.engine.atoms import DockingAtoms, docking_atoms
from crossdock.docking.engine.correlation import Correlator, Scan
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import grid_shape
from crossdock.docking.engine.refinement import pose_terms, refine
from crossdock.docking.engine.start import Start, start
from crossdock.errors import DockingError, InputError
from crossdock.geometry.rotations import conjugate, matrix, multiply, random_rotation, uniform_rotations
from crossdock.structures.shape import Size
from crossdock.structures.structure import Structure


@dataclass(frozen=True)
class Sampling:
    """A named setting of the search.

    Attributes
    ----------
    rotations : int
        Orientations of the ligand.
    spacing : float
        Of the grid, in angstrom.
    per_rotation : int
        Translations kept for each orientation; all of these poses are rescored off the grid.
    apart : float
        Least RMSD of two poses that are refined, in angstrom.
    kept : int
        Best poses, so far apart, that are refined and handed on.
    """

    rotations: int
    spacing: float
    per_rotation: int = 6
    apart: float = 4.0
    kept: int = 1000


SAMPLINGS = {
    "fast": Sampling(rotations=1200, spacing=2.0, kept=600),
    "default": Sampling(rotations=3000, spacing=1.8),
    "thorough": Sampling(rotations=15000, spacing=1.4, kept=2000),
    # For the means of many pairs (`crossdock.steps.background`), not for models: no setting of a config.
    "background": Sampling(rotations=600, spacing=2.0, kept=200),
}


@dataclass(frozen=True)
class Options:
    """How a pair is searched.

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
    receptor_site, ligand_site : Site
    scan : Scan, optional
        The search itself where it was done before, in parts.
    progress : callable, optional
        Called with (done, total) orientations, now and then.
    templates : Path, optional
        Record of known complexes, over which further poses are laid.
    first : tuple of Structure, optional
        The partners whose residues that record counts, where these are other conformers of them.
    """

    sampling: str = "default"
    rotations: int | None = None
    seed: int = 1
    threads: int = 1
    device: str = "cpu"
    receptor_site: Site = FREE
    ligand_site: Site = FREE
    scan: Scan | None = field(default=None, compare=False)
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)
    templates: Path | None = None
    first: tuple[Structure, Structure] | None = field(default=None, compare=False)


# CPU seconds of a docking on one core by the points of its grid: those of 0.1.0 (2.2e-8 and 3.1, `python
# benchmarks/docking_time.py RESULTS`) times 0.47, what a complete job takes since (docs/engine.md).
SECONDS_PER_POINT, SECONDS_PER_PAIR = 1.03e-8, 1.5
# Peak memory by the same points, with one thread: by least squares of relative errors over the 139 of 170 complexes of
# the docking benchmark that have an acceptable pose (`python benchmarks/job_needs.py`), from which estimates lie
# 2 % off on average.
MB_PER_POINT, MB_PER_PROCESS = 3.1e-4, 227.0


def estimate_seconds(receptor: Size, ligand: Size, options: Options) -> float | None:
    """Estimate the CPU seconds that docking a pair takes.

    Parameters
    ----------
    receptor, ligand : Size
        Of the prepared structures.
    options : Options

    Returns
    -------
    float or None
        None for a graphics card, where it has not been measured.

    Notes
    -----
    The edge of the grid grows with the diameters of both partners, which go with the cube root of their atoms; each
    orientation visits every point of it. The constants are fitted to whole dockings at the default sampling, so that
    they hold rescoring and refinement too. Long or hollow proteins take up to half as much again.
    """
    if options.device != "cpu":
        return None
    visited = _sampling(options).rotations * grid_points(receptor, ligand, options)
    return SECONDS_PER_POINT * visited + SECONDS_PER_PAIR


def estimate_memory(receptor: Size, ligand: Size, options: Options) -> float:
    """Estimate the memory that docking a pair takes, of the whole process, in MB.

    Parameters
    ----------
    receptor, ligand : Size
        Of the prepared structures.
    options : Options

    Returns
    -------
    float
        Of one thread; the grids are what grows with the pair.
    """
    return MB_PER_POINT * grid_points(receptor, ligand, options) + MB_PER_PROCESS


def grid_points(receptor: Size, ligand: Size, options: Options) -> int:
    """Tell how many points a pair's grid will have, with the partner in its middle that makes it the smaller."""
    shapes = (
        grid_shape(np.array(stays.extent), moves.radius, SCAN_ENERGY, _sampling(options).spacing)[1]
        for stays, moves in ((receptor, ligand), (ligand, receptor))
    )
    return min(math.prod(shape) for shape in shapes)


#: On the grid, where the residue potential has no place, the atoms' contacts and charges count more.
SCAN_ENERGY = Energy(electrostatics=200.0, contact=0.5, residue=0.0)


def dock(receptor: Structure, ligand: Structure, options: Options) -> Result:
    """Dock a ligand to a receptor.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared; where they lie and how they are turned does not matter.
    options : Options

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If there is no such sampling or device.
    DockingError
        If a partner has no atom that the energy function knows, or the pair is too large for the device.
    """
    sampling, search, energy = _sampling(options), _device(options), Energy()
    fixed, moving, stays, moves, swapped = _started(receptor, ligand, options)
    rotations = uniform_rotations(sampling.rotations)
    correlator = Correlator(stays.atoms, moves.atoms, SCAN_ENERGY, spacing=sampling.spacing)
    found = options.scan or _search(search, correlator, rotations, options)
    quaternions, translations = _to_prepared_frame(found, rotations, stays, moves)
    if swapped:
        quaternions, translations = _inverse(quaternions, translations)
    quaternions *= np.where(quaternions[:, :1] < 0, -1.0, 1.0)
    score = pose_terms(fixed, moving, energy, quaternions, translations, threads=options.threads).sum(axis=1)
    promising = distinct_poses(moving.coord, quaternions, translations, score, apart=sampling.apart, most=sampling.kept)
    quaternions, translations, terms = refine(
        fixed, moving, energy, quaternions[promising], translations[promising], threads=options.threads
    )
    found_over = _over_templates(receptor, ligand, options)
    poses, known = with_templates((quaternions, translations, terms), found_over)
    record: dict[str, Any] = {
        "parameters": {
            "sampling": options.sampling,
            **asdict(sampling),
            "device": options.device,
            "spacing": correlator.grid.spacing,
            "energy": asdict(energy),
            "scan_energy": asdict(SCAN_ENERGY),
            "grid": list(correlator.grid.shape),
        },
        "start": {
            "moves": "receptor" if swapped else "ligand",
            "receptor": (moves if swapped else stays).rotation.tolist(),
            "ligand": (stays if swapped else moves).rotation.tolist(),
        },
        "notes": _notes(sampling.spacing, correlator.grid.spacing, options.device),
        "decoys": _decoys(found),
        "counts": {
            "rotations": len(rotations),
            "scanned_poses": len(found.score),
            "kept": len(poses),
            "pulling_atoms": {
                side: int(np.count_nonzero(atoms.attract)) for side, atoms in (("receptor", fixed), ("ligand", moving))
            },
        },
    }
    if known:
        record["parameters"]["templates"] = "joined"
        record["templates"] = known
    if found_over and found_over.unfit:
        record["notes"].append(f"Known complexes without a model, {', '.join(found_over.unfit)}: {NO_FIT}.")
    return Result(poses, record=record)


def _over_templates(receptor: Structure, ligand: Structure, options: Options) -> Over | None:
    """Lay both partners over the known complexes of the pair, if there are any."""
    if options.templates is None:
        return None
    sites = (options.receptor_site, options.ligand_site)
    return over_templates(receptor, ligand, options.templates, sites, first=options.first, threads=options.threads)


#: What is said of each docking on a graphics card, until the tests have run on one.
UNTRIED = (
    "The search ran on a graphics card. Its code has been tested on processors only; dock a pair with `device: cpu` "
    "too, and compare their scores."
)
#: Translations of each orientation that count as a pair's decoys.
DECOYS_PER_ROTATION = 3


def _decoys(found: Scan) -> dict[str, float]:
    """Describe the scan's own scores, of the best three translations of every orientation, as MEGADOCK counts decoys.

    They tell how far the best score stands out of what this pair scores anywhere (`analysis.indices.decoy_index`). The
    standard deviation is the population's.
    """
    first = np.concatenate([[0], np.flatnonzero(np.diff(found.rotation)) + 1])
    place = np.arange(len(found.score)) - np.repeat(first, np.diff([*first, len(found.score)]))
    scores = found.score[place < DECOYS_PER_ROTATION]
    return {
        "n": len(scores),
        "best": round(float(scores.min()), 4),
        "mean": round(float(scores.mean()), 4),
        "sd": round(float(scores.std()), 4),
    }


def _atoms(role: str, structure: Structure, site: Site) -> DockingAtoms:
    try:
        return docking_atoms(structure, site.closed, site.pull)
    except DockingError as error:
        raise DockingError(error.what, where=role, hint=error.hint) from error


def _notes(asked: float, used: float, on: str) -> list[str]:
    """Say what was not done as asked, and what has not been tested."""
    notes = []
    if used > asked:
        notes.append(
            f"The pair does not fit the largest grid at {asked:g} A between its points; {used:.1f} A were used."
        )
    if on == "cuda":
        notes.append(UNTRIED)
    return notes


def _sampling(options: Options) -> Sampling:
    if options.sampling not in SAMPLINGS:
        raise InputError(f"there is no sampling {options.sampling!r}", hint=f"expected one of {', '.join(SAMPLINGS)}")
    sampling = SAMPLINGS[options.sampling]
    return replace(sampling, rotations=options.rotations) if options.rotations else sampling


def scan_part(receptor: Structure, ligand: Structure, options: Options, part: int, parts: int) -> Scan:
    """Scan one of several parts of a pair's orientations.

    Parameters
    ----------
    receptor, ligand : Structure
    options : Options
    part, parts : int
        Which of how many parts, from 1.

    Returns
    -------
    Scan
        The rows that the scan of all orientations has for these.
    """
    rotations, search = uniform_rotations(_sampling(options).rotations), _device(options)
    first, last = (len(rotations) * place // parts for place in (part - 1, part))
    if first == last:
        raise InputError(f"{len(rotations)} orientations cannot be scanned in {parts} parts")
    _, _, stays, moves, _ = _started(receptor, ligand, options)
    correlator = Correlator(stays.atoms, moves.atoms, SCAN_ENERGY, spacing=_sampling(options).spacing)
    found = _search(search, correlator, rotations[first:last], options)
    return replace(found, rotation=found.rotation + first)


def _started(
    receptor: Structure, ligand: Structure, options: Options
) -> tuple[DockingAtoms, DockingAtoms, Start, Start, bool]:
    """Give both partners' atoms, and who stays and who moves in the scan, and whether that is swapped."""
    fixed = _atoms("receptor", receptor, options.receptor_site)
    moving = _atoms("ligand", ligand, options.ligand_site)
    turn = random_rotation(np.random.default_rng(options.seed))
    return fixed, moving, *start(fixed, moving, SCAN_ENERGY, spacing=_sampling(options).spacing, turn=turn)


def _search(
    search: Callable[..., Scan], correlator: Correlator, rotations: NDArray[np.float64], options: Options
) -> Scan:
    """Scan orientations, and tell how far it is."""
    report, asked = options.progress, _sampling(options)
    progress = (lambda done: report(done, len(rotations))) if report else None
    return search(correlator, rotations, per_rotation=asked.per_rotation, progress=progress)


def _device(options: Options) -> Callable[..., Scan]:
    """Give the scan on the device that is asked for; what that lacks is said here, before any work."""
    match options.device:
        case "cpu":
            return device.on_cpu(options.threads)
        case "cuda":
            return partial(device.scan, arrays=device.card())
    raise InputError(f"there is no device {options.device!r}", hint="expected one of cpu, cuda")


def _to_prepared_frame(
    found: Scan, rotations: NDArray[np.float64], stays: Start, moves: Start
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Express poses of the scan's frame in that of the prepared structures.

    In the scan a moving atom lies at `S Q_m (x - c_m) + u` and a resting one at `Q_s (y - c_s)`; undoing the start of
    the latter gives `x' = Q_s^T S Q_m (x - c_m) + Q_s^T u + c_s`.
    """
    back = conjugate(stays.rotation)
    quaternions = multiply(back, multiply(rotations[found.rotation], moves.rotation))
    turned_centre = np.einsum("nij,j->ni", matrix(quaternions), moves.centre)
    return quaternions, found.translation @ matrix(back).T + stays.centre - turned_centre


def _inverse(
    quaternions: NDArray[np.float64], translations: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn poses of the receptor about the ligand into poses of the ligand about the receptor."""
    back = conjugate(quaternions)
    return back, -np.einsum("nij,nj->ni", matrix(back), translations)
