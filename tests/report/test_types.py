"""TypeScript's compiler over the page's own scripts, with the types of the data that Python writes for them."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest
from small_run import REPOSITORY, need

from crossdock.errors import CrossdockError
from crossdock.report.javascript import npm_command

STATIC = Path(str(resources.files("crossdock.report"))) / "static"


@pytest.fixture(scope="session")
def tsc(tmp_path_factory) -> list[str]:
    """The command of the compiler that the lock file names."""
    try:
        npm = npm_command()
    except CrossdockError:
        npm = []
    need("npm" if npm else None, "npm, which brings TypeScript,")
    home = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(REPOSITORY / "workflow" / "js" / name, home)
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ["PATH"]])
    command = [*npm, "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=home, env=os.environ | {"PATH": path}, check=True)
    return [str(need(shutil.which("node", path=path), "node")), str(home / "node_modules/typescript/bin/tsc")]


@pytest.fixture
def scripts(tmp_path) -> Path:
    """The page's own scripts, to change."""
    return Path(shutil.copytree(STATIC, tmp_path / "static"))


def complaints(tsc: list[str], *options: str | Path) -> str:
    """Give what the compiler says: a line for each error."""
    done = subprocess.run([*tsc, "--pretty", "false", *map(str, options)], capture_output=True, text=True)
    assert bool(done.returncode) == bool(done.stdout), done.stderr
    return done.stdout


@pytest.mark.measurement
def test_scripts_use_what_there_is(tsc):
    assert complaints(tsc, "--project", STATIC) == ""


@pytest.mark.measurement
def test_wrong_field_is_found(tsc, scripts):
    wrong = {
        "data.js": ("data.pairs.values", "data.pairs.numbers"),
        "state.js": ("current.netmetric", "current.networkmetric"),
        "matrix.js": ("metric.diverging", "metric.divergent"),
        "pair.js": ("model.members", "model.size"),
        "contacts.js": ("row.distance_A", "row.distance"),
        "network.js": ("protein.questionable", "protein.questioned"),
    }
    for script, (right, other) in wrong.items():
        text = (scripts / script).read_text()
        assert right in text
        (scripts / script).write_text(text.replace(right, other))
    output = complaints(tsc, "--project", scripts)
    for script, (_, other) in wrong.items():
        assert re.search(rf"{script}\(\d+,\d+\): error .*'{other.split('.')[-1]}'", output), script


def test_types_of_the_data_are_those_of_the_schema():
    tool = runpy.run_path(str(REPOSITORY / "tools" / "page_types.py"))
    assert tool["OUT"].read_text(encoding="utf-8") == tool["text"](), "run `python tools/page_types.py`"


@pytest.mark.measurement
def test_renamed_field_of_the_data_is_found(tsc, scripts):
    types = scripts / "page.d.ts"
    types.write_text(types.read_text().replace("found_by:", "finds:").replace("buried_ligand_A2:", "buried_A2:"))
    output = complaints(tsc, "--project", scripts)
    assert re.search(r"search\.js.*'found_by'", output)
    assert re.search(r"pair\.js.*'buried_ligand_A2'", output)
