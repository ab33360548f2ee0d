"""Every atom of a file as numpy columns, and what of the file cannot be trusted, whatever its format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: What is said of an atom whose place in the file is a stand-in: CNS and X-PLOR write 9999.000.
UNPLACED = "the atom was never placed"
AS_DEPOSITED = "use the entry's .cif or .pdb file as the databank has it"


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
        True where the atom was never placed: it is missing, but nothing is wrong with the file.
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


def without_stacked(table: Table) -> Table:
    """Set atoms aside that stand together at the origin: the stand-in of programs that never placed them.

    One atom may be there by chance; two of a chain cannot.
    """
    atoms = table.atoms
    origin = np.flatnonzero(~atoms.coord.any(axis=1)).tolist()
    chains = [(int(atoms.model[i]), str(atoms.chain[i])) for i in origin]
    there: dict[tuple[int, str], set[tuple[int, str, str]]] = {}
    for chain, i in zip(chains, origin, strict=True):
        there.setdefault(chain, set()).add((int(atoms.number[i]), str(atoms.insertion[i]), str(atoms.name[i])))
    stacked = np.zeros(len(atoms), dtype=bool)
    stacked[[i for chain, i in zip(chains, origin, strict=True) if len(there[chain]) > 1]] = True
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


def models_of(
    model: NDArray[np.int64], labels: Sequence[int | None], contents: Sequence[tuple[object, ...]]
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

    Returns
    -------
    index : ndarray, dtype=int64, shape=(n,)
        Index of each atom's model.
    models : tuple of int
        Label of each model.
    """
    places = [np.flatnonzero(model == i) for i in range(len(labels))]
    what = [[contents[i] for i in at.tolist()] if None in labels else [] for at in places]
    models: list[int] = []
    of = np.zeros(len(labels), dtype=np.int64)
    first = 0
    for i, label in enumerate(labels):
        if not len(places[i]):
            continue
        if models and label is None and what[i] != what[first]:
            of[i] = len(models) - 1
            continue
        of[i], first = len(models), i
        models.append(max(models, default=0) + 1 if label is None else label)
    return of[model], tuple(models)


def real_number(text: str) -> float | None:
    """Read a number; None where it is none, or not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def whole_number(text: str) -> int | None:
    """Read a whole number; None where it is none, or far beyond any numbering of residues."""
    try:
        value = int(text)
    except ValueError:
        return None
    return value if abs(value) < 10**9 else None
