"""The constructs that were docked: their chains with boundaries, in the entry's numbers, UniProt's and from 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.surface import surface
from crossdock.entries.amino_acids import LETTERS
from crossdock.entries.identity import ChainRecord
from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.entries.numbering import in_uniprot
from crossdock.structures.record import ProteinRecord
from crossdock.structures.structure import Structure

#: Items of protein.json that a construct differs by from the entry; others are of atoms, or of water.
_LEFT_OUT = ("chain", "outside", "fused", "low-end", "compound")


@dataclass(frozen=True)
class Run:
    """Residues of a chain whose numbers follow one another.

    Attributes
    ----------
    first, last : str
        Numbers in the entry, with insertion codes; a residue that has one stands alone.
    position : int
        Place of the first in the chain's sequence, from 1.
    """

    first: str
    last: str
    position: int


@dataclass(frozen=True)
class Stretch:
    """Residues by the entry's numbers, and by UniProt's, which are None where the two do not differ by one number."""

    first: str
    last: str
    accession: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class ConstructChain:
    """A chain as it was docked.

    Attributes
    ----------
    letter, chain, in_pair : str
        In structure.pdb, in the entry, and in the files of the pair.
    sequence : str
        One-letter codes of the residues that were docked.
    runs : tuple of Run
    gaps : tuple of (str, str)
        Numbers on both sides of each place where the chain is broken.
    uniprot : tuple of Stretch
        By the entry's records.
    unplaced : tuple of (str, str)
        First and last number of residues that these leave out, as of a tag; none where there are no records.
    """

    letter: str
    chain: str
    in_pair: str
    sequence: str
    runs: tuple[Run, ...]
    gaps: tuple[tuple[str, str], ...]
    uniprot: tuple[Stretch, ...]
    unplaced: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Construct:
    """A protein as it was docked.

    Attributes
    ----------
    entry : str
    chains : tuple of ConstructChain
    left_out : tuple of str
        What else the entry holds, in words with counts.
    missing : int
        Residues in the gaps.
    """

    entry: str
    chains: tuple[ConstructChain, ...]
    left_out: tuple[str, ...]
    missing: int


class Partner:
    """A prepared protein with what suggestions need of it, computed once for all its pairs.

    Parameters
    ----------
    record : ProteinRecord
    structure : Structure

    Attributes
    ----------
    record : ProteinRecord
    body : Structure
        Its amino acids.
    residues : list of (str, str, str)
        Chain letter, number with insertion code and name of each, in file order.
    accessible : ndarray, dtype=float64, shape=(m,)
        Their accessible areas, in square angstrom.
    share : ndarray, dtype=float64, shape=(m,)
        The same as a share of that in an extended peptide.
    alpha : ndarray, dtype=float64, shape=(m, 3)
        Their CA atoms; the first atom of a residue that has none.
    """

    def __init__(self, record: ProteinRecord, structure: Structure) -> None:
        self.record = record
        self.body = body = structure[~structure.hetero]
        first = np.unique(body.residue_index, return_index=True)[1]
        numbers = np.char.add(body.residue_number[first].astype(str), body.insertion[first])
        columns = (body.chain[first], numbers, body.residue_name[first])
        self.residues = list(zip(*(column.tolist() for column in columns), strict=True))
        self.accessible = np.bincount(body.residue_index, weights=surface(structure).area[~structure.hetero])
        self.share = self.accessible / residue_kinds(body).extended
        self.alpha = body.coord[first]
        named = body.atom_name == "CA"
        self.alpha[body.residue_index[named]] = body.coord[named]

    def chain_record(self, letter: str) -> ChainRecord | None:
        """Give what the entry says of a chain of the structure."""
        return next((one for one in self.record.chains if one.kept and (one.letter or one.chain) == letter), None)

    def in_uniprot(self, letter: str, number: str) -> tuple[str | None, int | None]:
        """Give accession and UniProt number of a residue; Nones where the records do not tell."""
        chain = self.chain_record(letter)
        return (in_uniprot(chain, number) if chain else None) or (None, None)


def construct(partner: Partner, letters: Mapping[str, str]) -> Construct:
    """Tell what of an entry was docked, with its boundaries.

    Parameters
    ----------
    partner : Partner
    letters : dict of str to str
        Chain of the structure -> its letter in the files of the pair.

    Returns
    -------
    Construct
    """
    record = partner.record
    return Construct(
        entry=record.entry.id,
        chains=tuple(_chain(partner, letter, letters) for letter in partner.body.chains),
        left_out=tuple(f"{item.count} {item.text}" for item in record.removed if item.code in _LEFT_OUT),
        missing=record.missing.residues,
    )


def _chain(partner: Partner, letter: str, letters: Mapping[str, str]) -> ConstructChain:
    """Describe a chain; `letters` as for `construct`."""
    rows = [row for row, (chain, *_) in enumerate(partner.residues) if chain == letter]
    numbers = [partner.residues[row][1] for row in rows]
    broken = _broken(partner.body, rows)
    entry = partner.chain_record(letter)
    stretches = tuple(_stretches(entry, numbers)) if entry else ()
    placed = {number for one in stretches for number in numbers[numbers.index(one.first) : numbers.index(one.last) + 1]}
    unplaced = _runs([number for number in numbers if number not in placed]) if stretches else ()
    return ConstructChain(
        letter=letter,
        chain=entry.chain if entry else letter,
        in_pair=letters.get(letter, letter),
        sequence="".join(LETTERS.get(partner.residues[row][2], "X") for row in rows),
        runs=tuple(_runs(numbers)),
        gaps=tuple(pair for pair, gap in zip(pairwise(numbers), broken, strict=True) if gap),
        uniprot=stretches,
        unplaced=tuple((one.first, one.last) for one in unplaced),
    )


def _broken(body: Structure, rows: Sequence[int]) -> NDArray[np.bool_]:
    """Tell which neighbours of a chain are not bonded, shape=(k - 1,)."""
    ends = {name: np.full((int(body.residue_index[-1]) + 1, 3), np.nan) for name in ("C", "N")}
    for name, coord in ends.items():
        atoms = body.atom_name == name
        coord[body.residue_index[atoms]] = body.coord[atoms]
    apart = np.linalg.norm(ends["C"][rows[:-1]] - ends["N"][rows[1:]], axis=1)
    broken: NDArray[np.bool_] = ~(apart <= PEPTIDE_BOND_A)
    return broken


def _runs(numbers: Sequence[str]) -> Iterator[Run]:
    """Put together the residues whose numbers follow one another."""
    start = 0
    for row in range(1, len(numbers) + 1):
        if row == len(numbers) or not _follows(numbers[row - 1], numbers[row]):
            yield Run(numbers[start], numbers[row - 1], start + 1)
            start = row


def _follows(before: str, after: str) -> bool:
    return not (before + after)[-1].isalpha() and not before[-1].isalpha() and int(after) == int(before) + 1


def _stretches(entry: ChainRecord, numbers: Sequence[str]) -> Iterator[Stretch]:
    """Give the parts of a docked chain that the entry's records place in a UniProt sequence."""
    for one in entry.accessions:
        if one.first is None or one.last is None:
            continue
        own = [number for number in numbers if one.first <= int(number.rstrip(ascii_letters)) <= one.last]
        if own:
            ends = [in_uniprot(replace(entry, accessions=(one,)), number) for number in (own[0], own[-1])]
            start, end = (found[1] if found else None for found in ends)
            yield Stretch(own[0], own[-1], one.accession, start, end)
