"""What must hold of any docking: frames, mirror images, the grid's noise, and partners of odd sizes and shapes."""

from __future__ import annotations

import multiprocessing
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation
from scipy.stats import spearmanr

from crossdock.docking.backends.local.search import SAMPLINGS, SCAN_ENERGY, Options, dock
from crossdock.docking.engine.atoms import docking_atoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.fields import MOST_POINTS, channels, plan_grid, receptor_fields
from crossdock.docking.engine.refinement import pose_terms
from crossdock.docking.poses import place, placements
from crossdock.errors import DockingError
from crossdock.geometry.rotations import matrix, random_rotation
from crossdock.structures.shape import enclosing_ball, principal_axes
from crossdock.structures.structure import Structure

IDENTITY = np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3))


def moved(structure, seed, shift):
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    return structure.with_coord(structure.coord @ turn.T + shift)


def joined(*bodies):
    """Make one structure of bodies, numbered on, all in chain A."""
    columns = {name: np.concatenate([getattr(body, name) for body in bodies]) for name in vars(bodies[0])}
    step = max(int(np.ptp(body.residue_number)) for body in bodies) + 2
    columns["residue_number"] = np.concatenate([body.residue_number + step * i for i, body in enumerate(bodies)])
    return Structure(**columns)


@pytest.mark.measurement
def test_moving_and_turning_both_partners_changes_no_pose(bound_pair):
    """Both start from their own axes: the same scores, and the same complexes, however the files have them."""
    receptor, ligand = bound_pair("1emv")
    options = Options("fast", 300, seed=6)
    here = dock(receptor, ligand, options).poses
    elsewhere = moved(receptor, 1, 40.0), moved(ligand, 2, -70.0)
    there = dock(*elsewhere, options).poses
    assert there["score"].iloc[:100].to_numpy() == pytest.approx(here["score"].iloc[:100].to_numpy(), abs=0.05)
    distances = [
        np.linalg.norm(place(one, pose).coord[:50, None] - fixed.coord[None, :50], axis=2)
        for fixed, one, pose in ((receptor, ligand, here.iloc[0]), (*elsewhere, there.iloc[0]))
    ]
    assert distances[0] == pytest.approx(distances[1], abs=0.1)


def grid_scores(receptor, ligand, poses, turn, spacing):
    """Score poses on a grid that is laid through the pair turned by a matrix."""
    fixed = docking_atoms(receptor).placed(turn, np.zeros(3))
    moving = docking_atoms(ligand)
    grid = plan_grid(fixed, enclosing_ball(ligand.coord)[1], SCAN_ENERGY, spacing)
    fields = receptor_fields(fixed, SCAN_ENERGY, grid)
    carried = channels(moving, SCAN_ENERGY)
    axes = [np.arange(n) for n in grid.shape]
    fields = [RegularGridInterpolator(axes, field, bounds_error=False, fill_value=0.0) for field in fields]
    turns, shifts = placements(poses)
    scores = []
    for rotation, shift in zip(turns, shifts, strict=True):
        points = ((ligand.coord @ rotation.T + shift) @ turn.T - grid.origin) / grid.spacing
        scores.append(sum(values @ field(points) for values, field in zip(carried, fields, strict=True)))
    return np.array(scores)


@pytest.mark.measurement
def test_the_noise_of_the_grid_is_small(bound_pair):
    """The same poses on the same grid, differently turned: scores differ by a tenth of their spread, ranks hardly."""
    receptor, ligand = bound_pair("1ppe")
    poses = dock(receptor, ligand, Options("fast", 300, seed=3)).poses
    turns = [np.eye(3), Rotation.random(rng=np.random.default_rng(4)).as_matrix()]
    spacing = SAMPLINGS["default"].spacing
    one, two = (grid_scores(receptor, ligand, poses, turn, spacing) for turn in turns)
    assert spearmanr(one, two).statistic > 0.97
    assert np.median(abs(one - two)) < 0.15 * one.std()
    # Finer grids are less noisy.
    fine = [grid_scores(receptor, ligand, poses, turn, spacing / 2) for turn in turns]
    assert np.median(abs(fine[0] - fine[1])) < 0.5 * np.median(abs(one - two))


@pytest.mark.parametrize("entry", ["1ppe", "1emv", "1jtg", "1bvn"])
def test_a_mirror_image_scores_otherwise(bound_pair, entry):
    """A complex whose ligand is mirrored, in a plane across the interface, is no complex."""
    receptor, ligand = bound_pair(entry)
    middle = ligand.coord.mean(axis=0)
    axis = middle - receptor.coord.mean(axis=0)
    across = np.cross(axis, [1.0, 0, 0])
    across /= np.linalg.norm(across)
    mirrored = ligand.with_coord(ligand.coord - 2 * np.outer((ligand.coord - middle) @ across, across))
    native, image = (
        pose_terms(docking_atoms(receptor), docking_atoms(body), Energy(), *IDENTITY).sum()
        for body in (ligand, mirrored)
    )
    assert native < 0
    assert image > native + 0.5 * abs(native)


