"""Refined models for a run of the tests: docked ones with atoms moved and hydrogens added, without OpenMM."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from small_run import PARTNERS

from crossdock.analysis.affinity import withheld
from crossdock.analysis.interface import COLUMNS, residue_contacts
from crossdock.analysis.matrix import panelwide, tidy
from crossdock.analysis.records import PREDICTED, PairRecord
from crossdock.docking.models import model_name
from crossdock.files import read_json, write_json, write_table
from crossdock.records import read_record, write_record
from crossdock.refining.record import LEFT, REFINED, InteractionRecord, RefinedModel, RefinedRecord
from crossdock.structures.structure import Structure, distinct_chains, read_structure, write_structure


def with_hydrogens(body: Structure) -> Structure:
    """Put a hydrogen after each N and CA, an angstrom away on the line through both."""
    columns = {name: [] for name in Structure.__dataclass_fields__}
    for residue in np.unique(body.residue_index):
        own = body[body.residue_index == residue]
        place = {name: own.coord[own.atom_name == name][0] for name in ("N", "CA")}
        outwards = (place["N"] - place["CA"]) / np.linalg.norm(place["N"] - place["CA"])
        for number, atom in enumerate(own.atom_name.tolist()):
            row = {name: getattr(own, name)[number] for name in columns}
            rows = [row]
            if atom in place:
                hydrogen = {"atom_name": "H" if atom == "N" else "HA", "element": "H"}
                rows.append(row | hydrogen | {"coord": place[atom] + (outwards if atom == "N" else -outwards)})
            for one in rows:
                for name, value in one.items():
                    columns[name].append(value)
    return Structure(**{name: np.array(values) for name, values in columns.items()})


def moved(body: Structure, near: np.ndarray, by: float) -> Structure:
    """Move side chains of residues that have an atom within 8 angstrom of some atoms."""
    apart = np.linalg.norm(body.coord[:, None] - near[None], axis=2).min(axis=1)
    free = np.isin(body.residue_index, body.residue_index[apart < 8.0])
    free &= ~np.isin(body.atom_name, ("N", "CA", "C", "O"))
    steps = np.random.default_rng(1).normal(0.0, by, body.coord.shape)
    return body.with_coord(np.where(free[:, None], body.coord + steps.round(3), body.coord))


def write_refined(folder: Path, letters: set[str], reasons: tuple[str, ...] = ("", "forces of 99 are left")) -> None:
    """Write refined/ of a pair: a model for each reason, left as docked where there is one."""
    home, records, tables = folder / "refined", [], []
    for number, reason in enumerate(reasons):
        name = f"model_{number:02d}.pdb"
        if reason:
            records.append(RefinedModel(model=number, state=LEFT, reason=reason, clashes_before=7))
            continue
        both = read_structure(folder / "models" / name)
        moving = np.isin(both.chain, sorted(letters))
        receptor, ligand = both[~moving], both[moving]
        bodies = moved(receptor, ligand.coord, 0.2), moved(ligand, receptor.coord, 0.2)
        write_structure(home / name, *map(with_hydrogens, bodies))
        written = read_structure(home / name)
        heavy = written[written.element != "H"]
        side = np.isin(heavy.chain, sorted(letters))
        tables.append(residue_contacts(heavy[~side], heavy[side]).assign(model=number))
        numbers = {
            "clashes_before": 7,
            "added_atoms": 3,
            "clashes_after": int(tables[-1]["overlaps"].sum()),
            "clashscore_before": 41.27,
            "clashscore_after": 8.0,
            "rmsd_A": 0.412,
        }
        numbers |= {"backbone_rmsd_A": 0.0, "largest_shift_A": 0.9, "most_moved": "LYS A60", "free_residues": 40}
        energy = InteractionRecord(-51.1, -121.6, -68.4, 160.5, -21.6)
        judged = {"dockq_before": 1.0, "dockq_after": 0.974, "dg_kcal_mol": -9.7}
        records.append(RefinedModel(model=number, state=REFINED, interaction=energy, **numbers, **judged))
    write_table(home / "interface.csv", pd.concat(tables, ignore_index=True)[list(COLUMNS)])
    about = {"force_field": ("amber14",), "radius_A": 10.0, "ph": 7.0, "software": {}, "platform": "CPU"}
    times = {"cpu_seconds": 1.0, "peak_memory_MB": 1.0, "asked_for": ""}
    names = {"receptor": folder.parent.name, "ligand": folder.name}
    write_record(home / "refined.json", RefinedRecord(**names, **about, **times, models=tuple(records)))


def write_models(run: Path, folder: Path) -> None:
    """Write models/ of a pair, which the small run has not."""
    receptor, ligand = (read_structure(run / "proteins" / name / "structure.pdb") for name in folder.parts[-2:])
    pair = read_json(folder / "pair.json")
    ligand = ligand.with_chains(distinct_chains(receptor.chains, ligand.chains))
    for model in pair["models"]:
        w, x, y, z = model["quaternion"]
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        path = folder / "models" / f"{model_name(model['model'])}.pdb"
        write_structure(path, receptor, ligand.moved(turn, np.array(model["translation_A"])))


def refined_copy(run: Path, results: Path) -> Path:
    """Copy a run, with the first two models of each pair tried: one is refined, one left as docked."""
    shutil.copytree(run, results)
    panel = read_json(results / "panel.json")
    write_json(results / "panel.json", panel | {"refine": {"models": 2, "radius": 10.0, "platform": "auto"}})
    for record in results.glob("pairs/*/*/pair.json"):
        write_models(results, record.parent)
        write_refined(record.parent, set(read_json(record)["ligand_chains"].values()))
    return results


def withhold(results: Path, names: tuple[str, str], statistics: str | None = None) -> Path:
    """Let the partners of a pair of the small run lie within each other, and make its tables anew."""
    records = []
    for path in sorted(results.glob("pairs/*/*/pair.json")):
        record = read_record(path, PairRecord, "crossdock analyse")
        if (record.receptor, record.ligand) == names:
            first = record.models[0]
            why = withheld(900, sum(first.contacts.values()))
            first = replace(first, overlaps=900, dg_withheld=why, **dict.fromkeys(PREDICTED))
            record = replace(record, models=(first, *record.models[1:]))
            write_record(path, record)
        records.append(record)
    sides = [[one.name for one in PARTNERS if one.role == role] for role in ("receptor", "ligand")]
    found = panelwide(records, *sides, statistics=statistics)
    write_table(results / "scores.csv", tidy(found))
    write_table(results / "ranks.csv", found.ranks)
    write_record(results / "statistics.json", found.record)
    return results
