"""A report of a real run: results/report.html, or what CROSSDOCK_PAGES names (paths, as PATH has them)."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from small_run import REPOSITORY
from test_page_accessibility import open_all, serious_findings
from watched import DRAWN, Watched, looked_at

#: The pages of the small run in other files have the same.
pytestmark = [pytest.mark.browser, pytest.mark.measurement]

MADE = REPOSITORY / "results" / "report.html"
NAMED = os.environ.get("CROSSDOCK_PAGES", str(MADE) if MADE.is_file() else "")
PAGES = [Path(name) for name in NAMED.split(os.pathsep) if name]
NONE = [pytest.param(None, marks=pytest.mark.skip(reason="no results/report.html: `make demo` makes one"))]


@pytest.fixture(params=PAGES or NONE, ids=lambda path: path.stem if path else "none")
def real(request) -> Path:
    return request.param.resolve()


def test_every_pair_and_metric_is_shown(chromium, real):
    """Ten pairs and every metric, without a complaint of the browser and without a request."""
    assert real.stat().st_size < 15e6
    opened = Watched(chromium, real)
    page = opened.page
    pairs = page.evaluate(
        "crossdock.Data.pairs.filter((pair) => pair.detail).map((pair) => [pair.receptor, pair.ligand])"
    )
    for receptor, ligand in pairs[:: max(1, len(pairs) // 10)]:
        page.evaluate("([receptor, ligand]) => crossdock.State.selectPair(receptor, ligand)", [receptor, ligand])
        opened.wait_for_pair(receptor, ligand)
        assert int(opened.facts("#viewer")["atoms"]) > 100
        assert page.locator("#interface-table tbody tr").count() > 0
        assert page.locator("#drawing svg, #map svg").count() == 2
    for metric in page.locator("#metric option").evaluate_all("options => options.map((option) => option.value)"):
        page.select_option("#metric", metric)
        page.wait_for_selector(f'#matrix[data-drawn="true"][data-metric="{metric}"]', timeout=DRAWN)
    assert opened.errors == []
    assert opened.requests == [real.as_uri()]
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_width_or_theme_scrolls_sideways(chromium, real, width, scheme):
    looked_at(chromium, real, real.stem, width, scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, real, scheme):
    opened = Watched(chromium, real, color_scheme=scheme)
    open_all(opened.page)
    assert serious_findings(opened.page) == []
    opened.close()


def test_every_table_and_figure_can_be_taken_away(chromium, real):
    """By every button that says so, but those of each protein's card, of which the first is enough."""
    start, count = 0, 1
    while start < count:  # Chromium lets no page hand over an eleventh file unasked
        opened = Watched(chromium, real, accept_downloads=True)
        open_all(opened.page)
        buttons = opened.page.locator("main button:visible").filter(has_text="Download")
        card = opened.page.locator("#proteins .card >> nth=0").locator("button[data-does]:not([aria-haspopup])")
        buttons = buttons.or_(card).all()
        count = len(buttons)
        for button in buttons[start : start + 10]:
            with opened.page.expect_download() as waiting:
                button.click()
            assert Path(waiting.value.path()).stat().st_size > 50, button.inner_text()
        assert opened.errors == []
        opened.close()
        start += 10
    assert count > 15


def test_a_place_where_anybody_binds_is_said_to_be_one(chromium, real):
    """Of the five residues met most, how many at least half of the others meet: counted anew from the run's tables."""
    results = real.parent
    if not (results / "pairs").is_dir():
        pytest.skip("the page's results are not beside it")
    opened = Watched(chromium, real, models=False)
    page = opened.page
    pairs = page.evaluate("crossdock.Data.pairs.map((pair) => [pair.receptor, pair.ligand])")
    if page.evaluate("crossdock.Data.detailed") < len(pairs):
        pytest.skip("the page does not hold the models of all its pairs")
    place = ["receptor_chain", "receptor_number"]
    met = {}
    for receptor, ligand in pairs:
        table = pd.read_csv(results / "pairs" / receptor / ligand / "interface.csv", dtype=dict.fromkeys(place, str))
        models = {n: set(zip(*(rows[name] for name in place), strict=True)) for n, rows in table.groupby("model")}
        met[receptor, ligand] = models[0], set().union(*(models.get(n, set()) for n in range(5)))
    ligands = sorted({ligand for _, ligand in pairs})
    for receptor, ligand in pairs:
        spots = pd.read_csv(results / "proteins" / receptor / "hotspots.csv", dtype={"chain": str, "number": str})
        spots = spots[spots["frequency"] > 0].sort_values("frequency", ascending=False, kind="stable")[:5]
        most = list(zip(spots["chain"], spots["number"], strict=True))
        others = [met[receptor, other][1] for other in ligands if other != ligand]
        shared = [r for r in most if r in met[receptor, ligand][0] and 2 * sum(r in o for o in others) >= len(others)]
        page.evaluate("([receptor, ligand]) => crossdock.State.selectPair(receptor, ligand)", [receptor, ligand])
        opened.wait_for_pair(receptor, ligand)
        start = f"{len(shared)} of the {len(most)} residues of "
        expected = len(ligands) > 2 and len(most) == 5 and 2 * len(shared) > len(most)
        doubts = page.locator("#pair-doubts li", has_text="may not be specific to this ligand").all_inner_texts()
        assert [text.startswith(start) for text in doubts] == [True] * expected, (receptor, ligand, doubts, shared)
    opened.close()


def edge(page, selector: str) -> float:
    """Give where a part of the page ends, from its top, in pixels."""
    return page.eval_on_selector(selector, "part => part.getBoundingClientRect().bottom + scrollY")


def test_the_answer_and_the_matrix_are_seen_without_scrolling(chromium, real):
    opened = Watched(chromium, real, models=False)
    page = opened.page
    assert edge(page, "#verdict") < 900
    ligands, receptors = page.evaluate("[crossdock.Data.ligands.length, crossdock.Data.receptors.length]")
    if ligands <= 12 and receptors <= 9:
        assert edge(page, "#matrix-table") < (900 if ligands <= 8 else 1000)
    assert page.evaluate("document.documentElement.scrollHeight") < 7000
    assert 1 <= page.locator(".doubt > ul > li:visible").count() <= 3
    assert not page.is_visible(".warnings > :not(summary)")
    opened.close()


def test_a_phone_shows_the_answer_and_a_list_for_the_matrix(chromium, real):
    opened = Watched(chromium, real, width=390, models=False)
    page = opened.page
    assert edge(page, "#verdict") < 600
    assert not page.is_visible("#matrix-table")
    first = page.locator("#hits-table tbody tr").first
    assert first.evaluate("row => getComputedStyle(row).display") == "grid"
    assert page.locator("#hits-table tbody tr:visible").count() == min(8, page.evaluate("crossdock.Data.pairs.length"))
    opened.close()
