"""Additive models of matrices with holes and of symmetric ones, beside numpy's least squares and diallels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.additive import Pattern, additive, median
from crossdock.analysis.compare import compare
from crossdock.analysis.controls import against_controls
from crossdock.analysis.noise import noise, ranks
from crossdock.analysis.scatter import beyond_noise, noise_limit, scaled_z
from crossdock.analysis.specificity import (
    focused_z,
    lowest_by_chance,
    median_polish,
    robust_z,
    size_dependence,
    specificity,
    stability,
    variance_shares,
)
from crossdock.analysis.table import summary, usable
from crossdock.errors import InputError

RNG = np.random.default_rng(5)


def with_holes(ligands=7, receptors=5, holes=9, seed=1):
    rng = np.random.default_rng(seed)
    scores = rng.normal(-200, 30, (ligands, receptors)) + rng.normal(0, 50, (1, receptors))
    scores.ravel()[rng.choice(scores.size, holes, replace=False)] = np.nan
    return scores


def square(n=6, *, homo=False, holes=0, seed=2):
    rng = np.random.default_rng(seed)
    scores = rng.normal(-200, 30, (n, n)) + 20 * np.add.outer(*[rng.normal(size=n)] * 2)
    upper = np.argwhere(np.triu(np.ones((n, n)), 1))
    for i, j in rng.permutation(upper)[:holes]:
        scores[i, j] = np.nan
    scores = np.triu(scores) + np.triu(scores, 1).T
    if not homo:
        np.fill_diagonal(scores, np.nan)
    return scores


def design(scores, symmetric):
    """Rows of the additive model, one a pair, and the pairs."""
    pairs = [tuple(pair) for pair in np.argwhere(np.isfinite(scores)) if not symmetric or pair[0] <= pair[1]]
    rows = np.zeros((len(pairs), sum(scores.shape) + 1))
    for row, (i, j) in zip(rows, pairs, strict=True):
        row[-1] = 1
        row[i] += 1
        row[j if symmetric else scores.shape[0] + j] += 1
    return rows, pairs


@pytest.mark.parametrize(
    ("scores", "symmetric"),
    [
        (with_holes(), False),
        (with_holes(12, 9, 60), False),
        (square(), True),
        (square(homo=True), True),
        (square(9, holes=12), True),
        (RNG.normal(size=(4, 6)), False),
    ],
)
def test_the_residual_is_that_of_least_squares(scores, symmetric):
    rows, pairs = design(scores, symmetric)
    values = np.array([scores[pair] for pair in pairs])
    fitted = rows @ np.linalg.lstsq(rows, values, rcond=None)[0]
    hat = np.diag(rows @ np.linalg.pinv(rows))
    expected = np.where(hat < 1 - 1e-8, values - fitted, np.nan)
    own = specificity(scores, symmetric=symmetric)
    assert np.array([own[pair] for pair in pairs]) == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert np.isnan(own[np.isnan(scores)]).all()
    if symmetric:
        assert own == pytest.approx(own.T, nan_ok=True)
    model = additive(Pattern.of(scores, symmetric=symmetric))
    assert model.rank == np.linalg.matrix_rank(rows)
    shares = variance_shares(scores, symmetric=symmetric)
    total = ((values - values.mean()) ** 2).sum()
    assert shares.left == pytest.approx(((values - fitted) ** 2).sum() / total)
    assert sum(share for _, share, _ in shares.explained) + shares.left == pytest.approx(1)
    assert sum(chance for *_, chance in shares.explained) == pytest.approx((model.rank - 1) / (len(pairs) - 1))


def test_without_homodimers_it_is_the_combining_ability_of_a_half_diallel():
    """Griffing 1956, method 4: s_ij = x_ij - (X_i. + X_j.) / (p - 2) + 2 X.. / ((p - 1) (p - 2))."""
    scores, p = square(7), 7
    sums, total = np.nansum(scores, axis=1), np.nansum(np.triu(scores, 1))
    expected = scores - np.add.outer(sums, sums) / (p - 2) + 2 * total / ((p - 1) * (p - 2))
    assert specificity(scores, symmetric=True) == pytest.approx(expected, nan_ok=True)


def test_with_homodimers_it_is_that_of_a_diallel_with_parents():
    """Griffing 1956, method 2: s_ij = x_ij - (X_i. + x_ii + X_j. + x_jj) / (p + 2) + 2 X.. / ((p + 1) (p + 2))."""
    scores, p = square(5, homo=True), 5
    sums = scores.sum(axis=1) + np.diag(scores)
    expected = scores - np.add.outer(sums, sums) / (p + 2) + 2 * np.triu(scores).sum() / ((p + 1) * (p + 2))
    assert specificity(scores, symmetric=True) == pytest.approx(expected)


def test_holes_of_a_complete_matrix_change_nothing_but_what_they_must():
    scores = RNG.normal(size=(6, 5))
    assert additive(Pattern.of(scores)).residual(scores) == pytest.approx(specificity(scores))
    additive_only = np.add.outer(RNG.normal(size=6), RNG.normal(size=5))
    additive_only[0, 0] = additive_only[3, 2] = np.nan
    assert np.nanmax(np.abs(specificity(additive_only))) < 1e-12
    assert np.nanmax(np.abs(median_polish(additive_only).residual)) < 1e-6


def test_what_the_other_pairs_do_not_predict_is_not_defined():
    scores = np.full((5, 5), np.nan)
    scores[:3, :3] = RNG.normal(size=(3, 3))
    scores[3, 3] = -999.0  # a pair apart
    scores[4, 0] = -999.0  # the only pair of a ligand
    for table in (specificity(scores), robust_z(median_polish(scores).residual)):
        assert np.isnan(table[3, 3])
        assert np.isnan(table[4, 0])
        assert np.isfinite(table[:3, :3]).all()
    assert specificity(scores)[:3, :3] == pytest.approx(specificity(scores[:3, :3]))
    chain = np.where(np.eye(4) + np.eye(4, k=1) > 0, RNG.normal(size=(4, 4)), np.nan)
    assert np.isnan(specificity(chain)).all()
    assert np.isnan(specificity(square(3), symmetric=True)).all(), "three pairs, and an average of three proteins"
    with pytest.raises(InputError, match="too few"):
        variance_shares(chain)
    with pytest.raises(InputError, match="too few pairs have a score \\(7\\)"):
        usable(pd.DataFrame(chain, list("abcd"), list("RSTU")), "table")


def test_medians_leave_holes_out():
    values = np.array([[3.0, np.nan, 1.0, 8.0], [np.nan] * 4, [2.0, 4.0, np.nan, np.nan]])
    assert median(values, 1)[:, 0].tolist() == [3.0, 0.0, 3.0]
    assert median(values, (0, 1))[0, 0] == np.nanmedian(values)
    assert median(values, 0)[0] == pytest.approx([2.5, 4.0, 1.0, 8.0])


@pytest.mark.parametrize(("scores", "symmetric"), [(with_holes(9, 8, 15), False), (square(9, homo=True), True)])
def test_a_polish_leaves_medians_of_zero(scores, symmetric):
    """At its end no protein's median takes anything more; a homodimer counts twice, with half its residual."""
    fit = median_polish(scores, rounds=500, settled=1e-12, symmetric=symmetric)
    effects = fit.overall + np.add.outer(fit.ligand, fit.receptor)
    assert np.nanmax(np.abs(scores - effects - fit.residual)) < 1e-9
    for axis in (0,) if symmetric else (0, 1):
        for place, line in enumerate(np.moveaxis(fit.residual, 1 - axis, 0)):
            own = np.append(np.delete(line, place), [line[place] / 2] * 2) if symmetric else line
            own = own[np.isfinite(own)]
            assert np.abs(own - np.median(own)).sum() == pytest.approx(np.abs(own).sum())
    stacked = median_polish(np.stack([scores, scores + 5.0]), symmetric=symmetric).residual
    assert stacked[0] == pytest.approx(stacked[1], nan_ok=True)


