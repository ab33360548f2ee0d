"""Chains without a UniProt record: judged by other chains, by sequence, by organism and by the file's name."""

from __future__ import annotations

import re

import gemmi
import pytest

from crossdock.cli import main
from crossdock.errors import IdentityError
from crossdock.remark import texts
from crossdock.structures.prepare import prepare
from real_entries import real


def edited(tmp_path, entry, *, without=(), rename=None, name=None, replace=()):
    """Write an entry without some records, with the chains of its atoms renamed, or with lines changed."""
    lines = []
    for line in (real(entry)).read_text().splitlines():
        if line.startswith(tuple(without)):
            continue
        if rename and line.startswith(("ATOM", "HETATM", "TER", "ANISOU")):
            if line[21] not in rename:
                continue
            line = line[:21] + rename[line[21]] + line[22:]
        for old, new in replace:
            line = line.replace(old, new)
        lines.append(line)
    path = tmp_path / (name or f"{entry}.pdb")
    path.write_text("\n".join(lines) + "\n")
    return path


def as_cif(tmp_path, entry, *, rename=None):
    """Write an entry as mmCIF, with author names of chains in the atom table changed and nowhere else."""
    structure = gemmi.read_structure(str(real(entry)))
    structure.setup_entities()
    document = structure.make_mmcif_document()
    block = document.sole_block()
    for row in block.find("_atom_site.", ["auth_asym_id"]):
        row[0] = (rename or {}).get(row[0], row[0])
    path = tmp_path / f"{entry}.cif"
    path.write_text(document.as_string())
    return path


def identity(path, **options):
    return prepare(path, name="x", **options)[1].identity


def refused(path, **options):
    with pytest.raises(IdentityError) as caught:
        prepare(path, name="x", **options)
    return str(caught.value)


# --- another chain of the entry has the accession


def test_an_antibody_chain_is_not_the_antigen_of_its_entry(tmp_path, capsys):
    out = ["-o", str(tmp_path / "out"), "--chains", "A", "--uniprot", "P01127"]
    assert main(["prepare", str(real("4qci")), *out]) == 2
    output = capsys.readouterr().err
    assert "Expected P01127, but chain A (ANTI-PDGF-BB ANTIBODY - LIGHT CHAIN) has no UniProt record" in output
    assert "is not that of chains C and D, which the entry's records name P01127 (PDGFB_HUMAN)" in output
    assert "chains C and D are P01127: write `chains: [C, D]`" in output
    assert main(["prepare", str(real("4qci")), *out, "--accept", "meant to be the antibody"]) == 0


def test_the_same_from_mmcif(tmp_path):
    path = as_cif(tmp_path, "4qci")
    assert "write `chains: [C, D]`" in refused(path, uniprot="P01127", chains=["A"])
    assert identity(path, uniprot="P01127").verdict == "matches"


@pytest.mark.parametrize(
    ("entry", "chain", "accession", "right"),
    [
        ("5dfv", "C", "P60033", "A"),
        ("1duz", "C", "P04439", "A"),
        ("3l95", "A", "P46531", "X"),
        ("4d3c", "H", "P14210", "A"),
    ],
)
def test_chains_that_no_record_names_beside_the_one_that_is_meant(entry, chain, accession, right):
    output = refused(real(entry), uniprot=accession, chains=[chain])
    assert f"the sequence of chain {chain} is not that of" in output
    assert f"write `chains: [{right}]`" in output


def test_a_copy_without_a_record_is_known_by_its_sequence(tmp_path):
    path = edited(tmp_path, "5dfv", without=["DBREF  5DFV B"])
    found = identity(path, uniprot="P60033", chains=["B"])
    assert found.verdict == "matches"
    assert "its sequence is that of chain A, which is P60033 (CD81_HUMAN)" in found.explanation
    assert identity(path, uniprot="P60033", chains=["A", "B"]).verdict == "matches"
    assert "chain C" in refused(path, uniprot="P60033", chains=["B", "C"])


def test_a_fused_part_alone_is_not_the_protein(tmp_path):
    """The second half of chain A is called another protein: a chain of that half is no copy of the first."""
    halves = [
        "DBREF  5DFV A  112   160  UNP    P60033   CD81_HUMAN     112    160",
        "DBREF  5DFV A  161   202  UNP    P02185   MYG_PHYCD        1     42",
    ]
    text = edited(tmp_path, "5dfv", without=["DBREF"]).read_text()
    path = tmp_path / "fusion.pdb"
    path.write_text("\n".join([*halves, text]))
    assert identity(path, uniprot="P60033", chains=["A"], residues="112-202").verdict == "matches"
    assert identity(path, uniprot="P60033", chains=["B"], residues="112-160").verdict == "matches"
    assert "is not that of chain A" in refused(path, uniprot="P60033", chains=["B"], residues="161-202")
    assert "chain A is P02185 (MYG_PHYCD)" in refused(path, uniprot="P60033", chains=["A"], residues="165-202")


