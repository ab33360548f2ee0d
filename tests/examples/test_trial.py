"""The example of a clinical trial: every test against statsmodels or formulas written out; tables that are refused."""

import subprocess
import sys
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import forked

pytestmark = pytest.mark.measurement

FOLDER = Path(__file__).parents[2] / "examples/trial"
DATA = FOLDER / "made_up_trial.csv"
MEANS, COUNTS = FOLDER / "alhefnawy2024_tables.csv", FOLDER / "alhefnawy2024_counts.csv"
GROUPS, TIMES = ("control", "treated"), ("before", "after", "change")
STUDENT, WELCH = "Student's t", "Welch's t"
GOOD = DATA.read_text()


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(FOLDER))
    try:
        import trial

        yield trial
    finally:
        sys.path.remove(str(FOLDER))
        sys.modules.pop("trial", None)


@pytest.fixture(scope="module")
def results(script, tmp_path_factory):
    out = tmp_path_factory.mktemp("trial")
    assert script.main(["patients", str(DATA), "--out", str(out)]) == 0
    assert script.main(["published", str(MEANS), str(COUNTS), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def tests_table(results):
    return pd.read_csv(results / "tests.csv").set_index(["measurement", "comparison", "test"])


@pytest.fixture(scope="module")
def samples():
    """Give measurement -> group -> patients x times, by pandas alone."""
    table, found = pd.read_csv(DATA, comment="#"), {}
    for measurement, own in table.groupby("measurement"):
        wide = own.pivot(index=["group", "patient"], columns="time", values="value")
        wide["change"] = wide["after"] - wide["before"]
        found[measurement] = {group: wide.loc[group] for group in GROUPS}
    return found


def numbers_of(row):
    return row[["difference", "ci_low", "ci_high", "t", "p", "df"]].astype(float).to_list()


def test_paired_t_as_statsmodels_has_it(tests_table, samples):
    from statsmodels.stats.weightstats import DescrStatsW

    for measurement, group in product(samples, GROUPS):
        own = samples[measurement][group]
        change = DescrStatsW(own["change"].dropna())
        row = tests_table.loc[measurement, f"after - before, {group}", "paired t"]
        assert numbers_of(row) == pytest.approx([change.mean, *change.tconfint_mean(), *change.ttest_mean()], rel=1e-4)
        assert int(row["n"]) + row["missing"] == len(own)


def test_t_of_two_groups_as_statsmodels_has_it(tests_table, samples):
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    for measurement, time in product(samples, TIMES):
        first, second = (DescrStatsW(samples[measurement][group][time].dropna()) for group in GROUPS)
        both = CompareMeans(second, first)
        for name, kind in ((WELCH, "unequal"), (STUDENT, "pooled")):
            row = tests_table.loc[measurement, f"treated - control, {time}", name]
            expected = [second.mean - first.mean, *both.tconfint_diff(usevar=kind), *both.ttest_ind(usevar=kind)]
            assert numbers_of(row) == pytest.approx(expected, rel=1e-4)
            assert row["n"] == f"{second.nobs:.0f} + {first.nobs:.0f}"
            assert row["missing"] == 23 - second.nobs - first.nobs
    assert len(tests_table) == 24  # 6 paired tests, 18 of two groups


def test_holm_as_statsmodels_has_it(tests_table):
    from statsmodels.stats.multitest import multipletests

    for _, family in tests_table.groupby(["comparison", "test"]):
        assert len(family) == 3
        assert family["p_holm"].to_numpy() == pytest.approx(multipletests(family["p"], method="holm")[1], rel=1e-4)


def test_effect_sizes(tests_table, samples):
    from statsmodels.stats.meta_analysis import effectsize_smd

    for measurement, time in product(samples, TIMES):
        first, second = (samples[measurement][group][time].dropna() for group in GROUPS)
        values = [one for own in (second, first) for one in (own.mean(), own.std(), len(own))]
        row = tests_table.loc[measurement, f"treated - control, {time}", WELCH]
        # statsmodels corrects by 1 - 3 / (4 n - 9), which approximates the same factor.
        assert row["effect_size"] == pytest.approx(effectsize_smd(*values)[0], rel=1e-3)
    for measurement, group in product(samples, GROUPS):
        change = samples[measurement][group]["change"].dropna()
        expected = change.mean() / change.std() * (1 - 3 / (4 * (len(change) - 1) - 1))
        row = tests_table.loc[measurement, f"after - before, {group}", "paired t"]
        assert row["effect_size"] == pytest.approx(expected, rel=1e-3)


def test_means(results, samples):
    means = pd.read_csv(results / "means.csv").set_index(["measurement", "group", "time"])
    for measurement, group, time in product(samples, GROUPS, TIMES):
        own, row = samples[measurement][group][time], means.loc[measurement, group, time]
        assert (row["n"], row["missing"]) == (own.count(), own.isna().sum())
        expected = [own.mean(), own.std(), own.std() / np.sqrt(own.count())]
        assert row[["mean", "sd", "se"]].to_list() == pytest.approx(expected, rel=1e-4)
    assert means["missing"].sum() > 0


def test_chart(results):
    svg = (results / "chart.svg").read_text()
    for text in ("FSH (mIU/mL)", "made_up_trial.csv", "treated", "n = 12", "Mean and SE"):
        assert text in svg
    assert (results / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_other_names_order_and_decimal_commas(script, results, tmp_path):
    text = GOOD.replace(",", ";").replace(".", ",").replace("before", "week 0").replace("after", "week 12")
    path = tmp_path / "weeks.csv"
    path.write_text(text)
    options = ["--times", "week 0", "week 12", "--groups", "treated", "control"]
    assert script.main(["patients", str(path), "--out", str(tmp_path), *options]) == 0
    mine, there = (pd.read_csv(folder / "tests.csv").set_index("comparison") for folder in (tmp_path, results))
    turned, straight = mine.loc["control - treated, change"], there.loc["treated - control, change"]
    assert turned["difference"].to_numpy() == pytest.approx(-straight["difference"].to_numpy())
    assert turned["p"].to_numpy() == pytest.approx(straight["p"].to_numpy())


def known_p(means, sds, ns, equal):
    return stats.ttest_ind_from_stats(means[1], sds[1], ns[1], means[0], sds[0], ns[0], equal_var=equal).pvalue


def with_rounding(values, half):
    return np.column_stack([values, np.full(2, half)])


def test_student_of_summaries_by_its_formula(script):
    # FSH after of table 1: Student's t with the pooled variance, written out.
    n, m, a, b = 69, 18, 8.617, 2.97
    pooled = ((n - 1) * a**2 + (m - 1) * b**2) / (n + m - 2)
    t = (19.68 - 11.96) / np.sqrt(pooled * (1 / n + 1 / m))
    values = (with_rounding(one, half) for one, half in (((19.68, 11.96), 0.005), ((a, b), 0.0005), ((n, m), 0.5)))
    low, high = script.from_means(*values)[STUDENT][1:]
    assert low < 2 * stats.t.sf(t, n + m - 2) < high


@pytest.mark.parametrize("seed", range(3))
def test_p_of_unrounded_numbers_lies_within_the_range(script, seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        ns, means, sds = rng.integers(2, 20, 2), rng.uniform(4, 8, 2), rng.uniform(0.4, 3, 2)
        rounded = means.round(1), sds.round(1)
        tests = script.from_means(*(with_rounding(one, 0.05) for one in (*rounded, ns)))
        for name, equal in ((STUDENT, True), (WELCH, False)):
            assert tests[name][0] == pytest.approx(known_p(*rounded, ns, equal))
            assert tests[name][1] * (1 - 1e-3) <= known_p(means, sds, ns, equal) <= tests[name][2] * (1 + 1e-3)


@pytest.mark.parametrize("which", range(9))
def test_counts(script, which):
    from statsmodels.stats.contingency_tables import Table

    every = [own for _, own in pd.read_csv(COUNTS).groupby(["table", "measurement"], sort=False)]
    counts = every[which][["failed", "success"]].to_numpy()
    counts = counts[counts.sum(axis=1) > 0]
    tests = script.from_counts(counts.T)
    independence = Table(counts, shift_zeros=False).test_nominal_association()
    assert tests["chi-squared"][0] == pytest.approx(independence.pvalue)
    if len(counts) == 2:
        # The formula of Yates' correction, written out.
        (a, b), (c, d) = counts.astype(float)
        n = counts.sum()
        yates = n * max(0, abs(a * d - b * c) - n / 2) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d))
        assert tests["chi-squared with continuity correction"][0] == pytest.approx(stats.chi2.sf(yates, 1))


def test_fisher_of_the_tea_tasting(script):
    # Fisher's own table (1935): 0 to 4 right cups have weights 1, 16, 36, 16, 1.
    assert script.from_counts(np.array([[1, 3], [3, 1]]))["Fisher's exact"][0] == pytest.approx(2 * (1 + 16) / 70)


def test_fisher_of_three_categories_by_counting(script):
    counts = np.array([[3, 1], [2, 4], [1, 5]])
    totals, chosen = counts.sum(axis=1), counts[:, 1].sum()
    every = [one for one in product(*(range(total + 1) for total in totals)) if sum(one) == chosen]
    ways = {one: comb(totals[0], one[0]) * comb(totals[1], one[1]) * comb(totals[2], one[2]) for one in every}
    observed = ways[tuple(counts[:, 1])]
    expected = sum(count for count in ways.values() if count <= observed) / sum(ways.values())
    _, low, high = script.from_counts(counts.T)["Fisher's exact"]
    assert low < expected < high < low + 0.02


def test_verdicts(results):
    answers = pd.read_csv(results / "published.csv", dtype=str).set_index(["table", "measurement"])["verdict"]
    assert answers["1", "Age"] == "follows from Student's t"
    assert answers["1", "FSH before"] == "does not follow"  # 0.2916 to 0.3002 is possible, 0.301 was printed
    assert answers["3", "FSH after"].endswith("different sides of 0.05")
    assert answers["2", "LH after"] == "follows from Welch's t"
    assert answers["1", "Karyotype before"] == "follows from chi-squared"
    # What README.md of the folder says of them.
    assert len(answers) == 30
    assert answers.str.startswith("follows").sum() == 20
    assert answers.str.endswith("different sides of 0.05").sum() == 3


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        ("0.03", "follows from one"),
        ("0.031", "does not follow"),
        ("0.3", "does not follow; printed and computed p lie on different sides of 0.05"),
        ("<0.05", "follows from one"),
        ("<0.001", "does not follow"),
        (">0.05", "does not follow; printed and computed p lie on different sides of 0.05"),
        ("= 0.030", "follows from one"),
    ],
)
def test_printed_p(script, printed, verdict):
    value, half = script.printed("", pd.DataFrame({"p": [printed]}), "p", script.PRINTED_P)[:, 0]
    assert script.verdict(printed, value, half, {"one": (0.03, 0.0296, 0.0304)}) == verdict


