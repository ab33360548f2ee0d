"""Pairs against a background set: what is expected of a pair, and whether its p-value is one."""

import numpy as np
import pytest
from scipy import stats

from crossdock.analysis.background import OUTSIDE, TAIL, TEMPERATURE, Background, against, number_of


def drawn(rng, n, *, scatter=0.0, tail=False):
    """Draw numbers of n proteins with each other, without any partner: effects, and noise of each protein's own."""
    effect, own = rng.normal(-60, 8, n), np.exp(rng.normal(0, scatter, n))
    noise = -rng.gumbel(size=(n, n)) if tail else rng.normal(size=(n, n))
    noise = np.triu(5 * noise * np.sqrt(np.outer(own, own)), 1)
    values = effect + effect[:, None] + noise + noise.T
    np.fill_diagonal(values, np.nan)
    return values


def names(n):
    return tuple(f"p{i}" for i in range(n))


def parted(values, n):
    """Part numbers of all proteins into a set of the first n, and a panel of the others, half on either side."""
    half = (len(values) - n) // 2
    ligands, receptors = slice(n, n + half), slice(n + half, n + 2 * half)
    return (
        Background(names(n), values[:n, :n]),
        values[receptors, :n],
        values[ligands, :n],
        values[ligands, receptors],
    )


def test_the_number_of_a_pair_counts_all_poses_the_lowest_most():
    assert number_of(np.array([-100.0])) == pytest.approx(-100)
    assert number_of(np.full(50, -100.0)) == pytest.approx(-100 - TEMPERATURE * np.log(50))
    scores = np.array([-100.0, -60.0, -20.0])
    assert number_of(scores) == pytest.approx(-TEMPERATURE * np.log(np.exp(-scores / TEMPERATURE).sum()))
    assert -101 < number_of(scores) < -100


def test_what_both_proteins_add_is_taken_out():
    """Without noise nothing is left of any pair but what was added to it."""
    rng = np.random.default_rng(1)
    effect = rng.normal(-60, 8, 30)
    values = effect + effect[:, None] + 1e-6 * rng.normal(size=(30, 30))
    values = np.triu(values, 1) + np.triu(values, 1).T
    np.fill_diagonal(values, np.nan)
    values[21, 28] = values[28, 21] = values[21, 28] - 10
    background, receptors, ligands, pairs = parted(values, 20)
    (own, _), (other, _) = background.expected(receptors), background.expected(ligands)
    left = pairs - own - other[:, None]
    added = np.zeros((5, 5))
    added[21 - 20, 28 - 25] = -10
    assert left == pytest.approx(added, abs=1e-4)


def test_the_effects_of_the_set_are_those_of_least_squares():
    rng = np.random.default_rng(2)
    values = drawn(rng, 12)
    values[3, 7] = values[7, 3] = np.nan
    background = Background(names(12), values)
    rows, columns = np.nonzero(np.isfinite(np.triu(values, 1)) & np.triu(np.ones((12, 12), dtype=bool), 1))
    design = np.zeros((len(rows), 12))
    design[np.arange(len(rows)), rows] = design[np.arange(len(rows)), columns] = 1
    expected = np.linalg.lstsq(design, values[rows, columns], rcond=None)[0]
    assert background.effects == pytest.approx(expected)


def test_a_pair_of_the_set_is_looked_at_as_one_of_a_panel():
    """Its z is what the pair has if both of its proteins are taken for the panel's, but for their part in the fit."""
    rng = np.random.default_rng(3)
    values = drawn(rng, 40)
    background = Background(names(40), values)
    rest = [i for i in range(40) if i not in (4, 9)]
    without = Background(names(38), values[np.ix_(rest, rest)])
    found = against(without, values[[4]][:, rest], values[[9]][:, rest], values[[9]][:, [4]], outside=1)
    assert background.z[4, 9] == pytest.approx(float(found.z[0, 0]), abs=0.1)
    assert background.z == pytest.approx(background.z.T, nan_ok=True)


@pytest.mark.parametrize("tail", [False, True])
@pytest.mark.parametrize("scatter", [0.0, 0.3])
def test_p_of_pairs_without_partners_is_uniform(scatter, tail):
    rng = np.random.default_rng(4)
    p = []
    for _ in range(40):
        found = against(*parted(drawn(rng, 59, scatter=scatter, tail=tail), 39), outside=1)
        p.append(found.p.ravel())
    p = np.concatenate(p)
    assert stats.kstest(p, "uniform").statistic < 0.03
    for level, most in ((0.05, 0.065), (0.01, 0.015), (0.001, 0.003)):
        assert (p <= level).mean() <= most


