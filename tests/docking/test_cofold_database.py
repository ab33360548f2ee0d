"""Complexes of AlphaFold DB as the models of a panel, from a loopback server that answers as its API does."""

import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from cofold_files import Complex, write
from crossdock.docking.backends.cofold import BACKEND
from crossdock.docking.backends.contract import Request
from crossdock.docking.backends.door import dock
from crossdock.entries import complexes
from crossdock.errors import InputError, SourceError
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.prepare import prepare
from crossdock.steps.ready import ready
from crossdock.steps.remote import dock_remote
from crossdock.steps.remote import ready as may_start
from crossdock.steps.steering import steer
from sites import Server

ONE, TWO, THREE = "P01111", "P02222", "P03333"
LETTERS = {
    ONE: "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG",
    TWO: "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK",
    THREE: "PLWQARHNDKFISTVYECMGLKERAQDPHTWS",
}
HETERO, HOMO = "AF-0000000067000001", "AF-0000000066000002"


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    server.waited = []
    monkeypatch.setattr(complexes.time, "sleep", server.waited.append)
    yield server
    server.http.shutdown()
    server.http.server_close()


def listed(site, name, *accessions, **changes):
    """An entry of the API's list, of a complex of two chains."""
    composition = [
        {"identifierType": "uniprotAccession", "identifier": one, "stoichiometry": n}
        for one, n in Counter(accessions).items()
    ]
    return {
        "isComplex": True,
        "assemblyType": "Homo" if len(composition) == 1 else "Hetero",
        "oligomericState": "dimer",
        "complexComposition": composition,
        "modelEntityId": name,
        "latestVersion": 1,
        "cifUrl": f"{site.url}/files/{name}-model_v1.cif",
        "paeDocUrl": f"{site.url}/files/{name}-predicted_aligned_error_v1.json",
    } | changes


def monomer(site, accession):
    return {"isComplex": False, "modelEntityId": f"AF-{accession}-F1", "uniprotAccession": accession, "cifUrl": "x.cif"}


def answers(site, accession, *entries):
    body = json.dumps([monomer(site, accession), *entries]).encode()
    site.script[f"/api/prediction/{accession}"] = [(200, {}, body)]


def serve(site, name, chains, iptm=0.81):
    """Put the files of a complex, and the scores of its interface, on the site; give what they were made of."""
    made = Complex(chains)
    pae = [{"predicted_aligned_error": made.cut.tolist(), "max_predicted_aligned_error": 31.75}]
    scores = [{"modelEntityId": name, "complexPredictionAccuracy_ipTM": iptm, "complexPredictionAccuracy_ipSAE": 0.7}]
    site.script[f"/files/{name}-model_v1.cif"] = [(200, {}, made.cif().encode())]
    site.script[f"/files/{name}-predicted_aligned_error_v1.json"] = [(200, {}, json.dumps(pae).encode())]
    site.script[f"/api/complex/{name}"] = [(200, {}, json.dumps(scores).encode())]
    return made


@pytest.fixture
def panel(site, tmp_path, monkeypatch):
    """Give a way to make a panel whose proteins are prepared: receptors one and three, ligands two and one again."""
    monkeypatch.chdir(tmp_path)

    def made(**more):
        for name, accession in (("one", ONE), ("two", TWO), ("three", THREE), ("again", ONE)):
            write(f"{name}.pdb", Complex({"A": LETTERS[accession]}, seed=4).pdb())
        members = {"receptors": {"one": ONE, "three": THREE}, "ligands": {"two": TWO, "again": ONE}}
        config = {
            "backend": "cofold",
            "cofold": {"alphafold_db": True},
            "entries": {"alphafold": site.url},
        } | more
        for role, named in members.items():
            config[role] = [{"name": key, "entry": f"{key}.pdb", "uniprot": value} for key, value in named.items()]
        write("config.yaml", yaml.safe_dump(config))
        found = load_panel(read_config("config.yaml"), where="config.yaml")
        for protein in found.proteins:
            prepare(protein.entry.path, protein, Path("results/proteins", protein.name))
        return found

    return made


def rows():
    lines = [line.split(",") for line in Path("results/remote.csv").read_text().splitlines()[1:]]
    return {(receptor, ligand): record for receptor, ligand, _, record in lines}


def remote(panel):
    assert dock_remote(panel, "results", "results/remote.csv")
    return rows()


