"""Where the tests' own entries come from, of a server on loopback that has them as the archives have."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import gemmi
import pytest

import real_entries
from demo_entries import DEMO
from real_entries import NotAtHandError, RealEntries, missing, sites_of_tests
from sites import Server

TEXT = gzip.decompress((DEMO / "1emv.pdb.gz").read_bytes()).decode()
RECORDS = "HEADER    TOXIN                                   01-JAN-99   1SHY              \n"
WATER = "HETATM 9999  O   HOH A 999      50.000  50.000  50.000  1.00 10.00           O  \n"
# A two-fold axis along y.
TWOFOLD = "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A, B\n" + "".join(
    f"REMARK 350   BIOMT{row} {1 + turned:3d}{sign * (row == 1):10.6f}{1.0 * (row == 2):10.6f}{sign * (row == 3):10.6f}"
    f"{100.0 * turned * (row == 1):15.5f}\n"
    for turned, sign in enumerate((1.0, -1.0))
    for row in (1, 2, 3)
)


@pytest.fixture
def archive():
    server = Server()
    yield server
    server.http.shutdown()


@pytest.fixture
def source(archive, tmp_path):
    """Give a source of entries that has none but what the server has."""

    def make(run="one", **sites):
        own = {"rcsb": archive.url, "pdbe": "", "pdbj": "", "alphafold": archive.url, "rcsb_data": ""}
        return RealEntries(tmp_path / "given", tmp_path / "cache", own | sites, run)

    return make


def serve(archive, entry, text):
    archive.script[f"/download/{entry.upper()}.pdb.gz"] = [(200, {}, gzip.compress(text.encode()))]


def test_an_entry_that_is_given_is_not_asked_for(archive, source, tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given/1err.pdb").write_text(TEXT)
    assert source().path("1err") == tmp_path / "given/1err.pdb"
    assert archive.asked == []


def test_an_entry_is_downloaded_once_and_kept(archive, source):
    serve(archive, "1err", RECORDS + TEXT)
    path = source().path("1err")
    assert path.read_text() == RECORDS + TEXT
    asked = len(archive.asked)
    assert source().path("1err") == source("another session").path("1err") == path
    assert len(archive.asked) == asked


def test_another_site_of_the_archive_has_it_too(archive, source):
    archive.script["/pdbe/entry-files/download/pdb1err.ent"] = [(200, {}, TEXT.encode())]
    archive.script["/pub/pdb/data/structures/divided/pdb/xw/pdb1xwd.ent.gz"] = [(200, {}, gzip.compress(TEXT.encode()))]
    assert source(rcsb="http://127.0.0.1:9", pdbe=archive.url).path("1err").read_text() == TEXT
    assert source(rcsb="", pdbj=archive.url).path("1xwd").read_text() == TEXT


def test_parts_of_entries_are_atoms_alone(archive, source):
    serve(archive, "1shy", RECORDS + TEXT.removesuffix("END\n") + WATER)
    lines = source().path("1shy_B_MET").read_text().splitlines()
    assert {line[:6].strip() for line in lines} == {"ATOM", "TER"}
    wanted = [line[:54] for line in TEXT.splitlines() if line.startswith("ATOM") and line[21] == "B"]
    assert [line[12:54] for line in lines if line.startswith("ATOM")] == [line[12:54] for line in wanted]


def test_a_dimer_is_made_of_the_assembly(archive, source):
    serve(archive, "1tgj", TWOFOLD + TEXT)
    made = gemmi.read_structure(str(source().path("1tgj_tgfb3_dimer")))[0]
    assert [chain.name for chain in made] == ["A", "B", "C", "D"]
    for one, other in (("A", "C"), ("B", "D")):
        for atom, copy in zip(made[one].first_conformer(), made[other].first_conformer(), strict=True):
            (x, y, z), turned = atom[0].pos.tolist(), copy[0].pos.tolist()
            assert turned == pytest.approx([100 - x, y, -z], abs=1e-3)


def test_a_model_is_the_one_that_the_api_names(archive, source):
    models = [{"uniprotAccession": name, "pdbUrl": f"{archive.url}/{name}.pdb"} for name in ("P35372-2", "P35372")]
    archive.script["/api/prediction/P35372"] = [(200, {}, json.dumps(models).encode())]
    archive.script["/P35372.pdb"] = [(200, {}, TEXT.encode())]
    assert source().path("AF_oprm_human").read_text() == TEXT
    with pytest.raises(NotAtHandError, match=r"AF_oprd_human is neither in .* AlphaFold DB has not given P41143"):
        source().path("AF_oprd_human")


def test_whether_a_site_can_be_reached_is_asked_once_a_session(archive, source):
    archive.script["/download/*"] = [(503, {}, b"later")]
    for name in ("1err", "1xwd", "1err"):
        with pytest.raises(NotAtHandError, match=rf"{name} is neither in .*: no archive can be reached \(rcsb\)"):
            source().path(name)
    assert len(archive.asked) == 1
    serve(archive, "1err", TEXT)
    assert source("the next session").path("1err").read_text() == TEXT


def test_silence_does_not_last(archive, source, monkeypatch):
    monkeypatch.setattr(real_entries, "_LIMITS_S", (0.2, 0.2))
    waiting = Event()
    archive.script["/download/*"] = [lambda handler: waiting.wait(5)]
    with pytest.raises(NotAtHandError, match="no archive can be reached"):
        source().path("1err")
    waiting.set()


def test_an_entry_that_the_archive_lacks_is_not_asked_for_again(archive, source):
    entries = source()
    for _ in range(2):
        with pytest.raises(NotAtHandError, match="there is no PDB entry 1ERR"):
            entries.path("1err")
    assert archive.asked == ["/download/1ERR.pdb.gz"] * 2


def test_a_page_in_place_of_an_entry_is_not_kept(archive, source, tmp_path):
    serve(archive, "1err", "<html>Please log in</html>")
    with pytest.raises(NotAtHandError, match="could not be downloaded"):
        source().path("1err")
    assert not list((tmp_path / "cache").glob("*.pdb"))


def test_what_is_missing_is_a_failure_where_everything_must_be_there(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="1err is away"):
        missing("1err is away")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="1err is away; with CI=true nothing may be missing"):
        missing("1err is away")


def test_folder_and_mirrors_can_be_set(monkeypatch, tmp_path):
    for name in ("CROSSDOCK_TEST_ENTRIES", "CROSSDOCK_TEST_RCSB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert real_entries.cache_folder() == tmp_path / "crossdock-tests"
    assert sites_of_tests()["rcsb"] == "https://files.rcsb.org"
    monkeypatch.setenv("CROSSDOCK_TEST_ENTRIES", "/elsewhere")
    monkeypatch.setenv("CROSSDOCK_TEST_RCSB", "https://mirror.example.org")
    assert real_entries.cache_folder() == Path("/elsewhere")
    assert sites_of_tests()["rcsb"] == "https://mirror.example.org"


@pytest.mark.parametrize("there", [True, False])
def test_tests_of_benchmark_complexes_are_left_out_where_these_are_not(monkeypatch, pytestconfig, tmp_path, there):
    conftest = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(conftest, "SHARED", tmp_path / "data" if there else tmp_path / "none")
    path = Path(__file__)
    items = [SimpleNamespace(path=path, fixturenames=names) for names in (["shared", "benchmark"], ["tmp_path"])]
    kept, left_out = list(items), []
    hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
    conftest.pytest_collection_modifyitems(SimpleNamespace(hook=hook), kept)
    assert (kept, left_out) == ((items, []) if there else (items[1:], items[:1]))
