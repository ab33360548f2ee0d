"""Preparing real entries, compared with gemmi as the independent reader, and odd ones made for the purpose."""

from __future__ import annotations

import gzip
import json
import random
import re
import string
import time
from importlib.resources import files
from pathlib import Path

import gemmi
import numpy as np
import pytest

from crossdock.entries.amino_acids import SIDE_CHAINS, element_of, parent_of
from crossdock.entries.identity import Reference
from crossdock.errors import CrossdockError, IdentityError, StructureError
from crossdock.records import from_json
from crossdock.remark import Severity, joined, texts, worst
from crossdock.structures.prepare import inspect, prepare, prepare_to
from crossdock.structures.record import Coverage, Missing, Origin, ProteinRecord, read_protein
from crossdock.structures.structure import read_structure
from real_entries import NAMES, real

DEMO_FOLDER = Path(str(files("crossdock.demo")))
DEMO = {name: DEMO_FOLDER / f"{name}.pdb.gz" for name in ("1ppe", "1emv", "1jtg", "1bvn")}


#: Entries of every kind: crystals of one chain and of many, with copies, ligands and gaps, and a predicted model.
SOME = ("1a52", "1duz", "1e3g", "4d3c", "AF_oprd_human", "1ppe", "1emv")
MARKS = {True: (), False: pytest.mark.measurement}


@pytest.fixture(params=[pytest.param(name, marks=MARKS[name in SOME]) for name in (*NAMES, *DEMO)])
def path(request):
    """Give every real entry."""
    return DEMO.get(request.param) or real(request.param)


def without_records(name, tmp_path):
    """Write an entry's coordinates alone."""
    lines = real(name).read_text().splitlines()
    path = tmp_path / f"{name}.pdb"
    path.write_text("\n".join(line for line in lines if line.startswith(("ATOM", "HETATM", "TER", "END"))))
    return path


def what(items):
    return {item.text: item.count for item in items}


# --- compared with gemmi


def read_with_gemmi(path):
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    structure.remove_hydrogens()
    return structure[0]


def gemmi_atoms(chain):
    """Residue place -> {atom name: position} of the amino acids, by the rule of highest mean occupancy."""
    places = {}
    for residue in chain.get_polymer():
        if not (gemmi.find_tabulated_residue(residue.name).is_amino_acid() or parent_of(residue.name)):
            continue
        letters = sorted({atom.altloc for atom in residue} - {"\0"})
        means = {x: np.mean([a.occ for a in residue if a.altloc == x]) for x in letters}
        best = max(letters, key=means.get, default="\0")
        atoms = {a.name: a.pos.tolist() for a in residue if a.altloc in ("\0", best)}
        places[residue.seqid.num, residue.seqid.icode.strip()] = (residue.name, atoms)
    return places


def our_atoms(structure, letter):
    places = {}
    here = structure[(structure.chain == letter) & ~structure.hetero]
    for i in range(len(here)):
        place = (int(here.residue_number[i]), str(here.insertion[i]))
        places.setdefault(place, (str(here.residue_name[i]), {}))[1][str(here.atom_name[i])] = here.coord[i]
    return places


def same_atoms(ours, theirs):
    """Compare residue by residue; atoms that only a modified residue has may be missing from ours."""
    assert list(ours) == list(theirs)
    pairs = []
    for place, (name, atoms) in ours.items():
        original, expected = theirs[place]
        assert name == parent_of(original)
        if name == original:
            assert sorted(atoms) == sorted(expected)
        pairs += [(atoms[atom], expected[atom]) for atom in set(atoms) & set(expected)]
    np.testing.assert_allclose(*zip(*pairs, strict=True), atol=6e-4)


def test_every_chain_of_every_entry_has_the_atoms_that_gemmi_finds(path):
    model = read_with_gemmi(path)
    for record in inspect(path).chains:
        chain = record.chain
        complete = f"{record.first}-{record.last}" if record.first <= record.last else None
        # A range keeps the uncertain ends of predicted models.
        structure, made = prepare(path, name="x", chains=[chain], residues=complete)
        same_atoms(our_atoms(structure, chain), gemmi_atoms(model[chain]))
        assert made.n_residues == structure.n_residues == record.n_residues