def test_a_chain_of_unknown_residues_stays_unknown(tmp_path):
    path = edited(tmp_path, "5dfv", without=["DBREF  5DFV B", "SEQRES", "SOURCE", "COMPND"])
    unread = [
        line[:17] + "UNK" + line[20:] if line.startswith("ATOM") and line[21] == "B" else line
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(unread))
    found = identity(path, uniprot="P60033", chains=["B"])
    assert found.verdict == "unknown"
    assert "cannot be compared (mostly one kind of residue, or unknown residues)" in found.explanation
    assert "chain A (P60033 (CD81_HUMAN))" in found.explanation


# --- what the chain itself is


def test_an_antibody_in_an_entry_that_names_other_proteins():
    output = refused(real("4qci"), uniprot="P10275", chains=["A"])
    assert "by its sequence chain A (ANTI-PDGF-BB ANTIBODY - LIGHT CHAIN) is an antibody or T-cell receptor" in output
    assert "UniProt records of chains C and D (P01127 (PDGFB_HUMAN)" in output
    assert "resources/sequences/P10275.fasta" in output


def test_an_antibody_in_a_file_without_records_stays_unknown(tmp_path):
    path = edited(tmp_path, "4qci", without=["DBREF", "COMPND", "SOURCE", "SEQRES"])
    found = identity(path, uniprot="P01127", chains=["A"])
    assert found.verdict == "unknown"
    assert "By its sequence chain A is an antibody or T-cell receptor." in found.explanation


@pytest.mark.parametrize("entry", ["1e3g", "2d9q", "1shy_A_HGFbeta", "1shy_B_MET", "1tgj_tgfb3_dimer"])
def test_files_without_any_record_stay_unknown(tmp_path, entry):
    path = edited(tmp_path, entry, without=["DBREF", "COMPND", "SOURCE"])
    chain = next(line[21] for line in path.read_text().splitlines() if line.startswith("ATOM"))
    found = identity(path, uniprot="P01127", chains=[chain])
    assert found.verdict == "unknown"
    assert "it may be any protein" in found.explanation


def test_another_organism_is_a_mismatch_without_an_accession(tmp_path):
    path = edited(tmp_path, "5l0q", without=["DBREF"])
    output = refused(path, uniprot="O14672", chains=["A"])
    assert "has no UniProt record, and is from Bos taurus (taxonomy id 9913) where 9606 is expected" in output
    assert "write `organism: 9913` if that organism is meant" in output
    assert identity(path, uniprot="Q10741", chains=["A"], organism=9913).verdict == "unknown"
    old = edited(tmp_path, "5l0q", without=["DBREF"], replace=[("BOS TAURUS", "VICUGNA PACOS")])
    old.write_text(re.sub(r"SOURCE.*ORGANISM_TAXID.*\n", "", old.read_text()))
    assert "from Vicugna pacos where 9606 is expected" in refused(old, uniprot="O14672", chains=["A"])
    made = edited(
        tmp_path,
        "5l0q",
        without=["DBREF"],
        replace=[("BOS TAURUS", "SYNTHETIC CONSTRUCT"), ("TAXID: 9913", "TAXID: 32630")],
    )
    assert identity(made, uniprot="O14672", chains=["A"]).verdict == "unknown"


def test_unknown_says_what_the_entry_does_say(tmp_path):
    path = edited(tmp_path, "1xwd", without=["DBREF  1XWD C", "DBREF  1XWD F"])
    genbank = "DBREF  1XWD C   17   268  GB     AAA52477 182771          17    268"
    path.write_text(genbank + "\n" + path.read_text())
    found = identity(path, uniprot="P23945", chains=["C"])
    assert found.verdict == "unknown"
    assert 'The entry calls chain C "FOLLICLE STIMULATING HORMONE RECEPTOR".' in found.explanation
    assert "The entry refers to GenBank AAA52477 for chain C, which crossdock does not check." in found.explanation
    assert "chains A and D (P01215 (GLHA_HUMAN), GLYCOPROTEIN HORMONES ALPHA CHAIN)" in found.explanation


def test_the_sequence_of_the_entry_counts_where_residues_are_of_unknown_kind(tmp_path):
    lines = edited(tmp_path, "1a52", without=["DBREF"]).read_text().splitlines()
    names = [name for line in lines if line.startswith("SEQRES") and line[11] == "A" for name in line[19:].split()]
    sequence = "".join(gemmi.find_tabulated_residue(name).one_letter_code.upper() for name in names)
    path, fasta = tmp_path / "stub.pdb", tmp_path / "P03372.fasta"
    # From residue 330 on, chain A is traced but not assigned.
    unread = [line.startswith("ATOM") and line[21] == "A" and int(line[22:26]) > 330 for line in lines]
    changed = [line[:17] + "UNK" + line[20:] if lost else line for line, lost in zip(lines, unread, strict=True)]
    path.write_text("\n".join(changed))
    fasta.write_text(f">sp|P03372|ESR1_HUMAN\n{sequence}\n")
    found = identity(path, uniprot="P03372", chains=["A"], sequence=fasta)
    assert found.verdict == "matches"
    assert f"100 % of {len(sequence)} aligned residues are the same" in found.explanation
    fasta.write_text(f">sp|P03372|ESR1_HUMAN\n{sequence[::-1]}\n")
    output = refused(path, uniprot="P03372", chains=["A"], sequence=fasta)
    assert "the sequence of chain A is not that of P03372" in output


