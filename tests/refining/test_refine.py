"""Refined models: a small complex of two copies of CMTI-1, judged by gemmi and by OpenMM's own force field."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import gemmi
import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crossdock.analysis.affinity import predict
from crossdock.analysis.interface import residue_contacts
from crossdock.analysis.records import KnownRecord
from crossdock.analysis.surface import areas_together, surface
from crossdock.cli import main
from crossdock.docking.bodies import Body
from crossdock.errors import InputError
from crossdock.files import write_json
from crossdock.panel.panel import load_panel, read_panel
from crossdock.records import read_record, write_record
from crossdock.refining import engine, minimise
from crossdock.refining import refine as refine_module
from crossdock.refining.record import LEFT, REFINED, RefinedRecord
from crossdock.refining.refine import Refiner
from crossdock.report.refined import difference
from crossdock.steps.refine import Refinement, refine
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import Structure, read_structure, write_structure
from demo_entries import DEMO, PAIRS
from pair_records import made_up_model, made_up_pair
from real_entries import real

pytest.importorskip("openmm")
pytest.importorskip("pdbfixer")
#: Two heavy atoms nearer than this clash, in angstrom.
CLASH = 2.3


def joined(*parts: Structure) -> Structure:
    return Structure(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Structure.__dataclass_fields__)
    )


@pytest.fixture(scope="module")
def inhibitor() -> Structure:
    """CMTI-1: 29 residues, three disulfides."""
    return prepare(str(DEMO / "1ppe.pdb.gz"), name="x", chains=["B"])[0]


@pytest.fixture(scope="module")
def touching(inhibitor):
    """Two copies side by side, the nearest heavy atoms 3 A apart."""
    axis = np.array([1.0, 0.0, 0.0])
    partner = inhibitor.with_chains({"B": "C"})
    for shift in np.arange(10.0, 60.0, 0.1):
        moved = partner.with_coord(partner.coord + shift * axis)
        if cKDTree(moved.coord).query(inhibitor.coord)[0].min() >= 3.0:
            return Body(inhibitor, moved)
    raise AssertionError


def pushed(body: Body, by: float) -> Body:
    """Give a model whose ligand is pushed into the receptor, in angstrom."""
    way = body.receptor.coord.mean(axis=0) - body.ligand.coord.mean(axis=0)
    return Body(body.receptor, body.ligand.with_coord(body.ligand.coord + by * way / np.linalg.norm(way)))


def write_folder(folder, bodies, ligand_chains, known=None):
    """Write the files of a pair that the step reads."""
    models = tuple(made_up_model(model=number) for number in range(len(bodies)))
    pair = made_up_pair("one", "other", [-10.0], models[0], None, n_poses=9)
    write_record(folder / "pair.json", replace(pair, models=models, ligand_chains=ligand_chains, known=known))
    for number, body in enumerate(bodies):
        write_structure(folder / "models" / f"model_{number:02d}.pdb", body.receptor, body.ligand)
    return folder


def clashes(path, between):
    """Count heavy atom pairs of two groups of chains nearer than 2.3 A, by gemmi."""
    model = gemmi.read_structure(str(path))[0]
    search = gemmi.NeighborSearch(model, gemmi.UnitCell(), 5).populate(include_h=False)
    found = 0
    for chain in model:
        for atom in (
            atom for residue in chain for atom in residue if chain.name in between and atom.element.name != "H"
        ):
            near = search.find_atoms(atom.pos, "\0", radius=CLASH)
            found += sum(mark.to_cra(model).chain.name not in between for mark in near)
    return found


@pytest.fixture(scope="module")
def made(touching, inhibitor, tmp_path_factory):
    """A pair with two models: as it is, and with the ligand pushed 2.5 A into the receptor."""
    folder = tmp_path_factory.mktemp("pair")
    structures = folder / "receptor.pdb", folder / "ligand.pdb"
    for path, one in zip(structures, (touching.receptor, touching.ligand.with_chains({"C": "B"})), strict=True):
        write_structure(path, one, remarks=("prepared by crossdock",))
    known = KnownRecord("1PPE", None, 0, 1.0, 0)
    write_folder(folder, [touching, pushed(touching, 2.5)], {"B": "C"}, known)
    record = refine(folder, Refinement(platform="cpu"), structures=structures)
    return folder, structures, record


def test_no_atoms_overlap_any_more(made):
    folder, _, record = made
    first, second = record.models
    assert (first.state, second.state) == (REFINED, REFINED), (first.reason, second.reason)
    assert clashes(folder / "models/model_01.pdb", "B") == second.clashes_before >= 5
    for model in record.models:
        assert clashes(folder / f"refined/model_{model.model:02d}.pdb", "B") == model.clashes_after == 0
        assert model.inner_clashes_after == 0


def test_a_model_beside_a_known_complex_stays_there(made):
    _, _, record = made
    assert record.models[0].dockq_before == pytest.approx(1, abs=0.01)
    assert record.models[0].irmsd_after_A < 0.4
    assert record.models[0].dockq_after > 0.85  # of its three contacts one may be lost, which costs 0.11
    assert record.models[0].rmsd_A < 1.0
    assert record.models[0].backbone_rmsd_A < 0.5


def test_docked_models_are_as_they_were(made, touching):
    folder, _, _ = made
    kept = read_structure(folder / "models/model_00.pdb")
    assert np.abs(kept.coord - joined(touching.receptor, touching.ligand).coord).max() < 0.0011


def test_hydrogens_are_those_of_the_amino_acids(made):
    """gemmi counts them: each heavy atom of the backbone and of methyl groups has its own."""
    folder, _, _ = made
    for suffix in ("pdb", "cif"):
        model = gemmi.read_structure(str(folder / f"refined/model_00.{suffix}"))[0]
        for chain in model:
            residues = list(chain)
            for number, residue in enumerate(residues):
                names = {atom.name for atom in residue if atom.element.name == "H"}
                if residue.name == "ALA":
                    assert {"HA", "HB1", "HB2", "HB3"} <= names
                if residue.name == "CYS":
                    assert "HG" not in names
                if number and residue.name != "PRO":
                    assert "H" in names
                assert ("OXT" in {atom.name for atom in residue}) == (number == len(residues) - 1)


def test_disulfides_are_kept(made):
    folder, _, _ = made
    for number in (0, 1):
        model = read_structure(folder / f"refined/model_{number:02d}.pdb")
        sulfur = model.coord[model.atom_name == "SG"]
        assert len(sulfur) == 12
        assert np.sort(np.linalg.norm(sulfur[:, None] - sulfur[None], axis=2), axis=1)[:, 1].max() < 2.2


def test_amino_acids_are_left_handed_and_peptides_flat(made):
    folder, _, record = made
    assert not any(model.inverted for model in record.models)
    model = gemmi.read_structure(str(folder / "refined/model_01.pdb"))[0]
    twisted = 0
    for chain in model:
        for one, other in zip(chain, list(chain)[1:], strict=False):
            omega = abs(
                np.degrees(
                    gemmi.calc_omega(one, other) if hasattr(gemmi, "calc_omega") else gemmi.calculate_omega(one, other)
                )
            )
            twisted += 30 < omega < 150
    assert twisted == sum("to twisted" in text for text in record.models[1].peptides)


def test_interaction_energy_is_openmms_own(made):
    """E(complex) - E(receptor) - E(ligand) of OpenMM's ForceField, read from the refined file."""
    import openmm
    from openmm.app import ForceField, Modeller, PDBFile

    folder, _, record = made
    read = PDBFile(str(folder / "refined/model_00.pdb"))
    field = ForceField("amber14/protein.ff14SB.xml", "implicit/obc2.xml")

    def energy(chains):
        part = Modeller(read.topology, read.positions)
        part.delete([chain for chain in part.topology.chains() if chain.id not in chains])
        platform = openmm.Platform.getPlatformByName("Reference")
        context = openmm.Context(field.createSystem(part.topology), openmm.VerletIntegrator(0.001), platform)
        context.setPositions(part.positions)
        return context.getState(getEnergy=True).getPotentialEnergy()._value / 4.184

    expected = energy("BC") - energy("B") - energy("C")
    # The file has three decimals.
    assert record.models[0].interaction.total == pytest.approx(expected, abs=0.3)
    parts = record.models[0].interaction
    assert parts.total == pytest.approx(
        parts.van_der_waals + parts.coulomb + parts.generalized_born + parts.surface, abs=0.03
    )
    assert parts.van_der_waals < 0