def test_mmcif_and_pdb_routes_agree(path, tmp_path):
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    structure.assign_label_seq_id()
    cif = tmp_path / "entry.cif"
    structure.make_mmcif_document().write_file(str(cif))
    listed = inspect(path).chains
    assert [c.chain for c in inspect(cif).chains] == [c.chain for c in listed]
    chains = [c.chain for c in listed[:2]]
    ours, one = prepare(path, name="x", chains=chains)
    theirs, other = prepare(cif, name="x", chains=chains)
    for column in ("chain", "residue_number", "insertion", "residue_name", "atom_name", "element", "hetero"):
        np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))
    np.testing.assert_allclose(ours.coord, theirs.coord, atol=2e-3)
    assert one.sequence == other.sequence
    assert one.missing == other.missing
    assert [c.accessions for c in other.chains] == [c.accessions for c in one.chains]


def test_what_is_written_reads_back_the_same(path, tmp_path):
    chain = inspect(path).chains[0].chain
    structure, _ = prepare(path, name="x", chains=[chain])
    record = prepare_to(tmp_path / "x", path, name="x", chains=[chain])
    again = read_structure(tmp_path / "x" / "structure.pdb")
    for column in structure.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, column), getattr(structure, column))
    assert json.loads((tmp_path / "x" / "protein.json").read_text())["crossdock_version"]
    assert read_protein(tmp_path / "x" / "protein.json") == record


# --- the panel's own traps


def test_the_dimer_of_pdgf_b_is_not_the_antibody():
    structure, record = prepare(real("4qci"), name="PDGF-BB", chains=["C", "D"], uniprot="P01127")
    assert structure.chains == ["C", "D"]
    assert record.identity.verdict == "matches"
    assert record.identity.coverage == Coverage(82, 190, None)
    removed = what(record.removed)
    assert removed["waters"] == 327
    assert removed["residues of chain A (ANTI-PDGF-BB ANTIBODY - LIGHT CHAIN)"] == 206
    assert [c.chain for c in record.chains if c.kept] == ["C", "D"]
    with pytest.raises(
        IdentityError, match="according to the entry's records, no chain is P04085, and the entry has 6 protein chains"
    ):
        prepare(real("4qci"), name="PDGF-BB", uniprot="P04085")


def test_fsh_receptor_is_chain_c_and_the_hormone_is_refused():
    _, record = prepare(real("1xwd"), name="FSHR", uniprot="P23945")
    assert record.selection.chains == ("C",)
    assert record.identity.verdict == "matches"
    assert record.title.startswith("CRYSTAL STRUCTURE OF HUMAN FOLLICLE STIMULATING HORMONE COMPLEXED")
    assert (record.method, record.resolution_A) == ("X-RAY DIFFRACTION", 2.92)
    chain = next(c for c in record.chains if c.chain == "C")
    assert chain.accessions == (Reference("P23945", "FSHR_HUMAN", 17, 268, 17, 268),)
    assert (chain.organism, chain.taxid) == ("Homo sapiens", 9606)
    with pytest.raises(IdentityError, match=r"chain A is P01215 .*\n.*chain C is P23945: write `chains: \[C\]`"):
        prepare(real("1xwd"), name="FSHR", chains=["A"], uniprot="P23945")


def test_a_mismatch_can_be_accepted_in_words():
    reason = "the hormone was docked in the study"
    _, record = prepare(real("1xwd"), name="FSHR", chains=["A"], uniprot="P23945", accept=reason)
    assert record.identity.verdict == "mismatch"
    assert record.identity.accepted == reason
    assert joined(record.identity.remarks) == f"{record.identity.explanation} Accepted: {reason}"


def test_a_ligand_stays_where_it_is():
    structure, record = prepare(real("1a52"), name="ER", chains=["A"], keep=["EST"], uniprot="P03372")
    estradiol = structure[structure.hetero]
    assert set(estradiol.residue_name) == {"EST"}
    assert len(estradiol) == 20
    assert set(estradiol.element) == {"C", "O"}
    assert what(record.kept)["EST (ESTRADIOL)"] == 1
    assert what(record.removed)["AU (GOLD ION)"] == 6
    assert record.n_residues == record.n_atoms - len(structure) + len(record.sequence["A"]) + 1


def test_an_entry_without_records_is_unknown_not_wrong(tmp_path):
    path = without_records("1e3g", tmp_path)
    _, record = prepare(path, name="AR", keep=["R18"], uniprot="P10275")
    assert record.identity.verdict == "unknown"
    assert record.identity.remarks[0].severity is Severity.UNCONFIRMED


def test_an_entry_without_a_header_asks_which_chain(tmp_path):
    path = without_records("2d9q", tmp_path)
    counts = [(chain.name, len(chain.get_polymer())) for chain in read_with_gemmi(path)]
    assert [name for name, _ in counts] == ["A", "B"]
    expected = "; ".join(f"{name}: no description, {count} residues" for name, count in counts)
    with pytest.raises(StructureError, match=expected):
        prepare(path, name="G-CSF", uniprot="P09919")
    _, record = prepare(path, name="G-CSF", chains=["A"])
    assert (record.title, record.method, record.resolution_A) == (None, None, None)


