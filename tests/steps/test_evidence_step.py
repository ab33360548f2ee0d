"""Asking public databases about a panel: what is asked, what is kept, and what a run without them does."""

from __future__ import annotations

import json
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from crossdock.analysis.evidence import read_evidence
from crossdock.cli import main
from crossdock.entries import associations, download
from crossdock.files import write_json
from crossdock.panel.panel import load_panel, read_panel
from crossdock.records import write_record
from crossdock.steps import evidence as step
from crossdock.steps.evidence import accessions_of, blocks, evidence
from crossdock.structures.record import write_protein
from evidence_records import chain, protein_record
from sites import INTACT, Server, intact, mitab, place, script_string, uniprot_entry

MOR, CD81, PDGF, IM9 = "P35372", "P60033", "P01127", "P13479"
ACCESSIONS = {"mor": MOR, "cd81": CD81, "pdgf": PDGF, "im9": IM9, "naked": None}
IDS = {MOR: "9606.ENSP1", CD81: "9606.ENSP2"}
SITES = ("uniprot", "intact", "string")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(associations, "_PAUSE_S", 0.0)
    made = Server()
    for accession in (MOR, CD81, PDGF):
        made.script[f"/uniprotkb/{accession}.json"] = entry(uniprot_entry(accession))
    im9 = uniprot_entry(IM9, organism={"scientificName": "Escherichia coli", "taxonId": 562})
    made.script[f"/uniprotkb/{IM9}.json"] = entry(im9)
    made.script[INTACT] = intact([mitab(CD81, MOR), mitab(CD81, CD81), mitab("Q99999", MOR)])
    script_string(made, IDS, {(MOR, CD81): {"score": 0.437, "tscore": 0.41}})
    yield made
    made.http.shutdown()
    made.http.server_close()


def entry(answer):
    return [(200, {}, json.dumps(answer).encode())]


def methods(server):
    """Which sites were asked how often since the last look."""
    asked, server.asked[:] = list(server.asked), []
    names = {"uniprotkb": "uniprot", "Tools": "intact", "api": "string"}
    found = [names[path.split("/")[1]] for path in asked]
    return {name: found.count(name) for name in dict.fromkeys(found)}


class Run:
    """A run of a panel of loopback sites, whose proteins have been prepared."""

    def __init__(self, folder, server):
        self.folder, self.urls = folder, dict.fromkeys(SITES, server.url)

    def __call__(self, receptors=("mor",), ligands=("cd81", "pdgf", "im9", "naked"), *, offline=False, **settings):
        lists = {"receptors": list(map(self.protein, receptors)), "ligands": list(map(self.protein, ligands))}
        asked = {"evidence": self.urls | settings, "entries": {"offline": offline}}
        panel = load_panel(lists | asked)
        write_json(self.folder / "results/panel.json", panel.to_record())
        return evidence(panel, results=self.folder / "results", kept=self.folder / "resources/evidence")

    def protein(self, name):
        accession = ACCESSIONS[name]
        taxid = 562 if name == "im9" else 9606
        record = protein_record(name, chain("A", *filter(None, [accession]), taxid=taxid), expected=accession)
        write_protein(self.folder / "results/proteins" / name / "protein.json", record)
        own = {"uniprot": accession, "organism": taxid} if accession else {}
        return {"name": name, "entry": "demo:1ppe"} | own


@pytest.fixture
def run(tmp_path, server):
    return Run(tmp_path, server)


def states(record):
    return {site.name: (site.state, site.missing) for site in record.sites}


def test_a_panel_is_asked_about_once(run, server):
    record = run()
    assert states(record) == {name: ("asked", 0) for name in SITES}
    assert methods(server) == {"uniprot": 4, "intact": 1, "string": 3}  # version, names, network
    assert {name: one.gene for name, one in record.annotations.items()} == dict.fromkeys(
        (MOR, CD81, PDGF, IM9), "OPRM1"
    )
    assert record.taxids == {MOR: 9606, CD81: 9606, PDGF: 9606, IM9: 562}
    assert record.accessions("naked") == ()
    assert record.interactions_of("mor", "cd81").found[0].count == 1
    assert record.interactions_of("mor", "pdgf").state == "no-entry"
    assert record.associations_of("mor", "cd81").found[0].score == 0.437
    assert record.associations_of("mor", "pdgf").why == "not-in-string"
    assert record.associations_of("mor", "im9").why == "no-common-organism"
    again = run()
    assert methods(server) == {}
    assert again == record


