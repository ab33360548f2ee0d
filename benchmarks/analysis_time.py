"""What the analysis of a pair's models costs beside its docking.

    python benchmarks/analysis_time.py RESULTS [--pairs N]

RESULTS is the folder of a run. For every pair, once more: the CPU seconds of `crossdock interface`, with the start of
Python and without it, over those of the docking as docking.json has them. Both on the machine of that run, please.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from crossdock.cli import main as crossdock
from crossdock.files import read_json


def arguments(results: Path, pair: Path, out: str) -> list[str]:
    """Write the command of one pair."""
    bodies = [str(results / "proteins" / name / "structure.pdb") for name in pair.parts[-2:]]
    files = {"--poses": "poses.csv.gz", "--docking": "docking.json", "--models": "models/models.csv"}
    return ["interface", *bodies, *(word for key, file in files.items() for word in (key, str(pair / file))), "-o", out]


def children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--pairs", type=int, help="only so many")
    options = parser.parse_args()
    pairs = sorted(path.parent for path in options.results.glob("pairs/*/*/docking.json"))[: options.pairs]
    rows = []
    with tempfile.TemporaryDirectory() as out:
        crossdock(arguments(options.results, pairs[0], out))  # loads what numba has compiled
        for pair in pairs:
            words = arguments(options.results, pair, out)
            began = time.process_time()
            crossdock(words)
            inside, began = time.process_time() - began, children()
            subprocess.run([sys.executable, "-m", "crossdock.cli", *words], check=True)
            whole = children() - began
            rows.append((read_json(pair / "docking.json")["cpu_seconds"], inside, whole))
    table = pd.DataFrame(rows, columns=["docking_s", "analysis_s", "command_s"])
    for name in ("analysis_s", "command_s"):
        share = table[name] / table["docking_s"]
        shares = f"median {share.median():.1%}, most {share.max():.1%}"
        print(f"{name}\tmedian {table[name].median():.2f} s\tof docking: {shares}")
    print(f"all pairs: {table['command_s'].sum() / table['docking_s'].sum():.1%} of the docking's CPU time")


if __name__ == "__main__":
    main()