def test_hla_is_one_body_of_three_chains():
    path = real("1duz")
    structure, record = prepare(path, name="HLA-A", chains=["A"], partners=["B", "C"], uniprot="P04439")
    assert structure.chains == ["A", "B", "C"]
    assert record.identity.verdict == "matches"
    # The entry's own name for it; UniProt has merged P01892 into P04439.
    named = {line[33:41].strip() for line in path.read_text().splitlines() if line.startswith("DBREF  1DUZ A")}
    assert set(record.identity.found) == named <= {"P01892", "P04439"}
    assert record.selection.partners == ("B", "C")
    assert record.sequence["C"] == "LLFGYPVYV"


def test_a_range_applies_to_the_protein_and_not_to_its_partners():
    structure, record = prepare(real("1duz"), name="HLA-A", chains=["A"], partners=["B", "C"], residues="1-180")
    assert {c: len(s) for c, s in record.sequence.items()} == {"A": 180, "B": 100, "C": 9}
    assert structure.residue_number[structure.chain == "A"].max() == 180
    assert record.identity.coverage == Coverage(1, 180, 1.0)


def test_a_range_that_the_entry_hardly_has_is_a_fragment():
    _, record = prepare(real("4qci"), name="PDGF-BB", chains=["C"], uniprot="P01127", residues="1-200")
    assert record.identity.verdict == "fragment"
    assert "92 of the 200 requested residues" in record.identity.explanation
    assert worst(record.identity.reasons) is Severity.SERIOUS


def test_the_bovine_homologue_is_refused():
    with pytest.raises(IdentityError, match="ADA10_BOVIN"):
        prepare(real("5l0q"), name="ADAM10", chains=["A"], uniprot="O14672")


def test_uncertain_ends_of_a_predicted_model_are_cut_and_what_is_inside_is_told():
    path = real("AF_oprm_human")
    plddt = {residue.seqid.num: residue[0].b_iso for residue in gemmi.read_structure(str(path))[0]["A"]}
    high = [number for number, value in plddt.items() if value >= 70]
    inside = sum(plddt[number] < 70 for number in range(high[0], high[-1]))
    structure, record = prepare(path, name="MOR", uniprot="P35372")
    assert (structure.residue_number.min(), structure.residue_number.max()) == (high[0], high[-1])
    # The outer end of this receptor is disordered, and the last helix has a kink: true of any version of the model.
    assert 50 < high[0] < 80
    tail = f"residues of chain A (1-{high[0] - 1}), a predicted end of low confidence (pLDDT < 70)"
    assert what(record.removed)[tail] == high[0] - 1
    assert f"{inside} residues of chain A have a pLDDT below 70" in texts(record.remarks)[0]
    assert record.method == "PREDICTION (ALPHAFOLD)"
    complete, _ = prepare(real("AF_oprm_human"), name="MOR", residues="1-400")
    assert complete.n_residues == 400


def test_modified_residues_become_their_parents():
    # 1err: carboxymethylated cysteine, as HETATM records inside the chain.
    structure, record = prepare(real("1err"), name="ER", chains=["A"])
    assert what(record.kept)["CCS treated as CYS"] == 1
    assert "CCS" not in structure.residue_name
    assert not structure.hetero.any()


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("1ppe", {"A": 223, "B": 29}),
        ("1emv", {"A": 83, "B": 131}),
        ("1jtg", {"A": 165, "B": 262}),
        ("1bvn", {"A": 496, "B": 71}),
        ("1ak4", {"A": 165, "B": 145}),
        ("1ffw", {"A": 128, "B": 68}),
        ("1ktz", {"A": 82, "B": 106}),
        ("1lfd", {"A": 167, "B": 87}),
        ("1qa9", {"A": 102, "B": 95}),
        ("2oob", {"A": 44, "B": 72}),
    ],
)
def test_the_demo_entries_hold_what_their_provenance_says(name, lengths):
    path = DEMO_FOLDER / f"{name}.pdb.gz"
    listed = inspect(path)
    assert {c.chain: c.n_residues for c in listed.chains} == dict(sorted(lengths.items())) | lengths
    for chain in lengths:
        structure, record = prepare(path, name=name, chains=[chain])
        assert record.identity.verdict == "unknown"
        assert set(structure.element) <= {"C", "N", "O", "S"}
        assert set(structure.element[structure.atom_name == "CA"]) == {"C"}


# --- entries made for the purpose


