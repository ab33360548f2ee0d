"""Homologues of chains, from a loopback server that aligns what it is asked about as RCSB's search does."""

from __future__ import annotations

import json
import time

import pytest

from crossdock.entries import homologues as module
from crossdock.entries.download import default_sites
from crossdock.entries.homologues import Homologue, Search, homologues, in_both
from crossdock.errors import InputError, SourceError
from sites import Server, rcsb_sequences

# Sequences of the PDB: human haemoglobin's chains (4HHB), the sickle cell's (2HBS), four beta chains (1CBM), sperm
# whale myoglobin (1MBN) and hen's lysozyme (1DPX).
ALPHA = (
    "VLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLLSHCLL"
    "VTLAAHLPAEFTPAVHASLDKFLASVSTVLTSKYR"
)
BETA = (
    "VHLTPEEKSAVTALWGKVNVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPKVKAHGKKVLGAFSDGLAHLDNLKGTFATLSELHCDKLHVDPENFRLL"
    "GNVLVCVLAHHFGKEFTPPVQAAYQKVVAGVANALAHKYH"
)
MYOGLOBIN = (
    "VLSEGEWQLVLHVWAKVEADVAGHGQDILIRLFKSHPETLEKFDRFKHLKTEAEMKASEDLKKHGVTVLTALGAILKKKGHHEAELKPLAQSHATKHKIPIKYLEF"
    "ISEAIIHVLHSRHPGDFGADAQGAMNKALELFRKDIAAKYKELGYQG"
)
LYSOZYME = (
    "KVFGRCELAAAMKRHGLDNYRGYSLGNWVCVAKFESNFNTQATNRNTDGSTDYGILQINSRWWCNDGRTPGSRNLCNIPCSALLSSDITASVNCAKKIVSDGNGMN"
    "AWVAWRNRCKGTDVQAWIRGCRL"
)
SICKLE = BETA[:5] + "V" + BETA[6:]
PDB = {
    "4HHB_1": ALPHA,
    "4HHB_2": BETA,
    "2HBS_1": ALPHA,
    "2HBS_2": SICKLE,
    "1CBM_1": BETA,
    "1MBN_1": MYOGLOBIN,
    "1DPX_1": LYSOZYME,
    "AF_AFP69905F1_1": "M" + ALPHA,
}
QUERY = "/rcsbsearch/v2/query"


