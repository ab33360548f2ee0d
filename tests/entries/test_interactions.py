"""What IntAct records of two proteins, from a loopback server that answers as PSICQUIC does."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from crossdock.entries import download
from crossdock.entries.download import Getter, UnavailableError
from crossdock.entries.interactions import MOST_ROWS, Interaction, recorded_between
from sites import INTACT, Server, intact, mitab

A, B, C = "P35372", "P60033", "P01127"


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "FIRST_WAIT_S", 0.01)
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def ask(site, first, second):
    with Getter((2.0, 2.0), 1, 5_000_000, silent_retries=0) as getter:
        return recorded_between(first, second, site.url, getter)


def test_a_row_is_read(site):
    site.script[INTACT] = intact([mitab(B, A, negative=False)])
    (found,) = ask(site, [A], [B])
    assert (found.a, found.b, found.count, found.negative) == (A, B, 1, 0)
    assert found.rows == (
        Interaction("EBI-757010", "two hybrid", "physical association", ("16189514",), 0.56, None, False),
    )


def test_only_pairs_that_were_asked_for_are_found(site):
    rows = [mitab(A, B), mitab(B, "Q99999"), mitab(A, A), mitab(B, C), mitab("Q11111", "Q22222")]
    site.script[INTACT] = intact(rows)
    assert [(one.a, one.b) for one in ask(site, [A], [B, C])] == [(A, B)]
    assert [(one.a, one.b) for one in ask(site, [A], [A])] == [(A, A)]
    assert ask(site, ["Q99999"], [C]) == []


def test_products_of_cleavage_and_isoforms_count_as_their_entry(site):
    rows = [mitab("P01127-PRO_0000023369", A), mitab(A, "P01127-2"), mitab("P01127", "P35372-3"), mitab("P011270", A)]
    site.script[INTACT] = intact(rows)
    (found,) = ask(site, [A], [C])
    assert (found.a, found.b, found.count) == (C, A, 3)


def test_few_rows_are_kept_and_all_are_counted_on_all_pages(site):
    rows = [mitab(A, B, score=f"0.{n % 5 + 1}", expansion="spoke expansion") for n in range(430)]
    rows += [mitab(A, B, score="0.2", method="pull down"), mitab(A, B, negative=True, score=None)]
    site.script[INTACT] = intact(rows)
    (found,) = ask(site, [A], [B])
    assert (found.count, found.negative, len(found.rows), len(site.asked)) == (432, 1, MOST_ROWS, 3)
    assert [row.negative for row in found.rows] == [True, False, False, False, False]
    assert (found.rows[1].method, found.rows[1].expansion, found.rows[1].score) == ("pull down", None, 0.2)
    assert {(row.expansion, row.score) for row in found.rows[2:]} == {("spoke expansion", 0.5)}


def test_a_page_that_is_just_full_is_followed_by_another(site):
    site.script[INTACT] = intact([mitab(A, B)] * 200)
    assert ask(site, [A], [B])[0].count == 200
    assert len(site.asked) == 2


def test_a_server_that_repeats_a_full_page_is_left(site):
    site.script[INTACT] = [(200, {}, mitab(A, B).encode() * 200)]
    with pytest.raises(UnavailableError, match="more than 20000 rows"):
        ask(site, [A], [B])


def test_text_of_other_fields_does_not_mislead(site):
    """Quoted bars, colons and brackets, a method without a name, several publications, a score that is no number."""
    row = mitab(A, B, score="high").split("\t")
    row[6], row[8] = 'psi-mi:"MI:0096"', "doi:10.1/x|pubmed:1|pubmed:2"
    row[11] = 'psi-mi:"MI:0407"("direct | (odd): one")'
    site.script[INTACT] = intact(["\t".join(row)])
    (found,) = ask(site, [A], [B])
    assert found.rows[0] == Interaction("EBI-757010", "MI:0096", "direct | (odd): one", ("1", "2"), None, None, False)


def test_rows_of_an_older_format_have_no_negative_flag(site):
    short = "\t".join(mitab(A, B).split("\t")[:15]) + "\n"
    site.script[INTACT] = [(200, {}, b"#ID(s) interactor A\tand so on\n\n" + short.encode())]
    assert ask(site, [A], [B])[0].rows[0].negative is False


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, {}, b"<html><body>Service is down</body></html>"), "expected rows of PSI-MI TAB"),
        ((200, {}, b"P35372\tP60033\n"), "expected rows of PSI-MI TAB"),
        ((404, {}, b""), "the server answered 404"),
        ((400, {}, b""), "the server answered 400"),
        ((500, {}, b""), "the server answered 500"),
        ((429, {"Retry-After": "0"}, b""), "the server answered 429"),
    ],
)
def test_a_site_that_gives_no_answer(site, answer, message):
    site.script[INTACT] = [answer]
    with pytest.raises(UnavailableError, match=message):
        ask(site, [A], [B])


def test_a_block_of_the_largest_size_makes_an_address_that_servers_take(site):
    site.script[INTACT] = intact([])
    names = [f"A0A024R{n:03d}" for n in range(65)]
    assert ask(site, names[:25], names[25:]) == []
    assert len(site.asked[0]) < 8000  # the default limit of Tomcat and Apache is 8,190
    assert "idA:( A0A024R000 OR A0A024R000-* OR " in unquote(site.asked[0])
