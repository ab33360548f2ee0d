"""What pairs say together: metrics, errors, ranks and controls of a small panel."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis import network
from crossdock.analysis.matrix import panelwide, tidy
from crossdock.analysis.metrics import metrics_of
from crossdock.docking.record import DecoysRecord
from pair_records import made_up_model, made_up_pair

RECEPTORS, LIGANDS, CONTROLS = ["R1", "R2", "R3"], list("abc"), [f"c{number}" for number in range(30)]


def record(receptor, ligand, scores):
    decoys = None if receptor == "R3" else DecoysRecord(9, -30.0, -10.0, 5.0)
    return made_up_pair(receptor, ligand, scores, made_up_model(center_score=scores[0]), decoys, n_poses=100)


@pytest.fixture(scope="module")
def pairs():
    """One partner, c on R2, 60 units below the averages; two replicates a unit apart."""
    rng = np.random.default_rng(11)
    made = []
    for j, receptor in enumerate(RECEPTORS):
        for i, name in enumerate([*LIGANDS, *CONTROLS]):
            score = -100 - 20 * j - 7 * (i % 4) + 6 * rng.normal() - 60 * (name == "c" and receptor == "R2")
            made.append(record(receptor, name, [score - 0.5, score + 0.5]))
    return made


def test_a_partner_is_found_among_controls(pairs):
    found = panelwide(pairs, RECEPTORS, LIGANDS, controls=CONTROLS)
    assert found.tables["p_value"].loc["c", "R2"] == pytest.approx(1 / 91)
    assert found.tables["q_value"].loc["c", "R2"] == pytest.approx(9 / 91, abs=1e-4)
    controls = found.record.controls
    assert (controls.ligands, controls.pairs, controls.problem) == (30, 90, None)
    assert controls.least_q == pytest.approx(9 / 91)
    assert controls.spread < 2
    assert (found.tables["p_value"].drop(index="c").to_numpy() > 0.02).all()
    scores = tidy(found)
    nodes = [{"name": name, "label": name, "role": "receptor", "n_residues": 9} for name in RECEPTORS]
    nodes += [{"name": name, "label": name, "role": "ligand", "n_residues": 9} for name in LIGANDS]
    graph = network.build(scores, nodes, metric="q_value", max_q=0.1)
    assert set(graph.edges) == {("R2", "c")}
    assert "q-value against controls is 0.1 or less" in graph.graph["rule"]


def test_without_controls_nothing_is_tested(pairs):
    found = panelwide(pairs, RECEPTORS, LIGANDS)
    assert set(found.tables) == set(metrics_of())
    assert found.tables["q_value"].isna().all(axis=None)
    assert found.record.controls.least_q is None


def test_controls_that_cannot_be_used_do_not_cost_the_rest(pairs):
    flat = [replace(pair, score=-100.0) for pair in pairs]
    found = panelwide(flat, RECEPTORS, LIGANDS, controls=CONTROLS)
    assert "no spread" in found.record.controls.problem
    assert found.tables["q_value"].isna().all(axis=None)
    assert found.tables["decoy_index"].notna().any(axis=None)


def test_replicates_give_errors_and_say_what_is_within_them(pairs):
    found = panelwide(pairs, RECEPTORS, LIGANDS)
    assert found.record.noise.sd == pytest.approx(np.sqrt(0.5))
    scores = tidy(found)
    errors = scores.groupby("metric")["uncertainty"].first()
    assert float(errors["score"]) == pytest.approx(0.5)
    assert float(errors["specificity"]) == pytest.approx(0.5 * np.sqrt(4 / 9), abs=1e-3)
    assert errors["predicted_dg"] == "", "no value, no error"
    assert (found.tables["cluster_fraction"] == 0.09).all(axis=None)
    table = found.ranks.set_index(["receptor", "ligand"])
    assert table.loc[("R2", "c"), ["rank", "rank_low", "rank_high", "within_noise_of_first"]].tolist() == [
        1,
        1,
        1,
        "yes",
    ]
    assert table.loc[("R2", "a"), "within_noise_of_first"] == "no"
    assert sorted(found.ranks[found.ranks["receptor"] == "R1"]["rank"]) == [1, 2, 3]


def test_sizes_are_fitted(pairs):
    sizes = dict(zip([*RECEPTORS, *LIGANDS], (300, 200, 100, 50, 100, 200), strict=True))
    found = panelwide(pairs, RECEPTORS, LIGANDS, sizes=sizes)
    x = np.log(np.outer([50, 100, 200], [300, 200, 100]))
    scores = found.tables["score"].to_numpy()
    slope, intercept = np.polyfit(x.ravel(), scores.ravel(), 1)
    assert found.record.size["residues"].slope == pytest.approx(slope)
    assert found.tables["size_residual"].to_numpy() == pytest.approx(scores - slope * x - intercept, abs=1e-3)
    assert "interface_area" not in found.record.size, "all areas are equal"
    assert "residues" not in panelwide(pairs, RECEPTORS, LIGANDS).record.size


def test_a_backend_without_a_scan_has_no_decoy_index(pairs):
    table = panelwide(pairs, RECEPTORS, LIGANDS).tables["decoy_index"]
    assert (table[["R1", "R2"]] == 4.0).all(axis=None)
    assert table["R3"].isna().all()


def test_a_lone_receptor_has_scores_and_no_specificities(pairs):
    """Averages of one receptor leave zeros, by which every ligand would be first."""
    alone = [pair for pair in pairs if pair.receptor == "R1" and pair.ligand in LIGANDS]
    found = panelwide(alone, ["R1"], LIGANDS)
    for metric in ("specificity", "robust_z"):
        assert found.tables[metric].isna().all(axis=None), metric
    by_score = found.tables["score"]["R1"].rank().astype(int)
    assert found.ranks.set_index("ligand")["rank"].to_dict() == by_score.to_dict()
    nodes = [{"name": name, "label": name, "role": "receptor", "n_residues": 9} for name in ["R1"]]
    nodes += [{"name": name, "label": name, "role": "ligand", "n_residues": 9} for name in LIGANDS]
    graph = network.build(tidy(found), nodes, top=1)
    assert graph.graph["metric"] == "score"
    assert "an edge is kept if its score" in graph.graph["rule"]


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e6])
def test_another_unit_of_the_score_changes_no_number_but_its_unit(pairs, unit):
    def scaled(pair):
        scores = [one * unit for one in pair.replicate_scores]
        return replace(pair, score=pair.score * unit, replicate_scores=tuple(scores))

    sizes = {name: 100 + 10 * place for place, name in enumerate([*RECEPTORS, *LIGANDS])}
    one = tidy(panelwide(pairs, RECEPTORS, LIGANDS, controls=CONTROLS, sizes=sizes))
    other = tidy(panelwide([scaled(pair) for pair in pairs], RECEPTORS, LIGANDS, controls=CONTROLS, sizes=sizes))
    for metric in ("score", "specificity", "size_residual", "robust_z", "receptor_z", "q_value"):
        for column in ("value", "uncertainty"):
            now, then = (
                pd.to_numeric(table.loc[table["metric"] == metric, column]).to_numpy(dtype=float)
                for table in (other, one)
            )
            factor = unit if metric in ("score", "specificity", "size_residual") else 1
            assert now == pytest.approx(then * factor, rel=1e-4, abs=1e-4 * factor, nan_ok=True), (metric, column)


def test_a_withheld_affinity_leaves_a_hole_in_its_matrix_and_in_what_follows_from_it(pairs):
    """Statistics of dG leave that pair out; those of scores do not notice."""
    rng = np.random.default_rng(5)
    with_dg = []
    for pair in pairs:
        hole = (pair.receptor, pair.ligand) == ("R2", "c")
        dg = {"dg_withheld": "too many"} if hole else {"dg_kcal_mol": -10.0 + rng.normal()}
        with_dg.append(replace(pair, models=(replace(pair.models[0], **dg),)))
    found = panelwide(with_dg, RECEPTORS, LIGANDS)
    table = found.tables["predicted_dg"]
    assert np.isnan(table.loc["c", "R2"])
    assert table.notna().to_numpy().sum() == len(RECEPTORS) * len(LIGANDS) - 1
    rows = tidy(found).set_index(["metric", "receptor", "ligand"])
    assert rows.loc[("predicted_dg", "R2", "c"), "uncertainty"] == ""
    assert found.tables["specificity"].notna().all(axis=None)
    of_dg = panelwide(with_dg, RECEPTORS, LIGANDS, statistics="predicted_dg")
    assert of_dg.record.of.name == "predicted_dg"
    assert np.isnan(of_dg.tables["specificity"].loc["c", "R2"])
    assert of_dg.tables["specificity"].notna().to_numpy().sum() == len(RECEPTORS) * len(LIGANDS) - 1
    ranks = of_dg.ranks.set_index(["receptor", "ligand"])["rank"]
    assert ranks[("R2", "c")] == "", "it was docked, and has no rank"
    assert sorted(rank for rank in ranks["R2"] if rank != "") == [1, 2]
    nodes = [{"name": name, "label": name, "role": "receptor", "n_residues": 9} for name in RECEPTORS]
    nodes += [{"name": name, "label": name, "role": "ligand", "n_residues": 9} for name in LIGANDS]
    graph = network.build(tidy(found), nodes, metric="predicted_dg", top=3)
    assert ("R2", "c") not in graph.edges
    assert ("R2", "b") in graph.edges