def test_proteins_outside_the_set_may_scatter_more():
    """p is uniform where their numbers scatter more than the set's by the factor that is taken out."""
    rng = np.random.default_rng(12)
    p = []
    for _ in range(40):
        background, receptors, ligands, pairs = parted(drawn(rng, 59), 39)
        expected = background.expected(receptors)[0] + background.expected(ligands)[0][:, None]
        wider = expected + OUTSIDE * (pairs - expected)
        p.append(against(background, receptors, ligands, wider).p.ravel())
    assert stats.kstest(np.concatenate(p), "uniform").statistic < 0.03


def test_p_falls_off_smoothly_where_the_set_has_too_few_pairs():
    rng = np.random.default_rng(5)
    background = Background(names(39), drawn(rng, 39))
    z = np.linspace(-12, 4, 400)
    p = background.p_values(z)
    assert (np.diff(p) >= 0).all()
    assert p[0] < 1e-6
    begins = background.null[int(TAIL * len(background.null))]
    assert background.p_values(np.array([begins - 1e-9, begins + 1e-9])) == pytest.approx([TAIL, TAIL], rel=0.1)
    assert np.isnan(background.p_values(np.array([np.nan]))).all()


def test_few_panels_of_strangers_have_a_pair_that_is_called():
    rng = np.random.default_rng(6)
    called = [(against(*parted(drawn(rng, 59, scatter=0.3), 39), outside=1).q <= 0.1).any() for _ in range(200)]
    assert np.mean(called) <= 0.16


def test_a_partner_is_found():
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(50):
        values = drawn(rng, 59)
        values[45, 52] -= 5 * 6.0
        values[52, 45] = values[45, 52]
        found += bool(against(*parted(values, 39)).q[45 - 39, 52 - 49] <= 0.1)
    assert found >= 45


def test_a_single_pair_has_a_p_value():
    rng = np.random.default_rng(8)
    found = against(*parted(drawn(rng, 41), 39))
    assert found.p.shape == (1, 1)
    assert found.q == found.p
    assert found.z**2 == pytest.approx(found.receptor_z * found.ligand_z)
    assert found.pairs == 39 * 38 / 2


def test_a_symmetric_panel_counts_each_pair_once():
    rng = np.random.default_rng(9)
    values = drawn(rng, 45)
    background = Background(names(39), values[:39, :39])
    found = against(background, values[39:, :39], values[39:, :39], values[39:, 39:], symmetric=True)
    assert found.q == pytest.approx(found.q.T, nan_ok=True)
    once = found.p[np.triu_indices(6, 1)]
    assert found.q[np.triu_indices(6, 1)] == pytest.approx(stats.false_discovery_control(once))


def test_proteins_with_too_few_partners_have_no_p_value():
    rng = np.random.default_rng(10)
    background, receptors, ligands, pairs = parted(drawn(rng, 43), 39)
    receptors[0, 4:] = np.nan
    pairs[1, 1] = np.nan
    found = against(background, receptors, ligands, pairs)
    assert np.isfinite(found.p).tolist() == [[False, True], [False, False]]


def test_numbers_of_pairs_stand_on_both_sides():
    found = Background.of_pairs(["a", "b", "c"], {("b", "a"): 1.0, ("a", "c"): 2.0, ("x", "a"): 3.0, ("a", "a"): 4.0})
    assert found.values == pytest.approx(
        np.array([[np.nan, 1, 2], [1, np.nan, np.nan], [2, np.nan, np.nan]]), nan_ok=True
    )


def test_without_enough_pairs_of_the_set_nothing_is_tested():
    rng = np.random.default_rng(11)
    values = drawn(rng, 12)
    values[:10, :10] = np.nan
    found = against(
        Background(names(10), values[:10, :10]), values[[10], :10], values[[11], :10], values[[11]][:, [10]]
    )
    assert np.isnan(found.p).all()
    assert found.pairs == 0


def test_equal_numbers_are_counted():
    """There is no tail to go by, and nothing is divided by zero."""
    values = np.full((12, 12), -50.0)
    values[0, 1] = values[1, 0] = -51.0
    np.fill_diagonal(values, np.nan)
    p = Background(names(12), values).p_values(np.array([-5.0, 0.0, 5.0]))
    assert (p > 0).all()
    assert (p <= 1).all()
    assert (np.diff(p) > 0).all()
