"""Residues that a chain should have and the structure does not: where it breaks, and how many are missing there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

import gemmi
import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import CAPS, LETTERS, parent_of
from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.entries.residues import EntryModel

# Longest CA-CA distance of neighbours, used where C or N is missing.
_CA_CA_A = 4.5
# Share of a chain's residues that must be those of its sequence for places in it to be believed.
_ALIKE = 0.9
# What opening a gap costs in the alignment where the chain does not break; a match gains 1.
_NO_GAP_HERE = -10
_THREE = {letter: name for name, letter in LETTERS.items()}


@dataclass(frozen=True)
class Joint:
    """Where a sequence is joined over residues that nobody names.

    Attributes
    ----------
    before, after : str
        Numbers of the residues on either side, with insertion codes.
    missing : int
        Residues between them by these numbers; 0 where the numbers do not tell.
    letters : str
        Up to five residues on either side, such as "SKQLT|GAESV".
    """

    before: str
    after: str
    missing: int
    letters: str

    def __str__(self) -> str:
        count = f"{self.missing} residue{'s are' if self.missing > 1 else ' is'}" if self.missing else "residues are"
        return f"{count} missing between {self.before} and {self.after} (...{self.letters}...)"


def count_gaps(found: EntryModel, stay: NDArray[np.bool_]) -> tuple[int, int]:
    """Count what is missing inside the kept chains; ends are not counted.

    Parameters
    ----------
    found : EntryModel
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are kept.

    Returns
    -------
    residues : int
        By the chain's sequence where the entry has it, else by the residue numbers.
    breaks : int
    """
    table = found.residues
    residues = breaks = 0
    for chain in dict.fromkeys(table.chain[stay & table.amino].tolist()):
        here = np.flatnonzero(table.amino & (table.chain == chain))
        broken = [_broken(found, before, after) for before, after in pairwise(here.tolist())]
        place = _places(found, chain, here, broken)
        for i, (before, after) in enumerate(pairwise(here.tolist())):
            if broken[i] and stay[before] and stay[after]:
                breaks += 1
                residues += max(0, int(place[i + 1] - place[i]) - 1)
    return residues, breaks


def construct_sequence(found: EntryModel, chain: str, stay: NDArray[np.bool_]) -> str:
    """Give the sequence of what is kept of a chain, with the residues that the entry lacks there.

    Parameters
    ----------
    found : EntryModel
    chain : str
        Its name in the entry.
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are kept.

    Returns
    -------
    str
        One-letter codes. Residues without atoms between two that are kept come from the chain's sequence, if the entry
        has it. What was left out stays out.
    """
    return construct_places(found, chain, stay)[0]


def construct_places(found: EntryModel, chain: str, stay: NDArray[np.bool_]) -> tuple[str, dict[int, int]]:
    """Give what `construct_sequence` gives, and the place in it, from 1, of each residue that is kept, by its row."""
    table, lie = found.residues, _lie(found, chain)
    letters, places = "", {}
    for i, residue in enumerate(lie.here.tolist()):
        if stay[residue]:
            letters += LETTERS[str(table.parent[residue])]
            places[residue] = len(letters)
            if lie.known and lie.breaks_after(i, stay):
                letters += _letters(found, lie.sequence[lie.place[i] : lie.place[i + 1] - 1])
    return letters, places


def joints(found: EntryModel, chain: str, stay: NDArray[np.bool_]) -> list[Joint]:
    """List where `construct_sequence` joins what is kept over a break of the chain, since it has no sequence there.

    Its parameters are those of `construct_sequence`.
    """
    table, lie = found.residues, _lie(found, chain)
    if lie.known:
        return []
    here = lie.here.tolist()
    said = [f"{table.number[one]}{table.insertion[one]}" for one in here]
    letters = "".join(LETTERS[str(table.parent[one])] for one in here)
    made = []
    for i, residue in enumerate(here):
        if not (stay[residue] and lie.breaks_after(i, stay)):
            continue
        missing = max(0, int(table.number[here[i + 1]] - table.number[residue]) - 1)
        made.append(Joint(said[i], said[i + 1], missing, f"{letters[max(0, i - 4) : i + 1]}|{letters[i + 1 : i + 6]}"))
    return made


def with_sequence(found: EntryModel, chain: str, sequence: str) -> EntryModel:
    """Give an entry the sequence of a chain's protein, one-letter codes, where its records have none of that chain."""
    names = [_THREE.get(letter, "UNK") for letter in sequence]
    known = found.entry.sequences | {chain: names}
    return replace(found, entry=replace(found.entry, sequences=known))


