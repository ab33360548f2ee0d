"""What UniProt says of an accession, from a loopback server that answers as its REST API does."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from crossdock.entries import download
from crossdock.entries.annotation import Feature, Location, annotation_of
from crossdock.entries.download import Getter, UnavailableError
from sites import Server, feature, place, uniprot_entry


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "FIRST_WAIT_S", 0.01)
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def said(answer, status=200, **headers):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return [(status, headers, body)]


def ask(site, accession, **how):
    with Getter(how.pop("timeout_s", (2.0, 5.0)), 2, 1_000_000, silent_retries=0) as getter:
        return annotation_of(accession, site.url, getter)


def test_an_entry_is_read(site):
    site.script["/uniprotkb/P35372.json"] = said(uniprot_entry("P35372"))
    found = ask(site, "P35372")
    assert (found.state, found.current, found.reviewed) == ("found", "P35372", True)
    assert (found.name, found.gene, found.organism, found.taxid, found.length) == (
        "Mu-type opioid receptor",
        "OPRM1",
        "Homo sapiens",
        9606,
        400,
    )
    assert found.locations == (
        Location("Cell membrane", "Multi-pass membrane protein"),
        Location("Cell projection, axon"),
        Location("Cytoplasm", molecule="Isoform 12"),
    )
    assert found.features[0] == Feature("Topological domain", 1, 68, "Extracellular")
    assert found.features[3] == Feature("Region", 1, 32, "Disordered")
    assert found.url == "https://www.uniprot.org/uniprotkb/P35372/entry"
    asked = parse_qs(urlsplit(site.asked[0]).query)["fields"][0].split(",")
    assert {"cc_subcellular_location", "ft_topo_dom", "ft_transmem", "ft_signal", "ft_domain"} <= set(asked)


def test_what_an_entry_lacks_is_left_open(site):
    unreviewed = {"entryType": "UniProtKB unreviewed (TrEMBL)", "primaryAccession": "A0A024R1X5"}
    unreviewed["proteinDescription"] = {"submissionNames": [{"fullName": {"value": "Uncharacterized protein"}}]}
    site.script["/uniprotkb/A0A024R1X5.json"] = said(unreviewed)
    found = ask(site, "A0A024R1X5")
    assert (found.state, found.reviewed, found.name) == ("found", False, "Uncharacterized protein")
    assert (found.gene, found.taxid, found.length, found.locations, found.features) == (None, None, None, (), ())


def test_other_names_of_genes_are_kept(site):
    genes = [
        {"geneName": {"value": "OPRM1"}, "synonyms": [{"value": "MOR1"}, {"value": "MOR1"}], "orfNames": ["?"]},
        {"geneName": {"value": "SECOND"}, "orfNames": [{"value": "hCG_2"}]},
    ]
    site.script["/uniprotkb/P35372.json"] = said(uniprot_entry("P35372", genes=genes))
    found = ask(site, "P35372")
    assert (found.gene, found.synonyms) == ("OPRM1", ("SECOND", "MOR1", "hCG_2"))


def test_parts_of_an_entry_in_another_form_are_left_out(site):
    odd = uniprot_entry("P35372", genes="OPRM1", organism=None, sequence=[1])
    odd["comments"] = [None, {"commentType": "FUNCTION"}, {"commentType": "SUBCELLULAR LOCATION", "note": {}}]
    odd["features"] = ["?", feature("Signal", None, 21), feature("Chain", 22, 400), {"type": ["Domain"]}]
    site.script["/uniprotkb/P35372.json"] = said(odd)
    found = ask(site, "P35372")
    assert (found.gene, found.organism, found.length, found.locations) == (None, None, None, ())
    assert found.features == (Feature("Signal", None, 21),)


def test_orientation_and_molecules_are_kept(site):
    chain = {"commentType": "SUBCELLULAR LOCATION", "molecule": "Latency-associated peptide"}
    chain["subcellularLocations"] = [place("Cell membrane", "Peripheral membrane protein", "Cytoplasmic side")]
    site.script["/uniprotkb/P01137.json"] = said(uniprot_entry("P01137", comments=[chain, chain]))
    assert ask(site, "P01137").locations == (
        Location("Cell membrane", "Peripheral membrane protein", "Cytoplasmic side", "Latency-associated peptide"),
    )


def inactive(accession, kind, *successors):
    reason = {"inactiveReasonType": kind} | ({"mergeDemergeTo": list(successors)} if successors else {})
    return {"entryType": "Inactive", "primaryAccession": accession, "inactiveReason": reason}


def test_a_merged_accession_is_answered_with_its_successor(site):
    site.script["/uniprotkb/Q15978.json"] = said(inactive("Q15978", "MERGED", "P35372"))
    site.script["/uniprotkb/P35372.json"] = said(uniprot_entry("P35372"))
    found = ask(site, "Q15978")
    assert (found.state, found.accession, found.current, found.gene) == ("found", "Q15978", "P35372", "OPRM1")


def test_a_merged_accession_is_followed_where_the_server_points(site):
    site.script["/uniprotkb/Q15978.json"] = [(303, {"Location": "/uniprotkb/P35372?from=Q15978"}, b"")]
    site.script["/uniprotkb/P35372"] = said(uniprot_entry("P35372"))
    assert ask(site, "Q15978").current == "P35372"


@pytest.mark.parametrize(
    ("kind", "successors"), [("DELETED", ()), ("DEMERGED", ("P99999", "P99998")), ("MERGED", ("Q00000",))]
)
def test_a_withdrawn_accession_says_what_took_its_place(site, kind, successors):
    site.script["/uniprotkb/P00001.json"] = said(inactive("P00001", kind, *successors))
    site.script["/uniprotkb/Q00000.json"] = said(inactive("Q00000", "DELETED"))
    found = ask(site, "P00001")
    assert (found.state, found.successors, found.current, found.name) == ("inactive", successors, None, None)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_accession_that_there_is_not(site, status):
    site.script["/uniprotkb/P00001.json"] = said({"messages": ["Invalid"]}, status)
    assert ask(site, "P00001").state == "absent"
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (said(b"<!DOCTYPE html><html>log in</html>"), "expected JSON, got"),
        (said([1, 2]), "not of the form that UniProt documents"),
        (said({"results": []}), "not of the form that UniProt documents"),
        (said(b""), "expected JSON, got b''"),
        (said(b"down", 500), "the server answered 500"),
        (said(b"slow down", 429), "the server answered 429"),
        (said(b"no", 403), "the server answered 403"),
    ],
)
def test_a_site_that_gives_no_answer(site, answer, message):
    site.script["/uniprotkb/P35372.json"] = answer
    with pytest.raises(UnavailableError, match=message):
        ask(site, "P35372")


def test_a_server_that_is_busy_for_a_moment_is_asked_again(site):
    busy = (429, {"Retry-After": "0"}, b"")
    site.script["/uniprotkb/P35372.json"] = [busy, (503, {}, b""), *said(uniprot_entry("P35372"))]
    assert ask(site, "P35372").gene == "OPRM1"


def test_a_server_that_is_silent_is_asked_once(site):
    site.script["/uniprotkb/P35372.json"] = [lambda handler: time.sleep(1.0)]
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"the server sent nothing for 0.2 s"):
        ask(site, "P35372", timeout_s=(0.2, 0.2))
    assert time.monotonic() - start < 0.9
    assert len(site.asked) == 1


def test_where_nobody_listens_one_attempt_is_made(site):
    site.http.shutdown()
    site.http.server_close()
    start = time.monotonic()
    with pytest.raises(UnavailableError, match="refused or lost"):
        ask(site, "P35372")
    assert time.monotonic() - start < 0.5
