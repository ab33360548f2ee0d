"""A run beside a published table: correlations against scipy, what chance gives, and claims judged by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from crossdock.analysis.compare import FAILS, HOLDS, OPEN, compare, read_claims, summary
from crossdock.analysis.records import ComparisonRecord
from crossdock.analysis.specificity import specificity
from crossdock.analysis.table import read_matrix
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.records import read_record, write_record


@pytest.fixture
def paper(request):
    return read_matrix(request.config.rootpath / "config/published/zhankina2024_table2.csv")


@pytest.fixture
def claims(request):
    return read_claims(request.config.rootpath / "config/published/zhankina2024_table2.claims.csv")


def verdicts(found):
    return {row.receptor or "all": row.verdict for row in found.claims}


def test_correlations_are_spearmans(paper):
    rng = np.random.default_rng(0)
    run = paper + rng.normal(0, 200, paper.shape)
    rows = {(row.over, row.of): row for row in compare(run, paper, rounds=200).agreement}
    assert rows["all cells", "score"].rho == pytest.approx(
        spearmanr(run.to_numpy().ravel(), paper.to_numpy().ravel())[0], abs=6e-4
    )
    assert rows["KOR", "score"].rho == pytest.approx(spearmanr(run["KOR"], paper["KOR"])[0], abs=6e-4)
    own = [pd.DataFrame(specificity(table.to_numpy()), table.index, table.columns)["ER"] for table in (run, paper)]
    assert rows["ER", "specificity"].rho == pytest.approx(spearmanr(*own)[0], abs=6e-4)


@pytest.mark.parametrize(("tables", "slack"), [(12, 0.05), pytest.param(100, 0.03, marks=pytest.mark.measurement)])
def test_chance_covers_independent_tables(paper, tables, slack):
    """Tables that have nothing to do with the paper lie beyond chance one time in twenty."""
    rng = np.random.default_rng(1)
    beyond = []
    for _ in range(tables):
        run = pd.DataFrame(rng.normal(size=paper.shape), paper.index, paper.columns)
        rows = compare(run, paper, rounds=300).agreement
        beyond += [row.beyond_chance for row in rows if row.over in ("all cells", "AR", "KOR")]
    assert np.mean(beyond) == pytest.approx(0.05, abs=slack)


def test_the_papers_own_table_holds_three_of_its_claims(paper, claims):
    """Of seven best ligands three are best by both measures, four by score alone."""
    found = compare(paper, paper, claims=claims, rounds=50)
    assert verdicts(found) == {
        "AR": OPEN,
        "Delta-O": OPEN,
        "ER": OPEN,
        "FSHR": OPEN,
        "GPER": HOLDS,
        "KOR": HOLDS,
        "MOR": HOLDS,
        "all": HOLDS,
    }
    assert "the two measures disagree" in found.claims[0].why


def sure_ranks(paper, low=2):
    """Make ranks.csv in which no ligand may be first."""
    return pd.DataFrame(
        [(receptor, ligand, low, 9) for receptor in paper.columns for ligand in paper.index],
        columns=["receptor", "ligand", "rank_low", "rank_high"],
    )


def test_a_run_that_says_otherwise(paper, claims):
    found = compare(-paper, paper, claims=claims, ranks=sure_ranks(paper), error=10.0, rounds=50)
    assert set(verdicts(found).values()) == {FAILS}
    assert found.agreement[0].rho == -1.0


def test_without_replicates_no_claim_fails(paper, claims):
    """With one docking, a difference may be noise."""
    found = compare(-paper, paper, claims=claims, rounds=50)
    assert set(verdicts(found).values()) == {OPEN}
    assert all("docked once" in row.why for row in found.claims)


def test_averages_within_the_noise_cannot_be_judged(paper, claims):
    """HLA-A, fourth of the paper's averages, put just behind the fifth."""
    run = paper.copy()
    means = run.mean(axis=1).sort_values()
    run.loc["HLA-A"] += means.iloc[4] - means["HLA-A"] + 20
    noisy, quiet = (compare(run, paper, claims=claims, error=error, rounds=50) for error in (60.0, 1.0))
    assert (verdicts(noisy)["all"], verdicts(quiet)["all"]) == (OPEN, FAILS)


def test_another_protein_cannot_be_judged(paper, claims):
    doubts = {"GPER": "the entry holds CNR2"}
    found = compare(paper, paper, claims=claims, doubts=doubts, rounds=50)
    assert verdicts(found)["GPER"] == OPEN
    assert "GPER: the entry holds CNR2" in summary(found)
    missing = compare(paper.drop(index="HLA-A"), paper, claims=claims, rounds=50)
    assert verdicts(missing)["KOR"] == OPEN
    assert "HLA-A is not in this run" in summary(missing)


def test_a_rank_within_the_noise_cannot_be_judged(paper, claims):
    ranks = sure_ranks(paper, low=1)
    found = compare(-paper, paper, claims=claims, ranks=ranks, rounds=50)
    assert verdicts(found)["KOR"] == OPEN
    assert "rank 1 to 9" in found.claims[5].why
    sure = compare(-paper, paper, claims=claims, ranks=ranks.assign(rank_low=2), rounds=50)
    assert verdicts(sure)["KOR"] == FAILS


def test_too_little_in_common(paper):
    found = compare(paper.iloc[:2], paper, rounds=50)
    assert found.agreement == ()
    assert "A comparison needs at least 3 ligands" in summary(found)


def test_the_command_compares_two_tables(request, paper, tmp_path, capsys):
    table = request.config.rootpath / "config/published/zhankina2024_table2.csv"
    out = tmp_path / "comparison.json"
    assert main(["compare", str(table), str(table), "-o", str(out)]) == 0
    assert "HLA-A is the best ligand of KOR: HOLDS" in capsys.readouterr().out
    assert json.loads(out.read_text())["shared"] == {"ligands": 12, "receptors": 7}
    assert main(["compare", str(table)]) == 2
    assert "no published table" in capsys.readouterr().err


def test_a_bad_list_of_claims_is_named(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("claim,receptor,ligands\nweakest,AR,CD81\n")
    with pytest.raises(InputError, match=r"line 2: there is no claim 'weakest'"):
        read_claims(path)
    path.write_text("claim,receptor,ligands\nbest,AR,CD81\nbest,KOR,\n")
    with pytest.raises(InputError, match=r"line 3: this claim names no ligand"):
        read_claims(path)
    path.write_text("claim,receptor\nbest,AR\n")
    with pytest.raises(InputError, match="expected columns claim,receptor,ligands"):
        read_claims(path)


def test_a_comparison_of_0_1_0_is_read(tmp_path):
    """It told in words whether a correlation is one that chance gives."""
    row = {"over": "all cells", "of": "score", "cells": 6, "rho": 0.5, "chance_low": -0.4, "chance_high": 0.4}
    rows = [row | {"is": "beyond chance"}, row | {"rho": 0.1, "is": "within chance"}]
    old = {"shared": {"ligands": 3, "receptors": 2}, "agreement": rows, "claims": [], "doubts": {}}
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(old))
    found = read_record(path, ComparisonRecord, "crossdock compare")
    assert [one.beyond_chance for one in found.agreement] == [True, False]
    write_record(path, found)
    assert read_record(path, ComparisonRecord, "crossdock compare") == found
