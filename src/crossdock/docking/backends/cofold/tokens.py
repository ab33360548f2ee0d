"""A model file taken apart into residues, and the tokens of a program that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.confidence import Confidence, of_another
from crossdock.entries.amino_acids import LETTERS, element_of, parent_of
from crossdock.entries.atom_table import Atoms, Table
from crossdock.entries.entry import decoded, file_format
from crossdock.entries.mmcif import read_cif, read_cif_atoms
from crossdock.entries.pdb_format import read_pdb_atoms
from crossdock.errors import InputError, StructureError
from crossdock.structures.structure import Structure

#: Largest model file: a table of atoms takes ten times its size, and a million atoms are 100 MB.
LARGEST_MODEL = 300_000_000
#: Residues without a known kind that are one token all the same.
_UNKNOWN = frozenset({"UNK", "N", "DN"})
#: Nucleotides that are one token; all others are modified.
_PLAIN_NUCLEOTIDES = frozenset({"A", "C", "G", "U", "DA", "DC", "DG", "DT"})


@dataclass(frozen=True)
class Molecules:
    """A model file taken apart into residues and tokens.

    Attributes
    ----------
    atoms : Atoms
        Heavy atoms of the first model, one location each.
    of_atom : ndarray, dtype=int64, shape=(a,)
        Index of each atom's residue.
    first : ndarray, dtype=int64, shape=(m,)
        First atom of each residue.
    amino : ndarray, dtype=bool, shape=(m,)
        Amino acids of a chain that have a CA atom.
    single : ndarray, dtype=bool, shape=(m,)
        Standard amino acids and nucleotides of a chain: one token each.
    chained : ndarray, dtype=bool, shape=(m,)
        All residues of a chain, modified ones too.
    """

    atoms: Atoms
    of_atom: NDArray[np.int64]
    first: NDArray[np.int64]
    amino: NDArray[np.bool_]
    single: NDArray[np.bool_]
    chained: NDArray[np.bool_]

    @classmethod
    def read(cls, content: bytes, where: str) -> Molecules:
        """Read a PDB or mmCIF file.

        Raises
        ------
        StructureError
            If it is neither, is cut off, or an atom cannot be trusted.
        """
        table = _table(content, where)
        if table.faults:
            fault = table.faults[0]
            raise StructureError(fault.what, where=f"{where}, line {fault.line}")
        keep = (table.atoms.model == 0) & np.isin(table.atoms.altloc, ["", "A", "."])
        symbols = _elements(table.atoms)
        keep &= ~np.isin(symbols, ["H", "D"])
        atoms = replace(table.atoms, element=symbols)[keep]
        in_chain = np.where(table.mark == -1, table.atom_record, table.mark == 1)[keep]
        if not len(atoms):
            raise StructureError("there is no atom in this file", where=where)
        changed = np.ones(len(atoms), dtype=bool)
        changed[1:] = False
        for column in (atoms.chain, atoms.number, atoms.insertion, atoms.residue):
            changed[1:] |= column[1:] != column[:-1]
        first, of_atom = np.flatnonzero(changed), np.cumsum(changed) - 1
        names = atoms.residue[first]
        has = {one: np.bincount(of_atom, atoms.name == one, len(first)) > 0 for one in ("N", "CA", "C")}
        backbone = has["N"] & has["CA"] & has["C"]
        known = np.array([parent_of(name) is not None for name in names.tolist()])
        # Some programs write a modified residue as HETATM, and a file need not list its polymers.
        chained = in_chain[first] | (backbone & ~_alone(atoms, first))
        amino = has["CA"] & (known | backbone) & chained
        plain = np.isin(names, [*LETTERS, *_PLAIN_NUCLEOTIDES, *_UNKNOWN])
        return cls(atoms, of_atom, first, amino, plain & in_chain[first], chained)

    @cached_property
    def chains(self) -> list[str]:
        """Names of all chains, ligands' too, in file order."""
        return list(dict.fromkeys(self.atoms.chain.tolist()))

    @cached_property
    def alpha(self) -> NDArray[np.int64]:
        """The CA atom of each amino acid, shape=(n,)."""
        return self._atom("CA")

    @cached_property
    def beta(self) -> NDArray[np.int64]:
        """The CB atom of each amino acid, its CA atom where it has none, shape=(n,)."""
        return np.where((found := self._atom("CB")) >= 0, found, self.alpha)

    def _atom(self, name: str) -> NDArray[np.int64]:
        """Give the first atom of a name of each amino acid, -1 where there is none."""
        place = np.full(len(self.first), -1)
        here = np.flatnonzero(self.atoms.name == name)[::-1]
        place[self.of_atom[here]] = here
        return place[self.amino]

    def tokens(self, confidence: Confidence, count: int) -> NDArray[np.int64]:
        """Give the token of each amino acid, shape=(n,).

        Parameters
        ----------
        confidence : Confidence
            What it says of tokens is used, else the programs' common rule: one a standard residue, one a heavy atom of
            anything else.
        count : int
            How many tokens there are.

        Raises
        ------
        InputError
            If tokens and model do not fit.
        """
        if confidence.token_of_atom is not None:
            if len(confidence.token_of_atom) != len(self.atoms):
                raise of_another(len(confidence.token_of_atom), "atoms", len(self.atoms), confidence.where)
            found = confidence.token_of_atom[self.alpha]
        elif confidence.token_places is not None and len(confidence.token_places[0]) == count:
            found = self._placed(*confidence.token_places, confidence.where)
        else:
            widths = self._widths(count)
            if widths is None:
                raise InputError(
                    f"it is of another model: it has {count} residues or other tokens, the model has "
                    f"{int(self.amino.sum())} amino acids and {self.n_tokens} tokens",
                    where=confidence.where,
                )
            start = np.cumsum(widths) - widths
            within = np.where(widths[self.amino] > 1, self.alpha - self.first[self.amino], 0)
            found = start[self.amino] + within
        if len(found) and (found.min() < 0 or found.max() >= count):
            raise InputError("its tokens are not those of the model", where=confidence.where)
        return found

    @property
    def n_tokens(self) -> int:
        """How many tokens the programs' common rule gives."""
        return int(np.where(self.single, 1, np.bincount(self.of_atom)).sum())

    def _widths(self, count: int) -> NDArray[np.int64] | None:
        """Give the number of tokens of each residue, shape=(m,), so that there are so many in all; None if none fit."""
        sizes = np.bincount(self.of_atom)
        names = self.atoms.residue[self.first]
        rules = (
            np.where(self.single, 1, sizes),
            # Some programs take selenomethionine for methionine, or have a token for any residue of a chain.
            np.where(self.single | (self.chained & (names == "MSE")), 1, sizes),
            np.where(self.chained, 1, sizes),
            np.ones(len(self.first), dtype=np.int64),
            np.where(self.amino, 1, 0),
        )
        return next((one for one in rules if one.sum() == count), None)

    def _placed(self, names: Sequence[str], numbers: Sequence[int], where: str) -> NDArray[np.int64]:
        """Find the tokens of amino acids by chain and residue number."""
        starts: dict[tuple[str, int], int] = {}
        counts: dict[tuple[str, int], int] = {}
        for at, place in enumerate(zip(map(str, names), map(int, numbers), strict=True)):
            starts.setdefault(place, at)
            counts[place] = counts.get(place, 0) + 1
        # Ligands may have been taken out of the model, but not residues of its proteins.
        own = set(self.atoms.chain[self.alpha].tolist())
        here = set(zip(self.atoms.chain[self.first].tolist(), self.atoms.number[self.first].tolist(), strict=True))
        for chain in sorted(own):
            theirs, ours = ({number for name, number in places if name == chain} for places in (starts, here))
            if theirs != ours:
                raise of_another(len(theirs), f"residues of chain {chain}", len(ours), where)
        found = []
        for alpha, first in zip(self.alpha.tolist(), self.first[self.amino].tolist(), strict=True):
            place = (str(self.atoms.chain[alpha]), int(self.atoms.number[alpha]))
            found.append(starts[place] + (alpha - first if counts[place] > 1 else 0))
        return np.array(found, dtype=np.int64)

    def body(self, plddt: NDArray[np.float64]) -> Structure:
        """Give the amino acids, with the pLDDT of all atoms, shape=(a,), as their B-factors."""
        chosen = self.amino[self.of_atom]
        atoms = self.atoms[chosen]
        element = np.char.capitalize(atoms.element)
        columns = (atoms.coord, atoms.chain, atoms.number, atoms.insertion, atoms.residue, atoms.name, element)
        return Structure(*columns, np.nan_to_num(plddt[chosen]), np.zeros(len(atoms), dtype=bool))

    def of_residues(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give each atom the value of its amino acid, of values with shape=(n,); NaN where it is of none."""
        spread = np.full(len(self.first), np.nan)
        spread[self.amino] = values
        return spread[self.of_atom]


def _alone(atoms: Atoms, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which residues stand alone in their chain: an amino acid there is a ligand."""
    names, counts = np.unique(atoms.chain[first], return_counts=True)
    return np.isin(atoms.chain[first], names[counts == 1])


def _elements(atoms: Atoms) -> NDArray[np.str_]:
    """Give the element of each atom, in capitals."""
    rows = list(
        zip(atoms.residue.tolist(), atoms.name.tolist(), atoms.element.tolist(), atoms.field.tolist(), strict=True)
    )
    known = {
        row: element_of(row[1], amino_acid=parent_of(row[0]) is not None, written=row[2], field=row[3])
        for row in set(rows)
    }
    return np.array([known[row] for row in rows], dtype="U2")


def _table(content: bytes, where: str) -> Table:
    """Read all atoms."""
    if len(content) > LARGEST_MODEL:
        raise StructureError(f"the model is larger than {LARGEST_MODEL / 1e6:.0f} MB", where=where)
    try:
        kind = file_format(content)
    except StructureError as error:
        raise StructureError(error.what, where=where) from None
    text = decoded(content)
    if kind == "mmcif":
        return read_cif_atoms(read_cif(text, where), text, where)
    lines = text.rstrip().split("\n")
    # Not every program writes END; a line without its end was cut off.
    if not (text.endswith("\n") or lines[-1].startswith("END")):
        raise StructureError("the file ends early, in the middle of a line", where=f"{where}, line {len(lines)}")
    return read_pdb_atoms(lines, where)
