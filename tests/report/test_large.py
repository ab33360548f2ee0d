"""A panel of more pairs than the page holds models of: which those are, how large it is, what it says of the others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from made_panel import made_scores, numbered, write_panel
from msgspec import to_builtins
from test_build import page_data
from watched import DRAWN, Watched

from crossdock.analysis.records import ChanceRecord
from crossdock.report import payload
from crossdock.report.build import _libraries, render
from crossdock.report.payload import collect

#: Receptors, ligands, and in place of 400 the pairs whose models a page holds.
N, HELD = 9, 50
RECEPTORS, LIGANDS = (numbered(letter, N) for letter in "RL")
#: The known pair, which scores worst of all, and a ligand that scores as its receptors' averages say.
KNOWN, PLAIN = (RECEPTORS[2], LIGANDS[3]), LIGANDS[-2]


@pytest.fixture(autouse=True, scope="module")
def _pages_hold_few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "MOST_SHOWN", HELD)
        yield


@pytest.fixture(scope="module")
def large_run(run_dir, tmp_path_factory) -> Path:
    """The small run's first receptor, ligand and pair under nine names each, with made-up scores."""
    scores = made_scores(N, N)
    scores[LIGANDS.index(PLAIN)] = scores.mean(axis=0)
    scores[LIGANDS.index(KNOWN[1]), RECEPTORS.index(KNOWN[0])] = 100.0
    return write_panel(tmp_path_factory.mktemp("large") / "results", run_dir, scores, known=KNOWN)


@pytest.fixture(scope="module")
def collected(large_run):
    return collect(large_run / "panel.json", large_run)


@pytest.fixture(scope="module")
def few(large_run):
    """The same of a page that holds few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "MOST_SHOWN", 2 * N)
        return collect(large_run / "panel.json", large_run)


@pytest.fixture(scope="module")
def large_page(large_run, collected, js_dir) -> Path:
    out = large_run / "report.html"
    out.write_text(render(collected, _libraries(js_dir), made=datetime.now(UTC)), encoding="utf-8")
    return out


def held(pairs: list[dict]) -> set[tuple[str, str]]:
    return {(pair.receptor, pair.ligand) for pair in pairs if pair.detail}


def matrix(run: Path, metric: str) -> pd.Series:
    """A metric's values by (receptor, ligand), from scores.csv."""
    table = pd.read_csv(run / "scores.csv")
    return table[table["metric"] == metric].set_index(["receptor", "ligand"])["value"]


@pytest.mark.measurement
def test_the_page_holds_the_best_pairs_the_known_and_each_receptors_best(large_run, collected):
    own, specificity = held(collected.pairs), matrix(large_run, "specificity")
    assert len(own) == HELD
    assert KNOWN in own
    assert specificity[KNOWN] == specificity.max()
    for metric in ("specificity", "score"):
        assert set(matrix(large_run, metric).groupby("receptor").idxmin()) < own
    # Those that are there for no other reason are better than all that are not.
    assert set(specificity.nsmallest(HELD - 2 * N - 1).index) < own


@pytest.mark.measurement
def test_a_pair_that_stands_out_from_noise_is_held_whatever_its_other_numbers(few, monkeypatch):
    monkeypatch.setattr(payload, "MOST_SHOWN", 2 * N)
    pairs = few.pairs
    left = next(pair.names for pair in reversed(pairs) if not pair.detail)
    chance = ChanceRecord(-3.0, -13.0, -13.3, ((*left, -20.0),))
    with_it, without = (replace(few.statistics, chance=one) for one in (chance, None))
    assert left in {pair.names for pair in payload._shown(pairs, with_it)}
    assert left not in {pair.names for pair in payload._shown(pairs, without)}


@pytest.mark.measurement
def test_with_controls_pairs_are_kept_by_q(large_run, monkeypatch):
    monkeypatch.setattr(payload, "MOST_SHOWN", 4 * N)
    fill = payload._fill_values

    def with_q(pairs, *others):
        metrics = fill(pairs, *others)
        for place, pair in enumerate(pairs):
            pair.values["q_value"] = 0.01 if place >= len(pairs) - N else 0.9
        return metrics

    monkeypatch.setattr(payload, "_fill_values", with_q)
    pairs = collect(large_run / "panel.json", large_run).pairs
    assert {(pair.receptor, pair.ligand) for pair in pairs[-N:]} < held(pairs)


