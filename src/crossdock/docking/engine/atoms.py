"""What the energy function needs to know of a structure: type, charge and hardness of atoms, side chains as points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.errors import DockingError
from crossdock.structures.structure import Structure

#: The 18 atom types of Zhang et al. 1997 (J Mol Biol 267:707, Table 1), in their order.
TYPE_NAMES = (
    "N",
    "CA",
    "C",
    "O",
    "GCA",
    "CB",
    "KNZ",
    "KCD",
    "DOD",
    "RNH",
    "NNE",
    "RNE",
    "SOG",
    "HNE",
    "YCZ",
    "FCZ",
    "LCD",
    "CSG",
)
N_TYPES = len(TYPE_NAMES)

_BACKBONE = {"N": "N", "CA": "CA", "C": "C", "O": "O", "OXT": "O", "CB": "CB"}
_SIDE_CHAINS = {
    "ALA": {},
    "ARG": {"CG": "FCZ", "CD": "RNE", "NE": "RNE", "CZ": "RNH", "NH1": "RNH", "NH2": "RNH"},
    "ASN": {"CG": "NNE", "OD1": "NNE", "ND2": "NNE"},
    "ASP": {"CG": "DOD", "OD1": "DOD", "OD2": "DOD"},
    "CYS": {"SG": "CSG"},
    "GLN": {"CG": "FCZ", "CD": "NNE", "OE1": "NNE", "NE2": "NNE"},
    "GLU": {"CG": "FCZ", "CD": "DOD", "OE1": "DOD", "OE2": "DOD"},
    "GLY": {"CA": "GCA"},
    "HIS": {"CG": "HNE", "ND1": "HNE", "CD2": "HNE", "CE1": "HNE", "NE2": "HNE"},
    "ILE": {"CG1": "FCZ", "CG2": "LCD", "CD1": "LCD"},
    "LEU": {"CG": "FCZ", "CD1": "LCD", "CD2": "LCD"},
    "LYS": {"CG": "FCZ", "CD": "KCD", "CE": "KNZ", "NZ": "KNZ"},
    "MET": {"CG": "FCZ", "SD": "FCZ", "CE": "LCD"},
    "PHE": dict.fromkeys(("CG", "CD1", "CD2", "CE1", "CE2", "CZ"), "FCZ"),
    "PRO": {"CG": "CB", "CD": "CB"},
    "SER": {"CB": "SOG", "OG": "SOG"},
    "THR": {"OG1": "SOG", "CG2": "FCZ"},
    "TRP": {"NE1": "HNE"} | dict.fromkeys(("CG", "CD1", "CD2", "CE2", "CE3", "CZ2", "CZ3", "CH2"), "FCZ"),
    "TYR": {"CG": "FCZ", "CD1": "FCZ", "CD2": "FCZ", "CE1": "YCZ", "CE2": "YCZ", "CZ": "YCZ", "OH": "SOG"},
    "VAL": {"CG1": "LCD", "CG2": "LCD"},
}

#: Charges in units of e on heavy atoms (Gabb et al. 1997, J Mol Biol 272:106, Table 1), chain ends aside.
_BACKBONE_CHARGES = {"N": 0.5, "O": -0.5, "OXT": -0.5}
_SIDE_CHAIN_CHARGES = {
    ("ARG", "NH1"): 0.5,
    ("ARG", "NH2"): 0.5,
    ("LYS", "NZ"): 1.0,
    ("ASP", "OD1"): -0.5,
    ("ASP", "OD2"): -0.5,
    ("GLU", "OE1"): -0.5,
    ("GLU", "OE2"): -0.5,
    ("PRO", "N"): -0.1,
}
#: Formal charges of ions that a config may keep, by their ids in the PDB's Chemical Component Dictionary; others
#: count as 0.
_ION_CHARGES = {
    **dict.fromkeys(("LI", "NA", "K", "RB", "CS", "CU1", "AG"), 1.0),
    **dict.fromkeys(("MG", "CA", "SR", "BA", "MN", "FE2", "CO", "NI", "CU", "ZN", "CD", "HG"), 2.0),
    **dict.fromkeys(("AL", "FE", "MN3"), 3.0),
    **dict.fromkeys(("F", "CL", "BR", "IOD"), -1.0),
}


#: The 20 amino acids, in the order of the residue potential.
RESIDUE_NAMES = (
    *("ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE"),
    *("LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL"),
)
_BACKBONE_NAMES = ("N", "CA", "C", "O", "OXT")


@dataclass(frozen=True)
class DockingAtoms:
    """Atoms as the energy function sees them.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Positions in angstrom.
    kind : ndarray, dtype=int64, shape=(n,)
        Index in `TYPE_NAMES`; -1 for kept ions and ligands, which have no contact energy.
    charge : ndarray, dtype=float64, shape=(n,)
        In units of e.
    attract : ndarray, dtype=float64, shape=(n,)
        How strongly an atom pulls the partner towards it, from 0 to 1.
    closed : ndarray, dtype=float64, shape=(n,)
        1 for atoms that no partner may meet (kind -1 and no charge then), 0 for all others.
    hardness : ndarray, dtype=float64, shape=(n,)
        Share of a full clash that an overlap with this atom counts: side-chain ends on the surface can move away, the
        core cannot.
    centre : ndarray, dtype=float64, shape=(m, 3)
        A point for each residue: the mean of its side chain's atoms, or the C-alpha atom. In angstrom.
    residue : ndarray, dtype=int64, shape=(m,)
        Index in `RESIDUE_NAMES`. Residues closed to docking, ions and ligands have no point.
    """

    coord: NDArray[np.float64]
    kind: NDArray[np.int64]
    charge: NDArray[np.float64]
    hardness: NDArray[np.float64]
    closed: NDArray[np.float64]
    attract: NDArray[np.float64]
    centre: NDArray[np.float64]
    residue: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.coord)

    def placed(self, rotation: NDArray[np.float64], centre: NDArray[np.float64]) -> DockingAtoms:
        """Put a point, shape=(3,), at the origin and turn the body by a matrix, shape=(3, 3)."""
        return replace(self, coord=(self.coord - centre) @ rotation.T, centre=(self.centre - centre) @ rotation.T)

    def turned(self, rotation: NDArray[np.float64]) -> DockingAtoms:
        """Put the centre of all atoms at the origin and turn the body by a matrix, shape=(3, 3)."""
        return self.placed(rotation, self.coord.mean(axis=0))


def docking_atoms(
    structure: Structure,
    closed: NDArray[np.bool_] | None = None,
    attract: NDArray[np.floating] | NDArray[np.bool_] | None = None,
    *,
    soft: float = 0.5,
    exposed: int = 22,
    buried: int = 42,
) -> DockingAtoms:
    """Assign types, charges and hardness to a structure.

    Parameters
    ----------
    structure : Structure
    closed : ndarray, dtype=bool, shape=(n,), optional
        Atoms that no partner may meet: they attract nothing, and coming near them costs.
    attract : ndarray, shape=(n,), optional
        How strongly atoms pull the partner towards them, from 0 to 1 (or a mask), as far as they are not closed.
    soft : float
        Hardness of the most exposed atoms; the core has 1.
    exposed, buried : int
        Numbers of heavy atoms within 6 angstrom at and below which an atom is exposed, at and above which it is core;
        in between, hardness grows linearly. (A filled sphere of that size holds about 50 atoms of a protein.)

    Returns
    -------
    DockingAtoms

    Raises
    ------
    DockingError
        If no atom is a standard residue's.
    """
    residues, atoms = structure.residue_name, structure.atom_name
    kind = np.array([_kind(r, a) for r, a in zip(residues, atoms, strict=True)], dtype=np.int64)
    kind[structure.hetero] = -1
    if not (kind >= 0).any():
        raise DockingError("no atom of a standard amino acid in this structure")
    charge = np.array([_charge(r, a) for r, a in zip(residues, atoms, strict=True)])
    charge[structure.hetero] = [_ION_CHARGES.get(name, 0.0) for name in residues[structure.hetero]]
    none = np.zeros(len(structure), dtype=bool)
    shut = none if closed is None else np.asarray(closed, dtype=bool)
    pulling = np.where(shut, 0.0, 0.0 if attract is None else np.asarray(attract, dtype=float))
    kind[shut], charge[shut] = -1, 0.0
    hardness = _hardness(structure.coord, soft, exposed, buried)
    centre, residue = _residues(structure, shut)
    return DockingAtoms(structure.coord, kind, charge, hardness, shut.astype(float), pulling, centre, residue)


def _residues(structure: Structure, shut: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    first = np.flatnonzero(np.diff(structure.residue_index, prepend=-1))
    centres, kinds = [], []
    for start, end in zip(first, [*first[1:], len(structure)], strict=True):
        name = structure.residue_name[start]
        if name not in RESIDUE_NAMES or structure.hetero[start] or shut[start:end].any():
            continue
        atoms = structure.atom_name[start:end]
        chosen = ~np.isin(atoms, _BACKBONE_NAMES)
        if not chosen.any():
            chosen = atoms == "CA"
        if chosen.any():
            centres.append(structure.coord[start:end][chosen].mean(axis=0))
            kinds.append(RESIDUE_NAMES.index(name))
    return np.array(centres).reshape(-1, 3), np.array(kinds, dtype=np.int64)


def _kind(residue: str, atom: str) -> int:
    name = _SIDE_CHAINS.get(residue, {}).get(atom) or _BACKBONE.get(atom)
    return TYPE_NAMES.index(name) if name else -1


def _charge(residue: str, atom: str) -> float:
    return _SIDE_CHAIN_CHARGES.get((residue, atom), _BACKBONE_CHARGES.get(atom, 0.0))


def _hardness(coord: NDArray[np.float64], soft: float, exposed: int, buried: int) -> NDArray[np.float64]:
    neighbours = np.asarray(cKDTree(coord).query_ball_point(coord, 6.0, return_length=True)) - 1
    return soft + (1.0 - soft) * np.clip((neighbours - exposed) / (buried - exposed), 0.0, 1.0)
