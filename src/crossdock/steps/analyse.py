"""Poses -> models and what they show: the steps `crossdock cluster`, `interface` and `analyse`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from crossdock.analysis.pair import Analysis, write_analysis
from crossdock.analysis.pair import analyse as look
from crossdock.docking.bodies import BODIES, Body, read_bodies
from crossdock.docking.conformers import ConformerPoses, Conformers
from crossdock.docking.models import write_models
from crossdock.docking.poses import CONFORMERS, read_poses
from crossdock.docking.record import DockingRecord, read_docking
from crossdock.errors import InputError
from crossdock.files import fingerprint, read_made
from crossdock.quantity import SCORE
from crossdock.steps.dock import made_already
from crossdock.steps.pairs import AS_USUAL, Clusters, Judged, PairFiles
from crossdock.steps.ready import described, ready, ready_conformers
from crossdock.structures.structure import Structure

_log = logging.getLogger(__name__)


def cluster(files: PairFiles, poses: str | Path, out: str | Path, how: Clusters = AS_USUAL) -> pd.DataFrame:
    """Group the poses of a pair, and write clusters.csv and models/.

    Parameters
    ----------
    files : PairFiles
    poses : str or Path
        poses.csv.gz; bodies.pdb.gz is read beside it where the models have coordinates of their own.
    out : str or Path
        The pair's folder.
    how : Clusters

    Returns
    -------
    DataFrame
        The table of models.csv.
    """
    receptor, ligand = ready(files.receptor), ready(files.ligand)
    record = Path(poses).with_name("docking.json")
    unit = read_docking(record).method.score_unit if record.is_file() else SCORE.unit
    bodies = _bodies(files, poses, receptor, ligand, pae=True)
    return write_models(out, receptor, ligand, read_poses(poses), bodies=bodies, unit=unit, **asdict(how))


def interface(
    files: PairFiles,
    how: Judged,
    out: str | Path,
    *,
    docking: str | Path,
    poses: str | Path,
    models: str | Path,
    replicates: Sequence[str | Path] = (),
    asked_for: str | None = None,
) -> Analysis:
    """List contacts, surfaces and predicted affinity of a pair's models, and write pair.json and what goes with it.

    Parameters
    ----------
    files : PairFiles
    how : Judged
    out : str or Path
        The pair's folder.
    docking, poses, models : str or Path
        docking.json, poses.csv.gz and models/models.csv.
    replicates : sequence of str or Path
        poses.csv.gz of further dockings of the pair.
    asked_for : str, optional
        Fingerprint of what the record is made of.

    Raises
    ------
    InputError
        If the structures are not those that were docked, or a file is not what it should be.
    """
    record = read_docking(docking)
    receptor, ligand = ready(files.receptor), ready(files.ligand)
    _same(files, record, (receptor, ligand), docking)
    table = read_made(models, pd.read_csv, "crossdock cluster")
    if "model" not in table or "qw" not in table:
        raise InputError("not a table of models", where=str(models), hint="expected models/models.csv of the pair")
    members = read_made(Path(models).with_name("members.csv"), pd.read_csv, "crossdock cluster")
    found = look(
        (how.receptor, how.ligand),
        receptor,
        ligand,
        record,
        read_poses(poses),
        table,
        members,
        bodies=_bodies(files, poses, receptor, ligand),
        known=how.known,
        note=how.note,
        temperature=how.temperature,
        replicates=[read_poses(path) for path in replicates],
        asked_for=asked_for,
    )
    write_analysis(out, found)
    return found


def analyse(
    files: PairFiles,
    how: Judged,
    out: str | Path,
    clusters: Clusters = AS_USUAL,
    *,
    docking: str | Path,
    poses: str | Path,
    replicates: Sequence[str | Path] = (),
    resume: bool = False,
) -> Analysis | None:
    """Do what `cluster` and `interface` do, one after the other.

    Parameters
    ----------
    files, how, out, docking, poses, replicates
        As for `interface`.
    clusters : Clusters
    resume : bool
        Keep what is there if it was made of the same input; None is returned then.
    """
    settings = how.as_settings() | asdict(clusters)
    asked_for = fingerprint(settings, files.receptor, files.ligand, poses, docking, *replicates)
    if resume and made_already(Path(out) / "pair.json", asked_for):
        _log.debug(f"{out}: kept, the input has not changed")
        return None
    cluster(files, poses, out, clusters)
    models = Path(out) / "models" / "models.csv"
    more = {"docking": docking, "poses": poses, "models": models}
    return interface(files, how, out, **more, replicates=replicates, asked_for=asked_for)


def _bodies(
    files: PairFiles, poses: str | Path, receptor: Structure, ligand: Structure, *, pae: bool = False
) -> Sequence[Body]:
    """Read the bodies beside poses, which must be there where docking.json beside them says that it has such.

    Of poses of several conformers, the bodies are these, moved.
    """
    path, record = Path(poses).with_name(BODIES), Path(poses).with_name("docking.json")
    table = read_poses(poses)
    if set(CONFORMERS) <= set(table):
        return ConformerPoses(Conformers(ready_conformers(files.receptor), ready_conformers(files.ligand)), table)
    if path.is_file() or (record.is_file() and read_docking(record).method.models):
        return read_bodies(path, receptor, ligand, pae=pae)
    return []


def _same(files: PairFiles, docking: DockingRecord, bodies: tuple[Structure, Structure], where: str | Path) -> None:
    """Stop where the structures are not those that were docked."""
    for role, body in zip(("receptor", "ligand"), bodies, strict=True):
        path = getattr(files, role)
        if described(path, body).sha256 != getattr(docking, role).sha256:
            raise InputError(
                f"this is not the {role} that was docked", where=str(path), hint=f"{where} names the docked one"
            )
