"""What the server gave of a pair, in the frame of the prepared structures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossdock.docking.backends.cluspro.archive import is_synthetic, read_models
from crossdock.docking.backends.cluspro.imports import Job, read_job
from crossdock.docking.backends.cluspro.ledger import job_name, record_in
from crossdock.docking.backends.cluspro.models import fit_pose, split_model
from crossdock.docking.backends.cluspro.preflight import look_over, sent
from crossdock.docking.backends.cluspro.scores import COEFFICIENTS, read_scores
from crossdock.docking.backends.contract import Request, Result
from crossdock.docking.clustering import interface_distances
from crossdock.docking.poses import CLUSTER_COLUMNS, PLACEMENT, rounded_places
from crossdock.errors import InputError
from crossdock.structures.structure import Structure

#: Stands for the distance of two models of which neither has an interface, in angstrom.
FAR_A = 999.0
#: What stands in every table in place of the backend's name where the scores were made up, for a test of the way here.
SYNTHETIC = "cluspro (SYNTHETIC, no docking was done)"

#: Said of a job that was run with the roles the other way round.
SWAPPED = (
    "On ClusPro this pair was docked with the panel's ligand as receptor and the panel's receptor as ligand. "
    "The poses are used as they are; scores and clusters can differ from those of a job with the panel's roles."
)


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Take a pair's poses from what the server gave.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    request : Request
        `result` is the pair's record, or the table of all; the option `coefficients` names the set whose clusters
        become the poses.

    Returns
    -------
    Result
        A pose for each cluster that has a model, in the server's order: by size. Scores are those of the centers.
        The other coefficient sets are in the record.

    Raises
    ------
    InputError
        If there is no result, not of that set, or of other structures.
    """
    if request.result is None:
        raise InputError("the result of ClusPro is missing", hint="give the pair's job.json with --result")
    path, asked = Path(request.result), request.options["coefficients"]
    if path.suffix == ".csv":
        path = record_in(path, job_name(sent(receptor), sent(ligand), {}))
    raw, job = read_job(path)
    code = next((code for code, name in COEFFICIENTS.items() if asked in (code, name)), None)
    code = code or asked
    if code not in job.scores:
        raise InputError(
            f"job {job.number} has no scores of the coefficient set {asked}",
            where=str(path),
            hint=f"it has {', '.join(f'{one} ({COEFFICIENTS.get(one, one)})' for one in job.scores)}",
        )
    models = read_models(job.archive)
    rows = []
    for rank, text in sorted(models.get(code, {}).items()):
        where = f"{job.archive}, model.{code}.{rank:02d}.pdb"
        one = read_scores(job.scores[code])[rank]
        pose = fit_pose(receptor, ligand, _parts(text, job, where), where=where)
        numbers = (one.members, one.center, one.lowest)
        left = (pose.receptor_rmsd, pose.ligand_rmsd)
        rows.append((rank + 1, one.center, *numbers, *pose.quaternion, *pose.translation, *left))
    fits = ("receptor_rmsd_A", "ligand_rmsd_A")
    poses = rounded_places(pd.DataFrame(rows, columns=["rank", "score", *CLUSTER_COLUMNS, *PLACEMENT, *fits]))
    sets = {
        one: {
            "name": COEFFICIENTS.get(one, one),
            "clusters": [vars(cluster) for cluster in read_scores(path)],
            "models": len(models.get(one, {})),
        }
        for one, path in job.scores.items()
    }
    record: dict[str, Any] = {
        "parameters": {"coefficients": code, "name": COEFFICIENTS.get(code, code)},
        "job": raw,
        "coefficient_sets": sets,
        "first_models": _first_models(receptor, ligand, models, job),
        "counts": {"models": len(poses), "poses_clustered": int(np.sum(poses["members"]))},
        "notes": request.not_told("ClusPro") + ([SWAPPED] if job.swapped else []) + _seen(receptor, ligand),
    }
    if any(is_synthetic(text) for ranks in models.values() for text in ranks.values()):
        record |= {"backend": SYNTHETIC, "synthetic": True}
        poses["synthetic"] = True
    return Result(poses, record=record)


def _first_models(
    receptor: Structure, ligand: Structure, models: dict[str, dict[int, str]], job: Job
) -> dict[str, Any]:
    """Tell how far apart the first models of the coefficient sets are, by interface RMSD in angstrom."""
    names, rows = [], []
    for code, ranks in sorted(models.items()):
        if 0 in ranks:
            where = f"{job.archive}, model.{code}.00.pdb"
            pose = fit_pose(receptor, ligand, _parts(ranks[0], job, where), where=where)
            names.append(code)
            rows.append((*pose.quaternion, *pose.translation))
    apart = interface_distances(receptor, ligand, pd.DataFrame(rows, columns=list(PLACEMENT)))
    return {"sets": names, "apart_A": np.minimum(apart, FAR_A).round(1).tolist()}


def _parts(text: str, job: Job, where: str) -> tuple[Structure, Structure]:
    """Read the parts of a model that are the panel's receptor and ligand."""
    first, second = split_model(text, where=where)
    return (second, first) if job.swapped else (first, second)


def _seen(receptor: Structure, ligand: Structure) -> list[str]:
    """Say what the server has docked in another way than it was prepared."""
    sides = {"receptor": receptor, "ligand": ligand}
    notes = [f"For ClusPro the {side} {note}." for side, body in sides.items() for note in look_over(body).notes]
    if len(ligand) > len(receptor):
        notes.append("The ligand is larger than the receptor; ClusPro expects the larger one as receptor.")
    return notes
