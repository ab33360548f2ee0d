"""The map of predicted errors and the colours of pLDDT on the page, in headless Chromium."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import gemmi
import numpy as np
import pytest
from Bio.PDB.MMCIF2Dict import MMCIF2Dict
from watched import Watched

from crossdock.analysis.scripts import PLDDT_BANDS
from crossdock.docking.pae import STEP_A, Pae, write_tables
from crossdock.docking.record import read_docking, write_docking
from crossdock.files import read_json, write_json
from crossdock.report.build import build
from crossdock.report.pair_detail import MOST_CELLS
from crossdock.structures.structure import distinct_chains, read_structure, write_structure

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

PAIR = ("trypsin", "CMTI-1")


@pytest.fixture(scope="module")
def predicted_run(run_dir, tmp_path_factory) -> Path:
    """The run as if its first receptor's pairs were predicted: pLDDT, and a PAE of all models but the last."""
    run = Path(shutil.copytree(run_dir, tmp_path_factory.mktemp("predicted") / "results"))
    draw = np.random.default_rng(5)
    for record in run.glob("pairs/trypsin/*/docking.json"):
        docking = read_docking(record)
        write_docking(record, replace(docking, method=replace(docking.method, models=True)))
        names = record.parent.parent.name, record.parent.name
        receptor, ligand = (read_structure(run / "proteins" / name / "structure.pdb") for name in names)
        ligand = ligand.with_chains(distinct_chains(receptor.chains, ligand.chains))
        n = receptor.n_residues + ligand.n_residues
        tables = {}
        for number in range(3):
            bodies = [
                replace(
                    body, b_factor=np.repeat(draw.uniform(30, 99, body.n_residues), np.bincount(body.residue_index))
                )
                for body in (receptor, ligand)
            ]
            write_structure(record.parent / "models" / f"model_{number:02d}.pdb", *bodies)
            if number < 2:
                smooth = np.add.outer(np.linspace(0, 15, n), np.linspace(0, 12, n)) + number
                tables[f"model_{number:02d}"] = Pae.of(smooth)
        write_tables(record.parent / "models/pae.npz", tables)
        path = record.with_name("pair.json")
        pair = read_json(path)
        for model in pair["models"]:
            model |= {"plddt": True, "extra": {"iptm": 0.81, "ptm": 0.7}}
        write_json(path, pair)
    return run


@pytest.fixture(scope="module")
def page_of_predictions(predicted_run, js_dir) -> Path:
    page = predicted_run / "report.html"
    build(predicted_run / "panel.json", predicted_run, js_dir, page)
    return page


@pytest.fixture(scope="module")
def opened(chromium, page_of_predictions):
    opened = Watched(chromium, page_of_predictions)
    opened.wait_for_pair(*PAIR)
    yield opened
    assert opened.errors == []
    opened.context.close()


@pytest.fixture(scope="module")
def flat(chromium, page_of_predictions):
    """The same page in a browser without WebGL, for what has nothing to do with the view in 3D."""
    opened = Watched(chromium, page_of_predictions, models=False)
    opened.wait_for_pair(*PAIR)
    yield opened
    opened.close()


def errors_of(run: Path, number: int = 0) -> np.ndarray:
    return np.load(run.joinpath("pairs", *PAIR, "models/pae.npz"))[f"model_{number:02d}"] * STEP_A


def residues_of(run: Path, number: int = 0) -> list[tuple[str, str]]:
    """Give chain and number of each residue of a model's file, in its order."""
    model = gemmi.read_structure(str(run.joinpath("pairs", *PAIR, f"models/model_{number:02d}.pdb")))[0]
    return [(chain.name, str(one.seqid)) for chain in model for one in chain]


def picked(opened) -> set[str]:
    return set(parse_qs(urlsplit(opened.page.url).fragment).get("residues", [""])[0].split())


def at(opened, row: float, column: float) -> tuple[float, float]:
    """Give where a residue of each axis is on the screen."""
    opened.page.locator("#pae-map").scroll_into_view_if_needed()
    box = opened.page.locator("#pae-map image").bounding_box()
    n = int(opened.facts("#pae")["residues"])
    return box["x"] + box["width"] * (column + 0.5) / n, box["y"] + box["height"] * (row + 0.5) / n


def blocks(sizes: tuple[int, int], width: int) -> list[range]:
    """Give the residues of each cell: no cell has residues of both partners."""
    edges = [*range(0, sizes[0], width), *range(sizes[0], sum(sizes), width), sum(sizes)]
    return [range(*pair) for pair in pairwise(edges)]


