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
from refined_run import refined_copy
from small_run import PARTNERS
from watched import Watched

from crossdock.analysis.records import ControlsRecord
from crossdock.analysis.verdict import called
from crossdock.docking.record import SteeredRecord, read_docking, write_docking
from crossdock.files import read_json, write_json, write_table
from crossdock.geometry.rotations import matrix
from crossdock.panel.panel import load_panel, read_panel
from crossdock.quantity import Quantity
from crossdock.report import payload
from crossdock.report.answer import answer
from crossdock.report.build import build
from crossdock.report.doubts import doubts
from crossdock.report.methods import describe
from crossdock.report.page_data import page_data
from crossdock.report.payload import collect
from crossdock.report.sentences import say
from crossdock.report.several import several
from crossdock.report.summary import summary
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


@pytest.mark.measurement
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


@pytest.mark.measurement
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


@pytest.mark.measurement
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
    other.panel["failures"].append(
        {"what": "no models", "where": "x", "hint": "bring them", "names": data.pairs[1].names}
    )
    assert data.failures == []
    assert [(one.what, one.names) for one in data.lacking["other"]] == [
        ("no models", pair.names) for pair in data.pairs[:2]
    ]
    (doubt,) = [one for one in doubts(data, answer(data).verdict) if "no models" in one.text]
    assert doubt.text.startswith("other has no models of 2 pairs: no models. This concerns the results of other, not")
    assert not any("not in the results" in one.text for one in doubts(data, answer(data).verdict))
    said = summary(data, "report.html")
    assert "other has no models of 2 pairs:" in said
    assert f"- {receptor} and {ligand}: no models." in said
    assert "Not in the results" not in said
    data.panel["failures"] = [{"what": "no chain", "where": "", "hint": "", "names": [ligand]}]
    assert ligand not in {name for one in data.lacking.get("other", ()) for name in one.names}


