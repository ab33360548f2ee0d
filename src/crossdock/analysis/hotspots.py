"""Where ligands meet a receptor: how often each residue is in an interface, over models and over ligands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.surface import surface
from crossdock.errors import InputError
from crossdock.files import write_table
from crossdock.structures.structure import Structure, write_structure

#: Columns of hotspots.csv, in order.
COLUMNS = ("chain", "number", "residue", "frequency", "ligands", "expected", "most")


def hotspots(
    receptor: Structure,
    residues: Mapping[str, pd.DataFrame],
    *,
    top: int = 5,
    accessible: float = 0.05,
    moved: Mapping[str, Mapping[str, str]] | None = None,
) -> pd.DataFrame:
    """Count how often each residue of a receptor is in the interface of a model.

    Parameters
    ----------
    receptor : Structure
    residues : mapping of str to DataFrame
        Ligand -> the table of its residues.csv.
    top : int
        Models of each ligand that count.
    accessible : float
        Least share of its area in an extended peptide that a residue shows to be on the surface.
    moved : mapping, optional
        Of a protein without a role, the partners to which it was docked as the ligand -> chain letter of the prepared
        protein -> its letter in the pair's files.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, a row a residue, in file order: `frequency`, the mean over ligands of the share of a
        ligand's models that have the residue in contact; `ligands`, how many ligands touch it in any of those models;
        `expected`, the frequency that a residue of the surface would have if the same contacts were spread evenly over
        it, zero for a buried one that nothing touches; `most`, the ligands with the largest share.

    Raises
    ------
    InputError
        If a table names a residue that the receptor does not have.

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
    names = dict(zip(places, receptor.residue_name[first].tolist(), strict=True))
    rows = {place: row for row, place in enumerate(places)}
    shares = np.zeros((len(places), len(residues)))
    for column, (ligand, table) in enumerate(residues.items()):
        met: set[tuple[int, int]] = set()
        own_letter = {there: here for here, there in (moved or {}).get(ligand, {}).items()}
        which = "ligand" if ligand in (moved or {}) else "receptor"
        columns = (table[name].tolist() for name in ("side", "contacts", "model", "chain", "number", "residue"))
        for side, contacts, model, chain, number, residue in zip(*columns, strict=True):
            if side != which or contacts < 1 or model >= top:
                continue
            chain = own_letter.get(chain, chain)
            if names.get((chain, number)) != residue:
                raise InputError(
                    f"{residue} {number} of chain {chain} is not a residue of this receptor",
                    where=f"residues of {ligand}",
                    hint="expected residues.csv of the pairs of this receptor",
                )
            met.add((rows[chain, number], model))
        models = max(1, min(top, int(table["model"].max()) + 1 if len(table) else 1))
        np.add.at(shares[:, column], [row for row, _ in met], 1.0)
        shares[:, column] /= models  # once, so that equal shares are equal numbers
    frequency = shares.mean(axis=1)
    ligands = np.array(list(residues))
    most = ["; ".join(ligands[row == row.max()]) if row.max(initial=0.0) > 0 else "" for row in shares]
    exposed = np.bincount(receptor.residue_index, weights=surface(receptor).area) / residue_kinds(receptor).extended
    on_surface = (exposed >= accessible) | (frequency > 0)
    even = float(frequency.sum()) / max(1, int(on_surface.sum()))
    table = pd.DataFrame(
        {
            "residue": receptor.residue_name[first],
            "frequency": frequency.round(4),
            "ligands": (shares > 0).sum(axis=1),
            "expected": np.where(on_surface, round(even, 4), 0.0),
            "most": most,
        }
    )
    table.insert(0, "chain", [chain for chain, _ in places])
    table.insert(1, "number", [number for _, number in places])
    return table[list(COLUMNS)]


def write_hotspots(
    folder: str | Path,
    receptor: Structure,
    residues: Mapping[str, pd.DataFrame],
    *,
    top: int = 5,
    moved: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Write hotspots.csv, and hotspots.pdb: the receptor with each residue's frequency, in percent, as its B-factors.

    Parameters
    ----------
    folder : str or Path
    receptor, residues, top, moved
        As for `hotspots`.
    """
    table = hotspots(receptor, residues, top=top, moved=moved)
    write_table(Path(folder) / "hotspots.csv", table)
    percent = 100.0 * table["frequency"].to_numpy()[receptor.residue_index]
    note = f"B-factors: % of {len(residues)} ligands' first {top} models that touch the residue"
    write_structure(Path(folder) / "hotspots.pdb", replace(receptor, b_factor=percent), remarks=(note,))
