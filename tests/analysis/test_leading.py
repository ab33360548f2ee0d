"""Statistics of any number of the pairs: its direction, its replicates, and what it is called."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis import network
from crossdock.analysis.leading import filled_up
from crossdock.analysis.matrix import panelwide, tidy
from crossdock.analysis.noise import noise, ranks
from crossdock.analysis.specificity import specificity
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.quantity import Quantity
from pair_records import made_up_model, made_up_pair

RECEPTORS, LIGANDS, CONTROLS = ["R1", "R2", "R3", "R4"], list("abcd"), [f"c{number}" for number in range(12)]
HIGH, LOW = Quantity("confident", "", "high", "Confident"), Quantity("doubtful", "A", "low", "Doubtful")
MEAN = Quantity("confident_mean", "", "high", "Mean Confident", "", "confident")
DERIVED = ("specificity", "robust_z", "noise_z", "receptor_z", "ligand_z", "size_residual", "p_value", "q_value")


@pytest.fixture(scope="module")
def pairs():
    """Numbers between 0 and 1, and the same with the sign turned; c on R2 is a partner. Scores say something else."""
    rng = np.random.default_rng(5)
    made = []
    for j, receptor in enumerate(RECEPTORS):
        for i, name in enumerate([*LIGANDS, *CONTROLS]):
            value = 0.2 + 0.05 * j + 0.03 * (i % 4) + 0.03 * rng.normal() + 0.5 * (name == "c" and receptor == "R2")
            extra = {"confident": value, "doubtful": -value}
            model = replace(made_up_model(center_score=-100.0), extra=extra)
            made.append(made_up_pair(receptor, name, [-100 + 9 * rng.normal()], model, None, n_poses=100))
    return made


def statistics(pairs, name, **more):
    sizes = {name: 50 + 10 * k for k, name in enumerate([*RECEPTORS, *LIGANDS])}
    keys = {"controls": CONTROLS, "sizes": sizes, "numbers": (HIGH, LOW, MEAN), "statistics": name} | more
    return panelwide(pairs, RECEPTORS, LIGANDS, **keys)


def test_the_result_of_a_number_is_that_of_the_turned_one_in_the_other_direction(pairs):
    high, low = statistics(pairs, "confident"), statistics(pairs, "doubtful")
    for name in DERIVED:
        assert high.tables[name].notna().any(axis=None), name
        pd.testing.assert_frame_equal(high.tables[name], low.tables[name])
    pd.testing.assert_frame_equal(high.ranks, low.ranks)
    assert high.record.variance == low.record.variance
    assert high.record.chance == low.record.chance
    assert high.record.controls == low.record.controls
    assert (high.record.of.name, high.record.of.better) == ("confident", "high")


def test_the_best_pair_has_the_lowest_specificity_p_and_rank_whichever_end_is_better(pairs):
    found = statistics(pairs, "confident")
    own = found.tables["specificity"]
    values = found.tables["confident"].to_numpy()
    by_hand = -(values - values.mean(1, keepdims=True) - values.mean(0) + values.mean())
    np.testing.assert_allclose(own.to_numpy(), by_hand, atol=1e-6)
    assert own.stack().idxmin() == ("c", "R2")
    assert found.tables["p_value"].loc["c", "R2"] == pytest.approx(1 / (1 + 4 * len(CONTROLS)))
    table = found.ranks.set_index(["receptor", "ligand"])
    assert table.loc[("R2", "c"), "rank"] == 1
    assert found.tables["noise_z"].stack().idxmin() == ("c", "R2")


def test_without_a_choice_it_is_a_number_that_pairs_with_controls_have_too(pairs):
    lost = [
        replace(pair, models=(replace(pair.models[0], extra={}),)) if pair.ligand == "c3" else pair for pair in pairs
    ]
    for some, name in ((pairs, "confident"), (lost, "score")):
        assert statistics(some, None, leading=("confident", "score")).record.of.name == name


def test_words_name_the_number(pairs):
    high, low, score = (statistics(pairs, name).metrics for name in ("confident", "doubtful", "score"))
    assert high["specificity"].label == "Specificity of confident"
    assert high["specificity"].help.startswith("Confident with its sign turned minus what the averages")
    assert "the confident is higher than predicted" in high["specificity"].help
    assert (low["specificity"].unit, low["robust_z"].unit) == ("A", "SD")
    assert "turned" not in low["specificity"].help
    assert (score["specificity"].label, score["size_residual"].label) == ("Specificity", "Score less size")
    assert score["specificity"].unit == "arbitrary units"
    assert "{" not in "".join(one.label + one.help for one in high.values())


def test_the_network_goes_by_it(pairs):
    found = statistics(pairs, "confident")
    nodes = [{"name": name, "label": name, "role": "receptor", "n_residues": 9} for name in RECEPTORS]
    nodes += [{"name": name, "label": name, "role": "ligand", "n_residues": 9} for name in LIGANDS]
    graph = network.build(tidy(found), nodes, metrics=found.metrics, top=1)
    assert graph.edges["R2", "c"]["rank_in_receptor"] == 1
    assert all(edge["specificity"] < 0 for _, _, edge in graph.edges(data=True))
    assert "its specificity of confident (lower is better)" in graph.graph["rule"]
    alone = panelwide(pairs, RECEPTORS, ["c"], numbers=(HIGH,), statistics="confident")
    one = network.build(tidy(alone), [*nodes[:4], nodes[6]], metrics=alone.metrics, leading="confident", top=1)
    assert graph.graph["metric"] == "specificity"
    assert one.graph["metric"] == "confident"
    best = alone.tables["confident"].loc["c"].idxmax()
    assert one.edges[best, "c"]["rank_in_ligand"] == 1


def test_models_are_replicates_of_a_mean_over_them(pairs):
    rng = np.random.default_rng(2)
    several = []
    for k, pair in enumerate(pairs):
        values = pair.models[0].extra["confident"] + 0.02 * rng.normal(size=1 + k % 4)
        extra = pair.models[0].extra | {"confident_mean": values.mean()}
        model = replace(pair.models[0], extra=extra)
        several.append(replace(pair, models=(model,), replicates={"confident_mean": tuple(values)}))
    found = statistics(several, "confident")
    assert found.record.of.name == "confident_mean", "the mean over models is taken where there is one"
    assert found.record.noise.sd == pytest.approx(0.02, rel=0.5)
    own = [pair for pair in several if pair.ligand in LIGANDS]
    assert found.record.noise.freedom == sum(len(pair.replicates["confident_mean"]) - 1 for pair in own)
    row = found.ranks.set_index(["receptor", "ligand"]).loc[("R2", "c")]
    assert (row["rank"], row["rank_low"], row["rank_high"]) == (1, 1, 1)
    assert set(found.errors) >= {"confident_mean", "specificity"}
    assert "score" not in found.errors


def test_the_first_number_that_every_pair_has_is_taken_unless_one_is_named(pairs):
    holed = [replace(pairs[0], models=(replace(pairs[0].models[0], extra={"doubtful": 0.1}),)), *pairs[1:]]
    order = {"leading": ("confident", "doubtful")}
    assert statistics(pairs, None, **order).record.of.name == "confident"
    assert statistics(holed, None, **order).record.of.name == "doubtful"
    assert statistics(pairs, None).record.of.name == "score"
    named = statistics(holed, "confident", **order)
    assert named.record.of.name == "confident"
    assert np.isnan(named.tables["specificity"].loc["a", "R1"])
    assert named.tables["specificity"].notna().to_numpy().sum() == 15
    for name, part in (("nonsense", "is no metric"), ("specificity", "from all pairs"), ("confident", "no pair has")):
        bare = [replace(pair, models=(replace(pair.models[0], extra={}),)) for pair in pairs]
        with pytest.raises(InputError, match=part):
            statistics(bare, name)


def test_pairs_with_unequal_numbers_of_replicates():
    """Deviations and degrees of freedom by hand; of equal numbers the error is the one of before."""
    single = [[(1.0, 3.0), (5.0,)], [(2.0, 2.5, 3.0), ()]]
    made = filled_up(single, np.array([[2.0, 5.0], [2.5, np.nan]]))
    assert made.shape == (2, 2, 3)
    assert np.isnan(made[1, 1]).all()
    found = noise(made)
    assert found.freedom == 1 + 0 + 2
    pooled = (2.0 + 0.5) / 3
    assert found.sd == pytest.approx(np.sqrt(pooled))
    assert found.score_error[0, 1] == pytest.approx(np.sqrt(8 * pooled / 8))
    assert found.score_error[1, 0] == pytest.approx(np.sqrt((0.5 + 8 * pooled) / 10 / 3))
    assert ranks(made, rounds=50).rank.tolist() == [[1, 1], [2, 0]]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(1).uniform(0.05, 0.9, (5, 4))
    made = pd.DataFrame(values, list("abcde"), list("WXYZ")).rename_axis("ipTM")
    made.to_csv("confidences.csv")
    (-made).rename_axis("ligand").to_csv("energies.csv")
    return made


def test_a_table_of_iptm(table, capsys):
    assert main(["specificity", "confidences.csv", "--better", "high", "-o", "high"]) == 0
    said = capsys.readouterr()
    assert main(["specificity", "energies.csv", "-o", "low"]) == 0
    for name in ("specificity", "robust_z", "receptor_z", "best"):
        assert Path(f"high/{name}.csv").read_bytes() == Path(f"low/{name}.csv").read_bytes()
    own = pd.read_csv("high/specificity.csv", index_col="ligand")
    np.testing.assert_allclose(own.to_numpy(), -specificity(table.to_numpy()), atol=1e-6)
    assert "highest ipTM" in said.out
    assert "Higher scores are better" in said.out
    assert said.err == ""
    best = own.min().iloc[0]
    assert f"{best:.3f}" in said.out, "numbers below 1 keep three decimals"
