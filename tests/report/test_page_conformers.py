"""Models of several conformers on the page: which ones they are of, and the shapes that are drawn."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from test_page_bodies import atoms, saved, unfold
from watched import Watched

from crossdock.docking.record import CombinationRecord, read_docking, write_docking
from crossdock.files import read_json, write_json
from crossdock.report.build import build
from crossdock.structures.record import ConformerRecord, read_protein, write_protein
from crossdock.structures.structure import distinct_chains, read_structure, write_conformers, write_structure

pytestmark = [pytest.mark.browser, pytest.mark.measurement]


@pytest.fixture(scope="module")
def run_of_conformers(run_dir, tmp_path_factory) -> Path:
    """The run as if each receptor had two conformers, of which the second is stretched: odd models are of that."""
    run = Path(shutil.copytree(run_dir, tmp_path_factory.mktemp("conformers") / "results"))
    for record in run.glob("pairs/*/*/docking.json"):
        names = record.parent.parent.name, record.parent.name
        bodies = [read_structure(run / "proteins" / name / "structure.pdb") for name in names]
        shapes = bodies[0], bodies[0].with_coord(bodies[0].coord * 1.02)
        write_conformers(run / "proteins" / names[0] / "structure.pdb", shapes)
        path = run / "proteins" / names[0] / "protein.json"
        named = [ConformerRecord("1xyz", number, True, ("A",), shapes[0].n_residues) for number in (1, 7)]
        write_protein(path, replace(read_protein(path), conformers=tuple(named)))
        docked = tuple(CombinationRecord(number, 1, 10, -30.0 - number) for number in (1, 2))
        write_docking(record, replace(read_docking(record), conformers=docked))
        letters = distinct_chains(bodies[0].chains, bodies[1].chains)
        path = record.with_name("pair.json")
        pair = read_json(path)
        pair["conformers"] = [{"receptor": one, "ligand": 1, "scores": [-30.0 - one, -32.0 - one]} for one in (1, 2)]
        for number, model in enumerate(pair["models"]):
            model |= {"receptor_conformer": number % 2 + 1, "ligand_conformer": 1}
            ligand = bodies[1].with_chains(letters)
            write_structure(record.parent / "models" / f"model_{number:02d}.pdb", shapes[number % 2], ligand)
        write_json(path, pair)
    return run


@pytest.fixture(scope="module")
def opened(chromium, run_of_conformers, js_dir):
    page = run_of_conformers / "report.html"
    build(run_of_conformers / "panel.json", run_of_conformers, js_dir, page)
    opened = Watched(chromium, page)
    yield opened
    opened.close()


def test_the_table_of_models_names_the_conformer(opened):
    opened.wait_for_pair("trypsin", "CMTI-1")
    page = opened.page
    heads = page.locator("#models-table thead th").all_text_contents()
    (column,) = [place for place, text in enumerate(heads) if text.startswith("Conformer of ")]
    cells = page.locator(f"#models-table tbody tr > :nth-child({column + 1})").all_text_contents()
    assert cells[:2] == ["1xyz model 1", "1xyz model 7"]
    assert set(cells) == {"1xyz model 1", "1xyz model 7"}


def test_the_card_says_how_far_conformers_differ(opened):
    opened.wait_for_pair("trypsin", "CMTI-1")
    text = opened.page.text_content("#pair-summary")
    assert "Model 0 is of 1xyz model 1." in text
    assert "The best scores of the 2 combinations lie between \N{MINUS SIGN}33.0 and \N{MINUS SIGN}32.0." in text
    assert "was docked on" in text  # not modelled, as predictions are
    assert "was docked as 2 conformers (1xyz model 1, 1xyz model 7)" in opened.page.text_content("#methods")


def test_a_model_has_the_shape_of_its_conformer(opened, run_of_conformers):
    opened.wait_for_pair("trypsin", "CMTI-1")
    unfold(opened)
    opened.page.click("#models-table button >> text=Model 1")
    opened.page.wait_for_selector('#viewer[data-drawn="true"][data-model="1"]')
    model = run_of_conformers / "pairs/trypsin/CMTI-1/models/model_01.pdb"
    assert atoms(saved(opened, "#model-pdb").read_text()) == atoms(model.read_text())
    assert opened.errors == []
