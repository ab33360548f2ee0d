"""A panel predicted by a program of the user's, through Snakemake: a pair that fails, a kill, and a rerun."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from test_workflow import command, planned, run

from cofold_files import Complex, write
from folding_programs import install

SEQUENCES = {
    "r": "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG",
    "s": "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK",
    "a": "PLWQARHNDKFISTVYECMGLKERAQDPHTWS",
    "b": "TDKELIVRWQSAYFGNMCPHKTLEAVDQRISW",
}
TABLE = "results/scores.csv"

#: tests/docking/test_fold.py has each of these by itself.
pytestmark = [pytest.mark.workflow, pytest.mark.measurement]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSDOCK_BOLTZ", str(install(tmp_path / "bin")))
    monkeypatch.setenv("FOLD_CALLS", str(tmp_path / "calls.txt"))
    for name, letters in SEQUENCES.items():
        made = Complex({"A": letters}, seed=4)
        made.atoms = [(*row[:6], 90.0, row[7]) for row in made.atoms]
        write(tmp_path / f"{name}.pdb", made.pdb())
    return tmp_path


def configure(folder, **docking):
    roles = {"receptors": ["r", "s"], "ligands": ["a", "b"]}
    config = {role: [{"name": one, "entry": f"{one}.pdb"} for one in names] for role, names in roles.items()}
    config |= {"backend": "boltz", "docking": {"samples": 2, **docking}, "boltz": {"pairs": 1}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config | {"evidence": {"ask": False}}))


def starts(folder):
    path = folder / "calls.txt"
    return [line.split()[2] for line in path.read_text().splitlines()] if path.is_file() else []


def test_a_panel_with_a_kill_and_a_pair_that_fails(folder, monkeypatch):
    configure(folder)
    assert "does not say where Boltz-2 gets alignments from" in run(folder, code=2)
    configure(folder, msas="none")
    plan = planned(folder, target=TABLE)
    assert (plan["predict"], plan["dock"]) == (1, 4)
    assert "dock_remote" not in plan

    # The second start of the program does not come back; all processes are ended.
    monkeypatch.setenv("FOLD_HANGS", "r__b")
    with subprocess.Popen(
        command(folder, target=TABLE),
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        deadline = time.monotonic() + 300
        while starts(folder) != ["r__a", "r__b"]:
            assert running.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)
    run(folder, "--unlock", target=None)
    monkeypatch.delenv("FOLD_HANGS")
    monkeypatch.setenv("FOLD_FAILS", "s__a")
    output = run(folder, target=TABLE)
    assert starts(folder) == ["r__a", "r__b", "r__b", "s__a", "s__b"]
    assert "predict" in output
    (log,) = (folder / "results/logs").glob("predict-*.log")
    assert "3 of 4 pairs predicted, 1 failed" in log.read_text()
    scores = pd.read_csv(folder / TABLE)
    assert set(scores["backend"]) == {"boltz"}
    known = scores[(scores["metric"] == "lis_mean") & scores["value"].notna()]
    assert set(zip(known["receptor"], known["ligand"], strict=True)) == {("r", "a"), ("r", "b"), ("s", "b")}
    failure = json.loads((folder / "results/pairs/s/a/pair.json").read_text())["failed"]
    assert "made no model; it printed: " in failure["what"]
    assert "ran out of memory" in failure["what"]

    # The next run tries the pair again, and no other; after that, nothing is left to do.
    plan = planned(folder, target=TABLE)
    assert (plan["predict"], plan["dock"]) == (1, 1)
    monkeypatch.delenv("FOLD_FAILS")
    run(folder, target=TABLE)
    assert starts(folder)[5:] == ["s__a"]
    assert len(pd.read_csv(folder / TABLE).query("metric == 'lis_mean'")) == 4
    assert planned(folder, target=TABLE) == {}

    # Another number of models is another prediction; the first ones are kept for who wants them again.
    configure(folder, msas="none", samples=1)
    plan = planned(folder, target=TABLE)
    assert (plan["predict"], plan["dock"]) == (1, 4)
    assert len(list(Path(folder, "resources/boltz").rglob("prediction.json"))) == 4
