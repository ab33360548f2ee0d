"""Fetching against a real HTTP server on loopback that misbehaves on purpose."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading

import pytest

from crossdock.entries import download, sources
from crossdock.entries.sources import fetch, read_record, record_path
from crossdock.errors import SourceError, StructureError
from crossdock.panel.proteins import Entry
from sites import Server

CIF = b"data_7MWS\n#\nloop_\n_atom_site.group_PDB\n_atom_site.id\nATOM 1\n#\n" + b"# filling\n" * 500
PDB = b"ATOM      1  N   ALA A   1      11.104   6.134  -6.504  1.00  0.00           N\nEND\n"
ENTRY = Entry("rcsb", "7mws")


@pytest.fixture
def server(monkeypatch):
    # A proxy of the machine's environment must not stand between the test and its server.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def waits(monkeypatch):
    waited = []
    monkeypatch.setattr(download.time, "sleep", waited.append)
    return waited


#: The sites that are not asked; nothing of the real ones may be.
SILENT = dict.fromkeys(sources.default_sites(), "")


def get(server, out, *, entry=ENTRY, mirrors=False, **options):
    asked = {"rcsb": server.url, "alphafold": server.url, "rcsb_data": server.url}
    if mirrors:
        asked |= {"pdbe": server.url, "pdbj": server.url + "/"}
    fetch(entry, out, sites=SILENT | asked, **options)


def test_an_entry_is_written_with_its_record_beside_it(server, tmp_path):
    server.script["/download/7MWS.cif.gz"] = [(200, {}, gzip.compress(CIF))]
    out = tmp_path / "rcsb" / "7mws.cif.gz"
    get(server, out)
    assert gzip.decompress(out.read_bytes()) == CIF
    record = read_record(out)
    assert record_path(out) == tmp_path / "rcsb" / "7mws.json"
    assert record["source"] == "rcsb"
    assert record["id"] == "7mws"
    assert record["url"] == server.url + "/download/7MWS.cif.gz"
    assert record["site"] == "rcsb"
    assert record["failed"] == []
    assert record["sha256"] == hashlib.sha256(CIF).hexdigest()
    assert record["bytes"] == len(CIF)
    assert record["retrieved"].endswith("+00:00")


def test_the_same_entry_gives_the_same_file_however_it_was_packed(server, tmp_path):
    server.script["/download/7MWS.cif.gz"] = [(200, {}, gzip.compress(CIF, mtime=5)), (200, {}, CIF)]
    get(server, tmp_path / "a.cif.gz")
    get(server, tmp_path / "b.cif.gz")
    assert (tmp_path / "a.cif.gz").read_bytes() == (tmp_path / "b.cif.gz").read_bytes()


def test_content_that_the_server_itself_compresses_is_read(server, tmp_path):
    server.script["/download/7MWS.cif.gz"] = [(200, {"Content-Encoding": "gzip"}, gzip.compress(CIF))]
    get(server, tmp_path / "7mws.cif.gz")
    assert read_record(tmp_path / "7mws.cif.gz")["bytes"] == len(CIF)


def test_a_mirror_with_places_to_fill_in(server, tmp_path):
    server.script["/divided/mw/7mws.cif.gz"] = [(200, {}, gzip.compress(CIF))]
    out = tmp_path / "7mws.cif.gz"
    fetch(ENTRY, out, sites=SILENT | {"rcsb": server.url + "/divided/{middle}/{id}.cif.gz"})
    assert read_record(out)["url"].endswith("/divided/mw/7mws.cif.gz")


def test_an_unknown_entry_is_not_asked_for_twice(server, tmp_path, waits):
    out = tmp_path / "7mws.cif.gz"
    with pytest.raises(SourceError, match="no PDB entry 7MWS") as error:
        get(server, out, mirrors=True)
    message = str(error.value)
    assert server.url + "/download/7MWS.cif.gz" in message
    assert "misspelt?" in message
    assert str(out) in message
    assert "entries: {rcsb: URL}" in message
    # Nor does a mirror know more; RCSB is asked whether the entry is obsolete.
    assert server.asked == ["/download/7MWS.cif.gz", "/rest/v1/holdings/removed/7MWS"]
    assert waits == []
    assert list(tmp_path.iterdir()) == []


def test_a_busy_server_is_given_the_time_that_it_asks_for(server, tmp_path, waits):
    good = (200, {}, gzip.compress(CIF))
    server.script["/download/7MWS.cif.gz"] = [(429, {"Retry-After": "7"}, b""), (503, {}, b"busy"), good]
    get(server, tmp_path / "7mws.cif.gz")
    assert waits == [7.0, 2.0]


def test_a_server_cannot_ask_to_wait_for_hours(server, tmp_path, waits):
    server.script["/download/7MWS.cif.gz"] = [(429, {"Retry-After": "86400"}, b"")]
    with pytest.raises(SourceError, match="429"):
        get(server, tmp_path / "7mws.cif.gz", retries=2)
    assert waits == [30.0, 30.0]
    assert len(server.asked) == 3


def test_an_error_that_stays_ends_after_the_retries(server, tmp_path, waits):
    server.script["/download/7MWS.cif.gz"] = [(500, {}, b"")]
    with pytest.raises(SourceError, match="500"):
        get(server, tmp_path / "7mws.cif.gz")
    assert len(server.asked) == 4
    assert sum(waits) < 20


def test_a_refusal_is_final(server, tmp_path, waits):
    server.script["/download/7MWS.cif.gz"] = [(403, {}, b"")]
    with pytest.raises(SourceError, match="403"):
        get(server, tmp_path / "7mws.cif.gz")
    assert len(server.asked) == 1


def test_a_server_that_falls_silent_is_left(server, tmp_path, waits):
    def silent(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CIF)))
        handler.end_headers()
        handler.wfile.write(CIF[:100])
        handler.wfile.flush()
        # Not time.sleep, which the tests keep from sleeping.
        threading.Event().wait(1.5)

    server.script["/download/7MWS.cif.gz"] = [silent]
    with pytest.raises(SourceError, match=r"sent nothing for 0\.3 s"):
        get(server, tmp_path / "7mws.cif.gz", timeout_s=(2, 0.3))
    assert len(server.asked) == 2


def test_a_server_that_trickles_is_left(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_COMPLETE_DOWNLOAD_S", 0.0)
    server.script["/download/7MWS.cif.gz"] = [(200, {}, CIF)]
    with pytest.raises(SourceError, match="took longer than"):
        get(server, tmp_path / "7mws.cif.gz")


def test_a_connection_that_drops_is_tried_again(server, tmp_path, waits):
    packed = gzip.compress(CIF)

    def drops(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed[: len(packed) // 2])
        handler.close_connection = True

    server.script["/download/7MWS.cif.gz"] = [drops, (200, {}, packed)]
    get(server, tmp_path / "7mws.cif.gz")
    assert len(server.asked) == 2


def test_a_truncated_file_is_never_kept(server, tmp_path, waits):
    server.script["/download/7MWS.cif.gz"] = [(200, {}, gzip.compress(CIF)[:-20])]
    with pytest.raises(SourceError, match="damaged or ends early"):
        get(server, tmp_path / "7mws.cif.gz")
    assert len(server.asked) == 4
    assert list(tmp_path.iterdir()) == []


def test_a_web_page_is_no_structure(server, tmp_path, waits):
    page = b"<!DOCTYPE html>\n<html><body>Log in to the network</body></html>"
    server.script["/download/7MWS.cif.gz"] = [(200, {}, page)]
    with pytest.raises(SourceError, match="got a web page"):
        get(server, tmp_path / "7mws.cif.gz")
    assert len(server.asked) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [CIF, gzip.compress(CIF + b"#" * 100_000)], ids=["as sent", "unpacked"])
def test_an_entry_too_large_is_not_taken(server, tmp_path, body):
    server.script["/download/7MWS.cif.gz"] = [(200, {}, body)]
    with pytest.raises(SourceError, match="larger than"):
        get(server, tmp_path / "7mws.cif.gz", max_bytes=4000)


def test_nobody_answers(tmp_path, waits):
    with pytest.raises(SourceError, match="refused or lost"):
        fetch(ENTRY, tmp_path / "7mws.cif.gz", sites=SILENT | {"rcsb": "http://127.0.0.1:9"}, retries=1)


def test_a_host_that_is_not_known_is_tried_once_more_only(tmp_path, waits, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(SourceError, match="unknown host"):
        fetch(ENTRY, tmp_path / "7mws.cif.gz", sites=SILENT | {"rcsb": "http://nowhere.invalid"})
    assert waits == [1.0]


# --- mirrors

PDBE = "/pdbe/entry-files/download/7mws.cif"
PDBJ = "/pub/pdb/data/structures/divided/mmCIF/mw/7mws.cif.gz"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((503, {}, b"down for maintenance"), "503"),
        ((403, {}, b""), "403"),
        ((200, {}, b"<!DOCTYPE html><html>Log in</html>"), "got a web page"),
        ((200, {}, gzip.compress(CIF)[:-20]), "damaged or ends early"),
    ],
)
def test_where_rcsb_is_down_pdbe_is_asked(server, tmp_path, waits, answer, reason):
    server.script |= {"/download/7MWS.cif.gz": [answer], PDBE: [(200, {}, CIF)]}
    out = tmp_path / "7mws.cif.gz"
    get(server, out, mirrors=True)
    assert gzip.decompress(out.read_bytes()) == CIF
    record = read_record(out)
    assert (record["source"], record["site"], record["url"]) == ("rcsb", "pdbe", server.url + PDBE)
    assert [failure["url"] for failure in record["failed"]] == [server.url + "/download/7MWS.cif.gz"]
    assert reason in record["failed"][0]["reason"]


def test_a_site_that_falls_silent_is_left_for_the_next(server, tmp_path, waits):
    def silent(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CIF)))
        handler.end_headers()
        threading.Event().wait(1.5)

    server.script |= {"/download/7MWS.cif.gz": [silent], PDBE: [(200, {}, CIF)]}
    get(server, tmp_path / "7mws.cif.gz", mirrors=True, timeout_s=(2, 0.3))
    record = read_record(tmp_path / "7mws.cif.gz")
    assert record["site"] == "pdbe"
    assert "sent nothing for 0.3 s" in record["failed"][0]["reason"]


def test_pdbj_comes_last(server, tmp_path, waits):
    server.script |= {"/download/7MWS.cif.gz": [(500, {}, b"")], PDBE: [(502, {}, b"")]}
    server.script[PDBJ] = [(200, {}, gzip.compress(CIF))]
    get(server, tmp_path / "7mws.cif.gz", mirrors=True)
    record = read_record(tmp_path / "7mws.cif.gz")
    assert (record["site"], len(record["failed"])) == ("pdbj", 2)


def test_every_site_comes_to_the_same_file(server, tmp_path, waits):
    server.script |= {"/download/7MWS.cif.gz": [(200, {}, gzip.compress(CIF, mtime=3)), (500, {}, b"")]}
    server.script[PDBE] = [(200, {}, CIF)]
    get(server, tmp_path / "a.cif.gz", mirrors=True)
    get(server, tmp_path / "b.cif.gz", mirrors=True)
    assert (tmp_path / "a.cif.gz").read_bytes() == (tmp_path / "b.cif.gz").read_bytes()


def test_with_every_site_down_each_is_named_with_its_reason(server, tmp_path, waits):
    server.script |= {"/download/7MWS.cif.gz": [(500, {}, b"")], PDBE: [(429, {}, b"")], PDBJ: [(403, {}, b"")]}
    out = tmp_path / "7mws.cif.gz"
    with pytest.raises(SourceError, match="7mws: could not be downloaded") as error:
        get(server, out, mirrors=True)
    lines = str(error.value).splitlines()
    for line, path, status in zip(
        lines[1:4], ("/download/7MWS.cif.gz", PDBE, PDBJ), ("500", "429", "403"), strict=True
    ):
        assert server.url + path in line
        assert status in line
    assert str(out) in lines[4]
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_has_no_such_entry_is_believed_and_the_failure_before_it_said(server, tmp_path, waits):
    server.script["/download/7MWS.cif.gz"] = [(500, {}, b"")]
    with pytest.raises(SourceError, match=r"no PDB entry 7MWS; is it misspelt\?\n  .*7MWS.cif.gz: .* 500"):
        get(server, tmp_path / "7mws.cif.gz", mirrors=True)
    assert PDBJ not in server.asked


def test_sites_left_out_are_not_asked(tmp_path):
    with pytest.raises(SourceError, match="every site is disabled"):
        fetch(ENTRY, tmp_path / "7mws.cif.gz", sites=SILENT)


# --- obsolete entries


def removed(**more):
    """What RCSB's `holdings/removed` answers, with the keys that its schema has."""
    holdings = {"title": "HUMAN P38", "remove_date": "2017-02-15T00:00:00+0000", "repository_content_types": [], **more}
    return (200, {}, json.dumps({"rcsb_id": "1P38", "rcsb_repository_holdings_removed": holdings}).encode())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (removed(id_codes_replaced_by=["5UOJ"]), r"1P38 is obsolete; it is replaced by 5UOJ\n  -> write `entry: 5uoj`"),
        (removed(id_codes_replaced_by=["2hhb", "3hhb"]), "replaced by 2HHB, 3HHB"),
        (removed(), "1P38 is obsolete, and no other entry replaces it"),
        ((500, {}, b""), "may be misspelt, or obsolete"),
        ((200, {}, b"<html>"), "may be misspelt, or obsolete"),
        ((200, {}, b"[]"), "may be misspelt, or obsolete"),
    ],
)
def test_an_obsolete_entry_is_named_with_its_successor(server, tmp_path, waits, answer, message):
    server.script["/rest/v1/holdings/removed/1P38"] = [answer]
    with pytest.raises(SourceError, match=message):
        get(server, tmp_path / "1p38.cif.gz", entry=Entry("rcsb", "1p38"), mirrors=True)


