"""Candidates for a protein, from a loopback server that answers as PDBe, RCSB and AlphaFold DB do."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from test_sources import Server

from crossdock.cli import main
from crossdock.errors import InputError, SourceError
from crossdock.panel import load_panel
from crossdock.structures import sources
from crossdock.structures.suggest import suggest


def row(entry, chain, start, end, *, method="X-ray diffraction", resolution=2.0, length=262, taxid=9606):
    """One mapping, with the keys that PDBe's best structures have."""
    return {
        "pdb_id": entry, "chain_id": chain, "start": 1, "end": end - start + 1, "unp_start": start, "unp_end": end,
        "coverage": round((end - start + 1) / length, 3), "resolution": resolution, "experimental_method": method,
        "tax_id": taxid, "preferred_assembly_id": 1,
    }  # fmt: skip


HGF = [  # in no order that would do
    row("2hgf", "A", 31, 127, method="Solution NMR", resolution=None, length=728),
    row("4d3c", "A", 32, 210, resolution=2.62, length=728),
    row("1nk1", "B", 28, 210, resolution=2.5, length=728),
    row("1nk1", "A", 28, 210, resolution=2.5, length=728),
    row("7mo7", "E", 32, 728, method="Electron Microscopy", resolution=4.8, length=728),
    row("1shy", "A", 495, 728, resolution=3.22, length=728),
]
ENTRIES = {
    "4D3C": [
        ("A", ["P14210"], "HEPATOCYTE GROWTH FACTOR"),
        ("H", None, "Fab heavy chain"),
        ("L", None, "Fab light chain"),
    ],
    "1SHY": [("A", ["P14210"], "Hepatocyte growth factor"), ("B", ["P08581"], "Hepatocyte growth factor receptor")],
}
MODEL = [{"entryId": "AF-P14210-F1", "uniprotAccession": "P14210", "uniprotStart": 1, "uniprotEnd": 728,
          "uniprotDescription": "Hepatocyte growth factor", "taxId": 9606, "cifUrl": "x.cif"}]  # fmt: skip


def graphql(handler):
    """Answer as RCSB's data API does: entries that it knows, in the order asked."""
    query = parse_qs(urlsplit(handler.path).query)["query"][0]
    asked = json.loads(query[query.index("[") : query.index("]") + 1])
    entries = [
        {
            "rcsb_id": entry,
            "struct": {"title": f"Structure of {entry}"},
            "polymer_entities": [
                {
                    "rcsb_polymer_entity": {"pdbx_description": text},
                    "rcsb_polymer_entity_container_identifiers": {"auth_asym_ids": [chain], "uniprot_ids": ids},
                }
                for chain, ids, text in ENTRIES.get(entry, [("A", ["P14210"], "Hepatocyte growth factor")])
            ],
        }
        for entry in asked
    ]
    body = json.dumps({"data": {"entries": entries}}).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def sites(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sources.time, "sleep", lambda seconds: None)
    server = Server()
    server.script = {
        "/pdbe/api/mappings/best_structures/P14210": [(200, {}, json.dumps({"P14210": HGF}).encode())],
        "/api/prediction/P14210": [(200, {}, json.dumps(MODEL).encode())],
    }

    class Routes(dict):
        def get(self, path, default):
            return [graphql] if path.startswith("/graphql?") and "/graphql" not in self else super().get(path, default)

    server.script = Routes(server.script)
    yield server
    server.http.shutdown()
    server.http.server_close()


def urls(server):
    return {"pdbe": server.url, "rcsb_data": server.url + "/", "alphafold": server.url}


def ask(server, accession="P14210", **options):
    return suggest(accession, urls=urls(server), **options)


def test_the_widest_comes_first_and_the_prediction_last(sites):
    found = ask(sites)
    assert [one.entry for one in found] == ["7mo7", "1nk1", "1shy", "4d3c", "2hgf", "alphafold:P14210"]
    assert found[1].chains == ("B", "A")
    assert found[0].coverage == pytest.approx(697 / 728, abs=0.001)


def test_a_range_that_is_needed_changes_the_order(sites):
    found = ask(sites, residues=(32, 210))
    # All three cover it whole: crystal structures by resolution, then electron microscopy.
    assert [one.entry for one in found] == ["1nk1", "4d3c", "7mo7", "2hgf", "alphafold:P14210"]
    assert [one.coverage for one in found] == [1.0, 1.0, 1.0, round(96 / 179, 3), 1.0]


def test_other_polymers_are_named(sites):
    found = {one.entry: one for one in ask(sites)}
    assert found["4d3c"].others == ("H: Fab heavy chain", "L: Fab light chain")
    assert found["1shy"].others == ("B: Hepatocyte growth factor receptor",)
    assert found["1nk1"].others == ()
    assert found["1nk1"].title == "Structure of 1NK1"


@pytest.mark.parametrize("answer", [(503, {}, b""), (200, {}, b"<html>"), (200, {}, b'{"errors": []}'), (400, {}, b"")])
def test_without_rcsb_the_list_is_shorter_but_there(sites, answer):
    sites.script["/graphql"] = []
    sites.script.get = lambda path, default: (
        [answer] if path.startswith("/graphql") else dict.get(sites.script, path, default)
    )
    found = ask(sites)
    assert found[0].entry == "7mo7"
    assert found[0].others is None


def test_without_an_experiment_there_is_the_model(sites):
    sites.script["/pdbe/api/mappings/best_structures/P14210"] = [(404, {}, b"{}")]
    assert [one.entry for one in ask(sites)] == ["alphafold:P14210"]
    assert not any(path.startswith("/graphql") for path in sites.asked)


def test_nothing_at_all_is_said(sites):
    with pytest.raises(InputError, match="no structure of P99999"):
        ask(sites, "P99999")
    with pytest.raises(InputError, match="'CD81' is not a UniProt accession"):
        ask(sites, "CD81")


@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b"<html>busy</html>")])
def test_pdbe_must_answer(sites, answer):
    sites.script["/pdbe/api/mappings/best_structures/P14210"] = [answer]
    with pytest.raises(SourceError, match="best_structures/P14210: could not be asked"):
        ask(sites)


@pytest.mark.parametrize("rows", [[], {}, None, [1, {"pdb_id": "1abc"}]])
def test_odd_answers_are_no_candidates(sites, rows):
    sites.script["/pdbe/api/mappings/best_structures/P14210"] = [(200, {}, json.dumps({"P14210": rows}).encode())]
    assert [one.entry for one in ask(sites)] == ["alphafold:P14210"]


def run(sites, *more):
    places = urls(sites)
    return main(["suggest", "P14210", "--pdbe", places["pdbe"], "--rcsb-data", places["rcsb_data"],
                 "--alphafold", places["alphafold"], *more])  # fmt: skip


def test_the_command_prints_a_table(sites, capsys):
    assert run(sites, "--residues", "32-210") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "structures of residues 32-210 of P14210, best first"
    assert lines[2].split() == ["entry", "chains", "residues", "covers", "method", "A", "with"]
    assert lines[4].startswith("4d3c")
    assert "H: Fab heavy chain" in lines[4]
    assert run(sites, "--residues", "210-32") == 2


def test_the_command_prints_a_config_block(sites, capsys):
    assert run(sites, "--yaml", "--residues", "32-210") == 0
    block = capsys.readouterr().out
    proteins = yaml.safe_load("receptors:\n" + block)["receptors"]
    assert proteins == [{"name": "P14210", "entry": "1nk1", "uniprot": "P14210"}]
    load_panel({"receptors": proteins, "ligands": [{"name": "CD81", "entry": "7mws"}]})