@pytest.mark.measurement
def test_structures_are_those_of_proteins_that_a_pair_on_the_page_needs(few):
    needed = {name for pair in held(few.pairs) for name in pair}
    assert set(few.structures) == needed
    assert PLAIN not in needed
    assert set(RECEPTORS) < needed  # their hot spots are shown in 3D


@pytest.mark.measurement
def test_numbers_of_a_pair_take_little_room(large_page):
    pairs = page_data(large_page)["pairs"]
    assert len(pairs["records"]) == HELD
    numbers = {key: pairs[key] for key in ("values", "uncertainty", "standing")}
    assert len(json.dumps(numbers)) < 300 * N * N  # 15 MB at 50,000 pairs


@pytest.fixture
def opened(chromium, large_page):
    watched = Watched(chromium, large_page)
    yield watched
    watched.close()


def choose(watched: Watched, receptor: str, ligand: str) -> None:
    watched.page.click(f'#matrix-table button[data-receptor="{receptor}"][data-ligand="{ligand}"]')


def left_out(run: Path) -> tuple[str, str]:
    specificity = matrix(run, "specificity")
    return next(pair for pair in specificity.sort_values(ascending=False).index if pair != KNOWN)


@pytest.mark.measurement
@pytest.mark.browser
def test_a_pair_without_models_says_where_they_are(opened, large_run):
    receptor, ligand = left_out(large_run)
    assert opened.facts("#matrix")["cells"] == str(N * N)
    choose(opened, receptor, ligand)
    opened.page.wait_for_selector(f'#pair[data-receptor="{receptor}"][data-ligand="{ligand}"]')
    folder = f"results/pairs/{receptor}/{ligand}"
    assert opened.page.inner_text("#pair-summary") == (
        f"This page holds the models of {HELD} of {N * N} pairs. {ligand} on {receptor} is not one of them; "
        f"its files are in {folder}/. There, pymol view.pml opens the pair in PyMOL. In a notebook, "
        f'crossdock.view("{folder}") shows it.'
    )
    assert not opened.page.is_visible("#viewer")
    assert not opened.page.is_visible("#pair-model")
    opened.page.wait_for_selector(f'#card[data-receptor="{receptor}"][data-ligand="{ligand}"]')
    assert opened.page.inner_text("#card h3") == f"{ligand} on {receptor}"
    assert "rank" in opened.page.inner_text("#card .few")
    assert opened.page.locator("#card svg").count() == 0, "there is no model to draw"
    best = matrix(large_run, "specificity").idxmin()
    choose(opened, *best)
    opened.wait_for_pair(*best)
    opened.page.click("#models > summary")
    assert opened.page.is_visible("#models-table button")
    assert opened.errors == []


@pytest.mark.measurement
@pytest.mark.browser
def test_an_address_of_a_pair_without_models_opens_and_goes_on_to_one_with(opened, large_run):
    receptor, ligand = left_out(large_run)
    choose(opened, receptor, ligand)
    opened.page.reload()
    opened.page.wait_for_selector(f'#pair[data-drawn="true"][data-receptor="{receptor}"][data-ligand="{ligand}"]')
    assert opened.page.input_value("#pair-ligand") == ligand
    choose(opened, *KNOWN)
    opened.page.wait_for_selector(f'#viewer[data-drawn="true"][data-pair="{" ".join(KNOWN)}"]', timeout=DRAWN)
    size = opened.page.eval_on_selector("#viewer canvas", "canvas => [canvas.clientWidth, canvas.clientHeight]")
    assert min(size) > 100
    assert opened.errors == []


@pytest.mark.measurement
@pytest.mark.browser
def test_ranks_that_the_page_counts_are_those_of_the_run(chromium, large_page, collected):
    opened = Watched(chromium, large_page, width=390, models=False)
    asked = [collected.pairs[place] for place in (0, 7, N * N // 2, N * N - 1)]
    ranks = opened.page.evaluate(
        "names => names.map(([receptor, ligand]) => crossdock.Data.pair(receptor, ligand).ranks)",
        [[pair.receptor, pair.ligand] for pair in asked],
    )
    assert ranks == [to_builtins(pair.ranks) for pair in asked]
    opened.close()


@pytest.mark.measurement
@pytest.mark.browser
def test_the_sentence_fits_a_narrow_screen(chromium, large_page, large_run):
    watched = Watched(chromium, large_page, width=390, models=False)
    for side, name in zip(("receptor", "ligand"), left_out(large_run), strict=True):  # no matrix is shown there
        watched.page.select_option(f"#pair-{side}", name)
    watched.page.wait_for_selector("#pair-detail", state="hidden")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390
    watched.close()
