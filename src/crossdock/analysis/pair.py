"""One record with every number of a pair, and the contacts of its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossdock.analysis.affinity import (
    PUBLISHED_ERROR_KCAL_MOL,
    Affinity,
    ResidueKinds,
    dissociation_constant,
    predict,
    residue_kinds,
)
from crossdock.analysis.drawing import contact_map, interface_drawing
from crossdock.analysis.equivalents import equivalents
from crossdock.analysis.indices import agreement
from crossdock.analysis.interface import COLUMNS, RESIDUE_COLUMNS, interface_residues, residue_contacts, summary
from crossdock.analysis.reference import ACCEPTABLE, judge
from crossdock.analysis.scripts import chimerax_script, pymol_script, write_mmcif
from crossdock.analysis.surface import Surface, areas_together, surface
from crossdock.docking.poses import placements
from crossdock.files import whole_folder, write_json, write_table, write_text
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure, distinct_chains

#: What a predicted affinity is never shown without.
CAVEAT = (
    "Counted from the contacts of a model, by an equation fitted to solved complexes: a wrong model gets as strong a "
    "value as a right one, and so does a pair that does not bind."
)


def write_pair(
    folder: str | Path,
    names: Sequence[str],
    receptor: Structure,
    ligand: Structure,
    docking: dict[str, Any],
    poses: pd.DataFrame,
    models: pd.DataFrame,
    members: pd.DataFrame,
    *,
    known: str | None = None,
    note: str = "",
    temperature: float = 25.0,
    around: int = 4,
    replicates: Sequence[pd.DataFrame] = (),
    asked_for: str | None = None,
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
    poses, models, members : DataFrame
        The tables of poses.csv.gz, models.csv and members.csv.
    known : str, optional
        The complex that both structures were selected from; the models are then judged by it.
    note : str
        Words shown with it.
    temperature : float
        Of the dissociation constants, in degrees Celsius.
    around : int
        The spread of dG is that over a model and so many of the best other poses of its cluster.
    replicates : sequence of DataFrame
        Poses of further dockings of the pair, which tell how far its score is noise.
    asked_for : str, optional
        Fingerprint of what the record is made of, kept in it.

    Returns
    -------
    dict
        The record of pair.json.

    Notes
    -----
    Everything that is written has the chain letters of the model files.
    """
    letters = distinct_chains(receptor.chains, ligand.chains)
    ligand = ligand.with_chains(letters)
    alone, kinds = (surface(receptor), surface(ligand)), (residue_kinds(receptor), residue_kinds(ligand))
    turns, shifts = placements(models)
    placed = [ligand.moved(turn, shift) for turn, shift in zip(turns, shifts, strict=True)]
    tables, records = [], []
    for (_, row), body, turn, shift in zip(models.iterrows(), placed, turns, shifts, strict=True):
        contacts = residue_contacts(receptor, body)
        together = areas_together(alone[0], alone[1].moved(turn, shift))
        residues = interface_residues((receptor, body), contacts, (alone[0].area, alone[1].area), together)
        tables.append((contacts, residues))
        affinity = predict(receptor, body, together, temperature=temperature, kinds=kinds)
        counted = affinity if any(affinity.contacts.values()) else None
        near = _others(poses, members, row).head(around)
        buried = [float((one.area - area).sum()) for one, area in zip(alone, together, strict=True)]
        records.append(
            _model_record(row, contacts)
            | {"buried_receptor_A2": round(buried[0], 1), "buried_ligand_A2": round(buried[1], 1)}
            | _affinity_record(counted)
            | {"dg_spread_kcal_mol": _spread(receptor, ligand, alone, kinds, near, counted)}
        )
    for record, shared in zip(records, _shared_sites(receptor, [contacts for contacts, _ in tables]), strict=True):
        record.update(shared)
    if known:
        for record, verdict in zip(records, judge(receptor, ligand, placed), strict=True):
            record.update(verdict)
    pair = {
        "receptor": names[0],
        "ligand": names[1],
        "backend": docking["backend"],
        "seed": docking["seed"],
        "score_unit": "arbitrary units, lower is better, not an affinity",
        "score": round(float(np.mean([table["score"].min() for table in (poses, *replicates)])), 4),
        "replicate_scores": [round(float(table["score"].min()), 4) for table in (poses, *replicates)],
        "decoys": docking.get("decoys"),
        "set_agreement": agreement(np.array(firsts["apart_A"])) if (firsts := docking.get("first_models")) else None,
        "cluster_size": records[0]["members"],
        # A server's poses are the centres of all its clusters, each with the number of its members.
        "n_poses": int(poses["members"].sum()) if "members" in poses else len(poses),
        "affinity": {
            "method": "PRODIGY's equation (Vangone & Bonvin 2015)",
            "temperature_C": temperature,
            "published_error_kcal_mol": PUBLISHED_ERROR_KCAL_MOL,
            "caveat": CAVEAT,
        },
        "ligand_chains": letters,
        "models": records,
        "known": _known_record(known, note, records) if known else None,
        "asked_for": asked_for,
    }
    for number, name in enumerate(("interface.csv", "residues.csv")):
        table = pd.concat([found[number].assign(model=model) for model, found in enumerate(tables)], ignore_index=True)
        write_table(Path(folder) / name, table[list((COLUMNS, RESIDUE_COLUMNS)[number])])
    _draw(Path(folder) / "drawings", names, tables, records)
    chains, shown = (receptor.chains, ligand.chains), [contacts for contacts, _ in tables]
    for name, script in (("view.pml", pymol_script), ("view.cxc", chimerax_script)):
        write_text(Path(folder) / name, script(names, chains, shown))
    write_mmcif(Path(folder) / "complex.cif", receptor, placed[0])
    write_json(Path(folder) / "pair.json", pair)
    return pair


