"""The cards of the proteins in headless Chromium: tracks, hot spots in 3D, files."""

from __future__ import annotations

import re

import pytest
from watched import DRAWN, colours

from crossdock.files import read_json

pytestmark = [pytest.mark.browser, pytest.mark.measurement]


def columns(lines: list[str], start: int, end: int) -> list[str]:
    return [line[start:end] for line in lines if line.startswith(("ATOM", "HETATM"))]


UNFOLD = "for (const card of document.querySelectorAll('#proteins details.card')) card.open = true"


@pytest.fixture
def unfolded(watched):
    """The page with every card open."""
    watched.page.evaluate(UNFOLD)
    return watched


def card(name: str) -> str:
    return f'[id="protein-{name}"]'


def test_a_track_a_chain_with_words_for_who_cannot_see_it(flat):
    tracks = flat.page.locator("#proteins svg.coverage")
    assert tracks.count() == 4
    label = flat.page.get_attribute(f"{card('trypsin')} svg.coverage", "aria-label")
    assert re.match(r"Chain A: 223 residues were docked, 16–\d+", label)
    assert "Touched most often: " in label
    assert flat.page.locator(f"{card('CMTI-1')} svg.coverage path.met").count() == 0
    docked = flat.page.locator(f"{card('Im9')} .docked").first
    assert docked.evaluate("bar => getComputedStyle(bar).fill") == "rgb(217, 122, 0)", "a ligand is orange"


def test_hot_spots_open_in_3d_one_view_at_a_time(unfolded):
    page = unfolded.page
    page.click(f"{card('trypsin')} button[data-does=hotspots]")
    page.wait_for_selector('#hotspots-view[data-drawn="true"][data-protein="trypsin"]', timeout=DRAWN)
    assert page.inner_text("#hotspots-title") == "Hot spots of Trypsin"
    assert colours(page, "#hotspots-view canvas") > 50
    page.keyboard.press("Escape")
    assert not page.is_visible("#hotspots")
    page.wait_for_selector("#hotspots-view canvas", state="detached")  # the close event has a task of its own
    assert page.evaluate("document.activeElement.dataset.does") == "hotspots", "the focus is back where it was"
    page.click(f"{card('colicin-E9')} button[data-does=hotspots]")
    page.wait_for_selector('#hotspots-view[data-drawn="true"][data-protein="colicin-E9"]', timeout=DRAWN)
    assert page.locator("#hotspots-view canvas").count() == 1
    page.click("#hotspots-close")
    assert not page.is_visible("#hotspots")
    assert unfolded.errors == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in unfolded.requests)


def test_without_webgl_the_dialog_has_words(flat):
    flat.page.evaluate(UNFOLD)
    flat.page.click(f"{card('trypsin')} button[data-does=hotspots]")
    flat.page.wait_for_selector('#hotspots-view[data-drawn="failed"]', timeout=DRAWN)
    assert "needs WebGL" in flat.page.inner_text("#hotspots-view")
    flat.page.keyboard.press("Escape")
    assert not flat.page.is_visible("#hotspots")


@pytest.mark.parametrize(
    ("does", "file", "end"), [("structure", "structure.pdb", 80), ("hotspots-pdb", "hotspots.pdb", 66)]
)
def test_files_made_in_the_page_are_those_of_the_pipeline(flat, run_dir, tmp_path, does, file, end):
    flat.page.click(f"{card('trypsin')} summary")
    with flat.page.expect_download() as waiting:
        flat.page.click(f"{card('trypsin')} button[data-does={does}]")
    waiting.value.save_as(tmp_path / "made.pdb")
    made = (tmp_path / "made.pdb").read_text().splitlines()
    expected = (run_dir / "proteins" / "trypsin" / file).read_text().splitlines()
    assert columns(made, 12, end) == columns(expected, 12, end)
    assert len(columns(made, 0, 6)) == read_json(run_dir / "proteins" / "trypsin" / "protein.json")["n_atoms"]
    assert made[-1] == "END"
