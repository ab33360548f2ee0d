"""How well does a docking score find the partner? Unbound complexes, every receptor docked with every ligand.

    python benchmarks/partners.py DIR --work FOLDER [--ids 1A2K ...] [--jobs N] [--only-read] [--out TABLE.tsv]
    python benchmarks/partners.py --table TABLE.tsv

DIR holds <ID>/{r_u,l_u}.pdb; the ligand of a receptor's own complex is its partner, all other ligands are taken for
strangers. A pair a file in FOLDER; pairs that are there are not docked again. Pairs are docked so that the first k
complexes are whole before the next one comes, and what is whole is told about. `--out` writes what is read of each
pair into a table, and `--table` tells about such a table without docking anything.

For each index: the area under the ROC curve over all pairs, how often the partner comes first among its receptor's
ligands and its ligand's receptors, the mean reciprocal rank, and its difference to that of the raw score, with 95 %
bootstrap intervals over complexes, beside what chance gives. Then the index that is best by reciprocal rank on one
half of the complexes, and what it is worth on the other half.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from crossdock.analysis.affinity import predict
from crossdock.analysis.indices import cluster_fraction, decoy_index
from crossdock.analysis.specificity import focused_z, median_polish, size_dependence, specificity
from crossdock.analysis.surface import areas_together, surface
from crossdock.docking.backends.contract import Site
from crossdock.docking.backends.local.search import Options, dock
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place, read_poses, write_poses
from crossdock.files import read_json, write_json
from crossdock.structures.structure import Structure, read_structure
from docking import closed, heavy

#: Of the 170 complexes of Docking Benchmark 5: rigid, no antibodies, at most 4,000 heavy atoms, no two of one family
#: (`weights.py`), and of these 41 the 20 that spread evenly over their sizes.
IDS = tuple(
    "2X9A 1KTZ 1Z0K 1H9D 1HIA 1GCQ 1HCF 1KAC 1UDI 1ZHI 1US7 1QA9 2B4J 1EWY 1JTG 1F34 2A1A 1A2K 1SBB 2YVJ".split()  # noqa: SIM905
)
#: Sixteen others by the same rule, of families that none of the twenty is of: evenly spread over the sizes of those 27.
OTHERS = tuple(
    "3PC8 7CEI 1GL1 1Z5Y 1FLE 1RV6 1AK4 2HLE 1OYV 1PVH 1E96 1GHQ 1XU1 1GPW 1FCC 1CLV".split()  # noqa: SIM905
)
#: Indices of which higher is better; of all others lower is.
HIGHER = ("decoy index E", "cluster fraction")


def body(folder: Path, complex_: str, role: str) -> Structure:
    return heavy(read_structure(folder / complex_ / f"{role}_u.pdb"))


def dock_pair(pair: tuple[str, str], *, folder: Path, work: Path, options: Options) -> str:
    """Dock the receptor of one complex with the ligand of another."""
    receptor, ligand = body(folder, pair[0], "r"), body(folder, pair[1], "l")
    began = time.process_time()
    docking = dock(
        receptor, ligand, replace(options, receptor_site=Site(closed(receptor)), ligand_site=Site(closed(ligand)))
    )
    name = "_".join(pair)
    write_poses(work / f"{name}.csv.gz", docking.poses)
    write_json(work / f"{name}.json", docking.record | {"cpu_seconds": round(time.process_time() - began, 1)})
    return name


def read_pair(pair: tuple[str, str], *, folder: Path, work: Path) -> dict[str, float]:
    """Read what a pair's docking says."""
    receptor, ligand = body(folder, pair[0], "r"), body(folder, pair[1], "l")
    poses = read_poses(work / f"{'_'.join(pair)}.csv.gz")
    decoys = read_json(work / f"{'_'.join(pair)}.json")["decoys"]
    clusters = cluster_poses(receptor, ligand, poses)
    first = place(ligand, model_table(clusters, poses, models=1).iloc[0])
    areas = areas_together(surface(receptor), surface(first))
    buried = sum(float((surface(one).area - area).sum()) for one, area in zip((receptor, first), areas, strict=True))
    return {
        "score": float(poses["score"].min()),
        "decoy index E": decoy_index(decoys["best"], decoys["mean"], decoys["sd"]),
        "cluster fraction": cluster_fraction(len(clusters[0].members), len(poses)),
        "predicted dG": predict(receptor, first, areas).dg,
        "interface area": buried / 2,
        "size": float(receptor.n_residues * ligand.n_residues),
    }


