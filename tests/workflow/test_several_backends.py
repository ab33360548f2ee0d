"""Snakemake for real on a panel with two backends: docked pairs beside predictions of the same pairs.

tests/analysis/test_agreement.py and tests/report/test_page_several.py have the parts by themselves.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_workflow import CMTI, DNASE, IM9, TRYPSIN, planned, run, write_config

from cofold_files import Complex
from crossdock import prepare, read_run
from crossdock.analysis.interface import TEXT
from crossdock.cli import main
from crossdock.entries.amino_acids import LETTERS

pytestmark = pytest.mark.workflow

TARGETS = ["results/agreement.json", "results/backends/cofold/network/network.graphml"]
OF_LOCAL = {"rotations": 60, "sampling": "fast"}
KNOWN = [{"receptor": "E9", "ligand": "Im9"}, {"receptor": "trypsin", "ligand": "CMTI-1"}]


def write(folder, **others):
    write_config(
        folder,
        [CMTI, IM9],
        (TRYPSIN, DNASE),
        backends=["local", "cofold"],
        network={"metric": "ipsae"},
        known=KNOWN,
        docking={"local": OF_LOCAL},
        **others,
    )


def predict(folder, receptor, ligand, shift):
    """Write a made-up prediction of a pair: both as the entries have them, the ligand shifted in angstrom."""
    asked = [next(one for one in (CMTI, IM9, TRYPSIN, DNASE) if one["name"] == name) for name in (receptor, ligand)]
    entries = folder / "resources/entries"
    bodies = [prepare(one["entry"], folder=entries, chains=one["chains"], name=one["name"])[0] for one in asked]
    texts = [
        "".join(LETTERS[name] for name in body.residue_name[np.unique(body.residue_index, return_index=True)[1]])
        for body in bodies
    ]
    made = Complex(dict(zip("AB", texts, strict=True)))
    made.atoms = []
    for chain, body, move in zip("AB", bodies, (np.zeros(3), np.array(shift)), strict=True):
        columns = (
            body.residue_index + 1,
            body.residue_name,
            body.atom_name,
            body.element,
            np.round(body.coord + move, 3),
        )
        for number, residue, atom, element, place in zip(*(column.tolist() for column in columns), strict=True):
            made.atoms.append((chain, number, residue, atom, element, tuple(place), 80.0, "ATOM"))
    made.boltz(folder / "predictions", job=f"{receptor}_{ligand}".lower())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a folder with a finished run, of which one pair has no prediction."""
    folder = tmp_path_factory.mktemp("several")
    write(folder)
    predict(folder, "E9", "Im9", (0, 0, 0))
    predict(folder, "trypsin", "CMTI-1", (0, 0, 0))
    predict(folder, "trypsin", "Im9", (30, 0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["cofold", "import", "predictions"]) == 0
    run(folder, *TARGETS, target=None)
    return folder


@pytest.mark.measurement
def test_each_backend_has_its_own_files_by_one_layout(finished):
    results = finished / "results"
    for folder, pairs in ((results, 4), (results / "backends/cofold", 3)):
        made = sorted(
            str(path.relative_to(folder))
            for path in folder.glob("pairs/*/*/pair.json")
            if "failed" not in json.loads(path.read_text())
        )
        assert len(made) == pairs
        for name in ("panel.json", "made.json", "scores.csv", "ranks.csv", "statistics.json", "matrix/score.csv"):
            assert (folder / name).is_file()
        scores = pd.read_csv(folder / "scores.csv")
        assert scores["backend"].unique().tolist() == ["cofold" if folder != results else "local"]
    assert not (results / "backends/cofold/proteins").exists()
    assert (results / "backends/cofold/matrix/ipsae.csv").is_file()
    assert not (results / "matrix/ipsae.csv").exists()


@pytest.mark.measurement
def test_a_right_prediction_stands_for_the_known_complex(finished):
    """It is the entry's own complex, so DockQ to it is what the analysis has of the same models by the entry."""
    table = pd.read_csv(finished / "results/agreement.csv")
    for receptor, ligand in (("E9", "Im9"), ("trypsin", "CMTI-1")):
        pair = json.loads((finished / "results/pairs" / receptor / ligand / "pair.json").read_text())
        own = table[(table["receptor"] == receptor) & (table["ligand"] == ligand)].sort_values("model")
        assert own["dockq"].tolist() == pytest.approx([model["dockq"] for model in pair["models"]], abs=0.002)


@pytest.mark.measurement
def test_shared_contacts_are_those_of_the_tables(finished):
    met = []
    for folder in (finished / "results", finished / "results/backends/cofold"):
        rows = pd.read_csv(folder / "pairs/E9/Im9/interface.csv", dtype=dict.fromkeys(TEXT, str))
        first = rows[rows["model"] == 0]
        met.append(set(zip(first["receptor_number"], first["ligand_number"], strict=True)))
    table = pd.read_csv(finished / "results/agreement.csv")
    row = table[(table["receptor"] == "E9") & (table["ligand"] == "Im9") & (table["model"] == 0)].iloc[0]
    assert row["shared_contacts"] == round(len(met[0] & met[1]) / len(met[0] | met[1]), 3)


@pytest.mark.measurement
def test_a_run_is_read_by_backend(finished):
    found = read_run(finished / "results")
    assert "local, cofold" in repr(found)
    assert found.agreement.backends == ("local", "cofold")
    (two,) = found.agreement.pairs_of_backends
    assert {(one.receptor, one.ligand) for one in two.where} == {
        ("E9", "Im9"),
        ("trypsin", "CMTI-1"),
        ("trypsin", "Im9"),
    }
    other = found.by_backend["cofold"]
    assert other.structure("E9").n_residues == found.structure("E9").n_residues
    assert set(other.pairs["ligand"]) == {"Im9", "CMTI-1"}
    assert other.matrix("ipsae").notna().sum().sum() == 3
    moved = shutil.copytree(finished / "results", finished / "elsewhere")
    assert read_run(Path(moved)).by_backend["cofold"].matrix("ipsae").notna().sum().sum() == 3


@pytest.mark.measurement
def test_a_backend_more_docks_nothing_again(finished):
    assert planned(finished, *TARGETS, target=None) == {} or "dock" not in planned(finished, *TARGETS, target=None)
    keys = {"known": KNOWN, "network": {"metric": "specificity"}, "docking": OF_LOCAL}
    write_config(finished, [CMTI, IM9], (TRYPSIN, DNASE), **keys)
    assert "dock" not in planned(finished, target="results/matrix/score.csv")


@pytest.mark.measurement
def test_models_of_one_backend_steer_the_docking_by_the_other(finished):
    """Only pairs with a prediction are docked again, and again only where that changes."""
    write(finished, attract="from cofold")
    counts = planned(finished, *TARGETS, target=None)
    assert counts["dock"] == 3
    assert "dock_further" not in counts
    pair = finished / "results/pairs/E9/Im9"
    run(finished, str(pair.relative_to(finished) / "docking.json"), target=None)
    record = json.loads((pair / "docking.json").read_text())
    assert record["steered"]["backend"] == "cofold"
    assert planned(finished, *TARGETS, target=None)["dock"] == 2
    predict(finished, "E9", "Im9", (0, 0, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        assert main(["cofold", "import", "predictions"]) == 0
    assert planned(finished, *TARGETS, target=None)["dock"] == 3
    shutil.rmtree(finished / "resources/cofold")
    said = run(finished, str(pair.relative_to(finished) / "docking.json"), target=None, code=2)
    assert "`attract: from cofold` has nothing to attract to" in said
    assert "crossdock cofold import FOLDER" in said
    assert json.loads((pair / "docking.json").read_text()) == record, "nothing was docked"


@pytest.mark.measurement
def test_entries_are_fetched_before_there_are_predictions(tmp_path):
    """Inputs for a program need the entries; only a run that docks is stopped without predictions."""
    write_config(tmp_path, [IM9], (DNASE,), backend="cofold")
    said = run(tmp_path, "-n", "--until", "fetch", target=None)
    assert "a run will stop before it docks. resources/cofold: no pair of the panel has a prediction" in said
    run(tmp_path, "--until", "fetch", target=None)
    assert any((tmp_path / "resources/entries").iterdir())
    said = run(tmp_path, "results/pairs/E9/Im9/docking.json", target=None, code=2)
    assert "no pair of the panel has a prediction" in said
    assert "crossdock cofold import FOLDER" in said
    assert not (tmp_path / "results/proteins").exists(), "nothing was started"
