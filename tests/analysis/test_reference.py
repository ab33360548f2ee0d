"""Judging by a known complex: DockQ's own search over chains that are not merged says the same."""

from dataclasses import replace
from pathlib import Path

import dockq_rs
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crossdock.analysis.reference import compare, judge, mappings
from crossdock.docking.backends.contract import Site
from crossdock.docking.backends.local.search import Options, dock
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place
from crossdock.structures.prepare import prepare
from crossdock.structures.site import mark_residues
from crossdock.structures.structure import Structure, write_structure

#: Two trypsins (A, C) with one inhibitor (B) on A; `blocked.txt` names what closes its site there.
CASES = Path(__file__).parents[1] / "data" / "cases"


def prepared(*chains):
    return prepare(CASES / "c2_native.pdb.gz", name="case", chains=list(chains))[0]


def joined(*parts):
    return Structure(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Structure.__dataclass_fields__)
    )


def laid_on(body, target):
    """Find the rotation and the shift that lay a chain on its copy, atom by atom."""
    turn, _ = Rotation.align_vectors(target.coord - target.coord.mean(axis=0), body.coord - body.coord.mean(axis=0))
    return turn.as_matrix(), target.coord.mean(axis=0) - turn.apply(body.coord.mean(axis=0))


def nudged(body, seed):
    """Move a body by some angstrom and degrees."""
    rng = np.random.default_rng(seed)
    centre, shift = body.coord.mean(axis=0), rng.normal(scale=1.5, size=3)
    return body.with_coord(
        Rotation.from_rotvec(rng.normal(scale=0.15, size=3)).apply(body.coord - centre) + centre + shift
    )


@pytest.fixture(scope="module")
def dimer():
    return prepared("A", "C")


@pytest.fixture(scope="module")
def inhibitor():
    return prepared("B")


@pytest.fixture(scope="module")
def symmetry(dimer):
    return laid_on(dimer[dimer.chain == "A"], dimer[dimer.chain == "C"])


@pytest.fixture
def searched(tmp_path):
    """Give what DockQ says of a model by its own search over the chains."""

    def search(native, model):
        for name, bodies in (("native", native), ("model", model)):
            write_structure(tmp_path / f"{name}.pdb", *bodies)
        found = dockq_rs.score(str(tmp_path / "model.pdb"), str(tmp_path / "native.pdb"))
        return found["GlobalDockQ"]

    return search


def test_the_native_complex_is_judged_perfect_and_a_moved_one_not(bound_pair):
    receptor, ligand = bound_pair("1emv")
    turn = Rotation.from_euler("x", 90, degrees=True).as_matrix()
    centre = ligand.coord.mean(axis=0)
    near, far = ligand.coord + np.array([0.6, 0, 0]), (ligand.coord - centre) @ turn.T + centre + 40
    native, close, wrong = judge(receptor, ligand, [ligand, ligand.with_coord(near), ligand.with_coord(far)])
    assert native["dockq"] == pytest.approx(1)
    assert native["irmsd_A"] == pytest.approx(0, abs=0.01)
    assert close["lrmsd_A"] == pytest.approx(0.6, abs=0.01)
    assert close["dockq"] > 0.8
    assert wrong["fnat"] == 0
    assert wrong["dockq"] < 0.1
    assert judge(receptor, ligand, []) == []


def test_a_pair_without_copies_has_one_mapping(bound_pair, searched):
    receptor, ligand = bound_pair("1jtg")
    assert len(mappings((receptor, ligand), receptor, ligand)) == 1
    ligand = ligand.with_chains(dict.fromkeys(ligand.chains, "L"))
    placed = [nudged(ligand, seed) for seed in range(3)]
    expected = [searched((receptor, ligand), (receptor, body)) for body in placed]
    assert [row["dockq"] for row in judge(receptor, ligand, placed)] == pytest.approx(expected, abs=0.001)


def test_either_site_of_a_homodimer_is_the_known_one(dimer, inhibitor, symmetry, searched):
    home = [nudged(inhibitor, seed) for seed in range(4)]
    other = [body.moved(*symmetry) for body in home]
    exact, *rest = judge(dimer, inhibitor, [inhibitor.moved(*symmetry), *home, *other])
    assert exact == {"dockq": 1.0, "irmsd_A": 0.0, "lrmsd_A": 0.0, "fnat": 1.0}
    expected = [searched((dimer, inhibitor), (dimer, body)) for body in (*home, *other)]
    assert min(expected) < 0.7 < max(expected)
    assert [row["dockq"] for row in rest] == pytest.approx(expected, abs=0.02)


def test_a_place_that_no_symmetry_leads_to_stays_wrong(dimer, inhibitor, symmetry):
    """Half the way round to the other site."""
    turn = Rotation.from_rotvec(Rotation.from_matrix(symmetry[0]).as_rotvec() / 2)
    centre = dimer.coord.mean(axis=0)
    (wrong,) = judge(dimer, inhibitor, [inhibitor.with_coord(turn.apply(inhibitor.coord - centre) + centre)])
    assert wrong["dockq"] < 0.1