def test_the_table_has_what_moved(made):
    folder, _, record = made
    table = pd.read_csv(folder / "refined/residues.csv")
    docked, refined = (read_structure(folder / place / "model_01.pdb") for place in ("models", "refined"))
    row = table[(table["model"] == 1)].sort_values("rmsd_A").iloc[-1]
    assert f"{row['residue']} {row['chain']}{row['number']}" == record.models[1].most_moved

    def atoms(one):
        own = (one.chain == row["chain"]) & (one.residue_number == int(row["number"])) & (one.element != "H")
        return dict(zip(one.atom_name[own].tolist(), one.coord[own], strict=True))

    before, after = atoms(docked), atoms(refined)
    shifts = [np.linalg.norm(before[name] - after[name]) for name in before]
    assert row["rmsd_A"] == pytest.approx(np.sqrt(np.mean(np.square(shifts))), abs=0.01)
    assert table.loc[table["model"] == 1, "clashes_before"].sum() > 0 == table["clashes_after"].sum()


def test_contacts_and_affinity_are_those_of_the_model_that_is_written(made):
    folder, _, record = made
    table = pd.read_csv(folder / "refined/interface.csv")
    for model in record.models:
        whole = read_structure(folder / f"refined/model_{model.model:02d}.pdb")
        heavy = whole[whole.element != "H"]
        bodies = heavy[heavy.chain == "B"], heavy[heavy.chain == "C"]
        contacts = residue_contacts(*bodies)
        own = table[table["model"] == model.model]
        assert own["atom_pairs"].tolist() == contacts["atom_pairs"].tolist()
        assert own["overlaps"].sum() == 0
        areas = areas_together(*(surface(body) for body in bodies))
        assert model.dg_kcal_mol == pytest.approx(predict(*bodies, areas).dg, abs=0.05)


