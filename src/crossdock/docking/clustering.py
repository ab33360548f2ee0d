"""Poses -> clusters -> models, by ClusPro's procedure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.compiled import compiled
from crossdock.docking.poses import CONFORMERS, PLACEMENT, numbers_of, placements
from crossdock.errors import DockingError
from crossdock.geometry.rotations import matrix
from crossdock.structures.structure import Structure

if TYPE_CHECKING:
    from crossdock.docking.conformers import Conformers

#: Columns of clusters.csv, as ClusPro serves them.
COLUMNS = ("Cluster", "Members", "Representative", "Weighted Score")


@dataclass(frozen=True)
class Cluster:
    """Neighbouring poses.

    Attributes
    ----------
    center : int
        Index of the pose with the most neighbours.
    members : ndarray, dtype=int64, shape=(n,)
        Indices of the poses, ascending; the center is among them.
    """

    center: int
    members: NDArray[np.int64]


def distinct_poses(
    coord: NDArray[np.float64],
    quaternions: NDArray[np.float64],
    translations: NDArray[np.float64],
    scores: NDArray[np.float64],
    *,
    apart: float,
    most: int,
) -> NDArray[np.int64]:
    """Choose the best poses that lie apart: best first, each time leaving out the neighbours of the one chosen.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Of the ligand, in angstrom.
    quaternions : ndarray, dtype=float64, shape=(m, 4)
    translations : ndarray, dtype=float64, shape=(m, 3)
    scores : ndarray, dtype=float64, shape=(m,)
    apart : float
        Least RMSD of two chosen poses over all atoms of the ligand, in angstrom.
    most : int
        Most poses wanted.

    Returns
    -------
    ndarray, dtype=int64, shape=(k,)
        Indices, best score first.

    Notes
    -----
    For rigid bodies with centres a, b and rotations A, B, the mean square deviation is
    |a - b|^2 + 2 tr C - 2 tr(A C B^T), with C the covariance of the body's coordinates, whatever the number of atoms.
    """
    centre = coord.mean(axis=0)
    covariance = (coord - centre).T @ (coord - centre) / len(coord)
    rotations = matrix(quaternions)
    places = rotations @ centre + translations
    order = np.argsort(scores, kind="stable")
    flat, weighted = rotations.reshape(-1, 9), (rotations @ covariance).reshape(-1, 9)
    limit = apart**2 / 2.0 - np.trace(covariance)
    chosen: NDArray[np.int64] = order[_apart(places[order], flat[order], weighted[order], limit, most)]
    return chosen


@compiled(nogil=True)
def _apart(
    places: NDArray[np.float64], flat: NDArray[np.float64], weighted: NDArray[np.float64], limit: float, most: int
) -> NDArray[np.int64]:
    """Choose the first poses whose half squared distance of places less the product of rotations is above the limit."""
    n = len(places)
    chosen = np.empty(min(n, most), dtype=np.int64)
    count = 0
    for i in range(n):
        near = False
        for k in range(count):
            j = chosen[k]
            half = 0.0
            for axis in range(3):
                half += (places[i, axis] - places[j, axis]) ** 2
            half *= 0.5
            for element in range(9):
                half -= weighted[i, element] * flat[j, element]
            if half <= limit:
                near = True
                break
        if not near:
            chosen[count] = i
            count += 1
            if count == most:
                break
    return chosen[:count]


def interface_distances(
    receptor: Structure,
    ligand: Structure,
    table: pd.DataFrame,
    *,
    reach: float = 10.0,
    conformers: Conformers | None = None,
) -> NDArray[np.float32]:
    """Compute the interface RMSD of every two poses, in the receptor's frame, without superposition.

    Parameters
    ----------
    receptor, ligand : Structure
    table : DataFrame
        Poses, n rows.
    reach : float
        C-alpha atoms of the ligand within this distance of a receptor atom are a pose's interface, in angstrom.
    conformers : Conformers, optional
        Of both partners, where the poses are of several: each pose is taken with its own, and distances are of the
        residues that all conformers of the ligand have.

    Returns
    -------
    ndarray, dtype=float32, shape=(n, n)
        RMSD in angstrom over the union of both poses' interface atoms; infinite where neither has any.

    Notes
    -----
    As ClusPro does (Kozakov et al. 2005, Biophys J 89:867, and the server's published tools), except that two poses
    without an interface are infinitely far apart; there they count as nearest of all.
    """
    traced = (ligand.atom_name == "CA") & ~ligand.hetero
    traces = conformers.ligand_trace if conformers else ligand.coord[traced][None]
    if not traces.shape[1]:
        raise DockingError("the ligand has no C-alpha atom to cluster by")
    rotations, translations = placements(table)
    if conformers:
        fixed, moving = (table[name].to_numpy(dtype=int) - 1 for name in CONFORMERS)
        moved = np.einsum("nij,naj->nai", rotations, traces[moving]) + translations[:, None, :]
    else:
        fixed = np.zeros(len(table), dtype=int)
        moved = np.einsum("nij,aj->nai", rotations, traces[0]) + translations[:, None, :]
    near = np.zeros(moved.shape[:2], dtype=bool)
    for number, body in enumerate(conformers.receptor if conformers else (receptor,)):
        here = fixed == number
        nearest, _ = cKDTree(body.coord).query(moved[here].reshape(-1, 3), distance_upper_bound=reach)
        near[here] = (np.asarray(nearest) < reach).reshape(-1, moved.shape[1])
    return _union_rmsd(np.ascontiguousarray(moved.transpose(0, 2, 1), np.float32), near.astype(np.float32))


@compiled(nogil=True, fastmath={"reassoc", "nsz"})
def _union_rmsd(moved: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the RMSD over atoms that are near (1) in either pose, from positions of shape=(n, 3, atoms).

    Without a branch, and with sums in any order, several atoms are taken at once.
    """
    n, atoms = near.shape
    out = np.zeros((n, n), dtype=np.float32)
    for i in range(n):
        for j in range(i + 1, n):
            total, count = 0.0, np.float32(0.0)
            for a in range(atoms):
                x, y, z = (
                    moved[i, 0, a] - moved[j, 0, a],
                    moved[i, 1, a] - moved[j, 1, a],
                    moved[i, 2, a] - moved[j, 2, a],
                )
                either = max(near[i, a], near[j, a])
                total += np.float64(either * x * x) + np.float64(either * y * y) + np.float64(either * z * z)
                count += either
            out[i, j] = out[j, i] = np.sqrt(total / count) if count > 0.0 else np.inf
    return out


def cluster(
    distances: NDArray[np.floating], *, radius: float = 9.0, min_size: int = 10, max_clusters: int = 30
) -> list[Cluster]:
    """Group poses greedily by their numbers of neighbours.

    Parameters
    ----------
    distances : ndarray, dtype=float, shape=(n, n)
        In angstrom, in order of score.
    radius : float
        Largest distance of neighbours, in angstrom.
    min_size : int
        Stop when the next center has fewer neighbours (itself counted).
    max_clusters : int

    Returns
    -------
    list of Cluster
        Largest first, equal ones in the order in which they were found. Empty if no pose has `min_size` neighbours.

    Notes
    -----
    Among the poses not yet taken, the one with the most neighbours (taken ones counted too, first index on ties)
    becomes a center and
    its neighbours are taken. Then every pose near any center goes to its nearest one. This is the procedure of the
    server's published tools; tests hold it to their answers.
    """
    neighbours = distances <= radius
    counts = neighbours.sum(axis=1)
    free = np.ones(len(distances), dtype=bool)
    centers: list[int] = []
    while free.any() and len(centers) < max_clusters:
        center = int(np.argmax(np.where(free, counts, -1)))
        if counts[center] < min_size:
            break
        centers.append(center)
        free &= ~neighbours[center]
        free[center] = False
    if not centers:
        return []
    to_centers = distances[:, centers]
    nearest = to_centers.argmin(axis=1)
    near = to_centers.min(axis=1) <= radius
    clusters = [Cluster(center, np.flatnonzero(near & (nearest == k))) for k, center in enumerate(centers)]
    return sorted(clusters, key=lambda one: -len(one.members))


def ranked(
    clusters: list[Cluster],
    scores: NDArray[np.float64],
    *,
    others: NDArray[np.float64] | None = None,
    order: str = "consensus",
) -> list[Cluster]:
    """Put clusters in the order in which they become models.

    Parameters
    ----------
    clusters : list of Cluster
    scores : ndarray, dtype=float64, shape=(n,)
        Of the clustered poses.
    others : ndarray, dtype=float64, shape=(k, n), optional
        Scores of the same poses by other weightings of the energy; without any, "consensus" is "energy".
    order : {"consensus", "energy", "size"}
        "energy" is by the score of the best member, lowest first; "consensus" by the mean of the two best places that
        a cluster has in such lists, one of `scores` and one of each of `others`, ties by the first; "size" puts the
        largest first, as ClusPro does.

    Returns
    -------
    list of Cluster

    Notes
    -----
    What weighs a term too much or too little for one kind of interface is right for another; ClusPro gives its user a
    list for each of four sets of weights for that reason (Kozakov et al. 2013, Proteins 81:2159). Size tells more where
    a scan keeps the best 0.1 % of very many poses, as ClusPro's does; of a few hundred refined poses the best score
    does.
    """
    if order == "size":
        return sorted(clusters, key=lambda one: -len(one.members))
    lists = [scores, *(others if others is not None and order == "consensus" else ())]
    best = np.array([[values[one.members].min() for one in clusters] for values in lists])
    places = best.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    standing = np.sort(places, axis=0)[:2].mean(axis=0)
    return [clusters[number] for number in np.lexsort((best[0], standing))]


def cluster_table(clusters: list[Cluster], scores: NDArray[np.float64]) -> pd.DataFrame:
    """Make clusters.csv: for each cluster the scores of its center and of its best member.

    Parameters
    ----------
    clusters : list of Cluster
    scores : ndarray, dtype=float64, shape=(n,)
        Of the clustered poses.

    Returns
    -------
    DataFrame
        With the columns of `COLUMNS`.
    """
    rows = []
    for number, one in enumerate(clusters):
        rows.append((number, len(one.members), "Center", scores[one.center]))
        rows.append((number, len(one.members), "Lowest Energy", scores[one.members].min()))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def model_table(
    clusters: list[Cluster], poses: pd.DataFrame, *, models: int = 10, order: str = "consensus"
) -> pd.DataFrame:
    """Make models.csv: a representative of each of the first clusters.

    Parameters
    ----------
    clusters : list of Cluster
        In the order of `ranked`.
    poses : DataFrame
        The clustered poses.
    models : int
        Most models wanted.
    order : {"consensus", "energy", "size"}
        With "size" the representative is the cluster's center, as ClusPro's is, else its best member.

    Returns
    -------
    DataFrame
        Columns as docs/files.md says.
    """
    scores = poses["score"].to_numpy()
    rows = []
    for number, one in enumerate(clusters[:models]):
        best = one.members[scores[one.members].argmin()]
        pose = poses.iloc[one.center if order == "size" else best]
        row = {
            "model": number,
            "cluster": number,
            "members": len(one.members),
            "representative": "Center" if order == "size" else "Lowest Energy",
            "score": pose["score"],
            "center_score": scores[one.center],
            "lowest_score": scores[best],
        }
        rows.append(
            row
            | {name: int(pose[name]) for name in CONFORMERS if name in poses}
            | {name: pose[name] for name in numbers_of(poses)}
            | {"pose": int(pose["rank"])}
            | {name: pose[name] for name in PLACEMENT}
        )
    return pd.DataFrame(rows)


def served_tables(poses: pd.DataFrame, *, models: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make clusters.csv and models.csv of poses that a server has clustered: one a cluster, in its order.

    Parameters
    ----------
    poses : DataFrame
        With the columns of `CLUSTER_COLUMNS`.
    models : int
        Most models wanted.

    Returns
    -------
    clusters, models : DataFrame
        As `cluster_table` and `model_table` make them; a model is a cluster's center. Both have the column `synthetic`
        where the poses have it: their scores are made up, and say so wherever they stand.
    """
    rows = []
    for number, pose in enumerate(poses.to_dict("records")):
        rows.append((number, pose["members"], "Center", pose["center_score"]))
        rows.append((number, pose["members"], "Lowest Energy", pose["lowest_score"]))
    table = poses.head(models).reset_index(drop=True)
    places = np.arange(len(table))
    made = pd.DataFrame({"model": places, "cluster": places, "members": table["members"]})
    made = made.assign(representative="Center", score=table["score"], pose=table["rank"])
    made[["center_score", "lowest_score", *PLACEMENT]] = table[["center_score", "lowest_score", *PLACEMENT]]
    numbers = numbers_of(poses)
    made[numbers] = table[numbers]
    first = ["model", "cluster", "members", "representative", "score", "center_score", "lowest_score"]
    listed, made = pd.DataFrame(rows, columns=list(COLUMNS)), made[[*first, *numbers, "pose", *PLACEMENT]]
    if "synthetic" in poses:
        listed, made = listed.assign(synthetic=True), made.assign(synthetic=True)
    return listed, made
