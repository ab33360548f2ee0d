"""Several conformers of a protein: chosen, matched by residues, and laid over the first."""

from dataclasses import replace

import gemmi
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.entries.amino_acids import SIDE_CHAINS
from crossdock.errors import StructureError
from crossdock.panel.proteins import Entry, Protein
from crossdock.steps.prepare import prepare as prepare_step
from crossdock.structures.conformers import Further, most_different, prepare_conformers
from crossdock.structures.prepare import prepare
from crossdock.structures.record import read_protein
from crossdock.structures.structure import atom_records, read_conformers, read_structure
from demo_entries import DEMO
from real_entries import real

TURN = Rotation.from_rotvec([0.7, -1.9, 0.4])


def swung(structure, degrees, *, from_residue=30):
    """Turn all that follows a residue about an axis through its CA atom: a hinge."""
    pivot = structure.coord[(structure.residue_index == from_residue) & (structure.atom_name == "CA")][0]
    moves = structure.residue_index > from_residue
    turn = Rotation.from_rotvec(np.radians(degrees) * np.array([0.0, 0.0, 1.0]))
    coord = structure.coord.copy()
    coord[moves] = turn.apply(coord[moves] - pivot) + pivot
    return structure.with_coord(coord)


def nmr_entry(path, models):
    """Write models as an NMR entry of PDB format."""
    lines = ["HEADER    TEST                                    01-JAN-20   9XYZ", "EXPDTA    SOLUTION NMR"]
    for number, one in enumerate(models, start=1):
        lines += [f"MODEL     {number:4d}", *atom_records(one), "ENDMDL"]
    path.write_text("\n".join([*lines, "END", ""]))
    return path


def by_gemmi(one, other):
    """RMSD of the CA atoms that two structures share, by gemmi's superposition."""
    trace = [
        {
            (chain, number): gemmi.Position(*xyz)
            for chain, number, xyz, name in zip(
                part.chain.tolist(), part.residue_number.tolist(), part.coord.tolist(), part.atom_name, strict=True
            )
            if name == "CA"
        }
        for part in (one, other)
    ]
    shared = [place for place in trace[0] if place in trace[1]]
    return gemmi.superpose_positions(*([part[place] for place in shared] for part in trace)).rmsd


@pytest.fixture
def inhibitor(prepared):
    return prepared("1emv", "A")


@pytest.fixture
def prepared(tmp_path):
    return lambda entry, chain: prepare(DEMO / f"{entry}.pdb.gz", name="x", chains=[chain])[0]


def test_the_first_model_and_those_that_differ_most_are_chosen(inhibitor, tmp_path):
    degrees = [0, 1, 25, 2, -40, 26]
    path = nmr_entry(tmp_path / "nmr.pdb", [swung(inhibitor, one) for one in degrees])
    protein = Protein("x", Entry("local", "nmr", str(path)), model="all", conformers=3)
    found, record = prepare_conformers(path, protein)
    assert [one.model for one in record.conformers] == [1, 5, 6]  # 0, -40 and 26 degrees
    assert [one.label for one in record.conformers] == ["nmr model 1", "nmr model 5", "nmr model 6"]
    for body, one in zip(found, record.conformers, strict=True):
        assert one.rmsd_A == pytest.approx(by_gemmi(found[0], body), abs=2e-3)
    assert record.conformers[1].rmsd_A > record.conformers[2].rmsd_A > 1.0
    assert next(one for one in record.remarks if one.code == "conformers").text.count("CA RMSD") == 2


def test_models_that_are_copies_are_taken_once(inhibitor):
    trace = inhibitor.coord[inhibitor.atom_name == "CA"]
    traces = np.array([trace, TURN.apply(trace) + 7.0, trace * 1.02, trace])
    assert most_different(traces, 4) == [0, 2]
    assert most_different(traces, 1) == [0]


