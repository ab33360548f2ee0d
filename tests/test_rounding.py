"""How many decimals are kept, in a unit of any size."""

import numpy as np
import pytest

from crossdock.rounding import decimals, rounded


@pytest.mark.parametrize("size", [1e-250, 1e-12, 1e-9, 3e-4, 0.1])
def test_small_numbers_keep_seven_digits(size):
    values = size * np.random.default_rng(1).normal(size=50)
    assert np.abs(rounded(values, like=values) - values).max() < 1e-6 * np.ptp(values)
    assert rounded(values, like=values[:1]) == pytest.approx(values, rel=0, abs=1e-6 * abs(values[0]))


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan, np.inf], [-36.0], [2.0, 3.0], [1e6, 1e9]])
def test_others_keep_four_decimals(values):
    assert decimals(values) == 4


def test_numbers_that_differ_little_from_one_another_stay_apart():
    values = 1000 + np.array([1.0, 2.0, 5.0]) * 1e-5
    assert len(set(rounded(values, like=values))) == 3
