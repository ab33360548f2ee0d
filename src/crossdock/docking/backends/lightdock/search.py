"""A run of LightDock: its setup, its simulation, and the poses that its swarms end with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from crossdock.docking.backends.contract import Request, Result
from crossdock.docking.backends.outside import Frame, failed, found, left_out, pose, run
from crossdock.docking.poses import PLACEMENT, rounded_places
from crossdock.errors import DockingError
from crossdock.structures.structure import Structure, write_structure

#: Of the environment: the folder of the programs, where they are not in PATH.
VARIABLE = "CROSSDOCK_LIGHTDOCK"
HINT = (
    "install it into an environment of its own, `python3.11 -m venv lightdock; lightdock/bin/pip install lightdock` "
    f"(it needs a C compiler), and set {VARIABLE} to the folder lightdock/bin (docs/engines.md)"
)
#: A glowworm of a swarm's file: where it is; numbers of conformers, luciferin, neighbours, vision range, score.
_GLOWWORM = re.compile(r"\(([^)]*)\)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\S+)\s*")
#: LightDock draws its numbers from seeds of 32 bits.
LARGEST_SEED = 2**32 - 1


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Dock a pair with LightDock.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared; ions and ligands are left out.
    request : Request
        Attracting residues become LightDock's active restraints.

    Returns
    -------
    Result
        The best poses of all swarms after the last step.

    Raises
    ------
    DockingError
        If the program is not there, fails, or leaves other files than it should.
    """
    frames = Frame.of(receptor, chain="A"), Frame.of(ligand, chain="B")
    with TemporaryDirectory(prefix="crossdock-lightdock-") as folder:
        swarms, parameters = simulate(Path(folder), frames, request)
        glowworms = [one for file in swarms for one in read_swarm(file.read_text(), f"{file.parent.name}/{file.name}")]
    glowworms.sort(key=lambda one: -one[-1])
    rows = [
        (rank, one[-1], *pose(*frames, Rotation.from_quat(np.roll(one[3:7], -1)).as_matrix(), np.array(one[:3])))
        for rank, one in enumerate(glowworms[: request.options["poses"]], start=1)
    ]
    poses = rounded_places(pd.DataFrame(rows, columns=["rank", "score", *PLACEMENT]))
    record = {
        "parameters": parameters,
        "counts": {"glowworms": len(glowworms), "poses": len(poses)},
        "notes": [*left_out(receptor, ligand, "LightDock"), *request.not_told("LightDock", attract=True)],
    }
    return Result(poses, record=record)


def simulate(folder: Path, frames: tuple[Frame, Frame], request: Request) -> tuple[list[Path], dict[str, Any]]:
    """Run LightDock in an empty folder.

    Parameters
    ----------
    folder : Path
    frames : tuple of Frame
        Receptor and ligand.
    request : Request

    Returns
    -------
    swarms : list of Path
        A file for each, with its glowworms after the last step.
    parameters : dict
        For docking.json.
    """
    setup, simulation = (found(name, VARIABLE, HINT) for name in ("lightdock3_setup.py", "lightdock3.py"))
    options, seed = request.options, str(request.seed % LARGEST_SEED)
    for name, frame in zip(("receptor.pdb", "ligand.pdb"), frames, strict=True):
        write_structure(folder / name, frame.body)
    asked = ["--noxt", "--noh", "-g", str(options["glowworms"]), "--seed_points", seed]
    asked += ["-s", str(options["swarms"])] if options["swarms"] else []
    if restraints := _restraints(frames, request):
        (folder / "restraints.list").write_text("".join(f"{line}\n" for line in restraints))
        asked += ["-rst", "restraints.list"]
    said = run([setup, "receptor.pdb", "ligand.pdb", *asked], folder)
    if not (folder / "setup.json").is_file():
        raise failed("lightdock3_setup.py", "wrote no setup.json", said)
    made = json.loads((folder / "setup.json").read_text())
    if not made["swarms"]:
        raise DockingError(
            "LightDock found no place for a swarm on the receptor",
            hint="leave `swarms` out, or give a larger number: LightDock drops places that it cannot use",
        )
    steps = options["steps"]
    how = ["-c", str(request.threads), "-s", options["scoring"], "-sg", seed]
    said = run([simulation, "setup.json", str(steps), *how], folder)
    # The program ends with exit code 0 even if it fails.
    swarms = [folder / f"swarm_{number}" / f"gso_{steps}.out" for number in range(made["swarms"])]
    if missing := [file for file in swarms if not file.is_file()]:
        raise failed("lightdock3.py", f"wrote no {missing[0].parent.name}/{missing[0].name}", said)
    parameters = {name: options[name] for name in ("glowworms", "steps", "scoring")}
    parameters |= {"swarms": made["swarms"], "restraints": len(restraints), "lightdock_version": made["setup_version"]}
    return swarms, parameters


def read_swarm(text: str, where: str) -> Iterator[tuple[float, ...]]:
    """Read where the glowworms of a swarm are.

    Parameters
    ----------
    text : str
        Of a file ``gso_STEP.out``.
    where : str
        For messages.

    Yields
    ------
    tuple of float
        Translation in angstrom, quaternion (w, x, y, z), score: the ligand, its centre on the origin, is turned, then
        moved; the receptor's centre is on the origin.

    Raises
    ------
    DockingError
        If a line is not as LightDock 0.9 writes it.
    """
    lines = [(at, line) for at, line in enumerate(text.splitlines(), start=1) if line and not line.startswith("#")]
    if not lines:
        raise DockingError("this file has no glowworm", where=where)
    for number, line in lines:
        match = _GLOWWORM.fullmatch(line.strip())
        try:
            place = [float(word) for word in match[1].split(",")] if match else []
            score = float(match[7]) if match else float("nan")
        except ValueError:
            place, score = [], float("nan")
        if len(place) != 7 or not np.isfinite([*place, score]).all() or not np.any(place[3:]):
            raise DockingError(
                "expected the position, quaternion and score of a glowworm",
                where=f"{where}, line {number}",
                hint="crossdock reads what LightDock 0.9 writes",
            )
        yield (*place, score)


def _restraints(frames: tuple[Frame, Frame], request: Request) -> list[str]:
    """Write attracting residues as LightDock names them: side, then chain, name and number of the residue."""
    lines = []
    for side, frame, site in zip("RL", frames, (request.receptor_site, request.ligand_site), strict=True):
        body = frame.body
        for number in frame.residues(site.attract):
            first = np.flatnonzero(body.residue_number == number)[0]
            lines.append(f"{side} {body.chain[first]}.{body.residue_name[first]}.{number} A")
    return lines
