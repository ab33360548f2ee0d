"""What refinement did to a model: atoms too near each other, handedness, peptide bonds, and how far residues moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.refining.complete import Field
from crossdock.refining.obstacles import FORMAL_CHARGES

#: Heavy atoms nearer than this that are not bonded clash, in angstrom, as in interface.csv.
CLASH_A = 2.3
#: Largest turn of a peptide bond from flat, in degrees; beyond it the bond is twisted.
FLAT_DEGREES = 30.0
BACKBONE = ("N", "CA", "C", "O")
#: Columns of refined/residues.csv.
COLUMNS = (
    "model", "side", "chain", "number", "residue", "rmsd_A", "backbone_rmsd_A", "largest_shift_A", "clashes_before",
    "clashes_after",
)  # fmt: skip


@dataclass(frozen=True)
class Clashes:
    """Pairs of heavy atoms that clash.

    Attributes
    ----------
    between, within : ndarray, dtype=int64, shape=(m, 2)
        Pairs of the two partners, and pairs of one partner of which an atom may move.
    """

    between: NDArray[np.int64]
    within: NDArray[np.int64]

    def at(self, atoms: NDArray[np.bool_]) -> int:
        """Count the pairs with one of some atoms."""
        pairs = np.concatenate([self.between, self.within])
        return int(atoms[pairs].any(axis=1).sum())


def clashes(
    field: Field, side: NDArray[np.bool_], free: NDArray[np.bool_], coord: NDArray[np.float64] | None = None
) -> Clashes:
    """Find heavy atoms nearer than `CLASH_A` that are not within three bonds of each other.

    Parameters
    ----------
    field : Field
    side : ndarray, dtype=bool, shape=(n,)
        True for the ligand.
    free : ndarray, dtype=bool, shape=(n,)
        Atoms that may move.
    coord : ndarray, dtype=float64, shape=(n, 3), optional
        In angstrom, in place of the field's own.

    Notes
    -----
    Atoms that coordinate an ion are no clash.
    """
    heavy = np.flatnonzero(field.heavy)
    coord = field.atoms.coord if coord is None else coord
    pairs = heavy[cKDTree(coord[heavy]).query_pairs(CLASH_A, output_type="ndarray")].reshape(-1, 2)
    bonded = {(min(pair), max(pair)) for pair in map(tuple, field.exceptions[0].tolist())}
    ion = np.isin(field.atoms.residue_name, list(FORMAL_CHARGES)) & field.obstacle
    polar = np.isin(field.atoms.element, ("N", "O", "S"))
    coordinated = (ion[pairs] & polar[pairs[:, ::-1]]).any(axis=1)
    apart = np.array([(min(pair), max(pair)) not in bonded for pair in map(tuple, pairs.tolist())], dtype=bool)
    pairs = pairs[apart & ~coordinated]
    across = side[pairs[:, 0]] != side[pairs[:, 1]]
    return Clashes(pairs[across], pairs[~across & free[pairs].any(axis=1)])


def handedness(field: Field, coord: NDArray[np.float64] | None = None) -> dict[int, float]:
    """Compute the chiral volume at each CA with a CB, by residue, in cubic angstrom; L amino acids are above zero."""
    coord = field.atoms.coord if coord is None else coord
    place = _places(field, ("N", "CA", "C", "CB"))
    found = {}
    for residue, (n, ca, c, cb) in place.items():
        found[residue] = float(np.dot(coord[n] - coord[ca], np.cross(coord[c] - coord[ca], coord[cb] - coord[ca])))
    return found


def peptides(field: Field, coord: NDArray[np.float64] | None = None) -> dict[int, float]:
    """Compute omega of each peptide bond, by the residue after it, in degrees from -180 to 180."""
    coord = field.atoms.coord if coord is None else coord
    before, after = _places(field, ("CA", "C")), _places(field, ("N", "CA"))
    bonds = {tuple(sorted(pair)) for pair in field.bonds[0].tolist()}
    ends = {c: ca for ca, c in before.values()}
    starts = {n: (residue, ca) for residue, (n, ca) in after.items()}
    found = {}
    for one, other in bonds:
        c, n = (one, other) if one in ends else (other, one)
        if c in ends and n in starts:
            residue, ca = starts[n]
            found[residue] = _dihedral(*(coord[at] for at in (ends[c], c, n, ca)))
    return found


def flipped(field: Field, coord: NDArray[np.float64]) -> list[int]:
    """Find residues whose C-O bond points the other way now: the plane of the peptide bond has turned over."""
    before = field.atoms.coord
    return [
        residue
        for residue, (c, o) in _places(field, ("C", "O")).items()
        if float(np.dot(before[o] - before[c], coord[o] - coord[c])) < 0
    ]


def kind_of_peptide(omega: float) -> str:
    """Name a peptide bond by its angle: trans, cis or twisted."""
    if abs(omega) >= 180 - FLAT_DEGREES:
        return "trans"
    return "cis" if abs(omega) <= FLAT_DEGREES else "twisted"


def residue_table(
    field: Field,
    side: NDArray[np.bool_],
    free: NDArray[np.bool_],
    coord: NDArray[np.float64],
    found: tuple[Clashes, Clashes],
) -> pd.DataFrame:
    """Tell of each residue that could move how far it did: rows of refined/residues.csv, without `model`."""
    shift = np.linalg.norm(coord - field.atoms.coord, axis=1)
    backbone = np.isin(field.atoms.atom_name, BACKBONE)
    rows = []
    for residue in np.unique(field.residue[free]).tolist():
        own = field.residue == residue
        at = int(np.flatnonzero(own)[0])
        heavy = own & field.heavy
        rows.append(
            {
                "side": "ligand" if side[at] else "receptor",
                "chain": field.atoms.chain[at],
                "number": f"{field.atoms.residue_number[at]}{field.atoms.insertion[at]}",
                "residue": field.atoms.residue_name[at],
                "rmsd_A": round(_rms(shift[heavy]), 3),
                "backbone_rmsd_A": round(_rms(shift[heavy & backbone]), 3),
                "largest_shift_A": round(float(shift[heavy].max()), 3),
                "clashes_before": found[0].at(own),
                "clashes_after": found[1].at(own),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS[1:]))


def name_of(field: Field, residue: int) -> str:
    """Name a residue, such as `ARG A39`."""
    at = int(np.flatnonzero(field.residue == residue)[0])
    atoms = field.atoms
    return f"{atoms.residue_name[at]} {atoms.chain[at]}{atoms.residue_number[at]}{atoms.insertion[at]}"


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt((values**2).mean())) if len(values) else 0.0


def _places(field: Field, names: tuple[str, ...]) -> dict[int, tuple[int, ...]]:
    """Give the numbers of some atoms of each residue that has them all."""
    found: dict[int, dict[str, int]] = {}
    own = np.flatnonzero(np.isin(field.atoms.atom_name, names) & ~field.obstacle)
    for at, residue, name in zip(
        own.tolist(), field.residue[own].tolist(), field.atoms.atom_name[own].tolist(), strict=True
    ):
        found.setdefault(residue, {})[name] = at
    return {
        residue: tuple(atoms[name] for name in names) for residue, atoms in found.items() if len(atoms) == len(names)
    }


def _dihedral(*points: NDArray[np.float64]) -> float:
    """Compute the dihedral angle of four points in degrees."""
    first, axis, second = points[0] - points[1], points[2] - points[1], points[3] - points[2]
    axis = axis / np.linalg.norm(axis)
    one, other = first - np.dot(first, axis) * axis, second - np.dot(second, axis) * axis
    return float(np.degrees(np.arctan2(np.dot(np.cross(axis, one), other), np.dot(one, other))))
