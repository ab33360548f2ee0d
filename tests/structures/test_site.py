"""Residues that the user opens or closes to docking."""

from __future__ import annotations

from importlib.resources import files

import pytest

from crossdock.errors import StructureError
from crossdock.remark import Item, texts
from crossdock.structures.prepare import prepare

DEMO = str(files("crossdock.demo") / "1emv.pdb.gz")  # A: Im9, 3 to 85; B: colicin E9, 4 to 133


def mask(**options):
    record = prepare(DEMO, name="x", **({"chains": ["A"]} | options))[1]
    return record.docking_mask


def test_without_a_list_there_is_no_mask():
    assert mask() is None


def test_blocked_residues():
    found = mask(blocked="10-12, 20")
    assert found.blocked == (("A", 10, ""), ("A", 11, ""), ("A", 12, ""), ("A", 20, ""))
    assert found.counts == (Item("blocked", count=4),)


def test_what_is_not_accessible_is_closed():
    closed = mask(accessible="30-40").blocked
    assert {number for _, number, _ in closed} == set(range(3, 86)) - set(range(30, 41))


def test_the_union_counts_each_residue_once():
    both = mask(accessible="30-40", blocked="35-50")
    assert len(both.blocked) == 83 - 5
    assert [(one.text, one.count) for one in both.counts] == [("blocked", 16), ("not accessible", 83 - 11)]


def test_chains_are_named_once_for_what_follows():
    body = {"chains": ["A", "B"]}
    assert [c + str(n) for c, n, _ in mask(blocked="A:10,12,B:20-21", **body).blocked] == [
        "A10",
        "A12",
        "B20",
        "B21",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blocked": "500-510"}, "blocked: '500-510' matches no residue of the structure; chain A has 3 to 85"),
        ({"accessible": "B:5"}, "accessible: there is no chain B in the body, which has A"),
        ({"blocked": "5", "chains": ["A", "B"]}, "'5' has no chain in the body, which has A, B"),
        ({"blocked": "5-x"}, "'5-x' is not a residue range"),
        ({"blocked": "3-85"}, "every residue is blocked from docking"),
        ({"accessible": "10", "blocked": "10"}, "every residue is blocked from docking"),
    ],
)
def test_lists_that_cannot_be_met(options, message):
    with pytest.raises(StructureError, match=message):
        mask(**options)


def test_pulling_residues_are_listed_and_said():
    record = prepare(DEMO, name="x", chains=["A"], attract="30-31")[1]
    assert record.attract == (("A", 30, ""), ("A", 31, ""))
    assert record.docking_mask is None
    assert any("(`attract`) towards 2 residues" in warning for warning in texts(record.remarks))
    assert prepare(DEMO, name="x", chains=["A"], attract="30-31", blocked="31")[1].attract == (("A", 30, ""),)
    with pytest.raises(StructureError, match="blocked from docking"):
        prepare(DEMO, name="x", chains=["A"], attract="30-31", blocked="30-40")
    with pytest.raises(StructureError, match="attract: '500' matches no residue"):
        prepare(DEMO, name="x", chains=["A"], attract="500")
