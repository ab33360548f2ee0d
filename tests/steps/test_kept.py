"""Dockings that panels share, folders of results, and what is left of a panel when something failed."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from crossdock.errors import InputError
from crossdock.failure import Failure, leave
from crossdock.files import write_json
from crossdock.panel.panel import load_panel, read_panel
from crossdock.steps.check import check_results
from crossdock.steps.kept import keep, take
from crossdock.steps.made import made


def panel_of(receptors=("R1", "R2"), ligands=("L1", "L2"), **keys):
    lists = {
        "receptors": [{"name": name, "entry": "1abc", "chains": [name[-1]]} for name in receptors],
        "ligands": [{"name": name, "entry": "2abc", "chains": [name[-1]]} for name in ligands],
    }
    return load_panel(lists | keys)


def test_kept_files_come_back_whole_or_not_at_all(tmp_path):
    files = [tmp_path / "a" / name for name in ("poses.csv.gz", "docking.json")]
    files[0].parent.mkdir()
    for file in files:
        file.write_text(file.name)
    assert not take(tmp_path / "kept", "key", files)
    keep(tmp_path / "kept", "key", files)
    others = [tmp_path / "b" / file.name for file in files]
    assert take(tmp_path / "kept", "key", others)
    assert [file.read_text() for file in others] == ["poses.csv.gz", "docking.json"]
    assert not take(tmp_path / "kept", "key", [*others, tmp_path / "b/bodies.pdb.gz"])
    assert not (tmp_path / "b/bodies.pdb.gz").exists()
    others[0].unlink()
    others[0].write_text("another")
    assert files[0].read_text() == "poses.csv.gz", "a new file in one panel changes none of another"


def test_a_folder_that_cannot_keep_does_not_stop_a_docking(tmp_path, caplog):
    file = tmp_path / "poses.csv.gz"
    file.write_text("")
    (tmp_path / "kept").write_text("a file")
    keep(tmp_path / "kept", "key", [file])
    assert "not kept for other panels" in caplog.text


def test_results_of_another_panel_are_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = panel_of(title="Mine", results="out/mine")
    check_results(own)
    write_json("out/mine/panel.json", own.to_record())
    check_results(own)
    check_results(panel_of(ligands=("L1", "L3"), title="Mine", results="out/mine"))
    check_results(panel_of(title="Yours", results="out/yours"))
    for other in (
        panel_of(title="Yours", results="out/mine"),
        panel_of(("R8",), ("L9",), title="Mine", results="out/mine"),
    ):
        with pytest.raises(InputError, match=f"another panel, 'Mine'; the config is '{other.title}'") as found:
            check_results(other)
        assert "out/mine/panel.json" in found.value.hint
    os.remove("out/mine/panel.json")
    check_results(panel_of(title="Yours", results="out/mine"))


def make(folder, panel):
    for protein in panel.proteins:
        write_json(folder / "proteins" / protein.name / "protein.json", {})
    for receptor, ligand in panel.docked:
        write_json(folder / "pairs" / receptor.name / ligand.name / "pair.json", {})


def test_what_failed_is_left_out_with_its_reason(tmp_path):
    panel = panel_of(
        ("R1", "R2"),
        ("L1", "L2", "L3"),
        controls=[{"name": name, "entry": f"{name[1]}abc"} for name in ("C3", "C4", "C5")],
    )
    make(tmp_path, panel)
    assert made(panel, tmp_path) == panel
    leave([tmp_path / "proteins/L1/protein.json", tmp_path / "pairs/R1/L1/pair.json"], Failure("no chain", "L1"))
    leave([tmp_path / "pairs/R2/L2/pair.json"], Failure("no pose"))
    found = made(panel, tmp_path)
    assert [one.name for one in found.ligands] == ["L2", "L3"]
    assert [(one.name, other.name) for one, other in found.pairs] == [("R1", "L2"), ("R1", "L3"), ("R2", "L3")]
    assert [one.name for one in found.controls] == ["C3", "C4", "C5"]
    assert found.failures == (Failure("no chain", "L1", names=("L1",)), Failure("no pose", names=("R2", "L2")))
    write_json(tmp_path / "made.json", found.to_record())
    again = read_panel(tmp_path / "made.json")
    assert (again.asked, again.failures) == (found.asked, found.failures)
    leave([tmp_path / "pairs/R1/C4/pair.json"], Failure("no pose"))
    assert [one.name for one in made(panel, tmp_path).controls] == ["C3", "C5"], "its other pairs are a biased sample"
    leave([tmp_path / "proteins/C5/protein.json"], Failure("no pose"))
    assert made(panel, tmp_path).controls == (), "one control has no average"


def test_a_panel_of_which_nothing_is_left_says_why(tmp_path):
    panel = panel_of(("R1",), ("L1", "L2"))
    make(tmp_path, panel)
    leave([tmp_path / "proteins/R1/protein.json"], Failure("no chain", "R1", "name another"))
    with pytest.raises(InputError, match="no pair could be docked: R1: no chain") as found:
        made(panel, tmp_path)
    assert found.value.hint == "name another"


def test_the_settings_of_pairs_do_not_depend_on_the_folder():
    assert panel_of(results="a").of_pairs == panel_of(results="b").of_pairs
    assert replace(panel_of(), failures=(Failure("x"),)).of_pairs == panel_of().of_pairs
