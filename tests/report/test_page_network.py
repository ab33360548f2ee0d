"""The network section: what is drawn, where it stays, and what can be taken away."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from small_run import collected
from test_page_matrix import grown
from watched import COUNT_FRAMES, SCHEMES, Watched

from crossdock.files import read_json
from crossdock.report import build
from crossdock.report.run_data import Edge, Network

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
#: cytoscape leaves its graph with its element.
GRAPH = "document.getElementById('network-view')._cyreg.cy"


def values(run_dir: Path, metric: str) -> dict[tuple[str, str], float]:
    scores = pd.read_csv(run_dir / "scores.csv")
    rows = scores[scores["metric"] == metric]
    return {(row.receptor, row.ligand): row.value for row in rows.itertuples()}


def edges(page) -> set[tuple[str, str]]:
    found = page.evaluate(f"{GRAPH}.edges().map((edge) => [edge.data('receptor'), edge.data('ligand')])")
    return {tuple(pair) for pair in found}


def positions(page) -> dict[str, tuple[float, float]]:
    found = page.evaluate(f"{GRAPH}.nodes().map((node) => [node.id(), node.position('x'), node.position('y')])")
    return {name: (x, y) for name, x, y in found}


def on_screen(page, selector: str, point: str) -> tuple[float, float]:
    """Give where a part of the drawing is in the window."""
    page.locator("#network-view").scroll_into_view_if_needed()
    box = page.locator("#network-view").bounding_box()
    at = page.evaluate(
        f"(selector) => {{ const at = {GRAPH}.elements(selector)[0].{point}(); return [at.x, at.y]; }}", selector
    )
    return box["x"] + at[0], box["y"] + at[1]


def taken(page, button: str) -> bytes:
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path()).read_bytes()


def test_the_rule_decides_at_first(flat, run_dir):
    kept = {(edge.receptor, edge.ligand) for edge in collected(run_dir).network.edges}
    assert len(kept) < 4
    assert edges(flat.page) == kept
    assert flat.page.input_value("#network-metric") == "specificity"  # the rule's own
    assert flat.page.inner_text("#network-count") == f"{len(kept)} of 4 pairs are drawn."
    assert flat.page.locator("#network-threshold").is_hidden()
    flat.page.select_option("#network-edges", "all")
    assert len(edges(flat.page)) == 4


@pytest.mark.measurement
def test_frames_are_asked_for_only_while_something_changes(watched):
    page = watched.page
    page.evaluate(COUNT_FRAMES)
    watched.wait_for_rest()
    before = page.locator("#network-view").screenshot()
    page.select_option("#network-edges", "all")
    assert page.evaluate("asked.frames") > 0
    watched.wait_for_rest()
    all_edges = page.locator("#network-view").screenshot()
    assert all_edges != before, "the drawing follows after a rest"
    page.mouse.move(*on_screen(page, "node", "renderedPosition"))
    page.locator("#network-tip").wait_for()
    watched.wait_for_rest()
    page.locator("#network-tip").evaluate("tip => { tip.style.visibility = 'hidden'; }")
    assert page.locator("#network-view").screenshot() != all_edges, "what is pointed at is marked"
    assert watched.errors == []


@pytest.mark.measurement
@pytest.mark.parametrize(("metric", "start"), [("predicted_dg", "at most −"), ("interface_contacts", "at least ")])
def test_each_step_of_the_slider_keeps_the_next_best(flat, run_dir, metric, start):
    known = {pair: value for pair, value in values(run_dir, metric).items() if pd.notna(value)}
    order = sorted(set(known.values()), reverse=metric == "interface_contacts")
    assert len(order) > 2
    page = flat.page
    page.select_option("#network-metric", metric)
    page.select_option("#network-edges", "threshold")
    assert int(page.get_attribute("#network-threshold", "max")) == len(order) - 1
    page.focus("#network-threshold")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    for i, limit in enumerate(order):
        wanted = {pair for pair, value in known.items() if value in order[: i + 1]}
        assert edges(page) == wanted
        assert f"{len(wanted)} of 4 pairs" in page.get_attribute("#network-threshold", "aria-valuetext")
        assert page.inner_text("#network-value") == page.get_attribute("#network-threshold", "aria-valuetext")
        page.wait_for_timeout(400)  # the address waits for the slider to rest
        assert f"threshold={limit:.15g}" in page.url
        page.keyboard.press("ArrowRight")
    assert page.inner_text("#network-value").startswith(start)
    assert flat.errors == []


def test_address_restores_edges_metric_and_threshold(chromium, page_file, run_dir):
    known = values(run_dir, "interface_area")
    best = max(known, key=known.get)
    fragment = f"#edges=threshold&netmetric=interface_area&threshold={known[best] - 1e-9}"
    opened = Watched(chromium, page_file, fragment=fragment, models=False)
    assert edges(opened.page) == {best}
    assert opened.page.input_value("#network-edges") == "threshold"
    assert opened.page.input_value("#network-metric") == "interface_area"
    opened.page.select_option("#network-edges", "all")
    assert "edges=all" in opened.page.url
    assert "null" not in opened.page.url
    opened.close()


@pytest.mark.measurement
def test_another_metric_forgets_the_threshold_of_the_last_one(chromium, page_file):
    opened = Watched(chromium, page_file, fragment="#edges=threshold&netmetric=score&threshold=-9999", models=False)
    assert edges(opened.page) == set()
    opened.page.select_option("#network-metric", "specificity")
    assert "threshold=-9999" not in opened.page.url
    # As many as the rule keeps; more where values are equal.
    assert len(edges(opened.page)) >= 2
    opened.close()


@pytest.mark.measurement
def test_nodes_stay_until_the_layout_is_reset(flat):
    page = flat.page
    at_first = positions(page)
    x, y = on_screen(page, 'node[name = "trypsin"]', "renderedPosition")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 20, steps=4)
    page.mouse.up()
    moved = positions(page)
    assert moved["receptor:trypsin"] == pytest.approx(
        (at_first["receptor:trypsin"][0] - 60, at_first["receptor:trypsin"][1] + 20), abs=3
    )
    assert {name for name in moved if moved[name] != at_first[name]} == {"receptor:trypsin"}
    page.select_option("#network-edges", "threshold")
    page.select_option("#network-metric", "score")
    page.focus("#network-threshold")
    page.keyboard.press("Home")
    page.select_option("#network-size", "n_residues")
    assert positions(page) == moved
    page.set_viewport_size({"width": 900, "height": 900})
    page.wait_for_timeout(300)
    assert positions(page) == moved
    page.click("#network-reset")
    assert positions(page)["receptor:trypsin"][0] == positions(page)["receptor:colicin-E9"][0]


@pytest.mark.measurement
def test_layouts_differ_and_come_out_the_same_each_time(flat):
    page = flat.page
    drawn = {}
    for layout in ("force", "circle", "columns", "force"):
        page.select_option("#network-layout", layout)
        assert drawn.get(layout) in (None, positions(page))
        drawn[layout] = positions(page)
        assert len(set(drawn[layout].values())) == 4
    assert len({tuple(places.values()) for places in drawn.values()}) == 3


def test_a_doubtful_protein_is_marked_and_explained(flat):
    marked = flat.page.evaluate(
        f"{GRAPH}.nodes().filter((n) => n.style('border-style') === 'dashed').map((n) => n.data('name'))"
    )
    assert marked == ["colicin-E9"]
    flat.page.select_option("#network-edges", "all")
    dashed = flat.page.evaluate(
        f"{GRAPH}.edges().filter((e) => e.style('line-style') === 'dashed').map((e) => e.data('receptor'))"
    )
    assert dashed == ["colicin-E9"] * 2
    drawing = ET.fromstring(taken(flat.page, "#network-svg"))
    lines = drawing.find(f"{SVG}g").findall(f".//{SVG}line")
    assert [bool(line.get("stroke-dasharray")) for line in lines].count(True) == 2
    assert "dashed" in flat.page.inner_text("#network-doubt")
    flat.page.mouse.move(*on_screen(flat.page, 'node[name = "colicin-E9"]', "renderedPosition"))
    flat.page.wait_for_selector("#network-tip:not([hidden])")
    assert "a part of it" in flat.page.inner_text("#network-tip")


@pytest.mark.measurement
def test_size_of_a_node_says_edges_or_residues(flat, run_dir):
    size = f"Object.fromEntries({GRAPH}.nodes().map((node) => [node.data('name'), node.data('size')]))"
    flat.page.select_option("#network-size", "n_residues")
    sizes = flat.page.evaluate(size)
    residues = {name: read_json(run_dir / "proteins" / name / "protein.json")["n_residues"] for name in sizes}
    assert sorted(sizes, key=sizes.get) == sorted(residues, key=residues.get)
    flat.page.select_option("#network-size", "edges")
    flat.page.select_option("#network-edges", "all")
    assert len(set(flat.page.evaluate(size).values())) == 1


@pytest.mark.measurement
def test_nodes_of_a_long_column_do_not_overlap(chromium, page_file, tmp_path):
    opened = Watched(chromium, grown(page_file, tmp_path / "grown.html", 50, 40), fragment="#edges=all", models=False)
    nodes = opened.page.evaluate(
        f"{GRAPH}.nodes().map((node) => [node.data('role'), node.position('y'), node.data('size')])"
    )
    for role, count in (("ligand", 50), ("receptor", 40)):
        column = sorted((y, size) for own, y, size in nodes if own == role)
        assert len(column) == count
        gaps = [lower - upper - (one + other) / 2 for (upper, one), (lower, other) in pairwise(column)]
        assert min(gaps) > 0
    opened.close()


@pytest.mark.measurement
def test_pointing_at_an_edge_says_its_pair_and_number(flat):
    page = flat.page
    page.select_option("#network-metric", "score")
    page.mouse.move(*on_screen(page, 'edge[receptor = "trypsin"][ligand = "CMTI-1"]', "renderedMidpoint"))
    page.wait_for_selector("#network-tip:not([hidden])")
    assert page.inner_text("#network-tip").startswith("CMTI-1 on Trypsin: Score −")
    assert "a.u., known complex 1PPE" in page.inner_text("#network-tip")
    page.mouse.move(5, 5)
    page.wait_for_selector("#network-tip", state="hidden")


def test_click_on_an_edge_chooses_its_pair(flat):
    page = flat.page
    page.select_option("#network-edges", "all")
    page.mouse.move(*on_screen(page, "node", "renderedPosition"))
    # The drawing moves and nobody scrolls.
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'; document.body.style.paddingTop = '150px'")
    page.mouse.move(5, 5)
    # Where the lines of this drawing do not cross.
    x, y = on_screen(page, 'edge[receptor = "colicin-E9"][ligand = "Im9"]', "renderedMidpoint")
    page.mouse.click(x, y)
    flat.wait_for_pair("colicin-E9", "Im9")
    assert page.inner_text("#network-chosen").startswith("Chosen: Im9 on Colicin E9 DNase: Specificity")


def test_the_list_opens_pairs_without_a_mouse(flat, run_dir):
    page = flat.page
    page.select_option("#network-edges", "all")
    page.select_option("#network-metric", "score")
    page.focus("#network-list summary")
    page.keyboard.press("Enter")
    buttons = page.locator("#network-items button")
    known = values(run_dir, "score")
    labels = {
        protein["name"]: protein["label"]
        for role in ("receptors", "ligands")
        for protein in read_json(run_dir / "panel.json")[role]
    }
    buttons.nth(len(known) - 1).wait_for()  # the list is filled when it has opened
    wanted = [f"{labels[ligand]} on {labels[receptor]}: Score" for receptor, ligand in sorted(known, key=known.get)]
    assert [text[: len(start)] for text, start in zip(buttons.all_inner_texts(), wanted, strict=True)] == wanted
    buttons.nth(3).focus()
    assert page.inner_text("#network-tip") == buttons.nth(3).inner_text()
    page.keyboard.press("Enter")
    flat.wait_for_pair(*sorted(known, key=known.get)[3])
    assert page.evaluate("document.activeElement.id") == "pair-title"


def test_graphml_holds_what_is_drawn_with_every_number(flat, run_dir):
    flat.page.select_option("#network-metric", "score")
    flat.page.select_option("#network-edges", "threshold")
    drawn = edges(flat.page)
    graph = nx.read_graphml(io.BytesIO(taken(flat.page, "#network-graphml")))
    assert {(u, v) for u, v in graph.edges} <= {(f"ligand:{p}", f"receptor:{r}") for r, p in drawn}
    assert graph.number_of_edges() == len(drawn)
    node = graph.nodes["receptor:colicin-E9"]
    assert (node["name"], node["label"], node["role"], node["verdict"]) == (
        "colicin-E9",
        "Colicin E9 DNase",
        "receptor",
        "fragment",
    )
    scores = pd.read_csv(run_dir / "scores.csv").dropna(subset="value")
    for receptor, ligand in drawn:
        edge = graph.edges[f"ligand:{ligand}", f"receptor:{receptor}"]
        for row in scores[(scores["receptor"] == receptor) & (scores["ligand"] == ligand)].itertuples():
            assert type(edge[row.metric]) is float
            assert edge[row.metric] == pytest.approx(row.value)
        assert "predicted_dg_error" in edge  # never without it
    assert "Score" in graph.graph["drawn"]


def test_table_of_the_drawn_edges_is_the_runs_own_numbers(flat, run_dir):
    rows = list(csv.DictReader(io.StringIO(taken(flat.page, "#network-csv").decode())))
    assert {(row["receptor"], row["ligand"]) for row in rows} == edges(flat.page)
    known = values(run_dir, "score")
    for row in rows:
        assert float(row["score (arbitrary units)"]) == pytest.approx(known[row["receptor"], row["ligand"]])
        assert row["kept_by_rule"] == "yes"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_figure_shows_the_drawing_on_white_with_its_legend(chromium, page_file, scheme):
    opened = Watched(chromium, page_file, color_scheme=scheme, models=False)
    page = opened.page
    page.select_option("#network-layout", "circle")
    drawing = ET.fromstring(taken(page, "#network-svg"))
    width, height = float(drawing.get("width")), float(drawing.get("height"))
    ground = drawing.find(f"{SVG}rect")
    assert (ground.get("fill"), float(ground.get("width"))) == ("#ffffff", width)
    shift = drawing.find(f"{SVG}g")
    assert len(shift.findall(f".//{SVG}line")) == len(edges(page))
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert {"Trypsin", "Colicin E9 DNase", "CMTI-1", "Im9"} <= set(texts)
    assert any(text.startswith("Rule: ") for text in texts)
    assert any(text.startswith("dashed") for text in texts)
    # Nothing is cut off: the browser's own boxes of all texts lie within the page.
    outside = page.evaluate(
        """(source) => {
            const made = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
            document.body.append(made);
            const page = made.getBoundingClientRect();
            const texts = [...made.querySelectorAll("text, circle, rect, line")].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.left < page.left - 1 || box.right > page.right + 1
                    || box.top < page.top - 1 || box.bottom > page.bottom + 1;
            });
            made.remove();
            return texts.map((text) => text.outerHTML);
        }""",
        ET.tostring(drawing, encoding="unicode"),
    )
    assert outside == []
    picture = taken(page, "#network-png")
    assert picture.startswith(b"\x89PNG")
    # Four pixels for each of the drawing's own.
    assert int.from_bytes(picture[16:20]) == pytest.approx(4 * width, abs=4)
    assert int.from_bytes(picture[20:24]) == pytest.approx(4 * height, abs=4)
    assert opened.errors == []
    opened.close()


@pytest.mark.measurement
def test_section_fits_a_telephone(chromium, page_file):
    opened = Watched(chromium, page_file, width=390, fragment="#edges=threshold", models=False)
    opened.page.click("#network-list summary")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.close()


@pytest.fixture(scope="module")
def large_page(run_dir, js_dir, tmp_path_factory) -> Path:
    """The page of 40 x 30 proteins with made-up scores; only the first pair has models."""
    data = collected(run_dir)
    first = data.pairs[0]
    sides = {
        role: [{**data.panel[f"{role}s"][0], "name": f"{role}{i}", "label": f"{role} {i}"} for i in range(n)]
        for role, n in (("receptor", 30), ("ligand", 40))
    }
    proteins: dict = {}
    for role, members in sides.items():
        data.panel[f"{role}s"] = members
        proteins |= {member["name"]: data.proteins[first.partner(role)] for member in members}
        data.structures |= {members[0]["name"]: data.structures[first.partner(role)]}
    data.hotspots = {receptor["name"]: data.hotspots[first.receptor] for receptor in sides["receptor"]}
    data.proteins = proteins
    # The same two proteins under other names.
    data.pieces = {
        member["name"]: data.pieces[first.partner(role)] for role, members in sides.items() for member in members
    }
    # The best 500 pairs by score are those of the first 17 ligands.
    data.pairs = [
        replace(first, receptor=f"receptor{j}", ligand=f"ligand{i}", known=None, values={"score": -2000.0 + 30 * i + j})
        for i in range(40)
        for j in range(30)
    ]
    for pair in data.pairs[1:]:
        pair.detail = ""
    data.metrics = [metric for metric in data.metrics if metric.name == "score"]
    data.panel["known"] = []
    data.network = Network("all", "score", [Edge(pair.receptor, pair.ligand) for pair in data.pairs])
    out = tmp_path_factory.mktemp("large") / "report.html"
    out.write_text(build.render(data, build._libraries(js_dir)), encoding="utf-8")
    return out


@pytest.mark.measurement
def test_of_a_large_panel_the_best_pairs_are_drawn(chromium, large_page):
    opened = Watched(chromium, large_page, fragment="#receptor=receptor0&ligand=ligand0&edges=all", models=False)
    page = opened.page
    facts = opened.facts("#network-view")
    assert (facts["edges"], facts["nodes"]) == ("500", str(17 + 30))
    assert page.inner_text("#network-count") == (
        "The first 500 of 1\u202f200 pairs by Score are drawn. 23 proteins without an edge are left out."
    )
    assert edges(page) == {(f"receptor{k % 30}", f"ligand{k // 30}") for k in range(500)}
    page.select_option("#network-edges", "threshold")
    page.focus("#network-threshold")
    page.keyboard.press("Home")
    assert opened.facts("#network-view")["nodes"] == "2"
    stood = positions(page)
    page.keyboard.press("End")
    assert len(edges(page)) == 500
    # Who comes back stands where it stood, and nobody on another's place.
    again = positions(page)
    assert stood.items() <= again.items()
    assert len(set(again.values())) == len(again)
    opened.close()


@pytest.mark.measurement
def test_proteins_that_were_never_drawn_get_a_place_of_their_own(chromium, large_page):
    fragment = "#receptor=receptor0&ligand=ligand0&edges=threshold&netmetric=score&threshold=-1999"
    opened = Watched(chromium, large_page, fragment=fragment, models=False)
    page = opened.page
    stood = positions(page)
    assert len(stood) == 3
    page.select_option("#network-edges", "all")
    now = positions(page)
    assert stood.items() <= now.items()
    assert len(set(now.values())) == len(now) == 47
    opened.close()
