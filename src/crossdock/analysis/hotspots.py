"""Where ligands meet a receptor: how often each residue is in an interface, over models and over ligands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.files import write_table
from crossdock.structures.structure import Structure, write_structure

#: Columns of hotspots.csv, in order.
COLUMNS = ("chain", "number", "residue", "frequency", "ligands", "expected", "most")


def hotspots(receptor: Structure, residues: Mapping[str, pd.DataFrame], *, top: int = 5) -> pd.DataFrame:
    """Count how often each residue of a receptor is in the interface of a model.

    Parameters
    ----------
    receptor : Structure
    residues : mapping of str to DataFrame
        Ligand -> the table of its residues.csv.
    top : int
        Models of each ligand that count.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, a row a residue, in file order: `frequency`, the mean over ligands of the share of a
        ligand's models that have the residue in contact; `ligands`, how many ligands touch it in any of those models;
        `expected`, the frequency that every residue would have if those contacts were spread evenly over the residues
        that any model touches; `most`, the ligand with the largest share.

    Notes
    -----
    Every ligand has the same weight. A residue that most ligands touch is a sticky patch, or a site that the scores
    favour, before it is a finding about any one of them.
    """
    first = np.unique(receptor.residue_index, return_index=True)[1]
    places = list(
        zip(
            receptor.chain[first].tolist(),
            np.char.add(receptor.residue_number[first].astype(str), receptor.insertion[first]).tolist(),
            strict=True,
        )
    )
    shares = pd.DataFrame(0.0, index=pd.MultiIndex.from_tuples(places), columns=list(residues))
    for ligand, table in residues.items():
        own = table[(table["side"] == "receptor") & (table["contacts"] > 0) & (table["model"] < top)]
        models = max(1, min(top, table["model"].nunique()))
        counts = own.groupby(["chain", "number"])["model"].nunique() / models
        shares.loc[counts.index, ligand] = counts
    frequency = shares.mean(axis=1)
    touched = frequency > 0
    best = shares.idxmax(axis=1).where(touched, "") if len(shares.columns) else pd.Series("", index=shares.index)
    table = pd.DataFrame(
        {
            "residue": receptor.residue_name[first],
            "frequency": frequency.round(4).to_numpy(),
            "ligands": (shares > 0).sum(axis=1).to_numpy(),
            "expected": round(float(frequency[touched].mean()) if touched.any() else 0.0, 4),
            "most": best.to_numpy(),
        }
    )
    table.insert(0, "chain", [chain for chain, _ in places])
    table.insert(1, "number", [number for _, number in places])
    return table[list(COLUMNS)]


def write_hotspots(
    folder: str | Path, receptor: Structure, residues: Mapping[str, pd.DataFrame], *, top: int = 5
) -> None:
    """Write hotspots.csv, and hotspots.pdb: the receptor with each residue's frequency, in percent, as its B-factors.

    Parameters
    ----------
    folder : str or Path
    receptor, residues, top
        As for `hotspots`.
    """
    table = hotspots(receptor, residues, top=top)
    write_table(Path(folder) / "hotspots.csv", table)
    percent = 100.0 * table["frequency"].to_numpy()[receptor.residue_index]
    note = f"B-factors: % of {len(residues)} ligands' first {top} models that touch the residue"
    write_structure(Path(folder) / "hotspots.pdb", replace(receptor, b_factor=percent), remarks=(note,))
