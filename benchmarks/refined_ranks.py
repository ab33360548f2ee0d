"""Does the interaction energy of refined models rank better? The first ten models of complexes that were docked.

    python benchmarks/docking.py DIR --out FILE.tsv --poses POSES
    python benchmarks/refined_ranks.py DIR POSES --out RANKS.tsv [--kept FOLDER] [--ids ...] [--jobs N] [--table FILE]
    python benchmarks/refined_ranks.py DIR POSES --out RANKS.tsv --kept FOLDER --only-read

Each of the first ten models is refined as `crossdock refine` does it, and its interaction energy (MM/GBSA on one
structure) taken. What is compared was fixed before any result was seen: the order as docked, by the energy alone, by
the docking score and the energy together (z of each over the ten models, with a weight of one), and by each part of
the energy. A model that is left as docked has no energy and comes last.

A complex without an acceptable model (DockQ 0.23) among the first ten has no rank by any order, so nothing of it is
refined; with `--table`, a table of `benchmarks/docking.py`, such complexes need not be docked again. `--kept` holds
the numbers of each model, which take most of the time; a complex that is there is not refined again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compare_ranks import change
from crossdock.analysis.reference import ACCEPTABLE, compare, mappings
from crossdock.docking.bodies import Body
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place, read_poses
from crossdock.refining.engine import platform
from crossdock.refining.refine import Refiner
from crossdock.structures.structure import Structure, read_structure
from docking import heavy, wilson

MODELS = 10
RADIUS_A = 10.0
PARTS = ("total", "van_der_waals", "coulomb", "generalized_born", "surface")
KEPT = (
    "model", "score", "state", "dockq", "dockq_refined", "clashes_before", "clashes_after", "inner_clashes_before",
    "inner_clashes_after", *PARTS, "energy_after_kcal_mol", "iterations", "free_residues", "atoms", "cpu_seconds",
)  # fmt: skip
RANKINGS = {
    "first_acceptable_rank": "as docked",
    "rank_by_energy": "energy of the refined models",
    "rank_by_both": "score and energy",
    "rank_by_van_der_waals": "van der Waals alone",
    "rank_by_polar": "Coulomb and Born alone",
    "rank_by_surface": "surface alone",
}


def refined(name: str, *, folder: Path, poses: Path, kept: Path) -> str:
    """Refine the first models of a complex and keep their numbers; say what was done."""
    read = (heavy(read_structure(folder / name / f"{one}.pdb")) for one in ("r_u", "l_u", "r_b", "l_b"))
    r_u, l_u, r_b, l_b = map(with_elements, read)
    table = read_poses(poses / f"{name}.csv.gz")
    models = model_table(cluster_poses(r_u, l_u, table), table, models=MODELS)
    found = mappings((r_b, l_b), r_u, l_u)
    placed = [place(l_u, row) for _, row in models.iterrows()]
    quality = [verdict["DockQ"] for verdict in compare(found, placed)]
    rows = [{"model": i, "score": float(models["score"].iloc[i]), "dockq": one} for i, one in enumerate(quality)]
    if max(quality) >= ACCEPTABLE:
        refiner = Refiner(RADIUS_A, *platform("cpu"))
        for row, ligand in zip(rows, placed, strict=True):
            made = refiner.refine(int(row["model"]), Body(r_u, ligand))
            record = made.record
            row |= {key: getattr(record, key) for key in KEPT if hasattr(record, key)}
            row["atoms"] = len(r_u) + len(l_u)
            if record.interaction:
                row |= {part: getattr(record.interaction, part) for part in PARTS}
            if made.body:
                row["dockq_refined"] = compare(mappings((r_b, l_b), *_bare(made.body)), [_bare(made.body)[1]])[0][
                    "DockQ"
                ]
    kept.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(KEPT)).to_csv(kept / f"{name}.csv", index=False)
    return name


def with_elements(structure: Structure) -> Structure:
    """Give the elements of haem, retinol and the like, in whose place the benchmark's files have a number."""
    names = ["Fe" if name == "FE" else name[:1] for name in structure.atom_name.tolist()]
    written = [
        element if element.isalpha() else name for element, name in zip(structure.element.tolist(), names, strict=True)
    ]
    return replace(structure, element=np.array(written))


