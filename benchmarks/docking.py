"""How often does the local engine find a known complex? Any folder of <ID>/{r_u,l_u,r_b,l_b}.pdb, judged by DockQ.

    python benchmarks/docking.py DIR --out FILE.tsv [--ids 1A2K 1AHW ...] [--jobs N] [--table bm5.tsv]

r_u and l_u are the unbound partners (one chain each), r_b and l_b the complex with matching residue numbers. Every
docking starts from
random orientations. A row a complex; rows that are there already are not computed again. A model is acceptable from
DockQ 0.23 on. T1, T5, T10 and
T100: share of complexes with an acceptable model among the first N after clustering, with 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import dockq_rs
import numpy as np
import pandas as pd

from crossdock.analysis.reference import ACCEPTABLE
from crossdock.docking.backends import Options
from crossdock.docking.backends.local import dock
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place
from crossdock.structures.structure import Structure, read_structure, write_structure

COLUMNS = (
    "id",
    "first_acceptable_rank",
    "best_dockq_top1",
    "best_dockq_top10",
    "best_dockq_top100",
    "models",
    "first_acceptable_pose",
    "acceptable_poses",
    "poses",
    "cpu_seconds",
    "peak_memory_MB",
)
TOPS = (1, 5, 10, 100)


def heavy(structure: Structure) -> Structure:
    return structure[structure.element != "H"]


def dockq(native: tuple[Structure, Structure], receptor: Structure, placed: list[Structure]) -> list[float]:
    """Judge models by DockQ; partners are chains A and B."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "native.pdb")
        write_structure(path, *native)
        files = [Path(folder, f"{number}.pdb") for number in range(len(placed))]
        for file, body in zip(files, placed, strict=True):
            write_structure(file, receptor, body)
        results = dockq_rs.score_one_vs_many(str(path), [str(file) for file in files], no_align=True, mapping="AB:AB")
    return [result["result"]["best_result"]["AB"]["DockQ"] for result in results]


def one_complex(folder: Path, options: Options) -> dict[str, object]:
    """Dock one complex and judge what comes out."""
    r_u, l_u, r_b, l_b = (heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b"))
    began = time.process_time()
    poses = dock(r_u, l_u, options).poses
    clusters = cluster_poses(r_u, l_u, poses)
    models = model_table(clusters, poses, models=100)
    seconds = time.process_time() - began
    judged = dockq((r_b, l_b), r_u, [place(l_u, row) for _, row in models.iterrows()])
    raw = dockq((r_b, l_b), r_u, [place(l_u, row) for _, row in poses.iterrows()])
    good, good_raw = np.flatnonzero(np.array(judged) >= ACCEPTABLE), np.flatnonzero(np.array(raw) >= ACCEPTABLE)
    return {
        "id": folder.name,
        "first_acceptable_rank": int(good[0]) + 1 if len(good) else "",
        **{f"best_dockq_top{top}": round(max(judged[:top]), 3) for top in (1, 10, 100)},
        "models": len(models),
        "first_acceptable_pose": int(good_raw[0]) + 1 if len(good_raw) else "",
        "acceptable_poses": len(good_raw),
        "poses": len(poses),
        "cpu_seconds": round(seconds, 1),
        "peak_memory_MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share."""
    if n == 0:
        return 0.0, 1.0
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z / d * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def summary(table: pd.DataFrame, groups: pd.Series | None) -> str:
    """Write the shares of complexes found, over all and by group."""
    lines = []
    parts = [("all", table)]
    if groups is not None:
        parts += [(str(name), part) for name, part in table.groupby(table["id"].map(groups), sort=True)]
    for name, part in parts:
        rank = pd.to_numeric(part["first_acceptable_rank"])
        cells = []
        for top in TOPS:
            hits = int((rank <= top).sum())
            low, high = wilson(hits, len(part))
            cells.append(f"T{top} {100 * hits / len(part):.0f} % ({100 * low:.0f}-{100 * high:.0f})")
        any_pose = int((pd.to_numeric(part["acceptable_poses"]) > 0).sum())
        cells.append(f"any pose {100 * any_pose / len(part):.0f} %")
        lines.append(f"{name:12s} n={len(part):3d}  " + "  ".join(cells))
    seconds, memory = table["cpu_seconds"].astype(float), table["peak_memory_MB"].astype(float)
    lines.append(
        f"CPU seconds a pair: median {seconds.median():.0f}, most {seconds.max():.0f}; "
        f"peak memory: most {memory.max():.0f} MB"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ids", nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--table", type=Path, help="table with columns id and difficulty")
    parser.add_argument("--sampling", default="default")
    parser.add_argument("--rotations", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ids = options.ids or sorted(path.name for path in options.folder.iterdir() if (path / "r_u.pdb").is_file())
    done = set(pd.read_csv(options.out, sep="\t")["id"]) if options.out.is_file() else set()
    left = [name for name in ids if name not in done]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    settings = Options(options.sampling, options.rotations, options.seed)
    with ProcessPoolExecutor(options.jobs) as pool, options.out.open("a", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t")
        if not done:
            writer.writeheader()
        running = [pool.submit(one_complex, options.folder / name, settings) for name in left]
        for number, future in enumerate(as_completed(running), start=1):
            writer.writerow(future.result())
            handle.flush()
            print(f"\r{number}/{len(left)} complexes", end="", flush=True)
    print()
    table = pd.read_csv(options.out, sep="\t")
    groups = pd.read_csv(options.table, sep="\t", index_col="id")["difficulty"] if options.table else None
    print(summary(table[table["id"].isin(ids)], groups))


if __name__ == "__main__":
    main()