def test_what_the_page_leaves_out_is_as_it_was_docked(made):
    """Residues that are not in the difference have the docked heavy atoms; those in it are the ones that could move."""
    folder, _, record = made
    docked, whole = (read_structure(folder / place / "model_01.pdb") for place in ("models", "refined"))
    residues, atoms, moved = difference(docked, whole)
    assert len(moved) == 3 * sum(len(names.split()) for names in atoms)
    assert 0 < len(residues) <= record.models[1].free_residues + 2  # an end may get its oxygen
    listed = {(one[4], int(one[5:9])) for one in residues}

    def others(structure):
        heavy = structure[structure.element != "H"]
        places = zip(heavy.chain.tolist(), heavy.residue_number.tolist(), strict=True)
        return heavy[np.array([place not in listed for place in places])]

    before, after = others(docked), others(whole)
    assert before.atom_name.tolist() == after.atom_name.tolist()
    np.testing.assert_allclose(before.coord, after.coord, atol=0.0005)


@pytest.mark.measurement
def test_it_is_made_once_and_the_same_twice(made):
    folder, structures, _ = made
    how = Refinement(platform="cpu")
    assert refine(folder, how, structures=structures, resume=True) is None
    before = (folder / "refined/model_00.pdb").read_bytes()
    again = refine(folder, replace(how, models=1), structures=structures)
    assert len(again.models) == 1
    assert (folder / "refined/model_00.pdb").read_bytes() == before
    assert read_record(folder / "refined/refined.json", RefinedRecord, "refine") == again


def one_model(body: Body, radius: float = 6.0):
    """Refine one model with a small part that moves."""
    return Refiner(radius, *engine.platform("cpu")).refine(0, body)


