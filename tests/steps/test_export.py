"""Models as input of other programs: residues in every file are those that gemmi counts in the entry itself."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace

import gemmi
import numpy as np
import pandas as pd
import pytest
import yaml
from Bio.PDB import PDBParser
from Bio.PDB.SASA import ShrakeRupley

from crossdock.analysis.affinity import EXTENDED_AREA_A2
from crossdock.cli import main
from crossdock.entries.amino_acids import LETTERS
from crossdock.export.docked import place_of
from crossdock.export.haddock3 import known_to_haddock, numbering
from crossdock.files import read_json, write_json
from crossdock.panel.panel import load_panel
from crossdock.refining import engine
from crossdock.refining.complete import complete, whole_system
from crossdock.steps.export import export
from crossdock.structures.prepare import prepare
from crossdock.structures.record import ConformerRecord, read_protein, write_protein
from crossdock.structures.structure import distinct_chains, read_structure, write_structure
from demo_entries import DEMO
from pair_records import made_up_docking, write_pair
from real_entries import real

#: The Notch3 receptor's negative regulatory region with an antibody: insertion codes, a gap, calcium ions.
NOTCH = {"receptor": ("NRR", ["X"], ["CA"]), "ligand": ("Fab", ["A", "B"], [])}
REACH_A = 5.0


def write_model(folder, names, receptor, ligand):
    """Write the files of a pair whose only model is the complex of the entry."""
    place = {"tx_A": [0.0], "ty_A": [0.0], "tz_A": [0.0], "qw": [1.0], "qx": [0.0], "qy": [0.0], "qz": [0.0]}
    poses = pd.DataFrame(place | {"rank": [1], "score": [-90.0]})
    models = poses.rename(columns={"rank": "pose"}).assign(
        model=0, cluster=0, members=1, representative="Center", center_score=-80.0
    )
    members = pd.DataFrame({"cluster": [0], "pose": [1]})
    pair = write_pair(folder, names, receptor, ligand, made_up_docking(), poses, models, members)
    assert pair.ligand_chains == distinct_chains(receptor.chains, ligand.chains)
    write_structure(folder / "models/model_00.pdb", receptor, ligand.with_chains(pair.ligand_chains))
    return folder


def write_run(run, entry, sides):
    """Write a run with one pair, docked as the entry has it; give the pair's folder."""
    proteins = {}
    for name, chains, keep in sides.values():
        structure, record = prepare(entry, name=name, chains=chains, keep=keep)
        proteins[name] = structure
        (run / "proteins" / name).mkdir(parents=True)
        write_structure(run / "proteins" / name / "structure.pdb", structure, remarks=("prepared by crossdock",))
        write_protein(run / "proteins" / name / "protein.json", record)
    config = {
        f"{role}s": [{"name": name, "entry": str(entry), "chains": chains, "keep": keep}]
        for role, (name, chains, keep) in sides.items()
    }
    write_json(run / "panel.json", load_panel(config).to_record())
    names = [name for name, *_ in sides.values()]
    return write_model(run / "pairs" / names[0] / names[1], names, *proteins.values())


def contacts(entry, sides):
    """List the residue pairs within 5 A of the chains of both sides, by gemmi: (chain, number with insertion code)."""
    model = gemmi.read_structure(str(entry))[0]
    search = gemmi.NeighborSearch(model, gemmi.UnitCell(), 6).populate(include_h=False)
    found = set()
    for chain in model:
        for residue in chain if chain.name in sides[0] else ():
            for atom in residue if residue.name in LETTERS else ():
                for mark in search.find_atoms(atom.pos, "\0", radius=REACH_A):
                    other = mark.to_cra(model)
                    if other.chain.name in sides[1] and other.residue.name in LETTERS:
                        ends = [(one.name, str(res.seqid)) for one, res in ((chain, residue), other_of(other))]
                        found.add(tuple(ends))
    return found


def other_of(mark):
    return mark.chain, mark.residue


@pytest.fixture(scope="module")
def notch(tmp_path_factory):
    """The pair's folder, its entry, and the residue pairs that gemmi finds."""
    entry = real("3l95")
    folder = write_run(tmp_path_factory.mktemp("notch") / "results", entry, NOTCH)
    found = export([folder], ("haddock3", "cluspro", "alphafold3", "boltz", "chai"))
    assert [one.reason for one in found] == [""] * 5
    return folder / "export/model_00", entry, contacts(entry, ("X", "AB"))


