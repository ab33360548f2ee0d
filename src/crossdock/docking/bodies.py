"""Models with coordinates of their own: laid into the receptor's frame, and kept in a file of a docking."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.pae import Pae, read_flags, read_tables, write_tables
from crossdock.entries.amino_acids import parent_of
from crossdock.errors import InputError
from crossdock.files import read_made, write_text
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.structure import Structure, atom_records, distinct_chains, parse_structure

#: The files of a docking that hold them, and what their method says of its confidence in them.
BODIES, CONFIDENCE = "bodies.pdb.gz", "confidence.npz"
#: Largest coordinate that PDB format has room for, in angstrom.
LARGEST_A = 9999.0


@dataclass(frozen=True)
class Body:
    """A partner, or both, as a model has them.

    Attributes
    ----------
    receptor, ligand : Structure
        In the frame in which the receptor was prepared, with its partners' chain letters and residue numbers; the
        ligand's letters are its prepared ones.
    plddt : bool
        Whether the B-factors are pLDDT, 0 to 100.
    pae : Pae, optional
        Predicted errors between the residues of the receptor, then of the ligand.
    """

    receptor: Structure
    ligand: Structure
    plddt: bool = False
    pae: Pae | None = None


@dataclass(frozen=True)
class Fit:
    """Where a model has a ligand, as a rigid body.

    Attributes
    ----------
    quaternion : ndarray, dtype=float64, shape=(4,)
        (w, x, y, z), w not below zero.
    translation : ndarray, dtype=float64, shape=(3,)
        In angstrom: `x' = R(q) x + t` of the ligand's prepared coordinates, the receptor where it is prepared.
    receptor_rmsd, ligand_rmsd : float
        Of the CA atoms that the fits leave, in angstrom: how far the shapes differ from the prepared ones.
    """

    quaternion: NDArray[np.float64]
    translation: NDArray[np.float64]
    receptor_rmsd: float
    ligand_rmsd: float


def placed(
    receptor: Structure, ligand: Structure, model: tuple[Structure, Structure], *, where: str
) -> tuple[Body, Fit]:
    """Lay a model over the prepared receptor, and find the rigid placement of the ligand that is nearest to it.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    model : tuple of Structure
        The same two as the model has them, in any frame.
    where : str
        The model, for messages.

    Raises
    ------
    InputError
        If the model is of other sequences, or has no place for an atom.
    """
    receptor_body, ligand_body = (
        renumbered(body, prepared, where=f"{where}, {side}")
        for side, body, prepared in zip(("receptor", "ligand"), model, (receptor, ligand), strict=True)
    )
    mine, theirs = _shared_trace(receptor, receptor_body, f"{where}, receptor")
    turn, shift, receptor_rmsd = superpose(mine, theirs)
    receptor_body, ligand_body = (_moved(body, turn, shift) for body in (receptor_body, ligand_body))
    own, there = _shared_trace(ligand, ligand_body, f"{where}, ligand")
    quaternion, translation, ligand_rmsd = superpose(there, own)
    return Body(receptor_body, ligand_body), Fit(quaternion, translation, receptor_rmsd, ligand_rmsd)


def renumbered(body: Structure, prepared: Structure, *, where: str) -> Structure:
    """Give a partner of a model the chain letters, residue numbers and names of the prepared structure.

    Parameters
    ----------
    body : Structure
        With the same amino acids in the same order; atoms may lack or be more. What is no amino acid is left out, and
        so are hydrogens. Residues may lack too, if the others have the chain letters and numbers of the prepared ones.
    prepared : Structure
    where : str
        For messages.

    Raises
    ------
    InputError
        If the sequences differ, or a coordinate is no number.
    """
    body = body[~body.hetero & (body.element != "H") & (body.element != "D")]
    fixed = prepared[~prepared.hetero]
    first = np.unique(fixed.residue_index, return_index=True)[1]
    starts = np.unique(body.residue_index, return_index=True)[1]
    expected, got = (_names(part.residue_name[at]) for part, at in ((fixed, first), (body, starts)))
    there = _places(fixed, first)
    if expected != got and (found := _subset(dict(zip(there, expected, strict=True)), _places(body, starts), got)):
        first, expected = first[found], got
    if expected != got:
        place = next((i for i, pair in enumerate(zip(expected, got, strict=False)) if pair[0] != pair[1]), None)
        difference = f"{len(got)} residues in place of {len(expected)}"
        if place is not None:
            difference = f"residue {place + 1} is {got[place]} in place of {expected[place]}"
        raise InputError(f"this model is of another sequence: {difference}", where=where)
    if not np.isfinite(body.coord).all() or np.abs(body.coord).max() > LARGEST_A:
        raise InputError("a coordinate of this model does not fit the PDB format", where=where)
    residue = body.residue_index
    columns = {
        name: getattr(fixed, name)[first][residue] for name in ("chain", "residue_number", "insertion", "residue_name")
    }
    return replace(body, **columns)


def write_bodies(path: str | Path, bodies: Sequence[Body], receptor: Structure, ligand: Structure) -> None:
    """Write models to a PDB file, one MODEL a pose in their order, ligands under letters of their own.

    The file `CONFIDENCE` beside it says which have pLDDT as their B-factors, and has the PAE of those that have one.

    Parameters
    ----------
    path : str or Path
    bodies : sequence of Body
    receptor, ligand : Structure
        Prepared: all of their chains, those of ions too, which models do not have, say which letters are free.
    """
    letters = distinct_chains(receptor.chains, ligand.chains)
    lines = []
    for number, body in enumerate(bodies, start=1):
        lines.append(f"MODEL     {number:4d}")
        lines += atom_records(body.receptor)
        lines += atom_records(body.ligand.with_chains(letters), first_serial=len(body.receptor) + 1)
        lines.append("ENDMDL")
    write_text(path, "\n".join([*lines, "END", ""]))
    tables: dict[str, Pae | NDArray[np.bool_]] = {"plddt": np.array([body.plddt for body in bodies])}
    tables |= {f"pae_{number}": body.pae for number, body in enumerate(bodies, start=1) if body.pae}
    write_tables(Path(path).with_name(CONFIDENCE), tables)


def read_bodies(path: str | Path, receptor: Structure, ligand: Structure, *, pae: bool = False) -> list[Body]:
    """Read what `write_bodies` wrote.

    Parameters
    ----------
    path : str or Path
    receptor, ligand : Structure
        Prepared: they say which chain letters are whose.
    pae : bool
        Whether the PAE of all models is read too, which takes a second or so for one of 3,000 residues.

    Raises
    ------
    InputError
        If it is not there, or cannot be read.
    """
    letters = distinct_chains(receptor.chains, ligand.chains)
    back = {new: old for old, new in letters.items()}

    def reader(file: Path) -> list[Body]:
        lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        if not lines or lines[-1] != "END":
            raise ValueError("it is cut off")
        starts = [number for number, line in enumerate(lines) if line.startswith("MODEL ")]
        bodies = []
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            complete = parse_structure(lines[start:end], where=str(file), first_line=start + 1)
            moving = np.isin(complete.chain, list(back))
            bodies.append(Body(complete[~moving], complete[moving].with_chains(back)))
        return bodies

    bodies = read_made(path, reader, "crossdock dock")
    beside = Path(path).with_name(CONFIDENCE)
    if not beside.is_file():  # crossdock before 0.2.0 wrote none
        return bodies
    return read_made(beside, lambda file: _confident(file, bodies, pae=pae), "crossdock dock")


def _confident(path: Path, bodies: Sequence[Body], *, pae: bool) -> list[Body]:
    """Add to models what the file beside them says."""
    flags = read_flags(path, "plddt")
    if len(flags) != len(bodies):
        raise ValueError(f"it is of {len(flags)} models, {BODIES} has {len(bodies)}")
    tables = read_tables(path, [f"pae_{number + 1}" for number in range(len(bodies))] if pae else [])
    return [
        replace(body, plddt=bool(flag), pae=tables.get(f"pae_{number}"))
        for number, (body, flag) in enumerate(zip(bodies, flags, strict=True), start=1)
    ]


def _names(names: NDArray[np.str_]) -> list[str]:
    """Give the amino acids that residues are, under the names of the twenty."""
    return [parent_of(name) or name for name in names.tolist()]


def _places(part: Structure, at: NDArray[np.int64]) -> list[tuple[str, int, str]]:
    """Give chain, number and insertion code of residues, by their first atoms."""
    return list(
        zip(part.chain[at].tolist(), part.residue_number[at].tolist(), part.insertion[at].tolist(), strict=True)
    )


def _subset(
    expected: dict[tuple[str, int, str], str], places: list[tuple[str, int, str]], names: list[str]
) -> list[int]:
    """Find which of the expected residues, in their order, a model has; nothing where one is no such residue."""
    order = {place: at for at, place in enumerate(expected)}
    found = [order.get(place, -1) for place in places]
    same = all(expected.get(place) == name for place, name in zip(places, names, strict=True))
    return found if same and found == sorted(set(found)) else []


def _moved(body: Structure, quaternion: NDArray[np.float64], shift: NDArray[np.float64]) -> Structure:
    return body.moved(matrix(quaternion), shift)


def _shared_trace(prepared: Structure, body: Structure, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the CA atoms of the residues that both have, each shape=(n, 3)."""
    traces = []
    for part in (prepared, body):
        alpha = part[(part.atom_name == "CA") & ~part.hetero]
        keys = alpha.atom_places
        traces.append(dict(zip(keys, alpha.coord, strict=True)))
    both = [place for place in traces[0] if place in traces[1]]
    if len(both) < 3:
        raise InputError(
            f"{len(both)} residues of this model have a CA atom; 3 are needed to lay it over another", where=where
        )
    return np.array([traces[0][place] for place in both]), np.array([traces[1][place] for place in both])
