"""Measure how the cost of a docking grows with orientations, with points of the grid, and with atoms.

    python benchmarks/growth.py DIR --out FILE.svg [--pair 1UDI] [--ids 2X9A 1XD3 ...]

One pair at ever more orientations, the same at ever finer grids, and several pairs at the default sampling, each docked
once on one thread (read, scan, rescore, refine), after one docking that compiles. Prints a table and draws it, with the
slope of the straight line through the logarithms: 1 means in proportion.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from crossdock.docking.backends.local.search import SAMPLINGS, Options, Sampling, dock
from crossdock.structures.structure import read_structure

ROTATIONS = (750, 1500, 3000, 6000, 12000)
SPACINGS = (2.6, 2.2, 1.8, 1.5, 1.25)


def cost(folder: Path, sampling: Sampling) -> tuple[float, int, int]:
    """Give CPU seconds, points of the grid and atoms of a docking."""
    began = time.process_time()
    receptor, ligand = (read_structure(folder / name) for name in ("r_u.pdb", "l_u.pdb"))
    receptor, ligand = receptor[receptor.element != "H"], ligand[ligand.element != "H"]
    SAMPLINGS["measured"] = sampling
    record = dock(receptor, ligand, Options("measured")).record
    return time.process_time() - began, int(np.prod(record["parameters"]["grid"])), len(receptor) + len(ligand)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pair", default="1UDI")
    parser.add_argument("--ids", nargs="*", default=["2X9A", "1XD3", "3D5S", "2H7V", "1DFJ", "1BKD", "3R9A"])
    options = parser.parse_args()
    for name in (options.pair, *options.ids):
        if not (options.folder / name / "r_u.pdb").is_file():
            parser.error(f"no complex {name} in {options.folder}")
    plain = SAMPLINGS["default"]
    pair = options.folder / options.pair
    cost(pair, replace(plain, rotations=20))
    series: dict[str, list[tuple[float, float]]] = {}

    def found(what: str, size: float, seconds: float) -> None:
        series.setdefault(what, []).append((size, seconds))
        print(f"{what}\t{size:.0f}\t{seconds:.1f}", flush=True)

    for rotations in ROTATIONS:
        seconds = cost(pair, replace(plain, rotations=rotations))[0]
        found(f"orientations ({options.pair})", rotations, seconds)
    for spacing in SPACINGS:
        seconds, points, _ = cost(pair, replace(plain, spacing=spacing))
        found(f"points of the grid ({options.pair})", points, seconds)
    for name in options.ids:
        seconds, _, atoms = cost(options.folder / name, plain)
        found("heavy atoms (several pairs)", atoms, seconds)
    figure, axes = plt.subplots(1, len(series), figsize=(11, 3.2), layout="constrained")
    for axis, (what, values) in zip(axes, series.items(), strict=True):
        x, y = np.array(sorted(values)).T
        slope, height = np.polyfit(np.log(x), np.log(y), 1)
        print(f"{what}\tslope\t{slope:.2f}")
        axis.loglog(x, y, "o", color="#30588c")
        axis.loglog(x, np.exp(height) * x**slope, "-", color="#b0b8c4", zorder=0)
        axis.set(xlabel=what, ylabel="CPU s", title=f"slope {slope:.2f}")
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
