"""What is wrong with a conformer beside the structure that it was made of: bonds, chirality, peptide bonds, clashes."""

from __future__ import annotations

import gemmi
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.structures.structure import Structure

Floats = NDArray[np.float64]

#: Atoms are bonded that are no farther apart than their covalent radii and this together, in angstrom.
BOND_SLACK_A = 0.3
#: Three bonds of an atom span less than this where it is flat, in cubic angstrom; about 2.5 at a carbon of four bonds.
FLAT_A3 = 1.0
#: By how much a bond may change, in angstrom, and the torsion of a peptide bond, in degrees.
BOND_CHANGE_A, PEPTIDE_CHANGE = 0.1, 20.0
#: Atoms of other residues that come nearer than this clash if they lay so much farther apart before, in angstrom; no
#: hydrogen bond is as short.
CLASH_A, NEARER_A = 2.3, 0.2


def fault_of(first: Structure, moved: Structure) -> str:
    """Say what is wrong with a conformer beside the structure that it was made of.

    Parameters
    ----------
    first, moved : Structure
        The same atoms in the same order.

    Returns
    -------
    str
        Of bonds, chirality, peptide bonds and clashes what is wrong first; empty where nothing is. What the structure
        has already, such as a clash, is no fault of the conformer.
    """
    bonds = bonds_of(first)
    change = np.abs(distances(moved.coord, bonds) - distances(first.coord, bonds))
    if len(change) and change.max() > BOND_CHANGE_A:
        return f"the bond {_named(first, bonds[change.argmax()])} changed by {change.max():.2f} A"
    centres = _tripods(first, bonds)
    before, now = (_volumes(one.coord, centres) for one in (first, moved))
    turned = np.flatnonzero((np.abs(before) > FLAT_A3) & (before * now < 0))
    if len(turned):
        return f"the chirality of {_named(first, centres[turned[0], :1])} changed"
    peptides = _peptides(first, bonds)
    change = np.abs((_torsions(moved.coord, peptides) - _torsions(first.coord, peptides) + 180) % 360 - 180)
    if len(change) and change.max() > PEPTIDE_CHANGE:
        return f"the peptide bond {_named(first, peptides[change.argmax(), 1:3])} turned by {change.max():.0f} degrees"
    clashes = _clashes(moved, CLASH_A)
    clashes = clashes[distances(first.coord, clashes) > distances(moved.coord, clashes) + NEARER_A]
    if len(clashes):
        more = f" and {len(clashes) - 1} other pairs of atoms" if len(clashes) > 1 else ""
        return f"{_named(first, clashes[0])}{more} clash"
    return ""


def bonds_of(one: Structure) -> NDArray[np.int64]:
    """Give the bonded atoms, shape=(k, 2), the first of each the smaller; a metal has no bonds.

    Covalent radii are those of Cordero et al. 2008, Dalton Trans 2832.
    """
    kinds, of_kind = np.unique(one.element, return_inverse=True)
    known = [gemmi.Element(kind) for kind in kinds.tolist()]
    radius = np.array([0.0 if kind.is_metal else kind.covalent_r for kind in known])[of_kind]
    pairs = np.sort(cKDTree(one.coord).query_pairs(2 * radius.max() + BOND_SLACK_A, output_type="ndarray"), axis=1)
    near = distances(one.coord, pairs) <= radius[pairs].sum(axis=1) + BOND_SLACK_A
    pairs = pairs[near & (radius[pairs] > 0).all(axis=1)].astype(np.int64)
    return _ordered(pairs)


def distances(coord: Floats, pairs: NDArray[np.int64]) -> Floats:
    """Give the distance of each pair of atoms, in angstrom."""
    apart: Floats = np.linalg.norm(coord[pairs[:, 0]] - coord[pairs[:, 1]], axis=1)
    return apart


def _tripods(one: Structure, bonds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each atom with three bonds or more, and three of the atoms bonded to it, shape=(k, 4)."""
    both = np.vstack([bonds, bonds[:, ::-1]])
    both = both[np.lexsort(both.T[::-1])]
    starts = np.searchsorted(both[:, 0], np.arange(len(one)))
    three = np.flatnonzero(np.bincount(both[:, 0], minlength=len(one)) >= 3)
    return np.column_stack([three, *(both[starts[three] + place, 1] for place in range(3))])


def _volumes(coord: Floats, centres: NDArray[np.int64]) -> Floats:
    """Give the signed volumes that three bonds of atoms span, in cubic angstrom."""
    edges = coord[centres[:, 1:]] - coord[centres[:, :1]]
    made: Floats = np.linalg.det(edges)
    return made


def _peptides(one: Structure, bonds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give CA, C, N and CA of each peptide bond between neighbours, shape=(k, 4)."""
    alpha = np.full(one.n_residues + 1, -1)
    here = np.flatnonzero((one.atom_name == "CA") & ~one.hetero)
    alpha[one.residue_index[here]] = here
    peptide = bonds[(one.atom_name[bonds] == np.array(["C", "N"])).all(axis=1) & ~one.hetero[bonds].any(axis=1)]
    made = np.column_stack([alpha[one.residue_index[peptide[:, 0]]], peptide, alpha[one.residue_index[peptide[:, 1]]]])
    keep = (made >= 0).all(axis=1) & (one.residue_index[made[:, 1]] != one.residue_index[made[:, 2]])
    torsions: NDArray[np.int64] = made[keep]
    return torsions


def _torsions(coord: Floats, four: NDArray[np.int64]) -> Floats:
    """Give torsion angles, in degrees."""
    a, b, c = (coord[four[:, place + 1]] - coord[four[:, place]] for place in range(3))
    left, right = np.cross(a, b), np.cross(b, c)
    height = (np.cross(left, right) * b).sum(axis=1) / np.linalg.norm(b, axis=1)
    made: Floats = np.degrees(np.arctan2(height, (left * right).sum(axis=1)))
    return made


def _clashes(one: Structure, limit: float) -> NDArray[np.int64]:
    """Give the atoms nearer than this, other than those of one residue and of neighbours in the file, shape=(k, 2)."""
    pairs = cKDTree(one.coord).query_pairs(limit, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    pairs = np.sort(pairs[np.abs(np.diff(one.residue_index[pairs])[:, 0]) > 1], axis=1)
    return _ordered(pairs)


def _ordered(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give pairs in the order of their first atom, then of their second."""
    made: NDArray[np.int64] = pairs[np.lexsort(pairs.T[::-1])]
    return made


def _named(one: Structure, atoms: NDArray[np.int64]) -> str:
    """Name atoms as people read them."""
    return " - ".join(
        f"{one.chain[at]} {one.residue_name[at]} {one.residue_number[at]}{one.insertion[at]} {one.atom_name[at]}"
        for at in atoms
    )
