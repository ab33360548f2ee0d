"""LightDock and gdock, each the real program as a process of its own, on a small pair."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crossdock.docking.backends import load_backend, with_defaults
from crossdock.docking.backends.contract import Request, Site
from crossdock.docking.backends.door import dock
from crossdock.docking.backends.gdock import search as gdock_search
from crossdock.docking.backends.lightdock import search as lightdock_search
from crossdock.docking.backends.outside import Frame, found, pose, run
from crossdock.docking.poses import PLACEMENT
from crossdock.errors import DockingError
from crossdock.geometry.rotations import matrix
from crossdock.steps.conformance import demo_pair, examine
from crossdock.structures.structure import parse_structure, write_structure
from real_entries import missing


@pytest.fixture(scope="module")
def pair():
    """Trypsin and CMTI-I."""
    return demo_pair()


@pytest.fixture(scope="module")
def lightdock():
    """Give the backend; without the program skip, except where everything must be there."""
    try:
        found("lightdock3_setup.py", lightdock_search.VARIABLE, lightdock_search.HINT)
    except DockingError as error:
        missing(str(error))
    return load_backend("lightdock")


@pytest.fixture(scope="module")
def gdock():
    """Give the backend and the Python that has the program."""
    python = os.path.join(os.environ.get(gdock_search.VARIABLE, os.path.dirname(sys.executable)), "python3")
    if subprocess.run([python, "-c", "import gdock"], capture_output=True, check=False).returncode:
        missing(f"{python} has no module gdock: {gdock_search.HINT}")
    return load_backend("gdock"), python


def request(backend, **asked):
    own = {name: asked.pop(name) for name in list(asked) if name in backend.options}
    return Request(with_defaults(backend, {**backend.quick, **own}), **asked)


def placed(ligand, row):
    return ligand.coord @ matrix(row[list(PLACEMENT[:4])].to_numpy(float)).T + row[list(PLACEMENT[4:])].to_numpy(float)


def near_interface(pair):
    """Mark the residues of each partner that meet the other in the complex."""
    sites = []
    for one, other in (pair, pair[::-1]):
        atoms = np.isfinite(cKDTree(other.coord).query(one.coord, distance_upper_bound=4.0)[0])
        sites.append(Site(attract=np.isin(one.residue_index, one.residue_index[atoms])))
    return sites


@pytest.mark.measurement
@pytest.mark.parametrize("name", ["lightdock", "gdock"])
def test_the_program_keeps_to_the_contract(name, request):
    request.getfixturevalue(name)
    findings = list(examine(name))
    assert len(findings) == 16
    assert [one for one in findings if one.faults] == []
    assert sum(bool(one.left_out) for one in findings) == 3  # no server, no parts, no sites


@pytest.mark.measurement
def test_poses_are_where_lightdock_itself_puts_the_ligand(lightdock, pair, tmp_path):
    """Its own program writes the complexes of a swarm; laid over the receptor, they are crossdock's poses."""
    asked = request(lightdock, glowworms=6, steps=1)
    frames = Frame.of(pair[0], chain="A"), Frame.of(pair[1], chain="B")
    swarms, parameters = lightdock_search.simulate(tmp_path, frames, asked)
    assert parameters["swarms"] == len(swarms) > 0
    swarm = swarms[-1]
    generate = found("lgd_generate_conformations.py", lightdock_search.VARIABLE, lightdock_search.HINT)
    run([generate, "receptor.pdb", "ligand.pdb", str(swarm), "6"], tmp_path)
    glowworms = list(lightdock_search.read_swarm(swarm.read_text(), "a swarm"))
    assert len(glowworms) == 6
    receptor, ligand = pair
    for number, one in enumerate(glowworms):
        lines = (swarm.parent / f"lightdock_{number}.pdb").read_text().splitlines()
        theirs = parse_structure(lines, where="LightDock")
        fixed, moved = theirs[theirs.chain == "A"].coord, theirs[theirs.chain == "B"].coord
        where = pose(*frames, Rotation.from_quat(np.roll(one[3:7], -1)).as_matrix(), np.array(one[:3]))
        mine = ligand.coord[frames[1].atoms] @ matrix(np.array(where[:4])).T + np.array(where[4:])
        turn, _ = Rotation.align_vectors(receptor.coord[frames[0].atoms] - frames[0].center, fixed - fixed.mean(axis=0))
        laid = turn.apply(moved - fixed.mean(axis=0)) + frames[0].center
        assert np.abs(laid - mine).max() < 0.01


