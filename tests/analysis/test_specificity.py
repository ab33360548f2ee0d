"""A matrix taken apart: against hand-worked tables, scipy, least squares, and the published table's figures."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, median_abs_deviation, zmap

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
from crossdock.analysis.table import read_matrix, read_sizes, summary, usable, write_tables
from crossdock.cli import main
from crossdock.errors import InputError

CASES = Path(__file__).parents[1] / "data/cases"


@pytest.fixture
def paper(request):
    return read_matrix(request.config.rootpath / "config/published/zhankina2024_table2.csv")


def test_the_published_tables_figures(paper):
    """Receptors 50 %, ligands 26 % of the variance; four of seven have another first ligand once both are removed."""
    shares = variance_shares(paper.to_numpy())
    assert [round(100 * share) for share in (shares.receptor, shares.ligand, shares.left)] == [50, 26, 24]
    table = stability(paper).set_index("receptor")
    assert table["best_by_score"].to_dict() == {
        "AR": "PDGF-AA",
        "Delta-O": "CD81",
        "ER": "CD81",
        "FSHR": "CD81",
        "GPER": "GCSF",
        "KOR": "HLA-A",
        "MOR": "HLA-A",
    }
    changed = table[table["best_by_score"] != table["best_by_specificity"]]
    assert changed["best_by_specificity"].to_dict() == {
        "AR": "FGF2",
        "Delta-O": "CACNA2D1",
        "ER": "HGF",
        "FSHR": "VEGF-A",
    }


def test_variance_is_split_as_by_least_squares():
    """Each share is the fall of the residual sum of squares that a set of averages brings."""
    scores = np.random.default_rng(1).normal(size=(5, 4)) + np.arange(4)
    rows, columns = np.repeat(np.eye(5), 4, axis=0), np.tile(np.eye(4), (5, 1))

    def left(*parts):
        design = np.column_stack([np.ones(20), *parts])
        fitted = design @ np.linalg.lstsq(design, scores.ravel(), rcond=None)[0]
        return ((scores.ravel() - fitted) ** 2).sum()

    shares = variance_shares(scores)
    assert shares.receptor == pytest.approx(1 - left(columns) / left())
    assert shares.ligand == pytest.approx(1 - left(rows) / left())
    assert shares.left == pytest.approx(left(rows, columns) / left())


def test_chance_explains_its_degrees_of_freedom():
    rng = np.random.default_rng(2)
    found = [variance_shares(rng.normal(size=(6, 4))) for _ in range(2000)]
    assert np.mean([one.receptor for one in found]) == pytest.approx(found[0].chance_receptor, rel=0.05)
    assert np.mean([one.ligand for one in found]) == pytest.approx(found[0].chance_ligand, rel=0.05)
    assert (found[0].chance_receptor, found[0].chance_ligand) == (3 / 23, 5 / 23)


def test_equal_scores_have_nothing_to_explain():
    with pytest.raises(InputError, match="equal"):
        variance_shares(np.ones((3, 3)))


def test_median_polish_by_hand():
    """Rows' medians 2, 5, 8; then columns' medians -1, 0, 1; the outlier of 10 stays whole."""
    table = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 19]])
    fit = median_polish(table)
    assert fit.overall == 5
    assert fit.ligand.tolist() == [-3, 0, 3]
    assert fit.receptor.tolist() == [-1, 0, 1]
    assert fit.residual.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 10]]
    assert specificity(table)[2, 2] == pytest.approx(10 * 4 / 9), "averages share an outlier out"
    rebuilt = fit.overall + fit.ligand[:, None] + fit.receptor + fit.residual
    assert rebuilt == pytest.approx(table)
    stacked = median_polish(np.stack([table, table.T, 0 * table]))
    assert stacked.residual[1, 2, 2] == 10
    assert stacked.overall.tolist() == [5, 5, 0]


def test_polished_residuals_have_medians_of_zero():
    residual = median_polish(np.random.default_rng(3).normal(size=(9, 7))).residual
    assert np.median(residual, axis=0) == pytest.approx(np.zeros(7), abs=0.05)
    assert np.median(residual, axis=1) == pytest.approx(np.zeros(9), abs=0.05)


def test_robust_z_is_normal_for_normal_numbers():
    numbers = np.random.default_rng(4).normal(3, 7, size=(200, 200))
    assert robust_z(numbers - 3).std() == pytest.approx(1, abs=0.02)
    spread = median_abs_deviation(numbers, axis=None, scale="normal")
    assert robust_z(numbers) == pytest.approx(numbers / spread, rel=1e-4)
    assert np.isnan(robust_z(np.zeros((3, 3)))).all(), "without spread there is no unit"
    one = np.zeros((5, 4))
    one[2, 2] = -300
    assert np.isnan(robust_z(one)).all()


@pytest.mark.measurement
def test_the_lowest_by_chance_is_that_of_noise():
    """Of other panels of noise, one in two has a lower z than the median, and one in twenty than the rare value."""
    median, rare = lowest_by_chance(12, 7)
    assert rare < median < -3
    rng = np.random.default_rng(9)
    lowest = [robust_z(median_polish(rng.normal(size=(12, 7)) + np.arange(7)).residual).min() for _ in range(1000)]
    assert np.mean(np.array(lowest) < median) == pytest.approx(0.5, abs=0.08)
    assert np.mean(np.array(lowest) < rare) == pytest.approx(0.05, abs=0.035)


def test_focused_z_leaves_its_own_cell_out():
    scores = np.random.default_rng(5).normal(-200, 30, size=(6, 5))
    for axis in (0, 1):
        z = focused_z(scores, axis=axis)
        for i, j in ((0, 0), (3, 4), (5, 2)):
            others = np.delete(scores[:, j], i) if axis == 0 else np.delete(scores[i], j)
            assert z[i, j] == pytest.approx(zmap(scores[i, j], others, ddof=1))
    assert focused_z(np.array([[1.0], [2.0], [9.0]]), axis=0)[2, 0] == pytest.approx((9 - 1.5) / np.sqrt(0.5))
    assert np.isnan(focused_z(np.ones((4, 4)), axis=0)).all()
    assert np.isnan(focused_z(np.eye(2), axis=1)).all()


def test_size_is_fitted_through_its_logarithm():
    size = np.outer([50.0, 100, 200], [80.0, 300])
    scores = -20 * np.log(size) + np.array([[0.0, 1], [1, 0], [0, 1]])
    fit = size_dependence(scores, size)
    line = linregress(np.log(size).ravel(), scores.ravel())
    assert (fit.slope, fit.intercept, fit.share) == pytest.approx((line.slope, line.intercept, line.rvalue**2))
    assert fit.residual == pytest.approx(scores - line.slope * np.log(size) - line.intercept)
    with pytest.raises(InputError, match="above zero"):
        size_dependence(scores, np.zeros((3, 2)))


def test_a_planted_pair_stays_and_noise_does_not():
    rng = np.random.default_rng(6)
    scores = pd.DataFrame(rng.normal(size=(8, 6)), index=list("abcdefgh"), columns=list("ABCDEF"))
    scores.loc["c", "A"] -= 20
    table = stability(scores).set_index("receptor")
    assert table.loc["A", "best_by_specificity"] == "c"
    assert table.loc["A", "stays"] == 1
    assert table["stays"].min() < 1
    assert stability(scores.iloc[:2, :2])["stays"].isna().all(), "nothing can be left out of two by two"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_any_separator(tmp_path, separator):
    path = tmp_path / "table.csv"
    rows = [["", "R1", "R2"], ["a", "-1.5", "\u22122"], ["b", " 3", "4e1"]]
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    assert read_matrix(path).to_dict() == {"R1": {"a": -1.5, "b": 3.0}, "R2": {"a": -2.0, "b": 40.0}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ligand,R1,R2\na,1,two\nb,1,2\n", ["expected a number, got 'two'", "a on R2"]),
        ("ligand,R1,R2\na,1,2\na,1,2\n", ["'a' appears twice"]),
        ("ligand,R1,R2\na,1,\nb,1,2\n", ["too few pairs have a score (3)"]),
        ("ligand,R1\na,1\nb,2\n", ["2 x 1 cells"]),
        ("ligand,R1,R2\na,1,1\nb,1,1\n", ["all scores are equal"]),
        ("ligand,R1,R2\n", ["no numbers in the table"]),
        ("ligand,R1,R1\na,1,2\nb,3,4\n", ["the column 'R1' appears twice"]),
    ],
)
def test_a_bad_table_is_named(tmp_path, text, expected, capsys):
    path = tmp_path / "table.csv"
    path.write_text(text)
    assert main(["specificity", str(path)]) == 2
    output = capsys.readouterr().err
    assert all(word in output for word in expected)


def test_the_command_tells_and_writes(request, tmp_path, capsys):
    table = request.config.rootpath / "config/published/zhankina2024_table2.csv"
    assert main(["specificity", str(table), "-o", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "explained by receptor averages   50%" in output
    assert "4 of 7 receptors have another first ligand" in output
    written = pd.read_csv(tmp_path / "specificity.csv", index_col="ligand")
    assert written.loc["HLA-A", "KOR"] == pytest.approx(-335.68, abs=0.01)
    assert pd.read_csv(tmp_path / "best.csv")["best_by_score"].tolist()[0] == "PDGF-AA"


def test_turned_signs_turn_the_best(paper, tmp_path, capsys):
    path = tmp_path / "energies.csv"
    (-paper).rename_axis("ligand").to_csv(path)
    assert main(["specificity", str(path), "--higher"]) == 0
    assert re.search("HLA-A +HLA-A", capsys.readouterr().out)


def test_sizes_are_asked_for_by_name(paper, tmp_path):
    sizes = tmp_path / "sizes.csv"
    names = [*paper.index, *paper.columns]
    pd.DataFrame({"protein": names, "size": range(100, 100 + len(names))}).to_csv(sizes, index=False)
    assert "explains" in summary(paper, where="paper", sizes=read_sizes(sizes))
    write_tables(tmp_path / "out", paper, sizes=read_sizes(sizes))
    assert (tmp_path / "out/size_residual.csv").is_file()
    sizes.write_text("protein,size\nCD81,90\n")
    with pytest.raises(InputError, match="the size of 'FGF2'"):
        summary(paper, where="paper", sizes=read_sizes(sizes))


def test_a_whole_matrix_passes(paper):
    scores, symmetric = usable(paper, "paper")
    assert scores is paper
    assert not symmetric


def test_in_a_table_na_is_an_empty_cell_and_a_name(tmp_path):
    (tmp_path / "table.csv").write_text("ligand,007,R2\nNA,-1.5,NA\nL2,,-2\n")
    table = read_matrix(tmp_path / "table.csv")
    assert table.index.tolist() == ["NA", "L2"]
    assert table.columns.tolist() == ["007", "R2"]
    assert table.isna().to_numpy().tolist() == [[False, True], [True, False]]


def test_unequal_scatter_goes_below_the_limit_of_noise_more_often():
    """What docs/statistics.md and the report warn of: no partner in any panel, but proteins that scatter unlike."""
    rng = np.random.default_rng(3)
    limit, below = lowest_by_chance(12, 7)[1], {"alike": [], "unlike": []}
    for _ in range(200):
        drawn = rng.normal(size=(12, 7))
        scale = np.exp(0.4 * rng.normal(size=(12, 1)) + 0.4 * rng.normal(size=(1, 7)))
        for name, table in (("alike", drawn), ("unlike", drawn * scale)):
            below[name].append(robust_z(median_polish(table).residual).min() < limit)
    assert np.mean(below["alike"]) < 0.1
    assert np.mean(below["unlike"]) > 0.25


LIKE_ENERGIES = "R1,R2\na,-1.5,-2\nb,-3,-4.5\n"
LIKE_CONFIDENCES = "R1,R2\na,0.5,0.2\nb,0.3,0.45\n"
POSITIVE = "R1,R2\na,15,2\nb,30,45\n"


@pytest.mark.parametrize(
    ("name", "header", "cells", "higher", "expected"),
    [
        ("scores", "ligand", LIKE_ENERGIES, False, None),
        ("scores", "ligand", LIKE_ENERGIES, True, "all scores are negative"),
        ("scores", "ligand", LIKE_CONFIDENCES, False, "between 0 and 1"),
        ("scores", "ligand", LIKE_CONFIDENCES, True, None),
        ("scores", "ligand", POSITIVE, False, "all scores are positive"),
        ("scores", "ligand", POSITIVE, True, None),
        ("scores", "ipTM", POSITIVE, False, "for `iptm`, higher is better"),
        ("af3_ipSAE_max", "ligand", LIKE_CONFIDENCES, False, "for `ipsae`, higher"),
        ("LightDockScores", "", LIKE_ENERGIES, False, "for `lightdock`, higher"),
        ("pDockQ", "ligand", LIKE_CONFIDENCES, True, None),
        ("scores", "Kd (nM)", POSITIVE, False, None),
        ("scores", "Kd (nM)", POSITIVE, True, "for `kd`, lower is better"),
        ("haddock", "ligand", POSITIVE, False, None),
        ("scores", "ligand", POSITIVE.replace("R1,R2", "R1 iptm,R2 iptm"), False, "for `iptm`, higher"),
        ("scores", "ligand", LIKE_ENERGIES.replace("R1,R2", "KI,LIS"), False, None),
    ],
)
def test_the_direction_is_said_and_doubted(tmp_path, name, header, cells, higher, expected, capsys):
    path = tmp_path / f"{name}.csv"
    path.write_text(f"{header},{cells}")
    assert main(["specificity", str(path), *(["--better", "high"] if higher else [])]) == 0
    output = capsys.readouterr()
    assert f"{'Higher' if higher else 'Lower'} scores are better" in output.out
    assert (expected in output.err) if expected else output.err == "", output.err


def test_scores_of_lightdock_are_better_the_higher(capsys):
    path = str(CASES / "lightdock.csv")
    assert main(["specificity", path]) == 0
    assert "add `--better high`" in capsys.readouterr().err
    assert main(["specificity", path, "--higher"]) == 0
    assert capsys.readouterr().err == ""