@pytest.mark.measurement
def test_the_page_lists_pairs_without_models_of_a_further_backend_apart(both, js_dir, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    path = run / "backends" / "other" / "made.json"
    failure = {"what": "there is no prediction of this pair", "where": "", "hint": "", "names": ["trypsin", "Im9"]}
    write_json(path, read_json(path) | {"failures": [failure]})
    build(run / "made.json", run, js_dir, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert 'id="lacking"' in page
    assert "other has no models of 1 pair" in page
    assert 'id="left-out"' not in page


@pytest.mark.measurement
def test_poses_are_counted_of_the_backend_whose_models_are_shown(both, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    own = run / "pairs" / Path(*collect(run / "made.json", run).pairs[0].names) / "pair.json"
    other = run / "backends" / "other" / own.relative_to(run)
    write_json(other, read_json(other) | {"n_poses": 7})
    pair = collect(run / "made.json", run).pairs[0]
    details = [json.loads(gzip.decompress(base64.b64decode(one))) for one in (pair.detail, pair.others["other"])]
    assert [one["n_poses"] for one in details] == [read_json(own)["n_poses"], 7]


@pytest.mark.measurement
def test_methods_name_both(both):
    text = describe(collect(both / "made.json", both), "1").paragraphs[2]
    assert text.startswith("With crossdock, 4 pairs were also modelled by the method other")
    assert "Models of two methods were compared by DockQ" in text


@pytest.mark.measurement
def test_the_page_offers_every_number_by_which_a_further_backend_can_rank(both, tmp_path, monkeypatch):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    below = run / "backends/other"
    numbers = (Quantity("iptm", "", "high", "ipTM"), Quantity("ipsae", "", "high", "ipSAE"), Quantity("length"))
    for path in below.glob("pairs/*/*/docking.json"):
        record = read_docking(path)
        write_docking(path, replace(record, method=replace(record.method, numbers=numbers)))
    scores = pd.read_csv(below / "scores.csv")
    rows = scores[scores["metric"] == "score"]
    more = [rows.assign(metric=one.name, unit=None, value=rows["value"] / -1000) for one in numbers]
    write_table(below / "scores.csv", pd.concat([scores, *more]))
    offered = {one.name: one.label for one in collect(run / "made.json", run).metrics}
    assert (offered["iptm_other"], offered["ipsae_other"]) == ("ipTM, other", "ipSAE, other")
    assert "length_other" not in offered
    labels = page_data(data := collect(run / "made.json", run), answer(data).verdict).labels
    assert (labels["iptm"], labels["ipsae"]) == ("ipTM", "ipSAE")
    monkeypatch.setattr(payload, "MOST_OF_FURTHER", 3)
    assert "iptm_other" not in {one.name for one in collect(run / "made.json", run).metrics}, "of a large panel"


@pytest.mark.parametrize(
    ("firsts", "near", "said"),
    [
        (0, 0, "do not lie at the same place (DockQ of 0.23 or more), and no other two models do."),
        (0, 1, "do not lie at the same place (DockQ of 0.23 or more), but another model of a and one of b do."),
        (1, 1, "of a and b lie at the same place (DockQ of 0.23 or more)."),
    ],
)
def test_one_pair_is_said_as_one(firsts, near, said):
    text = say("several-where", first="a", second="b", firsts=firsts, near=near, n=1)
    assert text.startswith("In the one pair that is compared, the first models of a and b ")
    assert text.endswith(said)
    assert "In 2 of 5 pairs, the first" in say("several-where", first="a", second="b", firsts=2, near=3, n=5)


@pytest.mark.measurement
def test_a_rank_without_competitors_is_a_dash(both, js_dir, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    record = read_json(run / "agreement.json")
    for row in record["ranks"]:
        row |= {"of": 1, "mean": 1.0, "ranks": dict.fromkeys(row["ranks"], 1)}
    write_json(run / "agreement.json", record)
    assert not any("mean_rank" in pair.values for pair in collect(run / "made.json", run).pairs)
    build(run / "made.json", run, js_dir, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    table = page[page.index('id="several-table"') :]
    assert "of 1<" not in table[: table.index("</table>")]


@pytest.mark.measurement
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
    assert page.inner_text("#pair-model option:checked").endswith(" (local)")
    assert "other has no models of this pair" not in page.inner_text("#pair-summary")
    assert f"other has models of {len(list(both.glob('pairs/*/*')))} pairs" in page.inner_text("#answer")
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


@pytest.mark.measurement
@pytest.mark.browser
def test_the_page_says_which_backend_has_no_models_of_the_chosen_pair(both, js_dir, chromium, tmp_path):
    run = Path(shutil.copytree(both, tmp_path / "results"))
    lost = sorted(run.glob("backends/other/pairs/*/*"))[0]
    names = lost.parent.name, lost.name
    shutil.rmtree(lost)
    made = read_json(run / "backends" / "other" / "made.json")
    made["asked"] = [
        [a["name"], b["name"]] for a in made["receptors"] for b in made["ligands"] if (a["name"], b["name"]) != names
    ]
    write_json(run / "backends" / "other" / "made.json", made)
    file = tmp_path / "report.html"
    build(run / "made.json", run, js_dir, file)
    watched = Watched(chromium, file)
    watched.page.evaluate("([receptor, ligand]) => crossdock.State.selectPair(receptor, ligand)", list(names))
    watched.wait_for_pair(*names)
    assert "other has no models of this pair." in watched.page.inner_text("#pair-summary")
    assert watched.page.locator("#pair-model optgroup").count() == 0
    watched.page.select_option("#metric", "score_other")
    cell = watched.page.locator("#matrix-table td", has_text="–")
    assert cell.count() == 1
    assert cell.locator("[title='– (other has no models of this pair)']").count() == 1
    assert watched.errors == []
    watched.context.close()


@pytest.mark.measurement
def test_refined_models_of_all_backends_are_counted(both, tmp_path):
    run = refined_copy(both, tmp_path / "results")
    for folder in run.glob("pairs/*/*/refined"):
        beside = run / "backends" / "other" / folder.relative_to(run)
        shutil.copytree(folder, beside)
    made = read_json(run / "made.json")
    write_json(run / "made.json", made | {"refine": {"models": 2}})
    data = collect(run / "made.json", run)
    models = [one for file in run.glob("pairs/*/*/refined/refined.json") for one in read_json(file)["models"]]
    assert data.refined.models == 2 * len(models)
