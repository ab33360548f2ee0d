"""Runs of gdock, each led by restraints, and the poses that they give."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crossdock.docking.backends.contract import Request, Result
from crossdock.docking.backends.outside import Frame, failed, found, left_out, pose, run
from crossdock.docking.poses import PLACEMENT, rounded_places
from crossdock.errors import DockingError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.structure import Structure, atom_records, parse_structure

#: Of the environment: the folder with the Python of the environment that has gdock, if it is not this one.
VARIABLE = "CROSSDOCK_GDOCK"
HINT = (
    "install it, `pip install gdock`; in an environment of its own, set "
    f"{VARIABLE} to the folder `bin` of that environment (docs/engines.md)"
)
#: What the other Python runs: gdock is a module without a command. It reads and writes files of its folder.
CHILD = """
import json, pathlib, sys
try:
    import gdock
except ImportError:
    sys.exit("no gdock")
receptor, ligand = (pathlib.Path(name).read_text() for name in ("receptor.pdb", "ligand.pdb"))
asked = json.loads(pathlib.Path("asked.json").read_text())
pairs = [tuple(pair) for pair in asked["restraints"]]
found = gdock.dock(receptor, ligand, restraints=pairs, **asked["how"])["models"]
with open("models.jsonl", "w") as file:
    file.writelines(json.dumps({**model, "version": gdock.__version__}) + "\\n" for model in found)
"""
#: gdock's weights of its energies in the fitness; the rest is that of restraints.
WEIGHTS = {"vdw": 0.4, "elec": 0.05, "desolv": 3.4}
#: How far an atom of a model may lie from where a rigid partner has it, in angstrom: files have three decimals.
RIGID_A = 0.01
#: Heavy atoms that touch, in angstrom.
TOUCH_A = 4.0
#: CA atoms within this distance, in angstrom, tell how deep a residue lies.
AROUND_A = 10.0


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Dock a pair with gdock.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared; ions and ligands are left out.
    request : Request
        Where both partners have attracting residues, these are the restraints: each is to be near any of the other
        partner's. Otherwise there are several runs, each with one restraint between two surface residues.

    Returns
    -------
    Result
        The best poses of all runs in which the partners touch.

    Raises
    ------
    DockingError
        If the program is not there or fails, finds nothing, or gives what is not a rigid placement of its input.
    """
    python = found("python3", VARIABLE, HINT) if os.environ.get(VARIABLE) else sys.executable
    frames = Frame.of(receptor, chain="A"), Frame.of(ligand, chain="B")
    sites = [
        frame.residues(site.attract)
        for frame, site in zip(frames, (request.receptor_site, request.ligand_site), strict=True)
    ]
    guided = all(sites)
    options = request.options
    restraints = [[(i, j) for i in sites[0] for j in sites[1]]] if guided else anchors(frames, request)
    how = {
        "max_generations": options["generations"],
        "population_size": options["population"],
        "ncores": request.threads,
        "seed": request.seed,
        "sampling": options["poses"],
    }
    count, versions, rows = 0, set[str](), list[tuple[float, ...]]()
    with TemporaryDirectory(prefix="crossdock-gdock-") as name:
        folder, first = Path(name), 1
        for file, frame in zip(("receptor.pdb", "ligand.pdb"), frames, strict=True):
            # Serial numbers go on in the ligand: gdock takes equal ones for the same atom.
            (folder / file).write_text("\n".join([*atom_records(frame.body, first_serial=first), "END", ""]))
            first += len(frame.body)
        for pairs in restraints:
            for model in _models(python, folder, {"restraints": pairs, "how": how}):
                count += 1
                versions.add(model["version"])
                if row := _row(model, frames):
                    rows.append(row)
    if not rows:
        raise DockingError(
            "gdock found no pose in which the partners touch",
            hint="give it more `generations`, a larger `population`, or `attract` in both partners",
        )
    best = sorted(rows, key=lambda row: row[0])[: options["poses"]]
    poses = rounded_places(pd.DataFrame(best, columns=["score", *WEIGHTS, "air", *PLACEMENT]))
    poses.insert(0, "rank", range(1, len(poses) + 1))
    parameters = {name: options[name] for name in ("population", "generations")}
    parameters |= {"anchors": 0 if guided else len(restraints), "restraints": len(restraints[0]) if guided else 0}
    record = {
        "parameters": parameters | {"gdock_version": " and ".join(sorted(versions))},
        "counts": {"models": count, "touching": len(rows), "poses": len(poses)},
        "notes": [*left_out(receptor, ligand, "gdock"), *request.not_told("gdock", attract=guided)],
    }
    return Result(poses, record=record)