def test_only_what_is_new_is_asked(run, server):
    run(ligands=("cd81",))
    methods(server)
    record = run(ligands=("cd81", "pdgf"))
    assert methods(server) == {"uniprot": 1, "intact": 1, "string": 2}  # the version, and PDGF's name, which it lacks
    assert record.interactions_of("mor", "pdgf").state == "no-entry"
    without = run(ligands=("pdgf",))
    assert methods(server) == {}
    assert [one for block in without.interactions.asked for one in block.second] == [PDGF]
    assert (without.interactions.found, without.associations.found, set(without.annotations)) == ((), (), {MOR, PDGF})


def test_of_another_version_of_string_everything_is_asked_anew(run, server):
    run(ligands=("cd81",))
    script_string(server, IDS | {PDGF: "9606.ENSP3"}, {(MOR, CD81): {"score": 0.9}}, version="13.0")
    assert run(ligands=("cd81",)).associations.version == "12.0"  # nothing is missing, so nothing is asked
    record = run(ligands=("cd81", "pdgf"))
    assert (record.site("string").version, record.associations_of("mor", "cd81").found[0].score) == ("13.0", 0.9)


def test_a_panel_of_which_nothing_is_known(run, server):
    record = run(receptors=("naked",), ligands=("naked",))
    assert states(record) == dict.fromkeys(SITES, ("not-asked", 0))
    assert record.site("uniprot").reason == "no protein has a known accession"
    assert methods(server) == {}


def test_an_organism_by_the_records_is_enough_for_string(run, server):
    """Where UniProt is down, STRING can still be asked."""
    server.script[f"/uniprotkb/{MOR}.json"] = [(500, {}, b"")]
    record = run(ligands=("cd81",))
    assert states(record) == {"uniprot": ("not-reached", 2), "intact": ("asked", 0), "string": ("asked", 0)}
    assert record.site("uniprot").reason == "the server answered 500 Internal Server Error"
    assert record.associations_of("mor", "cd81").state == "found"


def test_answers_before_a_failure_are_kept(run, server):
    server.script[f"/uniprotkb/{PDGF}.json"] = [(429, {"Retry-After": "0"}, b"")]
    record = run()
    assert states(record)["uniprot"] == ("not-reached", 2)
    assert set(record.annotations) == {MOR, CD81}
    methods(server)
    server.script[f"/uniprotkb/{PDGF}.json"] = entry(uniprot_entry(PDGF))
    assert states(run())["uniprot"] == ("asked", 0)
    assert methods(server) == {"uniprot": 2}


@pytest.mark.parametrize(("settings", "reason"), [({"ask": False}, "ask: false"), ({"offline": True}, "offline: true")])
def test_nothing_is_asked_where_the_config_says_so(run, server, settings, reason):
    record = run(**settings)
    assert methods(server) == {}
    assert {site.state for site in record.sites} == {"not-asked"}
    assert reason in record.site("intact").reason
    assert not (run.folder / "resources").exists()
    # What was asked before is used all the same, as on the node of a cluster.
    known = run()
    methods(server)
    assert run(**settings) == known
    assert methods(server) == {}


def test_a_site_is_left_out_by_an_empty_text(run, server):
    record = run(string="")
    assert methods(server) == {"uniprot": 4, "intact": 1}
    assert (record.site("string").state, record.associations_of("mor", "cd81").state) == ("not-asked", "not-asked")


def test_without_a_network_a_run_goes_on_at_once(run, server, caplog):
    server.http.shutdown()
    server.http.server_close()
    start = time.monotonic()
    record = run()
    assert time.monotonic() - start < 2.0
    assert states(record) == {"uniprot": ("not-reached", 4), "intact": ("not-reached", 3), "string": ("not-reached", 2)}
    assert record.interactions_of("mor", "cd81").why == "the connection was refused or lost"
    assert not (run.folder / "resources").exists()
    assert sum("refused or lost" in message for message in caplog.messages) == 3


def test_a_host_that_is_not_known_is_asked_once(run):
    run.urls = dict.fromkeys(SITES, "http://nowhere.invalid")
    start = time.monotonic()
    assert {site.state for site in run().sites} == {"not-reached"}
    assert time.monotonic() - start < 8.0


