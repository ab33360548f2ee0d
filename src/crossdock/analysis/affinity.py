"""Predicted affinity of a model: PRODIGY's equation on our own contacts and surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.entries.amino_acids import parent_of
from crossdock.structures.structure import Structure

#: Root mean square error that the authors state, over the 81 solved complexes of their benchmark, in kcal/mol
#: (Vangone & Bonvin 2015, eLife 4:e07454). Of docked models nobody knows it.
PUBLISHED_ERROR_KCAL_MOL = 1.89
#: Gas constant in kcal/(mol K).
GAS_CONSTANT = 0.0019858775
#: Coefficients of the contacts between charged (c), polar (p) and apolar (a) residues, per residue pair; of the apolar
#: and charged share of the surface, per percent; and the constant, all in kcal/mol (Vangone & Bonvin 2015, IC-NIS).
CONTACT_COEFFICIENTS = {"cc": -0.09459, "ac": -0.10007, "pp": 0.19577, "ap": -0.22671}
SURFACE_COEFFICIENTS = {"a": 0.18681, "c": 0.13810}
CONSTANT = -15.9433

#: A model with more overlaps than this for each 100 residue pairs in contact gets no predicted affinity. Solved
#: complexes have 4 at most, first models of the local engine 51. Where solved ones are pushed together until more atoms
#: overlap, that alone changes dG by more than its published error in 99 % of them (benchmarks/overlaps.py).
MOST_OVERLAPS = 50.0

# Kinds of residues: in contacts, and on the surface (where histidine, cysteine, tryptophan and tyrosine are polar).
_IN_CONTACTS = dict.fromkeys(("ALA", "CYS", "GLY", "PHE", "ILE", "MET", "LEU", "PRO", "TRP", "VAL", "TYR"), "a")
_IN_CONTACTS |= dict.fromkeys(("GLU", "ASP", "HIS", "LYS", "ARG"), "c")
_IN_CONTACTS |= dict.fromkeys(("ASN", "GLN", "SER", "THR"), "p")
_ON_SURFACE = _IN_CONTACTS | dict.fromkeys(("CYS", "HIS", "TRP", "TYR"), "p")
#: Accessible area of a residue X in an extended Ala-X-Ala peptide, in square angstrom (Hubbard & Thornton 1993,
#: NACCESS).
EXTENDED_AREA_A2 = {
    "ALA": 107.95,
    "CYS": 134.28,
    "ASP": 140.39,
    "GLU": 172.25,
    "PHE": 199.48,
    "GLY": 80.10,
    "HIS": 182.88,
    "ILE": 175.12,
    "LYS": 200.81,
    "LEU": 178.63,
    "MET": 194.15,
    "ASN": 143.94,
    "PRO": 136.13,
    "GLN": 178.50,
    "ARG": 238.76,
    "SER": 116.50,
    "THR": 139.27,
    "VAL": 151.44,
    "TRP": 249.36,
    "TYR": 212.76,
}


@dataclass(frozen=True)
class Affinity:
    """A predicted affinity and what it was computed from.

    Attributes
    ----------
    dg : float
        Free energy of binding, in kcal/mol; the published error is `PUBLISHED_ERROR_KCAL_MOL`, on solved complexes.
    kd : float
        Dissociation constant at `temperature`, in mol/l.
    temperature : float
        In degrees Celsius.
    contacts : dict of str to int
        Residue pairs by kind of the two residues: ``"cc"``, ``"cp"``, ``"ac"``, ``"pp"``, ``"ap"``, ``"aa"``.
    surface : dict of str to float
        Apolar, charged and polar share of the residues that are accessible in the complex, in percent.
    """

    dg: float
    kd: float
    temperature: float
    contacts: dict[str, int]
    surface: dict[str, float]


@dataclass(frozen=True)
class ResidueKinds:
    """What the equation asks of each residue of a body, shape=(residues,).

    Attributes
    ----------
    in_contacts, on_surface : ndarray, dtype=str
        ``"a"``, ``"c"`` or ``"p"``; empty for what is no amino acid.
    extended : ndarray, dtype=float64
        Accessible area in an extended peptide, in square angstrom.
    """

    in_contacts: NDArray[np.str_]
    on_surface: NDArray[np.str_]
    extended: NDArray[np.float64]


def residue_kinds(structure: Structure) -> ResidueKinds:
    """Classify the residues of a body by the amino acid that each is or comes from."""
    first = np.unique(structure.residue_index, return_index=True)[1]
    named = zip(structure.residue_name[first].tolist(), structure.hetero[first].tolist(), strict=True)
    names = ["" if hetero else parent_of(name) or name for name, hetero in named]
    return ResidueKinds(
        np.array([_IN_CONTACTS.get(name, "") for name in names], dtype="U1"),
        np.array([_ON_SURFACE.get(name, "") for name in names], dtype="U1"),
        np.array([EXTENDED_AREA_A2.get(name, np.inf) for name in names]),
    )


def free_energy(contacts: dict[str, int], surface: dict[str, float]) -> float:
    """Compute the free energy of binding, in kcal/mol, by the IC-NIS equation of Vangone & Bonvin 2015.

    Parameters
    ----------
    contacts : dict of str to int
        Residue pairs by kind.
    surface : dict of str to float
        Shares of the surface, in percent.
    """
    return (
        sum(weight * contacts[kind] for kind, weight in CONTACT_COEFFICIENTS.items())
        + sum(weight * surface[kind] for kind, weight in SURFACE_COEFFICIENTS.items())
        + CONSTANT
    )


def dissociation_constant(dg: float, temperature: float = 25.0) -> float:
    """Turn a free energy of binding into a dissociation constant, `Kd = exp(dG / RT)`.

    Parameters
    ----------
    dg : float
        In kcal/mol.
    temperature : float
        In degrees Celsius.

    Returns
    -------
    float
        In mol/l.
    """
    return float(np.exp(dg / (GAS_CONSTANT * (temperature + 273.15))))


def withheld(overlaps: int, contacts: int) -> str:
    """Say why the affinity of a model is not predicted; empty where it may be.

    Parameters
    ----------
    overlaps : int
        Atom pairs of both partners nearer than 2.3 angstrom (`interface.residue_contacts`).
    contacts : int
        Residue pairs in contact.

    Notes
    -----
    The equation counts residue pairs, and of partners that lie within each other it counts those that no surfaces could
    have. It was fitted to crystal structures, in which almost no atoms overlap.
    """
    if 100 * overlaps <= MOST_OVERLAPS * contacts:
        return ""
    return (
        f"pairs of atoms that overlap: {overlaps}, more than {MOST_OVERLAPS:g} for each 100 residue pairs in contact, "
        f"of which there are {contacts}"
    )


def predict(
    receptor: Structure,
    ligand: Structure,
    areas: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    temperature: float = 25.0,
    contact_dist: float = 5.5,
    accessible: float = 0.05,
    kinds: tuple[ResidueKinds, ResidueKinds] | None = None,
) -> Affinity:
    """Predict the affinity of two partners that lie as they bind.

    Parameters
    ----------
    receptor, ligand : Structure
        In one frame.
    areas : tuple of ndarray, dtype=float64, shape=(n,)
        Accessible area of each atom of both while they are together, in square angstrom (`surface.areas_together`).
    temperature : float
        Of the dissociation constant, in degrees Celsius.
    contact_dist : float
        Residues with heavy atoms this near touch, in angstrom (Vangone & Bonvin 2015).
    accessible : float
        Least share of its extended area that makes a residue part of the surface (the same).
    kinds : tuple of ResidueKinds, optional
        Of receptor and ligand, where many models of one pair are predicted.

    Returns
    -------
    Affinity

    Notes
    -----
    The equation counts contacts: it gives a plausible value to a wrong model too, and was fitted to crystal structures
    of complexes that do bind. Without any contact it still gives about -7 kcal/mol: look at `Affinity.contacts` first.
    """
    own, other = kinds or (residue_kinds(receptor), residue_kinds(ligand))
    near = cKDTree(receptor.coord).sparse_distance_matrix(cKDTree(ligand.coord), contact_dist, output_type="coo_matrix")
    width = len(other.in_contacts)
    pairs = np.unique(receptor.residue_index[near.row] * width + ligand.residue_index[near.col])
    both = np.sort([own.in_contacts[pairs // width], other.in_contacts[pairs % width]], axis=0)
    found = np.char.add(both[0], both[1])
    contacts = {kind: int((found == kind).sum()) for kind in ("cc", "cp", "ac", "pp", "ap", "aa")}
    counts = dict.fromkeys("acp", 0)
    for body, side, area in zip((receptor, ligand), (own, other), areas, strict=True):
        share = np.bincount(body.residue_index, weights=area) / side.extended
        for kind in counts:
            counts[kind] += int(((side.on_surface == kind) & (share >= accessible)).sum())
    surface = {kind: 100.0 * count / max(1, sum(counts.values())) for kind, count in counts.items()}
    dg = free_energy(contacts, surface)
    return Affinity(dg, dissociation_constant(dg, temperature), temperature, contacts, surface)
