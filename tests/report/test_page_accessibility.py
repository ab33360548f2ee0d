"""The page by axe-core's rules, on a narrow screen, and on paper."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from watched import DRAWN, SCHEMES, Watched

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

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


def cut_off(page) -> list[str]:
    """Name what reaches beyond the right edge of the paper."""
    return page.evaluate(
        """width => [...document.querySelectorAll("table, svg, pre, p")]
            .filter(part => part.getBoundingClientRect().right > width + 1)
            .map(part => `${part.tagName} ${part.id} ${part.getBoundingClientRect().right}`)""",
        PAPER_WIDTH,
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme)
    open_all(opened.page)
    assert serious_findings(opened.page) == []
    opened.close()


FOCUSED = """() => {
    const one = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const part = one.closest("nav, #search, #verdict, .doubt, #matrix-table, #card, #hits-table, section");
    const { top, bottom } = one.getBoundingClientRect();
    return { id: one.id, part: part?.id || part?.className || part?.tagName, inView: bottom > 0 && top < innerHeight,
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
}"""


def test_the_skip_link_goes_to_the_matrix_or_where_there_is_none_to_the_card(chromium, page_file):
    for width, heading in ((1440, "matrix-title"), (390, "")):
        opened = Watched(chromium, page_file, width=width, models=False)
        opened.page.keyboard.press("Tab")
        link = opened.page.locator(".skip:focus")
        assert link.inner_text() == "Skip to the matrix"
        box = link.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        opened.page.keyboard.press("Enter")
        focused = opened.page.locator("#matrix :focus")
        assert focused.is_visible()
        assert focused.get_attribute("id") == (heading or None)
        opened.close()


def test_the_tab_key_goes_through_the_page_in_its_order_and_is_seen(flat):
    """Answer, matrix as one stop, card, table of pairs; what is in focus has an outline and is in view."""
    page, stops = flat.page, []
    page.keyboard.press("Tab")
    while not stops or stops[-1]["part"] != "pair":
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
        assert len(stops) < 120
    assert [stop for stop in stops if not (stop["outlined"] and stop["inView"])] == []
    parts = [stop["part"] for stop in stops]
    order = list(dict.fromkeys(parts))
    assert order == ["NAV", "search", "doubt", "matrix", "matrix-table", "card", "hits", "hits-table", "pair"]
    assert parts.count("matrix-table") == 1


def test_headings_are_in_order(flat):
    """One h1, one h2 a section, and no level left out."""
    levels = flat.page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(one, two) for one, two in pairwise(levels) if two > one + 1] == []
    counts = flat.page.locator("main > section").evaluate_all(
        "all => all.map((one) => one.querySelectorAll('h2').length)"
    )
    assert set(counts) == {1}


def test_screen_readers_hear_of_the_pair_that_is_chosen_once(flat):
    page = flat.page
    assert page.inner_text("#card-said") == ""
    for ligand in ("CMTI-1", "Im9"):
        page.click(f'#matrix-table button[data-receptor="colicin-E9"][data-ligand="{ligand}"]')
        flat.wait_for_pair("colicin-E9", ligand)
    names, standing = (page.inner_text(f"#card {part}") for part in ("h3", ".standing"))
    assert page.inner_text("#card-said") == f"{names}. {standing}"
    spoken = page.locator("[role=status], [aria-live=polite], [aria-live=assertive]").evaluate_all(
        "all => all.filter((one) => one.textContent.includes('Im9 on Colicin')).map((one) => one.id)"
    )
    assert spoken == ["card-said"]


def test_a_table_that_goes_on_fades_at_its_edge_until_its_end(chromium, page_file):
    opened = Watched(chromium, page_file, width=390, models=False)
    opened.page.click("#docked > summary")
    box = opened.page.locator(".panel-box")
    opened.page.wait_for_function("() => document.querySelector('.panel-box').classList.contains('goes-on')")
    assert "linear-gradient" in box.evaluate("box => getComputedStyle(box).maskImage")
    brief = opened.page.locator(".panel-box .brief").first
    assert brief.evaluate("words => getComputedStyle(words).whiteSpace") == "normal"
    box.evaluate("box => box.scrollTo(box.scrollWidth, box.scrollHeight)")
    opened.page.wait_for_function("() => !document.querySelector('.panel-box').classList.contains('goes-on')")
    assert box.evaluate("box => getComputedStyle(box).maskImage") == "none"
    assert opened.page.locator('.scroll.goes-on[aria-label="Settings of the docking"]').count() == 0, (
        "what fits has no fade"
    )
    opened.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_paper_has_whole_tables_on_a_reasonable_number_of_pages(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme, models=False)
    page = opened.page
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert 4 <= pages <= 10
    page.emulate_media(media="print", color_scheme=scheme)
    page.set_viewport_size({"width": PAPER_WIDTH, "height": 1017})
    assert cut_off(page) == []
    assert not page.is_visible("#methods-copy")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("#network-view"), "a canvas would keep the screen's size and colours"
    figure = page.locator("#network-paper svg").bounding_box()
    assert figure
    assert figure["width"] > PAPER_WIDTH / 3
    assert figure["x"] + figure["width"] <= PAPER_WIDTH
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)", "paper is white in both themes"
    opened.close()
