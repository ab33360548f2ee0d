"""What the analysis of a pair's models costs beside its docking.

    python benchmarks/analysis_time.py RESULTS [--pairs N]

RESULTS is the folder of a run. For every pair, once more and in turn: the CPU seconds of `crossdock cluster`, which
writes the models, of `crossdock analyse`, which does that and analyses them, and of `crossdock dock` itself; the
analysis is the difference of the first two. All on one thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from crossdock.files import read_json


def cost(*arguments: str) -> float:
    """Run a command and give its CPU seconds."""
    began = os.times()
    subprocess.run([sys.executable, "-m", "crossdock.cli", *arguments], check=True, capture_output=True)
    ended = os.times()
    return ended.children_user + ended.children_system - began.children_user - began.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--pairs", type=int, help="only so many")
    options = parser.parse_args()
    pairs = sorted(path.parent for path in options.results.glob("pairs/*/*/docking.json"))[: options.pairs]
    rows = []
    with tempfile.TemporaryDirectory() as out:
        for pair in (pairs[0], *pairs):  # the first one once more, since it loads what numba has compiled
            bodies = [str(options.results / "proteins" / name / "structure.pdb") for name in pair.parts[-2:]]
            poses, record = str(pair / "poses.csv.gz"), str(pair / "docking.json")
            plain = cost("cluster", *bodies, poses, "-o", out)
            complete = cost("analyse", *bodies, "--poses", poses, "--docking", record, "-o", out)
            seed = str(read_json(record)["seed"])
            docking = cost("dock", *bodies, "--poses-only", "--seed", seed, "-o", str(Path(out, "docked")))
            rows.append((docking, complete - plain, complete))
    table = pd.DataFrame(rows[1:], columns=["docking", "analysis", "analyse"])
    print(f"docking: median {table['docking'].median():.1f} CPU s")
    for name in ("analysis", "analyse"):
        share = table[name] / table["docking"]
        text = (
            f"{name}: median {table[name].median():.2f} CPU s, of docking {share.median():.1%} (most {share.max():.1%})"
        )
        print(text)


if __name__ == "__main__":
    main()
