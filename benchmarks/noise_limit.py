"""How often panels without partners have a pair beyond the noise limit, and how often a partner is found.

    python benchmarks/noise_limit.py [PANELS]

Simulates panels without partners (600 for each cell by default), whose proteins vary equally or unequally (standard
deviation of the logarithm 0.5), with normal or long-tailed noise. For the second table, one partner in each panel is
moved down by so many standard deviations of its own noise.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.scatter import noise_limit, scaled_z
from crossdock.terminal import table

SHAPES = ((4, 4), (12, 7), (20, 20))
KINDS = (
    ("normal noise, all proteins vary equally", False, 0.0),
    ("normal noise, unequal variation", False, 0.5),
    ("long-tailed noise, unequal variation", True, 0.5),
)
#: Standard deviation of Gumbel's distribution.
GUMBEL_SD = np.pi / np.sqrt(6)


def panels(
    rng: np.random.Generator, shape: tuple[int, int], n: int, *, tail: bool, unequal: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw scores without partners, and the standard deviation of each cell's noise, each shape=(n, *shape)."""
    scatter = np.exp(rng.normal(0, unequal, (n, shape[0], 1)) + rng.normal(0, unequal, (n, 1, shape[1])))
    noise = -rng.gumbel(size=(n, *shape)) / GUMBEL_SD if tail else rng.normal(size=(n, *shape))
    averages = rng.normal(0, 5, (n, shape[0], 1)) + rng.normal(0, 5, (n, 1, shape[1]))
    return noise * scatter + averages, scatter


def main(n: int) -> None:
    """Print both tables."""
    header = ["", *(f"{ligands} x {receptors}" for ligands, receptors in SHAPES)]
    false, found = [header], [header]
    for name, tail, unequal in KINDS:
        shares = []
        for shape in SHAPES:
            scores, _ = panels(np.random.default_rng(1), shape, n, tail=tail, unequal=unequal)
            shares.append((np.nanmin(scaled_z(scores), axis=(1, 2)) < noise_limit(*shape)).mean())
        false.append([name, *(f"{100 * share:.1f} %" for share in shares)])
    for far in (6, 9, 12, 20):
        row = [f"partner {far} standard deviations away"]
        for shape in SHAPES:
            scores, sd = panels(np.random.default_rng(2), shape, n, tail=True, unequal=0.5)
            scores[:, 0, 0] -= far * sd[:, 0, 0]
            row.append(f"{100 * (scaled_z(scores)[:, 0, 0] < noise_limit(*shape)).mean():.0f} %")
        found.append(row)
    print(f"Panels without partners that have a pair beyond the limit ({n} panels each)")
    print("\n".join(table(false)))
    print(f"Partners that are found (long-tailed noise, unequal variation; {n} panels each)")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
