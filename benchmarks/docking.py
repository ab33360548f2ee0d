"""How often does the local engine find a known complex? Any folder of <ID>/{r_u,l_u,r_b,l_b}.pdb, judged by DockQ.

    python benchmarks/docking.py DIR --out FILE.tsv [--ids 1A2K 1AHW ...] [--jobs N] [--table bm5.tsv]

r_u and l_u are the unbound partners (one chain each), r_b and l_b the complex with matching residue numbers. Where the
partners lie in their files says nothing to the engine: it turns both. A row a complex; rows that are there already are
not computed again. A model is acceptable from DockQ 0.23 on. T1, T5, T10 and T100: share of complexes with an
acceptable model among the first N after clustering, with 95 % Wilson intervals. Equivalent copies within the unbound
partners may stand for one another: the mapping with the best DockQ counts. Antibodies bind with their
antigen-binding loops, as a panel's do by default; `--antibody anywhere` leaves all of them open.
`--plddt 70` cuts the ends of a predicted ligand as a panel does by default.
`--attract receptor` and `--attract both` tell the engine the residues of the true interface, of one side or of both;
`--spoil HOW` makes them imperfect first (spoil.py says how). Give each way its own `--out` and `--poses`.
`--poses FOLDER` keeps the poses of each complex. A complex whose poses are there and that has no row yet is not docked:
its poses are judged again, and time and memory stay empty.
"""

from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.analysis.reference import ACCEPTABLE, Mapping, compare, mappings
from crossdock.docking.backends.contract import Site
from crossdock.docking.backends.local.search import Options, dock
from crossdock.docking.clustering import model_table
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import place, placements, read_poses, write_poses
from crossdock.machine import peak_memory_mb
from crossdock.structures.antibody import paratope
from crossdock.structures.structure import Structure, read_structure, write_structure
from spoil import SPOILS, generator, spoiled

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


def dockq(found: list[Mapping], placed: list[Structure]) -> NDArray[np.float64]:
    """Judge models, the ligand's placements, by DockQ."""
    return np.array([verdict["DockQ"] for verdict in compare(found, placed)])


def displacement(found: list[Mapping], ligand: Structure, poses: pd.DataFrame) -> NDArray[np.float64]:
    """Tell how far the ligand's centre lies from the nearest of the equivalent places, in angstrom."""
    turns, shifts = placements(poses)
    away = [turns @ ligand.coord[one.traced].mean(axis=0) + shifts - one.home.mean(axis=0) for one in found]
    return np.linalg.norm(away, axis=2).min(axis=0)


def closed(structure: Structure) -> NDArray[np.bool_] | None:
    """Mark the atoms of an antibody that are closed to docking."""
    loops = paratope(structure)
    return None if loops is None else ~loops[structure.residue_index]


def trimmed(structure: Structure, least: float) -> Structure:
    """Cut the ends of a predicted partner, residues below a pLDDT; low ones inside stay."""
    index = structure.residue_index
    plddt = np.bincount(index, structure.b_factor) / np.bincount(index)
    high = np.flatnonzero(plddt >= least)
    if not len(high):
        raise ValueError(f"no residue has a pLDDT of {least:g} or more")
    return structure[(index >= high[0]) & (index <= high[-1])]


def interface(unbound: Structure, bound: Structure, other: Structure) -> NDArray[np.bool_]:
    """Mark the atoms of unbound residues that touch the other partner in the known complex."""
    near = cKDTree(other.coord).query(bound.coord)[0] < TOUCH
    touching = {(number, code) for number, code in zip(bound.residue_number[near], bound.insertion[near], strict=True)}
    places = zip(unbound.residue_number, unbound.insertion, strict=True)
    return np.array([place in touching for place in places])


def docked(
    name: str, bodies: list[Structure], options: Options, antibody: str, attract: str, spoil: str
) -> pd.DataFrame:
    """Dock the unbound partners r_u and l_u of (r_u, l_u, r_b, l_b)."""
    r_u, l_u, r_b, l_b = bodies
    shut = [closed(partner) if antibody == "loops" else None for partner in (r_u, l_u)]
    pull: list[NDArray[np.bool_] | None] = [None, None]
    told = {"none": 0, "receptor": 1, "both": 2}[attract]
    for side, (own, bound, other) in enumerate(((r_u, r_b, l_b), (l_u, l_b, r_b))[:told]):
        true = interface(own, bound, other)
        pull[side] = spoiled(own, true, spoil, generator(name, ("receptor", "ligand")[side]), shut[side])
    options = replace(options, receptor_site=Site(shut[0], pull[0]), ligand_site=Site(shut[1], pull[1]))
    return dock(r_u, l_u, options).poses


