"""How long a run takes, told before it."""

import math
import platform
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.fft

from crossdock.cli import main
from crossdock.docking.backends.local import search as local
from crossdock.docking.backends.local.search import Options
from crossdock.docking.engine import device
from crossdock.errors import CrossdockError
from crossdock.files import read_json, write_json
from crossdock.panel.panel import load_panel
from crossdock.steps import estimate
from crossdock.steps.check import check_panel
from crossdock.steps.check import estimate as estimated
from crossdock.steps.estimate import (
    BESIDE_JOB,
    BESIDE_PAIR,
    ONCE,
    estimate_run,
    keep_speed,
    kept_speed,
    measured_speed,
    time_needed,
)
from crossdock.structures.shape import Size


def seconds(n: int, each: float) -> dict[tuple[str, str], float]:
    return {("receptor", f"ligand{i}"): each for i in range(n)}


def test_cores_share_the_pairs_and_one_pair_is_not_shared():
    one, four = (estimate_run(seconds(40, 30.0), cores) for cores in (1, 4))
    assert one.wall_seconds == pytest.approx(40 * (30 + BESIDE_PAIR + BESIDE_JOB) + ONCE)
    assert 3.5 < (one.wall_seconds - ONCE) / (four.wall_seconds - ONCE) < 4
    assert estimate_run(seconds(1, 300.0), 64).wall_seconds >= 300 + ONCE


def test_pairs_of_one_job_start_the_program_once():
    alone, together = (estimate_run(seconds(40, 3.0), 2, batch=batch) for batch in (1, 8))
    assert alone.wall_seconds - together.wall_seconds == pytest.approx(
        (40 / 2 + 1 / 2) * (3 + BESIDE_PAIR + BESIDE_JOB) - (40 / 2 + 8 / 2) * (3 + BESIDE_PAIR + BESIDE_JOB / 8)
    )
    assert together.wall_seconds < 0.7 * alone.wall_seconds


def test_a_machine_of_twice_the_speed_takes_half_as_long():
    slow, fast = (estimate_run(seconds(10, 30.0), 2, speed=speed) for speed in (1.0, 2.0))
    assert slow.wall_seconds == pytest.approx(2 * fast.wall_seconds)


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that stands still unless it is set forward."""
    clock = SimpleNamespace(now=0.0, perf_counter=lambda: clock.now)
    monkeypatch.setattr(estimate, "time", clock)
    return clock


def test_speed_is_the_searches_done_beside_those_of_the_processor_of_the_constants(monkeypatch, clock):
    taken = []

    def search(receptor, ligand, options, part, parts):
        assert (len(receptor) > 0, len(ligand) > 0, options.rotations) == (True, True, estimate.PROBE_ROTATIONS)
        clock.now += 0.4 * estimate.PROBE_THERE
        taken.append(clock.now)

    monkeypatch.setattr(local, "scan_part", search)
    assert estimate._core_speed(0) == pytest.approx(1 / 0.4)
    assert taken[-1] - taken[0] >= estimate.PROBE_SECONDS, "the first search, which loads compiled code, does not count"


@pytest.mark.measurement  # tests/workflow has a run that measures
def test_speed_is_that_of_a_mean_core_in_a_process_of_its_own():
    measured = measured_speed(2)
    assert math.isfinite(measured)
    assert measured > 0


def test_more_processes_than_cores_share_them(monkeypatch, tmp_path):
    """A program in Python's place that has measured 3."""
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho 3.0\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    for usable, cores, asked, speed in ((1, 4, 1, 0.75), (4, 4, 4, 3.0), (8, 2, 2, 3.0)):
        monkeypatch.setattr(estimate, "usable_cores", lambda usable=usable: usable)
        assert measured_speed(cores) == speed
        assert (tmp_path / "asked").read_text() == f"-m crossdock.steps.estimate cpu {asked}\n"


