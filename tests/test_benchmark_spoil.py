"""Interfaces that the benchmark spoils: how many residues are right, where the others lie, and that runs repeat."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

PATH = Path(__file__).parents[1] / "benchmarks/spoil.py"
specification = importlib.util.spec_from_file_location("spoil", PATH)
spoil = importlib.util.module_from_spec(specification)
specification.loader.exec_module(spoil)


@pytest.fixture(scope="module")
def partner(bound_pair):
    """Give trypsin, and the atoms of the residues that its inhibitor touches."""
    receptor, ligand = bound_pair("1ppe")
    receptor = receptor[~receptor.hetero]
    near = cKDTree(ligand.coord).query(receptor.coord)[0] < 5.0
    return receptor, np.isin(receptor.residue_index, receptor.residue_index[near])


def residues(structure, mask):
    return set(structure.residue_index[mask].tolist())


def middle(structure, mask):
    return structure.coord[mask & (structure.atom_name == "CA")].mean(axis=0)


@pytest.mark.parametrize(
    ("how", "kept", "wrong"),
    [
        ("third-missing", 2 / 3, 0),
        ("half-missing", 1 / 2, 0),
        ("third-wrong", 2 / 3, 1 / 3),
        ("half-wrong", 1 / 2, 1 / 2),
    ],
)
def test_so_many_residues_are_left_out_or_replaced_by_others_of_the_surface(partner, how, kept, wrong):
    structure, true = partner
    made = spoil.spoiled(structure, true, how, spoil.generator("1PPE", "receptor"))
    before, after = residues(structure, true), residues(structure, made)
    assert len(before & after) == pytest.approx(kept * len(before), abs=1)
    assert len(after - before) == pytest.approx(wrong * len(before), abs=1)
    assert len(after) == len(before) or not wrong
    neighbours = cKDTree(structure.coord).query_ball_point(structure.coord, 10.0, return_length=True)
    buried = [neighbours[structure.residue_index == one].min() for one in after - before]
    assert not buried or max(buried) < np.quantile(neighbours, 0.75), "wrong residues lie at the surface too"
    # All atoms of a residue go together.
    assert made.sum() == np.isin(structure.residue_index, list(after)).sum()


def test_a_shifted_patch_lies_beside_the_true_one_and_an_opposite_one_far_off(partner):
    structure, true = partner
    moved = {}
    for how in ("shifted", "opposite"):
        made = spoil.spoiled(structure, true, how, spoil.generator("1PPE", "receptor"))
        assert len(residues(structure, made)) == len(residues(structure, true))
        moved[how] = float(np.linalg.norm(middle(structure, made) - middle(structure, true)))
        shared = len(residues(structure, made) & residues(structure, true)) / len(residues(structure, true))
        assert shared < 0.1 if how == "opposite" else 0 < shared < 0.8
    assert 4.0 < moved["shifted"] < 14.0
    assert moved["opposite"] > 18.0


def test_what_is_drawn_follows_from_complex_and_side(partner):
    structure, true = partner
    for how in spoil.SPOILS:
        drawn = [
            spoil.spoiled(structure, true, how, spoil.generator(*of))
            for of in (("1PPE", "receptor"), ("1PPE", "receptor"), ("1PPE", "ligand"), ("2SIC", "receptor"))
        ]
        assert (drawn[0] == drawn[1]).all()
        if how not in ("none", "opposite"):
            assert (drawn[0] != drawn[2]).any()
            assert (drawn[0] != drawn[3]).any()
    assert (spoil.spoiled(structure, true, "none", spoil.generator("1PPE", "receptor")) == true).all()


def test_residues_that_are_closed_to_docking_are_no_wrong_ones(partner):
    structure, true = partner
    closed = ~true & (structure.residue_index % 2 == 0)
    for how in ("half-wrong", "shifted", "opposite"):
        made = spoil.spoiled(structure, true, how, spoil.generator("1PPE", "receptor"), closed)
        assert not (made & closed).any()
