"""One record with every number of a pair, and the contacts of its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL, Affinity, ResidueKinds, predict, residue_kinds
from crossdock.analysis.drawing import contact_map, interface_drawing
from crossdock.analysis.interface import COLUMNS, RESIDUE_COLUMNS, interface_residues, residue_contacts, summary
from crossdock.analysis.reference import ACCEPTABLE, judge
from crossdock.analysis.scripts import chimerax_script, pymol_script, relettered, write_mmcif
from crossdock.analysis.surface import Surface, areas_together, surface
from crossdock.docking.clustering import interface_distances
from crossdock.docking.poses import PLACEMENT, place, placements
from crossdock.files import write_json, write_table, write_text
from crossdock.structures.structure import Structure, distinct_chains

#: What a predicted affinity is never shown without.
#: The numbers are those of docs/validation.md.
CAVEAT = (
    "Counted from the contacts of a model, by an equation fitted to solved complexes: a wrong model gets a plausible "
    "value too (of 170 known complexes docked unbound, wrong first models -11.8 on average, right ones -12.1), and so "
    "does a pair that does not bind."
)
#: The spread of dG is that of a model and the best poses of its cluster: how many, out of the best of all, how near.
AROUND, CONSIDERED, RADIUS_A = 4, 200, 9.0


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
    temperature: float = 25.0,
) -> dict[str, Any]:
    """Write interface.csv, residues.csv, drawings/, scripts, complex.cif and pair.json.

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
    temperature : float
        Of the dissociation constants, in degrees Celsius.

    Returns
    -------
    dict
        The record of pair.json.
    """
    alone, kinds = (surface(receptor), surface(ligand)), (residue_kinds(receptor), residue_kinds(ligand))
    placed = [place(ligand, row) for _, row in models.iterrows()]
    turns, shifts = placements(models)
    tables, records = [], []
    near = _around(receptor, ligand, poses, models)
    for (_, row), body, turn, shift, around in zip(models.iterrows(), placed, turns, shifts, near, strict=True):
        contacts = residue_contacts(receptor, body)
        together = areas_together(alone[0], alone[1].moved(turn, shift))
        residues = interface_residues((receptor, body), contacts, (alone[0].area, alone[1].area), together)
        tables.append((contacts, residues))
        affinity = predict(receptor, body, together, temperature=temperature, kinds=kinds) if len(contacts) else None
        buried = [float((one.area - area).sum()) for one, area in zip(alone, together, strict=True)]
        records.append(
            _model_record(row, contacts)
            | {"buried_receptor_A2": round(buried[0], 1), "buried_ligand_A2": round(buried[1], 1)}
            | _affinity_record(affinity)
            | {"dg_spread_kcal_mol": _spread(receptor, ligand, alone, kinds, around, affinity)}
        )
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
        "affinity": {
            "method": "PRODIGY's equation (Vangone & Bonvin 2015)",
            "temperature_C": temperature,
            "published_error_kcal_mol": PUBLISHED_ERROR_KCAL_MOL,
            "caveat": CAVEAT,
        },
        "models": records,
        "known": _known_record(known, note, records) if known else None,
    }
    for number, name in enumerate(("interface.csv", "residues.csv")):
        table = pd.concat([found[number].assign(model=model) for model, found in enumerate(tables)], ignore_index=True)
        write_table(Path(folder) / name, table[list((COLUMNS, RESIDUE_COLUMNS)[number])])
    _draw(Path(folder) / "drawings", names, tables)
    letters = distinct_chains(receptor.chains, ligand.chains)
    chains = receptor.chains, [letters[chain] for chain in ligand.chains]
    shown = [relettered(contacts, letters) for contacts, _ in tables]
    for name, script in (("view.pml", pymol_script), ("view.cxc", chimerax_script)):
        write_text(Path(folder) / name, script(names, chains, shown))
    write_mmcif(Path(folder) / "complex.cif", receptor, placed[0].with_chains(letters))
    write_json(Path(folder) / "pair.json", pair)
    return pair


def _draw(folder: Path, names: Sequence[str], tables: list[tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """Draw the interface of each model, and its map; those of an earlier run go."""
    for old in folder.glob("*.svg"):
        old.unlink()
    for number, (contacts, residues) in enumerate(tables):
        title = f"{names[1]} on {names[0]}, model {number}"
        write_text(folder / f"interface_{number:02d}.svg", interface_drawing(contacts, residues, names, title=title))
        write_text(folder / f"map_{number:02d}.svg", contact_map(contacts, names, title=title))


def _affinity_record(affinity: Affinity | None) -> dict[str, float | None]:
    """Give what pair.json has of a predicted affinity; nothing where nothing touches."""
    if affinity is None:
        return {"dg_kcal_mol": None, "kd_M": None}
    return {"dg_kcal_mol": round(affinity.dg, 2), "kd_M": float(f"{affinity.kd:.3g}")}


def _around(receptor: Structure, ligand: Structure, poses: pd.DataFrame, models: pd.DataFrame) -> list[pd.DataFrame]:
    """Give, for each model, the best poses of its cluster beside its own."""
    best = poses.head(CONSIDERED)
    table = pd.concat([models[list(PLACEMENT)], best[list(PLACEMENT)]], ignore_index=True)
    near = interface_distances(receptor, ligand, table)[: len(models), len(models) :] <= RADIUS_A
    near &= best["rank"].to_numpy() != models["pose"].to_numpy()[:, None]
    return [best[row].head(AROUND) for row in near]


def _spread(
    receptor: Structure,
    ligand: Structure,
    alone: tuple[Surface, Surface],
    kinds: tuple[ResidueKinds, ResidueKinds],
    around: pd.DataFrame,
    affinity: Affinity | None,
) -> float | None:
    """Tell how far the predicted dG varies over a model and the poses around it: standard deviation in kcal/mol."""
    if around.empty or affinity is None:
        return None
    values = [affinity.dg]
    for (_, pose), turn, shift in zip(around.iterrows(), *placements(around), strict=True):
        areas = areas_together(alone[0], alone[1].moved(turn, shift))
        values.append(predict(receptor, place(ligand, pose), areas, kinds=kinds).dg)
    return round(float(np.std(values, ddof=1)), 2)


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
