"""One model of an entry as a table of residues: one location an atom, heavy atoms only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import BACKBONE, NUCLEOTIDES, Identified, element_of, read_residue
from crossdock.entries.atom_table import AS_DEPOSITED, Atoms
from crossdock.entries.entry import EntryFile
from crossdock.entries.identity import ChainIdentity
from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.entries.prediction import is_experiment
from crossdock.errors import StructureError
from crossdock.remark import Item, Phrase, Remark, remark


@dataclass(frozen=True)
class Residues:
    """Residues of one model, in file order: columns of shape (m,), and `of_atom`, shape (n,), that leads to them.

    `identified` says of each what amino acid it is and what its atoms are called there, None where it is none.
    """

    of_atom: NDArray[np.int64]
    first_atom: NDArray[np.int64]
    chain: NDArray[np.str_]
    number: NDArray[np.int64]
    insertion: NDArray[np.str_]
    name: NDArray[np.str_]
    parent: NDArray[np.str_]
    polymer: NDArray[np.bool_]
    position: NDArray[np.int64]
    identified: list[Identified | None]

    @property
    def amino(self) -> NDArray[np.bool_]:
        """True for amino acids of a chain, shape=(m,)."""
        amino: NDArray[np.bool_] = self.polymer & (self.parent != "")
        return amino

    def label(self, i: int) -> str:
        """Name a residue, such as `MSE 45A of chain B`."""
        return f"{self.name[i]} {self.number[i]}{self.insertion[i]} of chain {self.chain[i]}"

    def place(self, i: int) -> dict[str, str]:
        """Give what names a residue: `residue`, `number` with its insertion code, `chain`."""
        number = f"{self.number[i]}{self.insertion[i]}"
        return {"residue": str(self.name[i]), "number": number, "chain": str(self.chain[i])}


class Ledger:
    """What was kept and what was left out, with counts; and what the user should know.

    Attributes
    ----------
    remarks : list of Remark
    """

    def __init__(self) -> None:
        self.remarks: list[Remark] = []
        self._kept: dict[Phrase, int] = {}
        self._removed: dict[Phrase, int] = {}

    @property
    def kept(self) -> tuple[Item, ...]:
        """What was kept, in the order in which it was first said."""
        return _items(self._kept)

    @property
    def removed(self) -> tuple[Item, ...]:
        """What was left out, in the order in which it was first said."""
        return _items(self._removed)

    def keep(self, code: str, count: int = 1, **values: Any) -> None:
        """Count something of a code of remarks.yaml as kept."""
        _count(self._kept, Phrase(code, values), count)

    def remove(self, code: str, count: int = 1, **values: Any) -> None:
        """Count something of a code of remarks.yaml as left out."""
        _count(self._removed, Phrase(code, values), count)

    def remark(self, code: str, **values: Any) -> None:
        """Say something of a code of remarks.yaml."""
        self.remarks.append(remark(code, **values))


def _count(counts: dict[Phrase, int], what: Phrase, count: int) -> None:
    counts[what] = counts.get(what, 0) + int(count)


def _items(counts: dict[Phrase, int]) -> tuple[Item, ...]:
    return tuple(Item(what.code, what.values, count) for what, count in counts.items() if count)


@dataclass(frozen=True)
class EntryModel:
    """One model of an entry, one location an atom, heavy atoms only."""

    entry: EntryFile
    atoms: Atoms
    residues: Residues
    number: int
    index: int = 0  # of the model in the file, from 0; `number` is what it is called

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

    @property
    def plddt(self) -> NDArray[np.float64]:
        """Mean of the B column over each residue's atoms, shape=(m,); AlphaFold 3 gives every atom its own pLDDT."""
        sums = np.bincount(self.residues.of_atom, self.atoms.b_factor, minlength=len(self.residues.number))
        return sums / np.bincount(self.residues.of_atom, minlength=len(self.residues.number))

    def identity_of(self, chain: str) -> ChainIdentity:
        """Give what the records say of an author chain."""
        return self.entry.identities.get(chain, ChainIdentity())


