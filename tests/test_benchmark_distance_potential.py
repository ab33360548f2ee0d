"""The counting and scoring of benchmarks/distance_potential.py, against plain sums over all distances."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

ROOT = Path(__file__).parents[1]


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("distance_potential")


def test_there_are_167_types_in_pairs_of_the_engines_18(benchmark):
    assert len(set(benchmark.ATOMS)) == benchmark.N == 167
    assert benchmark.PAIR.max() + 1 == len(benchmark.COARSE) == 167 * 168 // 2
    assert benchmark.COARSE.max() + 1 == 18 * 19 // 2
    numbers = [benchmark.ATOMS.index(atom) for atom in (("LYS", "NZ"), ("LYS", "CE"), ("ASP", "OD1"), ("GLU", "OE2"))]
    groups = [benchmark.COARSE[benchmark.PAIR[one, other]] for one in numbers[:2] for other in numbers[2:]]
    assert len(set(groups)) == 1


def test_pairs_are_counted_once_in_their_shell_and_not_near_in_sequence(benchmark, bound_pair):
    body, _ = bound_pair("1ppe")
    counted = benchmark.source("one", [body]).counts
    coord, kind, place = benchmark.columns(body)
    d = cdist(coord, coord)
    apart = np.abs(place[:, None] - place) >= benchmark.SEPARATION
    i, j = np.nonzero(np.triu(apart & (d >= 7.0) & (d < 14.5)))
    expected = np.zeros_like(counted)
    np.add.at(expected, (benchmark.PAIR[kind[i], kind[j]], np.minimum((d[i, j] - 7.0) / 0.5, 6).astype(int)), 1)
    assert (counted == expected).all()
    assert counted.sum() > 100_000


def test_poses_are_scored_by_all_pairs_between_7_and_10_angstrom(benchmark, bound_pair):
    receptor, ligand = bound_pair("1ppe")
    u = np.random.default_rng(1).normal(size=(len(benchmark.COARSE), benchmark.SHELLS, 2)).astype(np.float32)
    placed = [(1, 0, 0, 0, 0, 0, 0), (0.8, 0.6, 0, 0, 3, -2, 1), (0.6, 0, 0.8, 0, 500, 0, 0)]
    poses = pd.DataFrame(placed, columns=["qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A"])
    sums, number = benchmark.pose_sums(receptor, ligand, poses, u)
    kinds = [benchmark.types(body) for body in (receptor, ligand)]
    for pose, (turn, shift) in enumerate(zip(*benchmark.placements(poses), strict=True)):
        d = cdist(receptor.coord, ligand.coord @ turn.T + shift)
        d[(kinds[0] < 0)[:, None] | (kinds[1] < 0)] = np.inf
        i, j = np.nonzero((d >= 7.0) & (d < 10.0))
        expected = u[benchmark.PAIR[kinds[0][i], kinds[1][j]], ((d[i, j] - 7.0) / 0.5).astype(int)].sum(axis=0)
        assert number[pose] == len(i)
        assert sums[pose] == pytest.approx(expected, abs=1e-2)
    assert number[0] > 1000
    assert number[2] == 0


def test_only_the_first_of_several_models_is_counted(benchmark, bound_pair):
    body, _ = bound_pair("1ppe")
    twice = body[np.concatenate([np.arange(len(body)), np.arange(len(body))])]
    assert (benchmark.single(twice).coord == body.coord).all()


def test_smoothed_shares_go_from_the_counts_to_those_of_18_types(benchmark):
    counts = np.random.default_rng(2).poisson(40.0, (len(benchmark.COARSE), benchmark.SHELLS + 1)).astype(float)
    assert benchmark.probabilities(counts, 0.0) == pytest.approx(counts / counts.sum(axis=1, keepdims=True))
    coarse = benchmark.probabilities(counts, np.inf)
    assert len(np.unique(coarse.round(12), axis=0)) == benchmark.COARSE.max() + 1
    assert coarse.sum(axis=1) == pytest.approx(1.0)


def test_an_ideal_gas_has_no_energy(benchmark):
    """Counts that grow as r^1.61 give 0 in every shell."""
    r = np.linspace(7.0, 14.5, 1_000_001)
    shell = np.minimum((r - 7.0) / 0.5, 6).astype(int)
    counts = np.bincount(shell, r**1.61)[None] / 1e4 * np.ones((len(benchmark.COARSE), 1))
    assert benchmark.energies(counts, 1e4) == pytest.approx(0.0, abs=1e-4)
