"""Candidates for a protein, from a loopback server that answers as PDBe, RCSB and AlphaFold DB do."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from crossdock.cli import main
from crossdock.entries import download
from crossdock.entries.choice import read_choice, recorded, write_choice
from crossdock.entries.sources import default_sites
from crossdock.entries.suggest import suggest
from crossdock.errors import InputError, SourceError
from crossdock.panel.panel import load_panel
from crossdock.panel.proteins import Entry
from sites import Server


def row(entry, chain, start, end, *, method="X-ray diffraction", resolution=2.0, length=262, taxid=9606):
    """One mapping, with the keys that PDBe's best structures have."""
    return {
        "pdb_id": entry,
        "chain_id": chain,
        "start": 1,
        "end": end - start + 1,
        "unp_start": start,
        "unp_end": end,
        "coverage": round((end - start + 1) / length, 3),
        "resolution": resolution,
        "experimental_method": method,
        "tax_id": taxid,
        "preferred_assembly_id": 1,
    }


HGF = [  # in no order that would do
    row("2hgf", "A", 31, 127, method="Solution NMR", resolution=None, length=728),
    row("4d3c", "A", 32, 210, resolution=2.62, length=728),
    row("1nk1", "B", 28, 210, resolution=2.5, length=728),
    row("1nk1", "A", 28, 210, resolution=2.5, length=728),
    row("7mo7", "E", 32, 728, method="Electron Microscopy", resolution=4.8, length=728),
    row("1shy", "A", 495, 728, resolution=3.22, length=728),
]
LISTED = ["4d3c", "1nk1", "9abc", "2hgf"]  # RCSB's own list: one that PDBe does not have yet
#: Polymers of entries that have more than the protein: chains, accessions, organism, description, where on P14210.
ENTRIES = {
    "4D3C": [
        ("A", ["P14210"], 9606, "HEPATOCYTE GROWTH FACTOR", [(32, 179)]),
        ("H", None, 10090, "Fab heavy chain", []),
        ("L", None, 10090, "Fab light chain", []),
    ],
    "1SHY": [
        ("A", ["P14210"], 9606, "Hepatocyte growth factor", [(495, 234)]),
        ("B", ["P08581"], 9606, "Hepatocyte growth factor receptor", []),
    ],
    "9ABC": [("X", ["P14210"], 9606, "Hepatocyte growth factor", [(31, 100), (140, 71)])],
}
MODEL = [
    {
        "entryId": "AF-P14210-F1",
        "uniprotAccession": "P14210",
        "uniprotStart": 1,
        "uniprotEnd": 728,
        "uniprotDescription": "Hepatocyte growth factor",
        "taxId": 9606,
        "cifUrl": "x.cif",
    }
]


def reply(handler, status, answer=None):
    body = b"" if answer is None else json.dumps(answer).encode()
    handler.send_response(status)
    if status != 204:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def graphql(handler):
    """Answer as RCSB's data API does: entries that it knows, in the order asked, with the fields that are asked for."""
    query = parse_qs(urlsplit(handler.path).query)["query"][0]
    fields = set(re.findall(r"[a-z_]+", query))
    if query.count("{") != query.count("}"):
        reply(handler, 400, {"errors": ["syntax"]})
        return

    def only(value):
        if isinstance(value, list):
            return [only(one) for one in value]
        return {key: only(one) for key, one in value.items() if key in fields} if isinstance(value, dict) else value

    asked = json.loads(query[query.index("[") : query.index("]") + 1])
    entries = [
        {
            "rcsb_id": entry,
            "struct": {"title": f"Structure of {entry}"},
            "exptl": [{"method": "X-RAY DIFFRACTION"}],
            "rcsb_entry_info": {"resolution_combined": [1.9]},
            "polymer_entities": [
                {
                    "rcsb_polymer_entity": {"pdbx_description": text},
                    "rcsb_entity_source_organism": [{"ncbi_taxonomy_id": taxid}],
                    "rcsb_polymer_entity_container_identifiers": {"auth_asym_ids": [chain], "uniprot_ids": ids},
                    "rcsb_polymer_entity_align": [
                        {
                            "reference_database_accession": "P14210",
                            "aligned_regions": [{"ref_beg_seq_id": start, "length": n} for start, n in regions],
                        }
                    ]
                    if regions
                    else None,
                }
                for chain, ids, taxid, text, regions in ENTRIES.get(
                    entry, [("A", ["P14210"], 9606, "Hepatocyte growth factor", [(28, 183)])]
                )
            ],
        }
        for entry in asked
    ]
    protein = {"rcsb_uniprot_protein": {"sequence": "M" * 728}} if 'uniprot(uniprot_id:"P14210")' in query else None
    reply(handler, 200, {"data": {"entries": only(entries), "uniprot": protein and only(protein)}})


