"""What people write for a protein, word by word and in lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossdock.entries.annotation import Annotation, Feature
from crossdock.entries.models import best_of, short_name
from crossdock.entries.names import read_name, read_names
from crossdock.entries.organism import taxid_of
from crossdock.entries.topology import part_of
from crossdock.errors import InputError


@pytest.mark.parametrize(
    ("word", "kind", "value"),
    [
        ("FSHR", "symbol", "FSHR"),
        ("HLA-A", "symbol", "HLA-A"),
        ("p23945", "accession", "P23945"),
        ("P23945.3", "accession", "P23945"),
        ("P35372-2", "accession", "P35372"),
        ("sp|P14210|HGF_HUMAN", "accession", "P14210"),
        ("https://www.uniprot.org/uniprotkb/P14210/entry", "accession", "P14210"),
        ("hgf_human", "entry name", "HGF_HUMAN"),
        ("1A02_HUMAN", "entry name", "1A02_HUMAN"),
        ("1XWD", "pdb", "1xwd"),
        ("pdb_00001xwd", "pdb", "1xwd"),
        ("alphafold:P35372", "alphafold", "P35372"),
        ("AF-P35372-F1", "alphafold", "P35372"),
        ("AF-P35372-F1-model_v4", "alphafold", "P35372"),
        ("AF-P35372-F2", "unclear", "AF-P35372-F2"),
        ("9-Sep", "unclear", "9-Sep"),
        ("Mar-01", "unclear", "Mar-01"),
        ("---", "unclear", "---"),
    ],
)
def test_a_word(word, kind, value):
    found = read_name(word)
    assert (found.kind, found.value) == (kind, value)
    assert bool(found.problem) == (kind == "unclear")


def test_chains_of_an_entry():
    assert [read_name(word).chains for word in ("1xwd:C", "1xwd:C,D", "1xwd_C")] == [("C",), ("C", "D"), ("C",)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"FSHR\nAR\n", ["FSHR", "AR"]),
        (b"\xef\xbb\xbfGene name\tScore\r\nFSHR\t1,5\r\n\r\n\xc2\xa0ESR1 \t2\r\n", ["FSHR", "ESR1"]),
        ("Symbol;Name\nAR;Androgen receptor\n".encode("utf-16"), ["AR"]),
        (b"# mine\nFSHR, AR; ESR1 # all\n", ["FSHR", "AR", "ESR1"]),
        (b"FSHR, AR\nESR1\n", ["FSHR", "AR", "ESR1"]),
        (b'gene,protein\n"FSHR","receptor, hormone"\nAR,androgen\n', ["FSHR", "AR"]),
        (b'1. FSHR\n2) AR\n- ESR1\n\xe2\x80\xa2 KIT\n"MET",\n', ["FSHR", "AR", "ESR1", "KIT", "MET"]),
        (b"FSHR\xa0\nr\xe9cepteur\n", ["FSHR", "r\u00e9cepteur"]),
        (b"FSHR\nfshr\nFSHR\n", ["FSHR"]),
    ],
)
def test_a_list(tmp_path, content, expected):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    assert [name.text for name in read_names([str(path)])] == expected


def test_fasta(tmp_path):
    path = tmp_path / "some.fasta"
    path.write_bytes(
        b">sp|P14210|HGF_HUMAN Hepatocyte growth factor\r\nMWVTK\r\nLLPAL*\r\n"
        b">1XWD_3|Chains C[auth X], F|Receptor|Homo sapiens (9606)\nCHHRI\n>FSHR a guess\nMALLL\n>\nACDEF\n"
    )
    found = read_names([str(path)])
    assert [(one.kind, one.value, one.sequence) for one in found] == [
        ("accession", "P14210", "MWVTKLLPAL"),
        ("pdb", "1xwd", "CHHRI"),
        ("symbol", "FSHR", "MALLL"),
        ("symbol", "", "ACDEF"),
    ]
    assert found[1].chains == ("X",)


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\xff")
    (tmp_path / "empty").mkdir()
    words = [str(tmp_path / one) for one in ("a.xlsx", "b.txt", "empty", "none.pdb")]
    assert [name.kind for name in read_names([*words, "FSHR"])] == ["unclear"] * 4 + ["symbol"]


def test_models_of_one_prediction():
    end = "alphafold2_ptm_model_1_seed_000.pdb"
    files = [f"TGFB1_unrelaxed_rank_00{rank}_{end}" for rank in (2, 1)] + [f"TGFB1_relaxed_rank_001_{end}"]
    files += [
        "fold_hgf_model_1.cif",
        "fold_hgf_model_0.cif",
        "AF-P35372-F1-model_v4.pdb",
        "run/ranked_0.pdb",
        "KIT.pdb",
    ]
    best = [(str(path), len(others)) for path, others in best_of([Path(one) for one in files])]
    kept = [(files[2], 2), ("fold_hgf_model_0.cif", 1), (files[5], 0), ("run/ranked_0.pdb", 0), ("KIT.pdb", 0)]
    assert best == kept
    assert [short_name(path) for path, _ in kept] == ["TGFB1", "hgf", "P35372", "run", "KIT"]


def annotation(length, *features):
    return Annotation("P00001", "found", "", "", length=length, features=tuple(Feature(*one) for one in features))


def test_the_part_that_a_partner_meets():
    outer = ("Topological domain", 20, 672, "Extracellular")
    adam10 = annotation(748, ("Signal", 1, 19), ("Propeptide", 20, 213), outer, ("Transmembrane", 673, 693))
    assert part_of(adam10).residues == (214, 672)
    pdgfb = annotation(241, ("Signal", 1, 20), ("Propeptide", 21, 81), ("Propeptide", 191, 241))
    assert part_of(pdgfb).residues == (82, 190)
    loops = [("Topological domain", at, at + 9, "Extracellular") for at in (1, 51)]
    multi = annotation(90, *loops, *(("Transmembrane", at, at + 19) for at in (11, 31, 61)))
    assert (part_of(multi).residues, part_of(multi).loops) == (None, ((51, 60),))
    assert part_of(annotation(300)).residues is None


@pytest.mark.parametrize("name", ["human", "Homo sapiens", "9606", "HUMAN", " homo  sapiens "])
def test_an_organism(name):
    assert taxid_of(name) == 9606


def test_an_organism_that_nobody_knows():
    with pytest.raises(InputError, match="unicorn"):
        taxid_of("unicorn")
