"""The matrix and the search box in headless Chromium: orders, keyboard, marks, figures, large panels, searching."""

from __future__ import annotations

import json
import re
import shutil
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from test_build import HOSTILE, page_data, with_published
from watched import Watched

from crossdock.analysis.metrics import metrics_of
from crossdock.files import read_json, write_json, write_table
from crossdock.report.build import build
from crossdock.report.ordering import clustered

pytestmark = pytest.mark.browser

ROWS = "#matrix-table tbody th"
COLUMNS = "#matrix-table thead th"
SVG = "{http://www.w3.org/2000/svg}"


def grown(page_file: Path, out: Path, n_ligands: int, n_receptors: int, values=None, *, better="low") -> Path:
    """Write the page with a payload of a larger panel: the same pair again and again, but for its score."""
    data = page_data(page_file)
    first = data["pairs"]["records"]["0"]
    if values is None:
        values = np.random.default_rng(n_ligands).normal(-200, 40, (n_ligands, n_receptors)).round(1)
    chosen = {side: data[side][0]["name"] for side in ("ligands", "receptors")}
    for side, n in (("ligands", n_ligands), ("receptors", n_receptors)):
        name = side[0].upper()
        same = {"found_by": [], "doubts": [], "questionable": "", "another": False, "marks": []}
        data[side] = [{"name": f"{name}{i}", "label": f"{name}{i} protein", **same} for i in range(n)]
        data["structures"] |= {f"{name}{i}": data["structures"][chosen[side]] for i in range(n)}
    hotspots = data["hotspots"][chosen["receptors"]]
    data["hotspots"] = {f"R{i}": hotspots for i in range(n_receptors)}
    score = next(metric for metric in data["metrics"] if metric["name"] == "score")
    orders = {"ligands": [f"L{i}" for i in clustered(values)], "receptors": [f"R{i}" for i in clustered(values.T)]}
    data["metrics"] = [{**score, "better": better, "clustered": orders}]
    opened = int(values.argmin())  # what the page shows first, and its neighbours in the last row and column
    records = {str(place): {**first, "known": None} for place in (opened, values.size - 1, 0)}
    data["pairs"] = {
        "cells": [],
        "values": {"score": values.ravel().tolist()},
        "uncertainty": {},
        "standing": {},
        "first": {},
        "marks": [],
        "records": records,
    }
    data["network"] = {"rule": "", "edges": []}
    payload = json.dumps(data).replace("<", "\\u003c")
    text = page_file.read_text(encoding="utf-8")
    start, end = re.search(r'id="payload">(.*?)</script>', text, re.DOTALL).span(1)
    out.write_text(text[:start] + payload + text[end:], encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    return np.random.default_rng(5).normal(-200, 40, (6, 4)).round(1)


@pytest.fixture(scope="module")
def six_by_four(page_file, scores, tmp_path_factory) -> Path:
    return grown(page_file, tmp_path_factory.mktemp("grown") / "report.html", 6, 4, scores)


@pytest.fixture
def panel(chromium, six_by_four):
    opened = Watched(chromium, six_by_four, models=False)
    yield opened
    opened.close()


def names(page, selector: str) -> list[str]:
    return [text.split()[0] for text in page.locator(selector).all_inner_texts()]


def focused(page) -> dict[str, str]:
    return page.evaluate("({...document.activeElement.dataset})")


def test_orders_by_mean_name_and_cluster(panel, scores):
    panel.page.select_option("#matrix-order", "mean")
    assert names(panel.page, ROWS) == [f"L{i}" for i in scores.mean(axis=1).argsort()]
    assert names(panel.page, COLUMNS) == [f"R{j}" for j in scores.mean(axis=0).argsort()]
    panel.page.select_option("#matrix-order", "clustered")
    assert names(panel.page, ROWS) == [f"L{i}" for i in clustered(scores)]
    assert names(panel.page, COLUMNS) == [f"R{j}" for j in clustered(scores.T)]
    panel.page.select_option("#matrix-order", "name")
    assert names(panel.page, ROWS) == [f"L{i}" for i in range(6)]
    cell = panel.page.locator("#matrix-table td button").nth(5)
    assert (cell.get_attribute("data-ligand"), cell.get_attribute("data-receptor")) == ("L1", "R1")
    assert cell.inner_text() == f"{scores[1, 1]:.1f}".replace("-", "−")


def test_where_high_is_better_the_highest_come_first(chromium, page_file, scores, tmp_path):
    file = grown(page_file, tmp_path / "report.html", 6, 4, scores, better="high")
    opened = Watched(chromium, file, fragment="#metric=score&order=mean", models=False)
    assert names(opened.page, ROWS) == [f"L{i}" for i in (-scores.mean(axis=1)).argsort()]
    opened.page.locator(f"{COLUMNS} button >> text=R2").click()
    assert names(opened.page, ROWS) == [f"L{i}" for i in (-scores[:, 2]).argsort()]
    assert opened.page.locator('#matrix-table [aria-sort="descending"]').count() == 1
    i, j = np.unravel_index(scores.argmax(), scores.shape)
    strongest = opened.page.locator(f'#matrix-table [data-ligand="L{i}"][data-receptor="R{j}"]')
    assert strongest.evaluate("cell => cell.style.getPropertyValue('--share')") == "100%"
    opened.close()


def test_sorting_by_a_name_keeps_the_keyboard_and_goes_into_the_address(panel, scores):
    panel.page.locator(f"{COLUMNS} button >> text=R2").click()
    by_two = [f"L{i}" for i in scores[:, 2].argsort()]
    assert names(panel.page, ROWS) == by_two
    assert names(panel.page, COLUMNS) == ["R0", "R1", "R2", "R3"]
    assert focused(panel.page) == {"side": "receptor", "name": "R2"}
    assert panel.page.locator('#matrix-table [aria-sort="ascending"]').inner_text().startswith("R2")
    assert panel.page.locator("#matrix-order option:checked").inner_text() == "by values with R2 protein"
    panel.page.reload()
    panel.page.wait_for_selector('#matrix[data-drawn="true"]')
    assert names(panel.page, ROWS) == by_two
    panel.page.locator(f"{ROWS} button >> text=L3").click()
    assert names(panel.page, COLUMNS) == [f"R{j}" for j in scores[3].argsort()]
    panel.page.locator(f"{ROWS} button >> text=L3").click()  # once more takes it back
    assert names(panel.page, COLUMNS) == ["R0", "R1", "R2", "R3"]


@pytest.mark.parametrize(("asked", "order"), [("clustered", "clustered"), ("receptor:R9", "config"), ("up", "config")])
def test_order_comes_from_the_address_where_the_panel_has_it(chromium, six_by_four, asked, order):
    opened = Watched(chromium, six_by_four, fragment=f"#metric=score&order={asked}", models=False)
    assert opened.facts("#matrix")["order"] == order
    assert opened.errors == []
    opened.close()


def test_table_download_is_in_the_order_shown(panel, scores):
    panel.page.select_option("#matrix-order", "mean")
    with panel.page.expect_download() as waiting:
        panel.page.click("#matrix-csv")
    table = pd.read_csv(waiting.value.path(), index_col="ligand")
    assert list(table.index) == [f"L{i}" for i in scores.mean(axis=1).argsort()]
    assert table.at["L2", "R1"] == scores[2, 1]


def test_the_grid_is_one_tab_stop_and_arrows_walk_it(panel):
    page = panel.page
    assert page.locator('#matrix-table [tabindex="0"]').count() == 1
    page.focus('#matrix-table [tabindex="0"]')
    page.keyboard.press("Control+Home")
    assert focused(page) == {"receptor": "R0", "ligand": "L0"}
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert focused(page) == {"receptor": "R1", "ligand": "L1"}
    assert page.inner_text("#matrix-pointed").startswith("L1 protein on R1 protein: −")
    page.keyboard.press("End")
    assert focused(page) == {"receptor": "R3", "ligand": "L1"}
    page.keyboard.press("ArrowRight")  # there is nothing more
    assert focused(page) == {"receptor": "R3", "ligand": "L1"}
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == {"side": "receptor", "name": "R3"}
    assert page.locator('#matrix-table [tabindex="0"]').count() == 1
    page.keyboard.press("Tab")
    assert not page.evaluate("document.querySelector('#matrix-table').contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == {"side": "receptor", "name": "R3"}
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    panel.wait_for_pair("R3", "L5")
    assert panel.errors == []


@pytest.fixture
def doubted(chromium, run_dir, js_dir, tmp_path):
    """A page with errors of scores and a published table."""
    run = Path(shutil.copytree(run_dir, tmp_path / "results"))
    table = pd.read_csv(run / "scores.csv")
    errors = {("trypsin", "CMTI-1"): 40.0, ("trypsin", "Im9"): 1.0}
    errors |= {("colicin-E9", "CMTI-1"): 200.0, ("colicin-E9", "Im9"): 1.0}
    for (receptor, ligand), error in errors.items():
        rows = (table["receptor"] == receptor) & (table["ligand"] == ligand) & (table["metric"] == "score")
        table.loc[rows, "uncertainty"] = error
    write_table(run / "scores.csv", table)
    pairs = [(receptor, ligand) for receptor in ("trypsin", "colicin-E9") for ligand in ("CMTI-1", "Im9")]
    with_published(run, dict(zip(pairs, (-500.0, -900.0, -700.0, -800.0), strict=True)))
    build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", fragment="#metric=score", models=False)
    yield opened
    opened.close()


@pytest.mark.measurement
def test_what_two_standard_errors_do_not_tell_from_the_best_is_marked(doubted):
    """The known partners lead by about 300: more than twice the error on trypsin, less on colicin."""
    tied = doubted.page.locator("#matrix-table button.tied")
    marked = {(tied.nth(i).get_attribute("data-receptor"), tied.nth(i).get_attribute("data-ligand")) for i in range(3)}
    assert tied.count() == 3
    assert marked == {("trypsin", "CMTI-1"), ("colicin-E9", "Im9"), ("colicin-E9", "CMTI-1")}
    assert "two standard errors" in doubted.page.inner_text("#matrix-legend")
    assert "within two standard errors of the first" in tied.last.get_attribute("aria-label")
    tied.first.click()
    doubted.wait_for_pair("trypsin", "CMTI-1")
    assert "± 40 a.u." in doubted.page.inner_text("#card .few")
    doubted.page.select_option("#metric", "cluster_size")  # of which nobody knows the error
    assert tied.count() == 0
    assert "standard errors" not in doubted.page.inner_text("#matrix-legend")


@pytest.mark.measurement
def test_rank_difference_is_shown_on_a_scale_with_zero_in_its_middle(doubted):
    doubted.page.select_option("#metric", "rank_difference")
    cells = {
        (cell.get_attribute("data-receptor"), cell.get_attribute("data-ligand")): cell
        for cell in doubted.page.locator("#matrix-table td button").all()
    }
    assert {pair: cell.inner_text() for pair, cell in cells.items()} == {
        ("trypsin", "CMTI-1"): "−1",
        ("trypsin", "Im9"): "1",
        ("colicin-E9", "CMTI-1"): "0",
        ("colicin-E9", "Im9"): "0",
    }
    colour = {pair: cell.evaluate("cell => getComputedStyle(cell).backgroundColor") for pair, cell in cells.items()}
    assert colour["colicin-E9", "Im9"] == colour["colicin-E9", "CMTI-1"]
    assert len(set(colour.values())) == 3
    legend = doubted.page.inner_text("#matrix-legend")
    assert re.search(r"better rank published 1\s*−1 better rank here", legend)
    cells["trypsin", "CMTI-1"].hover()
    assert doubted.page.inner_text("#matrix-pointed") == "CMTI-1 on Trypsin: −1 ranks"
    assert doubted.errors == []


def saved(opened: Watched, button: str) -> bytes:
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    return Path(waiting.value.path()).read_bytes()


def texts_of(drawing: ElementTree.Element) -> list[str]:
    return [text.text for text in drawing.iter(f"{SVG}text")]


def test_heat_map_as_svg_is_what_the_table_shows(doubted):
    page = doubted.page
    page.select_option("#matrix-order", "mean")
    drawing = ElementTree.fromstring(saved(doubted, "#matrix-svg"))
    texts = texts_of(drawing)
    assert texts[0] == "Score (arbitrary units)"
    shown = page.locator("#matrix-table td button").all_inner_texts()
    cells = [group for group in drawing.findall(f"{SVG}g") if group.find(f"{SVG}defs") is None]  # all but the legend
    assert [cell.find(f"{SVG}text").text for cell in cells] == shown
    assert [text for text in texts if text in ("CMTI-1", "Im9")] == names(page, ROWS)
    assert len(drawing.findall(f".//{SVG}circle")) == 2 + 1  # two known complexes and the legend
    assert len(drawing.findall(f".//{SVG}path[@class='tied']")) == 3 + 1
    assert {"known complex", "Ligands", "Receptors"} < set(texts)
    assert any("two standard errors" in text for text in texts)
    # The ends of the colours are those of the light page: the best cell has the dark end, the worst the light one.
    fills = [rect.get("fill") for rect in drawing.iter(f"{SVG}rect")]
    assert fills[0] == "#ffffff"
    best, worst = (shown.index(text) for text in (min(shown, key=_value), max(shown, key=_value)))
    assert (fills[1 + best], fills[1 + worst]) == ("#075650", "#eef4f4")
    smallest = min(float(text.get("font-size", drawing.get("font-size"))) for text in drawing.iter(f"{SVG}text"))
    assert smallest * 0.75 >= 6  # points


@pytest.mark.measurement
def test_figure_says_of_which_run_it_is_and_what_it_is_not(flat):
    title = flat.page.inner_text("#title")
    output = " ".join(texts_of(ElementTree.fromstring(saved(flat, "#matrix-svg"))))
    assert output.index("Rigid docking. The values are not affinities") > output.index(title)


def test_a_cell_that_is_pointed_at_names_its_pair_and_the_card_stays_with_the_chosen_one(flat):
    page = flat.page
    page.click('#matrix-table button[data-receptor="trypsin"][data-ligand="CMTI-1"]')
    flat.wait_for_pair("trypsin", "CMTI-1")
    assert page.inner_text("#card h3") == "CMTI-1 on Trypsin"
    before = page.locator("#matrix").bounding_box()
    page.hover('#matrix-table button[data-receptor="colicin-E9"][data-ligand="Im9"]')
    assert page.inner_text("#matrix-pointed").startswith("Im9 on Colicin E9 DNase: ")
    assert page.inner_text("#card h3") == "CMTI-1 on Trypsin"
    assert page.locator('#matrix-table [aria-pressed="true"]').get_attribute("data-ligand") == "CMTI-1"
    page.hover("#matrix-title")
    assert page.inner_text("#matrix-pointed") == ""
    assert page.locator("#matrix").bounding_box() == before, "nothing moves under the pointer"


@pytest.mark.measurement
def test_entries_that_hold_another_protein_can_be_left_out(chromium, page_file, tmp_path):
    text = page_file.read_text(encoding="utf-8")
    opened = Watched(chromium, page_file, models=False)
    assert not opened.page.is_visible("#matrix-others"), "every entry of this panel is the protein expected"
    opened.close()
    other = tmp_path / "other.html"
    head, tail = text.split('"name":"colicin-E9","label"')
    other.write_text('"name":"colicin-E9","label"'.join([head, tail.replace('"another":false', '"another":true', 1)]))
    opened = Watched(chromium, other, fragment="#receptor=colicin-E9&ligand=Im9", models=False)
    assert names(opened.page, COLUMNS) == ["Trypsin", "Colicin"]
    marked = [text for text in opened.page.locator(COLUMNS).all_inner_texts() if text.endswith("!")]
    assert marked == ["Colicin E9 DNase\xa0!"]
    drawn = texts_of(ElementTree.fromstring(saved(opened, "#matrix-svg")))
    assert "Colicin E9 DNase !" in drawn
    assert "the entry holds another protein than expected" in drawn
    opened.page.check("#matrix-others")
    assert "Ranks and averages still include them" in opened.page.inner_text("#matrix-legend")
    assert names(opened.page, COLUMNS) == ["Trypsin"]
    assert "others=hidden" in opened.page.url
    table = saved(opened, "#matrix-csv").decode().splitlines()
    assert table[0].endswith(",trypsin")
    assert len(table[1].split(",")) == 2
    opened.page.reload()
    opened.page.wait_for_selector('#matrix[data-drawn="true"]')
    assert names(opened.page, COLUMNS) == ["Trypsin"]
    opened.page.uncheck("#matrix-others")
    assert names(opened.page, COLUMNS) == ["Trypsin", "Colicin"]
    assert opened.errors == []
    opened.close()


def test_every_number_of_the_page_is_explained(flat, page_file):
    flat.page.click(".glossary summary")
    explained = set(flat.page.locator(".glossary dt").all_inner_texts())
    shown = set(flat.page.locator("#metric option").all_inner_texts())
    assert {metrics_of()[name].shown for name in ("score", "specificity", "center_score")} <= shown
    units = {metric["label"]: metric["unit"] for metric in page_data(page_file)["metrics"]}
    assert {f"{label} ({units[label]})" if units[label] else label for label in shown} <= explained
    assert "Five weightings" in explained
    assert flat.page.locator(".glossary dd").evaluate_all("rows => rows.every((row) => row.textContent.length > 20)")


def _value(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.measurement
def test_figure_is_the_same_in_the_dark_theme(chromium, page_file):
    figures = []
    for scheme in ("light", "dark"):
        opened = Watched(chromium, page_file, color_scheme=scheme, fragment="#metric=specificity", models=False)
        figures.append(saved(opened, "#matrix-svg"))
        opened.close()
    assert figures[0] == figures[1]


@pytest.mark.measurement
def test_heat_map_as_png_is_at_print_size_and_white(flat):
    drawing = ElementTree.fromstring(saved(flat, "#matrix-svg"))
    picture = saved(flat, "#matrix-png")
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == tuple(4 * int(drawing.get(side)) for side in ("width", "height"))
    pixel = flat.page.evaluate(
        """async (bytes) => {
            const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
            context.drawImage(picture, 0, 0);
            return [...context.getImageData(0, 0, 1, 1).data];
        }""",
        list(picture),
    )
    assert pixel == [255, 255, 255, 255]
    assert flat.errors == []


@pytest.mark.measurement
@pytest.mark.parametrize(("ligands", "receptors", "width"), [(12, 7, 1440), (20, 20, 1440), (20, 20, 390)])
def test_a_large_panel_fits_the_page(chromium, page_file, tmp_path, ligands, receptors, width):
    file = grown(page_file, tmp_path / "report.html", ligands, receptors)
    opened = Watched(chromium, file, width=width, models=False)
    assert opened.facts("#matrix")["cells"] == str(ligands * receptors)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1440:  # the table needs no scrolling of its own either
        box = opened.page.locator("#matrix .scroll")
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    texts = set(opened.page.locator("#matrix-table td button").all_inner_texts())
    assert (texts == {""}) == (receptors == 20)
    assert opened.page.locator("#matrix-table td button").first.get_attribute("aria-label").endswith("arbitrary units")
    assert opened.errors == []
    opened.close()


@pytest.mark.measurement
def test_ten_thousand_pairs_show_the_best_ligands_first(chromium, page_file, tmp_path):
    values = np.random.default_rng(6).normal(-200, 40, (200, 50)).round(1)
    values[199] = 0.0  # the worst ligand
    opened = Watched(chromium, grown(page_file, tmp_path / "report.html", 200, 50, values), models=False)
    page = opened.page
    best = {f"L{i}" for i in values.min(axis=1).argsort()[:50]}
    assert set(names(page, ROWS)) == best
    assert names(page, ROWS) == sorted(best, key=lambda name: int(name[1:]))
    assert page.inner_text("#matrix-part-text") == "50 of 200 ligands are shown: those that come first by Score."
    page.evaluate("crossdock.State.selectPair('R49', 'L199')")  # a pair chosen elsewhere is brought in
    assert names(page, ROWS)[-1] == "L199"
    assert page.locator('#matrix-table [aria-pressed="true"]').get_attribute("data-ligand") == "L199"
    page.click("#matrix-all")
    assert opened.facts("#matrix")["cells"] == "10000"
    assert not page.is_visible("#matrix-part")
    assert opened.errors == []
    opened.close()


OPTIONS = "#search-list [role=option]:not([aria-disabled])"


def test_search_finds_a_protein_and_goes_to_its_card(flat):
    page = flat.page
    page.keyboard.press("/")
    page.keyboard.type("tryp")
    assert page.input_value("#search") == "tryp"  # the slash that brought the keyboard here is not part of it
    assert names(page, OPTIONS) == ["Trypsin"]
    assert page.get_attribute("#search", "aria-expanded") == "true"
    active = page.get_attribute("#search", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.card').id") == "protein-trypsin"
    assert page.is_hidden("#search-list")
    assert page.get_attribute("#search", "aria-expanded") == "false"
    assert 0 <= page.locator("#protein-trypsin").bounding_box()["y"] < 900


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1EMV", ["Colicin E9 DNase", "Im9"]),  # by entry
        ("dnase", ["Colicin E9 DNase"]),
        ("real", ["Trypsin", "Colicin E9 DNase", "CMTI-1", "Im9"]),  # by title
        ("cmti tryp", ["CMTI-1 on Trypsin"]),
        ("trypsin im9", ["Im9 on Trypsin"]),
        ("colicin e9", ["Colicin E9 DNase"]),
        ("nothing", []),
    ],
)
def test_search_by_entry_title_and_pair(flat, text, found):
    flat.page.fill("#search", text)
    assert [option.splitlines()[0] for option in flat.page.locator(OPTIONS).all_inner_texts()] == found
    assert flat.page.inner_text("#search-count") == f"{len(found)} found"
    assert flat.page.is_visible("#search-list")
    if not found:
        assert "No protein or pair has “nothing”" in flat.page.inner_text("#search-list")
        for key in ("ArrowDown", "Enter"):
            flat.page.keyboard.press(key)
        assert flat.page.input_value("#search") == text, "there is nothing to choose"


def test_search_by_keyboard_chooses_a_pair(flat):
    page = flat.page
    page.fill("#search", "im9 e")
    options = [text.splitlines()[0] for text in page.locator(OPTIONS).all_inner_texts()]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # from the first to the last
    selected = page.locator(f"{OPTIONS}[aria-selected=true]")
    assert selected.inner_text().splitlines()[0] == options[-1]
    page.fill("#search", "im9 trypsin")
    page.keyboard.press("Enter")
    flat.wait_for_pair("trypsin", "Im9")
    assert "ligand=Im9" in page.url
    assert page.evaluate("document.activeElement.closest('section').id") == "pair"
    page.fill("#search", "im9")
    page.keyboard.press("Escape")
    assert page.is_hidden("#search-list")
    assert page.input_value("#search") == "im9"
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""


@pytest.mark.measurement
def test_search_on_a_phone_stays_on_the_page(chromium, page_file):
    opened = Watched(chromium, page_file, width=390, models=False)
    opened.page.fill("#search", "im9 trypsin")
    box = opened.page.locator("#search-list").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.page.locator(OPTIONS).first.click()
    opened.wait_for_pair("trypsin", "Im9")
    opened.close()


def test_search_shows_hostile_names_as_text(chromium, run_dir, js_dir, tmp_path):
    run = Path(shutil.copytree(run_dir, tmp_path / "results"))
    panel = read_json(run / "panel.json")
    panel["receptors"][0]["label"] = HOSTILE
    write_json(run / "panel.json", panel)
    protein = read_json(run / "proteins" / "CMTI-1" / "protein.json")
    write_json(run / "proteins" / "CMTI-1" / "protein.json", {**protein, "title": HOSTILE})
    build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", models=False)
    opened.page.fill("#search", "owned")
    assert opened.page.locator(OPTIONS).count() == 2
    assert HOSTILE in opened.page.locator(OPTIONS).first.inner_text()
    drawing = ElementTree.fromstring(saved(opened, "#matrix-svg"))
    assert any(text.startswith("</script><script>") for text in texts_of(drawing))
    assert opened.page.evaluate("window.owned") is None
    assert opened.errors == []
    opened.close()
