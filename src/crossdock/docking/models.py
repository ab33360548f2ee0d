"""Clusters -> clusters.csv and the model files of a pair."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crossdock.docking.clustering import (
    Cluster,
    cluster,
    cluster_table,
    interface_distances,
    model_table,
    ranked,
    served_tables,
)
from crossdock.docking.poses import SERVED, other_scores, placements
from crossdock.errors import DockingError
from crossdock.files import whole_folder, write_table
from crossdock.structures.structure import Structure, distinct_chains, write_structure


def cluster_poses(
    receptor: Structure,
    ligand: Structure,
    poses: pd.DataFrame,
    *,
    radius: float = 9.0,
    min_size: int = 10,
    order: str = "consensus",
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

    Returns
    -------
    list of Cluster
    """
    distances = interface_distances(receptor, ligand, poses)
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
    if poses.empty:
        raise DockingError("no pose to cluster: the partners never touched favourably", where=str(folder))
    folder = Path(folder)
    if set(SERVED) <= set(poses):
        listed, table = served_tables(poses, models=models)
        belonging = pd.DataFrame({"cluster": [], "pose": []}, dtype=int)
    else:
        clusters = cluster_poses(receptor, ligand, poses, radius=radius, min_size=min_size, order=order)
        listed = cluster_table(clusters, poses["score"].to_numpy())
        table = model_table(clusters, poses, models=models, order=order)
        ranks = poses["rank"].to_numpy()
        belonging = pd.DataFrame(
            [(number, pose) for number, one in enumerate(clusters[:models]) for pose in ranks[one.members]],
            columns=["cluster", "pose"],
        )
    write_table(folder / "clusters.csv", listed)
    letters = distinct_chains(receptor.chains, ligand.chains)
    renamed = [f"ligand chain {old} is chain {new} here" for old, new in letters.items() if old != new]
    made_up = ("SYNTHETIC, no docking was done",) if "synthetic" in table else ()
    with whole_folder(folder / "models") as made:
        renamed_body = ligand.with_chains(letters)
        for number, score, turn, shift in zip(table["model"], table["score"], *placements(table), strict=True):
            body = renamed_body.moved(turn, shift)
            told = f"model {number}: score {score:.2f} (arbitrary units, not an affinity)"
            write_structure(made / f"model_{number:02d}.pdb", receptor, body, remarks=(*made_up, told, *renamed))
        write_table(made / "models.csv", table)
        write_table(made / "members.csv", belonging)
    return table
