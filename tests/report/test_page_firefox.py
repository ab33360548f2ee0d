"""The page in Firefox, whose engine is another one than Chromium's: it opens, is drawn, and can be used."""

from __future__ import annotations

import shutil

import pytest
from firefox import firefox
from small_run import need
from watched import AT_REST, COUNT_FRAMES

#: The tests of Chromium have the same.
pytestmark = [pytest.mark.browser, pytest.mark.measurement]

PARTS = ("matrix", "card", "hits", "pair", "network-view", "viewer")


@pytest.fixture(scope="module")
def page(page_file, tmp_path_factory):
    program = need(shutil.which("firefox-esr") or shutil.which("firefox"), "Firefox")
    need(shutil.which("Xvfb"), "Xvfb")
    with firefox(program, tmp_path_factory.mktemp("firefox")) as opened:
        opened.ask("WebDriver:SetWindowRect", width=1440, height=1000)
        opened.ask("WebDriver:Navigate", url=page_file.as_uri())
        for part in PARTS:
            opened.wait(f"document.getElementById('{part}').dataset.drawn")
        yield opened


def test_every_part_is_drawn_without_an_error(page):
    drawn = page.run(f"return {list(PARTS)}.map((part) => document.getElementById(part).dataset.drawn)")
    assert drawn == ["true"] * len(PARTS)
    assert page.errors() == []
    assert page.run("return document.querySelectorAll('#matrix-table td button').length") == 4
    assert page.run("return document.querySelectorAll('#hits-table tbody tr').length") == 4
    assert page.run("return document.querySelectorAll('#card svg').length") == 1
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


def test_the_3d_view_shows_the_model(page):
    colours = page.run("""
        const canvas = document.querySelector("#viewer canvas");
        const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        context.drawImage(canvas, 0, 0);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    """)
    assert colours > 50


def test_a_cell_changes_the_card_and_the_3d_view(page):
    page.run("""document.querySelector('#matrix-table [data-receptor="colicin-E9"][data-ligand="Im9"]').click()""")
    page.wait("document.getElementById('card').dataset.ligand === 'Im9'")
    page.wait("document.getElementById('viewer').dataset.pair === 'colicin-E9 Im9'")
    assert page.run("return document.querySelector('#card h3').textContent") == "Im9 on Colicin E9 DNase"
    assert "ligand=Im9" in page.run("return location.hash")
    assert page.errors() == []


def test_cells_are_coloured_by_their_values(page):
    page.run("""
        const list = document.getElementById("metric");
        list.value = "score";
        list.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    cells = page.run("""
        return [...document.querySelectorAll("#matrix-table td button")]
            .map((cell) => [cell.textContent, getComputedStyle(cell).backgroundColor, getComputedStyle(cell).color]);
    """)
    assert len({back for _, back, _ in cells}) == len({text for text, _, _ in cells}) > 1
    assert len({ink for *_, ink in cells}) == 2, "black on light cells, white on dark ones"
    assert page.errors() == []


def test_frames_are_asked_for_only_while_something_changes(page):
    picture = "document.querySelector('#network-view canvas:last-of-type').toDataURL()"
    page.run(COUNT_FRAMES)
    page.wait(AT_REST)
    before = page.run(f"return {picture}")
    page.run("""
        const list = document.getElementById("network-edges");
        list.value = "all";
        list.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    page.wait(AT_REST)
    assert page.run("return asked.frames") > 0
    assert page.run(f"return {picture}") != before
    assert page.errors() == []


def test_a_fold_opens(page):
    page.run("document.querySelector('#models > summary').click()")
    assert page.run("return document.getElementById('models-table').getBoundingClientRect().height") > 50