def test_two_that_are_nearly_the_same_are_named(inhibitor, tmp_path):
    path = nmr_entry(tmp_path / "nmr.pdb", [swung(inhibitor, one) for one in (0, 25, 0.5)])
    protein = Protein("x", Entry("local", "nmr", str(path)), model="all")
    found, record = prepare_conformers(path, protein)
    (said,) = [one for one in record.remarks if one.code == "conformers-alike"]
    assert said.text.startswith("Conformers nmr model 1 and nmr model 3 are nearly the same (CA RMSD ")
    assert float(said.text.split("RMSD ")[1].split(" A")[0]) == pytest.approx(by_gemmi(found[0], found[2]), abs=0.01)


def test_conformers_that_share_few_residues_are_not_called_the_same(inhibitor, tmp_path):
    place = inhibitor.residue_index
    bent = [swung(inhibitor, degrees, from_residue=42) for degrees in (60, 0, 0.5)]
    models = [bent[0], bent[1][place < 50], bent[2][place > 35]]
    path = nmr_entry(tmp_path / "nmr.pdb", models)
    protein = Protein("x", Entry("local", "nmr", str(path)), model="all")
    found, record = prepare_conformers(path, protein)
    assert len(found) == 3
    assert by_gemmi(found[1], found[2]) < 0.1
    said = [one.text for one in record.remarks if one.code == "conformers-alike"]
    assert not any("nmr model 2 and nmr model 3" in text for text in said)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (40.0, -20.0, 15.0)])
def test_where_a_conformer_lies_in_space_does_not_matter(inhibitor, tmp_path, shift):
    turned = swung(inhibitor, 20)
    plain = nmr_entry(tmp_path / "a.pdb", [inhibitor, turned])
    moved = nmr_entry(tmp_path / "b.pdb", [inhibitor, turned.moved(TURN.as_matrix(), np.array(shift))])
    protein = Protein("x", Entry("local", "a", str(plain)), model="all")
    (_, one), (_, other) = (prepare_conformers(path, protein)[0] for path in (plain, moved))
    assert np.abs(one.coord - other.coord).max() < 0.003  # coordinates of files have three decimals


def test_another_entry_is_matched_by_its_sequence(inhibitor, tmp_path):
    """Its numbers, chain name and frame differ; it lacks a loop, has a tail of its own, and one mutation."""
    first = inhibitor[inhibitor.residue_index >= 4]
    index = inhibitor.residue_index
    keep = ~((index >= 40) & (index < 44))
    mutated = (index == 20) & ~np.isin(inhibitor.atom_name, ("N", "CA", "C", "O", "CB"))
    other = inhibitor[keep & ~mutated]
    names = other.residue_name.copy()
    own = str(inhibitor.residue_name[index == 20][0])
    assert own not in ("ALA", "GLY")
    names[other.residue_number == inhibitor.residue_number[index == 20][0]] = "ALA"
    other = replace(
        swung(other, 5).moved(TURN.as_matrix(), np.array([5.0, 60.0, -9.0])),
        residue_number=other.residue_number + 200,
        chain=np.full(len(other), "Q"),
        residue_name=names,
    )
    paths = [tmp_path / "first.pdb", tmp_path / "second.pdb"]
    for path, one in zip(paths, (first, other), strict=True):
        path.write_text("\n".join([*atom_records(one), "END", ""]))
    protein = Protein("x", Entry("local", "first", str(paths[0])), further=(Entry("local", "second", str(paths[1])),))
    (one, two), record = prepare_conformers(paths[0], protein, further=[Further(paths[1], "second")])
    described = record.conformers[1]
    assert (described.left_out, described.lacking, described.differing, described.chains) == (4, 4, 1, ("Q",))
    places = [set(zip(part.chain, part.residue_number, part.residue_name, strict=True)) for part in (one, two)]
    assert places[1] < places[0]
    assert len(places[0] - places[1]) == 4
    mutant = two[two.residue_number == inhibitor.residue_number[index == 20][0]]
    assert set(mutant.residue_name) == {own}
    assert set(mutant.atom_name) == {"N", "CA", "C", "O", "CB"}
    assert set(mutant.atom_name) < set(SIDE_CHAINS[own]) | {"N", "CA", "C", "O"}
    assert described.rmsd_A == pytest.approx(by_gemmi(one, two), abs=2e-3)
    text = " ".join(said.text for said in record.remarks)
    assert "4 that the first lacks were left out" in text
    assert "it lacks 4 of them" in text


