"""A panel of predictions from import to network: ranks, specificity and edges by the numbers of the predictions."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cofold_files import Complex, write
from crossdock.analysis.records import PairRecord, StatisticsRecord
from crossdock.analysis.specificity import specificity
from crossdock.cli import main
from crossdock.docking.backends.cofold import BACKEND
from crossdock.docking.backends.cofold.find import find_predictions
from crossdock.docking.backends.cofold.table import between
from crossdock.errors import ConfigError, InputError
from crossdock.files import read_json
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.records import from_json
from crossdock.steps.analyse import analyse
from crossdock.steps.dock import dock
from crossdock.steps.matrix import matrix, network
from crossdock.steps.pairs import Docks, Judged, PairFiles
from crossdock.steps.prepare import prepare

RECEPTORS = {"r": "MKTAYIAKQRSGLEDWVNPH", "s": "GSHMLEDPVDAFRWTNKQIC"}
LIGANDS = {"a": "PLWQARHNDKFISTVYECMG", "b": "WTNHHKLMEEDSGAYVRPQF", "c": "CDEFGHIKLMNPQRSTVWYA"}
#: Seeds of each pair; the partner, b on s, has a low error.
SEEDS, PARTNER = {("r", "a"): 1, ("s", "b"): 3}, ("s", "b")


def config(**more):
    members = {role: [{"name": one, "entry": f"{one}.pdb"} for one in names] for role, names in
               (("receptors", RECEPTORS), ("ligands", LIGANDS))}  # fmt: skip
    write("config.yaml", yaml.safe_dump({"backend": "cofold"} | members | more))
    return load_panel(read_config("config.yaml"), where="config.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run whose pairs are analysed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        for name, letters in (RECEPTORS | LIGANDS).items():
            write(f"{name}.pdb", Complex({"A": letters}, seed=3).pdb())
        for j, (receptor, one) in enumerate(RECEPTORS.items()):
            for i, (ligand, other) in enumerate(LIGANDS.items()):
                for seed in range(1, 1 + SEEDS.get((receptor, ligand), 2)):
                    made = Complex({"A": one, "B": other}, seed=10 * (1 + 3 * j + i) + seed)
                    made.pae = made.pae * (0.3 if (receptor, ligand) == PARTNER else 1.0)
                    made.protenix("models", name=f"{receptor}_{ligand}", seed=seed, ranking=0.1 + 0.05 * seed)
        panel = config()
        assert main(["cofold", "import", "models"]) == 0
        for protein in panel.proteins:
            prepare(protein.entry.path, protein, Path("results/proteins", protein.name))
        for receptor, ligand in ((one.name, other.name) for one, other in panel.pairs):
            files, folder = (
                PairFiles.of_proteins(Path("results/proteins"), receptor, ligand),
                Path("results/pairs", receptor, ligand),
            )
            dock(
                files,
                Docks.of_panel(panel, result=Path("resources/cofold", receptor, ligand, "prediction.json")),
                folder,
            )
            places = {"docking": folder / "docking.json", "poses": folder / "poses.csv.gz"}
            analyse(files, Judged.of_panel(panel, receptor, ligand), folder, **places)
        return Path.cwd()


def pair(receptor, ligand):
    return from_json(read_json(Path("results/pairs", receptor, ligand, "pair.json")), PairRecord)


def table(name):
    return pd.read_csv(f"results/matrix/{name}.csv", index_col="ligand")


def test_ranks_specificity_and_network_by_ipsae(run, monkeypatch):
    monkeypatch.chdir(run)
    panel = config(statistics={"metric": "ipsae"}, network={"top": 1})
    matrix(panel)
    record = from_json(read_json("results/statistics.json"), StatisticsRecord)
    assert (record.of.name, record.of.better, record.of.shown) == ("ipsae_mean", "high", "Mean ipSAE")
    values = table("ipsae_mean")
    assert values.stack().idxmax() == ("b", "s")
    np.testing.assert_allclose(table("specificity").to_numpy(), specificity(-values.to_numpy()), atol=1e-6)
    ranks = pd.read_csv("results/ranks.csv").set_index(["receptor", "ligand"])
    assert ranks.loc[("s", "b"), ["rank", "rank_low", "within_noise_of_first"]].tolist() == [1, 1, "yes"]
    by_hand = table("specificity").rank().astype(int).stack()
    assert all(ranks.loc[(receptor, ligand), "rank"] == rank for (ligand, receptor), rank in by_hand.items())
    # Models of all seeds are the replicates, as many as each pair has.
    replicates = {names: pair(*names).replicates["ipsae_mean"] for names in ranks.index}
    assert {names: len(found) for names, found in replicates.items()} == {
        names: SEEDS.get(names, 2) for names in ranks.index
    }
    assert record.noise.freedom == sum(len(found) - 1 for found in replicates.values())
    squares = sum(np.var(found) * len(found) for found in replicates.values())
    assert record.noise.sd == pytest.approx(np.sqrt(squares / record.noise.freedom))
    scores = pd.read_csv("results/scores.csv").set_index(["metric", "receptor", "ligand"])
    assert scores["uncertainty"]["ipsae_mean"].gt(0).all()
    assert scores["uncertainty"]["score"].isna().all()
    graph = network(panel)
    assert graph.graph["rule"].startswith("an edge is kept if its specificity of mean ipSAE (lower is better)")
    assert graph.edges["s", "b"]["rank_in_receptor"] == 1
    assert graph.edges["s", "b"]["specificity"] < 0
    by_itself = network(config(statistics={"metric": "ipsae"}, network={"top": 1, "metric": "ipsae"}))
    assert "its ipSAE (higher is better)" in by_itself.graph["rule"]
    assert by_itself.edges["s", "b"]["rank_in_receptor"] == 1


def test_without_the_key_the_mean_lis_is_taken_and_without_a_pae_what_the_program_says(run, monkeypatch):
    monkeypatch.chdir(run)
    matrix(config())
    assert read_json("results/statistics.json")["of"]["name"] == "lis_mean"
    assert table("specificity").stack().idxmin() == ("b", "s")
    path = Path("results/pairs/r/a/pair.json")
    whole = path.read_text()
    try:
        cut = {"lis": None, "lis_mean": None}
        record = read_json(path)
        record["models"][0]["extra"] |= cut
        del record["replicates"]["lis_mean"]
        write(path, record)
        matrix(config())
        assert read_json("results/statistics.json")["of"]["name"] == "iptm_mean"
        matrix(config(statistics={"metric": "lis"}))
        assert np.isnan(table("specificity").loc["a", "r"]), "a pair without the number that is asked for is a hole"
    finally:
        path.write_text(whole)


def test_a_number_of_the_pae_that_no_pair_has_says_why(run, monkeypatch):
    monkeypatch.chdir(run)
    paths = list(Path("results/pairs").glob("*/*/pair.json"))
    whole = {path: path.read_text() for path in paths}
    try:
        for path in paths:
            record = read_json(path)
            for model in record["models"]:
                model["extra"] |= {"ipsae": None, "ipsae_mean": None}
            record["replicates"].pop("ipsae_mean", None)
            write(path, record)
        with pytest.raises(InputError, match=r"no pair has a number ipsae: .* no PAE was imported for any") as error:
            matrix(config(statistics={"metric": "ipsae"}))
        assert error.value.hint.startswith("import the predictions again with the files of their PAE")
    finally:
        for path, text in whole.items():
            path.write_text(text)


def test_the_numbers_that_are_said_to_need_a_pae_are_those_that_a_prediction_without_one_lacks(run, monkeypatch):
    monkeypatch.chdir(run)
    _, whole = next(iter(find_predictions("models").read()))
    numbers, without = ({**between(one, [0], [1])} for one in (whole, replace(whole, pae=None)))
    lacked = {name for name, value in numbers.items() if value is not None and without.get(name) is None}
    assert lacked == {name for name in BACKEND.absent if not name.endswith("_mean")}


def test_check_counts_imports_and_stops_where_there_is_none(run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(run)
    config()
    assert main(["check"]) == 0
    assert "cofold: 6 of 6 pairs have a prediction" in capsys.readouterr().out
    for name in (*RECEPTORS, *LIGANDS):
        write(tmp_path / f"{name}.pdb", Path(f"{name}.pdb").read_text())
    kept = Path("resources/cofold/r/a")
    monkeypatch.chdir(tmp_path)
    config()
    assert main(["check"]) == 2
    shown = capsys.readouterr()
    assert "cofold: 0 of 6 pairs have a prediction" in shown.out
    assert "to do: run `crossdock cofold import FOLDER`" in shown.out
    assert "Config OK" not in shown.out
    assert "no pair of the panel has a prediction" in shown.err
    config(cofold={"alphafold_db": True})
    assert main(["check"]) == 0
    assert "pairs have a prediction; the others are looked for during the run" in capsys.readouterr().out
    shutil.copytree(run / kept, kept)
    config()
    assert main(["check"]) == 0
    assert "cofold: 1 of 6 pairs has a prediction" in capsys.readouterr().out


def test_a_number_of_which_lower_is_better(run, monkeypatch):
    monkeypatch.chdir(run)
    matrix(config(statistics={"metric": "interface_pae"}))
    values = table("interface_pae")
    np.testing.assert_allclose(table("specificity").to_numpy(), specificity(values.to_numpy()), atol=1e-4)
    assert read_json("results/statistics.json")["noise"] is None, "of the first model alone"


def test_a_metric_that_there_is_not(run, monkeypatch):
    monkeypatch.chdir(run)
    with pytest.raises(ConfigError, match="ipsea") as error:
        config(statistics={"metric": "ipsea"})
    assert "did you mean `ipsae`" in str(error.value)
    assert "expected one of" not in str(error.value), "34 names hide the one that is meant"
    with pytest.raises(ConfigError) as error:
        config(statistics={"metric": "no_such_number"})
    assert "expected one of score, " in str(error.value), "the list has no empty name"
    with pytest.raises(InputError, match="no pair has a number set_agreement"):
        matrix(config(statistics={"metric": "set_agreement"}))
