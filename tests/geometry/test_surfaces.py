"""Surfaces held to FreeSASA, to Biopython, and to the formula for two spheres."""

import numpy as np
import pytest
from Bio.PDB import PDBParser
from Bio.PDB.SASA import ShrakeRupley
from scipy.spatial.transform import Rotation

from crossdock.analysis.surface import atom_radii, surface
from crossdock.geometry.spheres import sphere
from crossdock.geometry.surfaces import PROBE_A, accessible_surface, areas_together
from crossdock.structures.structure import write_structure

#: The demo's complexes, the smallest first.
PAIRS = ("1ppe", *(pytest.param(entry, marks=pytest.mark.measurement) for entry in ("1emv", "1jtg", "1bvn")))


def buried(bodies):
    alone = [surface(body) for body in bodies]
    return [float((one.area - area).sum()) for one, area in zip(alone, areas_together(*alone), strict=True)]


@pytest.mark.parametrize("entry", PAIRS)
def test_areas_are_freesasas(bound_pair, entry, need_module):
    freesasa = need_module("freesasa", "FreeSASA is not here: `pip install freesasa` (it compiles)")
    bodies = bound_pair(entry)
    settings = freesasa.Parameters({"algorithm": freesasa.LeeRichards, "probe-radius": PROBE_A, "n-slices": 100})

    def area(*some):
        coord, radii = np.vstack([body.coord for body in some]), np.concatenate([atom_radii(body) for body in some])
        return freesasa.calcCoord(coord.ravel(), radii, settings).totalArea()

    for body in bodies:
        assert surface(body).area.sum() == pytest.approx(area(body), rel=0.01)
    assert sum(buried(bodies)) == pytest.approx(area(bodies[0]) + area(bodies[1]) - area(*bodies), rel=0.01)


@pytest.mark.parametrize(
    ("entry", "points", "share"),
    [
        ("1ppe", 200, 0.02),
        *(pytest.param(entry, 1000, 0.01, marks=pytest.mark.measurement) for entry in ("1ppe", "1emv")),
    ],
)  # Biopython takes half a minute for a large one
def test_buried_areas_are_biopythons(bound_pair, entry, points, share, tmp_path):
    """With Biopython's own radii, which it has by element: each side within 1 %, or 2 % by fewer of its points."""
    bodies = bound_pair(entry)
    solver = ShrakeRupley(probe_radius=PROBE_A, n_points=points)
    radii = [np.array([solver.radii_dict[e] for e in body.element.tolist()]) for body in bodies]

    def areas(*some):
        write_structure(tmp_path / "body.pdb", *some)
        read = PDBParser(QUIET=True).get_structure("body", str(tmp_path / "body.pdb"))
        solver.compute(read, level="A")
        return np.array([atom.sasa for atom in read.get_atoms()])

    alone = [surface(body, radii=own) for body, own in zip(bodies, radii, strict=True)]
    complexed = np.split(areas(*bodies), [len(bodies[0])])
    for one, after, body, theirs in zip(alone, areas_together(*alone), bodies, complexed, strict=True):
        assert (one.area - after).sum() == pytest.approx((areas(body) - theirs).sum(), rel=share)


def test_only_what_is_near_the_other_body_changes(bound_pair):
    receptor, ligand = (surface(body) for body in bound_pair("1emv"))
    apart = areas_together(receptor, ligand.moved(np.eye(3), np.full(3, 500.0)))
    assert np.array_equal(apart[0], receptor.area)
    assert np.array_equal(apart[1], ligand.area)
    turn = Rotation.from_euler("xyz", (1.0, 2.0, 3.0)).as_matrix()
    shift = np.array([10.0, -20.0, 30.0])
    together = areas_together(receptor, ligand)
    elsewhere = areas_together(receptor.moved(turn, shift), ligand.moved(turn, shift))
    assert np.concatenate(elsewhere) == pytest.approx(np.concatenate(together))
    assert (together[0] <= receptor.area).all()
    assert 0.05 < (together[0] < receptor.area).mean() < 0.3


@pytest.mark.parametrize("radii", [(1.8, 1.8), (1.2, 2.1)])
def test_two_atoms_lose_the_caps_that_lie_in_one_another(radii):
    """A sphere of radius r loses a cap of height r - (d^2 + r^2 - s^2) / (2 d) to one of radius s at distance d."""
    d, (r, s) = 3.1, np.array(radii) + PROBE_A
    two = accessible_surface(np.array([[0, 0, 0], [d, 0, 0]]), np.array(radii), sphere(20000))
    caps = [a - (d * d + a * a - b * b) / (2 * d) for a, b in ((r, s), (s, r))]
    left = [4 * np.pi * a * a - 2 * np.pi * a * cap for a, cap in zip((r, s), caps, strict=True)]
    assert two.area == pytest.approx(left, rel=1e-3)


def test_an_atom_alone_and_no_atom():
    alone = accessible_surface(np.zeros((1, 3)), np.array([1.8]), sphere(50))
    assert alone.area == pytest.approx([4 * np.pi * 3.2**2])
    nothing = accessible_surface(np.zeros((0, 3)), np.zeros(0), sphere(50))
    assert nothing.area.shape == (0,)
    assert areas_together(alone, nothing)[0] == pytest.approx(alone.area)
