"""Models of ClusPro -> poses: where a model has the ligand, in the frame of the prepared structures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.bodies import Fit, superpose
from crossdock.entries.amino_acids import parent_of
from crossdock.errors import InputError
from crossdock.geometry.rotations import matrix
from crossdock.structures.structure import Structure, parse_structure

#: Least share of a partner's residues that a model must have under the same chain, number and insertion code.
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
    trace, found = _trace(prepared), _trace(other)
    both = [place for place in trace if place in found]
    # One chain keeps its identity under another letter.
    if not both and len(prepared.chains) == len(other.chains):
        letters = dict(zip(other.chains, prepared.chains, strict=True))
        found = {(letters[chain], number, code): value for (chain, number, code), value in found.items()}
        both = [place for place in trace if place in found]
    same = sum(trace[place][0] == found[place][0] for place in both)
    if len(both) < 3 or same < LEAST_SHARED * len(trace):
        raise InputError(
            f"this model is of another structure: {same} of {len(trace)} residues of the prepared one are in it",
            where=where,
            hint="import a job that was run with the selection in the config, or change the selection",
        )
    return np.array([trace[place][1] for place in both]), np.array([found[place][1] for place in both])


def _trace(structure: Structure) -> dict[tuple[str, int, str], tuple[str, NDArray[np.float64]]]:
    """Give name and position of the CA atom of each amino acid by chain, number and insertion code."""
    alpha = structure[(structure.atom_name == "CA") & ~structure.hetero]
    names = [parent_of(name) or name for name in alpha.residue_name.tolist()]  # histidines are HSD, HSE or HSP there
    places = zip(alpha.chain.tolist(), alpha.residue_number.tolist(), alpha.insertion.tolist(), strict=True)
    values = zip(names, alpha.coord, strict=True)
    return dict(zip(places, values, strict=True))


def _near(rmsd: float, where: str) -> float:
    """Stop at a partner that has another shape than the prepared one."""
    if rmsd > LARGEST_FIT_A:
        raise InputError(
            f"this model is of another structure: its CA atoms lie {rmsd:.1f} A from the prepared ones",
            where=where,
            hint="import the job that was run with the same entry",
        )
    return rmsd