def test_one_partner_does_not_pull_the_medians():
    scores = square(12)
    scores[2, 7] = scores[7, 2] = scores[2, 7] - 500
    residual = median_polish(scores, symmetric=True).residual
    assert np.unravel_index(np.nanargmin(residual), residual.shape) in ((2, 7), (7, 2))
    assert residual[2, 7] < -400 < specificity(scores, symmetric=True)[2, 7] + 100
    assert beyond_noise(pd.DataFrame(scores), symmetric=True)[1][0][:2] == ("7", "2")


@pytest.mark.parametrize(("scores", "symmetric"), [(with_holes(8, 7, 12), False), (square(8), True)])
def test_panels_without_partners_seldom_have_a_pair_beyond_noise(scores, symmetric):
    pattern = Pattern.of(scores, symmetric=symmetric)
    limit = noise_limit(*scores.shape, pattern=pattern)
    rng = np.random.default_rng(11)
    z = scaled_z(pattern.drawn(-rng.gumbel(size=(400, *scores.shape))), symmetric=symmetric)
    assert (np.nanmin(z, axis=(1, 2)) < limit).mean() <= 0.08
    low, rare = lowest_by_chance(*scores.shape, pattern=pattern)
    drawn = robust_z(
        median_polish(pattern.drawn(rng.normal(size=(400, *scores.shape))), symmetric=symmetric).residual,
        symmetric=symmetric,
    )
    lowest = np.nanmin(drawn, axis=(1, 2))
    assert np.median(lowest) == pytest.approx(low, rel=0.1)
    assert 0.01 <= (lowest < rare).mean() <= 0.11


