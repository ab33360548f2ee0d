"""A pair's files: one model as it binds, with a neighbour in its cluster, and one far away."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from crossdock.analysis.affinity import MOST_OVERLAPS, dissociation_constant
from crossdock.analysis.metrics import metrics_of
from crossdock.analysis.pair import CAVEAT
from crossdock.analysis.records import PREDICTED
from crossdock.structures.structure import Structure, read_structure, write_structure
from pair_records import made_up_docking, write_pair

#: As it binds, a little off, elsewhere.
PLACES = ((0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 300.0, 0.0))
DOCKING = made_up_docking()
NAMES = ("E9", "Im9")


def tables(places):
    """Make poses, and models of those numbered."""
    poses = pd.DataFrame(np.array(places), columns=["tx_A", "ty_A", "tz_A"]).assign(qw=1.0, qx=0.0, qy=0.0, qz=0.0)
    poses = poses.assign(rank=np.arange(1, len(places) + 1), score=-90.0 + 10 * np.arange(len(places)))
    models = poses.rename(columns={"rank": "pose"}).assign(members=1, representative="Center", center_score=-80.0)
    return poses, models


@pytest.fixture(scope="module")
def bodies(bound_pair):
    """Both partners have chain A, as in many entries."""
    receptor, ligand = bound_pair("1emv")
    return receptor.with_chains({"B": "A"}), ligand


@pytest.fixture(scope="module")
def made(bodies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    poses, models = tables(PLACES)
    models = models.iloc[[0, 2]].assign(model=[0, 1], cluster=[0, 1])
    members = pd.DataFrame({"cluster": [0, 0, 1], "pose": [1, 2, 3]})
    (folder / "drawings").mkdir()
    (folder / "drawings/interface_07.svg").write_text("of an earlier run")
    record = write_pair(folder, NAMES, *bodies, DOCKING, poses, models, members, known="1EMV", temperature=10.0)
    return folder, record


def test_a_model_without_contacts_has_no_affinity(made):
    near, far = made[1].models
    assert near.dg_kcal_mol < -8
    for key in ("dg_kcal_mol", "kd_M", "kd_low_M", "kd_high_M", "dg_spread_kcal_mol"):
        assert getattr(far, key) is None
    assert far.buried_receptor_A2 == 0
    assert sum(far.contacts.values()) == 0


def test_a_model_whose_partners_lie_within_each_other_has_no_affinity_and_says_why(bodies, tmp_path):
    """Pushed by 3 A into the receptor the equation gives a dG that no proteins have; by 1 A it is still given."""
    receptor, ligand = bodies
    into = receptor.coord.mean(0) - ligand.coord.mean(0)
    poses, models = tables([far * into / np.linalg.norm(into) for far in (0.0, 1.0, 3.0, 6.0)])
    none = pd.DataFrame({"cluster": [], "pose": []})
    models = models.assign(model=range(4), cluster=range(4))
    record = write_pair(tmp_path, NAMES, *bodies, DOCKING, poses, models, none, known="1EMV")
    assert [bool(one.dg_withheld) for one in record.models] == [False, False, True, True]
    for one in record.models:
        contacts = sum(one.contacts.values())
        assert bool(one.dg_withheld) == (100 * one.overlaps > MOST_OVERLAPS * contacts)
        if one.dg_withheld:
            assert {getattr(one, key) for key in PREDICTED} == {None}
            assert f"overlap: {one.overlaps}," in one.dg_withheld
            assert str(contacts) in one.dg_withheld
            assert one.dockq is not None
            assert contacts > 0
        else:
            assert one.dg_kcal_mol < -8
    written = json.loads((tmp_path / "pair.json").read_text())["models"]
    assert written[3]["dg_kcal_mol"] is None
    assert written[3]["dg_withheld"] == record.models[3].dg_withheld
    first = replace(record, models=record.models[3:])
    metric = metrics_of()["predicted_dg"]
    assert metric.of_pair(first) is None


def test_the_constant_is_that_of_the_temperature_with_the_range_of_its_error(made):
    record = made[1]
    model = record.models[0]
    assert record.affinity.temperature_C == 10.0
    assert record.affinity.caveat == CAVEAT
    assert model.kd_M == pytest.approx(dissociation_constant(model.dg_kcal_mol, 10.0), rel=0.02)
    factor = np.exp(1.89 / (0.0019858775 * 283.15))
    assert model.kd_high_M / model.kd_M == pytest.approx(factor, rel=0.02)
    assert model.kd_M / model.kd_low_M == pytest.approx(factor, rel=0.02)


def test_the_spread_is_that_of_the_cluster(made, bodies, tmp_path):
    """Two poses of one cluster spread; without one in the cluster there is nothing to spread over."""
    model = made[1].models[0]
    assert 0 < model.dg_spread_kcal_mol < 3
    poses, models = tables(PLACES)
    none = pd.DataFrame({"cluster": [], "pose": []})
    alone = write_pair(tmp_path, NAMES, *bodies, DOCKING, poses, models.head(1).assign(model=0, cluster=0), none)
    assert alone.models[0].dg_spread_kcal_mol is None
    assert alone.models[0].dg_kcal_mol == model.dg_kcal_mol


def test_every_file_has_the_letters_of_the_models(made, bodies):
    folder, (receptor, ligand) = made[0], bodies
    text = {f"{side}_{key}": str for side in ("receptor", "ligand") for key in ("chain", "number")}
    contacts = pd.read_csv(folder / "interface.csv", dtype=text)
    residues = pd.read_csv(folder / "residues.csv", dtype={"chain": str, "number": str})
    assert set(contacts["receptor_chain"]) == {"A"}
    assert set(contacts["ligand_chain"]) == set(residues[residues["side"] == "ligand"]["chain"]) == {"B"}
    first = contacts.iloc[0]
    label = f"{first['ligand_residue'].capitalize()} {first['ligand_number']} B"
    assert label in (folder / "drawings/interface_00.svg").read_text()
    write_structure(folder / "model.pdb", receptor, ligand.with_chains({"A": "B"}))
    model = read_structure(folder / "model.pdb")
    atoms = set(zip(model.chain, model.residue_number.astype(str), model.atom_name, strict=True))
    for row in contacts.to_dict("records"):
        for side in ("receptor", "ligand"):
            assert tuple(row[f"{side}_{key}"] for key in ("chain", "number", "atom")) in atoms


def test_drawings_of_an_earlier_run_go(made):
    drawings = made[0] / "drawings"
    names = sorted(path.name for path in drawings.iterdir())
    assert names == ["interface_00.svg", "interface_01.svg", "map_00.svg", "map_01.svg"]
    drawn = (drawings / "interface_00.svg").read_text()
    assert "model 0 (DockQ 1.00)" in drawn
    assert "docked" not in drawn, "predicted complexes are drawn in the same way"


def test_the_record_is_json_for_everybody(made):
    text = (made[0] / "pair.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_models_on_equivalent_sites_agree(bodies, tmp_path):
    """A dimer of the receptor with a model on either chain's site, and one nowhere: two agree by symmetry."""
    receptor, ligand = bodies
    turn = Rotation.from_euler("z", 180, degrees=True)
    middle = receptor.coord.mean(axis=0) + np.array([90.0, 0, 0])
    other = replace(receptor, chain=np.full(len(receptor), "C")).with_coord(
        turn.apply(receptor.coord - middle) + middle
    )
    dimer = Structure(
        *(np.concatenate([getattr(one, name) for one in (receptor, other)]) for name in Structure.__dataclass_fields__)
    )
    poses, models = tables(PLACES)
    q, t = np.roll(turn.as_quat(), 1), middle - turn.apply(middle)
    models.loc[1, ["qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A"]] = [*q, *t]
    models = models.assign(model=[0, 1, 2], cluster=[0, 1, 2])
    members = pd.DataFrame({"cluster": [0, 1, 2], "pose": [1, 2, 3]})
    record = write_pair(tmp_path, NAMES, dimer, ligand, DOCKING, poses, models, members, known="1EMV")
    counts = [(model.models_at_site, model.models_elsewhere) for model in record.models]
    assert counts == [(1, 1), (1, 1), (None, None)]
    assert [model.dockq for model in record.models[:2]] == pytest.approx([1, 1], abs=0.001)


@pytest.mark.parametrize(("over", "known"), [((True, True), 1), ((True, False), 2), ((False, False), 2), (None, 2)])
def test_dockings_that_share_a_pose_over_a_known_complex_are_no_replicates(bodies, tmp_path, over, known):
    poses, models = tables(PLACES)
    members = pd.DataFrame({"cluster": [0], "pose": [1]})
    dockings = [poses, poses.assign(score=poses["score"] - 1)]
    if over is not None:
        first = poses.index == poses["score"].idxmin()
        dockings = [
            one.assign(template_identity=np.where(first if template else ~first, 0.6, np.nan))
            for one, template in zip(dockings, over, strict=True)
        ]
    record = write_pair(
        tmp_path, NAMES, *bodies, DOCKING, dockings[0], models.head(1).assign(model=0, cluster=0), members,
        replicates=dockings[1:],
    )  # fmt: skip
    assert len(record.replicate_scores) == known
    assert record.score == pytest.approx(-90.5)
