"""UniProt's numbers and an entry's own."""

import gzip
from importlib import resources

import pytest

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.entries.numbering import author_ranges, in_uniprot
from crossdock.remark import texts
from crossdock.structures.prepare import prepare

DEMO = resources.files("crossdock.demo")
AR = Reference("P10275", "ANDR_HUMAN", 663, 919, 662, 918)


@pytest.mark.parametrize(
    ("references", "residues", "own", "note"),
    [
        # The androgen receptor of 1e3g counts one less than UniProt.
        ([AR], "670-900", "669-899", "Residues 670-900 of P10275 are 669-899 in the entry's own numbers."),
        ([AR, AR], "670-700,710-720", "669-699,709-719", None),
        ([Reference("P10275", None, 20, 30, 1, 11)], "10-25", "-9-6", None),
        ([Reference("P10275", None, 663, 919, 663, 919)], "670-900", "670-900", None),
        # Another protein in the same chain does not matter; a merged entry is the same protein.
        ([AR, Reference("P00720", None, 1, 160, 1001, 1160)], "670", "669", None),
        (
            [],
            "670-900",
            "670-900",
            "The entry does not relate its residue numbers to UniProt numbers; 670-900 was read",
        ),
        ([Reference("P10275", None, 1, 9, None, None)], "5-6", "5-6", "The entry does not relate"),
        ([Reference("P10275", None, 1, 9, 1, 12)], "5-6", "5-6", "The entry does not relate"),
        ([AR, Reference("P10275", None, 1, 9, 1, 9)], "5-6", "5-6", "The entry numbers its residues in several ways"),
    ],
)
def test_ranges_are_translated_where_the_records_say_how(references, residues, own, note):
    got, output = author_ranges(references, "P10275", residues)
    assert got == own
    if note:
        assert output.text.startswith(note)
    elif own == residues:
        assert output is None


def test_residues_of_an_entry_that_was_chosen_are_uniprots(tmp_path):
    """Im9 whose records say that residue 3 of the entry is 103 of the sequence."""
    lines = gzip.decompress((DEMO / "1emv.pdb.gz").read_bytes()).decode()
    (tmp_path / "1emv.pdb").write_text(
        "DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX     103    185\n"
        "DBREF  1EMV B    1   133  UNP    P09883   CEA9_ECOLX     450    582\n" + lines
    )

    def prepared(**provenance):
        asked = {"name": "Im9", "uniprot": "P13479", "organism": 562}
        return prepare(tmp_path / "1emv.pdb", **asked, **provenance)[1]

    record = prepared(residues="110-150", provenance={"source": "rcsb", "id": "1emv", "chosen": {"entry": "1emv"}})
    assert record.ranges == {"A": (10, 50)}
    assert record.selection.residues == "10-50"
    assert record.identity.coverage.fraction == 1.0
    assert "Residues 110-150 of P13479 are 10-50 in the entry's own numbers." in texts(record.remarks)
    # Of an entry that the config names, they are the entry's.
    assert prepared(residues="10-50", provenance={"source": "rcsb", "id": "1emv"}).ranges == {"A": (10, 50)}


@pytest.mark.parametrize(
    ("references", "number", "place"),
    [
        ([AR], "662", ("P10275", 663)),
        ([AR], "918", ("P10275", 919)),
        ([AR], "919", None),
        ([AR], "670A", None),
        ([Reference("P10275", None, 20, 30, -4, 6)], "-4", ("P10275", 20)),
        ([Reference("P00720", None, 1, 160, 1001, 1160), AR], "700", ("P10275", 701)),
        # The stretch has insertions, or no numbers: nothing says which residue is which.
        ([Reference("P10275", None, 1, 9, 1, 12)], "5", None),
        ([Reference("P10275", None, 1, 9, None, None)], "5", None),
        ([], "5", None),
    ],
)
def test_a_residue_has_its_uniprot_number_where_the_records_tell(references, number, place):
    chain = ChainRecord("A", "A", None, tuple(references), None, None, 1, 1200, 1200, kept=True)
    assert in_uniprot(chain, number) == place
