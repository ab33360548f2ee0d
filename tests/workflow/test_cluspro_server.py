"""A 3 x 3 panel docked by a server, through Snakemake: a third of its answers faulty, killed on the way."""

import json
import os
import signal
import subprocess
import time

import pandas as pd
import pytest
from test_workflow import DNASE, IM9, planned, protein, run, start, write_config

from cluspro_server import USERS, StandIn

RECEPTORS = (DNASE, protein("TEM-1", "demo:1jtg", "B"), protein("amylase", "demo:1bvn", "A"))
LIGANDS = [IM9, protein("BLIP", "demo:1jtg", "A"), protein("tendamistat", "demo:1bvn", "B")]
PACE = {"pause_s": 0.05, "first_look_min": 0.005, "look_every_min": 0.005}
FAULTS = {
    "/api.php": ["lost", "html", "elsewhere", "lost", "503", "429", "lost", "empty"],
    "/api_download.php": ["503", "html", "truncated", "403", "evil", "elsewhere", "empty"],
    "/login.php": ["503", "html", "empty"],
    "/queue.php": ["html", "503", "empty"],
    "/results.php": ["503", "html", "empty"],
    "/scores.php": ["header", "503", "html", "empty", "elsewhere"],
}
#: What must be the same whatever happened on the way.
TABLES = ("results/scores.csv", "results/matrix/center_score.csv", "results/network/edges.csv")

#: tests/docking/test_cluspro_dispatch.py has each fault and each kill by itself.
pytestmark = [pytest.mark.workflow, pytest.mark.measurement]


@pytest.fixture
def stand_in(monkeypatch):
    server = StandIn(models=2, share=0.4)
    monkeypatch.setenv("CLUSPRO_USERNAME", "alice")
    for name, value in zip(("SECRET", "PASSWORD"), USERS["alice"], strict=True):
        monkeypatch.setenv(f"CLUSPRO_{name}", value)
    yield server
    server.close()


def kill_when(folder, reached):
    """Start Snakemake, and end it and all its children at once as soon as something has been reached."""
    with start(folder, stderr=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 300
        while not reached():
            assert running.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    run(folder, "--unlock", target=None)


def test_a_panel_through_a_bad_server_and_two_kills(tmp_path, stand_in):
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        write_config(folder, LIGANDS, RECEPTORS, backend="cluspro", cluspro={"url": stand_in.url, **PACE})
    assert planned(bad)["dock_remote"] == 1

    stand_in.faults = {path: faults * 20 for path, faults in FAULTS.items()}
    left = sum(map(len, stand_in.faults.values()))
    kill_when(bad, lambda: len(stand_in.jobs) >= 4)
    kill_when(bad, lambda: len(list((bad / "resources/cluspro/jobs").glob("*/models.tar.bz2"))) >= 5)
    run(bad)
    faulty = left - sum(map(len, stand_in.faults.values()))
    assert faulty >= len(stand_in.asked) / 3
    names = [job["name"] for job in stand_in.jobs.values()]
    assert len(names) == len(set(names)) == 9
    assert planned(bad) == {}

    stand_in.faults = {}
    stand_in.jobs.clear()
    run(good)
    for table in TABLES:
        assert (good / table).read_text() == (bad / table).read_text(), table
    jobs = pd.read_csv(good / "results/remote.csv", dtype=str).set_index(["receptor", "ligand"])["job"]
    centers = pd.read_csv(good / "results/matrix/center_score.csv", index_col="ligand (SYNTHETIC)")
    for (receptor, ligand), job in jobs.items():
        assert centers.at[ligand, receptor] == stand_in.table(job, "000")[0][1]

    # Made-up scores say so wherever they stand.
    scores = pd.read_csv(bad / "results/scores.csv")
    assert scores["backend"].unique().tolist() == ["cluspro (SYNTHETIC, no docking was done)"]
    assert pd.read_csv(bad / "results/network/edges.csv")["backend"].str.contains("SYNTHETIC").all()
    pair = bad / "results/pairs/amylase/Im9"
    for table in ("poses.csv.gz", "clusters.csv", "models/models.csv"):
        assert pd.read_csv(pair / table)["synthetic"].all(), table
    assert "SYNTHETIC" in (pair / "models/model_00.pdb").read_text().splitlines()[0]
    record = json.loads((bad / "results/pairs/amylase/Im9/docking.json").read_text())
    assert record["synthetic"] is True

    # The secret and the password are nowhere: not in a log, a record, or what Snakemake keeps.
    hidden = [word.encode() for word in USERS["alice"]]
    for path in bad.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(word in content for word in hidden), path
    assert not any(word in body for word in hidden[:1] for body in stand_in.bodies)

    # A new ligand hands in its own row.
    asked = len(stand_in.jobs)
    write_config(
        good,
        [*LIGANDS, protein("barnase-like", "demo:1emv", "B")],
        RECEPTORS,
        backend="cluspro",
        cluspro={"url": stand_in.url, **PACE},
    )
    run(good, target="results/remote.csv")
    assert len(stand_in.jobs) == asked + 3
    assert planned(good)["dock"] == 3