@pytest.mark.measurement
def test_attracting_residues_lead_lightdock(lightdock, pair):
    receptor, ligand = (
        Site(attract=(body.residue_number == number) & ~body.hetero)
        for body, number in zip(pair, (195, 5), strict=True)  # the catalytic serine, and what lies in its pocket
    )
    asked = request(lightdock, receptor_site=receptor, ligand_site=ligand)
    docked = dock(lightdock, *pair, asked)
    assert docked.record["parameters"]["restraints"] == 2
    assert not docked.record["notes"]
    best = cKDTree(placed(pair[1], docked.poses.iloc[0])).query(pair[0].coord)[0]
    assert best[receptor.attract].min() < 10.0
    # Of higher scores crossdock keeps the number under its name and turns the sign for its own.
    assert (docked.poses["score"] == -docked.poses["lightdock_score"]).all()
    assert docked.poses["lightdock_score"].is_monotonic_decreasing


@pytest.mark.measurement
def test_what_lightdock_cannot_score_is_told(lightdock, pair):
    ligand = pair[1]
    name = np.where(ligand.residue_index == 4, "XYZ", ligand.residue_name).astype("U3")
    with pytest.raises(DockingError, match=r"lightdock3.py .* it printed: "):
        lightdock.dock(pair[0], replace(ligand, residue_name=name), request(lightdock))


@pytest.mark.measurement
def test_a_receptor_without_a_place_for_a_swarm_is_told(lightdock, pair):
    with pytest.raises(DockingError, match="no place for a swarm"):
        lightdock.dock(*pair, request(lightdock, swarms=1))


@pytest.mark.measurement
def test_terms_are_those_of_gdock_for_the_model_that_crossdock_makes(gdock, pair, tmp_path):
    """gdock scores the complex that the first pose makes of the prepared structures."""
    backend, python = gdock
    receptor, ligand = near_interface(pair)
    docked = dock(backend, *pair, request(backend, receptor_site=receptor, ligand_site=ligand))
    assert docked.record["parameters"]["anchors"] == 0
    assert docked.record["parameters"]["restraints"] > 50
    first = docked.poses.iloc[0]
    bodies = pair[0], pair[1].with_coord(placed(pair[1], first))
    for name, body in zip("rl", bodies, strict=True):
        write_structure(tmp_path / f"{name}.pdb", body[body.atom_name != "OXT"])
    script = "import gdock, json; print(json.dumps(gdock.score(open('r.pdb').read(), open('l.pdb').read())))"
    scores = json.loads(run([python, "-c", script], tmp_path))
    # Equal serial numbers of both files are one atom to gdock's van der Waals term, which is why it is not compared.
    for name, weight in (("elec", 0.05), ("desolv", 3.4)):
        assert first[name] == pytest.approx(weight * scores[name], rel=0.01, abs=0.1)
    touching = cKDTree(bodies[1].coord).query(bodies[0].coord)[0]
    assert touching[receptor.attract].min() < 4.0


def test_without_sites_gdock_has_an_anchor_of_both_surfaces_for_each_run(pair):
    frames = Frame.of(pair[0], chain="A"), Frame.of(pair[1], chain="B")
    asked = Request({"anchors": 40}, seed=3)
    drawn = [one for (one,) in gdock_search.anchors(frames, asked)]
    assert len(drawn) == len({i for i, _ in drawn}) == 40
    assert {j for _, j in drawn} <= set(frames[1].body.residue_number.tolist())
    assert drawn == [one for (one,) in gdock_search.anchors(frames, asked)]
    assert drawn != [one for (one,) in gdock_search.anchors(frames, Request({"anchors": 40}, seed=4))]
    core = np.linalg.norm(frames[0].body.coord, axis=1)
    depth = [core[frames[0].body.residue_number == i].max() for i, _ in drawn]
    assert np.mean(depth) > core.mean()