def test_copies_may_lack_residues_and_have_other_numbers(dimer, inhibitor, symmetry):
    """The first copy lacks its end, the second some of the interface, which is left out; much of it may not be."""
    residue, second = dimer.residue_index, dimer.chain == "C"
    n = int(residue[second].min())
    near = np.linalg.norm(dimer.coord[:, None] - inhibitor.coord, axis=2).min(axis=1) < 5
    touching = np.unique(residue[near & ~second])
    numbered = replace(dimer, residue_number=np.where(second, dimer.residue_number + 1000, dimer.residue_number))
    short = numbered[(residue < n - 8) | second]
    (complete,) = judge(short, inhibitor, [inhibitor.moved(*symmetry)])
    assert complete["dockq"] == pytest.approx(1, abs=0.001)
    for lacking, possible in ((4, True), (len(touching), False)):
        body = short[~np.isin(short.residue_index, touching[:lacking] + n - 8)]
        (verdict,) = judge(body, inhibitor, [inhibitor.moved(*symmetry)])
        assert (verdict["fnat"] == 1) == (verdict["dockq"] > 0.99) == possible


def test_the_copies_may_be_the_ligand(dimer, inhibitor, symmetry):
    """The receptor is the inhibitor; a dimer that has turned about its axis lies where it lay."""
    turned = dimer.moved(*symmetry)
    (verdict,) = judge(inhibitor, dimer, [turned])
    assert verdict["dockq"] == pytest.approx(1, abs=0.001)


def test_a_protein_docked_with_its_own_copy_may_be_either_partner(dimer, searched):
    """An interface of unlike sides: whichever of the two copies has which side, it is the same pair."""
    receptor = dimer[dimer.chain == "A"]
    turn = Rotation.from_euler("z", 65, degrees=True).as_matrix()
    centre = receptor.coord.mean(axis=0)
    width = np.ptp(receptor.coord[:, 0])
    ligand = receptor.moved(turn, centre - turn @ centre + [0.8 * width, 0, 0]).with_chains({"A": "B"})
    back, shift = laid_on(ligand, receptor)
    placed = receptor.moved(back, shift).with_chains({"A": "B"})
    verdicts = judge(receptor, ligand, [ligand, placed])
    assert [row["dockq"] for row in verdicts] == pytest.approx([1, 1], abs=0.001)
    assert searched((receptor, ligand), (receptor, placed)) == pytest.approx(1, abs=0.001)


@pytest.mark.measurement
def test_a_ring_of_twelve_has_twelve_sites(dimer, inhibitor):
    """Twelve copies, the known complex with the ligand on the first; symmetric within 0.2 A."""
    chain, rng = dimer[dimer.chain == "A"], np.random.default_rng(0)
    near = cKDTree(inhibitor.coord).query(chain.coord)[0] < 15
    chain = chain[np.isin(chain.residue_index, chain.residue_index[near])]
    centre = chain.coord.mean(axis=0)
    turns = [Rotation.from_euler("z", 30 * k, degrees=True) for k in range(12)]
    off = np.array([-150.0, 0, 0])
    parts = [
        replace(chain, chain=np.full(len(chain), letter)).with_coord(
            turn.apply(chain.coord - centre + off) + rng.normal(scale=0.2, size=chain.coord.shape)
        )
        for turn, letter in zip(turns, "ABCDEFGHIJKL", strict=True)
    ]
    ring, home = joined(*parts), inhibitor.coord - centre + off
    placed = [inhibitor.with_coord(turns[k].apply(home)) for k in (0, 1, 7)]
    assert len(mappings((ring, placed[0]), ring, placed[0])) == 12
    assert all(row["dockq"] > 0.95 for row in judge(ring, placed[0], placed))


def test_a_homodimer_does_not_stand_for_a_heterodimer(dimer, inhibitor, symmetry):
    """Docked is a homodimer; the second chain of the known complex is another protein, of which little is the same."""
    second = np.flatnonzero(dimer.chain == "C")
    numbered = replace(dimer, chain=np.full(len(dimer), "A"), residue_number=dimer.residue_index + 1)
    known = numbered[: second[0] + 200]
    found = mappings((known, inhibitor), numbered, inhibitor)
    assert len(found) == 1
    (verdict,) = compare(found, [inhibitor.moved(*symmetry)])
    assert verdict["DockQ"] < 0.1
    alone = numbered[: second[0]]
    assert len(mappings((alone, inhibitor), numbered, inhibitor)) == 2, "a known complex may lack the copy"


@pytest.mark.measurement
def test_docking_finds_the_other_site_of_a_homodimer(dimer, inhibitor):
    blocked = (CASES / "blocked.txt").read_text().strip()
    closed = mark_residues(dimer, blocked, {"A": "A", "C": "C"}, key="blocked", where="c2_native.pdb.gz")
    options = Options("default", rotations=300, seed=1, receptor_site=Site(closed[dimer.residue_index]))
    poses = dock(dimer, inhibitor, options).poses
    models = model_table(cluster_poses(dimer, inhibitor, poses), poses, models=3)
    verdicts = judge(dimer, inhibitor, [place(inhibitor, row) for _, row in models.iterrows()])
    assert max(row["dockq"] for row in verdicts) >= 0.9
