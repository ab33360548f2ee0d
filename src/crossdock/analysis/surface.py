"""The solvent-accessible surface of a protein, with the radii of its atoms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.geometry.spheres import sphere
from crossdock.geometry.surfaces import Surface, accessible_surface, areas_together
from crossdock.structures.structure import Structure

__all__ = ["Surface", "areas_together", "atom_radii", "surface"]

#: Test points on the sphere of an atom.
POINTS = 500
#: Van der Waals radii in angstrom (Chothia 1976, J Mol Biol 105:1, as NACCESS and PRODIGY use them).
RADII_A = {"C": 1.87, "N": 1.65, "O": 1.40, "S": 1.85, "Se": 1.80, "P": 1.90}
TRIGONAL_CARBON_A, LYSINE_NITROGEN_A, OTHER_A = 1.76, 1.50, 1.80
_TRIGONAL = {
    "ARG": {"CZ"},
    "ASN": {"CG"},
    "ASP": {"CG"},
    "GLN": {"CD"},
    "GLU": {"CD"},
    "HIS": {"CG", "CD2", "CE1"},
    "PHE": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
    "TRP": {"CG", "CD1", "CD2", "CE2", "CE3", "CZ2", "CZ3", "CH2"},
    "TYR": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
}


def atom_radii(structure: Structure) -> NDArray[np.float64]:
    """Give the van der Waals radius of each heavy atom, in angstrom, shape=(n,)."""
    columns = (structure.residue_name.tolist(), structure.atom_name.tolist(), structure.element.tolist())
    return np.array([_radius(*atom) for atom in zip(*columns, strict=True)], dtype=float)


def _radius(residue: str, atom: str, element: str) -> float:
    if element == "C" and (atom == "C" or atom in _TRIGONAL.get(residue, ())):
        return TRIGONAL_CARBON_A
    if (residue, atom) == ("LYS", "NZ"):
        return LYSINE_NITROGEN_A
    return RADII_A.get(element, OTHER_A)


def surface(structure: Structure, *, radii: NDArray[np.float64] | None = None) -> Surface:
    """Compute the accessible surface of a body that is alone.

    Parameters
    ----------
    structure : Structure
    radii : ndarray, dtype=float64, shape=(n,), optional
        In place of `atom_radii`.

    Returns
    -------
    Surface
    """
    radii = atom_radii(structure) if radii is None else radii
    return accessible_surface(structure.coord.astype(float), radii, sphere(POINTS))
