"""Remarks as data: every code has words, all words fit their values, and nothing goes by the words."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

import pytest
from jinja2 import meta

from crossdock import remark as module
from crossdock.remark import Item, Phrase, Remark, Severity, environment, free_text, joined, remark, table, worst

SOURCE = Path(module.__file__).parent
#: Calls that make a remark or an item, and the argument that is the code.
MAKERS = {"remark": "remarks", "keep": "items", "remove": "items", "Item": "items"}


@cache
def calls():
    """Find what our code says: section, code, names of the values that it gives, and whether these are all."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", None))
            if not isinstance(node, ast.Call) or name not in MAKERS or not node.args:
                continue
            first = node.args[0]
            code = first.value if isinstance(first, ast.Constant) else getattr(module, getattr(first, "id", ""), None)
            if isinstance(code, str):
                given = {one.arg for one in node.keywords} - {None, "count"} if name != "remark" else None
                given = given if given is not None else {one.arg for one in node.keywords} - {None}
                complete = all(one.arg for one in node.keywords) and len(node.args) <= 2
                found.append((MAKERS[name], code, given, complete))
    return found


def values_of(section, code):
    """Name the values that a template shows."""
    found = table()[section][code]
    text = found["text"] if section == "remarks" else found
    own = {"count"} if section == "items" else set()
    return meta.find_undeclared_variables(environment().parse(text)) - set(environment().globals) - own


def test_every_code_that_is_used_has_words_for_its_values():
    assert len(calls()) > 50
    for section, code, given, complete in calls():
        assert code in table()[section], code
        wanted = values_of(section, code)
        assert given == wanted if complete else given <= wanted, (code, given, wanted)


def test_one_item_is_named_in_the_singular():
    assert Item("chain", {"chain": "B", "description": ""}, 1).text == "residue of chain B"
    assert Item("chain", {"chain": "B", "description": ""}, 2).text == "residues of chain B"
    assert [Item("waters", count=n).text for n in (1, 2)] == ["water", "waters"]
    end = Item("low-end", {"residues": "1", "chain": "A", "plddt": 70.0}, 1)
    assert f"{end.count} {end.text}" == "1 residue of chain A (1), a predicted end of low confidence (pLDDT < 70)"


def test_every_code_with_words_is_used():
    used = {(section, code) for section, code, *_ in calls()}
    # Why residues are closed stands in `choose_site` as keys; FREE_TEXT is made by `free_text`, and of older files.
    closed = {("items", code) for code in ("blocked", "inaccessible", "membrane", "beside-loops")}
    known = {(section, code) for section in ("remarks", "items") for code in table()[section]}
    assert known - used - closed == {("remarks", "said"), ("items", "said")}


def test_severities_are_documented_where_the_sentences_are():
    text = (SOURCE / "remarks.yaml").read_text(encoding="utf-8").partition("\nparts:")[0]
    assert [line.split()[1] for line in text.splitlines() if line.startswith("#   ")] == list(map(str, Severity))
    assert {one["severity"] for one in table()["remarks"].values()} <= set(map(str, Severity))


def test_a_remark_goes_to_json_with_its_sentence_and_comes_back_without():
    one = remark("low-confidence", count=12, chain="", plddt=70.0, residues="338-349")
    text = "12 residues of chain (blank) have a pLDDT below 70 (338-349): their predicted position is uncertain."
    record = {"code": "low-confidence", "severity": "plain", "values": one.values, "text": text}
    assert json.loads(json.dumps(one.to_record())) == record
    assert Item("waters", count=3).to_record() == {"code": "waters", "count": 3, "values": {}, "what": "waters"}
    assert len({one, remark("low-confidence", **one.values), Phrase("waters"), Phrase("waters")}) == 2


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(Exception, match="'count' is undefined"):
        _ = Remark("built").text
    with pytest.raises(KeyError):
        remark("no-such-code")


def test_the_worst_counts():
    both = [free_text("It is."), free_text("It is not.", Severity.SERIOUS)]
    assert worst(both) is Severity.SERIOUS
    assert worst([]) is Severity.DETAIL
    assert joined(both) == "It is. It is not."
