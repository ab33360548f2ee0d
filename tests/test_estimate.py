"""How long a run takes, foretold."""

import pytest

from crossdock.cli import main
from crossdock.estimate import BESIDE_PAIR, ONCE, estimate_run, measured_speed


def seconds(n: int, each: float) -> dict[tuple[str, str], float]:
    return {("receptor", f"ligand{i}"): each for i in range(n)}


def test_cores_share_the_pairs_and_one_pair_is_not_shared():
    one, four = (estimate_run(seconds(40, 30.0), cores) for cores in (1, 4))
    assert one.wall_seconds == pytest.approx(40 * (30 + BESIDE_PAIR) + ONCE)
    assert 3.5 < (one.wall_seconds - ONCE) / (four.wall_seconds - ONCE) < 4
    assert estimate_run(seconds(1, 300.0), 64).wall_seconds >= 300 + ONCE


def test_a_machine_of_twice_the_speed_takes_half_as_long():
    slow, fast = (estimate_run(seconds(10, 30.0), 2, speed=speed) for speed in (1.0, 2.0))
    assert (slow.wall_seconds - ONCE) == pytest.approx(2 * (fast.wall_seconds - ONCE))


def test_speed_is_measured_with_all_cores_at_work():
    assert 0.05 < measured_speed(2) < 50


def test_command_says_what_it_goes_by(capsys, tmp_path, monkeypatch):
    config = tmp_path / "config.yaml"
    config.write_text("receptors: [{name: R, entry: 'demo:1emv', chains: [B]}]\nligands: [{name: L, entry: 1abc}]\n")
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", "config.yaml", "--no-measure"]) == 2
    assert "snakemake --until fetch" in capsys.readouterr().err
    config.write_text(config.read_text().replace("entry: 1abc", "entry: 'demo:1emv', chains: [A]"))
    assert main(["estimate", "config.yaml", "--no-measure", "--cores", "8"]) == 0
    told = capsys.readouterr().out
    assert "1 pairs" in told or "1 pair" in told
    assert "8 cores" in told
    assert "MB" in told
