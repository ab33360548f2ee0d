"""Models of ClusPro -> poses: where a model has the ligand, in the frame of the prepared structures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.bodies import Fit
from crossdock.docking.matching.likeness import Trace, likeness
from crossdock.errors import InputError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.structure import Structure, parse_structure

#: Least share of a partner's residues that a model must have.
LEAST_SHARED = 0.9
#: Largest RMSD, in angstrom, of CA atoms between a partner as prepared and as the server has minimised it.
LARGEST_FIT_A = 2.0


def split_model(text: str, *, where: str) -> tuple[Structure, Structure]:
    """Read receptor and ligand of a model file.

    Parameters
    ----------
    text : str
        The two partners one after the other, each behind a HEADER line; both may use the same chain letters.
    where : str
        The file, for messages.

    Returns
    -------
    receptor, ligand : Structure

    Raises
    ------
    InputError
        If there are not two headers, or no atoms behind one.
    """
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if line.startswith("HEADER")]
    if len(headers) != 2:
        raise InputError(f"expected two partners, each behind a HEADER line, got {len(headers)}", where=where)
    first, second = headers
    return (
        parse_structure(lines[first:second], where=where, first_line=first + 1),
        parse_structure(lines[second:], where=where, first_line=second + 1),
    )


def fit_pose(receptor: Structure, ligand: Structure, model: tuple[Structure, Structure], *, where: str) -> Fit:
    """Find the rigid placement of the prepared ligand that a model stands for.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    model : tuple of Structure
        From `split_model`; its frame does not matter.
    where : str
        The model, for messages.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        If the model is of other structures.
    """
    mine, theirs = _shared(receptor, model[0], f"{where}, receptor")
    frame, offset, left = superpose(mine, theirs)
    receptor_rmsd = _near(left, f"{where}, receptor")
    own, there = _shared(ligand, model[1], f"{where}, ligand")
    quaternion, shift, left = superpose(there @ matrix(frame).T + offset, own)
    return Fit(quaternion, shift, receptor_rmsd, _near(left, f"{where}, ligand"))


def _shared(prepared: Structure, other: Structure, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the CA atoms of the residues that both have, each shape=(n, 3)."""
    found = likeness(Trace.of(other), Trace.of(prepared))
    if len(found.pairs) < 3 or found.same < LEAST_SHARED * len(found.protein):
        raise InputError(
            f"this model is of another structure: {found.same} of {len(found.protein)} residues of the prepared one "
            "are in it",
            where=where,
            hint="import a job that was run with the selection in the config, or change the selection",
        )
    theirs, mine = (np.array(one) for one in zip(*found.pairs, strict=True))
    return found.protein.coord[mine], found.part.coord[theirs]


def _near(rmsd: float, where: str) -> float:
    """Stop at a partner that has another shape than the prepared one."""
    if rmsd > LARGEST_FIT_A:
        raise InputError(
            f"this model is of another structure: its CA atoms lie {rmsd:.1f} A from the prepared ones",
            where=where,
            hint="import the job that was run with the same entry",
        )
    return rmsd
