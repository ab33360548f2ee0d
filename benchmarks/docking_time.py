"""Measure the constants of the local engine's time estimate on pairs that were docked.

    python benchmarks/docking_time.py RESULTS [RESULTS ...]

Reads every pairs/RECEPTOR/LIGAND/docking.json below the given folders. Runs with different numbers of rotations
(`crossdock dock --rotations 400`, then 2000) tell the cost of a grid point from what every pair costs. Prints the two
constants of src/crossdock/docking/backends/local/search.py, and how far the estimates lie from the times.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossdock.files import read_json


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path)
    folders = parser.parse_args(arguments).results
    records = [read_json(path) for folder in folders for path in sorted(folder.glob("pairs/*/*/docking.json"))]
    if len(records) < 4:
        parser.error(f"expected at least 4 docked pairs, found {len(records)}")
    settings = [record["parameters"] for record in records]
    visited = np.array([one["rotations"] * np.prod(one["grid"]) for one in settings])
    seconds = np.array([record["cpu_seconds"] for record in records])
    ones = np.ones(len(records))
    # Relative errors, so that short runs count as much as long ones.
    design = np.column_stack([visited, ones])
    (per_point, per_pair), *_ = np.linalg.lstsq(design / seconds[:, None], ones, rcond=None)
    print(f"SECONDS_PER_POINT, SECONDS_PER_PAIR = {per_point:.1e}, {per_pair:.1f}")
    error = 100 * np.abs(design @ [per_point, per_pair] / seconds - 1)
    print(f"{len(records)} pairs; estimates lie {error.mean():.0f} % off on average, {error.max():.0f} % at most")


if __name__ == "__main__":
    main()
