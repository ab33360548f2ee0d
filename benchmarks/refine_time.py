"""Measure the constants of the time estimate of refinement, on runs whose models were refined.

    python benchmarks/refine_time.py RESULTS [RESULTS ...]

Reads every pairs/RECEPTOR/LIGAND/refined/refined.json below the given folders. Prints the two constants of
src/crossdock/refining/needs.py, medians of the CPU seconds by the atoms of both partners, and how far estimates lie
from the times.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossdock.files import read_json
from crossdock.structures.structure import read_structure


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path)
    first, further = list[float](), list[float]()
    for folder in parser.parse_args(arguments).results:
        atoms = {path.parent.name: len(read_structure(path)) for path in folder.glob("proteins/*/structure.pdb")}
        for path in sorted(folder.glob("pairs/*/*/refined/refined.json")):
            record = read_json(path)
            both = atoms[record["receptor"]] + atoms[record["ligand"]]
            seconds = [one["cpu_seconds"] / both for one in record["models"] if one["state"] == "refined"]
            first += seconds[:1]
            further += seconds[1:]
    if not first:
        parser.error("no refined model found")
    for name, seconds in (("FIRST_SECONDS_PER_ATOM", first), ("SECONDS_PER_ATOM", further)):
        if seconds:
            middle = float(np.median(seconds))
            error = 100 * np.abs(middle / np.array(seconds) - 1).mean()
            print(f"{name} = {middle:.4f}; {len(seconds)} models, estimates lie {error:.0f} % off on average")


if __name__ == "__main__":
    main()
