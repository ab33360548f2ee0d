"""benchmarks/cofold_scores.py: what it counts, compared with scipy and with definitions written out."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "benchmarks/results/gpcr_peptides_af3.tsv"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import cofold_scores

    return cofold_scores


@pytest.fixture
def pairs(script):
    return script.read_pairs(TABLE)


def table(text):
    return pd.read_csv(io.StringIO(text.strip()), sep=" ", dtype={"receptor": str, "ligand": str})


#: The first rows of a table as a user has it, with a score of which lower is better and a pair without scores.
OWN = """
receptor ligand binds ipsae interface_pae program
EGFR K5Q yes 0.30 13.6 boltz
EGFR nano2_4 yes 0.0 27.1 boltz
EGFR bce_433 yes 0.73 7.9 boltz
EGFR bce_464 no 0.0 7.95 boltz
EGFR scfv_2470 no  17.2 boltz
EGFR l179 no 0.2 16.4 boltz
"""


@pytest.mark.parametrize("name", ["iptm", "lis", "clis", "ilis", "lia"])
def test_areas_are_those_of_the_mann_whitney_statistic(pairs, name):
    values = pairs.scores[name]
    found = pairs.areas(values, [np.arange(len(values))])[0]
    expected = mannwhitneyu(values[pairs.binds], values[~pairs.binds]).statistic
    assert found == pytest.approx(expected / pairs.binds.sum() / (~pairs.binds).sum(), abs=1e-12)


def test_average_precision_is_the_mean_over_binders_of_the_precision_at_their_value(script, pairs):
    values, binds = pairs.scores["iptm"], pairs.binds  # ipTM has two decimals, so there are many ties
    expected = np.mean([binds[values >= one].mean() for one in values[binds]])
    assert script.average_precision(values, binds) == pytest.approx(expected, abs=1e-12)


def test_binders_are_found_above_a_share_of_the_non_binders(script):
    values, binds = np.arange(210.0), np.zeros(210, dtype=bool)
    binds[[190, 201, 209]] = True  # of 207 non-binders, ten may score better: 8 are above 200, 18 are above 190
    assert script.found_at(0.05, values, binds) == pytest.approx(2 / 3)
    assert script.found_at(0.05, np.zeros(210), binds) == 0


def test_first_and_specificity_are_those_of_the_rows(script, pairs):
    rows = pairs.table.assign(value=pairs.scores["lis"], first=pairs.first(pairs.scores["lis"]))
    for _, own in rows.groupby("receptor"):
        binder = own[own["binds"] == "yes"]
        if len(binder):
            assert (binder["first"].iloc[0] == 1) == ((own["value"] >= binder["value"].iloc[0]).sum() == 1)
    # least squares by numpy on one column for each receptor and each ligand
    design = pd.get_dummies(pairs.table[["receptor", "ligand"]]).to_numpy(dtype=float)
    fitted = design @ np.linalg.lstsq(design, pairs.scores["lis"], rcond=None)[0]
    assert pairs.specificity("lis") == pytest.approx(pairs.scores["lis"] - fitted, abs=1e-9)


def test_shuffled_scores_gain_nothing_from_specificity(script, pairs):
    everyone, gains = [np.arange(len(pairs.table))], []
    for seed in range(20):
        values = np.random.default_rng(seed).permutation(pairs.scores["lis"])
        shuffled = script.Pairs(pairs.table, {"lis": values}, pairs.binds)
        gains.append(shuffled.areas(shuffled.specificity("lis"), everyone)[0] - shuffled.areas(values, everyone)[0])
    assert abs(np.mean(gains)) < 0.01
    real = pairs.areas(pairs.specificity("lis"), everyone)[0] - pairs.areas(pairs.scores["lis"], everyone)[0]
    assert real > max(gains)


def test_receptors_that_share_a_binder_are_drawn_together(pairs):
    groups = pairs.groups()
    assert sorted(np.concatenate(groups)) == list(range(len(pairs.table)))
    binders = pairs.table[pairs.binds]
    together = {receptor: k for k, rows in enumerate(groups) for receptor in pairs.table["receptor"][rows]}
    assert binders.groupby("ligand")["receptor"].agg(lambda own: len({together[one] for one in own})).max() == 1
    assert len(groups) == binders["ligand"].nunique() + 1  # TRHR has no binder


def test_a_table_of_one_target_is_counted_too(script):
    pairs = script.Pairs.of(table(OWN), lower=["interface_pae"])
    assert len(pairs.table) == 5  # the pair without ipSAE is left out
    assert set(pairs.scores) == {"ipsae", "interface_pae"}
    assert pairs.areas(pairs.scores["interface_pae"], [np.arange(5)])[0] == pytest.approx(3 / 6)
    said = script.summary(pairs, "ipsae", draws=50)
    assert "| ipSAE | 0.750 (" in said
    assert "No specificity: one receptor" in said
    assert "found at" not in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("binds", "answer", "no column binds; there are receptor, ligand, answer"),
        ("yes 0.30", "maybe 0.30", "binds is maybe in some rows; write yes or no"),
        ("nano2_4", "K5Q", "K5Q on EGFR has two rows"),
        ("yes", "no", "some must bind and some must not"),
    ],
)
def test_tables_that_cannot_be_counted_are_refused(script, old, new, message):
    with pytest.raises(ValueError, match=message):
        script.Pairs.of(table(OWN.replace(old, new)), lower=["interface_pae"])


def test_the_command_says_what_is_wrong_with_a_table(script, tmp_path, monkeypatch, capsys):
    path = tmp_path / "own.csv"
    table(OWN).to_csv(path, index=False)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["cofold_scores.py", str(path), *arguments])
        script.main()
        return capsys.readouterr().out

    def refused(*arguments):
        with pytest.raises(SystemExit):
            run(*arguments)
        return capsys.readouterr().err

    said = run("--lead", "ipsae", "--lower", "interface_pae", "--draws", "20")
    assert said.startswith("5 pairs of 1 receptor and 5 ligands, 3 of them binders")
    assert "the scores are ipsae, interface_pae" in refused()
    assert "no column organism" in refused("--only", "organism=human")
