"""A panel from names, through a loopback server that answers as UniProt, PDBe, RCSB and AlphaFold DB do."""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path

import pytest

from crossdock.cli import main
from crossdock.entries import download
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.spreadsheet import read_sheet
from crossdock.structures.prepare import inspect
from real_entries import real
from sites import Server, uniprot, uniprot_entry

DEMO = resources.files("crossdock.demo")
SITES = ("rcsb", "pdbe", "pdbj", "alphafold", "rcsb_data", "rcsb_search", "uniprot")


def sequence_of(entry, chain):
    """What a demo entry, which has no records of UniProt's, holds."""
    return inspect(str(DEMO / f"{entry}.pdb.gz")).sequences[chain]


def whole(entry, chain):
    sequence = sequence_of(entry, chain)
    return {"value": sequence, "length": len(sequence)}


def gene(accession, symbol, *synonyms, **changes):
    genes = [{"geneName": {"value": symbol}, "synonyms": [{"value": one} for one in synonyms]}]
    return uniprot_entry(accession, uniProtkbId=f"{symbol}_HUMAN", genes=genes, features=[], **changes)


def listed(entry, chain):
    row = {"pdb_id": entry, "chain_id": chain, "unp_start": 1, "unp_end": 200, "coverage": 1.0, "resolution": 2.0}
    return [row | {"experimental_method": "X-ray diffraction", "tax_id": 9606}]


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(download, "FIRST_WAIT_S", 0.01)
    server = Server()
    entries = [
        gene("P00760", "TRY1", sequence=whole("1ppe", "A")),
        gene("P01074", "CMTI", "AR2", sequence=whole("1ppe", "B")),
        gene("P23945", "AR2B", "ERA"),
        gene("P10275", "XR", "ERA"),
        gene("P13479", "IMM9", sequence=whole("1emv", "A")),
        gene("P09883", "COL9"),
        gene("P2RY12", "OTHER"),
        gene("Q9H244", "P2RY12"),
    ]
    server.script["/uniprotkb/search"] = uniprot(entries, page=2)
    for accession, entry, chain in (("P00760", "1ppe", "A"), ("P01074", "1ppe", "B"), ("P13479", "1emv", "A")):
        path = f"/pdbe/api/mappings/best_structures/{accession}"
        server.script[path] = [(200, {}, json.dumps({accession: listed(entry, chain)}).encode())]
    for entry in ("1ppe", "1emv"):
        content = gzip.decompress((DEMO / f"{entry}.pdb.gz").read_bytes())
        server.script[f"/download/{entry.upper()}.cif.gz"] = [(200, {}, gzip.compress(content))]
    yield server
    server.http.shutdown()


def start(server, *words, url=None):
    sites = [text for one in SITES for text in (f"--{one.replace('_', '-')}", url or server.url)]
    return main(["init", "panel", *words, *sites])


def rows(role, folder="panel"):
    sheet = read_sheet(f"{folder}/{role}.tsv", "table", remarks=True)
    return {cells[0]: dict(zip(sheet.header, cells, strict=True)) for _, cells in sheet.rows}


def test_from_names_to_a_panel_that_is_accepted(site, monkeypatch, capsys):
    assert start(site, "--receptors", "TRY1", "--ligands", "P01074", "imm9_human") == 0
    assert (rows("receptors")["TRY1"]["entry"], rows("receptors")["TRY1"]["chains"]) == ("1ppe", "A")
    cmti, imm9 = rows("ligands")["CMTI"], rows("ligands")["IMM9"]
    assert (cmti["gene"], cmti["uniprot"], cmti["chains"]) == ("CMTI", "P01074", "B")
    assert (imm9["entry"], imm9["chains"]) == ("1emv", "A")
    assert "decide" not in cmti
    assert "crossdock run" in capsys.readouterr().out
    # A few questions for all names, not one a name.
    assert sum(path.startswith("/uniprotkb/search") for path in site.asked) <= 6
    monkeypatch.chdir("panel")
    config = read_config("config.yaml")
    assert config["entries"]["rcsb"] == config["evidence"]["uniprot"] == site.url
    assert load_panel(config).protein("CMTI").gene == "CMTI"
    assert main(["check"]) == 0
    assert json.loads(Path("resources/entries/uniprot/P00760.choice.json").read_text())["entry"] == "1ppe"


