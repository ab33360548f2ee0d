"""Two structures -> poses: the step `crossdock dock`, and `crossdock scan`, a part of it."""

from __future__ import annotations

import logging
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossdock.docking.backends import load_backend, with_defaults
from crossdock.docking.backends.contract import FREE, Backend, Request, Site
from crossdock.docking.backends.door import Docked, method_of
from crossdock.docking.backends.door import dock as through_the_door
from crossdock.docking.bodies import BODIES, CONFIDENCE, Body, write_bodies
from crossdock.docking.conformers import Conformers, merged, site_on
from crossdock.docking.poses import need_poses, write_poses
from crossdock.docking.record import BACKEND_FIELDS, CombinationRecord, DockingRecord, write_docking
from crossdock.errors import InputError
from crossdock.files import fingerprint, read_json, whole_file
from crossdock.machine import cpu_seconds, peak_memory_mb
from crossdock.panel.schema import problems_of
from crossdock.steps.kept import keep, take
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.provenance import processor
from crossdock.steps.ready import described, ready, ready_conformers
from crossdock.steps.steering import Steering, steer
from crossdock.steps.templates import record_of
from crossdock.structures.record import ProteinRecord, read_protein
from crossdock.structures.site import atoms_of
from crossdock.structures.structure import Structure

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def dock(
    files: PairFiles,
    how: Docks,
    out: str | Path,
    *,
    threads: int = 1,
    scans: Sequence[str | Path] = (),
    resume: bool = False,
    kept: str | Path | None = None,
    progress: Progress | None = None,
) -> DockingRecord | None:
    """Dock a pair, and write poses.csv.gz and docking.json.

    For models with coordinates of their own, bodies.pdb.gz and confidence.npz have these and what is known of them.

    Parameters
    ----------
    files : PairFiles
    how : Docks
    out : str or Path
        The folder.
    threads : int
        The result does not depend on them.
    scans : sequence of str or Path
        All parts of the search, as `scan` wrote them.
    resume : bool
        Keep what is there if it was made of the same input.
    kept : str or Path, optional
        Folder of dockings that several panels share: one that was made of the same input is taken from there, a new one
        is put there.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    DockingRecord or None
        None where nothing was docked, because what was asked for is there.

    Raises
    ------
    InputError, DockingError
    """
    backend, folder = _backend(how, threads), Path(out)
    if folder.is_file():
        raise InputError("expected a folder to write to, got a file", where=str(out))
    steering = steer(files, how)
    asked_for = _asked_for(files, how, backend, steering)
    made = [folder / "poses.csv.gz", *([folder / BODIES, folder / CONFIDENCE] if backend.can.models else [])]
    if resume and made_already(folder / "docking.json", asked_for) and all(path.is_file() for path in made):
        _log.debug("%s: kept, the input has not changed", folder)
        return None
    # What a server makes is kept by its backend.
    shared = Path(kept) if kept and not how.result else None
    if shared and take(shared, asked_for, [*made, folder / "docking.json"]):
        _log.info("%s: docked before from the same input, taken from %s", folder, shared)
        return None
    receptor, ligand = ready(files.receptor), ready(files.ligand)
    began, cpu, before = time.monotonic(), cpu_seconds(), 0.0
    found = None
    if scans:
        found, before = _joined(backend, scans, asked_for)
    request = _request(files, how, backend, (receptor, ligand), threads, progress, steering, found)
    conformers = Conformers(ready_conformers(files.receptor), ready_conformers(files.ligand))
    combinations: tuple[CombinationRecord, ...] = ()
    if conformers.several and backend.can.conformers:
        docked, combinations = _all_conformers(backend, conformers, request, where=str(folder))
    else:
        docked = through_the_door(backend, receptor, ligand, request)
    known, details = fields_of(docked.record)
    if steering:
        known |= {"steered": steering.record, "notes": (*known.get("notes", ()), steering.record.note)}
    record = DockingRecord(
        backend=str(details.pop("backend", how.backend)),
        receptor=described(files.receptor, receptor),
        ligand=described(files.ligand, ligand),
        asked_for=asked_for,
        seed=how.seed,
        method=docked.method,
        docked=datetime.now(UTC).isoformat(timespec="seconds"),
        threads=threads,
        processor=processor(),
        cpu_seconds=round(cpu_seconds() - cpu + before, 2),
        wall_seconds=round(time.monotonic() - began, 2),
        peak_memory_MB=round(peak_memory_mb()),
        details=details,
        conformers=combinations,
        **known,
    )
    for note in record.notes:
        _log.info("%s", note)
    need_poses(docked.poses, where=str(folder))
    write_result(folder, docked.poses, docked.bodies, receptor, ligand)
    write_docking(folder / "docking.json", record)
    if shared:
        keep(shared, asked_for, [*made, folder / "docking.json"])
    return record


