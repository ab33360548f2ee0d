"""What follows from public databases: whether two proteins can meet, and in which parts of one residues lie."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations

import numpy as np
import pytest

from crossdock.analysis.evidence import EvidenceRecord, Part, Reach, SiteRecord, reach, read_evidence, where
from crossdock.entries.annotation import DOMAINS, TOPOLOGY, Feature, Location
from crossdock.entries.associations import Association
from crossdock.entries.interactions import Asked, Interaction, Recorded
from crossdock.errors import InputError
from crossdock.records import write_record
from evidence_records import DATE, annotation, evidence_record, spanning

OUTER, INNER = ((1, 68), (124, 138)), ((94, 106),)
EXOSOME = "Secreted, extracellular exosome"
INSIDE = [
    annotation("P10275", "Nucleus", "Cytoplasm"),
    annotation("P10275", "Nucleus, nucleolus"),
    annotation("P10275", "Nucleus speckle", "Cytoplasm, cytosol"),
    annotation("P10275", "Mitochondrion inner membrane", "Chromosome, centromere"),
    annotation("P10275", "Nucleus", Location("Cell membrane", "Peripheral membrane protein", "Cytoplasmic side")),
    annotation("P10275", "Nucleus", Location("Secreted", molecule="Isoform 2")),
    annotation("P10275", Location("Cytoplasm", molecule="Processed form")),
    # Spans a membrane within the cell, none of whose sides is outside.
    annotation(
        "P10275",
        "Mitochondrion inner membrane",
        features=[Feature("Transmembrane", 5, 25), Feature("Topological domain", 26, 80, "Mitochondrial matrix")],
    ),
]
OUTSIDE = [
    annotation("P14210", "Secreted"),
    annotation("P14210", "Secreted, extracellular space, extracellular matrix", "Cell surface"),
    annotation("P14210", Location("Cell membrane", "Lipid-anchor, GPI-anchor")),
    annotation("P14210", "Secreted", Location("Cell membrane", "Peripheral membrane protein", "Extracellular side")),
    annotation("P14210", Location("Secreted", molecule="Transforming growth factor beta-1")),
    annotation("P14210", Location("Secreted", molecule="Isoform 1")),  # no location of the protein itself
]
OPEN = [
    annotation("P09038", "Secreted", "Nucleus"),
    annotation("P09038", "Secreted", "Endoplasmic reticulum"),
    annotation("P09038", "Nucleus", "Golgi apparatus"),
    annotation("P09038", "Nucleus membrane"),
    annotation("P09038", "Nucleus envelope"),
    annotation("P09038", "Cytoplasmic vesicle, secretory vesicle, acrosome"),
    annotation("P09038", "Cytoplasmic granule"),
    annotation("P09038", "Cell membrane"),
    annotation("P09038", "Endosome", "Cytoplasm"),
]
SILENT = [
    annotation("P00000"),
    annotation("P00000", "Cell membrane", features=[Feature("Transmembrane", 5, 25)]),
    annotation("P00000", "Secreted", features=[Feature("Transmembrane", 5, 25)]),
    annotation("P00000", state="inactive", current=None),
]


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("outside", OUTSIDE)
def test_one_inside_and_one_outside_are_apart(inside, outside):
    assert reach(inside, outside) == reach(outside, inside) == Reach("apart")


@pytest.mark.parametrize("place", [EXOSOME, "Extracellular vesicle"])
def test_a_vesicle_may_bring_what_is_in_it_into_a_cell(place):
    assert reach(INSIDE[0], annotation("P1", place)) == Reach("apart", vesicle=True)
    assert reach(annotation("P1", place, "Secreted"), INSIDE[0]) == Reach("apart", vesicle=True)
    assert reach(INSIDE[0], annotation("P1", place, "Cytoplasm")) == Reach("possible")


@pytest.mark.parametrize("other", [*OPEN, *INSIDE])
def test_a_shared_place_or_one_on_the_way_keeps_nobody_apart(other):
    for one in OPEN:
        assert reach(one, other) == reach(other, one) == Reach("possible")


@pytest.mark.parametrize("same", [INSIDE, OUTSIDE])
def test_two_of_one_side_can_meet(same):
    assert {reach(one, other).code for one in same for other in same} == {"possible"}


@pytest.mark.parametrize("outside", OUTSIDE)
def test_from_outside_only_the_outer_face_is_met(outside):
    assert reach(spanning(), outside) == Reach("outer-face-only", receptor=OUTER)
    assert reach(outside, spanning()) == Reach("outer-face-only", ligand=OUTER)


@pytest.mark.parametrize("inside", INSIDE)
def test_from_inside_only_the_inner_face_is_met(inside):
    assert reach(spanning(), inside) == Reach("inner-face-only", receptor=INNER)
    assert reach(inside, spanning()) == Reach("inner-face-only", ligand=INNER)


def test_two_in_membranes_meet_by_their_outer_faces():
    """A ligand of exosomes may be a membrane protein, such as CD81; that the vesicle is outside keeps nothing apart."""
    cd81 = spanning("P60033", outer=((34, 63), (113, 201)), inner=((1, 12),), places=("Cell membrane", EXOSOME))
    assert reach(spanning(), cd81) == Reach("outer-faces", OUTER, ((34, 63), (113, 201)))
    assert reach(cd81, INSIDE[0]) == Reach("inner-face-only", receptor=((1, 12),))


def test_a_protein_that_spans_a_membrane_without_the_side_that_is_sought_keeps_nobody_out():
    lumenal = spanning(outer=(), inner=INNER, others=[Feature("Topological domain", 1, 60, "Lumenal")])
    assert reach(lumenal, OUTSIDE[0]) == reach(OUTSIDE[0], lumenal) == reach(lumenal, spanning()) == Reach("possible")
    assert reach(lumenal, INSIDE[0]) == Reach("inner-face-only", receptor=INNER)
    assert reach(spanning(inner=()), INSIDE[0]) == Reach("possible")


@pytest.mark.parametrize("other", OPEN)
def test_nothing_follows_for_a_membrane_protein_and_one_of_many_places(other):
    assert reach(spanning(), other) == reach(other, spanning()) == Reach("possible")


def test_parts_whose_ends_are_not_known_are_no_face():
    half = [Feature("Topological domain", None, 30, "Extracellular"), Feature("Transmembrane", 31, 50)]
    half += [Feature("Topological domain", 51, 90, "Cytoplasmic")]
    assert reach(annotation("P1", "Cell membrane", features=half), OUTSIDE[0]) == Reach("possible")


@pytest.mark.parametrize("silent", SILENT)
def test_without_locations_nothing_is_known(silent):
    for other in (*INSIDE, *OUTSIDE, *OPEN, spanning(), *SILENT):
        assert reach(silent, other) == reach(other, silent) == Reach("unknown")


def test_no_protein_is_kept_from_both_sides_or_from_itself():
    every = dict.fromkeys(place for one in (*INSIDE, *OUTSIDE, *OPEN) for place in one.locations)
    for places in (places for n in (1, 2, 3) for places in combinations(every, n)):
        protein = annotation("P1", *places)
        assert "possible" in (reach(protein, OUTSIDE[0]).code, reach(protein, INSIDE[0]).code)
        assert reach(protein, protein).code == "possible"


# --- parts of a sequence


def test_residues_lie_in_parts():
    domains = [Feature("Domain", 50, 120, "Ig-like C2-type 2"), Feature("Region", 60, 66), Feature("Signal", 1, 21)]
    protein = spanning(others=[*domains, Feature("Domain", 300, None, "half known")])
    assert where(protein, [300, 66, 45, 65, 66, 95, 1]) == (
        Part("Signal", "Signal", 1, 21, (1,)),
        Part("Topological domain", "Extracellular", 1, 68, (1, 45, 65, 66)),
        Part("Topological domain", "Cytoplasmic", 94, 106, (95,)),
        Part("Domain", "Ig-like C2-type 2", 50, 120, (65, 66, 95)),
        Part("Region", "Region", 60, 66, (65, 66)),
    )


def test_ends_belong_to_a_part():
    protein = annotation(features=[Feature("Domain", 10, 20, "a"), Feature("Domain", 21, 21, "b")])
    assert [part.name for part in where(protein, [9, 22])] == []
    assert [part.name for part in where(protein, [10])] == [part.name for part in where(protein, [20])] == ["a"]
    assert [part.name for part in where(protein, [21])] == ["b"]
    assert where(protein, []) == ()


@pytest.mark.parametrize("seed", range(20))
def test_each_residue_is_in_each_part_that_holds_it(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.choice((*TOPOLOGY, *DOMAINS), size=8)
    ends = np.sort(rng.integers(1, 60, size=(8, 2)), axis=1).tolist()
    features = [Feature(str(kind), *pair, str(at)) for at, (kind, pair) in enumerate(zip(kinds, ends, strict=True))]
    found = where(annotation(features=features), range(20, 40))
    assert {part.name: part.residues for part in found} == {
        one.description: inside
        for one in features
        if (inside := tuple(n for n in range(20, 40) if n >= one.begin and n <= one.end))
    }
    of_domains = [part.kind in DOMAINS for part in found]
    assert of_domains == sorted(of_domains)


# --- the record

A, B, C = "P35372", "P60033", "P01127"
ROW = Interaction("EBI-1", "two hybrid", "physical association", ("16189514",), 0.56, None, False)
MEMBERS = {"mor": (A,), "cd81": (B,), "pdgf": (C,), "naked": ()}
HUMAN = {A: 9606, B: 9606, C: 9606}


def test_what_a_site_says_of_a_pair():
    both = Recorded(A, B, 1, 0, (ROW,))
    record = evidence_record(MEMBERS, interactions=((Asked(DATE, (A,), (B, C)),), (both,)))
    assert record.interactions_of("mor", "cd81").found == (both,)
    assert (record.interactions_of("mor", "pdgf").state, record.interactions_of("mor", "pdgf").date) == (
        "no-entry",
        DATE,
    )
    assert record.interactions_of("mor", "naked").why == "no-accession"
    assert record.interactions_of("mor", "nobody").why == "no-accession"


@pytest.mark.parametrize(("state", "reason"), [("not-reached", "no connection within 4 s"), ("not-asked", "off")])
def test_what_was_not_asked_is_not_taken_for_nothing(state, reason):
    """Of two accessions, one was asked for; that IntAct has nothing of it says nothing of the other."""
    site = SiteRecord("intact", "https://intact.example.org", state, reason, 1)
    asked = ((Asked(DATE, (A,), (B,)),), ())
    record = evidence_record({"mor": (A,), "both": (B, C)}, interactions=asked, sites=[site])
    answer = record.interactions_of("mor", "both")
    assert (answer.state, answer.why) == (state, reason)
    found = ((Asked(DATE, (A,), (B,)),), (Recorded(A, B, 1, 0, (ROW,)),))
    record = evidence_record({"mor": (A,), "both": (B, C)}, interactions=found, sites=[site])
    assert record.interactions_of("mor", "both").state == "found"


def test_what_string_cannot_be_asked():
    link = Association(A, B, 9606, 0.4, {"textmining": 0.4}, ("9606.a", "9606.b"))
    asked = ((Asked(DATE, (A,), (B,)),), (link,))
    ids = {A: "9606.a", B: "9606.b", C: None}
    record = evidence_record(MEMBERS | {"mor2": (A,)}, associations=asked, taxids=HUMAN, ids=ids)
    assert record.associations_of("mor", "cd81").found == (link,)
    assert record.associations_of("mor", "mor2").why == "same-protein"
    assert record.associations_of("mor", "pdgf").why == "not-in-string"
    assert record.associations_of("mor", "naked").why == "no-accession"
    for taxids in ({A: 9606, B: 10090}, {A: 9606}, {}):
        other = evidence_record(MEMBERS, associations=asked, taxids=taxids, ids=ids)
        assert other.associations_of("mor", "cd81").why == "no-common-organism"


def test_where_nothing_is_to_be_asked_that_is_the_reason():
    off = SiteRecord("string", "https://string.example.org", "not-asked", "off", 1)
    answer = evidence_record(MEMBERS, sites=[off]).associations_of("mor", "cd81")
    assert (answer.state, answer.why) == ("not-asked", "off")
    answer = evidence_record(MEMBERS, taxids={A: 9606, B: 10090}, sites=[off]).associations_of("mor", "cd81")
    assert (answer.state, answer.why) == ("no-question", "no-common-organism")


def test_a_record_is_read_as_it_was_written(tmp_path):
    record = evidence_record(
        MEMBERS,
        [spanning(A), annotation(B, Location("Secreted", "x", "y", "Isoform 2"))],
        interactions=((Asked(DATE, (A,), (B,)),), (Recorded(A, B, 1, 0, (ROW,)),)),
        associations=((Asked(DATE, (A,), (B,)),), (Association(A, B, 9606, 0.4, {}, ("a", "b")),)),
        taxids=HUMAN,
        ids={A: "a", B: None},
    )
    record.interactions_of("mor", "cd81")  # what it looks up is no part of the file
    write_record(tmp_path / "evidence.json", record)
    assert read_evidence(tmp_path / "evidence.json") == record
    names = {field.name for field in dataclasses.fields(EvidenceRecord)}
    assert names | {"crossdock_version"} == set(json.loads((tmp_path / "evidence.json").read_text()))
    assert read_evidence(tmp_path / "none.json") is None
    (tmp_path / "evidence.json").write_text("{}")
    with pytest.raises(InputError, match="crossdock evidence"):
        read_evidence(tmp_path / "evidence.json")


def test_a_pair_is_judged_by_its_first_accessions():
    record = evidence_record(
        {"mor": (A, C), "ar": (B,), "naked": ()}, [OUTSIDE[0], spanning(A), annotation(B, "Nucleus")]
    )
    assert record.reach("mor", "ar").code == "inner-face-only"
    assert record.reach("mor", "naked").code == record.reach("nobody", "ar").code == "unknown"
