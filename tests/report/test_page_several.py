"""The page of a panel with two backends: what they say beside each other, and the models of both in one view."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_run import PARTNERS
from watched import Watched

from crossdock.analysis.records import ControlsRecord
from crossdock.analysis.verdict import called
from crossdock.docking.record import SteeredRecord, read_docking, write_docking
from crossdock.files import read_json, write_json, write_table
from crossdock.geometry.rotations import matrix
from crossdock.panel.panel import load_panel, read_panel
from crossdock.report.answer import answer
from crossdock.report.build import build
from crossdock.report.methods import describe
from crossdock.report.page_data import page_data
from crossdock.report.payload import collect
from crossdock.report.several import several
from crossdock.steps.agreement import agreement
from crossdock.structures.structure import distinct_chains, read_structure, write_structure

TESTED = ControlsRecord(ligands=60, pairs=120, least_q=0.03, spread=1.0, rare_spread=1.4)


def write_models(run, folder):
    """Write the models of a pair as pair.json places them."""
    receptor, ligand = (
        read_structure(run / "proteins" / name / "structure.pdb") for name in (folder.parent.name, folder.name)
    )
    ligand = ligand.with_chains(distinct_chains(receptor.chains, ligand.chains))
    for model in read_json(folder / "pair.json")["models"]:
        placed = ligand.moved(matrix(np.array(model["quaternion"])), np.array(model["translation_A"]))
        write_structure(folder / "models" / f"model_{model['model']:02d}.pdb", receptor, placed)


@pytest.fixture(scope="module")
def both(run_dir, tmp_path_factory) -> Path:
    """The run as if another backend, `other`, had found the same models."""
    run = Path(shutil.copytree(run_dir, tmp_path_factory.mktemp("both") / "results"))
    for folder in run.glob("pairs/*/*"):
        write_models(run, folder)
    below = run / "backends" / "other"
    shutil.copytree(run / "pairs", below / "pairs")
    for name in ("scores.csv", "ranks.csv", "statistics.json"):
        shutil.copy(run / name, below)
    for record in below.glob("pairs/*/*/docking.json"):
        write_docking(record, replace(read_docking(record), backend="other"))
    lists = {
        f"{role}s": [
            {"name": one.name, "label": one.label, "entry": f"demo:{one.entry}", "chains": [one.chain]}
            for one in PARTNERS
            if one.role == role
        ]
        for role in ("receptor", "ligand")
    }
    panel = load_panel(lists | {"backends": ["local", "cofold"]})
    for asked, folder in zip((panel, panel.runs[1]), (run, below), strict=True):
        record = asked.to_record()
        write_json(folder / "made.json", json.loads(json.dumps(record).replace("cofold", "other")))
    pairs = pd.DataFrame([vars(pair) | pair.values for pair in collect(run / "panel.json", run).pairs])
    scores = pairs.pivot(index="ligand", columns="receptor", values="score")
    for folder in (run, below):
        write_table(folder / "matrix" / "score.csv", scores.reset_index())
    agreement(read_panel(run / "made.json"), run)
    return run


def test_the_same_models_agree_wholly(both):
    record = json.loads((both / "agreement.json").read_text())
    (two,) = record["pairs_of_backends"]
    assert len(two["where"]) == 4
    for one in two["where"]:
        assert (one["dockq"], one["shared_contacts"], one["first_dockq"]) == (1.0, 1.0, 1.0)
        assert one["model"] == one["other_model"] == 0
    lines = (both / "agreement.csv").read_text().splitlines()
    models = sum(len(read_json(path)["models"]) ** 2 for path in both.glob("pairs/*/*/pair.json"))
    assert len(lines) == 1 + models


def test_a_pair_that_one_backend_steered_is_no_second_evidence(both, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    led, *_ = sorted(run.glob("pairs/*/*/docking.json"))
    names = led.parent.parent.name, led.parent.name
    write_docking(led, replace(read_docking(led), steered=SteeredRecord("other", (0.8,), 20, 15, 0.8)))
    (two,) = agreement(read_panel(run / "made.json"), run).pairs_of_backends
    assert [(one.receptor, one.ligand) for one in two.where if one.steered] == [names]
    assert names[0] not in {receptor for receptor, _ in two.both_first}
    data = collect(run / "made.json", run)
    sentences = several(data).sentences
    assert sentences[0].startswith("In 3 of 3 pairs, the first models of")
    assert sentences[1].startswith("1 pair was docked by one of")
    assert {pair.names for pair in data.pairs if "dockq_of_backends" not in pair.values} == {names}
    assert {pair.names: pair.steered for pair in data.pairs if pair.steered} == {names: "other"}
    (mark,) = [mark for mark in page_data(data, answer(data).verdict).pairs.marks if mark.kind == "steered"]
    assert [data.pairs[place].names for place in mark.places] == [names]
    assert mark.values == {"by": ["other"]}


def test_a_pair_that_one_backend_names_and_the_other_does_not_is_disputed(both):
    data = collect(both / "made.json", both)
    data.statistics = replace(data.statistics, controls=TESTED)
    (other,) = data.further
    other.statistics = replace(other.statistics, controls=TESTED)
    for values, pairs in (((0.01, 0.5, 0.9, 0.02), data.pairs), ((0.01, 0.5, 0.9, 0.5), other.pairs)):
        for value, pair in zip(values, pairs, strict=True):
            pair.values["q_value"] = value
    found = answer(data)
    first, last = data.pairs[0].names, data.pairs[3].names
    assert called({pair.names: pair.values["q_value"] for pair in other.pairs}) == (first,)
    assert (found.verdict.pairs, found.verdict.disputed) == ((first,), (last,))
    assert any(sentence.startswith("Not all backends find that") for sentence in found.support)


def test_what_a_further_backend_lacks_is_said_with_its_name(both):
    data = collect(both / "made.json", both)
    (other,) = data.further
    receptor, ligand = data.pairs[0].names
    other.panel["failures"] = [{"what": "no models", "where": "x", "hint": "", "names": [receptor, ligand]}]
    assert [(one.what, one.names) for one in data.failures] == [("other: no models", (receptor, ligand))]


def test_poses_are_counted_of_the_backend_whose_models_are_shown(both, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    own = run / "pairs" / Path(*collect(run / "made.json", run).pairs[0].names) / "pair.json"
    other = run / "backends" / "other" / own.relative_to(run)
    write_json(other, read_json(other) | {"n_poses": 7})
    pair = collect(run / "made.json", run).pairs[0]
    details = [json.loads(gzip.decompress(base64.b64decode(one))) for one in (pair.detail, pair.others["other"])]
    assert [one["n_poses"] for one in details] == [read_json(own)["n_poses"], 7]


def test_methods_name_both(both):
    text = describe(collect(both / "made.json", both), "1").paragraphs[2]
    assert text.startswith("With crossdock, 4 pairs were also modelled by the method other")
    assert "Models of two methods were compared by DockQ" in text


@pytest.mark.browser
def test_the_page_compares_them_and_shows_the_models_of_both(both, js_dir, chromium, tmp_path):
    file = tmp_path / "report.html"
    build(both / "made.json", both, js_dir, file)
    watched = Watched(chromium, file)
    page = watched.page
    text = page.inner_text("#several")
    assert "In 4 of 4 pairs, the first models of" in text
    assert page.locator("#several-table tbody tr").count() == 4
    groups = page.eval_on_selector_all(
        "#pair-model optgroup", "groups => groups.map((one) => [one.label, one.children.length])"
    )
    assert [label for label, _ in groups] == ["local", "other"]
    assert groups[0][1] == groups[1][1] > 1
    own = int(watched.facts("#viewer")["others"])
    page.locator("#others").check()
    assert int(watched.facts("#viewer")["others"]) == own + 2 * groups[0][1] - 1, (
        "all models of both, but the one drawn"
    )
    assert "Other models, of other" in page.inner_text("#viewer-legend")
    page.select_option("#pair-model", "1 other")
    page.wait_for_selector('#viewer[data-drawn="true"][data-model="1"]')
    assert "backend=other" in page.url
    assert page.input_value("#pair-model") == "1 other"
    with page.expect_download() as saved:
        page.locator("#model-pdb").click()
    assert saved.value.suggested_filename.endswith("_other_model_1.pdb")
    assert page.locator("#hits-table th", has_text="DockQ between backends").count() == 1
    assert watched.errors == []
    watched.context.close()
