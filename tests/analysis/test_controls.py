"""p- and q-values against controls: by hand, and by simulation of panels with and without partners."""

import numpy as np
import pytest

from crossdock.analysis.controls import against_controls
from crossdock.analysis.specificity import median_polish
from crossdock.errors import InputError

#: Panels that are simulated; a share of n of them may differ by two standard errors.
SIMULATIONS = [100, pytest.param(1000, marks=pytest.mark.measurement)]


def panel(rng, ligands, receptors, controls, partners=0, effect=0.0):
    """Simulate scores: averages of each protein, noise of one unit, and partners that lie so many units below."""
    size = ligands + controls
    scores = rng.normal(0, 4, size)[:, None] + rng.normal(0, 6, receptors) + rng.normal(size=(size, receptors))
    true = np.zeros((ligands, receptors), dtype=bool)
    chosen = rng.choice(ligands, partners, replace=False)
    true[chosen, np.arange(partners) % receptors] = True
    scores[:ligands][true] -= effect
    return scores[:ligands], scores[ligands:], true


def test_p_and_q_by_hand():
    """Two ligands and three controls on three receptors; medians of rows and columns are zero: residuals are scores.

    Of each column, and of all, the MAD is 1, so z is the score over 1.4826.
    """
    scores = np.array([[-9.0, 0.0, 1.0], [-1.0, 0.0, 1.0]])
    controls = np.array([[0.0, 1.0, -1.0], [0.0, 1.0, -1.0], [1.0, -1.0, 0.0]])
    tested = against_controls(scores, controls)
    assert tested.z == pytest.approx(scores / 1.4826)
    assert tested.controls == 9
    # Of nine control pairs none is as low as -9, three as low as -1, six as low as 0 and all as low as 1.
    assert tested.p == pytest.approx(np.array([[1, 7, 10], [4, 7, 10]]) / 10)
    # Sorted 0.1, 0.4, 0.7, 0.7, 1, 1; times 6 / place 0.6, 1.2, 1.4, 1.05, 1.2, 1; none more than those after it.
    assert tested.q == pytest.approx(np.array([[0.6, 1, 1], [1, 1, 1]]))


def test_few_ligands_borrow_the_spread_of_all_receptors():
    """A receptor whose few residuals happen to be near zero does not make findings of every pair of it."""
    rng = np.random.default_rng(5)
    quiet = np.array([1.0, 1, 1, 1, 1, 0.01])
    table = rng.normal(0, 4, 7)[:, None] + rng.normal(0, 6, 6) + rng.normal(size=(7, 6)) * quiet
    tested = against_controls(table[:3], table[3:])
    alone = median_polish(table).residual[:, 5]
    own = np.abs(alone[:3]).max() / (1.4826 * np.median(np.abs(alone - np.median(alone))))
    assert np.abs(tested.z[:, 5]).max() < 0.8 * own


def test_ligands_that_scatter_more_than_controls_are_noticed():
    rng = np.random.default_rng(6)
    scores, controls, _ = panel(rng, 12, 7, 60)
    alike = against_controls(scores, controls)
    assert alike.spread < alike.rare_spread
    wild = against_controls(scores + 2 * rng.normal(size=scores.shape), controls)
    assert wild.spread > wild.rare_spread


@pytest.mark.parametrize(("ligands", "receptors", "controls"), [(3, 3, 8), (4, 4, 8), (12, 7, 60)])
def test_ligands_alike_to_the_controls_are_rarely_said_to_scatter_more(ligands, receptors, controls):
    rng = np.random.default_rng(8)
    tested = [against_controls(*panel(rng, ligands, receptors, controls)[:2]) for _ in range(120)]
    assert np.mean([one.spread > one.rare_spread for one in tested]) < 0.12


