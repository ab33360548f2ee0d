"""The pair section in headless Chromium: model, residues that are picked, and the files to take away."""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation
from watched import DRAWN, Watched, colours

from crossdock.analysis.records import PairRecord
from crossdock.files import read_json
from crossdock.records import read_record
from crossdock.structures.structure import read_structure

pytestmark = pytest.mark.browser


def picked(watched) -> list[str]:
    """Give the residues that the address says are picked."""
    return parse_qs(urlsplit(watched.page.url).fragment).get("residues", [""])[0].split()


UNFOLD = "for (const part of document.querySelectorAll('#drawings, #models')) part.open = true"


@pytest.fixture
def unfolded(watched):
    """The page with drawings and models of the pair in sight."""
    watched.page.evaluate(UNFOLD)
    return watched


@pytest.fixture
def unfolded_flat(flat):
    """The same in a browser without WebGL."""
    flat.page.evaluate(UNFOLD)
    return flat


@pytest.mark.measurement
def test_known_position_comes_and_goes(watched):
    assert watched.facts("#viewer")["ghost"] == "true"
    watched.page.uncheck("#ghost")
    assert watched.facts("#viewer")["ghost"] == "false"
    watched.page.click('#matrix-table button[data-receptor="trypsin"][data-ligand="Im9"]')
    watched.wait_for_pair("trypsin", "Im9")
    assert not watched.page.is_visible("#ghost")


def test_how_each_partner_counts_its_residues_is_said(flat):
    lines = flat.page.locator("#interface-numbers li").all_inner_texts()
    assert lines == [
        f"{name}: The entry’s records do not relate its residue numbers to UniProt numbers."
        for name in ("Trypsin", "CMTI-1")
    ]


def test_model_is_chosen_and_its_contact_shown(unfolded):
    unfolded.page.click("#models-table button >> text=Model 1")
    unfolded.page.wait_for_selector('#viewer[data-drawn="true"][data-model="1"]', timeout=DRAWN)
    unfolded.page.click("#interface-table tr:first-child td:nth-child(3) button")
    assert unfolded.facts("#viewer")["labels"] == "2"


def test_model_download_is_what_the_pipeline_places(flat, run_dir, tmp_path):
    with flat.page.expect_download() as waiting:
        flat.page.click("#model-pdb")
    waiting.value.save_as(tmp_path / "model.pdb")
    lines = (tmp_path / "model.pdb").read_text().splitlines()
    coordinates = [line[30:54] for line in lines if line.startswith("ATOM")]
    sources = [run_dir / "proteins" / name / "structure.pdb" for name in ("trypsin", "CMTI-1")]
    expected = [line[30:54] for file in sources for line in file.read_text().splitlines() if line.startswith("ATOM")]
    assert coordinates == expected  # model 0 of this run is the identity
    assert {line[21] for line in lines if line.startswith("ATOM")} == {"A", "B"}


@pytest.mark.measurement
def test_picture_is_large_enough_for_print_and_has_no_empty_sides(watched):
    size = "canvas => [canvas.clientWidth, canvas.clientHeight, canvas.width, canvas.height]"
    before = watched.page.eval_on_selector("#viewer canvas", size)
    with watched.page.expect_download() as waiting:
        watched.page.click("#viewer-png")
    picture = base64.b64encode(Path(waiting.value.path()).read_bytes()).decode()
    width, height, rims = watched.page.evaluate(
        """async (picture) => {
            const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const { width, height } = image;
            const context = new OffscreenCanvas(width, height).getContext("2d");
            context.drawImage(image, 0, 0);
            const drawn = (...box) => context.getImageData(...box).data.some((value) => value < 255);
            const rim = 60; // the margin is 48 pixels
            return [width, height, [drawn(0, 0, 20, height), drawn(0, 0, width, 20), drawn(0, 0, rim, height),
              drawn(width - rim, 0, rim, height), drawn(0, 0, width, rim), drawn(0, height - rim, width, rim)]];
        }""",
        picture,
    )
    assert rims == [False, False, True, True, True, True]
    assert max(width, height) > 1000
    assert watched.page.eval_on_selector("#viewer canvas", size) == before, "the view itself stays"