@pytest.mark.measurement
def test_conformers_that_take_turns_are_completed_once_each(inhibitor, monkeypatch):
    asked, complete = [], refine_module.complete
    monkeypatch.setattr(refine_module, "complete", lambda one, **how: asked.append(one) or complete(one, **how))
    other = inhibitor.with_coord(inhibitor.coord * 1.01)
    turn = Rotation.from_rotvec([0.3, -1.0, 0.2]).as_matrix()
    shapes = [inhibitor, other, inhibitor.moved(turn, np.ones(3)), other.moved(turn, np.ones(3))]
    refiner = Refiner(10.0, *engine.platform("cpu"))
    found = [refiner.completed("receptor", one) for one in shapes]
    assert [id(one) for one in asked] == [id(one) for one in shapes[:2]]
    for field, one in zip(found, shapes, strict=True):
        own = field.docked >= 0
        assert np.array_equal(field.atoms.coord[own], one.coord[field.docked[own]])
    # Added hydrogens are moved with the conformer that they belong to.
    for number in (0, 1):
        there = found[number].atoms.coord @ turn.T + 1.0
        assert np.abs(found[number + 2].atoms.coord - there).max() < 1e-2


@pytest.mark.measurement
def test_a_gap_gets_no_residue_and_no_charge(touching):
    gap = ~np.isin(touching.receptor.residue_number, (12, 13, 14))
    found = one_model(Body(touching.receptor[gap], touching.ligand))
    assert found.record.state == REFINED, found.record.reason
    body = found.body.receptor
    assert body.n_residues == 26
    names = {number: set(body.atom_name[body.residue_number == number].tolist()) for number in (11, 15)}
    assert "OXT" not in names[11]
    assert "H" in names[15]
    assert not {"H1", "H2", "H3"} & names[15]


@pytest.mark.measurement
def test_missing_atoms_are_added(touching):
    receptor = touching.receptor
    long = receptor.residue_number[receptor.atom_name == "CD"][0]
    short = receptor[(receptor.residue_number != long) | np.isin(receptor.atom_name, ("N", "CA", "C", "O", "CB"))]
    found = one_model(Body(short, touching.ligand))
    lost = len(receptor) - len(short)
    assert lost
    assert found.record.state == REFINED, found.record.reason
    heavy = found.body.receptor.element != "H"
    ends = int("OXT" not in receptor.atom_name) + int("OXT" not in touching.ligand.atom_name)
    assert found.record.added_atoms == lost + ends
    assert set(receptor.atom_name[receptor.residue_number == long]) <= set(
        found.body.receptor.atom_name[heavy & (found.body.receptor.residue_number == long)]
    )


def with_atoms(structure: Structure, rows, *, hetero=True) -> Structure:
    """Add atoms: (position, chain, number, residue name, atom name, element)."""
    position, chain, number, residue, atom, element = (list(column) for column in zip(*rows, strict=True))
    count = len(rows)
    kinds = {name: getattr(structure, name).dtype for name in Structure.__dataclass_fields__}
    return joined(
        structure,
        Structure(
            np.array(position),
            np.array(chain, dtype=kinds["chain"]),
            np.array(number),
            np.full(count, "", dtype=kinds["insertion"]),
            np.array(residue, dtype=kinds["residue_name"]),
            np.array(atom, dtype=kinds["atom_name"]),
            np.array(element, dtype=kinds["element"]),
            np.zeros(count),
            np.full(count, hetero),
        ),
    )


@pytest.mark.measurement
def test_an_ion_and_what_coordinates_it_are_held(touching):
    receptor = touching.receptor
    acid = np.flatnonzero(np.isin(receptor.atom_name, ("OD1", "OE1")) & np.isin(receptor.residue_name, ("ASP", "GLU")))[
        0
    ]
    away = receptor.coord[acid] - receptor.coord.mean(axis=0)
    place = receptor.coord[acid] + 2.4 * away / np.linalg.norm(away)
    # The acid is 7.4 A from the partner: without the ion it could move.
    found = one_model(Body(with_atoms(receptor, [(place, "B", 301, "CA", "CA", "Ca")]), touching.ligand), radius=8.0)
    assert found.record.state == REFINED, found.record.reason
    assert found.record.held == ("CA B301",)
    body = found.body.receptor
    assert np.allclose(body.coord[body.residue_number == 301], place, atol=1e-6)
    number = receptor.residue_number[acid]
    for name, coord in zip(
        receptor.atom_name[receptor.residue_number == number],
        receptor.coord[receptor.residue_number == number],
        strict=True,
    ):
        own = (body.residue_number == number) & (body.atom_name == name)
        assert np.allclose(body.coord[own], coord, atol=1e-6)


