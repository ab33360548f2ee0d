"""Models of a pair whose complex is known, judged by DockQ."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import dockq_rs
import numpy as np

from crossdock.errors import CrossdockError
from crossdock.structures.structure import Structure, write_structure

#: A model from here on is acceptable by CAPRI's standards (Basu & Wallner 2016, PLoS One 11:e0161879).
ACCEPTABLE = 0.23


def judge(receptor: Structure, ligand: Structure, placed: list[Structure]) -> list[dict[str, float]]:
    """Compare models with the known complex.

    Parameters
    ----------
    receptor, ligand : Structure
        As prepared from the complex: the ligand lies where the complex has it.
    placed : list of Structure
        The same ligand where each model has it.

    Returns
    -------
    list of dict
        `dockq` (0 to 1), `irmsd_A`, `lrmsd_A` (interface and ligand RMSD in angstrom) and `fnat` (share of native
        contacts), by the dockq-rs program.

    Raises
    ------
    CrossdockError
        If the program cannot judge a model.
    """
    if not placed:
        return []
    fixed, moving = _one_chain(receptor, "A"), _one_chain(ligand, "B")
    with tempfile.TemporaryDirectory() as folder:
        native = Path(folder, "native.pdb")
        write_structure(native, fixed, moving)
        files = []
        for number, body in enumerate(placed):
            files.append(Path(folder, f"model_{number}.pdb"))
            write_structure(files[-1], fixed, moving.with_coord(_one_chain(body, "B").coord))
        results = dockq_rs.score_one_vs_many(str(native), [str(file) for file in files], no_align=True, mapping="AB:AB")
    rows = []
    for result in results:
        if not result["ok"]:
            raise CrossdockError(f"DockQ could not judge a model: {result.get('error')}")
        best = result["result"]["best_result"]["AB"]
        rows.append(
            {
                "dockq": round(best["DockQ"], 3),
                "irmsd_A": round(best["iRMSD"], 2),
                "lrmsd_A": round(best["LRMSD"], 2),
                "fnat": round(best["fnat"], 3),
            }
        )
    return rows


def _one_chain(structure: Structure, letter: str) -> Structure:
    """Give the protein's atoms as one chain, numbered from 1: DockQ compares chain with chain."""
    protein = structure[~structure.hetero]
    n = len(protein)
    return replace(
        protein,
        chain=np.full(n, letter),
        residue_number=protein.residue_index + 1,
        insertion=np.full(n, "", dtype="U1"),
    )
