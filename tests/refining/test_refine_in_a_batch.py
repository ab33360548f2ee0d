"""Refinement within a batch: pairs are refined once, controls are not, and a failure keeps nothing back."""

from __future__ import annotations

import os

import pytest

from crossdock.cli import main
from crossdock.failure import failure_of
from crossdock.files import write_json
from crossdock.panel.panel import load_panel
from crossdock.records import read_record
from crossdock.refining import engine
from crossdock.refining.record import RefinedRecord
from demo_entries import DEMO

pytest.importorskip("openmm")
pytest.importorskip("pdbfixer")


@pytest.fixture
def run(tmp_path):
    """A run of CMTI-1 (29 residues) with itself, under three names."""
    one = {"entry": "demo:1ppe", "chains": ["B"]}
    names = {"receptors": ["one"], "ligands": ["two", "three"]}
    config = {role: [{**one, "name": name} for name in listed] for role, listed in names.items()}
    config |= {"docking": {"rotations": 5}, "clustering": {"models": 2}}
    config |= {"refine": {"models": 1, "radius": 4, "platform": "cpu"}}
    write_json(tmp_path / "panel.json", load_panel(config).to_record())
    for name in ("one", "two", "three"):
        out = tmp_path / "proteins" / name
        assert main(["prepare", str(DEMO / "1ppe.pdb.gz"), "-o", str(out), "--name", name, "--chains", "B"]) == 0
    return tmp_path


def batch(run, *more):
    arguments = ["--receptor", "one", "--ligands", "two", "three", "--results", str(run), "-o", str(run / "batch.csv")]
    return main(["batch", str(run / "panel.json"), *arguments, *more])


@pytest.mark.measurement
def test_pairs_are_refined_once_and_controls_are_not(run):
    assert batch(run, "--unrefined", "three") == 0
    assert not (run / "pairs/one/three/refined").exists()
    file = run / "pairs/one/two/refined/refined.json"
    record = read_record(file, RefinedRecord, "crossdock refine")
    assert [model.model for model in record.models] == [0]
    made = os.stat(file).st_mtime_ns
    assert batch(run, "--unrefined", "three") == 0
    assert os.stat(file).st_mtime_ns == made


def test_a_pair_that_cannot_be_refined_stays_in_the_panel(run, monkeypatch):
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    assert batch(run) == 0
    assert failure_of(run / "pairs/one/two/refined/refined.json").what.startswith("refinement needs openmm")
    assert failure_of(run / "pairs/one/two/pair.json") is None
