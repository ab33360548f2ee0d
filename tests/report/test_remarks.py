"""Which remarks on proteins change the reading of a page, and where."""

import pytest
from small_run import change, collected

from crossdock.remark import UNNOTICED_MEMBRANE, Severity, free_text, remark
from crossdock.report import remarks


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def test_notes_on_receptors_are_read_before_the_matrix(data):
    data.panel["receptors"][0]["note"] = "intracellular"
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert rows["intracellular"].proteins == ("trypsin",)
    assert rows["intracellular"].top
    data.panel["receptors"][1]["note"] = ""
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert rows["a <b>remark</b>"].top, "of ligands only, but these are few"
    data.panel["ligands"] *= remarks.FEW_LIGANDS
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert not rows["a <b>remark</b>"].top, "of one ligand of many"


def test_a_receptors_membrane_that_nobody_named_is_read_before_the_matrix(data):
    for name, crossings in (("trypsin", 7), ("Im9", 4)):
        change(data, name, remarks=(remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=crossings),))
    rows = [row for row in remarks.rows(data) if row.remarks[0].code == UNNOTICED_MEMBRANE]
    assert [(row.proteins, row.top) for row in rows] == [(("trypsin",), True), (("Im9",), False)]
    assert set(remarks.questionable(data)) == {"trypsin", "Im9", "colicin-E9"}


def test_an_accepted_mismatch_is_said_once_with_its_words(data):
    reasons = (free_text("Expected A, but it is B.", Severity.SERIOUS),)
    change(data, "trypsin", identity={"verdict": "mismatch", "accepted": "as in the study", "reasons": reasons})
    (row,) = [row for row in remarks.rows(data) if "trypsin" in row.proteins and not row.note]
    text = "Expected A, but it is B. Accepted: as in the study"
    assert (row.text, row.serious, row.top) == (text, True, True)


@pytest.mark.parametrize(
    ("remark", "first"),
    [
        ("Expressed in E. coli, glycans missing. Take care.", "Expressed in E. coli, glycans missing"),
        ("A part of it: 87-190 of 582. Accepted: yes", "A part of it: 87-190 of 582"),
        ("intracellular", "intracellular"),
    ],
)
def test_a_remark_is_cut_where_a_sentence_ends(remark, first):
    assert remarks.brief(remark) == first
