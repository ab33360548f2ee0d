"""Docking that co-folded models steer: towards what, for which pairs, what is made again, and what is said of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.spatial.distance import cdist

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.bodies import Body
from crossdock.docking.poses import place, read_poses
from crossdock.docking.record import read_docking
from crossdock.docking.steering import interface_weights
from crossdock.entries.amino_acids import LETTERS
from crossdock.errors import ConfigError, InputError
from crossdock.files import read_json, write_json
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.steps.batch import make_pair
from crossdock.steps.check import Findings, render
from crossdock.steps.dock import dock
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.prepare import prepare
from crossdock.steps.steering import guide_of, steer, steered
from crossdock.structures.structure import read_structure

#: A docking of colicin E9 and Im9 that is too short to find the known place by itself.
SHORT = {"sampling": "fast", "rotations": 150}
PAIR = ("E9", "Im9")
#: Controls need two receptors.
TWICE = {"receptors": [{"name": name, "entry": "demo:1emv", "chains": ["B"]} for name in ("E9", "E9b")]}
RECORD = Path("resources/cofold", *PAIR, "prediction.json")


def config(**more):
    """Write the config of a panel of two pairs, of which one will have a prediction, and give the panel."""
    chains = {"receptors": {"E9": "B"}, "ligands": {"Im9": "A", "again": "A"}}
    members = {
        role: [{"name": name, "entry": "demo:1emv", "chains": [chain]} for name, chain in named.items()]
        for role, named in chains.items()
    }
    write("config.yaml", yaml.safe_dump({"attract": "from cofold", "docking": SHORT} | members | more))
    return load_panel(read_config("config.yaml"), where="config.yaml")


def predict(bodies, rank, iptm, shift=(0.0, 0.0, 0.0)):
    """Write a complex as ColabFold does, the ligand moved."""
    letters = {}
    atoms = []
    for chain, body, move in zip("AB", bodies, (np.zeros(3), np.array(shift)), strict=True):
        first = np.unique(body.residue_index, return_index=True)[1]
        letters[chain] = "".join(LETTERS[name] for name in body.residue_name[first].tolist())
        atoms += [
            (chain, at + 1, residue, name, element, tuple(np.round(xyz + move, 3)), 80.0, "ATOM")
            for at, residue, name, element, xyz in zip(
                body.residue_index, body.residue_name, body.atom_name, body.element, body.coord, strict=True
            )
        ]
    made = Complex(letters)
    made.atoms, made.plddt = atoms, np.full(len(made.alpha), 80.0)
    rest = f"rank_00{rank}_alphafold2_multimer_v3_model_{rank}_seed_000"
    made.colabfold("models", job="E9_Im9", rest=rest, iptm=iptm)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run with prepared proteins and an imported pair, in whose second model the partners are apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        panel = config()
        for protein in panel.proteins:
            source = Path(__file__).parents[2] / "src/crossdock/demo/1emv.pdb.gz"
            prepare(source, protein, Path("results/proteins", protein.name))
        bodies = [read_structure(Path("results/proteins", name, "structure.pdb")) for name in PAIR]
        bodies = [body[~body.hetero] for body in bodies]
        predict(bodies, 1, 0.8)
        predict(bodies, 2, 0.3, shift=(0.0, 0.0, 200.0))
        assert main(["cofold", "import", "models"]) == 0
        yield Path.cwd()


@pytest.fixture
def here(run, monkeypatch):
    monkeypatch.chdir(run)
    return run


def of_pair(ligand="Im9"):
    return PairFiles.of_proteins(Path("results/proteins"), "E9", ligand)


def how(**more):
    return Docks(options=SHORT, **more)


@pytest.fixture(scope="module")
def dockings(run):
    """The pair docked freely and steered: folder -> record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(run)
        return {
            name: dock(of_pair(), how(guide=guide), name, kept="kept")
            for name, guide in (("free", None), ("led", ("cofold", RECORD)))
        }


def away(folder):
    """Tell how far the first pose is from the known place: RMSD of the ligand's atoms, in angstrom."""
    ligand = read_structure("results/proteins/Im9/structure.pdb")
    moved = place(ligand, read_poses(Path(folder, "poses.csv.gz")).iloc[0])
    return float(np.sqrt(((moved.coord - ligand.coord) ** 2).sum(axis=1).mean()))


@pytest.mark.measurement
def test_the_interface_of_the_models_leads_to_the_known_place(here, dockings):
    assert away("free") > 20.0
    assert away("led") < 5.0
    assert dockings["free"].steered is None
    record = read_docking("led/docking.json").steered
    assert (record.backend, record.confidence) == ("cofold", (0.8, 0.3))
    assert record.strongest == 0.4, "one model of two has them in contact, at 0.8"
    assert [note for note in dockings["led"].notes if "no second evidence" in note]
    assert not [note for note in dockings["free"].notes if "no second evidence" in note]


def test_weights_are_of_residues_in_contact_by_the_confidence_of_each_model(here):
    receptor, ligand = (read_structure(Path("results/proteins", name, "structure.pdb")) for name in PAIR)
    found = steer(of_pair(), how(guide=("cofold", RECORD)))
    near = cdist(receptor.coord, ligand.coord) < 5.0
    for body, touching, weights in (
        (receptor, near.any(axis=1), found.receptor),
        (ligand, near.any(axis=0), found.ligand),
    ):
        by_hand = np.zeros(body.n_residues)
        by_hand[np.unique(body.residue_index[touching & ~body.hetero])] = 0.8 / 2
        np.testing.assert_allclose(weights, by_hand, atol=1e-9)
    apart = Body(receptor, ligand.moved(np.eye(3), np.array([0.0, 0.0, 300.0])))
    one, _ = interface_weights(receptor, ligand, [Body(receptor, ligand), Body(receptor, ligand), apart], [0.9, 0.6, 1])
    assert set(np.unique(one).tolist()) == {0.0, 0.5}


