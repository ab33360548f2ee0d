"""Errors that nobody expected: one sentence, a log with the traceback, exit status 3."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crossdock import __version__
from crossdock.cli import main
from crossdock.commands import panel

ROOT = Path(__file__).parents[1]


def endless(n=0):
    return endless(n + 1)


def lookup():
    return {}["a key\nof two lines" + 2000 * "x"]


def full():
    raise MemoryError


@pytest.mark.parametrize(
    ("fault", "message"), [(endless, "RecursionError"), (lookup, "KeyError"), (full, "out of memory")]
)
def test_one_sentence_and_a_log(fault, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(panel, "_check", lambda options: fault())
    assert main(["check"]) == 3
    output = capsys.readouterr().err
    assert output.startswith("crossdock: error: unexpected ")
    assert output.count("\n") == 1
    assert len(output) < 500
    assert message in output
    (log,) = tmp_path.iterdir()
    assert str(log) in output
    text = log.read_text()
    assert f"crossdock: {__version__}" in text
    assert "command: " in text
    assert "platform: " in text
    assert "Traceback (most recent call last)" in text
    assert f"in {fault.__name__}" in text


def broken(folder, cwd, **variables):
    """Run a real `crossdock check` with an installation that is broken: its YAML reader cannot be loaded."""
    (folder / "yaml.py").write_text("raise RuntimeError('one line\\nand another')\n")
    path = os.pathsep.join([str(folder), str(ROOT / "src")])
    return subprocess.run(
        [sys.executable, "-m", "crossdock.cli", "check", "\udcff.yaml"],
        env=os.environ | {"PYTHONPATH": path} | variables,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_broken_installation(tmp_path):
    done = broken(tmp_path, tmp_path)
    assert done.returncode == 3
    assert re.fullmatch(
        r"crossdock: error: unexpected RuntimeError: one line and another; details are in \S+\.log: .*\n", done.stderr
    )
    (log,) = tmp_path.glob("crossdock-error-*.log")
    assert "yaml.py" in log.read_text()


def test_where_the_folder_cannot_be_written_the_log_goes_to_the_temporary_one(tmp_path):
    """/proc takes no files of anybody's, of root's neither."""
    (tmp_path / "temporary").mkdir()
    done = broken(tmp_path, "/proc/self", TMPDIR=str(tmp_path / "temporary"))
    assert done.returncode == 3
    (log,) = (tmp_path / "temporary").iterdir()
    assert str(log) in done.stderr


def test_the_traceback_is_shown_on_request(tmp_path):
    assert "Traceback" not in broken(tmp_path, tmp_path).stderr
    assert "Traceback" in broken(tmp_path, tmp_path, CROSSDOCK_DEBUG="1").stderr


def specificity(table, stdout, **variables):
    return subprocess.run(
        [sys.executable, "-m", "crossdock.cli", "specificity", str(table)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | variables,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written_is_said():
    with open("/dev/full", "w") as nowhere:
        done = specificity(ROOT / "config/published/zhankina2024_table2.csv", nowhere)
    assert (done.returncode, done.stderr.count("\n")) == (1, 2)
    assert "the disk is full" in done.stderr


def test_names_that_the_terminal_cannot_show_are_written(tmp_path):
    (tmp_path / "table.csv").write_text("ligand,\u00c5,B\na,-1,-2\nb,-3,-5\n", encoding="utf-8")
    done = specificity(tmp_path / "table.csv", subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xc5" in done.stdout
