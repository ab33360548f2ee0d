"""Conformers along normal modes, judged by Biopython, gemmi and differences of the energy."""

import functools
import warnings
from dataclasses import replace
from itertools import pairwise

import gemmi
import numpy as np
import pytest
from Bio.PDB import PDBParser, Superimposer
from Bio.PDB.vectors import calc_dihedral

from crossdock.errors import StructureError
from crossdock.panel.proteins import Entry, Protein
from crossdock.structures.conformers import prepare_conformers
from crossdock.structures.distorted import fault_of
from crossdock.structures.modes import _Network, along_modes, collectivity
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import atom_records
from demo_entries import DEMO
from real_entries import real


def written(one, path):
    path.write_text("\n".join([*atom_records(one), "END", ""]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PDBParser(QUIET=True).get_structure("x", path)[0]


@pytest.fixture(scope="module")
def structures():
    """An enzyme with six disulfides, and a small inhibitor."""
    return {
        "trypsin": prepare(DEMO / "1ppe.pdb.gz", name="x", chains=["A"])[0],
        "inhibitor": prepare(DEMO / "1emv.pdb.gz", name="x", chains=["A"])[0],
    }


@pytest.fixture(scope="module")
def made(structures):
    """Make the first conformers of a structure when they are first asked for."""

    @functools.cache
    def of(name):
        count = 4 if name == "inhibitor" else 2  # trypsin takes ten times as long
        return [one for one, _ in zip(along_modes(structures[name]), range(count), strict=False)]

    return of


@pytest.mark.measurement
@pytest.mark.parametrize("name", ["trypsin", "inhibitor"])
def test_geometry_is_kept_by_the_judgement_of_biopython_and_gemmi(name, structures, made, tmp_path):
    first = written(structures[name], tmp_path / "first.pdb")
    labels = ["mode 1+", "mode 1-", "mode 2+", "mode 2-"]
    assert [one.label for one in made(name)] == labels[: len(made(name))]
    found = [one for one in made(name) if one.structure]
    assert len(found) >= len(made(name)) - 1
    for one in found:
        moved = written(one.structure, tmp_path / "moved.pdb")
        pairs = list(zip(first.get_residues(), moved.get_residues(), strict=True))
        amino = [(a, b) for a, b in pairs if a.id[0] == " "]
        laid = Superimposer()
        laid.set_atoms(*([residue["CA"] for residue in side] for side in zip(*amino, strict=True)))
        assert laid.rms == pytest.approx(one.rmsd, abs=0.01)
        assert 0.3 < one.rmsd < 1.15
        for a, b in pairs:  # every distance within 1-2 and 1-3 of a residue, side chains and ions as they were
            if "CA" in a and a.id[0] == " ":
                for names in (("N", "CA"), ("CA", "C"), ("C", "O"), ("N", "C"), ("CA", "O"), ("CA", "CB"), ("N", "CB")):
                    if all(part in a for part in names):
                        assert a[names[0]] - a[names[1]] == pytest.approx(b[names[0]] - b[names[1]], abs=0.01)
                if "CB" in a:
                    four = ("CA", "N", "C", "CB")
                    around = [[gemmi.Position(*r[part].coord.tolist()) for part in four] for r in (a, b)]
                    one_side, other_side = (gemmi.calculate_dihedral(*places) for places in around)
                    assert one_side * other_side > 0
        for (a, b), (after_a, after_b) in pairwise(amino):
            if a["C"] - after_a["N"] < 1.6:
                assert b["C"] - after_b["N"] == pytest.approx(a["C"] - after_a["N"], abs=0.01)
                omega = [
                    calc_dihedral(*(atom.get_vector() for atom in (r["CA"], r["C"], s["N"], s["CA"])))
                    for r, s in ((a, after_a), (b, after_b))
                ]
                assert np.cos(omega[0] - omega[1]) > 0.99
        sulphurs = [[r["SG"] for r in side if r.get_resname() == "CYS"] for side in zip(*amino, strict=True)]
        for i, one_sulphur in enumerate(sulphurs[0]):
            for j in range(i):
                if one_sulphur - sulphurs[0][j] < 2.5:
                    assert sulphurs[1][i] - sulphurs[1][j] == pytest.approx(one_sulphur - sulphurs[0][j], abs=0.1)


@pytest.mark.measurement
def test_no_atom_comes_near_another_residue_by_gemmis_count(structures, made):
    def near(one):
        model = gemmi.read_pdb_string("\n".join([*atom_records(one), "END", ""]))
        search = gemmi.ContactSearch(2.3)
        search.ignore = gemmi.ContactSearch.Ignore.AdjacentResidues
        cells = gemmi.NeighborSearch(model[0], gemmi.UnitCell(), 5).populate()
        return {tuple(sorted(map(str, (c.partner1, c.partner2)))): c.dist for c in search.find_contacts(cells)}

    before = near(structures["trypsin"])
    for one in made("trypsin"):
        if one.structure:
            assert all(place in before or dist > 2.09 for place, dist in near(one.structure).items())


def test_the_stiffness_is_the_second_difference_of_the_energy(structures):
    network = _Network(structures["inhibitor"])
    matrix = network.stiffness(network.start, network.twists(network.start), network.strength)
    matrix[network.turns, network.turns] -= 30.0
    generator = np.random.default_rng(1)
    for _ in range(3):
        change = generator.normal(size=len(matrix)) * 1e-4
        coord = network._turned(network.start, change)
        apart = np.linalg.norm(coord[network.pairs[:, 0]] - coord[network.pairs[:, 1]], axis=1)
        energy = (network.strength * (apart - network.rest) ** 2).sum() / 2
        assert energy == pytest.approx(change @ matrix @ change / 2, rel=0.01)


def parts():
    """A chain of Notch 1 with a gap, and three ions of calcium: five parts."""
    return prepare(real("3l95"), name="x", chains=["X"], keep=["CA"])[0]


def without_the_whole(moves, coord):
    """Give what is left after the least-squares fit of a rigid movement."""
    axes = np.eye(3)
    basis = np.array([np.cross(axis, coord).ravel() for axis in axes] + [np.tile(axis, len(coord)) for axis in axes])
    return (moves.ravel() - basis.T @ np.linalg.lstsq(basis.T, moves.ravel(), rcond=None)[0]).reshape(-1, 3)


def test_a_variable_moves_its_own_part():
    """By finite movements as by the twists that stiffness and masses are made of."""
    network = _Network(parts())
    twists, body = network.twists(network.start), network.start[network.body]
    assert len(network.bases) == 4
    to_all = network._to_all(network.start, twists)
    for variable in (5, network.bases[0] - 1, network.bases[0] + 4, len(twists) - 1):
        change = np.zeros(len(twists))
        change[variable] = 1e-6
        moves = network._moves(network.start, twists, to_all @ change, np.zeros(6))[network.body]
        part = np.searchsorted(network.behind[network.bases], network.unit[network.body])
        moved = np.unique(part[np.linalg.norm(moves, axis=1) > 1e-9])
        assert moved.tolist() == [np.searchsorted(network.bases, variable, side="right")]
        finite = (network._turned(network.start, change) - network.start)[network.body]
        assert finite == pytest.approx(without_the_whole(moves, body), abs=1e-9)


def test_parts_stay_together_where_a_tail_swings():
    """A torsion near the end of the first part turns all the rest of it, and the other parts go along."""
    network = _Network(parts())
    twists = network.twists(network.start)
    for variable in (3, 4):
        change = np.zeros(len(twists))
        change[variable] = 1.0
        turn, shift = np.split(twists[variable], 2)
        for base in network.bases:
            along = shift + np.cross(turn, network.start[network.axis[base, 2]])
            whole = network.axis[base, 1] == -1  # an ion has nothing to turn
            change[base : base + (6 if whole else 3)] = np.r_[turn, along] if whole else along
        made = network._turned(network.start, 0.3 * change)
        rest = network.body[network.unit[network.body] > network.behind[variable]]
        before, after = (
            np.linalg.norm(coord[rest[::7], None] - coord[rest[::11]], axis=2) for coord in (network.start, made)
        )
        assert before == pytest.approx(after, abs=0.1)


def with_compound(first, count):
    """Add nitrogen atoms in a line, as of azide, beside the CA atom that lies outermost."""
    outward = first.coord - first.coord.mean(axis=0)
    outmost = np.linalg.norm(outward * (first.atom_name == "CA")[:, None], axis=1).argmax()
    added = first[np.full(count, outmost)]
    away = outward[outmost] / np.linalg.norm(outward[outmost])
    along = np.cross(away, [0.0, 0.0, 1.0])
    # Four atoms in a line could turn about it at no cost.
    steps = np.arange(count)[:, None] * along + (np.arange(count) == 3)[:, None] * away
    added = replace(
        added,
        coord=added.coord + 3.5 * away + 1.2 * steps,
        atom_name=np.array([f"N{number}" for number in range(count)]),
        element=np.full(count, "N"),
        residue_name=np.full(count, "AZI"),
        residue_number=np.full(count, 900),
        hetero=np.full(count, True),
    )
    fields = added.__dataclass_fields__
    return replace(first, **{name: np.concatenate([getattr(one, name) for one in (first, added)]) for name in fields})


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_energy_has_the_stiffness_of_a_protein_with_a_small_compound(structures, count):
    network = _Network(with_compound(structures["inhibitor"], count))
    assert len(network.bases) == (count in (1, 4))
    matrix = network.stiffness(network.start, network.twists(network.start), network.strength)
    matrix[network.turns, network.turns] -= 30.0
    change = np.random.default_rng(1).normal(size=len(matrix)) * 1e-4
    coord = network._turned(network.start, change)
    apart = np.linalg.norm(coord[network.pairs[:, 0]] - coord[network.pairs[:, 1]], axis=1)
    energy = (network.strength * (apart - network.rest) ** 2).sum() / 2
    assert energy == pytest.approx(change @ matrix @ change / 2, rel=0.002)


def test_a_compound_that_few_springs_hold_stays_with_the_protein(structures):
    first = with_compound(structures["inhibitor"], 4)
    one = next(along_modes(first))
    assert one.structure is not None, one.fault
    near = np.argsort(np.linalg.norm(first.coord - first.coord[-4], axis=1))[4:16]
    before, after = (np.linalg.norm(body.coord[near] - body.coord[-4], axis=1) for body in (first, one.structure))
    assert np.abs(before - after).max() < 2.0


@pytest.mark.measurement
def test_a_protein_of_several_parts_moves_along_its_modes():
    """Far enough, or it says why not."""
    for one in (one for one, _ in zip(along_modes(parts()), range(2), strict=False)):
        assert one.structure is None or 0.25 <= one.rmsd <= 1.05
        assert (one.structure is None) == bool(one.fault)


def test_a_movement_that_does_not_settle_is_a_fault(structures, monkeypatch):
    def fails(*_, **__):
        raise np.linalg.LinAlgError("not positive definite")

    monkeypatch.setattr(_Network, "moved", fails)
    one = next(along_modes(structures["inhibitor"]))
    assert (one.structure, one.fault) == (None, "the movement does not come to rest")


def test_what_the_network_draws_back_is_no_conformer(structures, monkeypatch):
    monkeypatch.setattr(_Network, "moved", lambda network, mode, amplitude: network.structure)
    one = next(along_modes(structures["inhibitor"]))
    assert (one.structure, one.fault) == (None, "the springs draw it back, to a CA RMSD of 0.00 A")


def test_modes_do_not_move_the_whole_and_are_collective(structures):
    network = _Network(structures["inhibitor"])
    mode = next(network.collective_modes())
    alpha = network.start[network.alpha]
    step = 1e-4
    moves = (network._turned(network.start, step * mode)[network.alpha] - alpha) / step
    # What is left without the movement of the whole is what the mode says of the CA atoms.
    rest = without_the_whole(moves, alpha)
    assert np.sqrt((rest**2).sum() / len(alpha)) == pytest.approx(1.0, abs=0.1)
    assert collectivity(rest) > 0.25
    assert collectivity(np.ones((7, 3))) == pytest.approx(1.0)
    assert collectivity(np.eye(7)[:, :3] * [1, 0, 0]) == pytest.approx(1 / 7)


def test_the_same_input_gives_the_same_bytes(structures, made):
    again = next(along_modes(structures["inhibitor"]))
    assert np.array_equal(again.structure.coord, made("inhibitor")[0].structure.coord)


def test_faults_are_named(structures):
    first = structures["inhibitor"]
    coord = first.coord.copy()
    alpha = np.flatnonzero(first.atom_name == "CA")
    torn = coord.copy()
    behind = first.residue_index > 40
    carbon, nitrogen = (
        np.flatnonzero(side & (first.atom_name == name))[at]
        for side, name, at in ((~behind, "C", -1), (behind, "N", 0))
    )
    torn[behind] += 0.4 * (coord[nitrogen] - coord[carbon])
    assert (
        fault_of(first, first.with_coord(torn))
        == "the bond A "
        + " - A ".join(
            f"{first.residue_name[at]} {first.residue_number[at]} {first.atom_name[at]}" for at in (carbon, nitrogen)
        )
        + " changed by 0.53 A"
    )
    mirrored = coord * [1, 1, -1]
    assert "chirality" in fault_of(first, first.with_coord(mirrored))
    pressed = coord.copy()
    side = np.flatnonzero(first.residue_index == first.residue_index[alpha[10]])
    pressed[side] += coord[alpha[40]] - coord[alpha[10]] + 0.5
    assert fault_of(first, first.with_coord(pressed))
    assert fault_of(first, first) == ""


def test_what_cannot_have_modes_says_why(structures):
    first = structures["inhibitor"]
    with pytest.raises(StructureError, match="10 to 1500 residues with a complete backbone; there are 5") as caught:
        next(along_modes(first[first.residue_index < 5]))
    assert caught.value.hint == "remove `conformers`", "a part of what is too small is too small as well"
    half = first.residue_index > 40
    apart = first.with_coord(first.coord + np.where(half, 100.0, 0.0)[:, None])
    with pytest.raises(StructureError, match="more than 8 A apart or hardly touch"):
        next(along_modes(apart))


@pytest.mark.measurement
def test_prepare_makes_as_many_as_the_config_says():
    protein = Protein("x", Entry("demo", "1emv"), chains=("A",), conformers=3)
    found, record = prepare_conformers(DEMO / "1emv.pdb.gz", protein)
    labels = [one.label for one in record.conformers]
    assert labels == ["1emv", "1emv mode 1+", "1emv mode 1-"]
    assert len(found) == 3
    assert record.conformers[1].rmsd_A > 0.3
    text = " ".join(one.text for one in record.remarks)
    assert "Docked as 3 conformers, laid over the first: 1emv, 1emv mode 1+ (CA RMSD" in text


@pytest.mark.measurement
def test_the_record_says_why_there_are_fewer(monkeypatch):
    faulty = "crossdock.structures.modes.fault_of"
    monkeypatch.setattr(faulty, lambda first, moved: "A SER 3 OG - A ALA 50 CB clash")
    protein = Protein("x", Entry("demo", "1emv"), chains=("A",), conformers=3)
    found, record = prepare_conformers(DEMO / "1emv.pdb.gz", protein)
    assert (len(found), record.conformers) == (1, ())
    said = next(one for one in record.remarks if one.code == "conformers-made").text
    start = (
        "0 of 2 further conformers could be made along normal modes of the structure. The structure is docked alone."
    )
    assert said.startswith(start)
    assert "Mode 1+ was left out: A SER 3 OG - A ALA 50 CB clash." in said


@pytest.mark.measurement
def test_a_ligand_stays_whole_and_moves_with_what_is_around_it():
    """The oestrogen receptor with raloxifene."""
    first = prepare(real("1err"), name="x", chains=["A"], keep=["RAL"])[0]
    one = next(along_modes(first))
    assert one.structure is not None
    ligand, protein = np.flatnonzero(first.hetero), np.flatnonzero(~first.hetero)
    assert len(ligand) == 34
    within = [np.linalg.norm(body.coord[ligand, None] - body.coord[ligand], axis=2) for body in (first, one.structure)]
    assert np.abs(within[0] - within[1]).max() < 0.005
    apart = [np.linalg.norm(body.coord[ligand, None] - body.coord[protein], axis=2) for body in (first, one.structure)]
    near = apart[0] < 4.0
    assert near.sum() > 50
    assert np.abs(apart[0] - apart[1])[near].mean() < 0.3
    assert np.linalg.norm((one.structure.coord - first.coord)[ligand], axis=1).max() > 0.05


@pytest.mark.measurement
def test_a_glycan_moves_with_the_residue_that_it_is_bound_to():
    """Asparagines with N-acetylglucosamine."""
    first = prepare(real("5l0q"), name="x", chains=["A"], keep=["NAG"])[0]
    one = next(along_modes(first))
    assert one.structure is not None
    anchors = np.flatnonzero((first.residue_name == "ASN") & (first.atom_name == "ND2"))
    carbons = np.flatnonzero((first.residue_name == "NAG") & (first.atom_name == "C1"))
    apart = np.linalg.norm(first.coord[anchors, None] - first.coord[carbons], axis=2)
    bound = np.argwhere(apart < 1.6)
    assert len(bound)
    for anchor, carbon in bound:
        now = one.structure.coord[carbons[carbon]] - one.structure.coord[anchors[anchor]]
        assert np.linalg.norm(now) == pytest.approx(apart[anchor, carbon], abs=0.01)
        assert np.linalg.norm((one.structure.coord - first.coord)[carbons[carbon]]) > 0.02