def test_what_may_be_several_proteins_is_left_to_people(site, monkeypatch, capsys):
    assert start(site, "--receptors", "ERA", "P2RY12", "nosuch", "9-Sep", "8-Sep", "--ligands", "AR2") == 0
    capsys.readouterr()
    found = rows("receptors")
    assert "P23945" in found["ERA"]["decide"]
    assert "P10275" in found["ERA"]["decide"]
    assert "Q9H244" in found["P2RY12"]["decide"]  # a gene that has the form of an accession
    assert "nosuch" in found["nosuch"]["decide"]
    assert "date" in found["9-Sep"]["decide"]
    assert rows("ligands")["AR2"]["uniprot"] == "P01074"  # a synonym, where no gene is called so
    monkeypatch.chdir("panel")
    assert main(["check"]) == 2
    said = capsys.readouterr().err
    assert said.count("empty `decide`") == 5
    assert found["ERA"]["decide"][:60] in said


def test_nothing_is_overwritten_unless_asked(site, capsys):
    assert start(site, "--receptors", "TRY1", "--ligands", "CMTI") == 0
    before = Path("panel/config.yaml").read_bytes()
    assert start(site, "--receptors", "IMM9", "--ligands", "CMTI") == 2
    assert "nothing was written" in capsys.readouterr().err
    assert Path("panel/config.yaml").read_bytes() == before
    assert start(site, "--force", "--receptors", "IMM9", "--ligands", "CMTI") == 0
    assert Path("panel/config.yaml.bak").read_bytes() == before
    assert "IMM9" in rows("receptors")


@pytest.mark.parametrize("status", [400, 404, 429, 503])
def test_a_site_that_does_not_answer(site, status):
    site.script = {"/*": [(status, {"Retry-After": "0"}, b"")]}
    assert start(site, "--receptors", "FSHR", "--ligands", "P01074") == 0
    assert rows("receptors")["FSHR"]["decide"]
    if status != 400:
        assert rows("ligands")["P01074"]["uniprot"] == "P01074"


def test_a_folder_of_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    whole = gzip.decompress((DEMO / "1ppe.pdb.gz").read_bytes()).decode().splitlines(keepends=True)
    atoms = [line for line in whole if line.startswith("ATOM") and line[21] == "B"]
    for rank in (1, 2):
        Path(f"models/CMTI_unrelaxed_rank_00{rank}_alphafold2_ptm_model_{rank}_seed_000.pdb").write_text("".join(atoms))
    Path("models/two.pdb").write_text("".join(whole))
    Path("models/broken.cif").write_text("data_x\nloop_\n")
    assert main(["init", "panel", "--offline", "--receptors", "models", "--ligands", "models/"]) == 0
    out = capsys.readouterr().out
    found = rows("ligands")
    assert set(found) == {"CMTI", "two", "broken"}
    assert found["CMTI"]["chains"] == "B"
    assert not found["CMTI"]["decide"]
    assert "2 different proteins" in found["two"]["decide"]
    assert found["broken"]["decide"]
    assert out.count("2 different proteins") == 1
    assert "rank_002" in Path("panel/ligands.tsv").read_text()
    monkeypatch.chdir("panel")
    assert main(["check"]) == 2
    assert capsys.readouterr().err.count("2 different proteins") == 1


def test_a_dimer_that_disulfides_link_stays_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [str(real(name)) for name in ("1tgj_tgfb3_dimer", "2vpf_vegfa_dimer", "1a52")]
    assert main(["init", "panel", "--offline", "--receptors", *files[:2], "--ligands", files[2]]) == 0
    assert {name: row["chains"] for name, row in rows("receptors").items()} == {
        "1tgj_tgfb3_dimer": "A B",
        "2vpf_vegfa_dimer": "G H",
    }
    assert rows("ligands")["1a52"]["chains"] == "A"  # two copies that nothing links


def test_a_gene_alone_is_refused_with_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("receptors: [{name: a, gene: FSHR}]\nligands: [{name: t, entry: 'demo:1ppe'}]\n")
    assert main(["check"]) == 2
    assert "crossdock init" in capsys.readouterr().err


def test_one_sentence_of_two_proteins_is_said_of_both(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "panel", "--offline", "--receptors", "FSHR", "ESR1", "--ligands", "demo:1ppe"]) == 0
    assert "2 different proteins" in rows("ligands")["1PPE"]["decide"]
    capsys.readouterr()
    monkeypatch.chdir("panel")
    assert main(["check"]) == 2
    assert capsys.readouterr().err.count("empty `decide`") == 3
