"""Points on a sphere: each stands for the same share of it, as scipy's Voronoi cells measure."""

import numpy as np
import pytest
from scipy.spatial import SphericalVoronoi

from crossdock.geometry.spheres import hemisphere, sphere


@pytest.mark.parametrize("n", [100, 500, 2000])
def test_every_point_has_the_same_share_of_the_sphere(n):
    half = hemisphere(n // 2)
    for points in (sphere(n), np.vstack([half, -half])):
        assert points.shape == (n, 3)
        assert np.linalg.norm(points, axis=1) == pytest.approx(1)
        assert np.linalg.norm(points.mean(axis=0)) < 1 / n
        shares = SphericalVoronoi(points).calculate_areas() / (4 * np.pi / n)
        assert shares.std() < 0.1
        assert 0.5 < shares.min() <= shares.max() < 1.5


def test_a_hemisphere_lies_above_its_equator():
    assert hemisphere(200)[:, 2].min() > 0


def test_a_single_point():
    assert np.linalg.norm(sphere(1)) == pytest.approx(1)
    assert np.linalg.norm(hemisphere(1)) == pytest.approx(1)