def indices(table: list[list[dict[str, float]]]) -> dict[str, NDArray[np.float64]]:
    """Compute every index of a panel; rows ligands, columns receptors, each turned so that lower is better."""

    def plain(name: str) -> NDArray[np.float64]:
        return np.array([[pair[name] for pair in row] for row in table])

    score, size, area = plain("score"), plain("size"), plain("interface area")
    focused = [focused_z(score, axis=axis) for axis in (0, 1)]
    made = {
        "score": score,
        "specificity": specificity(score),
        "median polish": median_polish(score).residual,
        "receptor-focused z": focused[0],
        "ligand-focused z": focused[1],
        "mean of both z": (focused[0] + focused[1]) / 2,
        "score less size": size_dependence(score, size).residual,
        "score less interface area": size_dependence(score, area).residual,
        "decoy index E": plain("decoy index E"),
        "specificity of E": -specificity(-plain("decoy index E")),
        "cluster fraction": plain("cluster fraction"),
        "predicted dG": plain("predicted dG"),
        "specificity of dG": specificity(plain("predicted dG")),
        "interface area": -area,
    }
    return {name: -values if name in (*HIGHER, "specificity of E") else values for name, values in made.items()}


def partner_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank each partner among its receptor's ligands and its ligand's receptors, ties by the mean, shape=(n, 2)."""
    ranks = [rankdata(values, axis=axis) for axis in (0, 1)]
    return np.array([table.diagonal() for table in ranks]).T


def area(own: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Give the area under the ROC curve: the chance that one of `own` is lower than one of `others`, ties by half."""
    ranks = rankdata(np.concatenate([own, others]))[: len(own)]
    return float(1 - (ranks.sum() - len(own) * (len(own) + 1) / 2) / (len(own) * len(others)))


def area_under_curve(values: NDArray[np.float64], drawn: NDArray[np.int64]) -> float:
    """Give the chance that a partner scores better than a stranger, over the pairs of the complexes drawn."""
    return area(values[drawn, drawn], values[np.ix_(drawn, drawn)][drawn[:, None] != drawn])


def summary(values: NDArray[np.float64], score: NDArray[np.float64], *, rounds: int = 2000, seed: int = 0) -> list[str]:
    """Write the three measures of an index, and how its reciprocal rank differs from the score's, with intervals."""
    n, ranks, plain = len(values), partner_ranks(values), partner_ranks(score)
    measures: list[Callable[[NDArray[np.int64]], float]] = [
        lambda drawn: area_under_curve(values, drawn),
        lambda drawn: float((ranks[drawn] <= 1).mean()),
        lambda drawn: float((1 / ranks[drawn]).mean()),
        lambda drawn: float((1 / ranks[drawn] - 1 / plain[drawn]).mean()),
    ]
    rng = np.random.default_rng(seed)
    samples = [rng.integers(n, size=n) for _ in range(rounds)]
    samples = [drawn for drawn in samples if len(set(drawn.tolist())) > 1]
    cells = []
    for measure in measures:
        low, high = np.percentile([measure(drawn) for drawn in samples], [2.5, 97.5])
        cells.append(f"{measure(np.arange(n)):.2f} ({low:.2f}-{high:.2f})")
    return cells


