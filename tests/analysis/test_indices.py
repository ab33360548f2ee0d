"""Pair indices, each against an example worked by hand."""

import numpy as np
import pytest

from crossdock.analysis.indices import (
    agreement,
    cluster_fraction,
    decoy_index,
    interaction_index,
    interface_propensity,
    normalised_interaction_index,
)
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


def test_the_propensity_by_hand():
    """Met by 1, 1/2, 0 and 1/2 of the poses on average: mean 1/2, so 1, 0, -1, 0."""
    poses = [np.array([[1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool), np.array([[1, 1, 0, 1]], dtype=bool)]
    assert interface_propensity(poses[:1]).tolist() == [1.0, 0.0, -1.0, 0.0]
    both = interface_propensity(poses, np.array([1.0, 3.0]))  # shares 1, 7/8, 0, 7/8; mean 11/16
    assert both == pytest.approx([1, 3 / 5, -11 / 5, 3 / 5])
    assert interface_propensity([np.ones((2, 3), dtype=bool)]).tolist() == [0, 0, 0]


def test_the_interaction_index_by_hand():
    """Energies -10 and -30; half and none of the receptor's expected residues met: -10 x 1/2 x 1 is the lower."""
    receptor = np.array([[1, 0, 0], [0, 0, 1]], dtype=bool)
    ligand = np.array([[1, 1], [1, 1]], dtype=bool)
    expected = np.array([1, 1, 0], dtype=bool), np.array([0, 1], dtype=bool)
    energy = np.array([-10.0, -30.0])
    assert interaction_index(energy, receptor, ligand, expected) == -5.0
    assert interaction_index(energy, receptor, ligand, (expected[0], np.zeros(2, dtype=bool))) == 0.0


def test_of_equivalent_sites_the_one_met_most_counts():
    """Two sites of two residues; the second lacks one: half of the first, and half of the other, are met."""
    energy, all_of_it = np.array([-10.0, -30.0]), np.ones((2, 1), dtype=bool)
    receptor = np.array([[1, 0, 0], [0, 0, 1]], dtype=bool)
    sites = np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    assert interaction_index(energy, receptor, all_of_it, (sites, np.array([True]))) == -15.0
    assert interaction_index(energy, receptor, all_of_it, (sites[0], np.array([True]))) == -5.0


def test_the_normalised_index_by_hand():
    """Ligand a on R1 -10 (best of both): 1. On R2 -5: 25 / (10 x 8). Ligand b: 16 / (8 x 10), and 64 / 64."""
    index = np.array([[-10.0, -5.0], [-4.0, -8.0]])
    assert normalised_interaction_index(index).tolist() == [[1.0, 25 / 80], [16 / 80, 1.0]]
    assert normalised_interaction_index(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
