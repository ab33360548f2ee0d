"""TypeScript's compiler over the page's own scripts, and over the data that Python writes for them."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
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


def test_scripts_use_what_there_is(tsc):
    assert complaints(tsc, "--project", STATIC) == ""


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
    said = complaints(tsc, "--project", scripts)
    for script, (_, other) in wrong.items():
        assert re.search(rf"{script}\(\d+,\d+\): error .*'{other.split('.')[-1]}'", said), script


def written(page: Path) -> dict[str, object]:
    """Give the data of a page by its type in page.d.ts, what is packed in it too."""
    text = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page.read_text(), re.DOTALL)
    data = json.loads(text[1])

    def opened(packed: str) -> object:
        return json.loads(gzip.decompress(base64.b64decode(packed)))

    details = [opened(record["detail"]) for record in data["pairs"]["records"].values() if record["detail"]]
    return {"Page": data, "Detail[]": details, "Hotspot[][]": [opened(rows) for rows in data["hotspots"].values()]}


def typed(tsc: list[str], scripts: Path, data: dict[str, object]) -> str:
    """Give the compiler's complaints about data, each by its type."""
    lines = [f"export const data{i}: {name} = {json.dumps(value)};" for i, (name, value) in enumerate(data.items())]
    (scripts / "written.ts").write_text(
        "\n".join(['import type { Page, Detail, Hotspot } from "./page.js";', *lines, ""])
    )
    return complaints(tsc, "--noEmit", "--strict", "--module", "esnext", "--target", "esnext", scripts / "written.ts")


def test_data_of_a_page_is_of_its_types(tsc, scripts, page_file):
    data = written(page_file)
    assert data["Detail[]"]
    assert typed(tsc, scripts, data) == ""


def test_field_that_python_renames_is_found(tsc, scripts, page_file):
    text = json.dumps(written(page_file))
    for field in ("found_by", "buried_ligand_A2", "most"):
        assert f'"{field}":' in text
        text = text.replace(f'"{field}":', f'"{field}_renamed":')
    said = typed(tsc, scripts, json.loads(text))
    assert all(f"{field}_renamed" in said for field in ("found_by", "buried_ligand_A2", "most"))