def test_a_program_that_is_not_there_is_told_with_how_to_install_it(monkeypatch, tmp_path, pair):
    (tmp_path / "python3").symlink_to(sys.executable)
    monkeypatch.setenv(lightdock_search.VARIABLE, str(tmp_path))
    monkeypatch.setenv(gdock_search.VARIABLE, str(tmp_path))
    for name, module in (("lightdock", lightdock_search), ("gdock", gdock_search)):
        backend = load_backend(name)
        with pytest.raises(DockingError) as error:
            backend.dock(*pair, request(backend))
        assert str(tmp_path) in error.value.what
        assert error.value.hint == module.HINT
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(lightdock_search.VARIABLE)
    with pytest.raises(DockingError, match=r"lightdock3_setup.py is not in PATH"):
        load_backend("lightdock").dock(*pair, request(load_backend("lightdock")))


def test_a_program_that_fails_is_quoted(tmp_path):
    with pytest.raises(DockingError, match="exit code 3; it printed: the reason"):
        run(["/bin/sh", "-c", "echo the reason; exit 3"], tmp_path)
    with pytest.raises(DockingError, match="cannot be started"):
        run([str(tmp_path / "none")], tmp_path)


def test_a_partner_lies_in_a_frame_of_its_own_wherever_it_was(pair):
    one = Frame.of(pair[0], chain="A")
    turn = Rotation.from_euler("xyz", [20, 130, -77], degrees=True).as_matrix()
    moved = pair[0].moved(turn, np.array([40.0, -3.0, 200.0]))
    other = Frame.of(moved, chain="A")
    assert np.array_equal(one.body.coord, other.body.coord)
    assert np.abs((moved.coord[other.atoms] - other.center) @ other.rotation.T - other.body.coord).max() < 6e-4
    # A ligand that stays where it is among both prepared structures.
    ligand = Frame.of(pair[1], chain="B")
    rotation = one.rotation @ ligand.rotation.T
    where = pose(one, ligand, rotation, one.rotation @ (ligand.center - one.center))
    assert np.allclose(where, [1, 0, 0, 0, 0, 0, 0], atol=1e-9)


PLACE = "(-0.3863068,  9.9972149, -15.9497218, -0.5728751,  0.1422011,  0.4489256,  0.6708642)"
GOOD = f"{PLACE}    0    0 -65.56  0 2.2 -47.67"


def test_a_line_of_a_swarm_is_read():
    (one,) = lightdock_search.read_swarm(f"#Coordinates\n{GOOD}\n", "gso_1.out")
    assert one == (-0.3863068, 9.9972149, -15.9497218, -0.5728751, 0.1422011, 0.4489256, 0.6708642, -47.67)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("#Coordinates\n", "gso_1.out"),
        (GOOD[: len(GOOD) // 2], "gso_1.out, line 1"),
        (f"{GOOD}\n{GOOD.replace('-47.67', 'nan')}", "gso_1.out, line 2"),
        (GOOD.replace("0.6708642", "0.6708642, 0.1, 0.2"), "gso_1.out, line 1"),
        (GOOD.replace("-0.3863068", "x"), "gso_1.out, line 1"),
        ("(1, 2, 3, 0, 0, 0, 0)    0    0 -65.56  0 2.2 -47.67", "gso_1.out, line 1"),
    ],
)
def test_a_file_that_is_no_swarm_is_refused(text, where):
    with pytest.raises(DockingError) as error:
        list(lightdock_search.read_swarm(text, "gso_1.out"))
    assert error.value.where == where
