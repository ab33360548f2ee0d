"""The docking benchmark on two unbound complexes: the accuracy that docs/validation.md reports, in small."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks/docking.py"
#: A toxin with its inhibitor, and a phage's protein with its receptor: small, and found first at the default settings.
IDS = ("2X9A", "7CEI")


@pytest.mark.measurement
def test_unbound_complexes_are_found(shared, tmp_path):
    with tarfile.open(shared / "bm5.tar.xz") as packed:
        for member in packed:
            if len(list(tmp_path.rglob("*.pdb"))) == 4 * len(IDS):
                break
            if member.name.split("/")[1:2] and member.name.split("/")[1] in IDS:
                packed.extract(member, tmp_path, filter="data")
    out = tmp_path / "found.tsv"
    poses = tmp_path / "poses"
    command = [sys.executable, str(SCRIPT), str(tmp_path / "bm5"), "--out", str(out), "--poses", str(poses)]
    done = subprocess.run([*command, "--jobs", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out, sep="\t", index_col="id")
    assert sorted(table.index) == list(IDS)
    assert "T10 100 %" in done.stdout
    assert table["first_acceptable_rank"].max() <= 10
    assert (table["acceptable_poses"] > 0).all()
    # A second run finds both there, and docks nothing.
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout == done.stdout
    assert len(pd.read_csv(out, sep="\t")) == len(IDS)
    # Poses that are kept are judged again, with the same result; what docking took is not known then.
    recount = tmp_path / "recount.tsv"
    judged = subprocess.run(
        [*command[:3], "--out", str(recount), "--poses", str(poses)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(judged.stdout)
    measured = ["cpu_seconds", "peak_memory_MB"]
    measured_again = pd.read_csv(recount, sep="\t", index_col="id").loc[table.index]
    assert measured_again[measured].isna().all(axis=None)
    assert measured_again.drop(columns=measured).equals(table.drop(columns=measured))
