"""Proteins docked with a background set: who with whom, what is kept, and what the panel's pairs are beside it."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.background import Background, against
from crossdock.docking.backends.local.search import SAMPLINGS
from crossdock.errors import ConfigError, DockingError
from crossdock.failure import Failure, leave
from crossdock.files import write_json
from crossdock.panel.panel import FEWEST_STRANGERS, load_panel, read_panel
from crossdock.steps import background as step
from crossdock.steps.background import Side, background, number_of_pair
from crossdock.steps.background_set import OF_SET, bundled, compared, docked_with, of_background, read_numbers
from crossdock.steps.in_memory import prepare
from crossdock.structures.record import write_protein
from crossdock.structures.structure import write_structure
from demo_entries import DEMO

#: Small proteins of the demo.
PROTEINS = {"CMTI-1": ("1ppe", "B"), "Im9": ("1emv", "A"), "CheA": ("1ffw", "B"), "ubiquitin": ("2oob", "B")}


def listed(*names):
    return [{"name": name, "entry": f"demo:{PROTEINS[name][0]}", "chains": [PROTEINS[name][1]]} for name in names]


def strangers(n=FEWEST_STRANGERS):
    return [{"name": f"s{i}", "entry": "2abc", "chains": [chr(65 + i)]} for i in range(n)]


def panel_of(background="bundled", **keys):
    return load_panel(
        {"receptors": listed("CMTI-1", "CheA"), "ligands": listed("Im9"), "background": background} | keys
    )


@pytest.fixture
def results(tmp_path):
    """Give a run in which the small proteins are prepared."""
    for name, (entry, chain) in PROTEINS.items():
        structure, record = prepare(DEMO / f"{entry}.pdb.gz", name=name, chains=[chain])
        folder = tmp_path / "proteins" / name
        write_structure(folder / "structure.pdb", structure)
        write_protein(folder / "protein.json", record)
    return tmp_path


@pytest.fixture
def few(monkeypatch, results):
    """Search with few orientations, and take two of the small proteins for the bundled set."""
    monkeypatch.setitem(SAMPLINGS, "background", replace(SAMPLINGS["background"], rotations=20, kept=20))
    sides = {name: results / "proteins" / name / "structure.pdb" for name in ("CheA", "ubiquitin")}
    monkeypatch.setattr(step, "bundled", lambda: (sides, None))


def test_the_bundled_set_is_what_its_table_says():
    structures, pairs = bundled()
    table = pd.read_csv(pairs.parent / "proteins.csv").set_index("name")
    structures = {name.removeprefix(OF_SET): path for name, path in structures.items()}
    assert list(structures) == list(table.index)
    for name, path in structures.items():
        assert hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() == table.at[name, "sha256"]
        structure, _ = Side(name, path).docked
        assert structure.n_residues == table.at[name, "residues"]
    assert 60 <= table["residues"].min() <= 70
    assert 400 <= table["residues"].max() <= 500
    numbers = read_numbers([pairs])
    assert len(numbers) == len({frozenset(pair) for pair in numbers}) == len(table) * (len(table) - 1) / 2
    assert all(one in table.index and other in table.index and one != other for one, other in numbers)


def test_the_numbers_that_are_shipped_are_those_of_this_engine():
    """A change of the engine makes them void: `python benchmarks/background.py dock` makes them anew."""
    structures, pairs = bundled()
    structures = {name.removeprefix(OF_SET): path for name, path in structures.items()}
    numbers = read_numbers([pairs])
    small = min(numbers, key=lambda pair: sum(structures[name].stat().st_size for name in pair))
    assert number_of_pair(*(Side(name, structures[name]) for name in small)) == pytest.approx(numbers[small], abs=0.01)


def test_who_is_docked_with_whom():
    panel = panel_of()
    assert (panel.background, panel.strangers) == (True, ())
    assert of_background(panel) == ["CMTI-1", "CheA", "Im9"]
    assert docked_with(panel, "CMTI-1") == ["Im9"]
    assert docked_with(panel, "Im9") == []
    own = panel_of(strangers())
    assert docked_with(own, "Im9") == [f"s{i}" for i in range(20)]
    assert docked_with(own, "CMTI-1") == [*(f"s{i}" for i in range(20)), "Im9"]
    assert docked_with(own, "s18") == ["s19"]
    assert docked_with(own, "s19") == []
    assert of_background(panel_of(background="none")) == []


def test_each_docking_is_made_once(results, few, monkeypatch):
    panel, kept = panel_of(), results / "kept"
    table = background(panel, "CMTI-1", results / "background/CMTI-1.csv", results=results, kept=kept)
    assert table["partner"].tolist() == ["CheA", "ubiquitin", "Im9"]
    assert table["number"].lt(0).all()
    assert len(list(kept.rglob("*.json"))) == 3
    monkeypatch.setattr(step, "dock", lambda *_, **__: pytest.fail("docked again"))
    again = background(panel, "CMTI-1", results / "again.csv", results=results, kept=kept)
    assert again.equals(table)
    shutil.rmtree(kept)
    with pytest.raises(pytest.fail.Exception):
        background(panel, "CMTI-1", results / "again.csv", results=results, kept=kept)


def test_what_is_closed_to_docking_is_closed_here(results, few):
    panel, kept = panel_of(), results / "kept"
    before = background(panel, "CMTI-1", results / "a.csv", results=results, kept=kept)["number"]
    path = results / "proteins/CMTI-1/protein.json"
    structure, changed = prepare(DEMO / "1ppe.pdb.gz", name="CMTI-1", chains=["B"], blocked="B:1-20")
    write_structure(path.with_name("structure.pdb"), structure)
    write_protein(path, changed)
    after = background(panel, "CMTI-1", results / "b.csv", results=results, kept=kept)["number"]
    assert (after != before).all()


def test_a_partner_without_poses_is_left_out(results, few, monkeypatch, caplog):
    """The others still tell what the protein adds to its numbers; with none of them the protein fails."""
    docks = step.dock

    def lacking(one, other, options):
        if not all_of and other.n_residues != 83:
            return docks(one, other, options)
        raise DockingError("no pose found")

    monkeypatch.setattr(step, "dock", lacking)
    all_of = False
    table = background(panel_of(), "CMTI-1", results / "a.csv", results=results)
    assert table["partner"].tolist() == ["CheA", "ubiquitin"]
    assert "Im9 is left out of the background of CMTI-1: no pose found" in caplog.text
    all_of = True
    with pytest.raises(DockingError):
        background(panel_of(), "CMTI-1", results / "b.csv", results=results)


def test_a_damaged_kept_number_is_made_again(results, few):
    panel, kept = panel_of(), results / "kept"
    before = background(panel, "CMTI-1", results / "a.csv", results=results, kept=kept)
    for file in kept.rglob("*.json"):
        file.write_text('{"number":')
    assert background(panel, "CMTI-1", results / "b.csv", results=results, kept=kept).equals(before)


def test_a_pair_that_is_not_asked_for_has_no_p_value(tmp_path):
    panel = panel_of(
        strangers(20), pairs=[["CMTI-1", "Im9"], ["CheA", "ubiquitin"]], ligands=listed("Im9", "ubiquitin")
    )
    names = ["CMTI-1", "CheA", "Im9", "ubiquitin", *(f"s{i}" for i in range(20))]
    values = np.random.default_rng(1).normal(-60, 5, (24, 24))
    values = np.triu(values, 1) + np.triu(values, 1).T
    written(tmp_path, panel, values, names)
    found, record = compared(panel, tmp_path)
    assert record.tested == 2
    assert np.isfinite(found.p).tolist() == [[True, False], [False, True]]


def test_pairs_of_proteins_without_roles_stand_on_both_sides(tmp_path):
    panel = load_panel({"proteins": listed("CMTI-1", "CheA", "Im9"), "background": strangers(20)})
    names = ["CMTI-1", "CheA", "Im9", *(f"s{i}" for i in range(20))]
    values = np.random.default_rng(2).normal(-60, 5, (23, 23))
    values = np.triu(values, 1) + np.triu(values, 1).T
    written(tmp_path, panel, values, names)
    found, record = compared(panel, tmp_path)
    assert record.tested == 3
    assert found.p == pytest.approx(found.p.T, nan_ok=True)
    assert np.isnan(found.p.diagonal()).all()


def test_a_partner_that_failed_is_left_out(results, few):
    leave([results / "proteins/Im9/structure.pdb"], Failure("no such chain", "", ""))
    table = background(panel_of(), "CMTI-1", results / "a.csv", results=results)
    assert table["partner"].tolist() == ["CheA", "ubiquitin"]


def written(results, panel, values, names):
    """Write the tables of a panel, with numbers of all proteins with each other."""
    (results / "background").mkdir()
    for name in of_background(panel):
        rows = [(name, other, values[names.index(name), names.index(other)]) for other in docked_with(panel, name)]
        table = pd.DataFrame(rows, columns=["protein", "partner", "number"])
        table.to_csv(results / "background" / f"{name}.csv", index=False)


def test_pairs_are_compared_with_a_set_of_ones_own(tmp_path):
    panel = panel_of(strangers(20))
    rng = np.random.default_rng(0)
    names = ["CMTI-1", "CheA", "Im9", *(f"s{i}" for i in range(20))]
    values = rng.normal(-60, 5, (23, 23))
    values = np.triu(values, 1) + np.triu(values, 1).T
    np.fill_diagonal(values, np.nan)
    written(tmp_path, panel, values, names)
    found, record = compared(panel, tmp_path)
    assert (record.proteins, record.pairs, record.tested, record.own) == (20, 190, 2, True)
    expected = against(Background(tuple(names[3:]), values[3:, 3:]), values[:2, 3:], values[[2], 3:], values[[2], :2])
    assert found.z == pytest.approx(expected.z)
    assert found.p == pytest.approx(expected.p)
    leave([tmp_path / "background/CheA.csv"], Failure("killed", "", ""))
    lacking, record = compared(panel, tmp_path)
    assert (record.tested, record.lost) == (1, (("CheA", "killed"),))
    assert np.isfinite(lacking.p).tolist() == [[True, False]]


def test_without_a_background_nothing_is_read(tmp_path):
    assert compared(panel_of(background="none"), tmp_path) is None


def test_a_panel_keeps_its_background_when_it_is_read_again(tmp_path):
    for asked in ("bundled", strangers()):
        panel = panel_of(asked)
        write_json(tmp_path / "panel.json", panel.to_record())
        again = read_panel(tmp_path / "panel.json")
        assert (again.background, [one.name for one in again.strangers]) == (
            True,
            [one.name for one in panel.strangers],
        )
        assert not again.of_pairs.background
        assert again.of_pairs.strangers == ()


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (strangers(3), "3 proteins are too few: expected at least 20"),
        ([*strangers(), {"name": "im9", "entry": "2abc", "chains": ["Z"]}], "'im9' is one of the ligands too"),
        ([*strangers(), strangers(1)[0]], "'s0' is another protein of `background` too"),
        ("nothing.tsv", "nothing.tsv"),
    ],
)
def test_a_set_that_cannot_be_used_is_refused(asked, text):
    with pytest.raises(ConfigError, match=text.replace("(", r"\(")):
        panel_of(asked)
