"""Measure how well a job's memory and time are foretold, on complexes that benchmarks/docking.py has docked.

    python benchmarks/job_needs.py FILE.tsv

FILE.tsv is what docking.py wrote at the default sampling. Its complexes are taken as two partners of the same size.
Prints the two constants of the memory estimate in src/crossdock/docking/backends/local.py, how far estimates lie from
what was measured, and how many jobs would ask for too little with the margins of src/crossdock/jobs.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd

from crossdock.docking.backends import Options
from crossdock.docking.backends.local import estimate_memory, estimate_seconds, grid_points
from crossdock.jobs import LEAST_MB, LEAST_MIN, MEMORY_MARGIN, TIME_MARGIN


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    table = pd.read_csv(parser.parse_args(arguments).table, sep="\t")
    halves = [(atoms // 2, atoms - atoms // 2) for atoms in table["atoms"]]
    points = np.array([grid_points(*half, Options()) for half in halves])
    memory, seconds = table["peak_memory_MB"].to_numpy(float), table["cpu_seconds"].to_numpy(float)
    design = np.column_stack([points, np.ones(len(points))])
    (per_point, per_process), *_ = np.linalg.lstsq(design / memory[:, None], np.ones(len(points)), rcond=None)
    print(f"MB_PER_POINT, MB_PER_PROCESS = {per_point:.1e}, {per_process:.0f}")
    for what, measured, foretold, asked in (
        (
            "memory",
            memory,
            [estimate_memory(*half, Options()) for half in halves],
            lambda x: max(LEAST_MB, MEMORY_MARGIN * x),
        ),
        (
            "time",
            seconds,
            [estimate_seconds(*half, Options()) for half in halves],
            lambda x: 60 * LEAST_MIN + TIME_MARGIN * x,
        ),
    ):
        ratio = measured / np.array(foretold, dtype=float)
        short = sum(one > asked(estimate) for one, estimate in zip(measured, foretold, strict=True))
        print(
            f"{what}: estimates lie {100 * np.abs(1 / ratio - 1).mean():.1f} % off on average; measured / foretold "
            f"{np.median(ratio):.2f} in the median, {np.quantile(ratio, 0.95):.2f} at 95 %, {ratio.max():.2f} at most; "
            f"{short} of {len(ratio)} jobs would ask for too little at first"
        )


if __name__ == "__main__":
    main()