def _all_conformers(
    backend: Backend, conformers: Conformers, request: Request, *, where: str
) -> tuple[Docked, tuple[CombinationRecord, ...]]:
    """Dock every conformer of the receptor with every one of the ligand, and put their poses into one list.

    What the backend says of the docking is that of the combination with the best score.
    """
    if request.scan is not None:
        hint = "a pair of which a partner has several conformers is docked in one job; leave out `--scans`"
        raise InputError("the search of several conformers cannot be joined from parts", where=where, hint=hint)
    first, done = conformers.of((1, 1)), dict[tuple[int, int], Docked]()
    for number, combination in enumerate(conformers.combinations):
        bodies = conformers.of(combination)
        sites = [
            site_on(site, own, body)
            for site, own, body in zip((request.receptor_site, request.ligand_site), first, bodies, strict=True)
        ]
        asked = replace(request, receptor_site=sites[0], ligand_site=sites[1], first=first)
        if request.progress:
            asked = replace(asked, progress=_part_of(request.progress, number, len(conformers.combinations)))
        done[combination] = through_the_door(backend, *bodies, asked)
    poses, ranks, combinations = merged({one: docked.poses for one, docked in done.items()})
    best = min(done, key=lambda one: done[one].poses["score"].min() if len(done[one].poses) else np.inf)
    record: dict[str, Any] = dict(done[best].record)
    record["notes"] = tuple(dict.fromkeys(note for one in done.values() for note in one.record.get("notes", ())))
    known = {
        ranks[one][int(rank)]: complexes
        for one, docked in done.items()
        for rank, complexes in docked.record.get("templates", {}).items()
        if int(rank) in ranks.get(one, {})
    }
    if known:
        record["templates"] = {str(rank): known[rank] for rank in sorted(known)}
    # Poses over known complexes, which have a number of their own, may be of some combinations only.
    return replace(done[best], poses=poses, record=record, method=method_of(backend, poses)), combinations


def _part_of(progress: Progress, number: int, of: int) -> Progress:
    """Show the progress of one docking, from 0, as a part of that of several."""
    return lambda done, total: progress(number * total + done, of * total)


def dock_structures(
    receptor: Structure,
    ligand: Structure,
    how: Docks,
    *,
    sites: tuple[Site, Site] = (FREE, FREE),
    threads: int = 1,
    progress: Progress | None = None,
) -> Docked:
    """Dock two structures, and write nothing.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    how : Docks
    sites : tuple of Site
        Where each may be met.
    threads, progress
        As for `dock`.
    """
    backend = _backend(how, threads)
    options = with_defaults(backend, how.options)
    request = Request(options, how.seed, threads, *sites, how.result, progress=progress)
    return through_the_door(backend, receptor, ligand, request)


def write_result(
    folder: Path, poses: pd.DataFrame, bodies: Sequence[Body], receptor: Structure, ligand: Structure
) -> None:
    """Write poses.csv.gz, and the files of models with coordinates of their own; older ones go."""
    write_poses(folder / "poses.csv.gz", poses)
    if bodies:
        write_bodies(folder / BODIES, bodies, receptor, ligand)
    else:
        for name in (BODIES, CONFIDENCE):
            (folder / name).unlink(missing_ok=True)


