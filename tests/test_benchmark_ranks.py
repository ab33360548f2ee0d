"""Two rankings of the same complexes, compared complex by complex."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def change():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from compare_ranks import change
    finally:
        sys.path.remove(str(BENCHMARKS))
    return change


def figures(text):
    return [float(number) for number in re.findall(r"[+-]\d+\.\d\d", text)]


def test_the_change_is_that_of_the_logarithm_with_late_ranks_as_300(change):
    said = change([1, 10, None, 450, 30], [1, 100, 3, None, math.nan])
    mean = (0 + math.log(10) + math.log(3 / 300) + 0 + math.log(10)) / 5
    assert figures(said)[0] == pytest.approx(mean, abs=0.005)
    assert said.endswith("1 of 5 complexes rose, 2 fell")


def test_the_interval_holds_the_true_change_as_often_as_it_says(change):
    """Of 200 pairs of rankings whose mean change is known, 95 % of intervals hold it."""
    import numpy as np

    rng = np.random.default_rng(3)
    held = 0
    for seed in range(200):
        ranks = np.exp(rng.uniform(0, 4, 60)).round().clip(1)
        better = np.exp(np.log(ranks) - 0.2 + rng.normal(0, 0.5, 60)).clip(1)
        _, low, high = figures(change(ranks.tolist(), better.tolist(), samples=500, seed=seed))
        known = -0.2 + 0.5 * _pushed_up(np.log(ranks))
        held += low - 0.005 <= known <= high + 0.005
    assert held >= 180


def _pushed_up(logs):
    """Mean by which ranks are kept from falling below one, in units of the scatter."""
    from scipy.stats import norm

    border = (0.2 - logs) / 0.5
    return float((norm.pdf(border) + border * norm.cdf(border)).mean())


def test_two_tables_are_compared_by_their_complexes(tmp_path):
    for name, ranks in (("one", {"1A": 5, "1B": "", "1C": 2}), ("other", {"1C": 1, "1B": 300, "1D": 1})):
        rows = "".join(f"{key}\t{rank}\n" for key, rank in ranks.items())
        (tmp_path / f"{name}.tsv").write_text("id\tfirst_acceptable_rank\n" + rows)
    command = [sys.executable, BENCHMARKS / "compare_ranks.py", tmp_path / "one.tsv", tmp_path / "other.tsv"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0] == "2 complexes of both tables"
    assert said[1].startswith("ln(rank) -0.35 ")
    assert said[1].endswith("1 of 2 complexes rose, 0 fell")
    (tmp_path / "other.tsv").write_text("id\tfirst_acceptable_rank\n9Z\t1\n")
    none = subprocess.run(command, capture_output=True, text=True, check=False)
    assert none.returncode == 2
    assert "have no complex in common" in none.stderr
