"""How often does the local engine find a known complex? Any folder of <ID>/{r_u,l_u,r_b,l_b}.pdb, judged by DockQ.

    python benchmarks/docking.py DIR --out FILE.tsv [--ids 1A2K 1AHW ...] [--jobs N] [--table bm5.tsv]

r_u and l_u are the unbound partners (one chain each), r_b and l_b the complex with matching residue numbers. Where the
partners lie in their files says nothing to the engine: it turns both. A row a complex; rows that are there already are
not computed again. A model is acceptable from DockQ 0.23 on. T1, T5, T10 and T100: share of complexes with an
acceptable model among the first N after clustering, with 95 % Wilson intervals. Antibodies bind with their
antigen-binding loops, as a panel's do by default; `--antibody anywhere` leaves all of them open.
`--attract receptor` and `--attract both` tell the engine the residues of the true interface, of one side or of both.
"""

from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import dockq_rs
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crossdock.analysis.reference import ACCEPTABLE
from crossdock.docking.backends import Options
from crossdock.docking.backends.local import dock
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place, placements
from crossdock.structures.antibody import paratope
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
    "antibody",
    "atoms",
    "cpu_seconds",
    "peak_memory_MB",
)
TOPS = (1, 5, 10, 100)
#: A ligand whose centre is this far from the known place, in angstrom, is not looked at: no such pose is acceptable.
FAR = 20.0
#: Distance within which residues of the partners of the known complex touch, in angstrom.
TOUCH = 5.0


def heavy(structure: Structure) -> Structure:
    return structure[structure.element != "H"]