@pytest.fixture
def waits(monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.fixture
def site(monkeypatch, waits):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    server.script[QUERY] = rcsb_sequences(PDB)
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def ask(site, tmp_path):
    def asked(sequence, **options):
        return homologues(sequence, **{"folder": tmp_path, "sites": {"rcsb_search": site.url + "/"}} | options)

    return asked


def named(hits):
    return [f"{one.entry}_{one.entity}" for one in hits]


def test_homologues_are_found_the_best_first(ask, site):
    found = ask(BETA)
    assert named(found.hits) == ["4hhb_2", "1cbm_1", "2hbs_2", "4hhb_1", "2hbs_1"]  # no model, and nothing far away
    assert [one.identity for one in found.hits[:3]] == [1.0, 1.0, round(145 / 146, 3)]
    assert found.hits[0].query == found.hits[0].subject == (1, 146)
    assert 0.4 < found.hits[3].identity < 0.5
    assert all(one.e_value < 1e-3 for one in found.hits)
    assert (found.total, found.reason, found.site) == (5, None, site.url)
    assert (found.identity_cutoff, found.e_value_cutoff) == (0.3, 1e-3)


def test_ranges_are_those_of_both_sequences(ask):
    # A piece of the chain, with a tag before it.
    (hit, *_) = ask("GSHMGS" + BETA[20:80]).hits
    assert (hit.entry, hit.query, hit.subject) == ("4hhb", (7, 66), (21, 80))


def test_cutoffs_are_the_sites(ask):
    far = ask(BETA, identity=0.2)
    assert set(named(far.hits)) - set(named(ask(BETA).hits)) == {"1mbn_1"}
    assert named(ask(BETA, identity=0.9).hits) == ["4hhb_2", "1cbm_1", "2hbs_2"]
    assert named(ask(BETA, e_value=1e-50).hits) == named(ask(BETA, identity=0.9).hits)


def test_no_homologue_is_an_answer(ask, site, tmp_path):
    found = ask("MKKLLPTAAAGLLLLAAQPAMAWWCDEHK" * 2)
    assert (found.hits, found.total, found.reason) == ((), 0, None)
    site.script[QUERY] = [(500, {}, b"")]
    assert ask("MKKLLPTAAAGLLLLAAQPAMAWWCDEHK" * 2) == found
    assert in_both(found, found) == []


def test_an_extended_pdb_id_is_kept_whole(ask, site):
    site.script[QUERY] = rcsb_sequences({"PDB_00009ABC_12": ALPHA})
    (hit,) = ask(ALPHA).hits
    assert (hit.entry, hit.entity) == ("pdb_00009abc", "12")


def test_answers_are_followed_to_the_last(ask, site, monkeypatch):
    whole = ask(BETA).hits
    monkeypatch.setattr(module, "ROWS", 2)
    found = ask(BETA, e_value=2e-3)
    assert (found.hits, found.total) == (whole, 5)
    assert len(site.asked) == 1 + 3


def test_more_hits_than_the_bound_are_told(ask, site, monkeypatch, caplog):
    monkeypatch.setattr(module, "ROWS", 2)
    monkeypatch.setattr(module, "MOST_HITS", 3)
    found = ask(BETA)
    assert (named(found.hits), found.total) == (["4hhb_2", "1cbm_1", "2hbs_2"], 5)
    assert len(site.asked) == 2
    assert "RCSB has 5 homologues of a sequence; the best 3 are used" in caplog.text


def test_an_answer_is_kept(ask, site, tmp_path):
    found = ask(BETA)
    (path,) = tmp_path.iterdir()
    assert path.name == f"{found.fingerprint}_0.3_0.001.json"
    assert ask(f" {BETA[:60].lower()}\n{BETA[60:]}\n") == found
    assert ask(BETA, offline=True) == found
    assert ask(BETA, sites={"rcsb_search": ""}) == found
    assert len(site.asked) == 1
    ask(BETA, identity=0.5)
    ask(ALPHA)
    assert len(site.asked) == len(list(tmp_path.iterdir())) == 3


def test_a_broken_file_is_asked_for_anew(ask, tmp_path, caplog):
    found = ask(BETA)
    (path,) = tmp_path.iterdir()
    path.write_text(path.read_text()[:100])
    assert "there is no readable file" in ask(BETA, offline=True).reason
    assert ask(BETA).hits == found.hits
    assert f"{path}: cannot be read" in caplog.text


def test_offline_says_which_file_is_missing(ask, site, tmp_path):
    found = ask(BETA, offline=True)
    assert found.hits is None
    assert found.reason == (
        "offline: the homologues of this sequence were not looked up before (there is no readable file "
        f"{tmp_path / found.fingerprint}_0.3_0.001.json); run once with network access, without `offline`"
    )
    assert site.asked == []


def test_a_site_that_is_disabled_is_not_asked(ask):
    found = ask(BETA, sites={"rcsb_search": ""})
    assert (found.hits, found.site) == (None, "")
    assert found.reason == "RCSB's search has no URL in the config (`entries: {rcsb_search: URL}`)"


@pytest.mark.parametrize("length", [0, 1, 24])
def test_a_short_sequence_is_not_searched_with(ask, site, tmp_path, length):
    found = ask(BETA[:length])
    assert found.hits is None
    assert found.reason == f"the sequence has {length} residues, and RCSB searches with no fewer than 25"
    assert (site.asked, list(tmp_path.iterdir())) == ([], [])
    assert ask(BETA[:25]).hits


@pytest.mark.parametrize("sequence", ["MKT-AY" * 10, "MKT*", "ΜΚΤΑΥ" * 10])
def test_what_is_no_sequence(ask, site, sequence):
    with pytest.raises(InputError, match="expected the one-letter codes of a protein"):
        ask(sequence)
    assert site.asked == []


def test_by_default_it_is_rcsb_that_is_asked(tmp_path):
    assert homologues(BETA, folder=tmp_path, offline=True).site == "https://search.rcsb.org"
    assert default_sites()["rcsb_search"] == "https://search.rcsb.org"


# --- what a site may do


def with_hit(*changes, identifier="4HHB_2"):
    """An answer with one hit, of an alignment for each change of one."""
    alignment = {"sequence_identity": 1.0, "evalue": 0.0, "query_beg": 1, "query_end": 146}
    alignments = [alignment | {"subject_beg": 1, "subject_end": 146} | one for one in changes or [{}]]
    services = [{"service_type": "sequence", "nodes": [{"match_context": alignments}]}]
    row = {"identifier": identifier, "score": 1.0, "services": services}
    return json.dumps({"total_count": 1, "result_set": [row]}).encode()


MINIMAL = b'{"total_count": 1, "result_set": [{"identifier": "4HHB_2", "score": 1.0}]}'
UNKNOWN = "the answer is not of the form that RCSB documents"
LONG = "JSON schema validation failed for query: " + BETA * 5 + ". Errors: sequence has X."


def test_the_answer_with_one_hit_is_read(ask, site):
    site.script[QUERY] = [(200, {}, with_hit())]
    assert ask(BETA).hits == (Homologue("4hhb", "2", 1.0, 0.0, (1, 146), (1, 146)),)


def test_of_several_alignments_the_least_likely_by_chance_counts(ask, site):
    worse, less = {"evalue": 1e-4, "query_end": 40}, {"sequence_identity": 0.9, "query_end": 50}
    site.script[QUERY] = [(200, {}, with_hit(worse, less, {}, worse))]
    assert ask(BETA).hits == (Homologue("4hhb", "2", 1.0, 0.0, (1, 146), (1, 146)),)


@pytest.mark.parametrize(
    ("answer", "message", "tries"),
    [
        ((200, {"Content-Length": "9000"}, with_hit()), "the connection was refused or lost", 3),
        ((200, {}, with_hit()[:80]), """expected JSON, got b'{"total_count": 1""", 1),
        ((200, {"Content-Type": "text/html"}, b"<html>log in</html>"), "expected JSON, got b'<html>log in</html>'", 1),
        ((200, {}, b""), "expected JSON, got b''", 1),
        ((200, {}, b"[7]"), UNKNOWN, 1),
        ((200, {}, b'{"total_count": 5}'), UNKNOWN, 1),
        ((200, {}, MINIMAL), UNKNOWN, 1),
        ((200, {}, with_hit({"sequence_identity": 95.5})), UNKNOWN, 1),
        ((200, {}, with_hit({"query_beg": 0})), UNKNOWN, 1),
        ((200, {}, with_hit({"subject_end": None})), UNKNOWN, 1),
        ((200, {}, with_hit(identifier="4HHB")), UNKNOWN, 1),
        ((200, {}, b'{"total_count": 5, "result_set": []}'), "the answers ended after 0 of 5 hits", 1),
        ((400, {}, b'{"status": 400, "message": "no such service"}'), "answered 400 Bad Request: no such service", 1),
        ((400, {}, json.dumps({"message": LONG}).encode()), "Errors: sequence has X.", 1),
        ((400, {}, b"no JSON"), "the server answered 400 Bad Request;", 1),
        ((400, {"Content-Length": "900"}, b'{"message": "cut'), "the server answered 400 Bad Request;", 1),
        ((404, {}, b""), "the server answered 404", 1),
        ((415, {}, b'{"message": "Unsupported Media Type"}'), "the server answered 415 Unsupported Media Type: ", 1),
        ((429, {"Retry-After": "7"}, b""), "the server answered 429 Too Many Requests", 3),
        ((500, {}, b'{"message": "took too long"}'), "answered 500 Internal Server Error: took too long", 3),
    ],
)
def test_a_site_that_gives_no_answer(ask, site, tmp_path, answer, message, tries):
    site.script[QUERY] = [answer]
    found = ask(BETA)
    assert (found.hits, found.total) == (None, 0)
    assert found.reason.startswith(f"RCSB's search ({site.url}) gave no result: ")
    assert message in found.reason
    assert found.reason.endswith("; try again later, or name a mirror in the config (`entries: {rcsb_search: URL}`)")
    assert len(site.asked) == tries
    assert list(tmp_path.iterdir()) == []


def test_a_site_that_cannot_be_reached(ask, site):
    site.http.shutdown()
    site.http.server_close()
    found = ask(BETA)
    assert found.hits is None
    assert "gave no result: the connection was refused or lost; try again later" in found.reason


def test_answers_that_end_too_soon(ask, site, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "ROWS", 2)
    site.script[QUERY] = [rcsb_sequences(PDB)[0], (204, {}, b"")]
    assert UNKNOWN in ask(BETA).reason
    assert list(tmp_path.iterdir()) == []


def test_what_may_pass_is_waited_for(ask, site, waits):
    answers = rcsb_sequences(PDB)
    cut = (200, {"Content-Length": "9000"}, b'{"total')
    for failure in ((429, {"Retry-After": "7"}, b""), (500, {}, b""), cut):
        site.script[QUERY] = [failure, *answers]
        waits.clear()
        assert len(ask(BETA, e_value=2e-3 + len(site.asked)).hits) == 5
        assert waits == [module.PAUSE_S, 7.0 if failure[0] == 429 else 1.0]
    assert len(site.asked) == 6


def test_a_wrong_question_is_refused(ask):
    assert "identity_cutoff is not in 0 to 1" in ask(BETA, identity=30).reason


# --- entries with both


def search(*hits, reason=None):
    found = tuple(Homologue(entry, entity, identity, 0.0, (1, 9), (1, 9)) for entry, entity, identity in hits)
    return Search("0" * 64, "2026-01-01T00:00:00+00:00", "https://x", 0.3, 1e-3, None if reason else found, 1, reason)


def test_entries_with_a_homologue_of_both(ask):
    alpha, beta, whale = ask(ALPHA), ask(BETA), ask(MYOGLOBIN)
    found = [(entry, named(first), named(second)) for entry, first, second in in_both(alpha, beta)]
    assert found == [
        ("4hhb", ["4hhb_1", "4hhb_2"], ["4hhb_2", "4hhb_1"]),
        ("2hbs", ["2hbs_1", "2hbs_2"], ["2hbs_2", "2hbs_1"]),
        ("1cbm", ["1cbm_1"], ["1cbm_1"]),  # a homotetramer: its one entity is a homologue of both
    ]
    assert in_both(alpha, whale) == in_both(ask(LYSOZYME), beta) == []


def test_a_homodimer(ask):
    assert [entry for entry, *_ in in_both(ask(LYSOZYME), ask(LYSOZYME))] == ["1dpx"]


def test_the_worse_homologue_decides():
    first = search(("1aaa", "1", 0.9), ("1bbb", "1", 0.5), ("1ccc", "1", 0.5), ("1ddd", "1", 1.0), ("1eee", "1", 0.4))
    second = search(("1aaa", "2", 0.4), ("1bbb", "2", 0.6), ("1ccc", "2", 0.7), ("1eee", "1", 0.3), ("1eee", "2", 0.8))
    assert [(entry, [one.identity for one in hits]) for entry, _, hits in in_both(first, second)] == [
        ("1ccc", [0.7]),
        ("1bbb", [0.6]),
        ("1aaa", [0.4]),
        ("1eee", [0.8, 0.3]),
    ]


def test_what_was_not_answered_is_not_taken_for_no_homologue():
    with pytest.raises(SourceError, match="https://x: entries with homologues of two chains cannot be listed: offline"):
        in_both(search(("1aaa", "1", 0.9)), search(reason="offline"))