def take_model(entry: EntryFile, model: int | None, ledger: Ledger) -> EntryModel:
    """Take one model, the first or the one called `model`; drop hydrogens and all but one location of each atom."""
    index = _model_index(entry, model, ledger)
    if not (entry.atoms.model == index).any():
        fault = next(one for one in entry.faults if one.model == index)
        raise StructureError(fault.what, where=f"{entry.path}, line {fault.line}", hint=AS_DEPOSITED)
    ledger.remove("models", len(entry.models) - 1)
    atoms = entry.atoms[entry.atoms.model == index]
    atoms = _with_elements(atoms)
    heavy = ~np.isin(atoms.element, ("H", "D"))
    ledger.remove("hydrogens", int((~heavy).sum()))
    atoms = atoms[heavy]
    if not len(atoms):
        raise StructureError("the model has only hydrogen atoms", where=entry.path)
    residues = group_residues(atoms, entry.parents)
    order = np.argsort(chain_order(atoms, residues)[residues.of_atom], kind="stable")
    atoms = atoms[order]
    residues = group_residues(atoms, entry.parents)
    single = _one_location(atoms, residues)
    ledger.remove("alternative-locations", int((~single).sum()))
    atoms = atoms[single]
    residues = group_residues(atoms, entry.parents)
    return EntryModel(entry, atoms, residues, entry.models[index], index)


def _model_index(entry: EntryFile, model: int | None, ledger: Ledger) -> int:
    """Find the model that is called `model`; MODEL numbers are names and need not count from 1."""
    labels = entry.models
    if model is None:
        chains = [set(entry.atoms.chain[entry.atoms.model == i].tolist()) for i in range(len(labels))]
        if further := sorted({chain for other in chains[1:] for chain in other - chains[0]}):
            about = {"taken": labels[0], "models": len(labels), "next": labels[1]}
            ledger.remark("models-with-other-chains", chains=further, **about)
        elif len(labels) > 1 and is_experiment(entry.method) and "NMR" not in (entry.method or "").upper():
            ledger.remark("models-of-an-assembly", models=len(labels))
        return 0
    if model not in labels:
        what = f"models {_listed(labels)}" if len(labels) > 1 else f"only model {labels[0]}"
        raise StructureError(f"model {model} is not in the entry, which has {what}", where=entry.path)
    if labels.count(model) > 1:
        raise StructureError(
            f"{labels.count(model)} models of this file are called {model}",
            where=entry.path,
            hint="give them different numbers in the MODEL records, or remove `model` to use the first",
        )
    return labels.index(model)


def _listed(labels: Sequence[int]) -> str:
    """Write numbers of models, those that follow one another as a range."""
    if list(labels) == list(range(labels[0], labels[0] + len(labels))):
        return f"{labels[0]} to {labels[-1]}"
    shown = [str(label) for label in labels]
    return ", ".join(shown if len(shown) < 20 else [*shown[:10], "...", shown[-1]])


