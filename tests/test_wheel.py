"""The wheel, made as for a release, and a run from it where no checkout, no npm and no editable install is seen.

`make measure` makes both distributions and looks into them; `make test` asks the builder which files it would take.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def done(*command, **how):
    """Run a program to its end, and give what it said."""
    ended = subprocess.run(command, capture_output=True, text=True, **how)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def repository(*places):
    """Give the files of the checkout that git does not ignore."""
    return set(done("git", "ls-files", "--cached", "--others", "--exclude-standard", *places, cwd=ROOT).splitlines())


@pytest.fixture(scope="module")
def made(tmp_path_factory, need_module):
    """Give the sdist, and the wheel made of it."""
    for module in ("build", "hatchling"):
        need_module(module, f"{module} is not here: `pip install -e '.[dev]'`")
    out = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.tar.gz")), next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(made, tmp_path_factory):
    """Give an environment with the wheel; what crossdock needs is seen where the tests have it."""
    place = tmp_path_factory.mktemp("installed") / "env"
    venv.create(place, symlinks=True, with_pip=False)
    done(sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "--quiet", "--no-deps", made[1])
    site = Path(done(place / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # A folder that a .pth file names is searched for modules; its own .pth files, the editable install, are not read.
    needed = [path for path in sys.path if Path(path).name.endswith("-packages")]
    (site / "needed.pth").write_text("".join(f"{path}\n" for path in needed))
    return place


def test_the_builder_takes_the_package_and_files_of_the_repository(need_module):
    need_module("hatchling", "hatchling is not here: `pip install -e '.[dev]'`")
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    wheel, sdist = (
        {file.distribution_path: Path(file.path) for file in builder(str(ROOT)).recurse_included_files()}
        for builder in (WheelBuilder, SdistBuilder)
    )
    assert {f"src/{name}" for name in wheel} == repository("src")
    assert all(path == ROOT / "src" / name for name, path in wheel.items())
    assert wheel.keys() <= {name.removeprefix("src/") for name in sdist}
    assert sdist.keys() <= repository()


@pytest.mark.measurement
def test_both_pass_the_checks_of_the_package_index(made, need_module):
    need_module("twine", "twine is not here")
    need_module("check_wheel_contents", "check-wheel-contents is not here")
    done(sys.executable, "-m", "twine", "check", "--strict", *made)
    done(sys.executable, "-m", "check_wheel_contents", made[1])


@pytest.mark.measurement
def test_wheel_holds_what_a_run_needs_and_nothing_else(made):
    names = zipfile.ZipFile(made[1]).namelist()
    bundled = {name.removeprefix("crossdock/bundled/") for name in names if name.startswith("crossdock/bundled/")}
    shared = repository("Snakefile", "workflow", "profiles", "config", "config.yaml")
    libraries = ["3Dmol-min.js", "3Dmol-min.LICENSE.txt", "cytoscape.min.js", "cytoscape.min.LICENSE.txt"]
    assert bundled == {*shared, *(f"javascript/{name}" for name in [*libraries, "crossdock.js", "packages.json"])}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"crossdock"}
    package = {f"src/{name}" for name in names if name.startswith("crossdock/") and "/bundled/" not in name}
    assert package == repository("src")
    assert made[1].name.endswith("-py3-none-any.whl")


@pytest.mark.measurement
def test_sdist_holds_only_files_of_the_repository(made):
    with tarfile.open(made[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - repository() == {"PKG-INFO"}


@pytest.mark.measurement
@pytest.mark.workflow
@pytest.mark.parametrize("planned", [True, False])
def test_a_run_from_the_wheel_alone_ends_in_a_page(installed, tmp_path, planned):
    """Once it is only planned, since a run compiles all that is compiled."""
    (tmp_path / "bin").mkdir()
    for name in ("npm", "node"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n")
        (tmp_path / "bin" / name).chmod(0o755)
    run = tmp_path / "a run"
    run.mkdir()
    # The environment is not activated.
    environment = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    environment["PATH"] = f"{tmp_path}/bin:/usr/bin:/bin"
    crossdock = installed / "bin/crossdock"
    snakefile = Path(done(crossdock, "workflow", cwd=run, env=environment).strip())
    assert snakefile.is_file()
    assert snakefile.is_relative_to(installed)
    before = {path: path.stat().st_mtime_ns for path in snakefile.parent.rglob("*") if path.is_file()}
    entry = {"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]}
    config = {
        "receptors": [{"name": "trypsin", "entry": "demo:1ppe", "chains": ["A"]}],
        "ligands": [entry],
        "docking": {"rotations": 60, "sampling": "fast"},
        "evidence": {"ask": False},
    }
    (run / "my.yaml").write_text(yaml.safe_dump(config))
    dry = ["--dry-run"] if planned else []
    output = done(crossdock, "run", "my.yaml", "--cores", "1", *dry, cwd=run, env=environment)
    if planned:
        assert re.search(r"^report +1$", output, re.MULTILINE), output
        assert "javascript" not in output, "the page's JavaScript would be made"
    else:
        page = (run / "results/report.html").read_text(encoding="utf-8")
        assert (snakefile.parent / "javascript/crossdock.js").read_text()[:2000] in page
    assert not (tmp_path / "called").exists(), "npm was asked"
    assert not (run / "resources/js").exists()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    ended = subprocess.run([crossdock, "run", "nothing.csv", "my.yaml"], cwd=run, env=environment, capture_output=True)
    assert ended.returncode == 1, "Snakemake's own exit code"
