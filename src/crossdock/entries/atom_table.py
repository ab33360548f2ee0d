"""Every atom of a file as numpy columns, and what of the file cannot be trusted, whatever its format."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS

#: What is said of an atom whose place in the file is a stand-in: CNS and X-PLOR write 9999.000.
UNPLACED = "the atom has no real position"
#: No atom of a standard residue lies farther from the middle of the others, in angstrom.
FARTHEST_A = 20.0
AS_DEPOSITED = "use the original .cif or .pdb file of the databank"


@dataclass(frozen=True)
class Atoms:
    """Every atom of a file, as written.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Positions in angstrom.
    model, number, line : ndarray, dtype=int64, shape=(n,)
        Index of the model, from 0 in file order; author residue number; line of the file, from 1 (0 from mmCIF).
    chain, insertion, residue, name, altloc, element : ndarray, dtype=str, shape=(n,)
        Author chain name, insertion code, residue name, atom name, alternative location and element (``""`` for none);
        `element` is as written.
    field : ndarray, dtype=str, shape=(n,)
        Columns 13-16 of a PDB line, blanks and all; ``""`` from mmCIF.
    occupancy, b_factor : ndarray, dtype=float64, shape=(n,)
        Fraction; B-factor, or pLDDT in predicted models.
    part : ndarray, dtype=int64, shape=(n,)
        A number that changes where the file sets molecules of one chain name apart: at TER, END or another segment name
        in PDB format, by the label chain in mmCIF.
    position : ndarray, dtype=int64, shape=(n,)
        Place in the chain's sequence, from 1; 0 where the file does not say.
    polymer : ndarray, dtype=bool, shape=(n,)
        True for atoms of a protein or nucleic acid chain, modified residues among them.
    """

    coord: NDArray[np.float64]
    model: NDArray[np.int64]
    number: NDArray[np.int64]
    line: NDArray[np.int64]
    chain: NDArray[np.str_]
    insertion: NDArray[np.str_]
    residue: NDArray[np.str_]
    name: NDArray[np.str_]
    altloc: NDArray[np.str_]
    element: NDArray[np.str_]
    field: NDArray[np.str_]
    occupancy: NDArray[np.float64]
    b_factor: NDArray[np.float64]
    part: NDArray[np.int64]
    position: NDArray[np.int64]
    polymer: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.coord)

    def __getitem__(self, index: NDArray[np.bool_ | np.integer]) -> Atoms:
        """Give the atoms at `index` (a mask or an index array)."""
        return Atoms(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Fault:
    """An atom that cannot be taken as written.

    Attributes
    ----------
    what : str
        What is wrong, in words.
    line : int
        Of the file, from 1.
    model : int
        Index of the model, from 0.
    chain, residue, name : str
        As the file has them.
    place : tuple of int and str, or None
        Residue number and insertion code, where they can be read.
    atom_record : bool
        True for ATOM, False for HETATM.
    unplaced : bool
        True where the atom has no real position: it is missing, but nothing is wrong with the file.
    """

    what: str
    line: int
    model: int
    chain: str
    residue: str
    name: str
    place: tuple[int, str] | None
    atom_record: bool
    unplaced: bool = False


@dataclass(frozen=True)
class Table:
    """The atoms of a file before it is settled which of them make one molecule.

    Attributes
    ----------
    atoms : Atoms
        `polymer` is False throughout.
    models : tuple of int
        Label of each model in file order; labels may repeat.
    atom_record : ndarray, dtype=bool, shape=(n,)
        True for ATOM, False for HETATM.
    mark : ndarray, dtype=int64, shape=(n,)
        1 for an atom that the file's records count to a polymer, 0 for one that they do not, -1 where they are silent.
    faults : tuple of Fault
    """

    atoms: Atoms
    models: tuple[int, ...]
    atom_record: NDArray[np.bool_]
    mark: NDArray[np.int64]
    faults: tuple[Fault, ...]


def without_stand_ins(table: Table) -> Table:
    """Set atoms aside that programs never placed: several at one point, or one far from all others of its residue.

    Such a point is the origin, or 999 or -999 on every axis; what is written of it differs from program to program.
    """
    atoms = table.atoms
    # Conformers may share a place: of a flipped ASN, OD1 of one lies where ND2 of the other does.
    columns = (atoms.model.tolist(), atoms.chain.tolist(), atoms.altloc.tolist(), map(tuple, atoms.coord.tolist()))
    keys = list(zip(*columns, strict=True))
    names = zip(atoms.number.tolist(), atoms.insertion.tolist(), atoms.name.tolist(), strict=True)
    there: dict[tuple[object, ...], set[tuple[int, str, str]]] = {}
    for key, name in zip(keys, names, strict=True):
        there.setdefault(key, set()).add(name)
    stacked = np.array([len(there[key]) > 1 for key in keys], dtype=bool) | _strays(atoms)
    if not stacked.any():
        return table
    faults = [
        Fault(
            UNPLACED,
            int(atoms.line[i]),
            int(atoms.model[i]),
            str(atoms.chain[i]),
            str(atoms.residue[i]),
            str(atoms.name[i]),
            (int(atoms.number[i]), str(atoms.insertion[i])),
            bool(table.atom_record[i]),
            unplaced=True,
        )
        for i in np.flatnonzero(stacked).tolist()
    ]
    left = ~stacked
    return Table(
        atoms[left],
        table.models,
        table.atom_record[left],
        table.mark[left],
        tuple(sorted([*table.faults, *faults], key=lambda one: one.line)),
    )


def _strays(atoms: Atoms) -> NDArray[np.bool_]:
    """Mark atoms of standard residues that lie farther from their middle than any residue reaches, shape=(n,)."""
    columns = (atoms.model, atoms.chain, atoms.number, atoms.insertion, atoms.residue)
    begins = np.ones(len(atoms), dtype=bool)
    begins[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    of_atom, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    if not len(first):
        return begins
    # Nothing of a residue is farther from its middle than the diagonal of the box around it.
    boxes = np.maximum.reduceat(atoms.coord, first) - np.minimum.reduceat(atoms.coord, first)
    far: NDArray[np.bool_] = (np.linalg.norm(boxes, axis=1) > FARTHEST_A)[of_atom]
    far &= np.isin(atoms.residue, list(LETTERS))
    for residue in np.unique(of_atom[far]):
        own = of_atom == residue
        far[own] = np.linalg.norm(atoms.coord[own] - np.median(atoms.coord[own], axis=0), axis=1) > FARTHEST_A
    return far


def models_of(
    model: NDArray[np.int64],
    labels: Sequence[int | None],
    contents: Sequence[tuple[object, ...]],
    faulty: Collection[int],
) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """Settle whether what follows the end of a structure is another model of it, or more of it.

    Parameters
    ----------
    model : ndarray, dtype=int64, shape=(n,)
        The stretch of the file that each atom stands in.
    labels : sequence of int or None
        Label of each stretch, or None where the file has none.
    contents : sequence of tuple
        What each atom is: a stretch with the same atoms as the one before is another model.
    faulty : collection of int
        Stretches with an atom that cannot be trusted; they count even if they have no other.

    Returns
    -------
    of : ndarray, dtype=int64, shape=(k,)
        Index of each stretch's model.
    models : tuple of int
        Label of each model.
    """
    places = [np.flatnonzero(model == i) for i in range(len(labels))]
    what = [[contents[i] for i in at.tolist()] if None in labels else [] for at in places]
    models: list[int] = []
    of = np.zeros(len(labels), dtype=np.int64)
    first = 0
    for i, label in enumerate(labels):
        if not len(places[i]) and i not in faulty:
            continue
        if models and label is None and what[i] != what[first]:
            of[i] = len(models) - 1
            continue
        of[i], first = len(models), i
        models.append(max(models, default=0) + 1 if label is None else label)
    return of, tuple(models)


def real_number(text: str) -> float | None:
    """Read a number; None where it is none, or not finite."""
    try:
        value = float(text) if "_" not in text else float("nan")  # 1_000 is a number to Python alone
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole_number(text: str) -> int | None:
    """Read a whole number; None where it is none, or far beyond any numbering of residues."""
    try:
        value = int(text) if "_" not in text else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 10**9 else None
