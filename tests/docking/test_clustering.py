"""Clustering against the answers of ClusPro's own published tool, and against definitions written out."""

import json

import numpy as np
import pandas as pd
import pytest

from crossdock.docking.clustering import (
    COLUMNS,
    Cluster,
    cluster,
    cluster_table,
    distinct_poses,
    interface_distances,
    model_table,
    ranked,
)
from crossdock.docking.models import write_models
from crossdock.docking.poses import (
    TERMS,
    WEIGHTINGS,
    other_scores,
    placements,
    pose_table,
    read_poses,
    write_poses,
)
from crossdock.errors import DockingError, InputError
from crossdock.structures.structure import read_structure


def some_poses(n, seed=0, spread=6.0):
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(n, 4)) * 0.1 + [1, 0, 0, 0]
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    return pose_table(rng.normal(size=(n, len(TERMS))), q, rng.normal(size=(n, 3)) * spread)


def test_distinct_poses_are_the_best_that_lie_apart():
    rng = np.random.default_rng(4)
    coord = rng.normal(size=(50, 3)) * [4, 8, 15] + [10, -20, 5]
    poses = some_poses(300)
    scores = rng.normal(size=300)
    quaternions, shifts = poses[["qw", "qx", "qy", "qz"]].to_numpy(), poses[["tx_A", "ty_A", "tz_A"]].to_numpy()
    chosen = distinct_poses(coord, quaternions, shifts, scores, apart=12.0, most=300)
    turns, _ = placements(poses)
    placed = np.einsum("nij,aj->nai", turns, coord) + shifts[:, None]
    rmsd = np.sqrt(((placed[:, None] - placed[None]) ** 2).sum(axis=-1).mean(axis=-1))
    expected = []
    for pose in np.argsort(scores):
        if all(rmsd[pose, other] > 12.0 for other in expected):
            expected.append(pose)
    assert 5 < len(expected) < 200
    assert chosen.tolist() == expected
    assert distinct_poses(coord, quaternions, shifts, scores, apart=12.0, most=3).tolist() == expected[:3]


def test_clusters_are_those_of_the_published_tool(shared):
    golden = json.loads((shared / "cluspro_golden.json").read_text())["clustering"]
    points = np.array(golden["points"], dtype=float)
    distances = abs(points[:, None] - points[None])
    for case in golden["cases"]:
        found = cluster(distances, radius=case["radius"], min_size=case["min_size"], max_clusters=case["max_clusters"])
        assert [[one.center, one.members.tolist()] for one in found] == case.get("clusters", [])


def test_centers_count_poses_that_are_taken():
    points = np.array([0.0, 1, 2, 3, 4])
    found = cluster(abs(points[:, None] - points), radius=2, min_size=1)
    assert [(one.center, one.members.tolist()) for one in found] == [(2, [0, 1, 2, 3, 4])]


def test_unreachable_poses_join_no_cluster():
    distances = np.full((3, 3), np.inf)
    np.fill_diagonal(distances, 0)
    assert [one.members.tolist() for one in cluster(distances, min_size=1)] == [[0], [1], [2]]
    assert cluster(distances, min_size=2) == []