def in_entry(entry):
    """Give the letter of each residue of an entry."""
    model = gemmi.read_structure(str(entry))[0]
    return {(chain.name, str(one.seqid)): LETTERS[one.name] for chain in model for one in chain if one.name in LETTERS}


def alpha_atoms(path):
    model = gemmi.read_structure(str(path))[0]
    return {
        (chain.name, str(one.seqid)): (one.name, one["CA"][0].pos.tolist())
        for chain in model
        for one in chain
        if one.name in LETTERS and "CA" in one
    }


# --- HADDOCK3


def numbers_of(folder):
    """Give (segment, number) -> (chain, number in the entry), and which are active."""
    rows = list(csv.DictReader((folder / "haddock3/numbering.csv").open()))
    place = {(row["segment"], int(row["haddock_number"])): (row["chain"], row["number"]) for row in rows}
    return place, {key for key, row in zip(place, rows, strict=True) if row["active"] == "yes"}


def restraints(text):
    """Read restraints: the first selection, and all of the second, each as (segment, number)."""
    for block in text.split("assign")[1:]:
        found = [(segment, int(number)) for number, segment in re.findall(r"resi (\d+) and segid (\w)", block)]
        assert block.strip().endswith(") 2.0 2.0 0.0")
        yield found[0], found[1:]


@pytest.mark.measurement
def test_active_residues_are_the_interface_on_the_surface(notch):
    """gemmi counts the interface, Biopython the surface."""
    folder, _, pairs = notch
    place, active = numbers_of(folder)
    interface = {end for pair in pairs for end in pair}
    assert {place[one] for one in active} <= interface
    share = {}
    for file, chains in (("receptor", "X"), ("ligand", "AB")):
        model = PDBParser(QUIET=True).get_structure("x", folder / f"cluspro/{file}.pdb")[0]
        ShrakeRupley().compute(model, level="R")
        for chain in chains:
            for one in model[chain]:
                seqid = f"{one.id[1]}{one.id[2].strip()}"
                share[chain, seqid] = one.sasa / EXTENDED_AREA_A2[one.resname]
    # Both areas differ by their radii, and at the ions, which ClusPro's file lacks.
    exposed = {one for one in interface if share[one] > 0.22}
    buried = {one for one in interface if share[one] < 0.08}
    assert len(exposed) > 30
    assert buried
    assert exposed <= {place[one] for one in active}
    assert not buried & {place[one] for one in active}


def test_ambiguous_restraints_name_each_active_residue_once(notch):
    folder, _, _ = notch
    _, active = numbers_of(folder)
    found = list(restraints((folder / "haddock3/ambig.tbl").read_text()))
    assert [first for first, _ in found] == sorted(active)
    for (segment, _), others in found:
        assert others == sorted(one for one in active if one[0] != segment)


def test_partners_of_haddock_are_the_residues_of_the_entry(notch):
    """One letter a molecule, in the columns of the segment too; rising numbers, and atoms where the entry has them."""
    folder, entry, _ = notch
    place, _ = numbers_of(folder)
    there, seen = alpha_atoms(entry), {}
    for file, segment in (("receptor", "A"), ("ligand", "B")):
        lines = [one for one in (folder / f"haddock3/{file}.pdb").read_text().splitlines() if one[:4] == "ATOM"]
        assert {(one[21], one[72:76], one[26]) for one in lines} == {(segment, f"{segment}   ", " ")}
        own = [int(one[22:26]) for one in lines]
        assert own == sorted(own)
        seen |= alpha_atoms(folder / f"haddock3/{file}.pdb")
        assert "HETATM" not in (folder / f"haddock3/{file}.pdb").read_text()
    assert {key: (segment, str(key[1])) for key in place for segment in key[0]} == {
        (segment, int(number)): (segment, number) for segment, number in seen
    }
    for (segment, number), residue in place.items():
        name, position = seen[segment, str(number)]
        assert name == there[residue][0]
        assert position == pytest.approx(there[residue][1], abs=0.0011)
    inserted = [residue for residue in place.values() if residue[1][-1].isalpha()]
    assert len(inserted) >= 3
    heavy = [number for (segment, number), (chain, _) in place.items() if segment == "B" and chain == "B"]
    light = [number for (segment, number), (chain, _) in place.items() if segment == "B" and chain == "A"]
    assert min(heavy) > max(light) + 1