def test_a_slow_site_is_left_for_the_next_run(run, server, monkeypatch):
    monkeypatch.setattr(step, "MOST_SECONDS", 0.0)
    record = run()
    assert states(record)["uniprot"] == ("not-reached", 3)
    assert "longer than" in record.site("uniprot").reason


def test_what_is_kept_and_broken_is_asked_anew(run, server, caplog):
    run()
    methods(server)
    for name, text in (("uniprot", "{"), ("intact", "[]"), ("string", '{"asked": 1}')):
        (run.folder / f"resources/evidence/{name}.json").write_text(text)
    assert states(run()) == {name: ("asked", 0) for name in SITES}
    assert set(methods(server)) == set(SITES)
    assert sum("asked anew" in message for message in caplog.messages) == 3


def test_withdrawn_and_unknown_accessions_are_facts(run, server):
    gone = {"entryType": "Inactive", "primaryAccession": PDGF, "inactiveReason": {"inactiveReasonType": "DELETED"}}
    server.script[f"/uniprotkb/{PDGF}.json"] = entry(gone)
    server.script[f"/uniprotkb/{CD81}.json"] = [(404, {}, b"")]
    record = run()
    assert states(record)["uniprot"] == ("asked", 0)
    assert (record.annotations[PDGF].state, record.annotations[CD81].state) == ("inactive", "absent")
    assert record.taxids[CD81] == 9606  # by the entry's records


def test_many_pairs_take_few_requests(run, server):
    """30 receptors x 90 ligands: 2,700 pairs of IntAct in six requests."""
    names = [f"P1{n:03d}0" for n in range(120)]
    pairs = list(product(names[:30], names[30:]))
    made = blocks(pairs)
    assert len(made) == 6
    assert sorted(pair for one in made for pair in product(*one)) == sorted(pairs)


@pytest.mark.parametrize("seed", range(10))
def test_blocks_hold_each_pair_once_and_no_other(seed):
    rng = np.random.default_rng(seed)
    pairs = [(f"r{a}", f"l{b}") for a, b in np.argwhere(rng.random((8, 12)) < rng.random())]
    made = blocks(pairs, (3, 4))
    assert sorted(pair for one in made for pair in product(*one)) == sorted(pairs)
    assert all(len(first) <= 3 and len(second) <= 4 for first, second in made)


def test_a_protein_in_both_roles_is_asked_about_itself(run, server):
    server.script[INTACT] = intact([mitab(CD81, CD81), mitab(CD81, MOR)])
    record = run(receptors=("mor", "cd81"), ligands=("mor", "cd81"))
    assert record.interactions_of("cd81", "cd81").found[0].count == 1
    assert record.interactions_of("cd81", "mor") == record.interactions_of("mor", "cd81")
    assert record.associations_of("cd81", "cd81").why == "same-protein"
    assert record.associations_of("cd81", "mor").found[0].score == 0.437


def test_the_command(run, server, capsys):
    run(ask=False)
    folder = run.folder
    panel = json.loads((folder / "results/panel.json").read_text())
    panel["evidence"]["ask"] = True
    (folder / "results/panel.json").write_text(json.dumps(panel))
    arguments = ["--results", f"{folder}/results", "--kept", f"{folder}/kept", "-o", f"{folder}/results/evidence.json"]
    assert main(["evidence", f"{folder}/results/panel.json", *arguments]) == 0
    record = read_evidence(folder / "results/evidence.json")
    assert states(record) == {name: ("asked", 0) for name in SITES}
    assert capsys.readouterr().out.startswith("UniProt, IntAct and STRING 12.0 were asked. The last answer is from 20")
    assert sorted(path.name for path in (folder / "kept").iterdir()) == ["intact.json", "string.json", "uniprot.json"]


def test_panels_of_earlier_versions_are_asked_about(run, tmp_path):
    run(ask=False)
    path = tmp_path / "results/panel.json"
    panel = json.loads(path.read_text())
    del panel["evidence"]
    path.write_text(json.dumps(panel))
    assert read_panel(path).evidence["uniprot"] == "https://rest.uniprot.org"


