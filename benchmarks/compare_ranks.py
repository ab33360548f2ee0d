"""Compare two ways of ranking, complex by complex.

    python benchmarks/compare_ranks.py ONE.tsv OTHER.tsv

Both tables are those of benchmarks/docking.py, with a row for each complex. Shares such as T10 differ by several
percent between two draws of as many complexes, so they cannot tell whether a small change is worth having. Here each
complex is its own reference: the change is the mean of ln(rank in OTHER) - ln(rank in ONE) of the first acceptable
model, with ranks above 300, and complexes without an acceptable model, counted as 300. Below zero, OTHER is better.
The interval is the 95 % percentile interval of 10,000 bootstrap samples of complexes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

#: Ranks beyond this count as this: nobody looks at so many models.
LAST = 300


def change(one: Sequence[int | None], other: Sequence[int | None], *, samples: int = 10_000, seed: int = 0) -> str:
    """Say how much better another ranking of the same complexes is.

    Parameters
    ----------
    one, other : sequence of int or None
        Rank of the first acceptable model of each complex, in the same order; None or 0 where there is none.
    samples : int
        Bootstrap samples of complexes.
    seed : int

    Returns
    -------
    str
        The mean change of ln(rank) with its 95 % interval, and how many complexes rose and fell.
    """
    capped = [
        np.array([min(rank, LAST) if rank and rank == rank else LAST for rank in ranks], dtype=float)
        for ranks in (one, other)
    ]
    each = np.log(capped[1]) - np.log(capped[0])
    drawn = np.random.default_rng(seed).integers(len(each), size=(samples, len(each)))
    low, high = np.percentile(each[drawn].mean(axis=1), [2.5, 97.5])
    moved = f"{(each < 0).sum()} of {len(each)} complexes rose, {(each > 0).sum()} fell"
    return f"ln(rank) {each.mean():+.2f} ({low:+.2f} to {high:+.2f}); {moved}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    options = parser.parse_args()
    tables = [pd.read_csv(path, sep="\t", index_col="id") for path in (options.one, options.other)]
    both = [name for name in tables[0].index if name in tables[1].index]
    if not both:
        parser.error(f"{options.one} and {options.other} have no complex in common")
    print(f"{len(both)} complexes of both tables")
    print(change(*(table.loc[both, "first_acceptable_rank"].tolist() for table in tables)))


if __name__ == "__main__":
    main()