def test_what_no_summary_can_give(script, tmp_path):
    means, counts = tmp_path / "means.csv", tmp_path / "counts.csv"
    means.write_text(MEANS.read_text() + "1,FSH change,paired,,,,,,,0.01\n")
    counts.write_text(COUNTS.read_text() + "3,Karyotype before,Normal,14,7,1\n")
    assert script.main(["published", str(means), str(counts), "--out", str(tmp_path)]) == 0
    verdict = pd.read_csv(tmp_path / "published.csv")["verdict"]
    assert verdict[21] == "cannot be computed: a paired test needs the change of every patient"
    assert verdict.iloc[-1] == "cannot be computed: all patients are in one category or in one group"


def refused(script, arguments, out, capsys):
    assert script.main([*map(str, arguments), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("crossdock: error: ")
    assert "Traceback" not in said
    assert not out.exists()
    return said


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (GOOD.replace(",18.0\n", ",high\n", 1), "line 3, column value", "expected a number, got 'high'"),
        (GOOD + "C01,control,before,FSH (mIU/mL),17\n", "line 140", "'C01' has 'FSH (mIU/mL)' at time 'before' twice"),
        (GOOD.replace(",treated,", ",control,"), "", "expected two groups, found 1: control"),
        (GOOD.replace(",treated,before", ",third,before"), "", "found 3"),
        (GOOD.replace(",time,", ",when,", 1), "", "the column 'time' is missing"),
        (GOOD.replace("C02,control,after", "C02,control,later", 1), "line 6", "unknown time 'later'"),
        (GOOD.replace("C02,control,after", "C02,treated,after", 1), "line 6", "'C02' is in two groups"),
        (GOOD.replace("C02,control,after", ",control,after", 1), "line 6", "the cell of column patient is empty"),
        (GOOD + "C01,control,before,LH,4\n", "LH, after - before, control", "no two of 0 values differ"),
        ("patient,group,time,measurement,value\n", "", "has a header but no rows"),
        (None, "", "cannot read the table of patients: No such file"),
    ],
)
def test_tables_of_patients_that_are_refused(script, text, where, what, tmp_path, capsys):
    path = tmp_path / "patients.csv"
    if text is not None:
        path.write_text(text)
    said = refused(script, ["patients", path], tmp_path / "out", capsys)
    assert f"{path}{', ' if where else ''}{where}" in said
    assert what in said
    assert "\n  -> " in said


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("36.9,7.35", "36.9,wide", "column failed_sd, line 2: expected a printed number, got 'wide'"),
        ("7.35,69,", "7.35,1,", "column failed_n, line 2: expected a printed number, got '1'"),
        ("mean,36.9,7.35", "median,36.9,7.35", "line 2: unknown kind 'median'"),
        ("0.269", "n.s.", "column printed_p, line 2: expected a printed number, got 'n.s.'"),
        ("success_sd", "sd", "the column 'success_sd' is missing"),
        ("success_mean", "m", "expected two groups, found 1"),
    ],
)
def test_tables_of_means_that_are_refused(script, old, new, what, tmp_path, capsys):
    path = tmp_path / "means.csv"
    path.write_text(MEANS.read_text().replace(old, new, 1))
    said = refused(script, ["published", path, COUNTS], tmp_path / "out", capsys)
    assert what in said
    assert "\n  -> " in said


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("Normal,35,", "Normal,35.5,", "column failed, line 2: expected a printed number, got '35.5'"),
        ("Small,34,6,0.227", "Small,34,6,0.3", "has several printed p-values"),
        ("Small,34", "Normal,34", "appears twice"),
        ("success,printed_p", "success,printed_p,third", "expected two groups, found 3"),
    ],
)
def test_tables_of_counts_that_are_refused(script, old, new, what, tmp_path, capsys):
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS.read_text().replace(old, new, 1))
    said = refused(script, ["published", MEANS, path], tmp_path / "out", capsys)
    assert what in said
    assert "\n  -> " in said


@pytest.mark.workflow
def test_the_workflow(tmp_path):
    places = ["-s", str(FOLDER / "Snakefile"), "-d", str(tmp_path)]
    command = [forked.programs() / "snakemake", *places, "--cores", "1", "--config"]
    how = {"env": forked.environment(), "capture_output": True, "text": True, "check": False}
    done = subprocess.run([*command, f"out={tmp_path / 'out'}"], **how)
    assert done.returncode == 0, done.stderr
    names = ["chart.png", "chart.svg", "means.csv", "published.csv", "published.md", "tests.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    none = subprocess.run([*command, "patients=none.csv"], **how)
    assert none.returncode == 2
    assert "none.csv: cannot read the table of patients: No such file" in none.stderr
    assert "Error in rule" not in none.stderr
    assert "Traceback" not in none.stderr