def test_parts_of_a_partner_are_held_where_they_are(notch):
    """Light and heavy chain, and both ends of the gap of the receptor, by distances of the file itself."""
    folder, entry, _ = notch
    place, _ = numbers_of(folder)
    there, held = alpha_atoms(entry), set()
    for line in (folder / "haddock3/unambig.tbl").read_text().splitlines():
        *ends, distance = re.fullmatch(
            r"assign \(segid (\w) and resi (\d+) and name CA\) \(segid (\w) and resi (\d+) and name CA\) (\S+) 0.0 0.0",
            line,
        ).groups()
        one, other = place[ends[0], int(ends[1])], place[ends[2], int(ends[3])]
        assert math.dist(there[one][1], there[other][1]) == pytest.approx(float(distance), abs=0.003)
        held.add(frozenset((one[0], other[0])))
    assert held == {frozenset("X"), frozenset("AB")}


def test_the_workflow_names_files_that_are_there(notch):
    folder, _, _ = notch
    asked = tomllib.loads((folder / "haddock3/docking.cfg").read_text())
    assert list(asked)[-1] == "caprieval"
    files = [
        *asked["molecules"],
        *(value for step in asked.values() if isinstance(step, dict) for value in step.values()),
    ]
    named = {one for one in files if isinstance(one, str)}
    assert named == {"receptor.pdb", "ligand.pdb", "ambig.tbl", "unambig.tbl"}
    assert all((folder / "haddock3" / one).is_file() for one in named)


def test_a_run_in_the_folder_stays_when_it_is_written_again(notch):
    folder, _, _ = notch
    (folder / "haddock3/run").mkdir()
    (folder / "haddock3/run/done").write_text("x")
    assert not export([folder.parents[1]], ["haddock3"])[0].reason
    assert (folder / "haddock3/run/done").read_text() == "x"


def test_modified_residues_have_the_names_of_haddock(bound_pair):
    receptor = bound_pair("1ppe")[0]
    names = receptor.residue_name.copy()
    for old, new in (("THR", "TPO"), ("LYS", "MLY"), ("TRP", "MSX")):
        names[names == old] = new
    changed, lost = known_to_haddock(replace(receptor, residue_name=names))
    assert lost == ["MSX"]
    assert {"TOP", "LYS"} <= set(changed.residue_name) <= {*LETTERS, "TOP"} - {"THR", "TRP"}
    lysine = changed.residue_name == "LYS"
    assert np.array_equal(changed.coord[lysine], receptor.coord[receptor.residue_name == "LYS"])


def test_a_chain_with_plain_numbers_keeps_them(bound_pair):
    inhibitor = bound_pair("1ppe")[1]
    assert numbering(inhibitor, "x") == list(dict.fromkeys(inhibitor.residue_number.tolist()))


# --- ClusPro


def test_attraction_is_the_interface_with_plain_numbers(notch):
    folder, _, pairs = notch
    readme = (folder / "cluspro/README.txt").read_text()
    for at, role in enumerate(("receptor", "ligand")):
        named = (folder / f"cluspro/attraction_{role}.txt").read_text().split()
        interface = {pair[at] for pair in pairs}
        plain = {f"{chain.lower()}-{number}" for chain, number in interface if number.isdecimal()}
        assert len(named) == len(set(named))
        assert set(named) == plain
        for chain, number in interface:
            assert number.isdecimal() or f"{chain}:{number}" in readme
        there = alpha_atoms(folder / f"cluspro/{role}.pdb")
        assert {(one[0].upper(), one[2:]) for one in named} <= set(there)
    assert any(not number.isdecimal() for pair in pairs for _, number in pair)
    assert "is sent without CA" in readme