def test_ligands_that_scatter_a_little_more_give_false_calls():
    """What docs/statistics.md warns of: no partner, 1.3 times the scatter, and about half of the panels have a call."""
    rng = np.random.default_rng(9)
    called = []
    for _ in range(100):
        table = rng.normal(size=(132, 7)) * np.where(np.arange(132) < 12, 1.3, 1.0)[:, None]
        called.append((against_controls(table[:12], table[12:]).q <= 0.1).any())
    assert 0.35 < np.mean(called) < 0.75


def test_what_a_protein_scores_on_average_does_not_matter():
    rng = np.random.default_rng(1)
    scores, controls, _ = panel(rng, 5, 4, 12)
    plain = against_controls(scores, controls)
    moved = against_controls(
        scores + np.array([0, 50, -300, 9, 1])[:, None] + np.arange(4) * 100, controls + np.arange(4) * 100
    )
    assert moved.p == pytest.approx(plain.p, abs=0.05), "the polish ends a little elsewhere"
    assert against_controls(scores * 7, controls * 7).p == pytest.approx(plain.p)


@pytest.mark.parametrize(
    ("n", "low", "high"), [(100, 0.8, 1.15), pytest.param(1000, 0.9, 1.05, marks=pytest.mark.measurement)]
)
def test_p_is_uniform_without_partners(n, low, high):
    """A control is as good as a ligand of no partner: each level is reached as often as it says, or a little less.

    Where residuals are in the middle, many are zero: ties, which count for the controls.
    """
    rng = np.random.default_rng(2)
    p = np.concatenate([against_controls(*panel(rng, 6, 5, 30)[:2]).p.ravel() for _ in range(n)])
    for level in (0.02, 0.05, 0.2):
        assert low * level < (p <= level).mean() < high * level + 0.001
    assert 0.35 < (p <= 0.5).mean() <= 0.5


@pytest.mark.parametrize("n", SIMULATIONS)
def test_no_more_false_discoveries_than_the_rate_says(n):
    """Nothing planted: a panel with any call at q of 0.1 is false, and no more than one in ten is."""
    rng = np.random.default_rng(3)
    called = [(against_controls(*panel(rng, 4, 4, 80)[:2]).q <= 0.1).any() for _ in range(n)]
    share = np.mean(called)
    assert 0.02 < share < 0.1 + 2 * np.sqrt(0.1 * 0.9 / n)


@pytest.mark.parametrize("n", SIMULATIONS)
def test_planted_partners_are_found(n):
    """12 x 7 with a partner for each receptor, 5 units below chance, and 50 controls: most are found, few others."""
    rng = np.random.default_rng(4)
    power, false = [], []
    for _ in range(n):
        scores, controls, true = panel(rng, 12, 7, 50, partners=7, effect=5.0)
        call = against_controls(scores, controls).q <= 0.1
        power.append((call & true).sum() / true.sum())
        false.append((call & ~true).sum() / max(1, call.sum()))
    assert np.mean(power) > 0.85
    assert np.mean(false) < 0.1


def test_too_few_controls():
    with pytest.raises(InputError, match="1 control ligands on 3 receptors"):
        against_controls(np.zeros((2, 3)), np.zeros((1, 3)))
    with pytest.raises(InputError, match="most scores are zero"):
        against_controls(np.zeros((2, 3)), np.zeros((4, 3)))


def test_known_partners_do_not_count_as_scatter():
    """Of four ligands each has a partner: by the others alone they scatter as the controls do."""
    noticed = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores, controls, true = panel(rng, 4, 4, 12, partners=4, effect=12.0)
        blind, told = against_controls(scores, controls), against_controls(scores, controls, partners=true)
        assert np.array_equal(blind.q, told.q), "they are tested all the same"
        noticed.append((blind.spread > blind.rare_spread, told.spread > told.rare_spread))
    of_blind, of_told = np.sum(noticed, axis=0)
    assert of_blind > 15, "of sixty such panels, many were held to be unlike their controls"
    assert of_told < of_blind / 2
