"""The table of poses that every backend fills, and the one way to apply a pose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.errors import DockingError, InputError
from crossdock.files import read_made, write_table
from crossdock.geometry.rotations import matrix
from crossdock.structures.structure import Structure

#: The weighted energy terms of a pose of the local engine; they add up to its score.
TERMS = ("repulsion", "attraction", "electrostatics", "contact", "residue")
#: Other weightings of the same energy by which clusters are ranked too: a term, and what it is multiplied with.
WEIGHTINGS = (("contact", 2.0), ("contact", 0.5), ("residue", 2.0), ("residue", 0.5))
#: Columns that say where a pose is: unit quaternion (w, x, y, z), then translation in angstrom.
PLACEMENT = ("qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A")
#: How a server that clusters by itself lists the cluster of a pose.
CLUSTER_COLUMNS = ("members", "center_score", "lowest_score")
#: Columns that poses.csv.gz has of every backend. Its own numbers, or `CLUSTER_COLUMNS`, stand between `score` and the
#: placement.
COLUMNS = ("rank", "score", *PLACEMENT)
#: What the house says of a pose whose partners have coordinates of their own: RMSD of CA atoms from the prepared ones.
FITS = ("receptor_rmsd_A", "ligand_rmsd_A")
#: Where partners have several conformers: which ones a pose is of, numbered from 1 as in structure.pdb.
CONFORMERS = ("receptor_conformer", "ligand_conformer")
#: Decimals kept of columns in a known unit: enough that a model is reproduced to 0.001 angstrom.
_PLACES = dict.fromkeys(PLACEMENT[:4], 7) | dict.fromkeys((*PLACEMENT[4:], *FITS), 4)
#: Decimals of the local engine's energies.
_ENERGY = 4


def pose_table(
    terms: NDArray[np.float64], quaternions: NDArray[np.float64], translations: NDArray[np.float64]
) -> pd.DataFrame:
    """Make the table of poses, best score first.

    Parameters
    ----------
    terms : ndarray, dtype=float64, shape=(n, 5)
        Weighted energy terms, arbitrary units; they add up to the score.
    quaternions : ndarray, dtype=float64, shape=(n, 4)
        (w, x, y, z).
    translations : ndarray, dtype=float64, shape=(n, 3)
        In angstrom: a pose moves the ligand's prepared coordinates, `x' = R(q) x + t`.

    Returns
    -------
    DataFrame
        Rank, score, `TERMS` and `PLACEMENT`, rounded as the file holds them.
    """
    names = ("score", *TERMS, *PLACEMENT)
    numbers = np.column_stack([terms.sum(axis=1), terms, quaternions, translations])
    numbers = numbers[np.argsort(numbers[:, 0], kind="stable")]
    columns = {name: numbers[:, place].round(_PLACES.get(name, _ENERGY)) for place, name in enumerate(names)}
    return pd.DataFrame({"rank": np.arange(1, len(numbers) + 1), **columns})


def need_poses(table: pd.DataFrame, where: str | None = None) -> None:
    """Stop with a DockingError where there is no pose, of which nothing can be made."""
    if table.empty:
        raise DockingError("no pose found: the partners have no favourable contact", where=where)


def rounded_places(table: pd.DataFrame) -> pd.DataFrame:
    """Round where poses are, and how far from the models; scores and numbers of a backend stay as it gave them."""
    return table.round({name: digits for name, digits in _PLACES.items() if name in table})


def numbers_of(table: pd.DataFrame) -> list[str]:
    """Name the columns that a backend has added: energy terms and other numbers."""
    own = {*COLUMNS, *CLUSTER_COLUMNS, *CONFORMERS, "synthetic"}
    return [str(name) for name in table if name not in own]


def other_scores(table: pd.DataFrame) -> NDArray[np.float64]:
    """Score poses by each of `WEIGHTINGS`.

    Parameters
    ----------
    table : DataFrame
        Poses, n rows.

    Returns
    -------
    ndarray, dtype=float64, shape=(k, n)
        In arbitrary units; k is 0 where the backend gives no energy terms.
    """
    if not set(TERMS) <= set(table):
        return np.zeros((0, len(table)))
    return np.array([(table["score"] + (factor - 1.0) * table[term]).to_numpy() for term, factor in WEIGHTINGS])


def write_poses(path: str | Path, table: pd.DataFrame) -> None:
    """Write poses.csv.gz, whole, the same bytes each time."""
    write_table(path, table)


def read_poses(path: str | Path) -> pd.DataFrame:
    """Read poses.csv.gz.

    Raises
    ------
    InputError
        If it is not there, is broken, or a column is missing.
    """
    table = read_made(path, pd.read_csv, "crossdock dock")
    if missing := [column for column in COLUMNS if column not in table]:
        raise InputError(f"not a table of poses: no column {', '.join(missing)}", where=str(path))
    return table


def placements(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give rotation matrices, shape=(n, 3, 3), and translations in angstrom, shape=(n, 3), of poses."""
    # Columns one by one: a list of them makes another frame first, which of a few poses takes longer than all else.
    placed = np.column_stack([table[name].to_numpy(dtype=float) for name in PLACEMENT])
    return matrix(placed[:, :4]), placed[:, 4:]


def place(ligand: Structure, pose: pd.Series) -> Structure:
    """Move a ligand's prepared coordinates to where a pose has them."""
    rotation = matrix(pose[["qw", "qx", "qy", "qz"]].to_numpy(dtype=float))
    return ligand.moved(rotation, pose[["tx_A", "ty_A", "tz_A"]].to_numpy(dtype=float))
