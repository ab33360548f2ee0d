"""What Linux and macOS alone offer."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crossdock.machine import peak_memory_mb


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux alone says it there")
def test_peak_memory_is_what_the_kernel_says():
    held = np.ones(2**24)  # 128 MB
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak_memory_mb() == pytest.approx(int(peak[1]) / 1024, rel=0.02)
    assert peak_memory_mb() > held.nbytes / 2**20


@pytest.mark.parametrize(("system", "peak"), [("linux", 300 * 2**10), ("darwin", 300 * 2**20)])
def test_each_system_counts_memory_in_its_own_unit(monkeypatch, system, peak):
    monkeypatch.setattr(sys, "platform", system)
    assert peak_memory_mb(SimpleNamespace(ru_maxrss=peak)) == 300


def test_a_system_without_it_is_named(tmp_path):
    """As on Windows, where Python has no `resource` and no `fcntl`."""
    code = (
        "import platform, sys\n"
        "sys.modules['resource'] = sys.modules['fcntl'] = None\n"
        "platform.system = lambda: 'Windows'\n"
        "from crossdock.cli import main\n"
        "sys.exit(main(['dock', 'a.pdb', 'b.pdb', '-o', 'out']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("crossdock: error: crossdock runs on Linux and macOS, not on Windows\n  -> ")
    assert "Traceback" not in done.stderr
