"""The search's noise and the intervals of ranks, against simulated replicates."""

import numpy as np
import pytest

from crossdock.analysis.noise import noise, ranks
from crossdock.analysis.specificity import specificity


def replicated(rng, truth, sd, n, poses=1000):
    """Simulate dockings: each a sorted list of scores whose best is the truth and noise."""
    table = []
    for row in truth:
        table.append([])
        for value in row:
            firsts = value + sd * rng.normal(size=n)
            table[-1].append([[first + 0.3 * place for place in range(20)] for first in firsts])
    return table


def test_errors_are_those_of_simulated_panels():
    """The stated standard errors against what 4,000 panels of pure noise do."""
    rng = np.random.default_rng(0)
    draws = rng.normal(0, 5, size=(4000, 4, 3, 2))
    stated = [noise(one) for one in draws]
    assert np.mean([one.sd for one in stated]) == pytest.approx(5, rel=0.05)
    assert {one.freedom for one in stated} == {12}
    means = draws.mean(axis=3)
    own = np.array([specificity(one) for one in means])
    for name, found in (
        ("score_error", means.std()),
        ("specificity_error", own.std()),
        ("difference_error", (own[:, 0] - own[:, 1]).std()),
    ):
        assert np.sqrt(np.mean([getattr(one, name) ** 2 for one in stated])) == pytest.approx(found, rel=0.03), name


def test_one_docking_has_no_noise_to_see():
    assert noise(np.zeros((3, 3, 1))) is None


def test_intervals_hold_the_true_rank_as_often_as_they_say():
    """With three replicates, the true rank lies in the 95 % interval at least nine times in ten."""
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 6, size=(6, 5))
    true_rank = specificity(truth).argsort(axis=0).argsort(axis=0) + 1
    inside = []
    for seed in range(60):
        found = ranks(replicated(rng, truth, 2.0, 3), 1000, rounds=200, seed=seed)
        inside.append((found.low <= true_rank) & (true_rank <= found.high))
        assert (found.low <= found.rank).all()
        assert (found.rank <= found.high).all()
    assert np.mean(inside) > 0.9


def test_clear_ranks_are_sure_and_ties_are_not():
    rng = np.random.default_rng(2)
    clear = np.array([[-50.0, 0, 0], [0, -50, 0], [0, 0, -50]])
    found = ranks(replicated(rng, clear, 0.5, 2), 1000)
    assert found.first.diagonal().min() > 0.99
    assert (found.low.diagonal() == 1).all()
    tied = ranks(replicated(rng, np.zeros((3, 3)), 0.5, 2), 1000)
    assert tied.first.max() < 0.99
    assert (tied.high - tied.low).max() == 2


def test_the_best_of_drawn_poses_has_the_stated_place():
    """One pair's best pose is far below the rest: it is drawn with the chance 1 - 1/e, else the pair comes last."""
    scores = [[[[-100.0] + [0.0] * 19]], [[[-50.0] * 20]]]
    lines = [[row[0], [[-10.0] * 20]] for row in scores]
    found = ranks(lines, 1000, rounds=4000)
    assert found.first[0, 0] == pytest.approx(1 - np.exp(-1), abs=0.03)


def test_the_same_seed_gives_the_same_ranks():
    table = replicated(np.random.default_rng(3), np.zeros((3, 4)), 1.0, 2)
    one, other = (ranks(table, 500, seed=7) for _ in range(2))
    assert (one.first == other.first).all()
