"""What STRING says of two proteins, from a loopback server that answers as its API does."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from crossdock.entries import associations, download
from crossdock.entries.associations import associations_between, ids_of, version_of
from crossdock.entries.download import Getter, UnavailableError
from sites import Server, script_string

IDS = {"P35372": "9606.ENSP00000394624", "P60033": "9606.ENSP00000263645", "P41143": "9606.ENSP00000234961"}
SCORES = {
    ("P60033", "P35372"): {"score": 0.437, "escore": 0.062, "tscore": 0.41},
    ("P35372", "P41143"): {"score": 0.999, "dscore": 0.9, "escore": "0.7"},
}


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(associations, "_PAUSE_S", 0.0)
    server = Server()
    script_string(server, IDS, SCORES)
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def getter():
    with Getter((2.0, 2.0), 1, 5_000_000, silent_retries=0) as made:
        yield made


def test_the_version_is_asked(site, getter):
    assert version_of(site.url, getter) == "12.0"


def test_names_are_asked_for_all_at_once(site, getter):
    found = ids_of(["P35372", "Q00000", "P60033"], 9606, site.url, getter)
    assert found == {"P35372": IDS["P35372"], "Q00000": None, "P60033": IDS["P60033"]}
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_an_organism_that_string_does_not_have(site, getter, status):
    site.script["/api/json/get_string_ids"] = [(status, {}, b'{"Error": "not found"}')]
    assert ids_of(["P13479"], 562, site.url, getter) == {"P13479": None}


def test_scores_and_channels(site, getter):
    one, other = ({name: IDS[name] for name in names} for names in (["P35372"], ["P60033", "P41143"]))
    found = associations_between(one, other, 9606, site.url, getter)
    assert [(pair.a, pair.b, pair.score) for pair in found] == [
        ("P35372", "P41143", 0.999),
        ("P35372", "P60033", 0.437),
    ]
    assert found[1].channels == {"experiments": 0.062, "textmining": 0.41}
    assert found[0].channels == {"experiments": 0.7, "databases": 0.9}
    assert found[1].ids == (IDS["P35372"], IDS["P60033"])
    asked = parse_qs(urlsplit(site.asked[0]).query)
    assert (asked["add_nodes"], asked["required_score"]) == (["0"], ["0"])


def test_only_pairs_that_were_asked_for_are_given(site, getter):
    one, other = {"P35372": IDS["P35372"]}, {"P60033": IDS["P60033"]}
    assert len(associations_between(one, other, 9606, site.url, getter)) == 1
    both = {"P60033": IDS["P60033"], "P41143": IDS["P41143"]}
    assert associations_between(both, both, 9606, site.url, getter) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, {}, b"<html>busy</html>"), "expected JSON"),
        ((200, {}, b"{}"), "not of the form that STRING documents"),
        ((200, {}, b'[{"stringId_A": "x"}]'), "not of the form that STRING documents"),
        ((200, {}, json.dumps([{"stringId_A": [], "stringId_B": ""}]).encode()), "not of the form"),
        ((404, {}, b""), "the server answered 404"),
        ((429, {"Retry-After": "0"}, b""), "the server answered 429"),
    ],
)
def test_a_site_that_gives_no_answer(site, getter, answer, message):
    site.script["/api/json/network"] = [answer]
    with pytest.raises(UnavailableError, match=message):
        associations_between({"P35372": "x"}, {"P60033": "y"}, 9606, site.url, getter)


@pytest.mark.parametrize("body", [b"[]", b'[{"version": 1}]', b'"12.0"'])
def test_a_version_that_is_none(site, getter, body):
    site.script["/api/json/version"] = [(200, {}, body)]
    with pytest.raises(UnavailableError, match="not of the form"):
        version_of(site.url, getter)
