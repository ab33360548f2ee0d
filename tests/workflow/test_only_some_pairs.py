"""Snakemake for real on proteins without roles, of which only some pairs are docked, and on one pair more."""

import networkx as nx
import pandas as pd
import pytest
from test_workflow import CMTI, DNASE, IM9, planned, run, write_config

from crossdock import read_run
from crossdock.report.payload import collect

pytestmark = [pytest.mark.workflow, pytest.mark.measurement]

PAIRS = [["E9", "Im9"], ["CMTI-1", "E9"]]


def write(folder, pairs):
    write_config(folder, None, proteins=[DNASE, IM9, CMTI], pairs=pairs)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a folder with a finished run of two pairs of three proteins."""
    folder = tmp_path_factory.mktemp("some")
    write(folder, PAIRS)
    run(folder, *(f"results/proteins/{name}/hotspots.csv" for name in ("E9", "Im9", "CMTI-1")))
    return folder


def test_only_the_pairs_that_are_listed_are_docked(finished):
    results = finished / "results"
    made = {(path.parent.parent.name, path.parent.name) for path in results.glob("pairs/*/*/pair.json")}
    assert made == {("E9", "Im9"), ("CMTI-1", "E9")}
    table = pd.read_csv(results / "matrix" / "score.csv", index_col=0)
    assert list(table.index) == list(table.columns) == ["E9", "Im9", "CMTI-1"]
    assert table.loc["E9", "Im9"] == table.loc["Im9", "E9"] < 0
    assert table.isna().sum().sum() == 5, "the diagonal, and the pair that is not listed twice"
    graph = nx.read_graphml(results / "network" / "network.graphml")
    assert sorted(graph.nodes) == ["CMTI-1", "E9", "Im9"]


def test_the_run_is_read_in_either_order_and_by_the_report(finished):
    made = read_run(finished / "results")
    assert "2 pairs of 3 proteins" in repr(made)
    assert made.place("Im9", "E9") == made.place("E9", "Im9")
    spots = made.hotspots("E9")
    assert spots["ligands"].max() >= 1
    assert spots["most"].str.contains("CMTI-1").any(), "E9 was the ligand of this pair"
    data = collect(finished / "results" / "panel.json", finished / "results")
    assert data.symmetric
    assert [pair.names for pair in data.pairs] == [("CMTI-1", "E9"), ("E9", "Im9")]


def test_another_pair_docks_only_that_pair(finished):
    write(finished, [*PAIRS, ["Im9", "CMTI-1"]])
    jobs = planned(finished)
    assert (jobs.get("dock"), jobs.get("analyse", 1)) == (1, 1)
