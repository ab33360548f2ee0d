"""Measure how well a job's memory and time are estimated, on complexes that benchmarks/docking.py has docked.

    python benchmarks/job_needs.py FILE.tsv DIR

FILE.tsv is what docking.py wrote at the default sampling of the complexes in DIR. Prints the constants of both
estimates in src/crossdock/docking/backends/local/search.py and of a globular protein's size, how far estimates lie
from what was measured, and how many jobs would ask for too little with the margins of src/crossdock/steps/jobs.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.docking.backends.local.search import SAMPLINGS, Options, estimate_memory, estimate_seconds, grid_points
from crossdock.steps.jobs import LEAST_MB, LEAST_MIN, MEMORY_MARGIN, TIME_MARGIN
from crossdock.structures.shape import Size
from crossdock.structures.structure import read_structure
from docking import heavy


def size(path: Path) -> Size:
    """Measure a partner as it is docked."""
    return Size.of(heavy(read_structure(path)).coord)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    table = pd.read_csv(options.table, sep="\t")
    pairs = [tuple(size(options.folder / name / f"{role}_u.pdb") for role in "rl") for name in table["id"]]
    points = np.array([grid_points(*pair, Options()) for pair in pairs])
    memory, seconds = table["peak_memory_MB"].to_numpy(float), table["cpu_seconds"].to_numpy(float)
    rotations = SAMPLINGS["default"].rotations
    for names, measured, visited in (("MB", memory, points), ("SECONDS", seconds, points * rotations)):
        design = np.column_stack([visited, np.ones(len(points))])
        (slope, rest), *_ = np.linalg.lstsq(design / measured[:, None], np.ones(len(points)), rcond=None)
        print(f"{names} a point and besides: {slope:.2e}, {rest:.1f}")
    sizes = [one for pair in pairs for one in pair]
    root = np.cbrt([one.atoms for one in sizes])
    extent, radius = np.array([np.mean(one.extent) for one in sizes]), np.array([one.radius for one in sizes])
    medians = [f"{np.median(of / root):.1f}" for of in (extent, radius)]
    print(f"extent and radius by the cube root of the atoms, medians: {', '.join(medians)}")
    guessed = [grid_points(*(Size.globular(one.atoms) for one in pair), Options()) for pair in pairs]
    low, middle, high = np.quantile(guessed / points, [0.05, 0.5, 0.95])
    print(f"points of globular proteins / points: {middle:.2f} in the median, {low:.2f} to {high:.2f} at 5 and 95 %")
    for what, measured, estimated, asked in (
        (
            "memory",
            memory,
            [estimate_memory(*pair, Options()) for pair in pairs],
            lambda x: max(LEAST_MB, MEMORY_MARGIN * x),
        ),
        (
            "time",
            seconds,
            [estimate_seconds(*pair, Options()) for pair in pairs],
            lambda x: 60 * LEAST_MIN + TIME_MARGIN * x,
        ),
    ):
        ratio = measured / np.array(estimated, dtype=float)
        short = sum(one > asked(estimate) for one, estimate in zip(measured, estimated, strict=True))
        print(
            f"{what}: estimates lie {100 * np.abs(1 / ratio - 1).mean():.1f} % off on average; measured / estimated "
            f"{np.median(ratio):.2f} in the median, {np.quantile(ratio, 0.95):.2f} at 95 %, {ratio.max():.2f} at most; "
            f"{short} of {len(ratio)} jobs would ask for too little at first"
        )


if __name__ == "__main__":
    main()