def whole_sequence(found: EntryModel, chain: str) -> str:
    """Give the one-letter codes of a whole chain as it was studied; without records of it, of residues with atoms."""
    if letters := _letters(found, found.entry.sequences.get(chain, [])):
        return letters
    table = found.residues
    return "".join(LETTERS[one] for one in table.parent[table.amino & (table.chain == chain)].tolist())


@dataclass(frozen=True)
class _Lie:
    """How the residues of a chain, `here`, lie in its sequence: after which some are missing, and the places."""

    here: NDArray[np.int64]
    broken: list[bool]
    place: list[int]
    sequence: list[str]
    known: bool

    def breaks_after(self, i: int, stay: NDArray[np.bool_]) -> bool:
        """Tell whether the chain breaks between a residue and the next, which is kept."""
        return i < len(self.broken) and self.broken[i] and bool(stay[self.here[i + 1]])


def _lie(found: EntryModel, chain: str) -> _Lie:
    table = found.residues
    here = np.flatnonzero(table.amino & (table.chain == chain))
    broken = [_lacking(found, before, after) for before, after in pairwise(here.tolist())]
    place, sequence = _places(found, chain, here, broken).tolist(), found.entry.sequences.get(chain, [])
    at_place = [sequence[k - 1] if 0 < k <= len(sequence) else "" for k in place]
    fits = sum(one == other for one, other in zip(at_place, table.name[here].tolist(), strict=True))
    return _Lie(here, broken, place, sequence, fits >= _ALIKE * len(here))


def _letters(found: EntryModel, names: list[str]) -> str:
    """Write residues as letters: modified ones as the one that they are made from, X where it is none, no caps."""
    parents = [parent_of(name, found.entry.parents) for name in names if name not in CAPS]
    return "".join(LETTERS[one] if one else "X" for one in parents)


def _places(found: EntryModel, chain: str, here: NDArray[np.int64], broken: list[bool]) -> NDArray[np.int64]:
    """Place the residues of a chain in its sequence, shape=(k,); without one their numbers stand in."""
    table = found.residues
    position, sequence = table.position[here], found.entry.sequences.get(chain, [])
    names = table.name[here].tolist()
    if (position > 0).all() and (np.diff(position) > 0).all():
        at_place = [sequence[k - 1] if k <= len(sequence) else "" for k in position.tolist()]
        fitting = sum(one == other for one, other in zip(at_place, names, strict=True))
        if not sequence or fitting >= _ALIKE * len(names):
            return position
    if not sequence:
        return table.number[here]
    # As gemmi places residues of PDB files: gaps are free where the chain breaks.
    opening = [0, *(0 if gap else _NO_GAP_HERE for gap in broken), 0]
    aligned = gemmi.align_string_sequences(list(sequence), names, opening, gemmi.AlignmentScoring())
    if aligned.match_count < _ALIKE * len(names):
        return table.number[here]
    place, places = 0, []
    for count, kind in re.findall(r"(\d+)([MID])", aligned.cigar_str()):
        for _ in range(int(count)):
            place += kind != "D"
            if kind != "I":
                places.append(place)
    return np.array(places)


def _lacking(found: EntryModel, before: int, after: int) -> bool:
    """Tell whether something is missing between two residues of a chain.

    Neighbours by number and by place are neighbours, however badly their bond is modelled.
    """
    if not _broken(found, before, after):
        return False
    ends = [_position(found, one, "CA") for one in (before, after)]
    if ends[0] is None or ends[1] is None or found.residues.number[after] - found.residues.number[before] > 1:
        return True
    return bool(np.linalg.norm(ends[0] - ends[1]) > _CA_CA_A)


def _broken(found: EntryModel, before: int, after: int) -> bool:
    """Tell whether two neighbours of a chain are not bonded."""
    for first, second, limit in (("C", "N", PEPTIDE_BOND_A), ("CA", "CA", _CA_CA_A)):
        ends = [_position(found, before, first), _position(found, after, second)]
        if ends[0] is not None and ends[1] is not None:
            return bool(np.linalg.norm(ends[0] - ends[1]) > limit)
    return True


def _position(found: EntryModel, residue: int, name: str) -> NDArray[np.float64] | None:
    """Give the position of an atom of a residue in angstrom, shape=(3,), or None."""
    # A model's atoms are sorted by residue, and no amino acid has more of them.
    start = found.residues.first_atom[residue]
    for i in range(start, min(start + 40, len(found.atoms))):
        if found.residues.of_atom[i] != residue:
            return None
        if found.atoms.name[i] == name:
            position: NDArray[np.float64] = found.atoms.coord[i]
            return position
    return None