def test_noise_is_tested_where_each_protein_has_four_partners():
    scores = np.full((7, 6), np.nan)
    scores[:5, :4] = RNG.normal(size=(5, 4))
    scores[5, :3] = -9e9
    assert (
        np.isfinite(scaled_z(scores)).tolist()
        == np.isfinite(np.where(np.arange(7)[:, None] < 5, scores, np.nan)).tolist()
    )
    assert noise_limit(7, 6, pattern=Pattern.of(scores)) is not None
    assert beyond_noise(pd.DataFrame(scores[:, :3])) == (None, ())
    assert noise_limit(4, 4, pattern=Pattern.of(square(4), symmetric=True)) is None
    assert np.isnan(lowest_by_chance(3, 3, pattern=Pattern.of(np.where(np.eye(3), np.nan, 1.0)))).all()


@pytest.mark.parametrize(("scores", "symmetric"), [(with_holes(6, 5, 7), False), (square(6), True)])
def test_errors_of_specificity_are_those_of_many_dockings(scores, symmetric):
    """The spread of specificities over many panels with noise of sd 3, from two dockings a pair."""
    rng = np.random.default_rng(3)
    pattern = Pattern.of(scores, symmetric=symmetric)
    model = additive(pattern)
    draws = pattern.drawn(rng.normal(0, 3, (4000, *scores.shape)))
    own = np.array([model.residual(scores + one) for one in draws])
    values = model.values(np.full(scores.shape, 9.0))
    spread = model.matrix(np.sqrt(model.variance(values)))
    there = model.defined
    assert spread[there] == pytest.approx(own.std(axis=0)[there], rel=0.06)
    first = np.zeros(len(values), dtype=int)
    apart = np.array([model.values(one) for one in own])
    expected = (apart - apart[:, :1]).std(axis=0)[model.free > 0]
    difference = np.sqrt(np.maximum(model.variance(values, first), 0))[model.free > 0]
    assert difference == pytest.approx(expected, rel=0.06, abs=1e-6)
    repeated = scores[..., None] + np.stack([pattern.drawn(rng.normal(0, 3, scores.shape)) for _ in range(2)], axis=-1)
    found = noise(repeated, symmetric=symmetric)
    assert found.freedom == pattern.once.sum()
    assert np.isfinite(found.specificity_error).tolist() == there.tolist()
    ranked = ranks(repeated, rounds=50, symmetric=symmetric)
    mean = specificity(repeated.mean(axis=2), symmetric=symmetric)
    for j in range(scores.shape[1]):
        order = pd.Series(mean[:, j]).rank(method="first")
        assert ranked.rank[:, j].tolist() == order.fillna(0).astype(int).tolist()
    assert (ranked.low <= ranked.rank).all()


@pytest.mark.measurement
def test_controls_of_panels_without_partners():
    """p-values of pairs that are like the controls are no lower than chance gives."""
    rng = np.random.default_rng(8)
    p = []
    for _ in range(60):
        scores = np.where(rng.random((6, 5)) < 0.25, np.nan, rng.normal(size=(6, 5)))
        p.append(against_controls(scores, rng.normal(size=(20, 5))).p)
        assert np.isnan(p[-1][np.isnan(specificity(scores)) & np.isnan(scores)]).all()
    p = np.concatenate([one[np.isfinite(one)] for one in p])
    assert (p <= 0.05).mean() <= 0.06
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.08)
    alike = []
    for seed in range(60):
        scores = (square(6, seed=seed) + 200) / 30
        found = against_controls(scores, np.random.default_rng(seed).normal(size=(20, 6)), symmetric=True)
        assert found.p == pytest.approx(found.p.T, nan_ok=True)
        assert found.q == pytest.approx(found.q.T, nan_ok=True)
        alike.append(found.p[np.triu_indices(6, 1)])
    assert (np.concatenate(alike) <= 0.05).mean() <= 0.09
    partner = square(6)
    partner[1, 4] = partner[4, 1] = partner[1, 4] - 900
    found = against_controls(partner, np.random.default_rng(1).normal(-200, 30, (60, 6)), symmetric=True)
    assert np.nanmin(found.q) == found.q[1, 4] == found.q[4, 1] < 0.1
    assert found.q[1, 4] == pytest.approx(15 / 361), "one of 15 pairs, below 360 control pairs"


