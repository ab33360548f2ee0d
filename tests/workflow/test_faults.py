"""Faults on the way: what is said of them, and that a plain rerun gives the tables of a run left in peace."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from test_workflow import ROOT

import forked
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.files import read_made, whole_folder

sys.path.insert(0, str(ROOT / "benchmarks"))
from faults import FAULTS, finished_run, outcome

CROSSDOCK = Path(sys.executable).with_name("crossdock")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a run that is left in peace."""
    return finished_run(tmp_path_factory.mktemp("faults") / "finished", programs=forked.programs(), starts=0)


@pytest.mark.workflow
@pytest.mark.measurement  # the tests below have the same faults within a process, test_workflow.py has a kill
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("snakemake_killed", ["--unlock"]),
        ("two_runs", ["cannot be locked"]),
        ("disk_full", ["results/", "the disk is full", "free some space there"]),
        ("disk_read_only", ["Write-protected output files", "affected files:\n        results/"]),
        ("broken_structure", ["results/proteins/colicin-E9/structure.pdb", "the file is incomplete", "remove it"]),
        ("broken_protein", ["results/proteins/colicin-E9/protein.json: cannot be read", "remove it"]),
    ],
)
def test_what_is_wrong_is_said_and_a_rerun_mends_it(name, expected, finished, tmp_path):
    if FAULTS[name].root and os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    found = outcome(FAULTS[name], finished, tmp_path / "run")
    assert "Traceback" not in found.output
    for word in expected:
        assert word in found.output, found.output
    assert found.halves == []
    assert (found.completes, found.same, found.settles) == (True, True, True)


@pytest.fixture
def structure(tmp_path):
    """Give a prepared structure."""
    entry = ROOT / "src/crossdock/demo/1ppe.pdb.gz"
    assert main(["prepare", str(entry), "--chains", "B", "-o", str(tmp_path / "CMTI-1")]) == 0
    return tmp_path / "CMTI-1/structure.pdb"


def test_a_structure_cut_between_atoms_is_no_smaller_protein(structure, tmp_path, capsys):
    lines = structure.read_text().splitlines(keepends=True)
    structure.write_text("".join(lines[: len(lines) // 2]))
    assert main(["dock", str(structure), str(structure), "-o", str(tmp_path / "out")]) == 2
    output = capsys.readouterr().err
    assert f"{structure}: the file is incomplete" in output
    assert "remove it" in output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n3,4"])
def test_a_table_cut_within_a_row_is_no_shorter_table(content, tmp_path):
    path = tmp_path / "residues.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=r"residues\.csv: cannot be read: the file is empty or incomplete"):
        read_made(path, pd.read_csv, "crossdock analyse")


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path):
    """With the largest size of a file at 2 kB, which any user may set."""
    done = subprocess.run(
        [CROSSDOCK, "fetch", "demo:1ppe", "-o", tmp_path / "entries/1ppe.pdb.gz"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "entries/1ppe.pdb.gz: the file is larger than this system allows\n  -> `ulimit -f`" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "entries").iterdir()) == []


@pytest.mark.measurement
def test_a_job_that_is_told_to_end_says_so(structure, tmp_path):
    """As schedulers do to jobs that are out of time."""
    expected = [CROSSDOCK, "dock", structure, structure, "-o", tmp_path / "out", "--rotations", "5000"]
    with subprocess.Popen(expected, stderr=subprocess.PIPE, text=True) as job:
        assert "10 %" in job.stderr.readline()
        job.send_signal(signal.SIGTERM)
        output = job.stderr.read()
    assert job.returncode == 130
    assert output.endswith("crossdock: error: interrupted; no incomplete files were left\n")
    assert not (tmp_path / "out").exists()


def test_of_two_that_write_the_same_folder_each_is_whole(tmp_path):
    """A job that outlived its Snakemake, and the one that does its work again."""
    with whole_folder(tmp_path / "models") as mine:
        (mine / "model_00.pdb").write_text("mine")
        with whole_folder(tmp_path / "models") as other:
            (other / "model_00.pdb").write_text("other")
            (other / "model_01.pdb").write_text("other")
    assert [path.read_text() for path in (tmp_path / "models").iterdir()] == ["mine"]
    assert [path.name for path in tmp_path.iterdir()] == ["models"]