def test_the_others_are_asked_by_the_accession_of_today(run, server, monkeypatch):
    monkeypatch.setitem(ACCESSIONS, "cd81", "Q5U0J6")
    gone = {"entryType": "Inactive", "primaryAccession": "Q5U0J6"}
    gone["inactiveReason"] = {"inactiveReasonType": "MERGED", "mergeDemergeTo": [CD81]}
    server.script["/uniprotkb/Q5U0J6.json"] = entry(gone)
    record = run(ligands=("cd81",))
    assert record.accessions("cd81") == (CD81,)
    assert (record.annotations[CD81].accession, record.annotations[CD81].current) == ("Q5U0J6", CD81)
    assert record.interactions_of("mor", "cd81").state == record.associations_of("mor", "cd81").state == "found"
    methods(server)
    assert run(ligands=("cd81",)) == record
    assert methods(server) == {}


# --- by which accessions


def test_the_expected_accession_of_a_chain_leaves_its_fusion_partner_out():
    fused = chain("A", ("P00720", 2, 161), ("P35372", 65, 347))
    for expected in ("P35372", "P35372-2"):
        record = protein_record("mor", fused, expected=expected, found=("P00720", "P35372"))
        assert accessions_of(record, expected) == ("P35372",)


def test_of_another_protein_its_own_accession_is_taken():
    fused = chain("A", ("P00720", 2, 161), ("P34972", 20, 216), ("P34972", 217, 325))
    record = protein_record("gper", fused, expected="Q99527", found=("P34972", "P00720"), verdict="mismatch")
    assert accessions_of(record, "Q99527") == ("P34972",)


def test_every_docked_chain_counts_the_expected_one_first():
    chains = chain("B", "P61769"), chain("A", "P04439"), chain("C", "P03070", kept=False)
    record = protein_record("hla", *chains, selected=("A",), expected="P04439", found=("P04439",))
    assert accessions_of(record, "P04439") == ("P04439", "P61769")
    record = protein_record("hla", *chains, selected=("B", "A"), expected="P04439")
    assert accessions_of(record, "P04439") == ("P04439", "P61769")
    # The heavy chain has no records of its own, and was recognised by its sequence.
    record = protein_record("hla", chain("A"), chain("B", "P61769"), selected=("A",), expected="P04439")
    assert accessions_of(record, "P04439") == ("P04439", "P61769")


def test_without_records_the_expected_accession_holds_unless_the_sequence_is_another():
    bare = chain("A")
    assert accessions_of(protein_record("x", bare, expected="P60033", verdict="unknown"), None) == ("P60033",)
    assert accessions_of(protein_record("x", bare), "p60033.2") == ("P60033",)
    assert accessions_of(protein_record("x", bare, expected="P60033", verdict="mismatch"), "P60033") == ()
    assert accessions_of(protein_record("x", bare, expected="CD81_HUMAN", verdict="unknown"), "CD81_HUMAN") == ()
    assert accessions_of(protein_record("x", chain("A", "CD81_HUMAN"), found=("CD81_HUMAN",)), None) == ()
    assert accessions_of(protein_record("x", bare, found=("P60033",)), None) == ("P60033",)


def test_real_records_are_read(tmp_path, server):
    """The demo's own entries, prepared as a run does."""
    from crossdock.steps.prepare import prepare

    rows = [{"name": "trypsin", "entry": "demo:1ppe", "chains": ["A"]}, {"name": "cmti", "entry": "demo:1ppe"}]
    rows[1] |= {"chains": ["B"], "uniprot": "P01074", "organism": 3661}
    panel = load_panel({"receptors": rows[:1], "ligands": rows[1:], "evidence": dict.fromkeys(SITES, server.url)})
    demo = Path(__file__).parents[2] / "src/crossdock/demo/1ppe.pdb.gz"
    for protein in panel.proteins:
        prepare(demo, protein, tmp_path / "results/proteins" / protein.name)
    server.script["/uniprotkb/P01074.json"] = entry(
        uniprot_entry("P01074", comments=[{"commentType": "X"}, place("a")])
    )
    record = evidence(panel, results=tmp_path / "results", kept=tmp_path / "kept")
    assert record.accessions("trypsin") == ()
    assert record.accessions("cmti") == ("P01074",)
    write_record(tmp_path / "evidence.json", record)
    assert read_evidence(tmp_path / "evidence.json") == record