def test_pairs_of_two_proteins_and_of_one_are_found_by_accessions(site, panel):
    heavy = serve(site, HETERO, {"A": LETTERS[TWO], "B": LETTERS[ONE]})
    serve(site, HOMO, {"A": LETTERS[ONE], "B": LETTERS[ONE]}, iptm=0.4)
    large = listed(site, "AF-0000000068000003", ONE, ONE, TWO)
    answers(site, ONE, listed(site, HETERO, TWO, ONE), listed(site, HOMO, ONE, ONE), large)
    found = remote(panel())  # nothing is known of THREE: the site answers 404
    assert {pair for pair, record in found.items() if record} == {("one", "two"), ("one", "again")}
    assert set(found) == {("one", "two"), ("one", "again"), ("three", "two"), ("three", "again")}
    asked = Counter(urlsplit(path).path for path in site.asked)
    assert set(asked.values()) == {1}
    assert site.waited == [complexes.PAUSE_S] * (len(site.asked) - 1)
    assert f"/api/prediction/{TWO}" not in asked, "the receptor's list names both"
    assert "/files/AF-0000000068000003-model_v1.cif" not in asked
    assert f"/api/prediction/{ONE}?include_complexes=true" in site.asked
    kept = json.loads(Path(found["one", "two"]).read_text())
    assert (kept["program"], kept["models"][0]["numbers"]["iptm"]) == ("AlphaFold DB", 0.81)
    record = json.loads(Path("resources/alphafold_db", HETERO, "record.json").read_text())
    assert record["url"] == f"{site.url}/files/{HETERO}-model_v1.cif"
    assert record["retrieved"].endswith("+00:00")
    bodies = [ready(Path("results/proteins", name, "structure.pdb")) for name in ("one", "two")]
    docked = dock(BACKEND, *bodies, Request({}, result=Path("results/remote.csv")))
    assert docked.bodies[0].receptor.n_residues == len(LETTERS[ONE])
    assert docked.poses["confidence"].tolist() == [0.81]
    place = {one[0]: one[5] for one in heavy.atoms if one[3] == "CA" and one[1] == 1}
    apart = sum((a - b) ** 2 for a, b in zip(place["A"], place["B"], strict=True)) ** 0.5
    first, second = (
        body[body.atom_name == "CA"].coord[0] for body in (docked.bodies[0].receptor, docked.bodies[0].ligand)
    )
    assert abs(float(((first - second) ** 2).sum() ** 0.5) - apart) < 0.01
    third = [ready(Path("results/proteins", name, "structure.pdb")) for name in ("three", "two")]
    with pytest.raises(InputError, match="no prediction of this pair") as absent:
        dock(BACKEND, *third, Request({}, result=Path("results/remote.csv")))
    assert absent.value.where is None, "a table of the run's own is no place to look at"
    assert absent.value.hint == "run `crossdock cofold import FOLDER` with the folder of your predictions"
    with pytest.raises(InputError, match="no prediction of this pair") as absent:
        dock(BACKEND, *third, Request({}))
    assert absent.value.hint.endswith(", or give the pair's prediction.json with --result")
    # What the site has can steer a docking; a pair that it has nothing of is docked freely.
    guided = Docks(guide=("cofold", Path("results/remote.csv")))
    led, free = (
        steer(PairFiles.of_proteins(Path("results/proteins"), *pair), guided)
        for pair in (("one", "two"), ("three", "two"))
    )
    assert led.record.confidence == (0.81,)
    assert set(led.receptor.tolist()) == {0.0, 0.81}
    assert free is None


def test_what_was_asked_is_not_asked_again_and_serves_offline(site, panel, caplog):
    serve(site, HETERO, {"A": LETTERS[ONE], "B": LETTERS[TWO]})
    answers(site, ONE, listed(site, HETERO, ONE, TWO))
    first = remote(panel())
    site.asked.clear()
    assert remote(panel()) == first
    assert remote(panel(entries={"alphafold": site.url, "offline": True})) == first
    assert site.asked == []
    assert "entries: {offline: true}" in caplog.text
    assert "3 of 4 pairs have no prediction" in caplog.text


def test_an_import_comes_first(site, panel):
    answers(site, ONE, listed(site, HETERO, ONE, TWO))
    write("resources/cofold/one/two/prediction.json", {})
    assert ("one", "two") not in remote(panel())
    assert not any("/files/" in path for path in site.asked)


def test_a_complex_of_other_sequences_or_without_a_pae_is_not_used(site, panel, caplog):
    serve(site, HETERO, {"A": LETTERS[THREE], "B": LETTERS[TWO]})
    serve(site, HOMO, {"A": LETTERS[ONE], "B": LETTERS[ONE]})
    del site.script[f"/files/{HOMO}-predicted_aligned_error_v1.json"]
    answers(site, ONE, listed(site, HETERO, ONE, TWO), listed(site, HOMO, ONE, ONE))
    assert set(remote(panel()).values()) == {""}
    assert f"{HETERO} is not used: its sequences are not those of one and two" in caplog.text
    site.asked.clear()
    assert set(remote(panel()).values()) == {""}
    assert site.asked == []


def test_odd_entries_are_left_out(site, panel):
    odd = [
        listed(site, "../../etc/passwd", ONE, TWO),
        listed(site, "AF-1", ONE, TWO, complexComposition=None),
        listed(site, "AF-2", ONE, TWO, complexComposition=[{"identifier": ONE}, "x"]),
        listed(site, "AF-3", ONE, TWO, cifUrl=None),
        listed(site, "AF-4", ONE, TWO, isComplex=False),
    ]
    answers(site, ONE, *odd)
    assert set(remote(panel()).values()) == {""}
    assert not any("/files/" in path for path in site.asked)


@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b'{"error": 1}'), (200, {}, b"<html>")])
def test_a_site_that_fails_stops_the_run_so_that_nothing_is_missed(site, panel, answer):
    site.script[f"/api/prediction/{ONE}"] = [answer]
    with pytest.raises(SourceError, match="AlphaFold DB"):
        remote(panel())
    assert not Path("results/remote.csv").exists()


def test_it_is_asked_only_where_the_config_says_so(site, panel):
    quiet = panel(cofold={})
    with pytest.raises(InputError, match="no pair of the panel has a prediction"):
        may_start(quiet, [("one", "two")] * 4)
    assert set(remote(quiet).values()) == {""}
    assert site.asked == []
    may_start(panel(), [("one", "two")] * 4)
