"""Poses -> clusters.csv and the models of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from crossdock.docking.bodies import Body
from crossdock.docking.clustering import (
    Cluster,
    cluster,
    cluster_table,
    interface_distances,
    model_table,
    ranked,
    served_tables,
)
from crossdock.docking.conformers import ConformerPoses, Conformers
from crossdock.docking.pae import write_tables
from crossdock.docking.poses import CLUSTER_COLUMNS, need_poses, other_scores, placements
from crossdock.files import whole_folder, write_table
from crossdock.quantity import SCORE
from crossdock.structures.structure import Structure, atom_records, distinct_chains, write_records

#: The file beside the models with the PAE of those that have one.
PAE = "pae.npz"
#: Characters that a remark of a PDB file has room for.
LONGEST_REMARK = 69


def cluster_poses(
    receptor: Structure,
    ligand: Structure,
    poses: pd.DataFrame,
    *,
    radius: float = 9.0,
    min_size: int = 10,
    order: str = "consensus",
    conformers: Conformers | None = None,
) -> list[Cluster]:
    """Group poses and rank the groups.

    Parameters
    ----------
    receptor, ligand : Structure
    poses : DataFrame
        Best score first.
    radius : float
        In angstrom.
    min_size : int
        With the order "size", fewest neighbours of a pose that makes a cluster; where none has them, fewer will do.
        Else every pose belongs to a cluster, so that none is lost.
    order : {"consensus", "energy", "size"}
        What ranks the clusters, as `clustering.ranked` says, and chooses their models: the best score, or with "size"
        the center.
    conformers : Conformers, optional
        Of both partners, where the poses are of several.

    Returns
    -------
    list of Cluster
    """
    distances = interface_distances(receptor, ligand, poses, conformers=conformers)
    if order == "size":
        clusters = cluster(distances, radius=radius, min_size=min_size) or cluster(distances, radius=radius, min_size=1)
    else:
        clusters = cluster(distances, radius=radius, min_size=1, max_clusters=len(poses))
    return ranked(clusters, poses["score"].to_numpy(), others=other_scores(poses), order=order)


def write_models(
    folder: str | Path,
    receptor: Structure,
    ligand: Structure,
    poses: pd.DataFrame,
    *,
    bodies: Sequence[Body] = (),
    unit: str = SCORE.unit,
    radius: float = 9.0,
    min_size: int = 10,
    models: int = 10,
    order: str = "consensus",
) -> pd.DataFrame:
    """Cluster poses and write clusters.csv and models/ into a folder, models whole or not at all.

    Poses that a server has clustered keep its clusters, in its order; which poses those held it does not say.

    Parameters
    ----------
    folder : str or Path
    receptor, ligand : Structure
    poses : DataFrame
        Best score first.
    bodies : sequence of Body
        Of each pose, where the method gives coordinates of their own; the models then have these.
    unit : str
        Of the scores, written into the model files.
    radius, min_size, order
        As for `cluster_poses`.
    models : int
        Most models written.

    Returns
    -------
    DataFrame
        The table of models.csv.

    Raises
    ------
    DockingError
        If there is no pose.
    """
    how: dict[str, Any] = {"radius": radius, "min_size": min_size, "models": models, "order": order}
    conformers = bodies.conformers if isinstance(bodies, ConformerPoses) else None
    made = models_of(receptor, ligand, poses, **how, conformers=conformers, where=str(folder))
    folder = Path(folder)
    write_table(folder / "clusters.csv", made.clusters)
    letters = distinct_chains(receptor.chains, ligand.chains)
    renamed = [f"ligand chain {old} is chain {new} here" for old, new in letters.items() if old != new]
    made_up = ("SYNTHETIC, no docking was done",) if "synthetic" in made.table else ()
    table = made.table
    placed = placed_models(receptor, ligand, table, bodies)
    fixed: dict[int, list[str]] = {}  # a receptor stays as it is in all models of one conformer
    with whole_folder(folder / "models") as aside:
        for number, score, body in zip(table["model"], table["score"], placed, strict=True):
            shown = f"{score:.2f}" if abs(score) >= 0.01 else f"{score:.3g}"
            remark = f"model {number}: score {shown} ({unit}, not an affinity)"[:LONGEST_REMARK]
            stays, moved = body.receptor, body.ligand.with_chains(letters)
            if id(stays) not in fixed:
                fixed[id(stays)] = atom_records(stays)
            records = [*fixed[id(stays)], *atom_records(moved, first_serial=len(stays) + 1)]
            write_records(aside / f"{model_name(number)}.pdb", records, remarks=(*made_up, remark, *renamed))
        numbered = zip(table["model"], placed, strict=True)
        if errors := {model_name(number): body.pae for number, body in numbered if body.pae}:
            write_tables(aside / PAE, errors)
        write_table(aside / "models.csv", table)
        write_table(aside / "members.csv", made.members)
    return table


def model_name(number: int) -> str:
    """Give the name of a model's file, and of its errors in `PAE`."""
    return f"model_{number:02d}"


@dataclass(frozen=True)
class Models:
    """Poses grouped, and the representatives of the first groups.

    Attributes
    ----------
    clusters, table, members : DataFrame
        The tables of clusters.csv, models.csv and members.csv.
    """

    clusters: pd.DataFrame
    table: pd.DataFrame
    members: pd.DataFrame


def models_of(
    receptor: Structure,
    ligand: Structure,
    poses: pd.DataFrame,
    *,
    radius: float = 9.0,
    min_size: int = 10,
    models: int = 10,
    order: str = "consensus",
    conformers: Conformers | None = None,
    where: str | None = None,
) -> Models:
    """Cluster poses, and choose a model of each of the first clusters.

    Poses that a method has clustered itself keep its clusters, in its order; which poses those held it does not say.

    Parameters
    ----------
    receptor, ligand, poses, radius, min_size, models, order
        As for `write_models`.
    conformers : Conformers, optional
        As for `cluster_poses`.
    where : str, optional
        The pair, for messages.

    Raises
    ------
    DockingError
        If there is no pose.
    """
    need_poses(poses, where)
    if set(CLUSTER_COLUMNS) <= set(poses):
        return Models(*served_tables(poses, models=models), pd.DataFrame({"cluster": [], "pose": []}, dtype=int))
    how: dict[str, Any] = {"radius": radius, "min_size": min_size, "order": order, "conformers": conformers}
    clusters = cluster_poses(receptor, ligand, poses, **how)
    ranks = poses["rank"].to_numpy()
    members = [(number, pose) for number, one in enumerate(clusters[:models]) for pose in ranks[one.members]]
    return Models(
        cluster_table(clusters, poses["score"].to_numpy()),
        model_table(clusters, poses, models=models, order=order),
        pd.DataFrame(members, columns=["cluster", "pose"]),
    )


def placed_models(
    receptor: Structure, ligand: Structure, table: pd.DataFrame, bodies: Sequence[Body] = ()
) -> list[Body]:
    """Give both partners as each row of models.csv, or of a table of poses, has them.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    table : DataFrame
        With ``pose``, or ``rank``, and the placement.
    bodies : sequence of Body
        Of each pose by rank, where they have coordinates of their own.
    """
    if bodies:
        ranks = table["pose" if "pose" in table else "rank"]
        return [bodies[int(rank) - 1] for rank in ranks]
    return [Body(receptor, ligand.moved(turn, shift)) for turn, shift in zip(*placements(table), strict=True)]
