"""Which atoms of a file belong to proteins and nucleic acids, and which molecules share a chain name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, NUCLEOTIDES, WATERS, Identified, read_residue
from crossdock.entries.atom_table import Atoms, Table

#: Largest C-N distance in angstrom between residues that count as bonded.
PEPTIDE_BOND_A = 2.5
#: Two atoms of one name nearer than this, in angstrom, are the same atom written twice; others are two atoms.
SAME_ATOM_A = 1.0
#: How far a chain reaches in angstrom from one residue to the next, and the longest gap, in residues, behind which it
#: can go on after a TER; files that number a second molecule on leave more.
REACH_A, LONGEST_GAP = 4.0, 30
#: How much farther a residue may lie, in angstrom, where the file ends nothing: some number on over a gap.
SLACK_A = 25.0


def is_hydrogen(name: str) -> bool:
    """Tell a hydrogen of an amino acid by its name alone: no other of its atoms begins with H or D."""
    return name.lstrip("0123456789'\"*")[:1] in ("H", "D")


@dataclass(frozen=True)
class Runs:
    """Residues as the file writes them, one after the other: columns of shape (m,), and `of_atom`, shape (n,)."""

    of_atom: NDArray[np.int64]
    first: NDArray[np.int64]
    keys: list[tuple[int, str, int, str, str]]  # model, chain, number, insertion code and name
    names: list[dict[tuple[str, str], int]]  # (atom name, location) -> index of the atom, residue by residue
    identified: list[Identified | None]


def runs_of(atoms: Atoms, parents: Mapping[str, str]) -> Runs:
    """Find the stretches of atoms that stand for one residue."""
    changed = np.ones(len(atoms), dtype=bool)
    columns = (atoms.model, atoms.part, atoms.chain, atoms.number, atoms.insertion, atoms.residue)
    changed[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    of_atom = np.cumsum(changed) - 1
    first = np.flatnonzero(changed)
    names: list[dict[tuple[str, str], int]] = [{} for _ in first]
    rows = zip(of_atom.tolist(), atoms.name.tolist(), atoms.altloc.tolist(), strict=True)
    for i, (run, name, altloc) in enumerate(rows):
        names[run].setdefault((name, altloc), i)
    # Some files write a residue's atoms in several places.
    place = (atoms.model, atoms.chain, atoms.number, atoms.insertion, atoms.residue)
    keys = list(zip(*(column[first].tolist() for column in place), strict=True))
    atom_names: dict[tuple[int, str, int, str, str], set[str]] = {}
    for key, held in zip(keys, names, strict=True):
        atom_names.setdefault(key, set()).update(name for name, _ in held if not is_hydrogen(name))
    records = dict(parents)
    identified = [read_residue(key[-1], atom_names[key], records) for key in keys]
    return Runs(of_atom, first, keys, names, identified)


def origin_of(name: str) -> str:
    """Give the chain name that a file gives to the molecule ``A/1``: ``A``; other names are what they are."""
    chain, slash, count = name.rpartition("/")
    return chain if slash and count.isdigit() else name


def separate_molecules(
    table: Table, parents: Mapping[str, str], sequences: Mapping[str, Sequence[str]]
) -> tuple[Atoms, dict[str, dict[str, int]]]:
    """Mark what belongs to a polymer, and give molecules that share a chain name names of their own.

    Parameters
    ----------
    table : Table
    parents : mapping of str to str
        Modified residue -> parent, by the file's own records.
    sequences : mapping of str to sequence of str
        Chain -> residue names of the whole chain, by the file's own records.

    Returns
    -------
    atoms : Atoms
    shared : dict
        Chain name that several molecules share -> their new names, such as ``A/1``, with the line that each begins at.

    Notes
    -----
    TER, END, another segment name or another label chain sets molecules of one chain name apart, unless the chain goes
    on behind it: by a peptide bond, or over a gap that its missing residues can bridge. So do residues that come again
    under the same number more than 1 angstrom away.
    """
    atoms = table.atoms
    runs = runs_of(atoms, parents)
    polymer = _polymer(table, runs, parents, sequences)
    atoms = replace(atoms, polymer=polymer[runs.of_atom])
    molecule = _molecules(atoms, runs, polymer, sequences)
    if not molecule.any():
        return atoms, {}
    return _renamed(atoms, runs, polymer, molecule)


# --- what is a polymer


def _polymer(
    table: Table, runs: Runs, parents: Mapping[str, str], sequences: Mapping[str, Sequence[str]]
) -> NDArray[np.bool_]:
    """Mark residues of a protein or nucleic acid, shape=(m,)."""
    atoms, first = table.atoms, runs.first
    names = atoms.residue[first]
    mark, water = table.mark[first], np.isin(names, list(WATERS))
    amino = np.array([one is not None for one in runs.identified], dtype=bool)
    nucleotide = np.isin(names, list(NUCLEOTIDES))
    polymer = (mark == 1) & ~water
    silent = (mark == -1) & ~water
    polymer |= silent & table.atom_record[first] & (amino | nucleotide)
    # Hand-edited files break chains with TER anywhere, so HETATM is judged by the chain's sequence and by bonds.
    # A sequence also names the standard residues, which may be there as free ligands too.
    standard = {*LETTERS, *NUCLEOTIDES}
    listed = {(chain, name) for chain, names in sequences.items() for name in {*names} - standard}
    ends = _Ends(atoms, runs, amino)
    for i in np.flatnonzero(silent & ~polymer).tolist():
        backbone = {"N", "CA", "C"} <= {name for name, _ in runs.names[i]}
        named = (str(atoms.chain[first[i]]), str(names[i])) in listed or (backbone and str(names[i]) in parents)
        polymer[i] = named or ((amino[i] or backbone) and ends.bonded(i))
        polymer[i] |= _in_line(runs, i, polymer)
    known = {key for key, one in zip(runs.keys, polymer.tolist(), strict=True) if one}
    return np.array([key in known for key in runs.keys], dtype=bool)


class _Ends:
    """The N and C atoms of amino acids, chain by chain."""

    def __init__(self, atoms: Atoms, runs: Runs, amino: NDArray[np.bool_]) -> None:
        self._atoms, self._runs = atoms, runs
        self._of: dict[tuple[int, str, str], list[int]] = {}
        wanted = np.flatnonzero(np.isin(atoms.name, ("N", "C")) & amino[runs.of_atom])
        for i in wanted.tolist():
            self._of.setdefault((int(atoms.model[i]), str(atoms.chain[i]), str(atoms.name[i])), []).append(i)
        self._trees: dict[tuple[int, str, str], Any] = {}

    def bonded(self, run: int) -> bool:
        """Tell whether a peptide bond ties a residue to an amino acid of its chain, wherever that is in the file."""
        from scipy.spatial import cKDTree  # most files need no look at bonds, and it takes long to load

        model, chain = self._runs.keys[run][:2]
        for name, other in (("N", "C"), ("C", "N")):
            key = (model, chain, other)
            if key not in self._of:
                continue
            if key not in self._trees:
                self._trees[key] = cKDTree(self._atoms.coord[self._of[key]])
            tree = self._trees[key]
            for (atom, _), index in self._runs.names[run].items():
                near = tree.query_ball_point(self._atoms.coord[index], PEPTIDE_BOND_A) if atom == name else []
                if any(self._runs.of_atom[self._of[key][k]] != run for k in near):
                    return True
        return False


def _in_line(runs: Runs, i: int, polymer: NDArray[np.bool_]) -> bool:
    """Tell whether a residue stands in the file, and by its number, between two residues of its chain."""
    if not 0 < i < len(runs.keys) - 1 or not (polymer[i - 1] and polymer[i + 1]):
        return False
    before, here, after = runs.keys[i - 1], runs.keys[i], runs.keys[i + 1]
    return before[:2] == here[:2] == after[:2] and before[2] < here[2] < after[2]


# --- molecules of one name


def _molecules(
    atoms: Atoms, runs: Runs, polymer: NDArray[np.bool_], sequences: Mapping[str, Sequence[str]]
) -> NDArray[np.int64]:
    """Count the molecules of each chain name, from 0, shape=(m,); residues outside polymers have 0."""
    molecule = np.zeros(len(runs.first), dtype=np.int64)
    chains: dict[tuple[int, str], list[int]] = {}
    for i in np.flatnonzero(polymer).tolist():
        at = runs.first[i]
        chains.setdefault((int(atoms.model[at]), str(atoms.chain[at])), []).append(i)
    for (_, chain), members in chains.items():
        seen: list[dict[tuple[int, str], int]] = [{}]  # places of each molecule
        here, previous = 0, members[0]
        for i in members:
            place = _place(atoms, runs, i)
            if place != _place(atoms, runs, previous):
                if place in seen[here]:
                    another = _apart(atoms, runs, seen[here][place], i)
                else:
                    ends = atoms.part[runs.first[i]] != atoms.part[runs.first[previous]]
                    # A chain whose sequence the file gives is one molecule, however far its parts lie from each other.
                    another = (ends or chain not in sequences) and not (
                        _can_go_on(atoms, runs, previous, i, strict=ends) or _joins(atoms, runs, i, seen[here])
                    )
                if another:
                    earlier = (k for k, places in enumerate(seen) if place not in places)
                    here = next((k for k in earlier if _joins(atoms, runs, i, seen[k])), len(seen))
                    if here == len(seen):
                        seen.append(_from_last_break(atoms, runs, members, i, molecule, here))
            molecule[i], previous = here, i
            seen[here].setdefault(place, i)
    return molecule


def _place(atoms: Atoms, runs: Runs, i: int) -> tuple[int, str]:
    return int(atoms.number[runs.first[i]]), str(atoms.insertion[runs.first[i]])


def _can_go_on(atoms: Atoms, runs: Runs, before: int, after: int, *, strict: bool) -> bool:
    """Tell whether one residue can follow another in a chain, with as many missing between as their numbers say.

    `strict` where the file ends a part between them; elsewhere only what no chain can bridge is a break.
    """
    distance = _reach(atoms, runs, before, after)
    skipped = _place(atoms, runs, after)[0] - _place(atoms, runs, before)[0]
    if distance < PEPTIDE_BOND_A:
        return True
    if strict:
        return 1 < skipped <= LONGEST_GAP and distance < REACH_A * skipped
    return skipped < 0 or distance < REACH_A * skipped + SLACK_A


def _joins(atoms: Atoms, runs: Runs, i: int, molecule: Mapping[tuple[int, str], int]) -> bool:
    """Tell whether a residue is bonded to a molecule anywhere: files list modified residues behind their chain."""
    number = _place(atoms, runs, i)[0]
    near = [k for (other, _), k in molecule.items() if abs(other - number) <= 1]
    return any(min(_reach(atoms, runs, i, k), _reach(atoms, runs, k, i)) < PEPTIDE_BOND_A for k in near)


def _reach(atoms: Atoms, runs: Runs, before: int, after: int) -> float:
    """Measure from a residue's C to another's N, or between what atoms they have, in angstrom."""
    ends = []
    for i, wanted in ((before, "C"), (after, "N")):
        held = {name: index for (name, _), index in runs.names[i].items()}
        ends.append(atoms.coord[held.get(wanted, held.get("CA", next(iter(held.values()))))])
    return float(np.linalg.norm(ends[0] - ends[1]))


def _apart(atoms: Atoms, runs: Runs, one: int, other: int) -> bool:
    """Tell whether two residues of one place have atoms of one name that are not the same atom."""
    shared = runs.names[one].keys() & runs.names[other].keys()
    pairs = [(atoms.coord[runs.names[one][key]], atoms.coord[runs.names[other][key]]) for key in shared]
    return any(np.linalg.norm(a - b) > SAME_ATOM_A for a, b in pairs)


def _from_last_break(
    atoms: Atoms, runs: Runs, members: Sequence[int], i: int, molecule: NDArray[np.int64], new: int
) -> dict[tuple[int, str], int]:
    """Let a molecule that shows by a residue that comes again begin where the chain was broken last before it.

    Gives place -> residue of what comes before `i`.
    """
    at = members.index(i)
    count = int(molecule[members[at - 1]])
    start = at
    while start and molecule[members[start - 1]] == count:
        if _reach(atoms, runs, members[start - 1], members[start]) > PEPTIDE_BOND_A:
            break
        start -= 1
    if not start or molecule[members[start - 1]] != count:
        start = at  # bonded all the way back: the second molecule begins at this residue
    began = members[start:at]
    molecule[began] = new
    return {_place(atoms, runs, k): k for k in began}


def _renamed(
    atoms: Atoms, runs: Runs, polymer: NDArray[np.bool_], molecule: NDArray[np.int64]
) -> tuple[Atoms, dict[str, dict[str, int]]]:
    """Name the molecules of a chain name ``A/1``, ``A/2``; ligands go with the nearest of them."""
    from scipy.spatial import cKDTree

    first_chain = atoms.chain[runs.first]
    several = sorted(set(first_chain[molecule > 0].tolist()))
    chain = atoms.chain.astype(object)
    of_atom, part_of_polymer = molecule[runs.of_atom], polymer[runs.of_atom]
    shared: dict[str, dict[str, int]] = {}
    for name in several:
        here = atoms.chain == name
        own = here & part_of_polymer
        number = of_atom + 1
        for model in np.unique(atoms.model[here]).tolist():
            polymers = np.flatnonzero(own & (atoms.model == model))
            others = np.flatnonzero(here & ~part_of_polymer & (atoms.model == model))
            if len(polymers) and len(others):
                distance, nearest = map(np.asarray, cKDTree(atoms.coord[polymers]).query(atoms.coord[others]))
                # A residue goes whole, to the molecule that one of its atoms is nearest to: the last one written.
                of_run: dict[int, int] = {}
                for k in np.argsort(-distance).tolist():
                    of_run[int(runs.of_atom[others[k]])] = int(number[polymers[nearest[k]]])
                number[others] = [of_run[run] for run in runs.of_atom[others].tolist()]
        for k in sorted(set(number[here].tolist())):
            chain[here & (number == k)] = f"{name}/{k}"
            shared.setdefault(name, {})[f"{name}/{k}"] = int(atoms.line[own & (number == k)].min(initial=10**9))
    return replace(atoms, chain=chain.astype(str)), shared