def _draw(
    folder: Path,
    names: Sequence[str],
    tables: list[tuple[pd.DataFrame, pd.DataFrame]],
    records: list[dict[str, Any]],
) -> None:
    """Draw the interface of each model, and its map, in place of those of an earlier run."""
    with whole_folder(folder) as aside:
        for number, ((contacts, residues), record) in enumerate(zip(tables, records, strict=True)):
            title = f"{names[1]} docked on {names[0]}, model {number}"
            if "dockq" in record:
                title += f" (DockQ {record['dockq']:.2f})"
            drawn = interface_drawing(contacts, residues, names, title=title)
            write_text(aside / f"interface_{number:02d}.svg", drawn)
            write_text(aside / f"map_{number:02d}.svg", contact_map(contacts, names, title=title))


def _affinity_record(affinity: Affinity | None) -> dict[str, float | None]:
    """Give what pair.json has of a predicted affinity, Kd with the range of its error; nulls where nothing touches."""
    if affinity is None:
        return dict.fromkeys(("dg_kcal_mol", "kd_M", "kd_low_M", "kd_high_M"))
    low, high = (
        dissociation_constant(affinity.dg + error, affinity.temperature)
        for error in (-PUBLISHED_ERROR_KCAL_MOL, PUBLISHED_ERROR_KCAL_MOL)
    )
    constants = {"kd_M": affinity.kd, "kd_low_M": low, "kd_high_M": high}
    return {"dg_kcal_mol": round(affinity.dg, 2), **{key: float(f"{kd:.3g}") for key, kd in constants.items()}}


def _others(poses: pd.DataFrame, members: pd.DataFrame, model: pd.Series) -> pd.DataFrame:
    """Give the other poses of a model's cluster, best first; a server's clusters come without theirs."""
    ranks, own = poses["rank"].to_numpy(), members["cluster"].to_numpy() == model["cluster"]
    others: pd.DataFrame = poses[np.isin(ranks, members["pose"].to_numpy()[own]) & (ranks != model["pose"])]
    return others


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
    for turn, shift in zip(*placements(around), strict=True):
        areas = areas_together(alone[0], alone[1].moved(turn, shift))
        values.append(predict(receptor, ligand.moved(turn, shift), areas, kinds=kinds).dg)
    return round(float(np.std(values, ddof=1)), 2)


def _shared_sites(receptor: Structure, contacts: Sequence[pd.DataFrame]) -> list[dict[str, int | None]]:
    """Count for each model the others that meet at least half of its receptor residues, or equivalent ones, and none.

    Nulls where a model meets nothing.
    """
    places = {(chain, f"{number}{code}"): i for i, (chain, number, code) in enumerate(residue_places(receptor))}
    met = np.zeros((len(contacts), len(places)), dtype=bool)
    for row, table in zip(met, contacts, strict=True):
        row[[places[place] for place in zip(table["receptor_chain"], table["receptor_number"], strict=True)]] = True
    common = np.zeros((len(met), len(met)))
    for laid in equivalents(receptor):
        moved = np.zeros_like(met)
        moved[:, laid[laid >= 0]] = met[:, laid >= 0]
        common = np.maximum(common, moved.astype(float) @ met.T)
    counts: list[dict[str, int | None]] = []
    for number, (row, own) in enumerate(zip(common, met.sum(axis=1), strict=True)):
        others = np.delete(row, number)
        shared = (int((2 * others >= own).sum()), int((others == 0).sum())) if own else (None, None)
        counts.append({"models_at_site": shared[0], "models_elsewhere": shared[1]})
    return counts


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