# --- offline


@pytest.mark.parametrize("entry", [ENTRY, Entry("alphafold", "P35372")])
def test_offline_the_network_is_not_tried(server, tmp_path, entry):
    out = tmp_path / "entries" / entry.filename
    with pytest.raises(SourceError, match="offline") as error:
        get(server, out, entry=entry, offline=True)
    assert f"{entry}: " in str(error.value)
    assert f"there is no file {out}" in str(error.value)
    out.parent.mkdir(parents=True)
    out.write_bytes(CIF)
    get(server, out, entry=entry, offline=True)
    assert out.read_bytes() == CIF
    out.write_text("<html>")
    with pytest.raises(StructureError, match="got a web page"):
        get(server, out, entry=entry, offline=True)
    assert server.asked == []


def test_offline_files_and_the_demo_are_there(tmp_path):
    fetch(Entry("demo", "1ppe"), tmp_path / "1ppe.pdb.gz", offline=True)
    assert (tmp_path / "1ppe.pdb.gz").is_file()


# --- AlphaFold DB


def test_the_model_is_the_one_that_the_api_names(server, tmp_path):
    models = [
        {"uniprotAccession": "P35372-2", "cifUrl": "/files/AF-P35372-2-F1-model_v6.cif"},
        {"uniprotAccession": "P35372", "cifUrl": "/files/AF-P35372-F1-model_v6.cif"},
    ]
    server.script["/api/prediction/P35372"] = [(200, {}, json.dumps(models).encode())]
    server.script["/files/AF-P35372-F1-model_v6.cif"] = [(200, {}, CIF)]
    get(server, tmp_path / "P35372.cif.gz", entry=Entry("alphafold", "P35372"))
    assert read_record(tmp_path / "P35372.cif.gz")["url"] == server.url + "/files/AF-P35372-F1-model_v6.cif"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, {}, b"{}"), "AlphaFold DB has no model of P35372"),
        ((200, {}, b"[]"), "AlphaFold DB has no model of P35372"),
        ((200, {}, b"not JSON"), "expected JSON, got b'not JSON'"),
        ((200, {}, b"7"), "expected a list of models"),
    ],
)
def test_no_model(server, tmp_path, answer, message):
    server.script["/api/prediction/P35372"] = [answer]
    with pytest.raises(SourceError, match=message):
        get(server, tmp_path / "P35372.cif.gz", entry=Entry("alphafold", "P35372"))


