"""Snakemake for real, on a tiny panel: what runs, what runs again, and what does not."""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import yaml

import forked

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
#: All but the report, which needs npm; `make demo` and tests/report make that.
TARGET = "results/network/network.graphml"

pytestmark = pytest.mark.workflow


def protein(name, entry, chain):
    return {"name": name, "entry": entry, "chains": [chain]}


CMTI, IM9 = protein("CMTI-1", "demo:1ppe", "B"), protein("Im9", "demo:1emv", "A")
TRYPSIN, DNASE = protein("trypsin", "demo:1ppe", "A"), protein("E9", "demo:1emv", "B")


def write_config(folder, ligands, receptors=(TRYPSIN,), **others):
    lists = {} if "proteins" in others else {"receptors": list(receptors), "ligands": ligands}
    if not {"backend", "backends"} & others.keys():
        lists["clustering"] = {"models": 2}  # of a docking; others have their own
    config = (
        lists
        | {
            "docking": {"rotations": 12, "sampling": "fast"},
            "evidence": {"ask": False},  # tests ask no site but their own
        }
        | others
    )
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def command(folder, *arguments, target=TARGET):
    return [
        str(forked.programs() / "snakemake"),
        "-s",
        str(ROOT / "Snakefile"),
        "--workflow-profile",
        str(ROOT / "profiles/default"),
        "--cores",
        "2",
        "--directory",
        str(folder),
        *arguments,
        *([target] if target else []),
    ]


