"""The search's noise and the intervals of ranks, against simulated replicates."""

import numpy as np
import pytest

from crossdock.analysis.noise import noise, ranks
from crossdock.analysis.specificity import specificity


def replicated(rng, truth, sd, n):
    """Simulate dockings: the best score of each, the truth and noise."""
    return truth[:, :, None] + sd * rng.normal(size=(*truth.shape, n))


@pytest.mark.measurement
def test_errors_are_those_of_simulated_panels():
    """The stated standard errors against what 4,000 panels of noise do, one ligand's cells noisier than another's."""
    rng = np.random.default_rng(0)
    own = np.array([2.0, 5, 5, 8])[:, None, None]
    draws = rng.normal(size=(4000, 4, 3, 3)) * own
    stated = [noise(one) for one in draws]
    assert {one.freedom for one in stated} == {24}
    means = draws.mean(axis=3)
    left = np.array([specificity(one) for one in means])
    for name, found in (("score_error", means.std(axis=0)), ("specificity_error", left.std(axis=0))):
        stated_errors = np.sqrt(np.mean([getattr(one, name) ** 2 for one in stated], axis=0))
        # Drawn towards the pooled variance: too wide where it is quiet, too narrow where it is loud.
        assert (stated_errors[0] > found[0]).all(), name
        assert (stated_errors[3] < found[3]).all(), name
        assert np.sqrt((stated_errors**2).mean()) == pytest.approx(np.sqrt((found**2).mean()), rel=0.03), name


def test_equals_are_rarely_told_from_the_best():
    """Twelve ligands that are all equal: in no more than one panel column of twenty is any of them called behind."""
    rng = np.random.default_rng(1)
    called = []
    for _ in range(300):
        draws = replicated(rng, np.zeros((12, 7)), 4.0, 3)
        own = specificity(draws.mean(axis=2))
        called += (own - own.min(axis=0) > noise(draws).from_best).any(axis=0).tolist()
    assert np.mean(called) < 0.065


def test_one_docking_has_no_noise_to_see():
    assert noise(np.zeros((3, 3, 1))) is None
    found = ranks(np.arange(9.0).reshape(3, 3, 1) ** 2)
    assert (found.low == 1).all()
    assert (found.high == 3).all()
    assert np.isnan(found.first).all()


@pytest.mark.parametrize("n", [2, *(pytest.param(n, marks=pytest.mark.measurement) for n in (3, 5))])
def test_intervals_hold_the_true_rank_as_often_as_they_say(n):
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 6, size=(8, 5))
    true_rank = specificity(truth).argsort(axis=0).argsort(axis=0) + 1
    for sd in (2.0, 6.0):
        inside = []
        for seed in range(40):
            found = ranks(replicated(rng, truth, sd, n), rounds=200, seed=seed)
            inside.append((found.low <= true_rank) & (true_rank <= found.high))
            assert (found.low <= found.rank).all()
            assert (found.rank <= found.high).all()
        assert np.mean(inside) > 0.92, sd


def test_of_ligands_that_differ_less_than_the_noise_the_first_is_less_sure():
    """What docs/statistics.md says of the ligand that came out first: its interval holds its true rank less often."""
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(60):
        truth = rng.normal(0, 2, size=(12, 7))
        true_rank = specificity(truth).argsort(axis=0).argsort(axis=0) + 1
        found = ranks(replicated(rng, truth, 6.0, 2), rounds=200)
        inside.append(((found.low <= true_rank) & (true_rank <= found.high))[found.rank == 1])
    assert 0.75 < np.mean(np.concatenate(inside)) < 0.9


def test_clear_ranks_are_sure_and_ties_are_not():
    rng = np.random.default_rng(3)
    clear = np.array([[-50.0, 0, 0], [0, -50, 0], [0, 0, -50]])
    found = ranks(replicated(rng, clear, 0.5, 2))
    assert found.first.diagonal().min() > 0.99
    assert (found.low.diagonal() == 1).all()
    assert (found.high.diagonal() == 1).all()
    tied = ranks(replicated(rng, np.zeros((3, 3)), 0.5, 2))
    assert tied.first.max() < 0.99
    assert (tied.high - tied.low).max() == 2


def test_a_single_receptors_ligands_are_ranked_by_score():
    draws = np.array([[[-5.0, -5.2]], [[-9.0, -8.8]], [[-1.0, -1.1]]])
    assert ranks(draws).rank.ravel().tolist() == [2, 1, 3]
    found = noise(draws)
    assert found.specificity_error.shape == (3, 1)
    # Three means of two dockings each, standard deviation 0.1 and its root: less than one unit of the score.
    assert (found.from_best < 1).all()


def test_the_same_seed_gives_the_same_ranks():
    table = replicated(np.random.default_rng(4), np.zeros((3, 4)), 1.0, 2)
    one, other = (ranks(table, seed=7) for _ in range(2))
    assert (one.first == other.first).all()


def test_equal_values_of_a_pair_show_no_noise():
    """Three models of one ipSAE each are no proof that it has no error: no interval is as narrow as nothing."""
    mean = np.random.default_rng(2).uniform(0.0, 1.0, size=(4, 3))
    equal = np.repeat(mean[:, :, None], 3, axis=2)
    assert noise(equal) is None
    found = ranks(equal)
    assert (found.low == 1).all()
    assert (found.high == 4).all()
    assert np.isnan(found.first).all()
    one_differs = equal.copy()
    one_differs[0, 0, 0] += 0.1
    known = noise(one_differs)
    assert (known.score_error > 0).all(), "the pooled variance counts for the pairs whose values are equal"
    assert (ranks(one_differs).low <= ranks(one_differs).rank).all()
