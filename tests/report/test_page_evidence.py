"""What databases say, beside the pair and on the cards; nothing of it enters a number."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace

import pytest
from small_run import change, demo_chain

from crossdock.entries.identity import Reference
from crossdock.records import write_record
from crossdock.report import payload
from crossdock.report.answer import judged
from crossdock.report.build import build
from crossdock.report.evidence import asked, of_pair
from crossdock.report.page_data import page_data
from crossdock.report.payload import collect
from crossdock.report.site import share_outside
from evidence_records import annotation, evidence_record, spanning

MEMBERS = {"trypsin": ("P1",), "CMTI-1": ("P2",), "colicin-E9": ("P3",), "Im9": ()}
SAID = (annotation("P1", "Nucleus"), annotation("P2", "Secreted"), spanning("P3"))


@pytest.fixture
def annotated(run_dir, tmp_path):
    """A copy of the small run with what databases say of it."""
    results = shutil.copytree(run_dir, tmp_path / "results")
    write_record(results / "evidence.json", evidence_record(MEMBERS, SAID))
    return results


def test_what_keeps_two_apart_is_a_mark_and_a_fact_beside_the_pair(annotated):
    data = collect(annotated / "panel.json", annotated)
    page = page_data(data, judged(data))
    (mark,) = [one for one in page.pairs.marks if one.kind == "apart"]
    assert mark.level == "wrong"
    (place,) = mark.places
    assert data.pairs[place].names == ("trypsin", "CMTI-1")
    assert "do not meet" in page.pairs.records[str(place)].facts[0].text
    assert [one.text for one in page.pairs.records[str(place)].facts] == [
        one.text for one in of_pair(data.evidence, "trypsin", "CMTI-1")
    ]


def test_no_number_changes(annotated, run_dir):
    with_it, without = (collect(run / "panel.json", run) for run in (annotated, run_dir))
    assert [pair.values for pair in with_it.pairs] == [pair.values for pair in without.pairs]
    assert judged(with_it) == judged(without)


@pytest.mark.measurement
def test_the_page_says_what_was_asked(annotated, run_dir, js_dir, tmp_path):
    build(annotated / "panel.json", annotated, js_dir, tmp_path / "with.html")
    text = (tmp_path / "with.html").read_text()
    assert asked(collect(annotated / "panel.json", annotated).evidence) in text
    assert "Location in the cell: nucleus." in text
    build(run_dir / "panel.json", run_dir, js_dir, tmp_path / "without.html")
    assert "were not asked about this run" in (tmp_path / "without.html").read_text()


def test_a_site_behind_the_membrane_is_marked(annotated, monkeypatch):
    """Numbers are UniProt's here; a partner from outside reaches residues 1 to 5 alone, where none binds."""
    size = demo_chain("1emv", "B").n_residues
    read = payload.read_protein

    def numbered(path):
        record = read(path)
        if record.name != "colicin-E9":
            return record
        kept, *others = record.chains
        found = replace(kept, accessions=(Reference("P3", None, 1, size, 1, size),), first=1, last=size)
        return replace(record, chains=(found, *others))

    monkeypatch.setattr(payload, "read_protein", numbered)
    write_record(
        annotated / "evidence.json", evidence_record(MEMBERS, (SAID[0], SAID[1], spanning("P3", outer=((1, 5),))))
    )
    data = collect(annotated / "panel.json", annotated)
    page = page_data(data, judged(data))
    (mark,) = [one for one in page.pairs.marks if one.kind == "unreachable"]
    assert mark.level == "wrong"
    assert [data.pairs[place].names for place in mark.places] == [("colicin-E9", "CMTI-1")]
    assert "residues 1-5" in mark.values["why"][0]


def test_the_share_of_a_site_that_cannot_be_reached(run_dir):
    data = copy.deepcopy(collect(run_dir / "panel.json", run_dir))
    kept, *others = data.proteins["colicin-E9"].chains
    change(data, "colicin-E9", chains=(replace(kept, accessions=(Reference("P3", None, 101, 200, 1, 100),)), *others))
    chains = data.proteins["colicin-E9"].chains
    residues = [(kept.letter, str(number)) for number in (10, 20, 30, 40)]
    assert share_outside(residues, chains, "P3", [(101, 125)]) == 0.5
    assert share_outside(residues, chains, "P3", [(101, 200)]) == 0
    assert share_outside(residues, chains, "P9", [(101, 125)]) is None, "these are residues of another protein"
    assert share_outside([(kept.letter, "900")], chains, "P3", [(1, 2)]) is None, (
        "of no UniProt number nothing is known"
    )