@pytest.mark.measurement
def test_a_modified_residue_is_an_obstacle(touching):
    receptor = touching.receptor
    number = 9  # a glutamic acid 7.4 A from the partner: unmodified it could move
    names = receptor.residue_name.copy()
    names[receptor.residue_number == number] = "CGU"
    found = one_model(Body(replace(receptor, residue_name=names), touching.ligand), radius=8.0)
    assert found.record.state == REFINED, found.record.reason
    assert found.record.held == (f"CGU B{number}",)
    body = found.body.receptor
    own = body.residue_number == number
    assert np.allclose(body.coord[own], receptor.coord[receptor.residue_number == number], atol=1e-6)
    assert set(body.element[own]) <= {"C", "N", "O"}


@pytest.mark.measurement
def test_a_disulfide_between_the_partners_is_kept():
    """TGF-beta 3: its two chains are joined at Cys 77."""
    file = str(real("1tgj_tgfb3_dimer"))
    body = Body(*(prepare(file, name=chain, chains=[chain])[0] for chain in "AB"))
    found = one_model(body, radius=6.0)
    assert found.record.state == REFINED, found.record.reason
    assert found.record.clashes_after == 0
    assert found.body.receptor.coord.shape[0] == found.body.ligand.coord.shape[0]
    sides = (found.body.receptor, found.body.ligand)
    own = [side.residue_number == 77 for side in sides]
    assert all("HG" not in side.atom_name[at] for side, at in zip(sides, own, strict=True))
    sulfurs = [side.coord[at & (side.atom_name == "SG")][0] for side, at in zip(sides, own, strict=True)]
    assert np.linalg.norm(sulfurs[0] - sulfurs[1]) == pytest.approx(2.04, abs=0.06)


@pytest.mark.measurement
def test_selenomethionine_is_taken_as_methionine(touching):
    receptor = touching.receptor
    sulfur = np.flatnonzero(receptor.atom_name == "SD")[0]
    number = receptor.residue_number[sulfur]
    name, atom, element = receptor.residue_name.copy(), receptor.atom_name.copy(), receptor.element.copy()
    name[receptor.residue_number == number], atom[sulfur], element[sulfur] = "MSE", "SE", "Se"
    made = replace(receptor, residue_name=name, atom_name=atom, element=element)
    found = one_model(Body(made, touching.ligand))
    assert found.record.state == REFINED, found.record.reason
    assert "MSE" not in found.body.receptor.residue_name


def test_what_has_no_parameters_is_left_as_docked(touching):
    strange = with_atoms(touching.receptor, [(np.array([0.0, 0.0, 0.0]), "B", 301, "U1", "U", "U")])
    found = one_model(Body(strange, touching.ligand))
    assert (found.record.state, found.body) == (LEFT, None)
    assert found.record.reason == "no parameters for the element U of U1"


def test_a_residue_without_backbone_is_left_as_docked(touching):
    receptor = touching.receptor
    found = one_model(Body(receptor[(receptor.residue_number != 5) | (receptor.atom_name == "CA")], touching.ligand))
    assert found.record.reason.endswith("5 lacks a backbone atom")


def test_a_model_that_does_not_converge_is_left_as_docked(touching, tmp_path, monkeypatch):
    monkeypatch.setattr(minimise, "CONVERGED", 1e-6)
    write_folder(tmp_path, [touching], {"B": "C"})
    record = refine(tmp_path, Refinement(radius=4.0, platform="cpu"))
    assert record.models[0].state == LEFT
    assert "did not converge" in record.models[0].reason
    assert sorted(path.name for path in (tmp_path / "refined").iterdir()) == [
        "interface.csv",
        "refined.json",
        "residues.csv",
    ]


def test_partners_far_apart_are_left_as_docked(touching):
    found = one_model(pushed(touching, -60.0))
    assert found.record.reason == "no residue lies within 6 A of the partner"


def test_the_command_says_what_it_did(touching, tmp_path, capsys):
    write_folder(tmp_path, [touching], {"B": "C"})
    assert main(["refine", str(tmp_path), "--models", "1", "--radius", "4", "--platform", "cpu"]) == 0
    assert capsys.readouterr().out.startswith("model 0: clashes 0 -> 0, moved by ")
    assert json.loads((tmp_path / "refined/refined.json").read_text())["platform"] == "CPU"


