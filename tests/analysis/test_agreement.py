"""What two backends say beside each other: places by DockQ and shared contacts, and ranks with their noise."""

import gzip
from dataclasses import replace
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.agreement import (
    Placed,
    WhereRecord,
    best_of,
    mean_ranks,
    two,
    where,
)
from crossdock.analysis.reference import judge
from crossdock.structures.structure import parse_structure


@pytest.fixture(scope="module")
def prepared():
    """Give colicin E9 and Im9 as 1emv has them."""
    text = gzip.decompress((resources.files("crossdock.demo") / "1emv.pdb.gz").read_bytes()).decode()
    lines = [f"{line[:76]:<76} {line[12:16].strip().lstrip('0123456789')[0]}" for line in text.splitlines()]
    lines = [line for line in lines if line.startswith("ATOM") and line[16] in " A"]
    body = parse_structure(lines, where="1emv")
    body = body[~body.hetero]
    return body[body.chain == "B"], body[body.chain == "A"]


def placed(*bodies, contacts=None):
    sets = contacts or [()] * len(bodies)
    return Placed(tuple(range(len(bodies))), tuple(bodies), tuple(map(frozenset, sets)))


def moved(ligand, *shift):
    return ligand.with_coord(ligand.coord + np.array(shift))


def test_every_two_models_are_compared(prepared):
    """The known-complex judge of single pairs gives the same DockQ, and contacts are counted by hand."""
    receptor, ligand = prepared
    shifts = [(0, 0, 0), (2, 0, 1), (15, 0, 0)]
    ours = placed(
        *((receptor, moved(ligand, *shift)) for shift in shifts),
        contacts=[[("B", "1", "A", "1"), ("B", "2", "A", "1")], [("B", "1", "A", "1")], []],
    )
    theirs = placed(
        (receptor, moved(ligand, 0, 3, 0)),
        (receptor, ligand),
        contacts=[[], [("B", "1", "A", "1"), ("B", "9", "A", "1")]],
    )
    table = where(ours, theirs, prepared)
    assert table[["model", "other_model"]].to_numpy().tolist() == [[i, j] for i in range(3) for j in range(2)]
    for i, shift in enumerate(shifts):
        for j, native in enumerate((moved(ligand, 0, 3, 0), ligand)):
            (alone,) = judge(receptor, native, [moved(ligand, *shift)])
            assert table["dockq"][2 * i + j] == alone["dockq"]
    assert table["dockq"][1] == 1.0, "the same place"
    assert table["shared_contacts"].tolist() == [0, round(1 / 3, 3), 0, 0.5, 0, 0]


def test_a_model_whose_partners_do_not_touch_agrees_with_none(prepared):
    receptor, ligand = prepared
    apart, together = (receptor, moved(ligand, 60, 0, 0)), (receptor, ligand)
    assert where(placed(together), placed(apart), prepared)["dockq"].tolist() == [0.0]
    assert where(placed(apart), placed(apart), prepared)["dockq"].tolist() == [0.0]
    assert where(placed(apart), placed(together), prepared)["dockq"][0] < 0.1


def test_models_that_lack_residues_keep_their_places(prepared):
    """Without the first ten residues of both, and with coordinates of their own, it is still the same complex."""
    receptor, ligand = prepared
    cut = tuple(body[body.residue_index >= 10] for body in prepared)
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    bent = tuple(body.moved(turn, np.array([5.0, 6, 7])) for body in cut)
    table = where(placed((receptor, ligand), (receptor, moved(ligand, 20, 0, 0))), placed(cut, bent), prepared)
    same = table[table["model"] == 0]["dockq"]
    assert (same > 0.95).all()
    assert (table[table["model"] == 1]["dockq"] < 0.3).all()


def test_chains_that_share_residue_numbers_are_told_apart(prepared):
    """A ligand of two chains, both numbered alike: exchanged halves are another placement."""
    receptor, ligand = prepared
    half = ligand.n_residues // 2
    second = ligand.residue_index >= half
    number = np.where(second, ligand.residue_index - half, ligand.residue_index) + 1
    chains = replace(ligand, chain=np.where(second, "C", "A"), residue_number=number)
    order = np.concatenate([np.flatnonzero(second), np.flatnonzero(~second)])
    table = where(placed((receptor, chains)), placed((receptor, chains[order])), (receptor, chains))
    assert table["dockq"].tolist() == [1.0]