def search(handler):
    """Answer as RCSB's search API does: 400 to what it does not understand, 204 where there is nothing."""
    request = json.loads(parse_qs(urlsplit(handler.path).query)["json"][0])
    nodes = {
        node["parameters"]["attribute"].rpartition(".")[2]: node["parameters"] for node in request["query"]["nodes"]
    }
    understood = request["return_type"] == "entry" and nodes["database_name"]["value"] == "UniProt"
    if not understood or nodes["database_accession"]["operator"] != "exact_match":
        reply(handler, 400, {"status": 400})
    elif nodes["database_accession"]["value"] != "P14210":
        reply(handler, 204)
    else:
        rows = [{"identifier": entry.upper(), "score": 1.0} for entry in LISTED]
        reply(handler, 200, {"result_type": "entry", "total_count": len(rows), "result_set": rows})


PDBE, SEARCH = "/pdbe/api/mappings/best_structures/P14210", "/rcsbsearch/v2/query"
MODELS = "/api/prediction/P14210"
DOWN = [(503, {}, b""), (400, {}, b""), (200, {}, b"<html>busy</html>"), (200, {}, b"[7]")]


@pytest.fixture
def sites(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    server = Server()
    server.script = {
        PDBE: [(200, {}, json.dumps({"P14210": HGF}).encode())],
        MODELS: [(200, {}, json.dumps(MODEL).encode())],
        SEARCH: [search],
        "/graphql": [graphql],
    }
    yield server
    server.http.shutdown()
    server.http.server_close()


def urls(server):
    return dict.fromkeys(default_sites(), server.url + "/")


def ask(server, accession="P14210", **options):
    return suggest(accession, sites=urls(server), **options)


def names(found):
    return [one.entry for one in found.candidates]


def test_the_widest_comes_first_and_the_prediction_last(sites):
    found = ask(sites)
    assert names(found) == ["7mo7", "1nk1", "1shy", "9abc", "4d3c", "2hgf", "alphafold:P14210"]
    assert found.candidates[1].chains == ("B", "A")
    assert found.candidates[0].coverage == pytest.approx(697 / 728, abs=0.001)
    assert found.notes == ()


def test_a_range_that_is_needed_changes_the_order(sites):
    found = ask(sites, residues=(32, 210))
    # All of the first four cover it whole: crystal structures by resolution, then electron microscopy.
    assert names(found) == ["9abc", "1nk1", "4d3c", "7mo7", "2hgf", "alphafold:P14210"]
    assert [one.coverage for one in found.candidates] == [1.0, 1.0, 1.0, 1.0, round(96 / 179, 3), 1.0]


def test_an_entry_that_only_rcsb_lists_is_a_candidate(sites):
    (one,) = (one for one in ask(sites).candidates if one.entry == "9abc")
    assert (one.chains, one.start, one.end, one.method, one.resolution) == (("X",), 31, 210, "x-ray diffraction", 1.9)
    assert one.coverage == round(180 / 728, 3)
    assert (one.taxid, one.title, one.others) == (9606, "Structure of 9ABC", ())


def test_among_equals_fewer_other_polymers_come_first(sites):
    # 2.62 and 2.70 A are one class of resolution; 4d3c has an antibody in it.
    rows = [row("4d3c", "A", 32, 210, resolution=2.62), row("1gmn", "A", 32, 210, resolution=2.7)]
    sites.script |= {PDBE: [(200, {}, json.dumps({"P14210": rows}).encode())], SEARCH: [(204, {}, b"")]}
    assert names(ask(sites, residues=(32, 210))) == ["1gmn", "4d3c", "alphafold:P14210"]


def test_other_polymers_are_named(sites):
    found = {one.entry: one for one in ask(sites).candidates}
    assert found["4d3c"].others == ("H: Fab heavy chain", "L: Fab light chain")
    assert found["1shy"].others == ("B: Hepatocyte growth factor receptor",)
    assert found["1nk1"].others == ()
    assert found["1nk1"].title == "Structure of 1NK1"


@pytest.mark.parametrize("answer", [*DOWN, (200, {}, b'{"errors": []}'), (200, {}, b'{"data": {"entries": [3]}}')])
def test_without_rcsbs_data_the_list_is_shorter_but_there(sites, answer):
    sites.script["/graphql"] = [answer]
    found = ask(sites)
    assert names(found) == ["7mo7", "1nk1", "1shy", "4d3c", "2hgf", "alphafold:P14210"]
    assert found.candidates[0].others is None
    assert "RCSB's data" in found.notes[0]
    assert found.notes[1] == "1 more entries of RCSB's search could not be examined: 9abc"


@pytest.mark.parametrize("answer", DOWN)
def test_without_rcsbs_search_pdbe_will_do(sites, answer):
    sites.script[SEARCH] = [answer]
    found = ask(sites)
    assert names(found) == ["7mo7", "1nk1", "1shy", "4d3c", "2hgf", "alphafold:P14210"]
    assert found.candidates[3].others == ("H: Fab heavy chain", "L: Fab light chain")
    assert found.notes[0].startswith("RCSB's search (http")


@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b"<html>busy</html>")])
def test_without_pdbe_rcsb_will_do(sites, answer):
    sites.script[PDBE] = [answer]
    found = ask(sites)
    assert names(found) == ["1nk1", "2hgf", "9abc", "4d3c", "alphafold:P14210"]
    assert found.candidates[0].coverage == round(183 / 728, 3)
    assert found.notes[0].startswith("PDBe (http")