def dockq(native: tuple[Structure, Structure], receptor: Structure, placed: list[Structure]) -> list[float]:
    """Judge models, the ligand's placements, by DockQ; partners are chains A and B.

    Residues that only the models have count for nothing, and some of them make the program fail: they are left out.
    """
    if not placed:
        return []
    counted = []
    for bound, body in zip(native, (receptor, placed[0]), strict=True):
        known = set(zip(bound.residue_number.tolist(), bound.insertion.tolist(), strict=True))
        places = zip(body.residue_number.tolist(), body.insertion.tolist(), strict=True)
        counted.append(np.array([place in known for place in places]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "native.pdb")
        write_structure(path, *native)
        files = [Path(folder, f"{number}.pdb") for number in range(len(placed))]
        for file, body in zip(files, placed, strict=True):
            write_structure(file, receptor[counted[0]], body[counted[1]])
        results = dockq_rs.score_one_vs_many(str(path), [str(file) for file in files], no_align=True, mapping="AB:AB")
    return [result["result"]["best_result"]["AB"]["DockQ"] for result in results]


def traces(bound: Structure, unbound: Structure) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the CA atoms of residues that both have, each shape=(n, 3), in angstrom."""
    places = []
    for structure in (bound, unbound):
        alpha = structure[structure.atom_name == "CA"]
        numbers = zip(alpha.residue_number.tolist(), alpha.insertion.tolist(), strict=True)
        places.append(dict(zip(numbers, alpha.coord, strict=True)))
    both = [place for place in places[0] if place in places[1]]
    return np.array([places[0][one] for one in both]), np.array([places[1][one] for one in both])


def displacement(
    native: tuple[Structure, Structure], receptor: Structure, ligand: Structure, poses: pd.DataFrame
) -> NDArray[np.float64]:
    """Tell how far the ligand's centre lies from the known complex's, the receptors superposed, in angstrom."""
    (bound, here), (partner, own) = traces(native[0], receptor), traces(native[1], ligand)
    turn, _ = Rotation.align_vectors(here - here.mean(axis=0), bound - bound.mean(axis=0))
    home = turn.apply(partner.mean(axis=0) - bound.mean(axis=0)) + here.mean(axis=0)
    turns, shifts = placements(poses)
    return np.linalg.norm(turns @ own.mean(axis=0) + shifts - home, axis=1)


def closed(structure: Structure) -> NDArray[np.bool_] | None:
    """Mark the atoms of an antibody that are closed to docking."""
    loops = paratope(structure)
    return None if loops is None else ~loops[structure.residue_index]


def interface(unbound: Structure, bound: Structure, other: Structure) -> NDArray[np.bool_]:
    """Mark the atoms of unbound residues that touch the other partner in the known complex."""
    near = cKDTree(other.coord).query(bound.coord)[0] < TOUCH
    touching = {(number, code) for number, code in zip(bound.residue_number[near], bound.insertion[near], strict=True)}
    places = zip(unbound.residue_number, unbound.insertion, strict=True)
    return np.array([place in touching for place in places])


def one_complex(
    folder: Path, options: Options, antibody: str, attract: str, poses_to: Path | None
) -> dict[str, object]:
    """Dock one complex and judge what comes out."""
    began = time.process_time()
    r_u, l_u, r_b, l_b = (heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b"))
    shut = [closed(partner) if antibody == "loops" else None for partner in (r_u, l_u)]
    pull = [None, None]
    if attract != "none":
        pull[0] = interface(r_u, r_b, l_b)
    if attract == "both":
        pull[1] = interface(l_u, l_b, r_b)
    options = replace(
        options, receptor_closed=shut[0], ligand_closed=shut[1], receptor_attract=pull[0], ligand_attract=pull[1]
    )
    poses = dock(r_u, l_u, options).poses
    clusters = cluster_poses(r_u, l_u, poses)
    models = model_table(clusters, poses, models=max(TOPS))
    placed = [place(l_u, row) for _, row in models.iterrows()]
    with tempfile.TemporaryDirectory() as written:
        for number, body in enumerate(placed[:10]):
            write_structure(Path(written, f"{number}.pdb"), r_u, body)
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    judged = np.array(dockq((r_b, l_b), r_u, placed))
    near = np.flatnonzero(displacement((r_b, l_b), r_u, l_u, poses) < FAR)
    if attract != "none":
        near = near[: max(TOPS)]  # nearly all of them are near, and judging a thousand takes longer than docking
    raw = np.array(dockq((r_b, l_b), r_u, [place(l_u, poses.iloc[i]) for i in near]))
    if poses_to:
        poses_to.mkdir(parents=True, exist_ok=True)
        found = np.zeros(len(poses))
        found[near] = raw
        poses.assign(dockq=found.round(3)).to_csv(poses_to / f"{folder.name}.csv.gz", index=False)
    good, good_raw = np.flatnonzero(judged >= ACCEPTABLE), near[raw >= ACCEPTABLE]
    return {
        "id": folder.name,
        "first_acceptable_rank": int(good[0]) + 1 if len(good) else "",
        **{f"best_dockq_top{top}": round(float(judged[:top].max(initial=0.0)), 3) for top in (1, 10, 100)},
        "models": len(models),
        "first_acceptable_pose": int(good_raw[0]) + 1 if len(good_raw) else "",
        "acceptable_poses": len(good_raw),
        "poses": len(poses),
        "antibody": "yes" if any(mask is not None for mask in shut) else "no",
        "atoms": len(r_u) + len(l_u),
        "cpu_seconds": round(seconds, 1),
        "peak_memory_MB": round(memory),
    }


def tried(folder: Path, **options: Any) -> dict[str, object] | str:
    """Dock one complex, or say why that failed, so that the others go on."""
    try:
        return one_complex(folder, **options)
    except BaseException as error:  # dockq-rs stops with an exception of its own kind
        return f"{folder.name}: {error!r}"


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share."""
    if n == 0:
        return 0.0, 1.0
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z / d * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def summary(table: pd.DataFrame, groups: pd.Series | None) -> str:
    """Write the shares of complexes found, over all and by group."""
    lines = []
    parts = [("all", table)]
    if groups is not None:
        parts += [(str(name), part) for name, part in table.groupby(table["id"].map(groups), sort=True)]
    if len(set(table["antibody"])) == 2:
        parts += [({"yes": "antibodies", "no": "others"}[name], part) for name, part in table.groupby("antibody")]
    for name, part in parts:
        rank = pd.to_numeric(part["first_acceptable_rank"])
        cells = []
        for top in TOPS:
            hits = int((rank <= top).sum())
            low, high = wilson(hits, len(part))
            cells.append(f"T{top} {100 * hits / len(part):.0f} % ({100 * low:.0f}-{100 * high:.0f})")
        any_pose = int((pd.to_numeric(part["acceptable_poses"]) > 0).sum())
        cells.append(f"any pose {100 * any_pose / len(part):.0f} %")
        lines.append(f"{name[:12]:12s} n={len(part):3d}  " + "  ".join(cells))
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
    parser.add_argument("--antibody", choices=("loops", "anywhere"), default="loops")
    parser.add_argument("--attract", choices=("none", "receptor", "both"), default="none")
    parser.add_argument("--poses", type=Path, help="folder for the poses of each complex, with their DockQ")
    options = parser.parse_args()
    ids = options.ids or sorted(path.name for path in options.folder.iterdir() if (path / "r_u.pdb").is_file())
    fresh = not options.out.is_file() or options.out.stat().st_size == 0
    done = set() if fresh else set(pd.read_csv(options.out, sep="\t")["id"])
    left = [name for name in ids if name not in done]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    settings = Options(options.sampling, options.rotations, options.seed)
    failures = []
    work = partial(tried, options=settings, antibody=options.antibody, attract=options.attract, poses_to=options.poses)
    # A process a complex, so that peak memory is its own.
    workers = multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1)
    with workers as pool, options.out.open("a", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t")
        if fresh:
            writer.writeheader()
            handle.flush()
        folders = [options.folder / name for name in left]
        for number, row in enumerate(pool.imap_unordered(work, folders), start=1):
            if isinstance(row, str):
                failures.append(row)
            else:
                writer.writerow(row)
                handle.flush()
            print(f"\r{number}/{len(left)} complexes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    table = pd.read_csv(options.out, sep="\t")
    groups = pd.read_csv(options.table, sep="\t", index_col="id")["difficulty"] if options.table else None
    print(summary(table[table["id"].isin(ids)], groups))
    if failures:
        sys.exit("not docked:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
