"""Compiled code is kept where it can be, and where it cannot the program says so and works all the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Loads everything that is compiled, calls one function that is kept, and another, compiled and as plain Python.
CODE = (
    "import logging; logging.basicConfig()\n"
    "import crossdock.docking.backends.local.search, crossdock.docking.clustering\n"
    "import crossdock.docking.engine.refinement, crossdock.geometry.surfaces\n"
    "from crossdock.docking.engine.energy import ramp\n"
    "from crossdock.docking.engine.fields import spread\n"
    "import numba, numpy\n"
    "assert spread(numpy.zeros((1, 3)), numpy.ones((1, 1)), 2).sum() == 1\n"
    "print(numba.njit(lambda x: ramp(x, 1.0, 3.0)[0])(1.4), ramp.py_func(1.4, 1.0, 3.0)[0])"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Give a copy of the package that nothing can be written beside, not by root either.

    What stands for a read-only folder: a file in the place of each `__pycache__`, which keeps a folder of that name
    from being made, as missing permissions would.
    """
    folder = tmp_path_factory.mktemp("installed") / "site"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/crossdock", folder / "crossdock", ignore=ignored)
    for module in (folder / "crossdock").rglob("__init__.py"):
        (module.parent / "__pycache__").touch()
    return folder


def output(folder, *, before="", **variables):
    """Run the code with a home and a cache folder that cannot be made; give what it says on stderr."""
    nowhere = {"HOME": "/proc/nonexistent", "XDG_CACHE_HOME": "/proc/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"} | nowhere | variables
    done = subprocess.run(
        [sys.executable, "-c", before + CODE],
        env=environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    compiled, plain = done.stdout.split()
    assert float(compiled) == float(plain)
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        *(
            pytest.param({"NUMBA_CACHE_DIR": path}, marks=pytest.mark.measurement)
            for path in (__file__, "/proc/nonexistent")
        ),
    ],
)
def test_without_a_folder_for_it_compiled_code_is_not_kept_and_that_is_said_once(installed, variables):
    lines = output(installed, **variables)
    assert len(lines) == 1
    assert "cannot be kept" in lines[0]
    assert "NUMBA_CACHE_DIR" in lines[0]


@pytest.fixture(scope="module")
def kept(installed, tmp_path_factory):
    """Give a folder that was named, and what was said."""
    folder = tmp_path_factory.mktemp("kept") / "here"
    return folder, output(installed, NUMBA_CACHE_DIR=str(folder))


@pytest.mark.measurement
def test_a_folder_that_is_named_is_used(kept):
    folder, lines = kept
    assert lines == []
    assert list(folder.iterdir())


#: Lets the process write nothing into any file, as a full disk does.
FULL = (
    "import resource, signal\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
)


@pytest.mark.measurement
def test_a_full_disk_keeps_nothing_from_running(installed, tmp_path):
    (line,) = output(installed, before=FULL, NUMBA_CACHE_DIR=str(tmp_path))
    assert "cannot be kept" in line
    assert "disk is full" in line
    assert not list(tmp_path.rglob("*.nb?"))


@pytest.mark.measurement
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damaged_files_are_written_anew(installed, kept, tmp_path, kind):
    shutil.copytree(kept[0], tmp_path, dirs_exist_ok=True)
    files = list(tmp_path.rglob(f"*.{kind}"))
    assert files
    for file in files:
        file.write_bytes(b"damaged")
    assert output(installed, NUMBA_CACHE_DIR=str(tmp_path)) == []
    assert all(file.read_bytes() != b"damaged" for file in files)