def test_what_a_summary_says_to_doubt(flat):
    summary = flat.page.inner_text("#pair-summary")
    assert "The cluster of model 0 holds" in summary
    assert "has the letter" not in summary
    assert "The interface has an area of" in flat.page.inner_text("#area-summary")
    flat.page.click('#matrix-table button[data-receptor="trypsin"][data-ligand="Im9"]')
    flat.wait_for_pair("trypsin", "Im9")
    assert "chain A of Im9 has the letter B" in flat.page.inner_text("#pair-summary")


def test_what_changes_the_reading_of_a_pair_stands_before_its_numbers(flat):
    shown = flat.page.inner_text("#pair-doubts")
    assert "a part of it" not in shown
    assert re.search(r"\d+ of \d+ other models touch(es)? at least half of the receptor residues that model 0", shown)
    assert flat.page.locator("#pair-doubts .wrong").count() == 0
    flat.page.click('#matrix-table button[data-receptor="colicin-E9"][data-ligand="Im9"]')
    flat.wait_for_pair("colicin-E9", "Im9")
    assert "Colicin E9 DNase: Residues 1-131 of 582: a part of it." in flat.page.inner_text("#pair-doubts .wrong")


def test_affinity_is_folded_and_stands_with_what_it_is_worth(flat):
    assert not flat.page.is_visible("#affinity-summary")
    flat.page.click("#affinity summary")
    assert re.search(r"dG −?[\d.]+ ± 1\.9 kcal/mol", flat.page.inner_text("#affinity-summary"))
    assert "dG cannot tell them apart" in flat.page.inner_text("#affinity")


def test_residue_picked_in_the_table_is_lit_in_drawing_map_and_view(unfolded):
    button = unfolded.page.locator("#interface-table tbody tr:first-child th button")
    chain, number = button.inner_text().split()[1].split(":")
    button.click()
    key = f"receptor.{chain}:{number}"
    assert picked(unfolded) == [key]
    for figure in ("#drawing g", "#map text"):
        assert unfolded.page.locator(f"{figure}.lit").get_attribute("data-residues") == key
        assert unfolded.page.locator(f"{figure}.dim").count() > 0
    lines = unfolded.page.locator("#drawing line.lit")
    assert lines.count() == unfolded.page.locator("#interface-table tr.lit").count() > 0
    assert unfolded.facts("#viewer")["labels"] == "1"
    unfolded.page.click("#picked button")
    assert picked(unfolded) == []
    assert unfolded.page.locator("#pair .dim").count() == 0


def test_contact_picked_in_the_map_lights_both_residues(unfolded):
    unfolded.page.locator("#map rect[data-residues]").first.click()
    assert len(picked(unfolded)) == 2
    assert unfolded.page.locator("#interface-table tr.lit").count() == 1
    assert unfolded.page.locator("#drawing g.lit").count() == 2
    assert unfolded.facts("#viewer")["labels"] == "2"


def test_click_in_the_view_picks_a_residue(watched):
    """What is picked in the table lies in the middle of the view; a click there picks a residue again."""
    watched.page.emulate_media(reduced_motion="no-preference")
    watched.page.locator("#interface-table tbody tr:first-child td:nth-child(2) button").click()
    before = picked(watched)
    watched.page.wait_for_timeout(1500)  # the view moves there
    box = watched.page.locator("#viewer").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy in ((0, 0), (12, 0), (0, 12), (-12, 0), (0, -12), (24, 0), (0, 24), (-24, 0), (0, -24)):
        watched.page.mouse.click(middle[0] + dx, middle[1] + dy)
        if picked(watched) != before:
            break
    assert picked(watched) != before
    assert all(residue.split(".")[0] in ("receptor", "ligand") for residue in picked(watched))


def test_who_asked_for_less_motion_sees_what_is_picked_at_once(watched):
    picture = "document.querySelector('#viewer canvas').toDataURL()"
    before = watched.page.evaluate(picture)
    button = "document.querySelector('#interface-table tbody tr:first-child th button').click()"
    shown = watched.page.evaluate(f"{button}, {picture}")
    assert shown != before
    watched.page.wait_for_timeout(500)
    assert watched.page.evaluate(picture) == shown


@pytest.mark.measurement
def test_address_restores_what_is_picked_and_its_colours(chromium, page_file, flat):
    chain, number = flat.page.inner_text("#interface-table tbody tr:first-child th").split()[1].split(":")
    opened = Watched(chromium, page_file, fragment=f"#residues=receptor.{chain}:{number}&colour=class")
    assert opened.facts("#viewer")["labels"] == "1"
    assert opened.facts("#viewer")["colour"] == "class"
    assert "aromatic" in opened.page.inner_text("#viewer-legend")
    opened.close()