def _bare(body: Body) -> tuple:  # type: ignore[type-arg]
    return heavy(body.receptor), heavy(body.ligand)


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = np.nanstd(values)
    return (values - np.nanmean(values)) / (spread or 1.0)


def ranks(models: pd.DataFrame) -> dict[str, int | None]:
    """Give the rank of the first acceptable model by each of `RANKINGS`."""
    good = models["dockq"].to_numpy() >= ACCEPTABLE
    if not good.any():
        return dict.fromkeys(RANKINGS)
    number = {part: models[part].to_numpy(float) for part in PARTS}
    orders = (
        np.arange(len(models), dtype=float),
        number["total"],
        standardised(models["score"].to_numpy(float)) + standardised(number["total"]),
        number["van_der_waals"],
        number["coulomb"] + number["generalized_born"],
        number["surface"],
    )
    return {
        name: int(np.flatnonzero(good[np.nan_to_num(order, nan=np.inf).argsort(kind="stable")])[0]) + 1
        for name, order in zip(RANKINGS, orders, strict=True)
    }


def summary(table: pd.DataFrame) -> str:
    """Write the shares of complexes found by each order, and the changes."""
    lines = []
    for column, label in RANKINGS.items():
        cells = []
        for top in (1, 3, 5):
            hits = int((table[column] <= top).sum())
            low, high = wilson(hits, len(table))
            cells.append(f"T{top} {100 * hits / len(table):.0f} % ({100 * low:.0f}-{100 * high:.0f})")
        lines.append(f"{label:29s} n={len(table):3d}  " + "  ".join(cells))
    with_one = table.dropna(subset=["first_acceptable_rank"])
    for column in list(RANKINGS)[1:]:
        found = change(with_one["first_acceptable_rank"].tolist(), with_one[column].tolist())
        lines.append(f"as docked -> {RANKINGS[column]}: {found} (complexes with an acceptable model only)")
    return "\n".join(lines)


def effects(models: pd.DataFrame) -> str:
    """Say what refinement did to the models."""
    done = models[models["state"] == "refined"]
    lost = (done["dockq_refined"] - done["dockq"])[done["dockq"] >= ACCEPTABLE]
    seconds = models["cpu_seconds"].dropna()
    return "; ".join(
        [
            f"{len(models)} models, {len(done)} refined",
            f"clashes between partners: median {done['clashes_before'].median():g} before, "
            f"{int((done['clashes_after'] > 0).sum())} models with any after",
            f"DockQ of {len(lost)} acceptable models: mean change {lost.mean():+.3f}, lowest {lost.min():+.3f}",
            f"CPU seconds a model: median {seconds.median():.0f}, most {seconds.max():.0f}",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kept", type=Path, required=True, help="folder for the numbers of each model")
    parser.add_argument(
        "--table", type=Path, help="table of benchmarks/docking.py, with the complexes' ranks as docked"
    )
    parser.add_argument("--ids", nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only-read", action="store_true", help="tell about the complexes that are there")
    options = parser.parse_args()
    known = pd.read_csv(options.table, sep="\t", index_col="id")["first_acceptable_rank"] if options.table else None
    ids = options.ids or sorted(path.name.removesuffix(".csv.gz") for path in options.poses.glob("*.csv.gz"))
    hopeless = [name for name in ids if known is not None and not known.get(name, np.nan) <= MODELS]
    left = [name for name in ids if name not in hopeless and not (options.kept / f"{name}.csv").is_file()]
    work = partial(refined, folder=options.folder, poses=options.poses, kept=options.kept)
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
        for number, name in enumerate(pool.imap_unordered(work, [] if options.only_read else left), start=1):
            print(f"{number}/{len(left)} {name}", file=sys.stderr, flush=True)
    rows, every = [{"id": name, **dict.fromkeys(RANKINGS)} for name in hopeless], []
    for name in ids:
        file = options.kept / f"{name}.csv"
        if name not in hopeless and file.is_file():
            models = pd.read_csv(file)
            rows.append({"id": name, **ranks(models)})
            every.append(models.dropna(subset=["state"]))
    table = pd.DataFrame(rows).sort_values("id").convert_dtypes()
    table.to_csv(options.out, sep="\t", index=False)
    print(summary(table.astype({column: float for column in RANKINGS})))
    if any(map(len, every)):
        print(effects(pd.concat(every)))


if __name__ == "__main__":
    main()
