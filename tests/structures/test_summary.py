"""A protein in a few words."""

from __future__ import annotations

import gzip
from importlib.resources import files

import pytest

from crossdock.structures.prepare import prepare
from crossdock.structures.record import Origin
from crossdock.structures.summary import entry_page, method, short_time, summarize, uniprot_page

HEADER = """\
EXPDTA    X-RAY DIFFRACTION
REMARK   2 RESOLUTION.    1.70 ANGSTROMS.
COMPND    MOL_ID: 1;
COMPND   2 MOLECULE: COLICIN E9;
COMPND   3 CHAIN: B;
DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX       3     85
"""


def test_a_row_of_the_table(tmp_path):
    path = tmp_path / "im9.pdb"
    path.write_text(HEADER + gzip.decompress((files("crossdock.demo") / "1emv.pdb.gz").read_bytes()).decode())
    _, record = prepare(path, name="Im9", uniprot="P13479", organism=562, residues="10-60,70-109")
    about = summarize(record)
    assert (about.method, about.chains, ", ".join(about.spans), about.coverage) == (
        "X-ray 1.7 A",
        "A",
        "10-85",
        "74 % of request",
    )
    assert about.verdict == "fragment"
    assert about.removed == "131 residues of chain B (COLICIN E9); 16 residues outside 10-60,70-109"
    assert about.removed_briefly == "chain B; 16 residues outside 10-60,70-109"
    assert about.missing == ""


def test_partners_stand_behind_a_plus_sign():
    record = prepare(str(files("crossdock.demo") / "1emv.pdb.gz"), name="x", chains=["B"], partners=["A"])[1]
    about = summarize(record)
    assert (about.chains, ", ".join(about.spans), about.removed, about.removed_briefly) == (
        "B + A",
        "1-131, 3-85",
        *["nothing"] * 2,
    )


@pytest.mark.parametrize(
    ("name", "resolution", "text"),
    [
        ("X-RAY DIFFRACTION", 2.0, "X-ray 2 A"),
        ("ELECTRON MICROSCOPY", 3.28, "cryo-EM 3.28 A"),
        ("SOLUTION NMR", None, "NMR"),
        ("PREDICTION (ALPHAFOLD)", None, "predicted"),
        ("FIBER DIFFRACTION", None, "fiber diffraction"),
        (None, None, ""),
    ],
)
def test_methods_in_short(name, resolution, text):
    assert method(name, resolution) == text


@pytest.mark.parametrize(
    ("source", "name", "page"),
    [
        ("rcsb", "7mws", "https://www.rcsb.org/structure/7MWS"),
        ("demo", "1ppe", "https://www.rcsb.org/structure/1PPE"),
        ("alphafold", "P35372", "https://alphafold.ebi.ac.uk/entry/P35372"),
        ("local", "1abc", None),
        (None, "7mws", None),
        ("rcsb", "no id", None),
    ],
)
def test_where_an_entry_is_described(source, name, page):
    assert entry_page(Origin(source, name, None, None, "")) == page


def test_where_an_accession_is_described():
    assert uniprot_page("P60033") == "https://www.uniprot.org/uniprotkb/P60033/entry"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (5000, "83 min"), (9000, "2.5 h"), (2e6, "23 d")]
)
def test_times_are_short(seconds, text):
    assert short_time(seconds) == text
