"""Fit the weights of the energy's terms to poses of known complexes, and tell what they are worth on others.

    python benchmarks/docking.py DIR --out FILE.tsv --poses POSES
    python benchmarks/weights.py DIR POSES [--folds 10] [--prior 0.03]

A weight multiplies a term that already carries the engine's own, so 1 means: as it is. They are fitted by a listwise
loss (the logarithm of the acceptable poses' share of the Boltzmann sum over all poses of a complex) with a quadratic
prior around 1. Complexes whose proteins are related stay in one fold; success is that of complexes in the fold left
out, and, beside it, that of the engine's own weights. Each ranking is compared with the engine's own, complex by
complex (benchmarks/compare_ranks.py), which tells small changes that shares of complexes cannot.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from compare_ranks import change
from crossdock.analysis.reference import ACCEPTABLE
from crossdock.docking.clustering import Cluster, cluster, interface_distances, ranked
from crossdock.docking.engine.atoms import docking_atoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.refinement import pose_terms
from crossdock.docking.poses import TERMS, other_scores
from crossdock.entries.amino_acids import LETTERS
from crossdock.structures.structure import read_structure
from docking import TOPS, closed, heavy, wilson

#: Share of five-residue words of the shorter chain that makes two proteins relatives.
RELATED = 0.05
#: Scores are divided by this before the Boltzmann sum, arbitrary units.
TEMPERATURE = 8.0


@dataclass
class Complex:
    """A complex's poses: weighted terms, shape=(n, 5), which are acceptable, clusters, words of the sequences."""

    name: str
    terms: NDArray[np.float64]
    good: NDArray[np.bool_]
    clusters: list[Cluster]
    kmers: list[set[str]]

    def first(self, weights: NDArray[np.float64], order: str = "consensus") -> int | None:
        """Give the rank of the first cluster whose best pose is acceptable."""
        terms = self.terms * weights
        score = terms.sum(axis=1)
        table = pd.DataFrame(terms, columns=list(TERMS)).assign(score=score)
        listed = ranked(self.clusters, score, others=other_scores(table), order=order)
        best = [one.members[score[one.members].argmin()] for one in listed]
        return next((rank for rank, pose in enumerate(best, start=1) if self.good[pose]), None)


def read_complex(folder: Path, poses: Path) -> Complex:
    """Compute the terms of a complex's poses, and its clusters."""
    receptor, ligand = (heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u"))
    table = pd.read_csv(poses)
    q, t = table[["qw", "qx", "qy", "qz"]].to_numpy(), table[["tx_A", "ty_A", "tz_A"]].to_numpy()
    bodies = [docking_atoms(partner, closed(partner)) for partner in (receptor, ligand)]
    terms = pose_terms(*bodies, Energy(), q, t)
    found = cluster(interface_distances(receptor, ligand, table), radius=9.0, min_size=1, max_clusters=len(table))
    kmers = []
    for partner in (receptor, ligand):
        names = partner.residue_name[partner.atom_name == "CA"].tolist()
        sequence = "".join(LETTERS.get(name, "X") for name in names)
        kmers.append({sequence[i : i + 5] for i in range(len(sequence) - 4)})
    return Complex(
        folder.name,
        terms,
        table["dockq"].to_numpy() >= ACCEPTABLE,
        found,
        kmers,
    )


def families(complexes: list[Complex]) -> list[int]:
    """Number the complexes by family: related through either partner, directly or by way of others."""
    number = list(range(len(complexes)))
    for i, one in enumerate(complexes):
        for j, other in enumerate(complexes[:i]):
            if any(len(a & b) > RELATED * min(len(a), len(b)) + 1 for a in one.kmers for b in other.kmers):
                old, new = number[i], number[j]
                number = [new if n == old else n for n in number]
    return number


def fit(complexes: list[Complex], prior: float) -> NDArray[np.float64]:
    """Minimise the listwise loss."""
    usable = [one for one in complexes if one.good.any() and not one.good.all()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros(len(weights))
        for one in usable:
            x = -one.terms @ weights / TEMPERATURE
            complete, part = logsumexp(x), logsumexp(x[one.good])
            total += complete - part
            slope -= one.terms.T @ np.exp(x - complete) / TEMPERATURE
            slope += one.terms[one.good].T @ np.exp(x[one.good] - part) / TEMPERATURE
        away = weights - 1.0
        return total / len(usable) + prior * away @ away, slope / len(usable) + 2 * prior * away

    return minimize(loss, np.ones(len(TERMS)), jac=True, method="L-BFGS-B").x


def summary(label: str, ranks: list[int | None]) -> str:
    """Write the shares of complexes found."""
    cells = []
    for top in TOPS:
        hits = sum(rank is not None and rank <= top for rank in ranks)
        low, high = wilson(hits, len(ranks))
        cells.append(f"T{top} {100 * hits / len(ranks):.1f} % ({100 * low:.0f}-{100 * high:.0f})")
    return f"{label:32s} n={len(ranks):3d}  " + "  ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--prior", type=float, default=0.03)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    files = sorted(options.poses.glob("*.csv.gz"))
    with ProcessPoolExecutor(options.jobs) as pool:
        names = [file.name.removesuffix(".csv.gz") for file in files]
        complexes = list(pool.map(read_complex, [options.folder / name for name in names], files))
    family = families(complexes)
    own = np.ones(len(TERMS))
    engine = [one.first(own) for one in complexes]
    by_energy = [one.first(own, "energy") for one in complexes]
    print(summary("the engine's weights, consensus", engine))
    print(summary("the engine's weights, energy", by_energy))
    print(f"    {change(engine, by_energy)}")
    largest = sorted(set(family), key=lambda number: (-family.count(number), number))
    fold = {number: place % options.folds for place, number in enumerate(largest)}
    ranks, fitted = {}, []
    for left_out in range(options.folds):
        inside = [one for one, number in zip(complexes, family, strict=True) if fold[number] != left_out]
        weights = fit(inside, options.prior)
        fitted.append(weights)
        for one, number in zip(complexes, family, strict=True):
            if fold[number] == left_out:
                ranks[one.name] = one.first(weights)
    refitted = [ranks[one.name] for one in complexes]
    print(summary("fitted without the fold, consensus", refitted))
    print(f"    {change(engine, refitted)}")
    spread = np.ptp(fitted, axis=0)
    complete = fit(complexes, options.prior)
    cells = [
        f"{name} x {value:.2f} (+-{half:.2f})" for name, value, half in zip(TERMS, complete, spread / 2, strict=True)
    ]
    print(f"{len(set(family))} families; fitted on all: " + ", ".join(cells))


if __name__ == "__main__":
    main()