def test_a_conformer_is_named_and_where_its_models_can_be_imported(tmp_path):
    """ClusPro's models of another shape than the first conformer of a panel are refused there."""
    sides = {"receptor": ("E9", ["B"], []), "ligand": ("Im9", ["A"], [])}
    folder = write_run(tmp_path / "results", DEMO / "1emv.pdb.gz", sides)
    path = tmp_path / "results/proteins/Im9/protein.json"
    record = read_protein(path)
    own = ConformerRecord(entry="1emv", model=1, several=False, chains=("A",), n_residues=83)
    write_protein(path, replace(record, conformers=(own, replace(own, entry="1imq"))))
    texts = []
    for number in (1, 2):
        pair = read_json(folder / "pair.json")
        pair["models"][0] |= {"receptor_conformer": 1, "ligand_conformer": number}
        write_json(folder / "pair.json", pair)
        assert [one.reason for one in export([folder], ("haddock3", "cluspro", "boltz"))] == [""] * 3
        texts.append([(folder / f"export/model_00/{one}/README.txt").read_text() for one in ("haddock3", "cluspro")])
    assert "conformer" not in (folder / "export/model_00/boltz/README.txt").read_text()
    for text in texts[0]:
        assert "The shape of Im9 is conformer 1 (1emv).\n" in text
        assert "in the panel's folder: crossdock" in text
    for text in texts[1]:
        assert "The shape of Im9 is conformer 2 (1imq).\n" in text
        assert "shape of E9" not in text
    assert "in the panel's folder: crossdock haddock import" in texts[1][0]
    assert "with `backends: [local, haddock]` in its config" in texts[1][0]
    assert "in a panel in which 1imq is the only conformer of Im9: crossdock cluspro import" in texts[1][1]


# --- programs that predict complexes


def touched_by(pairs):
    """Give (chain that touches, residue) of both sides."""
    return {(other[0], own) for pair in pairs for own, other in (pair, pair[::-1])}


def test_pockets_are_the_residues_that_each_chain_touches(notch):
    """A place in a sequence leads back to a residue of the entry, by an alignment of gemmi."""
    folder, entry, pairs = notch
    letter = in_entry(entry)
    content = yaml.safe_load((folder / "boltz/NRR__Fab.yaml").read_text())
    sequences = {one["protein"]["id"]: one["protein"]["sequence"] for one in content["sequences"]}
    assert set(sequences) == {"A", "B", "C"}
    chain_of = {"A": "X", "B": "A", "C": "B"}
    back = {}
    for name, chain in chain_of.items():
        own = [residue for residue in letter if residue[0] == chain]
        found = aligned("".join(letter[one] for one in own), sequences[name])
        back |= {(name, place): residue for place, residue in zip(found, own, strict=True)}
    asked = {
        (chain_of[one["pocket"]["binder"]], back[chain, place])
        for one in content["constraints"]
        for chain, place in one["pocket"]["contacts"]
    }
    assert asked == touched_by(pairs)
    assert all(one["pocket"]["max_distance"] == 6.0 for one in content["constraints"])
    rows = list(csv.DictReader((folder / "chai/NRR__Fab.restraints.csv").open()))
    assert len({row["restraint_id"] for row in rows}) == len(rows)
    again = set()
    for row in rows:
        residue, place = row["res_idxB"][0], int(row["res_idxB"][1:])
        assert (row["res_idxA"], row["connection_type"]) == ("", "pocket")
        assert sequences[row["chainB"]][place - 1] == residue
        again.add((chain_of[row["chainA"]], back[row["chainB"], place]))
    assert again == asked
    fasta = (folder / "chai/NRR__Fab.fasta").read_text().split()
    assert fasta[1::2] == list(sequences.values())


def aligned(short, long):
    """Place a chain with gaps in its whole sequence, from 1, by gemmi."""
    result = gemmi.align_string_sequences(list(long), list(short), [])
    place, places = 0, []
    for count, kind in re.findall(r"(\d+)([MID])", result.cigar_str()):
        for _ in range(int(count)):
            place += kind in "MI"
            if kind == "M":
                places.append(place)
    return places


def test_residues_of_a_gap_are_in_the_sequence_and_counted(notch):
    """Three residues of Notch are missing before residue 1691; positions behind them count on."""
    folder, entry, pairs = notch
    sequences = json.loads((folder / "alphafold3/NRR__Fab.json").read_text())["sequences"]
    notch = sequences[0]["protein"]["sequence"]
    observed = [one for one in in_entry(entry) if one[0] == "X"]
    assert len(notch) > len(observed)
    behind = sorted(int(number) for (_, number), _ in pairs if int(number) >= 1691)
    content = yaml.safe_load((folder / "boltz/NRR__Fab.yaml").read_text())
    places = {place for one in content["constraints"] for chain, place in one["pocket"]["contacts"] if chain == "A"}
    if behind:
        missing = len(notch) - len(observed)
        row = observed.index(("X", str(behind[-1])))
        assert row + 1 + missing in places


