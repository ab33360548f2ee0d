"""Where numba cannot compile, whatever the reason, a search in a fresh process finds what the kernel finds."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crossdock.docking.backends.local.search import Options, scan_part
from crossdock.structures.structure import write_structure

ROOT = Path(__file__).parents[2]
OPTIONS = Options("fast", 6, seed=4)
#: Searches twice, and keeps what was found.
CODE = """
import sys
import numpy as np
from crossdock import log
log.show()  # as a command does, before it loads what it needs
from crossdock.docking.backends.local.search import Options, scan_part
from crossdock.structures.structure import read_structure
bodies = [read_structure(path) for path in sys.argv[1:3]]
for _ in range(2):
    found = scan_part(*bodies, Options("fast", 6, seed=4), 1, 1)
np.savez(sys.argv[3], rotation=found.rotation, translation=found.translation, score=found.score)
"""
#: What is put before the installed packages, and what is then said.
BROKEN = {
    "switched off": ({}, "NUMBA_DISABLE_JIT is 1"),
    "no LLVM": (
        {"llvmlite/__init__.py": "raise OSError('libLLVM.so: cannot open shared object file')"},
        "OSError: libLLVM.so",
    ),
    "numba of another numpy": (
        {"numba/__init__.py": "raise ImportError('Numba needs NumPy 2.1 or less')"},
        "ImportError: Numba needs NumPy",
    ),
    "unknown processor": (
        {
            "sitecustomize.py": "import llvmlite.binding as llvm\n"
            "def fail(*_, **__):\n    raise RuntimeError('unsupported processor')\n"
            "llvm.create_mcjit_compiler = llvm.executionengine.create_mcjit_compiler = fail\n"
        },
        "RuntimeError: unsupported processor",
    ),
}


@pytest.fixture(scope="module")
def pair(bound_pair, tmp_path_factory):
    """Give the first residues of trypsin and its inhibitor as files, and what the kernel finds."""
    folder = tmp_path_factory.mktemp("pair")
    bodies = [body[body.residue_index < most] for body, most in zip(bound_pair("1ppe"), (40, 15), strict=True)]
    for name, body in zip(("receptor.pdb", "ligand.pdb"), bodies, strict=True):
        write_structure(folder / name, body)
    return folder, scan_part(*bodies, OPTIONS, 1, 1)


@pytest.mark.measurement
@pytest.mark.parametrize("how", BROKEN)
def test_what_cannot_be_compiled_is_found_all_the_same(pair, tmp_path, how):
    folder, by_kernel = pair
    files, reason = BROKEN[how]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    switch = {} if files else {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, folder / "receptor.pdb", folder / "ligand.pdb", tmp_path / "found.npz"],
        env=os.environ | switch | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (output,) = done.stderr.splitlines()
    assert "numba cannot compile here" in output
    assert reason in output
    assert "scipy.fft" in output
    assert "slower" in output
    found = np.load(tmp_path / "found.npz")
    assert found["rotation"].tolist() == by_kernel.rotation.tolist()
    assert found["score"] == pytest.approx(by_kernel.score, rel=1e-4)
    assert np.linalg.norm(found["translation"] - by_kernel.translation, axis=1) == pytest.approx(0, abs=1e-6)