def line(serial, name, residue, chain, number, xyz, *, alt=" ", icode=" ", occ=1.0, b=10.0, element="", het=False):
    field = name if len(name) == 4 else f" {name:<3}"
    x, y, z = xyz
    record = "HETATM" if het else "ATOM  "
    return (
        f"{record}{serial:5d} {field}{alt}{residue:>3} {chain}{number:4d}{icode}   "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occ:6.2f}{b:6.2f}          {element:>2}"
    )


def peptide(residues, *, chain="A", start=1, step=3.8, y=0.0):
    """Lines of a straight backbone with CB, moved along y; C and N of neighbours are 1.3 A apart."""
    lines = []
    for i, residue in enumerate(residues):
        for name, offset in (("N", 0.0), ("CA", 1.4), ("C", 2.5), ("O", 2.6), ("CB", 1.5)):
            if residue == "GLY" and name == "CB":
                continue
            xyz = (i * step + offset, y + (1.2 if name == "O" else 0.0), 1.5 if name == "CB" else 0.0)
            lines.append(line(len(lines) + 1, name, residue, chain, start + i, xyz))
    return lines


def made(tmp_path, lines, name="made.pdb"):
    path = tmp_path / name
    path.write_text("\n".join([*lines, "END", ""]))
    return path


def test_the_location_of_highest_mean_occupancy_is_kept_for_the_whole_residue(tmp_path):
    lines = peptide(["ALA", "SER", "ALA", "ALA"])
    side = [
        line(90, "OG", "SER", "A", 2, (5, 1, 2), alt="A", occ=0.4),
        line(91, "OG", "SER", "A", 2, (6, 1, 2), alt="B", occ=0.6),
    ]
    structure, record = prepare(made(tmp_path, lines + side), name="x")
    assert structure.coord[structure.atom_name == "OG"].tolist() == [[6, 1, 2]]
    assert what(record.removed)["atom at alternative locations"] == 1
    equal = [text.replace("  0.40", "  0.60") for text in side]
    structure, _ = prepare(made(tmp_path, lines + equal), name="x")
    assert structure.coord[structure.atom_name == "OG"].tolist() == [[5, 1, 2]]


def test_two_residues_at_one_place_leave_one(tmp_path):
    lines = [text for text in peptide(["ALA", "ALA", "ALA", "ALA"]) if int(text[22:26]) != 2]
    both = []
    for alt, residue, occ in (("A", "SER", 0.3), ("B", "THR", 0.7)):
        both += [
            text[:16] + alt + f"{residue:>3}" + text[20:54] + f"{occ:6.2f}" + text[60:]
            for text in peptide(["ALA", "ALA"])[5:]
        ]
    structure, record = prepare(made(tmp_path, lines + both), name="x")
    assert record.sequence["A"].count("T") == 1
    assert record.n_residues == 4
    assert "SER" not in structure.residue_name


@pytest.mark.parametrize(
    ("name", "atom", "parent", "becomes"),
    [
        ("MSE", "SE", "MET", "SD"),
        ("SEP", "OG", "SER", "OG"),
        ("TPO", "OG1", "THR", "OG1"),
        ("PTR", "OH", "TYR", "OH"),
        ("CSO", "SG", "CYS", "SG"),
        ("HYP", "CG", "PRO", "CG"),
        ("KCX", "NZ", "LYS", "NZ"),
        ("MLY", "NZ", "LYS", "NZ"),
        ("CME", "SG", "CYS", "SG"),
        ("PCA", "OE", "GLN", "OE1"),
        ("HIE", "NE2", "HIS", "NE2"),
        ("SEC", "SE", "CYS", "SG"),
    ],
)
def test_modified_residues(tmp_path, name, atom, parent, becomes):
    lines = peptide(["ALA", name, "ALA", "ALA"])
    lines = [text.replace("ATOM  ", "HETATM") if f" {name} " in text else text for text in lines]
    lines += [
        line(80, atom, name, "A", 2, (5, 1, 3), het=True, element="SE" if atom == "SE" else ""),
        line(81, "P", name, "A", 2, (5, 2, 3), het=True, element="P"),
    ]
    structure, record = prepare(made(tmp_path, lines), name="x")
    here = structure[structure.residue_number == 2]
    assert set(here.residue_name) == {parent}
    assert set(here.atom_name) == {"N", "CA", "C", "O", "CB", becomes}
    assert here.element[here.atom_name == becomes][0] == becomes[0]
    assert not structure.hetero.any()
    assert what(record.kept)[f"{name} treated as {parent}"] == 1
    assert what(record.removed)["atom that is not in the standard amino acid"] == 1