def test_alphafold3_searches_its_own_alignments(notch):
    folder, _, _ = notch
    content = json.loads((folder / "alphafold3/NRR__Fab.json").read_text())
    assert (content["dialect"], content["version"]) == ("alphafold3", 2)
    assert [set(one["protein"]) for one in content["sequences"]] == [{"id", "sequence"}] * 3
    assert "takes no residues of a pocket" in (folder / "alphafold3/README.txt").read_text()
    assert "The interface is that of a model by local: a hypothesis" in (folder / "alphafold3/README.txt").read_text()


def test_two_copies_of_a_chain_are_one_sequence_with_two_letters(tmp_path):
    entry = real("1tgj_tgfb3_dimer")
    sides = {"receptor": ("first", ["A"], []), "ligand": ("second", ["B"], [])}
    folder = write_run(tmp_path / "results", entry, sides)
    found = export([folder], ("boltz", "alphafold3", "haddock3"))
    assert not any(one.reason for one in found)
    content = yaml.safe_load((folder / "export/model_00/boltz/first__second.yaml").read_text())
    (protein,) = (one["protein"] for one in content["sequences"])
    assert protein["id"] == ["A", "B"]
    pairs = contacts(entry, ("A", "B"))
    numbers = [number for chain, number in in_entry(entry) if chain == "A"]
    asked = {
        (one["pocket"]["binder"], (chain, numbers[place - 1]))
        for one in content["constraints"]
        for chain, place in one["pocket"]["contacts"]
    }
    assert asked == touched_by(pairs)
    assert not (folder / "export/model_00/haddock3/unambig.tbl").exists()


def test_without_a_run_the_sequence_is_that_of_the_model(tmp_path, bound_pair):
    """Both partners have chain A, so the ligand's letter in the model is another one."""
    receptor, ligand = bound_pair("1emv")
    folder = write_model(tmp_path / "R/L", ("E9", "Im9"), receptor.with_chains({"B": "A"}), ligand)
    assert not export([folder], ["boltz"])[0].reason
    content = yaml.safe_load((folder / "export/model_00/boltz/E9__Im9.yaml").read_text())
    sequences = [one["protein"]["sequence"] for one in content["sequences"]]
    letters = in_entry(DEMO / "1emv.pdb.gz")
    own = {
        chain: [one for one in letters if one[0] == chain and one[1] in numbers_in(structure)]
        for chain, structure in (("B", receptor), ("A", ligand))
    }
    assert sequences == ["".join(letters[one] for one in residues) for residues in own.values()]
    places = {
        (("B", "A")["AB".index(chain)], place)
        for one in content["constraints"]
        for chain, place in one["pocket"]["contacts"]
    }
    pairs = contacts(DEMO / "1emv.pdb.gz", ("B", "A"))
    assert places == {(end[0], own[end[0]].index(end) + 1) for pair in pairs for end in pair}


def numbers_in(structure):
    return {f"{n}{i}" for n, i in zip(structure.residue_number.tolist(), structure.insertion.tolist(), strict=True)}


def test_numbers_of_tables_are_read_with_their_codes():
    assert place_of("H", "100A") == ("H", 100, "A")
    assert place_of("X", "-3") == ("X", -3, "")


# --- OpenMM


@pytest.fixture(scope="module")
def field(bound_pair):
    """CMTI-1 without residues 11 to 13: hydrogens and parameters by the room that refines."""
    pytest.importorskip("openmm")
    inhibitor = bound_pair("1ppe")[1]
    gap = np.isin(inhibitor.residue_number, np.unique(inhibitor.residue_number)[10:13])
    platform, properties = engine.platform("cpu")
    return complete(inhibitor[~gap], platform=platform, properties=properties)


def test_the_system_has_every_atom_with_its_parameters(field):
    import openmm

    topology, positions, system = whole_system(field.atoms)
    names = [(atom.residue.name, atom.residue.id, atom.name) for atom in topology.atoms()]
    atoms = field.atoms
    columns = (atoms.residue_name, atoms.residue_number.astype(str), atoms.atom_name)
    order = {row: at for at, row in enumerate(zip(*(one.tolist() for one in columns), strict=True))}
    assert sorted(order) == sorted(names)
    at = [order[name] for name in names]
    assert system.getNumParticles() == len(field)
    assert all(system.getParticleMass(i)._value > 0 for i in range(len(field)))
    forces = {type(one): one for one in system.getForces()}
    nonbonded = forces[openmm.NonbondedForce]
    charges = [nonbonded.getParticleParameters(i)[0]._value for i in range(len(field))]
    assert charges == pytest.approx(field.charges[at])
    assert nonbonded.getNonbondedMethod() == openmm.NonbondedForce.NoCutoff
    assert nonbonded.getNumExceptions() == len(field.exceptions[0])
    bonds = system.getNumConstraints() + forces[openmm.HarmonicBondForce].getNumBonds()
    assert bonds == len(field.bonds[0])
    assert 10 * np.array(positions._value) == pytest.approx(atoms.coord[at], abs=0.0011)