@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b"<html>busy</html>")])
def test_pdbe_or_rcsb_must_answer(sites, answer):
    sites.script |= {PDBE: [answer], SEARCH: [answer]}
    with pytest.raises(SourceError, match=r"P14210 could not be looked up\n  PDBe \(.*\n  RCSB's search \("):
        ask(sites)


@pytest.mark.parametrize("answer", DOWN)
def test_without_alphafold_there_are_experiments(sites, answer):
    sites.script[MODELS] = [answer]
    found = ask(sites)
    assert names(found)[-1] == "2hgf"
    assert "AlphaFold DB" in found.notes[0]


def test_a_site_that_is_busy_is_asked_again(sites):
    sites.script[PDBE].insert(0, (503, {}, b""))
    sites.script[SEARCH].insert(0, (429, {"Retry-After": "1"}, b""))
    found = ask(sites)
    assert (len(found.candidates), found.notes) == (7, ())


def test_a_site_left_out_is_not_asked(sites):
    found = suggest("P14210", sites=urls(sites) | {"rcsb_search": ""})
    assert found.notes == ("RCSB's search (no URL) gave no result: the site is disabled",)
    assert not any(path.startswith(SEARCH) for path in sites.asked)


def test_without_an_experiment_there_is_the_model(sites):
    sites.script |= {PDBE: [(404, {}, b"{}")], SEARCH: [(204, {}, b"")]}
    assert names(ask(sites)) == ["alphafold:P14210"]
    assert not any(path.startswith("/graphql") for path in sites.asked)


def test_nothing_at_all_is_said(sites):
    with pytest.raises(InputError, match="no structure of P99999"):
        ask(sites, "P99999")
    with pytest.raises(InputError, match="'CD81' is not a UniProt accession"):
        ask(sites, "CD81")


def test_nothing_found_where_not_all_could_be_asked_is_no_answer(sites):
    sites.script[SEARCH] = [(503, {}, b"")]
    with pytest.raises(SourceError, match=r"no structure of P99999 was found:\n  RCSB's search"):
        ask(sites, "P99999")


@pytest.mark.parametrize("rows", [[], {}, None, [1, {"pdb_id": "1abc"}]])
def test_odd_answers_are_no_candidates(sites, rows):
    sites.script |= {PDBE: [(200, {}, json.dumps({"P14210": rows}).encode())], SEARCH: [(204, {}, b"")]}
    assert names(ask(sites)) == ["alphafold:P14210"]


# --- the choice