def _models(python: str, folder: Path, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Run gdock once, and read one model after the other: thousands of all runs would not fit into memory."""
    path = folder / "models.jsonl"
    path.unlink(missing_ok=True)
    (folder / "asked.json").write_text(json.dumps(asked))
    try:
        said = run([python, "-c", CHILD], folder)
    except DockingError as error:
        if "no gdock" in error.what:
            raise DockingError(f"{python} has no module gdock", hint=HINT) from error
        raise
    if not path.is_file():
        raise failed("gdock", "wrote no models", said)
    with path.open() as lines:
        yield from map(json.loads, lines)


def anchors(frames: tuple[Frame, Frame], request: Request) -> list[list[tuple[int, int]]]:
    """Draw pairs of surface residues that are to meet, one pair for each run.

    Of both partners, all residues that lie less deep than half of them have their turn before one comes again.
    """
    rng = np.random.default_rng(request.seed)
    count = request.options["anchors"]
    drawn = []
    for frame in frames:
        alpha = frame.body[frame.body.atom_name == "CA"]
        around = cKDTree(alpha.coord).query_ball_point(alpha.coord, AROUND_A, return_length=True)
        surface = alpha.residue_number[around <= np.median(around)]
        turns = [rng.permutation(surface) for _ in range(-(-count // len(surface)))]
        drawn.append(np.concatenate(turns)[:count].tolist())
    return [[pair] for pair in zip(*drawn, strict=True)]


def _row(model: Mapping[str, Any], frames: tuple[Frame, Frame]) -> tuple[float, ...] | None:
    """Give score, terms and placement of a model; None where the partners do not touch."""
    where = f"model {model['rank']} of gdock"
    atoms = parse_structure(model["pdb"].splitlines(), where=where)
    one, other = (atoms.coord[atoms.chain == chain] for chain in "AB")
    if not np.isfinite(cKDTree(one).query(other, distance_upper_bound=TOUCH_A)[0]).any():
        return None
    turns = []
    for frame in frames:
        own, there = _shared(frame.body, atoms)
        quaternion, shift, _ = superpose(there, own)
        off = float(np.abs(own @ matrix(quaternion).T + shift - there).max())
        if off > RIGID_A:
            raise DockingError(f"{where} differs by {off:.3f} A from a rigid partner")
        turns.append((matrix(quaternion), shift))
    (fixed, away), (moved, shift) = turns
    terms = [weight * model[name] for name, weight in WEIGHTS.items()]
    placement = pose(*frames, fixed.T @ moved, fixed.T @ (shift - away))
    return (model["fitness"], *terms, model["fitness"] - sum(terms), *placement)


def _shared(body: Structure, atoms: Structure) -> tuple[np.ndarray, np.ndarray]:
    """Give the positions of the atoms of a partner that a model has too: as it was given, and in the model."""
    part = atoms[atoms.chain == body.chain[0]]
    places = {key: at for at, key in enumerate(_keys(body))}
    keys = _keys(part)
    if len(keys) < 3 or not places.keys() >= set(keys):
        raise DockingError("a model of gdock has other atoms than its input")
    return body.coord[[places[key] for key in keys]], part.coord


def _keys(body: Structure) -> list[tuple[int, str]]:
    return list(zip(body.residue_number.tolist(), body.atom_name.tolist(), strict=True))
