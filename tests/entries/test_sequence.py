"""Identity by sequence, where an entry has no records."""

from __future__ import annotations

import random
from importlib.resources import files
from pathlib import Path

import pytest

from crossdock.entries.sequence import compare, read_fasta
from crossdock.errors import IdentityError, InputError, StructureError
from crossdock.remark import texts
from crossdock.structures.prepare import prepare
from crossdock.structures.record import Coverage
from real_entries import real

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
# Colicin immunity protein 9 (P13479), which chain A of the demo entry 1emv holds without a record.
IM9 = "MELKHSISDYTEAEFLQLVTTICNADTSSEEELVKLVTHFEEMTEHPSGSDLIYYPKEGDDDSPSGIVNTVKQWRAANGKSGFKQG"
DEMO = Path(str(files("crossdock.demo") / "1emv.pdb.gz"))


def fasta(tmp_path, sequence, name="X.fasta", header="sp|P13479|IMM9_ECOLX"):
    path = tmp_path / name
    path.write_text(f">{header}\n" + "\n".join(sequence[i : i + 60] for i in range(0, len(sequence), 60)))
    return path


def mutated(sequence, part, seed=0):
    random_ = random.Random(seed)
    letters = list(sequence)
    for i in random_.sample(range(len(letters)), round(part * len(letters))):
        letters[i] = random_.choice([letter for letter in LETTERS if letter != letters[i]])
    return "".join(letters)


def test_an_entry_without_records_matches_by_sequence(tmp_path):
    without = prepare(DEMO, name="Im9", chains=["A"], uniprot="P13479", organism=None)[1].identity
    assert without.verdict == "unknown"
    _, record = prepare(DEMO, name="Im9", chains=["A"], uniprot="P13479", sequence=fasta(tmp_path, IM9))
    identity = record.identity
    assert identity.verdict == "matches"
    assert "100 % of 83 aligned residues are the same" in identity.explanation
    assert identity.coverage == Coverage(3, 85)
    assert not texts(record.remarks)


def test_the_chain_is_chosen_by_its_sequence_where_the_entry_names_none(tmp_path):
    record = prepare(DEMO, name="Im9", uniprot="P13479", sequence=fasta(tmp_path, IM9))[1]
    assert record.selection.chains == ("A",)
    assert record.identity.verdict == "matches"
    with pytest.raises(StructureError, match="no UniProt records, and no chain has the sequence of P60033"):
        prepare(DEMO, name="CD81", uniprot="P60033", sequence=fasta(tmp_path, IM9[::-1], header="sp|P60033|CD81_HUMAN"))
    with pytest.raises(InputError, match="expected the sequence of P60033, but the file is that of P13479"):
        prepare(DEMO, name="CD81", uniprot="P60033", sequence=fasta(tmp_path, IM9))
    with pytest.raises(StructureError, match=r"the chain of P13479 is unknown(.|\n)*resources/sequences/P13479.fasta"):
        prepare(DEMO, name="Im9", uniprot="P13479")


def test_another_protein_is_refused_by_its_sequence(tmp_path):
    path = fasta(tmp_path, IM9)
    with pytest.raises(IdentityError, match="the sequence of chain B is not that of P13479"):
        prepare(DEMO, name="E9", chains=["B"], uniprot="P13479", sequence=path)
    record = prepare(DEMO, name="E9", chains=["B"], uniprot="P13479", sequence=path, accept="meant to be it")[1]
    assert record.identity.verdict == "mismatch"


def test_records_come_before_sequences(tmp_path):
    _, record = prepare(real("5dfv"), name="CD81", uniprot="P60033", sequence=fasta(tmp_path, IM9))
    assert record.identity.verdict == "matches"


@pytest.mark.parametrize(("part", "same"), [(0, True), (0.03, True), (0.1, False), (0.4, False)])
def test_point_mutations_are_borne_up_to_one_in_twenty(part, same):
    comparison = compare(mutated(IM9[2:80], part), IM9)
    assert comparison.same == same
    assert comparison.identity == pytest.approx(1 - part, abs=0.04)


def test_loops_tags_and_fusions_do_not_hide_the_protein():
    looped = compare(IM9[:30] + IM9[48:], IM9)
    assert (looped.identity, looped.start, looped.end) == (1.0, 1, 86)
    tagged = compare("MGSSHHHHHHSSGLVPRGSH" + IM9, IM9)
    assert tagged.same
    assert tagged.aligned == pytest.approx(86 / 106)


def test_unrelated_sequences_are_not_the_same():
    random_ = random.Random(1)
    for _ in range(20):
        other = compare("".join(random_.choices(LETTERS, k=150)), "".join(random_.choices(LETTERS, k=300)))
        assert other is None or not other.same
    assert compare("", IM9) is None


@pytest.mark.parametrize("text", ["", "no header\nACD", ">only a name\n", ">x\n123\n", "<html></html>"])
def test_what_is_no_sequence(tmp_path, text):
    path = tmp_path / "X.fasta"
    path.write_text(text)
    with pytest.raises(InputError, match="expected a protein sequence in FASTA format"):
        read_fasta(path)
    with pytest.raises(InputError, match="cannot read the sequence"):
        read_fasta(tmp_path / "none.fasta")