def test_axes_and_ball_do_not_depend_on_the_frame(bound_pair):
    body = bound_pair("1bvn")[0].coord
    turn = matrix(random_rotation(np.random.default_rng(7)))
    elsewhere = body @ turn.T + [10.0, -300.0, 7.0]
    one, two = ((coord - coord.mean(axis=0)) @ principal_axes(coord).T for coord in (body, elsewhere))
    assert one == pytest.approx(two, abs=1e-6)
    assert np.diff(one.var(axis=0)).min() > 0
    centre, radius = enclosing_ball(body)
    assert np.linalg.norm(body - centre, axis=1).max() <= radius + 1e-9
    # The least ball around points is that around the corners of their hull.
    assert radius < 1.02 * enclosing_ball(elsewhere[ConvexHull(elsewhere).vertices], steps=20000)[1]


@pytest.mark.measurement
def test_whichever_partner_stays_the_complex_is_the_same(bound_pair):
    """Receptor and ligand exchanged: the best pose is the inverse one, with the same score."""
    receptor, ligand = bound_pair("1bvn")
    ways = [dock(*pair, Options("fast", 600, seed=5)) for pair in ((receptor, ligand), (ligand, receptor))]
    assert {way.record["start"]["moves"] for way in ways} == {"receptor", "ligand"}
    best = [way.poses.iloc[0] for way in ways]
    assert best[0]["score"] == pytest.approx(best[1]["score"], rel=0.1)


def dock_and_weigh(receptor, ligand):
    poses = dock(receptor, ligand, Options("fast", 8, seed=1)).poses
    # Not getrusage: after an exec its maximum still holds the parent's memory.
    peak = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return poses, int(peak[1])


@pytest.mark.measurement
def test_very_large_partners(bound_pair):
    """2,500 residues against 500: a result, in bounded memory."""
    amylase = bound_pair("1bvn")[0]
    shifts = np.array([[0, 0, 0], [75, 0, 0], [0, 75, 0], [0, 0, 75], [75, 75, 0]], dtype=float)
    large = joined(*(amylase.with_coord(amylase.coord + shift) for shift in shifts))
    assert large.n_residues > 2400
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # whose memory is this docking's alone
        poses, kilobytes = pool.apply(dock_and_weigh, (large, amylase))
    assert len(poses) > 10
    assert np.isfinite(poses["score"]).all()
    assert kilobytes < 2e6


def test_very_small_partners(bound_pair):
    """Ten residues find the cleft of trypsin's native inhibitor, or at least a place."""
    receptor, ligand = bound_pair("1ppe")
    peptide = ligand[ligand.residue_index < 10]
    for pair in ((receptor, peptide), (peptide, receptor), (peptide, peptide)):
        poses = dock(*pair, Options("fast", 60, seed=1)).poses
        assert poses["score"].iloc[0] < 0


def test_elongated_partners_are_docked_on_a_coarser_grid(bound_pair):
    """A rod of 900 A does not fit the largest grid at the spacing asked for; what was used is recorded."""
    inhibitor = bound_pair("1ppe")[1]
    rod = joined(*(inhibitor.with_coord(inhibitor.coord + np.array([25.0 * i, 0, 0])) for i in range(36)))
    done = dock(rod, inhibitor, Options("fast", 6, seed=1))
    spacing, grid = done.record["parameters"]["spacing"], done.record["parameters"]["grid"]
    assert spacing > SAMPLINGS["fast"].spacing
    assert f"{spacing:.1f} A were used" in done.record["notes"][0]
    assert max(grid) * spacing > 900
    assert np.prod(grid) <= MOST_POINTS
    assert len(done.poses) > 5


def test_partners_of_one_type_of_atom(bound_pair):
    """A CA trace without glycine has no charges and one type; it is docked by shape."""
    receptor, ligand = bound_pair("1ppe")
    trace = ligand[(ligand.atom_name == "CA") & (ligand.residue_name != "GLY")]
    assert len(set(docking_atoms(trace).kind.tolist())) == 1
    assert dock(receptor, trace, Options("fast", 60, seed=1)).poses["score"].iloc[0] < 0


def test_empty_partners_are_refused(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    with pytest.raises(DockingError, match="ligand: no atom of a standard amino acid"):
        dock(receptor, ligand[np.zeros(len(ligand), dtype=bool)], Options("fast", 6))
    with pytest.raises(DockingError, match="receptor: no atom of a standard amino acid"):
        dock(replace(receptor, hetero=np.ones(len(receptor), dtype=bool)), ligand, Options("fast", 6))
