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
from crossdock.analysis.records import AffinityRecord, DecoysRecord, KnownRecord, ModelRecord, PairRecord
from crossdock.analysis.reference import ACCEPTABLE, judge
from crossdock.analysis.scripts import chimerax_script, pymol_script, write_mmcif
from crossdock.analysis.surface import Surface, areas_together, surface
from crossdock.docking.poses import PLACEMENT, TERMS, placements
from crossdock.files import whole_folder, write_table, write_text
from crossdock.records import from_json, write_record
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
) -> PairRecord:
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
    PairRecord
        As pair.json holds it.

    Notes
    -----
    Everything that is written has the chain letters of the model files.
    """
    letters = distinct_chains(receptor.chains, ligand.chains)
    ligand = ligand.with_chains(letters)
    alone, kinds = (surface(receptor), surface(ligand)), (residue_kinds(receptor), residue_kinds(ligand))
    turns, shifts = placements(models)
    placed = [ligand.moved(turn, shift) for turn, shift in zip(turns, shifts, strict=True)]
    tables: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    counted: list[dict[str, Any]] = []
    for (_, row), body, turn, shift in zip(models.iterrows(), placed, turns, shifts, strict=True):
        contacts = residue_contacts(receptor, body)
        together = areas_together(alone[0], alone[1].moved(turn, shift))
        residues = interface_residues((receptor, body), contacts, (alone[0].area, alone[1].area), together)
        tables.append((contacts, residues))
        found = predict(receptor, body, together, temperature=temperature, kinds=kinds)
        affinity = found if any(found.contacts.values()) else None
        near = _others(poses, members, row).head(around)
        buried = [round(float((one.area - area).sum()), 1) for one, area in zip(alone, together, strict=True)]
        spread = _spread(receptor, ligand, alone, kinds, near, affinity)
        numbers = summary(contacts) | {"buried_receptor_A2": buried[0], "buried_ligand_A2": buried[1]}
        counted.append(numbers | _affinity(affinity) | {"dg_spread_kcal_mol": spread})
    shared = _shared_sites(receptor, [contacts for contacts, _ in tables])
    judged = judge(receptor, ligand, placed) if known else [{}] * len(placed)
    records = tuple(
        _model_record(row, **numbers, **sites, **verdict)
        for (_, row), numbers, sites, verdict in zip(models.iterrows(), counted, shared, judged, strict=True)
    )
    decoys, firsts = docking.get("decoys"), docking.get("first_models")
    pair = PairRecord(
        receptor=names[0],
        ligand=names[1],
        backend=docking["backend"],
        seed=docking["seed"],
        score=round(float(np.mean([table["score"].min() for table in (poses, *replicates)])), 4),
        replicate_scores=tuple(round(float(table["score"].min()), 4) for table in (poses, *replicates)),
        decoys=from_json(decoys, DecoysRecord) if decoys else None,
        set_agreement=agreement(np.array(firsts["apart_A"])) if firsts else None,
        cluster_size=records[0].members,
        # A server's poses are the centres of all its clusters, each with the number of its members.
        n_poses=int(poses["members"].sum()) if "members" in poses else len(poses),
        affinity=AffinityRecord(
            "PRODIGY's equation (Vangone & Bonvin 2015)", temperature, PUBLISHED_ERROR_KCAL_MOL, CAVEAT
        ),
        ligand_chains=letters,
        models=records,
        known=_known_record(known, note, records) if known else None,
        asked_for=asked_for,
    )
    for number, name in enumerate(("interface.csv", "residues.csv")):
        table = pd.concat([found[number].assign(model=model) for model, found in enumerate(tables)], ignore_index=True)
        write_table(Path(folder) / name, table[list((COLUMNS, RESIDUE_COLUMNS)[number])])
    _draw(Path(folder) / "drawings", names, tables, records)
    chains, shown = (receptor.chains, ligand.chains), [contacts for contacts, _ in tables]
    for name, script in (("view.pml", pymol_script), ("view.cxc", chimerax_script)):
        write_text(Path(folder) / name, script(names, chains, shown))
    write_mmcif(Path(folder) / "complex.cif", receptor, placed[0])
    write_record(Path(folder) / "pair.json", pair)
    return pair


def _draw(
    folder: Path,
    names: Sequence[str],
    tables: list[tuple[pd.DataFrame, pd.DataFrame]],
    records: Sequence[ModelRecord],
) -> None:
    """Draw the interface of each model, and its map, in place of those of an earlier run."""
    with whole_folder(folder) as aside:
        for number, ((contacts, residues), record) in enumerate(zip(tables, records, strict=True)):
            title = f"{names[1]} docked on {names[0]}, model {number}"
            if record.dockq is not None:
                title += f" (DockQ {record.dockq:.2f})"
            drawn = interface_drawing(contacts, residues, names, title=title)
            write_text(aside / f"interface_{number:02d}.svg", drawn)
            write_text(aside / f"map_{number:02d}.svg", contact_map(contacts, names, title=title))


def _affinity(affinity: Affinity | None) -> dict[str, float]:
    """Give what a model has of a predicted affinity: dG, and Kd with the range of its error; nothing without one."""
    if affinity is None:
        return {}
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


def _model_record(row: pd.Series, **counted: Any) -> ModelRecord:
    """Join a row of models.csv with what was counted of the model."""
    numbers: dict[str, Any] = {str(key): value for key, value in row.items()}
    q, t = ([float(numbers.pop(key)) for key in keys] for keys in (PLACEMENT[:4], PLACEMENT[4:]))
    own: dict[str, Any] = {key: int(numbers.pop(key)) for key in ("model", "cluster", "members", "pose")}
    own |= {key: float(numbers.pop(key)) for key in ("score", "center_score", "lowest_score") if key in numbers}
    return ModelRecord(
        **own,
        representative=numbers.pop("representative", None),
        terms={key: float(numbers.pop(key)) for key in TERMS if key in numbers},
        extra={key: _finite(value) for key, value in numbers.items() if not isinstance(value, str)},
        quaternion=(q[0], q[1], q[2], q[3]),
        translation_A=(t[0], t[1], t[2]),
        **counted,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _known_record(known: str, note: str, records: Sequence[ModelRecord]) -> KnownRecord:
    judged = [(record.model, record.dockq) for record in records if record.dockq is not None]
    best, dockq = max(judged, key=lambda one: one[1])
    return KnownRecord(known, note, best, dockq, next((model for model, dockq in judged if dockq >= ACCEPTABLE), None))