def fields_of(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part what a backend says of a docking into fields of docking.json and details."""
    return (
        {key: value for key, value in record.items() if key in BACKEND_FIELDS},
        {key: value for key, value in record.items() if key not in BACKEND_FIELDS},
    )


def scan(
    files: PairFiles,
    how: Docks,
    out: str | Path,
    part: int,
    parts: int,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Search a part of a pair's orientations, from 1, and write it (.npz) for `dock` to join."""
    backend = _backend(how, threads)
    if not backend.can.split:
        raise InputError(
            f"the backend {backend.name} cannot split a search", hint="`crossdock backends` lists which can"
        )
    if not 1 <= part <= parts:
        raise InputError(f"expected a part from 1 to {parts}, got {part}", where="--part")
    receptor, ligand = ready(files.receptor), ready(files.ligand)
    steering, cpu = steer(files, how), cpu_seconds()
    request = _request(files, how, backend, (receptor, ligand), threads, progress, steering)
    arrays = backend.scan(receptor, ligand, request, part, parts)
    facts: dict[str, Any] = {
        "part": part,
        "parts": parts,
        "asked_for": _asked_for(files, how, backend, steering),
        "cpu_seconds": round(cpu_seconds() - cpu, 2),
    }
    with whole_file(out) as aside, aside.open("wb") as file:
        np.savez_compressed(file, **arrays, **{f"_{name}": value for name, value in facts.items()})


def made_already(path: Path, asked_for: str) -> bool:
    """Tell whether a record is there of what is asked for now."""
    try:
        return bool(read_json(path).get("asked_for") == asked_for)
    except (OSError, ValueError):
        return False  # none, or one that was cut off


def _backend(how: Docks, threads: int) -> Backend:
    backend = load_backend(how.backend)
    if unknown := [key for key in how.options if key not in backend.options]:
        known = ", ".join(backend.options) or "none"
        raise InputError(f"the backend {backend.name} has no option {unknown[0]!r}", hint=f"it has {known}")
    for key, value in how.options.items():
        for problem in problems_of(value, backend.options[key], key):
            raise problem
    if threads < 1:
        raise InputError("expected at least 1 thread", where="--threads")
    return backend


def _request(
    files: PairFiles,
    how: Docks,
    backend: Backend,
    bodies: tuple[Structure, Structure],
    threads: int,
    progress: Progress | None,
    steering: Steering | None,
    found: Any = None,
) -> Request:
    records = (files.receptor_record, files.ligand_record)
    one, other = (_site(body, path) for body, path in zip(bodies, records, strict=True))
    if steering:
        one = one.with_pull(steering.receptor[bodies[0].residue_index])
        other = other.with_pull(steering.ligand[bodies[1].residue_index])
    options = with_defaults(backend, how.options)
    return Request(options, how.seed, threads, one, other, how.result, found, progress, record_of(files, how))


def _site(structure: Structure, path: Path | None) -> Site:
    """Give where a partner may be met, by its protein.json."""
    return site_of(structure, read_protein(path)) if path else FREE


def site_of(structure: Structure, record: ProteinRecord) -> Site:
    """Give where a prepared protein may be met, by its record."""
    return Site(atoms_of(structure, record.closed), atoms_of(structure, record.attract))


def _asked_for(files: PairFiles, how: Docks, backend: Backend, steering: Steering | None) -> str:
    """Tell what a docking is made of, by settings and the content of files."""
    settings: dict[str, Any] = {
        "backend": how.backend,
        "version": backend.version,
        "seed": how.seed,
        "options": with_defaults(backend, how.options),
    }
    records = (files.receptor_record, files.ligand_record)
    proteins = [read_protein(path) if path else None for path in records]
    settings["sites"] = [[one.closed, one.attract] if one else [(), None] for one in proteins]
    if steering:
        settings["steered"] = steering.fingerprint
    if record := record_of(files, how):
        settings["templates"] = record.parent.name  # a fingerprint of its content
    return fingerprint(settings, files.receptor, files.ligand, *([how.result] if how.result else []))


def _joined(backend: Backend, paths: Sequence[str | Path], asked_for: str) -> tuple[Any, float]:
    """Put the parts of a search together, and give the CPU seconds that all of them took.

    Raises
    ------
    InputError
        If a file is no part of this docking, or one is missing.
    """
    found: dict[int, dict[str, Any]] = {}
    again = "delete it; `crossdock scan` writes it again"
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as file:
                content = {name: file[name] for name in file.files}
            number = int(content["_part"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"not a part of a scan: {error}", where=str(path), hint=again) from error
        if str(content["_asked_for"]) != asked_for:
            what = "this part belongs to another docking: its structures or settings differ"
            raise InputError(what, where=str(path), hint=again)
        found[number] = content
    parts = {int(content["_parts"]) for content in found.values()}
    if len(parts) != 1 or sorted(found) != list(range(1, max(parts) + 1)):
        have = ", ".join(map(str, sorted(found)))
        raise InputError(f"expected all parts of one scan, got {have} of {', '.join(map(str, sorted(parts)))}")
    ordered = [found[part] for part in sorted(found)]
    arrays = [{name: values for name, values in part.items() if not name.startswith("_")} for part in ordered]
    return backend.join(arrays), float(sum(part["_cpu_seconds"] for part in ordered))
