"""The local engine against sums over atoms written out in plain numpy, and against known complexes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crossdock.docking.backends.contract import Site
from crossdock.docking.backends.local.search import Options, dock, grid_points
from crossdock.docking.engine import energy as energy_function
from crossdock.docking.engine.atoms import RESIDUE_NAMES, TYPE_NAMES, docking_atoms
from crossdock.docking.engine.correlation import Correlator, scan
from crossdock.docking.engine.energy import Energy, contact_potential, residue_potential
from crossdock.docking.engine.fields import channels
from crossdock.docking.engine.lowest import best_points
from crossdock.docking.engine.refinement import pose_terms, refine
from crossdock.docking.models import write_models
from crossdock.docking.poses import TERMS, place, placements
from crossdock.errors import CrossdockError, DockingError, InputError
from crossdock.geometry.rotations import conjugate, matrix, random_rotation, uniform_rotations
from crossdock.structures.shape import Size


def centred(atoms):
    return replace(atoms, coord=atoms.coord - atoms.coord.mean(axis=0))


@pytest.fixture(scope="module", params=["open", "partly closed"])
def trypsin(request, bound_pair):
    """Give trypsin and its inhibitor, once with a few residues of each closed to docking."""
    receptor, ligand = bound_pair("1ppe")
    if request.param == "open":
        return docking_atoms(receptor), docking_atoms(ligand)
    return tuple(
        docking_atoms(one, one.residue_index % 7 == 0, one.residue_index % 5 == 0) for one in (receptor, ligand)
    )


def plain_terms(receptor, turn, shift, ligand, energy):
    """Sum the energy terms over all pairs, from the formulas in the documentation alone."""

    def distances(a, b):
        return np.linalg.norm(a[:, None] - (b @ turn.T + shift)[None], axis=2)

    d, sites, potential = distances(receptor.coord, ligand.coord), 0.0, contact_potential()

    def fall(full, none, d=None):
        d = distances(receptor.coord, ligand.coord) if d is None else d
        t = np.clip((none - d) / (none - full), 0, 1)
        return 3 * t**2 - 2 * t**3

    both = (receptor.kind[:, None] >= 0) & (ligand.kind[None] >= 0)
    shut = receptor.closed[:, None] * ligand.hardness + receptor.hardness[:, None] * ligand.closed
    drawn = receptor.attract[:, None] * ligand.hardness + receptor.hardness[:, None] * ligand.attract
    e = potential[np.maximum(receptor.kind, 0)][:, np.maximum(ligand.kind, 0)]
    apart = distances(receptor.centre, ligand.centre)
    inside = [np.zeros_like(apart), *(fall(edge - 0.5, edge + 0.5, apart) for edge in energy.shells)]
    for s, table in enumerate(np.moveaxis(residue_potential()[receptor.residue][:, ligand.residue], -1, 0)):
        sites += (table * (inside[s + 1] - inside[s])).sum()
    r = np.maximum(d, 2.0)
    dielectric = np.where(r <= 6, 4.0, 38 * r - 224)
    coulomb = np.where(d < 8, 1 / (dielectric * r) - 1 / (80 * 8), 0)
    return np.array(
        [
            energy.repulsion * (receptor.hardness[:, None] * ligand.hardness * fall(*energy.clash)).sum()
            + energy.closing * (shut * fall(*energy.reach)).sum(),
            -energy.attraction * (fall(*energy.reach) * both).sum()
            - energy.pulling * (drawn * fall(*energy.reach)).sum(),
            energy.electrostatics * (receptor.charge[:, None] * ligand.charge * coulomb).sum(),
            energy.contact * (e * fall(*energy.reach) * both).sum(),
            energy.residue * sites,
        ]
    )


#: The pose that leaves the ligand where it is.
IDENTITY = np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3))


def nearby_poses(ligand, n, seed=3, shift=5.0):
    """Give the native pose and others around it."""
    rng = np.random.default_rng(seed)
    turns = Rotation.random(n, rng=rng)
    turns = Rotation.concatenate([Rotation.identity(), turns[1:]])
    centre = ligand.coord.mean(axis=0)
    shifts = centre + rng.normal(size=(n, 3)) * shift - turns.apply(centre)
    shifts[0] = 0
    return turns.as_quat(scalar_first=True), shifts


def test_direct_sum_is_the_written_formula(trypsin):
    receptor, ligand = trypsin
    energy = Energy()
    quaternions, shifts = nearby_poses(ligand, 4)
    terms = pose_terms(receptor, ligand, energy, quaternions, shifts)
    for turn, shift, got in zip(matrix(quaternions), shifts, terms, strict=True):
        expected = plain_terms(receptor, turn, shift, ligand, energy)
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert abs(terms[0]).min() > 0, "every term takes part in the native complex"


def test_refinement_follows_the_slope(trypsin):
    """The slope that compiled code follows is the one that finite differences give."""
    from crossdock.docking.engine import refinement

    receptor, ligand = trypsin
    energy = Energy()
    bodies, tables = refinement._bodies(receptor, ligand, energy), refinement._tables(energy)
    centre = ligand.coord.mean(axis=0)

    def at(q, place):
        sums, slope = np.empty(7), np.empty(6)
        return refinement._score(bodies, tables, q, place, sums, slope), slope

    q, place = np.array([0.999, 0.02, -0.03, 0.01]), centre + np.array([0.4, -0.3, 0.8])
    q /= np.linalg.norm(q)
    slope, h = at(q, place)[1], 1e-5
    for axis in range(3):
        step = np.eye(3)[axis] * h
        shifted = (at(q, place + step)[0] - at(q, place - step)[0]) / (2 * h)
        turned = (at(refinement._turned(q, step), place)[0] - at(refinement._turned(q, -step), place)[0]) / (2 * h)
        assert slope[axis] == pytest.approx(shifted, rel=1e-4, abs=1e-3)
        assert slope[3 + axis] == pytest.approx(turned, rel=1e-4, abs=1e-2)


def test_a_partner_without_residue_points_is_scored(trypsin):
    """A kept ion alone, say: no residue of it has a side chain to look up."""
    receptor, ligand = trypsin
    without_points = replace(receptor, centre=np.zeros((0, 3)), residue=np.zeros(0, dtype=np.int64))
    quaternions, shifts = nearby_poses(ligand, 4)
    with_points = pose_terms(receptor, ligand, Energy(residue=0.0), quaternions, shifts)
    assert pose_terms(without_points, ligand, Energy(), quaternions, shifts) == pytest.approx(with_points)
    assert pose_terms(ligand, without_points, Energy(), quaternions, shifts) == pytest.approx(
        pose_terms(ligand, receptor, Energy(residue=0.0), quaternions, shifts)
    )


def test_refinement_only_goes_down(trypsin):
    receptor, ligand = trypsin
    quaternions, shifts = nearby_poses(ligand, 12, shift=2.0)
    before = pose_terms(receptor, ligand, Energy(), quaternions, shifts)
    moved, places, after = refine(receptor, ligand, Energy(), quaternions, shifts)
    assert (after.sum(axis=1) <= before.sum(axis=1) + 1e-9).all()
    assert (after.sum(axis=1) < before.sum(axis=1) - 1).sum() >= 10
    assert pose_terms(receptor, ligand, Energy(), moved, places) == pytest.approx(after)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(1)
    if ligand.closed.any():
        return
    # The native pose of a crystal structure is near a minimum of its own.
    drift = ligand.coord @ matrix(moved[0]).T + places[0] - ligand.coord
    assert np.sqrt((drift**2).sum(axis=1).mean()) < 2.0


def interpolated(correlator, fields, coord):
    """Sum channel times field over atoms, each field read between its grid points."""
    from scipy.interpolate import RegularGridInterpolator

    grid = correlator.grid
    axes = [np.arange(n) for n in grid.shape]
    points = (coord - grid.origin) / grid.spacing
    return sum(
        (carried * RegularGridInterpolator(axes, field, bounds_error=False, fill_value=0.0)(points)).sum()
        for carried, field in zip(correlator.carried, fields, strict=False)  # without closed atoms, one channel less
    )


def test_fourier_scores_are_sums_over_atoms(trypsin):
    from crossdock.docking.engine.fields import receptor_fields

    receptor, ligand = trypsin[0], centred(trypsin[1])
    energy = Energy()
    correlator = Correlator(receptor, ligand, energy, spacing=1.7)
    fields = receptor_fields(receptor, energy, correlator.grid).astype(float)
    turn = matrix(uniform_rotations(7)[3])
    scores = correlator.scores(turn)
    assert scores.shape == correlator.grid.shape
    rng = np.random.default_rng(5)
    far = np.array(correlator.grid.shape) - correlator.grid.box
    some = [*np.column_stack([rng.integers(0, n, 20) for n in far]), np.unravel_index(scores.argmin(), scores.shape)]
    for point in some:
        coord = ligand.coord @ turn.T + correlator.centre(np.array([point]))[0]
        expected = interpolated(correlator, fields, coord)
        assert scores[tuple(point)] == pytest.approx(expected, rel=2e-4, abs=2e-5 * float(abs(scores).max()))


@pytest.mark.parametrize(
    ("spacings", "share"), [((2.0, 1.0), 0.2), pytest.param((2.0, 1.0, 0.5), 0.03, marks=pytest.mark.measurement)]
)
def test_grid_score_converges_to_the_direct_sum(trypsin, spacings, share):
    receptor, ligand = trypsin
    energy = Energy(rank=len(TYPE_NAMES), residue=0.0)
    centre = ligand.coord.mean(axis=0)
    terms = pose_terms(receptor, ligand, energy, *IDENTITY)[0]
    errors = []
    for spacing in spacings:
        correlator = Correlator(receptor, centred(ligand), energy, spacing=spacing)
        from crossdock.docking.engine.fields import receptor_fields

        fields = receptor_fields(receptor, energy, correlator.grid)
        errors.append(abs(interpolated(correlator, fields.astype(float), centred(ligand).coord + centre) - terms.sum()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < share * abs(terms).max()


def test_kept_eigenvectors_carry_the_contact_potential():
    energy = Energy(rank=len(TYPE_NAMES), residue=0.0)
    values, vectors = energy.eigenpairs()
    complete = np.einsum("k,ka,kb->ab", values, vectors, vectors)
    assert complete == pytest.approx(energy.contact * contact_potential() - energy.attraction)
    values, vectors = Energy().eigenpairs()
    kept = np.einsum("k,ka,kb->ab", values, vectors, vectors)
    left = np.linalg.norm(kept - complete) / np.linalg.norm(complete)
    assert left < 0.4, "what the scan does not see of the contact potential"


def test_channels_of_atoms_without_a_type_are_silent(trypsin):
    ligand = trypsin[1]
    ion = replace(ligand, kind=np.full(len(ligand), -1))
    assert not channels(ion, Energy())[2:-1].any()


def test_contact_potential_is_symmetric_and_not_empty():
    table = contact_potential()
    assert table.shape == (18, 18)
    assert table == pytest.approx(table.T)
    # Opposite charges attract one another more than like charges do.
    residues = residue_potential()
    assert residues.shape == (20, 20, 3)
    assert residues == pytest.approx(residues.transpose(1, 0, 2))
    lysine, glutamate = RESIDUE_NAMES.index("LYS"), RESIDUE_NAMES.index("GLU")
    assert residues[lysine, glutamate, 0] < min(residues[lysine, lysine, 0], residues[glutamate, glutamate, 0])
    lysine, carboxylate = TYPE_NAMES.index("KNZ"), TYPE_NAMES.index("DOD")
    assert table[lysine, carboxylate] < min(table[lysine, lysine], table[carboxylate, carboxylate])


def test_best_points_are_the_lowest_and_apart():
    rng = np.random.default_rng(1)
    complete = rng.normal(size=(12, 10, 14)).astype(np.float32)
    scores = np.stack([-abs(complete.T), complete.T], axis=-1)
    lowest, other = scores.min(axis=2), scores[..., 0].copy()
    points, values = best_points(scores, lowest, 1, 5, 2)
    assert np.array_equal(scores[..., 0], other)
    assert np.array_equal(np.minimum(lowest, 0), np.minimum(scores.min(axis=2), 0))
    assert values[0] == complete.min()
    assert (np.diff(values) >= 0).all()
    assert values == pytest.approx([complete[tuple(point)] for point in points])
    for i in range(5):
        for j in range(i):
            apart = abs(points[i] - points[j])
            assert (np.minimum(apart, np.array(complete.shape) - apart) > 2).any()


def test_best_points_stop_where_nothing_is_favourable():
    scores = np.ones((4, 4, 4, 1), dtype=np.float32)
    scores[3, 2, 1] = -1
    points, values = best_points(scores, scores.min(axis=2), 0, 5, 0)
    assert points.tolist() == [[1, 2, 3]]
    assert values.tolist() == [-1]


def test_poses_are_in_the_prepared_frame(bound_pair):
    """The energies in the table are those of the ligand placed as the table says."""
    receptor, ligand = bound_pair("1ppe")
    poses = dock(receptor, ligand, Options("fast", 60, seed=4)).poses
    fixed = docking_atoms(receptor)
    for _, pose in poses.iloc[[0, 7, 50]].iterrows():
        placed = place(ligand, pose)
        terms = pose_terms(fixed, docking_atoms(placed), Energy(), *IDENTITY)[0]
        assert pose[list(TERMS)].to_numpy(dtype=float) == pytest.approx(terms, abs=0.02)
        assert pose["score"] == pytest.approx(terms.sum(), abs=0.02)
        assert cKDTree(receptor.coord).query(placed.coord)[0].min() < 6, "the partners touch"


def test_a_known_complex_is_put_back(bound_pair):
    """With the one orientation that the complex has, the scan finds the place that it has."""
    receptor, ligand = bound_pair("1emv")
    fixed, moving = docking_atoms(receptor), docking_atoms(ligand)
    start = random_rotation(np.random.default_rng(8))
    turned = replace(moving, coord=(moving.coord - moving.coord.mean(axis=0)) @ matrix(start).T)
    correlator = Correlator(fixed, turned, Energy(), spacing=1.2)
    found = scan(correlator, conjugate(start)[None], per_rotation=1)
    assert found.translation[0] == pytest.approx(moving.coord.mean(axis=0), abs=1.5)


@pytest.mark.parametrize(
    "entry", ["1ppe", *(pytest.param(entry, marks=pytest.mark.measurement) for entry in ("1emv", "1jtg", "1bvn"))]
)
def test_bound_complexes_are_found_again(bound_pair, tmp_path, entry):
    receptor, ligand = bound_pair(entry)
    poses = dock(receptor, ligand, Options("fast", seed=11, threads=2)).poses
    models = write_models(tmp_path, receptor, ligand, poses)
    trace = ligand.coord[ligand.atom_name == "CA"]
    turns, shifts = placements(models)
    moved = np.einsum("nij,aj->nai", turns, trace) + shifts[:, None]
    rmsd = np.sqrt(((moved - trace) ** 2).sum(axis=2).mean(axis=1))
    assert len(models) <= 10
    assert rmsd.min() < 5.0


@pytest.fixture(scope="module")
def free(bound_pair):
    """Give the poses of trypsin and its inhibitor where every residue may be met."""
    return dock(*bound_pair("1ppe"), Options("fast", 600, seed=1)).poses


def share_met(receptor, ligand, side, marked, poses):
    """Give the share of the best poses' contacts on one side that marked atoms have."""
    poses = poses.head(20)
    count = np.zeros(2)
    for _, pose in poses.iterrows():
        body = place(ligand, pose)
        touched = cKDTree((body if side == "receptor" else receptor).coord)
        coord = receptor.coord if side == "receptor" else body.coord
        contact = touched.query(coord)[0] < 5
        count += [(contact & marked).sum(), contact.sum()]
    return count[0] / count[1]


