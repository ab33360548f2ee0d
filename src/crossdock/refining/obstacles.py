"""Parameters of what the force field does not know, and which is held: ions, kept ligands, modified residues."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import StructureError
from crossdock.structures.structure import Structure

#: Charges of ions by the residue name of the Chemical Component Dictionary.
FORMAL_CHARGES = {
    "LI": 1, "NA": 1, "K": 1, "RB": 1, "CS": 1, "MG": 2, "CA": 2, "SR": 2, "BA": 2, "MN": 2, "MN3": 3, "FE2": 2,
    "FE": 3, "CO": 2, "NI": 2, "CU1": 1, "CU": 2, "ZN": 2, "CD": 2, "HG": 2, "F": -1, "CL": -1, "BR": -1, "IOD": -1,
}  # fmt: skip
#: Distance of the minimum in angstrom and its depth in kcal/mol, by element (UFF; Rappe et al. 1992, J Am Chem Soc
#: 114:10024, table I).
UFF = {
    "H": (2.886, 0.044), "Li": (2.451, 0.025), "B": (4.083, 0.180), "C": (3.851, 0.105), "N": (3.660, 0.069),
    "O": (3.500, 0.060), "F": (3.364, 0.050), "Na": (2.983, 0.030), "Mg": (3.021, 0.111), "P": (4.147, 0.305),
    "S": (4.035, 0.274), "Cl": (3.947, 0.227), "K": (3.812, 0.035), "Ca": (3.399, 0.238), "Mn": (2.961, 0.013),
    "Fe": (2.912, 0.013), "Co": (2.872, 0.014), "Ni": (2.834, 0.015), "Cu": (3.495, 0.005), "Zn": (2.763, 0.124),
    "Se": (4.205, 0.291), "Br": (4.189, 0.251), "Rb": (4.114, 0.040), "Sr": (3.641, 0.235), "Cd": (2.848, 0.228),
    "I": (4.500, 0.339), "Cs": (4.517, 0.045), "Ba": (3.703, 0.364), "Hg": (2.705, 0.385),
}  # fmt: skip
#: Radii for the implicit solvent in nm: Bondi's, as Amber's mbondi2 has them; 0.15 for any other element.
RADII = {"H": 0.12, "C": 0.17, "N": 0.155, "O": 0.15, "F": 0.15, "P": 0.185, "S": 0.18, "Cl": 0.17, "Se": 0.19}
_KJ = 4.184


def lennard_jones(atoms: Structure) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Look up sigma in nm and epsilon in kJ/mol, each shape=(n,).

    Raises
    ------
    StructureError
        If there are none for an element.
    """
    if unknown := sorted(set(atoms.element.tolist()) - set(UFF)):
        where = atoms.residue_name[atoms.element == unknown[0]][0]
        raise StructureError(f"no parameters for the element {unknown[0]} of {where}")
    rows = np.array([UFF[element] for element in atoms.element.tolist()], dtype=float).reshape(-1, 2)
    return rows[:, 0] * 2 ** (-1 / 6) / 10, rows[:, 1] * _KJ
