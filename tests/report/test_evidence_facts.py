"""What public databases say, in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossdock.analysis.evidence import SiteRecord
from crossdock.entries.annotation import Feature, Location
from crossdock.entries.associations import Association
from crossdock.entries.interactions import Asked, Interaction, Recorded
from crossdock.report.evidence import Fact, asked, of_pair, of_protein, of_residues
from evidence_records import DATE, annotation, evidence_record, spanning

A, B = "P35372", "P60033"
MEMBERS = {"mor": (A,), "cd81": (B,), "naked": ()}
ASKED = (Asked(DATE, (A,), (B,)),)
HUMAN = {A: 9606, B: 9606}


def row(**changes):
    about = {"id": "EBI-1", "method": "two hybrid", "kind": "physical association", "pubmed": ("16189514",)}
    return Interaction(**(about | {"score": 0.56, "expansion": None, "negative": False} | changes))


def texts(facts):
    return [fact.text for fact in facts]


def pair(annotations=(), rows=(), count=None, **others):
    found = (Recorded(A, B, count or len(rows), sum(one.negative for one in rows), tuple(rows)),) if rows else ()
    others = {"taxids": HUMAN, "ids": {A: "9606.a", B: "9606.b"}, "associations": (ASKED, ())} | others
    record = evidence_record(MEMBERS, annotations, interactions=(ASKED, found), **others)
    return of_pair(record, "mor", "cd81")


# --- a protein


def test_a_protein_with_its_name_places_and_parts():
    mor = spanning(A, places=(Location("Cell membrane", "Multi-pass membrane protein"), "Cell projection, axon"))
    mor = replace(mor, name="Mu-type opioid receptor", gene="OPRM1", organism="Homo sapiens")
    facts = of_protein(evidence_record(MEMBERS, [mor]), "mor")
    assert texts(facts) == [
        "P35372 is Mu-type opioid receptor (gene OPRM1, Homo sapiens).",
        "Location in the cell: cell membrane (multi-pass membrane protein); cell projection, axon.",
        "Topology in UniProt numbers: extracellular 1-68 and 124-138; cytoplasmic 94-106; "
        "1 stretch across the membrane.",
    ]
    assert {(fact.source, fact.date, fact.url, fact.severity) for fact in facts} == {
        ("UniProt P35372", "2026-11-29", "https://www.uniprot.org/uniprotkb/P35372/entry", "plain")
    }


def test_places_of_one_molecule_alone_are_marked():
    places = ["ER membrane", Location("Cytoplasm", molecule="Isoform 2"), Location("Cell membrane", None, "Outer side")]
    found = of_protein(evidence_record(MEMBERS, [annotation(A, *places)]), "mor")
    assert found[1].text == "Location in the cell: ER membrane; cytoplasm (Isoform 2 only); cell membrane (outer side)."


def test_what_uniprot_does_not_say():
    bare = annotation(A, name=None, reviewed=False)
    assert texts(of_protein(evidence_record(MEMBERS, [bare]), "mor")) == [
        "P35372 is a protein without a name. The UniProt entry is not reviewed.",
        "UniProt gives no location in the cell.",
    ]


@pytest.mark.parametrize(
    ("successors", "end"),
    [((), "No entry replaces it"), (("Q1", "Q2"), "Q1 and Q2 replace it")],
)
def test_a_withdrawn_accession_is_wrong(successors, end):
    gone = annotation(A, state="inactive", current=None, successors=successors)
    (fact,) = of_protein(evidence_record(MEMBERS, [gone]), "mor")
    assert (fact.text, fact.severity) == (f"UniProt has withdrawn the entry P35372. {end}.", "wrong")
    assert fact.source == "UniProt P35372"


def test_accessions_that_there_are_not_and_that_were_merged():
    (fact,) = of_protein(evidence_record(MEMBERS, [annotation(A, state="absent", current=None)]), "mor")
    assert (fact.text, fact.severity) == ("UniProt has no entry P35372.", "wrong")
    merged = of_protein(evidence_record(MEMBERS, [annotation(A, current="Q8IWW4")]), "mor")
    assert merged[0].text == "UniProt has merged P35372 into Q8IWW4."


@pytest.mark.parametrize(
    ("by_config", "gene", "synonyms", "wrong"),
    [
        ("OPRM1", "OPRM1", (), False),
        ("oprm1", "OPRM1", (), False),
        ("MOR1", "OPRM1", ("MOR1",), False),
        ("FSHR", "OPRM1", ("MOR1",), True),
        ("FSHR", "OPRM1", None, False),  # an answer of an earlier version, without synonyms
        ("FSHR", None, (), False),
        (None, "OPRM1", (), False),
    ],
)
def test_a_gene_that_is_not_the_docked_proteins(by_config, gene, synonyms, wrong):
    found = annotation(A, gene=gene, synonyms=synonyms)
    (fact, *_) = of_protein(evidence_record(MEMBERS, [found], genes={"mor": by_config}), "mor")
    assert (fact.severity == "wrong") == wrong
    if wrong:
        assert fact.text == (
            "The panel says that its gene is FSHR, but by UniProt what is docked comes from OPRM1: `gene` or "
            "`uniprot` of the protein is wrong."
        )
        assert (fact.source, fact.url) == (f"UniProt {A}", found.url)


def test_a_gene_of_one_of_several_chains_is_right():
    members = {"fsh": ("P01215", "P01225")}
    both = [annotation("P01215", gene="CGA", synonyms=()), annotation("P01225", gene="FSHB", synonyms=())]
    assert not evidence_record(members, both, genes={"fsh": "FSHB"}).other_genes("fsh")
    assert evidence_record(members, both, genes={"fsh": "LHB"}).other_genes("fsh") == ("CGA", "FSHB")


def test_a_protein_that_nothing_is_known_of():
    reason = "no connection within 4 s"
    site = SiteRecord("uniprot", "https://rest.uniprot.org", "not-reached", reason, 1)
    record = evidence_record(MEMBERS, sites=[site])
    assert of_protein(record, "mor") == [Fact(f"UniProt was not reached for P35372 ({reason}).")]
    assert texts(of_protein(record, "naked")) == [
        "No UniProt accession is known for NAKED, so no database was asked about it."
    ]
    off = SiteRecord("uniprot", "https://rest.uniprot.org", "not-asked", "off", 1)
    assert of_protein(evidence_record(MEMBERS, sites=[off]), "mor") == []


def test_parts_that_residues_lie_in():
    domain = Feature("Domain", 50, 120, "Ig-like C2-type 2")
    protein = spanning(A, others=[domain, Feature("Domain", 50, 120, "Ig-like C2-type 2")])
    assert of_residues(protein, [60, 61]) == "extracellular, 1-68; Ig-like C2-type 2, 50-120"
    assert of_residues(protein, [500]) == ""


# --- a pair


def test_whether_two_can_meet():
    nuclear, secreted = annotation(A, "Nucleus", "Cytoplasm"), annotation(B, "Secreted")
    fact = pair([nuclear, secreted])[0]
    assert fact.severity == "wrong"
    assert fact.text == (
        "UniProt places one only inside cells and the other only outside (MOR: nucleus, cytoplasm; "
        "CD81: secreted). They do not meet."
    )
    assert (fact.source, fact.date) == ("UniProt P35372, P60033", "2026-11-29")
    vesicle = pair([nuclear, annotation(B, "Secreted, extracellular exosome")])[0]
    assert (vesicle.severity, "They meet only if a vesicle brings them together" in vesicle.text) == (
        "plain",
        True,
    )


def test_which_faces_can_meet():
    end = "of MOR can be touched (UniProt numbers)."
    assert texts(pair([spanning(A), annotation(B, "Secreted")]))[0] == (
        f"MOR spans a membrane, and CD81 is found only outside cells. So only residues 1-68 and 124-138 {end}"
    )
    assert texts(pair([spanning(A), annotation(B, "Nucleus")]))[0] == (
        f"MOR spans a membrane, and CD81 is found only inside cells. So only residues 94-106 {end}"
    )
    assert texts(pair([annotation(A, "Secreted"), spanning(B)]))[0].startswith(
        "CD81 spans a membrane, and MOR is found"
    )
    assert texts(pair([spanning(A), spanning(B, outer=((5, 5),))]))[0] == (
        "Both span a membrane. If they are on two cells, or on a vesicle and a cell, only residues 1-68 "
        "and 124-138 of MOR and 5 of CD81 can meet (UniProt numbers)."
    )


@pytest.mark.parametrize("places", [("Secreted", "Nucleus"), ()])
def test_where_nothing_follows_nothing_is_said(places):
    assert not any("UniProt" in fact.text for fact in pair([annotation(A, "Nucleus"), annotation(B, *places)]))


def test_an_interaction():
    fact = pair(rows=[row()])[0]
    assert fact == Fact(
        "IntAct records an interaction of the two in 1 experiment (by two hybrid; confidence 0.56 of 1). "
        "PubMed 16189514.",
        "IntAct",
        "2026-11-29",
        "https://www.ebi.ac.uk/intact/details/interaction/EBI-1",
    )


def test_many_interactions_and_such_of_groups():
    rows = [row(method=method, pubmed=(method,), expansion="spoke expansion") for method in ("pull down", "x", "x")]
    assert texts(pair(rows=rows, count=12))[0] == (
        "IntAct records an interaction of the two in 12 experiments (such as by pull down and x; confidence "
        "0.56 of 1; all from groups of more than two proteins). PubMed pull down, x."
    )


def test_experiments_in_which_two_did_not_interact():
    alone = texts(pair(rows=[row(negative=True, score=None, pubmed=())]))[0]
    assert alone == "IntAct records 1 experiment in which they did not interact."
    both = texts(pair(rows=[row(negative=True), row(method=None, score=None)]))[0]
    assert both == (
        "IntAct records an interaction of the two in 1 experiment. IntAct records 1 experiment in which "
        "they did not interact. PubMed 16189514."
    )


def test_no_entry_of_a_pair():
    facts = pair()
    assert texts(facts) == [
        "IntAct has no interaction of the two.",
        "STRING has no association of the two with a score of 0.15 or more.",
    ]
    assert [(fact.source, fact.date) for fact in facts] == [("IntAct", "2026-11-29"), ("STRING 12.0", "2026-11-29")]


def test_an_association():
    link = Association(A, B, 9606, 0.437, {"experiments": 0.062, "textmining": 0.41}, ("9606.a", "9606.b"))
    fact = pair(associations=(ASKED, (link,)))[1]
    assert fact.text == (
        "STRING gives the association of the two a score of 0.44 of 1 (textmining 0.41, experiments 0.06). An "
        "association does not mean that they bind."
    )
    assert fact.url == "https://string-db.org/cgi/network?identifiers=P35372%0dP60033&species=9606"


def test_what_string_could_not_be_asked():
    assert texts(pair(ids={A: "9606.a", B: None}))[1] == "STRING does not have one of the two."
    end = "because the two are not known to be from one organism."
    assert texts(pair(taxids={A: 9606, B: 562}))[1] == f"STRING was not asked, {end}"


def test_sites_that_were_not_reached_and_left_out():
    lost = [SiteRecord(name, "u", "not-reached", "no network", 1) for name in ("intact", "string")]
    record = evidence_record(MEMBERS, taxids=HUMAN, sites=lost, version=None)
    assert texts(of_pair(record, "mor", "cd81")) == [
        "IntAct was not reached for the two (no network).",
        "STRING was not reached for the two (no network).",
    ]
    off = [SiteRecord(name, "u", "not-asked", "off", 1) for name in ("intact", "string")]
    assert of_pair(evidence_record(MEMBERS, taxids=HUMAN, sites=off), "mor", "cd81") == []
    assert of_pair(record, "mor", "naked") == of_pair(record, "nobody", "cd81") == []


# --- what was asked


def test_what_was_asked_in_a_sentence():
    assert (
        asked(evidence_record(MEMBERS, [annotation(A)]))
        == "UniProt, IntAct and STRING were asked. The last answer is from 2026-11-29."
    )
    lost = SiteRecord("intact", "u", "not-reached", "the server answered 500", 3)
    string = SiteRecord("string", "u", "asked", version="12.0")
    assert asked(evidence_record(MEMBERS, [annotation(A)], sites=[lost, string])) == (
        "UniProt and STRING 12.0 were asked. IntAct was not reached (the server answered 500). The last answer is "
        "from 2026-11-29."
    )
    off = [SiteRecord(name, "u", "not-asked", "off", 3) for name in ("uniprot", "intact", "string")]
    assert asked(evidence_record(MEMBERS, sites=off)) == "UniProt, IntAct and STRING were not asked (off)."
