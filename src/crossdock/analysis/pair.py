"""One record with every number of a pair, and the contacts of its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crossdock.analysis.interface import COLUMNS, residue_contacts, summary
from crossdock.analysis.reference import ACCEPTABLE, judge
from crossdock.docking.poses import place
from crossdock.files import write_json, write_table
from crossdock.structures.structure import Structure


def write_pair(
    folder: str | Path,
    names: Sequence[str],
    receptor: Structure,
    ligand: Structure,
    docking: dict[str, Any],
    poses: pd.DataFrame,
    models: pd.DataFrame,
    *,
    known: str | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Write interface.csv and pair.json.

    Parameters
    ----------
    folder : str or Path
    names : sequence of str
        Of receptor and ligand.
    receptor, ligand : Structure
    docking : dict
        The record of docking.json.
    poses, models : DataFrame
        The tables of poses.csv.gz and models.csv.
    known : str, optional
        The complex that both structures were selected from; the models are then judged by it.
    note : str
        Words shown with it.

    Returns
    -------
    dict
        The record of pair.json.
    """
    placed = [place(ligand, row) for _, row in models.iterrows()]
    contacts = [residue_contacts(receptor, body) for body in placed]
    records = [_model_record(row, found) for (_, row), found in zip(models.iterrows(), contacts, strict=True)]
    if known:
        for record, verdict in zip(records, judge(receptor, ligand, placed), strict=True):
            record.update(verdict)
    pair = {
        "receptor": names[0],
        "ligand": names[1],
        "backend": docking["backend"],
        "seed": docking["seed"],
        "score_unit": "arbitrary units, lower is better, not an affinity",
        "score": float(poses["score"].min()),
        "cluster_size": records[0]["members"],
        "n_poses": len(poses),
        "models": records,
        "known": _known_record(known, note, records) if known else None,
    }
    table = pd.concat([found.assign(model=number) for number, found in enumerate(contacts)], ignore_index=True)
    write_table(Path(folder) / "interface.csv", table[list(COLUMNS)])
    write_json(Path(folder) / "pair.json", pair)
    return pair


def _model_record(row: pd.Series, contacts: pd.DataFrame) -> dict[str, Any]:
    record: dict[str, Any] = {str(key): value if isinstance(value, str) else float(value) for key, value in row.items()}
    for key in ("model", "cluster", "members", "pose"):
        record[key] = int(record[key])
    record["quaternion"] = [record.pop(key) for key in ("qw", "qx", "qy", "qz")]
    record["translation_A"] = [record.pop(key) for key in ("tx_A", "ty_A", "tz_A")]
    return record | summary(contacts)


def _known_record(known: str, note: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    best = max(records, key=lambda record: record["dockq"])
    acceptable = [record["model"] for record in records if record["dockq"] >= ACCEPTABLE]
    return {
        "complex": known,
        "note": note,
        "best_model": best["model"],
        "best_dockq": best["dockq"],
        "first_acceptable": acceptable[0] if acceptable else None,
    }
