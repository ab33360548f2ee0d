"""Lists of the points near each cube of space, against a search tree."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from crossdock.docking.engine.neighbours import cube_at, neighbours


@pytest.mark.parametrize(("cutoff", "edge"), [(8.0, 2.0), (10.0, 4.0), (3.0, 5.0)])
def test_lists_hold_every_point_near_any_place(cutoff, edge):
    rng = np.random.default_rng(2)
    coord = rng.uniform(-20, 20, size=(400, 3)) * (1, 0.5, 0.8) + 100.0
    near, tree = neighbours(coord, cutoff, edge=edge), cKDTree(coord)
    places = rng.uniform(-30, 30, size=(2000, 3)) + 100.0
    farthest = cutoff + np.sqrt(3) * edge + 1e-5
    inside = 0
    for place in places:
        cube, within = cube_at(near.cubes, *place), tree.query_ball_point(place, cutoff)
        if cube < 0:
            assert not within
            continue
        inside += 1
        listed = near.points[near.start[cube] : near.start[cube + 1]]
        assert (np.diff(listed.astype(int)) > 0).all()
        assert set(within) <= set(listed.tolist()) <= set(tree.query_ball_point(place, farthest))
    assert 500 < inside < 2000
    assert near.start[-1] == len(near.points)


def test_a_point_alone_and_none():
    near = neighbours(np.array([[1.0, 2.0, 3.0]]), 4.0)
    cube = cube_at(near.cubes, 1.0, 2.0, 6.9)
    assert near.points[near.start[cube] : near.start[cube + 1]].tolist() == [0]
    assert cube_at(near.cubes, 1.0, 2.0, 9.1) == -1
    assert cube_at(neighbours(np.zeros((0, 3)), 4.0).cubes, 0.0, 0.0, 0.0) == -1