def test_what_cannot_be_measured_is_said_and_not_waited_for(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(CrossdockError, match="graphics card"):
        measured_speed(1, "cuda")
    monkeypatch.setattr(estimate, "PATIENCE", 0.1)
    with pytest.raises(CrossdockError, match=r"measuring the speed took longer than 0\.1 s"):
        measured_speed(1)


def test_a_card_is_measured_by_a_whole_docking(monkeypatch, clock):
    """Through numpy in CuPy's place, on a clock by which the docking takes 10 s."""
    asked = []
    monkeypatch.setattr(
        device, "card", lambda: asked.append(1) or device.Arrays(np, scipy.fft, np.asarray, lambda: 2**30)
    )
    monkeypatch.setattr(estimate, "PROBE_ROTATIONS", 4)
    monkeypatch.setattr(estimate, "CARD_ROTATIONS", 8)
    docked = []

    def dock(receptor, ligand, options):
        clock.now += 10
        docked.append((receptor, ligand, options.rotations))
        return real(receptor, ligand, options)

    real = local.dock
    monkeypatch.setattr(local, "dock", dock)
    measured = estimate._card_speed()
    assert asked
    receptor, ligand, rotations = docked[-1]
    assert [rotations for *_, rotations in docked] == [4, 8]
    sizes = (Size.of(receptor.coord), Size.of(ligand.coord))
    on_core = local.estimate_seconds(*sizes, Options(rotations=rotations, device="cpu"))
    assert measured == pytest.approx(on_core / 10)


def test_a_speed_is_kept_for_a_day_and_this_machine(tmp_path, monkeypatch):
    kept = tmp_path / "speed.json"
    assert kept_speed(kept, 2) is None
    monkeypatch.setattr(estimate, "measured_speed", lambda cores, device: 1.5 * cores)
    assert keep_speed(kept, 2) == kept_speed(kept, 2) == 3.0
    assert kept_speed(kept, 4) is None
    assert kept_speed(kept, 2, "cuda") is None
    keep_speed(kept, 4)
    monkeypatch.setattr(platform, "node", lambda: "another")
    assert kept_speed(kept, 2) is None
    keep_speed(kept, 2)
    monkeypatch.undo()
    assert (kept_speed(kept, 2), kept_speed(kept, 4)) == (3.0, 6.0)
    speeds = read_json(kept)["speeds"]
    name = f"{platform.node()} cpu 2"
    for change in (
        {"when": (datetime.now(UTC) - timedelta(days=1, minutes=1)).isoformat()},
        {"when": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"when": "yesterday"},
        {"speed": 0},
    ):
        write_json(kept, {"speeds": speeds | {name: speeds[name] | change}})
        assert kept_speed(kept, 2) is None
    kept.write_text(kept.read_text()[:20])
    assert kept_speed(kept, 2) is None


def test_a_speed_that_cannot_be_kept_is_given_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "measured_speed", lambda cores, device: 2.0)
    (tmp_path / "file").touch()
    assert keep_speed(tmp_path / "file" / "speed.json", 2) == 2.0


@pytest.mark.parametrize(
    ("cores", "speed", "device", "text"),
    [
        (2, 1.0, "cpu", "10 pairs, about 4 min on 2 cores (5 min of CPU time)"),
        (1, 2.0, "cpu", "10 pairs, about 3 min on 1 core (2 min of CPU time)"),
        (None, 1.0, "cpu", "10 pairs, about 5 min of CPU time"),
        (8, 10.0, "cuda", "10 pairs, about 62 s on the graphics card"),
    ],
)
def test_what_is_said_names_what_docks(cores, speed, device, text):
    assert time_needed(10, seconds(10, 30.0), cores, speed, device) == text


def test_pairs_without_an_estimate_are_named():
    assert time_needed(12, seconds(10, 30.0), 2).startswith(
        "10 of 12 pairs (the others have no structure yet), about 4 min"
    )


def test_command_says_what_it_goes_by(capsys, tmp_path, monkeypatch):
    config = tmp_path / "config.yaml"
    config.write_text("receptors: [{name: R, entry: 'demo:1emv', chains: [B]}]\nligands: [{name: L, entry: 1abc}]\n")
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", "config.yaml", "--no-measure"]) == 2
    assert "crossdock run --until fetch" in capsys.readouterr().err
    config.write_text(config.read_text().replace("entry: 1abc", "entry: 'demo:1emv', chains: [A]"))
    assert main(["estimate", "config.yaml", "--no-measure", "--cores", "8"]) == 0
    output = capsys.readouterr().out
    assert "1 pairs" in output or "1 pair" in output
    assert "8 cores" in output
    assert "MB" in output
    assert "CPU time of docking: " in output
    config.write_text(f"{config.read_text()}refine: true\n")
    assert main(["estimate", "config.yaml", "--no-measure"]) == 0
    assert "CPU time of docking and refinement: " in capsys.readouterr().out


def test_refinement_is_counted():
    one = {"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]}
    other = {"name": "Im9", "entry": "demo:1emv", "chains": ["A"]}
    seconds = []
    for refine in (False, {"models": 1}, {"models": 3}):
        panel = load_panel({"receptors": [other], "ligands": [one], "refine": refine})
        findings = check_panel(panel, "resources/entries")
        seconds.append(sum(estimated(panel, findings).values()))
    atoms = sum(findings.records[name].size.atoms for name in ("CMTI-1", "Im9"))
    assert np.diff(seconds) == pytest.approx([0.0106 * atoms, 2 * 0.0068 * atoms])
