"""What is said on stderr, how much of it is shown, and that a program that imports crossdock decides for itself."""

import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from crossdock import log
from crossdock.cli import main
from crossdock.progress import track

RECORD = logging.getLogger("crossdock.entries.download")


def output(capsys, *arguments):
    """Run `fetch` of a demo entry, log a line of each level, and give what is on stderr."""
    assert main(list(arguments)) == 0
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        RECORD.log(level, "text of %s", "a line")
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("after", [False, True])
def test_how_much_is_shown(tmp_path, monkeypatch, capsys, after):
    monkeypatch.delenv(log.DEBUG, raising=False)
    fetch = ["fetch", "demo:1ppe", "-o", str(tmp_path / "1ppe.pdb.gz")]
    asked = {name: [*fetch, name] if after else [name, *fetch] for name in ("--verbose", "--quiet")}
    serious = ["crossdock: warning: text of a line", "crossdock: error: text of a line"]
    assert output(capsys, *asked["--quiet"]) == serious
    verbose = output(capsys, *asked["--verbose"])
    assert f"crossdock: debug: wrote {tmp_path / '1ppe.pdb.gz'}" in verbose
    assert verbose[-4:] == ["crossdock: debug: text of a line", "text of a line", *serious]
    assert output(capsys, *fetch) == ["text of a line", *serious]
    monkeypatch.setenv(log.DEBUG, "1")
    assert output(capsys, *fetch) == verbose
    assert output(capsys, *asked["--quiet"]) == serious


def test_the_later_one_holds(tmp_path, capsys):
    assert len(output(capsys, "-v", "fetch", "demo:1ppe", "-o", str(tmp_path / "1ppe.pdb.gz"), "-q")) == 2


def test_a_command_that_waits_for_hours_shows_the_time(capsys):
    log.show()
    log.show_times()
    RECORD.info("handed in")
    log.show()
    RECORD.info("handed in")
    first, second = capsys.readouterr().err.splitlines()
    assert first[:4].isdecimal()
    assert first.endswith(":" + first[17:19] + "  handed in")
    assert second == "handed in"


def test_an_import_says_nothing():
    code = "import crossdock, logging; logging.getLogger('crossdock.entries').error('lost')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    code = "import logging; logging.basicConfig(); " + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "ERROR:crossdock.entries:lost\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "text"), [
    (Terminal(), "\r1 of 2 pairs read  \r2 of 2 pairs read  \n\r1 of 3 pairs read  \ncrossdock: warning: stopped\n"),
    (io.StringIO(), "1 of 2 pairs read\n2 of 2 pairs read\n1 of 3 pairs read\ncrossdock: warning: stopped\n"),
])  # fmt: skip
def test_progress_stays_on_one_line_of_a_terminal(monkeypatch, stream, text):
    log.show(log.NORMAL)
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(track("ab", "pairs read", least=1)) == ["a", "b"]
    next(steps := track("abc", "pairs read", least=1))
    next(steps)
    RECORD.warning("stopped")
    assert stream.getvalue() == text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_where_stderr_cannot_be_written_the_command_ends_as_it_would():
    with open("/dev/full", "w") as nowhere:
        command = [sys.executable, "-m", "crossdock.cli", "check", "no.yaml"]
        assert subprocess.run(command, stderr=nowhere, check=False).returncode == 2
