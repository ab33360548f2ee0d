"""Steps that fail and leave the reason in the place of their outputs."""

from __future__ import annotations

import gzip

import pytest

from crossdock.cli import main
from crossdock.errors import DockingError, FileError, InputError
from crossdock.failure import Failure, attempt, failure_of, tries_of
from crossdock.files import read_json, write_json


def fail(error):
    def run():
        raise error

    return run


def test_a_step_that_works_leaves_its_own_files(tmp_path):
    made = tmp_path / "protein.json"
    assert attempt(lambda: write_json(made, {"name": "AR"}), [made], record=tmp_path / "tries.json") is None
    assert read_json(made)["name"] == "AR"
    assert failure_of(made) is None
    assert tries_of(tmp_path / "tries.json") == 0


def test_the_reason_stands_in_the_place_of_every_output_and_is_handed_on(tmp_path):
    outputs = [tmp_path / name for name in ("a/structure.pdb", "a/poses.csv.gz", "a/models")]
    (tmp_path / "a/models").mkdir(parents=True)
    (tmp_path / "a/models/model_00.pdb").write_text("old")
    record = tmp_path / "failed/prepare/AR.json"
    error = InputError("chain X is not in the entry", where="AR", hint="use chain A")
    for n in (1, 2):
        found = attempt(fail(error), outputs, record=record)
        assert found == Failure("chain X is not in the entry", "AR", "use chain A")
        assert tries_of(record) == n
    assert [failure_of(path) for path in outputs[:2]] == [found, found]
    assert not any(outputs[2].iterdir())
    later = tmp_path / "pair.json"
    assert attempt(fail(AssertionError("was run")), [later], inputs=[*outputs[:2]], record=tmp_path / "pair-tries.json")
    assert failure_of(later) == found
    assert tries_of(tmp_path / "pair-tries.json") == 0, "only the step that failed itself is counted"


def test_what_the_machine_lacks_stops_the_run(tmp_path):
    for error in (FileError("the disk is full"), OSError(28, "No space left on device"), MemoryError()):
        with pytest.raises((FileError, MemoryError)):
            attempt(fail(error), [tmp_path / "a.json"])
        assert not (tmp_path / "a.json").exists()
    with pytest.raises(KeyboardInterrupt):
        attempt(fail(KeyboardInterrupt()), [tmp_path / "a.json"])


def test_an_error_that_nobody_expected_is_recorded_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = attempt(fail(ZeroDivisionError("division by zero")), [tmp_path / "a.json"])
    assert found.what.startswith("unexpected ZeroDivisionError: division by zero; details are in ")


def test_no_other_file_is_taken_for_a_failure(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b'{"failed": {}}'))
    write_json(tmp_path / "b.json", {"failed": [{"url": "x"}]})
    (tmp_path / "c.pdb").write_text("")
    (tmp_path / "d.json").write_text('{\n "failed": {"what"')
    for name in ("a.gz", "b.json", "c.pdb", "d.json", "nothing"):
        assert failure_of(tmp_path / name) is None


def test_the_command_runs_another_one(tmp_path, capsys):
    (tmp_path / "bad.pdb").write_text("not a structure\n")
    out = tmp_path / "bad"
    words = ["attempt", "--outputs", f"{out}/structure.pdb", f"{out}/protein.json", "--record", f"{tmp_path}/n.json"]
    assert main([*words, "--", "prepare", f"{tmp_path}/bad.pdb", "-o", str(out)]) == 0
    assert "crossdock: error" in capsys.readouterr().err
    assert failure_of(out / "protein.json").what
    assert tries_of(tmp_path / "n.json") == 1


def test_a_failure_says_its_first_line_in_short():
    failure = Failure(str(DockingError("could not be downloaded:\n  a: unknown host\n  b: refused")))
    assert failure.short == "could not be downloaded"