def test_the_best_two_models_are_named_and_the_first_two_beside_them():
    table = pd.DataFrame(
        [(0, 0, 0.1, 0.0), (0, 1, 0.5, 0.2), (1, 0, 0.5, 0.4), (1, 1, 0.2, 0.9)],
        columns=["model", "other_model", "dockq", "shared_contacts"],
    )
    best = best_of(("R", "L"), table)
    assert best == WhereRecord("R", "L", 1, 0, 0.5, 0.4, 0.1)
    assert best.agree
    assert not replace(best, dockq=0.229).agree


def ranks(**columns):
    """Make a ranks.csv of one receptor: ligand -> (rank, low, high)."""
    rows = [("R", name, *three) for name, three in columns.items()]
    return pd.DataFrame(rows, columns=["receptor", "ligand", "rank", "rank_low", "rank_high"])


def test_a_backend_with_less_noise_counts_for_more():
    """Weights are 1/error^2, an error the interval's width over 2 x 1.96, and at least that of rounding."""
    one = ranks(a=(1, 1, 1), b=(2, 1, 3), c=(3, 2, 3))
    other = ranks(a=(3, 1, 3), b=(2, 1, 3), c=(1, 1, 2))
    rows = {row.ligand: row for row in mean_ranks({"one": one, "other": other})}
    wide, sharp = 2 / (2 * 1.96), 12**-0.5
    weights = np.array([sharp**-2, wide**-2])
    assert rows["a"].mean == round(float((weights * [1, 3]).sum() / weights.sum()), 2)
    assert rows["a"].error == round(float(weights.sum() ** -0.5), 2)
    assert rows["a"].ranks == {"one": 1, "other": 3}
    assert rows["c"].mean == 2, "intervals of one rank are rounding alone"


def test_where_the_noise_of_one_is_unknown_all_count_alike():
    rows = mean_ranks(
        {"one": ranks(a=(1, 1, 1), b=(2, 2, 2)), "other": ranks(a=(2, np.nan, np.nan), b=(1, np.nan, np.nan))}
    )
    assert [(row.mean, row.error) for row in rows] == [(1.5, None)] * 2


def test_only_ligands_that_all_rank_are_counted():
    one = ranks(a=(1, 1, 1), b=(2, 1, 3), c=(3, 2, 3))
    other = ranks(b=(1, 1, 1), c=(2, 2, 2), a=(np.nan, np.nan, np.nan))
    rows = mean_ranks({"one": one, "other": other})
    assert [(row.ligand, row.ranks, row.of) for row in rows] == [
        ("b", {"one": 1, "other": 1}, 2),
        ("c", {"one": 2, "other": 2}, 2),
    ]


def test_first_by_both_and_contradicted():
    """Of four ligands the first quarter is the first one, and the last quarter the last."""
    unknown = (np.nan, np.nan)
    one = ranks(a=(1, *unknown), b=(2, *unknown), c=(3, *unknown), d=(4, *unknown))
    other = ranks(a=(1, *unknown), b=(3, *unknown), c=(4, *unknown), d=(2, *unknown))
    tables = pd.DataFrame({"R": [1.0, 2, 3, 4]}, index=list("abcd"))
    found = two(("one", "other"), (tables, tables), (one, other), [])
    assert found.both_first == (("R", "a"),)
    assert found.first_by_chance == 0.25
    assert found.contradicted == ()
    assert found.agreement == (), "one receptor"
    turned = ranks(a=(4, *unknown), b=(3, *unknown), c=(2, *unknown), d=(1, *unknown))
    found = two(("one", "other"), (tables, tables), (one, turned), [])
    assert set(found.contradicted) == {("R", "a"), ("R", "d")}
    assert found.both_first == ()
    few = [
        ranks(**{name: (rank, *unknown) for name, rank in zip("abc", order, strict=True)})
        for order in ((1, 2, 3), (3, 2, 1))
    ]
    assert two(("one", "other"), (tables, tables), (few[0], few[1]), []).contradicted == (), "three have no quarters"


def test_the_correlation_is_that_of_the_comparison_with_a_table():
    """Ranks of the same table agree wholly, and beyond chance."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(6, 5)), index=list("abcdef"), columns=list("VWXYZ"))
    empty = ranks()
    found = two(("one", "other"), (table, 3 * table + 1), (empty, empty), [])
    whole = [row for row in found.agreement if row.over == "all cells"]
    assert [(row.of, row.rho, row.beyond_chance) for row in whole] == [("score", 1.0, True), ("specificity", 1.0, True)]