def test_focused_z_compares_the_pairs_that_there_are():
    scores = with_holes()
    z = focused_z(scores, axis=0)
    for i, j in np.argwhere(np.isfinite(scores)):
        others = np.delete(scores[:, j], i)
        others = others[np.isfinite(others)]
        expected = (scores[i, j] - others.mean()) / others.std(ddof=1) if len(others) > 1 else np.nan
        assert z[i, j] == pytest.approx(expected, nan_ok=True)
    both = square()
    assert focused_z(both, axis=0) == pytest.approx(focused_z(both, axis=1).T, nan_ok=True)


def test_sizes_count_each_pair_once():
    scores = square(6, homo=True)
    size = np.outer(*[np.arange(50.0, 650, 100)] * 2)
    upper = np.triu_indices(6)
    slope, intercept = np.polyfit(np.log(size[upper]), scores[upper], 1)
    fit = size_dependence(scores, size, symmetric=True)
    assert (fit.slope, fit.intercept) == (pytest.approx(slope), pytest.approx(intercept))
    holes = with_holes(6, 6, 5)
    there = np.isfinite(holes)
    assert size_dependence(holes, size).slope == pytest.approx(np.polyfit(np.log(size[there]), holes[there], 1)[0])


def test_the_best_partner_of_each_protein():
    scores = pd.DataFrame(square(7), list("abcdefg"), list("abcdefg"))
    table = stability(scores, symmetric=True).set_index("receptor")
    own = pd.DataFrame(specificity(scores.to_numpy(), symmetric=True), scores.index, scores.columns)
    assert table["best_by_specificity"].tolist() == own.idxmin().tolist()
    assert table["best_by_score"].tolist() == scores.idxmin().tolist()
    stays = []
    for out in set("bcdefg") - {own["a"].idxmin()}:
        left = scores.drop(index=out, columns=out)
        again = pd.DataFrame(specificity(left.to_numpy(), symmetric=True), left.index, left.columns)
        stays.append(again["a"].idxmin() == own["a"].idxmin())
    assert table.loc["a", "stays"] == pytest.approx(np.mean(stays))


def test_a_symmetric_table_may_be_half():
    whole = pd.DataFrame(square(6), list("abcdef"), list("abcdef"))
    half = whole.where(np.triu(np.ones((6, 6), dtype=bool)))
    shuffled = half[list("fedcba")]
    for table in (whole, half, shuffled):
        scores, symmetric = usable(table, "table")
        assert symmetric
        pd.testing.assert_frame_equal(scores, whole)
    text = summary(*usable(half, "table")[:1], where="table", symmetric=True)
    assert "15 pairs of 6 proteins" in text
    assert "explained by protein averages" in text
    other = whole.copy()
    other.iloc[0, 1] += 1
    assert not usable(other, "table")[1], "a pair with two scores has two roles"
    holes = whole.iloc[:4, 2:]
    assert "cells empty" in summary(usable(holes, "table")[0], where="table")


def test_tables_are_compared_where_both_have_pairs():
    ours = pd.DataFrame(with_holes(8, 6, 5), list("abcdefgh"), list("RSTUVW"))
    theirs = pd.DataFrame(with_holes(8, 6, 5, seed=9), ours.index, ours.columns)
    both = ours.notna() & theirs.notna()
    rows = {(row.over, row.of): row for row in compare(ours, theirs, rounds=200).agreement}
    row = rows["all cells", "score"]
    ranks_of = [table.to_numpy()[both.to_numpy()] for table in (ours, theirs)]
    assert row.cells == both.to_numpy().sum()
    assert row.rho == pytest.approx(pd.Series(ranks_of[0]).corr(pd.Series(ranks_of[1]), method="spearman"), abs=1e-3)
    one = pd.DataFrame(square(7), list("abcdefg"), list("abcdefg"))
    half = one.where(np.triu(np.ones((7, 7), dtype=bool)))
    alike = compare(one, half, rounds=200, symmetric=True).agreement
    assert {row.rho for row in alike} == {1.0}
    assert next(row for row in alike if row.over == "all cells").cells == 21
