"""What the page gives away for a paper: the methods as text and BibTeX, the table of scores, the interfaces."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from watched import DRAWN, Watched

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def opened(chromium, page_file):
    watched = Watched(chromium, page_file, permissions=["clipboard-read", "clipboard-write"], models=False)
    yield watched
    assert watched.errors == []
    watched.context.close()


def downloaded(page, button: str) -> str:
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def copied(page, button: str, kind: str) -> str:
    page.click(button)
    page.wait_for_function(
        "button => button.parentElement.textContent.includes('Copied')", arg=page.query_selector(button)
    )
    return page.evaluate("async kind => (await (await navigator.clipboard.read())[0].getType(kind)).text()", kind)


def test_methods_are_copied_with_their_references_and_downloaded_as_bibtex(opened):
    text = copied(opened.page, "#methods-copy", "text/plain")
    assert text.startswith("2 ligands were docked against 2 receptors")
    assert "\n1. Mölder" in text
    count = opened.page.locator("#methods-references li").count()
    assert f"\n{count}. " in text
    assert downloaded(opened.page, "#methods-bib").count("\n@") == count


def test_the_table_of_scores_is_the_runs(opened, run_dir):
    page = opened.page
    scores = pd.read_csv(run_dir / "scores.csv").query("metric == 'score'").set_index(["receptor", "ligand"])["value"]
    page.click("#figures-scores summary")
    lines = list(csv.reader(downloaded(page, "#scores-csv").splitlines()))
    assert lines[0] == ["ligand", "Trypsin", "Colicin E9 DNase"]
    assert [float(value) for value in lines[1][1:]] == [scores["trypsin", "CMTI-1"], scores["colicin-E9", "CMTI-1"]]
    bold = page.locator("#scores-table tbody b").all_inner_texts()
    shown = sorted(f"{scores[name].min():.1f}".replace("-", "−") for name in ("trypsin", "colicin-E9"))
    assert sorted(bold) == shown, "the lowest of each receptor"
    markup = copied(page, "#scores-copy", "text/html")
    assert markup.count("<b>") == 2
    assert "border" in markup
    assert "<table" in downloaded(page, "#scores-html")


def test_interfaces_are_drawn_when_opened_and_saved_as_one_drawing(opened):
    page = opened.page
    assert page.locator("#interfaces svg").count() == 0
    page.click("#figures-interfaces summary")
    page.wait_for_selector('#interfaces[data-drawn="true"][data-panels="2"]', timeout=DRAWN)
    root = ET.fromstring(downloaded(page, "#interfaces-svg"))
    width, height = (float(root.get(side)) for side in ("width", "height"))
    panels = root.findall(f"{SVG}g")
    titles = [panel.find(f"{SVG}text").text for panel in panels]
    assert titles == ["A  CMTI-1 on Trypsin", "B  Im9 on Colicin E9 DNase"]
    drawings = [panel.find(f"{SVG}svg") for panel in panels]
    assert all(drawing.find(f"{SVG}line") is not None for drawing in drawings)
    assert max(float(drawing.get("y")) + float(drawing.get("height")) for drawing in drawings) <= height
    assert sum(float(drawing.get("width")) for drawing in drawings) <= width
    numbers = panels[0].findall(f"{SVG}text")[2].text
    assert "± 1.9 kcal/mol" in numbers
