"""Models with coordinates of their own on the page: what is drawn and saved is what the method gave."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from watched import Watched

from crossdock.docking.record import read_docking, write_docking
from crossdock.files import read_json, write_json
from crossdock.quantity import Quantity
from crossdock.report.build import build
from crossdock.structures.structure import distinct_chains, read_structure, write_structure

LABELLED = Quantity("d0chn", label="ipSAE (d0 of chains)")
pytestmark = [pytest.mark.browser, pytest.mark.measurement]


@pytest.fixture(scope="module")
def own_run(run_dir, tmp_path_factory) -> Path:
    """The run as if its method had given coordinates: the partners stretched, the more the later the model."""
    run = Path(shutil.copytree(run_dir, tmp_path_factory.mktemp("own") / "results"))
    for record in run.glob("pairs/*/*/docking.json"):
        docking = read_docking(record)
        write_docking(record, replace(docking, method=replace(docking.method, models=True, numbers=(LABELLED,))))
        names = record.parent.parent.name, record.parent.name
        receptor, ligand = (read_structure(run / "proteins" / name / "structure.pdb") for name in names)
        ligand = ligand.with_chains(distinct_chains(receptor.chains, ligand.chains))
        for number in range(3):
            stretched = [body.with_coord(body.coord * (1.01 + number / 100)) for body in (receptor, ligand)]
            write_structure(record.parent / "models" / f"model_{number:02d}.pdb", *stretched)
        path = record.with_name("pair.json")
        pair = read_json(path)
        for number, model in enumerate(pair["models"]):
            model["extra"] = {"plausibility": 0.25 + number, "unknown": None, "d0chn": 0.5, "other_name": 0.5}
        write_json(path, pair)
    return run


@pytest.fixture(scope="module")
def opened(chromium, own_run, js_dir):
    page = own_run / "report.html"
    build(own_run / "panel.json", own_run, js_dir, page)
    opened = Watched(chromium, page)
    yield opened
    opened.close()


def atoms(text: str) -> list[str]:
    return [line[12:54] for line in text.splitlines() if line.startswith(("ATOM", "HETATM"))]


def saved(opened, button: str) -> Path:
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    return Path(waiting.value.path())


def test_downloads_have_the_coordinates_of_the_models(opened, own_run):
    opened.wait_for_pair("trypsin", "CMTI-1")
    files = {path.name: path.read_text() for path in (own_run / "pairs/trypsin/CMTI-1/models").glob("*.pdb")}
    first = atoms(files["model_00.pdb"])
    assert atoms(saved(opened, "#model-pdb").read_text()) == first
    rows = [line.split() for line in saved(opened, "#model-cif").read_text().splitlines() if line.startswith("ATOM")]
    assert [row[10:13] for row in rows] == [
        [line[18:26].strip(), line[26:34].strip(), line[34:].strip()] for line in first
    ]
    with zipfile.ZipFile(saved(opened, "#pair-zip")) as archive:
        for name, text in files.items():
            assert atoms(archive.read(f"trypsin_CMTI-1/models/{name}").decode()) == atoms(text)
    assert opened.errors == []


def unfold(opened):
    opened.page.evaluate("document.getElementById('models').open = true")


def test_the_methods_own_numbers_stand_beside_each_model(opened):
    """A number that no model has gets no column."""
    opened.wait_for_pair("trypsin", "CMTI-1")
    unfold(opened)
    header = opened.page.locator("#models-table thead th").all_inner_texts()
    place = header.index("Plausibility")
    rows = [row.locator("th, td").all_inner_texts() for row in opened.page.locator("#models-table tbody tr").all()]
    assert [float(row[place]) for row in rows] == [0.25, 1.25, 2.25]
    assert "Unknown" not in header
    assert "ipSAE (d0 of chains)" in header, "the label of a number that is no metric of the run"
    assert "Other name" in header


def test_each_model_is_drawn_with_the_others(opened):
    opened.wait_for_pair("trypsin", "CMTI-1")
    count = opened.facts("#viewer")["atoms"]
    opened.page.check("#others")
    assert opened.facts("#viewer")["others"] == "2"
    unfold(opened)
    opened.page.click("#models-table button >> text=Model 2")
    opened.page.wait_for_selector('#viewer[data-drawn="true"][data-model="2"]')
    assert opened.facts("#viewer")["atoms"] == count
    assert opened.errors == []


def test_such_models_have_pictures_too(opened):
    opened.page.wait_for_function("() => document.querySelectorAll('#hits .still svg path').length > 40")
    assert opened.page.locator("#hits .still").count() == 4
    assert opened.errors == []