def chosen(table: list[list[dict[str, float]]]) -> list[str]:
    """Choose the best index on one half of the complexes and try it on the other, both ways."""
    n, lines = len(table), []
    if n < 6:
        return ["fewer than six complexes: no halves to choose on"]
    for halves in ((0, 1), (1, 0)):
        found = []
        for half in halves:
            inside = range(half, n, 2)
            values = indices([[table[i][j] for j in inside] for i in inside])
            found.append({name: float((1 / partner_ranks(one)).mean()) for name, one in values.items()})
        best = max(found[0], key=found[0].__getitem__)
        lines.append(
            f"best on one half: {best}, {found[0][best]:.2f}; on the other {found[1][best]:.2f} "
            f"(score {found[1]['score']:.2f}, the best there {max(found[1].values()):.2f})"
        )
    return lines


def told(names: tuple[str, ...], rows: dict[tuple[str, str], dict[str, float]]) -> str:
    """Write what each index finds among all pairs of some complexes; `rows` has receptor and ligand as its keys."""
    n = len(names)
    table = [[rows[receptor, ligand] for receptor in names] for ligand in names]
    harmonic = float((1 / np.arange(1, n + 1)).mean())
    lines = [
        f"{n} complexes, {n * n} pairs, {n} of them partners",
        f"{'index':28s} {'ROC AUC':18s} {'first':18s} {'reciprocal rank':18s} {'less that of the score':18s}",
        f"{'chance':28s} {0.5:<18.2f} {1 / n:<18.2f} {harmonic:<18.2f}",
    ]
    found = indices(table)
    for name, values in found.items():
        cells = summary(values, found["score"])
        lines.append(f"{name:28s} " + " ".join(f"{cell:18s}" for cell in cells))
    return "\n".join([*lines, *chosen(table)])


def read_rows(path: Path) -> tuple[tuple[str, ...], dict[tuple[str, str], dict[str, float]]]:
    """Read a table of `--out`: its complexes and what each pair's docking says."""
    table = pd.read_csv(path, sep="\t").set_index(["receptor", "ligand"])
    rows = {
        pair: dict(zip(table.columns, values, strict=True))
        for pair, values in zip(table.index, table.values, strict=True)
    }
    return tuple(dict.fromkeys(receptor for receptor, _ in rows)), rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--ids", nargs="+", default=IDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sampling", default="default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-read", action="store_true", help="tell about the pairs that are there, dock none")
    parser.add_argument("--out", type=Path, help="write what is read of each pair")
    parser.add_argument("--table", type=Path, help="tell about a table that --out wrote")
    options = parser.parse_args()
    if options.table:
        print(told(*read_rows(options.table)))
        return
    if not options.folder or not options.work:
        parser.error("expected DIR and --work, or --table")
    options.work.mkdir(parents=True, exist_ok=True)
    order = {name: place for place, name in enumerate(options.ids)}
    pairs = sorted(
        ((receptor, ligand) for receptor in options.ids for ligand in options.ids),
        key=lambda pair: (max(order[name] for name in pair), order[pair[0]]),
    )
    left = [pair for pair in pairs if not (options.work / f"{'_'.join(pair)}.json").is_file()]
    settings = Options(options.sampling, None, options.seed)
    work = partial(dock_pair, folder=options.folder, work=options.work, options=settings)
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for number, _ in enumerate(pool.imap_unordered(work, [] if options.only_read else left), start=1):
            print(f"\r{number}/{len(left)} pairs", end="", file=sys.stderr, flush=True)
        there = {pair for pair in pairs if (options.work / f"{'_'.join(pair)}.json").is_file()}
        n = max(
            k
            for k in range(len(options.ids) + 1)
            if {(a, b) for a in options.ids[:k] for b in options.ids[:k]} <= there
        )
        names = tuple(options.ids[:n])
        grid = [(receptor, ligand) for receptor in names for ligand in names]
        read = pool.map(partial(read_pair, folder=options.folder, work=options.work), grid, chunksize=4)
    rows = dict(zip(grid, read, strict=True))
    if options.out:
        table = pd.DataFrame([{"receptor": one, "ligand": other} | row for (one, other), row in rows.items()])
        table.round(4).to_csv(options.out, sep="\t", index=False)
    print(file=sys.stderr)
    print(told(names, rows))


if __name__ == "__main__":
    main()