def one_complex(
    folder: Path,
    options: Options,
    antibody: str,
    attract: str,
    poses_to: Path | None,
    spoil: str = "none",
    plddt: float = 0.0,
) -> dict[str, object]:
    """Dock one complex, unless its poses are kept, and judge what comes out."""
    began = time.process_time()
    bodies = [heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b")]
    if plddt:
        bodies[1] = trimmed(bodies[1], plddt)
    r_u, l_u, r_b, l_b = bodies
    kept = poses_to / f"{folder.name}.csv.gz" if poses_to else None
    again = kept is not None and kept.is_file()
    poses = read_poses(kept) if again else docked(folder.name, bodies, options, antibody, attract, spoil)
    clusters = cluster_poses(r_u, l_u, poses)
    models = model_table(clusters, poses, models=max(TOPS))
    placed = [place(l_u, row) for _, row in models.iterrows()]
    with tempfile.TemporaryDirectory() as written:
        for number, body in enumerate(placed[:10]):
            write_structure(Path(written, f"{number}.pdb"), r_u, body)
    seconds = time.process_time() - began
    memory = peak_memory_mb()
    found = mappings((r_b, l_b), r_u, l_u)
    judged = dockq(found, placed)
    near = np.flatnonzero(displacement(found, l_u, poses) < FAR)
    if attract != "none":
        near = near[: max(TOPS)]  # nearly all of them are near, and judging a thousand takes longer than docking
    raw = dockq(found, [place(l_u, poses.iloc[i]) for i in near])
    if kept:
        values = np.zeros(len(poses))
        values[near] = raw
        write_poses(kept, poses.assign(dockq=values.round(3)))
    good, good_raw = np.flatnonzero(judged >= ACCEPTABLE), near[raw >= ACCEPTABLE]
    loops = antibody == "loops" and any(closed(partner) is not None for partner in (r_u, l_u))
    return {
        "id": folder.name,
        "first_acceptable_rank": int(good[0]) + 1 if len(good) else "",
        **{f"best_dockq_top{top}": round(float(judged[:top].max(initial=0.0)), 3) for top in (1, 10, 100)},
        "models": len(models),
        "first_acceptable_pose": int(good_raw[0]) + 1 if len(good_raw) else "",
        "acceptable_poses": len(good_raw),
        "poses": len(poses),
        "antibody": "yes" if loops else "no",
        "atoms": len(r_u) + len(l_u),
        "cpu_seconds": "" if again else round(seconds, 1),
        "peak_memory_MB": "" if again else round(memory),
    }


def tried(folder: Path, **options: Any) -> dict[str, object] | str:
    """Dock or judge one complex, or say why that failed, so that the others go on."""
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
    measured = table.dropna(subset=["cpu_seconds", "peak_memory_MB"])
    if len(measured):
        seconds, memory = measured["cpu_seconds"].astype(float), measured["peak_memory_MB"].astype(float)
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
    parser.add_argument("--plddt", type=float, default=0.0, help="cut the ends of l_u, a predicted model, below this")
    parser.add_argument("--spoil", choices=SPOILS, default="none", help="how the residues of --attract are wrong")
    parser.add_argument(
        "--poses",
        type=Path,
        help="folder for the poses of each complex, with their DockQ; what is there is judged again",
    )
    options = parser.parse_args()
    if options.spoil != "none" and options.attract == "none":
        parser.error("--spoil needs --attract receptor or --attract both")
    ids = options.ids or sorted(path.name for path in options.folder.iterdir() if (path / "r_u.pdb").is_file())
    fresh = not options.out.is_file() or options.out.stat().st_size == 0
    done = set() if fresh else set(pd.read_csv(options.out, sep="\t")["id"])
    left = [name for name in ids if name not in done]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    settings = Options(options.sampling, options.rotations, options.seed)
    failures = []
    work = partial(
        tried,
        options=settings,
        antibody=options.antibody,
        attract=options.attract,
        spoil=options.spoil,
        plddt=options.plddt,
        poses_to=options.poses,
    )
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
