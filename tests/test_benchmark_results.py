"""The tables of benchmarks/results give the figures that docs/validation.md has."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/validation.md").read_text()
COMPLEXES = 170


def ranks(name):
    table = pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")
    assert table.index.is_unique
    return table["first_acceptable_rank"]


def shares(row):
    """Give the percentages of a row, without their intervals."""
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {row} |"))
    return [float(cell) for cell in re.findall(r"\| \**([\d.]+)\**(?: \()", line)]


def test_equivalent_chains_change_the_ranks_that_are_named():
    before, after = ranks("copies_as_numbered"), ranks("copies_equivalent")
    assert list(before.index) == list(after.index)
    assert len(before) == int(re.search(r"The (\d+) complexes with copies", TEXT)[1])
    named = re.findall(r"(\d\w{3}) \((\d+|none) to (\d+)\)", TEXT)
    assert len(named) == 10
    number = {"none": None}
    said = {name: (number.get(old, old) and float(old), float(new)) for name, old, new in named}
    changed = before.index[before.fillna(0) != after.fillna(0)]
    counted = {name: (None if pd.isna(before[name]) else before[name], after[name]) for name in changed}
    assert counted == said


@pytest.mark.parametrize(("column", "top"), list(enumerate((1, 5, 10, 100))))
def test_equivalent_chains_find_as_many_more_complexes_as_is_said(column, top):
    found = [(ranks(name) <= top).sum() for name in ("copies_as_numbered", "copies_equivalent")]
    said = [shares(row)[column] * COMPLEXES / 100 for row in ("as numbered", "**with equivalent chains**")]
    assert found[1] - found[0] == pytest.approx(said[1] - said[0], abs=0.2)
