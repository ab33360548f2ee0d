"""What is asked for again, and after how long, of a real HTTP server on loopback."""

import time
from email.utils import formatdate

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ReadTimeoutError, SSLError

from crossdock import __version__
from crossdock.web import LONGEST_WAIT_S, TRANSIENT, Patience, cause, session
from sites import Server


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def waits(monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def patience(total=3, **options):
    return Patience(total, status_forcelist=TRANSIENT, backoff_factor=1.0, raise_on_status=False, **options)


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("soon", 1.0),
        ("-3", 1.0),
        ("86400", LONGEST_WAIT_S),
        (lambda: formatdate(time.time() + 20, usegmt=True), 20.0),
        (lambda: formatdate(time.time() - 20, usegmt=True), 1.0),
    ],
)
def test_a_server_is_given_the_time_that_it_asks_for(server, waits, header, waited):
    header = header() if callable(header) else header
    server.script["/x"] = [(503, {"Retry-After": header}, b""), (200, {}, b"here")]
    assert session(patience()).get(server.url + "/x").content == b"here"
    assert waits == [pytest.approx(waited, abs=2.0 if waited == 20 else 0)]


def test_waits_double_and_the_last_answer_is_given(server, waits):
    server.script["/x"] = [(500, {}, b""), (502, {}, b""), (504, {}, b""), (429, {}, b"")]
    assert session(patience()).get(server.url + "/x").status_code == 429
    assert waits == [1.0, 2.0, 4.0]
    assert len(server.asked) == 4


def test_what_changes_something_is_not_sent_again_unless_that_is_asked_for(server, waits):
    server.script["/x"] = [(500, {}, b""), (200, {}, b"")]
    assert session(patience()).post(server.url + "/x").status_code == 500
    assert session(patience(allowed_methods=None)).post(server.url + "/x").status_code == 200


def test_a_refused_connection_is_tried_as_often_as_any_and_silence_once_more(server, waits):
    with pytest.raises(requests.ConnectionError) as raised:
        session(patience()).get("http://127.0.0.1:9", proxies={"http": ""})
    assert isinstance(cause(raised.value), NewConnectionError)
    assert waits == [1.0, 2.0, 4.0]
    waits.clear()
    server.script["/x"] = [lambda handler: waits.append("asked") or handler.rfile.read(1)]
    with pytest.raises(requests.ConnectionError) as raised:
        session(patience()).get(server.url + "/x", timeout=(1.0, 0.2))
    assert isinstance(cause(raised.value), ReadTimeoutError)
    assert waits == ["asked", 1.0, "asked"]


def test_a_proxy_that_is_not_there_is_no_lost_connection(waits, monkeypatch):
    """Nothing has been sent then; it is what keeps a name from being known, too."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for proxy, kind in (("http://127.0.0.1:9", NewConnectionError), ("http://nowhere.invalid:80", NameResolutionError)):
        with pytest.raises(requests.exceptions.ProxyError) as raised:
            session(patience(1)).get("http://a.example.org", proxies={"http": proxy})
        assert isinstance(cause(raised.value), kind)


def test_a_certificate_that_is_not_trusted_is_final():
    with pytest.raises(MaxRetryError):
        patience().increment("GET", "/x", error=SSLError("self-signed"))


def test_servers_are_told_who_asks():
    assert session(patience()).headers["User-Agent"] == f"crossdock/{__version__}"
