"""What the choice of conformers adds to the error of a score, against simulations and known values."""

import numpy as np
import pytest

from crossdock.analysis.conformers import best_scores, conformer_variance, variance_of_lowest
from crossdock.analysis.noise import noise, ranks


def test_the_variance_of_the_lowest_of_normal_numbers():
    assert variance_of_lowest(1) == pytest.approx(1.0)
    assert variance_of_lowest(2) == pytest.approx(1 - 1 / np.pi)  # in closed form
    for n in (4, 16):
        drawn = np.random.default_rng(0).normal(size=(200_000, n)).min(axis=1)
        assert variance_of_lowest(n) == pytest.approx(drawn.var(), rel=0.02)


def test_scores_stand_by_their_conformers():
    found = best_scores([(1, 1, [-3.0, -4.0]), (2, 1, [-5.0])])
    assert found.shape == (2, 1, 2)
    assert found[0, 0].tolist() == [-3.0, -4.0]
    assert np.isnan(found[1, 0, 1])
    assert best_scores([]).size == 0


def test_the_noise_of_the_search_is_taken_out():
    """Conformers that differ by noise alone add nothing, on average; those that differ add what they differ by."""
    rng = np.random.default_rng(1)
    for sd in (0.0, 5.0):
        shapes = [[rng.normal(0, sd, (4, 1, 1)) + rng.normal(0, 2.0, (4, 1, 3)) for _ in range(8)] for _ in range(8)]
        variance, found = conformer_variance(shapes)
        assert found == pytest.approx(sd, abs=0.6)
        assert variance.mean() == pytest.approx(variance_of_lowest(4) * sd**2, rel=0.15, abs=0.2)


@pytest.mark.parametrize(("k", "m"), [(2, 2), (4, 4), (2, 5)])
@pytest.mark.parametrize(("receptor", "ligand", "both"), [(4.0, 4.0, 0.0), (6.0, 0.0, 0.0), (0.0, 0.0, 5.0)])
def test_both_partners_have_conformers(k, m, receptor, ligand, both):
    """The variance of one combination is found whatever its part of each partner; the error is never too small."""
    rng = np.random.default_rng(4)
    shape = (4000, k, m)
    whole = rng.normal(0, receptor, (4000, k, 1)) + rng.normal(0, ligand, (4000, 1, m)) + rng.normal(0, both, shape)
    search = rng.normal(0, 1.0, (4000, 1, 1, 3))  # all combinations of a docking start from the same orientation
    scores = whole[..., None] + search + rng.normal(0, 1.5, (*shape, 3))
    variance, sd = conformer_variance([list(scores)])
    assert sd**2 == pytest.approx(receptor**2 + ligand**2 + both**2, rel=0.08)
    scatter = whole.min(axis=(1, 2)).var(ddof=1)
    assert variance.mean() > 0.95 * scatter
    if k == m and not both and ligand:
        assert variance.mean() == pytest.approx(scatter, rel=0.1)


def test_a_combination_without_a_score_leaves_the_others():
    """By hand: of the 2 x 2 combinations 1,1 and 2,2 share nothing, as 1,2 and 2,1; the last of these has no score."""
    scores = np.array([[[0.0, 2.0], [5.0, 5.0]], [[np.nan, 1.0], [7.0, 7.0]]])
    _, sd = conformer_variance([[scores]])
    assert sd**2 == pytest.approx((6.0**2 - 2.0 / 2) / 2)


def test_pairs_without_conformers_or_replicates_get_nothing():
    one = best_scores([])
    several = best_scores([(1, 1, [-3.0]), (2, 1, [-9.0])])
    variance, sd = conformer_variance([[one, several]])
    assert variance.tolist() == [[0.0, 0.0]]
    assert sd is None


def test_errors_are_those_of_scores_with_other_conformers():
    """Score each pair again with new conformers and a new search: the standard error is how far such scores scatter."""
    rng = np.random.default_rng(2)
    ligands, receptors, n = 12, 6, 3
    truth = rng.normal(0, 20, (ligands, receptors, 1, 1))

    def docked():
        shapes = rng.normal(0, 4.0, (ligands, receptors, 4, 1))
        return truth + shapes + rng.normal(0, 1.5, (ligands, receptors, 4, n))

    scores = np.array([docked().min(axis=2).mean(axis=2) for _ in range(400)])
    told = []
    for _ in range(20):
        drawn = docked()
        variance, _ = conformer_variance([[one[:, None, :] for one in row] for row in drawn])
        found = noise(drawn.min(axis=2), conformers=variance)
        told.append(found.score_error)
        alone = noise(drawn.min(axis=2))
        assert (found.score_error > alone.score_error).all()
        assert (found.specificity_error > alone.specificity_error).all()
    error = np.sqrt((np.array(told) ** 2).mean())
    scatter = np.sqrt(scores.var(axis=0, ddof=1).mean())
    assert error == pytest.approx(scatter, rel=0.1)


def test_ranks_are_less_sure_with_the_variance_of_conformers():
    rng = np.random.default_rng(3)
    repeated = rng.normal(0, 3, (8, 4, 1)) + rng.normal(0, 0.2, (8, 4, 3))
    plain = ranks(repeated)
    assert np.array_equal(ranks(repeated, conformers=np.zeros((8, 4))).low, plain.low)  # nothing else is drawn
    wide = ranks(repeated, conformers=np.full((8, 4), 9.0))
    assert ((wide.high - wide.low) >= (plain.high - plain.low)).mean() > 0.9
    assert (wide.high - wide.low).sum() > 2 * (plain.high - plain.low).sum()
