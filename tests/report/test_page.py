"""The page in headless Chromium: drawn, usable, silent, and no request."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from test_build import HOSTILE
from watched import SCHEMES, Watched, colours, looked_at

from crossdock.files import read_json, write_json
from crossdock.remark import free_text
from crossdock.report.build import build

pytestmark = pytest.mark.browser


def test_matrix_network_and_model_are_drawn(watched, run_dir):
    atoms = sum(read_json(run_dir / "proteins" / name / "protein.json")["n_atoms"] for name in ("trypsin", "CMTI-1"))
    assert watched.facts("#matrix")["cells"] == "4"
    assert watched.facts("#network-view")["nodes"] == "4"
    assert watched.facts("#viewer")["atoms"] == str(atoms)
    assert colours(watched.page, "#viewer canvas") > 50
    assert colours(watched.page, "#network-view") > 5


def test_no_request_leaves_the_page_and_the_console_is_silent(watched):
    watched.page.select_option("#metric", "specificity")
    watched.page.select_option("#network-edges", "all")
    watched.page.click('#matrix-table button[data-receptor="trypsin"][data-ligand="Im9"]')
    watched.wait_for_pair("trypsin", "Im9")
    assert [url for url in watched.requests if url.split(":")[0] not in ("file", "data", "blob")] == []
    assert watched.errors == []


def test_policy_stops_what_the_page_does_not_ask_for_itself(flat):
    outcome = flat.page.evaluate("fetch('https://example.org/').then(() => 'went out', () => 'stopped')")
    assert outcome == "stopped"


def test_click_on_a_cell_changes_the_pair_and_the_address(flat):
    flat.page.click('#matrix-table button[data-receptor="colicin-E9"][data-ligand="Im9"]')
    flat.wait_for_pair("colicin-E9", "Im9")
    assert flat.page.input_value("#pair-receptor") == "colicin-E9"
    assert flat.page.input_value("#pair-ligand") == "Im9"
    assert "receptor=colicin-E9" in flat.page.url
    assert flat.page.locator('#matrix-table [aria-pressed="true"]').count() == 1


def test_address_restores_the_view(chromium, page_file):
    opened = Watched(chromium, page_file, fragment="#receptor=trypsin&ligand=Im9&model=1&metric=cluster_size")
    assert opened.facts("#viewer")["pair"] == "trypsin Im9"
    assert opened.facts("#viewer")["model"] == "1"
    assert opened.facts("#matrix")["metric"] == "cluster_size"
    opened.close()


def test_metric_switch_shows_its_numbers(flat):
    cell = flat.page.locator('#matrix-table button[data-receptor="trypsin"][data-ligand="CMTI-1"]')
    flat.page.select_option("#metric", "cluster_size")
    assert cell.inner_text() == "80"
    cell.focus()
    assert flat.page.inner_text("#matrix-pointed") == "CMTI-1 on Trypsin: 80 poses"


def test_sorting_by_a_receptor_and_back(flat):
    first = "#matrix-table tbody tr:first-child th"
    flat.page.click("#matrix-table thead button >> text=Colicin")
    assert flat.page.inner_text(first) == "Im9"
    flat.page.select_option("#matrix-order", "config")
    assert flat.page.inner_text(first) == "CMTI-1"


def test_table_download(flat):
    with flat.page.expect_download() as waiting:
        flat.page.click("#matrix-csv")
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert lines[0] == "ligand,trypsin,colicin-E9"
    assert len(lines) == 3


def test_keyboard_reaches_a_cell_and_chooses_it(flat):
    flat.page.focus('#matrix-table button[data-receptor="trypsin"][data-ligand="Im9"]')
    flat.page.keyboard.press("Enter")
    flat.wait_for_pair("trypsin", "Im9")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_width_or_theme_scrolls_sideways(chromium, page_file, width, scheme):
    looked_at(chromium, page_file, "small", width, scheme)


def test_hostile_names_are_shown_as_text(chromium, run_dir, js_dir, tmp_path):
    run = Path(shutil.copytree(run_dir, tmp_path / "results"))
    panel = read_json(run / "panel.json")
    protein = read_json(run / "proteins" / "trypsin" / "protein.json")
    panel["title"] = panel["receptors"][0]["label"] = HOSTILE
    panel["ligands"][0]["label"] = "受体" * 40 + '"quoted"'
    protein.update(label=HOSTILE, title=HOSTILE, remarks=[free_text(HOSTILE).to_record()])
    write_json(run / "panel.json", panel)
    write_json(run / "proteins" / "trypsin" / "protein.json", protein)
    build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", width=390, models=False)
    assert opened.page.evaluate("window.owned") is None
    assert opened.page.inner_text("h1") == HOSTILE
    assert HOSTILE in opened.page.inner_text("#matrix-table thead")
    assert HOSTILE in opened.page.inner_text("#proteins")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.errors == []
    opened.close()


@pytest.mark.measurement
def test_ties_within_the_noise_are_marked(chromium, run_dir, js_dir, tmp_path):
    """A ligand that the search's noise does not tell from its receptor's best is underlined, and named for readers."""
    run = Path(shutil.copytree(run_dir, tmp_path / "results"))
    ranks = pd.read_csv(run / "ranks.csv")
    ranks["within_noise_of_first"] = ["yes" if receptor == "trypsin" else "no" for receptor in ranks["receptor"]]
    ranks["rank_low"], ranks["rank_high"] = 1, 2
    ranks.to_csv(run / "ranks.csv", index=False)
    build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", fragment="#metric=specificity", models=False)
    tied = opened.page.locator("#matrix-table button.tied")
    assert tied.count() == 2
    assert {tied.nth(i).get_attribute("data-receptor") for i in range(2)} == {"trypsin"}
    assert "within noise of the first" in tied.first.get_attribute("aria-label")
    assert "within noise of the first" in opened.page.inner_text("#matrix-legend")
    tied.nth(1).click()
    opened.wait_for_pair("trypsin", tied.nth(1).get_attribute("data-ligand"))
    assert "1 to 2 in 95 %" in opened.page.inner_text("#card .few")
    opened.page.select_option("#metric", "score")
    assert opened.page.locator("#matrix-table button.tied").count() == 0
    assert opened.errors == []
    opened.close()


def test_the_shown_pair_keeps_its_model_where_it_is_chosen_again(flat):
    page = flat.page
    page.select_option("#pair-model", "1")
    page.click("#card > a")
    assert page.input_value("#pair-model") == "1"
    assert "model=1" in page.url


def test_a_link_without_a_threshold_forgets_the_last_one(chromium, page_file):
    opened = Watched(chromium, page_file, fragment="#edges=threshold&netmetric=score&threshold=-9999", models=False)
    opened.page.evaluate("location.hash = '#edges=threshold'")
    opened.page.wait_for_function("() => document.getElementById('network-metric').value === 'specificity'")
    assert "9999" not in opened.page.inner_text("#network-value")
    opened.close()


@pytest.mark.measurement
def test_small_shares_keep_two_figures(chromium, run_dir, js_dir, tmp_path):
    results = shutil.copytree(run_dir, tmp_path / "results")
    scores = pd.read_csv(results / "scores.csv", na_filter=False)
    q = scores[scores["metric"] == "score"].assign(
        metric="q_value", unit="", value=[0.0012, 0.5, 1, 0.9], uncertainty=""
    )
    pd.concat([scores[scores["metric"] != "q_value"], q]).to_csv(results / "scores.csv", index=False)
    build(results / "panel.json", results, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", fragment="#metric=q_value", models=False)
    texts = opened.page.locator("#matrix-table tbody button[data-ligand]").all_inner_texts()
    assert "0.0012" in texts
    assert "0.5000" in texts, "one number of decimals for a whole table"
    opened.close()


def test_made_up_scores_are_named_in_every_file(chromium, run_dir, js_dir, tmp_path):
    results = shutil.copytree(run_dir, tmp_path / "results")
    for path in results.glob("pairs/*/*/docking.json"):
        write_json(path, read_json(path) | {"synthetic": True})
    build(results / "panel.json", results, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", models=False)
    for button, first in (
        ("#matrix-csv", "ligand (SYNTHETIC)"),
        ("#model-pdb", "REMARK  99 SYNTHETIC, no docking was done"),
    ):
        with opened.page.expect_download() as waiting:
            opened.page.click(button)
        assert waiting.value.suggested_filename.startswith("SYNTHETIC_")
        assert Path(waiting.value.path()).read_text().startswith(first)
    opened.close()
