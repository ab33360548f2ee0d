"""Pages of panels from one pair to 50,000 in headless Chromium: what they show first, and their bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from made_panel import grow, made_scores, numbered, write_panel
from test_page_accessibility import PAPER_WIDTH, cut_off, serious_findings
from watched import Watched

from crossdock.report.build import _libraries, build, render
from crossdock.report.payload import collect

#: test_page.py looks at the page of a small panel in the same way.
pytestmark = [pytest.mark.browser, pytest.mark.measurement]

#: Ligands and receptors; the larger ones would take minutes as files.
FROM_FILES = ((1, 1), (1, 12), (12, 1), (12, 7))
GROWN = ((50, 50), (1000, 50))
SIZES = FROM_FILES + GROWN
#: Pixels of a page at 1440 and at 390, however large its panel is.
HIGHEST = {1440: 7000, 390: 12_500}
#: Milliseconds until the card of the first pair is drawn, with software for a graphics card and another test beside it.
FIRST_CARD = {(1000, 50): 15_000}
FIRST_CARD_ELSE = 6000
SEEN = """
new MutationObserver((_, watch) => {
  if (document.getElementById("card")?.dataset.drawn) { globalThis.firstCard = performance.now(); watch.disconnect(); }
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


@dataclass
class Panel:
    """A page, and the scores it was made of: ligands down, receptors across."""

    file: Path
    scores: np.ndarray

    @property
    def names(self) -> tuple[list[str], list[str]]:
        ligands, receptors = (numbered(letter, n) for letter, n in zip("LR", self.scores.shape, strict=True))
        return ligands, receptors

    @property
    def best(self) -> tuple[str, str]:
        """Ligand and receptor of the pair that comes first, by specificity, or by score where one of them is alone."""
        values = self.scores
        if min(values.shape) > 1:
            values = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
        i, j = np.unravel_index(values.argmin(), values.shape)
        return self.names[0][i], self.names[1][j]


@pytest.fixture(scope="module")
def panels(run_dir, js_dir, tmp_path_factory):
    """Make a page of a size when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("sizes"), {}

    def page(size: tuple[int, int]) -> Panel:
        if size not in made:
            file, scores = folder / f"{size[0]}x{size[1]}.html", made_scores(*size)
            if size in FROM_FILES:
                results = write_panel(file.with_suffix(""), run_dir, scores)
                build(results / "panel.json", results, js_dir, file)
            else:
                smaller = folder / "12x7"
                page((12, 7))
                data = grow(collect(smaller / "panel.json", smaller), scores)
                file.write_text(render(data, _libraries(js_dir), made=datetime.now(UTC)), encoding="utf-8")
            made[size] = Panel(file, scores)
        return made[size]

    return page


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def panel(request, panels) -> Panel:
    return panels(request.param)


def shown(page, selector: str) -> int:
    """Count what is there and can be seen."""
    return page.locator(f"{selector}:visible").count()


def bottom(page, selector: str) -> float:
    return page.eval_on_selector(selector, "part => part.getBoundingClientRect().bottom + scrollY")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_panel_of_any_size_shows_its_answer_its_pairs_and_the_card_of_the_first(chromium, panel, width):
    opened = Watched(chromium, panel.file, width=width, models=False, script=SEEN)
    page, n = opened.page, panel.scores.size
    assert page.evaluate("firstCard") < FIRST_CARD.get(panel.scores.shape, FIRST_CARD_ELSE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") <= HIGHEST[width]
    assert bottom(page, "#verdict") < 600
    assert shown(page, ".doubt > ul > li") <= 3
    if width == 1440 and n <= 2500:  # axe takes minutes for 50,000 pairs, whose parts are those of 2,500
        assert serious_findings(page) == []

    ligand, receptor = panel.best
    score = panel.scores[panel.names[0].index(ligand), panel.names[1].index(receptor)]
    assert page.inner_text("#card h3") == f"{ligand} on {receptor}"
    assert f"{score:.1f} a.u.".replace("-", "−") in page.inner_text("#card .few")
    assert shown(page, "#card svg") == 1
    ranks = page.locator("#card .few .rank").all_inner_texts()
    assert all("of 1 " not in text for text in ranks), "a rank among one says nothing"
    assert bool(ranks) == (n > 1)

    rows = page.locator("#hits-table tbody tr")
    assert rows.count() == min(8, n)
    assert rows.first.get_attribute("data-pair") == f"{ligand} on {receptor}"
    assert "selected" in rows.first.get_attribute("class")
    assert page.is_visible("#hits-all") == (n > 8)
    if n > 8:
        page.click("#hits-all")
        assert rows.count() >= min(n, 200)
        rows.nth(min(n, 200) - 1).scroll_into_view_if_needed()
        page.wait_for_selector(f"#hits-table tbody tr:nth-child({min(n, 400)})", state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    cells = page.locator("#matrix-table td button")
    assert cells.count() == min(n, 2500)
    assert shown(page, "#matrix-table td button") == (min(n, 2500) if width == 1440 else 0)
    chosen = cells.last if width == 1440 else rows.last.locator("a")
    names = chosen.get_attribute("data-receptor"), chosen.get_attribute("data-ligand")
    assert (names == (receptor, ligand)) == (n == 1)
    chosen.click()
    opened.wait_for_pair(*names)
    assert page.inner_text("#card h3") == f"{names[1]} on {names[0]}"
    assert opened.errors == []
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_panel_of_the_usual_size_is_seen_at_once(chromium, panels, scheme):
    opened = Watched(chromium, panels((12, 7)).file, color_scheme=scheme, models=False)
    if scheme == "dark":  # the test above has the light one
        assert serious_findings(opened.page) == []
    assert bottom(opened.page, "#matrix-table") < 1000
    sizes = opened.page.locator("#matrix-table td button").evaluate_all(
        "cells => cells.map((cell) => [cell.offsetWidth, cell.offsetHeight])"
    )
    assert min(min(size) for size in sizes) >= 24, "a finger or a shaking hand still hits it"
    opened.close()


@pytest.mark.parametrize("size", [(12, 7), (50, 50)], ids=["12x7", "50x50"])
def test_paper_has_the_whole_matrix_on_a_sane_number_of_pages(chromium, panels, size):
    opened = Watched(chromium, panels(size).file, models=False)
    page = opened.page
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= 12
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER_WIDTH, "height": 1017})
    assert cut_off(page) == []
    table = page.locator("#matrix-table").bounding_box()
    assert PAPER_WIDTH / 3 < table["width"] <= PAPER_WIDTH
    assert table["height"] < 1017, "on one page"
    opened.close()