def test_a_cell_says_its_residues_and_its_mean_error(flat, predicted_run):
    errors, residues = errors_of(predicted_run), residues_of(predicted_run)
    n_ligand = sum(chain != residues[0][0] for chain, _ in residues)
    sizes = len(residues) - n_ligand, n_ligand
    width = -(-len(residues) // MOST_CELLS)
    assert width == 2
    cells = blocks(sizes, width)
    assert flat.facts("#pae")["cells"] == str(len(cells))
    for row, column in ((10, 200), (sizes[0] - 1, sizes[0]), (len(residues) - 1, 0)):
        flat.page.mouse.move(*at(flat, row, column))
        text = flat.page.inner_text("#pae-cell")
        aligned, scored = (next(cell for cell in cells if at in cell) for at in (row, column))
        for cell in (aligned, scored):
            for end in (cell[0], cell[-1]):
                assert "{}:{}".format(*residues[end]) in text
        mean = errors[aligned[0] : aligned[-1] + 1, scored[0] : scored[-1] + 1].mean()
        assert float(re.search(r": ([\d.]+) Å$", text)[1]) == pytest.approx(mean, abs=0.26)
    assert "mean over 2 by 2 residues" in flat.page.locator("#pae-steps").text_content()


def test_the_map_in_words(flat, predicted_run):
    errors, residues = errors_of(predicted_run), residues_of(predicted_run)
    own = np.array([chain == residues[0][0] for chain, _ in residues])
    said = [float(one) for one in re.findall(r"([\d.]+) Å", flat.page.inner_text("#pae-summary"))]
    means = [
        errors[np.ix_(rows, columns)].mean() for rows, columns in ((own, own), (~own, ~own), (own, ~own), (~own, own))
    ]
    assert said == pytest.approx(means, abs=0.15)


def test_an_area_is_picked_in_the_3d_view_and_marked_in_the_tables(opened, predicted_run):
    residues = residues_of(predicted_run)
    n = sum(chain == residues[0][0] for chain, _ in residues)
    opened.page.mouse.move(*at(opened, 20, n + 4))
    opened.page.mouse.down()
    opened.page.mouse.move(*at(opened, 60, n + 14), steps=3)
    opened.page.mouse.up()
    names = [f"{'receptor' if i < n else 'ligand'}.{chain}:{number}" for i, (chain, number) in enumerate(residues)]
    cells = blocks((n, len(residues) - n), 2)
    rows, columns = (
        {names[i] for cell in cells if cell[-1] >= first and cell[0] <= last for i in cell}
        for first, last in ((20, 60), (n + 4, n + 14))
    )
    assert picked(opened) == rows | columns
    assert opened.facts("#viewer")["picked"] == str(len(rows | columns))
    assert opened.facts("#viewer")["labels"] == "0", "too many to name"
    assert f"{len(rows | columns)} residues are chosen" in opened.page.inner_text("#picked")
    assert opened.facts("#pae")["picked"] == str(len(rows | columns))
    lit = opened.page.locator("#interface-table tr.lit").evaluate_all("all => all.map(one => one.dataset.residues)")
    assert all(set(keys.split()) <= rows | columns for keys in lit)
    opened.page.click("#picked button")
    assert picked(opened) == set()


def test_the_keyboard_does_the_same(flat, predicted_run):
    flat.page.mouse.click(*at(flat, 0, 0))
    flat.page.focus("#pae-map")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        flat.page.keyboard.press(key)
    said = flat.page.inner_text("#pae-cell")
    residues = residues_of(predicted_run)
    assert "Aligned on" in said
    assert "{}:{}".format(*residues[2]) in said
    assert "{}:{}".format(*residues[7]) in said
    flat.page.keyboard.press("Enter")
    assert picked(flat) == {"receptor.{}:{}".format(*residues[i]) for i in (2, 3, 4, 5, 6, 7)}
    flat.page.keyboard.press("Escape")
    assert picked(flat) == set()
    assert flat.page.evaluate("document.activeElement.id") == "pae-map"


def test_the_colours_of_the_map_are_ordered_and_of_the_right_cells(flat, predicted_run):
    """The errors rise along both axes, so each pixel is lighter than that before it."""
    source = flat.page.get_attribute("#pae-map image", "href")
    light = flat.page.evaluate(
        """async (source) => {
            const picture = new Image();
            picture.src = source;
            await picture.decode();
            const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
            context.drawImage(picture, 0, 0);
            const { data } = context.getImageData(0, 0, picture.width, picture.height);
            return Array.from({ length: picture.width }, (_, i) => [data[4 * i], data[4 * i * picture.width]]);
        }""",
        source,
    )
    across, down = np.array(light, dtype=int).T
    assert (np.diff(across) >= 0).all()
    assert (np.diff(down) >= 0).all()
    assert down[-1] > across[-1] > across[0], "aligned residues are rows, and have the larger errors here"


def test_models_without_errors_have_no_map(flat):
    flat.page.evaluate("document.getElementById('models').open = true")
    flat.page.click("#models-table button >> text=Model 2")
    flat.page.wait_for_selector("#pae", state="hidden")
    flat.page.click("#models-table button >> text=Model 1")
    flat.page.wait_for_selector('#pae[data-drawn="true"][data-model="1"]')
    assert flat.page.is_visible("#pae-map")
    flat.page.click("#models-table button >> text=Model 0")
    flat.page.wait_for_selector('#pae[data-drawn="true"][data-model="0"]')


def test_plddt_is_a_colour_where_models_have_it(opened):
    page = opened.page
    page.select_option("#viewer-colour", "plddt")
    assert opened.facts("#viewer")["colour"] == "plddt"
    legend = page.locator("#viewer-legend span").all_inner_texts()
    assert [re.search(r"\d+ to \d+|above \d+|below \d+", text)[0] for text in legend] == [
        "above 90", "70 to 90", "50 to 70", "below 50"]  # fmt: skip
    swatches = page.locator("#viewer-legend .swatch").evaluate_all("all => all.map(one => one.getAttribute('style'))")
    assert [style.split()[-1] for style in swatches] == [tone for _, tone in PLDDT_BANDS]
    page.evaluate("crossdock.State.selectPair('colicin-E9', 'Im9')")
    opened.wait_for_pair("colicin-E9", "Im9")
    assert opened.facts("#viewer")["colour"] == "partner", "these are rigid poses"
    assert "plddt" not in page.locator("#viewer-colour option").evaluate_all("all => all.map(one => one.value)")
    assert not page.is_visible("#pae")
    page.evaluate("crossdock.State.selectPair('trypsin', 'CMTI-1')")
    opened.wait_for_pair(*PAIR)
    assert opened.facts("#viewer")["colour"] == "plddt", "the choice stays"


def saved(opened, button: str) -> bytes:
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    return Path(waiting.value.path()).read_bytes()


def test_the_figure_is_saved_on_white_paper(flat):
    text = saved(flat, "#pae-svg").decode()
    assert "Map of the predicted aligned errors of model 0" in text
    assert 'fill="#ffffff"' in text
    assert "pae-frame" not in text
    assert all(f">{word}<" in text for word in ("Trypsin", "CMTI-1", "Scored residue", "Aligned residue"))
    assert saved(flat, "#pae-png").startswith(b"\x89PNG")


def test_the_mmcif_of_the_page_has_what_the_runs_has(flat, predicted_run):
    cif = MMCIF2Dict(io.StringIO(saved(flat, "#model-cif").decode()))

    def rows(category, *names):
        return list(zip(*(cif[f"_{category}.{name}"] for name in names), strict=True))

    kinds = dict(rows("ma_qa_metric", "id", "type"))
    values = rows("ma_qa_metric_global", "metric_id", "metric_value")
    assert {kinds[one]: float(value) for one, value in values} == {"ipTM": 0.81, "pTM": 0.7}
    model = gemmi.read_structure(str(predicted_run.joinpath("pairs", *PAIR, "models/model_00.pdb")))[0]
    expected = [(chain.name, one.name, np.mean([atom.b_iso for atom in one])) for chain in model for one in chain]
    found = rows("ma_qa_metric_local", "label_asym_id", "label_comp_id", "metric_value")
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    np.testing.assert_allclose([float(one[2]) for one in found], [one[2] for one in expected], atol=0.011)
    entities = dict(rows("struct_asym", "id", "entity_id"))
    labels = {
        (entities[chain], chain, number)
        for chain, number in rows("ma_qa_metric_local", "label_asym_id", "label_seq_id")
    }
    assert labels == set(rows("atom_site", "label_entity_id", "label_asym_id", "label_seq_id"))


def test_axe_finds_nothing_serious_in_the_map(chromium, page_of_predictions):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    opened = Watched(chromium, page_of_predictions, models=False, width=390)
    opened.page.evaluate("document.querySelectorAll('#pae details').forEach(part => { part.open = true; })")
    assert opened.page.is_visible("#pae-help")
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(opened.page, context="#pae").response
        assert "color-contrast" in {rule["id"] for rule in found["passes"]}
        assert [rule["id"] for rule in found["violations"] if rule["impact"] in ("serious", "critical")] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.context.close()