def test_a_free_amino_acid_is_a_ligand(tmp_path):
    lines = peptide(["ALA"] * 4)
    free = [
        line(60 + i, name, "GLU", "A", 300, (50 + i, 9, 9), het=True) for i, name in enumerate(("N", "CA", "C", "O"))
    ]
    structure, record = prepare(made(tmp_path, [*lines, "TER", *free]), name="x")
    assert record.sequence == {"A": "AAAA"}
    assert what(record.removed)["GLU"] == 1
    structure, _ = prepare(made(tmp_path, [*lines, "TER", *free]), name="x", keep=["GLU"])
    assert set(structure.residue_name[structure.hetero]) == {"GLU"}


def test_calcium_is_not_a_carbon(tmp_path):
    lines = peptide(["ALA"] * 4)
    ions = [
        "HETATM   90 CA    CA A 401      10.000  10.000  10.000  1.00 10.00",
        "HETATM   91 ZN    ZN A 402      20.000  10.000  10.000  1.00 10.00      1ABC  90",
    ]
    structure, _ = prepare(made(tmp_path, lines + ions), name="x", keep=["CA", "zn"])
    assert structure.element[structure.hetero].tolist() == ["Ca", "Zn"]
    assert set(structure.element[structure.atom_name == "CA"][:-1]) == {"C"}


@pytest.mark.parametrize(
    ("name", "amino", "written", "field", "element"),
    [
        ("CA", True, "CA", " CA ", "C"),
        ("CA", False, "", "CA  ", "CA"),
        ("CA", False, "", " CA ", "C"),
        ("1HB", True, "", "1HB ", "H"),
        ("HG11", True, "", "HG11", "H"),
        ("HG", False, "", "HG  ", "HG"),
        ("HO5'", False, "", "HO5'", "H"),
        ("NE2", True, "", " NE2", "N"),
        ("SE", True, "SE", "SE  ", "SE"),
        ("FE", False, "FE", "", "FE"),
        ("C12", False, "", " C12", "C"),
        ("N1", False, "90", " N1 ", "N"),
    ],
)
def test_elements(name, amino, written, field, element):
    assert element_of(name, amino_acid=amino, written=written, field=field) == element


def test_hydrogens_go_and_insertion_codes_stay(tmp_path):
    lines = peptide(["ALA"] * 4)
    lines[5:10] = [text[:22] + "   1A" + text[27:] for text in lines[5:10]]
    lines += [
        line(70, "HA", "ALA", "A", 3, (9, 9, 9), element="H"),
        line(71, "1DB", "ALA", "A", 3, (9, 8, 9), element="D"),
    ]
    structure, record = prepare(made(tmp_path, lines), name="x")
    assert list(dict.fromkeys(zip(structure.residue_number, structure.insertion, strict=True))) == [
        (1, ""),
        (1, "A"),
        (3, ""),
        (4, ""),
    ]
    assert what(record.removed)["hydrogen atoms"] == 2
    assert record.missing == Missing(0, 0, 0)
    cut, _ = prepare(made(tmp_path, lines), name="x", residues="1A-4")
    assert cut.n_residues == 3
    cut, _ = prepare(made(tmp_path, lines), name="x", residues="1-3")
    assert cut.n_residues == 3


def test_gaps_and_short_side_chains_are_counted(tmp_path):
    lines = peptide(["ALA", "LYS", "ALA"]) + [
        text[:30] + f"{float(text[30:38]) + 40:8.3f}" + text[38:] for text in peptide(["ALA", "GLY"], start=9)
    ]
    _, record = prepare(made(tmp_path, lines), name="x")
    assert record.missing == Missing(5, 1, 1)
    # The cut of a range is no gap of the entry.
    _, record = prepare(made(tmp_path, peptide(["ALA"] * 6)), name="x", residues="1-2,5-6")
    assert record.missing.breaks == 0


def test_an_experiment_that_mentions_alphafold_is_no_prediction(tmp_path):
    title = "TITLE     CRYO-EM STRUCTURE BUILT WITH ALPHAFOLD"
    lines = peptide(["ALA"] * 4)
    _, record = prepare(made(tmp_path, [title, "EXPDTA    ELECTRON MICROSCOPY", *lines]), name="x")
    assert (record.n_residues, texts(record.remarks)) == (4, [])
    with pytest.raises(StructureError, match="pLDDT of 70 or more"):
        prepare(made(tmp_path, [title, *lines]), name="x")
    with pytest.raises(StructureError, match="pLDDT of 70 or more"):
        prepare(made(tmp_path, lines), name="x", provenance={"source": "alphafold", "sha256": "s"})


