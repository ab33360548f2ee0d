"""What a notebook uses: prepare, dock, read_run and specificity, as the package hands them out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import crossdock
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.files import read_json


@pytest.fixture(scope="module")
def partners(tmp_path_factory):
    folder = tmp_path_factory.mktemp("entries")
    chains = {"receptor": "B", "ligand": "A"}
    return [crossdock.prepare("demo:1emv", folder=folder, chains=[chain], name=name) for name, chain in chains.items()]


@pytest.fixture(scope="module")
def docking(partners):
    return crossdock.dock(*partners, sampling="fast", rotations=60, names=("E9", "Im9"))


def test_public_names_load():
    assert set(dir(crossdock)) >= {"prepare", "dock", "read_run", "specificity", "view"}
    with pytest.raises(AttributeError, match="no attribute 'docks'"):
        _ = crossdock.docks


def test_a_docking_has_poses_models_interface_and_affinity(docking):
    assert docking.poses["rank"].tolist() == list(range(1, len(docking.poses) + 1))
    models = docking.models
    assert models["model"].tolist() == list(range(len(models)))
    interface = docking.interface(0)
    assert len(interface) == models["contacts"][0] > 0
    affinity = docking.predicted_affinity
    assert (affinity["published_error_kcal_mol"] > 0).all()
    assert docking.residues(0)["contacts"].sum() > 0
    receptor, ligand = docking.structure(0)
    assert not set(receptor.chains) & set(ligand.chains)


def test_what_is_saved_is_what_the_command_line_makes(docking, tmp_path):
    folder = docking.save(tmp_path / "pair")
    bodies = [str(folder / f"{name}.pdb") for name in ("receptor", "ligand")]
    asked = ["--sampling", "fast", "--rotations", "60", "--poses-only"]
    assert main(["dock", *bodies, "-o", str(tmp_path / "again"), *asked]) == 0
    assert (folder / "poses.csv.gz").read_bytes() == (tmp_path / "again/poses.csv.gz").read_bytes()
    pair = (folder / "pair.json").read_bytes()
    made = ["--poses", str(folder / "poses.csv.gz"), "--docking", str(folder / "docking.json")]
    assert main(["analyse", *bodies, *made, "--names", "E9", "Im9", "-o", str(folder)]) == 0
    old, new = json.loads(pair), read_json(folder / "pair.json")
    assert {key: old[key] for key in old if key != "asked_for"} == {key: new[key] for key in new if key != "asked_for"}


def test_a_view_is_drawn_of_what_was_never_written(docking):
    drawn = docking.view(0)._make_html()
    assert "cartoon" in drawn
    assert drawn.count("addModel") >= 2
    assert "cartoon" in crossdock.view(docking, 0)._make_html()
    with pytest.raises(InputError, match="expected a model from 0"):
        docking.view(99)


def test_residues_that_the_record_closes_are_not_met(partners, tmp_path):
    """What `prepare` gives says where a protein may be met; the structure alone does not."""
    met = crossdock.dock(*partners, sampling="fast", rotations=60).interface(0)
    residues = ",".join(sorted(set(met["receptor_number"]), key=int))
    shut = crossdock.prepare("demo:1emv", folder=tmp_path, chains=["B"], name="receptor", blocked=residues)
    elsewhere = crossdock.dock(shut, partners[1], sampling="fast", rotations=60).interface(0)
    before, after = set(met["receptor_number"]), set(elsewhere["receptor_number"])
    assert len(before & after) < 0.3 * len(before)
    open_again = crossdock.dock(shut[0], partners[1], sampling="fast", rotations=60).interface(0)
    assert set(open_again["receptor_number"]) == before


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"rotations": 0}, "rotations: expected at least 1"),
        ({"rotations": "20"}, "rotations: expected a whole number"),
        ({"samplings": "fast"}, "has no option 'samplings'"),
        ({"clustering": {"max_models": 3}}, "clustering: unknown key `max_models`"),
        ({"clustering": {"order": "best"}}, "clustering order: expected one of"),
        ({"backend": "lokal"}, "there is no backend 'lokal'"),
        ({"threads": 0}, "at least 1 thread"),
    ],
)
def test_wrong_values_are_said(partners, how, message):
    with pytest.raises(InputError, match=message):
        crossdock.dock(*partners, **how)


def test_an_entry_that_is_not_there_is_said():
    with pytest.raises(InputError, match="the demo has no entry"):
        crossdock.prepare("demo:9zzz")
    with pytest.raises(InputError, match="there is no file"):
        crossdock.prepare("nowhere/that.pdb")


def test_specificity_of_any_table():
    scores = pd.DataFrame([[-10.0, -2.0], [-3.0, -9.0], [-1.0, -1.5]], list("abc"), ["R", "S"])
    found = crossdock.specificity(scores)
    by_hand = scores.sub(scores.mean(axis=0), axis=1).sub(scores.mean(axis=1), axis=0) + scores.to_numpy().mean()
    assert np.allclose(found.residual, by_hand)
    assert found.best["best_by_specificity"].tolist() == ["a", "b"]
    assert "3 ligands x 2 receptors" in str(found)
    assert np.allclose(crossdock.specificity(-scores, higher=True).residual, by_hand)
    sized = crossdock.specificity(scores, sizes={"a": 10, "b": 20, "c": 30, "R": 5, "S": 7})
    assert 0 <= sized.size.share <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.assign(R="x"), "a cell is not a number"),
        (lambda table: table.assign(R=np.inf), "a on R is infinite"),
        (lambda table: table.set_axis(["a", "a", "c"]), "two ligands are called 'a'"),
        (lambda table: table.head(1), "at least 2 ligands"),
        (lambda table: table.assign(R=np.nan), "too few pairs have a score \\(3\\)"),
    ],
)
def test_a_table_that_is_none_is_said(change, message):
    scores = pd.DataFrame([[-10.0, -2.0], [-3.0, -9.0], [-1.0, -1.5]], list("abc"), ["R", "S"])
    with pytest.raises(InputError, match=message):
        crossdock.specificity(change(scores))


def test_a_folder_that_is_no_run_is_said(tmp_path):
    with pytest.raises(InputError, match="not the folder of a run"):
        crossdock.read_run(tmp_path)