def test_what_has_no_parameters_is_named(field):
    names = field.atoms.residue_name.copy()
    names[field.residue == 3] = "SEP"
    with pytest.raises(Exception, match="no parameters for SEP"):
        whole_system(replace(field.atoms, residue_name=names))


@pytest.mark.measurement
def test_the_script_simulates_the_exported_complex(field, bound_pair, tmp_path):
    """OpenMM's own reader of files makes the same system of the same file, and 100 steps stay finite."""
    from openmm import VerletIntegrator, XmlSerializer, unit
    from openmm.app import ForceField, HBonds, PDBFile, Simulation

    _, ligand = bound_pair("1ppe")
    folder = write_model(tmp_path / "R/L", ("one", "other"), *bound_pair("1ppe"))
    assert "there is no refined model 0" in export([folder], ["openmm"])[0].reason
    platform, properties = engine.platform("cpu")
    alone = complete(ligand, platform=platform, properties=properties)
    (folder / "refined").mkdir()
    write_structure(folder / "refined/model_00.pdb", alone.atoms)
    assert export([folder], ["openmm"])[0].reason == ""
    out = folder / "export/model_00/openmm"
    pdb = PDBFile(str(out / "complex.pdb"))
    exported = XmlSerializer.deserialize((out / "system.xml").read_text())
    fresh = ForceField("amber14/protein.ff14SB.xml", "implicit/obc2.xml").createSystem(pdb.topology, constraints=HBonds)
    energies = []
    for system in (exported, fresh):
        simulation = Simulation(pdb.topology, system, VerletIntegrator(0.001), platform, properties)
        simulation.context.setPositions(pdb.positions)
        state = simulation.context.getState(energy=True)
        energies.append(state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole))
    assert energies[0] == pytest.approx(energies[1], rel=1e-5)
    environment = os.environ | {"OPENMM_CPU_THREADS": "1"}
    subprocess.run([sys.executable, "simulate.py", "100"], cwd=out, check=True, timeout=600, env=environment)
    log = pd.read_csv(out / "log.csv")
    assert log.iloc[-1, 0] == 100
    assert np.isfinite(log.to_numpy(dtype=float)[:, :3]).all()
    assert log["Potential Energy (kJ/mole)"].iloc[-1] < energies[0]
    assert 100 < log["Temperature (K)"].iloc[-1] < 500
    assert len(read_structure(out / "minimised.pdb")) == len(alone)


# --- the command


def test_a_folder_that_fails_leaves_the_others(tmp_path, bound_pair, capsys):
    good = write_model(tmp_path / "pairs/R/L", ("E9", "Im9"), *bound_pair("1emv"))
    missing = tmp_path / "pairs/R/M"
    assert main(["export", str(missing), str(good), "--to", "cluspro", "haddock3"]) == 2
    said = capsys.readouterr()
    assert f"{missing}: not written" in said.out
    assert "a file of the run is missing" in said.err
    assert f"check the name {missing}, there is no such folder" in said.err
    assert sorted(one.name for one in (good / "export/model_00").iterdir()) == ["cluspro", "haddock3"]


def test_without_programs_all_that_can_be_are_written(tmp_path, bound_pair, capsys):
    folder = write_model(tmp_path / "R/L", ("E9", "Im9"), *bound_pair("1emv"))
    assert main(["export", str(folder)]) == 0
    assert "openmm: not written" in capsys.readouterr().out
    made = {one.name: (one / "README.txt").read_text() for one in (folder / "export/model_00").iterdir()}
    assert set(made) == {"haddock3", "cluspro", "alphafold3", "boltz", "chai"}
    assert all(len(text.split("\n\n")[1].splitlines()) == 3 for text in made.values())


def test_a_model_that_is_not_there_is_said(tmp_path, bound_pair, capsys):
    folder = write_model(tmp_path / "R/L", ("E9", "Im9"), *bound_pair("1emv"))
    assert main(["export", str(folder), "--model", "4"]) == 2
    assert "there is no model 4; the pair has 1" in capsys.readouterr().err