def test_distance_is_the_rmsd_over_both_interfaces(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    poses = some_poses(6)
    got = interface_distances(receptor, ligand, poses)
    from crossdock.docking.poses import place

    bodies = [place(ligand, row).coord[ligand.atom_name == "CA"] for _, row in poses.iterrows()]
    near = [(np.linalg.norm(body[:, None] - receptor.coord[None], axis=2) < 10).any(axis=1) for body in bodies]
    for i in range(6):
        for j in range(6):
            union = near[i] | near[j]
            expected = np.sqrt(((bodies[i] - bodies[j])[union] ** 2).sum(axis=1).mean())
            assert got[i, j] == pytest.approx(expected, abs=1e-3)


def test_poses_without_an_interface_are_far_from_one_another(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    poses = some_poses(2)
    poses["tx_A"] += 500
    assert interface_distances(receptor, ligand, poses)[0, 1] == np.inf


def test_tables_have_the_servers_columns_and_invariants(bound_pair, tmp_path):
    receptor, ligand = bound_pair("1ppe")
    poses = some_poses(200)
    models = write_models(tmp_path, receptor, ligand, poses, radius=6.0, models=3, order="energy")
    clusters = pd.read_csv(tmp_path / "clusters.csv")
    assert tuple(clusters.columns) == COLUMNS
    assert clusters["Representative"].tolist() == ["Center", "Lowest Energy"] * (len(clusters) // 2)
    members = clusters["Members"].to_numpy()[::2]
    assert members.sum() <= len(poses)
    scores = clusters["Weighted Score"].to_numpy()
    assert (scores[1::2] <= scores[::2]).all()
    assert (np.diff(scores[1::2]) >= 0).all(), "best first"
    assert models["score"].tolist() == scores[1::2][:3].tolist()
    assert models["score"][0] == poses["score"].min()
    write_models(tmp_path, receptor, ligand, poses, radius=6.0, models=3, order="size")
    assert (np.diff(pd.read_csv(tmp_path / "clusters.csv")["Members"].to_numpy()[::2]) <= 0).all()
    assert len(models) == min(3, len(members))
    assert sorted(file.name for file in (tmp_path / "models").iterdir())[-1] == "models.csv"
    model = read_structure(tmp_path / "models" / "model_00.pdb")
    assert model.chains == ["A", "B"]
    assert len(model) == len(receptor) + len(ligand)


def test_few_poses_still_make_models(bound_pair, tmp_path):
    receptor, ligand = bound_pair("1ppe")
    assert len(write_models(tmp_path, receptor, ligand, some_poses(3), min_size=10)) >= 1
    with pytest.raises(DockingError, match="no pose found"):
        write_models(tmp_path, receptor, ligand, some_poses(0))


def test_models_and_clusters_name_the_same_poses():
    poses = some_poses(40)
    distances = abs(poses["tx_A"].to_numpy()[:, None] - poses["tx_A"].to_numpy())
    found = cluster(distances, radius=2.0, min_size=2)
    models = model_table(found, poses, order="size")
    table = cluster_table(found, poses["score"].to_numpy())
    assert models["center_score"].tolist() == table["Weighted Score"].tolist()[::2][: len(models)]
    assert models["pose"].tolist() == [one.center + 1 for one in found][: len(models)]


def test_poses_survive_the_file(tmp_path):
    poses = some_poses(30)
    write_poses(tmp_path / "poses.csv.gz", poses)
    first = (tmp_path / "poses.csv.gz").read_bytes()
    pd.testing.assert_frame_equal(read_poses(tmp_path / "poses.csv.gz"), poses)
    write_poses(tmp_path / "poses.csv.gz", read_poses(tmp_path / "poses.csv.gz"))
    assert (tmp_path / "poses.csv.gz").read_bytes() == first
    (tmp_path / "broken.csv.gz").write_bytes(first[: len(first) // 2])
    with pytest.raises(InputError, match=r"cannot be read: .* ended before"):
        read_poses(tmp_path / "broken.csv.gz")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no column rank, score"):
        read_poses(tmp_path / "other.csv")


def test_a_consensus_ranks_by_the_two_best_places():
    """Four clusters of one pose each: places by the score and by two other weightings, counted by hand."""
    clusters = [Cluster(i, np.array([i])) for i in range(4)]
    scores = np.array([-4.0, -3.0, -2.0, -1.0])
    others = np.array([[-1.0, -2.0, -9.0, -8.0], [-1.0, -2.0, -9.0, -8.0]])
    # Places 0 3 3, 1 2 2, 2 0 0 and 3 1 1; the means of the two best are 1.5, 1.5, 0 and 1.
    order = [one.center for one in ranked(clusters, scores, others=others)]
    assert order == [2, 3, 0, 1]
    assert [one.center for one in ranked(clusters, scores, others=others, order="energy")] == [0, 1, 2, 3]
    assert [one.center for one in ranked(clusters, scores)] == [0, 1, 2, 3]


def test_other_scores_are_the_same_energy_with_a_term_changed():
    terms = np.array([[1.0, -2.0, 3.0, -4.0, 5.0]])
    table = pose_table(terms, np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3)))
    for (term, factor), (score,) in zip(WEIGHTINGS, other_scores(table), strict=True):
        changed = terms * np.where(np.array(TERMS) == term, factor, 1.0)
        assert score == pytest.approx(changed.sum())
    assert len(other_scores(table[["rank", "score"]])) == 0
