"""Noise that pairs must lie beyond: how often panels without partners have any, whatever their scatter."""

import numpy as np
import pytest

from crossdock.analysis.scatter import LEAST, RATE, noise_limit, scaled_z

#: What a rate measured over 600 panels may exceed `RATE` by.
SLACK = 0.025


def panels(rng, shape, *, unequal, tail, n=600):
    """Panels without partners: averages of each protein, and noise that proteins scatter unequally."""
    ligands, receptors = shape
    scatter = np.exp(rng.normal(0, unequal, (n, ligands, 1)) + rng.normal(0, unequal, (n, 1, receptors)))
    noise = -rng.gumbel(size=(n, *shape)) if tail else rng.normal(size=(n, *shape))
    return noise * scatter + rng.normal(0, 5, (n, ligands, 1)) + rng.normal(0, 5, (n, 1, receptors))


@pytest.mark.parametrize("tail", [False, True], ids=["normal", "long-tailed"])
@pytest.mark.parametrize("unequal", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("shape", [(4, 4), (12, 7), (7, 12), pytest.param((20, 20), marks=pytest.mark.measurement)])
def test_panels_without_partners_seldom_have_a_pair_beyond_noise(shape, unequal, tail):
    z = scaled_z(panels(np.random.default_rng(7), shape, unequal=unequal, tail=tail))
    assert (np.nanmin(z, axis=(1, 2)) < noise_limit(*shape)).mean() <= RATE + SLACK


def test_a_pair_far_enough_out_is_found_and_no_other():
    scores = panels(np.random.default_rng(3), (12, 7), unequal=0.25, tail=True, n=200)
    scores[:, 3, 2] -= 40
    below = scaled_z(scores) < noise_limit(12, 7)
    assert below[:, 3, 2].mean() > 0.9
    below[:, 3, 2] = False
    assert below.any(axis=(1, 2)).mean() <= RATE + SLACK


def test_the_unit_is_each_proteins_own_scatter():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(40, 40))
    wide = scores.copy()
    wide[5] *= 10
    assert np.abs(scaled_z(wide)[5]).mean() < 2.5 * np.abs(scaled_z(scores)[5]).mean()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2), (LEAST - 1, 50)])
def test_a_small_panel_has_no_limit(shape):
    assert noise_limit(*shape) is None


def test_what_averages_explain_but_for_rounding_is_no_noise():
    rng = np.random.default_rng(2)
    for _ in range(60):
        additive = rng.normal(-200, 50, (8, 1)) + rng.normal(0, 30, (1, 6))
        assert not (scaled_z(additive) < noise_limit(8, 6)).any()


def test_scores_that_are_all_alike_are_beyond_nothing():
    assert not (scaled_z(np.zeros((5, 5))) < noise_limit(5, 5)).any()
    mostly = np.zeros((5, 5))
    mostly[0, 0] = -100.0
    assert not (scaled_z(mostly) < noise_limit(5, 5)).any(), "there is no unit where most residuals are zero"
