"""A protein given only by its accession, through Snakemake for real: chosen once, repeated by every rerun."""

import gzip
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from test_workflow import DNASE, planned, run, write_config

from crossdock.entries.sources import default_sites
from sites import Server

pytestmark = pytest.mark.workflow

STRUCTURE = "results/proteins/Im9/structure.pdb"
CHOICE, ENTRY = "resources/entries/uniprot/P13479.choice.json", "resources/entries/uniprot/P13479.cif.gz"
HEADER = (
    "DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX       3     85\n"
    "DBREF  1EMV B    1   133  UNP    P09883   CEA9_ECOLX     450    582\n"
)


def best(*entries):
    """What PDBe answers, the best resolution first."""
    rows = [
        {
            "pdb_id": entry,
            "chain_id": "A",
            "unp_start": 1,
            "unp_end": 86,
            "coverage": 1.0,
            "resolution": 1.7 + 0.1 * i,
            "experimental_method": "X-ray diffraction",
            "tax_id": 562,
        }
        for i, entry in enumerate(entries)
    ]
    return [(200, {}, json.dumps({"P13479": rows}).encode())]


@pytest.fixture
def sites(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    lines = gzip.decompress((files("crossdock.demo") / "1emv.pdb.gz").read_bytes())
    found = [(200, {}, gzip.compress(HEADER.encode() + lines))]
    server = Server()
    server.script = {
        "/pdbe/api/mappings/best_structures/P13479": best("1emv", "2gyk"),
        "/rcsbsearch/v2/query": [(204, {}, b"")],
        "/download/1EMV.cif.gz": found,
        "/download/2GYK.cif.gz": found,
    }
    yield server
    server.http.shutdown()
    server.http.server_close()


def write(folder, sites, **entries):
    im9 = {"name": "Im9", "uniprot": "P13479", "organism": 562}
    write_config(folder, [im9], receptors=[DNASE], entries=dict.fromkeys(default_sites(), sites.url) | entries)


def plan(folder, *arguments):
    return planned(folder, *arguments, target=STRUCTURE)


@pytest.mark.measurement
def test_a_structure_is_chosen_once(sites, tmp_path):
    write(tmp_path, sites)
    assert plan(tmp_path) == {"choose": 1, "fetch": 1, "prepare": 1}
    run(tmp_path, target=STRUCTURE)
    choice = json.loads((tmp_path / CHOICE).read_text())
    assert (choice["entry"], [one["entry"] for one in choice["candidates"]]) == ("1emv", ["1emv", "2gyk"])
    origin = json.loads((tmp_path / "results/proteins/Im9/protein.json").read_text())["entry"]
    assert (origin["source"], origin["id"], origin["url"]) == ("rcsb", "1emv", f"{sites.url}/download/1EMV.cif.gz")
    assert (origin["chosen"]["accession"], origin["chosen"]["candidates"]) == ("P13479", 2)
    assert origin["chosen"]["why"] == "x-ray diffraction at 1.7 A, residues 1-86, 100 % of the requested range"

    # The sites know a better one now, and lie elsewhere: a rerun keeps to what was chosen.
    sites.script["/pdbe/api/mappings/best_structures/P13479"] = best("2gyk", "1emv")
    write(tmp_path, sites, rcsb=sites.url + "/download/{ID}.cif.gz")
    assert plan(tmp_path) == {}
    assert plan(tmp_path, "--forceall") == {"fetch": 1, "prepare": 1}

    # Another choice, written into the record by hand.
    text = (tmp_path / CHOICE).read_text()
    (tmp_path / CHOICE).write_text(text.replace('"entry": "1emv",\n "chosen"', '"entry": "2gyk",\n "chosen"'))
    assert plan(tmp_path) == {"fetch": 1, "prepare": 1}
    run(tmp_path, target=STRUCTURE)
    assert json.loads((tmp_path / "results/proteins/Im9/protein.json").read_text())["entry"]["id"] == "2gyk"

    # And chosen anew on demand.
    (tmp_path / CHOICE).unlink()
    counts = plan(tmp_path, "--forcerun", "choose")
    assert counts["choose"] == 1
    assert {"fetch", "prepare", "dock"} <= counts.keys()


@pytest.mark.measurement
def test_offline_what_is_missing_is_named_before_any_work(sites, tmp_path):
    write(tmp_path, sites, offline=True)
    text = run(tmp_path, target=STRUCTURE, code=2)
    assert f"there is no file {ENTRY}" in text
    assert not (tmp_path / "results").exists()
    write(tmp_path, sites)
    run(tmp_path, target=STRUCTURE)
    write(tmp_path, sites, offline=True)
    asked = len(sites.asked)
    shutil.rmtree(tmp_path / ".snakemake")
    shutil.rmtree(tmp_path / "results")
    run(tmp_path, target=STRUCTURE)
    assert len(sites.asked) == asked
    # Chosen by hand since, the entry at hand is another.
    path = Path(tmp_path / CHOICE)
    path.write_text(path.read_text().replace('"entry": "1emv",\n "chosen"', '"entry": "2gyk",\n "chosen"'))
    assert f"there is no file {ENTRY}" in run(tmp_path, target=STRUCTURE, code=2)
    assert (tmp_path / ENTRY).is_file()