def _with_elements(atoms: Atoms) -> Atoms:
    """Fill in elements from atom names where the file has none or a wrong one."""
    columns = (atoms.name, atoms.polymer, atoms.element, atoms.field)
    elements = [
        element_of(name, amino_acid=polymer, written=written, field=field)
        for name, polymer, written, field in zip(*(column.tolist() for column in columns), strict=True)
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
    order: dict[tuple[str, int, str, str, bool], int] = {}
    of_atom = np.array([order.setdefault(key, len(order)) for key in keys], dtype=np.int64)
    _, first = np.unique(of_atom, return_index=True)
    names = atoms.residue[first]
    held: list[set[str]] = [set() for _ in first]
    for i, residue, name in zip(of_atom.tolist(), atoms.residue.tolist(), atoms.name.tolist(), strict=True):
        if residue == names[i]:  # two residues at one place: the first
            held[i].add(name)
    identified = [read_residue(name, held[i], parents) for i, name in enumerate(names.tolist())]
    return Residues(
        of_atom=of_atom,
        first_atom=first,
        chain=atoms.chain[first],
        number=atoms.number[first],
        insertion=atoms.insertion[first],
        name=names,
        parent=np.array([one.parent if one else "" for one in identified], dtype="U3"),
        polymer=atoms.polymer[first],
        position=atoms.position[first],
        identified=identified,
    )


def chain_order(atoms: Atoms, residues: Residues) -> NDArray[np.int64]:
    """Rank residues as their chains run, shape=(m,): the file's order, but for residues that it lists apart.

    Places in the sequence rank a chain that has them all. Else stretches that peptide bonds join follow one another:
    some programs list modified residues behind their chain.
    """
    rank = np.arange(len(residues.number))
    ends = {name: np.full((len(rank), 3), np.nan) for name in ("N", "C")}
    for name, coord in ends.items():
        where = np.flatnonzero(atoms.name == name)[::-1]  # of several locations, the first
        coord[residues.of_atom[where]] = atoms.coord[where]
    for chain in dict.fromkeys(residues.chain[residues.amino].tolist()):
        here = np.flatnonzero(residues.amino & (residues.chain == chain))
        position = residues.position[here]
        if (position > 0).all() and len(np.unique(position)) == len(here):
            rank[here[np.argsort(position)]] = here
        else:
            rank[_joined(here, ends["N"], ends["C"])] = here
    return rank


def _joined(here: NDArray[np.int64], n: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the residues of a chain, shape=(k,), in the order in which peptide bonds join its stretches."""
    broken = np.linalg.norm(c[here[:-1]] - n[here[1:]], axis=1) >= PEPTIDE_BOND_A
    stretches = np.split(here, np.flatnonzero(broken) + 1)
    heads, tails = (np.array([one[k] for one in stretches]) for k in (0, -1))
    follows: dict[int, int] = {}
    for i, tail in enumerate(tails.tolist()):
        distance = np.linalg.norm(n[heads] - c[tail], axis=1)
        distance[i] = np.inf  # a residue's own N lies as near
        k = int(np.argmin(np.nan_to_num(distance, nan=np.inf)))
        if distance[k] < PEPTIDE_BOND_A:
            follows[i] = k
    ordered: list[int] = []
    before = {k: i for i, k in follows.items()}
    for i in range(len(stretches)):
        start: int | None = i
        while start in before and before[start] != i and before[start] not in ordered:
            start = before[start]
        while start is not None and start not in ordered:
            ordered.append(start)
            start = follows.get(start)
    return np.concatenate([stretches[i] for i in ordered])


def _one_location(atoms: Atoms, residues: Residues) -> NDArray[np.bool_]:
    """Choose one alternative location a residue, shape=(n,).

    A location without a letter is one of them where an atom has both.
    """
    single = np.ones(len(atoms), dtype=bool)
    lettered = atoms.altloc != ""
    order = np.argsort(residues.of_atom, kind="stable")
    atoms_of = np.split(order, np.flatnonzero(np.diff(residues.of_atom[order])) + 1)
    for residue in np.unique(residues.of_atom[lettered]):
        here = atoms_of[residue]
        with_letter = {(atoms.residue[i], atoms.name[i]) for i in here if lettered[i]}
        blank = [i for i in here if not lettered[i] and (atoms.residue[i], atoms.name[i]) in with_letter]
        letters = sorted(set(atoms.altloc[here].tolist()) - {""})
        means = {letter: atoms.occupancy[here][atoms.altloc[here] == letter].mean() for letter in letters}
        if blank:
            means = {"": atoms.occupancy[blank].mean()} | means
        best = max(means, key=means.__getitem__)  # the first of equals
        own = [i for i in here if atoms.altloc[i] == best and (best or i in blank)]
        names = {atoms.name[i] for i in own}
        taken = list(own)
        for i in here:
            if atoms.residue[i] != atoms.residue[own[0]] or atoms.name[i] in names:
                continue
            # A backbone must not lose an atom because only another location was written with it.
            if atoms.altloc[i] == "" or atoms.name[i] in BACKBONE:
                taken.append(i)
                names.add(atoms.name[i])
        single[here] = np.isin(here, taken)
    return single
