"""What the page gives away for a paper: the methods as text and BibTeX, the table of scores, the interfaces."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from small_run import collected
from test_build import page_data
from test_page_matrix import grown
from watched import DRAWN, Watched

from crossdock.files import read_json
from crossdock.report.overview import scores_caption, scores_table
from crossdock.version import __version__

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

SIDES = ("receptor", "ligand")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def opened(chromium, page_file):
    watched = Watched(chromium, page_file, permissions=["clipboard-read", "clipboard-write"], models=False)
    yield watched
    assert watched.errors == []
    watched.close()


def changed(page_file: Path, folder: Path, change: Callable[[dict], None]) -> Path:
    """Write the page with other data."""
    data = page_data(page_file)
    change(data)
    text = page_file.read_text(encoding="utf-8")
    start, end = re.search(r'id="payload">(.*?)</script>', text, re.DOTALL).span(1)
    out = folder / "changed.html"
    out.write_text(text[:start] + json.dumps(data).replace("<", "\\u003c") + text[end:], encoding="utf-8")
    return out


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


def drawn(page, part: str, place: str) -> None:
    page.click(f"#{part} > summary")
    page.wait_for_selector(f'#{place}[data-drawn="true"]', timeout=DRAWN)


def texts(part) -> list[str]:
    return [text.text for text in part.iter(f"{SVG}text")]


def test_the_caption_of_the_table_says_what_bold_means(opened):
    opened.page.click("#figures-scores > summary")
    caption = copied(opened.page, "#scores-caption-copy", "text/plain")
    assert caption.startswith(
        "Docking scores of 2 ligands (rows) on 2 receptors (columns), in arbitrary units; lower is better."
    )
    assert "Bold: lowest score of each receptor; not a finding." in caption
    assert f"Docked with the local backend of crossdock {__version__}." in caption


def test_interfaces_are_those_of_each_receptors_first_pair_where_no_test_names_one(opened):
    page = opened.page
    assert page.locator("#interfaces svg").count() == 0
    drawn(page, "figures-interfaces", "interfaces")
    verdict = page.evaluate("crossdock.Data.verdict.pairs")
    assert verdict == []
    rows = page.locator("#hits-table tbody th a").all()
    listed = [(row.get_attribute("data-receptor"), row.get_attribute("data-ligand")) for row in rows]
    firsts = list({receptor: (receptor, ligand) for receptor, ligand in reversed(listed)}.values())
    labels = page.evaluate(
        "pairs => pairs.map(pair => pair.map(crossdock.Data.label))", sorted(firsts, key=listed.index)
    )
    root = ET.fromstring(downloaded(page, "#interfaces-svg"))
    panels = root.findall(f"{SVG}g")[:-1]
    assert [texts(panel)[:2] for panel in panels] == [
        [letter, f"{ligand} on {receptor}"] for letter, (receptor, ligand) in zip("AB", labels, strict=True)
    ]
    caption = page.inner_text("#interfaces-caption")
    assert "these are not findings" in caption
    assert root.find(f"{SVG}desc").text == caption
    assert caption not in texts(root)


def test_a_panel_has_the_contacts_and_numbers_of_the_first_model(opened, run_dir):
    page = opened.page
    drawn(page, "figures-interfaces", "interfaces")
    root = ET.fromstring(downloaded(page, "#interfaces-svg"))
    panel = next(panel for panel in root.findall(f"{SVG}g") if "CMTI-1 on Trypsin" in texts(panel))
    pair = run_dir / "pairs" / "trypsin" / "CMTI-1"
    model = read_json(pair / "pair.json")["models"][0]
    contacts = pd.read_csv(pair / "interface.csv", dtype=str).query("model == '0'")
    for side in SIDES:
        contacts[side] = [
            f"{residue.capitalize()} {number} {chain}"
            for residue, number, chain in contacts[[f"{side}_{what}" for what in ("residue", "number", "chain")]].values
        ]
    labels = {texts(group)[-1] for group in panel.findall(f"{SVG}g") if group.find(f"{SVG}rect[@rx]") is not None}
    among = contacts[contacts["receptor"].isin(labels) & contacts["ligand"].isin(labels)]
    assert len(panel.findall(f"{SVG}line")) == len(among)
    assert set(contacts[contacts["kind"] != "non-bonded"].index) <= set(among.index), "bonds are drawn first"
    for side in SIDES:
        of_side = set(contacts[side])
        assert len(of_side & labels) == min(24, len(of_side))
        assert len(of_side) <= 24 or f"and {len(of_side) - 24} more" in texts(panel)
    bonds, bridges = (model["contacts"][kind] for kind in ("hydrogen bond", "salt bridge"))
    area = round((model["buried_receptor_A2"] + model["buried_ligand_A2"]) / 2)
    words = " ".join(texts(panel))
    assert (
        f"{bonds} hydrogen bond{'s' if bonds != 1 else ''}, {bridges} salt bridge{'s' if bridges != 1 else ''}" in words
    )
    assert f"interface {area} Å²" in words


def test_pairs_that_a_test_names_are_drawn_in_their_place(chromium, page_file, tmp_path):
    file = changed(
        page_file,
        tmp_path,
        lambda data: data["verdict"].update(kind="stands-out", basis="noise", pairs=[["trypsin", "CMTI-1"]]),
    )
    opened = Watched(chromium, file, models=False)
    drawn(opened.page, "figures-interfaces", "interfaces")
    assert opened.page.get_attribute("#interfaces", "data-panels") == "1"
    root = ET.fromstring(downloaded(opened.page, "#interfaces-svg"))
    assert root.get("width") == "85.00mm"
    caption = opened.page.inner_text("#interfaces-caption")
    assert caption.startswith(
        "Predicted interface of a pair that stands out from noise: A, CMTI-1 on Trypsin (known complex 1PPE)."
    )
    drawn(opened.page, "figures-network", "network-figure")
    assert "outlined: stands out from noise" in opened.page.inner_text("#network-figure")
    assert opened.errors == []
    opened.close()


def boxes(page, place: str) -> list[dict[str, float]]:
    """Give where the words of a figure stand, and the figure itself, in its own coordinates."""
    return page.evaluate(
        """place => {
            const figure = document.querySelector(`#${place} svg`);
            const out = figure.getBoundingClientRect();
            const unit = figure.viewBox.baseVal.width / out.width;
            return [figure, ...figure.querySelectorAll("text")].map(part => {
                const box = part.getBoundingClientRect();
                return { text: part === figure ? "" : part.textContent, size: Number(part.getAttribute("font-size")),
                    left: (box.left - out.left) * unit, right: (box.right - out.left) * unit,
                    top: (box.top - out.top) * unit, bottom: (box.bottom - out.top) * unit };
            });
        }""",
        place,
    )


@pytest.mark.parametrize(
    ("ligands", "receptors"),
    [(12, 7), (50, 50), (120, 60)],
)
def test_figures_of_a_panel_are_legible_and_within_their_edges(chromium, page_file, tmp_path, ligands, receptors):
    file = grown(page_file, tmp_path / "grown.html", ligands, receptors)
    kept = [{"receptor": f"R{i % receptors}", "ligand": f"L{i}"} for i in range(ligands)]
    records = page_data(file)["pairs"]["records"]
    first = next(iter(records.values()))

    def linked(data):
        data["network"] = {"rule": "made up", "metric": "score", "edges": kept}
        data["pairs"]["records"] = {str(place): first for place in range(2 * receptors)}
        data["receptors"][1]["label"] = "a receptor whose name is longer than any journal would print in a figure of it"

    opened = Watched(chromium, changed(file, tmp_path, linked), models=False)
    page = opened.page
    for part, place in (("figures-interfaces", "interfaces"), ("figures-network", "network-figure")):
        drawn(page, part, place)
        figure, *words = boxes(page, place)
        root = ET.fromstring(downloaded(page, f"#{place}-svg"))
        assert root.get("width") == "180.00mm"
        assert float(root.get("height").removesuffix("mm")) <= 247, "a page of A4"
        points = 180 / 25.4 * 72 / float(root.get("viewBox").split()[2])
        assert min(word["size"] for word in words) * points >= 5.999
        assert min(word["left"] for word in words) >= 0
        assert max(word["right"] for word in words) <= figure["right"]
        assert max(word["bottom"] for word in words) <= figure["bottom"]
        for i, one in enumerate(words):
            for other in words[:i]:
                across = min(one["right"], other["right"]) - max(one["left"], other["left"])
                down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                assert across <= 0 or down <= 0.35 * min(one["size"], other["size"]), (one, other)
    assert page.get_attribute("#interfaces", "data-panels") == "6"
    assert page.get_attribute("#network-figure", "data-edges") == str(min(ligands, 88))
    caption = page.inner_text("#network-figure-caption")
    assert ("Drawn are the 88 best by Score of the 120 pairs that the rule keeps." in caption) == (ligands > 88)
    assert opened.errors == []
    opened.close()


def test_the_network_of_the_rule_is_drawn_whatever_is_shown_above(opened, run_dir):
    page = opened.page
    kept = collected(run_dir).network
    page.select_option("#network-edges", "all")
    drawn(page, "figures-network", "network-figure")
    assert page.get_attribute("#network-figure", "data-edges") == str(len(kept.edges))
    caption = copied(page, "#network-figure-caption-copy", "text/plain")
    assert caption.startswith(f"Ligand-receptor network: {len(kept.edges)} of 4 docked pairs of 2 ligands")
    assert f"Rule: {kept.rule}." in caption
    assert "does not show that two proteins bind" in caption


def test_captions_name_proteins_in_question(chromium, page_file, tmp_path):
    def doubted(data):
        data["receptors"][0]["questionable"] = "another protein is in the entry"

    opened = Watched(chromium, changed(page_file, tmp_path, doubted), models=False)
    drawn(opened.page, "figures-interfaces", "interfaces")
    caption = opened.page.inner_text("#interfaces-caption")
    assert "In question by the checks: Trypsin (another protein is in the entry)" in caption
    drawn(opened.page, "figures-network", "network-figure")
    assert "in question by the checks (Trypsin" in opened.page.inner_text("#network-figure-caption")
    opened.close()


def test_errors_stand_beside_scores_of_replicates(run_dir):
    data = collected(run_dir)
    assert "±" not in scores_caption(data, "it")
    data.pairs[0].uncertainty["score"] = 2.5
    data.panel["replicates"] = 3
    data.pairs[1].values.pop("score")
    caption = scores_caption(data, "it")
    assert "Means of 3 dockings of each pair ± standard error." in caption
    assert "–: no score." in caption
    assert any("± 2.5" in cell["text"] for row in scores_table(data) for cell in row["cells"])


def test_all_figures_as_one_archive_in_dark_too(chromium, page_file):
    opened = Watched(chromium, page_file, models=False, color_scheme="dark")
    with opened.page.expect_download() as waiting:
        opened.page.click("#figures-zip")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    drawings = ("interfaces", "network_figure")
    names = {
        "captions.txt",
        "scores.csv",
        "scores.html",
        *(f"{one}.{kind}" for one in drawings for kind in ("svg", "png")),
    }
    assert set(files) == {f"figures/{name}" for name in names}
    captions = files["figures/captions.txt"].decode()
    for one in drawings:
        root = ET.fromstring(files[f"figures/{one}.svg"])
        assert root.find(f"{SVG}rect").get("fill") == "#ffffff"
        assert root.find(f"{SVG}desc").text in captions
        picture = files[f"figures/{one}.png"]
        assert picture[37:41] == b"pHYs"
        assert zlib.crc32(picture[37:50]) == int.from_bytes(picture[50:54])
        per_metre, unit = int.from_bytes(picture[41:45]), picture[49]
        assert (per_metre, unit) == (round(384 / 0.0254), 1)
        millimetres = float(root.get("width").removesuffix("mm"))
        assert 1000 * int.from_bytes(picture[16:20]) / per_metre == pytest.approx(millimetres, abs=0.2)
    assert opened.errors == []
    opened.close()
