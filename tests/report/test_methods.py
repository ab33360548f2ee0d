"""The methods of a run in words: true for what was done, with the references that it needs."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import datetime

import pytest
import yaml
from small_run import REPOSITORY, change, change_statistics, collected

from crossdock.analysis.records import ControlsRecord, NoiseRecord
from crossdock.docking.record import Method
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.remark import Item
from crossdock.report import methods, wording
from crossdock.report.answer import judged
from crossdock.report.build import _made_line
from crossdock.report.page_data import page_data
from crossdock.report.run_data import BackendRun
from crossdock.report.sentences import say
from crossdock.structures.record import ConformerRecord, DockingMask, Place


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def as_written(panel) -> dict:
    """Give a panel as panel.json holds it."""
    return json.loads(json.dumps(panel.to_record()))


def text_of(data) -> str:
    return "\n".join(methods.describe(data, "9.9").paragraphs)


def test_references_are_numbered_as_they_are_cited_and_all_are(data):
    made = methods.describe(data, "9.9")
    cited = [int(n) for group in re.findall(r"\[([\d, ]+)\]", text_of(data)) for n in group.split(", ")]
    assert list(dict.fromkeys(cited)) == list(range(1, len(made.references) + 1))
    assert made.bibtex.count("\n@article{") + made.bibtex.count("\n@book{") + made.bibtex.count("@inproc") == len(cited)
    assert "note = {Software, version 9.9}" not in made.bibtex, "the dockings say which version made them"
    assert f"version {data.docking.versions[0]}}}" in made.bibtex


def test_the_searchs_parameters_are_those_of_the_dockings(data):
    data.docking.parameters |= {"rotations": 3000, "per_rotation": 6, "apart": 4.0, "kept": 1000}
    data.docking.differing["spacing"] = [2.1, 1.8]
    text = text_of(data).replace("\u202f", ",")
    assert "2 ligands were docked against 2 receptors (4 pairs)" in text
    assert "3,000 uniform orientations" in text
    assert "on a grid of 1.8 to 2.1 Å, 6 translations of each" in text
    assert "the best 1,000 poses that lie 4 Å (RMSD) apart" in text
    assert "(seed 7)" in text


def test_what_was_not_written_down_is_not_told(data):
    data.docking.parameters = {}
    assert "orientations" not in text_of(data)
    assert "refined" not in text_of(data)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("size", "by size. The model of a cluster is its centre"),
        ("energy", "by their lowest score. The model"),
        ("consensus", "under five weightings"),
    ],
)
def test_the_order_of_clusters_is_the_configs(data, order, expected):
    data.panel["clustering"] = {"order": order, "radius": 7.5, "models": 10}
    text = text_of(data)
    assert expected in text
    assert "interface RMSD (7.50 Å)" in text
    assert "Up to 10 models were kept for a pair" in text


def test_models_with_coordinates_of_their_own_are_not_described_as_docking(data):
    data.docking.methods = {"cofold": Method(models=True, version="as predicted")}
    data.panel["clustering"] = {"order": "consensus", "radius": 7.5, "models": 10}
    text = text_of(data)
    assert "2 ligands were modelled with 2 receptors (4 pairs)" in text
    assert "ClusPro" not in text
    assert "interface RMSD (7.50 Å), were put into one group" in text
    assert "the model with the best score of each group was kept, up to 10 for a pair" in text
    line = _made_line(data, datetime(2026, 1, 2))
    assert line.startswith("2 ligands modelled with 2 receptors by the cofold backend of crossdock")
    assert "dock" not in line.replace("crossdock", "")
    assert page_data(data, judged(data)).sentences["figure-note"].startswith("Models of complexes.")
    for sentence in (say("known-intro", modelled=True), say("left-out-help"), say("hole-failed", what="no prediction")):
        assert "dock" not in sentence


def test_replicates_and_controls_are_told_with_their_numbers(data):
    assert "docked once, so the noise of the search is not known" in text_of(data)
    assert "The panel has no control ligands" in text_of(data)
    data.panel |= {"replicates": 3, "controls": [{"name": "c1"}, {"name": "c2", "label": "Lysozyme"}]}
    change_statistics(data, noise=NoiseRecord(sd=9.37, freedom=8))
    data.statistics = replace(
        data.statistics,
        controls=ControlsRecord(ligands=2, pairs=4, least_q=0.8, spread=1.0, rare_spread=1.4),
    )
    text = text_of(data)
    assert "docked 3 times" in text
    assert "standard deviation of 9.37 (8 degrees of freedom)" in text
    assert "4 pairs with 2 control ligands (c1, Lysozyme)" in text
    assert "a q of 0.80 at best" in text
    assert any("Benjamini" in line for line in methods.describe(data, "1").references)


def test_structures_are_named_with_entry_method_chains_and_residues(data):
    entry = replace(data.proteins["Im9"].entry, source="alphafold", id="P13479")
    predicted = {"entry": entry, "method": "PREDICTION (ALPHAFOLD)", "resolution_A": None}
    change(data, "Im9", **predicted, attract=(Place("A", 5, ""),))
    change(data, "trypsin", docking_mask=DockingMask((Place("A", 20, ""),)))
    text = text_of(data)
    assert "Trypsin, 1PPE (X-ray 1.8 Å), chain A, residues 1–223" in text
    assert "Im9, AlphaFold DB P13479 (predicted), chain A" in text
    assert "Residues of Trypsin were closed to docking." in text
    assert "Partners were attracted towards chosen residues of Im9." in text
    assert any("AlphaFold" in line for line in methods.describe(data, "1").references)


def test_a_prediction_among_the_conformers_is_cited(data):
    assert not any("AlphaFold" in line for line in methods.describe(data, "1").references)
    shapes = [ConformerRecord(name, 1, False, ("A",), 80, source=name) for name in ("rcsb", "alphafold")]
    change(data, "Im9", conformers=tuple(shapes))
    assert any("AlphaFold" in line for line in methods.describe(data, "1").references)


def test_refined_models_are_told_with_what_refined_them(data):
    assert "OpenMM" not in text_of(data)
    data.panel["refine"] = {"models": 3, "radius": 8.0, "platform": "auto"}
    made = methods.describe(data, "9.9")
    text = "\n".join(made.paragraphs)
    assert "The first 3 models of each pair were refined" in text
    assert "residues within 8 Å of the partner" in text
    assert {"openmm", "ff14sb", "obc"} <= {*made.keys}
    data.panel["refine"]["models"] = 1
    assert "The first model of each pair was refined" in text_of(data)


def test_conformers_made_along_modes_are_counted_as_conformers(data):
    shapes = [ConformerRecord("1emv", 1, False, ("A",), 83, mode=mode) for mode in ("", "mode 1+", "mode 1-")]
    change(data, "Im9", conformers=tuple(shapes))
    assert "2 of the conformers were made from the first one along its softest normal modes" in text_of(data)


def test_what_steered_a_docking_is_part_of_the_methods(data):
    assert "its first pair alone" in methods.commands(data)
    data.pairs[0].steered = "cofold"
    assert (
        "1 of 4 pairs were docked with both partners attracted to the interface of the pair's cofold models"
        in text_of(data)
    )
    text, other = methods.commands(data), data.pairs[1]
    assert f"# one pair alone\ncrossdock dock results/proteins/{other.receptor}/" in text
    for pair in data.pairs:
        pair.steered = "cofold"
    assert "crossdock dock" not in methods.commands(data)


def test_only_what_is_beside_the_chains_counts_as_kept(data):
    name = next(iter(data.proteins))
    chain = Item("chain", {"chain": "A", "description": None}, 223)
    calcium = Item("compound", {"residue": "CA", "compound": "CALCIUM ION"}, 2)
    change(data, name, kept=(chain, calcium))
    text = text_of(data)
    assert "Changed before docking" not in text
    assert f"Kept beside the chains: 2 CA (CALCIUM ION) of {wording.labels(data)[name]}." in text


def test_a_file_of_the_users_is_named_as_it_is_called(data):
    data.panel["receptors"][0]["entry"] = {"source": "local", "id": "1e3g-4ef2c1", "path": "../files/1e3g.pdb"}
    text = text_of(data)
    assert "the file 1e3g.pdb" in text
    assert "4ef2c1" not in text


def test_a_servers_run_is_described_as_that(data):
    data.panel["backend"] = "cluspro"
    data.docking = replace(data.docking, clusters=True, parameters={"name": "balanced"})
    text = text_of(data)
    assert "by the ClusPro server" in text
    assert "the coefficient set was balanced" in text
    assert "those of the method, in its order" in text
    assert "Fourier" not in text
    assert "crossdock run" in methods.commands(data)
    assert "crossdock dock" not in methods.commands(data)


@pytest.mark.parametrize(("backend", "record"), [("cofold", "prediction.json"), ("haddock", "run.json")])
def test_the_commands_bring_what_was_made_elsewhere(data, backend, record):
    assert "import" not in methods.commands(data)
    data.panel["backend"] = backend
    text = methods.commands(data)
    assert text.index(f"\ncrossdock {backend} import FOLDER\n") < text.index("\ncrossdock run\n")
    first = data.pairs[0]
    assert f"--result resources/{backend}/{first.receptor}/{first.ligand}/{record} -o out" in text
    data.panel |= {"backend": "local", "steer_by": backend, "steering": {}}
    text = methods.commands(data)
    assert text.index(f"crossdock {backend} import FOLDER\n") < text.index("crossdock run\n")
    assert "--result" not in text
    data.panel |= {"backend": "cluspro", "steer_by": ""}
    assert "# only if results were downloaded by hand\ncrossdock cluspro import FOLDER\n" in methods.commands(data)


def test_the_commands_bring_the_models_of_a_further_backend(data):
    other = copy.deepcopy(data)
    panel = data.panel | {"backend": "cofold", "settings": {"alphafold_db": True}}
    data.further.append(BackendRun(panel, other.pairs, other.metrics, other.statistics, other.docking))
    text = methods.commands(data)
    assert "# FOLDER has the predictions of this run, for pairs that are not found during the run\n" in text
    assert text.count("crossdock cofold import FOLDER\n") == 1


def test_known_complexes_and_affinity_are_told(data):
    text = text_of(data)
    assert "Models of 2 pairs with a known complex" in text
    assert "error on solved complexes is 1.89 kcal/mol" in text
    for pair in data.pairs:
        pair.known, pair.affinity = None, replace(pair.affinity, temperature_C=10.0)
    assert "DockQ" not in text_of(data)
    assert "Dissociation constants are for 10 °C" in text_of(data)


@pytest.mark.parametrize("config", ["config.yaml", "config/panels/demo.yaml"])
def test_the_config_asks_for_the_same_panel_again(config, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    asked = load_panel(read_config(config))
    written = methods.config_text(as_written(asked))
    assert load_panel(yaml.safe_load(written)).to_record() == asked.to_record()


def test_every_key_of_a_protein_survives(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    config = {
        "receptors": [
            {
                "name": "R",
                "entry": "1xwd",
                "chains": ["C"],
                "with": ["A", "B"],
                "uniprot": "P23945",
                "organism": 10090,
                "residues": "20-250",
                "keep": ["ZN"],
                "model": 1,
                "membrane": {"outside": "N-term"},
                "repair": True,
                "blocked": "C:30-40",
                "accept": "because it is so",
                "note": "a: remark",
                "antibody": "anywhere",
            },
            {"name": "S", "entry": "alphafold:P35372", "copies": "assembly"},
            {"name": "T", "entry": ["4ake", "alphafold:P69441"], "chains": ["A"], "model": "all", "conformers": 3},
        ],
        "ligands": [{"name": "L", "uniprot": "P14210", "residues": "32-210", "attract": "40-50"}],
        "controls": "bundled",
        "replicates": 3,
        "entries": {"offline": True},
    }
    asked = load_panel(config)
    written = yaml.safe_load(methods.config_text(as_written(asked)))
    assert load_panel(written).to_record() == asked.to_record()
    assert written["entries"] == {"offline": True}


def test_run_times(data):
    data.docking.pair_seconds = [10.0, 40.0, 20.0]
    assert methods.run_times(data) == {"total": 70.0, "least": 10.0, "median": 20.0, "most": 40.0, "pairs": 3}
    data.docking.pair_seconds = []
    assert methods.run_times(data) is None


def test_the_commands_name_seed_and_parameters(data):
    data.docking.parameters["sampling"] = "fast"
    text = methods.commands(data)
    assert "crossdock check\ncrossdock run\n" in text
    assert "--seed 7 --sampling fast --rotations 70000" in text
    assert "results/proteins/trypsin/structure.pdb results/proteins/CMTI-1/structure.pdb" in text
