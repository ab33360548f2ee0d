"""A refined model as a system of OpenMM: the whole complex with hydrogens, to be minimised further or simulated."""

from __future__ import annotations

import io

from crossdock.docking.backends.contract import text_beside
from crossdock.export.made import Made
from crossdock.refining.complete import FORCE_FIELD, whole_system
from crossdock.structures.structure import Structure


def make(refined: Structure) -> Made:
    """Write the files of a refined model for OpenMM.

    Parameters
    ----------
    refined : Structure
        Both partners with hydrogens, as `refine` writes them.

    Raises
    ------
    StructureError
        If a residue has no parameters of the force field.
    """
    from openmm import XmlSerializer
    from openmm.app import PDBFile

    topology, positions, system = whole_system(refined)
    text = io.StringIO()
    PDBFile.writeFile(topology, positions, text, keepIds=True)
    made = Made({"complex.pdb": text.getvalue(), "system.xml": XmlSerializer.serialize(system)})
    made.files["simulate.py"] = text_beside(__package__, "simulate.py")
    made.readme = (
        "Run: python simulate.py (needs `pip install openmm`; 1 ns, or give the number of steps of 2 fs).",
        f"system.xml has the force field ({', '.join(FORCE_FIELD)}, no cutoff) of all atoms of complex.pdb, in their "
        "order; nothing is fixed or left out.",
        "refine minimised what lies near the interface only; simulate.py minimises the whole complex first.",
    )
    return made