def run(folder, *arguments, target=TARGET, code=0):
    done = subprocess.run(
        command(folder, *arguments, target=target),
        env=forked.environment(),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=600,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def start(folder, **how):
    """Start a run with a process group of its own."""
    return subprocess.Popen(
        command(folder), env=forked.environment(), cwd=folder, stdout=subprocess.DEVNULL, process_group=0, **how
    )


def planned(folder, *arguments, target=TARGET):
    """Give job counts by rule of a dry run."""
    return counted(run(folder, "-n", *arguments, target=target))


def counted(text):
    """Give job counts by rule from what a dry run says."""
    counts, table = {}, False
    for line in text.splitlines():
        table = (table and bool(line.strip())) or line.startswith("---")
        start = line.split()
        if table and len(start) == 2 and start[1].isdigit():
            counts[start[0]] = int(start[1])
    counts.pop("total", None)
    return counts


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a folder with a finished 1 x 2 run."""
    folder = tmp_path_factory.mktemp("finished")
    write_config(folder, [CMTI, IM9])
    run(folder)
    return folder


@pytest.fixture
def copy(finished, tmp_path):
    """Give a copy of the finished run to change; times of files are kept."""
    return Path(shutil.copytree(finished, tmp_path / "run", copy_function=shutil.copy2))


def test_a_run_leaves_every_file_of_the_contract(finished):
    pair = finished / "results/pairs/trypsin/CMTI-1"
    for name in (
        "poses.csv.gz",
        "docking.json",
        "clusters.csv",
        "models/models.csv",
        "models/model_00.pdb",
        "interface.csv",
        "pair.json",
    ):
        assert (pair / name).stat().st_size > 0, name
    scores = pd.read_csv(finished / "results/scores.csv")
    assert list(scores.columns) == ["receptor", "ligand", "backend", "metric", "value", "unit", "uncertainty"]
    matrix = pd.read_csv(finished / "results/matrix/score.csv")
    assert matrix.columns.tolist() == ["ligand", "trypsin"]
    assert matrix["ligand"].tolist() == ["CMTI-1", "Im9"]
    record = json.loads((pair / "pair.json").read_text())
    assert matrix["trypsin"][0] == record["score"]
    graph = nx.read_graphml(finished / "results/network/network.graphml")
    assert graph.nodes["Im9"]["n_residues"] == 83
    assert json.loads((finished / "results/network/network.cyjs").read_text())["elements"]["edges"]
    assert json.loads((finished / "results/proteins/Im9/protein.json").read_text())["entry"]["sha256"]
    parts = [path for path in (finished / "results").rglob("*") if path.name.endswith(".part")]
    assert parts == []


def test_provenance_tells_what_the_run_was_made_of(copy):
    run(copy, target="results/provenance.json")
    record = json.loads((copy / "results/provenance.json").read_text())
    entry = copy / "results/proteins/trypsin/structure.pdb"
    assert record["inputs"]["trypsin"]["structure_sha256"] == hashlib.sha256(entry.read_bytes()).hexdigest()
    assert record["inputs"]["trypsin"]["entry"]["id"] == "1ppe"
    assert record["software"]["numpy"] == np.__version__
    assert record["dockings"]["count"] == len(list(copy.glob("results/pairs/*/*/poses.csv.gz")))
    assert list(record["dockings"]["processors"].values()) == [record["dockings"]["count"]]
    scores = (copy / "results/scores.csv").read_bytes()
    assert record["results"]["scores.csv"] == hashlib.sha256(scores).hexdigest()


@pytest.mark.measurement
def test_replicates_dock_again_and_give_errors(copy):
    write_config(copy, [CMTI, IM9], replicates=2)
    counts = planned(copy)
    assert counts["replicate"] == 2
    assert "dock" not in counts
    run(copy)
    scores = pd.read_csv(copy / "results/scores.csv").set_index("metric")
    assert (scores.loc["score", "uncertainty"] > 0).all()
    pair = json.loads((copy / "results/pairs/trypsin/CMTI-1/pair.json").read_text())
    first, second = pair["replicate_scores"]
    assert first != second
    assert pair["score"] == pytest.approx((first + second) / 2, abs=1e-3)
    assert set(pd.read_csv(copy / "results/ranks.csv")["within_noise_of_first"]) <= {"yes", "no"}


def test_controls_are_docked_with_every_receptor(copy):
    controls = [protein("control-1", "demo:1bvn", "B"), protein("control-2", "demo:1jtg", "A")]
    write_config(copy, [CMTI, IM9], receptors=[TRYPSIN, DNASE], controls=controls)
    counts = planned(copy)
    # Two new pairs of the panel, and two controls on two receptors.
    assert counts["dock"] == 2 + 4
    assert counts["analyse"] == 2 + 4
    assert "replicate" not in counts


def test_nothing_runs_twice(finished):
    assert planned(finished) == {}


def test_a_new_ligand_runs_its_own_column_only(copy):
    write_config(copy, [CMTI, IM9, protein("tendamistat", "demo:1bvn", "B")])
    text = run(copy, "-n")
    assert counted(text) == {
        "fetch": 1,
        "prepare": 1,
        "dock": 1,
        "analyse": 1,
        "panel": 1,
        "matrix": 1,
        "made": 1,
        "network": 1,
    }
    before = (copy / "results/pairs/trypsin/Im9/poses.csv.gz").stat().st_mtime_ns
    assert "crossdock: docking in total: 3 pairs, about " in text
    assert "crossdock: to dock: 1 pair, about " in run(copy)
    assert pd.read_csv(copy / "results/matrix/score.csv")["ligand"].tolist() == ["CMTI-1", "Im9", "tendamistat"]
    assert (copy / "results/pairs/trypsin/Im9/poses.csv.gz").stat().st_mtime_ns == before


def test_a_receptor_that_becomes_a_ligand_too_is_not_prepared_or_docked_again(copy):
    roles = {
        name: json.loads((copy / f"results/proteins/{name}/protein.json").read_text())["role"]
        for name in ("trypsin", "Im9")
    }
    assert roles == {"trypsin": ["receptor"], "Im9": ["ligand"]}
    write_config(copy, [CMTI, IM9, TRYPSIN])
    counts = planned(copy)
    assert "prepare" not in counts
    assert counts["dock"] == 1


def test_prepare_is_told_what_the_panel_says_of_a_protein(tmp_path):
    both = TRYPSIN | {"label": "bovine trypsin"}
    write_config(tmp_path, [both], receptors=[both])
    text = run(tmp_path, "-n", "-p", target="results/proteins/trypsin/protein.json")
    assert "--label 'bovine trypsin' --role receptor ligand" in text


def test_a_ligand_taken_out_leaves_nothing_stale(copy):
    write_config(copy, [IM9])
    assert planned(copy) == {"panel": 1, "made": 1, "matrix": 1, "network": 1}
    run(copy)
    for path in (
        "results/scores.csv",
        "results/matrix/score.csv",
        "results/network/edges.csv",
        "results/network/network.cyjs",
        "results/network/network.graphml",
        "results/panel.json",
    ):
        assert "CMTI" not in (copy / path).read_text(), path


def test_another_selection_prepares_and_docks_that_protein_again(copy):
    write_config(copy, [CMTI, IM9 | {"residues": "4-70"}])
    assert planned(copy) == {
        "prepare": 1,
        "dock": 1,
        "analyse": 1,
        "panel": 1,
        "matrix": 1,
        "made": 1,
        "network": 1,
    }


def test_another_seed_docks_again_but_fetches_nothing(copy):
    write_config(copy, [CMTI, IM9], seed=5)
    counts = planned(copy)
    assert counts["dock"] == 2
    assert "prepare" not in counts
    assert "fetch" not in counts


@pytest.mark.measurement
def test_interrupted_runs_go_on_where_they_were(tmp_path):
    ligands = [CMTI, IM9, protein("tendamistat", "demo:1bvn", "B")]
    write_config(tmp_path, ligands, receptors=[TRYPSIN, DNASE], docking={"rotations": 150, "sampling": "fast"})
    running = start(tmp_path, stderr=subprocess.DEVNULL)
    poses = "results/pairs/*/*/poses.csv.gz"
    deadline = time.monotonic() + 300
    while len(list(tmp_path.glob(poses))) < 3 and time.monotonic() < deadline:
        assert running.poll() is None, "the run ended before it could be interrupted"
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob(poses)}
    assert 3 <= len(before) < 6
    run(tmp_path, "--unlock")
    run(tmp_path)
    kept = [path for path, when in before.items() if path.stat().st_mtime_ns == when]
    # With two cores two jobs may be in flight, their file there and their end not yet noted.
    assert len(kept) >= len(before) - 2
    assert kept
    scores = pd.read_csv(tmp_path / "results/scores.csv")
    assert set(scores["metric"]) == {path.stem for path in (tmp_path / "results/matrix").iterdir()}
    assert "template_identity" not in set(scores["metric"])  # no known complexes are looked for
    assert len(scores) == 6 * scores["metric"].nunique()


def until(folder, words, with_signal):
    """Run until a line starts with words, and send a signal; give what was said, and how it ended."""
    running = start(folder, stderr=subprocess.PIPE, text=True)
    output = []
    for line in running.stderr:
        output.append(line)
        if line.startswith(words):
            break
    os.killpg(running.pid, with_signal)
    output.append(running.communicate()[1])
    return "".join(output), running.returncode


@pytest.mark.measurement
def test_before_much_work_the_machine_is_measured_once(tmp_path):
    write_config(tmp_path, [CMTI, IM9], docking={"rotations": 50000})
    planned = run(tmp_path, "-n")
    assert "crossdock: docking in total: 2 pairs, about " in planned
    assert "; the speed of this machine was not measured" in planned
    output, code = until(tmp_path, "crossdock: measuring the docking speed", signal.SIGINT)
    assert code == 130
    assert "crossdock: stopped before anything was docked\n" in output
    assert "Traceback" not in output
    output, _ = until(tmp_path, "crossdock: to dock: 2 pairs, about ", signal.SIGKILL)
    assert "crossdock: measuring the docking speed of this machine for some seconds\n" in output
    ((machine, speed),) = json.loads((tmp_path / "resources/speed.json").read_text())["speeds"].items()
    assert machine == f"{platform.node()} cpu 2"
    assert speed["speed"] > 0
    assert "was not measured" not in run(tmp_path, "-n")
    assert "was not measured" in run(tmp_path, "-n", "--cores", "1")


def test_what_changes_no_result_runs_nothing(copy):
    write_config(copy, [CMTI | {"label": "squash inhibitor"}, IM9], entries={"rcsb": "https://mirror.example.org"})
    assert planned(copy) == {"panel": 1, "made": 1, "matrix": 1, "network": 1}


def test_closing_residues_docks_that_protein_again(copy):
    write_config(copy, [CMTI, IM9 | {"blocked": "30-40"}])
    counts = planned(copy)
    assert (counts["prepare"], counts["dock"]) == (1, 1)


def test_a_bad_config_stops_before_any_work(tmp_path):
    write_config(tmp_path, [CMTI | {"chain": "B"}, IM9 | {"chains": ["Q"]}, protein("im9", "demo:1emv", "A")], seed=-1)
    text = run(tmp_path, code=2)
    assert "did you mean `chains`?" in text
    assert "seed: expected at least 0, got -1" in text
    assert "'Im9' and 'im9' differ only by case" in text
    write_config(tmp_path, [IM9 | {"chains": ["Q"]}])
    assert "Im9, entry demo:1emv" in run(tmp_path, code=2)
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "resources").exists()


def test_the_published_panel_plans_84_dockings(tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    counts = planned(tmp_path)
    assert counts["fetch"] == 19
    assert counts["dock"] == 84


@pytest.mark.measurement
def test_without_a_network_the_way_out_is_said(tmp_path):
    """An unreachable source: URL, reason and both ways out; and a file put in place by hand is taken."""
    nowhere = {"rcsb": "http://127.0.0.1:9", "pdbe": "http://127.0.0.1:9", "pdbj": ""}
    write_config(tmp_path, [protein("x", "1abc", "A")], entries=nowhere)
    target = "results/proteins/x/structure.pdb"
    text = run(tmp_path, code=1)
    assert "http://127.0.0.1:9/download/1ABC.cif.gz: the connection was refused" in text
    assert "http://127.0.0.1:9/pdbe/entry-files/download/1abc.cif: the connection was refused" in text
    assert "resources/entries/rcsb/1abc.cif.gz" in text
    assert "entries" in text
    assert "mirror" in text
    place = tmp_path / "resources/entries/rcsb/1abc.cif.gz"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "src/crossdock/demo/1ppe.pdb.gz", place)
    run(tmp_path, target=target)
    assert (tmp_path / target).is_file()
