"""The residues that were chosen, as a structure: names of standard residues, letters of PDB format, what is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import BACKBONE, SIDE_CHAINS, Identified, element_of
from crossdock.entries.molecules import SAME_ATOM_A
from crossdock.entries.residues import EntryModel, Ledger
from crossdock.errors import StructureError
from crossdock.remark import CHAIN, TAKEN_AS
from crossdock.structures.shape import extent
from crossdock.structures.structure import CHAIN_LETTERS, Structure

#: Fewest residues with a whole backbone that can be docked.
SMALLEST_BODY = 3
#: The median distance of neighbouring CA atoms of a chain lies between these, in angstrom (3.8; 2.9 at a cis bond).
CLOSEST_CA_A, FARTHEST_CA_A = 2.5, 6.0
#: A chain is thicker than this everywhere, in angstrom.
FLATTEST_A = 0.01


def build(
    found: EntryModel, stay: NDArray[np.bool_], body: Sequence[str], letters: dict[str, str], ledger: Ledger
) -> Structure:
    """Put the residues that stay in order, with the names of the standard amino acids that they stand for.

    Parameters
    ----------
    found : EntryModel
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are kept.
    body : sequence of str
        Chains, in the order of the structure.
    letters : dict of str to str
        Chain -> its letter of PDB format.
    ledger : Ledger
        Told what was left out.

    Returns
    -------
    Structure
        In the entry's own frame, in angstrom.

    Raises
    ------
    StructureError
        If coordinates or residue numbers do not fit PDB format, or an atom is there at two places.
    """
    atoms, table = found.atoms, found.residues
    rank = {chain: i for i, chain in enumerate(body)}
    index = np.flatnonzero(stay[table.of_atom])
    place = table.of_atom[index]
    # Ions and ligands go behind the chain that they are named with.
    chain_rank = np.array([rank[chain] for chain in table.chain[place].tolist()], dtype=np.int64)
    order = np.lexsort((place, ~table.amino[place], chain_rank))
    index, place = index[order], place[order]
    amino = table.amino[place]
    residue = np.where(amino, table.parent[place], table.name[place])
    written = zip(place.tolist(), atoms.name[index].tolist(), amino.tolist(), strict=True)
    name = np.array([_parent_atom(table.identified[r], a) if standard else a for r, a, standard in written])
    # Selenium has become sulphur with its new name.
    element = np.where(amino, [element_of(a, amino_acid=True) for a in name.tolist()], atoms.element[index])
    _fits_pdb(found, index)
    structure = Structure(
        coord=np.round(atoms.coord[index], 3),
        chain=np.array([letters[chain] for chain in table.chain[place].tolist()], dtype="U1"),
        residue_number=table.number[place],
        insertion=table.insertion[place].astype("U1"),
        residue_name=residue.astype("U3"),
        atom_name=name.astype("U4"),
        element=np.array([symbol.capitalize() for symbol in element.tolist()], dtype="U2"),
        b_factor=np.clip(atoms.b_factor[index], -99.99, 999.99),
        hetero=~amino,
    )
    return structure[_own_atoms(structure, place, found, ledger)]


def _parent_atom(identified: Identified | None, name: str) -> str:
    """Give what an atom is called in the standard amino acid that its residue stands for; nothing where it has none."""
    return identified.atoms.get(name, "") if identified else name


def _twice(found: EntryModel, residue: int, name: str, distance: float) -> StructureError:
    """Say that an atom appears twice, at two places: two residues of one number, or two conformers."""
    here = np.flatnonzero(found.residues.of_atom == residue)
    kinds = list(dict.fromkeys(found.atoms.residue[here].tolist()))
    label, lines = found.residues.label(residue), [line for line in found.atoms.line[here].tolist() if line]
    if len(kinds) > 1:
        what = f"{' and '.join(kinds)} have the same number: {label}"
        hint = "give one of them another number or an insertion code"
    else:
        what = f"atom {name} of {label} appears twice, {distance:.1f} A apart"
        hint = "give the two conformers letters (column 17 of PDB format), or each molecule a chain name"
    return StructureError(what, where=f"{found.entry.path}{f', line {max(lines)}' if lines else ''}", hint=hint)


def _own_atoms(structure: Structure, place: NDArray[np.int64], found: EntryModel, ledger: Ledger) -> NDArray[np.bool_]:
    """Mark atoms that a residue of that name has, each once, shape=(n,)."""
    own = np.ones(len(structure), dtype=bool)
    seen: dict[tuple[int, str], int] = {}
    repeated = 0
    for i, (residue, name, hetero) in enumerate(
        zip(structure.residue_name.tolist(), structure.atom_name.tolist(), structure.hetero.tolist(), strict=True)
    ):
        first = seen.setdefault((int(place[i]), name), i)
        if not hetero and name not in BACKBONE and name != "OXT" and name not in SIDE_CHAINS[residue]:
            own[i] = False
            ledger.remove("extra-atoms")
        elif first != i:
            distance = float(np.linalg.norm(structure.coord[i] - structure.coord[first]))
            if distance > SAME_ATOM_A:
                raise _twice(found, int(place[i]), name, distance)
            own[i] = False
            repeated += 1
    if repeated:
        ledger.remove("repeated-atoms", repeated)
        ledger.remark("repeated-atoms", count=repeated)
    names = found.residues.name[place]
    wrong = np.flatnonzero(~own & (names == structure.residue_name) & ~structure.hetero)
    if odd := [i for i in wrong.tolist() if structure.atom_name[i] not in SIDE_CHAINS[str(structure.residue_name[i])]]:
        ledger.remark("unfitting-atoms", count=len(odd), **found.residues.place(int(place[odd[0]])))
    return own


def count_kept(found: EntryModel, stay: NDArray[np.bool_], body: Sequence[str], ledger: Ledger) -> None:
    """Write down what stays, chain by chain, then ions and ligands, then what goes under another name.

    Parameters
    ----------
    found : EntryModel
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are kept.
    body : sequence of str
        Chains that are docked.
    ledger : Ledger
    """
    table = found.residues
    for chain in body:
        count = int((stay & table.amino & (table.chain == chain)).sum())
        ledger.keep(CHAIN, count, chain=chain, description=found.identity_of(chain).description)
    for name, count in Counter(table.name[stay & ~table.amino].tolist()).items():
        ledger.keep("compound", count, residue=name, compound=found.entry.compounds.get(name))
        if len(name) > 3:
            ledger.remark("name-shortened", residue=name, short=name[:3])
    by_atoms: Counter[tuple[str, str]] = Counter()
    for i in np.flatnonzero(stay & table.amino & (table.name != table.parent)).tolist():
        one, name, parent = table.identified[i], str(table.name[i]), str(table.parent[i])
        ledger.keep(TAKEN_AS, residue=name, parent=parent, d_form=bool(one and one.d_form))
        by_atoms[name, parent] += bool(one and not one.by_name)
    for (name, parent), count in by_atoms.items():
        if count:
            ledger.remark("named-by-atoms", residue=name, count=count, parent=parent)
    for name, parent in (("UNK", "ALA"), ("UNK", "GLY")):
        if unknown := int((stay & table.amino & (table.name == name) & (table.parent == parent)).sum()):
            ledger.remark("unknown-kind", count=unknown, residue=name, parent=parent)


def _fits_pdb(found: EntryModel, index: NDArray[np.int64]) -> None:
    """Stop on what the columns of PDB format cannot hold."""
    coord, number = found.atoms.coord[index], found.atoms.number[index]
    if len(index) and (coord.min() <= -999.9995 or coord.max() >= 9999.9995):
        raise StructureError(
            f"coordinates from {coord.min():.0f} to {coord.max():.0f} A do not fit PDB format (-999 to 9999)",
            where=found.entry.path,
            hint="move the structure towards the origin",
        )
    if len(index) and (number.min() < -999 or number.max() > 9999):
        raise StructureError(
            f"residue numbers {number.min()} to {number.max()} do not fit PDB format (-999 to 9999)",
            where=found.entry.path,
            hint="renumber the residues",
        )


def check_size(structure: Structure, where: str) -> None:
    """Stop on a body too small to dock, or without a backbone.

    Parameters
    ----------
    structure : Structure
    where : str
        The entry, for messages.

    Raises
    ------
    StructureError
    """
    index = structure.residue_index
    protein = ~structure.hetero
    having = [set(index[protein & (structure.atom_name == name)].tolist()) for name in ("N", "CA", "C")]
    complete = len(set.intersection(*having))
    total = len(np.unique(index[protein]))
    if complete < SMALLEST_BODY or complete < total / 2:
        raise StructureError(
            f"only {complete} of {total} residues have a backbone (N, CA and C); "
            f"at least {SMALLEST_BODY}, and half of all, are needed",
            where=where,
            hint="select more residues, or an entry with all atoms (a CA trace cannot be docked)",
        )


def check_unit(structure: Structure, where: str) -> None:
    """Stop on neighbouring residues that no chain has: another unit than angstrom, or coordinates that were lost.

    Parameters
    ----------
    structure : Structure
    where : str
        The entry, for messages.

    Raises
    ------
    StructureError
    """
    alpha = structure[(structure.atom_name == "CA") & ~structure.hetero]
    next_to = (np.diff(alpha.residue_number) == 1) & (alpha.chain[1:] == alpha.chain[:-1])
    apart = np.linalg.norm(np.diff(alpha.coord, axis=0), axis=1)[next_to]
    if extent(structure.coord).min() < FLATTEST_A:
        raise StructureError("all atoms lie in a plane: one coordinate axis is missing", where=where)
    if len(apart) and not CLOSEST_CA_A <= (middle := float(np.median(apart))) <= FARTHEST_CA_A:
        raise StructureError(
            f"neighbouring CA atoms lie {middle:.2f} A apart instead of 3.8 A",
            where=where,
            hint="write coordinates in angstrom (1 nm is 10 A)",
        )


def chain_letters(body: Sequence[str], where: str) -> dict[str, str]:
    """Give every chain of the body one letter of PDB format, its own where it has one.

    Parameters
    ----------
    body : sequence of str
        Author chains.
    where : str
        The entry, for messages.

    Returns
    -------
    dict of str to str

    Raises
    ------
    StructureError
        If there are more chains than letters.
    """
    letters = {chain: chain for chain in body if len(chain) == 1 and chain in CHAIN_LETTERS}
    free = iter(letter for letter in CHAIN_LETTERS if letter not in letters)
    for chain in body:
        if chain not in letters:
            letter = next(free, None)
            if letter is None:
                raise StructureError(
                    f"{len(body)} chains do not fit the {len(CHAIN_LETTERS)} letters of PDB format",
                    where=where,
                    hint="give fewer under `chains:` and `with:`",
                )
            letters[chain] = letter
    return {chain: letters[chain] for chain in body}


def count_without_backbone(structure: Structure) -> int:
    """Count residues that lack an atom of the backbone.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    int
    """
    index, protein = structure.residue_index, ~structure.hetero
    having = [set(index[protein & (structure.atom_name == name)].tolist()) for name in BACKBONE]
    return len(np.unique(index[protein])) - len(set.intersection(*having))


def count_short_side_chains(structure: Structure) -> int:
    """Count residues that lack an atom of their side chain.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    int
    """
    index, protein = structure.residue_index, ~structure.hetero
    have: dict[int, set[str]] = {}
    names: dict[int, str] = {}
    columns = zip(index[protein], structure.residue_name[protein], structure.atom_name[protein], strict=True)
    for i, residue, atom in columns:
        have.setdefault(i, set()).add(str(atom))
        names[i] = str(residue)
    return sum(not SIDE_CHAINS[names[i]] <= atoms for i, atoms in have.items())
