"""Dockings of several conformers: joined in one list, clustered in one frame, each model in its shape."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from crossdock.docking.backends.contract import Site
from crossdock.docking.clustering import interface_distances
from crossdock.docking.conformers import ConformerPoses, Conformers, best_of_each, merged, site_on
from crossdock.docking.models import write_models
from crossdock.docking.poses import PLACEMENT, read_poses
from crossdock.errors import BrokenFileError, InputError
from crossdock.report.pair_detail import atoms
from crossdock.steps.analyse import analyse
from crossdock.steps.dock import dock, scan
from crossdock.steps.pairs import Clusters, Docks, Judged, PairFiles
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import PREPARED, read_conformers, read_structure, write_conformers
from demo_entries import DEMO

TURN = Rotation.from_rotvec([0.3, 0.2, -0.5])


def table(scores, seed):
    rng = np.random.default_rng(seed)
    turns = np.roll(Rotation.random(len(scores), random_state=seed).as_quat(), 1, axis=1)
    shifts = rng.normal(size=(len(scores), 3)) * 10
    columns = dict(zip(PLACEMENT, np.column_stack([turns, shifts]).T, strict=True))
    return pd.DataFrame({"rank": range(1, len(scores) + 1), "score": scores, **columns})


def bent(structure, degrees=12.0):
    """The same protein with its second half turned about the middle."""
    half = structure.residue_index > structure.n_residues // 2
    coord = structure.coord.copy()
    middle = coord[half][0]
    coord[half] = Rotation.from_euler("z", degrees, degrees=True).apply(coord[half] - middle) + middle
    return structure.with_coord(coord)


@pytest.fixture(scope="module")
def bodies():
    return prepare(DEMO / "1ppe.pdb.gz", name="r", chains=["A"])[0], prepare(
        DEMO / "1ppe.pdb.gz", name="l", chains=["B"]
    )[0]


def test_poses_of_all_combinations_are_one_list_best_first():
    found = {(1, 1): table([-9.0, -5.0, -1.0], 1), (2, 1): table([-7.0, -6.0], 2), (2, 2): table([-0.5], 3)}
    poses, ranks, combinations = merged(found, most=4)
    assert poses["score"].tolist() == [-9.0, -7.0, -6.0, -5.0, -0.5]  # the best of each, whatever is left out
    assert poses["rank"].tolist() == [1, 2, 3, 4, 5]
    assert list(poses.columns[:4]) == ["rank", "score", "receptor_conformer", "ligand_conformer"]
    assert poses["receptor_conformer"].tolist() == [1, 2, 2, 1, 2]
    assert ranks == {(1, 1): {1: 1, 2: 4}, (2, 1): {1: 2, 2: 3}, (2, 2): {1: 5}}
    assert [(one.receptor, one.ligand, one.poses, one.score) for one in combinations] == [
        (1, 1, 3, -9.0),
        (2, 1, 2, -7.0),
        (2, 2, 1, -0.5),
    ]
    assert best_of_each(poses) == {(1, 1): -9.0, (2, 1): -7.0, (2, 2): -0.5}
    assert best_of_each(found[1, 1]) == {}


def test_a_combination_without_poses_has_no_score():
    poses, _, combinations = merged({(1, 1): table([], 1), (2, 1): table([-2.0], 2)})
    assert len(poses) == 1
    assert [one.score for one in combinations] == [None, -2.0]


def test_the_order_of_the_dockings_changes_nothing():
    found = {(1, 1): table([-9.0, -5.0], 1), (1, 2): table([-8.0, -6.0], 2)}
    one, *_ = merged(found)
    other, *_ = merged(dict(reversed(found.items())))
    pd.testing.assert_frame_equal(one, other)


def test_distances_between_poses_of_two_conformers_are_those_of_their_atoms(bodies):
    receptor, ligand = bodies
    shorter = bent(ligand)[ligand.residue_index < ligand.n_residues - 2]  # lacks the last two residues
    conformers = Conformers((receptor, bent(receptor)), (ligand, shorter))
    poses, *_ = merged({(1, 1): table([-3.0], 1), (2, 1): table([-2.0], 1), (1, 2): table([-1.0], 1)})
    poses[["tx_A", "ty_A", "tz_A"]] = [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [-2.0, 0.0, 1.0]]
    poses[["qw", "qx", "qy", "qz"]] = [1.0, 0.0, 0.0, 0.0]
    found = interface_distances(receptor, ligand, poses, conformers=conformers, reach=10.0)
    places = ConformerPoses(conformers, poses)
    shared = ligand.n_residues - 2
    for i in range(3):
        for j in range(3):
            traces, near = [], []
            for body in (places[i], places[j]):
                own = body.ligand.coord[body.ligand.atom_name == "CA"][:shared]
                gaps = np.linalg.norm(own[:, None] - body.receptor.coord[None], axis=2).min(axis=1)
                traces.append(own)
                near.append(gaps < 10.0)
            here = near[0] | near[1]
            expected = np.sqrt(((traces[0] - traces[1])[here] ** 2).sum(axis=1).mean()) if i != j else 0.0
            assert found[i, j] == pytest.approx(expected, abs=1e-3)


def test_models_have_the_shapes_of_their_conformers(bodies, tmp_path):
    receptor, ligand = bodies
    conformers = Conformers((receptor, bent(receptor)), (ligand, bent(ligand)))
    poses, *_ = merged({(1, 1): table([-3.0], 1), (2, 2): table([-2.0], 2)})
    write_models(tmp_path, receptor, ligand, poses, bodies=ConformerPoses(conformers, poses))
    models = pd.read_csv(tmp_path / "models" / "models.csv")
    assert models[["receptor_conformer", "ligand_conformer"]].to_numpy().tolist() == [[1, 1], [2, 2]]
    for number, shapes in enumerate(((receptor, ligand), (bent(receptor), bent(ligand)))):
        model = read_structure(tmp_path / "models" / f"model_{number:02d}.pdb")
        fixed = model.coord[: len(receptor)]
        assert np.abs(fixed - shapes[0].coord).max() < 1e-3
        moved = model.coord[len(receptor) :]
        row = models.iloc[number]
        turn = Rotation.from_quat(row[["qx", "qy", "qz", "qw"]].astype(float))
        shift = row[["tx_A", "ty_A", "tz_A"]].to_numpy(dtype=float)
        assert np.abs(turn.apply(shapes[1].coord) + shift - moved).max() < 1e-3


def test_sites_follow_the_residues(bodies):
    first = bodies[1]
    other = bent(first)[(first.residue_index != 3) & (first.atom_name != "CB")]
    closed, weight = np.isin(first.residue_index, (2, 3)), first.residue_index / 100.0
    site = site_on(Site(closed, closed, weight), first, other)
    expected = dict(zip(first.residue_number.tolist(), closed.tolist(), strict=True))
    assert site.closed.tolist() == [expected[number] for number in other.residue_number.tolist()]
    numbers = np.where(other.residue_index >= 3, other.residue_index + 1, other.residue_index)
    assert np.allclose(site.weight, numbers / 100)
    assert site_on(Site(), first, other) == Site()


HOW = Docks(options={"rotations": 40, "sampling": "fast"})


def files_of(folder, receptors, ligands):
    folder.mkdir(exist_ok=True)
    for name, shapes in (("r", receptors), ("l", ligands)):
        write_conformers(folder / f"{name}.pdb", shapes, remarks=(PREPARED,))
    return PairFiles(folder / "r.pdb", folder / "l.pdb")


@pytest.mark.measurement
def test_every_two_conformers_are_docked_as_if_alone(bodies, tmp_path):
    receptor, ligand = bodies
    shapes = (receptor, bent(receptor)), (ligand,)
    record = dock(files_of(tmp_path / "both", *shapes), HOW, tmp_path / "out")
    poses = read_poses(tmp_path / "out" / "poses.csv.gz")
    seen = []
    told = {"progress": lambda done, total: seen.append(done / total)}
    dock(files_of(tmp_path / "both", *shapes), HOW, tmp_path / "again", **told)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    for number, shape in enumerate(shapes[0], start=1):
        dock(files_of(tmp_path / f"alone{number}", (shape,), shapes[1]), HOW, tmp_path / f"own{number}")
        alone = read_poses(tmp_path / f"own{number}" / "poses.csv.gz")
        mine = poses[poses["receptor_conformer"] == number]
        columns = [one for one in alone if one != "rank"]
        pd.testing.assert_frame_equal(
            mine[columns].reset_index(drop=True), alone[columns].head(len(mine)), check_exact=False, atol=1e-4
        )
        assert record.conformers[number - 1].score == pytest.approx(alone["score"].min(), abs=1e-4)
    assert [one.poses for one in record.conformers] == [(poses["receptor_conformer"] == n).sum() for n in (1, 2)]

    # The analysis tells the same of each model, and the score of each combination.
    found = analyse(
        PairFiles(tmp_path / "both" / "r.pdb", tmp_path / "both" / "l.pdb"),
        Judged("r", "l"),
        tmp_path / "out",
        Clusters(models=3),
        docking=tmp_path / "out" / "docking.json",
        poses=tmp_path / "out" / "poses.csv.gz",
        replicates=[tmp_path / "again" / "poses.csv.gz"],
    )
    pair = json.loads((tmp_path / "out" / "pair.json").read_text())
    assert [one["scores"] for one in pair["conformers"]] == [[one.score, one.score] for one in record.conformers]
    for model, body in zip(found.record.models, found.bodies, strict=True):
        assert np.array_equal(body.receptor.coord, read_of(shapes[0], model.receptor_conformer))


def read_of(shapes, number):
    return np.round(shapes[number - 1].coord, 3)


def test_a_split_search_of_conformers_is_refused(bodies, tmp_path):
    files = files_of(tmp_path / "both", (bodies[0], bent(bodies[0])), (bodies[1],))
    scan(files, HOW, tmp_path / "1.npz", 1, 1)
    with pytest.raises(InputError, match="cannot be joined from parts"):
        dock(files, HOW, tmp_path / "out", scans=[tmp_path / "1.npz"])


def test_the_page_gets_the_first_conformer(bodies, tmp_path):
    write_conformers(tmp_path / "s.pdb", (bodies[1], bent(bodies[1])), remarks=(PREPARED,))
    write_conformers(tmp_path / "one.pdb", bodies[1:], remarks=(PREPARED,))
    assert atoms(tmp_path / "s.pdb") == atoms(tmp_path / "one.pdb")


def test_a_file_that_is_cut_off_is_no_structure(bodies, tmp_path):
    path = tmp_path / "s.pdb"
    write_conformers(path, (bodies[1], bent(bodies[1])), remarks=(PREPARED,))
    assert len(read_conformers(path)) == 2
    path.write_text(path.read_text().rpartition("ENDMDL")[0])
    with pytest.raises(BrokenFileError):
        read_conformers(path)