# --- the user's files and the demo


@pytest.mark.parametrize("packed", [False, True])
def test_a_local_file_is_copied(tmp_path, packed):
    path = tmp_path / ("mine.pdb.gz" if packed else "mine.pdb")
    path.write_bytes(gzip.compress(PDB) if packed else PDB)
    out = tmp_path / "local" / "mine.pdb.gz"
    fetch(Entry("local", "mine", str(path)), out)
    assert gzip.decompress(out.read_bytes()) == PDB
    assert read_record(out)["url"] == str(path)


def test_a_local_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        fetch(Entry("local", "mine", str(tmp_path / "mine.pdb")), tmp_path / "out.pdb.gz")


def test_a_local_file_that_is_no_structure(tmp_path):
    (tmp_path / "mine.pdb").write_text("dear diary\n")
    with pytest.raises(StructureError, match=r"mine\.pdb: expected a structure"):
        fetch(Entry("local", "mine", str(tmp_path / "mine.pdb")), tmp_path / "out.pdb.gz")


DEMO = {
    "1ppe": "0a138c54e6a87a1584c90281aafa69e66fb33d6ad5b1a3c45b50ad4d329411e3",
    "1emv": "659d2fa7fe424dad1afecd26029540a82118359aa0f244653f83e3d507ff792e",
    "1jtg": "19c5b9ed93bbc5d3eb6120c0e1cfcbc29cd7ea950c37e89ec229c96095c6a78d",
    "1bvn": "ccf784e9d0e882571a590ae4bd07cfcfaa836dc7d7ce01a6791c1540c5a5eaa3",
    "1ak4": "e5e02e2ec7ae856f570502a22b939fb9a380572b0489d341b9759560aeec7f91",
    "1ffw": "c0b6795b0bae984169cb977323589414cdcdaa25962aaf017675d85d291af698",
    "1ktz": "9047490c7e8c7ddb9fbad0c3d83f817c87bb751e3ce3d2e9597ccc55a6f1c0c3",
    "1lfd": "0d9c9bf63815dfd2efeae3e54cb930d5d92f06762322e008286138ae2e7a68e3",
    "1qa9": "5ffd81ca21291051af9d6b48ce08a4659385ab6694e88544b2c3d0e8c201b085",
    "2oob": "70896b74e3af0ffe3ea550f62a1f163c5f7b6b8e8a7ebe7c77e201c6d61f48d7",
}


@pytest.mark.parametrize("name", DEMO)
def test_the_demo_needs_no_network(tmp_path, name):
    out = tmp_path / f"{name}.pdb.gz"
    fetch(Entry("demo", name), out)
    assert read_record(out)["sha256"] == DEMO[name]


def test_an_unknown_demo_entry_says_what_there_is(tmp_path):
    with pytest.raises(SourceError, match="1ak4, 1bvn, 1emv, 1ffw, 1jtg, 1ktz, 1lfd, 1ppe, 1qa9, 2oob"):
        fetch(Entry("demo", "1abc"), tmp_path / "1abc.pdb.gz")


def test_an_entry_put_there_by_hand_has_no_record(tmp_path):
    assert read_record(tmp_path / "7mws.cif.gz") is None
