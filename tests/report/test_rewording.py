"""No program goes by the words: with every sentence reworded, the page decides as it did."""

from __future__ import annotations

import copy
import gzip
from importlib.resources import files

import pytest
from small_run import change

from crossdock.errors import IdentityError
from crossdock.panel.panel import load_panel
from crossdock.remark import UNNOTICED_MEMBRANE, Phrase, remark
from crossdock.report import methods, remarks
from crossdock.report.advice import advice
from crossdock.report.payload import collect
from crossdock.steps.check import check_panel, render
from crossdock.structures.prepare import prepare
from crossdock.structures.summary import summarize

DEMO = files("crossdock.demo")
#: Records that put B, the colicin, and A, its inhibitor, where they belong.
RECORDS = """\
DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX       3     85
DBREF  1EMV B    1   133  UNP    P09883   CEA9_ECOLX     450    582
"""
#: Ways to take it, each with another verdict or other remarks.
WAYS = {
    "matches": {"chains": ["A"], "uniprot": "P13479", "organism": 562},
    "fragment": {"chains": ["A"], "uniprot": "P13479", "organism": 562, "residues": "10-109"},
    "mismatch": {"chains": ["B"], "uniprot": "P13479", "organism": 562, "accept": "as in the study"},
    "unknown": {"chains": ["A"], "attract": "30-31", "blocked": "60-70"},
}


@pytest.fixture
def entry(tmp_path):
    path = tmp_path / "1emv.pdb"
    path.write_text(RECORDS + gzip.decompress((DEMO / "1emv.pdb.gz").read_bytes()).decode())
    return path


@pytest.fixture(params=["", "xxx", None], ids=["empty", "the same for all", "reversed"])
def reworded(request, monkeypatch):
    """Give what puts other words in place of all sentences."""
    own = Phrase.text.fget

    def text(phrase):
        return own(phrase)[::-1] if request.param is None else request.param

    return lambda: monkeypatch.setattr(Phrase, "text", property(text))


def judged(entry):
    """Prepare the entry in every way; give what is decided, without a word of it."""
    found = {}
    for name, keys in WAYS.items():
        _, record = prepare(entry, name=name, **keys)
        about = record.identity
        found[name] = (
            (about.verdict, about.accepted, about.is_another, about.coverage),
            [(one.code, one.severity, one.values) for one in (*about.remarks, *record.remarks)],
            [(one.code, one.count) for one in (*record.kept, *record.removed, *(record.docking_mask or _None).counts)],
        )
    return found


class _None:
    counts = ()


def test_what_is_prepared(entry, reworded):
    before = judged(entry)
    assert [verdict for (verdict, *_), *_ in before.values()] == list(WAYS)
    reworded()
    assert judged(entry) == before
    with pytest.raises(IdentityError):
        prepare(entry, name="x", chains=["B"], uniprot="P13479", organism=None)


def decided(data):
    """Give what the page decides of a run, without the words of remarks."""
    rows = remarks.rows(data)
    return {
        "rows": [(row.remarks, row.proteins, row.top, row.serious, row.note) for row in rows],
        "doubted": sorted(remarks.doubts(data)),
        "questionable": sorted(remarks.questionable(data)),
        "advice": advice(data),
    }


def chosen(data):
    """Give which sentences the methods have, by their beginnings."""
    opened = ("Kept beside the chains", "Changed before docking", "docked without a membrane", "closed to docking")
    text = "\n".join(methods.describe(data, "1").paragraphs)
    return [part in text for part in opened]


def test_what_the_page_decides(run_dir, entry, reworded):
    data = copy.deepcopy(collect(run_dir / "panel.json", run_dir))
    names = [member["name"] for member in (*data.panel["receptors"], *data.panel["ligands"])]
    for name, keys in zip(names, WAYS.values(), strict=True):
        record = prepare(entry, name=name, **keys)[1]
        change(data, name, identity=vars(record.identity), remarks=record.remarks, removed=record.removed)
    membrane = remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=7)
    for name in (names[0], names[-1]):
        change(data, name, remarks=(*data.proteins[name].remarks, membrane))
    before, codes = decided(data), chosen(data)
    kinds = {(top, serious) for _, _, top, serious, _ in before["rows"]}
    assert kinds == {(True, True), (True, False), (False, False)}
    assert codes == [False, False, True, False]
    dropped = [summarize(record).removed_briefly.count("chain") for record in data.proteins.values()]
    reworded()
    assert decided(data) == before
    assert chosen(data) == codes
    assert [summarize(record).removed_briefly.count("chain") for record in data.proteins.values()] == dropped


def test_what_check_shows(entry, reworded):
    protein = [{"name": name, "entry": str(entry), **keys} for name, keys in WAYS.items()]
    panel = load_panel({"receptors": protein[:2], "ligands": protein[2:]})

    def shape():
        lines = render(panel, check_panel(panel, entry.parent), width=1000).splitlines()
        return [line.partition(":")[0] for line in lines if not line.startswith("    note")], sum(
            line.startswith("    note") for line in lines
        )

    before = shape()
    reworded()
    assert shape() == before