def test_residues_of_the_config_pull_as_strongly_as_before_beside_those_of_the_models(here):
    from crossdock.docking.backends.contract import Site

    named = np.array([True, True, False, False])
    site = Site(attract=named).with_pull(np.array([0.4, 0.0, 0.3, 0.0]))
    assert site.pull.tolist() == [1.0, 1.0, 0.3, 0.0]
    assert site.attract.tolist() == [True, True, True, False]
    assert Site(attract=named).pull.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert Site().pull is None


def test_a_pair_without_a_prediction_is_docked_as_without_the_key(here, dockings):
    run, plain = config(), config(attract="")
    assert guide_of(run, *PAIR) == ("cofold", RECORD)
    assert guide_of(run, "E9", "again") is None
    assert guide_of(plain, *PAIR) is None
    free, keyed = (Docks.of_panel(panel, guide=guide_of(panel, "E9", "again")) for panel in (plain, run))
    dock(of_pair("again"), free, "again_free", kept="kept")
    dock(of_pair("again"), keyed, "again_keyed")
    assert Path("again_free/poses.csv.gz").read_bytes() == Path("again_keyed/poses.csv.gz").read_bytes()
    one, other = (read_docking(Path(name, "docking.json")) for name in ("again_free", "again_keyed"))
    assert one.asked_for == other.asked_for
    assert other.steered is None
    assert dock(of_pair("again"), keyed, "again_free", resume=True) is None


def test_only_what_changes_poses_docks_again(here, dockings, tmp_path):
    assert dockings["free"].asked_for != dockings["led"].asked_for
    guided = how(guide=("cofold", RECORD))
    assert dock(of_pair(), guided, "led", resume=True) is None
    assert dock(of_pair(), guided, "another panel's", kept="kept") is None
    assert dock(of_pair(), how(), "another panel's, free", kept="kept") is None
    shutil.copytree(RECORD.parent, tmp_path / "pair")
    record = read_json(RECORD)

    def asked(**changes):
        write_json(tmp_path / "pair/prediction.json", record | changes)
        found = steer(of_pair(), how(guide=("cofold", tmp_path / "pair/prediction.json")))
        return found.fingerprint if found else None

    before = steer(of_pair(), guided).fingerprint
    assert asked(job="another folder", version="9") == before
    surer = json.loads(json.dumps(record["models"]))
    surer[0]["numbers"]["iptm"] = 0.9
    assert asked(models=surer) != before
    for one in surer:
        one["numbers"] |= {"iptm": None, "iptm_pae": None}
    assert asked(models=surer) is None, "nothing tells how far it can be trusted"


def test_models_of_another_structure_are_not_used(here, tmp_path):
    swapped = replace(of_pair(), receptor=of_pair().ligand, ligand=of_pair().receptor)
    with pytest.raises(InputError, match="of another protein than the prepared structure"):
        dock(swapped, how(guide=("cofold", RECORD)), tmp_path / "pair")


def test_a_batch_steers_its_pairs_alike(here, dockings):
    make_pair(config(), *PAIR, kept="kept")
    assert Path("results/pairs", *PAIR, "poses.csv.gz").read_bytes() == Path("led/poses.csv.gz").read_bytes()


def test_the_config_says_who_steers_whom(here):
    panel = config(backend="local")
    assert steered(panel) == [PAIR]
    both = config(backends=["local", "cofold"])
    assert [(run.backend, run.steer_by) for run in both.runs] == [("local", "cofold"), ("cofold", "")]
    assert [run.steer_by for run in config(backends=["cofold", "local"]).runs] == ["", "cofold"]
    with pytest.raises(ConfigError, match="steers no backend of this panel"):
        config(backend="cofold")
    with pytest.raises(ConfigError, match=r"expected .*`from cofold`.*, got '124-128'"):
        config(attract="124-128")


def test_check_says_how_many_pairs_are_steered(here, tmp_path, monkeypatch):
    def said(panel):
        return " ".join(render(panel, Findings("config.yaml")).split())

    assert "cofold models steer the docking of 1 of 2 pairs; the others are docked without" in said(config())
    assert "steer the docking" not in said(config(attract=""))
    unusable = (
        "with only some pairs steered, specificity, ranks, p and q of the panel cannot be used: bring models of all"
    )
    assert f"{unusable}, or remove `attract`" in said(config())
    assert "cannot be used" not in said(config(ligands=[{"name": "Im9", "entry": "demo:1emv", "chains": ["A"]}]))
    controls = [{"name": name, "entry": "demo:1ppe", "chains": [name]} for name in "AB"]
    assert f"{unusable}, with controls too (4 of these have none)" in said(config(controls=controls, **TWICE))
    monkeypatch.chdir(tmp_path)
    text = said(config())
    assert "to do: run `crossdock cofold import FOLDER`" in text
    assert "Config OK" not in text


def test_nothing_to_steer_by_is_an_error_that_says_what_to_do(here, tmp_path, monkeypatch):
    panel = config()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no pair of the panel has cofold models") as found:
        steered(panel)
    assert "crossdock cofold import FOLDER" in found.value.hint
    assert steered(config(attract="")) == []
    asked = config(backends=["local", "cofold"], cofold={"alphafold_db": True})
    assert steered(asked) == [], "AlphaFold DB is asked during the run"