def test_models_of_an_nmr_entry(tmp_path):
    lines = []
    for number in (3, 7):
        lines += [f"MODEL     {number:4d}", *peptide(["ALA"] * (number + 1)), "ENDMDL"]
    path = made(tmp_path, lines)
    _, record = prepare(path, name="x")
    assert (record.selection.model, record.n_residues) == (3, 4)
    assert what(record.removed)["other model"] == 1
    assert prepare(path, name="x", model=7)[1].n_residues == 8
    with pytest.raises(StructureError, match="model 5 is not in the entry, which has models 3, 7"):
        prepare(path, name="x", model=5)
    assert inspect(path).models == (3, 7)


def test_long_chain_names_get_a_letter(tmp_path):
    structure = gemmi.read_pdb_string(
        "\n".join([*peptide(["ALA"] * 4, chain="A"), *peptide(["GLY"] * 4, chain="B", y=5.0)])
    )
    structure[0]["B"].name = "AA"
    structure.setup_entities()
    path = tmp_path / "two.cif"
    structure.make_mmcif_document().write_file(str(path))
    made_structure, record = prepare(path, name="x", chains=["AA"], partners=["A"])
    assert made_structure.chains == ["B", "A"]
    assert {c.chain: c.letter for c in record.chains} == {"A": "A", "AA": "B"}
    assert record.sequence == {"B": "GGGG", "A": "AAAA"}


@pytest.mark.measurement
def test_an_entry_of_more_chains_than_letters(tmp_path):
    structure = gemmi.read_pdb_string("\n".join(peptide(["ALA"] * 4)))
    names = [first + second for first in ("", "A", "B") for second in string.ascii_uppercase]
    for name in names[1:]:
        copy = structure[0]["A"].clone()
        copy.name = name
        for atom in (atom for residue in copy for atom in residue):
            atom.pos.y += 5 * names.index(name)
        structure[0].add_chain(copy)
    structure.setup_entities()
    path = tmp_path / "many.cif"
    structure.make_mmcif_document().write_file(str(path))
    body, record = prepare(path, name="x", chains=["BQ"], partners=["AA", "Z"])
    assert [c.letter for c in record.chains if c.kept] == ["Z", "B", "A"]
    assert body.chains == ["A", "B", "Z"]
    assert len(record.removed) == 75
    with pytest.raises(StructureError, match=r"A, B, C, D, E, \.\.\. \(78 chains\): no description, 4 residues"):
        prepare(path, name="x")
    with pytest.raises(StructureError, match="78 chains do not fit the 62 letters"):
        prepare(path, name="x", chains=names)


def test_a_blank_chain_gets_a_letter(tmp_path):
    structure, record = prepare(made(tmp_path, peptide(["ALA"] * 4, chain=" ")), name="x")
    assert structure.chains == ["A"]
    assert record.chains[0].chain == ""


def test_repeated_atoms_are_taken_once(tmp_path):
    lines = peptide(["ALA"] * 4)
    structure, record = prepare(made(tmp_path, lines + lines[:5]), name="x")
    assert len(structure) == 20
    assert "5 atoms appear more than once" in texts(record.remarks)[0]


def test_content_tells_the_format_not_the_name(tmp_path):
    path = tmp_path / "entry.cif.gz"
    path.write_bytes(gzip.compress("\n".join(peptide(["ALA"] * 4)).encode()))
    assert prepare(path, name="x")[1].n_residues == 4


def test_where_the_entry_is_from(tmp_path):
    path = made(tmp_path, peptide(["ALA"] * 4))
    _, record = prepare(path, name="x")
    assert record.entry.id == "made"
    assert len(record.entry.sha256) == 64
    digest = record.entry.sha256
    source = {"source": "rcsb", "id": "7mws", "url": "u", "retrieved": "t", "sha256": digest}
    _, record = prepare(path, name="x", provenance=source | {"bytes": 1})
    assert record.entry == Origin(**source)
    # The record of another file, left beside one put there by hand, says nothing about it.
    _, record = prepare(path, name="x", provenance=source | {"sha256": "another"})
    assert (record.entry.source, record.entry.sha256) == (None, digest)


# --- errors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"dear diary", "a file without an atom"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\x00\x01\x02", "a binary file"),
        (b"data_X\n_cell.length_a 1\n", "mmCIF without coordinates"),
        (b"data_X\nloop_\n_atom_site.id\n1\n", "no complete coordinates"),
        (gzip.compress(b"ATOM" * 2000, mtime=0)[:-10], "damaged or ends early"),
    ],
)
def test_no_structure(tmp_path, content, message):
    path = tmp_path / "entry.pdb"
    path.write_bytes(content)
    with pytest.raises(StructureError, match=message) as error:
        prepare(path, name="x")
    assert str(path) in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(StructureError, match="cannot read the entry"):
        prepare(tmp_path / "none.pdb", name="x")


