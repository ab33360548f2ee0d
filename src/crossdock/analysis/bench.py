"""What to do next at the bench with a docked pair: mutations that test its site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossdock.analysis.construct import Partner
from crossdock.analysis.interface import CLASSES
from crossdock.entries.amino_acids import BACKBONE, LETTERS

Columns = Mapping[str, Sequence[Any]]
#: Chain letter in the files of a pair, number with insertion code, and name of a residue.
Place = tuple[str, str, str]

SIDES = ("receptor", "ligand")
#: Residues that are not mutated: alanine has no side chain to lose; the others hold the fold.
UNTOUCHED = frozenset({"ALA", "GLY", "PRO", "CYS"})
#: What turns the charge of a residue; histidine, which may have none, is not turned.
REVERSED = {"ASP": "LYS", "GLU": "LYS", "LYS": "GLU", "ARG": "GLU"}
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
