"""Docked or refined on the page: the switch, what is drawn and saved, the reasons, and the marks of clashes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from refined_run import refined_copy, withhold
from test_page_accessibility import open_all, serious_findings
from watched import DRAWN, SCHEMES, Watched

from crossdock.analysis.records import PairRecord
from crossdock.records import read_record
from crossdock.report.build import build
from crossdock.structures.structure import Structure, read_structure

pytestmark = [pytest.mark.browser, pytest.mark.measurement]
PAIR = Path("pairs/trypsin/CMTI-1")
DEEP = ("trypsin", "Im9")
REFINED = "#receptor=trypsin&ligand=CMTI-1&refined=yes"


@pytest.fixture(scope="module")
def refined_run(run_dir, tmp_path_factory) -> Path:
    """The small run, refined; the partners of one pair lie within each other."""
    run = refined_copy(run_dir, tmp_path_factory.mktemp("refined") / "results")
    return withhold(run, DEEP)


@pytest.fixture(scope="module")
def refined_page(refined_run, js_dir) -> Path:
    page = refined_run / "report.html"
    build(refined_run / "panel.json", refined_run, js_dir, page)
    return page


@pytest.fixture
def opened(chromium, refined_page):
    watched = Watched(chromium, refined_page, fragment=REFINED)
    yield watched
    watched.close()


def wait_for(opened, model: int, refined: str) -> None:
    for part in ("#viewer", "#pair"):
        wanted = f'{part}[data-drawn="true"][data-model="{model}"][data-refined="{refined}"]'
        opened.page.wait_for_selector(wanted, timeout=DRAWN)


def saved(opened, button: str) -> Path:
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    return Path(waiting.value.path())


def heavy(path: Path) -> Structure:
    whole = read_structure(path)
    return whole[whole.element != "H"]


def test_the_address_asks_for_the_refined_model_and_the_keyboard_changes_it(opened):
    """The refined model has the hydrogens at N of the residues that moved; the docked one has none."""
    wait_for(opened, 0, "yes")
    with_hydrogens = int(opened.facts("#viewer")["atoms"])
    assert opened.page.locator("#viewer").get_attribute("aria-label").startswith("3D view of the refined model 0")
    opened.page.focus('#refined input[value="refined"]')
    opened.page.keyboard.press("ArrowLeft")
    wait_for(opened, 0, "no")
    assert int(opened.facts("#viewer")["atoms"]) < with_hydrogens - 20
    assert "refined" not in parse_qs(urlsplit(opened.page.url).fragment)
    opened.page.keyboard.press("ArrowRight")
    wait_for(opened, 0, "yes")
    assert parse_qs(urlsplit(opened.page.url).fragment)["refined"] == ["yes"]
    assert opened.errors == []


def test_what_is_saved_is_the_refined_model_without_hydrogens(opened, refined_run):
    wait_for(opened, 0, "yes")
    expected = heavy(refined_run / PAIR / "refined/model_00.pdb")
    docked = read_structure(refined_run / PAIR / "models/model_00.pdb")
    with zipfile.ZipFile(saved(opened, "#pair-zip")) as archive:
        names = [name for name in archive.namelist() if "refined/" in name]
        assert names == ["trypsin_CMTI-1/refined/model_00.pdb"]
        archive.extract(names[0], refined_run)
    for path in (saved(opened, "#model-pdb"), refined_run / names[0]):
        copy = path.with_suffix(".pdb")
        copy.write_bytes(path.read_bytes())
        made = read_structure(copy)
        assert made.atom_name.tolist() == expected.atom_name.tolist()
        assert abs(made.coord - expected.coord).max() < 0.0015
        assert abs(made.coord - docked.coord).max() > 0.3
        assert "HYDROGENS ARE IN refined/model_00.pdb" in copy.read_text()
    rows = [line.split() for line in saved(opened, "#model-cif").read_text().splitlines() if line.startswith("ATOM")]
    assert [row[3] for row in rows] == expected.atom_name.tolist()
    places = [[float(value) for value in row[10:13]] for row in rows]
    assert abs(places - expected.coord).max() < 0.0015


def test_contacts_are_those_of_the_form_that_is_shown(opened, refined_run):
    wait_for(opened, 0, "yes")
    tables = {form: pd.read_csv(refined_run / PAIR / place) for form, place in
              (("yes", "refined/interface.csv"), ("no", "interface.csv"))}  # fmt: skip
    counts = {form: int((table["model"] == 0).sum()) for form, table in tables.items()}
    assert counts["yes"] != counts["no"]
    assert opened.page.locator("#interface-table tbody tr").count() == counts["yes"]
    opened.page.click("#interface-table tbody tr:first-child td:nth-child(3) button")
    assert opened.facts("#viewer")["labels"] == "2"
    opened.page.check('#refined input[value="docked"]')
    wait_for(opened, 0, "no")
    assert opened.page.locator("#interface-table tbody tr").count() == counts["no"]


def test_a_model_without_a_refined_form_says_why_and_the_choice_stays(opened):
    opened.page.evaluate("document.getElementById('models').open = true")
    for model, reason in ((1, "forces of 99 are left"), (2, "only the first 2 were")):
        opened.page.click(f"#models-table button >> text=Model {model}")
        wait_for(opened, model, "no")
        assert opened.page.is_disabled('#refined input[value="refined"]')
        assert opened.page.is_checked('#refined input[value="docked"]')
        assert reason in opened.page.inner_text("#refined-why")
    opened.page.click("#models-table button >> text=Model 0")
    wait_for(opened, 0, "yes")
    assert opened.page.is_visible("#refined-facts")


def test_what_refinement_did_is_said(opened):
    wait_for(opened, 0, "yes")
    text = opened.page.inner_text("#refined-facts")
    for part in (
        "7 docked, with the missing atoms that were added, and",
        "(overlaps of 0.4 Å and more in 1,000 atoms): 41.3 docked, 8.0 refined",
        "0.41 Å",
        "LYS A60",
        "DockQ",
        "1.00 docked, 0.97 refined",
        "−51 kcal/mol",
        "not an affinity",
    ):
        assert part in text
    opened.page.evaluate("document.getElementById('affinity').open = true")
    assert "the same equation predicts dG −9.7 ± 1.9 kcal/mol" in opened.page.inner_text("#affinity-summary")


def test_clashes_are_marked_and_lit(opened, refined_run):
    """As many rods as interface.csv counts overlaps."""
    record = read_record(refined_run / "pairs" / DEEP[0] / DEEP[1] / "pair.json", PairRecord, "crossdock analyse")
    opened.page.evaluate("crossdock.State.set({ receptor: 'trypsin', ligand: 'Im9', model: 1, refined: '' })")
    opened.wait_for_pair(*DEEP)
    wait_for(opened, 1, "no")
    n = record.models[1].overlaps
    assert n > 1
    assert opened.page.inner_text("#pair-clashes summary").startswith(f"{n} clashes")
    assert f"{n} clashes" in opened.page.inner_text("#pair-model option:checked")
    opened.page.check("#clashes")
    assert opened.facts("#viewer")["clashes"] == str(n)
    opened.page.uncheck("#clashes")
    assert opened.facts("#viewer")["clashes"] == "0"


def test_an_affinity_that_is_withheld_says_so_wherever_it_would_stand(opened):
    opened.page.evaluate(
        "crossdock.State.set({ receptor: 'trypsin', ligand: 'Im9', model: 0, metric: 'predicted_dg' })"
    )
    opened.wait_for_pair(*DEEP)
    opened.page.wait_for_selector('#pair[data-model="0"]')
    said = "withheld, too many clashes"
    cell = opened.page.locator('#matrix-table button[data-receptor="trypsin"][data-ligand="Im9"]')
    assert said in cell.get_attribute("aria-label")
    assert cell.inner_text() == "–"
    cell.hover()
    assert said in opened.page.inner_text("#matrix-pointed")
    opened.page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert said in opened.page.inner_text("#card")
    assert "no predicted dG" in opened.page.inner_text("#card .card-marks")
    assert "no predicted dG" in opened.page.inner_text('#hits tr[data-pair*="Im9"][data-pair*="rypsin"]')
    summary = opened.page.inner_text("#affinity-summary")
    assert "No dG is predicted for model 0" in summary
    assert "900" in summary
    assert "withheld" in opened.page.inner_text("#models-table tbody tr:first-child")
    assert opened.errors == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(chromium, refined_page, scheme, width):
    opened = Watched(chromium, refined_page, fragment=REFINED, color_scheme=scheme, width=width, models=False)
    opened.page.evaluate("crossdock.State.set({ refined: 'yes' })")
    open_all(opened.page)
    assert serious_findings(opened.page) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()