@pytest.mark.parametrize("text", ["     nan", "     inf", "        ", "   1.2.3"])
def test_a_coordinate_that_is_none_is_found_by_its_line(tmp_path, text):
    lines = peptide(["ALA"] * 4)
    lines[6] = lines[6][:38] + text + lines[6][46:]
    with pytest.raises(StructureError, match=r"made\.pdb, line 7: the y coordinate is not a number"):
        prepare(made(tmp_path, lines), name="x")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chains": ["Z"]}, r"chain Z is not in the entry; its chains are A, B: no description, 4 residues"),
        ({"chains": ["N"]}, "chain N is not a protein"),
        ({"chains": ["A"], "partners": ["Y"]}, "chain Y is not in the entry"),
        ({"chains": ["A"], "partners": ["N"]}, "chain N has no protein residue"),
        ({}, r"no chain was chosen.*2 protein chains(.|\n)*`chains: \[A\]`"),
        ({"chains": ["A"], "residues": "100-200"}, "select nothing of chain A, which has 1 to 4"),
        ({"chains": ["A"], "residues": "1-2"}, "only 2 of 2 residues have a backbone"),
        ({"chains": ["A"], "residues": "9-1"}, "ends before it starts"),
        ({"chains": ["A"], "residues": "all"}, "not a residue range"),
        ({"chains": ["A"], "keep": ["ZN"]}, r"no ZN to keep; the entry has MG"),
        ({"chains": ["A"], "keep": ["MG"]}, r"it in chain B(.|\n)*`with: \[B\]`"),
    ],
)
def test_what_is_not_there(tmp_path, options, message):
    lines = peptide(["ALA"] * 4) + peptide(["ALA"] * 4, chain="B")
    lines.append("HETATM   90 MG    MG B 401      10.000  10.000  10.000  1.00 10.00          MG")
    lines += [line(95 + i, "P", "DA", "N", i, (i, 30, 30)) for i in range(4)]
    with pytest.raises(StructureError, match=message):
        prepare(made(tmp_path, lines), name="x", **options)


def test_no_protein(tmp_path):
    with pytest.raises(StructureError, match="no protein in this entry; its chains are N: nucleic acid, 4 residues"):
        prepare(made(tmp_path, [line(i, "P", "DA", "N", i, (i, 30, 30)) for i in range(4)]), name="x")


def test_a_trace_of_alpha_carbons_cannot_be_docked(tmp_path):
    trace = [text for text in peptide(["ALA"] * 9) if text[12:16] == " CA "]
    with pytest.raises(StructureError, match="0 of 9 residues have a backbone"):
        prepare(made(tmp_path, trace), name="x")


def test_coordinates_beyond_pdb_format(tmp_path):
    lines = [x[:38] + "-1234.56" + x[46:] for x in peptide(["ALA"] * 4)]
    with pytest.raises(StructureError, match="do not fit PDB format"):
        prepare(made(tmp_path, lines), name="x")


def test_side_chains_are_whole_in_good_entries():
    # The demo's crystal structures have few residues cut short; a wrong table would find many.
    for path in DEMO.values():
        for record in inspect(path).chains:
            made_record = prepare(path, name="x", chains=[record.chain])[1]
            assert made_record.missing.side_chains <= 0.05 * record.n_residues
    assert sum(map(len, SIDE_CHAINS.values())) == 87


# --- damage