# --- renamed chains


def test_renamed_chains_keep_their_records(tmp_path):
    path = edited(tmp_path, "4qci", rename={"C": "X", "A": "Y"})
    _, record = prepare(path, name="x", uniprot="P01127", chains=["X"])
    assert record.identity.verdict == "matches"
    assert any("has the sequence that the entry's records give for chain C" in text for text in texts(record.remarks))
    assert "write `chains: [X]`" in refused(path, uniprot="P01127", chains=["Y"])


def test_chains_that_changed_names_are_not_taken_for_each_other(tmp_path):
    path = edited(tmp_path, "4qci", rename={"C": "A", "A": "C"})
    assert identity(path, uniprot="P01127", chains=["A"]).verdict == "matches"
    assert "write `chains: [A]`" in refused(path, uniprot="P01127", chains=["C"])


def test_a_chain_taken_out_of_its_entry_is_judged_by_the_sequence_of_those_left_behind(tmp_path):
    path = edited(tmp_path, "4qci", rename={"A": "A"})
    output = refused(path, uniprot="P01127")
    assert "is not that of chains C and D" in output
    assert "choose another entry" in output
    assert identity(edited(tmp_path, "4qci", rename={"D": "A"}), uniprot="P01127").verdict == "matches"


def test_chains_renamed_in_the_atom_table_of_mmcif(tmp_path):
    path = as_cif(tmp_path, "4qci", rename={"C": "X", "A": "Y"})
    assert identity(path, uniprot="P01127", chains=["X"]).verdict == "matches"
    assert "write `chains: [X, D]`" in refused(path, uniprot="P01127", chains=["Y"])


def test_a_model_with_another_chain_name_and_another_protein(tmp_path):
    path = edited(tmp_path, "AF_cnr2_human", rename={"A": "R"})
    assert identity(path, uniprot="P34972").verdict == "matches"
    assert "chain R is P34972 (CNR2_HUMAN)" in refused(path, uniprot="Q99527")


# --- names


@pytest.mark.parametrize("text", ["P01127", "p01127", " P01127.2", "P01127-2", "PDGFB_HUMAN", "pdgfb_human"])
def test_spellings_of_an_accession(text):
    found = identity(real("4qci"), uniprot=text)
    assert found.verdict == "matches"
    assert found.expected.split("-")[0] == "P01127"
    assert "write `chains: [C, D]`" in refused(real("4qci"), uniprot=text, chains=["A"])


@pytest.mark.parametrize("text", ["PDGFA_HUMAN", "P04085", "p04085-1"])
def test_other_names_are_other_proteins(text):
    assert "according to the entry's records chain C is P01127 (PDGFB_HUMAN)" in refused(
        real("4qci"), uniprot=text, chains=["C"]
    )


def test_a_record_with_a_name_in_place_of_the_accession(tmp_path):
    path = edited(tmp_path, "4qci", replace=[("P01127   PDGFB_HUMAN ", "PDGFB_HUMAN          ")])
    assert identity(path, uniprot="PDGFB_HUMAN", chains=["C", "D"]).verdict == "matches"
    found = identity(path, uniprot="P01127", chains=["C", "D"])
    assert found.verdict == "unknown"
    assert "Its record, PDGFB_HUMAN" in found.explanation
    assert "cannot be compared: one of the two names is not an accession" in found.explanation


# --- predicted models


def test_the_name_of_an_alphafold_file(tmp_path):
    dropped = ["DBREF", "TITLE", "COMPND", "SOURCE", "SEQRES"]
    silent = edited(tmp_path, "AF_oprm_human", without=dropped, name="AF-P35372-F1-model_v4.pdb")
    output = refused(silent, uniprot="P41143")
    assert "the name of the file is that of the AlphaFold DB model of P35372" in output
    found = identity(silent, uniprot="P35372")
    assert found.verdict == "unknown"
    assert "The name of the file is that of the AlphaFold DB model of P35372." in found.explanation
    named = edited(tmp_path, "AF_oprm_human", name="af-p41143-f1-model_v4-0a1b2c.pdb")
    _, record = prepare(named, name="x", uniprot="P35372")
    assert record.identity.verdict == "matches"
    assert "The name of the file is that of the AlphaFold DB model of P41143, not of P35372." in [
        one.text for one in record.remarks
    ]
    assert "chain A is P35372 (OPRM_HUMAN)" in refused(named, uniprot="P41143")


def test_the_title_of_an_alphafold_model_names_its_protein(tmp_path):
    path = edited(tmp_path, "AF_oprm_human", without=["DBREF"])
    assert identity(path, uniprot="P35372").verdict == "matches"
    assert "chain A is P35372" in refused(path, uniprot="P41143")