#: Prints what cctbx 2025.11 prints of a model with a clash for each of its atoms that is no hydrogen.
CLASHSCORE = """
import sys
model, keep = sys.argv[1:]
assert keep in ("keep_hydrogens=True", "keep_hydrogens=False")
atoms = [line[76:78].strip() for line in open(model) if line.startswith("ATOM")]
assert ("H" in atoms) == keep.endswith("True")
print("Bad Clashes >= 0.4 Angstrom:")
print("clashscore = %.2f" % (1000 * (len(atoms) - atoms.count("H")) / len(atoms)))
"""


@pytest.mark.measurement
def test_clashscores_are_those_that_the_program_prints(touching, tmp_path, monkeypatch):
    program = tmp_path / "bin" / "molprobity.clashscore"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}{CLASHSCORE}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    folder = write_folder(tmp_path / "pair", [touching], {"B": "C"})
    record = refine(folder, Refinement(radius=4.0, platform="cpu"))
    assert record.software["clashscore"] == str(program)
    (model,) = record.models
    written = read_structure(folder / "refined/model_00.pdb")
    heavy = float(np.mean(written.element != "H"))
    assert (model.clashscore_before, model.clashscore_after) == (1000.0, pytest.approx(1000 * heavy, abs=0.01))


@pytest.mark.measurement
def test_a_clashscore_program_that_fails_is_told_and_takes_nothing_along(touching, tmp_path, monkeypatch, caplog):
    program = tmp_path / "bin" / "phenix.clashscore"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho Probe could not be detected on your system.\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    record = refine(write_folder(tmp_path / "pair", [touching], {"B": "C"}), Refinement(radius=4.0, platform="cpu"))
    assert (record.models[0].state, record.models[0].clashscore_after) == (REFINED, None)
    assert "Probe could not be detected" in caplog.text


def test_without_openmm_the_message_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="openmm and pdbfixer") as error:
        refine(tmp_path)
    assert 'pip install "crossdock[refine]"' in error.value.hint


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {}),
        ({"refine": False}, {}),
        ({"refine": True}, {"models": 5, "radius": 10.0, "platform": "auto"}),
        ({"refine": "true"}, {"models": 5, "radius": 10.0, "platform": "auto"}),
        ({"refine": {"models": "2"}}, {"models": 2, "radius": 10.0, "platform": "auto"}),
    ],
)
def test_config(asked, expected, tmp_path):
    proteins = {f"{role}s": [{"name": role, "entry": "demo:1emv", "chains": ["A"]}] for role in ("receptor", "ligand")}
    panel = load_panel(proteins | asked)
    assert panel.refine == expected
    write_json(tmp_path / "panel.json", panel.to_record())
    assert read_panel(tmp_path / "panel.json").refine == expected


@pytest.mark.measurement
@pytest.mark.parametrize("entry", ["1ppe", "1emv"])  # docs/refine.md has the demo's others
def test_known_complexes_stay_known(entry, tmp_path):
    """The demo's complexes, the smallest also pushed together: they stay acceptable, and nothing overlaps."""
    chains = PAIRS[entry]
    receptor, ligand = (prepare(str(DEMO / f"{entry}.pdb.gz"), name="x", chains=[chain])[0] for chain in chains)
    paths = tmp_path / "receptor.pdb", tmp_path / "ligand.pdb"
    for path, one in zip(paths, (receptor, ligand), strict=True):
        write_structure(path, one, remarks=("prepared by crossdock",))
    known = KnownRecord(entry.upper(), None, 0, 1.0, 0)
    body = Body(receptor, ligand)
    bodies = [body, pushed(body, 2.0)] if entry == "1ppe" else [body]
    write_folder(tmp_path, bodies, {chains[1]: chains[1]}, known)
    record = refine(tmp_path, Refinement(platform="cpu"), structures=paths)
    assert [model.state for model in record.models] == [REFINED] * len(bodies), [one.reason for one in record.models]
    assert [model.clashes_after for model in record.models] == [0] * len(bodies)
    assert record.models[0].irmsd_after_A < 0.4
    assert record.models[0].dockq_after > 0.85  # of its three contacts one may be lost, which costs 0.11
    print(entry, record)