def damaged(content, random_, kind):
    """Damage a file the way transfers, editors and disks do."""
    data = bytearray(content)
    if kind == "cut":
        return bytes(data[: random_.randrange(len(data))])
    if kind == "bytes":
        for _ in range(random_.randrange(1, 40)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        return bytes(data)
    lines = bytes(data).split(b"\n")
    if kind == "lines":
        for _ in range(random_.randrange(1, 60)):
            i, j = random_.randrange(len(lines)), random_.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i][: random_.randrange(len(lines[i]) + 1)]
    else:
        for _ in range(random_.randrange(1, 8)):
            del lines[(i := random_.randrange(len(lines))) : i + random_.randrange(len(lines) // 4)]
    return b"\n".join(lines)


# What steers the reading beside the atoms: identity, assembly, whole sequence, modified residues.
STEERING = b"""\
TITLE     COLICIN E9 WITH ITS IMMUNITY PROTEIN
EXPDTA    X-RAY DIFFRACTION
REMARK   2 RESOLUTION.    1.70 ANGSTROMS.
REMARK 350 BIOMOLECULE: 1
REMARK 350 APPLY THE FOLLOWING TO CHAINS: A
REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000
REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000
REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000       99.00000
REMARK 350   BIOMT2   2  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   2  0.000000  0.000000 -1.000000        0.00000
DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX       3     85
SEQRES   1 A   83  LEU LYS HIS SER ILE SER ASP TYR THR GLU ALA GLU PHE
MODRES 1EMV MSE A   43  MET  SELENOMETHIONINE
"""


@pytest.mark.parametrize("form", ["pdb", "cif", "pdb.gz"])
@pytest.mark.parametrize("kind", ["cut", "bytes", "lines", "blocks"])
@pytest.mark.parametrize("files", [14, pytest.param(84, marks=pytest.mark.measurement)])  # 12 x 84 = 1008
def test_a_damaged_file_is_prepared_or_refused_in_words(tmp_path, form, kind, files):
    text = STEERING + b"\n".join(gzip.decompress(DEMO["1emv"].read_bytes()).split(b"\n")[:400])
    if form == "cif":
        structure = gemmi.read_pdb_string(text)
        structure.setup_entities()
        text = structure.make_mmcif_document().as_string().encode()
    elif form == "pdb.gz":
        text = gzip.compress(text, mtime=0)
    random_ = random.Random(f"{form} {kind}")
    path = tmp_path / "damaged"
    refusals = []
    for i in range(files):
        path.write_bytes(damaged(text, random_, kind))
        began = time.process_time()
        try:
            more = {"copies": "assembly"} if i % 2 else {"blocked": "A:10-20"}
            structure, record = prepare(path, name="x", chains=["A"], uniprot="P13479", organism=None, **more)
        except CrossdockError as error:
            refusals.append(str(error))
        else:
            assert np.isfinite(structure.coord).all()
            assert from_json(json.loads(json.dumps(record.to_json())), ProteinRecord) == record
        assert time.process_time() - began < 20, "a file of 400 lines takes a fraction of a second"
    assert all(refusal.startswith(str(path)) for refusal in refusals)
    assert refusals or kind != "cut"
    # What is wrong in a line names it; the rest is wrong with the file as a whole, or with what is left of the protein.
    complete = (
        "expected a structure|compressed file|assembly|chain [A-Z]|blocked|fit PDB format|residues have a backbone"
    )
    placed = re.compile(re.escape(str(path)) + r", line \d+: ")
    assert [refusal for refusal in refusals if not (placed.match(refusal) or re.search(complete, refusal))] == []
    assert form == "pdb.gz" or kind == "blocks" or sum(map(bool, map(placed.match, refusals))) > files // 15


@pytest.mark.parametrize("form", ["pdb", "cif"])
def test_a_damaged_number_is_named_by_its_line(tmp_path, form):
    text = b"\n".join(gzip.decompress(DEMO["1emv"].read_bytes()).split(b"\n")[:100]).decode()
    if form == "cif":
        structure = gemmi.read_pdb_string(text)
        structure.setup_entities()
        text = structure.make_mmcif_document().as_string()
    rows = text.split("\n")
    at = next(i for i, row in enumerate(rows) if re.match(r"ATOM +5 ", row))
    rows[at] = re.sub(
        r"(-?\d+\.\d{3}) +(-?\d+\.\d+)", lambda m: m[0].replace(m[2], "1.2.3".ljust(len(m[2]))), rows[at], count=1
    )
    path = tmp_path / "damaged"
    path.write_text("\n".join(rows))
    with pytest.raises(StructureError, match=f"damaged, line {at + 1}: the y coordinate is not a number"):
        prepare(path, name="x")


def test_a_row_of_the_atom_table_that_is_cut_is_named_by_its_line(tmp_path):
    structure = gemmi.read_pdb_string("\n".join(peptide(["ALA"] * 4)))
    structure.setup_entities()
    rows = structure.make_mmcif_document().as_string().split("\n")
    at = next(i for i, row in enumerate(rows) if row.startswith("ATOM 7 "))
    path = tmp_path / "cut.cif"
    for broken in (rows[at][:20], rows[at] + " 9", rows[at].rpartition(" ")[0]):
        path.write_text("\n".join([*rows[:at], broken, *rows[at + 1 :]]))
        with pytest.raises(StructureError, match=rf"cut\.cif, line {at + 1}: "):
            prepare(path, name="x")
    path.write_text("\n".join([*rows[:at], rows[at][:20]]))
    with pytest.raises(StructureError, match=rf"cut\.cif, line {at + 1}: "):
        prepare(path, name="x")
