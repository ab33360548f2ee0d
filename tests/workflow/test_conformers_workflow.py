"""Snakemake for real, on a pair of which both partners have conformers: models of an NMR entry, and two entries."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation
from test_workflow import planned, run, write_config

from crossdock.panel.panel import read_panel
from crossdock.steps.provenance import provenance
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import atom_records, read_conformers, read_structure
from demo_entries import DEMO

pytestmark = pytest.mark.workflow


def bent(structure, degrees):
    half = structure.residue_index > structure.n_residues // 2
    coord = structure.coord.copy()
    middle = coord[half][0]
    coord[half] = Rotation.from_euler("z", degrees, degrees=True).apply(coord[half] - middle) + middle
    return structure.with_coord(coord)


def write_entry(path, models, *head):
    lines = list(head)
    for number, one in enumerate(models, start=1):
        lines += [f"MODEL     {number:4d}", *atom_records(one), "ENDMDL"]
    path.write_text("\n".join([*lines, "END", ""]))


def config(folder, conformers):
    write_config(
        folder,
        [{"name": "Im9", "entry": "nmr.pdb", "model": "all", "conformers": conformers}],
        [{"name": "CMTI", "entry": ["demo:1ppe", "other.pdb"], "chains": ["B"]}],
        replicates=2,
    )


@pytest.mark.measurement
def test_conformers_go_through_the_workflow(tmp_path):
    one = prepare(DEMO / "1emv.pdb.gz", name="x", chains=["A"])[0]
    other = prepare(DEMO / "1ppe.pdb.gz", name="x", chains=["B"])[0]
    write_entry(tmp_path / "nmr.pdb", [bent(one, angle) for angle in (0, 2, 30)], "EXPDTA    SOLUTION NMR")
    moved = bent(other, 10).moved(Rotation.from_rotvec([1.0, 2.0, 3.0]).as_matrix(), np.array([90.0, 0.0, -30.0]))
    write_entry(tmp_path / "other.pdb", [moved.with_chains({"B": "Z"})])
    config(tmp_path, 2)
    run(tmp_path)
    proteins, pair = tmp_path / "results/proteins", tmp_path / "results/pairs/CMTI/Im9"
    shapes = {name: read_conformers(proteins / name / "structure.pdb") for name in ("CMTI", "Im9")}
    assert [len(found) for found in shapes.values()] == [2, 2]
    said = json.loads((proteins / "Im9/protein.json").read_text())["conformers"]
    assert [found["model"] for found in said] == [1, 3]
    assert json.loads((proteins / "CMTI/protein.json").read_text())["conformers"][1]["chains"] == ["Z"]

    record = json.loads((pair / "pair.json").read_text())
    best = {(found["receptor"], found["ligand"]): found["scores"] for found in record["conformers"]}
    assert sorted(best) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    lowest = [min(scores[number] for scores in best.values()) for number in (0, 1)]
    assert record["replicate_scores"] == lowest
    assert record["score"] == pytest.approx(np.mean(lowest), abs=1e-3)
    poses = pd.read_csv(pair / "poses.csv.gz")
    assert {*zip(poses["receptor_conformer"], poses["ligand_conformer"], strict=True)} == set(best)
    models = pd.read_csv(pair / "models/models.csv")
    for number, row in models.iterrows():
        receptor = shapes["CMTI"][row["receptor_conformer"] - 1]
        body = read_structure(pair / f"models/model_{number:02d}.pdb")
        assert np.array_equal(body.coord[: len(receptor)], receptor.coord)
    statistics = json.loads((tmp_path / "results/statistics.json").read_text())
    assert statistics["noise"]["conformers"] > 0
    inputs = provenance(read_panel(tmp_path / "results/panel.json"), tmp_path / "results", [])["inputs"]
    files = [tmp_path / "nmr.pdb", tmp_path / "nmr.pdb", tmp_path / "other.pdb"]
    recorded = [inputs["Im9"]["conformers"][0], inputs["Im9"]["conformers"][1], inputs["CMTI"]["conformers"][1]]
    for one, file, model in zip(recorded, files, (1, 3, 1), strict=True):
        assert one["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert one["model"] == model
    assert planned(tmp_path) == {}

    # One more conformer of the ligand prepares that protein again, and docks what it is in.
    config(tmp_path, 3)
    plan = planned(tmp_path)
    assert (plan["prepare"], plan["dock"], plan["replicate"]) == (1, 1, 1)
    assert Path(pair / "pair.json").is_file()
