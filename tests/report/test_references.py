"""References read from BibTeX: what a list shows of them, and the record given back."""

import re
from importlib.resources import files

import pytest
from pybtex.database import parse_string

from crossdock.errors import InputError
from crossdock.report import references
from crossdock.report.references import REFERENCES, parse

#: Records as reference managers and publishers write them.
OTHERS = r"""
@string{jacs = "J Am Chem Soc"}
@Article{full_names:1,
  AUTHOR = "{The Big Consortium} and M{\"o}lder, Frank and Ludwig van Beethoven and
    King, Jr., Martin Luther and Jean-Pierre Serre",
  title = {The {DNA} of $\alpha$-helices \& \emph{E. coli}: {\'e}t{\'e}, 50\% at 5~\AA{}, 70% more},
  journal = jacs # " B", year = 2020, month = jan, volume = {12}, pages = {1--3}, doi = {10.1/a_b}
}
Text outside of a record.
@misc{many, author={Smith, H.A. and Berman, HM and C, D and E, F and G, H and I, J and K, L}, title={x}, year=1999}
@misc{web, title={A tool}, date={2020-03-01}, howpublished={\url{https://example.org/a_b}}}
@book{edited, editor={Knuth, Donald E. and others}, title={Papers}, publisher={AW}, year={1977}}
"""


def test_the_packages_own_are_as_the_page_shows_them():
    assert REFERENCES["snakemake"].text == (
        "Mölder\u00a0F, Jablonski\u00a0KP, Letcher\u00a0B et al. Sustainable data analysis with Snakemake. "
        "F1000Research 2021; 10: 33."
    )
    assert REFERENCES["dars"].text.startswith(
        "Chuang\u00a0G-Y, Kozakov\u00a0D, Brenke\u00a0R, Comeau\u00a0SR, Vajda\u00a0S. DARS ("
    )
    assert REFERENCES["tukey"].text == "Tukey\u00a0JW. Exploratory data analysis. Addison-Wesley 1977."
    assert REFERENCES["spirals"].text.endswith("Conf Comput Vis Pattern Recognit 2022: 8291–8300.")
    for reference in REFERENCES.values():
        assert reference.authors
        assert reference.journal
        assert re.fullmatch(r"\d{4}", reference.year)
        assert not re.search(r"[{}\\]|--", reference.text)


def test_they_are_given_back_as_they_stand_in_the_file():
    text = (files(references.__package__) / "references.bib").read_text(encoding="utf-8")
    records = text[text.index("@") :]
    assert "\n".join(reference.bibtex(key) for key, reference in REFERENCES.items()) == records


def test_any_bibtex_becomes_a_line():
    found = parse(OTHERS)
    assert [reference.text.replace("\u00a0", " ") for reference in found.values()] == [
        "The Big Consortium, Mölder F, van Beethoven L, King ML Jr., Serre J-P. The DNA of α-helices & E. coli: "
        "été, 50% at 5 Å, 70% more. J Am Chem Soc B 2020; 12: 1–3.",
        "Smith HA, Berman HM, C D et al. x. 1999.",
        "A tool. https://example.org/a_b 2020.",
        "Knuth DE et al. Papers. AW 1977.",
    ]


def test_a_record_given_back_is_the_same_to_another_reader():
    """To pybtex's own comparison of databases; keys may be others."""
    found = parse(OTHERS)
    again = parse_string("\n".join(one.bibtex(f"new-{key}") for key, one in found.items()), "bibtex").entries
    for key, entry in parse_string(OTHERS, "bibtex").entries.items():
        made = again[f"new-{key}"]
        assert (made.type, list(made.persons.values())) == (entry.type, list(entry.persons.values()))
        assert {name.lower(): value for name, value in entry.fields.items()} == dict(made.fields)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@article{a, title={x}", "premature end of file"),
        ("@article{a,\n title = x y}", "undefined string in line 2: x"),
        ("@misc{a, title={x}}\n@misc{a, title={y}}", "repeated bibliography entry: a"),
        ("@misc{a, title={x}, title={y}}", "duplicate title"),
        ("@misc{a, author={A, b, c, d, e}, title={x}}", "Too many commas"),
        ("@misc{a, title={x \\}}", "can't decode"),
        ("@misc{a, author={Smith, A}}", "references without a title: a"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(InputError, match=message) as raised:
        parse(text, where="engine.bib")
    assert raised.value.where == "engine.bib"