@pytest.mark.measurement
@pytest.mark.parametrize("side", ["receptor", "ligand"])
def test_closed_residues_are_not_docked_to(bound_pair, free, side):
    """With its native interface closed, a partner is bound elsewhere, from the scan on."""
    receptor, ligand = bound_pair("1ppe")
    one, other = (receptor, ligand) if side == "receptor" else (ligand, receptor)
    near = cKDTree(other.coord).query(one.coord)[0] < 5
    closed = np.isin(one.residue_index, np.unique(one.residue_index[near]))
    assert share_met(receptor, ligand, side, closed, free) > 0.3
    shut = dock(receptor, ligand, Options("fast", 600, seed=1, **{f"{side}_site": Site(closed)})).poses
    assert share_met(receptor, ligand, side, closed, shut) < 0.02


def test_pulling_residues_are_docked_to(bound_pair, free):
    """A face far from the native interface is hardly met, unless it pulls."""
    receptor, ligand = bound_pair("1ppe")
    depth = (receptor.coord - receptor.coord.mean(axis=0)) @ (ligand.coord.mean(axis=0) - receptor.coord.mean(axis=0))
    behind = np.isin(receptor.residue_index, np.unique(receptor.residue_index[depth < np.quantile(depth, 0.1)]))
    pulled = dock(receptor, ligand, Options("fast", 600, seed=1, receptor_site=Site(attract=behind))).poses
    assert share_met(receptor, ligand, "receptor", behind, free) < 0.3
    assert share_met(receptor, ligand, "receptor", behind, pulled) > 0.6


