"""What the page holds of refined models: put back into the docked ones, it gives the refined ones."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from refined_run import refined_copy, withhold
from small_run import collected

from crossdock.errors import StructureError
from crossdock.failure import Failure, leave
from crossdock.files import read_json
from crossdock.report.build import build
from crossdock.report.payload import collect
from crossdock.report.refined import difference, refined
from crossdock.structures.structure import read_structure

PAIR = Path("pairs/trypsin/CMTI-1")


@pytest.fixture(scope="module")
def refined_run(run_dir, tmp_path_factory) -> Path:
    """The small run with the first two models of each pair tried."""
    return refined_copy(run_dir, tmp_path_factory.mktemp("refined") / "results")


def detail_of(pair) -> dict:
    return json.loads(gzip.decompress(base64.b64decode(pair.detail)))


def put_back(docked, residues, atoms, moved):
    """Give residue -> atom -> thousandths of an angstrom, as the page's script does it."""
    places = {}
    for name, chain, number, code, atom, at in zip(
        docked.residue_name, docked.chain, docked.residue_number, docked.insertion, docked.atom_name, docked.coord,
        strict=True,
    ):  # fmt: skip
        places.setdefault(f"{chain}{number:4d}{code or ' '}", (str(name), {}))[1][str(atom)] = np.rint(at * 1000)
    steps = np.array(moved).reshape(-1, 3)
    made = {key: own for key, (_, own) in places.items()}
    for residue, names in zip(residues, atoms, strict=True):
        own, found, last = made[residue[4:]], {}, np.zeros(3)
        for atom in names.split():
            last = own.get(atom, last) + steps[0]
            steps, found[atom] = steps[1:], last
        made[residue[4:]] = found
    assert not len(steps)
    return made


def test_with_the_docked_model_it_is_the_refined_one(refined_run):
    folder = refined_run / PAIR
    docked, made = (read_structure(folder / place / "model_00.pdb") for place in ("models", "refined"))
    residues, atoms, moved = difference(docked, made)
    back = put_back(docked, residues, atoms, moved)
    keys = [f"{c}{n:4d}{i or ' '}" for c, n, i in zip(made.chain, made.residue_number, made.insertion, strict=True)]
    changed = {residue[4:] for residue in residues}
    assert 20 < len(changed) < docked.n_residues / 2, "those near the partner only"
    for key, atom, at in zip(keys, made.atom_name.tolist(), made.coord, strict=True):
        if atom == "HA" or (atom == "H" and key not in changed):
            assert atom not in back[key], "no hydrogen at carbon, and none where nothing moved"
        else:
            np.testing.assert_array_equal(back[key][atom], np.rint(at * 1000))


def test_the_page_holds_it_packed_in_few_bytes(refined_run, run_dir):
    sizes = []
    for run in (run_dir, refined_run):
        data = collected(run) if run is run_dir else collect(run / "panel.json", run)
        (pair,) = (one for one in data.pairs if one.names == ("trypsin", "CMTI-1"))
        sizes.append(len(pair.detail))
    held = detail_of(pair)["refined"]
    assert [len(one["residues"]) > 0 for one in held["models"]] == [True, False]
    n_atoms = sum(len(names.split()) for one in held["models"] for names in one["atoms"])
    assert sizes[1] - sizes[0] < 12 * n_atoms, "bytes an atom, contacts included"
    assert pair.first.refined == sum(held["contacts"]["overlaps"])


def test_models_of_all_pairs_are_counted(refined_run):
    data = collect(refined_run / "panel.json", refined_run)
    models = [one for file in refined_run.glob("pairs/*/*/refined/refined.json") for one in read_json(file)["models"]]
    done = [one for one in models if one["state"] == "refined"]
    assert (data.refined.models, data.refined.refined, data.refined.failed) == (len(models), len(done), 0)
    assert data.refined.clashes_before == max(one["clashes_before"] for one in done)


def test_a_panel_that_does_not_refine_shows_nothing_of_it(run_dir):
    pair = collected(run_dir).pairs[0]
    assert detail_of(pair)["refined"] is None
    assert pair.first.refined is None


def test_a_pair_that_failed_says_why_and_a_file_that_is_missing_stops_the_page(refined_run, tmp_path):
    folder = tmp_path / "pair"
    leave([folder / "refined/refined.json"], Failure("OpenMM has no platform CPU", "", ""))
    assert refined(folder).failed == "OpenMM has no platform CPU"
    assert refined(folder).models == []
    shutil.copytree(refined_run / PAIR, folder, dirs_exist_ok=True)
    (folder / "refined/model_00.pdb").unlink()
    with pytest.raises(StructureError, match="No such file"):
        refined(folder)


def test_a_page_whose_statistics_are_of_dg_has_a_pair_without_one(run_dir, js_dir, tmp_path):
    run = withhold(refined_copy(run_dir, tmp_path / "results"), ("trypsin", "Im9"), statistics="predicted_dg")
    data = build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    assert data.statistics.of.name == "predicted_dg"
    held = {one.names: one for one in data.pairs}
    assert held["trypsin", "Im9"].first.withheld
    for pair in data.pairs:
        there = not pair.first.withheld
        assert ("predicted_dg" in pair.values) == ("predicted_dg" in pair.ranks) == there
        assert there or pair.standing.rank is None
        assert there or "specificity" not in pair.values
    assert held["trypsin", "CMTI-1"].standing.rank == 1
