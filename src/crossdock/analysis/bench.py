"""What to do next at the bench with a docked pair: mutations that test its site, and what exactly was docked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_letters
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.interface import CLASSES
from crossdock.analysis.surface import surface
from crossdock.entries.amino_acids import BACKBONE, LETTERS
from crossdock.entries.identity import ChainRecord
from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.entries.numbering import in_uniprot
from crossdock.structures.record import ProteinRecord
from crossdock.structures.structure import Structure

Columns = Mapping[str, Sequence[Any]]
#: Chain letter in the files of a pair, number with insertion code, and name of a residue.
Place = tuple[str, str, str]

SIDES = ("receptor", "ligand")
#: Residues that are not mutated: alanine has no side chain to lose; the others hold the fold.
UNTOUCHED = frozenset({"ALA", "GLY", "PRO", "CYS"})
#: What turns the charge of a residue; histidine, which may have none, is not turned.
REVERSED = {"ASP": "LYS", "GLU": "LYS", "LYS": "GLU", "ARG": "GLU"}
#: Items of protein.json that a construct differs by from the entry; others are of atoms, or of water.
_LEFT_OUT = ("chain", "outside", "fused", "low-end", "compound")
_MAIN_CHAIN = frozenset({*BACKBONE, "OXT"})
_CHARGED = frozenset({*CLASSES["positive"], *CLASSES["negative"]})
_CLASS_OF = {name: kind for kind, names in CLASSES.items() for name in names}


@dataclass(frozen=True)
class Bond:
    """A bond of a side chain across the interface.

    Attributes
    ----------
    chain, name : str
        The residue that it is with: letter in the files of the pair; one-letter code and number, such as ``K74``.
    kind : str
    """

    chain: str
    name: str
    kind: str


@dataclass(frozen=True)
class Change:
    """A residue and what to change it to.

    Attributes
    ----------
    chain, number, residue : str
        Letter in the files of the pair, number in the entry with its insertion code, three letters.
    accession : str or None
        UniProt's; this and the next are None where the entry's records do not tell.
    in_uniprot : int or None
        Its number there.
    alanine : str
        Such as ``D49A``, in the entry's number, an insertion code as a small letter (``Y38aA``).
    reversal : str or None
        Such as ``D49K``: turns the charge of a residue of a salt bridge; else None.
    """

    chain: str
    number: str
    residue: str
    accession: str | None
    in_uniprot: int | None
    alanine: str
    reversal: str | None


@dataclass(frozen=True)
class Mutation(Change):
    """A change inside the interface.

    Attributes
    ----------
    alone_A2, buried_A2 : float
        Accessible area without the partner, and what the partner takes of it, in square angstrom.
    bonds : tuple of Bond
        Those of its side chain.
    """

    alone_A2: float
    buried_A2: float
    bonds: tuple[Bond, ...]


@dataclass(frozen=True)
class Control(Change):
    """A change away from every model's interface.

    Attributes
    ----------
    accessible_A2 : float
        Its accessible area, in square angstrom.
    apart_A : float
        From its CA atom to the nearest of the interface, in angstrom.
    """

    accessible_A2: float
    apart_A: float


@dataclass(frozen=True)
class PartnerTests:
    """What to change in one partner of a model: mutations, the one that buries most first, and a control, if any."""

    mutations: tuple[Mutation, ...]
    control: Control | None


@dataclass(frozen=True)
class SiteTests:
    """What to change in both partners to test the site of a model."""

    receptor: PartnerTests
    ligand: PartnerTests


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


def site_tests(
    models: Sequence[int],
    contacts: Columns,
    residues: Columns,
    partners: tuple[Partner, Partner],
    letters: Mapping[str, str],
    *,
    most: int = 5,
    largest: int = 3,
    accessible: float = 0.25,
) -> tuple[SiteTests, ...]:
    """Suggest mutations that would test the site of each model, from its contacts and buried areas.

    Parameters
    ----------
    models : sequence of int
        Their numbers.
    contacts, residues : mapping of str to sequence
        Columns of interface.csv and of residues.csv.
    partners : tuple of Partner
        Receptor and ligand.
    letters : dict of str to str
        Chain of the prepared ligand -> its letter in the files of the pair.
    most : int
        Mutations of each partner.
    largest : int
        How many of them are the residues that bury most; the others are those whose side chains make the best bonds.
    accessible : float
        Least share of its area in an extended peptide that a control shows (Levy 2010, J Mol Biol 403:660: from there
        on a residue is on the surface).

    Returns
    -------
    tuple of SiteTests
        One for each model.

    Notes
    -----
    Of residues in contact, first the `largest` that bury the most area: the few residues that hold a complex together
    are buried, with others around them that keep the water out (Clackson & Wells 1995, Science 267:383; Bogan & Thorn
    1998, J Mol Biol 280:1). Then those whose side chains have most bonds in which a charge takes part, which costs more
    to leave without its partner than an uncharged group does (Fersht et al. 1985, Nature 314:235); among equals those
    with most bonds of any kind, and then those of which the larger share is buried. Where there are fewer, the next by
    area fill up. A bond of the main chain does not count: alanine has it too. Of a residue pair it is the nearest atoms
    of its strongest kind, those that interface.csv names, that are looked at.

    A control is exposed and in no model's interface: of the residues of the same name as a suggested one, or else of
    the same class, the one farthest away. No energies are computed, and a docked model may be wrong.
    """
    bonds, areas = _bonds(contacts), _areas(residues)
    sides = [
        _Side(side, partner, renamed) for side, partner, renamed in zip(SIDES, partners, ({}, letters), strict=True)
    ]
    touched = {side: {place for (_, one), own in areas.items() if one == side for place in own} for side in SIDES}

    def tests(model: int, side: _Side) -> PartnerTests:
        own, made = areas.get((model, side.name), {}), bonds.get((model, side.name), {})
        mutations = [
            Mutation(
                **side.change(place, reversal=any(bond.kind == "salt bridge" for bond in made.get(place, ()))),
                alone_A2=own[place].alone_A2,
                buried_A2=own[place].buried_A2,
                bonds=tuple(Bond(bond.chain, bond.name, bond.kind) for bond in made.get(place, ())),
            )
            for place in _chosen(own, made, most, largest)
        ]
        site = {place for place, area in own.items() if area.contacts}
        return PartnerTests(tuple(mutations), side.control(mutations, site, touched[side.name], accessible))

    return tuple(SiteTests(*(tests(model, side) for side in sides)) for model in models)


@dataclass(frozen=True)
class _Area:
    """What residues.csv has of a residue."""

    contacts: int
    alone_A2: float
    buried_A2: float


@dataclass(frozen=True)
class _Made(Bond):
    """A bond, and whether a charge takes part in it."""

    charged: bool


def _areas(residues: Columns) -> dict[tuple[int, str], dict[Place, _Area]]:
    """Give the residues of each model and side."""
    found: dict[tuple[int, str], dict[Place, _Area]] = {}
    names = ("model", "side", "chain", "number", "residue", "contacts", "alone_A2", "buried_A2")
    for model, side, *place, met, alone, buried in zip(*(residues[name] for name in names), strict=True):
        area = _Area(int(met), float(alone), float(buried))
        found.setdefault((int(model), side), {})[place[0], place[1], place[2]] = area
    return found


def _bonds(contacts: Columns) -> dict[tuple[int, str], dict[Place, list[_Made]]]:
    """Give the bonds of side chains in each model, by side and residue."""
    found: dict[tuple[int, str], dict[Place, list[_Made]]] = {}
    ends = [[f"{side}_{name}" for name in ("chain", "number", "residue", "atom")] for side in SIDES]
    columns = [contacts[name] for name in ("model", "kind", "bonds", *ends[0], *ends[1])]
    for model, kind, count, *atoms in zip(*columns, strict=True):
        if not count:
            continue
        both = (tuple(atoms[:4]), tuple(atoms[4:]))
        charged = any(residue in _CHARGED and atom not in _MAIN_CHAIN for _, _, residue, atom in both)
        for side, own, other in zip(SIDES, both, both[::-1], strict=True):
            if own[3] not in _MAIN_CHAIN:
                made = _Made(other[0], f"{LETTERS.get(other[2], other[2])}{other[1]}", kind, charged)
                found.setdefault((int(model), side), {}).setdefault(own[:3], []).append(made)
    return found


def _chosen(own: Mapping[Place, _Area], made: Mapping[Place, Sequence[_Made]], most: int, largest: int) -> list[Place]:
    """Choose the residues to mutate, by the rule of `site_tests`; the one that buries most first."""
    able = [place for place, area in own.items() if area.contacts and place[2] in LETTERS and place[2] not in UNTOUCHED]
    able.sort(key=lambda place: -own[place].buried_A2)

    def best(place: Place) -> tuple[float, float, float]:
        area, here = own[place], made[place]
        return (
            -sum(bond.charged for bond in here),
            -len(here),
            -area.buried_A2 / max(area.alone_A2, area.buried_A2, 0.1),
        )

    bonded = sorted((place for place in able[largest:] if place in made), key=best)
    listed = list(dict.fromkeys((*able[:largest], *bonded, *able)))[:most]
    return [place for place in able if place in listed]


class _Side:
    """One partner of a pair, under the chain letters of the pair's files (`letters`: the structure's -> the pair's)."""

    def __init__(self, name: str, partner: Partner, letters: Mapping[str, str]) -> None:
        self.name, self.partner = name, partner
        self.before = {new: old for old, new in letters.items()}
        self.places: list[Place] = [(letters.get(chain, chain), *rest) for chain, *rest in partner.residues]
        self.row = {place: row for row, place in enumerate(self.places)}

    def change(self, place: Place, *, reversal: bool) -> dict[str, Any]:
        """Give the attributes of `Change`."""
        chain, number, residue = place
        accession, in_protein = self.partner.in_uniprot(self.before.get(chain, chain), number)
        stem, turned = f"{LETTERS[residue]}{number.lower()}", REVERSED.get(residue) if reversal else None
        return {
            "chain": chain,
            "number": number,
            "residue": residue,
            "accession": accession,
            "in_uniprot": in_protein,
            "alanine": f"{stem}A",
            "reversal": f"{stem}{LETTERS[turned]}" if turned else None,
        }

    def control(
        self, mutations: Sequence[Mutation], site: set[Place], touched: set[Place], accessible: float
    ) -> Control | None:
        """Choose a residue of the surface that no model touches."""
        near = [self.row[place] for place in site if place in self.row]
        exposed = self.partner.share >= accessible
        free = [row for row, place in enumerate(self.places) if exposed[row] and place not in touched]
        names = {one.residue for one in mutations}
        alike = {name for one in names for name in CLASSES[_CLASS_OF[one]]} - UNTOUCHED
        pool = next(filter(None, ([row for row in free if self.places[row][2] in kind] for kind in (names, alike))), [])
        if not pool or not near:
            return None
        alpha = self.partner.alpha
        apart = np.linalg.norm(alpha[pool][:, None] - alpha[near][None], axis=2).min(axis=1)
        row = pool[int(apart.argmax())]
        reversal = any(one.reversal and one.residue == self.places[row][2] for one in mutations)
        about = self.change(self.places[row], reversal=reversal)
        area, distance = float(self.partner.accessible[row]), float(apart.max())
        return Control(**about, accessible_A2=round(area, 1), apart_A=round(distance, 1))


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
