"""The page of a panel of which only some pairs were docked, and of one of proteins without roles."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from small_run import write_run
from watched import Watched

from crossdock.files import read_json
from crossdock.panel.panel import load_panel
from crossdock.report import methods
from crossdock.report.build import _libraries, render
from crossdock.report.payload import collect
from crossdock.report.run_data import Hole

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

SOME = [("trypsin", "CMTI-1"), ("trypsin", "Im9"), ("colicin-E9", "Im9")]
ALIKE = [("trypsin", "colicin-E9"), ("trypsin", "CMTI-1"), ("colicin-E9", "Im9"), ("CMTI-1", "Im9"), ("Im9", "Im9")]
FAILED = Hole("trypsin", "Im9", "failed", "failed: the disk was full")
NAMES = ["trypsin", "colicin-E9", "CMTI-1", "Im9"]
SVG = "{http://www.w3.org/2000/svg}"


def page_of(folder: Path, js_dir: Path, asked: list, *, symmetric: bool = False, holes: tuple[Hole, ...] = ()) -> Path:
    results = write_run(folder / "results", asked=asked, symmetric=symmetric)
    data = collect(results / "panel.json", results)
    data.holes += holes
    data.pairs = [pair for pair in data.pairs if all(pair.names != (hole.receptor, hole.ligand) for hole in holes)]
    out = folder / "report.html"
    out.write_text(render(data, _libraries(js_dir)), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def some(js_dir, tmp_path_factory) -> Path:
    return page_of(tmp_path_factory.mktemp("some"), js_dir, SOME, holes=(FAILED,))


@pytest.fixture(scope="module")
def alike(js_dir, tmp_path_factory) -> Path:
    return page_of(tmp_path_factory.mktemp("alike"), js_dir, ALIKE, symmetric=True)


@pytest.fixture
def holes(chromium, some):
    opened = Watched(chromium, some, models=False)
    yield opened
    opened.close()


@pytest.fixture
def mirrored(chromium, alike):
    opened = Watched(chromium, alike, models=False)
    yield opened
    opened.close()


def cell(ligand: str, receptor: str) -> str:
    return f'#matrix-table td button[data-ligand="{ligand}"][data-receptor="{receptor}"]'


def saved(page, button: str) -> str:
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path()).read_text(encoding="utf-8-sig")


def texts(svg: str) -> list[str]:
    return [text for one in ET.fromstring(svg).iter(f"{SVG}text") if (text := "".join(one.itertext()))]


def offered(page, select: str) -> list[str]:
    return page.eval_on_selector_all(f"{select} option", "options => options.map((option) => option.value)")


def test_a_hole_says_why_it_has_no_pair_and_chooses_none(holes):
    page = holes.page
    before = page.evaluate("location.hash")
    reasons = {("CMTI-1", "colicin-E9"): "not asked for", ("Im9", "trypsin"): "failed: the disk was full"}
    for names, reason in reasons.items():
        hole = page.locator(cell(*names))
        assert reason in hole.get_attribute("title")
        assert hole.inner_text() == ""
        hole.hover()
        assert reason in page.inner_text("#matrix-pointed")
        hole.click(force=True)
    assert page.evaluate("location.hash") == before
    assert page.locator("button.hole.failed").count() == 1
    assert "no result" in page.inner_text("#matrix-legend")
    assert holes.errors == []


def test_tables_and_figures_leave_a_hole_empty(holes):
    page = holes.page
    page.select_option("#metric", "score")
    lines = list(csv.reader(saved(page, "#matrix-csv").splitlines()))
    assert [[bool(value) for value in line[1:]] for line in lines] == [[True, True], [True, False], [False, True]]
    assert ET.fromstring(saved(page, "#matrix-svg")).findall(f".//{SVG}path[@class='hole']") != []
    assert [row["ligand"] for row in csv.DictReader(saved(page, "#hits-csv").splitlines())] == ["CMTI-1", "Im9"]
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert [line[1:] for line in csv.reader(saved(page, "#scores-csv").splitlines())][1][1] == ""
    assert texts(saved(page, "#network-figure-svg"))
    assert "2 pairs of 2 ligands and 2 receptors docked" in page.inner_text("body")
    assert holes.errors == []


def test_a_choice_keeps_to_the_pairs_there_are(holes):
    page = holes.page
    page.locator(cell("CMTI-1", "trypsin")).click()
    holes.wait_for_pair("trypsin", "CMTI-1")
    page.select_option("#pair-ligand", "Im9")
    holes.wait_for_pair("colicin-E9", "Im9")
    page.evaluate("location.hash = 'receptor=trypsin&ligand=Im9'")  # a link to the pair that failed
    page.wait_for_function("document.querySelector('#pair').dataset.receptor === 'colicin-E9'")
    assert holes.errors == []


def test_each_pair_of_proteins_without_roles_is_on_both_sides_of_the_diagonal(mirrored):
    page = mirrored.page
    heads = [
        page.eval_on_selector_all(f"#matrix-table {part} th button", "all => all.map((one) => one.dataset.name)")
        for part in ("thead", "tbody")
    ]
    assert heads == [NAMES, NAMES]
    page.select_option("#metric", "score")
    for one, other in ALIKE:
        assert page.inner_text(cell(one, other)) == page.inner_text(cell(other, one)) != ""
    assert page.locator(f"{cell('trypsin', 'trypsin')}.hole").count() == 1
    page.locator(cell("trypsin", "CMTI-1")).click()  # docked with trypsin as the receptor
    mirrored.wait_for_pair("trypsin", "CMTI-1")
    assert page.locator('#matrix-table td [aria-pressed="true"]').count() == 2
    lines = list(csv.reader(saved(page, "#matrix-csv").splitlines()))
    values = [line[1:] for line in lines[1:]]
    assert values == [list(column) for column in zip(*values, strict=True)]
    assert sum(bool(value) for line in values for value in line) == 2 * len(ALIKE) - 1  # the last is of one protein
    assert len(saved(page, "#hits-csv").splitlines()) == 1 + len(ALIKE)
    assert mirrored.errors == []


def test_a_protein_without_a_role_is_found_drawn_and_described_once(mirrored):
    page = mirrored.page
    page.fill("#search", "Im9")
    shown = page.inner_text("#search-list")
    assert "receptor" not in shown
    assert "protein" in shown
    page.keyboard.press("Escape")
    page.select_option("#hits-receptor", "CMTI-1")
    assert page.locator("#hits-table tbody tr").count() == 2
    nodes = page.eval_on_selector("#network-view", "box => ({...box.dataset})")["nodes"]
    assert nodes == str(len(NAMES))
    assert page.locator("#proteins details.card").count() == len(NAMES)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    labels = texts(saved(page, "#network-figure-svg"))
    assert [labels.count(label) for label in ("Trypsin", "Im9")] == [1, 1]
    assert "5 pairs of 4 proteins docked" in page.inner_text("body")
    assert mirrored.errors == []


@pytest.mark.parametrize("kind", ["some", "alike"])
def test_a_phone_lists_the_pairs(chromium, request, kind):
    opened = Watched(chromium, request.getfixturevalue(kind), width=390, models=False)
    assert opened.page.locator("#hits-table tbody tr").count() == {"some": 2, "alike": 5}[kind]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.errors == []
    opened.close()


def test_a_pair_without_roles_is_shown_in_3d_from_either_side(chromium, alike):
    opened = Watched(chromium, alike, fragment="#receptor=Im9&ligand=colicin-E9")
    opened.wait_for_pair("colicin-E9", "Im9")
    opened.page.locator(cell("Im9", "Im9")).click()
    opened.wait_for_pair("Im9", "Im9")
    assert int(opened.facts("#viewer")["atoms"]) > 0
    assert opened.errors == []
    opened.close()


def test_the_config_that_the_page_gives_makes_the_panel_again(some, alike):
    for file, asked, symmetric in ((some, SOME, False), (alike, ALIKE, True)):
        panel = load_panel(yaml.safe_load(methods.config_text(read_json(file.parent / "results" / "panel.json"))))
        assert {(receptor.name, ligand.name) for receptor, ligand in panel.pairs} == set(asked)
        assert panel.symmetric == symmetric
