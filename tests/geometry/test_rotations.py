"""Orientations against scipy's Rotation."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.docking.engine import refinement
from crossdock.geometry.rotations import conjugate, matrix, multiply, random_rotation, uniform_rotations


@pytest.mark.parametrize("n", [1, 10, 500, 3000])
def test_uniform_rotations_leave_no_hole(n):
    quaternions = uniform_rotations(n)
    assert np.linalg.norm(quaternions, axis=1) == pytest.approx(1)
    if n < 500:
        return
    probes = Rotation.random(2000, rng=np.random.default_rng(0)).as_quat(scalar_first=True)
    nearest = abs(probes @ quaternions.T).max(axis=1)
    angle = np.degrees(2 * np.arccos(np.clip(nearest, 0, 1)))
    ideal = np.degrees((6 * np.pi / n) ** (1 / 3))  # radius of the ball of rotations that is one n-th of all
    assert angle.max() < 1.9 * ideal


def test_quaternions_agree_with_scipy():
    rng = np.random.default_rng(2)
    p, q = Rotation.random(20, rng=rng), Rotation.random(20, rng=rng)
    pq, qq = p.as_quat(scalar_first=True), q.as_quat(scalar_first=True)
    assert matrix(pq) == pytest.approx(p.as_matrix())
    assert matrix(multiply(pq, qq)) == pytest.approx((p * q).as_matrix())
    assert matrix(conjugate(pq)) == pytest.approx(p.inv().as_matrix())
    assert np.linalg.norm(random_rotation(rng)) == pytest.approx(1)


def test_the_formulas_as_compiled_give_the_same_numbers():
    """To the last bit: poses are refined by the one and placed by the other."""
    p, q = uniform_rotations(20), uniform_rotations(40)[20:]
    assert np.array_equal([refinement._rows(*one) for one in p], matrix(p))
    assert np.array_equal([refinement._product(one, other) for one, other in zip(p, q, strict=True)], multiply(p, q))


def test_one_quaternion_meets_many():
    p, many = uniform_rotations(3)[1], uniform_rotations(12).reshape(3, 4, 4)
    assert matrix(many).shape == (3, 4, 3, 3)
    expected = [[multiply(p, q) for q in row] for row in many]
    assert np.array_equal(multiply(p, many), expected)
