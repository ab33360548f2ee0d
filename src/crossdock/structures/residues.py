"""One model of an entry as a table of residues: one location an atom, heavy atoms only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import StructureError
from crossdock.structures.amino_acids import BACKBONE, NUCLEOTIDES, element_of, parent_of
from crossdock.structures.entry import Atoms, EntryFile
from crossdock.structures.identity import ChainIdentity


@dataclass(frozen=True)
class Residues:
    """Residues of one model, in file order: columns of shape (m,), and `of_atom`, shape (n,), that leads to them."""

    of_atom: NDArray[np.int64]
    first_atom: NDArray[np.int64]
    chain: NDArray[np.str_]
    number: NDArray[np.int64]
    insertion: NDArray[np.str_]
    name: NDArray[np.str_]
    parent: NDArray[np.str_]
    polymer: NDArray[np.bool_]

    @property
    def amino(self) -> NDArray[np.bool_]:
        """True for amino acids of a chain, shape=(m,)."""
        return self.polymer & (self.parent != "")

    def label(self, i: int) -> str:
        """Name a residue, such as `MSE 45A of chain B`."""
        return f"{self.name[i]} {self.number[i]}{self.insertion[i]} of chain {self.chain[i]}"


@dataclass
class Ledger:
    """What was kept and what was left out, in words, with counts; and what the user should know."""

    kept: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    @staticmethod
    def listed(counts: Counter[str]) -> list[dict[str, Any]]:
        """Give counts as protein.json holds them."""
        return [{"what": what, "count": int(count)} for what, count in counts.items() if count]


@dataclass(frozen=True)
class EntryModel:
    """One model of an entry, one location an atom, heavy atoms only."""

    entry: EntryFile
    atoms: Atoms
    residues: Residues
    number: int

    @property
    def polymer_chains(self) -> list[str]:
        """Author chains of proteins and nucleic acids, in file order."""
        table = self.residues
        polymer = table.polymer & ((table.parent != "") | np.isin(table.name, list(NUCLEOTIDES)))
        return list(dict.fromkeys(table.chain[polymer].tolist()))

    @property
    def protein_chains(self) -> list[str]:
        """Author chains that hold an amino acid, in file order."""
        return list(dict.fromkeys(self.residues.chain[self.residues.amino].tolist()))

    def identity_of(self, chain: str) -> ChainIdentity:
        """Give what the records say of an author chain."""
        return self.entry.identities.get(chain, ChainIdentity())

    def named(self, chain: str) -> str:
        """Name a chain with its description."""
        description = self.identity_of(chain).description
        return f"{chain or '(blank)'} ({description})" if description else chain or "(blank)"

    def compound(self, name: str) -> str:
        """Name an ion or ligand by residue name and in words, such as `EST (ESTRADIOL)`."""
        words = self.entry.compounds.get(name)
        return f"{name} ({words})" if words else name


def take_model(entry: EntryFile, model: int | None, ledger: Ledger) -> EntryModel:
    """Take one model, drop hydrogens and all but one location of each atom."""
    numbers = list(dict.fromkeys(entry.atoms.model.tolist()))
    number = numbers[0] if model is None else model
    if number not in numbers:
        what = f"models {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"only model {numbers[0]}"
        raise StructureError(f"model {number} is not in the entry, which has {what}", where=entry.path)
    ledger.removed["other models"] += len(numbers) - 1
    atoms = entry.atoms[entry.atoms.model == number]
    atoms = _with_elements(atoms, entry.parents)
    heavy = ~np.isin(atoms.element, ("H", "D"))
    ledger.removed["hydrogen atoms"] += int((~heavy).sum())
    atoms = atoms[heavy]
    if not len(atoms):
        raise StructureError("the model has no atom but hydrogens", where=entry.path)
    residues = group_residues(atoms, entry.parents)
    single = _one_location(atoms, residues)
    ledger.removed["atoms at alternative locations"] += int((~single).sum())
    atoms = atoms[single]
    residues = group_residues(atoms, entry.parents)
    return EntryModel(entry, atoms, residues, number)


def _with_elements(atoms: Atoms, parents: dict[str, str]) -> Atoms:
    """Fill in elements from atom names where the file has none or a wrong one."""
    amino = {name: parent_of(name, parents) is not None for name in np.unique(atoms.residue).tolist()}
    columns = zip(
        atoms.name.tolist(),
        atoms.residue.tolist(),
        atoms.polymer.tolist(),
        atoms.element.tolist(),
        atoms.field.tolist(),
        strict=True,
    )
    elements = [
        element_of(name, amino_acid=polymer and amino[residue], written=written, field=field)
        for name, residue, polymer, written, field in columns
    ]
    return replace(atoms, element=np.array(elements, dtype="U2"))


def group_residues(atoms: Atoms, parents: dict[str, str]) -> Residues:
    """Group atoms into residues. In a polymer a place in the chain is one residue, whatever the file names it."""
    keys = zip(
        atoms.chain.tolist(),
        atoms.number.tolist(),
        atoms.insertion.tolist(),
        np.where(atoms.polymer, "", atoms.residue).tolist(),
        atoms.polymer.tolist(),
        strict=True,
    )
    order: dict[tuple, int] = {}
    of_atom = np.array([order.setdefault(key, len(order)) for key in keys], dtype=np.int64)
    _, first = np.unique(of_atom, return_index=True)
    names = atoms.residue[first]
    known = {name: parent_of(name, parents) or "" for name in np.unique(names).tolist()}
    return Residues(
        of_atom=of_atom,
        first_atom=first,
        chain=atoms.chain[first],
        number=atoms.number[first],
        insertion=atoms.insertion[first],
        name=names,
        parent=np.array([known[name] for name in names.tolist()], dtype="U3"),
        polymer=atoms.polymer[first],
    )


def _one_location(atoms: Atoms, residues: Residues) -> NDArray[np.bool_]:
    """Choose one alternative location a residue, shape=(n,)."""
    single = np.ones(len(atoms), dtype=bool)
    lettered = atoms.altloc != ""
    for residue in np.unique(residues.of_atom[lettered]):
        here = np.flatnonzero(residues.of_atom == residue)
        letters = sorted(set(atoms.altloc[here].tolist()) - {""})
        means = [atoms.occupancy[here][atoms.altloc[here] == letter].mean() for letter in letters]
        # argmax takes the first of equals.
        best = letters[int(np.argmax(means))]
        own = here[atoms.altloc[here] == best]
        names = set(atoms.name[own].tolist())
        taken = own.tolist()
        for i in here:
            if atoms.residue[i] != atoms.residue[own[0]] or atoms.name[i] in names:
                continue
            # A backbone must not lose an atom because only another location was written with it.
            if atoms.altloc[i] == "" or atoms.name[i] in BACKBONE:
                taken.append(i)
                names.add(atoms.name[i])
        single[here] = np.isin(here, taken)
    return single