def test_a_choice_is_recorded_with_what_there_was_to_choose_from(sites, tmp_path):
    path = tmp_path / "uniprot/P14210_32-210.choice.json"
    found = ask(sites, residues=(32, 210))
    write_choice(path, found)
    entry, chosen = read_choice(path)
    assert entry == Entry("rcsb", "9abc")
    assert chosen["why"] == "x-ray diffraction at 1.9 A, residues 31-210, 100 % of the requested range"
    assert (chosen["accession"], chosen["residues"], chosen["candidates"]) == ("P14210", [32, 210], 6)
    assert chosen["chosen"].endswith("+00:00")
    assert recorded("p14210", (32, 210), path) == found


def test_another_choice_can_be_written_into_the_record(sites, tmp_path):
    path = tmp_path / "choice.json"
    write_choice(path, ask(sites))
    text = path.read_text()
    path.write_text(text.replace('"entry": "7mo7",\n "chosen"', '"entry": "1nk1",\n "chosen"'))
    assert read_choice(path)[0] == Entry("rcsb", "1nk1")
    assert read_choice(path)[1]["why"].startswith("x-ray diffraction at 2.5 A, residues 28-210")
    path.write_text(text.replace('"entry": "7mo7",\n "chosen"', '"entry": "1xyz",\n "chosen"'))
    assert read_choice(path)[1]["why"] == "edited by hand"


RECORD = '{"accession": "P14210", "residues": null, "entry": "%s", "chosen": "", "candidates": [], "notes": []}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read which entry was chosen: No such file"),
        ("<html>", "not a file of `crossdock suggest -o`"),
        ("[]", "not a file of `crossdock suggest -o`"),
        ('{"entry": "7mws"}', "not a file of `crossdock suggest -o`"),
        (RECORD.replace("[]", "[7]") % "7mws", "not a file of `crossdock suggest -o`"),
        (RECORD % "7mwss", "'7mwss' cannot be a PDB id"),
        (RECORD % "demo:1ppe", "expected a PDB id or alphafold:ACCESSION"),
    ],
)
def test_what_is_no_choice(tmp_path, text, message):
    path = tmp_path / "choice.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_choice(path)
    assert error.value.where == str(path)


def test_offline_a_broken_record_is_said(tmp_path):
    (tmp_path / "choice.json").write_text("<html>")
    with pytest.raises(InputError, match="not a file of"):
        recorded("P14210", None, tmp_path / "choice.json")


# --- the command


def run(sites, *more):
    places = [f"--{site.replace('_', '-')}={url}" for site, url in urls(sites).items()]
    return main(["suggest", "P14210", *places, *more])


def test_the_command_prints_a_table(sites, capsys):
    sites.script[MODELS] = [(400, {}, b"")]
    assert run(sites, "--residues", "32-210") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "structures of residues 32-210 of P14210, best first"
    assert lines[2].split() == ["entry", "chains", "residues", "covers", "method", "A", "with"]
    assert lines[5].startswith("4d3c")
    assert "H: Fab heavy chain" in lines[5]
    assert lines[-2].startswith("note: AlphaFold DB")
    assert run(sites, "--residues", "210-32") == 2


def test_the_command_prints_a_config_block(sites, capsys):
    assert run(sites, "--yaml", "--residues", "32-210") == 0
    block = capsys.readouterr().out
    assert "# chosen for residues 32-210 of P14210; `residues:` uses the entry's own numbers" in block
    proteins = yaml.safe_load("receptors:\n" + block)["receptors"]
    assert proteins == [{"name": "P14210", "entry": "9abc", "uniprot": "P14210"}]
    load_panel({"receptors": proteins, "ligands": [{"name": "CD81", "entry": "7mws"}]})


def test_offline_the_command_shows_what_was_recorded(sites, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = "resources/entries/uniprot/P14210_32-210.choice.json"
    assert run(sites, "--residues", "32-210", "--offline") == 1
    assert f"there is no file {path}" in capsys.readouterr().err
    assert sites.asked == []
    assert run(sites, "--residues", "32-210", "-o", path) == 0
    table, asked = capsys.readouterr().out, len(sites.asked)
    assert run(sites, "--residues", "32-210", "--offline") == 0
    assert capsys.readouterr().out == table
    assert len(sites.asked) == asked
