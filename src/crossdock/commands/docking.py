"""Commands that dock two structures and cluster the poses."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands, add_clustering, add_key, add_pair, described, structure
from crossdock.errors import InputError
from crossdock.panel.schema import rule_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crossdock.docking.backends import Options
    from crossdock.structures.structure import Structure


def add(commands: Commands) -> None:
    """Describe them."""
    dock = commands.add("dock", _dock, "dock two structures")
    dock.add_argument(
        "-o", "--out", required=True, help="folder for poses.csv.gz and docking.json, clusters.csv and models/"
    )
    _add_docking(dock)
    dock.add_argument(
        "--scans", nargs="+", default=(), metavar="PART", help="all parts of the search, as `crossdock scan` wrote them"
    )
    dock.add_argument("--poses-only", action="store_true", help="stop before clustering")
    dock.add_argument(
        "--resume",
        action="store_true",
        help="keep poses that are there and were made of the same input as asked for now",
    )
    add_clustering(dock)

    scan = commands.add("scan", _scan, "search a part of a pair's orientations")
    scan.description = "A part of what `dock` does, for pairs that take a job too long; `dock --scans` joins the parts."
    scan.add_argument("-o", "--out", required=True, help="file to write (.npz)")
    scan.add_argument("--part", type=int, required=True, help="which part, from 1")
    scan.add_argument("--parts", type=int, required=True, help="of how many")
    _add_docking(scan)

    cluster = commands.add("cluster", write_clusters, "group the poses of a pair and write models")
    add_pair(cluster)
    cluster.add_argument("poses", help="poses.csv.gz")
    cluster.add_argument("-o", "--out", required=True, help="folder for clusters.csv and models/")
    add_clustering(cluster)


def _add_docking(parser: argparse.ArgumentParser) -> None:
    """Add what says which pair is docked, and how."""
    add_pair(parser)
    parser.add_argument(
        "--receptor-record",
        help="the receptor's protein.json; residues that it closes are not docked to, and its attract pulls",
    )
    parser.add_argument("--ligand-record", help="the ligand's protein.json, for the same")
    for key in ("backend", *(f"docking.{key}" for key in rule_of("docking")["properties"]), "seed"):
        add_key(parser, key)
    parser.add_argument(
        "--job", help="with `--backend cluspro`, job.json of the pair, or the table that `crossdock cluspro dock` wrote"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on them")


def _scan(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.local.backend import scan_part
    from crossdock.docking.engine.parts import write_part

    if options.backend != "local":
        raise InputError(f"the backend {options.backend} does not search in parts", hint="only `local` does")
    if not 1 <= options.part <= options.parts:
        raise InputError(f"expected a part from 1 to {options.parts}, got {options.part}", where="--part")
    receptor, ligand = structure(options.receptor), structure(options.ligand)
    cpu = time.process_time()
    found = scan_part(receptor, ligand, _backend_options(options, receptor, ligand), options.part, options.parts)
    numbers = {"part": options.part, "parts": options.parts, "cpu_seconds": round(time.process_time() - cpu, 2)}
    write_part(options.out, found, asked_for=_asked_for(options), **numbers)


def _dock(options: argparse.Namespace) -> None:
    from crossdock.docking.backends import load_backend
    from crossdock.docking.poses import write_poses
    from crossdock.files import write_json
    from crossdock.machine import peak_memory_mb
    from crossdock.steps.provenance import processor

    if options.threads < 1 or (options.rotations is not None and options.rotations < 1):
        raise InputError("expected at least 1 thread and 1 rotation")
    if Path(options.out).is_file():
        raise InputError("expected a folder to write to, got a file", where=options.out)
    backend = load_backend(options.backend)
    folder, asked_for = Path(options.out), _asked_for(options)
    if options.resume and made_already(folder / "docking.json", asked_for) and (folder / "poses.csv.gz").is_file():
        return
    receptor, ligand = structure(options.receptor), structure(options.ligand)
    began, cpu = time.monotonic(), time.process_time()
    asked, before = _backend_options(options, receptor, ligand), 0.0
    if options.scans:
        from crossdock.docking.engine.parts import read_parts

        found, before = read_parts(options.scans, asked_for)
        asked = replace(asked, scan=found)
    docking = backend(receptor, ligand, asked)
    for note in docking.record.get("notes", ()):
        print(note, file=sys.stderr)
    write_poses(folder / "poses.csv.gz", docking.poses)
    write_json(
        folder / "docking.json",
        {
            "backend": options.backend,
            **docking.record,
            "asked_for": asked_for,
            "seed": options.seed,
            "docked": datetime.now(UTC).isoformat(timespec="seconds"),
            "threads": options.threads,
            "processor": processor(),
            "cpu_seconds": round(time.process_time() - cpu + before, 2),
            "wall_seconds": round(time.monotonic() - began, 2),
            "peak_memory_MB": round(peak_memory_mb()),
            "receptor": described(options.receptor, receptor),
            "ligand": described(options.ligand, ligand),
        },
    )
    if not options.poses_only:
        options.poses = folder / "poses.csv.gz"
        write_clusters(options, receptor, ligand)


def _backend_options(options: argparse.Namespace, receptor: Structure, ligand: Structure) -> Options:
    from crossdock.docking.backends import Options

    return Options(
        sampling=options.sampling,
        rotations=options.rotations,
        seed=options.seed,
        threads=options.threads,
        device=options.device,
        job=options.job,
        coefficients=options.coefficients,
        **_site(receptor, options.receptor_record, "receptor"),
        **_site(ligand, options.ligand_record, "ligand"),
        progress=_progress(),
    )


def _asked_for(options: argparse.Namespace) -> str:
    """Tell what a docking is made of, by settings and the content of files."""
    from crossdock.files import fingerprint, read_json, read_made

    settings = {key: getattr(options, key) for key in ("backend", "seed", *rule_of("docking")["properties"])}
    records = (options.receptor_record, options.ligand_record)
    sites = [read_made(path, read_json, "crossdock prepare") if path else {} for path in records]
    settings["sites"] = [[site.get("docking_mask"), site.get("attract")] for site in sites]
    return fingerprint(settings, options.receptor, options.ligand, *([options.job] if options.job else []))


def made_already(path: Path, asked_for: str) -> bool:
    """Tell whether a record is there of what is asked for now."""
    from crossdock.files import read_json

    try:
        return read_json(path).get("asked_for") == asked_for
    except (OSError, ValueError):
        return False  # none, or one that was cut off


def _site(structure: Structure, path: str | None, role: str) -> dict[str, NDArray[np.bool_] | None]:
    """Give the options that close atoms of a partner, or make them pull, by its protein.json."""
    from crossdock.files import read_json
    from crossdock.structures.site import atoms_of

    if not path:
        return {}
    record = read_json(path)
    if missing := {"docking_mask", "attract"} - set(record):
        what = f"not a protein.json of this version: no {', '.join(sorted(missing))}"
        raise InputError(what, where=path, hint="run `crossdock prepare` again")
    mask = record["docking_mask"] or {}
    return {
        f"{role}_closed": atoms_of(structure, mask.get("blocked")),
        f"{role}_attract": atoms_of(structure, record["attract"]),
    }


def _progress() -> Callable[[int, int], None]:
    """Report progress on stderr: in place on a terminal, a line every tenth in a log."""
    began, last, live = time.monotonic(), [0], sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if not live and done < total and done * 10 // total == last[0]:
            return
        last[0] = done * 10 // total
        left = (time.monotonic() - began) * (total - done) / done
        text = f"docking: {done}/{total} orientations, {100 * done // total} %, about {left:.0f} s left"
        print(
            f"\r{text}  " if live else text, end="\n" if not live or done == total else "", file=sys.stderr, flush=True
        )

    return report


def write_clusters(
    options: argparse.Namespace, receptor: Structure | None = None, ligand: Structure | None = None
) -> None:
    """Cluster the poses that a command names, and write models."""
    from crossdock.docking.models import write_models
    from crossdock.docking.poses import read_poses

    write_models(
        options.out,
        receptor or structure(options.receptor),
        ligand or structure(options.ligand),
        read_poses(options.poses),
        radius=options.radius,
        min_size=options.min_size,
        models=options.max_models,
        order=options.order,
    )
