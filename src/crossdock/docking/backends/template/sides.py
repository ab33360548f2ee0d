"""A template: the two sides of a known complex, and the partners that they stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.docking.backends.template.library import Chain, protein_of
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure

#: Residues with heavy atoms nearer than this are in contact, in angstrom.
CONTACT_A = 5.0
#: From this identity of both sides on, a template is a near copy of the pair.
NEAR_COPY = 0.95

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a template, and the partner that it stands for.

    Attributes
    ----------
    chain : Chain
        The template's chains, one after the other; `name` has their names.
    own, theirs : ndarray, dtype=int64, shape=(k,)
        Residues of the partner and of the template that lie on each other, counted from 0.
    identity : float
        Part of the aligned residues that are the same.
    coverage : float
        Part of the partner's residues that are aligned.
    """

    chain: Chain
    own: Places
    theirs: Places
    identity: float
    coverage: float


@dataclass(frozen=True, eq=False)
class Template:
    """A known complex of homologues of both partners.

    Attributes
    ----------
    entry, assembly : str
        As in `Complex`.
    resolution : float or None
        In angstrom.
    receptor, ligand : Side
    contacts : ndarray, dtype=int64, shape=(m, 2)
        Residues of the receptor's and of the ligand's side in contact, counted from 0.
    """

    entry: str
    assembly: str
    resolution: float | None
    receptor: Side
    ligand: Side
    contacts: Places

    @property
    def sides(self) -> tuple[Side, Side]:
        """The receptor's side, then the ligand's."""
        return self.receptor, self.ligand

    @property
    def identity(self) -> float:
        """The smaller identity of both sides."""
        return min(self.receptor.identity, self.ligand.identity)

    @property
    def is_near_copy(self) -> bool:
        """True where both sides are the pair itself, or as good as."""
        return self.identity >= NEAR_COPY

    @property
    def met(self) -> Places:
        """The contacts of which both residues have a counterpart, as residues of the partners, shape=(n, 2)."""
        columns = []
        for side, residues in zip(self.sides, self.contacts.T, strict=True):
            counterpart = np.full(len(side.chain), -1)
            counterpart[side.theirs] = side.own
            columns.append(counterpart[residues])
        both = np.column_stack(columns)
        found: Places = both[(both >= 0).all(axis=1)]
        return found


def on_conformers(
    template: Template, first: tuple[Structure, Structure], bodies: tuple[Structure, Structure]
) -> Template:
    """Give a template of other conformers of its partners, without the residues that they lack.

    Parameters
    ----------
    template : Template
        Of `first`.
    first, bodies : tuple of Structure
        Receptor and ligand, and conformers of them under the same chain letters and residue numbers.
    """
    sides = []
    for side, one, other in zip(template.sides, first, bodies, strict=True):
        there = {place: number for number, place in enumerate(residue_places(protein_of(other).body))}
        numbers = np.array([there.get(place, -1) for place in residue_places(protein_of(one).body)], dtype=np.int64)
        own = numbers[side.own]
        sides.append(replace(side, own=own[own >= 0], theirs=side.theirs[own >= 0]))
    return replace(template, receptor=sides[0], ligand=sides[1])


def contacts_between(receptor: Side, ligand: Side) -> Places:
    """Give the residues of both sides of a template with heavy atoms in contact, shape=(m, 2)."""
    return residue_contacts(receptor.chain, receptor.chain.body.coord, ligand.chain, ligand.chain.body.coord)


def residue_contacts(one: Chain, here: NDArray[np.float64], other: Chain, there: NDArray[np.float64]) -> Places:
    """Give the residues of two chains that have heavy atoms in contact.

    Parameters
    ----------
    one, other : Chain
    here, there : ndarray, dtype=float64, shape=(n, 3)
        Where their atoms are, in angstrom.

    Returns
    -------
    ndarray, dtype=int64, shape=(m, 2)
        Counted from 0, each pair once, in order.
    """
    near = cKDTree(here).sparse_distance_matrix(cKDTree(there), CONTACT_A, output_type="coo_matrix")
    pairs = np.column_stack([one.body.residue_index[near.row], other.body.residue_index[near.col]])
    return np.unique(pairs, axis=0).astype(np.int64).reshape(-1, 2)