@pytest.mark.measurement
def test_address_that_asks_for_what_is_not_there_does_no_harm(chromium, page_file):
    fragment = "#residues=nonsense%20receptor.Z:999&colour=nonsense&model=77"
    opened = Watched(chromium, page_file, fragment=fragment)
    shown = opened.facts("#viewer")
    assert (shown["model"], shown["labels"], shown["colour"]) == ("0", "0", "partner")
    assert opened.errors == []
    opened.close()


@pytest.mark.measurement
def test_colours_surface_and_other_models(watched):
    plain = colours(watched.page, "#viewer canvas")
    watched.page.select_option("#viewer-colour", "class")
    assert colours(watched.page, "#viewer canvas") > plain
    watched.page.select_option("#viewer-colour", "met")
    assert "first models" in watched.page.inner_text("#viewer-legend")
    watched.page.check("#others")
    assert watched.facts("#viewer")["others"] == "2"
    watched.page.check("#surface")
    assert watched.facts("#viewer")["surface"] == "true"
    assert watched.errors == []


def test_mmcif_download_is_the_runs_own(flat, run_dir):
    with flat.page.expect_download() as waiting:
        flat.page.click("#model-cif")
    made = Path(waiting.value.path()).read_text()
    assert made == (run_dir / "pairs" / "trypsin" / "CMTI-1" / "complex.cif").read_text()


def test_models_are_saved_with_a_column_for_each_term(unfolded_flat, run_dir):
    record = read_record(run_dir / "pairs" / "trypsin" / "CMTI-1" / "pair.json", PairRecord, "crossdock analyse")
    with unfolded_flat.page.expect_download() as waiting:
        unfolded_flat.page.click("#models-csv")
    table = pd.read_csv(waiting.value.path())
    for model, row in zip(record.models, table.to_dict("records"), strict=True):
        for name, value in model.terms.items():
            assert row[name] == value
        assert (row["model"], row["score"], row["dockq"]) == (model.model, model.score, model.dockq)
    assert not {"terms", "extra"} & set(table)
    shown = unfolded_flat.page.eval_on_selector_all(
        "#models-table thead th", "cells => cells.map(cell => cell.textContent)"
    )
    assert {name.capitalize() for name in record.models[0].terms} <= set(shown)


def test_archive_holds_what_pymol_and_chimerax_open(flat, run_dir):
    with flat.page.expect_download() as waiting:
        flat.page.click("#pair-zip")
    folder = run_dir / "pairs" / "trypsin" / "CMTI-1"
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        names = {name.removeprefix("trypsin_CMTI-1/") for name in archive.namelist()}
        assert {"view.pml", "view.cxc", "interface.csv", "models/model_00.pdb", "drawings/map_02.svg"} <= names
        text = {name: archive.read(f"trypsin_CMTI-1/{name}").decode() for name in names}
    assert text["view.pml"] == (folder / "view.pml").read_text()
    ligand = read_structure(run_dir / "proteins" / "CMTI-1" / "structure.pdb")
    for model in read_json(folder / "pair.json")["models"]:
        lines = text[f"models/model_{model['model']:02d}.pdb"].splitlines()
        placed = [[float(line[i : i + 8]) for i in (30, 38, 46)] for line in lines if line.startswith("ATOM")]
        turn = Rotation.from_quat(np.roll(model["quaternion"], -1))
        expected = turn.apply(ligand.coord) + model["translation_A"]
        assert np.abs(np.array(placed)[-len(ligand) :] - expected).max() < 0.0011


def test_figures_are_saved_without_marks_and_for_print(unfolded_flat):
    unfolded_flat.page.locator("#interface-table tbody tr:first-child th button").click()
    with unfolded_flat.page.expect_download() as waiting:
        unfolded_flat.page.click("#drawing-svg")
    assert "dim" not in Path(waiting.value.path()).read_text()
    width = float(unfolded_flat.page.locator("#map svg").get_attribute("width"))
    with unfolded_flat.page.expect_download() as waiting:
        unfolded_flat.page.click("#map-png")
    png = Path(waiting.value.path()).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") >= 4 * width
