"""Tables and drawings that stand in the page's own text, taken away as files."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from watched import SCHEMES, Watched

from crossdock.files import read_json

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

SVG = "{http://www.w3.org/2000/svg}"


def taken(page, selector: str) -> bytes:
    """Open the folds around a button, and take what it gives."""
    button = page.locator(selector)
    for fold in reversed(button.locator("xpath=ancestor::details[not(@open)]").all()):
        fold.evaluate("fold => { fold.open = true; }")
    with page.expect_download() as download:
        button.click()
    return Path(download.value.path()).read_bytes()


def table(page, name: str) -> list[list[str]]:
    text = taken(page, f'.scroll:has(table[data-csv="{name}"]) + .controls button').decode()
    return list(csv.reader(io.StringIO(text)))


def test_the_panels_table_is_taken_with_its_groups(flat, run_dir):
    rows = table(flat.page, "panel")
    assert rows[0][:3] == ["Group", "Protein", "Entry"]
    assert rows[0][-2:] == ["Residues", "CPU time"]
    assert [(row[0], row[1]) for row in rows[1:]] == [
        ("2 receptors", "Trypsin"),
        ("2 receptors", "Colicin E9 DNase"),
        ("2 ligands", "CMTI-1"),
        ("2 ligands", "Im9"),
    ]
    residues = [
        read_json(run_dir / "proteins" / name / "protein.json")["n_residues"]
        for name in ("trypsin", "colicin-E9", "CMTI-1", "Im9")
    ]
    assert [int(row[-2]) for row in rows[1:]] == residues
    assert all(len(row) == len(rows[0]) for row in rows)


def test_a_heading_over_two_columns_is_said_of_both(flat):
    rows = table(flat.page, "known_complexes")
    assert rows[0][3:7] == [
        "Rank by score, of ligands",
        "Rank by score, of receptors",
        "Rank by specificity, of ligands",
        "Rank by specificity, of receptors",
    ]
    assert all(len(row) == len(rows[0]) == 10 for row in rows)
    assert {row[0] for row in rows[1:]} == {"Trypsin", "Colicin E9 DNase"}


def test_each_table_has_rows_as_long_as_its_head(flat):
    names = flat.page.locator("table[data-csv]").evaluate_all("tables => tables.map((one) => one.dataset.csv)")
    assert {"panel", "known_complexes", "settings"} <= set(names)
    for name in names:
        rows = table(flat.page, name)
        assert len(rows) > 1, name
        assert all(len(row) == len(rows[0]) for row in rows), name


def test_every_table_of_the_page_can_be_taken_away(flat):
    """By a button of its own section; those that scripts fill have theirs in their sections' templates."""
    scripted = {"hits-table", "matrix-table", "interface-table", "models-table", "scores-table"}
    scripted |= {"bench-receptor", "bench-ligand", "bench-chains"}  # the last with its sequences, as FASTA
    for one in flat.page.locator("table").all():
        name = one.get_attribute("id") or ""
        assert one.get_attribute("data-csv") or name in scripted or name.endswith("-chains"), one.inner_text()[:80]


def test_chains_of_a_card(flat):
    text = taken(flat.page, '[data-does="chains"][data-protein="trypsin"]').decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Chain", "Molecule", "Residues", "Used"]
    assert rows[1][0] == "A"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bars_of_a_card_are_for_paper(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme, models=False)
    drawing = ElementTree.fromstring(taken(opened.page, '[data-does="drawing-svg"][data-protein="trypsin"]'))
    shapes = [part for part in drawing.iter() if part.tag in (f"{SVG}rect", f"{SVG}path", f"{SVG}line")]
    fills = {part.get("fill") for part in shapes}
    assert "rgb(0, 114, 178)" in fills, "the receptor's blue of the light theme"
    assert not any(part.get("class") for part in drawing.iter())
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert texts[0].startswith("Trypsin: Chain A")
    assert {"Docked", "Hot spots"} <= set(texts)
    picture = taken(opened.page, '[data-does="drawing-png"][data-protein="trypsin"]')
    assert int.from_bytes(picture[16:20]) == pytest.approx(4 * float(drawing.get("width")), abs=4)
    assert opened.page.locator("#proteins svg.coverage").count() == 4, "nothing stays in the page"
    assert opened.errors == []
    opened.close()


def test_interfaces_of_the_best_ligands_as_a_picture(flat):
    flat.page.click("#figures-interfaces summary")
    flat.page.wait_for_selector('#interfaces[data-drawn="true"]')
    picture = taken(flat.page, "#interfaces-png")
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) >= 2000
