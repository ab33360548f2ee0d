"""A panel of which only some pairs were steered: nothing that compares its pairs is used."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_run import change_statistics

from crossdock.analysis.records import ChanceRecord, ControlsRecord
from crossdock.analysis.verdict import Kind
from crossdock.docking.record import SteeredRecord, read_docking, write_docking
from crossdock.files import read_json, write_json
from crossdock.report.answer import answer
from crossdock.report.doubts import doubts
from crossdock.report.payload import collect
from crossdock.report.run_data import BackendRun
from crossdock.report.summary import summary

LED = SteeredRecord("cofold", (0.8,), 20, 15, 0.8)
TESTED = ControlsRecord(ligands=60, pairs=120, least_q=0.03, spread=1.0, rare_spread=1.4)


@pytest.fixture
def steer(run_dir, tmp_path):
    """Steer some pairs of a copy of the run, and give its data."""

    def made(count, control=None):
        run = Path(shutil.copytree(run_dir, tmp_path / f"{count}{control}"))
        for led in sorted(run.glob("pairs/*/*/docking.json"))[:count]:
            write_docking(led, replace(read_docking(led), steered=LED))
        if control is not None:
            panel = read_json(run / "panel.json")
            for receptor in panel["receptors"]:
                record = read_docking(run / "pairs" / receptor["name"] / "Im9" / "docking.json")
                folder = run / "pairs" / receptor["name"] / "control"
                write_docking(folder / "docking.json", replace(record, steered=LED if control else None))
            write_json(run / "panel.json", panel | {"controls": [{"name": "control"}], "steer_by": "cofold"})
        data = collect(run / "panel.json", run)
        receptor, ligand = data.pairs[1].names
        change_statistics(data, chance=ChanceRecord(-3.0, -13.0, -13.3, ((receptor, ligand, -20.0),)))
        return data

    return made


@pytest.mark.parametrize("tested", [False, True])
def test_the_first_doubt_says_so_and_no_pair_is_named(steer, tested):
    data = steer(1)
    if tested:
        change_statistics(data, controls=TESTED)
        for pair in data.pairs:
            pair.values["q_value"] = 0.01
    found = answer(data)
    assert found.verdict.kind is Kind.STEERED_IN_PART
    assert found.verdict.pairs == ()
    assert found.headline == "No test was possible, so no pair is named."
    first, *rest = doubts(data, found.verdict)
    assert first.wrong
    assert first.text.startswith("Scores of 1 of 4 pairs include the pull towards predicted interfaces")
    assert "Specificity, ranks, p and q of the panel cannot be used" in first.text
    assert not any("pull towards" in one.text for one in rest)
    said = " ".join(summary(data, "report.html").split())
    assert "Keep in mind: - Scores of 1 of 4 pairs include the pull" in said


@pytest.mark.parametrize("count", [0, 4])
def test_a_panel_that_is_steered_wholly_or_not_at_all_is_judged(steer, count):
    data = steer(count)
    assert answer(data).verdict.kind is Kind.STANDS_OUT
    assert not any("pull towards" in one.text for one in doubts(data, answer(data).verdict))


def test_pairs_with_controls_count(steer):
    data = steer(4, control=False)
    assert answer(data).verdict.kind is Kind.STEERED_IN_PART
    assert doubts(data, answer(data).verdict)[0].text.startswith("Scores of 4 of 6 pairs (with controls) include")
    assert answer(steer(4, control=True)).verdict.kind is not Kind.STEERED_IN_PART
    assert answer(steer(0, control=True)).verdict.kind is Kind.STEERED_IN_PART, "the controls' scores include the pull"


def test_a_further_backend_that_was_steered_in_part_names_no_pair_either(steer):
    data, other = steer(0), steer(1)
    panel = other.panel | {"backend": "cofold"}
    data.further.append(BackendRun(panel, other.pairs, other.metrics, other.statistics, other.docking))
    assert answer(data).verdict.kind is Kind.STEERED_IN_PART
    assert doubts(data, answer(data).verdict)[0].wrong