def test_threads_change_no_byte(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    one, two = (dock(receptor, ligand, Options("fast", 80, seed=2, threads=n)).poses.to_csv() for n in (1, 2))
    assert one == two
    assert one != dock(receptor, ligand, Options("fast", 80, seed=3)).poses.to_csv()


def test_the_grid_is_foretold_from_the_sizes(bound_pair):
    for entry in ("1bvn", "1ppe"):
        bodies = bound_pair(entry)[:2]
        made = dock(*bodies, Options(rotations=2)).record["parameters"]
        assert grid_points(*(Size.of(body.coord) for body in bodies), Options()) == np.prod(made["grid"])


@pytest.mark.measurement  # test_properties.py has the same of fewer orientations
def test_where_the_partners_lie_does_not_matter(bound_pair):
    """Moved and turned partners give the same scores: the start is random, and the grid's noise small."""
    receptor, ligand = bound_pair("1ppe")
    turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    elsewhere = ligand.with_coord(ligand.coord @ turn.T + 80)
    here, there = (dock(receptor, body, Options("fast", 1200, seed=6)).poses for body in (ligand, elsewhere))
    assert there["score"].iloc[:10].mean() == pytest.approx(here["score"].iloc[:10].mean(), rel=0.15)


def test_progress_is_told(bound_pair):
    calls = []
    receptor, ligand = bound_pair("1ppe")
    dock(receptor, ligand, Options("fast", 120, progress=lambda done, total: calls.append((done, total))))
    assert calls == [(50, 120), (100, 120), (120, 120)]


def test_what_cannot_be_docked_is_said(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    with pytest.raises(DockingError, match="no atom of a standard amino acid"):
        dock(receptor, replace(ligand, hetero=np.ones(len(ligand), dtype=bool)), Options())
    with pytest.raises(InputError, match="expected one of fast, default, thorough"):
        dock(receptor, ligand, Options("quick"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(index="A"), "expected one row and one column for each of 2 names; not so for A"),
        (lambda table: table.rename(columns={"B": "b"}), "not so for B"),
        (lambda table: pd.concat([table, table]), "not so for A, B"),
        (lambda table: table.replace(2.0, "two"), "an energy is missing or not a number"),
        (lambda table: table.replace(2.0, np.inf), "an energy is missing or not a number"),
    ],
)
def test_a_damaged_table_of_energies_is_named(change, message):
    table = pd.DataFrame([[1.0, 2.0], [2.0, 3.0]], index=["A", "B"], columns=["B", "A"])
    assert energy_function._square(table, ["A", "B"], "x.csv").tolist() == [[2.0, 1.0], [3.0, 2.0]]
    with pytest.raises(CrossdockError, match=message) as failure:
        energy_function._square(change(table), ["A", "B"], "x.csv")
    assert str(failure.value).startswith("x.csv: ")