@pytest.mark.parametrize("names", ["ABCD", "CDAB", "ACBD", "BDAC"])
def test_equal_chains_are_matched_by_how_they_lie(inhibitor, tmp_path, names):
    """A tetramer with three axes of two-fold symmetry, whose second entry names its chains otherwise."""
    centred = inhibitor.coord - inhibitor.coord.mean(axis=0) + np.array([14.0, 22.0, 31.0])
    signs = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    paths = [tmp_path / "first.pdb", tmp_path / "second.pdb"]
    for path, letters, turn in ((paths[0], "ABCD", Rotation.identity()), (paths[1], names, TURN)):
        chains = [
            replace(inhibitor, coord=turn.apply(centred * sign), chain=np.full(len(inhibitor), letter))
            for letter, sign in sorted(zip(letters, signs, strict=True))
        ]
        path.write_text("\n".join([*(line for one in chains for line in (*atom_records(one), "TER")), "END", ""]))
    protein = Protein(
        "x", Entry("local", "a"), chains=tuple("ABCD"), further=(Entry("local", "second", str(paths[1])),)
    )
    (one, two), record = prepare_conformers(paths[0], protein, further=[Further(paths[1], "second")])
    assert record.conformers[1].rmsd_A < 0.01
    assert np.abs(one.coord - two.coord).max() < 0.02
    assert two.chains == list("ABCD")


def test_real_entries_of_one_accession(tmp_path):
    """The oestrogen receptor with an antagonist and with its hormone: helix 12 lies elsewhere."""
    paths = [real("1err"), real("1a52")]
    protein = Protein("ER", Entry("local", "1err", str(paths[0])), chains=("A",), uniprot="P03372")
    record = prepare_step(paths[0], protein, tmp_path / "ER", further=paths[1:])
    one, two = read_conformers(tmp_path / "ER" / "structure.pdb")
    assert len(record.conformers) == 2
    assert record.conformers[1].chains == ("A",)
    assert record.conformers[1].rmsd_A == pytest.approx(by_gemmi(one, two), abs=2e-3)
    core = [part[(part.residue_number >= 310) & (part.residue_number <= 330)] for part in (one, two)]
    traces = [part.coord[part.atom_name == "CA"] for part in core]
    assert len(traces[0]) == len(traces[1]) == 21
    assert np.linalg.norm(traces[0] - traces[1], axis=1).mean() < 1.5  # laid over what has not moved
    assert np.array_equal(read_structure(tmp_path / "ER" / "structure.pdb").coord, one.coord)
    assert read_protein(tmp_path / "ER" / "protein.json") == record


def test_an_entry_of_another_protein_is_refused(tmp_path):
    paths = [DEMO / "1ppe.pdb.gz", DEMO / "1emv.pdb.gz"]
    protein = Protein("x", Entry("local", "a"), chains=("A",), further=(Entry("local", "b"),))
    with pytest.raises(StructureError, match="conformer 1emv: no chain of this entry is the same protein as chain A"):
        prepare_conformers(paths[0], protein, further=[Further(paths[1], "1emv")])


def test_all_models_of_an_entry_with_one_is_refused():
    protein = Protein("x", Entry("local", "a"), chains=("A",), model="all")
    with pytest.raises(StructureError, match="the entry has one model"):
        prepare_conformers(DEMO / "1ppe.pdb.gz", protein)
