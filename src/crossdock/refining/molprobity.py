"""MolProbity's clashscore of a model, where its program is installed."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from crossdock.docking.backends.outside import run
from crossdock.docking.bodies import Body
from crossdock.errors import DockingError
from crossdock.structures.structure import write_structure

#: Its name as MolProbity, cctbx and Phenix install it.
PROGRAMS = ("molprobity.clashscore", "phenix.clashscore")
_SCORE = re.compile(r"^clashscore = (\d+\.\d+)$", re.MULTILINE)


def program() -> str | None:
    """Find the program in PATH; None where it is not installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def clashscore(program: str, body: Body, *, hydrogens: bool) -> float:
    """Count serious clashes for each thousand atoms: overlaps of at least 0.4 A, hydrogens included.

    Parameters
    ----------
    program : str
        As `program` finds it; a program of its own, which runs Reduce and Probe.
    body : Body
    hydrogens : bool
        Whether `body` has hydrogens, which are kept; else the program adds them.

    Raises
    ------
    DockingError
        If the program fails, or prints no clashscore.

    Notes
    -----
    Williams et al. 2018, Protein Sci 27:293.
    """
    with tempfile.TemporaryDirectory(prefix="crossdock-") as made:
        folder = Path(made)
        write_structure(folder / "model.pdb", body.receptor, body.ligand)
        printed = run([program, "model.pdb", f"keep_hydrogens={hydrogens}"], folder)
    found = _SCORE.findall(printed)
    if len(found) != 1:
        raise DockingError(f"{Path(program).name} printed no line `clashscore = ...`")
    return float(found[0])
