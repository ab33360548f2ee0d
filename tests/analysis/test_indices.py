"""Pair indices, each against an example worked by hand."""

import numpy as np
import pytest

from crossdock.analysis.indices import agreement, cluster_fraction, decoy_index
from crossdock.errors import InputError


def test_the_decoy_index_by_hand():
    """Decoys -2, -4, -4, -4, -5, -5, -7, -9: mean -5, population SD 2, so the best stands 2 above."""
    decoys = np.array([-2.0, -4, -4, -4, -5, -5, -7, -9])
    assert decoy_index(decoys.min(), decoys.mean(), decoys.std()) == 2.0
    with pytest.raises(InputError, match="differ"):
        decoy_index(-5, -5, 0)


def test_the_cluster_fraction_by_hand():
    assert cluster_fraction(87, 1000) == 0.087
    with pytest.raises(InputError, match="between 1 and"):
        cluster_fraction(0, 1000)


def test_agreement_of_four_sets():
    """Three sets within 5 A of the second, the fourth elsewhere."""
    apart = np.array([[0, 4, 7, 30], [4, 0, 4.5, 31], [7, 4.5, 0, 29], [30, 31, 29, 0.0]])
    assert agreement(apart) == 0.75
    assert agreement(np.full((4, 4), 20.0) - 20 * np.eye(4)) == 0.25
