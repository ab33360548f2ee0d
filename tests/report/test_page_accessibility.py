"""The page by axe-core's rules, on a narrow screen, and on paper."""

from __future__ import annotations

import re

import pytest
from watched import DRAWN, Watched

pytestmark = pytest.mark.browser

#: A4 less the margins of print.css, in CSS pixels.
PAPER_WIDTH = round((210 - 2 * 14) / 25.4 * 96)


def open_all(page) -> None:
    """Open every part that can be folded, and wait for what is drawn then."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.wait_for_selector('#interfaces[data-drawn="true"]', timeout=DRAWN)


def serious_findings(page) -> list[str]:
    """Give what axe-core calls serious or critical."""
    sync = pytest.importorskip("axe_playwright_python.sync_playwright")
    response = sync.Axe().run(page).response
    assert "color-contrast" in {rule["id"] for rule in response["passes"]}
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in response["violations"]
        for node in rule["nodes"]
        if node["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme)
    open_all(opened.page)
    assert serious_findings(opened.page) == []
    opened.context.close()


def test_a_table_that_goes_on_fades_at_its_edge_until_its_end(chromium, page_file):
    opened = Watched(chromium, page_file, width=390, models=False)
    box = opened.page.locator(".panel-box")
    assert "linear-gradient" in box.evaluate("box => getComputedStyle(box).maskImage")
    brief = opened.page.locator(".panel-box .brief").first
    assert brief.evaluate("words => getComputedStyle(words).whiteSpace") == "normal"
    box.evaluate("box => box.scrollTo(box.scrollWidth, box.scrollHeight)")
    opened.page.wait_for_function("() => !document.querySelector('.panel-box').classList.contains('goes-on')")
    assert box.evaluate("box => getComputedStyle(box).maskImage") == "none"
    assert opened.page.locator('.scroll.goes-on[aria-label="Settings of the docking"]').count() == 0, (
        "what fits has no fade"
    )
    opened.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_has_whole_tables_on_a_reasonable_number_of_pages(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme, models=False)
    page = opened.page
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert 4 <= pages <= 10
    page.emulate_media(media="print", color_scheme=scheme)
    page.set_viewport_size({"width": PAPER_WIDTH, "height": 1017})
    cut = page.evaluate(
        """width => [...document.querySelectorAll("table, svg, pre, p")]
            .filter(part => part.getBoundingClientRect().right > width + 1)
            .map(part => `${part.tagName} ${part.id} ${part.getBoundingClientRect().right}`)""",
        PAPER_WIDTH,
    )
    assert cut == []
    assert not page.is_visible("#methods-copy")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("#network-view"), "a canvas would keep the screen's size and colours"
    figure = page.locator("#network-paper svg").bounding_box()
    assert figure
    assert figure["width"] > PAPER_WIDTH / 3
    assert figure["x"] + figure["width"] <= PAPER_WIDTH
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)", "paper is white in both themes"
    opened.context.close()
