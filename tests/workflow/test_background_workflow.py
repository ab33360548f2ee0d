"""A background through Snakemake: which jobs there are, and a pair from two files to its p-value."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from test_workflow import CMTI, DNASE, IM9, ROOT, TRYPSIN, planned, protein, write_config

pytestmark = pytest.mark.workflow
#: A set of the user's own; that they are related matters to no job.
OWN = [protein(f"s{i}", "demo:1jtg", "A") for i in range(20)]


@pytest.mark.measurement
def test_each_protein_is_one_job(tmp_path):
    write_config(tmp_path, [CMTI, IM9], background="bundled")
    assert planned(tmp_path)["background"] == 3
    write_config(tmp_path, [CMTI, IM9], receptors=[TRYPSIN, DNASE], background=OWN)
    jobs = planned(tmp_path)
    assert (jobs["background"], jobs["prepare"], jobs["dock"]) == (24, 24, 4)
    write_config(tmp_path, [CMTI, IM9])
    assert "background" not in planned(tmp_path)


@pytest.mark.measurement
def test_a_pair_has_an_answer(tmp_path):
    """Two files, one command: the report's answer, and the p-value of a pair whose complex is known."""
    lines = gzip.decompress((ROOT / "src/crossdock/demo/1emv.pdb.gz").read_bytes()).decode().splitlines(keepends=True)
    for name, chain in (("dnase", "B"), ("im9", "A")):
        (tmp_path / f"{name}.pdb").write_text("".join(one for one in lines if one[:4] == "ATOM" and one[21] == chain))
    script = Path(sys.executable).with_name("crossdock")
    command = [script, "pair", "dnase.pdb", "im9.pdb", "-o", "mine"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "One pair stands out: im9 on dnase." in done.stdout + done.stderr
    results = tmp_path / "mine/results"
    scores = pd.read_csv(results / "scores.csv").set_index("metric")["value"]
    assert scores["background_p"] < 0.005
    assert json.loads((results / "statistics.json").read_text())["background"]["tested"] == 1
    assert len(pd.read_csv(results / "background/dnase.csv")) == 40
    assert yaml.safe_load((tmp_path / "mine/config.yaml").read_text())["background"] == "bundled"
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 2
    assert "this folder has a panel already" in again.stderr
