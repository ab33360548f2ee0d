"""Marks of proteins and pairs: what is looked at, from which limit on, and that every mark has its words."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from small_run import PARTNERS, change, collected, demo_chain, protein_record

from crossdock.remark import BUILT_RESIDUES, Item, Severity, free_text, remark
from crossdock.report.answer import judged
from crossdock.report.marks import MOST_OVERLAPS, Mark, marks_of_pair, marks_of_protein
from crossdock.report.page_data import page_data
from crossdock.report.payload import collect
from crossdock.report.run_data import FirstModel
from crossdock.report.sentences import for_scripts
from crossdock.structures.record import MembraneRecord, Missing, ProteinRecord, read_protein, write_protein
from crossdock.structures.structure import read_structure, write_structure


@pytest.fixture(scope="module")
def protein() -> ProteinRecord:
    """A crystal structure at 1.8 A that is what it should be, without gaps."""
    record = protein_record(PARTNERS[0], demo_chain("1ppe", "A"))
    return replace(record, missing=Missing(0, 0, 0))


def levels(marks: list[Mark]) -> dict[str, str]:
    return {mark.kind: mark.level for mark in marks}


def with_identity(record: ProteinRecord, verdict: str, *reasons, **identity) -> ProteinRecord:
    return replace(record, identity=replace(record.identity, verdict=verdict, reasons=reasons, **identity))


def test_a_good_structure_has_only_fine_marks(protein):
    assert levels(marks_of_protein(protein)) == {"identity": "fine", "resolution": "fine", "gaps": "fine"}


@pytest.mark.parametrize(
    ("verdict", "severity", "found", "kind", "level"),
    [
        ("mismatch", Severity.SERIOUS, ("P00760",), "another", "wrong"),
        ("mismatch", Severity.SERIOUS, ("P14210",), "organism", "wrong"),
        ("fragment", Severity.SERIOUS, ("P14210",), "fragment", "wrong"),
        ("unknown", Severity.UNCONFIRMED, (), "unconfirmed", "note"),
        ("unknown", Severity.PLAIN, (), "unchecked", "note"),
        ("matches", Severity.DETAIL, ("P14210",), "identity", "fine"),
    ],
)
def test_identity_is_as_serious_as_its_reasons(protein, verdict, severity, found, kind, level):
    record = with_identity(protein, verdict, free_text("Why so.", severity), expected="P14210", found=found)
    assert marks_of_protein(record)[0] == Mark(kind, level, {"why": "Why so."})


def test_an_accepted_mismatch_is_still_another_protein(protein):
    reason = free_text("By its records P00760.", Severity.SERIOUS)
    record = with_identity(protein, "mismatch", reason, expected="P14210", found=("P00760",), accepted="a homologue")
    assert marks_of_protein(record)[0].level == "wrong"


@pytest.mark.parametrize(("resolution", "level"), [(3.0, "fine"), (3.01, "note"), (None, None)])
def test_resolution_is_noted_above_three_angstrom(protein, resolution, level):
    assert levels(marks_of_protein(replace(protein, resolution_A=resolution))).get("resolution") == level


def test_gaps_are_counted_unless_they_were_built(protein):
    gaps = replace(protein, missing=Missing(7, 2, 0))
    assert Mark("gaps", "note", {"n": 7, "gaps": 2}) in marks_of_protein(gaps)
    built = replace(gaps, kept=(Item(BUILT_RESIDUES, count=7),))
    assert Mark("built", "note", {"n": 7}) in marks_of_protein(built)
    assert "gaps" not in levels(marks_of_protein(built))


@pytest.mark.parametrize(("plddt", "level"), [(69.9, "note"), (70.0, "fine"), (None, None)])
def test_a_predicted_model_is_noted_below_a_mean_plddt_of_70(protein, plddt, level):
    assert levels(marks_of_protein(protein, plddt=plddt)).get("confidence") == level


def test_a_membrane_that_nobody_named_is_wrong_and_a_named_one_fine(protein):
    unnoticed = replace(protein, remarks=(remark("unnoticed-membrane", thickness_A=30, crossings=7),))
    (mark,) = (mark for mark in marks_of_protein(unnoticed) if mark.kind == "membrane")
    assert mark.level == "wrong"
    assert "30 A thick 7 times" in mark.values["why"]
    named = replace(protein, membrane=MembraneRecord("N-term", (0, 0, 1), (0, 0, 0), 30.0, 10.0, 7, -5.0))
    assert levels(marks_of_protein(named))["membrane"] == "fine"
    assert "membrane" not in levels(marks_of_protein(protein))


@pytest.mark.parametrize(
    ("at_site", "others", "level"),
    [(0, 9, "note"), (2, 9, "note"), (3, 9, "fine"), (0, 3, "fine"), (1, 4, "fine"), (0, 0, None), (None, 9, None)],
)
def test_few_are_less_than_a_quarter_of_at_least_four_models(at_site, others, level):
    assert levels(marks_of_pair(FirstModel(at_site, others, 0, 50))).get("convergence") == level


def test_clashes_are_noted_above_the_limit_for_each_hundred_contacts():
    at_limit = int(MOST_OVERLAPS)
    assert levels(marks_of_pair(FirstModel(3, 9, at_limit, 100)))["clashes"] == "fine"
    assert levels(marks_of_pair(FirstModel(3, 9, at_limit + 1, 100)))["clashes"] == "note"
    assert "clashes" not in levels(marks_of_pair(FirstModel(None, 9, 0, 0))), "nothing touches"


def test_an_affinity_that_is_withheld_and_a_refined_model_are_said():
    (clashes,) = (one for one in marks_of_pair(FirstModel(3, 9, 12, 100, refined=1)) if one.kind == "clashes")
    assert clashes.values["n"] == 12
    assert "1" in clashes.values["refined"]
    assert marks_of_pair(FirstModel(3, 9, 12, 100))[1].values["refined"] == ""
    deep = {one.kind: one for one in marks_of_pair(FirstModel(3, 9, 51, 100, withheld=True))}
    assert deep["withheld"].level == "note"
    assert deep["withheld"].values == {"n": 51, "contacts": 100, "limit": 50.0}
    assert "withheld" not in levels(marks_of_pair(FirstModel(3, 9, 49, 100)))


def test_what_keeps_two_apart_is_wrong():
    first = FirstModel(3, 9, 0, 50)
    assert Mark("apart", "wrong", {"why": "One is in the cytosol."}) in marks_of_pair(
        first, apart="One is in the cytosol."
    )
    assert "apart" not in levels(marks_of_pair(first))


def test_every_mark_has_its_words_and_their_values(protein):
    identities = [
        with_identity(protein, verdict, free_text("Why.", severity), expected="P14210", found=found)
        for verdict, severity, found in (
            ("mismatch", Severity.SERIOUS, ("P00760",)),
            ("mismatch", Severity.SERIOUS, ("P14210",)),
            ("fragment", Severity.SERIOUS, ()),
            ("unknown", Severity.UNCONFIRMED, ()),
            ("unknown", Severity.PLAIN, ()),
            ("matches", Severity.DETAIL, ()),
        )
    ]
    records = [
        *identities,
        replace(protein, resolution_A=3.4, missing=Missing(1, 1, 0)),
        replace(protein, missing=Missing(7, 2, 0), kept=(Item(BUILT_RESIDUES, count=1),)),
        replace(protein, remarks=(remark("unnoticed-membrane", thickness_A=30, crossings=7),)),
        replace(protein, membrane=MembraneRecord("N-term", (0, 0, 1), (0, 0, 0), 30.0, 10.0, 7, -5.0)),
    ]
    of_proteins = [mark for record in records for plddt in (60, 80) for mark in marks_of_protein(record, plddt=plddt)]
    firsts = (FirstModel(0, 9, 90, 100, withheld=True, refined=3), FirstModel(9, 9, 0, 100))
    of_pairs = [
        mark for first in firsts for mark in marks_of_pair(first, apart="Why.", unreachable="So.", steered="cofold")
    ]
    sentences = for_scripts()
    for marks, also in ((of_proteins, {"protein"}), (of_pairs, set())):
        for mark in marks:
            assert f"badge-{mark.kind}" in sentences
            code = f"{'fine' if mark.level == 'fine' else 'mark'}-{mark.kind}"
            for text in (sentences[code], sentences.get(f"{code}-one", "")):
                assert set(re.findall(r"\{\{ (\w+) \}\}", text)) <= {*mark.values, *also}
    written = {code.split("-", 1)[1].removesuffix("-one") for code in sentences if code.startswith("badge-")}
    assert written == {mark.kind for mark in [*of_proteins, *of_pairs]}, "no words are left over"


def test_the_page_has_marks_of_proteins_once_and_those_of_pairs_as_columns(run_dir):
    data = collected(run_dir)
    change(data, "Im9", resolution_A=3.6)
    data.pairs[0].first = FirstModel(0, 9, 3, 60)
    data.pairs[3].first = FirstModel(1, 9, 60, 60)
    data.pairs[3].detail = None
    page = page_data(data, judged(data))
    (few,) = (one for one in page.pairs.marks if (one.kind, one.level) == ("convergence", "note"))
    assert (few.places, few.values) == ([0, 3], {"n": [0, 1], "others": [9, 9]})
    fine = {place for one in page.pairs.marks if one.level == "fine" for place in one.places}
    assert 3 not in fine, "fine marks are those of pairs with details"
    assert page.pairs.first["at_site"][0] == 0
    im9 = next(one for one in page.ligands if one.name == "Im9")
    assert levels(im9.marks)["resolution"] == "note"


def test_mean_plddt_is_that_of_the_prepared_residues(run_dir, tmp_path):
    results = shutil.copytree(run_dir, tmp_path / "results")
    folder = results / "proteins" / "Im9"
    structure = read_structure(folder / "structure.pdb")
    plddt = np.where(structure.residue_number < 40, 40.0, 80.0)
    write_structure(folder / "structure.pdb", replace(structure, b_factor=plddt))
    record = read_protein(folder / "protein.json")
    low = remark("low-confidence", count=39, chain="A", plddt=70, residues="1-39")
    write_protein(folder / "protein.json", replace(record, remarks=(low,), resolution_A=None))
    data = collect(results / "panel.json", results)
    of_residue = dict(zip(structure.residue_number.tolist(), plddt.tolist(), strict=True))
    assert data.plddt == {"Im9": pytest.approx(np.mean(list(of_residue.values())))}
    im9 = next(one for one in page_data(data, judged(data)).ligands if one.name == "Im9")
    assert levels(im9.marks)["confidence"] == "note"
