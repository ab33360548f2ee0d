"""No number of a pose may depend on how its files lie or are numbered: such a number can hold the answer.

Unbound structures of benchmarks lie superposed on the known complex, and files of a complex lie in it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.analysis.affinity import predict
from crossdock.analysis.interface import residue_contacts
from crossdock.analysis.surface import areas_together, surface
from crossdock.docking.backends.local.search import Options, dock
from crossdock.docking.engine.atoms import docking_atoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.refinement import pose_terms, refine
from crossdock.docking.poses import TERMS
from crossdock.geometry.rotations import conjugate, matrix, multiply

ENTRIES = ("1ppe", "1emv")


def frames(seed):
    """Draw where both files lie: a quaternion (w, x, y, z) and a shift each."""
    rng = np.random.default_rng(seed)
    turns = Rotation.random(2, rng=rng)
    return [(turn.as_quat(scalar_first=True), turn.as_matrix(), rng.normal(scale=60, size=3)) for turn in turns]


def elsewhere(pair, seed):
    """Turn and move both files of a pair."""
    return [
        body.with_coord(body.coord @ turn.T + shift) for body, (_, turn, shift) in zip(pair, frames(seed), strict=True)
    ]


def carried(q, t, seed):
    """Give the poses that make of the moved files the complexes that poses (q, t) make of the files as they were.

    A pose places the ligand, x' = R x + t. With receptor files y -> A y + a and ligand files x -> B x + b it becomes
    R' = A R B^T and t' = A t + a - R' b.
    """
    (a_q, a, a_shift), (b_q, _, b_shift) = frames(seed)
    turned = multiply(multiply(a_q[None], q), conjugate(b_q[None]))
    placed = Rotation.from_quat(turned, scalar_first=True).as_matrix() @ b_shift
    return turned, t @ a.T + a_shift - placed


def renumbered(structure):
    """Give a structure with other chain letters, residue numbers and B-factors."""
    return replace(
        structure,
        chain=np.array([{"A": "Q", "B": "R"}.get(letter, "S") for letter in structure.chain.tolist()]),
        residue_number=structure.residue_number * 3 + 1000,
        b_factor=np.full_like(structure.b_factor, 17.0),
    )


@pytest.fixture(scope="module", params=ENTRIES)
def pair(request, bound_pair):
    return bound_pair(request.param)


@pytest.fixture(scope="module")
def docked(pair):
    """Poses of a short search, some of which touch and some overlap before they are refined."""
    poses = dock(*pair, Options("fast", 60, seed=2)).poses.iloc[::10].head(30)
    q = poses[["qw", "qx", "qy", "qz"]].to_numpy()
    return q / np.linalg.norm(q, axis=1, keepdims=True), poses[["tx_A", "ty_A", "tz_A"]].to_numpy()


def terms(pair, q, t):
    return pose_terms(*(docking_atoms(body) for body in pair), Energy(), q, t)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_term_depends_on_how_either_file_lies(pair, docked, seed):
    here, there = terms(pair, *docked), terms(elsewhere(pair, seed), *carried(*docked, seed))
    assert here.shape == (len(docked[0]), len(TERMS))
    assert np.abs(here).max(axis=0).min() > 0, "every term says something of these poses"
    assert there == pytest.approx(here, rel=1e-6, abs=1e-4)


def test_no_term_depends_on_numbers_letters_and_b_factors(pair, docked):
    assert (terms([renumbered(body) for body in pair], *docked) == terms(pair, *docked)).all()


def test_a_term_that_does_not_turn_with_the_ligand_would_be_found(pair, docked):
    """As the leak that this guards against: an axis of the ligand's file, taken as it lies in the complex."""

    def leak(bodies, q, t):
        axes = [np.linalg.svd(body.coord - body.coord.mean(axis=0), full_matrices=False)[2][0] for body in bodies]
        return np.full(len(q), axes[0] @ axes[1])

    here, there = leak(pair, *docked), leak(elsewhere(pair, 1), *carried(*docked, 1))
    assert there != pytest.approx(here, rel=1e-6, abs=1e-4)


def test_refinement_goes_the_same_way(pair, docked):
    """Downhill from the same complexes, the same energies are reached, wherever the files lie."""
    few = docked[0][:6], docked[1][:6]
    reached = [
        refine(*(docking_atoms(body) for body in bodies), Energy(), *poses)[2].sum(axis=1)
        for bodies, poses in ((pair, few), (elsewhere(pair, 3), carried(*few, 3)))
    ]
    assert reached[1] == pytest.approx(reached[0], abs=0.5)
    assert (reached[0] <= terms(pair, *few).sum(axis=1) + 1e-6).all()


def of_model(pair, q, t):
    """Give what the page says of a model: contacts, buried area, predicted affinity."""
    receptor, ligand = pair
    placed = ligand.moved(matrix(q), t)
    areas = areas_together(surface(receptor), surface(placed))
    buried = sum(float((surface(one).area - area).sum()) for one, area in zip((receptor, placed), areas, strict=True))
    return len(residue_contacts(receptor, placed)), buried, predict(receptor, placed, areas).dg


def test_nothing_that_is_said_of_a_model_depends_on_how_the_files_lie(pair, docked):
    for i in range(3):
        q, t = docked[0][i : i + 1], docked[1][i : i + 1]
        here = of_model(pair, q[0], t[0])
        moved_q, moved_t = carried(q, t, 4)
        there = of_model(elsewhere(pair, 4), moved_q[0], moved_t[0])
        assert there[0] == here[0]
        assert there[1] == pytest.approx(here[1], rel=0.01), "areas are counted at points of spheres that do not turn"
        assert there[2] == pytest.approx(here[2], abs=0.3)
        assert of_model([renumbered(body) for body in pair], q[0], t[0]) == pytest.approx(here)
